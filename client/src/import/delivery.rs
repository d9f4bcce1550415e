//! From the vault to the chain: sealed batches are sent in order, and sent again byte for byte until the chain's own cursor has passed them.

use super::{
    access::{AccessImport, AccessReport, Source},
    draft::Reference,
};
use crate::{
    calls::Call,
    connection::{ChainIdentity, Connection},
    error::ClientError,
    keys::Key,
    submit::Submitter,
    terms::KnownTerms,
    vault::{ChainCursor, Vault},
};
use mulu_proofs::ids::{StreamId, SystemId};
use mulu_rpc_api::{
    access::{AccessClient, Stream},
    catalog::{CatalogClient, EntryRef, VersionState},
    sharing::SharingClient,
};
use std::{collections::BTreeSet, path::Path};

/// Batches that are sent before the first of them is confirmed.
const UNDER_WAY_MAX: usize = 4;

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
    let platform = meet(to, vault, stream).await?;
    let mut terms = KnownTerms::default();
    if let Source::CombinedLog(mapping) = &source {
        // A rule that refers to nothing is a mistake in the mapping, not in the log.
        for reference in mapping.references() {
            if !learn(to.connection, &mut terms, reference).await? {
                return Err(ClientError::NotFound { what: name_of(reference) });
            }
        }
    }
    let mut import = AccessImport::begin(vault, to.key, to.chain, (source, platform), path)?;
    learn_all(to.connection, &mut terms, &import.waiting()?).await?;
    import.seal_waiting(&terms)?;
    deliver(to, vault, stream).await?;
    while let Some(chunk) = import.read_chunk()? {
        learn_all(to.connection, &mut terms, &chunk.references()).await?;
        import.store(chunk, &terms)?;
        deliver(to, vault, stream).await?;
        progress(Progress { bytes: import.bytes(), report: import.report() });
    }
    Ok(import.report().clone())
}

/// Sends everything that the vault has of a stream and the chain has not.
///
/// # Errors
/// [`ClientError`] if the node or the ledger refuses.
pub async fn deliver(to: Destination<'_>, vault: &Vault, stream: StreamId) -> Result<(), ClientError> {
    loop {
        let mut under_way = Vec::new();
        let mut from = mulu_proofs::ids::EventNumber::new(0);
        while under_way.len() < UNDER_WAY_MAX
            && let Some(batch) = vault.unconfirmed(stream, from)?
        {
            from = batch.next();
            let call = Call::submit_batch(&batch.header, &batch.signature, &batch.body);
            under_way.push((batch.next(), to.submitter.send(to.key, call).await?));
        }
        if under_way.is_empty() {
            return Ok(());
        }
        for (next, pending) in under_way {
            match to.submitter.wait(&pending).await {
                Ok(_) => vault.confirm(stream, next)?,
                Err(error) => {
                    // An earlier run may have sent the same batch: then the chain refuses the second, and has the first.
                    let cursor = cursor_of(&stream_of(to.connection, stream).await?);
                    vault.meet(stream, &cursor)?;
                    if cursor.next < next {
                        return Err(error);
                    }
                }
            }
        }
    }
}

/// Brings vault and chain together for a stream of this key, and returns its platform.
async fn meet(to: Destination<'_>, vault: &Vault, id: StreamId) -> Result<SystemId, ClientError> {
    let stream = stream_of(to.connection, id).await?;
    if stream.key.0 != to.key.public() {
        return Err(ClientError::StreamNotOurs { stream: id, why: "was opened with another key" });
    }
    if !stream.is_open {
        return Err(ClientError::StreamNotOurs { stream: id, why: "is closed" });
    }
    vault.meet(id, &cursor_of(&stream))?;
    Ok(stream.platform)
}

async fn stream_of(connection: &Connection, stream: StreamId) -> Result<Stream, ClientError> {
    let found = AccessClient::stream(connection, stream).await?;
    found.ok_or_else(|| ClientError::NotFound { what: format!("stream {stream}") })
}

const fn cursor_of(stream: &Stream) -> ChainCursor {
    ChainCursor { next: stream.next, previous: stream.last_digest.0, floor: stream.time_base }
}

async fn learn_all(
    connection: &Connection,
    terms: &mut KnownTerms,
    references: &BTreeSet<Reference>,
) -> Result<(), ClientError> {
    for reference in references {
        learn(connection, terms, *reference).await?;
    }
    Ok(())
}

/// Asks the chain for what events refer to; whether it has that.
async fn learn(connection: &Connection, terms: &mut KnownTerms, reference: Reference) -> Result<bool, ClientError> {
    match reference {
        Reference::Grant(grant, version) => {
            if terms.grant_terms(grant, version).is_none()
                && let Some(found) = connection.grant(grant).await?
            {
                found.versions.into_iter().for_each(|version| terms.add_grant(version.terms));
            }
            Ok(terms.grant_terms(grant, version).is_some())
        }
        Reference::Entry(entry, version, _) => {
            if terms.entry_provider(entry, version).is_none()
                && let Some(found) = connection.content(EntryRef::Id(entry), Some(version)).await?
                && matches!(found.version.state, VersionState::Published | VersionState::Superseded)
            {
                terms.add_entry(entry, version, found.content.provider);
            }
            Ok(terms.entry_provider(entry, version).is_some())
        }
        Reference::Reporter => Ok(true),
    }
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
