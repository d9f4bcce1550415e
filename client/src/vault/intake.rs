//! What comes in from sources and waits to be sealed: in one transaction with where its source stands, the ids that are remembered, and
//! what no stream takes.
//!
//! ```text
//! drafts:    stream, earliest time, chunk ──> when they came; up to 1,000 drafts, sealed as one value (a row each would cost more than they do)
//! waiting:   stream ──> next position, next chunk, how many drafts wait
//! positions: name ──> where a source or sink stands, in its own form
//! ```
//!
//! A stream's batches must not begin before one another, but events come from several senders in any order. So drafts wait in the order of
//! their times, and the earliest are read first.

use super::{
    DRAFTS, Fault, POSITIONS, QUARANTINE, RecordId, Vault, WAITING,
    batches::keep_batch,
    quarantine::{Held, put_held},
    rows::Rows,
    seen::SeenIds,
    streams::{decode, put_state, state_of},
};
use crate::{error::ClientError, import::draft::Draft, seal::Sealing};
use codec::{Compact, Decode, Encode};
use mulu_proofs::{
    access::EVENTS_MAX,
    ids::{Moment, StreamId},
};
use redb::{ReadableTable, WriteTransaction};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Most drafts of one row.
const CHUNK_DRAFTS_MAX: usize = EVENTS_MAX as usize;
/// Most rows that are read at once, however much their times overlap.
const ROWS_MAX: usize = 64;

/// What comes in together: all of it is durable when [`Vault::take_in`] returns, or nothing.
#[derive(Debug, Default)]
pub struct Incoming {
    /// When it came, by this machine's clock.
    pub at: Moment,
    /// Drafts for each stream, in the order in which they get their positions.
    pub drafts: BTreeMap<StreamId, Vec<Draft>>,
    /// Where sources and sinks stand from now on.
    pub positions: BTreeMap<String, Vec<u8>>,
    /// Ids of these records, so that they are known when they come again.
    pub ids: Vec<RecordId>,
    /// What no stream takes.
    pub held: Vec<Held>,
}

/// A draft with the position that it got when it became durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Position in the stream's intake, from 1.
    pub position: u64,
    /// The draft.
    pub draft: Draft,
}

/// The earliest drafts of a stream's intake. They stay in the vault until [`Vault::keep_drawn`].
#[derive(Debug)]
pub struct Front {
    /// What they were read from.
    pub drawn: Drawn,
    /// The drafts, by time.
    pub drafts: Vec<Waiting>,
    /// How many of them, from the first on, are no later than everything that was not read, and ready.
    pub ready: usize,
}

/// Which rows were read, so that these and no others are put away.
#[derive(Debug)]
pub struct Drawn {
    stream: StreamId,
    rows: Vec<(u64, u64)>,
    drafts: usize,
    since: Moment,
}

/// What becomes of drafts that were read: each is in exactly one of these.
#[derive(Debug, Default)]
pub struct Placed<'a> {
    /// The batch that is made of them, if any has a place in one.
    pub sealing: Option<&'a Sealing>,
    /// Those that go on waiting.
    pub back: &'a [Waiting],
    /// Those that the stream does not take.
    pub held: &'a [Held],
}

/// What waits in a stream's intake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// How many drafts.
    pub drafts: u64,
    /// Time of the earliest; none if there are none.
    pub earliest: Option<Moment>,
    /// When the row with the earliest came.
    pub since: Option<Moment>,
}

/// How far a stream's intake has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Cursor {
    /// Position that the next draft gets.
    pub(super) position: u64,
    /// Number of the next chunk.
    pub(super) chunk: u64,
    /// Drafts that wait.
    pub(super) waiting: u64,
}

impl Cursor {
    const NEW: Self = Self { position: 1, chunk: 1, waiting: 0 };
}

impl Vault {
    /// Takes in what came together, and forgets the oldest ids beyond what is remembered. Returns the number of the first row in the
    /// quarantine; the others follow it.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn take_in(&self, incoming: &Incoming, seen: &mut SeenIds) -> Result<u64, ClientError> {
        let (first, forgotten) = self.write(|transaction| {
            for (stream, drafts) in incoming.drafts.iter().filter(|(_, drafts)| !drafts.is_empty()) {
                append(transaction, &self.rows, *stream, incoming.at, drafts)?;
            }
            let mut positions = transaction.open_table(POSITIONS)?;
            for (name, position) in &incoming.positions {
                positions.insert(name.as_str(), &self.rows.seal(POSITIONS, name.as_str(), position)[..])?;
            }
            drop(positions);
            let forgotten = seen.remember(transaction, &incoming.ids)?;
            Ok((put_held(transaction, &self.rows, &incoming.held)?, forgotten))
        })?;
        seen.learn(&incoming.ids, &forgotten);
        Ok(first)
    }

    /// The earliest drafts of a stream: as many rows as it takes until `wanted` of them are ready, that is no later than `until` and than
    /// everything that was not read.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn front(&self, stream: StreamId, wanted: usize, until: Moment) -> Result<Front, ClientError> {
        self.read(|transaction| {
            let mut drawn = Drawn { stream, rows: Vec::new(), drafts: 0, since: Moment::new(u64::MAX) };
            let (mut drafts, mut cut) = (Vec::new(), until.get());
            for row in
                transaction.open_table(DRAFTS)?.range((stream.get(), 0, 0)..=(stream.get(), until.get(), u64::MAX))?
            {
                let (key, value) = row?;
                let key = key.value();
                let ready =
                    |drafts: &[Waiting]| drafts.iter().filter(|waiting| waiting.draft.time.get() <= key.1).count();
                let is_enough = drafts.len() >= wanted && ready(&drafts) >= wanted;
                if is_enough || drawn.rows.len() == ROWS_MAX {
                    cut = key.1;
                    break;
                }
                let (at, chunk) = open_chunk(&self.rows, key, value.value())?;
                drawn.since = drawn.since.min(at);
                drawn.rows.push((key.1, key.2));
                drafts.extend(chunk);
            }
            drafts.sort_by_key(|waiting: &Waiting| (waiting.draft.time, waiting.position));
            drawn.drafts = drafts.len();
            let ready = drafts.partition_point(|waiting| waiting.draft.time.get() <= cut);
            Ok(Front { drawn, drafts, ready })
        })
    }

    /// Puts away drafts that were read: their batch goes into the outbox, what waits on goes back, the rest into the quarantine, all in one
    /// step. Returns the number of the first row in the quarantine.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails, or somebody else put the drafts away.
    ///
    /// # Panics
    /// If a draft would be lost or reported twice, or the batch does not follow the stream's last.
    pub fn keep_drawn(&self, drawn: &Drawn, placed: &Placed<'_>) -> Result<u64, ClientError> {
        let stream = drawn.stream;
        let sealed = placed.sealing.map_or(0, |sealing| sealing.openings.len());
        let is_all = sealed + placed.back.len() + placed.held.len() == drawn.drafts;
        assert!(is_all, "each draft is sealed, waits on, or is in the quarantine");
        self.write(|transaction| {
            let mut cursor = cursor_of(transaction, stream)?;
            remove(transaction, drawn)?;
            let back: Vec<_> = placed.back.iter().map(|waiting| (waiting.position, &waiting.draft)).collect();
            put_chunks(transaction, &self.rows, stream, &mut cursor, drawn.since, back)?;
            cursor.waiting =
                cursor.waiting.checked_sub(drawn.drafts as u64).ok_or(Fault::Damaged("the count of an intake"))?;
            transaction.open_table(WAITING)?.insert(stream.get(), &cursor.encode()[..])?;
            if let Some(sealing) = placed.sealing {
                let mut state = state_of(transaction, stream)?.ok_or(Fault::Damaged("the state of a stream"))?;
                assert_eq!(sealing.batch.header.stream, stream, "a batch of the stream that the drafts are of");
                keep_batch(transaction, &self.rows, sealing, &mut state)?;
                put_state(transaction, stream, &state)?;
            }
            put_held(transaction, &self.rows, placed.held)
        })
    }

    /// What waits in a stream's intake.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn intake(&self, stream: StreamId) -> Result<Intake, ClientError> {
        self.read(|transaction| {
            let cursors = transaction.open_table(WAITING)?;
            let Some(cursor) = cursors.get(stream.get())? else { return Ok(Intake::default()) };
            let cursor: Cursor = decode(cursor.value(), "the count of an intake")?;
            let drafts = transaction.open_table(DRAFTS)?;
            let Some(first) = drafts.range((stream.get(), 0, 0)..=(stream.get(), u64::MAX, u64::MAX))?.next() else {
                return Ok(Intake { drafts: cursor.waiting, ..Intake::default() });
            };
            let (key, value) = first?;
            let (earliest, since) = (Moment::new(key.value().1), arrival(value.value())?.0);
            Ok(Intake { drafts: cursor.waiting, earliest: Some(earliest), since: Some(since) })
        })
    }

    /// Every stream that drafts ever came in for.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn intakes(&self) -> Result<Vec<StreamId>, ClientError> {
        self.read(|transaction| {
            let rows = transaction.open_table(WAITING)?;
            rows.iter()?.map(|row| Ok(StreamId::new(row?.0.value()))).collect()
        })
    }

    /// Where a source or sink stands, in its own form; none if it never said so.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn position(&self, name: &str) -> Result<Option<Vec<u8>>, ClientError> {
        self.read(|transaction| {
            let positions = transaction.open_table(POSITIONS)?;
            let row = positions.get(name)?;
            row.map(|row| Ok(self.rows.open(POSITIONS, name, row.value(), "a position")?.to_vec())).transpose()
        })
    }

    /// Puts a draft from the quarantine with what waits for a stream, and takes it out of there, in one step.
    ///
    /// # Errors
    /// [`ClientError::NotHeld`] if the quarantine has no such row, [`ClientError`] if the vault fails.
    pub fn release(&self, number: u64, stream: StreamId, at: Moment, draft: &Draft) -> Result<(), ClientError> {
        self.write(|transaction| {
            if transaction.open_table(QUARANTINE)?.remove(number)?.is_none() {
                return Err(ClientError::NotHeld { number }.into());
            }
            append(transaction, &self.rows, stream, at, std::slice::from_ref(draft))
        })
    }
}

/// Gives drafts their positions and puts them into a stream's intake.
fn append(
    transaction: &WriteTransaction,
    rows: &Rows,
    stream: StreamId,
    at: Moment,
    drafts: &[Draft],
) -> Result<(), Fault> {
    let mut cursor = cursor_of(transaction, stream)?;
    let mut positioned: Vec<_> = (cursor.position..).zip(drafts).collect();
    positioned.sort_by_key(|(_, draft)| draft.time);
    cursor.position += drafts.len() as u64;
    put_chunks(transaction, rows, stream, &mut cursor, at, positioned)?;
    transaction.open_table(WAITING)?.insert(stream.get(), &cursor.encode()[..])?;
    Ok(())
}

/// Puts drafts, which are in the order of their times, into rows.
fn put_chunks(
    transaction: &WriteTransaction,
    rows: &Rows,
    stream: StreamId,
    cursor: &mut Cursor,
    at: Moment,
    drafts: Vec<(u64, &Draft)>,
) -> Result<(), Fault> {
    let mut table = transaction.open_table(DRAFTS)?;
    for chunk in drafts.chunks(CHUNK_DRAFTS_MAX) {
        // Room for all of it at once: a buffer that grows leaves copies behind that nobody overwrites.
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 + chunk.len() * 512));
        Compact(u32::try_from(chunk.len()).expect("at most CHUNK_DRAFTS_MAX")).encode_to(&mut *bytes);
        for (position, draft) in chunk {
            Compact(*position).encode_to(&mut *bytes);
            draft.encode_to(&mut *bytes);
        }
        let key = (stream.get(), chunk[0].1.time.get(), cursor.chunk);
        let sealed = rows.seal(DRAFTS, &(key, at), &bytes);
        table.insert(key, &[&at.encode()[..], &sealed].concat()[..])?;
        cursor.chunk += 1;
        cursor.waiting += chunk.len() as u64;
    }
    Ok(())
}

/// Moves every draft of a stream into another one's intake, behind what came there; how many they were.
pub(super) fn move_drafts(
    transaction: &WriteTransaction,
    rows: &Rows,
    from: StreamId,
    to: StreamId,
) -> Result<u64, Fault> {
    let (mut left, mut joined) = (cursor_of(transaction, from)?, cursor_of(transaction, to)?);
    let mut moved = 0;
    while let Some((key, at, chunk)) = first_chunk(transaction, rows, from)? {
        transaction.open_table(DRAFTS)?.remove(key)?;
        let drafts: Vec<_> = (joined.position..).zip(chunk.iter().map(|waiting| &waiting.draft)).collect();
        joined.position += chunk.len() as u64;
        moved += chunk.len() as u64;
        put_chunks(transaction, rows, to, &mut joined, at, drafts)?;
    }
    if left.waiting != moved {
        return Err(Fault::Damaged("the count of an intake"));
    }
    left.waiting = 0;
    let mut cursors = transaction.open_table(WAITING)?;
    cursors.insert(from.get(), &left.encode()[..])?;
    cursors.insert(to.get(), &joined.encode()[..])?;
    Ok(moved)
}

/// A row of drafts: its key, when they came, and they.
type Chunk = ((u32, u64, u64), Moment, Vec<Waiting>);

/// The earliest row of drafts of a stream.
fn first_chunk(transaction: &WriteTransaction, rows: &Rows, stream: StreamId) -> Result<Option<Chunk>, Fault> {
    let table = transaction.open_table(DRAFTS)?;
    let mut range = table.range((stream.get(), 0, 0)..=(stream.get(), u64::MAX, u64::MAX))?;
    let Some(row) = range.next() else { return Ok(None) };
    let (key, value) = row?;
    let (at, chunk) = open_chunk(rows, key.value(), value.value())?;
    Ok(Some((key.value(), at, chunk)))
}

/// When the drafts of a row came: it stands in front of them, so that nothing is opened for it.
fn arrival(value: &[u8]) -> Result<(Moment, &[u8]), Fault> {
    let (at, sealed) = value.split_first_chunk().ok_or(Fault::Damaged("drafts that wait"))?;
    Ok((Moment::new(u64::from_le_bytes(*at)), sealed))
}

pub(super) fn open_chunk(rows: &Rows, key: (u32, u64, u64), value: &[u8]) -> Result<(Moment, Vec<Waiting>), Fault> {
    let (at, sealed) = arrival(value)?;
    let bytes = rows.open(DRAFTS, &(key, at), sealed, "drafts that wait")?;
    let drafts: Vec<(Compact<u64>, Draft)> = decode(&bytes, "drafts that wait")?;
    let waiting = drafts.into_iter().map(|(position, draft)| Waiting { position: position.0, draft });
    Ok((at, waiting.collect()))
}

fn remove(transaction: &WriteTransaction, drawn: &Drawn) -> Result<(), Fault> {
    let mut table = transaction.open_table(DRAFTS)?;
    for (earliest, chunk) in &drawn.rows {
        if table.remove((drawn.stream.get(), *earliest, *chunk))?.is_none() {
            return Err(Fault::Damaged("drafts that were put away twice"));
        }
    }
    Ok(())
}

fn cursor_of(transaction: &WriteTransaction, stream: StreamId) -> Result<Cursor, Fault> {
    let table = transaction.open_table(WAITING)?;
    let value = table.get(stream.get())?;
    value.map_or(Ok(Cursor::NEW), |value| decode(value.value(), "the count of an intake"))
}
