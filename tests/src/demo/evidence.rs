//! Sixth part: one evidence package, verified with nothing but the genesis file, and forged ones, refused.

use super::{forgeries, scenario::PROVIDER};
use crate::{
    error::{Doing, Error, expect},
    ledger::Ledger,
};
use mulu_client::{evidence, vault::Vault};
use mulu_proofs::{
    access::SealedField,
    evidence::{
        Package,
        report::{Link, Report},
    },
};
use mulu_rpc_api::access::EventRef;
use std::{collections::BTreeSet, path::Path};

/// Exports the package of an event, with user and network address revealed from the vault, and verifies the file.
pub async fn export(
    ledger: &Ledger<'_>,
    vault: &Vault,
    event: EventRef,
    file: &Path,
    genesis: &Path,
) -> Result<Report, Error> {
    let package = evidence::fetch(ledger.lines().of(PROVIDER), event, None).await;
    let package = package.doing(format!("fetching the evidence of event {event}"))?;
    let fields = BTreeSet::from([SealedField::User, SealedField::NetworkAddress]);
    let package = evidence::reveal(&package, vault, &fields).doing("revealing sealed fields")?;
    evidence::write(file, &package).doing("writing the evidence")?;
    let report = mulu_verifier::verify_files(file, genesis, None)
        .map_err(|error| Error::Unexpected(format!("the evidence cannot be checked: {error}")))?;
    if let Some(failure) = &report.failure {
        return Err(Error::Unexpected(format!("the evidence does not hold at link {failure}")));
    }
    expect(report.is_verified(), || "the evidence proves nothing".into())?;
    Ok(report)
}

/// What became of a forgery.
#[derive(Debug)]
pub struct Refused {
    /// What was done.
    pub what: &'static str,
    /// The link that named it.
    pub link: Link,
}

/// Forges the package in every way of the list; each must be refused at the link that it breaks.
pub fn forge(file: &Path, genesis: &Path) -> Result<Vec<Refused>, Error> {
    let read = |path: &Path, bytes_max| {
        mulu_verifier::read(path, bytes_max).map_err(|error| Error::Unexpected(error.to_string()))
    };
    let package = read(file, mulu_proofs::evidence::package::PACKAGE_BYTES_MAX)?;
    let package = Package::from_bytes(&package).map_err(|error| Error::Unexpected(error.to_string()))?;
    let genesis = mulu_verifier::genesis(&read(genesis, mulu_verifier::GENESIS_BYTES_MAX)?)
        .map_err(|error| Error::Unexpected(error.to_string()))?;
    let mut refused = Vec::new();
    for forgery in forgeries::all(&package, &genesis) {
        let failure = mulu_proofs::evidence::verify(&forgery.package, &forgery.genesis, None).failure;
        let failure = failure.ok_or_else(|| Error::Unexpected(format!("{} was not noticed", forgery.what)))?;
        expect(failure.link == forgery.link, || {
            format!("{} was refused at link {}, not at {}", forgery.what, failure.link, forgery.link)
        })?;
        refused.push(Refused { what: forgery.what, link: failure.link });
    }
    Ok(refused)
}
