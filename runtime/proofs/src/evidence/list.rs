//! The list part: every event of a series that was reported between two heights.
//!
//! ```text
//! above ── run ─ run ─ run ── until        runs lie whole in signed batches; their numbers follow each other without a gap
//!   └ before: the number ahead of them      └ after: the number behind them, in a later block;
//!     was given at or below `above`           or none was given up to the tip, says its state
//! ```
//!
//! The ledger numbers the events of a series without gaps, so no event can be left out of the middle; what is before and after shows
//! that none is left out at the ends. What the package shows of the platforms' keys, and of the events since, is told beside it.

use super::{
    event::{check_series, check_stream, signed_batch},
    ledger::Ledger,
    package::{ListProof, RunProof, Upper},
    people::People,
    report::{Failure, Link, ListFacts, ListTotals, ListedEvent, Reporter, RepudiationFact, SignerStatus, Step},
    signer::{self, Reported},
};
use crate::{
    access::{BatchRecord, Outcome, PublicLeaf, RunKey, RunNumbers},
    hash::TreeKind,
    ids::{Digest32, EventNumber, Moment, RecordNumber, SeriesNumber},
    records::{Record, RecordKind},
    state,
};
use std::collections::{BTreeMap, BTreeSet};

/// Proves that the list is complete. Names and signatures are left to the caller.
pub(super) fn prove(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    proof: &ListProof,
    steps: &mut Vec<Step>,
) -> Result<ListFacts, Failure> {
    let ListProof { series, above, until, .. } = *proof;
    let link = Link::Bounds;
    link.require(
        above < until && until <= ledger.tip.height,
        "the heights of the list are not in order, or beyond the tip",
    )?;
    let before = before(ledger, proof)?;
    let first = SeriesNumber::new(before.get() + 1);
    let (list, runs, seen) = Default::default();
    let mut events = Events { ledger, people, proof, next: first, list, runs, seen };
    for run in &proof.runs {
        events.add(run)?;
    }
    let Events { next, mut list, runs, seen, .. } = events;
    steps.push(Step {
        link: Link::List,
        checked: format!(
            "{} events in {} runs lie in batches that platforms signed, and were numbered one behind the other ({series})",
            list.len(),
            proof.runs.len()
        ),
        anchored_on: "public roots in the signed batch headers, runs in the batches' records as the validators numbered them"
            .into(),
    });
    let last = SeriesNumber::new(next.get() - 1);
    let end = after(ledger, proof, last)?;
    steps.push(Step {
        link,
        checked: format!(
            "nothing of the series is missing above height {above} and up to height {until}: event {before} is before it, {end}"
        ),
        anchored_on: "numbers without gaps, in the record logs of final headers, or in the state of the tip".into(),
    });
    let signer = signer::status(ledger, people, &runs)?;
    steps.push(signer::step(said_of_keys(&signer)));
    for event in &mut list {
        let key = seen.get(&event.record).map(|batch| batch.reporter.key);
        let names = |said: &&RepudiationFact| {
            (Some(said.key), said.stream) == (key, event.stream)
                && said.first <= event.event
                && event.event <= said.last
        };
        event.repudiations = signer.repudiated.iter().filter(names).map(|said| said.record).collect();
    }
    let mut reporters: Vec<Reporter> = seen.values().map(|batch| batch.reporter).collect();
    reporters.sort_by_key(|reporter| (reporter.stream, reporter.key));
    reporters.dedup();
    let recorded_at =
        |event: Option<&ListedEvent>| event.and_then(|event| seen.get(&event.record)).map(|batch| batch.moment);
    let (first_recorded_at, last_recorded_at) = (recorded_at(list.first()), recorded_at(list.last()));
    Ok(ListFacts {
        tip: ledger.tip,
        series,
        above,
        until,
        first_recorded_at,
        last_recorded_at,
        first,
        totals: totals(&list, &signer),
        reporters,
        signer,
        events: list,
        signatures: Vec::new(),
        departments: Vec::new(),
        systems: Vec::new(),
    })
}

/// What is known of a batch once its signature and stream have been checked.
struct Checked {
    batch: BatchRecord,
    reporter: Reporter,
    moment: Moment,
}

/// The events so far.
struct Events<'a> {
    ledger: &'a Ledger<'a>,
    people: &'a People<'a>,
    proof: &'a ListProof,
    /// Number of the next event in the series.
    next: SeriesNumber,
    list: Vec<ListedEvent>,
    /// The events of each run.
    runs: Vec<Reported>,
    seen: BTreeMap<RecordNumber, Checked>,
}

impl Events<'_> {
    /// Adds a run, which must lie whole in its batch and go on where the run before ended.
    fn add(&mut self, run: &RunProof) -> Result<(), Failure> {
        let link = Link::List;
        let record = self.ledger.placed(run.batch as usize, RecordKind::BatchAccepted, Link::Batch)?;
        let number = record.number;
        if !self.seen.contains_key(&number) {
            self.seen.insert(number, self.check(record)?);
        }
        let batch = &self.seen[&number].batch;
        let (start, numbers) = run_at(batch, run.range.first)
            .filter(|(_, numbers)| numbers.series == self.proof.series && numbers.count as usize == run.leaves.len())
            .ok_or_else(|| link.failed(format!("the leaves of record {number} are not one whole run of the series")))?;
        let follows = numbers.first == self.next;
        link.require(
            follows,
            format!("event {} of the series is missing: record {number} goes on with {}", self.next, numbers.first),
        )?;
        let leaves = leaves(run, batch, number, self.proof)?;
        let end = numbers.first.get().checked_add(u64::from(numbers.count));
        let end = end.ok_or_else(|| link.failed("a number of the series is out of range"))?;
        let out_of_range = || link.failed("an event's number is out of range");
        let event_at = |place| batch.header.first.get().checked_add(place).map(EventNumber::new);
        let (first, last) = event_at(start)
            .zip(event_at(start + u64::from(numbers.count).saturating_sub(1)))
            .ok_or_else(out_of_range)?;
        self.runs.push(Reported::of(record, batch, first, last));
        for (place, leaf) in (start..).zip(leaves) {
            let found = batch.findings.binary_search_by_key(&place, |finding| u64::from(finding.place));
            self.list.push(ListedEvent {
                number: SeriesNumber::new(numbers.first.get() + (place - start)),
                stream: batch.header.stream,
                event: event_at(place).ok_or_else(out_of_range)?,
                record: number,
                findings: found.map_or_else(|_| Vec::new(), |at| batch.findings[at].findings.names()),
                repudiations: Vec::new(),
                leaf,
            });
        }
        self.next = SeriesNumber::new(end);
        Ok(())
    }

    fn check(&self, record: &Record) -> Result<Checked, Failure> {
        // One line for all batches together says more than three for each.
        let quiet = &mut Vec::new();
        let height = self.ledger.height_of(record.number);
        let inside = self.proof.above < height && height <= self.proof.until;
        Link::Bounds.require(inside, format!("record {} is outside the heights of the list", record.number))?;
        let batch = signed_batch(self.ledger, record, quiet)?;
        check_stream(self.ledger, self.people, record, &batch, quiet)?;
        check_series(&batch)?;
        let header = &batch.header;
        let reporter =
            Reporter { platform: batch.platform, department: record.department, stream: header.stream, key: batch.key };
        Ok(Checked { batch, reporter, moment: record.moment })
    }
}

/// The leaves of a run, each in its canonical form, of the series, and together under the batch's public root.
fn leaves(
    run: &RunProof,
    batch: &BatchRecord,
    number: RecordNumber,
    proof: &ListProof,
) -> Result<Vec<PublicLeaf>, Failure> {
    let link = Link::List;
    let header = &batch.header;
    let leaves: Option<Vec<PublicLeaf>> = run.leaves.iter().map(|bytes| PublicLeaf::read(bytes)).collect();
    let leaves =
        leaves.ok_or_else(|| link.failed(format!("a leaf of record {number} is not in its canonical form")))?;
    let hashes: Vec<Digest32> = leaves.iter().map(PublicLeaf::leaf).collect();
    let in_batch = run.range.count == u64::from(header.count)
        && run.range.root(TreeKind::PublicEvents, &hashes) == Some(header.public_root);
    link.require(in_batch, format!("the leaves of record {number} are not in its signed batch"))?;
    let own = leaves.iter().all(|leaf| {
        let reporter = if let RunKey::Reporter(reporter) = leaf.key { reporter == batch.platform } else { true };
        let in_time = header.time_base <= leaf.time && leaf.time <= batch.time_last;
        leaf.key.series() == proof.series && reporter && in_time
    });
    link.require(own, format!("a leaf of record {number} names another series, reporter or time than its batch"))?;
    Ok(leaves)
}

/// The run of a batch that begins at a place, with that place.
fn run_at(batch: &BatchRecord, place: u64) -> Option<(u64, RunNumbers)> {
    let mut start = 0;
    for run in batch.runs.iter() {
        if start == place {
            return Some((start, *run));
        }
        start += u64::from(run.count);
    }
    None
}

/// The number ahead of the list: 0, or that of an event that was recorded no later than the height above which the list begins.
fn before(ledger: &Ledger<'_>, proof: &ListProof) -> Result<SeriesNumber, Failure> {
    let link = Link::Bounds;
    let Some(place) = proof.before else { return Ok(SeriesNumber::new(0)) };
    let (record, batch) = neighbour(ledger, place)?;
    let early = ledger.height_of(record.number) <= proof.above;
    link.require(early, format!("record {} stands before the list, but is above its height", record.number))?;
    let run = batch.runs.iter().rev().find(|run| run.series == proof.series && run.count > 0);
    let last =
        run.and_then(|run| run.first.get().checked_add(u64::from(run.count) - 1)).filter(|last| *last < u64::MAX);
    last.map(SeriesNumber::new)
        .ok_or_else(|| link.failed(format!("record {} has no event of the series", record.number)))
}

/// Checks that nothing of the series follows on `last` up to the list's height; says how that is known.
fn after(ledger: &Ledger<'_>, proof: &ListProof, last: SeriesNumber) -> Result<String, Failure> {
    let link = Link::Bounds;
    match &proof.after {
        Upper::Batch(place) => {
            let (record, batch) = neighbour(ledger, *place)?;
            let number = record.number;
            let late = ledger.height_of(number) > proof.until;
            link.require(late, format!("record {number} stands behind the list, but is not above its height"))?;
            let next = batch.runs.iter().find(|run| run.series == proof.series).map(|run| run.first);
            let follows = next.is_some_and(|next| next.get() == last.get() + 1);
            link.require(follows, format!("record {number} does not go on behind event {last} of the series"))?;
            Ok(format!("event {} was recorded later", last.get() + 1))
        }
        Upper::State(nodes) => {
            let held = state::last_in_series(&ledger.state_root, proof.series, nodes);
            let held = held.map_err(|error| link.failed(error.to_string()))?;
            link.require(held == last, format!("the series has {held} events at the tip, the list ends with {last}"))?;
            Ok(format!("event {last} is the last at height {}", ledger.tip.height))
        }
    }
}

/// A batch beside the list, as its platform signed it.
fn neighbour<'a>(ledger: &'a Ledger<'_>, place: u32) -> Result<(&'a Record, BatchRecord), Failure> {
    let record = ledger.placed(place as usize, RecordKind::BatchAccepted, Link::Batch)?;
    let batch = signed_batch(ledger, record, &mut Vec::new())?;
    check_series(&batch)?;
    Ok((record, batch))
}

fn said_of_keys(SignerStatus { compromised, repudiated }: &SignerStatus) -> String {
    if compromised.is_empty() {
        return "no report that the key of one of these platforms was compromised is shown".to_owned();
    }
    format!(
        "{} reports that keys of these platforms were compromised and {} repudiations of events of the list are shown",
        compromised.len(),
        repudiated.len()
    )
}

fn totals(events: &[ListedEvent], signer: &SignerStatus) -> ListTotals {
    let rejected = |fact: &&RepudiationFact| fact.decided.as_ref().is_some_and(|decided| !decided.upheld);
    let rejected: BTreeSet<RecordNumber> = signer.repudiated.iter().filter(rejected).map(|fact| fact.record).collect();
    events.iter().fold(ListTotals::default(), |sum, event| ListTotals {
        events: sum.events + 1,
        calls: sum.calls + u64::from(event.leaf.calls),
        rows: sum.rows + u64::from(event.leaf.rows),
        bytes: sum.bytes.saturating_add(event.leaf.bytes),
        denied: sum.denied + u64::from(event.leaf.outcome == Outcome::Denied),
        with_findings: sum.with_findings + u64::from(!event.findings.is_empty()),
        repudiated: sum.repudiated + u64::from(event.repudiations.iter().any(|record| !rejected.contains(record))),
    })
}
