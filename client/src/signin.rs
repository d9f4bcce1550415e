//! Signing in at a node: its challenge is checked, put into words here, signed, and answered with a token.
//!
//! Nothing is signed that the node wrote: the text is made from the challenge's fields, begins with words that no extrinsic begins with, and
//! is longer than any extrinsic that is signed unhashed. [`crate::connection::Connection`] signs in by itself when it is given
//! [`Credentials`], and again when the token has ended.

use crate::keys::Key;
use jsonrpsee::core::client::Error as RpcError;
use mulu_proofs::{departments::AccountKey, ids::Digest32};
use mulu_rpc_api::{
    Hex,
    signin::{CHALLENGE_LIFE_MS, Challenge, Session, SignInClient, Token},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// How far two clocks may be apart, in milliseconds.
const CLOCKS_APART_MS: u64 = 10 * 60 * 1_000;
/// JSON-RPC's code of a method that is not there.
const UNKNOWN_METHOD: i32 = -32601;

/// As whom a connection calls.
#[derive(Clone, Debug, Default)]
pub enum Access {
    /// Nobody: over loopback that is enough.
    #[default]
    Anonymous,
    /// Whoever got this token.
    Token(Token),
    /// An account that signs in by itself.
    Account(Box<Credentials>),
}

/// Who signs in, and where alone.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The account's key.
    pub key: Key,
    /// Genesis hash of the only chain that is signed in at, if it is known.
    pub genesis: Option<Digest32>,
    /// Name of the only node that is signed in at, as `system_localPeerId` has it, if it is known. Without TLS nothing else keeps
    /// somebody in between from getting the token.
    pub node: Option<String>,
}

impl Credentials {
    /// Of a key, anywhere.
    pub const fn new(key: Key) -> Self {
        Self { key, genesis: None, node: None }
    }

    /// Signs in. None if the node shows everything at this address without it, or is too old to know sign-in.
    ///
    /// # Errors
    /// The node's refusal, or [`RpcError::Custom`] if what it asks to be signed is not what was asked for.
    pub async fn sign_in(&self, node: &(impl SignInClient + Sync)) -> Result<Option<Session>, RpcError> {
        let offer = match node.sign_in_challenge().await {
            Err(RpcError::Call(answer)) if answer.code() == UNKNOWN_METHOD => return Ok(None),
            offer => offer?,
        };
        if !offer.is_needed {
            return Ok(None);
        }
        self.check(&offer.challenge, now_ms()).map_err(RpcError::Custom)?;
        let signature = Hex(self.key.sign(&offer.challenge.signed_bytes()).to_vec());
        let account = AccountKey(self.key.public());
        let session = node.sign_in(hex::encode(account.0), signature, offer.challenge).await?;
        if session.signed_in.account != account || !Token::is_formed(&session.token.0) {
            return Err(RpcError::Custom(
                "the node answered the sign-in with another account's token, or with none".into(),
            ));
        }
        Ok(Some(session))
    }

    /// Whether a challenge may be signed; why not, otherwise.
    fn check(&self, challenge: &Challenge, now: u64) -> Result<(), String> {
        if !challenge.is_formed() {
            return Err("the node asks to sign a challenge with fields of another form".into());
        }
        if let Some(genesis) = self.genesis.filter(|genesis| *genesis != challenge.genesis.0) {
            return Err(format!(
                "the node asks to sign in at the chain of genesis 0x{}, not 0x{}",
                challenge.genesis,
                hex::encode(genesis)
            ));
        }
        if let Some(node) = self.node.as_ref().filter(|node| **node != challenge.node) {
            return Err(format!(
                "the node asks to sign in at {}, not at {node}: somebody may stand in between",
                challenge.node
            ));
        }
        let latest = now.saturating_add(CHALLENGE_LIFE_MS + CLOCKS_APART_MS);
        if challenge.expires.get() > latest {
            return Err(
                "the challenge would be good for too long; compare the clocks of this machine and the node".into()
            );
        }
        Ok(())
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::ids::Moment;
    use mulu_rpc_api::{Hex32, signin::RAW_PAYLOAD_BYTES_MAX};

    const NOW: u64 = 1_785_000_000_000;

    fn challenge() -> Challenge {
        Challenge {
            chain_id: "mulu-test".into(),
            genesis: Hex32([1; 32]),
            node: "12D3KooW".into(),
            nonce: Hex32([2; 32]),
            expires: Moment::new(NOW + CHALLENGE_LIFE_MS),
        }
    }

    #[test]
    fn what_is_not_meant_is_not_signed() {
        let anywhere = Credentials::new(Key::development("d1-head"));
        assert_eq!(anywhere.check(&challenge(), NOW), Ok(()));
        let here = Credentials { genesis: Some([1; 32]), node: Some("12D3KooW".into()), ..anywhere.clone() };
        assert_eq!(here.check(&challenge(), NOW), Ok(()));
        let other_chain = Challenge { genesis: Hex32([3; 32]), ..challenge() };
        assert!(here.check(&other_chain, NOW).unwrap_err().contains("genesis"));
        assert!(anywhere.check(&other_chain, NOW).is_ok());
        let other_node = Challenge { node: "12D3KooX".into(), ..challenge() };
        assert!(here.check(&other_node, NOW).unwrap_err().contains("in between"));
        let forged = Challenge { node: "12D3KooW\nnonce: 7".into(), ..challenge() };
        assert!(anywhere.check(&forged, NOW).unwrap_err().contains("form"));
        let endless = Challenge { expires: Moment::new(u64::MAX), ..challenge() };
        assert!(anywhere.check(&endless, NOW).unwrap_err().contains("clocks"));
    }

    #[test]
    fn what_is_signed_is_no_payload_of_an_extrinsic() {
        // Substrate signs payloads of up to 256 bytes as they are, and the 32 bytes of the hash of longer ones.
        assert!(challenge().signed_bytes().len() > RAW_PAYLOAD_BYTES_MAX);
    }

    #[test]
    fn credentials_print_no_secret() {
        let key = Key::from_seed(&[7; 32]);
        let printed = format!("{:?}", Access::Account(Box::new(Credentials::new(key))));
        assert!(!printed.contains(&hex::encode([7; 32])) && printed.contains("Key(of"));
        let token = format!("{:?}", Access::Token(Token("ab".repeat(32))));
        assert!(!token.contains("abab"));
    }
}
