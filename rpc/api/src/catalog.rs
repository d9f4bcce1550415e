//! `catalog_`: entries and their versions, told from their records.

use crate::{
    Cursor, Hex32, Page,
    deadlines::Deadline,
    search::{SearchAnswer, SearchQuery},
};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    calendar::Day,
    catalog::{EntryContent, EntryStatus, Readiness, ResourceCode, Stop},
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
    /// What later versions took from grants on this one, and when; at the head.
    pub stops: Vec<Stop>,
}

/// Whether an entry may be used, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryStanding {
    /// The status.
    pub status: EntryStatus,
    /// Block time of the act that gave it.
    pub since: Moment,
    /// Record of that act: the first publication, a suspension, its end, or the withdrawal.
    pub record: RecordNumber,
    /// The department that acted.
    pub department: DepartmentId,
    /// Why; a publication gives no reason.
    pub reason: Option<String>,
}

/// A change of law or duties that an entry has not followed yet (art. 17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChange {
    /// Day of the change.
    pub on: Day,
    /// The law, decision or duty that changed.
    pub basis: String,
    /// Record of the report.
    pub record: RecordNumber,
    /// The provider's time for the update. It stands still while a version that answers the change is under review.
    pub deadline: Deadline,
    /// Working days of an extension that the authority has not decided on.
    pub extension_asked: Option<u16>,
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
    /// Version in force, or the last that was, if the entry is withdrawn.
    pub published: Option<Version>,
    /// Whether it may be used; none as long as no version was published.
    pub standing: Option<EntryStanding>,
    /// Which of the six conditions of §5.4.1 the version in force meets, else the latest; at the head.
    pub readiness: Readiness,
    /// The change that it has not followed yet; at the head.
    pub change: Option<OpenChange>,
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
    /// Version in force, or the last that was, if the entry is withdrawn.
    pub published: Option<Version>,
    /// Whether it may be used; none as long as no version was published.
    pub status: Option<EntryStatus>,
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
    ///
    /// Bound: told from the last 4,096 acts on it; the last 64 versions.
    #[method(name = "catalog_entry", with_extensions)]
    async fn entry(&self, entry: EntryRef) -> RpcResult<Option<Entry>>;

    /// The content of a version; without one, of the version in force, else of the latest.
    ///
    /// Bound: one version, which was one record: under 1 MiB.
    #[method(name = "catalog_content", with_extensions)]
    async fn content(&self, entry: EntryRef, version: Option<Version>) -> RpcResult<Option<VersionContent>>;

    /// Entries; by code, or by id where a provider is named.
    #[method(name = "catalog_entries", with_extensions)]
    async fn entries(
        &self,
        filter: Option<EntryFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<EntrySummary>>;

    /// Entries by words and facets, the best first, with counts by facet.
    ///
    /// Bound: 100 rows, 20 unless `limit` says otherwise; two seconds, then an error.
    #[method(name = "catalog_search", with_extensions)]
    async fn search(&self, query: SearchQuery, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<SearchAnswer>;
}
