//! From one stream into another: what waits for a stream that takes nothing any more.

use super::{
    BATCHES, Fault, LEAVES, OPENINGS, OUTBOX, Vault,
    batches::{keep_batch, read_batch},
    intake::move_drafts,
    streams::{put_state, state_of},
};
use crate::{error::ClientError, seal::Sealing};
use mulu_proofs::ids::{EventNumber, StreamId};
use redb::{ReadableTable, WriteTransaction};

impl Vault {
    /// Moves everything that waits for a stream into another one, in one step: drafts as they are, and in place of the batches from event
    /// `next` on, which the chain never took, the ones that were sealed anew from them. Returns how many drafts there were.
    ///
    /// # Errors
    /// [`ClientError::StreamNotOurs`] if [`Vault::meet`] never saw the other stream, [`ClientError`] if the vault fails.
    ///
    /// # Panics
    /// If both are the same stream, or a batch does not follow the last one of the stream that it is sealed for.
    pub fn carry_over(
        &self,
        (from, next): (StreamId, EventNumber),
        to: StreamId,
        anew: &[Sealing],
    ) -> Result<u64, ClientError> {
        assert_ne!(from, to, "what stays in its stream is not moved");
        self.write(|transaction| {
            let unknown = ClientError::StreamNotOurs { stream: to, why: "is unknown to this vault" };
            let mut state = state_of(transaction, to)?.ok_or(Fault::Refused(unknown))?;
            if !anew.is_empty() {
                forget(transaction, from, next)?;
                for sealing in anew {
                    keep_batch(transaction, &self.rows, sealing, &mut state)?;
                }
                put_state(transaction, to, &state)?;
            }
            move_drafts(transaction, &self.rows, from, to)
        })
    }
}

/// Forgets a stream's batches from an event on, as if they had never been sealed.
fn forget(transaction: &WriteTransaction, stream: StreamId, next: EventNumber) -> Result<(), Fault> {
    let Some(mut state) = state_of(transaction, stream)? else { return Ok(()) };
    let gone = (stream.get(), next.get())..=(stream.get(), u64::MAX);
    let mut batches = transaction.open_table(BATCHES)?;
    let first =
        batches.range(gone.clone())?.next().transpose()?.map(|(_, batch)| read_batch(batch.value())).transpose()?;
    let Some((first, _)) = first else { return Ok(()) };
    (state.next, state.previous) = (first.first, first.previous);
    batches.retain_in(gone.clone(), |_, _| false)?;
    transaction.open_table(OUTBOX)?.retain_in(gone.clone(), |_, _| false)?;
    transaction.open_table(LEAVES)?.retain_in(gone.clone(), |_, _| false)?;
    transaction.open_table(OPENINGS)?.retain_in(gone, |_, _| false)?;
    drop(batches);
    put_state(transaction, stream, &state)
}
