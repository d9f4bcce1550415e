//! `mounts_`: where the resources of published entries are, and how many entries have any.

use crate::{Cursor, Hex32, Page, catalog::EntryRef};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    catalog::{Method, ResourceCode},
    ids::{DepartmentId, EntryId, Moment, RecordNumber, SystemId, Version},
};
use serde::{Deserialize, Serialize};

/// A mount that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// How the resource is shared.
    pub method: Method,
    /// Its address: a handle that its platforms understand.
    pub address: String,
    /// Digest of its schema.
    pub fingerprint: Hex32,
    /// The platforms that serve it, ascending.
    pub platforms: Vec<SystemId>,
    /// The version that was published when it was mounted.
    pub version: Version,
    /// Record of the mount.
    pub record: RecordNumber,
    /// Since when.
    pub since: Moment,
    /// Digest of the other schema that a platform saw last, if it was not the mount's again since.
    pub mismatch: Option<Hex32>,
}

/// A published entry and its mounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryMounts {
    /// The entry.
    pub entry: EntryId,
    /// Its resource code.
    pub code: ResourceCode,
    /// Its provider.
    pub provider: DepartmentId,
    /// Its mounts, one a method, ascending.
    pub mounts: Vec<Mount>,
}

/// Which published entries; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MountFilter {
    /// Of this provider.
    pub provider: Option<DepartmentId>,
    /// Served by this platform.
    pub platform: Option<SystemId>,
    /// Those with a mount, or those without any.
    pub is_mounted: Option<bool>,
    /// Only those with a mount whose schema a platform saw differ.
    pub mismatch: bool,
}

/// How many entries of a department are published and not withdrawn, and how many of those have a mount (挂载率).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountRate {
    /// The department.
    pub department: DepartmentId,
    /// Its entries that are published and not withdrawn.
    pub published: u32,
    /// Of those with at least one mount.
    pub mounted: u32,
}

/// Mounts.
#[rpc(client, server)]
pub trait Mounts {
    /// The mounts of an entry, one a method; none of an entry that is not published, or withdrawn.
    ///
    /// Bound: one mount for each of the five methods.
    #[method(name = "mounts_entry")]
    async fn entry_mounts(&self, entry: EntryRef) -> RpcResult<Option<EntryMounts>>;

    /// Published entries with their mounts; by code, or by id where a provider is named.
    #[method(name = "mounts_list")]
    async fn mounts(
        &self,
        filter: Option<MountFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<EntryMounts>>;

    /// The mount rate of a department.
    ///
    /// Bound: one row.
    #[method(name = "mounts_rate")]
    async fn mount_rate(&self, department: DepartmentId) -> RpcResult<Option<MountRate>>;
}
