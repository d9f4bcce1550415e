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
    let repudiated = repudiated(ledger, people, batch_record, batch, event)?;
    let shown: Vec<RecordNumber> = compromised.iter().map(|fact| fact.record).collect();
    for fact in &repudiated {
        Link::Signer.require(
            shown.contains(&fact.1),
            format!("record {} repudiates without a report that the key was compromised", fact.0.record),
        )?;
    }
    let repudiated: Vec<RepudiationFact> = repudiated.into_iter().map(|(fact, _)| fact).collect();
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

/// Repudiations of the event, each with the record of the report that it rests on.
fn repudiated(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    batch_record: &Record,
    batch: &BatchRecord,
    event: EventNumber,
) -> Result<Vec<(RepudiationFact, RecordNumber)>, Failure> {
    let link = Link::Signer;
    let stream = batch.header.stream;
    let of_event =
        |b: &EventsRepudiated| b.stream == stream && b.key == batch.key && b.first <= event && event <= b.last;
    let mut facts = Vec::new();
    for (record, body) in ledger.find(RecordKind::EventsRepudiated, link, of_event)? {
        people.signed(record, &body.signed_as, (Role::Head, batch_record.department), &About::NOTHING, link)?;
        let order = body.compromise < record.number && batch_record.number < record.number;
        link.require(order, format!("record {} repudiates what came after it", record.number))?;
        let fact = RepudiationFact {
            record: record.number,
            moment: record.moment,
            statement: body.statement.as_str().to_owned(),
            decided: decided(ledger, people, batch_record, record)?,
        };
        facts.push((fact, body.compromise));
    }
    Ok(facts)
}

/// What the authority found of a repudiation, if the package shows it.
fn decided(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    batch_record: &Record,
    repudiation: &Record,
) -> Result<Option<RepudiationFinding>, Failure> {
    let link = Link::Signer;
    let of_it = |b: &RepudiationDecided| b.repudiation == repudiation.number;
    let found = ledger.find(RecordKind::RepudiationDecided, link, of_it)?;
    let (record, body) = match found.as_slice() {
        [] => return Ok(None),
        [(record, body)] => (record, body),
        _ => return Err(link.failed(format!("the repudiation of record {} was decided twice", repudiation.number))),
    };
    let by = &body.signed_as;
    link.require(
        by.role == Role::Supervisor && repudiation.number < record.number,
        format!("record {} decides what no supervisor was asked yet", record.number),
    )?;
    people.held(record, by, &About::department(batch_record.department))?;
    Ok(Some(RepudiationFinding {
        record: record.number,
        moment: record.moment,
        upheld: body.upheld,
        finding: body.finding.as_str().to_owned(),
    }))
}
