//! A record of the ledger as a CloudEvent 1.0.
//!
//! `id` is the record's number behind the first digits of the genesis hash: the same event has the same id at every bridge and whenever it
//! is sent, so that whoever gets it twice can tell. `data` repeats what the record says, and adds nothing.

use super::types::EventType;
use jiff::Timestamp;
use mulu_client::connection::ChainIdentity;
use mulu_proofs::{
    access::Findings,
    departments::AccountKey,
    ids::{DepartmentId, Digest32, Height, Moment, RecordNumber},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{Hex32, records::Record};
use serde::Serialize;
use serde_json::{Value, json};

/// An event, as its JSON has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CloudEvent {
    /// Version of CloudEvents.
    specversion: &'static str,
    /// First digits of the genesis hash, and the record's number.
    pub id: String,
    /// The chain.
    pub source: String,
    /// Its type, of the closed list.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about first of all, as `grant/3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Block time.
    pub time: String,
    /// Of `data`.
    datacontenttype: &'static str,
    /// What the record says.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Data {
    /// Number of the record.
    pub record: RecordNumber,
    /// Height of its block.
    pub height: Height,
    /// Kind of the record.
    pub kind: RecordKind,
    /// Block time, in milliseconds since 1970.
    pub moment: Moment,
    /// Department that acted; 0 for the chain itself.
    pub department: DepartmentId,
    /// Who signed, if somebody did.
    pub signer: Option<AccountKey>,
    /// Hash of the signed extrinsic, if one caused it.
    pub extrinsic: Option<Hex32>,
    /// Everything that it is about, as `department/2`, `grant/3/1` (version 1) and so on.
    pub subjects: Vec<String>,
    /// The record's body; of a batch what it holds in short.
    pub body: Value,
}

/// The chain whose records become events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    source: String,
    genesis: Digest32,
}

impl Ledger {
    /// Of a chain.
    pub fn new(chain: &ChainIdentity) -> Self {
        Self { source: format!("mulu:{}", chain.chain_id), genesis: chain.genesis }
    }

    /// Genesis hash of the chain.
    pub const fn genesis(&self) -> Digest32 {
        self.genesis
    }

    /// The id of a record's event.
    pub fn id(&self, number: RecordNumber) -> String {
        format!("{}/{number}", hex::encode(&self.genesis[..4]))
    }

    /// The event of a record.
    pub fn event(&self, record: &Record) -> CloudEvent {
        let found = EventType::of(record);
        CloudEvent {
            specversion: "1.0",
            id: self.id(record.number),
            source: self.source.clone(),
            kind: found.name(),
            subject: first_of(found.family, &record.subjects).map(|subject| path(subject, false)),
            time: time(record.moment),
            datacontenttype: "application/json",
            data: Data {
                record: record.number,
                height: record.height,
                kind: record.kind,
                moment: record.moment,
                department: record.department,
                signer: record.signer,
                extrinsic: record.extrinsic,
                subjects: record.subjects.iter().map(|subject| path(subject, true)).collect(),
                body: body(record),
            },
        }
    }
}

/// The subject that a type is about: of its own family, else the first.
fn first_of<'a>(family: &str, subjects: &'a [Subject]) -> Option<&'a Subject> {
    let own = subjects.iter().find(|subject| word(subject) == family);
    own.or_else(|| subjects.first())
}

const fn word(subject: &Subject) -> &'static str {
    match subject {
        Subject::Department(_) => "department",
        Subject::Account(_) => "account",
        Subject::System(_) => "system",
        Subject::Entry(..) => "entry",
        Subject::Request(_) => "request",
        Subject::Grant(..) => "grant",
        Subject::Stream(_) => "stream",
        Subject::Deadline(_) => "deadline",
        Subject::Proposal(_) => "proposal",
        Subject::Element(_) => "element",
        Subject::Dispute(_) => "dispute",
    }
}

fn path(subject: &Subject, with_version: bool) -> String {
    let id = match subject {
        Subject::Department(id) => id.to_string(),
        Subject::Account(key) => hex::encode(key),
        Subject::System(id) => id.to_string(),
        Subject::Entry(id, version) if with_version => format!("{id}/{version}"),
        Subject::Grant(id, version) if with_version => format!("{id}/{version}"),
        Subject::Entry(id, _) => id.to_string(),
        Subject::Grant(id, _) => id.to_string(),
        Subject::Request(id) => id.to_string(),
        Subject::Stream(id) => id.to_string(),
        Subject::Deadline(id) => id.to_string(),
        Subject::Proposal(id) => id.to_string(),
        Subject::Element(id) => id.to_string(),
        Subject::Dispute(id) => id.to_string(),
    };
    format!("{}/{id}", word(subject))
}

/// RFC 3339; a moment that no calendar has is the last one that it has.
fn time(moment: Moment) -> String {
    let milliseconds = i64::try_from(moment.get()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX).to_string()
}

fn body(record: &Record) -> Value {
    match record.kind {
        RecordKind::BatchAccepted => batch(&record.decoded),
        _ => record.decoded.clone(),
    }
}

/// A batch without its signature and the numbers of its series; findings by event, in words.
fn batch(decoded: &Value) -> Value {
    let header = &decoded["header"];
    let first = header["first"].as_u64().unwrap_or_default();
    let findings = decoded["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = findings.iter().map(|row| {
        let bits = row["findings"].as_u64().and_then(|bits| u16::try_from(bits).ok()).unwrap_or_default();
        let event = first + row["place"].as_u64().unwrap_or_default();
        json!({ "event": event, "findings": Findings(bits).names() })
    });
    json!({
        "platform": decoded["platform"],
        "stream": header["stream"],
        "first": header["first"],
        "count": header["count"],
        "time_base": header["time_base"],
        "time_last": decoded["time_last"],
        "findings": named.collect::<Vec<Value>>(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sink::sample::{ledger, record};
    use mulu_proofs::{
        access::{BatchHeader, BatchRecord, EventFindings},
        catalog::List,
        hash::Suite,
        ids::{EventNumber, GrantId, RequestId, StreamId, SystemId, Version},
    };

    #[test]
    fn a_suspension_is_an_event_of_its_grant() {
        let mut suspended = record(RecordKind::GrantSuspended, json!({"grant": 3, "reason": "leak"}));
        let (department, version) = (DepartmentId::new(2), Version::new(1));
        suspended.subjects = vec![Subject::Department(department), Subject::Grant(GrantId::new(3), version)];
        suspended.signer = Some(AccountKey([7; 32]));
        let event = serde_json::to_value(ledger().event(&suspended)).unwrap();
        let expected = json!({
            "specversion": "1.0",
            "id": "09090909/17",
            "source": "mulu:mulu-test",
            "type": "org.mulu.grant.suspended.v1",
            "subject": "grant/3",
            "time": "2026-08-01T12:30:05.25Z",
            "datacontenttype": "application/json",
            "data": {
                "record": 17,
                "height": 5,
                "kind": "grant_suspended",
                "moment": 1_785_587_405_250_u64,
                "department": 1,
                "signer": "07".repeat(32),
                "extrinsic": null,
                "subjects": ["department/2", "grant/3/1"],
                "body": {"grant": 3, "reason": "leak"},
            },
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn an_agreed_request_is_an_event_of_the_grant_that_begins() {
        let mut agreed = record(RecordKind::RequestAgreed, json!({}));
        agreed.subjects = vec![Subject::Request(RequestId::new(8)), Subject::Grant(GrantId::new(3), Version::new(1))];
        assert_eq!(ledger().event(&agreed).subject.as_deref(), Some("grant/3"));
        agreed.subjects.pop();
        assert_eq!(ledger().event(&agreed).subject.as_deref(), Some("request/8"));
        agreed.subjects.pop();
        assert_eq!(ledger().event(&agreed).subject, None);
    }

    #[test]
    fn a_batch_tells_its_findings_by_event_and_in_words() {
        let header = BatchHeader {
            suite: Suite::default(),
            genesis: [9; 32],
            codec_version: 1,
            leaf_version: 1,
            stream: StreamId::new(4),
            first: EventNumber::new(100),
            count: 50,
            previous: [0; 32],
            time_base: Moment::new(1),
            public_root: [1; 32],
            sealed_root: [2; 32],
            body_bytes: 3,
            body_digest: [4; 32],
        };
        let found = EventFindings { place: 7, findings: Findings::OVER_QUOTA.with(Findings::LATE) };
        let batch = BatchRecord {
            platform: SystemId::new(6),
            key: [5; 32],
            header,
            signature: [0; 64],
            time_last: Moment::new(9),
            runs: List::default(),
            findings: List::try_from(vec![found]).unwrap(),
        };
        let mut accepted = record(RecordKind::BatchAccepted, serde_json::to_value(&batch).unwrap());
        accepted.subjects = vec![Subject::Stream(StreamId::new(4))];
        let event = ledger().event(&accepted);
        assert_eq!(event.kind, "org.mulu.finding.events.v1");
        let body = json!({
            "platform": 6, "stream": 4, "first": 100, "count": 50, "time_base": 1, "time_last": 9,
            "findings": [{"event": 107, "findings": ["over_quota", "late"]}],
        });
        assert_eq!(event.data.body, body);
    }

    #[test]
    fn every_subject_has_a_path_and_every_time_is_one() {
        let account = path(&Subject::Account([1; 32]), true);
        assert_eq!(account, format!("account/{}", "01".repeat(32)));
        assert_eq!(time(Moment::new(u64::MAX)), Timestamp::MAX.to_string());
        assert_eq!(time(Moment::new(0)), "1970-01-01T00:00:00Z");
    }
}
