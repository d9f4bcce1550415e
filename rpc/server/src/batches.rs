//! Accepted batches, opened: record, header and public leaves. The last ones are kept in memory, since decoding is what history costs.

use crate::{
    context::Context,
    failure::Failure,
    limits::{BATCH_BYTES_KEPT, OPENED_ALONE, OPENERS_MAX},
    recent::Recent,
    trees::Tree,
};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::{
    access::{BatchRecord, EventFindings, Findings, PublicLeaf, RunNumbers, Series},
    grants::GrantTerms,
    hash::TreeKind,
    ids::{DepartmentId, Digest32, EventNumber, GrantId, Height, Moment, RecordNumber, SeriesNumber, Version},
    records::RecordKind,
    sharing::RequestAgreed,
};
use mulu_rpc_api::access::Event;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// An accepted batch.
#[derive(Debug)]
pub struct OpenBatch {
    /// Its record's number.
    pub record: RecordNumber,
    /// Height of its block.
    pub height: Height,
    /// Block time.
    pub recorded_at: Moment,
    /// Department that reported.
    pub reporter: DepartmentId,
    /// What the record says.
    pub batch: BatchRecord,
    /// The public leaves, in the batch's order.
    pub leaves: Vec<PublicLeaf>,
    /// The tree over them, once somebody asked for a path.
    tree: OnceLock<Tree>,
}

/// The last opened batches.
#[derive(Debug)]
pub struct Batches(Mutex<Recent<RecordNumber, OpenBatch>>);

impl Default for Batches {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(BATCH_BYTES_KEPT)))
    }
}

impl Batches {
    fn get(&self, record: RecordNumber) -> Option<Arc<OpenBatch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(record)
    }

    fn keep(&self, batch: &Arc<OpenBatch>) {
        let bytes = batch.bytes();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(batch.record, Arc::clone(batch), bytes);
    }
}

impl Context {
    /// The batch of a record; none if the record is of no batch.
    pub fn batch(&self, number: RecordNumber) -> Result<Option<Arc<OpenBatch>>, Failure> {
        if let Some(kept) = self.batches.get(number) {
            return Ok(Some(kept));
        }
        let Some(found) = self.record(number)? else { return Ok(None) };
        if found.record.kind != RecordKind::BatchAccepted {
            return Ok(None);
        }
        let batch: BatchRecord = found.body()?;
        let hash = found.record.extrinsic.ok_or(Failure::Damaged { what: "the record of a batch" })?;
        let (_, extrinsic) = self.extrinsic_of(&hash)?;
        let leaves =
            self.parts.executor.leaves(&self.head(), &extrinsic, &|grant, version| self.agreed(grant, version))?;
        if leaves.len() != batch.header.count as usize {
            return Err(Failure::Damaged { what: "the body of a batch" });
        }
        let opened = Arc::new(OpenBatch {
            record: number,
            height: found.height,
            recorded_at: found.record.moment,
            reporter: found.record.department,
            batch,
            leaves,
            tree: OnceLock::new(),
        });
        self.batches.keep(&opened);
        Ok(Some(opened))
    }

    /// Opens those batches that are not kept, side by side: what a page of history takes is opening them. What cannot be opened is told when it
    /// is asked for.
    pub fn open_ahead(&self, records: impl Iterator<Item = RecordNumber>) {
        let closed: Vec<RecordNumber> = records.filter(|record| self.batches.get(*record).is_none()).collect();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let openers = (closed.len() / OPENED_ALONE).min(OPENERS_MAX).min(processors);
        if openers < 2 {
            return;
        }
        let open = |part: &[RecordNumber]| part.iter().for_each(|record| drop(self.batch(*record)));
        std::thread::scope(|scope| {
            let mut parts = closed.chunks(closed.len().div_ceil(openers));
            let own = parts.next();
            parts.for_each(|part| drop(scope.spawn(|| open(part))));
            own.into_iter().for_each(open);
        });
    }

    /// The terms of a version of a grant, as the record of its agreement says them; none if there is none, or it cannot be read.
    fn agreed(&self, grant: GrantId, version: Version) -> Option<GrantTerms> {
        let acts = self.acts(RecordList::Grant(grant)).ok()?;
        let is_agreement = |act: &&RecordRow| act.kind == RecordKind::RequestAgreed && act.version == Some(version);
        let agreement = acts.iter().find(is_agreement)?;
        let agreed: RequestAgreed = self.indexed(agreement.number).ok()?.body().ok()?;
        Some(agreed.grant)
    }
}

impl OpenBatch {
    /// About what it takes in memory, the tree included.
    fn bytes(&self) -> usize {
        let each = size_of::<PublicLeaf>() + 2 * size_of::<Digest32>();
        size_of::<Self>()
            + self.leaves.len() * each
            + self.batch.runs.len() * size_of::<RunNumbers>()
            + self.batch.findings.len() * size_of::<EventFindings>()
    }

    /// The tree over its public leaves.
    pub fn tree(&self) -> &Tree {
        let leaves = || self.leaves.iter().map(PublicLeaf::leaf).collect();
        self.tree.get_or_init(|| Tree::over(TreeKind::PublicEvents, leaves()))
    }

    /// Findings of the event at a place.
    pub fn findings(&self, place: u32) -> Findings {
        let list = &self.batch.findings;
        list.binary_search_by_key(&place, |found| found.place)
            .map_or_else(|_| Findings::default(), |at| list[at].findings)
    }

    /// Series and number in it of the event at a place.
    pub fn series(&self, place: u32) -> Option<(Series, SeriesNumber)> {
        let mut end = 0;
        let run = self.batch.runs.iter().find(|run| {
            end += run.count;
            place < end
        })?;
        let within = place - (end - run.count);
        Some((run.series, SeriesNumber::new(run.first.get() + u64::from(within))))
    }

    /// The event at a place, as an answer shows it.
    pub fn event(&self, place: u32) -> Option<Event> {
        let leaf = *self.leaves.get(place as usize)?;
        let (series, series_number) = self.series(place)?;
        let header = &self.batch.header;
        Some(Event {
            stream: header.stream,
            event: EventNumber::new(header.first.get() + u64::from(place)),
            series,
            series_number,
            findings: self.findings(place).names().into_iter().map(str::to_owned).collect(),
            platform: self.batch.platform,
            reporter: self.reporter,
            record: self.record,
            place,
            height: self.height,
            recorded_at: self.recorded_at,
            repudiated: None,
            leaf,
        })
    }
}
