//! The event part: batch header with the platform's signature, public leaf, series and findings, sealed leaf.

use super::{
    ledger::{Ledger, body},
    package::{EventProof, SealedProof},
    people::People,
    report::{Failure, Link, RevealedFact, SignerStatus, Step},
    signer::{self, Reported},
};
use crate::{
    access::{
        BatchRecord, CODEC_VERSION, EVENTS_MAX, Findings, LEAF_VERSION, PublicLeaf, RunKey, SealedField, Series,
        StreamOpened, StreamReopened, sealed_leaf,
    },
    certificate::verify_ed25519,
    departments::{About, Role, SignedAs},
    hash::TreeKind,
    ids::{Digest32, EventNumber, PublicKey, SeriesNumber, SystemId},
    records::{Record, RecordKind},
};

/// An event, proven to have been reported.
pub(super) struct Event<'a> {
    pub record: &'a Record,
    pub batch: BatchRecord,
    pub leaf: PublicLeaf,
    pub number: EventNumber,
    pub series: Series,
    pub series_number: SeriesNumber,
    pub findings: Findings,
    pub revealed: Vec<RevealedFact>,
    pub signer: SignerStatus,
}

/// Where a key began to sign a stream.
struct Beginning<'a> {
    record: &'a Record,
    platform: SystemId,
    key: PublicKey,
    next: EventNumber,
    previous: Digest32,
    signed_as: SignedAs,
}

/// Proves that the event was reported.
pub(super) fn prove<'a>(
    ledger: &'a Ledger<'a>,
    people: &People<'_>,
    proof: &EventProof,
    steps: &mut Vec<Step>,
) -> Result<Event<'a>, Failure> {
    let record = ledger.placed(proof.batch as usize, RecordKind::BatchAccepted, Link::Batch)?;
    let batch = signed_batch(ledger, record, steps)?;
    check_stream(ledger, people, record, &batch, steps)?;
    let (leaf, number) = public_leaf(proof, &batch, steps)?;
    let (series, series_number, findings) = series(proof, &batch, &leaf, steps)?;
    let revealed = match &proof.sealed {
        None => Vec::new(),
        Some(sealed) => sealed_fields(proof, sealed, &batch, &leaf, steps)?,
    };
    let signer = signer::status(ledger, people, &[Reported::of(record, &batch, number, number)])?;
    steps.push(signer::step(said_of_key(&signer)));
    Ok(Event { record, batch, leaf, number, series, series_number, findings, revealed, signer })
}

fn said_of_key(SignerStatus { compromised, repudiated }: &SignerStatus) -> String {
    if compromised.is_empty() {
        return "no report that the platform's key was compromised is shown".to_owned();
    }
    format!(
        "{} reports that the platform's key was compromised and {} repudiations of the event are shown",
        compromised.len(),
        repudiated.len()
    )
}

pub(super) fn signed_batch(
    ledger: &Ledger<'_>,
    record: &Record,
    steps: &mut Vec<Step>,
) -> Result<BatchRecord, Failure> {
    let link = Link::Batch;
    let batch: BatchRecord = body(record, link)?;
    let header = &batch.header;
    let rules = [
        (header.genesis == ledger.genesis, "the batch is meant for another chain"),
        (
            header.codec_version == CODEC_VERSION && header.leaf_version == LEAF_VERSION,
            "the batch has a form that this program does not read",
        ),
        ((1..=EVENTS_MAX).contains(&header.count), "the batch has no events, or too many"),
        (record.signer == Some(batch.key), "the batch was submitted by another key than the stream's"),
        (header.time_base <= batch.time_last, "the batch's times run backwards"),
        (
            verify_ed25519(&batch.key, &header.signing_bytes(&ledger.domain), &batch.signature),
            "the platform's signature over the batch header does not verify",
        ),
    ];
    for (holds, reason) in rules {
        link.require(holds, reason)?;
    }
    steps.push(Step {
        link,
        checked: format!("platform {} signed the header of this batch of {} events", batch.platform, header.count),
        anchored_on: format!("record {}, and the platform's key in it", record.number),
    });
    Ok(batch)
}

pub(super) fn check_stream(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    record: &Record,
    batch: &BatchRecord,
    steps: &mut Vec<Step>,
) -> Result<(), Failure> {
    let link = Link::Stream;
    let stream = batch.header.stream;
    let begun = beginning(ledger, batch)?;
    let same = begun.platform == batch.platform && begun.key == batch.key && begun.record.signer == Some(batch.key);
    link.require(same, format!("stream {stream} was opened for another platform or key"))?;
    link.require(begun.record.number < record.number, format!("stream {stream} was opened after the batch"))?;
    let header = &batch.header;
    let goes_on = header.first > begun.next || header.first == begun.next && header.previous == begun.previous;
    link.require(goes_on, format!("the batch does not go on where stream {stream} was opened"))?;
    people.signed(begun.record, &begun.signed_as, (Role::Platform, record.department), &About::NOTHING, link)?;
    let (platform, department, next) = (batch.platform, record.department, begun.next);
    let checked = if begun.record.kind == RecordKind::StreamReopened {
        format!(
            "stream {stream} was reopened under this key from event {next} on, as platform {platform} of department {department}"
        )
    } else {
        format!("stream {stream} was opened with the same key, as platform {platform} of department {department}")
    };
    steps.push(Step {
        link,
        checked,
        anchored_on: format!("record {}, and the key's signature on its call", begun.record.number),
    });
    Ok(())
}

/// The one record that opened the batch's stream, or reopened it under the batch's key. A key that a stream was taken from never gets it back, so
/// that no key begins twice.
fn beginning<'a>(ledger: &'a Ledger<'a>, batch: &BatchRecord) -> Result<Beginning<'a>, Failure> {
    let link = Link::Stream;
    let (stream, key) = (batch.header.stream, batch.key);
    let of_key = |b: &StreamReopened| b.stream == stream && b.key == key;
    let reopened = ledger.find(RecordKind::StreamReopened, link, of_key)?;
    let first = EventNumber::new(1);
    match reopened.as_slice() {
        [] => {
            let of_stream = |b: &StreamOpened| b.stream == stream;
            let (record, b) = ledger.find_one(RecordKind::StreamOpened, link, "the stream's opening", of_stream)?;
            let StreamOpened { platform, key, signed_as, .. } = b;
            Ok(Beginning { record, platform, key, next: first, previous: Digest32::default(), signed_as })
        }
        [(record, b)] => Ok(Beginning {
            record,
            platform: b.platform,
            key: b.key,
            next: b.next,
            previous: b.previous,
            signed_as: b.signed_as,
        }),
        _ => Err(link.failed(format!("stream {stream} was opened twice under one key"))),
    }
}

fn public_leaf(
    proof: &EventProof,
    batch: &BatchRecord,
    steps: &mut Vec<Step>,
) -> Result<(PublicLeaf, EventNumber), Failure> {
    let link = Link::PublicLeaf;
    let header = &batch.header;
    let leaf =
        PublicLeaf::read(&proof.leaf).ok_or_else(|| link.failed("the public leaf is not in its canonical form"))?;
    let in_batch = proof.path.count == u64::from(header.count)
        && proof.path.root(TreeKind::PublicEvents, &leaf.leaf()) == Some(header.public_root);
    link.require(in_batch, "the public leaf is not in the signed batch")?;
    let in_time = header.time_base <= leaf.time && leaf.time <= batch.time_last;
    link.require(in_time, "the event's time is outside its batch's")?;
    let number = header.first.get().checked_add(proof.path.index).map(EventNumber::new);
    let number = number.ok_or_else(|| link.failed("the event's number is out of range"))?;
    steps.push(Step {
        link,
        checked: format!(
            "the event is number {number} of stream {}, at place {} of its batch",
            header.stream, proof.path.index
        ),
        anchored_on: "public root in the signed batch header".into(),
    });
    Ok((leaf, number))
}

fn series(
    proof: &EventProof,
    batch: &BatchRecord,
    leaf: &PublicLeaf,
    steps: &mut Vec<Step>,
) -> Result<(Series, SeriesNumber, Findings), Failure> {
    let link = Link::Series;
    check_series(batch)?;
    let place = proof.path.index;
    let mut start = 0;
    let run = batch.runs.iter().find(|run| {
        start += u64::from(run.count);
        place < start
    });
    let run = run.ok_or_else(|| link.failed("the event is in no run of its batch"))?;
    let within = place - (start - u64::from(run.count));
    link.require(
        run.series == leaf.key.series(),
        "the record numbers the event in another series than its leaf names",
    )?;
    let number = run.first.get().checked_add(within).map(SeriesNumber::new);
    let number =
        number.filter(|number| number.get() > 0).ok_or_else(|| link.failed("the series number is out of range"))?;
    let findings = batch.findings.iter().find(|finding| u64::from(finding.place) == place);
    let findings = findings.map_or_else(Findings::default, |finding| finding.findings);
    if let RunKey::Reporter(reporter) = leaf.key {
        link.require(reporter == batch.platform, "the event is in the series of another reporter")?;
    }
    let names = findings.names();
    let said = if names.is_empty() { "no findings".to_owned() } else { format!("findings: {}", names.join(", ")) };
    steps.push(Step {
        link,
        checked: format!("the event is number {number} of its series ({}); {said}", run.series),
        anchored_on: "runs and findings in the batch's record, as the validators judged".into(),
    });
    Ok((run.series, number, findings))
}

/// What a batch's record says of its events, in itself: runs that add up, findings in their order.
pub(super) fn check_series(batch: &BatchRecord) -> Result<(), Failure> {
    let link = Link::Series;
    let count = batch.header.count;
    let total: u64 = batch.runs.iter().map(|run| u64::from(run.count)).sum();
    link.require(total == u64::from(count), "the runs of the batch do not add up to its events")?;
    let ascending = batch.findings.windows(2).all(|pair| pair[0].place < pair[1].place);
    let in_range = batch.findings.iter().all(|finding| finding.place < count && !finding.findings.is_empty());
    link.require(ascending && in_range, "the findings of the batch are out of order or of no event")
}

fn sealed_fields(
    proof: &EventProof,
    sealed: &SealedProof,
    batch: &BatchRecord,
    leaf: &PublicLeaf,
    steps: &mut Vec<Step>,
) -> Result<Vec<RevealedFact>, Failure> {
    let link = Link::SealedLeaf;
    let same_place = (sealed.path.index, sealed.path.count) == (proof.path.index, proof.path.count);
    link.require(same_place, "the sealed leaf is at another place than the public one")?;
    let hash = sealed_leaf(&leaf.leaf(), &sealed.commitments);
    let in_batch = sealed.path.root(TreeKind::SealedEvents, &hash) == Some(batch.header.sealed_root);
    link.require(in_batch, "the sealed leaf is not in the signed batch")?;
    let mut facts = Vec::new();
    for revealed in &sealed.revealed {
        let commitment = revealed.field.commitment(&revealed.salt, revealed.value.as_deref());
        let opens = sealed.commitments[revealed.field as usize] == commitment;
        link.require(opens, format!("the revealed field {} does not open its commitment", revealed.field))?;
        facts.push(RevealedFact { field: revealed.field, value: revealed.value.as_deref().map(text) });
    }
    steps.push(Step {
        link,
        checked: format!(
            "{} of {} sealed fields are revealed and open their commitments",
            facts.len(),
            SealedField::ALL.len()
        ),
        anchored_on: "sealed root in the signed batch header".into(),
    });
    Ok(facts)
}

fn text(value: &[u8]) -> String {
    let printable = std::str::from_utf8(value).ok().filter(|text| !text.chars().any(char::is_control));
    printable.map_or_else(|| format!("0x{}", hex::encode(value)), str::to_owned)
}
