//! From a stream that takes nothing any more into another one: everything that the chain has not and never will have of it.
//!
//! ```text
//! drafts ──────────────────────────────────────────────> drafts of the other stream            one transaction
//! batches that a closed stream never took ── opened ──> sealed anew, behind what it has ┘
//! ```
//!
//! Nothing is moved unless the chain itself says that the stream is closed, or that another vault is ahead in it.

use crate::{chain::Line, error::BridgeError};
use mulu_client::{
    ClientError,
    event::Event,
    import::{
        delivery::{cursor_of, meet, stream_of},
        learning::TermsLearner,
    },
    keys::Key,
    seal::{Place, Sealing, seal},
    vault::Vault,
};
use mulu_proofs::ids::{EventNumber, StreamId};
use serde::Serialize;

/// What was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Events that were in no batch.
    pub waiting: u64,
    /// Events of batches that the chain never took: they are sealed anew.
    pub sealed: u64,
    /// Events that stay behind: sealed under numbers that another vault gave to others, or erased, or left by an import that was broken off.
    pub left: u64,
    /// Whether the vault was behind: then whoever was ahead may have reported some of what was moved.
    pub may_repeat: bool,
}

/// Moves what waits for `from` into `to`.
///
/// # Errors
/// [`BridgeError`] if the chain says that `from` still takes events of this vault, if `to` takes none of this key or is another platform's,
/// or begins later than what is moved; if the node does not answer, or the vault fails. Nothing is moved then.
pub async fn move_events(
    vault: &Vault,
    line: &Line,
    key: &Key,
    from: StreamId,
    to: StreamId,
) -> Result<Moved, BridgeError> {
    let connection = &line.connection;
    if *vault.genesis() != line.chain.genesis {
        return Err(ClientError::OtherChain { found: line.chain.genesis, expected: *vault.genesis() }.into());
    }
    let (old, new) = (stream_of(connection, from).await?, stream_of(connection, to).await?);
    let is_closed = !old.is_open && !old.is_halted;
    let may_repeat = match vault.agrees(from, &cursor_of(&old)) {
        Ok(()) => false,
        Err(ClientError::VaultBehind { .. } | ClientError::VaultDiverged { .. }) => true,
        Err(error) => return Err(error.into()),
    };
    if from == to || (!is_closed && !may_repeat) {
        let why =
            format!("stream {from} takes events of this vault: they are reported there, and none is moved out of it");
        return Err(BridgeError::config("--from", why));
    }
    if old.platform != new.platform {
        let why =
            format!("stream {to} is of platform {}, and stream {from} of platform {}", new.platform, old.platform);
        return Err(BridgeError::config("--to", why));
    }
    meet(connection, key, &line.chain, vault, to).await?;
    let mut moved = Moved { may_repeat, ..Moved::default() };
    let spooled = vault.stream(from)?.map_or(0, |state| state.waiting());
    let anew = if may_repeat {
        moved.left = vault.unconfirmed_events(from)?;
        Vec::new()
    } else {
        let (anew, erased) = sealed_anew(vault, line, key, (from, old.next), to).await?;
        moved.sealed = anew.iter().map(|sealing| u64::from(sealing.batch.header.count)).sum();
        moved.left = erased;
        anew
    };
    moved.left += spooled;
    moved.waiting = vault.carry_over((from, old.next), to, &anew)?;
    Ok(moved)
}

/// The batches of a stream from an event on, sealed as they would follow in another one; and how many of their events are erased.
async fn sealed_anew(
    vault: &Vault,
    line: &Line,
    key: &Key,
    (from, next): (StreamId, EventNumber),
    to: StreamId,
) -> Result<(Vec<Sealing>, u64), ClientError> {
    let unknown = ClientError::StreamNotOurs { stream: to, why: "is unknown to this vault" };
    let mut state = vault.stream(to)?.ok_or(unknown)?;
    let mut learner = TermsLearner::default();
    let (mut anew, mut erased, mut number) = (Vec::new(), 0, next);
    while let Some(batch) = vault.unconfirmed(from, number)? {
        let leaves = learner.read_body(&line.connection, &batch.body).await?;
        let mut events = Vec::with_capacity(leaves.len());
        for (event, leaf) in (batch.header.first.get()..).zip(leaves) {
            match vault.opening(from, EventNumber::new(event))? {
                Some(sealed) => events.push(Event { leaf, sealed }),
                None => erased += 1,
            }
        }
        if !events.is_empty() {
            let sealing = seal(&Place::after(&state, to, &line.chain), events, learner.terms(), key)?;
            let header = &sealing.batch.header;
            (state.next, state.previous, state.floor) = (sealing.batch.next(), header.digest(), header.time_base);
            anew.push(sealing);
        }
        number = batch.next();
    }
    Ok((anew, erased))
}
