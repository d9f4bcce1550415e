//! `system_` and `rpc_`.

use crate::{caller::Caller, classes, context::Context, failure::Failure};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_proofs::ids::{Height, PublicKey};
use mulu_rpc_api::{
    Hex32,
    system::{Health, Methods, NodeRole, PeerInfo, Properties, SyncState, SystemServer},
};
use sp_core::{
    Bytes, H256,
    crypto::{AccountId32, Ss58Codec},
};
use std::{collections::BTreeSet, sync::Arc};

/// Prefix of account addresses: Substrate's generic one.
const SS58_FORMAT: u16 = 42;
/// Longest account as text.
const ACCOUNT_CHARACTERS_MAX: usize = 66;

/// A node that is no more blocks behind its peers than this is not catching up: they announce a height when it is decided.
const BEHIND_MAX: u32 = 2;

/// The namespace.
pub struct System(pub Arc<Context>);

#[async_trait]
impl SystemServer for System {
    async fn name(&self) -> RpcResult<String> {
        Ok("mulu-node".into())
    }

    async fn version(&self) -> RpcResult<String> {
        Ok(self.0.parts.info.version.clone())
    }

    async fn chain(&self) -> RpcResult<String> {
        Ok(self.0.parts.info.genesis.chain_id.clone())
    }

    async fn chain_type(&self) -> RpcResult<String> {
        Ok(self.0.parts.info.chain_type.clone())
    }

    async fn properties(&self) -> RpcResult<Properties> {
        Ok(Properties { ss58_format: SS58_FORMAT })
    }

    async fn health(&self) -> RpcResult<Health> {
        Ok(health(&self.0))
    }

    async fn local_peer_id(&self) -> RpcResult<String> {
        Ok(self.0.parts.info.peer_id.clone())
    }

    async fn local_listen_addresses(&self) -> RpcResult<Vec<String>> {
        let info = &self.0.parts.info;
        Ok(info.listen_addresses.iter().map(|address| format!("{address}/p2p/{}", info.peer_id)).collect())
    }

    async fn node_roles(&self) -> RpcResult<Vec<NodeRole>> {
        let has_vote = self.0.parts.info.progress.borrow().has_vote;
        Ok(vec![if has_vote { NodeRole::Authority } else { NodeRole::Full }])
    }

    async fn sync_state(&self) -> RpcResult<SyncState> {
        let current = self.0.head().number;
        let reached = self.0.parts.info.progress.borrow().reached().map_or(0, Height::get);
        let starting_block = self.0.parts.info.started_at.get();
        Ok(SyncState { starting_block, current_block: current, highest_block: reached.max(current) })
    }

    async fn peers(&self) -> RpcResult<Vec<PeerInfo>> {
        self.0.run(peers).await
    }

    async fn dry_run(&self, extrinsic: Bytes, at: Option<H256>) -> RpcResult<Bytes> {
        Ok(Bytes(self.0.call_runtime("BlockBuilder_apply_extrinsic".into(), extrinsic.0, at).await?))
    }

    async fn account_next_index(&self, account: String) -> RpcResult<u32> {
        self.0
            .run(move |context| {
                let key = account_key(&account)?;
                // What waits is counted in; the lock is given back before the state is read.
                let waiting = context.pool().next_nonce(&key);
                match waiting {
                    Some(nonce) => Ok(nonce),
                    None => Ok(context.parts.executor.nonce(&context.head(), &key)?),
                }
            })
            .await
    }

    async fn methods(&self, extensions: &Extensions) -> RpcResult<Methods> {
        let caller = Caller::of(extensions);
        let all = self.0.methods.get().into_iter().flatten();
        Ok(Methods { methods: all.filter(|method| classes::is_shown(&caller, method)).cloned().collect() })
    }
}

/// How the node feels.
pub fn health(context: &Context) -> Health {
    let info = &context.parts.info;
    let reached = info.progress.borrow().reached();
    let is_syncing = reached.is_some_and(|reached| reached.get() > context.head().number.saturating_add(BEHIND_MAX));
    Health { peers: info.peers.borrow().len(), is_syncing, should_have_peers: info.should_have_peers }
}

/// The connected peers, and those that consensus has heard of.
fn peers(context: &Context) -> Result<Vec<PeerInfo>, Failure> {
    let info = &context.parts.info;
    let heights = info.progress.borrow().peer_heights.clone();
    let names: BTreeSet<String> = info.peers.borrow().iter().chain(heights.keys()).cloned().collect();
    let shown = |peer_id: String| -> Result<PeerInfo, Failure> {
        let height = heights.get(&peer_id).copied();
        let hash = height.map(|height| context.parts.store.hash_at(height)).transpose()?.flatten();
        let best_number = height.map_or(0, Height::get);
        Ok(PeerInfo { peer_id, roles: "FULL".into(), best_hash: hash.map(H256).unwrap_or_default(), best_number })
    };
    names.into_iter().map(shown).collect()
}

/// Reads an account: SS58 of any prefix, or the key in hexadecimal.
pub fn account_key(text: &str) -> Result<PublicKey, Failure> {
    if text.len() > ACCOUNT_CHARACTERS_MAX {
        return Err(Failure::Account);
    }
    let quoted = serde_json::Value::String(text.to_owned());
    if let Ok(Hex32(key)) = serde_json::from_value(quoted) {
        return Ok(key);
    }
    let account = AccountId32::from_ss58check(text).map_err(|_| Failure::Account)?;
    Ok(account.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn an_account_reads_from_ss58_and_from_hexadecimal() {
        let account = AccountId32::new([7; 32]);
        let digits = "07".repeat(32);
        for text in [account.to_ss58check(), digits.clone(), format!("0x{digits}")] {
            assert_eq!(account_key(&text).unwrap(), [7; 32]);
        }
        for text in ["", "5F", &"07".repeat(40)] {
            assert!(matches!(account_key(text), Err(Failure::Account)), "{text}");
        }
    }
}
