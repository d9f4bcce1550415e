//! `departments_`: departments, accounts with their roles, systems, as the head's state has them.

use crate::{Cursor, Hex32, Page, records::CallError};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    budget::{Allowance, Amount},
    calendar::Day,
    departments::{
        AccountKey, BASIS_BYTES_MAX, CreditCode, DepartmentInfo, DepartmentStatus, NodeInfo, Observer, Role, RoleScope,
        SystemInfo,
    },
    ids::{DepartmentId, Moment, PublicKey, RecordNumber},
    text::Text,
};
use serde::{Deserialize, Serialize};

/// A department by its id (a number) or by its credit code (a string).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DepartmentRef {
    /// By id.
    Id(DepartmentId),
    /// By credit code.
    Code(CreditCode),
}

/// A department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// As registered or last revised.
    #[serde(flatten)]
    pub info: DepartmentInfo,
    /// Neither suspended nor retired.
    pub is_active: bool,
    /// Whether departments have admitted it: it has a vote in governance while it is active.
    pub is_admitted: bool,
    /// What it was and is, ascending; the last holds now.
    pub statuses: Vec<StatusHeld>,
    /// Record of the registration.
    pub record: RecordNumber,
}

/// A status of a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusHeld {
    /// First moment at which it held; 0 since ever.
    pub from: Moment,
    /// Status.
    pub status: DepartmentStatus,
}

/// A department whose node another one runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hosted {
    /// The hosted department.
    pub department: DepartmentId,
    /// Its name.
    pub name: String,
    /// The department on whose node it is.
    pub host: DepartmentId,
}

/// What a department may send and has sent, at the head's block time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentBudget {
    /// Department.
    pub department: DepartmentId,
    /// The local day.
    pub day: Day,
    /// When it ends, and the budgets of a day are whole again.
    pub until: Moment,
    /// Acts: everything that is no batch.
    pub acts: BudgetUse,
    /// Event batches.
    pub batches: BudgetUse,
}

/// What a department may send and has sent of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetUse {
    /// What it may send.
    #[serde(flatten)]
    pub allowance: Allowance,
    /// What it has sent today.
    pub used: Amount,
    /// What is left of the day.
    pub left: Amount,
}

/// A validator of the next height.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validator {
    /// The department that runs it.
    pub department: DepartmentId,
    /// Consensus key.
    #[serde(with = "hex::serde")]
    pub key: PublicKey,
    /// Its node; none if peers know it from their configuration.
    pub node: Option<NodeInfo>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its key.
    pub account: AccountKey,
    /// Its department.
    pub department: DepartmentId,
    /// Its next nonce in the state.
    pub nonce: u32,
    /// Its roles, expired ones too.
    pub roles: Vec<RoleHeld>,
    /// The key that took its place: then it signs nothing any more.
    pub replaced_by: Option<AccountKey>,
    /// The key whose place it took.
    pub replaces: Option<AccountKey>,
    /// The replacement that waits, if it was reported lost.
    pub reported_lost: Option<LossReported>,
    /// The last report that others could sign with it, if there is one: then it signs no stream and no decision any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_stolen: Option<TheftReported>,
}

/// A report that others than its owner could sign with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TheftReported {
    /// Record of the report.
    pub record: RecordNumber,
    /// First moment at which others may have signed with it.
    pub from: Moment,
    /// First moment after.
    pub to: Moment,
}

/// A lost key's replacement that waits for its confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossReported {
    /// The key that shall take its place.
    pub new: AccountKey,
    /// Who reported the loss, and cannot confirm it.
    pub reporter: AccountKey,
    /// Record of the report.
    pub record: RecordNumber,
}

/// A role of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleHeld {
    /// Department of the role.
    pub department: DepartmentId,
    /// Role.
    pub role: Role,
    /// Record that gave it; 0 until block 1 has recorded genesis.
    pub given: RecordNumber,
    /// Record with the second signature, where the role needs one.
    pub confirmed: Option<RecordNumber>,
    /// Whether it waits for that.
    pub is_pending: bool,
    /// First moment at which it no longer holds.
    pub expires: Moment,
    /// For whom the holder acts, if it is an acting role.
    pub principal: Option<AccountKey>,
    /// What it is limited to.
    pub scope: RoleScope,
    /// What it rests on.
    pub basis: Text<BASIS_BYTES_MAX>,
    /// Who gave it; nobody in genesis and by governance.
    pub giver: Option<AccountKey>,
    /// Whether it may be used at the head's block time.
    pub is_in_force: bool,
    /// Why not, in the ledger's words.
    pub obstacle: Option<CallError>,
}

/// A system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// As registered.
    #[serde(flatten)]
    pub info: SystemInfo,
    /// Record of the registration.
    pub record: RecordNumber,
}

/// Departments, accounts, systems.
#[rpc(client, server)]
pub trait Departments {
    /// All departments, ascending by id.
    #[method(name = "departments_list")]
    async fn departments(&self, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<Department>>;

    /// One department.
    ///
    /// Bound: one department.
    #[method(name = "departments_get")]
    async fn department(&self, department: DepartmentRef) -> RpcResult<Option<Department>>;

    /// Departments that another one hosts, ascending by id; of one host if it is named.
    #[method(name = "departments_hosted")]
    async fn hosted(
        &self,
        host: Option<DepartmentId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Hosted>>;

    /// What a department may send, and what it may still send today.
    ///
    /// Bound: one department.
    #[method(name = "departments_budget", with_extensions)]
    async fn budget(&self, department: DepartmentId) -> RpcResult<Option<DepartmentBudget>>;

    /// The validators of the next height, ascending by key: at most 100.
    ///
    /// Bound: 100 rows.
    #[method(name = "departments_validators")]
    async fn validators(&self) -> RpcResult<Vec<Validator>>;

    /// The nodes without a vote, ascending by node key: at most 100.
    ///
    /// Bound: 100 rows.
    #[method(name = "departments_observers")]
    async fn observers(&self) -> RpcResult<Vec<Observer>>;

    /// One account with its roles.
    ///
    /// Bound: one account and its roles.
    #[method(name = "departments_account", with_extensions)]
    async fn account(&self, account: Hex32) -> RpcResult<Option<Account>>;

    /// Systems, ascending by id; of one department if it is named.
    #[method(name = "departments_systems")]
    async fn systems(
        &self,
        department: Option<DepartmentId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<System>>;
}
