//! `evidence_`: evidence packages, and the file that anchors them.

use crate::{Hex, access::EventRef, catalog::EntryRef};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    access::Series,
    genesis::GenesisFile,
    ids::{Height, Version},
};
use serde::{Deserialize, Serialize};

/// Which events a list is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRequest {
    /// Series.
    pub series: Series,
    /// The list begins above this height; from the first event of all where none is named.
    #[serde(default)]
    pub above: Option<Height>,
    /// The list ends at this height; at the tip where none is named.
    #[serde(default)]
    pub until: Option<Height>,
    /// Prove against the header of this height instead of the head.
    #[serde(default)]
    pub tip: Option<Height>,
}

/// Evidence.
#[rpc(client, server)]
pub trait Evidence {
    /// Evidence package of an event, without its sealed part: the vault's holder adds that. Proven against the head, or against the
    /// header of `tip`, so that a reader's checkpoint can be that header.
    #[method(name = "evidence_event")]
    async fn event(&self, event: EventRef, tip: Option<Height>) -> RpcResult<Hex>;

    /// Filing certificate (数据备案证明) of a version of an entry; without one, of the version in force. Proven like an event.
    #[method(name = "evidence_filing")]
    async fn filing(&self, entry: EntryRef, version: Option<Version>, tip: Option<Height>) -> RpcResult<Hex>;

    /// Evidence package that a list holds every event of a series that was reported between two heights, and the list. At most 32,768
    /// events in 960 batches; the error says up to which height they fit.
    #[method(name = "evidence_list")]
    async fn list(&self, request: ListRequest) -> RpcResult<Hex>;

    /// The genesis file. Compare its hash with one from a source that you trust more than this node.
    #[method(name = "evidence_genesis")]
    async fn genesis(&self) -> RpcResult<GenesisFile>;
}
