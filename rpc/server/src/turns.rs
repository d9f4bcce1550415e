//! Which streams were halted, and under which keys they go on. Keys are stolen seldom: all those records are read at once.

use crate::{context::Context, failure::Failure};
use mulu_index::RecordList;
use mulu_proofs::{
    access::{KeyCompromised, StreamReopened},
    ids::{PublicKey, RecordNumber, StreamId},
    records::RecordKind,
};
use std::collections::BTreeMap;

/// What happened to the keys of streams, by record.
#[derive(Default)]
pub struct Turns(BTreeMap<StreamId, Vec<Turn>>);

/// A stream was halted, or goes on under a key.
#[derive(Clone, Copy)]
pub struct Turn {
    /// The record of it.
    pub record: RecordNumber,
    /// The key, if it goes on.
    pub key: Option<PublicKey>,
}

impl Turns {
    /// Reads all of them.
    pub fn read(context: &Context) -> Result<Self, Failure> {
        let mut turns = Self::default();
        for act in context.acts(RecordList::Kind(RecordKind::KeyCompromised))? {
            let report: KeyCompromised = context.indexed(act.number)?.body()?;
            for stream in &report.halted {
                turns.0.entry(*stream).or_default().push(Turn { record: act.number, key: None });
            }
        }
        for act in context.acts(RecordList::Kind(RecordKind::StreamReopened))? {
            let StreamReopened { stream, key, .. } = context.indexed(act.number)?.body()?;
            turns.0.entry(stream).or_default().push(Turn { record: act.number, key: Some(key) });
        }
        for of_stream in turns.0.values_mut() {
            of_stream.sort_by_key(|turn| turn.record);
        }
        Ok(turns)
    }

    /// The turns of a stream, ascending.
    pub fn of(&self, stream: StreamId) -> &[Turn] {
        self.0.get(&stream).map_or(&[], Vec::as_slice)
    }

    /// The key under which the stream was reopened last, if it was.
    pub fn key(&self, stream: StreamId) -> Option<PublicKey> {
        self.of(stream).iter().rev().find_map(|turn| turn.key)
    }

    /// Whether the stream was halted last, and not reopened since.
    pub fn is_halted(&self, stream: StreamId) -> bool {
        self.of(stream).last().is_some_and(|turn| turn.key.is_none())
    }
}
