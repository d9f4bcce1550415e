//! The index of the data folder: derived again from records and bodies where another version of the program wrote it, or where a person
//! asks for it.

use crate::error::NodeError;
use mulu_executor::Executor;
use mulu_index::BatchEvents;
use mulu_proofs::{
    calendar::Calendar,
    ids::Height,
    records::{Record, RecordKind},
};
use mulu_storage::{StorageError, Store};

/// Key under which the store keeps the version of the index.
const VERSION_KEY: &[u8] = b"index_version";
/// Blocks between two lines in the log.
const BLOCKS_A_LINE: u32 = 10_000;

/// Brings the index to this program's version and to the height of the chain.
///
/// # Errors
/// [`NodeError`] if storage fails, or bodies that are needed are archived.
pub fn bring_up_to_date(store: &Store, executor: &Executor) -> Result<(), NodeError> {
    let head = Height::new(store.head().0.number);
    let version = store.meta_get(VERSION_KEY)?;
    if version.as_deref() == Some(&mulu_index::VERSION.to_be_bytes()) {
        return fill(store, executor, head);
    }
    if head.get() == 0 {
        return Ok(store.meta_put(VERSION_KEY, &mulu_index::VERSION.to_be_bytes())?);
    }
    tracing::info!("the index is of another version; it is derived again");
    rebuild(store, executor)
}

/// Deletes the index and derives it again.
///
/// # Errors
/// As [`bring_up_to_date`]; where bodies are archived, nothing was deleted.
pub fn rebuild(store: &Store, executor: &Executor) -> Result<(), NodeError> {
    if let Some(archive) = store.archives().into_iter().next() {
        return Err(StorageError::Archived { height: archive.first, file: archive.name }.into());
    }
    // In this order: what a crash leaves is an index of the old version, or an empty one of the new.
    store.index_clear()?;
    store.meta_put(VERSION_KEY, &mulu_index::VERSION.to_be_bytes())?;
    fill(store, executor, Height::new(store.head().0.number))
}

/// Derives the rows of the blocks that the index does not have yet.
fn fill(store: &Store, executor: &Executor, head: Height) -> Result<(), NodeError> {
    let complete = store.index_height()?;
    if complete >= head {
        return Ok(());
    }
    let calendar = executor.calendar(&store.head().0)?;
    for height in complete.get() + 1..=head.get() {
        extend(store, executor, Height::new(height), &calendar)?;
        if height.is_multiple_of(BLOCKS_A_LINE) {
            tracing::info!(height, head = head.get(), "deriving the index");
        }
    }
    // Rows of a filled index are durable with the next write that is: this one.
    store.meta_put(VERSION_KEY, &mulu_index::VERSION.to_be_bytes())?;
    tracing::info!(height = head.get(), "the index is complete");
    Ok(())
}

fn extend(store: &Store, executor: &Executor, height: Height, calendar: &Calendar) -> Result<(), NodeError> {
    let damaged = |what: &str| NodeError::Failed { why: format!("{what} of block {height} does not read") };
    let block = store.block(height)?.ok_or_else(|| damaged("the body"))?;
    let bytes = store.records_of_block(height)?.unwrap_or_default();
    let records: Result<Vec<Record>, _> = bytes.iter().map(|bytes| Record::read(bytes)).collect();
    let records = records.map_err(|_| damaged("a record"))?;
    let events = match records.iter().any(|record| record.kind == RecordKind::BatchAccepted) {
        true => executor.batch_events(&store.head().0, &block, &records)?,
        false => Vec::new(),
    };
    let batches: Vec<_> = events.iter().map(|(record, leaves)| BatchEvents { record: *record, leaves }).collect();
    let rows = mulu_index::derive(&block, &records, &batches, calendar);
    let rows = rows.map_err(|error| NodeError::Failed { why: error.to_string() })?;
    Ok(store.index_extend(height, rows)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genesis::{Chain, ChainFiles},
        plan::Plan,
    };
    use mulu_chain_spec::ChainType;
    use mulu_proofs::{calendar::DayLength, ids::Moment};
    use mulu_storage::{GenesisBlock, Options};
    use std::sync::Arc;

    #[test]
    fn a_fresh_index_gets_its_version_and_a_rebuilt_one_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::with_departments(1, 1, crate::keys::Seed::development);
        let moment = Moment::new(1_785_000_000_000);
        let files = ChainFiles::new(&plan, "index".into(), ChainType::Development, moment, DayLength::Civil).unwrap();
        let spec = folder.path().join("chain.json");
        std::fs::write(&spec, &files.chain_spec).unwrap();
        let chain = Chain::read(&spec).unwrap();
        let store = Arc::new(Store::open(folder.path().join("data"), Options::default()).unwrap());
        let genesis = GenesisBlock {
            header: chain.genesis.header.clone(),
            state: chain.genesis.state.clone(),
            validators: chain.genesis.validators.clone(),
            chain_id: chain.spec.chain_id,
        };
        store.init_genesis(&genesis).unwrap();
        let executor = Executor::new(Arc::clone(&store) as _);
        assert_eq!(store.meta_get(VERSION_KEY).unwrap(), None);
        for _ in 0..2 {
            bring_up_to_date(&store, &executor).unwrap();
            assert_eq!(store.meta_get(VERSION_KEY).unwrap(), Some(mulu_index::VERSION.to_be_bytes().to_vec()));
        }
        rebuild(&store, &executor).unwrap();
        assert_eq!(store.index_height().unwrap(), Height::new(0));
    }
}
