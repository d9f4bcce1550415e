//! From the vault to the chain: sealed batches are sent in order, and sent again byte for byte until the chain's own cursor has passed them.

use super::{
    access::{AccessImport, AccessReport, Reporting, Source},
    draft::Reference,
    learning::TermsLearner,
};
use crate::{
    calls::Call,
    connection::{ChainIdentity, Connection},
    error::ClientError,
    keys::Key,
    submit::Submitter,
    terms::LastIds,
    vault::{ChainCursor, Vault},
};
use mulu_proofs::ids::{EventNumber, PublicKey, StreamId};
use mulu_rpc_api::access::{AccessClient, Stream};
use std::{collections::VecDeque, path::Path};

/// Batches that are sent before the first of them is confirmed.
const UNDER_WAY_MAX: usize = 16;
/// Why a closed stream takes nothing, in [`ClientError::StreamNotOurs`].
pub const CLOSED: &str = "is closed";

/// Where batches go: node, signer and key.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// Connection to a node.
    pub connection: &'a Connection,
    /// Signs with the right nonces.
    pub submitter: &'a Submitter<'a>,
    /// Which chain it is.
    pub chain: &'a ChainIdentity,
    /// The platform's key.
    pub key: &'a Key,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Bytes of the file that were read.
    pub bytes: u64,
    /// What became of the lines so far.
    pub report: &'a AccessReport,
}

/// Imports one file: everything in it is on the chain when this returns. Whatever moment it dies at, the next call goes on from there.
///
/// # Errors
/// [`ClientError`] if the file, the vault, the node or the ledger refuses.
pub async fn import(
    to: Destination<'_>,
    vault: &Vault,
    source: Source,
    path: &Path,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<AccessReport, ClientError> {
    let stream = source.stream();
    let by = meet(to.connection, to.key, to.chain, vault, stream).await?;
    let mut learner = TermsLearner::default();
    if let Source::CombinedLog(mapping) = &source {
        // A rule that refers to nothing is a mistake in the mapping, not in the log.
        for reference in mapping.references() {
            if !learner.learn(to.connection, reference).await? {
                return Err(ClientError::NotFound { what: name_of(reference) });
            }
        }
        learner.learn_all(to.connection, [], mapping.ids()).await?;
        if !learner.terms().has_ids(mapping.ids()) {
            return Err(ClientError::NotFound { what: "such consumer, system or purpose as the mapping names".into() });
        }
    }
    let mut import = AccessImport::begin(vault, to.key, to.chain, (source, by), path)?;
    learner.learn_all(to.connection, import.waiting()?, LastIds::default()).await?;
    import.seal_waiting(learner.terms())?;
    deliver(to, vault, stream, || ()).await?;
    while let Some(chunk) = import.read_chunk()? {
        learner.learn_all(to.connection, chunk.references(), chunk.ids()).await?;
        import.store(chunk, learner.terms())?;
        deliver(to, vault, stream, || ()).await?;
        progress(Progress { bytes: import.bytes(), report: import.report() });
    }
    Ok(import.report().clone())
}

/// Sends everything that the vault has of a stream and the chain has not: some batches at once, and the next as soon as the oldest of them
/// is confirmed; then `confirmed` is told.
///
/// # Errors
/// [`ClientError`] if the node or the ledger refuses.
pub async fn deliver(
    to: Destination<'_>,
    vault: &Vault,
    stream: StreamId,
    mut confirmed: impl FnMut(),
) -> Result<(), ClientError> {
    let mut under_way = VecDeque::new();
    let mut from = EventNumber::new(0);
    loop {
        while under_way.len() < UNDER_WAY_MAX
            && let Some(batch) = vault.unconfirmed(stream, from)?
        {
            from = batch.next();
            let call = Call::submit_batch(&batch.header, &batch.signature, &batch.body);
            // What the vault has is sent again by the next run, byte for byte.
            let pending = to.submitter.send(to.key, call).await.map_err(ClientError::repeatable)?;
            under_way.push_back((from, pending));
        }
        let Some((next, pending)) = under_way.pop_front() else { return Ok(()) };
        match to.submitter.wait(&pending).await {
            Ok(_) => vault.confirm(stream, next)?,
            Err(error) => {
                // An earlier run may have sent the same batch: then the chain refuses the second, and has the first.
                let cursor = cursor_of(&stream_of(to.connection, stream).await?);
                vault.meet(stream, &cursor)?;
                if cursor.next < next {
                    return Err(error.repeatable());
                }
            }
        }
        confirmed();
    }
}

/// Brings vault and chain together for a stream of a key, and returns who reports into it.
///
/// # Errors
/// [`ClientError`] if the stream is halted, closed, of another key or another vault's, or the node does not answer.
pub async fn meet(
    connection: &Connection,
    key: &Key,
    chain: &ChainIdentity,
    vault: &Vault,
    id: StreamId,
) -> Result<Reporting, ClientError> {
    let stream = stream_of(connection, id).await?;
    check_ours(&stream, &key.public())?;
    vault.meet(id, &cursor_of(&stream))?;
    // What was sealed under the key before, and never arrived, goes on under the one that the stream has now.
    vault.sign_anew(id, key, &chain.domain())?;
    Ok(Reporting { platform: stream.platform, department: stream.department, reconciles: stream.reconciles })
}

/// Refuses a stream that takes nothing from a key; a halted one shows the key that was stolen.
fn check_ours(stream: &Stream, key: &PublicKey) -> Result<(), ClientError> {
    match stream {
        Stream { id, is_halted: true, .. } => Err(ClientError::StreamHalted { stream: *id }),
        Stream { id, is_open: false, .. } => Err(ClientError::StreamNotOurs { stream: *id, why: CLOSED }),
        Stream { id, key: of, .. } if of.0 != *key => Err(ClientError::StreamOfOtherKey { stream: *id }),
        _ => Ok(()),
    }
}

/// A stream as the chain has it.
///
/// # Errors
/// [`ClientError::NotFound`] if it has none of that number, [`ClientError`] if the node does not answer.
pub async fn stream_of(connection: &Connection, stream: StreamId) -> Result<Stream, ClientError> {
    let found = AccessClient::stream(connection, stream).await?;
    found.ok_or_else(|| ClientError::NotFound { what: format!("stream {stream}") })
}

/// How far a stream is on the chain.
pub const fn cursor_of(stream: &Stream) -> ChainCursor {
    ChainCursor { next: stream.next, previous: stream.last_digest.0 }
}

fn name_of(reference: Reference) -> String {
    match reference {
        Reference::Grant(grant, version) => format!("version {version} of grant {grant}, which the mapping names"),
        Reference::Entry(entry, version, _) => {
            format!("published version {version} of entry {entry}, which the mapping names")
        }
        Reference::Reporter => "such platform".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::{
        departments::AccountKey,
        ids::{DepartmentId, Moment, RecordNumber, SystemId},
    };

    fn stream(is_open: bool, is_halted: bool) -> Stream {
        Stream {
            id: StreamId::new(8),
            platform: SystemId::new(1),
            department: DepartmentId::new(2),
            reconciles: false,
            key: AccountKey([1; 32]),
            next: EventNumber::new(5),
            last_digest: Default::default(),
            time_base: Moment::new(0),
            is_open,
            is_halted,
            opened: RecordNumber::new(1),
            closed: None,
        }
    }

    #[test]
    fn a_stream_that_takes_nothing_from_a_key_says_why_and_what_helps() {
        check_ours(&stream(true, false), &[1; 32]).unwrap();
        let hint = |stream: &Stream, key| check_ours(stream, key).unwrap_err().hint().unwrap();
        let halted = stream(false, true);
        assert!(matches!(check_ours(&halted, &[2; 32]), Err(ClientError::StreamHalted { .. })));
        assert!(hint(&halted, &[1; 32]).contains("`mulu stream reopen 8`"));
        let of_other = stream(true, false);
        assert!(matches!(check_ours(&of_other, &[2; 32]), Err(ClientError::StreamOfOtherKey { .. })));
        assert!(hint(&of_other, &[2; 32]).contains("`mulu stream reopen 8`"));
        let closed = stream(false, false);
        assert!(matches!(check_ours(&closed, &[1; 32]), Err(ClientError::StreamNotOurs { why: "is closed", .. })));
        assert!(hint(&closed, &[1; 32]).contains("`mulu stream open`"));
    }
}
