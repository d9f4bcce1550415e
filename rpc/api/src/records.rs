//! `records_`: the record log, and what became of an extrinsic.

use crate::{Cursor, Hex, Hex32, Page};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    departments::AccountKey,
    ids::{DepartmentId, EntryId, GrantId, Height, Moment, RecordNumber, RequestId},
    records::{RecordKind, Subject},
    tree::Path,
};
use serde::{Deserialize, Serialize};

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Number.
    pub number: RecordNumber,
    /// Height of its block.
    pub height: Height,
    /// Place among the block's records, from 0.
    pub place: u32,
    /// What happened.
    pub kind: RecordKind,
    /// Block time.
    pub moment: Moment,
    /// Department that acted; 0 for the chain itself.
    pub department: DepartmentId,
    /// Who signed, if somebody did.
    pub signer: Option<AccountKey>,
    /// Hash of the signed extrinsic, if one caused it.
    pub extrinsic: Option<Hex32>,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// SCALE of the body.
    pub body: Hex,
    /// The body, read.
    pub decoded: serde_json::Value,
}

/// Which records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordsOf {
    /// All of them.
    #[default]
    All,
    /// About a subject; versions of an entry or a grant share one list.
    Subject(Subject),
    /// Of a kind.
    Kind(RecordKind),
    /// That a department caused; 0 for the chain itself.
    Department(DepartmentId),
    /// Acts on an entry.
    Entry(EntryId),
    /// Acts on a request.
    Request(RequestId),
    /// Acts on a grant.
    Grant(GrantId),
}

/// Most kinds of a [`RecordFilter`].
pub const KINDS_MAX: usize = 64;

/// Which records a subscription tells; everything that is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordFilter {
    /// Of this list.
    pub of: RecordsOf,
    /// Of one of these kinds; of any kind where none is named. At most [`KINDS_MAX`].
    pub kinds: Vec<RecordKind>,
    /// That this department caused; 0 for the chain itself.
    pub department: Option<DepartmentId>,
}

/// What a subscription to records says.
// Most of what is told are records: a box would cost an allocation each.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordNews {
    /// A record. The next one to ask for is the one behind it.
    Record(Record),
    /// Everything that was asked for up to the head was told. Comes with every block, so that silence is a broken line.
    Through {
        /// First number that was not looked at: where to go on.
        next: RecordNumber,
        /// Height of the head.
        height: Height,
    },
    /// The last word: the reader was too slow, or the node too busy. Subscribe again from there.
    Lagged {
        /// First number that was not told.
        next: RecordNumber,
    },
}

/// What became of an extrinsic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// Height of its block.
    pub height: Height,
    /// Hash of its block.
    pub block_hash: Hex32,
    /// Place in the block.
    pub place: u32,
    /// Whether the call did what it says. A failed call is in the block too, and changed nothing but the nonce.
    pub success: bool,
    /// Why it failed.
    pub error: Option<CallError>,
    /// Records that it caused.
    pub records: Vec<RecordNumber>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    /// Pallet, or `Runtime` for what is of none.
    pub pallet: String,
    /// Name of the error.
    pub name: String,
    /// What it means and the way out.
    pub docs: String,
}

/// Proof that a record is in the ledger: record → header → history → certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordProof {
    /// SCALE bytes of the record.
    pub record: Hex,
    /// Path to the record root of its header.
    pub path: Path,
    /// SCALE bytes of that header.
    pub header: Hex,
    /// Path to the tip's history root; none if the header is the tip itself.
    pub history: Option<Path>,
    /// SCALE bytes of the tip.
    pub tip: Hex,
    /// SCALE bytes of the tip's certificate.
    pub certificate: Hex,
}

/// The record log.
#[rpc(client, server)]
pub trait Records {
    /// One record.
    ///
    /// Bound: one record: its body has at most 256 KiB.
    #[method(name = "records_get", with_extensions)]
    async fn record(&self, number: RecordNumber) -> RpcResult<Option<Record>>;

    /// Records, newest first.
    #[method(name = "records_list", with_extensions)]
    async fn records(&self, of: RecordsOf, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<Record>>;

    /// What became of an extrinsic; none while it is in no block.
    ///
    /// Bound: one block is looked at.
    #[method(name = "records_extrinsic", with_extensions)]
    async fn extrinsic(&self, hash: Hex32) -> RpcResult<Option<Inclusion>>;

    /// Proof of a record against the head.
    ///
    /// Bound: one record, two headers and their paths.
    #[method(name = "records_proof", with_extensions)]
    async fn proof(&self, number: RecordNumber) -> RpcResult<Option<RecordProof>>;

    /// Every record from a number on, ascending, and then those of each block as it is committed: none is left out, none comes twice.
    /// Without a number, from the next block on. Whoever was cut off subscribes again from the number behind the last one it was told.
    ///
    /// Bound: 64 messages wait for a reader; one that takes none of them for 10 seconds hears `lagged` when it reads again.
    #[subscription(
        name = "records_subscribe" => "records_news",
        unsubscribe = "records_unsubscribe",
        item = RecordNews,
        with_extensions
    )]
    async fn subscribe_records(&self, from: Option<RecordNumber>, filter: Option<RecordFilter>);
}
