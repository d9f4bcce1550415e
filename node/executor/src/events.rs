//! The events of accepted batches, decoded again from the extrinsics that carried them: for the index and for queries.
//!
//! A body is relative to versions of grants and entries. Versions never change, so every later state that has them reads it alike; what has left
//! the state is remembered here, or known to whoever asks.

use crate::{
    Executor,
    block_run::of_block,
    error::ExecuteError,
    run::{Run, Stop},
    signed::decode,
    state::{Purpose, State},
    terms::AcceptedTerms,
};
use mulu_primitives::{
    batch,
    block::{Block, Extrinsic, Header},
    stages::Executed,
};
use mulu_proofs::{
    access::PublicLeaf,
    grants::GrantTerms,
    ids::{Digest32, GrantId, RecordNumber, Version},
    records::{Record, RecordKind},
};
use mulu_runtime::{RuntimeCall, StateTerms, pallet_access};
use std::{collections::BTreeMap, sync::Arc};

/// The record of a batch and the batch's public leaves, in the batch's order.
pub type RecordedEvents = (RecordNumber, Vec<PublicLeaf>);

impl Executor {
    /// The events of every batch that a block accepted, in record order, before anything of the block is in the database.
    ///
    /// # Errors
    /// - [`ExecuteError::Database`] if the state cannot be read.
    /// - [`ExecuteError::Events`] if the block accepted what does not decode, which it cannot.
    pub fn events_of(&self, executed: &Arc<Executed>) -> Result<Vec<RecordedEvents>, ExecuteError> {
        if !executed.records.iter().any(is_batch) {
            return Ok(Vec::new());
        }
        let state = State::of_executed(self, executed);
        self.all_events(state, &executed.block, &executed.records, of_block)
    }

    /// The events of every batch that `block` accepted, in record order. `state` is the header of that block or of a later one.
    ///
    /// # Errors
    /// As [`Executor::leaves`].
    pub fn batch_events(
        &self,
        state: &Header,
        block: &Block,
        records: &[Record],
    ) -> Result<Vec<RecordedEvents>, ExecuteError> {
        self.all_events(State::open(self, state, Purpose::Question), block, records, of_question)
    }

    /// The events of one accepted batch. `state` is the header of a block that accepted it or of a later one; `gone` says the terms of grants
    /// that have left that state.
    ///
    /// # Errors
    /// - [`ExecuteError::Events`] if the extrinsic is no batch, or names grants or entries that nobody knows.
    /// - [`ExecuteError::StateGone`] if the state is not kept; [`ExecuteError::Database`] if it cannot be read.
    pub fn leaves(
        &self,
        state: &Header,
        batch_extrinsic: &Extrinsic,
        gone: &dyn Fn(GrantId, Version) -> Option<GrantTerms>,
    ) -> Result<Vec<PublicLeaf>, ExecuteError> {
        let mut run = Run::new(State::open(self, state, Purpose::Question));
        self.events_in(&mut run, batch_extrinsic, gone, of_question)
    }

    fn all_events(
        &self,
        state: State,
        block: &Block,
        records: &[Record],
        stopped: fn(Stop) -> ExecuteError,
    ) -> Result<Vec<RecordedEvents>, ExecuteError> {
        let extrinsics: BTreeMap<Digest32, &Extrinsic> =
            block.extrinsics.iter().map(|extrinsic| (extrinsic.hash(), extrinsic)).collect();
        let mut run = Run::new(state);
        let mut events = Vec::new();
        for record in records.iter().filter(|record| is_batch(record)) {
            let extrinsic = record.extrinsic.and_then(|hash| extrinsics.get(&hash)).ok_or_else(|| {
                ExecuteError::Events { why: format!("the block has no extrinsic for record {}", record.number) }
            })?;
            events.push((record.number, self.events_in(&mut run, extrinsic, &|_, _| None, stopped)?));
        }
        Ok(events)
    }

    fn events_in(
        &self,
        run: &mut Run,
        extrinsic: &Extrinsic,
        gone: &dyn Fn(GrantId, Version) -> Option<GrantTerms>,
        stopped: fn(Stop) -> ExecuteError,
    ) -> Result<Vec<PublicLeaf>, ExecuteError> {
        let decoded = decode(extrinsic).map_err(|error| ExecuteError::Events { why: error.to_string() })?;
        let RuntimeCall::Access(pallet_access::Call::submit_batch { body, .. }) = decoded.function else {
            return Err(ExecuteError::Events { why: "it carries no batch".to_owned() });
        };
        let state = StateTerms::default();
        let terms = AcceptedTerms { remembered: &self.terms, state: &state, gone };
        run.call(|| batch::decode_accepted(&body, &terms))
            .map_err(stopped)?
            .map_err(|error| ExecuteError::Events { why: error.to_string() })
    }
}

fn is_batch(record: &Record) -> bool {
    record.kind == RecordKind::BatchAccepted
}

fn of_question(stop: Stop) -> ExecuteError {
    match stop {
        Stop::Panicked(why) => ExecuteError::Events { why },
        Stop::State(error) => error,
    }
}
