//! Evidence packages: the node assembles one from the ledger, the vault's holder adds the sealed leaf, and it is verified before it is kept.

use crate::{connection::Connection, error::ClientError, files, vault::Vault};
use mulu_proofs::{
    access::{BatchRecord, SealedField},
    evidence::{Package, report::Report, verify},
    genesis::GenesisFile,
    ids::{EventNumber, Height, StreamId, Version},
    records::Record,
};
use mulu_rpc_api::{
    access::EventRef,
    catalog::EntryRef,
    evidence::{EvidenceClient, ListRequest},
};
use std::{collections::BTreeSet, path::Path};

/// Asks a node for an event's package. Nothing of it is checked yet.
///
/// # Errors
/// [`ClientError`] if the node does not answer or has no such event.
pub async fn fetch(connection: &Connection, event: EventRef, tip: Option<Height>) -> Result<Vec<u8>, ClientError> {
    Ok(EvidenceClient::event(connection, event, tip).await?.0)
}

/// Asks a node for the genesis file. Whoever trusts nobody compares its hash with one from elsewhere.
///
/// # Errors
/// [`ClientError`] if the node does not answer.
pub async fn genesis(connection: &Connection) -> Result<GenesisFile, ClientError> {
    Ok(connection.genesis().await?)
}

/// Adds the sealed leaf to a package, with the given fields revealed.
///
/// # Errors
/// [`ClientError::Package`] if the bytes are no package, or the vault's error if it cannot open the event.
pub fn reveal(package: &[u8], vault: &Vault, fields: &BTreeSet<SealedField>) -> Result<Vec<u8>, ClientError> {
    let mut package = Package::from_bytes(package).map_err(ClientError::Package)?;
    let (stream, event) = event_of(&package)?;
    let sealed = vault.sealed_proof(stream, event, fields)?;
    if let Some(proof) = package.event_mut() {
        proof.sealed = Some(sealed);
    }
    Ok(package.to_bytes())
}

/// Which event a package is about, by the batch's record in it.
fn event_of(package: &Package) -> Result<(StreamId, EventNumber), ClientError> {
    let read = || {
        let proof = package.event()?;
        let proven = package.records.get(proof.batch as usize)?;
        let batch: BatchRecord = Record::read(&proven.record).ok()?.body_as().ok()?;
        let event = batch.header.first.get().checked_add(proof.path.index)?;
        Some((batch.header.stream, EventNumber::new(event)))
    };
    read().ok_or_else(|| ClientError::FalseAnswer { why: "the package's batch does not read".into() })
}

/// Verifies a package against a genesis file, and that it is about the event that was asked for.
///
/// # Errors
/// [`ClientError::Unverified`] with the link that does not hold.
pub fn check(package: &[u8], genesis: &GenesisFile, asked: EventRef) -> Result<Report, ClientError> {
    let report = verified(package, genesis)?;
    let facts = report.event();
    match facts.map(|facts| EventRef { stream: facts.reporter.stream, event: facts.event }) {
        Some(shown) if shown == asked => Ok(report),
        _ => Err(ClientError::FalseAnswer { why: "the package is about another event".into() }),
    }
}

/// Asks a node for the filing certificate of a version of an entry; without one, of the version in force. Nothing of it is checked yet.
///
/// # Errors
/// [`ClientError`] if the node does not answer, or has no such published version.
pub async fn fetch_filing(
    connection: &Connection,
    entry: EntryRef,
    version: Option<Version>,
    tip: Option<Height>,
) -> Result<Vec<u8>, ClientError> {
    Ok(EvidenceClient::filing(connection, entry, version, tip).await?.0)
}

/// Verifies a filing certificate against a genesis file, and that it is about the entry that was asked for.
///
/// # Errors
/// [`ClientError::Unverified`] with the link that does not hold.
pub fn check_filing(
    package: &[u8],
    genesis: &GenesisFile,
    asked: &EntryRef,
    version: Option<Version>,
) -> Result<Report, ClientError> {
    let report = verified(package, genesis)?;
    let is_asked_for = report.filing().is_some_and(|filing| {
        let entry = match asked {
            EntryRef::Id(id) => filing.entry == *id,
            EntryRef::Code(code) => filing.code == code.as_str(),
        };
        entry && version.is_none_or(|version| filing.version == version)
    });
    if is_asked_for {
        Ok(report)
    } else {
        Err(ClientError::FalseAnswer { why: "the certificate is about another entry or version".into() })
    }
}

/// Asks a node for the complete list of a series between two heights. Nothing of it is checked yet.
///
/// # Errors
/// [`ClientError`] if the node does not answer, or the list is longer than a package: it says how far a part of it would reach.
pub async fn fetch_list(connection: &Connection, asked: ListRequest) -> Result<Vec<u8>, ClientError> {
    Ok(EvidenceClient::list(connection, asked).await?.0)
}

/// Verifies a list against a genesis file, and that it is of the series and heights that were asked for.
///
/// # Errors
/// [`ClientError::Unverified`] with the link that does not hold.
pub fn check_list(package: &[u8], genesis: &GenesisFile, asked: ListRequest) -> Result<Report, ClientError> {
    let report = verified(package, genesis)?;
    let is_asked_for = report.list().is_some_and(|list| {
        list.series == asked.series
            && list.above == asked.above.unwrap_or_default()
            && asked.until.is_none_or(|until| list.until == until)
    });
    if is_asked_for {
        Ok(report)
    } else {
        Err(ClientError::FalseAnswer { why: "the list is of another series, or of other heights".into() })
    }
}

fn verified(package: &[u8], genesis: &GenesisFile) -> Result<Report, ClientError> {
    let report = verify(package, genesis, None);
    match &report.failure {
        None => Ok(report),
        Some(failure) => Err(ClientError::Unverified { link: failure.link.name(), reason: failure.reason.clone() }),
    }
}

/// Writes a package that was verified, in one step.
///
/// # Errors
/// [`ClientError::Write`].
pub fn write(path: &Path, package: &[u8]) -> Result<(), ClientError> {
    files::replace(path, package).map_err(|source| ClientError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::{
        certificate::{Validator, ValidatorSet},
        hash::Suite,
        ids::DepartmentId,
    };

    #[test]
    fn what_is_no_package_is_neither_opened_nor_kept() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("vault"), &[9; 32]).unwrap();
        assert!(matches!(reveal(b"junk", &vault, &BTreeSet::new()), Err(ClientError::Package(_))));

        let validator = Validator { key: [1; 32], department: DepartmentId::new(1) };
        let validators = ValidatorSet::new(vec![validator]).unwrap();
        let genesis = GenesisFile { chain_id: "c".into(), header: Vec::new(), validators, suite: Suite::default() };
        let asked = EventRef { stream: StreamId::new(1), event: EventNumber::new(1) };
        let unverified = check(b"junk", &genesis, asked).unwrap_err();
        assert!(matches!(unverified, ClientError::Unverified { link: "container", .. }));
        assert!(unverified.hint().unwrap().contains("nothing was written"));
    }
}
