//! `oversight_`: disputes, told from their records, and what is counted of a department.

use crate::{Cursor, Hex32, Page};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    audit::QueryScope,
    departments::AccountKey,
    ids::{DeadlineId, DepartmentId, DisputeId, Moment, QueryNumber, RecordNumber},
    oversight::{CountKind, Matter},
    papers::Papers,
    records::RecordKind,
};
use serde::{Deserialize, Serialize};

/// How far a dispute has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// The parties negotiate.
    Negotiating,
    /// The authority has to decide.
    AtAuthority,
    /// It has decided, and a party may have the government decide instead.
    Decided,
    /// The government has to decide.
    AtGovernment,
    /// The parties have agreed.
    Settled,
    /// The claim was withdrawn.
    Withdrawn,
    /// The authority's decision stands: nobody appealed in time, whether or not the record says so yet, or the appeal was withdrawn.
    Final,
    /// The government has decided.
    DecidedByGovernment,
}

/// Terms that wait for the other party's confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Who proposed them.
    pub by: DepartmentId,
    /// The terms.
    pub terms: String,
    /// What the other party signs.
    pub digest: Hex32,
}

/// A step of a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeStep {
    /// What happened.
    pub kind: RecordKind,
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// Department that acted; 0 for the chain itself.
    pub department: DepartmentId,
    /// Who signed.
    pub account: Option<AccountKey>,
    /// What was said.
    pub said: Option<String>,
    /// The government's document, if it names one.
    pub document: Option<String>,
    /// Commitment to papers that stay off the chain.
    pub papers: Option<Papers>,
}

/// A dispute as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeSummary {
    /// Permanent id.
    pub id: DisputeId,
    /// How far it has come, at the head's block time.
    pub state: DisputeState,
    /// What it is about.
    pub matter: Matter,
    /// Who opened it.
    pub claimant: DepartmentId,
    /// Against whom.
    pub respondent: DepartmentId,
    /// Block time at which it was opened.
    pub opened: Moment,
    /// The authority that deals with it, once a party has escalated it.
    pub authority: Option<DepartmentId>,
    /// For which party it was decided last, if it was, and not for neither.
    pub favour: Option<DepartmentId>,
    /// The clock of its stage, if one runs.
    pub clock: Option<DeadlineId>,
    /// First moment at which that is overdue.
    pub due: Option<Moment>,
    /// Whether it is.
    pub is_overdue: bool,
}

/// A dispute and its timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Where it stands.
    #[serde(flatten)]
    pub summary: DisputeSummary,
    /// Terms that wait for a confirmation.
    pub settlement: Option<Settlement>,
    /// Its steps, ascending.
    pub steps: Vec<DisputeStep>,
}

/// Which disputes; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisputeFilter {
    /// Those that have not ended, or those that have.
    pub is_open: Option<bool>,
    /// Those of which this department is a party, or the authority.
    pub department: Option<DepartmentId>,
}

/// How often something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What.
    pub kind: CountKind,
    /// Where the Regulation names it.
    pub articles: String,
    /// How often.
    pub count: u32,
}

/// What is counted of a department in a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The department.
    pub department: DepartmentId,
    /// The year, by the ledger's local days.
    pub year: u16,
    /// Every count, those of nothing too.
    pub counts: Vec<Count>,
}

/// Which questions of auditors; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueryFilter {
    /// Those of this auditor.
    pub auditor: Option<AccountKey>,
    /// Those that were told under this key of a node.
    pub node: Option<AccountKey>,
}

/// Questions of auditors, as a node told them: one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryReport {
    /// The record.
    pub record: RecordNumber,
    /// Its block time: the questions were asked before, if the node's clock was right.
    pub recorded_at: Moment,
    /// Department of the node.
    pub department: DepartmentId,
    /// Key under which the node tells questions.
    pub node: AccountKey,
    /// The questions that were asked for, ascending by number.
    pub queries: Vec<AuditorsQuery>,
}

/// One question of an auditor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditorsQuery {
    /// Its number among those of the node's key, from 1 without gaps.
    pub number: QueryNumber,
    /// Who asked.
    pub auditor: AccountKey,
    /// About what.
    pub scope: QueryScope,
    /// When, by the node's clock.
    pub moment: Moment,
    /// Digest of method and parameters.
    pub digest: Hex32,
}

impl DisputeState {
    /// Whether somebody still has to act, or may.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Negotiating | Self::AtAuthority | Self::Decided | Self::AtGovernment)
    }
}

/// Disputes and counters.
#[rpc(client, server)]
pub trait Oversight {
    /// A dispute with its timeline.
    ///
    /// Bound: told from its last 4,096 acts; as many steps at most.
    #[method(name = "oversight_dispute", with_extensions)]
    async fn dispute(&self, dispute: DisputeId) -> RpcResult<Option<Dispute>>;

    /// Disputes, newest first.
    #[method(name = "oversight_disputes", with_extensions)]
    async fn disputes(
        &self,
        filter: Option<DisputeFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<DisputeSummary>>;

    /// What auditors asked nodes, the last report first.
    #[method(name = "oversight_queries", with_extensions)]
    async fn queries(
        &self,
        filter: Option<QueryFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<QueryReport>>;

    /// What is counted of a department, in this year if none is named.
    ///
    /// Bound: one row for each kind of count.
    #[method(name = "departments_counters")]
    async fn counters(&self, department: DepartmentId, year: Option<u16>) -> RpcResult<Option<Counters>>;
}
