//! Fifth part: the auditor asks who used the entry, page by page, at a node that reported nothing of it.

use super::{events::Reported, scenario::AUTHORITY};
use crate::{
    error::{Error, expect},
    ledger::{Ledger, rows},
};
use mulu_proofs::ids::EntryId;
use mulu_rpc_api::access::{AccessClient, Event, EventRef, HistoryFilter, HistoryOf};

/// What the history says.
#[derive(Debug)]
pub struct History {
    /// Events on the entry.
    pub events: usize,
    /// Those with findings.
    pub with_findings: usize,
    /// The newest event of the gateway that asked for an item too many: the one that evidence is made of.
    pub example: EventRef,
}

/// Reads the whole history of the entry and compares it with what was reported.
pub async fn history(ledger: &Ledger<'_>, entry: EntryId, reported: &Reported) -> Result<History, Error> {
    let connection = ledger.lines().of(AUTHORITY);
    let filter = HistoryFilter { of: HistoryOf::Entry(entry), from: None, until: None, with_findings: false };
    let asked = async |cursor| connection.history(filter, cursor, Some(200)).await;
    let events: Vec<Event> = rows("reading the history of the entry", asked).await?;
    let found = events.iter().filter(|event| !event.findings.is_empty());
    let history = (events.len(), found.clone().count());
    expect(history == (reported.on_entry, reported.findings_on_entry), || {
        format!(
            "the history shows {} events and {} findings, {} and {} were reported",
            history.0, history.1, reported.on_entry, reported.findings_on_entry
        )
    })?;
    let filter = HistoryFilter { with_findings: true, ..filter };
    let asked = async |cursor| connection.history(filter, cursor, None).await;
    let filtered: Vec<Event> = rows("reading the findings of the entry", asked).await?;
    expect(filtered.len() == history.1, || "the filter on findings loses events, or adds some".into())?;
    let example =
        filtered.iter().find(|event| event.stream == reported.stream && event.findings == ["item_not_granted"]);
    let example = example.ok_or_else(|| Error::Unexpected("no event asked for an item too many".into()))?;
    let example = EventRef { stream: example.stream, event: example.event };
    Ok(History { events: history.0, with_findings: history.1, example })
}
