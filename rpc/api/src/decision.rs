//! `decision_`: may this call proceed? For gateways that speak JSON-RPC, and for people who check a mapping.

use crate::Hex32;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    catalog::Method,
    ids::{DepartmentId, EntryId, GrantId, Height, Moment, PublicKey, PurposeId, SystemId, Version},
};
use serde::{Deserialize, Serialize};

/// Most rows of [`CheckedRoutes`].
pub const CHECKED_MAX: u32 = 500;

/// May this call proceed? Names either a grant or an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// The entry: the consumer's newest grant on it that allows the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// Consumer department.
    pub consumer: DepartmentId,
    /// Items, as a mask over the positions of the entry's version.
    pub items: u64,
    /// Method.
    pub method: Method,
    /// Purpose, if the call has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurposeId>,
    /// System that uses the answer, if the call names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using_system: Option<SystemId>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it may.
    pub allowed: bool,
    /// Why not: a code of `docs/decision.md`.
    pub reason: Option<String>,
    /// Under which grant, or which came nearest.
    pub grant: Option<GrantId>,
    /// Version of the grant, if it may.
    pub version: Option<Version>,
    /// The signed token, if it may.
    pub token: Option<String>,
    /// First moment at which the answer is good no longer.
    pub expires: Option<Moment>,
    /// The final block that it was decided on.
    pub height: Height,
    /// Its hash.
    pub hash: Hex32,
    /// Its time.
    pub time: Moment,
}

/// The decision point of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The platform for whose gateways it decides.
    pub platform: SystemId,
    /// The decision key.
    #[serde(with = "hex::serde")]
    pub key: PublicKey,
    /// The gateway's name, which every token bears.
    pub audience: String,
    /// Why nothing can be allowed now, if nothing can.
    pub reason: Option<String>,
    /// Calls that were allowed since the node started.
    pub allowed: u64,
    /// Calls that were denied since the node started, by reason.
    pub denied: Vec<(String, u64)>,
}

/// What calls of a consumer by a route would be answered now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedRoute {
    /// Paths of the route.
    pub path: String,
    /// Its HTTP methods; none named are all.
    pub methods: Vec<String>,
    /// Name of the consumer in the mapping file.
    pub consumer: String,
    /// The grant under which they would be allowed, or which came nearest.
    pub grant: Option<GrantId>,
    /// Why they would be denied, if they would.
    pub reason: Option<String>,
}

/// Rows of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedRoutes {
    /// Every route with every consumer, in the file's order.
    pub rows: Vec<CheckedRoute>,
    /// Where to go on; none at the end.
    pub next: Option<u32>,
}

/// Decisions.
#[rpc(client, server)]
pub trait Decisions {
    /// May this call proceed? A node without a decision point denies as `not_configured`.
    ///
    /// Bound: one answer.
    #[method(name = "decision_decide")]
    async fn decide(&self, question: Question) -> RpcResult<Decision>;

    /// The node's decision point; none if it has none.
    ///
    /// Bound: one row.
    #[method(name = "decision_point")]
    async fn point(&self) -> RpcResult<Option<Point>>;

    /// What the mapping in force would answer now, at most [`CHECKED_MAX`] rows from `first` on. Nothing of it counts.
    ///
    /// Bound: 500 rows; `next` goes on.
    #[method(name = "decision_check")]
    async fn check(&self, first: Option<u32>) -> RpcResult<CheckedRoutes>;
}
