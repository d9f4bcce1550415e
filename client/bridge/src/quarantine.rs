//! The quarantine as whoever runs the bridge works on it: listed without contents, tried again, dropped with a reason.
//!
//! A record is mapped again, by the mapping as it is now; an event that was mapped goes as it is, into its stream or into another one.

use crate::{clock::now, error::BridgeError, spool::Spool};
use mulu_client::{
    ClientError,
    event::CallIds,
    import::draft::Draft,
    vault::{Held, HeldThing, Vault},
};
use mulu_mapping::Mapping;
use mulu_proofs::ids::{Moment, StreamId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most rows of one list.
pub const ROWS_MAX: usize = 1_000;

/// A row as it is listed: nothing of the record itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Number.
    pub number: u64,
    /// Since when.
    pub at: Moment,
    /// Source.
    pub source: String,
    /// Stream that it was to go into.
    pub stream: StreamId,
    /// One word of a closed list.
    pub reason: String,
    /// What is wrong.
    pub detail: String,
    /// Whether it is a record as it came, or an event that was mapped.
    pub is_event: bool,
    /// About how many bytes it takes.
    pub bytes: u64,
}

/// What became of rows that were tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// Rows that wait for a batch now.
    pub accepted: Vec<u64>,
    /// Rows that the mapping passes over now, and that are dropped for it.
    pub skipped: Vec<u64>,
    /// Rows that stay, and why.
    pub refused: BTreeMap<u64, String>,
}

/// Which rows are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// These numbers; every row where there is none.
    #[serde(default)]
    pub numbers: Vec<u64>,
    /// Rows of this source alone.
    pub source: Option<String>,
    /// Rows with this reason alone.
    pub reason: Option<String>,
}

/// Mappings of the sources by name.
pub type Mappings = BTreeMap<String, Mapping>;

/// At most [`ROWS_MAX`] rows from a number on.
///
/// # Errors
/// [`ClientError`] if the vault fails.
pub fn list(vault: &Vault, from: u64, rows_max: usize) -> Result<Vec<Row>, ClientError> {
    let held = vault.held(from, rows_max.min(ROWS_MAX))?;
    Ok(held.into_iter().map(|(number, held)| row(number, &held)).collect())
}

fn row(number: u64, held: &Held) -> Row {
    Row {
        number,
        at: held.at,
        source: held.source.clone(),
        stream: held.stream,
        reason: held.reason.clone(),
        detail: held.detail.clone(),
        is_event: matches!(held.what, HeldThing::Draft(_)),
        bytes: held.bytes(),
    }
}

impl Chosen {
    fn holds(&self, number: u64, held: &Held) -> bool {
        (self.numbers.is_empty() || self.numbers.contains(&number))
            && self.source.as_ref().is_none_or(|source| *source == held.source)
            && self.reason.as_ref().is_none_or(|reason| *reason == held.reason)
    }

    /// Calls for each row that is meant, some at a time, so that the quarantine need not fit into memory.
    fn each(
        &self,
        vault: &Vault,
        mut work: impl FnMut(u64, Held) -> Result<(), ClientError>,
    ) -> Result<(), ClientError> {
        let mut from = self.numbers.iter().min().copied().unwrap_or(0);
        loop {
            let rows = vault.held(from, ROWS_MAX)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            from = last + 1;
            for (number, held) in rows {
                if self.holds(number, &held) {
                    work(number, held)?;
                }
            }
        }
    }
}

/// Tries rows again, into their streams or all of them into `stream`. Each one that becomes an event leaves the quarantine in the same
/// transaction.
///
/// # Errors
/// [`ClientError`] if the vault fails.
pub fn retry(
    vault: &Vault,
    mappings: &Mappings,
    chosen: &Chosen,
    stream: Option<StreamId>,
) -> Result<Retried, ClientError> {
    retry_telling(vault, mappings, chosen, stream, |_, _| ())
}

/// The same where the bridge runs: `released` hears of each event that waits from now on, and of its time.
///
/// # Errors
/// [`ClientError`] if the vault fails.
pub(crate) fn retry_telling(
    vault: &Vault,
    mappings: &Mappings,
    chosen: &Chosen,
    stream: Option<StreamId>,
    mut released: impl FnMut(StreamId, Moment),
) -> Result<Retried, ClientError> {
    let mut retried = Retried::default();
    chosen.each(vault, |number, held| {
        let into = stream.unwrap_or(held.stream);
        match draft(&held, mappings, vault.call_ids()) {
            Ok(Some(draft)) => {
                vault.release(number, into, now(), &draft)?;
                released(into, draft.time);
                retried.accepted.push(number);
            }
            Ok(None) => retried.skipped.push(number),
            Err(why) => {
                retried.refused.insert(number, why);
            }
        }
        Ok(())
    })?;
    if !retried.skipped.is_empty() {
        vault.drop_held(&retried.skipped, "the mapping passes over it", now())?;
    }
    Ok(retried)
}

fn draft(held: &Held, mappings: &Mappings, call_ids: &CallIds) -> Result<Option<Draft>, String> {
    let raw = match &held.what {
        HeldThing::Draft(draft) => return Ok(Some((**draft).clone())),
        HeldThing::Raw(raw) => raw,
    };
    let mapping = mappings.get(&held.source).ok_or_else(|| format!("there is no source {}", held.source))?;
    let record = mapping.record(raw.clone());
    let draft = record.and_then(|record| mapping.draft(&record, call_ids));
    draft.map_err(|poison| format!("{}: {}", poison.reason, poison.detail))
}

/// Drops rows for good, with a reason that is kept; how many they were.
///
/// # Errors
/// [`ClientError::DropText`] without a reason, [`ClientError`] if the vault fails.
pub fn drop_rows(vault: &Vault, chosen: &Chosen, why: &str) -> Result<u64, ClientError> {
    let mut numbers = Vec::new();
    chosen.each(vault, |number, _| {
        numbers.push(number);
        Ok(())
    })?;
    vault.drop_held(&numbers, why, now())
}

impl Spool {
    /// Works on the quarantine while the bridge runs, and takes over its size.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if the vault fails.
    pub async fn on_quarantine<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Vault) -> Result<T, ClientError> + Send + 'static,
    ) -> Result<T, BridgeError> {
        let levels = self.levels().clone();
        self.with_vault(move |vault| {
            let worked = work(vault);
            let size = vault.quarantine_size()?;
            levels.measured(size.rows, size.bytes);
            worked
        })
        .await
    }
}
