//! `archive`: bodies of old batches go to files, and come back. The node stands still meanwhile; the chain does not.

use crate::{commands::run::open_home, error::NodeError};
use mulu_executor::Executor;
use mulu_primitives::block::Block;
use mulu_proofs::{
    calendar::Day,
    ids::{Height, Moment},
};
use mulu_storage::{ArchiveContent, ArchiveError, Store, read_archive};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Blocks of one file, so that a file stays of a size that people can carry.
const BLOCKS_A_FILE: u32 = 100_000;
/// How the files' names end.
const ENDING: &str = "mulu-archive";

/// Behind which block the bodies stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// The first block that stays.
    Height(Height),
    /// The local day whose first block stays.
    Day(Day),
}

/// A height, or a day such as 2026-01-01.
pub fn before(text: &str) -> Result<Before, String> {
    if let Ok(height) = text.parse() {
        return Ok(Before::Height(Height::new(height)));
    }
    let day = serde_json::from_value(text.into()).map(Before::Day);
    day.map_err(|_| "a height, or a day such as 2026-01-01, is needed".to_owned())
}

/// Writes the bodies before a block to files in `folder`.
pub fn write(home: &Path, before: Before, folder: &Path) -> Result<(), NodeError> {
    let (chain_id, store) = open_home(home)?;
    let store = Arc::new(store);
    let before = match before {
        Before::Height(height) => height,
        Before::Day(day) => first_of(&store, day)?,
    };
    fs::create_dir_all(folder).map_err(|source| NodeError::Write { path: folder.to_owned(), source })?;
    // Another run may have ended elsewhere, so that its files hold some of the same blocks.
    let before_this = files(folder)?;
    if !before_this.is_empty() {
        println!("{} holds archives already:", folder.display());
        before_this.iter().for_each(|file| println!("  {}", file.display()));
    }
    let mut found = 0;
    let mut from = store.oldest_whole();
    while from < before {
        let next = Height::new(from.get().saturating_add(BLOCKS_A_FILE)).min(before);
        let path = folder.join(format!("{chain_id}-{:010}-{:010}.{ENDING}", from.get(), next.get() - 1));
        let (content, is_there) = match before_this.contains(&path) {
            true => (store.check_archive(&path), true),
            false => (store.write_archive(from, next, &path), false),
        };
        match content {
            Ok(content) => {
                found += 1;
                print(&path, &content);
                if is_there {
                    println!(
                        "  it was there, whole and of this chain; `mulu-node archive prune` frees the disk of what is in it"
                    );
                }
            }
            // Between others there may be blocks without batches.
            Err(ArchiveError::Empty) => {}
            Err(error) => return Err(failed(&path, error)),
        }
        from = next;
    }
    if found == 0 {
        return Err(failed(folder, ArchiveError::Empty));
    }
    Ok(())
}

/// Checks files: against the chain of a home if one is given, else in themselves.
pub fn check(path: &Path, home: Option<&Path>) -> Result<(), NodeError> {
    let store = home.map(open_home).transpose()?.map(|(_, store)| store);
    each(path, |file| match &store {
        Some(store) => store.check_archive(file),
        None => read_archive(file, |_| Ok(())),
    })
}

/// Removes the bodies in files from the data folder of a home.
pub fn prune(path: &Path, home: &Path) -> Result<(), NodeError> {
    let (_, store) = open_home(home)?;
    each(path, |file| store.prune_archived(file))
}

/// Brings the bodies in files back into the data folder of a home.
pub fn restore(path: &Path, home: &Path) -> Result<(), NodeError> {
    let (_, store) = open_home(home)?;
    each(path, |file| store.restore_archive(file))
}

/// Does `work` on a file, or on each archive in a folder in the order of their names.
fn each(path: &Path, work: impl Fn(&Path) -> Result<ArchiveContent, ArchiveError>) -> Result<(), NodeError> {
    let files = files(path)?;
    if files.is_empty() {
        return Err(failed(path, ArchiveError::Empty));
    }
    for file in files {
        let content = work(&file).map_err(|error| failed(&file, error))?;
        print(&file, &content);
    }
    Ok(())
}

fn files(path: &Path) -> Result<Vec<PathBuf>, NodeError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unread = |source| NodeError::Read { path: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unread)? {
        let file = entry.map_err(unread)?.path();
        if file.extension().is_some_and(|ending| ending == ENDING) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn failed(path: &Path, source: ArchiveError) -> NodeError {
    NodeError::Archive { path: path.to_owned(), source }
}

fn print(path: &Path, content: &ArchiveContent) {
    let ArchiveContent { genesis, first, last, last_hash, batches, bytes } = content;
    println!("{}: {batches} batches of blocks {first} to {last}, {bytes} bytes", path.display());
    println!("  genesis 0x{}, header {last} 0x{}", hex::encode(genesis), hex::encode(last_hash));
}

/// The first block of a local day, or the one behind the head if the day has none yet.
fn first_of(store: &Arc<Store>, day: Day) -> Result<Height, NodeError> {
    let (head, _) = store.head();
    let calendar = Executor::new(Arc::clone(store) as _).calendar(&head)?;
    let begin = if day == Day::default() { Moment::default() } else { calendar.end_of_day(day.previous()) };
    let (mut low, mut high) = (1, head.number + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if moment(store, Height::new(middle))? < begin {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(Height::new(low))
}

/// The time of a block, whose other bodies may be archived.
fn moment(store: &Store, height: Height) -> Result<Moment, NodeError> {
    let lost = || NodeError::Failed { why: format!("block {height} has no time") };
    let (header, first) = (store.header(height)?.ok_or_else(lost)?, store.extrinsic(height, 0)?.ok_or_else(lost)?);
    Block { header, extrinsics: vec![first] }.moment().ok_or_else(lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_and_a_day_are_told_apart() {
        assert_eq!(before("12"), Ok(Before::Height(Height::new(12))));
        assert_eq!(before("2026-01-31"), Ok(Before::Day(Day::from_civil(2026, 1, 31).unwrap())));
        assert!(before("yesterday").unwrap_err().contains("2026-01-01"));
    }

    #[test]
    fn of_a_folder_only_archives_are_taken_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.mulu-archive", "a.mulu-archive", "a.new", "notes"] {
            fs::write(folder.path().join(name), []).unwrap();
        }
        let names: Vec<_> = files(folder.path()).unwrap();
        assert_eq!(names, ["a.mulu-archive", "b.mulu-archive"].map(|name| folder.path().join(name)));
        let error = check(folder.path(), None).unwrap_err();
        assert!(matches!(error, NodeError::Archive { source: ArchiveError::Unsound { .. }, .. }), "{error}");
        let error = check(tempfile::tempdir().unwrap().path(), None).unwrap_err();
        assert!(matches!(error, NodeError::Archive { source: ArchiveError::Empty, .. }), "{error}");
    }
}
