//! Numbers without gaps, headers that commit to them, nothing left of a failed act.

use crate::{BlockLeaves, History, LastNumber, mock::*};
use codec::Decode;
use frame_support::{
    storage::{TransactionOutcome, with_transaction},
    traits::Hooks,
};
use mulu_pallet_support::Records as _;
use mulu_proofs::{
    hash::TreeKind,
    header::{HISTORY_ENGINE_ID, RECORDS_ENGINE_ID, RecordLog, VALIDATORS_ENGINE_ID},
    ids::{DepartmentId, RecordNumber},
    records::{RecordKind, Subject},
    tree,
};
use sp_runtime::{DigestItem, DispatchError, traits::Header as _};

fn append(department: u32) -> RecordNumber {
    let department = DepartmentId::new(department);
    Records::append(RecordKind::DepartmentRegistered, department, None, &[Subject::Department(department)], &department)
}

fn block(height: u32, acts: impl FnOnce()) -> Vec<DigestItem> {
    System::initialize(&height, &Default::default(), &Default::default());
    Records::on_initialize(height);
    System::note_finished_initialize();
    acts();
    Records::on_finalize(height);
    System::finalize().digest().logs.clone()
}

fn item(logs: &[DigestItem], engine: [u8; 4]) -> Option<Vec<u8>> {
    logs.iter().find_map(|log| match log {
        DigestItem::Consensus(id, data) if *id == engine => Some(data.clone()),
        _ => None,
    })
}

#[test]
fn numbers_run_on_over_blocks_and_headers_commit_to_them() {
    run(|| {
        let logs = block(1, || {
            assert_eq!(append(1), RecordNumber::new(1));
            assert_eq!(append(2), RecordNumber::new(2));
        });
        let log = RecordLog::decode(&mut &item(&logs, RECORDS_ENGINE_ID).expect("there")[..]).expect("decodes");
        assert_eq!((log.first, log.count), (1, 2));
        let logs = block(2, || assert_eq!(append(3), RecordNumber::new(3)));
        let log = RecordLog::decode(&mut &item(&logs, RECORDS_ENGINE_ID).expect("there")[..]).expect("decodes");
        assert_eq!((log.first, log.count), (3, 1));
        assert!(BlockLeaves::<Test>::get().is_empty());
    });
}

#[test]
fn a_block_without_records_commits_to_the_empty_tree() {
    run(|| {
        let logs = block(1, || {});
        let log = RecordLog::decode(&mut &item(&logs, RECORDS_ENGINE_ID).expect("there")[..]).expect("decodes");
        assert_eq!((log.first, log.count, log.root), (1, 0, tree::root(TreeKind::Records, &[])));
    });
}

#[test]
fn a_failed_act_leaves_neither_number_nor_leaf() {
    run(|| {
        block(1, || {
            let _ = with_transaction(|| {
                append(1);
                TransactionOutcome::Rollback(Err::<(), _>(DispatchError::Other("refused")))
            });
            assert_eq!(LastNumber::<Test>::get(), 0);
            assert!(BlockLeaves::<Test>::get().is_empty());
        });
    });
}

#[test]
fn every_header_before_this_one_is_in_the_history() {
    run(|| {
        for height in 1..=5 {
            let logs = block(height, || {});
            assert_eq!(History::<Test>::get().count, u64::from(height));
            assert!(item(&logs, HISTORY_ENGINE_ID).is_some());
        }
    });
}

#[test]
fn the_validator_set_stands_in_the_header_where_it_changes() {
    run(|| {
        assert!(item(&block(1, || {}), VALIDATORS_ENGINE_ID).is_some());
        assert!(item(&block(2, || {}), VALIDATORS_ENGINE_ID).is_none());
        Validators::set([2; 32]);
        assert!(item(&block(3, || {}), VALIDATORS_ENGINE_ID).is_some());
    });
}
