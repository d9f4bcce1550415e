#![allow(clippy::unwrap_used, reason = "a test may")]

mod retention;

use crate::{Fault, GenesisBlock, HighWater, Options, StatePruning, StorageError, Store, bodies::INLINE_BYTES_MAX};
use codec::Encode;
use mulu_primitives::{
    block::{Block, Extrinsic, Header},
    stages::{Committed, Decided, Executed, IndexRow, StateChanges},
    trie::TrieReader,
};
use mulu_proofs::{
    certificate::{Certificate, Validator, ValidatorSet},
    hash::Suite,
    ids::{DepartmentId, Height, Moment, RecordNumber},
    records::{Record, RecordKind},
};
use std::{fs, fs::OpenOptions, io::Write, path::Path, sync::Arc};

fn validators() -> ValidatorSet {
    ValidatorSet::new(vec![Validator { key: [7; 32], department: DepartmentId::new(1) }]).unwrap()
}

fn header(number: u32, parent: [u8; 32], salt: u8) -> Header {
    Header {
        parent_hash: parent.into(),
        number,
        state_root: [salt; 32].into(),
        extrinsics_root: [0; 32].into(),
        digest: Default::default(),
    }
}

fn genesis(salt: u8) -> GenesisBlock {
    let nodes_added = vec![(b"root0".to_vec(), b"node0".to_vec())];
    GenesisBlock {
        header: header(0, [0; 32], salt),
        state: StateChanges { nodes_added, ..StateChanges::default() },
        validators: validators(),
        chain_id: "mulu-test".into(),
    }
}

fn open(path: &Path) -> Store {
    let store = Store::open(path, Options::default()).unwrap();
    store.init_genesis(&genesis(0)).unwrap();
    store
}

fn extrinsic(length: usize, fill: u8) -> Extrinsic {
    Extrinsic::new(&vec![fill; length])
}

/// A block on the store's head.
fn block(store: &Store, extrinsics: Vec<Extrinsic>, salt: u8) -> Arc<Block> {
    let (head, hash) = store.head();
    Arc::new(Block { header: header(head.number + 1, hash, salt), extrinsics })
}

fn record(number: u64) -> Record {
    Record {
        suite: Suite::default(),
        version: Record::VERSION,
        number: RecordNumber::new(number),
        kind: RecordKind::StreamClosed,
        moment: Moment::new(1),
        department: DepartmentId::new(1),
        signer: None,
        extrinsic: None,
        subjects: Vec::new(),
        body: vec![number as u8; 3],
    }
}

fn decided(block: &Arc<Block>, changes: StateChanges, records: Vec<Record>) -> Decided {
    let hash = block.hash();
    let executed = Executed {
        block: block.clone(),
        hash,
        moment: Moment::new(1),
        changes,
        records: records.into(),
        next_validators: validators(),
    };
    let certificate = Certificate {
        suite: Suite::default(),
        height: block.height(),
        round: 3,
        header_hash: hash,
        signatures: vec![],
    };
    Decided::new(Arc::new(executed), certificate).unwrap()
}

fn commit(store: &Store, block: &Arc<Block>) -> Committed {
    store.commit(decided(block, StateChanges::default(), Vec::new()), Vec::new()).unwrap()
}

fn row(key: &[u8]) -> IndexRow {
    IndexRow { key: key.to_vec(), value: vec![key.len() as u8] }
}

fn log_bytes(path: &Path) -> u64 {
    fs::metadata(path.join("bodies.log")).unwrap().len()
}

/// The newest file of the write-ahead log.
fn write_ahead_log(path: &Path) -> std::path::PathBuf {
    let files = fs::read_dir(path.join("db")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|e| e == "log")).max().unwrap()
}

#[test]
fn everything_of_a_committed_block_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let store = open(&path);
    let sent = block(&store, vec![extrinsic(10, 1), extrinsic(5_000, 2), extrinsic(INLINE_BYTES_MAX, 3)], 1);
    let changes = StateChanges {
        nodes_added: vec![(b"root1".to_vec(), b"node1".to_vec())],
        nodes_removed: vec![b"root0".to_vec()],
        values: [].into(),
    };
    let decided = decided(&sent, changes, vec![record(1), record(2)]);
    let certificate = decided.certificate().clone();
    let executed = Arc::downgrade(decided.executed());
    let committed = store.commit(decided, vec![row(b"a"), row(b"ab")]).unwrap();
    assert!(executed.upgrade().is_none(), "what is announced keeps no nodes of the trie");
    assert_eq!(committed.hash(), sent.hash());

    let mut store = Some(store);
    for _ in 0..2 {
        let store = store.take().unwrap_or_else(|| open(&path));
        let one = Height::new(1);
        assert_eq!(store.head(), (sent.header.clone(), sent.hash()));
        assert_eq!(store.block(one).unwrap().as_ref(), Some(&*sent));
        assert_eq!(store.extrinsic(one, 1).unwrap(), Some(sent.extrinsics[1].clone()));
        assert_eq!(store.extrinsic(one, 3).unwrap(), None);
        assert_eq!(store.hash_at(one).unwrap(), Some(sent.hash()));
        assert_eq!(store.height_of(&sent.hash()).unwrap(), Some(one));
        assert_eq!(store.certificate(one).unwrap(), Some(certificate.clone()));
        assert_eq!(store.certificate(Height::new(0)).unwrap(), None);
        let stored = store.record(RecordNumber::new(2)).unwrap().unwrap();
        assert_eq!((stored.height, stored.place, stored.bytes), (one, 1, record(2).encode()));
        assert_eq!(store.records_of_block(one).unwrap(), Some(vec![record(1).encode(), record(2).encode()]));
        assert_eq!(store.records_of_block(Height::new(0)).unwrap(), Some(vec![]));
        assert_eq!(store.record_numbers(one).unwrap(), Some((RecordNumber::new(1), 2)));
        assert_eq!(store.block(Height::new(2)).unwrap(), None);
        assert_eq!(store.node(b"root1").unwrap(), Some(b"node1".to_vec()));
        assert_eq!(store.node(b"root0").unwrap(), Some(b"node0".to_vec()), "an archive keeps every state");
        assert_eq!(store.index_get(b"ab").unwrap(), Some(vec![2]));
        assert_eq!(store.genesis().unwrap().chain_id, "mulu-test");
        assert!(store.disk_usage().unwrap().total() > 5_000);
    }
}

#[test]
fn a_folder_that_is_in_use_is_refused_and_free_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let error = Store::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, StorageError::Locked { .. }), "{error}");
    assert_eq!(error.fault(), Fault::Operator);
    drop(store);
    open(folder.path());
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    let error = Store::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, StorageError::ForeignFolder { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let error = Store::open(folder.path().join("letter.txt"), Options::default()).unwrap_err();
    assert!(matches!(error, StorageError::Unusable { .. }), "{error}");
}

#[test]
fn a_folder_of_another_format_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("FORMAT"), "mulu data folder, format 9\n").unwrap();
    let error = Store::open(folder.path(), Options::default()).unwrap_err();
    assert!(error.to_string().contains("format 9") && error.to_string().contains("format 1"), "{error}");
    assert_eq!(error.fault(), Fault::Operator);
}

#[test]
fn another_genesis_is_refused_and_both_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.init_genesis(&genesis(0)).unwrap();
    let error = store.init_genesis(&genesis(1)).unwrap_err();
    assert_eq!(error.fault(), Fault::Operator);
    let text = error.to_string();
    for salt in [0, 1] {
        let hash = mulu_primitives::block::header_hash(&genesis(salt).header);
        assert!(text.contains(&hex::encode(hash)), "{text}");
    }
    let renamed = GenesisBlock { chain_id: "other".into(), ..genesis(0) };
    assert!(matches!(store.init_genesis(&renamed), Err(StorageError::WrongGenesis { .. })));
    assert_eq!(store.head().0, genesis(0).header);
}

#[test]
fn a_block_that_does_not_follow_the_head_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let first = block(&store, vec![extrinsic(2_000, 1)], 1);
    let rival = block(&store, vec![extrinsic(2_000, 2)], 2);
    commit(&store, &first);
    let before = log_bytes(folder.path());
    let error = store.commit(decided(&rival, StateChanges::default(), vec![]), vec![]).unwrap_err();
    assert!(matches!(error, StorageError::NotNext { .. }));
    let orphan = Arc::new(Block { header: header(2, [9; 32], 1), extrinsics: vec![] });
    let error = store.commit(decided(&orphan, StateChanges::default(), vec![]), vec![]).unwrap_err();
    assert_eq!(error.fault(), Fault::Caller);
    let next = block(&store, vec![], 3);
    let gap = store.commit(decided(&next, StateChanges::default(), vec![record(1), record(3)]), vec![]).unwrap_err();
    assert!(matches!(gap, StorageError::RecordGap { expected: 2, found: 3 }));
    assert_eq!((store.head().1, log_bytes(folder.path())), (first.hash(), before));
    commit(&store, &next);
}

#[test]
fn a_body_is_stored_once_from_proposal_to_commit_also_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (shared, other) = (extrinsic(50_000, 1), extrinsic(40_000, 2));
    let lost = block(&store, vec![shared.clone(), other.clone()], 1);
    let won = block(&store, vec![shared.clone(), extrinsic(20, 4)], 2);
    store.put_undecided(Height::new(1), 0, lost.clone(), b"proposer a".to_vec()).unwrap();
    let once = log_bytes(folder.path());
    store.put_undecided(Height::new(1), 1, won.clone(), b"proposer b".to_vec()).unwrap();
    store.put_undecided(Height::new(1), 1, won.clone(), b"again".to_vec()).unwrap();
    drop(store);

    let store = open(folder.path());
    let kept = store.undecided(Height::new(1)).unwrap();
    let kept: Vec<_> = kept.iter().map(|u| (u.round, u.meta.as_slice(), &u.block)).collect();
    assert_eq!(kept, [(0, &b"proposer a"[..], &*lost), (1, &b"again"[..], &*won)]);
    assert_eq!(store.undecided_block(&won.hash()).unwrap().as_ref(), Some(&*won));
    assert_eq!(store.undecided_block(&[0; 32]).unwrap(), None);
    commit(&store, &won);
    assert_eq!(store.undecided(Height::new(1)).unwrap(), []);
    // What the lost proposal held comes again in the next block.
    commit(&store, &block(&store, vec![other.clone()], 3));
    assert_eq!(log_bytes(folder.path()), once, "every body once");
    drop(store);

    let store = open(folder.path());
    assert_eq!(store.block(Height::new(1)).unwrap().as_ref(), Some(&*won));
    assert_eq!(store.extrinsic(Height::new(2), 0).unwrap(), Some(other));
}

#[test]
fn an_undecided_block_of_a_decided_or_another_height_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let late = block(&store, vec![], 1);
    commit(&store, &block(&store, vec![], 2));
    let error = store.put_undecided(Height::new(1), 0, late.clone(), vec![]).unwrap_err();
    assert!(matches!(error, StorageError::NotUndecided { .. }), "{error}");
    assert!(store.put_undecided(Height::new(2), 0, late, vec![]).is_err());
    let next = block(&store, vec![extrinsic(mulu_primitives::block::EXTRINSIC_BYTES_MAX + 1, 0)], 3);
    assert!(matches!(
        store.put_undecided(Height::new(2), 0, next, vec![]),
        Err(StorageError::OverBound { what: "bytes of an extrinsic", .. })
    ));
}

#[test]
fn a_torn_tail_of_the_body_log_is_cut_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let first = block(&store, vec![extrinsic(3_000, 1)], 1);
    commit(&store, &first);
    drop(store);
    let whole = log_bytes(folder.path());
    let mut log = OpenOptions::new().append(true).open(folder.path().join("bodies.log")).unwrap();
    log.write_all(&[0xaa; 777]).unwrap();
    drop(log);

    let store = open(folder.path());
    assert_eq!(log_bytes(folder.path()), whole);
    assert_eq!(store.block(Height::new(1)).unwrap().as_ref(), Some(&*first));
    let second = block(&store, vec![extrinsic(4_000, 2)], 2);
    commit(&store, &second);
    drop(store);
    assert_eq!(open(folder.path()).block(Height::new(2)).unwrap().as_ref(), Some(&*second));
}

#[test]
fn a_body_log_that_lost_or_changed_bytes_is_damage_not_a_block() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    commit(&store, &block(&store, vec![extrinsic(3_000, 1)], 1));
    drop(store);
    let log = OpenOptions::new().read(true).write(true).open(folder.path().join("bodies.log")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&log, &[9], 1_000).unwrap();
    let store = open(folder.path());
    let error = store.block(Height::new(1)).unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { .. }) && error.is_fatal(), "{error}");
    drop(store);
    log.set_len(100).unwrap();
    let error = Store::open(folder.path(), Options::default()).unwrap_err();
    assert!(error.to_string().contains("blocks point to"), "{error}");
}

/// A copy of the folder while the store is open is what a killed process leaves behind.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn what_a_killed_process_had_acknowledged_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (live, dead) = (folder.path().join("live"), folder.path().join("dead"));
    let store = open(&live);
    let mut sent = Vec::new();
    for salt in 1..=5 {
        let next = block(&store, vec![extrinsic(9_000, salt)], salt);
        commit(&store, &next);
        sent.push(next);
    }
    let waiting = block(&store, vec![extrinsic(8_000, 9)], 9);
    store.put_undecided(Height::new(6), 0, waiting.clone(), vec![1]).unwrap();
    store.set_high_water(Height::new(6), 0, 1).unwrap();
    store.mark_executing(waiting.hash()).unwrap();
    copy(&live, &dead);

    let store = open(&dead);
    assert_eq!(store.head().1, sent[4].hash());
    for block in &sent {
        assert_eq!(store.block(block.height()).unwrap().as_ref(), Some(&**block));
    }
    assert_eq!(store.undecided_block(&waiting.hash()).unwrap().as_ref(), Some(&*waiting));
    assert_eq!(store.high_water().unwrap(), Some(HighWater { height: Height::new(6), round: 0, step: 1 }));
    assert_eq!(store.executing().unwrap(), Some(waiting.hash()));
    commit(&store, &waiting);
    assert_eq!(store.executing().unwrap(), None, "a commit ends the execution");
}

#[test]
fn a_write_cut_short_in_the_write_ahead_log_is_dropped_and_other_damage_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (live, torn, bent) = (folder.path().join("live"), folder.path().join("torn"), folder.path().join("bent"));
    let store = open(&live);
    let first = block(&store, vec![extrinsic(500, 1)], 1);
    commit(&store, &first);
    let acknowledged = fs::metadata(write_ahead_log(&live)).unwrap().len();
    commit(&store, &block(&store, vec![extrinsic(600, 2)], 2));
    copy(&live, &torn);
    copy(&live, &bent);

    let log = write_ahead_log(&torn);
    let length = fs::metadata(&log).unwrap().len();
    OpenOptions::new().write(true).open(&log).unwrap().set_len(length - 100).unwrap();
    let store = open(&torn);
    assert_eq!(store.head().1, first.hash());
    assert_eq!(store.block(Height::new(1)).unwrap().as_ref(), Some(&*first));
    assert_eq!(store.block(Height::new(2)).unwrap(), None);

    let log = OpenOptions::new().write(true).open(write_ahead_log(&bent)).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&log, &[0x5a; 4], acknowledged - 60).unwrap();
    let error = Store::open(&bent, Options::default()).unwrap_err();
    assert!(matches!(error, StorageError::Corrupt { .. }), "{error}");
}

fn changes(added: &[&[u8]], removed: &[&[u8]]) -> StateChanges {
    StateChanges {
        nodes_added: added.iter().map(|key| (key.to_vec(), [b"node of ", *key].concat())).collect(),
        nodes_removed: removed.iter().map(|key| key.to_vec()).collect(),
        values: [].into(),
    }
}

fn advance(store: &Store, changes: StateChanges) {
    let next = block(store, vec![], 1);
    store.commit(decided(&next, changes, vec![]), vec![]).unwrap();
}

#[test]
fn pruning_keeps_the_states_it_promises_and_nodes_that_came_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { pruning: StatePruning::Keep(2), ..Options::default() };
    let reopen = || {
        let store = Store::open(folder.path(), options).unwrap();
        store.init_genesis(&genesis(0)).unwrap();
        store
    };
    let has = |store: &Store, key: &[u8]| store.node(key).unwrap().is_some();
    let store = reopen();
    advance(&store, changes(&[b"a", b"b", b"c"], &[b"root0"]));
    advance(&store, changes(&[b"d"], &[b"a", b"b"]));
    assert!(has(&store, b"root0"), "the state of height 0 is two before the head");
    advance(&store, changes(&[b"a"], &[b"d"]));
    assert!(!has(&store, b"root0"));
    assert!(has(&store, b"a") && has(&store, b"b"), "height 1 is two before the head");
    assert_eq!(store.oldest_state(), Height::new(1));
    drop(store);
    let store = reopen();
    advance(&store, changes(&[b"b"], &[]));
    assert!(has(&store, b"a"), "came back one block before its journal row was due");
    assert!(has(&store, b"b"), "comes back in the very block that prunes it");
    advance(&store, changes(&[], &[b"a"]));
    assert!(!has(&store, b"d") && has(&store, b"a"));
    advance(&store, changes(&[], &[]));
    advance(&store, changes(&[], &[]));
    assert!(!has(&store, b"a"), "removed for good");
    assert!(has(&store, b"b") && has(&store, b"c"), "never removed since");
    assert_eq!(store.oldest_state(), Height::new(5));
    drop(store);
    assert_eq!(reopen().oldest_state(), Height::new(5));
}

#[test]
fn the_high_water_mark_never_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    assert_eq!(store.high_water().unwrap(), None);
    store.set_high_water(Height::new(3), 1, 2).unwrap();
    store.set_high_water(Height::new(3), 1, 2).unwrap();
    for (height, round, step) in [(3, 1, 1), (3, 0, 9), (2, 9, 9)] {
        let error = store.set_high_water(Height::new(height), round, step).unwrap_err();
        assert!(matches!(error, StorageError::MarkBack { .. }), "{error}");
    }
    store.set_high_water(Height::new(4), 0, 0).unwrap();
    drop(store);
    assert_eq!(
        open(folder.path()).high_water().unwrap(),
        Some(HighWater { height: Height::new(4), round: 0, step: 0 })
    );
}

#[test]
fn marks_and_values_of_callers_survive_and_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.mark_executing([5; 32]).unwrap();
    store.clear_executing().unwrap();
    assert_eq!(store.executing().unwrap(), None);
    store.meta_put(b"head", b"mine").unwrap();
    assert!(matches!(store.meta_put(&[0; 300], b""), Err(StorageError::OverBound { .. })));
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.meta_get(b"head").unwrap(), Some(b"mine".to_vec()));
    assert_eq!(store.meta_get(b"other").unwrap(), None);
}

#[test]
fn scans_stay_in_their_prefix_and_run_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let rows: Vec<_> = [&[1, 1][..], &[1, 2], &[1, 3], &[1, 255], &[2, 0]].iter().map(|key| row(key)).collect();
    let next = block(&store, vec![], 1);
    store.commit(decided(&next, StateChanges::default(), vec![]), rows).unwrap();
    let scan = |prefix: &[u8], from: Option<&[u8]>, limit, reverse| {
        let rows = store.index_scan(prefix, from, limit, reverse).unwrap();
        rows.into_iter().map(|row| row.key[1]).collect::<Vec<_>>()
    };
    assert_eq!(scan(&[1], None, 10, false), [1, 2, 3, 255]);
    assert_eq!(scan(&[1], None, 10, true), [255, 3, 2, 1]);
    assert_eq!(scan(&[1], Some(&[1, 2]), 2, false), [2, 3]);
    assert_eq!(scan(&[1], Some(&[1, 200]), 2, true), [3, 2]);
    assert_eq!(scan(&[1], Some(&[2, 0]), 1, true), [255]);
    assert_eq!(scan(&[1, 255], None, 10, true), [255]);
    assert_eq!(scan(&[], None, 10, true).len(), 5);
    assert!(scan(&[3], None, 10, false).is_empty());
}

#[test]
fn an_index_that_was_deleted_is_filled_in_order_and_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let blocks = [vec![row(b"a"), row(b"b")], vec![row(b"b"), row(b"bcd")], vec![]];
    for rows in blocks.clone() {
        let next = block(&store, vec![], 1);
        store.commit(decided(&next, StateChanges::default(), vec![]), rows).unwrap();
    }
    let before = store.index_scan(&[], None, 100, false).unwrap();
    store.index_clear().unwrap();
    assert_eq!(store.index_scan(&[], None, 100, false).unwrap(), []);
    let next = block(&store, vec![], 1);
    let error = store.commit(decided(&next, StateChanges::default(), vec![]), vec![]).unwrap_err();
    assert!(matches!(error, StorageError::IndexGap { .. }), "{error}");
    assert!(store.index_extend(Height::new(2), vec![]).is_err());
    for (height, rows) in (1..).zip(blocks) {
        store.index_extend(Height::new(height), rows).unwrap();
    }
    assert_eq!(store.index_scan(&[], None, 100, false).unwrap(), before);
    assert_eq!(store.index_height().unwrap(), Height::new(3));
    commit(&store, &next);
}

#[test]
fn sums_add_up_over_blocks_and_are_the_same_bytes_when_they_are_filled_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let sum = |numbers: [u64; 2]| IndexRow {
        key: vec![crate::SUMS_FROM, 1],
        value: numbers.iter().flat_map(|number| number.to_be_bytes()).collect(),
    };
    let blocks = [vec![sum([1, u64::MAX - 1])], vec![row(b"a")], vec![sum([2, 0])], vec![sum([255, 5])]];
    for rows in blocks.clone() {
        let next = block(&store, vec![], 1);
        store.commit(decided(&next, StateChanges::default(), vec![]), rows).unwrap();
    }
    let before = store.index_scan(&[], None, 100, false).unwrap();
    assert_eq!(before, [row(b"a"), sum([258, u64::MAX])]);
    store.index_clear().unwrap();
    for (height, rows) in (1..).zip(blocks) {
        store.index_extend(Height::new(height), rows).unwrap();
    }
    assert_eq!(store.index_scan(&[], None, 100, false).unwrap(), before);
    drop(store);
    assert_eq!(open(folder.path()).index_get(&before[1].key).unwrap().as_ref(), Some(&before[1].value));
}
