//! Records as they come, across broken connections and slow readers: none is left out, none comes twice.
//!
//! ```text
//! subscribe from `next` ──> record, record, through … ──> connection breaks, or `lagged` ──> subscribe from `next` again
//! ```

use crate::{connection::Connection, error::ClientError};
use jsonrpsee::core::client::{Error as RpcError, Subscription};
use mulu_proofs::ids::{Height, RecordNumber};
use mulu_rpc_api::{
    chain::ChainClient,
    records::{Record, RecordFilter, RecordNews, RecordsClient},
};
use std::time::{Duration, Instant};

/// How long a line may say nothing before it counts as broken: a chain without work makes a block every few seconds.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Pause before another subscription, if the last one said nothing.
const PAUSE: Duration = Duration::from_millis(500);

/// Records from a number on. Take them with [`Follow::next`].
pub struct Follow<'a> {
    connection: &'a Connection,
    filter: RecordFilter,
    next: RecordNumber,
    height: Option<Height>,
    subscription: Option<Subscription<RecordNews>>,
    /// Whether the subscription has told something yet; the next one after one that did not takes its time.
    has_told: bool,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A record.
    Record(Box<Record>),
    /// Everything up to this height was told: whoever only wanted what there is may stop here.
    Through(Height),
}

impl Connection {
    /// Follows the record log from `from` on; from record 1 to see all of it. Keep [`Follow::next_number`] to go on after a restart.
    pub const fn follow(&self, from: RecordNumber, filter: RecordFilter) -> Follow<'_> {
        Follow { connection: self, filter, next: from, height: None, subscription: None, has_told: true }
    }
}

impl Follow<'_> {
    /// The next record, as soon as there is one.
    ///
    /// # Errors
    /// [`ClientError`] if the node cannot be reached again in the connection's patience, refuses, or contradicts itself.
    pub async fn next(&mut self) -> Result<Record, ClientError> {
        loop {
            if let News::Record(record) = self.news().await? {
                return Ok(*record);
            }
        }
    }

    /// The next record that is there already; none once everything up to the head was told.
    ///
    /// # Errors
    /// As [`Follow::next`].
    pub async fn next_present(&mut self) -> Result<Option<Record>, ClientError> {
        match self.news().await? {
            News::Record(record) => Ok(Some(*record)),
            News::Through(_) => Ok(None),
        }
    }

    /// Where to go on: the number behind the last one that was told or passed over.
    pub const fn next_number(&self) -> RecordNumber {
        self.next
    }

    /// Up to which height everything was told, once something was.
    pub const fn height(&self) -> Option<Height> {
        self.height
    }

    /// The next record, or word that there is none for now.
    ///
    /// # Errors
    /// As [`Follow::next`].
    pub async fn news(&mut self) -> Result<News, ClientError> {
        loop {
            let subscription = match &mut self.subscription {
                Some(subscription) => subscription,
                None => {
                    if !std::mem::take(&mut self.has_told) {
                        tokio::time::sleep(PAUSE).await;
                    }
                    let fresh = subscribe(self.connection, self.next, &self.filter).await?;
                    self.subscription.insert(fresh)
                }
            };
            let heard = tokio::time::timeout(SILENCE_MAX, subscription.next()).await;
            match heard {
                Ok(Some(Ok(RecordNews::Record(record)))) => return self.told(record),
                Ok(Some(Ok(RecordNews::Through { next, height }))) => {
                    self.require(next >= self.next, "it told a later record before")?;
                    (self.next, self.height, self.has_told) = (next, Some(height), true);
                    return Ok(News::Through(height));
                }
                Ok(Some(Ok(RecordNews::Lagged { next }))) => {
                    self.require(next >= self.next, "it is told to go on before what it was told")?;
                    // What it passed over is not asked for again.
                    (self.next, self.subscription) = (next, None);
                }
                Ok(Some(Err(error))) => {
                    return Err(ClientError::FalseAnswer { why: format!("a notification does not read: {error}") });
                }
                // The line broke, this reader was too slow, or nothing was heard for too long.
                Ok(None) | Err(_) => self.subscription = None,
            }
        }
    }

    fn told(&mut self, record: Record) -> Result<News, ClientError> {
        self.require(record.number >= self.next, "it tells a record twice, or out of order")?;
        (self.next, self.has_told) = (record.number.next(), true);
        Ok(News::Record(Box::new(record)))
    }

    fn require(&self, holds: bool, why: &str) -> Result<(), ClientError> {
        if holds { Ok(()) } else { Err(ClientError::FalseAnswer { why: why.into() }) }
    }
}

/// Subscribes, over a connection that is made again if it broke.
async fn subscribe(
    connection: &Connection,
    from: RecordNumber,
    filter: &RecordFilter,
) -> Result<Subscription<RecordNews>, ClientError> {
    let mut tried: Option<Instant> = None;
    loop {
        match connection.subscribe_records(Some(from), Some(filter.clone())).await {
            Ok(subscription) => return Ok(subscription),
            Err(RpcError::HttpNotImplemented) => return Err(ClientError::NeedsWebSocket),
            Err(error @ RpcError::Call(_)) => return Err(error.into()),
            Err(_) => {}
        }
        if let Some(tried) = tried {
            tokio::time::sleep(PAUSE.saturating_sub(tried.elapsed())).await;
        }
        tried = Some(Instant::now());
        // A question mends the connection, with the connection's own patience.
        connection.finalized_head().await?;
    }
}
