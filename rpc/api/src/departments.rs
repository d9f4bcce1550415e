//! `departments_`: departments, accounts with their roles, systems, as the head's state has them.

use crate::{Cursor, Hex32, Page};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    departments::{AccountKey, CreditCode, DepartmentInfo, Role, SystemInfo},
    ids::{DepartmentId, Moment, RecordNumber},
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
    /// As registered.
    #[serde(flatten)]
    pub info: DepartmentInfo,
    /// Neither suspended nor retired.
    pub is_active: bool,
    /// Record of the registration.
    pub record: RecordNumber,
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
    #[method(name = "departments_get")]
    async fn department(&self, department: DepartmentRef) -> RpcResult<Option<Department>>;

    /// One account with its roles.
    #[method(name = "departments_account")]
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
