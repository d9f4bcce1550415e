//! One block, step by step: what building and executing have in common.
//!
//! It does what `frame_executive::Executive::execute_block` does, with the signatures taken out of the line; a test holds both against
//! each other.

use crate::{
    Executor,
    error::ExecuteError,
    run::{Run, Stop},
    signed::{Checked, Signed},
    state::{Purpose, State},
    verified::Claim,
};
use frame_support::dispatch::GetDispatchInfo;
use mulu_primitives::{
    block::{Block, Header, header_hash},
    stages::{Executed, StateChanges},
};
use mulu_proofs::{
    budget::Budget,
    certificate::ValidatorSet,
    ids::{DepartmentId, Height, Moment},
    records::Record,
};
use mulu_runtime::{
    AccountId, Departments, Executive, Runtime, System, UncheckedExtrinsic, chain, pallet_departments,
    pallet_records::INDEX_PREFIX,
};
use sp_core::{H256, offchain::OffchainOverlayedChange};
use sp_runtime::{
    ApplyExtrinsicResult, Digest,
    traits::{Applyable, BlakeTwo256},
    transaction_validity::TransactionValidityError,
};
use sp_state_machine::{OffchainChangesCollection, StorageChanges};
use std::sync::Arc;

/// A block under way.
pub struct BlockRun {
    run: Run,
    is_development: bool,
}

/// A block that has run to its end.
pub struct Ended {
    /// Its header, as this execution gives it.
    pub header: Header,
    changes: StorageChanges<BlakeTwo256>,
    next_validators: ValidatorSet,
}

impl BlockRun {
    /// Begins the block after `parent`.
    pub fn begin(executor: &Executor, parent: &Header) -> Result<Self, Stop> {
        let mut run = Run::new(State::open(executor, parent, Purpose::Block));
        let number = parent.number.checked_add(1).ok_or_else(|| Stop::Panicked("heights are used up".to_owned()))?;
        let header = Header {
            parent_hash: H256(header_hash(parent)),
            number,
            state_root: H256::zero(),
            extrinsics_root: H256::zero(),
            digest: Digest::default(),
        };
        let is_development = run.call(|| {
            Executive::initialize_block(&header);
            chain::IsDevelopment::<Runtime>::get()
        })?;
        Ok(Self { run, is_development })
    }

    /// Whether the chain is for development.
    pub const fn is_development(&self) -> bool {
        self.is_development
    }

    /// Applies the timestamp inherent.
    pub fn inherent(&mut self, extrinsic: UncheckedExtrinsic) -> Result<ApplyExtrinsicResult, Stop> {
        self.run.call(|| Executive::apply_extrinsic(extrinsic))
    }

    /// The department to which an account belongs.
    pub fn department_of(&mut self, account: &AccountId) -> Result<Option<DepartmentId>, Stop> {
        self.run.call(|| pallet_departments::Accounts::<Runtime>::get(account))
    }

    /// What each department may send in this block.
    pub fn budget(&mut self) -> Result<Budget, Stop> {
        self.run.call(pallet_departments::CurrentBudget::<Runtime>::get)
    }

    /// What each signature must be under.
    pub fn claims(&mut self, signed: &[Signed]) -> Result<Vec<Result<Claim, TransactionValidityError>>, Stop> {
        self.run.call(|| signed.iter().map(Signed::claim).collect())
    }

    /// Applies an extrinsic whose signature was found to hold; an invalid or panicking one leaves no trace.
    pub fn apply(&mut self, signed: Signed) -> Result<ApplyExtrinsicResult, Stop> {
        let bytes = signed.extrinsic.bytes().to_vec();
        let checked = signed.into_checked();
        self.run.attempt(|| apply_checked(checked, bytes), Result::is_ok)
    }

    /// Ends the block.
    pub fn end(mut self) -> Result<Ended, Stop> {
        let (header, next_validators) = self.run.call(|| (Executive::finalize_block(), Departments::validators()))?;
        let changes = self.run.finish()?;
        assert_eq!(changes.transaction_storage_root, header.state_root, "the header has the root of what is written");
        Ok(Ended { header, changes, next_validators })
    }
}

/// `Executive::apply_extrinsic` behind its signature check.
fn apply_checked(checked: Checked, bytes: Vec<u8>) -> ApplyExtrinsicResult {
    let info = checked.get_dispatch_info();
    let length = bytes.len();
    if !System::inherents_applied() {
        Executive::inherents_applied();
    }
    System::note_extrinsic(bytes);
    let result = Applyable::apply::<Runtime>(checked, &info, length)?;
    System::note_applied_extrinsic(&result, info);
    Ok(result.map(|_| ()).map_err(|failed| failed.error))
}

impl Ended {
    /// Puts block and effects together.
    pub fn into_executed(self, block: Arc<Block>, moment: Moment) -> Executed {
        let StorageChanges { main_storage_changes: mut values, offchain_storage_changes, mut transaction, .. } =
            self.changes;
        values.sort_unstable();
        let mut changes = StateChanges { values: values.into(), ..StateChanges::default() };
        for (key, (node, references)) in transaction.drain() {
            match references {
                1.. => changes.nodes_added.push((key, node)),
                0 => {}
                ..0 => changes.nodes_removed.push(key),
            }
        }
        // The drain's order is that of a hash map.
        changes.nodes_added.sort_unstable();
        changes.nodes_removed.sort_unstable();
        let records = records(offchain_storage_changes).into();
        Executed { hash: block.hash(), block, moment, changes, records, next_validators: self.next_validators }
    }
}

/// The records that left the runtime, in the order of their numbers.
fn records(changes: OffchainChangesCollection) -> Vec<Record> {
    let mut rows: Vec<_> = changes
        .into_iter()
        .filter_map(|((_, key), change)| match change {
            OffchainOverlayedChange::SetValue(bytes) if key.starts_with(INDEX_PREFIX) => Some((key, bytes)),
            _ => None,
        })
        .collect();
    // Keys end in the number, big-endian.
    rows.sort_unstable();
    rows.iter().map(|(_, bytes)| Record::read(bytes).expect("the record log writes canonical records")).collect()
}

/// A stop during a block: the panic is the block's fault, whatever concerns the state is this machine's.
pub fn of_block(stop: Stop) -> ExecuteError {
    match stop {
        Stop::Panicked(why) => ExecuteError::Invalid { why },
        // The state of a block that this node committed must be there.
        Stop::State(ExecuteError::StateGone { height }) => {
            ExecuteError::Database { why: format!("a trie node of block {height} is missing") }
        }
        Stop::State(error) => error,
    }
}

/// Height of the block after `parent`.
pub fn height_after(parent: &Header) -> Height {
    Height::new(parent.number).next()
}
