//! `mulu node`.

use crate::{arguments::Global, session::Session, table::fields, words::optional};
use clap::Subcommand;
use mulu_client::ClientError;
use mulu_proofs::ids::Moment;
use mulu_rpc_api::{node::NodeInfo, system::SystemClient};
use serde::Serialize;

/// The node.
#[derive(Debug, Subcommand)]
pub enum Node {
    /// Chain, head, validators, peers, pool and disk of the node
    Info,
}

impl Node {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let Self::Info = self;
        let session = Session::open(global).await?;
        let peer_id = session.connection.local_peer_id().await.map_err(ClientError::from)?;
        session.output.print(&Shown { info: &session.info, peer_id }, text)
    }
}

/// What is shown of a node.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    info: &'a NodeInfo,
    /// Its name among its peers: what a sign-in is for.
    peer_id: String,
}

fn text(Shown { info, peer_id }: &Shown<'_>) -> String {
    let validators: Vec<String> = info.validators.iter().map(|validator| validator.department.to_string()).collect();
    fields(&[
        ("chain", format!("{} ({})", info.chain_id, info.chain_type)),
        ("genesis", info.genesis_hash.to_string()),
        ("head", format!("{} {}", info.head.height, info.head.hash)),
        ("time", optional(info.head_moment.map(Moment::utc))),
        ("validators", format!("departments {}; {} make a header final", validators.join(", "), info.quorum)),
        ("node", format!("{} {}, {} peers", info.name, info.version, info.peers)),
        ("peer name", peer_id.clone()),
        ("pool", format!("{} extrinsics, {} bytes", info.pool.count, info.pool.bytes)),
        ("disk", format!("{} bytes, {} of them batch bodies", info.disk.total, info.disk.bodies)),
    ])
}
