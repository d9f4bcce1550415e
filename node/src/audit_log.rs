//! What auditors asked, on disk until the ledger has it: durable before the answer leaves, so that no question gets lost with the process.
//!
//! ```text
//! folder `audit`: files `queries-<time of the first>`; slots of 96 bytes, one a question, in the order of their times
//! SCALE of the question, zeros up to 88 bytes · check (8): first bytes of blake2-256 over the 88 before
//! file `keys`: a line for each key that tells them, the one in use last · hex of the key · height of the node when it took over
//! ```
//!
//! Times ascend strictly, in the file as on the ledger, so that the time of the last question that the ledger has says which ones are told:
//! after a restart, from an older copy of the disk, or while the node catches up.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{
    audit::{AUDITORS_MAX, AuditQuery, QUERIES_MAX, QueryScope},
    hash::blake2_256,
    ids::{Digest32, Height, Moment, PublicKey},
};
use std::{
    collections::{BTreeSet, VecDeque},
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Most questions that wait to be told: about 10 MB.
pub const WAITING_MAX: usize = 100_000;

const SLOT_BYTES: usize = 96;
const QUERY_BYTES: usize = 88;
/// Questions of one file.
const FILE_SLOTS: u64 = 4_096;
/// What the names of files begin with.
const FILE: &str = "queries-";
/// File of the keys.
const KEYS: &str = "keys";
/// What it is while it is written.
const KEYS_NEW: &str = "keys.new";
/// Longest such file: more than ten thousand changes.
const KEYS_BYTES_MAX: u64 = 1 << 20;

/// A question before it has a time.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Who asked.
    pub account: PublicKey,
    /// About what.
    pub scope: QueryScope,
    /// Digest of the question.
    pub digest: Digest32,
}

/// Why a question is not kept.
#[derive(Debug, thiserror::Error)]
pub enum AuditLogError {
    /// The folder or a file in it.
    #[error("{path} cannot be read or written; the node's user needs that folder and room on its disk")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Too many wait.
    #[error(
        "{WAITING_MAX} questions of auditors wait to be told to the ledger; see why the node's reports are not taken"
    )]
    Full,
}

/// A key that tells the questions of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TellingKey {
    /// The key.
    pub key: PublicKey,
    /// Height of the node when it took over from the one before.
    pub since: Height,
}

/// The keys that tell the questions of a folder, the one in use last; `key` takes over at `head` if another one was in use. What the ledger
/// has under any of them is told.
///
/// # Errors
/// [`AuditLogError::Io`].
pub fn telling_keys(folder: &Path, key: PublicKey, head: Height) -> Result<Vec<TellingKey>, AuditLogError> {
    let path = folder.join(KEYS);
    let failed = |source| AuditLogError::Io { path: path.clone(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut text = String::new();
    match File::open(&path) {
        Ok(file) => drop(file.take(KEYS_BYTES_MAX).read_to_string(&mut text).map_err(failed)?),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let keys: Option<Vec<_>> = text.lines().map(read_key).collect();
    let mut keys =
        keys.ok_or_else(|| failed(io::Error::new(ErrorKind::InvalidData, "a line is not a key and a height")))?;
    if keys.last().is_none_or(|last| last.key != key) {
        keys.push(TellingKey { key, since: head });
        write_keys(folder, &keys).map_err(failed)?;
    }
    Ok(keys)
}

fn read_key(line: &str) -> Option<TellingKey> {
    let (key, since) = line.split_once(' ')?;
    let key = hex::decode(key).ok()?.try_into().ok()?;
    Some(TellingKey { key, since: Height::new(since.parse().ok()?) })
}

/// The file is there whole or as it was.
fn write_keys(folder: &Path, keys: &[TellingKey]) -> io::Result<()> {
    let new = folder.join(KEYS_NEW);
    let text: String =
        keys.iter().map(|TellingKey { key, since }| format!("{} {}\n", hex::encode(key), since.get())).collect();
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, folder.join(KEYS))?;
    File::open(folder)?.sync_all()
}

/// Questions that the ledger has not got, and the files that hold them.
#[derive(Debug)]
pub struct AuditLog {
    folder: PathBuf,
    waiting: VecDeque<AuditQuery>,
    /// Time of the last question, told or not.
    last: Moment,
    /// Files, the oldest first, with the time of the last question in each; the last one is written to.
    files: VecDeque<(PathBuf, Moment)>,
    open: Option<(File, u64)>,
}

impl AuditLog {
    /// Opens the folder, and makes it if it is not there. `told` is the time of the last question that the ledger has.
    ///
    /// # Errors
    /// [`AuditLogError::Io`].
    pub fn open(folder: &Path, told: Moment) -> Result<Self, AuditLogError> {
        let io = |source| AuditLogError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let is_ours = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(FILE));
            names.extend(is_ours.then_some(path));
        }
        // Times have 20 digits, so that names are in their order.
        names.sort();
        let mut log = Self {
            folder: folder.to_owned(),
            waiting: VecDeque::new(),
            last: Moment::default(),
            files: VecDeque::new(),
            open: None,
        };
        for path in names {
            log.read(path)?;
        }
        log.told(told)?;
        Ok(log)
    }

    fn read(&mut self, path: PathBuf) -> Result<(), AuditLogError> {
        let io = |source| AuditLogError::Io { path: path.clone(), source };
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(io)?;
        file.take(FILE_SLOTS * SLOT_BYTES as u64).read_to_end(&mut bytes).map_err(io)?;
        let (slots, torn) = bytes.as_chunks::<SLOT_BYTES>();
        let mut unreadable = usize::from(!torn.is_empty());
        for slot in slots {
            match read_slot(slot).filter(|query| query.moment > self.last) {
                Some(query) => {
                    self.last = query.moment;
                    self.waiting.push_back(query);
                }
                None => unreadable += 1,
            }
        }
        if unreadable > 0 {
            // One at the end was never answered: the process ended while it was written. Others are damage.
            tracing::warn!(file = %path.display(), unreadable, "questions of auditors in this file do not read");
        }
        self.files.push_back((path, self.last));
        Ok(())
    }

    /// Keeps questions; when this returns they outlive the process and the power. After an error nothing more may be kept.
    ///
    /// # Errors
    /// [`AuditLogError`]: none of them is kept for certain, so that none may be answered.
    pub fn append(&mut self, asked: &[Asked], now: Moment) -> Result<(), AuditLogError> {
        if self.waiting.len() + asked.len() > WAITING_MAX {
            return Err(AuditLogError::Full);
        }
        for asked in asked.chunks(FILE_SLOTS as usize) {
            self.append_some(asked, now)?;
        }
        Ok(())
    }

    /// At most as many as one file takes.
    fn append_some(&mut self, asked: &[Asked], now: Moment) -> Result<(), AuditLogError> {
        let queries: Vec<AuditQuery> = (0..)
            .zip(asked)
            .map(|(place, Asked { account, scope, digest })| {
                let moment = Moment::new(now.get().max(self.last.get().saturating_add(1)).saturating_add(place));
                AuditQuery { account: *account, scope: *scope, moment, digest: *digest }
            })
            .collect();
        let Some((first, last)) = queries.first().zip(queries.last()).map(|(first, last)| (first.moment, last.moment))
        else {
            return Ok(());
        };
        let is_full = self.open.as_ref().is_none_or(|(_, slots)| slots + queries.len() as u64 > FILE_SLOTS);
        if is_full {
            self.begin_file(first)?;
        }
        let bytes: Vec<u8> = queries.iter().flat_map(write_slot).collect();
        let ((file, slots), (path, newest)) =
            self.open.as_mut().zip(self.files.back_mut()).expect("a file was begun if none was open");
        let io = |source| AuditLogError::Io { path: path.clone(), source };
        file.write_all_at(&bytes, *slots * SLOT_BYTES as u64).map_err(io)?;
        file.sync_data().map_err(io)?;
        *slots += queries.len() as u64;
        *newest = last;
        self.last = last;
        self.waiting.extend(queries);
        Ok(())
    }

    fn begin_file(&mut self, first: Moment) -> Result<(), AuditLogError> {
        let path = self.folder.join(format!("{FILE}{:020}", first.get()));
        let io = |source| AuditLogError::Io { path: path.clone(), source };
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path).map_err(io)?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        self.open = Some((file, 0));
        self.files.push_back((path, Moment::default()));
        Ok(())
    }

    /// The ledger has everything up to a time: forgets it.
    ///
    /// # Errors
    /// [`AuditLogError::Io`] if a file cannot be removed; what it holds is told all the same.
    pub fn told(&mut self, until: Moment) -> Result<(), AuditLogError> {
        self.last = self.last.max(until);
        while self.waiting.front().is_some_and(|query| query.moment <= until) {
            self.waiting.pop_front();
        }
        // The file that is written to stays until the next one begins.
        let kept = usize::from(self.open.is_some());
        while self.files.len() > kept && self.files.front().is_some_and(|(_, last)| *last <= until) {
            let (path, _) = self.files.pop_front().expect("there is a first one");
            fs::remove_file(&path).map_err(|source| AuditLogError::Io { path, source })?;
        }
        Ok(())
    }

    /// How many questions wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The oldest questions that wait, in reports of which each is taken by one call; at most `reports_max`.
    pub fn reports(&self, reports_max: usize) -> Vec<Vec<AuditQuery>> {
        let mut reports = Vec::new();
        let mut rest = self.waiting.iter().peekable();
        while reports.len() < reports_max && rest.peek().is_some() {
            let mut auditors = BTreeSet::new();
            let mut report = Vec::new();
            while let Some(query) = rest.next_if(|query| {
                let fits = auditors.contains(&query.account) || auditors.len() < AUDITORS_MAX;
                fits && report.len() < QUERIES_MAX as usize
            }) {
                auditors.insert(query.account);
                report.push(*query);
            }
            reports.push(report);
        }
        reports
    }
}

fn write_slot(query: &AuditQuery) -> [u8; SLOT_BYTES] {
    debug_assert!(AuditQuery::max_encoded_len() <= QUERY_BYTES);
    let mut slot = [0; SLOT_BYTES];
    let bytes = query.encode();
    slot[..bytes.len()].copy_from_slice(&bytes);
    let check = check_of(&slot[..QUERY_BYTES]);
    slot[QUERY_BYTES..].copy_from_slice(&check);
    slot
}

fn read_slot(slot: &[u8; SLOT_BYTES]) -> Option<AuditQuery> {
    let (query, check) = slot.split_at(QUERY_BYTES);
    if check_of(query) != check {
        return None;
    }
    AuditQuery::decode(&mut &*query).ok()
}

fn check_of(bytes: &[u8]) -> [u8; SLOT_BYTES - QUERY_BYTES] {
    let mut check = [0; SLOT_BYTES - QUERY_BYTES];
    check.copy_from_slice(&blake2_256(bytes)[..SLOT_BYTES - QUERY_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_proofs::audit::QueryKind;

    fn asked(auditor: u8, digest: u8) -> Asked {
        Asked { account: [auditor; 32], scope: QueryScope::all_of(QueryKind::Access), digest: [digest; 32] }
    }

    fn moment(milliseconds: u64) -> Moment {
        Moment::new(milliseconds)
    }

    fn told_of(log: &AuditLog) -> Vec<(u64, u8)> {
        let reports = log.reports(1_000);
        reports.concat().iter().map(|query| (query.moment.get(), query.digest[0])).collect()
    }

    #[test]
    fn questions_are_there_after_the_process_went_without_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        log.append(&[asked(1, 1), asked(2, 2)], moment(100)).unwrap();
        log.append(&[asked(1, 3)], moment(100)).unwrap();
        std::mem::forget(log);
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        assert_eq!(told_of(&log), [(100, 1), (101, 2), (102, 3)]);
        log.append(&[asked(1, 4)], moment(50)).unwrap();
        assert_eq!(told_of(&log).last(), Some(&(103, 4)), "a clock that goes back gives no time twice");
    }

    #[test]
    fn what_the_ledger_has_is_forgotten_and_told_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        log.append(&[asked(1, 1), asked(1, 2), asked(1, 3)], moment(10)).unwrap();
        log.told(moment(11)).unwrap();
        assert_eq!(told_of(&log), [(12, 3)]);
        drop(log);
        let mut log = AuditLog::open(folder.path(), moment(11)).unwrap();
        assert_eq!(told_of(&log), [(12, 3)]);
        log.told(moment(12)).unwrap();
        assert_eq!((log.waiting.len(), fs::read_dir(folder.path()).unwrap().count()), (0, 0));
        log.append(&[asked(1, 4)], moment(5)).unwrap();
        assert_eq!(told_of(&log), [(13, 4)]);
    }

    #[test]
    fn an_older_copy_of_the_disk_tells_nothing_twice_and_goes_on_behind_the_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        log.append(&[asked(1, 1), asked(1, 2)], moment(10)).unwrap();
        drop(log);
        // The ledger has more than the copy: what was asked since the copy was made.
        let mut log = AuditLog::open(folder.path(), moment(10)).unwrap();
        log.append(&[asked(1, 9)], moment(1_000)).unwrap();
        log.told(moment(500)).unwrap();
        assert_eq!(told_of(&log), [(1_000, 9)]);
    }

    #[test]
    fn a_folder_remembers_every_key_that_told_its_questions() {
        let folder = tempfile::tempdir().unwrap();
        let folder = &folder.path().join("audit");
        let since = |key, height| TellingKey { key: [key; 32], since: Height::new(height) };
        let keys = |key, head| telling_keys(folder, [key; 32], Height::new(head)).unwrap();
        assert_eq!(keys(1, 5), [since(1, 5)]);
        assert_eq!(keys(1, 9), [since(1, 5)], "a start with the same key changes nothing");
        assert_eq!(keys(2, 20), [since(1, 5), since(2, 20)]);
        assert_eq!(keys(1, 30), [since(1, 5), since(2, 20), since(1, 30)], "a key that comes back takes over again");
        assert_eq!(keys(1, 40).len(), 3);
        for damage in ["x 1\n", "0101 1\n", "no", "\n"] {
            fs::write(folder.join(KEYS), damage).unwrap();
            let error = telling_keys(folder, [1; 32], Height::new(1)).unwrap_err();
            assert!(matches!(error, AuditLogError::Io { .. }), "{damage:?}: whose questions are told is not guessed");
        }
    }

    #[test]
    fn a_torn_or_damaged_slot_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        log.append(&[asked(1, 1), asked(1, 2), asked(1, 3)], moment(10)).unwrap();
        drop(log);
        let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        bytes[SLOT_BYTES + 3] ^= 1;
        bytes.extend_from_slice(&[7; 20]);
        fs::write(&path, bytes).unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        assert_eq!(told_of(&log), [(10, 1), (12, 3)]);
        // What comes next goes into a file of its own.
        log.append(&[asked(1, 4)], moment(10)).unwrap();
        assert_eq!(told_of(&AuditLog::open(folder.path(), moment(0)).unwrap()), [(10, 1), (12, 3), (13, 4)]);
    }

    #[test]
    fn a_report_holds_what_one_call_takes() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        let many: Vec<_> = (0..300).map(|_| asked(1, 0)).collect();
        log.append(&many, moment(1)).unwrap();
        let others: Vec<_> = (2..20).map(|auditor| asked(auditor, 0)).collect();
        log.append(&others, moment(1)).unwrap();
        // The second one is full with its 15 auditors: 44 questions of the first, and 14 others.
        let lengths: Vec<_> = log.reports(9).iter().map(Vec::len).collect();
        assert_eq!(lengths, [256, 58, 4]);
        assert_eq!(log.reports(1).len(), 1);
    }

    #[test]
    fn files_are_divided_and_the_told_ones_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        let many: Vec<_> = (0..FILE_SLOTS).map(|_| asked(1, 0)).collect();
        for _ in 0..3 {
            log.append(&many, moment(1)).unwrap();
        }
        let files = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files(), 3);
        log.told(moment(FILE_SLOTS + 1)).unwrap();
        assert_eq!((files(), log.waiting.len() as u64), (2, 2 * FILE_SLOTS - 1));
        log.told(moment(u64::MAX)).unwrap();
        assert_eq!((files(), log.waiting.len()), (1, 0));
    }

    #[test]
    fn no_more_wait_than_memory_holds() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = AuditLog::open(folder.path(), moment(0)).unwrap();
        log.waiting = vec![query(); WAITING_MAX].into();
        let error = log.append(&[asked(1, 0)], moment(1)).unwrap_err();
        assert!(matches!(error, AuditLogError::Full), "{error}");
    }

    fn query() -> AuditQuery {
        let Asked { account, scope, digest } = asked(1, 1);
        AuditQuery { account, scope, moment: moment(1), digest }
    }

    #[test]
    fn a_folder_that_cannot_be_had_is_an_error_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = AuditLog::open(&file, moment(0)).unwrap_err().to_string();
        assert!(error.contains("node's user needs that folder"), "{error}");
    }

    #[test]
    fn every_question_fits_its_slot() {
        assert!(AuditQuery::max_encoded_len() <= QUERY_BYTES);
        let slot = write_slot(&query());
        assert_eq!(read_slot(&slot), Some(query()));
    }
}
