//! The status of the platform's key, then and now: what the package shows that was said of it.

use super::{
    ledger::Ledger,
    people::People,
    report::{CompromiseFact, Failure, Link, RepudiationFact, RepudiationFinding, SignerStatus, Step},
};
use crate::{
    access::{BatchRecord, EventsRepudiated, KeyCompromised, RepudiationDecided},
    departments::{About, Role},
    ids::{EventNumber, RecordNumber},
    records::{Record, RecordKind},
};
use std::collections::{BTreeMap, BTreeSet};

/// Reads what is shown of the batch's key and of the event, and checks that each act is of the one who may sign it.
pub(super) fn status(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    batch_record: &Record,
    batch: &BatchRecord,
    event: EventNumber,
    steps: &mut Vec<Step>,
) -> Result<SignerStatus, Failure> {
    let compromised = compromised(ledger, people, batch_record, batch)?;
    let repudiations = repudiations(ledger, people, batch_record, batch, event)?;
    let mut decided = decided(ledger, people, batch_record, &repudiations)?;
    for (record, body) in &repudiations {
        Link::Signer.require(
            compromised.iter().any(|fact| fact.record == body.compromise),
            format!("record {} repudiates without a report that the key was compromised", record.number),
        )?;
    }
    let repudiated: Vec<RepudiationFact> = (repudiations.into_iter())
        .map(|(record, body)| RepudiationFact {
            record: record.number,
            moment: record.moment,
            statement: body.statement.as_str().to_owned(),
            decided: decided.remove(&record.number),
        })
        .collect();
    steps.push(Step {
        link: Link::Signer,
        checked: said(&compromised, &repudiated),
        anchored_on: "records of this package; what it leaves out cannot be seen in it".into(),
    });
    Ok(SignerStatus { compromised, repudiated })
}

fn said(compromised: &[CompromiseFact], repudiated: &[RepudiationFact]) -> String {
    if compromised.is_empty() {
        return "no report that the platform's key was compromised is shown".to_owned();
    }
    format!(
        "{} reports that the platform's key was compromised and {} repudiations of the event are shown",
        compromised.len(),
        repudiated.len()
    )
}

fn compromised(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    batch_record: &Record,
    batch: &BatchRecord,
) -> Result<Vec<CompromiseFact>, Failure> {
    let link = Link::Signer;
    let mut facts = Vec::new();
    for (record, body) in ledger.find(RecordKind::KeyCompromised, link, |b: &KeyCompromised| b.key == batch.key)? {
        let by = &body.signed_as;
        let may = matches!(by.role, Role::Admin | Role::Head) && by.department == batch_record.department;
        link.require(may, format!("record {} was signed by somebody who does not report keys", record.number))?;
        people.held(record, by, &About::NOTHING)?;
        facts.push(CompromiseFact {
            record: record.number,
            reported_at: record.moment,
            from: body.from,
            to: body.to,
            covers_batch: body.from <= batch_record.moment && batch_record.moment < body.to,
            statement: body.statement.as_str().to_owned(),
        });
    }
    Ok(facts)
}

/// Repudiations of the event.
fn repudiations<'a>(
    ledger: &'a Ledger<'_>,
    people: &People<'_>,
    batch_record: &Record,
    batch: &BatchRecord,
    event: EventNumber,
) -> Result<Vec<(&'a Record, EventsRepudiated)>, Failure> {
    let link = Link::Signer;
    let stream = batch.header.stream;
    let of_event =
        |b: &EventsRepudiated| b.stream == stream && b.key == batch.key && b.first <= event && event <= b.last;
    let found = ledger.find(RecordKind::EventsRepudiated, link, of_event)?;
    for (record, body) in &found {
        people.signed(record, &body.signed_as, (Role::Head, batch_record.department), &About::NOTHING, link)?;
        let order = body.compromise < record.number && batch_record.number < record.number;
        link.require(order, format!("record {} repudiates what came after it", record.number))?;
    }
    Ok(found)
}

/// What the authority found of repudiations, by their records, where the package shows it.
fn decided(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    batch_record: &Record,
    repudiations: &[(&Record, EventsRepudiated)],
) -> Result<BTreeMap<RecordNumber, RepudiationFinding>, Failure> {
    let link = Link::Signer;
    let of_them = |b: &RepudiationDecided| repudiations.iter().any(|(record, _)| record.number == b.repudiation);
    let found = ledger.find(RecordKind::RepudiationDecided, link, of_them)?;
    let mut once = BTreeSet::new();
    for (_, body) in &found {
        let repudiation = body.repudiation;
        link.require(once.insert(repudiation), format!("the repudiation of record {repudiation} was decided twice"))?;
    }
    let mut findings = BTreeMap::new();
    for (record, body) in found {
        let by = &body.signed_as;
        link.require(
            by.role == Role::Supervisor && body.repudiation < record.number,
            format!("record {} decides what no supervisor was asked yet", record.number),
        )?;
        people.held(record, by, &About::department(batch_record.department))?;
        let finding = RepudiationFinding {
            record: record.number,
            moment: record.moment,
            upheld: body.upheld,
            finding: body.finding.as_str().to_owned(),
        };
        findings.insert(body.repudiation, finding);
    }
    Ok(findings)
}
