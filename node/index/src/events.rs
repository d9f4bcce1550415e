//! Access history: for each batch one row per entry, grant, provider, consumer, platform, pseudonym, finding and day that occurs in it,
//! with the positions of the events. A row says the times between which its events lie, so that batches outside a period are never opened.

use crate::{
    RowError,
    bytes::{put_varint, take_varint},
    keys::{join, tag},
};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    access::EVENTS_MAX,
    calendar::Day,
    ids::{DepartmentId, EntryId, GrantId, Moment, RecordNumber, SystemId},
};

/// By what access history is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Events on an entry, whatever its version.
    Entry(EntryId),
    /// Events under a grant, whatever its version.
    Grant(GrantId),
    /// Events on a provider's entries.
    Provider(DepartmentId),
    /// Events of a consumer.
    Consumer(DepartmentId),
    /// Events that a platform reported.
    Platform(SystemId),
    /// Events of a user, whom only the department knows, within an epoch.
    Pseudonym(u64),
    /// Events with a finding, by its bit.
    Finding(u8),
    /// Events of a local day.
    Day(Day),
    /// All events.
    All,
}

impl Dimension {
    /// Prefix of the dimension's rows.
    pub fn prefix(self) -> Vec<u8> {
        self.behind(0)
    }

    /// Prefix of the sums of the dimension's events by day; none where no sums are kept: a pseudonym has few events, and a day's own
    /// sums are those of [`Dimension::All`].
    pub fn sums_prefix(self) -> Option<Vec<u8>> {
        match self {
            Self::Pseudonym(_) | Self::Day(_) => None,
            _ => Some(self.behind(tag::SUMS)),
        }
    }

    /// What the dimension's keys begin with, in the family of tags that begins at `family`.
    fn behind(self, family: u8) -> Vec<u8> {
        let number = |tag: u8, id: u32| join(family + tag, &[&id.to_be_bytes()]);
        match self {
            Self::Entry(id) => number(tag::EVENTS_OF_ENTRY, id.get()),
            Self::Grant(id) => number(tag::EVENTS_OF_GRANT, id.get()),
            Self::Provider(id) => number(tag::EVENTS_OF_PROVIDER, id.get()),
            Self::Consumer(id) => number(tag::EVENTS_OF_CONSUMER, id.get()),
            Self::Platform(id) => number(tag::EVENTS_OF_PLATFORM, id.get()),
            Self::Pseudonym(pseudonym) => join(family + tag::EVENTS_OF_PSEUDONYM, &[&pseudonym.to_be_bytes()]),
            Self::Finding(bit) => join(family + tag::EVENTS_WITH_FINDING, &[&[bit]]),
            Self::Day(day) => number(tag::EVENTS_OF_DAY, day.get()),
            Self::All => join(family + tag::EVENTS, &[]),
        }
    }

    /// Key of the row for one batch.
    pub fn key(self, record: RecordNumber) -> Vec<u8> {
        let mut key = self.prefix();
        key.extend_from_slice(&record.get().to_be_bytes());
        key
    }
}

/// The events of one batch that have one dimension value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The batch's record.
    pub record: RecordNumber,
    /// Earliest time among them.
    pub time_first: Moment,
    /// Latest time among them.
    pub time_last: Moment,
    /// Their places in the batch, ascending, from 0.
    pub positions: Vec<u32>,
}

impl EventRow {
    /// Value of the row: earliest time, span to the latest, then runs of neighbouring positions (gap since the run before, length − 1),
    /// all varints. A batch is ordered by grant, so a grant's events are one run.
    pub(crate) fn value(&self) -> Vec<u8> {
        let mut value = Vec::with_capacity(16);
        put_varint(&mut value, self.time_first.get());
        put_varint(&mut value, self.time_last.get() - self.time_first.get());
        let mut end = 0;
        for run in self.positions.chunk_by(|a, b| a + 1 == *b) {
            let [start, ..] = *run else { continue };
            put_varint(&mut value, u64::from(start - end));
            put_varint(&mut value, run.len() as u64 - 1);
            end = start + u32::try_from(run.len()).expect("a run is part of a batch of at most EVENTS_MAX events");
        }
        value
    }

    /// Reads a row of a [`Dimension`].
    ///
    /// # Errors
    /// [`RowError`] if it is none.
    pub fn read(row: &IndexRow) -> Result<Self, RowError> {
        Self::read_inner(row).ok_or(RowError { what: "events" })
    }

    fn read_inner(row: &IndexRow) -> Option<Self> {
        let (tag, rest) = row.key.split_first()?;
        let (id, record) = rest.split_last_chunk::<8>()?;
        if id.len() != id_bytes(*tag)? {
            return None;
        }
        let input = &mut &row.value[..];
        let time_first = take_varint(input)?;
        let time_last = time_first.checked_add(take_varint(input)?)?;
        let mut positions = Vec::new();
        let mut end = 0_u64;
        while !input.is_empty() {
            let start = end.checked_add(take_varint(input)?)?;
            end = start.checked_add(take_varint(input)?)?.checked_add(1)?;
            if end > u64::from(EVENTS_MAX) {
                return None;
            }
            positions.extend((start..end).map(|position| position as u32));
        }
        (!positions.is_empty()).then_some(Self {
            record: RecordNumber::new(u64::from_be_bytes(*record)),
            time_first: Moment::new(time_first),
            time_last: Moment::new(time_last),
            positions,
        })
    }
}

/// Bytes of what a dimension's key names between tag and record number; none for the tag of another row.
const fn id_bytes(tag: u8) -> Option<usize> {
    match tag {
        tag::EVENTS_OF_ENTRY..=tag::EVENTS_OF_PLATFORM | tag::EVENTS_OF_DAY => Some(4),
        tag::EVENTS_OF_PSEUDONYM => Some(8),
        tag::EVENTS_WITH_FINDING => Some(1),
        tag::EVENTS => Some(0),
        _ => None,
    }
}

/// One event's place in the ledger; where a page of history ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventCursor {
    /// The batch's record.
    pub record: RecordNumber,
    /// Place in the batch, from 0.
    pub position: u32,
}

impl EventCursor {
    /// Twelve bytes that sort as the cursors do.
    pub fn bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.record.get().to_be_bytes());
        bytes[8..].copy_from_slice(&self.position.to_be_bytes());
        bytes
    }

    /// Reads [`EventCursor::bytes`]; `None` if a caller made something up.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (record, position) = bytes.split_first_chunk::<8>()?;
        let position = u32::from_be_bytes(position.try_into().ok()?);
        (position < EVENTS_MAX).then_some(Self { record: RecordNumber::new(u64::from_be_bytes(*record)), position })
    }
}

/// A question for history, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventQuery {
    /// Of what.
    pub dimension: Dimension,
    /// Earliest time.
    pub from: Option<Moment>,
    /// First time after the period.
    pub until: Option<Moment>,
    /// The last event that the caller has; older ones follow.
    pub cursor: Option<EventCursor>,
}

impl EventQuery {
    /// Prefix to scan backwards.
    pub fn prefix(&self) -> Vec<u8> {
        self.dimension.prefix()
    }

    /// Key at which the scan begins (that row included), if there is a cursor.
    pub fn start(&self) -> Option<Vec<u8>> {
        self.cursor.map(|cursor| self.dimension.key(cursor.record))
    }

    /// Reads a row; `None` if none of its events can be an answer. What is left of its positions is those behind the cursor, ascending.
    ///
    /// Whether one event lies in the period is known from its leaf alone: ask [`EventQuery::contains`].
    ///
    /// # Errors
    /// [`RowError`] if the row is none of a dimension.
    pub fn select(&self, row: &IndexRow) -> Result<Option<EventRow>, RowError> {
        let mut row = EventRow::read(row)?;
        if self.from.is_some_and(|from| row.time_last < from) || self.until.is_some_and(|until| row.time_first >= until)
        {
            return Ok(None);
        }
        if let Some(cursor) = self.cursor {
            match row.record.cmp(&cursor.record) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => row.positions.retain(|position| *position < cursor.position),
                std::cmp::Ordering::Greater => return Ok(None),
            }
        }
        Ok((!row.positions.is_empty()).then_some(row))
    }

    /// Whether an event at `time` lies in the period.
    pub fn contains(&self, time: Moment) -> bool {
        self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until)
    }
}
