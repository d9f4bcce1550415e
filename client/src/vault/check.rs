//! Whether a vault is whole: every row opens, every chain of headers hangs together, every sealed root follows from its leaves.

use super::{
    BATCHES, DRAFTS, ERASURES, Erasure, Fault, IMPORTS, Import, LEAVES, Numbers, OPENINGS, OUTBOX, POSITIONS,
    QUARANTINE, SEEN, SPOOL, STREAMS, StreamState, Vault, WAITING,
    batches::read_batch,
    intake::{Cursor, Waiting, open_chunk},
    openings::Kept,
    quarantine::open_held,
    seen::ids_of,
    streams::decode,
};
use crate::{error::ClientError, event::Event};
use mulu_proofs::{
    access::{BatchHeader, body_digest},
    hash::TreeKind,
    ids::{Digest32, EventNumber, Moment, StreamId},
    tree,
};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use serde::Serialize;

/// How much a whole vault holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Opened {
    /// Streams.
    pub streams: u64,
    /// Sealed batches.
    pub batches: u64,
    /// Events in them.
    pub events: u64,
    /// Events whose opening is there.
    pub openings: u64,
    /// Events whose opening was erased.
    pub erased: u64,
    /// Events that wait to be sealed.
    pub waiting: u64,
    /// Batches that the chain has not confirmed.
    pub unconfirmed: u64,
    /// Imports.
    pub imports: u64,
    /// Drafts of events that wait for a place in their stream.
    pub drafts: u64,
    /// Records and events in the quarantine.
    pub quarantined: u64,
    /// Openings without a time: taken by a vault of form 1.
    pub undated: u64,
}

/// What a check found in a whole vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// How much is there.
    #[serde(flatten)]
    pub counts: Opened,
    /// Events whose openings are older than the retention: erase them, unless something still needs them.
    pub past_retention: Vec<Numbers>,
}

impl Vault {
    /// Reads everything and compares it. Openings from before `kept_from` are listed.
    ///
    /// # Errors
    /// [`ClientError::VaultDamaged`] or [`ClientError::VaultBroken`] with the first thing that does not hold.
    pub fn check(&self, kept_from: Moment) -> Result<Check, ClientError> {
        let mut check = Check { counts: Opened::default(), past_retention: Vec::new() };
        self.read(|transaction| {
            for row in transaction.open_table(STREAMS)?.iter()? {
                let (stream, state) = row?;
                check.counts.streams += 1;
                let state = decode(state.value(), "the state of a stream")?;
                self.check_stream(transaction, StreamId::new(stream.value()), &state, &mut check.counts)?;
            }
            self.check_openings(transaction, kept_from, &mut check)?;
            self.check_numbered(transaction, &mut check.counts)?;
            self.check_intake(transaction, &mut check.counts)?;
            let leaves = transaction.open_table(LEAVES)?.len()?;
            let batches = transaction.open_table(BATCHES)?.len()?;
            if (batches, leaves) != (check.counts.batches, check.counts.events) {
                return Err(Fault::Damaged("batches or leaves of no stream"));
            }
            check.counts.erased = check.counts.events.saturating_sub(check.counts.openings);
            Ok(())
        })?;
        // Both are read when the vault opens; a row that was changed since says so here.
        self.read_call_ids()?;
        self.epochs()?;
        Ok(check)
    }

    /// The chain of headers of one stream, the leaves under each, and what waits behind them.
    fn check_stream(
        &self,
        transaction: &ReadTransaction,
        stream: StreamId,
        state: &StreamState,
        counts: &mut Opened,
    ) -> Result<(), Fault> {
        let all = (stream.get(), 0)..=(stream.get(), u64::MAX);
        let (mut next, mut previous) = (EventNumber::new(1), [0; 32]);
        let outbox = transaction.open_table(OUTBOX)?;
        for row in transaction.open_table(BATCHES)?.range(all.clone())? {
            let (key, value) = row?;
            let (header, _) = read_batch(value.value())?;
            let broken = |what| self.broken(stream, header.first, what);
            if key.value().1 != header.first.get() || header.stream != stream || header.genesis != self.genesis {
                return Err(broken("a batch under another batch's number"));
            }
            if header.first != next || header.previous != previous {
                return Err(broken("a batch that does not follow the one before it"));
            }
            if root(transaction, &header)? != Some(header.sealed_root) {
                return Err(broken("a sealed root that does not follow from its leaves"));
            }
            if let Some(body) = outbox.get(key.value())? {
                counts.unconfirmed += 1;
                if body_digest(body.value()) != header.body_digest {
                    return Err(broken("a body that is not its header's"));
                }
            }
            counts.batches += 1;
            counts.events += u64::from(header.count);
            next = EventNumber::new(header.first.get() + u64::from(header.count));
            previous = header.digest();
        }
        if (state.next, state.previous) != (next, previous) {
            return Err(self.broken(stream, next, "a stream that does not end with its last batch"));
        }
        let mut position = state.unsealed;
        for row in transaction.open_table(SPOOL)?.range(all)? {
            let (key, value) = row?;
            let opened = self.rows.open(SPOOL, &key.value(), value.value(), "a spooled event")?;
            if key.value().1 != position || Event::read(&opened).is_none() {
                return Err(self.broken(stream, next, "a spooled event out of its place"));
            }
            position += 1;
        }
        counts.waiting += position - state.unsealed;
        if position == state.position { Ok(()) } else { Err(self.broken(stream, next, "a spool that lacks events")) }
    }

    fn check_openings(&self, transaction: &ReadTransaction, kept_from: Moment, check: &mut Check) -> Result<(), Fault> {
        let leaves = transaction.open_table(LEAVES)?;
        for row in transaction.open_table(OPENINGS)?.iter()? {
            let (key, value) = row?;
            let (stream, event) = (StreamId::new(key.value().0), EventNumber::new(key.value().1));
            let kept = Kept::open(&self.rows, key.value(), value.value())?;
            if leaves.get(key.value())?.is_none() {
                return Err(self.broken(stream, event, "an opening without its leaf"));
            }
            check.counts.openings += 1;
            match (kept.time, check.past_retention.last_mut()) {
                (None, _) => check.counts.undated += 1,
                (Some(time), _) if time >= kept_from => {}
                (Some(_), Some(last)) if last.stream == stream && last.last.get() + 1 == event.get() => {
                    last.last = event;
                }
                _ => check.past_retention.push(Numbers { stream, first: event, last: event }),
            }
        }
        Ok(())
    }

    fn check_numbered(&self, transaction: &ReadTransaction, counts: &mut Opened) -> Result<(), Fault> {
        for row in transaction.open_table(IMPORTS)?.iter()? {
            let (number, value) = row?;
            let value = self.rows.open(IMPORTS, &number.value(), value.value(), "an import")?;
            decode::<Import>(&value, "an import")?;
            counts.imports += 1;
        }
        for row in transaction.open_table(ERASURES)?.iter()? {
            let (number, value) = row?;
            let value = self.rows.open(ERASURES, &number.value(), value.value(), "an erasure")?;
            decode::<Erasure>(&value, "an erasure")?;
        }
        Ok(())
    }

    /// What came in from sources: every row opens, positions ascend, and the counts are right.
    fn check_intake(&self, transaction: &ReadTransaction, counts: &mut Opened) -> Result<(), Fault> {
        let drafts = transaction.open_table(DRAFTS)?;
        for row in transaction.open_table(WAITING)?.iter()? {
            let (stream, value) = row?;
            let stream = stream.value();
            let cursor: Cursor = decode(value.value(), "the count of an intake")?;
            let mut waiting = 0;
            for row in drafts.range((stream, 0, 0)..=(stream, u64::MAX, u64::MAX))? {
                let (key, value) = row?;
                let (_, chunk) = open_chunk(&self.rows, key.value(), value.value())?;
                let (_, earliest, number) = key.value();
                let is_out =
                    |waiting: &Waiting| waiting.position >= cursor.position || waiting.draft.time.get() < earliest;
                if number >= cursor.chunk || chunk.iter().any(is_out) {
                    return Err(Fault::Damaged("drafts that wait out of their place"));
                }
                waiting += chunk.len() as u64;
            }
            if waiting != cursor.waiting {
                return Err(Fault::Damaged("the count of an intake"));
            }
            counts.drafts += waiting;
        }
        for row in transaction.open_table(QUARANTINE)?.iter()? {
            let (number, value) = row?;
            open_held(&self.rows, number.value(), value.value())?;
            counts.quarantined += 1;
        }
        for row in transaction.open_table(POSITIONS)?.iter()? {
            let (name, value) = row?;
            self.rows.open(POSITIONS, name.value(), value.value(), "a position")?;
        }
        for row in transaction.open_table(SEEN)?.iter()? {
            ids_of(row?.1.value())?;
        }
        Ok(())
    }

    fn broken(&self, stream: StreamId, event: EventNumber, what: &'static str) -> Fault {
        ClientError::VaultBroken { path: self.path.clone(), stream, event, what }.into()
    }
}

/// The root over a batch's sealed leaves; none if they are not as many as the header says.
fn root(transaction: &ReadTransaction, header: &BatchHeader) -> Result<Option<Digest32>, Fault> {
    let (stream, first) = (header.stream.get(), header.first.get());
    let mut leaves = Vec::with_capacity(header.count as usize);
    for row in transaction.open_table(LEAVES)?.range((stream, first)..(stream, first + u64::from(header.count)))? {
        leaves.push(row?.1.value().try_into().map_err(|_| Fault::Damaged("a sealed leaf"))?);
    }
    Ok((leaves.len() == header.count as usize).then(|| tree::root(TreeKind::SealedEvents, &leaves)))
}
