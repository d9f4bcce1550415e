//! Evidence packages: one file that proves one claim offline, from genesis to the approver's signature (SPEC §7): that an event was
//! reported, that an entry was filed (数据备案证明), or that a list holds all events of a series that were reported between two heights.
//!
//! ```text
//! genesis file ─ first validator set ─ set changes ─ certificate ─ final header ─ history root ─ headers ─ record roots ─ records
//!   records: batch (platform's signature) ─ public leaf ─ series, findings ─ sealed leaf ─ revealed fields
//!            grant ─ request ─ consent ─ approvals ─ agreement ─ catalog version ─ roles    each with the call as it was signed
//! ```
//!
//! [`verify`] stops at the first link that does not hold and names it. It never panics, reads no clock and allocates no more than a
//! few times the size of the file.

pub mod calls;
mod catalog;
mod event;
mod grants;
mod ledger;
mod list;
pub mod package;
mod people;
pub mod report;
mod sharing;
mod signer;

use crate::{
    access::RunKey,
    genesis::GenesisFile,
    grants::GrantTerms,
    ids::{DepartmentId, SystemId},
    records::RecordKind,
};
use catalog::Published;
use event::Event;
use ledger::Ledger;
pub use package::{
    Claim, EventProof, FilingProof, FinalHeader, ListProof, Package, PackageError, ProvenHeader, ProvenRecord,
    Revealed, RunProof, SealedProof, SetChange, SignedAct, Upper,
};
use people::People;
use report::{
    Checkpoint, EntryFact, EventFacts, Facts, Failure, FilingFacts, Link, ListFacts, Report, Reporter, SignatureFact,
    Step,
};

/// Verifies a package, anchored on the genesis file and, where the reader has one, on a checkpoint too.
///
/// Old keys of a former validator set could sign a second history from genesis; a checkpoint rules that out.
pub fn verify(bytes: &[u8], genesis: &GenesisFile, checkpoint: Option<&Checkpoint>) -> Report {
    let mut steps = Vec::new();
    let outcome = check(bytes, genesis, checkpoint, &mut steps);
    let (facts, failure) = match outcome {
        Ok(facts) => (Some(facts), None),
        Err(failure) => (None, Some(failure)),
    };
    Report { chain_id: genesis.chain_id.clone(), genesis: genesis.hash(), steps, failure, facts }
}

fn check(
    bytes: &[u8],
    genesis: &GenesisFile,
    checkpoint: Option<&Checkpoint>,
    steps: &mut Vec<Step>,
) -> Result<Facts, Failure> {
    let package = Package::from_bytes(bytes).map_err(|error| Link::Container.failed(error.to_string()))?;
    steps.push(Step {
        link: Link::Container,
        checked: format!("{} bytes, version {}, in the one canonical encoding", bytes.len(), package.version),
        anchored_on: "the file itself".into(),
    });
    let ledger = Ledger::prove(&package, genesis, checkpoint, steps)?;
    let people = People::new(&ledger);
    match &package.claim {
        Claim::Event(proof) => check_event(&ledger, &people, proof, steps).map(|facts| Facts::Event(Box::new(facts))),
        Claim::Filing(proof) => filing(&ledger, &people, *proof, steps).map(|facts| Facts::Filing(Box::new(facts))),
        Claim::List(proof) => complete(&ledger, &people, proof, steps).map(|facts| Facts::List(Box::new(facts))),
    }
}

/// Proves that a list holds all events of a series between two heights.
fn complete(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    proof: &ListProof,
    steps: &mut Vec<Step>,
) -> Result<ListFacts, Failure> {
    let facts = list::prove(ledger, people, proof, steps)?;
    let (departments, systems): (Vec<_>, Vec<_>) =
        facts.reporters.iter().map(|reporter| (reporter.department, reporter.platform)).unzip();
    let (departments, systems) = people.names(&departments, &systems)?;
    let signatures = closing(ledger, people, steps)?;
    Ok(ListFacts { signatures, departments, systems, ..facts })
}

/// Proves that a version of an entry was registered in the catalog.
fn filing(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    FilingProof { entry, version }: FilingProof,
    steps: &mut Vec<Step>,
) -> Result<FilingFacts, Failure> {
    let Published { content, authority, number } = catalog::prove(ledger, people, (entry, version), None, steps)?;
    let published = ledger.numbered(number, RecordKind::EntryPublished, Link::Catalog)?;
    let (departments, _) = people.names(&[content.provider, authority], &[])?;
    Ok(FilingFacts {
        tip: ledger.tip,
        entry,
        version,
        digest: content.digest(),
        code: content.code.to_string(),
        name: content.name.to_string(),
        provider: content.provider,
        authority,
        items: content.items.iter().map(|item| item.name.to_string()).collect(),
        record: number,
        height: ledger.height_of(number),
        filed_at: published.moment,
        signatures: closing(ledger, people, steps)?,
        departments,
    })
}

/// Proves that an event was reported, and everything that it rests on.
fn check_event(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    proof: &EventProof,
    steps: &mut Vec<Step>,
) -> Result<EventFacts, Failure> {
    let event = event::prove(ledger, people, proof, steps)?;
    let leaf = &event.leaf;
    let agreed = match leaf.key {
        RunKey::Grant(grant, version) => Some(sharing::grant(ledger, &event, grant, version, steps)?),
        RunKey::Entry(..) | RunKey::Reporter(_) => None,
    };
    let published = match leaf.entry {
        Some(named) => Some(catalog::prove(ledger, people, named, Some(event.record.number), steps)?),
        None => None,
    };
    if let Some(published) = &published {
        let same = leaf.provider == Some(published.content.provider);
        Link::Catalog.require(same, "the event names another provider than the entry")?;
        if let Some(agreed) = &agreed {
            sharing::request(ledger, people, agreed, published, steps)?;
            grants::course(ledger, people, &agreed.body.grant, steps)?;
        }
    }
    let grant = agreed.map(|agreed| agreed.body.grant);
    event_facts(ledger, people, event, grant, published, steps)
}

fn event_facts(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    event: Event<'_>,
    grant: Option<GrantTerms>,
    published: Option<Published>,
    steps: &mut Vec<Step>,
) -> Result<EventFacts, Failure> {
    let (departments, systems) = mentioned(&event, grant.as_ref());
    let (departments, systems) = people.names(&departments, &systems)?;
    let signatures = closing(ledger, people, steps)?;
    let items = event.leaf.items;
    let entry = event.leaf.entry.zip(published).map(|((entry, version), Published { content, .. })| EntryFact {
        entry,
        version,
        code: content.code.to_string(),
        name: content.name.to_string(),
        items: (0u32..)
            .zip(content.items.iter())
            .filter(|(bit, _)| items >> bit & 1 == 1)
            .map(|(_, i)| i.name.to_string())
            .collect(),
    });
    Ok(EventFacts {
        tip: ledger.tip,
        reporter: Reporter {
            platform: event.batch.platform,
            department: event.record.department,
            stream: event.batch.header.stream,
            key: event.batch.key,
        },
        signer: event.signer,
        event: event.number,
        record: event.record.number,
        height: ledger.height_of(event.record.number),
        recorded_at: event.record.moment,
        series: event.series,
        series_number: event.series_number,
        findings: event.findings.names(),
        leaf: event.leaf,
        revealed: event.revealed,
        request: grant.as_ref().map(|grant| grant.request),
        grant,
        entry,
        signatures,
        departments,
        systems,
    })
}

/// What every package ends with: the roles behind its signatures, and that nothing idle is in it.
fn closing(ledger: &Ledger<'_>, people: &People<'_>, steps: &mut Vec<Step>) -> Result<Vec<SignatureFact>, Failure> {
    let signatures = people.signatures();
    steps.push(Step {
        link: Link::Roles,
        checked: format!(
            "{} signed acts, each in a role that was given before it and had not expired",
            signatures.len()
        ),
        anchored_on: "the records that gave the roles, with their second signatures, or genesis".into(),
    });
    ledger.check_all_used(steps)?;
    Ok(signatures)
}

/// Departments and systems that the event names, beside those of the signers.
fn mentioned(event: &Event<'_>, grant: Option<&GrantTerms>) -> (Vec<DepartmentId>, Vec<SystemId>) {
    let leaf = &event.leaf;
    let departments = [leaf.provider, leaf.consumer].into_iter().flatten().chain([event.record.department]);
    let mut systems: Vec<SystemId> = [leaf.authorising_system, leaf.using_system].into_iter().flatten().collect();
    systems.push(event.batch.platform);
    if let Some(grant) = grant {
        systems.extend(grant.systems.iter().chain(grant.platforms.iter()));
    }
    let granted = grant.map(|grant| [grant.provider, grant.consumer]).into_iter().flatten();
    (departments.chain(granted).collect(), systems)
}
