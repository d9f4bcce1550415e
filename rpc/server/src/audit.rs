//! The audit of the audit (SPEC §9): what an auditor asks is noted, durably, before the answer leaves.
//!
//! ```text
//! call of an auditor ─> scope, digest ─> note ─> written and synced ─> answer
//!                                                  └─ the node tells the ledger, under a key of its own
//! ```

use crate::failure::Failure;
use mulu_proofs::{
    audit::{QueryAbout, QueryKind, QueryScope, query_digest},
    ids::{DepartmentId, Digest32, DisputeId, EntryId, GrantId, PublicKey, RequestId, StreamId},
};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

/// Notes that wait to be written.
const NOTES_MAX: usize = 1_024;
/// How deep a question's parameters are looked into for what it is about.
const DEPTH_MAX: usize = 4;

/// Where questions of auditors are noted.
#[derive(Clone, Debug)]
pub struct Audit {
    notes: mpsc::Sender<Note>,
    may: watch::Receiver<Result<(), NotNoted>>,
}

/// A question, on its way to the disk.
#[derive(Debug)]
pub struct Note {
    /// Who asked.
    pub account: PublicKey,
    /// About what.
    pub scope: QueryScope,
    /// Digest of the question.
    pub digest: Digest32,
    /// Says that it is written, and will be after a power cut.
    pub reply: oneshot::Sender<Result<(), NotNoted>>,
}

/// Why a question is not noted, and so not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNoted {
    /// The node has no key for it.
    #[error(
        "this node does not answer auditors, because it has no key under which it tells the ledger what they ask; its operator names one in [rpc.audit] of \
         config.toml, or ask another node"
    )]
    NoKey,
    /// The key may not.
    #[error(
        "this node does not answer auditors, because its key in [rpc.audit] holds no role operator in force; the department's admin gives it, or ask another \
         node"
    )]
    NotOperator,
    /// The key is not of the node's own department.
    #[error(
        "this node does not answer auditors, because its key in [rpc.audit] is an account of another department than the one that runs the node; its operator \
         names one of the node's own department, or ask another node"
    )]
    OtherDepartment,
    /// Too many wait.
    #[error("this node has too many questions of auditors to tell the ledger; ask another node, or later")]
    Full,
    /// The disk failed.
    #[error("this node cannot write down what auditors ask; its operator looks into its log, or ask another node")]
    Failed,
}

impl Audit {
    /// With who writes the notes. `may` says whether the ledger takes them from this node, or why it does not.
    pub fn new(may: watch::Receiver<Result<(), NotNoted>>) -> (Self, mpsc::Receiver<Note>) {
        let (notes, written) = mpsc::channel(NOTES_MAX);
        (Self { notes, may }, written)
    }

    /// Notes a question; when this returns, the note outlives the process and the power.
    ///
    /// # Errors
    /// [`NotNoted`]: then the question must not be answered.
    pub async fn note(&self, account: PublicKey, scope: QueryScope, digest: Digest32) -> Result<(), NotNoted> {
        let may = *self.may.borrow();
        may?;
        let (reply, written) = oneshot::channel();
        self.notes.send(Note { account, scope, digest, reply }).await.map_err(|_| NotNoted::Failed)?;
        written.await.map_err(|_| NotNoted::Failed)?
    }
}

/// Notes the call of an auditor. `parameters` is its JSON, if it has any.
///
/// # Errors
/// [`Failure::NotNoted`]: then the call must not be answered.
pub async fn note(
    audit: Option<&Audit>,
    account: PublicKey,
    method: &str,
    parameters: Option<&str>,
) -> Result<(), Failure> {
    let audit = audit.ok_or(Failure::NotNoted(NotNoted::NoKey))?;
    let (scope, digest) = question(method, parameters);
    audit.note(account, scope, digest).await.map_err(Failure::NotNoted)
}

/// What a call is about, and its digest. Parameters that are missing count as an empty list, those that do not read as the text that they are.
pub fn question(method: &str, parameters: Option<&str>) -> (QueryScope, Digest32) {
    let parameters = parameters.unwrap_or("[]");
    let kind = kind_of(method);
    match serde_json::from_str::<Value>(parameters) {
        Ok(mut value) => {
            value.sort_all_objects();
            let about = about_of(method, &value);
            (QueryScope { kind, about }, query_digest(method, &value.to_string()))
        }
        Err(_) => (QueryScope::all_of(kind), query_digest(method, parameters)),
    }
}

fn kind_of(method: &str) -> QueryKind {
    match method.split_once('_').map_or(method, |(namespace, _)| namespace) {
        "catalog" | "elements" | "mounts" => QueryKind::Catalog,
        "sharing" => QueryKind::Sharing,
        "access" | "decision" => QueryKind::Access,
        "records" => QueryKind::Records,
        "evidence" => QueryKind::Evidence,
        "stats" => QueryKind::Figures,
        "departments" if method == "departments_counters" => QueryKind::Figures,
        "departments" => QueryKind::Departments,
        "deadlines" | "calendar" => QueryKind::Deadlines,
        "oversight" => QueryKind::Oversight,
        "governance" => QueryKind::Governance,
        _ => QueryKind::Chain,
    }
}

/// The first parameter of the methods that are about something: its name, as the trait has it. What else stands among the parameters
/// is passed over by the method itself, so that it must not say what the question is about.
fn first_of(method: &str) -> Option<&'static str> {
    Some(match method {
        "access_history"
        | "access_repudiations"
        | "catalog_entries"
        | "deadlines_list"
        | "elements_list"
        | "governance_proposals"
        | "mounts_list"
        | "oversight_disputes"
        | "oversight_queries"
        | "sharing_grants"
        | "sharing_requests"
        | "stats_daily" => "filter",
        "records_list" => "of",
        "access_event" | "evidence_event" => "event",
        "sharing_request" | "evidence_list" => "request",
        "catalog_entry" | "catalog_content" | "mounts_entry" | "sharing_policy" | "sharing_consent"
        | "evidence_filing" => "entry",
        "sharing_grant" | "access_reconciliation" => "grant",
        "access_stream" => "stream",
        "oversight_dispute" => "dispute",
        "departments_get"
        | "departments_budget"
        | "departments_counters"
        | "departments_systems"
        | "elements_sources"
        | "mounts_rate" => "department",
        "departments_hosted" => "host",
        _ => return None,
    })
}

/// What the first parameter names: itself where it is a bare number, else by the name under which a number stands in it.
fn about_of(method: &str, parameters: &Value) -> QueryAbout {
    let found = first_of(method).and_then(|name| {
        let first = match parameters {
            Value::Array(values) => values.first()?,
            Value::Object(members) => members.get(name)?,
            _ => return None,
        };
        if first.is_number() { about_under(name)?(first) } else { named(first, DEPTH_MAX) }
    });
    found.unwrap_or(QueryAbout::Everything)
}

fn about_under(name: &str) -> Option<About> {
    NAMES.iter().find_map(|(known, about)| (*known == name).then_some(*about))
}

/// The narrowest thing that is named anywhere in a parameter.
fn named(value: &Value, depth: usize) -> Option<QueryAbout> {
    match value {
        Value::Object(members) => {
            let found = NAMES.iter().find_map(|(name, about)| about(members.get(*name)?));
            found.or_else(|| members.values().find_map(|inner| named(inner, depth.checked_sub(1)?)))
        }
        Value::Array(values) => values.iter().find_map(|inner| named(inner, depth.checked_sub(1)?)),
        _ => None,
    }
}

type About = fn(&Value) -> Option<QueryAbout>;

/// Names under which parameters stand, the narrowest first.
const NAMES: &[(&str, About)] = &[
    ("pseudonym", |value| (!value.is_null()).then_some(QueryAbout::Pseudonym)),
    ("grant", |value| number_of(value).map(|id| QueryAbout::Grant(GrantId::new(id)))),
    ("request", |value| number_of(value).map(|id| QueryAbout::Request(RequestId::new(id)))),
    ("dispute", |value| number_of(value).map(|id| QueryAbout::Dispute(DisputeId::new(id)))),
    ("stream", |value| number_of(value).map(|id| QueryAbout::Stream(StreamId::new(id)))),
    ("entry", |value| number_of(value).map(|id| QueryAbout::Entry(EntryId::new(id)))),
    ("department", |value| number_of(value).map(|id| QueryAbout::Department(DepartmentId::new(id)))),
    ("provider", |value| number_of(value).map(|id| QueryAbout::Department(DepartmentId::new(id)))),
    ("consumer", |value| number_of(value).map(|id| QueryAbout::Department(DepartmentId::new(id)))),
    ("host", |value| number_of(value).map(|id| QueryAbout::Department(DepartmentId::new(id)))),
];

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// A number, or the first of a pair: an entry or grant with its version.
fn number_of(value: &Value) -> Option<u32> {
    number(value).or_else(|| value.as_array()?.first().and_then(number))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn about(method: &str, parameters: &str) -> QueryAbout {
        question(method, Some(parameters)).0.about
    }

    #[test]
    fn a_question_says_what_it_is_about_as_coarse_as_the_ledger_keeps_it() {
        for (method, parameters, expected) in [
            ("sharing_grant", "[7]", QueryAbout::Grant(GrantId::new(7))),
            ("sharing_request", "[8]", QueryAbout::Request(RequestId::new(8))),
            ("access_history", r#"[{"of":{"grant":7}},null,50]"#, QueryAbout::Grant(GrantId::new(7))),
            ("access_history", r#"{"filter":{"of":{"provider":2}}}"#, QueryAbout::Department(DepartmentId::new(2))),
            ("access_history", r#"[{"of":{"pseudonym":"0011223344556677"}}]"#, QueryAbout::Pseudonym),
            ("access_history", r#"[{"of":"all"}]"#, QueryAbout::Everything),
            ("access_event", r#"[{"stream":4,"event":9}]"#, QueryAbout::Stream(StreamId::new(4))),
            ("records_list", r#"[{"subject":{"entry":[3,1]}}]"#, QueryAbout::Entry(EntryId::new(3))),
            ("departments_account", r#"["0x00"]"#, QueryAbout::Everything),
            ("departments_get", "[2]", QueryAbout::Department(DepartmentId::new(2))),
            ("records_get", "[2]", QueryAbout::Everything),
            ("sharing_grants", "[]", QueryAbout::Everything),
            ("sharing_grant", "[4294967296]", QueryAbout::Everything),
            ("sharing_grant", "not JSON", QueryAbout::Everything),
            ("sharing_grant", r#"{"grant":7}"#, QueryAbout::Grant(GrantId::new(7))),
            ("departments_get", r#"{"department":2}"#, QueryAbout::Department(DepartmentId::new(2))),
            ("departments_hosted", "[2]", QueryAbout::Department(DepartmentId::new(2))),
            ("mounts_rate", "[2]", QueryAbout::Department(DepartmentId::new(2))),
            ("sharing_grants", r#"[{"provider":2,"entry":3}]"#, QueryAbout::Entry(EntryId::new(3))),
            ("records_list", r#"{"of":{"grant":7}}"#, QueryAbout::Grant(GrantId::new(7))),
            ("evidence_list", r#"[{"series":{"grant":7}}]"#, QueryAbout::Grant(GrantId::new(7))),
            // Parameters that the methods pass over say nothing.
            ("sharing_grants", r#"[null,null,50,{"grant":4242}]"#, QueryAbout::Everything),
            ("sharing_grants", r#"{"limit":50,"grant":4242}"#, QueryAbout::Everything),
            ("access_history", r#"{"filter":{"of":"all"},"limit":3,"pseudonym":"x"}"#, QueryAbout::Everything),
            ("records_list", r#"{"of":"all","limit":3,"department":8}"#, QueryAbout::Everything),
            ("records_list", r#"{"of":"all","filter":{"department":8}}"#, QueryAbout::Everything),
            ("departments_list", "[null,50,8]", QueryAbout::Everything),
            ("departments_validators", "[8]", QueryAbout::Everything),
            ("governance_plan", r#"[{"grant":4242}]"#, QueryAbout::Everything),
        ] {
            assert_eq!(about(method, parameters), expected, "{method} {parameters}");
        }
        let deep = format!("{}{{\"grant\":1}}{}", "[".repeat(9), "]".repeat(9));
        assert_eq!(about("access_history", &deep), QueryAbout::Everything);
    }

    #[test]
    fn kinds_follow_the_namespace() {
        for (method, kind) in [
            ("catalog_search", QueryKind::Catalog),
            ("departments_counters", QueryKind::Figures),
            ("departments_list", QueryKind::Departments),
            ("oversight_queries", QueryKind::Oversight),
            ("chain_getBlock", QueryKind::Chain),
            ("state_getStorage", QueryKind::Chain),
            ("nonsense", QueryKind::Chain),
        ] {
            assert_eq!(question(method, None).0.kind, kind, "{method}");
        }
    }

    #[test]
    fn a_digest_hangs_on_what_was_asked_and_not_on_how_it_was_spaced() {
        let digest = |parameters: &str| question("access_history", Some(parameters)).1;
        let one = digest(r#"[{"of":{"grant":7},"from":1}]"#);
        assert_eq!(one, digest("[ {\"from\": 1,\n \"of\": {\"grant\": 7}} ]"));
        assert_ne!(one, digest(r#"[{"of":{"grant":8},"from":1}]"#));
        assert_eq!(question("system_name", None), question("system_name", Some("[]")));
        assert_eq!(one, query_digest("access_history", r#"[{"from":1,"of":{"grant":7}}]"#), "as the page says");
    }

    #[tokio::test]
    async fn an_answer_waits_for_the_note_and_fails_with_it() {
        let (office, may) = watch::channel(Ok(()));
        let (audit, mut notes) = Audit::new(may);
        let writer = tokio::spawn(async move {
            for answer in [Ok(()), Err(NotNoted::Full)] {
                let note: Note = notes.recv().await.unwrap();
                assert_eq!(note.account, [7; 32]);
                note.reply.send(answer).unwrap();
            }
        });
        let ask = || note(Some(&audit), [7; 32], "sharing_grant", Some("[1]"));
        assert!(ask().await.is_ok());
        assert!(matches!(ask().await, Err(Failure::NotNoted(NotNoted::Full))));
        writer.await.unwrap();
        assert!(matches!(ask().await, Err(Failure::NotNoted(NotNoted::Failed))), "nobody writes any more");
        for why in [NotNoted::NotOperator, NotNoted::OtherDepartment] {
            office.send(Err(why)).unwrap();
            assert!(matches!(ask().await, Err(Failure::NotNoted(told)) if told == why));
        }
        assert!(matches!(note(None, [7; 32], "x", None).await, Err(Failure::NotNoted(NotNoted::NoKey))));
    }
}
