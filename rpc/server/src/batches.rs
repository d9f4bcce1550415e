//! Accepted batches, opened: record, header and public leaves. The last ones are kept in memory, since decoding is what history costs.

use crate::{context::Context, failure::Failure, limits::BATCHES_KEPT};
use mulu_proofs::{
    access::{BatchRecord, Findings, PublicLeaf, Series},
    ids::{DepartmentId, EventNumber, Height, Moment, RecordNumber, SeriesNumber},
    records::RecordKind,
};
use mulu_rpc_api::access::Event;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

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
}

/// The last opened batches.
#[derive(Debug, Default)]
pub struct Batches(Mutex<VecDeque<Arc<OpenBatch>>>);

impl Batches {
    fn get(&self, record: RecordNumber) -> Option<Arc<OpenBatch>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|batch| batch.record == record).cloned()
    }

    fn keep(&self, batch: Arc<OpenBatch>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= BATCHES_KEPT {
            kept.pop_back();
        }
        kept.push_front(batch);
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
        let leaves = self.parts.executor.leaves(&self.head(), &extrinsic)?;
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
        });
        self.batches.keep(Arc::clone(&opened));
        Ok(Some(opened))
    }
}

impl OpenBatch {
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
            leaf,
        })
    }
}
