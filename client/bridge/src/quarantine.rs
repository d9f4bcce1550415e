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
use mulu_mapping::{Mapping, place};
use mulu_proofs::ids::{Moment, StreamId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most rows of one list.
pub const ROWS_MAX: usize = 1_000;
/// Most rows that one call looks at, so that no other work on the vault waits for long: whoever means more asks again, from where it ended.
pub const LOOKED_MAX: usize = 5_000;
/// Rows that stay are named up to this many; the others are counted.
pub const NAMED_MAX: usize = 100;

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

/// Rows of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The rows, ascending by number.
    pub rows: Vec<Row>,
    /// Where to go on; none at the end.
    pub next: Option<u64>,
}

/// What became of rows that were tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// Rows that wait for a batch now.
    pub accepted: u64,
    /// Rows that the mapping passes over now, and that are dropped for it.
    pub skipped: u64,
    /// Rows that stay.
    pub refused: u64,
    /// How many stay, by reason.
    #[serde(default)]
    pub reasons: Reasons,
    /// Why they stay: of the first [`NAMED_MAX`], by number.
    pub why: BTreeMap<u64, String>,
    /// Where to go on; none at the end.
    pub next: Option<u64>,
}

impl Retried {
    /// Adds what became of the rows behind.
    pub fn add(&mut self, behind: Self) {
        self.accepted += behind.accepted;
        self.skipped += behind.skipped;
        self.refused += behind.refused;
        self.next = behind.next;
        add(&mut self.reasons, behind.reasons);
        for (number, why) in behind.why {
            self.named(number, why);
        }
    }

    fn named(&mut self, number: u64, why: String) {
        if self.why.len() < NAMED_MAX {
            self.why.insert(number, why);
        }
    }
}

/// How many rows there are of each reason of the closed lists.
pub type Reasons = BTreeMap<String, u64>;

fn add(reasons: &mut Reasons, others: Reasons) {
    for (reason, rows) in others {
        *reasons.entry(reason).or_default() += rows;
    }
}

/// How many rows there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// By source, and by reason.
    pub sources: BTreeMap<String, Reasons>,
    /// Where to go on; none at the end.
    pub next: Option<u64>,
}

impl Counted {
    /// Adds the rows behind.
    pub fn add(&mut self, behind: Self) {
        self.next = behind.next;
        for (source, reasons) in behind.sources {
            add(self.sources.entry(source).or_default(), reasons);
        }
    }
}

/// How many rows were dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedRows {
    /// So many.
    pub dropped: u64,
    /// By the reason for which they were held.
    #[serde(default)]
    pub reasons: Reasons,
    /// Where to go on; none at the end.
    pub next: Option<u64>,
}

/// Which rows are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// From this number on.
    #[serde(default)]
    pub from: u64,
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

/// At most [`ROWS_MAX`] of the rows that are meant; fewer, though there are more, if [`LOOKED_MAX`] were looked at.
///
/// # Errors
/// [`ClientError`] if the vault fails.
pub fn list(vault: &Vault, chosen: &Chosen, rows_max: usize) -> Result<Listed, ClientError> {
    let mut rows = Vec::new();
    let next = chosen.each(vault, |number, held| {
        rows.push(row(number, &held));
        Ok(rows.len() < rows_max.min(ROWS_MAX))
    })?;
    Ok(Listed { rows, next })
}

/// How many rows are meant, of the next [`LOOKED_MAX`], by source and reason.
///
/// # Errors
/// [`ClientError`] if the vault fails.
pub fn count(vault: &Vault, chosen: &Chosen) -> Result<Counted, ClientError> {
    let mut sources: BTreeMap<String, Reasons> = BTreeMap::new();
    let next = chosen.each(vault, |_, held| {
        *sources.entry(held.source).or_default().entry(held.reason).or_default() += 1;
        Ok(true)
    })?;
    Ok(Counted { sources, next })
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

    /// Calls for each row that is meant among the next [`LOOKED_MAX`], until `work` says that it is enough; the number to go on from, if there
    /// may be more.
    fn each(
        &self,
        vault: &Vault,
        mut work: impl FnMut(u64, Held) -> Result<bool, ClientError>,
    ) -> Result<Option<u64>, ClientError> {
        /// Rows that are in memory at once.
        const AT_ONCE: usize = 500;
        let mut from = self.from.max(self.numbers.iter().min().copied().unwrap_or(0));
        let last = self.numbers.iter().max().copied().unwrap_or(u64::MAX);
        let mut looked = 0;
        while looked < LOOKED_MAX {
            let rows = vault.held(from, AT_ONCE)?;
            if rows.is_empty() {
                return Ok(None);
            }
            looked += rows.len();
            for (number, held) in rows {
                if number > last {
                    return Ok(None);
                }
                from = number + 1;
                if self.holds(number, &held) && !work(number, held)? {
                    return Ok(Some(from));
                }
            }
        }
        Ok(Some(from))
    }
}

/// Tries rows again, of the next [`LOOKED_MAX`], into their streams or all of them into `stream`. Each one that becomes an event leaves the
/// quarantine in the same transaction.
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
    let mut skipped = Vec::new();
    retried.next = chosen.each(vault, |number, held| {
        let into = stream.unwrap_or(held.stream);
        match draft(number, &held, mappings, vault.call_ids()) {
            Ok(Some(draft)) => {
                vault.release(number, into, now(), &draft)?;
                released(into, draft.time);
                retried.accepted += 1;
            }
            Ok(None) => skipped.push(number),
            Err((reason, detail)) => {
                retried.refused += 1;
                *retried.reasons.entry(reason.to_owned()).or_default() += 1;
                retried.named(number, format!("{reason}: {detail}"));
            }
        }
        Ok(true)
    })?;
    if !skipped.is_empty() {
        retried.skipped = vault.drop_held(&skipped, "the mapping passes over it", now())?;
    }
    Ok(retried)
}

fn draft(
    number: u64,
    held: &Held,
    mappings: &Mappings,
    call_ids: &CallIds,
) -> Result<Option<Draft>, (&'static str, String)> {
    let raw = match &held.what {
        HeldThing::Draft(draft) => return Ok(Some((**draft).clone())),
        HeldThing::Raw(raw) => raw,
    };
    let mapping =
        mappings.get(&held.source).ok_or_else(|| ("no_source", format!("there is no source {}", held.source)))?;
    let mut record = [mapping.record(raw.clone())];
    place(&mut record, &("quarantine", number));
    let [record] = record;
    let draft = record.and_then(|record| mapping.draft(&record, call_ids));
    draft.map_err(|poison| (poison.reason, poison.detail))
}

/// Drops rows for good, of the next [`LOOKED_MAX`], with a reason that is kept.
///
/// # Errors
/// [`ClientError::DropText`] without a reason, [`ClientError`] if the vault fails.
pub fn drop_rows(vault: &Vault, chosen: &Chosen, why: &str) -> Result<DroppedRows, ClientError> {
    let (mut numbers, mut reasons) = (Vec::new(), Reasons::new());
    let next = chosen.each(vault, |number, held| {
        numbers.push(number);
        *reasons.entry(held.reason).or_default() += 1;
        Ok(true)
    })?;
    Ok(DroppedRows { dropped: vault.drop_held(&numbers, why, now())?, reasons, next })
}

impl DroppedRows {
    /// Adds the rows behind.
    pub fn add(&mut self, behind: Self) {
        self.dropped += behind.dropped;
        self.next = behind.next;
        add(&mut self.reasons, behind.reasons);
    }
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
