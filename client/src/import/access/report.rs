//! What became of every line of a file, as it is told.

use serde::Serialize;

/// A line that became no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedLine {
    /// Its number, from 1.
    pub line: u64,
    /// Why, from the closed list of `docs/import.md`.
    pub reason: &'static str,
    /// More of it. Never holds a value of the line.
    pub detail: String,
}

/// What became of every line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccessReport {
    /// Lines read.
    pub lines: u64,
    /// Lines that became events, in this run or in one before it.
    pub events: u64,
    /// Events that an earlier run had taken into the vault.
    pub events_before: u64,
    /// Events for each rule of the mapping, in its order: prefix and count.
    pub by_prefix: Vec<(String, u64)>,
    /// Events outside every rule: reported by the platform alone, with the finding `no_grant`.
    pub outside: u64,
    /// Events of this run that were to have a pseudonym and got none: the key of their epoch is destroyed.
    pub without_pseudonym: u64,
    /// Lines that became none, in the file's order.
    pub rejected: Vec<RejectedLine>,
    /// Batches that this run sealed.
    pub batches: u64,
}

/// The way out of a reason for which a line that reads has no place.
pub fn detail_of(reason: &str) -> &'static str {
    match reason {
        "before_stream" => "earlier than the stream's last batch begins; report it in another stream",
        "ahead_of_time" => "its time lies in the future; correct the clock that wrote it",
        "unknown_reference" => "the ledger has no such grant, or never published such an entry",
        "unknown_id" => "the ledger has no such consumer, system or purpose; register it, or correct the number",
        "unknown_item" => "the entry's version has no such item",
        _ => "an earlier run found no place for it; if there is one now, report the line in a file of its own",
    }
}
