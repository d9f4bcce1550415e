//! Pseudonyms: the same user looks the same on the chain for one department and one epoch, and like somebody else in the next.
//!
//! ```text
//! pseudonym = first 8 bytes of keyed hash(key of department and epoch, user)
//! epochs    = days from a multiple of the epoch's length; a key is made when its first event comes, and destroyed when retention is over
//! ```
//!
//! While a key is there, whoever has it can try out users. When it is destroyed nobody can tell any more whom a pseudonym stands for.

use super::{Fault, IDENTITY, PSEUDONYM_KEYS, SETTINGS, UNCLEAN, Vault, streams::decode};
use crate::{error::ClientError, secrets::fresh_secret};
use codec::{Decode, Encode};
use mulu_proofs::{
    hash::{DigestKind, secret_digest},
    ids::{DepartmentId, Digest32, Moment},
};
use redb::{ReadableTable, WriteTransaction};
use serde::Serialize;
use zeroize::{Zeroize, Zeroizing};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// Longest epoch, and longest retention, in days.
const DAYS_MAX: u32 = 36_600;

/// What a vault does by itself, by its department's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Settings {
    /// Length of a pseudonym's epoch, in days.
    pub pseudonym_epoch_days: u32,
    /// How long openings and pseudonym keys are kept, in days.
    pub retention_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        // Three years (art. 29), one of them a leap year.
        Self { pseudonym_epoch_days: 90, retention_days: 1_096 }
    }
}

impl Settings {
    /// The first moment that is inside the retention.
    pub fn kept_from(&self, now: Moment) -> Moment {
        Moment::new(now.get().saturating_sub(u64::from(self.retention_days) * DAY_MS))
    }
}

/// The day of a moment, counted from 1970-01-01 in UTC.
pub const fn day_of(moment: Moment) -> u64 {
    moment.get() / DAY_MS
}

/// An epoch without its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Epoch {
    /// Department.
    pub department: DepartmentId,
    /// First day.
    pub first_day: u64,
    /// First day after it.
    pub until_day: u64,
    /// Whether its key is destroyed.
    pub is_retired: bool,
}

/// Makes the pseudonyms of one epoch.
pub struct Pseudonyms {
    epoch: Epoch,
    key: Option<Zeroizing<Digest32>>,
}

impl Pseudonyms {
    /// Whether a moment is in the epoch.
    pub const fn covers(&self, moment: Moment) -> bool {
        self.epoch.first_day <= day_of(moment) && day_of(moment) < self.epoch.until_day
    }

    /// The pseudonym of a user; none if the epoch's key is destroyed.
    pub fn of(&self, user: &[u8]) -> Option<u64> {
        let digest = secret_digest(DigestKind::Pseudonym, self.key.as_ref()?, user);
        Some(u64::from_le_bytes(*digest.first_chunk().expect("32 bytes hold 8")))
    }
}

/// A row: the first day after the epoch, and its key until that is destroyed.
#[derive(Encode, Decode)]
struct Kept {
    until_day: u64,
    key: Option<Digest32>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Vault {
    /// What the department chose.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn settings(&self) -> Result<Settings, ClientError> {
        self.read(|transaction| {
            let identity = transaction.open_table(IDENTITY)?;
            let row = identity.get(SETTINGS)?;
            row.map_or_else(|| Ok(Settings::default()), |row| decode(row.value(), "its settings"))
        })
    }

    /// Chooses. Epochs that have begun stay as long as they are.
    ///
    /// # Errors
    /// [`ClientError::DaysOutOfBounds`] for less than a day or more than a century.
    pub fn set(&self, settings: &Settings) -> Result<(), ClientError> {
        for days in [settings.pseudonym_epoch_days, settings.retention_days] {
            if !(1..=DAYS_MAX).contains(&days) {
                return Err(ClientError::DaysOutOfBounds { days, days_max: DAYS_MAX });
            }
        }
        self.write(|transaction| {
            transaction.open_table(IDENTITY)?.insert(SETTINGS, &settings.encode()[..])?;
            Ok(())
        })
    }

    /// The pseudonyms of a department at the time of an event. The first event of an epoch makes its key, unless its retention is over.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn pseudonyms(&self, department: DepartmentId, time: Moment, now: Moment) -> Result<Pseudonyms, ClientError> {
        let settings = self.settings()?;
        self.write(|transaction| {
            let (first_day, kept) = match self.epoch_at(transaction, department, day_of(time))? {
                Some(found) => found,
                None => self.begin_epoch(transaction, department, day_of(time), &settings, now)?,
            };
            let is_retired = kept.key.is_none();
            let epoch = Epoch { department, first_day, until_day: kept.until_day, is_retired };
            Ok(Pseudonyms { epoch, key: kept.key.map(Zeroizing::new) })
        })
    }

    /// Every epoch.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn epochs(&self) -> Result<Vec<Epoch>, ClientError> {
        self.read(|transaction| {
            let mut epochs = Vec::new();
            for row in transaction.open_table(PSEUDONYM_KEYS)?.iter()? {
                let (key, value) = row?;
                epochs.push(self.read_epoch(key.value(), value.value())?.0);
            }
            Ok(epochs)
        })
    }

    /// Destroys the keys of all epochs that ended before a day, or on it, and returns how many they were.
    ///
    /// # Errors
    /// [`ClientError::DayToCome`] for a day after today: the epoch that runs would lose its key, and events their pseudonyms.
    pub fn retire_epochs(&mut self, before_day: u64, now: Moment) -> Result<u64, ClientError> {
        if before_day > day_of(now) {
            let day = |day: u64| Moment::new(day.saturating_mul(DAY_MS));
            return Err(ClientError::DayToCome { day: day(before_day), today: day(day_of(now)) });
        }
        let retired = self.write(|transaction| {
            let mut table = transaction.open_table(PSEUDONYM_KEYS)?;
            let mut over = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                let (epoch, _) = self.read_epoch(key.value(), value.value())?;
                if !epoch.is_retired && epoch.until_day <= before_day {
                    over.push((key.value(), epoch.until_day));
                }
            }
            for (key, until_day) in &over {
                let sealed = self.rows.seal(PSEUDONYM_KEYS, key, &Kept { until_day: *until_day, key: None }.encode());
                table.insert(key, &sealed[..])?;
            }
            if !over.is_empty() {
                transaction.open_table(IDENTITY)?.insert(UNCLEAN, &[][..])?;
            }
            Ok(over.len() as u64)
        })?;
        if retired > 0 {
            self.clean()?;
        }
        Ok(retired)
    }

    fn read_epoch(&self, key: (u32, u64), value: &[u8]) -> Result<(Epoch, Kept), Fault> {
        let what = "a pseudonym key";
        let kept: Kept = decode(&self.rows.open(PSEUDONYM_KEYS, &key, value, what)?, what)?;
        let (department, first_day) = (DepartmentId::new(key.0), key.1);
        Ok((Epoch { department, first_day, until_day: kept.until_day, is_retired: kept.key.is_none() }, kept))
    }

    fn epoch_at(
        &self,
        transaction: &WriteTransaction,
        department: DepartmentId,
        day: u64,
    ) -> Result<Option<(u64, Kept)>, Fault> {
        let table = transaction.open_table(PSEUDONYM_KEYS)?;
        let Some(row) = table.range((department.get(), 0)..=(department.get(), day))?.next_back() else {
            return Ok(None);
        };
        let (key, value) = row?;
        let (epoch, kept) = self.read_epoch(key.value(), value.value())?;
        Ok((day < epoch.until_day).then_some((epoch.first_day, kept)))
    }

    /// A new epoch around a day, between those that are there.
    fn begin_epoch(
        &self,
        transaction: &WriteTransaction,
        department: DepartmentId,
        day: u64,
        settings: &Settings,
        now: Moment,
    ) -> Result<(u64, Kept), Fault> {
        let mut table = transaction.open_table(PSEUDONYM_KEYS)?;
        let length = u64::from(settings.pseudonym_epoch_days);
        let aligned = day - day % length;
        let before = match table.range((department.get(), 0)..=(department.get(), day))?.next_back() {
            Some(row) => {
                let (key, value) = row?;
                self.read_epoch(key.value(), value.value())?.0.until_day
            }
            None => 0,
        };
        let after = match table.range((department.get(), day)..=(department.get(), u64::MAX))?.next() {
            Some(row) => row?.0.value().1,
            None => u64::MAX,
        };
        let (first_day, until_day) = (aligned.max(before), (aligned + length).min(after));
        let is_over = until_day <= day_of(settings.kept_from(now));
        let kept = Kept { until_day, key: (!is_over).then(|| *fresh_secret()) };
        if !is_over {
            let key = (department.get(), first_day);
            let sealed = self.rows.seal(PSEUDONYM_KEYS, &key, &Zeroizing::new(kept.encode()));
            table.insert(key, &sealed[..])?;
        }
        Ok((first_day, kept))
    }
}
