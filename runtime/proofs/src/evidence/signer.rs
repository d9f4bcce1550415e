//! The status of platforms' keys, then and now: what the package shows that was said of them, and of the events that it is about.

use super::{
    ledger::Ledger,
    people::People,
    report::{CompromiseFact, Failure, Link, RepudiationFact, RepudiationFinding, SignerStatus, Step},
};
use crate::{
    access::{BatchRecord, EventsRepudiated, KeyCompromised, RepudiationDecided},
    departments::{About, Role},
    ids::{DepartmentId, EventNumber, Moment, PublicKey, RecordNumber, StreamId},
    records::{Record, RecordKind},
};
use std::collections::{BTreeMap, BTreeSet};

/// Events that the package is about: neighbours in one batch.
pub(super) struct Reported {
    record: RecordNumber,
    moment: Moment,
    department: DepartmentId,
    key: PublicKey,
    stream: StreamId,
    first: EventNumber,
    last: EventNumber,
}

impl Reported {
    /// The events from `first` to `last` of a batch.
    pub const fn of(record: &Record, batch: &BatchRecord, first: EventNumber, last: EventNumber) -> Self {
        let (stream, key) = (batch.header.stream, batch.key);
        let Record { number, moment, department, .. } = *record;
        Self { record: number, moment, department, key, stream, first, last }
    }

    /// Whether some of these events are among those that a repudiation names.
    fn is_named(&self, body: &EventsRepudiated) -> bool {
        let of_key = (self.stream, self.key) == (body.stream, body.key);
        of_key && self.first.max(body.first) <= self.last.min(body.last)
    }
}

/// Reads what is shown of the keys that signed these events, and of the events, and checks that each act is of the one who may sign it.
pub(super) fn status(ledger: &Ledger<'_>, people: &People<'_>, reported: &[Reported]) -> Result<SignerStatus, Failure> {
    let compromised = compromised(ledger, people, reported)?;
    let repudiations = repudiations(ledger, people, reported)?;
    let mut decided = decided(ledger, people, &repudiations)?;
    for (record, body) in &repudiations {
        Link::Signer.require(
            compromised.iter().any(|fact| fact.record == body.compromise),
            format!("record {} repudiates without a report that the key was compromised", record.number),
        )?;
    }
    let repudiated = (repudiations.into_iter())
        .map(|(record, body)| RepudiationFact {
            record: record.number,
            moment: record.moment,
            key: body.key,
            stream: body.stream,
            first: body.first,
            last: body.last,
            statement: body.statement.as_str().to_owned(),
            decided: decided.remove(&record.number),
        })
        .collect();
    Ok(SignerStatus { compromised, repudiated })
}

/// The step of this link.
pub(super) fn step(checked: String) -> Step {
    let anchored_on = "records of this package; what it leaves out cannot be seen in it".into();
    Step { link: Link::Signer, checked, anchored_on }
}

fn compromised(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    reported: &[Reported],
) -> Result<Vec<CompromiseFact>, Failure> {
    let link = Link::Signer;
    let of_key = |key: PublicKey| reported.iter().filter(move |events| events.key == key);
    let fits = |b: &KeyCompromised| of_key(b.key).next().is_some();
    let mut facts = Vec::new();
    for (record, body) in ledger.find(RecordKind::KeyCompromised, link, fits)? {
        let by = &body.signed_as;
        let own = of_key(body.key).all(|events| events.department == by.department);
        let may = matches!(by.role, Role::Admin | Role::Head) && own;
        link.require(may, format!("record {} was signed by somebody who does not report keys", record.number))?;
        people.held(record, by, &About::NOTHING)?;
        facts.push(CompromiseFact {
            record: record.number,
            reported_at: record.moment,
            key: body.key,
            from: body.from,
            to: body.to,
            covers_batch: of_key(body.key).any(|events| body.from <= events.moment && events.moment < body.to),
            statement: body.statement.as_str().to_owned(),
        });
    }
    Ok(facts)
}

/// Repudiations of some of the events.
fn repudiations<'a>(
    ledger: &'a Ledger<'_>,
    people: &People<'_>,
    reported: &[Reported],
) -> Result<Vec<(&'a Record, EventsRepudiated)>, Failure> {
    let link = Link::Signer;
    let fits = |b: &EventsRepudiated| reported.iter().any(|events| events.is_named(b));
    let found = ledger.find(RecordKind::EventsRepudiated, link, fits)?;
    for (record, body) in &found {
        let named = || reported.iter().filter(|events| events.is_named(body));
        let department = body.signed_as.department;
        let own = named().all(|events| events.department == department);
        link.require(own, format!("record {} repudiates events of another department", record.number))?;
        people.signed(record, &body.signed_as, (Role::Head, department), &About::NOTHING, link)?;
        let order = body.compromise < record.number && named().all(|events| events.record < record.number);
        link.require(order, format!("record {} repudiates what came after it", record.number))?;
    }
    Ok(found)
}

/// What the authority found of repudiations, by their records, where the package shows it.
fn decided(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    repudiations: &[(&Record, EventsRepudiated)],
) -> Result<BTreeMap<RecordNumber, RepudiationFinding>, Failure> {
    let link = Link::Signer;
    let of = |number| repudiations.iter().find(|(record, _)| record.number == number).map(|(_, body)| body);
    let found =
        ledger.find(RecordKind::RepudiationDecided, link, |b: &RepudiationDecided| of(b.repudiation).is_some())?;
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
        let about = of(body.repudiation).map_or(About::NOTHING, |said| About::department(said.signed_as.department));
        people.held(record, by, &about)?;
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
