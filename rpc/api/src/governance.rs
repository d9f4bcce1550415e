//! `governance_`: proposals, told from their records, and what still depends on the head's state.

use crate::{Cursor, Hex32, Page, records::CallError};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    departments::{AccountKey, SignedAs},
    governance::{Majority, ProposalTerms, Tally, UpgradePlan},
    ids::{DepartmentId, Height, Moment, ProposalId, RecordNumber},
};
use serde::{Deserialize, Serialize};

/// How far a proposal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Heads vote on it.
    Voting,
    /// Decided, and waiting for its height.
    Adopted,
    /// Done.
    Enacted,
    /// Decided, but it could not be done; nothing changed.
    Failed,
    /// So many departments refuse that the rest is too few.
    Rejected,
    /// Its time ran out, whether or not the record says so yet.
    Expired,
    /// Its height came before a decision.
    HeightReached,
    /// Withdrawn by the department that made it.
    Withdrawn,
}

/// A department's vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Which department.
    pub department: DepartmentId,
    /// Whether it approves.
    pub approve: bool,
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// Who signed.
    pub account: Option<AccountKey>,
    /// In which role.
    pub signed_as: SignedAs,
    /// The count with this vote.
    pub tally: Tally,
}

/// How a proposal ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// Why the enactment failed, if it did.
    pub error: Option<CallError>,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Permanent id.
    pub id: ProposalId,
    /// How far it has come, at the head's block time.
    pub state: ProposalState,
    /// What is proposed.
    pub terms: ProposalTerms,
    /// What every voter signs.
    pub digest: Hex32,
    /// Department that made it.
    pub proposer: DepartmentId,
    /// Who signed for it.
    pub account: Option<AccountKey>,
    /// Record of the proposal.
    pub made: RecordNumber,
    /// Block time at which it was made.
    pub moment: Moment,
    /// Which share of the departments that have a vote has to approve.
    pub majority: Majority,
    /// The count now while it is open, else at the last vote.
    pub tally: Tally,
    /// Approvals that this count takes.
    pub needed: u32,
    /// The votes, in order.
    pub votes: Vec<Vote>,
    /// How it ended, once the record says so.
    pub ended: Option<Ended>,
}

/// A proposal as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalSummary {
    /// Permanent id.
    pub id: ProposalId,
    /// How far it has come.
    pub state: ProposalState,
    /// What kind of action it is.
    pub action: String,
    /// The department that the action names.
    pub department: Option<DepartmentId>,
    /// Department that made it.
    pub proposer: DepartmentId,
    /// Block time at which it was made.
    pub made: Moment,
    /// First moment at which nobody votes any more.
    pub expires: Moment,
    /// Height at whose end it is enacted, if it names one.
    pub enact_at: Option<Height>,
    /// The count now while it is open, else at the last vote.
    pub tally: Tally,
    /// Approvals that this count takes.
    pub needed: u32,
}

/// Which proposals; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProposalFilter {
    /// Under vote or waiting for their height; or those that have ended.
    pub is_open: Option<bool>,
    /// Made by this department.
    pub proposer: Option<DepartmentId>,
}

impl ProposalState {
    /// Whether heads vote on it or it waits for its height.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Voting | Self::Adopted)
    }
}

/// What departments decide together.
#[rpc(client, server)]
pub trait Governance {
    /// A proposal.
    ///
    /// Bound: told from its last 4,096 records; as many votes at most.
    #[method(name = "governance_proposal")]
    async fn proposal(&self, proposal: ProposalId) -> RpcResult<Option<Proposal>>;

    /// Proposals, newest first.
    #[method(name = "governance_proposals")]
    async fn proposals(
        &self,
        filter: Option<ProposalFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<ProposalSummary>>;

    /// The upgrade that is planned.
    ///
    /// Bound: one plan.
    #[method(name = "governance_plan")]
    async fn plan(&self) -> RpcResult<Option<UpgradePlan>>;
}
