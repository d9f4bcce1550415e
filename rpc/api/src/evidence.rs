//! `evidence_`: evidence packages, and the file that anchors them.

use crate::{Hex, access::EventRef, catalog::EntryRef};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    access::Series,
    certificate::ValidatorSet,
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

/// Most changes of one `evidence_validators`.
pub const CHANGES_MAX: usize = 64;

/// A change of the validator set: what a client needs to know who signs after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorChange {
    /// Height of the header that names the set; it signs from the next height on.
    pub height: Height,
    /// SCALE bytes of that header.
    pub header: Hex,
    /// SCALE bytes of its certificate, by the set before.
    pub certificate: Hex,
    /// The set.
    pub validators: ValidatorSet,
}

/// Evidence.
#[rpc(client, server)]
pub trait Evidence {
    /// Evidence package of an event, without its sealed part: the vault's holder adds that. Proven against the head, or against the
    /// header of `tip`, so that a reader's checkpoint can be that header.
    ///
    /// Bound: one package: 8 MiB, 1,024 records, 1,024 headers.
    #[method(name = "evidence_event", with_extensions)]
    async fn event(&self, event: EventRef, tip: Option<Height>) -> RpcResult<Hex>;

    /// Filing certificate (数据备案证明) of a version of an entry; without one, of the version in force. Proven like an event.
    ///
    /// Bound: one package: 8 MiB, 1,024 records, 1,024 headers.
    #[method(name = "evidence_filing", with_extensions)]
    async fn filing(&self, entry: EntryRef, version: Option<Version>, tip: Option<Height>) -> RpcResult<Hex>;

    /// Evidence package that a list holds every event of a series that was reported between two heights, and the list. At most 32,768
    /// events in 960 batches; the error says up to which height they fit.
    ///
    /// Bound: one package: 8 MiB, 32,768 events in 960 batches.
    #[method(name = "evidence_list", with_extensions)]
    async fn list(&self, request: ListRequest) -> RpcResult<Hex>;

    /// The genesis file. Compare its hash with one from a source that you trust more than this node.
    ///
    /// Bound: one file: at most 100 validators.
    #[method(name = "evidence_genesis")]
    async fn genesis(&self) -> RpcResult<GenesisFile>;

    /// Changes of the validator set above a height, ascending; above genesis without one. Whoever has the genesis file and follows them
    /// knows by whose signatures a header is final.
    ///
    /// Bound: 64 changes of at most 100 validators; go on above the last one's height.
    #[method(name = "evidence_validators")]
    async fn validator_changes(&self, above: Option<Height>) -> RpcResult<Vec<ValidatorChange>>;
}
