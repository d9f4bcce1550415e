//! `sharing_`: purposes, policies, requests and grants, told from their records.

use crate::{Cursor, Hex32, Page, catalog::EntryRef};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    calendar::{Day, DeadlineEnd, DeadlineKind, Due},
    catalog::{ChangeKind, Methods},
    departments::{AccountKey, Role, SignedAs},
    grants::{GrantState, GrantTerms, UseKind},
    ids::{DeadlineId, DepartmentId, EntryId, GrantId, Moment, PurposeId, RecordNumber, RequestId, Version},
    records::RecordKind,
    sharing::{Policy, RequestTerms, StandingConsent},
};
use serde::{Deserialize, Serialize};

/// A purpose of the governed list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// Permanent id.
    pub id: PurposeId,
    /// Code.
    pub code: String,
    /// What it means.
    pub name: String,
    /// Record of the registration.
    pub record: RecordNumber,
}

/// The policy for requests made from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPolicy {
    /// Entry.
    pub entry: EntryId,
    /// Stages before the provider's officer, who always signs last.
    pub policy: Policy,
    /// Record that set it; none while nobody has: then the officer alone decides.
    pub record: Option<RecordNumber>,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Made; waits for the consumer's officer.
    Created,
    /// Endorsed; waits for the approvers of the policy's stages.
    Endorsed,
    /// No stage waits for approvals, or the policy has none; waits for the provider's officer.
    Approved,
    /// Something is missing; waits for the consumer's applicant (art. 21).
    Supplement,
    /// Agreed: a grant began.
    Agreed,
    /// Refused with a reason.
    Refused,
    /// Withdrawn by the consumer.
    Withdrawn,
}

/// Whose signature a request waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Departments, of one of which the signer is.
    pub departments: Vec<DepartmentId>,
    /// Role.
    pub role: Role,
    /// Stage of the policy, for approvals.
    pub stage: Option<u8>,
    /// The named approvers who have not signed the stage; empty if whoever holds the role may sign.
    pub approvers: Vec<AccountKey>,
    /// Signatures that are missing.
    pub missing: u32,
}

/// One signed step of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// What was signed.
    pub act: RecordKind,
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// Who signed; nobody where a standing consent agrees.
    pub account: Option<AccountKey>,
    /// In which role; where a standing consent agrees, the role in which that was signed.
    pub signed_as: SignedAs,
    /// Stage of the policy, for approvals.
    pub stage: Option<u8>,
    /// The record of the standing consent that agrees in the officer's place.
    pub consent: Option<RecordNumber>,
}

/// What a record says in numbers and closed lists, beside anybody's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// So many working days: asked for as an extension, or set as a term.
    WorkingDays(u16),
    /// An extension by so many working days was granted.
    Granted(u16),
    /// An extension by so many working days was denied.
    Denied(u16),
    /// What a clock is for.
    Clock(DeadlineKind),
    /// How a clock ended.
    Stopped(DeadlineEnd),
    /// A standing consent agreed in the officer's place; nobody signed. Its record.
    StandingConsent(RecordNumber),
    /// The holder of a grant was told what changed in its entry.
    Changed {
        /// What changed.
        kind: ChangeKind,
        /// The items that changed, as bits of the version that the grant is on; none where the entry changed as a whole.
        items: u64,
        /// The methods that are gone.
        methods: Methods,
        /// The record of the act that changed it.
        record: RecordNumber,
    },
    /// What a record on the use is about, and the day that it is of.
    Used {
        /// What about.
        kind: UseKind,
        /// The day.
        on: Day,
    },
}

/// One record of a request or grant: an act, or a step of its clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineStep {
    /// What happened.
    pub act: RecordKind,
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// Who signed; none for what follows by itself.
    pub account: Option<AccountKey>,
    /// In which role, where the act takes one.
    pub signed_as: Option<SignedAs>,
    /// What was said, in the signer's words: the reason, what is missing, what has to be mended; empty where nothing was.
    pub said: String,
    /// What the record says besides.
    pub note: Option<Note>,
    /// For a signature under terms that are gone: the record of the resubmission that voids it.
    pub void_since: Option<RecordNumber>,
    /// For a clock: which deadline it is.
    pub deadline: Option<DeadlineId>,
    /// For a clock that runs: the last day in time, and the first moment at which it is overdue.
    pub due: Option<Due>,
}

/// A standing consent of a provider's officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryConsent {
    /// Entry.
    pub entry: EntryId,
    /// Under which conditions the ledger agrees; none if it was revoked or never given.
    pub consent: Option<StandingConsent>,
    /// The record that gave it, or revoked it.
    pub record: Option<RecordNumber>,
    /// Why it was revoked.
    pub revoked: Option<String>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Permanent id.
    pub id: RequestId,
    /// How far it has come.
    pub state: RequestState,
    /// Provider of the entry.
    pub provider: DepartmentId,
    /// What is asked for.
    pub terms: RequestTerms,
    /// What every signer signs.
    pub digest: Hex32,
    /// Policy that decides on it.
    pub policy: Policy,
    /// Who signed what, in order; the applicant first.
    pub signatures: Vec<Signature>,
    /// Whose signature it waits for; none at the end.
    pub waiting: Option<Waiting>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The grant that came of it.
    pub grant: Option<GrantId>,
    /// What the provider asked to be supplemented, while that is open.
    pub missing: Option<String>,
    /// Every record of it, ascending, voided signatures and clocks included.
    pub timeline: Vec<TimelineStep>,
}

/// A request as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestSummary {
    /// Permanent id.
    pub id: RequestId,
    /// How far it has come.
    pub state: RequestState,
    /// Entry.
    pub entry: EntryId,
    /// Version of the entry.
    pub entry_version: Version,
    /// Consumer.
    pub consumer: DepartmentId,
    /// Provider.
    pub provider: DepartmentId,
    /// Block time at which it was made.
    pub created: Moment,
    /// Whose signature it waits for.
    pub waiting: Option<Waiting>,
}

/// Which requests; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestFilter {
    /// For this entry.
    pub entry: Option<EntryId>,
    /// Of this consumer.
    pub consumer: Option<DepartmentId>,
    /// To this provider.
    pub provider: Option<DepartmentId>,
    /// In this state.
    pub state: Option<RequestState>,
}

/// Whether data may flow under a grant now, and if not, why: from its state, its period, its entry and its departments, at the head's
/// block time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InForce {
    /// Agreed; the provider has not provided the data yet (art. 22).
    Agreed,
    /// Provided; the period begins later.
    NotYet,
    /// Data may flow.
    Active,
    /// The provider suspended it (art. 27).
    PausedByProvider,
    /// The competent authority suspended it, or took the suspension over (art. 27).
    PausedByAuthority,
    /// Its entry is suspended.
    PausedByEntry,
    /// Its provider or consumer is suspended or retired.
    PausedByDepartment,
    /// Its period is over; the data have to be disposed of (art. 27).
    Expired,
    /// It has ended by an act, or because its entry was withdrawn; the data have to be disposed of (art. 27).
    Ended,
    /// It is over, and the data were disposed of (art. 27).
    Disposed,
}

/// Which grants; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantFilter {
    /// For this entry.
    pub entry: Option<EntryId>,
    /// Of this consumer.
    pub consumer: Option<DepartmentId>,
    /// To this provider.
    pub provider: Option<DepartmentId>,
    /// In this state.
    pub state: Option<GrantState>,
    /// Standing so now.
    pub in_force: Option<InForce>,
}

/// A change of a grant's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Block time.
    pub moment: Moment,
    /// State from then on.
    pub state: GrantState,
    /// Its record.
    pub record: RecordNumber,
    /// Why, where a reason is due; else empty.
    pub reason: String,
    /// In which role; nobody signs an end that follows from the withdrawal of the entry.
    pub signed_as: Option<SignedAs>,
}

/// A version of a grant and the record that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantVersion {
    /// Terms.
    pub terms: GrantTerms,
    /// Record.
    pub record: RecordNumber,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Permanent id.
    pub id: GrantId,
    /// The state that its records give it.
    pub state: GrantState,
    /// Whether data may flow under it now, and if not, why.
    pub in_force: InForce,
    /// Request it came from.
    pub request: RequestId,
    /// Its versions, ascending.
    pub versions: Vec<GrantVersion>,
    /// Every change of its state, ascending.
    pub transitions: Vec<Transition>,
    /// Every record of it, ascending, clocks included; event batches are not among them.
    pub timeline: Vec<TimelineStep>,
}

/// A grant as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantSummary {
    /// Permanent id.
    pub id: GrantId,
    /// The state that its records give it.
    pub state: GrantState,
    /// Whether data may flow under it now, and if not, why.
    pub in_force: InForce,
    /// Latest version.
    pub version: Version,
    /// Request it came from.
    pub request: RequestId,
    /// Entry.
    pub entry: EntryId,
    /// Version of the entry.
    pub entry_version: Version,
    /// Consumer.
    pub consumer: DepartmentId,
    /// Provider.
    pub provider: DepartmentId,
    /// First moment.
    pub from: Moment,
    /// First moment after.
    pub until: Moment,
}

/// Purposes, policies, requests, grants.
#[rpc(client, server)]
pub trait Sharing {
    /// All purposes, ascending by id.
    #[method(name = "sharing_purposes")]
    async fn purposes(&self, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<Purpose>>;

    /// The policy of an entry.
    ///
    /// Bound: told from the last 4,096 acts on the entry.
    #[method(name = "sharing_policy", with_extensions)]
    async fn policy(&self, entry: EntryRef) -> RpcResult<Option<EntryPolicy>>;

    /// The standing consent for an entry.
    ///
    /// Bound: told from the last 4,096 acts on the entry.
    #[method(name = "sharing_consent", with_extensions)]
    async fn consent(&self, entry: EntryRef) -> RpcResult<Option<EntryConsent>>;

    /// A request.
    ///
    /// Bound: told from its last 4,096 acts; as many steps at most.
    #[method(name = "sharing_request", with_extensions)]
    async fn share_request(&self, request: RequestId) -> RpcResult<Option<Request>>;

    /// Requests, newest first.
    #[method(name = "sharing_requests", with_extensions)]
    async fn requests(
        &self,
        filter: Option<RequestFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<RequestSummary>>;

    /// A grant.
    ///
    /// Bound: told from its last 4,096 acts; as many steps at most.
    #[method(name = "sharing_grant", with_extensions)]
    async fn grant(&self, grant: GrantId) -> RpcResult<Option<Grant>>;

    /// Grants, newest first.
    #[method(name = "sharing_grants", with_extensions)]
    async fn grants(
        &self,
        filter: Option<GrantFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<GrantSummary>>;
}
