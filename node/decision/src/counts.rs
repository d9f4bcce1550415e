//! What was answered under each grant on each day: counted before the answer leaves, so that a process that is killed has lost none.
//!
//! ```text
//! one file a day, `day-20786`: slots of 16 bytes, little-endian, one a grant in the order in which they came
//! grant (4) · allowed (4) · denied (4) · check (4): first bytes of blake3 over day and the 12 bytes before
//! ```
//!
//! A slot is written in place by one write of 16 bytes, which lies within one page. Such a write outlives the process; a power cut may take the
//! last seconds of it unless [`Counts::sync`] came between. Counts only grow: what is reported of them twice, or late, is right.

use mulu_proofs::{access::DecisionCount, calendar::Day, ids::GrantId};
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Days that are kept: as long as the ledger takes counts of them, and some.
pub const DAYS_KEPT: u32 = 40;
/// Most grants of a day: a file of 16 MiB.
pub const GRANTS_MAX: usize = 1 << 20;

const SLOT_BYTES: usize = 16;

/// Why counts cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum CountsError {
    /// The folder or a file in it.
    #[error("{path} cannot be read or written; the node's user needs that folder and room on its disk")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// More grants in a day than are counted.
    #[error("more than {GRANTS_MAX} grants were used in one day; divide them among several decision points")]
    Full,
}

/// The counts of all days that are kept.
#[derive(Debug)]
pub struct Counts {
    folder: PathBuf,
    days: BTreeMap<Day, DayCounts>,
}

#[derive(Debug)]
struct DayCounts {
    path: PathBuf,
    file: File,
    slots: HashMap<GrantId, (u64, DecisionCount)>,
    /// Place of the next new grant.
    end: u64,
    is_dirty: bool,
}

impl Counts {
    /// Opens the folder, and makes it if it is not there. Slots that do not check are left out.
    ///
    /// # Errors
    /// [`CountsError::Io`].
    pub fn open(folder: &Path) -> Result<Self, CountsError> {
        let io = |source| CountsError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let mut days = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            let day = name.to_str().and_then(|name| name.strip_prefix("day-")).and_then(|day| day.parse().ok());
            if let Some(day) = day.and_then(Day::new) {
                days.insert(day, DayCounts::open(folder, day)?);
            }
        }
        Ok(Self { folder: folder.to_owned(), days })
    }

    /// What was answered under a grant on a day.
    pub fn get(&self, day: Day, grant: GrantId) -> DecisionCount {
        let known = self.days.get(&day).and_then(|counts| counts.slots.get(&grant));
        known.map_or(DecisionCount { grant, ..DecisionCount::default() }, |(_, count)| *count)
    }

    /// Counts an answer; written when this returns.
    ///
    /// # Errors
    /// [`CountsError`]: it was not counted, so it must not be given.
    pub fn add(&mut self, day: Day, grant: GrantId, is_allowed: bool) -> Result<(), CountsError> {
        if !self.days.contains_key(&day) {
            self.forget(day);
            self.days.insert(day, DayCounts::open(&self.folder, day)?);
        }
        let counts = self.days.get_mut(&day).expect("it was put there");
        counts.add(day, grant, is_allowed)
    }

    /// Makes what was counted outlive a power cut.
    ///
    /// # Errors
    /// [`CountsError::Io`].
    pub fn sync(&mut self) -> Result<(), CountsError> {
        for counts in self.days.values_mut().filter(|counts| counts.is_dirty) {
            counts.file.sync_data().map_err(|source| CountsError::Io { path: counts.path.clone(), source })?;
            counts.is_dirty = false;
        }
        Ok(())
    }

    /// Days that are kept, oldest first.
    pub fn days(&self) -> Vec<Day> {
        self.days.keys().copied().collect()
    }

    /// Counts of a day, ascending by grant.
    pub fn of_day(&self, day: Day) -> Vec<DecisionCount> {
        let mut counts: Vec<_> =
            self.days.get(&day).into_iter().flat_map(|counts| counts.slots.values()).map(|(_, count)| *count).collect();
        counts.sort_unstable_by_key(|count| count.grant);
        counts
    }

    /// Forgets days that are too old when `day` begins. A file that cannot be removed does no harm.
    fn forget(&mut self, day: Day) {
        let first = day.get().saturating_sub(DAYS_KEPT);
        while let Some(oldest) = self.days.first_entry().filter(|oldest| oldest.key().get() < first) {
            let _ = fs::remove_file(&oldest.remove().path);
        }
    }
}

impl DayCounts {
    fn open(folder: &Path, day: Day) -> Result<Self, CountsError> {
        let path = folder.join(format!("day-{}", day.get()));
        let io = |source| CountsError::Io { path: path.clone(), source };
        let mut options = File::options();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(io)?;
        let mut bytes = Vec::new();
        (&mut file).take((GRANTS_MAX * SLOT_BYTES) as u64).read_to_end(&mut bytes).map_err(io)?;
        let mut slots = HashMap::new();
        let end = bytes.len().div_ceil(SLOT_BYTES) as u64;
        for (place, slot) in (0..).zip(bytes.as_chunks::<SLOT_BYTES>().0) {
            if let Some(count) = read_slot(day, slot) {
                slots.insert(count.grant, (place, count));
            }
        }
        Ok(Self { path, file, slots, end, is_dirty: false })
    }

    fn add(&mut self, day: Day, grant: GrantId, is_allowed: bool) -> Result<(), CountsError> {
        let (place, mut count) = match self.slots.get(&grant) {
            Some(known) => *known,
            None if self.end >= GRANTS_MAX as u64 => return Err(CountsError::Full),
            None => (self.end, DecisionCount { grant, ..DecisionCount::default() }),
        };
        let counted = if is_allowed { &mut count.allowed } else { &mut count.denied };
        *counted = counted.saturating_add(1);
        let io = |source| CountsError::Io { path: self.path.clone(), source };
        self.file.write_all_at(&write_slot(day, &count), place * SLOT_BYTES as u64).map_err(io)?;
        self.slots.insert(grant, (place, count));
        self.end = self.end.max(place + 1);
        self.is_dirty = true;
        Ok(())
    }
}

fn write_slot(day: Day, count: &DecisionCount) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    slot[..4].copy_from_slice(&count.grant.get().to_le_bytes());
    slot[4..8].copy_from_slice(&count.allowed.to_le_bytes());
    slot[8..12].copy_from_slice(&count.denied.to_le_bytes());
    let check = check_of(day, &slot[..12]);
    slot[12..].copy_from_slice(&check);
    slot
}

fn read_slot(day: Day, slot: &[u8; SLOT_BYTES]) -> Option<DecisionCount> {
    let number = |at: usize| u32::from_le_bytes([slot[at], slot[at + 1], slot[at + 2], slot[at + 3]]);
    let count = DecisionCount { grant: GrantId::new(number(0)), allowed: number(4), denied: number(8) };
    (check_of(day, &slot[..12]) == slot[12..]).then_some(count)
}

fn check_of(day: Day, bytes: &[u8]) -> [u8; 4] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&day.get().to_le_bytes());
    hasher.update(bytes);
    let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> Day {
        Day::new(number).unwrap()
    }

    fn count(grant: u32, allowed: u32, denied: u32) -> DecisionCount {
        DecisionCount { grant: GrantId::new(grant), allowed, denied }
    }

    #[test]
    fn counts_are_there_after_the_process_went_without_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let mut counts = Counts::open(folder.path()).unwrap();
        for (grant, is_allowed) in [(7, true), (3, false), (7, true), (7, false)] {
            counts.add(day(20_000), GrantId::new(grant), is_allowed).unwrap();
        }
        counts.add(day(20_001), GrantId::new(7), true).unwrap();
        // Neither synced nor closed in any way.
        std::mem::forget(counts);
        let counts = Counts::open(folder.path()).unwrap();
        assert_eq!(counts.of_day(day(20_000)), [count(3, 0, 1), count(7, 2, 1)]);
        assert_eq!(counts.of_day(day(20_001)), [count(7, 1, 0)]);
        assert_eq!(counts.get(day(20_000), GrantId::new(7)), count(7, 2, 1));
        assert_eq!(counts.get(day(20_000), GrantId::new(8)), count(8, 0, 0));
    }

    #[test]
    fn counting_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..3 {
            let mut counts = Counts::open(folder.path()).unwrap();
            counts.add(day(1), GrantId::new(5), true).unwrap();
            counts.add(day(1), GrantId::new(6), true).unwrap();
            counts.sync().unwrap();
        }
        assert_eq!(Counts::open(folder.path()).unwrap().of_day(day(1)), [count(5, 3, 0), count(6, 3, 0)]);
        assert_eq!(fs::metadata(folder.path().join("day-1")).unwrap().len(), 32);
    }

    #[test]
    fn a_torn_slot_is_left_out_and_its_place_not_given_twice() {
        let folder = tempfile::tempdir().unwrap();
        let mut counts = Counts::open(folder.path()).unwrap();
        counts.add(day(1), GrantId::new(5), true).unwrap();
        counts.add(day(1), GrantId::new(6), true).unwrap();
        let path = folder.path().join("day-1");
        let mut bytes = fs::read(&path).unwrap();
        bytes[5] ^= 1;
        bytes.push(9);
        fs::write(&path, bytes).unwrap();
        let mut counts = Counts::open(folder.path()).unwrap();
        assert_eq!(counts.of_day(day(1)), [count(6, 1, 0)]);
        counts.add(day(1), GrantId::new(7), true).unwrap();
        assert_eq!(Counts::open(folder.path()).unwrap().of_day(day(1)), [count(6, 1, 0), count(7, 1, 0)]);
    }

    #[test]
    fn old_days_are_forgotten_when_a_new_one_begins() {
        let folder = tempfile::tempdir().unwrap();
        let mut counts = Counts::open(folder.path()).unwrap();
        for number in [1, 2, DAYS_KEPT + 2] {
            counts.add(day(number), GrantId::new(1), true).unwrap();
        }
        assert_eq!(counts.days(), [day(2), day(DAYS_KEPT + 2)]);
        assert!(!folder.path().join("day-1").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_had_is_an_error_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = Counts::open(&file).unwrap_err().to_string();
        assert!(error.contains("node's user needs that folder"), "{error}");
    }
}
