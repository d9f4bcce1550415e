//! Whether the engine's write-ahead log can be trusted before a validator starts.
//!
//! The engine itself cuts a damaged log and creates a missing one, and with that its protection against signing twice is gone. So the
//! file is read here first, without changing it: present, whole, and of the height that the store stands at.
//!
//! ```text
//! version (4, BE) ‖ height (8, BE) ‖ entries: compressed (1) ‖ length (8, BE) ‖ CRC-32 (4, BE) ‖ bytes
//! ```
//!
//! A last entry that is cut is what a crash in the middle of a write leaves: it was never flushed, so nothing that depends on it was
//! ever sent.

use crate::error::ConsensusError;
use mulu_proofs::ids::Height;
use mulu_storage::{HighWater, Store};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

const HEADER_BYTES: usize = 12;
const ENTRY_HEADER_BYTES: usize = 13;
const VERSION: u32 = 1;
/// A log holds the messages of one height.
const LOG_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Longer than any message: a length beyond it was never written.
const ENTRY_BYTES_MAX: u64 = 64 * 1024;

/// The log of a home.
pub fn path(home: &Path) -> PathBuf {
    home.join("consensus.wal")
}

/// Whether an engine, of this process or another one, holds the log.
pub fn is_in_use(home: &Path) -> bool {
    File::open(path(home)).is_ok_and(|log| matches!(log.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Checks the log of a validator.
///
/// # Errors
/// [`ConsensusError::LogMissing`], [`ConsensusError::LogDamaged`], [`ConsensusError::MustFollow`], and the store's.
pub fn check_validator(home: &Path, store: &Store) -> Result<(), ConsensusError> {
    let head = Height::new(store.head().0.number);
    let mark = store.high_water()?;
    if let Some(mark) = mark
        && (mark.height > head.next() || (mark.height > head && is_closed(mark)))
    {
        return Err(ConsensusError::MustFollow { signed: mark.height, head });
    }
    let path = path(home);
    match read(&path)? {
        Some(Ok(height)) if height == u64::from(head.get()) || height == u64::from(head.get()) + 1 => Ok(()),
        Some(Ok(height)) => {
            let why = format!("the log stands at height {height}, the blocks end at {head}");
            Err(ConsensusError::LogDamaged { path, why })
        }
        Some(Err(why)) => Err(ConsensusError::LogDamaged { path, why }),
        None if head == Height::new(0) && mark.is_none() => Ok(()),
        None => Err(ConsensusError::LogMissing { path, head }),
    }
}

/// Readies a home for following without a vote: the engine empties the log then, so the height that may hold signatures is closed for
/// this key, and a damaged log is set aside.
///
/// # Errors
/// [`ConsensusError::Unusable`] and the store's.
pub fn prepare_observer(home: &Path, store: &Store) -> Result<(), ConsensusError> {
    if let Some(mark) = store.high_water()? {
        store.set_high_water(mark.height, u32::MAX, u8::MAX)?;
    }
    let path = path(home);
    if let Some(Err(why)) = read(&path)? {
        let aside = path.with_extension("damaged");
        tracing::warn!(log = %path.display(), aside = %aside.display(), why, "the consensus log is damaged and set aside");
        fs::rename(&path, &aside).map_err(|source| ConsensusError::Unusable { path: aside, source })?;
    }
    Ok(())
}

/// Whether an observer's start closed the height for signing.
fn is_closed(mark: HighWater) -> bool {
    (mark.round, mark.step) == (u32::MAX, u8::MAX)
}

/// The height of the log, or what is wrong with it; none if there is no file.
fn read(path: &Path) -> Result<Option<Result<u64, String>>, ConsensusError> {
    let unusable = |source| ConsensusError::Unusable { path: path.to_owned(), source };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error)),
        Ok(metadata) if metadata.len() > LOG_BYTES_MAX => return Ok(Some(Err("larger than any log".into()))),
        Ok(_) => {}
    }
    fs::read(path).map_err(unusable).map(|bytes| Some(check(&bytes)))
}

/// Checks the bytes of a log.
fn check(bytes: &[u8]) -> Result<u64, String> {
    let (header, mut rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or("its header is cut")?;
    let (version, height) = header.split_first_chunk::<4>().expect("a header has 12 bytes");
    if u32::from_be_bytes(*version) != VERSION {
        return Err("its version is unknown".into());
    }
    let height = u64::from_be_bytes(height.try_into().expect("8 bytes are left of 12"));
    let mut place = 0;
    while let Some((header, behind)) = rest.split_first_chunk::<ENTRY_HEADER_BYTES>() {
        let length = u64::from_be_bytes(header[1..9].try_into().expect("8 bytes"));
        if length > ENTRY_BYTES_MAX {
            return Err(format!("entry {place} is damaged"));
        }
        let Some((entry, behind)) = usize::try_from(length).ok().and_then(|length| behind.split_at_checked(length))
        else {
            break;
        };
        if header[0] != 0 || crc32(entry).to_be_bytes() != header[9..] {
            return Err(format!("entry {place} is damaged"));
        }
        rest = behind;
        place += 1;
    }
    Ok(height)
}

/// CRC-32 as in zlib.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use arc_malachitebft_app_channel::app::wal::Log;

    fn log(folder: &Path, height: u64, entries: &[&[u8]]) -> Vec<u8> {
        let path = path(folder);
        let mut log = Log::open(&path).unwrap();
        log.reset(height).unwrap();
        for entry in entries {
            log.append(entry).unwrap();
        }
        log.flush().unwrap();
        fs::read(path).unwrap()
    }

    #[test]
    fn a_log_is_in_use_for_as_long_as_somebody_has_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_in_use(folder.path()));
        let log = Log::open(path(folder.path())).unwrap();
        assert!(is_in_use(folder.path()));
        drop(log);
        assert!(!is_in_use(folder.path()));
    }

    #[test]
    fn the_checksum_is_that_of_zlib() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_log_of_the_engine_is_read_and_so_is_one_whose_last_entry_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = log(folder.path(), 7, &[b"one", b"another"]);
        for end in HEADER_BYTES..=bytes.len() {
            assert_eq!(check(&bytes[..end]), Ok(7));
        }
        assert_eq!(check(&bytes[..HEADER_BYTES - 1]), Err("its header is cut".into()));
    }

    #[test]
    fn every_changed_byte_of_an_entry_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = log(folder.path(), 7, &[b"one", b"another"]);
        let length = HEADER_BYTES + 1..HEADER_BYTES + 6;
        for place in length.chain(HEADER_BYTES + 9..HEADER_BYTES + ENTRY_HEADER_BYTES + 3) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert_eq!(check(&changed), Err("entry 0 is damaged".into()), "{place}");
        }
        let mut changed = bytes;
        changed[3] ^= 1;
        assert_eq!(check(&changed), Err("its version is unknown".into()));
    }
}
