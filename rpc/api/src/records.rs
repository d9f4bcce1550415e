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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordsOf {
    /// All of them.
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
    #[method(name = "records_get")]
    async fn record(&self, number: RecordNumber) -> RpcResult<Option<Record>>;

    /// Records, newest first.
    #[method(name = "records_list")]
    async fn records(&self, of: RecordsOf, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<Record>>;

    /// What became of an extrinsic; none while it is in no block.
    #[method(name = "records_extrinsic")]
    async fn extrinsic(&self, hash: Hex32) -> RpcResult<Option<Inclusion>>;

    /// Proof of a record against the head.
    #[method(name = "records_proof")]
    async fn proof(&self, number: RecordNumber) -> RpcResult<Option<RecordProof>>;
}
