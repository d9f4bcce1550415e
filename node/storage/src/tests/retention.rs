//! Bodies that leave the data folder for a file, and come back.

use super::{copy, decided, extrinsic, header, open, record};
use crate::{ArchiveError, StorageError, Store, read_archive};
use codec::Encode;
use mulu_primitives::{
    block::{Block, Extrinsic},
    stages::StateChanges,
};
use mulu_proofs::{
    hash::{Suite, TreeKind},
    header::{RECORDS_ENGINE_ID, RecordLog},
    ids::{Height, RecordNumber},
    records::{self, Record, RecordKind},
    tree,
};
use sp_runtime::DigestItem;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Commits a block with a batch in a long extrinsic, a batch in a short one, and a long extrinsic that is no batch.
fn commit_batches(store: &Store, number: u64) -> Arc<Block> {
    let (head, hash) = store.head();
    let fill = number as u8;
    let extrinsics = vec![extrinsic(10, 1), extrinsic(50_000, fill), extrinsic(100, fill), extrinsic(3_000, fill)];
    let accepted = |place: usize, number: u64| Record {
        kind: RecordKind::BatchAccepted,
        extrinsic: Some(extrinsics[place].hash()),
        ..record(number)
    };
    let records = vec![record(number), accepted(1, number + 1), accepted(2, number + 2)];
    let leaves: Vec<_> = records.iter().map(Record::leaf).collect();
    let log = RecordLog {
        suite: Suite::default(),
        first: number,
        count: records.len() as u32,
        root: tree::root(TreeKind::Records, &leaves),
    };
    let mut header = header(head.number + 1, hash, fill);
    header.digest.push(DigestItem::Consensus(RECORDS_ENGINE_ID, log.encode()));
    let block = Arc::new(Block { header, extrinsics });
    store.commit(decided(&block, StateChanges::default(), records), Vec::new()).unwrap();
    block
}

/// A folder with a chain of ten blocks with batches.
fn chain() -> (tempfile::TempDir, Vec<Arc<Block>>) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&data(&folder));
    let blocks = (0..10).map(|place| commit_batches(&store, 1 + 3 * place)).collect();
    (folder, blocks)
}

fn data(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("data")
}

fn at(height: u32) -> Height {
    Height::new(height)
}

/// Whether the store answers with the file's name for the blocks of the range, and as ever for all others.
fn is_pruned(store: &Store, blocks: &[Arc<Block>], pruned: std::ops::RangeInclusive<u32>) {
    for block in blocks {
        let height = block.height();
        match store.block(height) {
            Ok(found) => assert!(!pruned.contains(&height.get()) && found.as_ref() == Some(&**block), "{height}"),
            Err(StorageError::Archived { height: named, file }) => {
                assert!(pruned.contains(&named.get()) && named == height && file == "old.archive");
            }
            Err(error) => panic!("{error}"),
        }
        assert_eq!(store.extrinsic(height, 2).unwrap().as_ref(), Some(&block.extrinsics[2]), "short ones stay");
        assert_eq!(store.extrinsic(height, 3).unwrap().as_ref(), Some(&block.extrinsics[3]), "no batch: it stays");
    }
}

#[test]
fn bodies_leave_for_a_file_and_come_back_and_the_chain_goes_on_without_them() {
    let (folder, mut blocks) = chain();
    let file = folder.path().join("old.archive");
    let store = open(&data(&folder));
    let before = store.disk_usage().unwrap().bodies;
    let content = store.write_archive(at(1), at(7), &file).unwrap();
    assert_eq!((content.first, content.last, content.batches, content.bytes), (at(1), at(6), 6, 6 * 50_000));
    assert_eq!(content.last_hash, blocks[5].hash());
    is_pruned(&store, &blocks, 0..=0);

    assert_eq!(store.prune_archived(&file).unwrap(), content);
    is_pruned(&store, &blocks, 1..=6);
    assert_eq!(store.oldest_whole(), at(7));
    assert!(store.disk_usage().unwrap().bodies < before - 5 * 50_000, "the bytes are given back");
    let names = |store: &Store| store.archives().into_iter().map(|archive| archive.name).collect::<Vec<_>>();
    assert_eq!(names(&store), ["old.archive"]);
    // Again: nothing is left to do.
    assert_eq!(store.prune_archived(&file).unwrap(), content);
    drop(store);

    let store = open(&data(&folder));
    is_pruned(&store, &blocks, 1..=6);
    blocks.push(commit_batches(&store, 100));
    let error = store.write_archive(at(1), at(7), &folder.path().join("again")).unwrap_err();
    assert!(matches!(error, ArchiveError::Empty), "{error}");

    assert_eq!(store.restore_archive(&file).unwrap(), content);
    is_pruned(&store, &blocks, 0..=0);
    assert_eq!((store.oldest_whole(), store.archives()), (at(1), vec![]));
    drop(store);
    is_pruned(&open(&data(&folder)), &blocks, 0..=0);
}

#[test]
fn an_archive_is_read_without_a_data_folder_and_says_which_headers_it_stands_on() {
    let (folder, blocks) = chain();
    let file = folder.path().join("old.archive");
    open(&data(&folder)).write_archive(at(3), at(5), &file).unwrap();
    let mut found = Vec::new();
    let content = read_archive(&file, |block| {
        found.push((block.height.get(), block.hash, block.batches));
        Ok(())
    });
    assert_eq!(content.unwrap().batches, 2);
    let body = |place: usize| blocks[place].extrinsics[1].clone();
    assert_eq!(
        found,
        [
            (3, blocks[2].hash(), vec![(RecordNumber::new(8), body(2))]),
            (4, blocks[3].hash(), vec![(RecordNumber::new(11), body(3))]),
        ]
    );
}

#[test]
fn a_file_with_any_byte_changed_or_cut_does_not_verify_and_nothing_is_pruned_by_it() {
    let (folder, blocks) = chain();
    let file = folder.path().join("old.archive");
    let store = open(&data(&folder));
    store.write_archive(at(1), at(3), &file).unwrap();
    let whole = fs::read(&file).unwrap();
    let frame = 52 + 32;
    for place in [0, 20, 48, 52, frame + 3, frame + 200, frame + 30_000, whole.len() - 40, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let error = store.prune_archived(&file).unwrap_err();
        assert!(matches!(error, ArchiveError::Unsound { .. } | ArchiveError::OtherChain { .. }), "{place}: {error}");
    }
    for length in [0, 10, 47, 60, 30_000, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(matches!(store.prune_archived(&file), Err(ArchiveError::Unsound { .. })), "{length}");
    }
    fs::write(&file, [&whole[..], &[0]].concat()).unwrap();
    assert!(matches!(store.prune_archived(&file), Err(ArchiveError::Unsound { .. })), "longer");
    is_pruned(&store, &blocks, 0..=0);
}

#[test]
fn a_body_that_is_not_the_records_is_found_though_all_digests_of_the_file_hold() {
    let (folder, blocks) = chain();
    let store = open(&data(&folder));
    let block = &blocks[0];
    let all = store.records_of_block(at(1)).unwrap().unwrap();
    let leaves: Vec<_> = all.iter().map(|bytes| records::leaf_of(bytes)).collect();
    let sound = crate::archive::ArchivedBatch {
        record: all[1].clone(),
        path: tree::path(TreeKind::Records, &leaves, 1).unwrap(),
        extrinsic: block.extrinsics[1].bytes().to_vec(),
    };
    let genesis = store.genesis().unwrap().hash;
    let write = |name: &str, genesis: [u8; 32], batches: Vec<crate::archive::ArchivedBatch>| {
        let path = folder.path().join(name);
        let mut writer = crate::archive::ArchiveWriter::create(&path, &genesis).unwrap();
        writer.push(&crate::archive::ArchivedBlock { header: block.header.encode(), batches }).unwrap();
        writer.finish().unwrap();
        path
    };
    store.check_archive(&write("sound", genesis, vec![sound.clone()])).unwrap();
    let other = Extrinsic::new(&[9; 2_000]).bytes().to_vec();
    let forged = [
        ("body", vec![crate::archive::ArchivedBatch { extrinsic: other, ..sound.clone() }]),
        ("record", vec![crate::archive::ArchivedBatch { record: all[2].clone(), ..sound.clone() }]),
        ("kind", vec![crate::archive::ArchivedBatch { record: all[0].clone(), ..sound.clone() }]),
        ("twice", vec![sound.clone(), sound.clone()]),
        ("none", vec![]),
    ];
    for (name, batches) in forged {
        let error = store.check_archive(&write(name, genesis, batches)).unwrap_err();
        assert!(matches!(error, ArchiveError::Unsound { .. }), "{name}: {error}");
    }
    let error = store.check_archive(&write("chain", [3; 32], vec![sound])).unwrap_err();
    assert!(matches!(error, ArchiveError::OtherChain { .. }), "{error}");
}

#[test]
fn the_newest_blocks_and_bodies_that_undecided_blocks_use_stay() {
    let (folder, mut blocks) = chain();
    let store = open(&data(&folder));
    let file = folder.path().join("old.archive");
    let error = store.write_archive(at(1), at(11), &file).unwrap_err();
    assert!(matches!(error, ArchiveError::TooNew { .. }) && !file.exists(), "{error}");
    // The log remembers what was stored since the start, and stores it once.
    blocks.extend([40, 50].map(|number| commit_batches(&store, number)));
    store.write_archive(at(9), at(12), &file).unwrap();
    let error = store.write_archive(at(9), at(12), &file).unwrap_err();
    assert!(matches!(error, ArchiveError::File(_)), "an archive is never written over: {error}");
    let (head, hash) = store.head();
    let again = vec![blocks[10].extrinsics[1].clone()];
    let next = Arc::new(Block { header: header(head.number + 1, hash, 1), extrinsics: again });
    store.put_undecided(next.height(), 0, Arc::clone(&next), vec![]).unwrap();
    let error = store.prune_archived(&file).unwrap_err();
    assert!(matches!(error, ArchiveError::InUse { height } if height == at(11)), "{error}");
    is_pruned(&store, &blocks, 0..=0);
}

/// The data folder as a process that was killed at this moment leaves it.
fn killed(folder: &Path, name: &str) -> PathBuf {
    let to = folder.join(name);
    copy(&folder.join("data"), &to);
    to
}

#[test]
fn a_crash_between_any_two_steps_loses_no_body_that_the_file_does_not_have() {
    let (folder, blocks) = chain();
    let file = folder.path().join("old.archive");
    let store = open(&data(&folder));
    store.write_archive(at(1), at(7), &file).unwrap();
    let archived = killed(folder.path(), "archived");
    is_pruned(&open(&archived), &blocks, 0..=0);

    // Killed when the rows said "archived" and no byte was given back: the next start gives them back.
    store.note_pruned(&file).unwrap();
    let noted = killed(folder.path(), "noted");
    let full = open(&archived).disk_usage().unwrap().bodies;
    let again = open(&noted);
    is_pruned(&again, &blocks, 1..=6);
    assert!(again.disk_usage().unwrap().bodies < full - 5 * 50_000);
    again.restore_archive(&file).unwrap();
    is_pruned(&again, &blocks, 0..=0);
    drop(store);

    // Killed when the bodies were back and the rows still said "archived": restoring again ends it.
    let store = open(&data(&folder));
    store.put_bodies_back(&file).unwrap();
    let put_back = killed(folder.path(), "put-back");
    let again = open(&put_back);
    is_pruned(&again, &blocks, 1..=6);
    again.restore_archive(&file).unwrap();
    is_pruned(&again, &blocks, 0..=0);
    drop(again);
    is_pruned(&open(&put_back), &blocks, 0..=0);
}
