//! `system_` and `rpc_`.

use crate::{context::Context, failure::Failure};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_proofs::ids::PublicKey;
use mulu_rpc_api::{
    Hex32,
    system::{Health, Methods, Properties, SystemServer},
};
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::sync::Arc;

/// Prefix of account addresses: Substrate's generic one.
const SS58_FORMAT: u16 = 42;
/// Longest account as text.
const ACCOUNT_CHARACTERS_MAX: usize = 66;

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

    async fn methods(&self) -> RpcResult<Methods> {
        Ok(Methods { methods: self.0.methods.get().cloned().unwrap_or_default() })
    }
}

/// How the node feels.
pub fn health(context: &Context) -> Health {
    let info = &context.parts.info;
    Health { peers: *info.peers.borrow(), is_syncing: false, should_have_peers: info.should_have_peers }
}

/// Reads an account: SS58 of any prefix, or the key in hexadecimal.
fn account_key(text: &str) -> Result<PublicKey, Failure> {
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
