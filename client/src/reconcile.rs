//! Which calls make the difference of a day: worked out from the events that a node shows, by the rules of the ledger.
//!
//! The node may lie about them; the ledger accepts only lists that add up to the difference.

use crate::{ClientError, connection::Connection};
use jsonrpsee::core::client::Error as RpcError;
use mulu_proofs::{
    access::{Findings, NAMED_MAX, Party, call_ids, rules::reconciled},
    calendar::{Calendar, Day},
    catalog::List,
    grants::GrantTerms,
    ids::{GrantId, Moment, StreamId},
};
use mulu_rpc_api::{
    access::{AccessClient, DifferingDay, Event, HistoryFilter, HistoryOf},
    calendar::CalendarClient,
    sharing::SharingClient,
};
use std::collections::BTreeMap;

/// Rows of one page of history.
const PAGE_ROWS: u32 = 500;
/// Most events of a day that are looked at.
const EVENTS_MAX: usize = 2_000_000;

/// Call ids that only one side reported, each list ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Those of the provider's side.
    pub provider_only: List<u64, NAMED_MAX>,
    /// Those of the consumer's side.
    pub consumer_only: List<u64, NAMED_MAX>,
}

/// Works out the calls that make the difference of a grant's day.
///
/// # Errors
/// [`ClientError::NotFound`] if no such difference waits to be named; [`ClientError::TooManyDiffer`]; what the node answers.
pub async fn difference(node: &Connection, grant: GrantId, day: Day) -> Result<Difference, ClientError> {
    let missing =
        || ClientError::NotFound { what: format!("difference of grant {grant} on {day} that waits to be named") };
    let found = node.reconciliation(grant).await?.ok_or_else(missing)?;
    let waits = |differing: &DifferingDay| differing.differs.day == day && differing.can_be_named;
    let differing = found.differing.into_iter().find(waits).ok_or_else(missing)?;
    let versions = node.grant(grant).await?.ok_or_else(missing)?.versions;
    let terms = versions.into_iter().map(|version| version.terms).next().ok_or_else(missing)?;
    let (from, until) = span(node, day).await?;
    let filter =
        HistoryFilter { of: HistoryOf::Grant(grant), from: Some(from), until: Some(until), with_findings: false };
    let mut counted = Counted { node, terms, streams: BTreeMap::new(), provider: Vec::new(), consumer: Vec::new() };
    let mut cursor = None;
    loop {
        let page = node.history(filter, cursor, Some(PAGE_ROWS)).await?;
        for event in page.rows.iter().filter(|event| event.record < differing.record) {
            counted.add(event).await?;
        }
        cursor = page.next;
        if cursor.is_none() || counted.provider.len() + counted.consumer.len() > EVENTS_MAX {
            break;
        }
    }
    named(&counted.provider, &counted.consumer)
}

/// The first moment of a day and the first after it.
async fn span(node: &Connection, day: Day) -> Result<(Moment, Moment), ClientError> {
    let now = node.parameters().await?;
    let calendar =
        Calendar { day_length: now.day_length, offsets: List::truncate_from(now.offsets), years: List::default() };
    Ok((calendar.end_of_day(day.previous()), calendar.end_of_day(day)))
}

fn named(provider: &[u64], consumer: &[u64]) -> Result<Difference, ClientError> {
    let (provider_only, consumer_only) = call_ids(provider, consumer);
    let calls = provider_only.len().max(consumer_only.len());
    let too_many = |_| ClientError::TooManyDiffer { calls };
    Ok(Difference {
        provider_only: provider_only.try_into().map_err(too_many)?,
        consumer_only: consumer_only.try_into().map_err(too_many)?,
    })
}

/// The call ids of the two sides, as the ledger counted them.
struct Counted<'a> {
    node: &'a Connection,
    terms: GrantTerms,
    /// Whether each stream reconciles.
    streams: BTreeMap<StreamId, bool>,
    provider: Vec<u64>,
    consumer: Vec<u64>,
}

impl Counted<'_> {
    async fn add(&mut self, event: &Event) -> Result<(), RpcError> {
        let reconciles = match self.streams.get(&event.stream) {
            Some(known) => *known,
            None => {
                let asked = self.node.stream(event.stream).await?.is_some_and(|stream| stream.reconciles);
                self.streams.insert(event.stream, asked);
                asked
            }
        };
        if !reconciles {
            return Ok(());
        }
        match reconciled(&event.leaf, findings(event), &self.terms, event.reporter) {
            Some(Party::Provider) => self.provider.push(event.leaf.call_id),
            Some(Party::Consumer) => self.consumer.push(event.leaf.call_id),
            Some(Party::Decisions) | None => {}
        }
        Ok(())
    }
}

/// The findings of an event, from their names.
fn findings(event: &Event) -> Findings {
    let bits = (0..).zip(Findings::NAMES).filter(|(_, name)| event.findings.iter().any(|found| found == name));
    bits.fold(Findings::default(), |set, (bit, _)| set.with(Findings(1 << bit)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn what_only_one_side_has_is_named_up_to_the_bound() {
        let difference = named(&[3, 1, 2, 2], &[2, 9]).unwrap();
        assert_eq!((difference.provider_only.to_vec(), difference.consumer_only.to_vec()), (vec![1, 2, 3], vec![9]));
        let many: Vec<u64> = (0..=u64::from(NAMED_MAX)).collect();
        assert!(matches!(named(&many, &[]), Err(ClientError::TooManyDiffer { calls: 129 })));
    }

    #[test]
    fn names_of_findings_are_read_back() {
        let event = serde_json::json!({
            "stream": 1, "event": 1, "series": {"grant": 1}, "series_number": 1, "findings": ["over_quota", "late"],
            "platform": 1, "reporter": 2, "record": 1, "place": 0, "height": 1, "recorded_at": 0,
            "leaf": {"key": {"grant": [1, 1]}, "entry": [1, 1], "provider": 2, "consumer": 3, "items": 1,
                "authorising_system": null, "using_system": null, "purpose": null, "method": "file", "side": "provider",
                "time": 0, "duration_ms": 0, "outcome": "ok", "calls": 1, "rows": 1, "bytes": 1, "call_id": 1, "pseudonym": null},
        });
        let event: Event = serde_json::from_value(event).unwrap();
        assert_eq!(findings(&event), Findings::OVER_QUOTA.with(Findings::LATE));
    }
}
