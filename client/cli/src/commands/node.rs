//! `mulu node`.

use crate::{arguments::Global, session::Session, table::fields_in, words::optional};
use clap::Subcommand;
use mulu_client::ClientError;
use mulu_proofs::ids::Moment;
use mulu_rpc_api::{node::NodeInfo, system::SystemClient};
use mulu_verifier::words::Speech;
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
        let (info, speech) = (session.info().await?, session.output.speech);
        let peer_id = session.connection.local_peer_id().await.map_err(ClientError::from)?;
        session.output.print(&Shown { info: &info, peer_id }, |shown| text(shown, speech))
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

fn text(Shown { info, peer_id }: &Shown<'_>, speech: Speech) -> String {
    let validators = speech.joined(info.validators.iter().map(|validator| validator.department));
    let (pool, disk) = (&info.pool, &info.disk);
    fields_in(
        speech,
        &[
            ("chain", format!("{} ({})", info.chain_id, speech.say(&info.chain_type))),
            ("genesis", info.genesis_hash.to_string()),
            ("head block", format!("{} {}", info.head.height, info.head.hash)),
            ("time", optional(info.head_moment.map(Moment::utc))),
            ("validators", speech.tell("departments {}; {} make a header final", &[&validators, &info.quorum])),
            ("node", speech.tell("{} {}, {} peers", &[&info.name, &info.version, &info.peers])),
            ("peer name", peer_id.clone()),
            ("pool", speech.tell("{} extrinsics, {} bytes", &[&pool.count, &pool.bytes])),
            ("disk", speech.tell("{} bytes, {} of them batch bodies", &[&disk.total, &disk.bodies])),
        ],
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::chinese::TABLES;
    use mulu_verifier::words::Language;

    fn told(language: Language) -> String {
        let info: NodeInfo = serde_json::from_value(serde_json::json!({
            "chain_id": "mulu-dev", "chain_type": "Development", "genesis_hash": "ab".repeat(32),
            "head": { "height": 7, "hash": "cd".repeat(32) }, "head_moment": 0, "index_height": 7, "oldest_state": 0,
            "validators": [{ "key": "ef".repeat(32), "department": 1 }, { "key": "01".repeat(32), "department": 3 }],
            "quorum": 2, "version": "0.1.0", "name": "node1", "peers": 3, "pool": { "count": 4, "bytes": 500 },
            "disk": { "total": 9_000, "bodies": 800, "write_ahead_log": 1, "columns": [] },
        }))
        .unwrap();
        let peer_id = "12D3KooW".to_owned();
        text(&Shown { info: &info, peer_id }, Speech::new(language, TABLES))
    }

    #[test]
    fn every_name_and_phrase_is_told_in_chinese() {
        let english = told(Language::English);
        assert!(english.contains("departments 1, 3; 2 make a header final"), "{english}");
        assert!(english.contains("4 extrinsics, 500 bytes"), "{english}");
        let chinese = told(Language::Chinese);
        // Names of the chain, the node and hashes stay.
        let kept = ["mulu", "node", "KooW"];
        let left: Vec<&str> = chinese
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|word| word.len() > 3 && !kept.contains(word) && !word.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect();
        assert!(left.is_empty() && chinese.contains("开发链"), "{left:?} in {chinese}");
    }
}
