//! The first records of a file through a mapping, in words. Sealed values are told as present, and nothing else of them.

use mulu_client::{
    event::CallIds,
    import::draft::{CallKnown, Draft, Reference},
};
use mulu_mapping::Mapping;
use mulu_proofs::{
    access::{Outcome, SealedField, Side},
    catalog::Method,
    ids::{DepartmentId, Moment, PurposeId, SystemId},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Records that are shown one by one.
pub const SAMPLE_ROWS: usize = 10;
/// Records that are counted.
const RECORDS_MAX: usize = 10_000;

/// A sample.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SampleSeen {
    /// Records that were looked at.
    pub records: u64,
    /// Those that would be reported.
    pub events: u64,
    /// Of them, those that name no grant and no entry.
    pub without_reference: u64,
    /// Those that are no calls, by the mapping.
    pub skipped: u64,
    /// Those that would go into the quarantine, by reason.
    pub quarantined: BTreeMap<&'static str, u64>,
    /// The first, one by one.
    pub rows: Vec<RowSeen>,
}

/// A record of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowSeen {
    /// Its line, from 1.
    pub line: usize,
    /// What would become of it.
    #[serde(flatten)]
    pub seen: Seen,
}

/// What would become of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// An event.
    Event(Box<EventSeen>),
    /// It is no call.
    Skipped,
    /// The quarantine.
    Quarantined {
        /// One word of a closed list.
        reason: &'static str,
        /// What is wrong.
        detail: String,
    },
}

/// An event as it would be reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventSeen {
    /// When, in UTC.
    pub time: String,
    /// Grant, entry, or nothing.
    pub under: String,
    /// Consumer, if it is named.
    pub consumer: Option<DepartmentId>,
    /// Places of items.
    pub items: Vec<u8>,
    /// Authorising system.
    pub authorising_system: Option<SystemId>,
    /// Using system.
    pub using_system: Option<SystemId>,
    /// Purpose.
    pub purpose: Option<PurposeId>,
    /// Method, if it is named.
    pub method: Option<Method>,
    /// Side.
    pub side: Side,
    /// How long.
    pub duration_ms: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Calls.
    pub calls: u32,
    /// Rows.
    pub rows: u32,
    /// Bytes.
    pub bytes: u64,
    /// By what the other side could know the call: `request_id`, `call_id`, or `nothing`.
    pub call_by: &'static str,
    /// `given`, `made` by the vault, or none.
    pub pseudonym: Option<&'static str>,
    /// Sealed fields that have a value.
    pub sealed: Vec<SealedField>,
}

/// A sample with its events, for whoever asks the chain about them.
pub(super) struct Sampled {
    pub(super) seen: SampleSeen,
    /// Those that are shown.
    pub(super) drafts: Vec<Draft>,
}

/// Maps the lines of a file, or of its beginning.
pub(super) fn map(bytes: &[u8], mapping: &Mapping, call_ids: &CallIds) -> Sampled {
    let mut sampled = Sampled { seen: SampleSeen::default(), drafts: Vec::new() };
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.map(|(place, line)| (place + 1, line.strip_suffix(b"\r").unwrap_or(line)));
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()).take(RECORDS_MAX) {
        let drafted = mapping.record(line.to_vec()).and_then(|record| mapping.draft(&record, call_ids));
        let sample = &mut sampled.seen;
        let is_shown = sample.rows.len() < SAMPLE_ROWS;
        sample.records += 1;
        let seen = match drafted {
            Ok(None) => {
                sample.skipped += 1;
                Seen::Skipped
            }
            Ok(Some(draft)) => {
                sample.events += 1;
                sample.without_reference += u64::from(draft.reference == Reference::Reporter);
                let seen = Seen::Event(Box::new(EventSeen::of(&draft)));
                if is_shown {
                    sampled.drafts.push(draft);
                }
                seen
            }
            Err(poison) => {
                *sample.quarantined.entry(poison.reason).or_default() += 1;
                Seen::Quarantined { reason: poison.reason, detail: poison.detail }
            }
        };
        if is_shown {
            sampled.seen.rows.push(RowSeen { line: number, seen });
        }
    }
    sampled
}

impl EventSeen {
    fn of(draft: &Draft) -> Self {
        let under = match draft.reference {
            Reference::Grant(grant, version) => format!("grant {grant} version {version}"),
            Reference::Entry(entry, version, consumer) => {
                format!("entry {entry} version {version}, consumer {consumer}")
            }
            Reference::Reporter => "nothing".to_owned(),
        };
        Self {
            time: moment(draft.time),
            under,
            consumer: draft.consumer,
            items: (0..64).filter(|place| draft.items >> place & 1 == 1).collect(),
            authorising_system: draft.authorising_system,
            using_system: draft.using_system,
            purpose: draft.purpose,
            method: draft.method,
            side: draft.side,
            duration_ms: draft.duration_ms,
            outcome: draft.outcome,
            calls: draft.calls,
            rows: draft.rows,
            bytes: draft.bytes,
            call_by: match draft.call_known {
                CallKnown::ByRequestId => "request_id",
                CallKnown::ByBoth => "call_id",
                CallKnown::Here => "nothing",
            },
            pseudonym: match (draft.pseudonym, draft.is_pseudonymous) {
                (Some(_), _) => Some("given"),
                (None, true) => Some("made"),
                (None, false) => None,
            },
            sealed: SealedField::ALL.into_iter().filter(|field| draft.values.get(*field).is_some()).collect(),
        }
    }
}

fn moment(moment: Moment) -> String {
    moment.utc()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn seen(text: &str) -> SampleSeen {
        let table: toml::Table = "extends = \"event\"\nskip = [{ path = \"rows\", is = 7 }]".parse().unwrap();
        let mapping = Mapping::from_toml(&toml::Value::Table(table)).unwrap();
        map(text.as_bytes(), &mapping, &CallIds::new([1; 32])).seen
    }

    #[test]
    fn records_are_counted_and_the_first_are_shown_without_a_sealed_value() {
        let lines = [
            r#"{"time":1785542400000,"grant":3,"items":[0,2],"request_id":"r","pseudonym":true,"sealed":{"user":"zhang"}}"#,
            "",
            r#"{"time":1,"rows":7}"#,
            r#"{"time":2}"#,
            "zhang",
        ];
        let mut text = lines.join("\r\n");
        text.push_str(&"\n{\"time\":3}".repeat(SAMPLE_ROWS));
        let sample = seen(&text);
        assert_eq!((sample.records, sample.events, sample.skipped), (14, 12, 1));
        assert_eq!((sample.without_reference, sample.quarantined.get("not_json")), (11, Some(&1)));
        assert_eq!(sample.rows.len(), SAMPLE_ROWS);
        assert_eq!(sample.rows.iter().map(|row| row.line).take(4).collect::<Vec<_>>(), [1, 3, 4, 5]);
        let Seen::Event(event) = &sample.rows[0].seen else { panic!("it is an event") };
        assert_eq!((event.under.as_str(), event.time.as_str()), ("grant 3 version 1", "2026-08-01T00:00:00Z"));
        assert_eq!((&event.items[..], event.call_by, event.pseudonym), (&[0, 2][..], "request_id", Some("made")));
        assert_eq!(event.sealed, [SealedField::User]);
        assert!(!serde_json::to_string(&sample).unwrap().contains("zhang"));
    }
}
