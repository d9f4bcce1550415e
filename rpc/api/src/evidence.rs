//! `evidence_`: evidence packages, and the file that anchors them.

use crate::{Hex, access::EventRef, catalog::EntryRef};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    genesis::GenesisFile,
    ids::{Height, Version},
};

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

    /// The genesis file. Compare its hash with one from a source that you trust more than this node.
    #[method(name = "evidence_genesis")]
    async fn genesis(&self) -> RpcResult<GenesisFile>;
}
