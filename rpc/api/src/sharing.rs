//! `sharing_`: purposes, policies, requests and grants, told from their records.

use crate::{Cursor, Hex32, Page, catalog::EntryRef};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    departments::{AccountKey, Role, SignedAs},
    grants::{GrantState, GrantTerms},
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
    /// Every stage is complete; waits for the provider's officer.
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
    /// Who signed.
    pub account: Option<AccountKey>,
    /// In which role.
    pub signed_as: SignedAs,
    /// Stage of the policy, for approvals.
    pub stage: Option<u8>,
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
    /// What was said: the reason, what is missing, what has to be mended, what was decided; empty where nothing was.
    pub said: String,
    /// For a clock: which deadline it is.
    pub deadline: Option<DeadlineId>,
    /// For a clock that runs: the first moment at which it is overdue.
    pub due: Option<Moment>,
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

/// Which requests or grants; everything that is named must hold. `state` is of [`RequestState`] or of [`GrantState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SharingFilter<S> {
    /// For this entry.
    pub entry: Option<EntryId>,
    /// Of this consumer.
    pub consumer: Option<DepartmentId>,
    /// To this provider.
    pub provider: Option<DepartmentId>,
    /// In this state.
    pub state: Option<S>,
}

impl<S> Default for SharingFilter<S> {
    fn default() -> Self {
        Self { entry: None, consumer: None, provider: None, state: None }
    }
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
    /// In which role.
    pub signed_as: SignedAs,
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
    /// Its state now. Active means provisioned and within the period of its terms.
    pub state: GrantState,
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
    /// Its state now.
    pub state: GrantState,
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
    #[method(name = "sharing_policy")]
    async fn policy(&self, entry: EntryRef) -> RpcResult<Option<EntryPolicy>>;

    /// The standing consent for an entry.
    #[method(name = "sharing_consent")]
    async fn consent(&self, entry: EntryRef) -> RpcResult<Option<EntryConsent>>;

    /// A request.
    #[method(name = "sharing_request")]
    async fn share_request(&self, request: RequestId) -> RpcResult<Option<Request>>;

    /// Requests, newest first.
    #[method(name = "sharing_requests")]
    async fn requests(
        &self,
        filter: Option<SharingFilter<RequestState>>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<RequestSummary>>;

    /// A grant.
    #[method(name = "sharing_grant")]
    async fn grant(&self, grant: GrantId) -> RpcResult<Option<Grant>>;

    /// Grants, newest first.
    #[method(name = "sharing_grants")]
    async fn grants(
        &self,
        filter: Option<SharingFilter<GrantState>>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<GrantSummary>>;
}
