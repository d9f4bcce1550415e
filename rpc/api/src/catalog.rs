//! `catalog_`: entries and their versions, told from their records.

use crate::{Cursor, Hex32, Page};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    catalog::{EntryContent, ResourceCode},
    ids::{DepartmentId, EntryId, Moment, RecordNumber, Version},
};
use serde::{Deserialize, Serialize};

/// An entry by its id (a number) or by its resource code (a string).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EntryRef {
    /// By id.
    Id(EntryId),
    /// By resource code.
    Code(ResourceCode),
}

/// How far a version has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Submitted; waits for the head.
    Submitted,
    /// Endorsed by the head; waits for the authority.
    Endorsed,
    /// Reviewed; waits for publication.
    Reviewed,
    /// Published and in force.
    Published,
    /// Published, and a later version is in force.
    Superseded,
    /// Returned with a reason.
    Returned,
}

/// A version of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryVersion {
    /// Version.
    pub version: Version,
    /// How far it has come.
    pub state: VersionState,
    /// Digest of its content: what is endorsed and reviewed.
    pub digest: Hex32,
    /// Block time of its last act.
    pub changed: Moment,
    /// Record of the submission.
    pub submitted: RecordNumber,
    /// Record of the head's endorsement.
    pub endorsed: Option<RecordNumber>,
    /// Record of the authority's review.
    pub reviewed: Option<RecordNumber>,
    /// Record of the publication.
    pub published: Option<RecordNumber>,
    /// Record of the return, and its reason.
    pub returned: Option<(RecordNumber, String)>,
}

/// An entry with its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Permanent id.
    pub id: EntryId,
    /// Resource code.
    pub code: ResourceCode,
    /// Name, in the version in force; else in the latest.
    pub name: String,
    /// Provider department.
    pub provider: DepartmentId,
    /// Version in force, if any.
    pub published: Option<Version>,
    /// The latest versions, ascending; at most [`VERSIONS_MAX`].
    pub versions: Vec<EntryVersion>,
}

/// Most versions that [`Entry`] shows; `records_list` has all.
pub const VERSIONS_MAX: usize = 64;

/// The content of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionContent {
    /// Entry.
    pub id: EntryId,
    /// Version, with its records.
    pub version: EntryVersion,
    /// Content.
    pub content: EntryContent,
}

/// An entry as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntrySummary {
    /// Permanent id.
    pub id: EntryId,
    /// Resource code.
    pub code: ResourceCode,
    /// Name.
    pub name: String,
    /// Provider department.
    pub provider: DepartmentId,
    /// The version that the row shows: the one in force, else the latest.
    pub version: Version,
    /// How far the latest version has come.
    pub state: VersionState,
    /// Version in force, if any.
    pub published: Option<Version>,
}

/// Which entries; everything that is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EntryFilter {
    /// Of this provider.
    pub provider: Option<DepartmentId>,
    /// Whose latest version is in this state.
    pub state: Option<VersionState>,
    /// Whose code begins so.
    pub code_prefix: Option<ResourceCode>,
}

/// Entries.
#[rpc(client, server)]
pub trait Catalog {
    /// An entry with the states and records of its versions.
    #[method(name = "catalog_entry")]
    async fn entry(&self, entry: EntryRef) -> RpcResult<Option<Entry>>;

    /// The content of a version; without one, of the version in force, else of the latest.
    #[method(name = "catalog_content")]
    async fn content(&self, entry: EntryRef, version: Option<Version>) -> RpcResult<Option<VersionContent>>;

    /// Entries; by code, or by id where a provider is named.
    #[method(name = "catalog_entries")]
    async fn entries(
        &self,
        filter: Option<EntryFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<EntrySummary>>;
}
