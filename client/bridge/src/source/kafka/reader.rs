//! Reads the partitions of the topics from the offsets that the bridge keeps. Everything here blocks, so it has a thread of its own.
//!
//! The partitions are assigned by hand: no group decides who reads what, and no commit of a group decides where. A partition that is seen for
//! the first time gets its place before anything is read from it, so that the place is durable before a record is.

use super::{KafkaConfig, Start, message::Message, offsets::Offsets};
use crate::intake::Intake;
use mulu_mapping::{Poison, Record, place};
use rdkafka::{
    ClientConfig, ClientContext, Message as _, Offset, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext},
    error::{KafkaError, KafkaResult, RDKafkaErrorCode},
    message::{BorrowedMessage, Headers},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

/// Most messages and bytes of a batch.
const BATCH_MESSAGES_MAX: usize = 1000;
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long an empty bus is waited for before the thread looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(200);
/// How long a question to the brokers may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// When partitions are looked for again after the brokers did not answer.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Sends what librdkafka says into the log of the bridge: it tells of brokers and settings, never of what a message holds.
struct Told;

impl ClientContext for Told {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", ?level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", code = ?error.rdkafka_error_code(), reason);
    }
}

impl ConsumerContext for Told {}

/// Records of some messages, and where the source stands behind them.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order of their partitions; none if only the position moved.
    pub records: Vec<Result<Record, Poison>>,
    /// Of all partitions.
    pub offsets: Offsets,
    /// Messages on the brokers that were not read, if they were counted just now.
    pub lag: Option<u64>,
}

/// A consumer and its place.
pub struct Reader {
    intake: Intake,
    consumer: BaseConsumer<Told>,
    topics: Vec<String>,
    start: Start,
    refresh: Duration,
    offsets: Offsets,
    /// Next time that partitions are looked for.
    look: Instant,
    lag: Option<u64>,
    is_troubled: bool,
}

impl Reader {
    /// Makes a consumer. It connects when it is asked for something.
    ///
    /// # Errors
    /// [`KafkaError`] if the library does not take the settings.
    pub fn new(intake: Intake, config: &KafkaConfig, client: &ClientConfig, offsets: Offsets) -> KafkaResult<Self> {
        let consumer: BaseConsumer<Told> = client.create_with_context(Told)?;
        let mut list = TopicPartitionList::new();
        for (topic, partition, next) in offsets.of(&config.topics) {
            list.add_partition_offset(topic, partition, Offset::Offset(next))?;
        }
        consumer.assign(&list)?;
        Ok(Self {
            intake,
            consumer,
            topics: config.topics.clone(),
            start: config.start,
            refresh: config.refresh,
            offsets,
            look: Instant::now(),
            lag: None,
            is_troubled: false,
        })
    }

    /// The next batch; None if there was nothing for a moment.
    ///
    /// # Errors
    /// [`KafkaError`] after which a consumer is made anew from the offsets of the last batch.
    pub fn batch(&mut self) -> KafkaResult<Option<Batch>> {
        let mut moved = false;
        if Instant::now() >= self.look {
            match self.look() {
                Ok(found) => {
                    moved = found;
                    if std::mem::take(&mut self.is_troubled) {
                        tell(&self.intake, None);
                    }
                    self.look = Instant::now() + self.refresh;
                }
                Err(error) => {
                    self.trouble(&error);
                    self.look = Instant::now() + LOOK_AGAIN;
                }
            }
        }
        // A place that was only just decided is durable before something is read from it.
        let records = if moved { Vec::new() } else { self.read(&mut moved)? };
        let lag = self.lag.take();
        if records.is_empty() && !moved && lag.is_none() {
            return Ok(None);
        }
        Ok(Some(Batch { records, offsets: self.offsets.clone(), lag }))
    }

    /// Tells the group where the bridge stands, for those who watch its lag there. Nothing depends on it.
    pub fn commit(&self, offsets: &Offsets) {
        let mut list = TopicPartitionList::new();
        let added = offsets
            .of(&self.topics)
            .try_for_each(|(topic, partition, next)| list.add_partition_offset(topic, partition, Offset::Offset(next)));
        if let Err(error) = added.and_then(|()| self.consumer.commit(&list, CommitMode::Async)) {
            tracing::debug!(source = self.intake.source(), %error, "the group was not told where the bridge stands");
        }
    }

    /// Finds partitions that are new, gives each its place, and counts what waits. True if a place was given.
    fn look(&mut self) -> KafkaResult<bool> {
        let (mut new, mut lag, mut failed) = (TopicPartitionList::new(), 0, None);
        for topic in self.topics.clone() {
            // All partitions of a topic or none: the first look at a topic decides where it begins.
            let found = match self.watermarks(&topic) {
                Ok(found) => found,
                Err(error) if is_away(&error) => return Err(error),
                Err(error) => {
                    failed = Some(error);
                    continue;
                }
            };
            // A partition that appears in a topic that is read already has everything of it to come.
            let from_end = self.start == Start::Latest && !self.offsets.knows(&topic);
            for (partition, low, high) in found {
                let next = self.offsets.next(&topic, partition).unwrap_or(if from_end { high } else { low });
                if self.offsets.next(&topic, partition).is_none() {
                    self.offsets.set(&topic, partition, next);
                    new.add_partition_offset(&topic, partition, Offset::Offset(next))?;
                    tracing::info!(source = self.intake.source(), topic, partition, next, "reading a partition");
                }
                lag += u64::try_from(high.saturating_sub(next)).unwrap_or(0);
            }
        }
        if new.count() > 0 {
            self.consumer.incremental_assign(&new)?;
        }
        match failed {
            Some(error) if new.count() == 0 => return Err(error),
            Some(_) => {}
            None => self.lag = Some(lag),
        }
        Ok(new.count() > 0)
    }

    /// Every partition of a topic with its first offset and the one behind its last.
    fn watermarks(&self, topic: &str) -> KafkaResult<Vec<(i32, i64, i64)>> {
        let ask = |partition| {
            let (low, high) = self.consumer.fetch_watermarks(topic, partition, ANSWER_TIMEOUT)?;
            Ok((partition, low, high))
        };
        self.partitions(topic)?.into_iter().map(ask).collect()
    }

    fn trouble(&mut self, error: &KafkaError) {
        self.is_troubled = true;
        tell(&self.intake, Some(&error.to_string()));
    }

    fn partitions(&self, topic: &str) -> KafkaResult<Vec<i32>> {
        let metadata = self.consumer.fetch_metadata(Some(topic), ANSWER_TIMEOUT)?;
        let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
            return Ok(Vec::new());
        };
        if let Some(error) = found.error() {
            return Err(KafkaError::MetadataFetch(error.into()));
        }
        Ok(found.partitions().iter().map(|partition| partition.id()).collect())
    }

    fn read(&mut self, moved: &mut bool) -> KafkaResult<Vec<Result<Record, Poison>>> {
        let lines = self.intake.mapping().lines();
        let (mut records, mut bytes, mut messages, mut wait) = (Vec::new(), 0, 0, POLL);
        while messages < BATCH_MESSAGES_MAX && bytes < BATCH_BYTES_MAX {
            match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
                    // What was under way when the place was moved comes a second time.
                    if self.offsets.next(topic, partition).is_none_or(|next| offset >= next) {
                        self.offsets.set(topic, partition, offset + 1);
                        bytes += message.payload_len();
                        messages += 1;
                        let mut found = read(&message).records(lines);
                        place(&mut found, &("kafka", topic, partition, offset));
                        records.append(&mut found);
                    }
                }
                Some(Err(error)) => {
                    let failed = self.handle(error, moved);
                    if records.is_empty() {
                        failed?;
                    }
                    break;
                }
            }
            wait = Duration::ZERO;
        }
        *moved |= messages > 0;
        Ok(records)
    }

    /// What an error means: most mend themselves, and librdkafka goes on.
    fn handle(&mut self, error: KafkaError, moved: &mut bool) -> KafkaResult<()> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                *moved |= self.find_again()?;
                Ok(())
            }
            _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => Err(error),
            _ => {
                self.trouble(&error);
                Ok(())
            }
        }
    }

    /// Finds the place again in partitions that have it no more: what the brokers deleted before it was read is lost, and is told.
    fn find_again(&mut self) -> KafkaResult<bool> {
        let mut list = TopicPartitionList::new();
        let places: Vec<_> =
            self.offsets.of(&self.topics).map(|(topic, partition, next)| (topic.to_owned(), partition, next)).collect();
        for (topic, partition, next) in places {
            let (low, high) = self.consumer.fetch_watermarks(&topic, partition, ANSWER_TIMEOUT)?;
            if next < low {
                let lost = low - next;
                tracing::error!(
                    source = self.intake.source(),
                    topic,
                    partition,
                    next,
                    low,
                    lost,
                    "the brokers deleted messages before they were read"
                );
            } else if next > high {
                tracing::error!(
                    source = self.intake.source(),
                    topic,
                    partition,
                    next,
                    high,
                    "the partition was made anew; it is read from its beginning"
                );
            } else {
                continue;
            }
            self.offsets.set(&topic, partition, low);
            list.add_partition_offset(&topic, partition, Offset::Offset(low))?;
        }
        if list.count() == 0 {
            return Ok(false);
        }
        self.consumer.incremental_unassign(&list)?;
        self.consumer.incremental_assign(&list)?;
        Ok(true)
    }
}

/// Tells what keeps the source from reading, or that nothing does.
pub fn tell(intake: &Intake, why: Option<&str>) {
    let is_news = intake.metrics().trouble(&format!("source/{}", intake.source()), why);
    if let (true, Some(why)) = (is_news, why) {
        tracing::warn!(source = intake.source(), why, "Kafka; the bridge goes on trying");
    }
}

/// Whether no broker answers, so that the next question would wait as long.
fn is_away(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::AllBrokersDown
        )
    )
}

/// The parts of a message that are read.
fn read<'a>(message: &'a BorrowedMessage<'_>) -> Message<'a> {
    // The library panics at a header whose name is no UTF-8; such a message has none then.
    let headers = catch_unwind(AssertUnwindSafe(|| {
        message
            .headers()
            .into_iter()
            .flat_map(Headers::iter)
            .filter_map(|header| Some((header.key, std::str::from_utf8(header.value?).ok()?)))
            .collect()
    }));
    Message { value: message.payload(), headers: headers.unwrap_or_default() }
}
