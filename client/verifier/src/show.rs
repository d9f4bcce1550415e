//! A package for people, before anybody has checked it.

use crate::{
    VerifierError,
    render::{Names, field, findings, line, outcome, series},
    words::{Speech, padded},
};
use codec::Decode;
use mulu_proofs::{
    access::{BatchRecord, Findings, PublicLeaf},
    catalog::{EntryAct, EntryContent, EntrySubmitted},
    departments::{DepartmentInfo, RoleConfirmed, SignedAs, SystemInfo},
    evidence::{Claim, EventProof, ListProof, Package, calls},
    header::HeaderView,
    ids::{DepartmentId, EntryId, SystemId, Version},
    records::{Record, RecordKind},
    sharing::{RequestAct, RequestAgreed, RequestCreated},
};
use std::fmt::Display;

/// Columns of a record's kind.
const KIND_COLUMNS: usize = 22;

/// What a package says. Nothing of it is checked beyond its form: that is [`crate::verify`]'s part.
///
/// # Errors
/// [`VerifierError::Package`] if the bytes are no package.
pub fn show(bytes: &[u8], speech: Speech) -> Result<String, VerifierError> {
    let package = Package::from_bytes(bytes).map_err(VerifierError::Package)?;
    let told = Told::of(&package);
    let names = Names { departments: &told.departments, systems: &told.systems, speech };
    let mut out = String::new();
    line(
        &mut out,
        &speech.say("Evidence package, NOT VERIFIED: it says the following, and nothing of it was checked."),
    );
    line(&mut out, "");
    container(&mut out, &package, bytes.len(), speech);
    line(&mut out, "");
    match &package.claim {
        Claim::Event(proof) => event(&mut out, proof, &told, &names),
        Claim::Filing(filing) => {
            let said = speech.tell("filing certificate of entry {} version {}", &[&filing.entry, &filing.version]);
            field(&mut out, &speech.say("filing"), &said);
        }
        Claim::List(proof) => list(&mut out, proof, speech),
    }
    line(&mut out, "");
    line(&mut out, &speech.say("Records that it holds, with those who are said to have signed:"));
    for (place, record) in told.records.iter().enumerate() {
        let act = package.acts.iter().any(|act| act.record as usize == place);
        line(&mut out, &format!("  {}", record_line(record.as_ref(), act, &names)));
    }
    line(&mut out, "");
    line(&mut out, &speech.say("`mulu verify FILE --genesis FILE` checks every word of this."));
    Ok(out)
}

/// What a package holds, read and not believed.
struct Told {
    /// In the package's order; none where the bytes do not read.
    records: Vec<Option<Record>>,
    departments: Vec<(DepartmentId, String)>,
    systems: Vec<(SystemId, String)>,
}

impl Told {
    fn of(package: &Package) -> Self {
        let records = package.records.iter().map(|proven| Record::read(&proven.record).ok()).collect();
        let mut told = Self { records, departments: Vec::new(), systems: Vec::new() };
        let departments = told.bodies::<DepartmentInfo>(RecordKind::DepartmentRegistered);
        let systems = told.bodies::<SystemInfo>(RecordKind::SystemRegistered);
        told.departments = departments.into_iter().map(|info| (info.id, info.name.to_string())).collect();
        told.systems = systems.into_iter().map(|info| (info.id, info.name.to_string())).collect();
        told
    }

    fn bodies<B: Decode>(&self, kind: RecordKind) -> Vec<B> {
        let of_kind = self.records.iter().flatten().filter(|record| record.kind == kind);
        of_kind.filter_map(|record| record.body_as().ok()).collect()
    }

    fn entry(&self, entry: EntryId, version: Version) -> Option<EntryContent> {
        let mut submitted = self.bodies::<EntrySubmitted>(RecordKind::EntrySubmitted).into_iter();
        submitted.find(|body| (body.entry, body.version) == (entry, version)).map(|body| body.content)
    }
}

fn container(out: &mut String, package: &Package, bytes: usize, speech: Speech) {
    let mut field = |name: &str, value: String| field(out, &speech.say(name), &value);
    field("chain", String::from_utf8_lossy(&package.chain_id).into_owned());
    field("bytes", bytes.to_string());
    let height = HeaderView::read(&package.tip.header).map_or_else(|_| "?".into(), |header| header.height.to_string());
    let signatures = package.tip.certificate.signatures.len();
    field("tip", speech.tell("header {}, with {} signatures of validators", &[&height, &signatures]));
    field("sets", speech.tell("{} changes of the validator set", &[&package.sets.len()]));
}

fn list(out: &mut String, proof: &ListProof, speech: Speech) {
    let events: usize = proof.runs.iter().map(|run| run.leaves.len()).sum();
    let mut field = |name: &str, value: String| field(out, &speech.say(name), &value);
    field("series", series(speech, proof.series));
    field("heights", speech.tell("above block {} and up to block {}", &[&proof.above, &proof.until]));
    field("events", speech.tell("{} in {} runs", &[&events, &proof.runs.len()]));
}

fn event(out: &mut String, proof: &EventProof, told: &Told, names: &Names<'_>) {
    let speech = names.speech;
    let record = told.records.get(proof.batch as usize).and_then(Option::as_ref);
    let batch = record.and_then(|record| Some((record, record.body_as::<BatchRecord>().ok()?)));
    let mut field = |name: &str, value: String| field(out, &speech.say(name), &value);
    let Some(leaf) = PublicLeaf::read(&proof.leaf) else {
        return field("event", speech.say("a leaf that does not read"));
    };
    let place: [&dyn Display; 3] = [&proof.path.index, &proof.path.count, &leaf.time.utc()];
    field("event", speech.tell("place {} of {} in its batch, at {}", &place));
    if let Some((record, batch)) = batch {
        let number = batch.header.first.get().saturating_add(proof.path.index);
        field("stream", speech.tell("event {} of stream {}", &[&number, &batch.header.stream]));
        let (platform, department) = (names.system(batch.platform), names.department(record.department));
        field("reporter", speech.tell("{}, {}", &[&platform, &department]));
        let found = batch.findings.iter().find(|finding| u64::from(finding.place) == proof.path.index);
        field("findings", findings(speech, &found.map_or(Findings::default(), |found| found.findings).names()));
    }
    field("series", series(speech, leaf.key.series()));
    if let Some((entry, version)) = leaf.entry {
        let content = told.entry(entry, version);
        let bare = || speech.tell("{} version {}", &[&entry, &version]);
        field(
            "entry",
            content.as_ref().map_or_else(bare, |c| speech.tell("{} {} (version {})", &[&c.code, &c.name, &version])),
        );
        let names: Vec<String> =
            content.map_or_else(Vec::new, |c| c.items.iter().map(|i| i.name.to_string()).collect());
        let named = (0..u64::BITS).filter(|place| leaf.items >> place & 1 == 1);
        let name = |place: u32| names.get(place as usize).cloned().unwrap_or_else(|| place.to_string());
        field("items", speech.joined(named.map(name)));
    }
    for (name, department) in [("provider", leaf.provider), ("consumer", leaf.consumer)] {
        if let Some(department) = department {
            field(name, names.department(department));
        }
    }
    field("outcome", outcome(speech, &leaf));
    let revealed: Vec<_> = proof.sealed.iter().flat_map(|sealed| &sealed.revealed).collect();
    if revealed.is_empty() {
        field("revealed", speech.say("nothing"));
    }
    for revealed in revealed {
        let value = revealed.value.as_deref().map_or_else(|| speech.say("(none)"), text);
        field("revealed", speech.tell("{}: {}", &[&speech.say(&revealed.field.to_string()), &value]));
    }
}

fn text(value: &[u8]) -> String {
    std::str::from_utf8(value).map_or_else(|_| format!("0x{}", hex::encode(value)), str::to_owned)
}

fn record_line(record: Option<&Record>, act: bool, names: &Names<'_>) -> String {
    let speech = names.speech;
    let Some(record) = record else { return speech.say("a record that does not read") };
    let kind = padded(&speech.say(&record.kind.to_string()), KIND_COLUMNS);
    let who = match (record.signer, signed_as(record)) {
        (Some(key), Some(by)) => names.signer(&by.role.to_string(), by.department, &key),
        (Some(key), None) => speech.tell("{}, key {}", &[&names.department(record.department), &hex::encode(key)]),
        (None, _) => speech.say("nobody signed"),
    };
    let shown = if act { speech.say(", with the signed call") } else { String::new() };
    format!("{} {kind} {} {who}{shown}", padded(&record.number.to_string(), 6), record.moment.utc())
}

/// In which role a record says that it was signed, where its kind says so.
fn signed_as(record: &Record) -> Option<SignedAs> {
    match record.kind {
        RecordKind::RoleConfirmed => record.body_as::<RoleConfirmed>().ok().map(|body| body.signed_as),
        RecordKind::EntrySubmitted => record.body_as::<EntrySubmitted>().ok().map(|body| body.signed_as),
        RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished => {
            record.body_as::<EntryAct>().ok().map(|body| body.signed_as)
        }
        RecordKind::RequestCreated => record.body_as::<RequestCreated>().ok().map(|body| body.signed_as),
        RecordKind::RequestEndorsed | RecordKind::RequestApproved => {
            record.body_as::<RequestAct>().ok().map(|body| body.signed_as)
        }
        RecordKind::RequestAgreed => record.body_as::<RequestAgreed>().ok().map(|body| body.signed_as),
        RecordKind::GrantProvisioned
        | RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::RectificationOrdered
        | RecordKind::RectificationReported
        | RecordKind::RectificationRejected
        | RecordKind::GrantTerminated
        | RecordKind::GrantCompleted
        | RecordKind::ServiceEnded
        | RecordKind::DisposalRecorded
        | RecordKind::DisposalCountersigned
        | RecordKind::UseRecorded => calls::signed_as(record),
        RecordKind::StreamOpened
        | RecordKind::StreamReopened
        | RecordKind::KeyCompromised
        | RecordKind::EventsRepudiated
        | RecordKind::RepudiationDecided => calls::signed_as(record),
        _ => None,
    }
}
