//! `signin_`: a challenge of the node, signed with an account's key, gives a token that works for a short time.
//!
//! The token goes as `Authorization: Bearer TOKEN`, or as the path `/t/TOKEN` of the address, so that a client that knows nothing of this
//! needs the address only. What is signed is a text in a wrapping, as wallets sign it: no extrinsic begins so, and none that is signed
//! unhashed is so long.

use crate::{Hex, Hex32};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    departments::{AccountKey, Role},
    ids::{DepartmentId, Moment},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest payload of an extrinsic that is signed as it is; longer ones are hashed first (Substrate's rule).
pub const RAW_PAYLOAD_BYTES_MAX: usize = 256;
/// How long a challenge may be signed, in milliseconds.
pub const CHALLENGE_LIFE_MS: u64 = 2 * 60 * 1_000;
/// Longest name of a node in a challenge.
pub const NODE_CHARACTERS_MAX: usize = 128;
/// Characters of a token: 32 random bytes in hexadecimal.
pub const TOKEN_CHARACTERS: usize = 64;
/// What the path of an address with a token begins with.
pub const TOKEN_PATH: &str = "/t/";

/// First lines of what is signed: who signs with a wallet reads them there.
const PURPOSE: &str = "\
Sign-in to read the ledger at one node. This is no transaction: it changes nothing, approves nothing and cannot be submitted.
登录一个节点以查阅账本。本签名不是交易：不改变、不批准任何事项，也无法提交上链。
purpose: mulu sign-in 1";
/// What wallets put around bytes that are no transaction.
const WRAPPING: [&str; 2] = ["<Bytes>", "</Bytes>"];

const _: () = assert!(PURPOSE.len() > RAW_PAYLOAD_BYTES_MAX);

/// What a node asks to be signed: for this chain, for this node, once, and soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Chain id.
    pub chain_id: String,
    /// Genesis hash.
    pub genesis: Hex32,
    /// The node's name among its peers, as `system_localPeerId` has it.
    pub node: String,
    /// Good once.
    pub nonce: Hex32,
    /// The last moment at which it is taken.
    pub expires: Moment,
}

/// Answer of `signin_challenge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The challenge, to be handed back as it is.
    pub challenge: Challenge,
    /// What a wallet is given to sign: it puts `<Bytes>` and `</Bytes>` around it. A program makes it from the challenge by itself.
    pub text: String,
    /// Whether this address shows more to those who sign in; over loopback it shows everything already.
    pub is_needed: bool,
}

/// A bearer token: whoever has it is taken for the account. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Whether it has the form of a token.
    pub fn is_formed(text: &str) -> bool {
        text.len() == TOKEN_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// Who is signed in, until when at most: role, key and department are looked at anew in every block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The account.
    pub account: AccountKey,
    /// Its department.
    pub department: DepartmentId,
    /// Its roles in force, each once.
    pub roles: Vec<Role>,
    /// When the token ends at the latest.
    pub expires: Moment,
}

/// Answer of `signin_token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The token.
    pub token: Token,
    /// Whose it is.
    #[serde(flatten)]
    pub signed_in: SignedIn,
}

impl Challenge {
    /// What is signed, without the wrapping.
    pub fn text(&self) -> String {
        let Self { chain_id, genesis, node, nonce, expires } = self;
        let until = expires.utc();
        format!(
            "{PURPOSE}\nchain: {chain_id}\ngenesis: 0x{genesis}\nnode: {node}\nnonce: {nonce}\nexpires: {until} ({expires} ms)\n"
        )
    }

    /// The bytes that are signed.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let [before, behind] = WRAPPING;
        [before, &self.text(), behind].concat().into_bytes()
    }

    /// Whether no field could pass for another line of the text.
    pub fn is_formed(&self) -> bool {
        let is_plain = |text: &str, characters_max| {
            (1..=characters_max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        is_plain(&self.chain_id, mulu_proofs::genesis::CHAIN_ID_BYTES_MAX) && is_plain(&self.node, NODE_CHARACTERS_MAX)
    }
}

/// Sign-in.
#[rpc(client, server)]
pub trait SignIn {
    /// A challenge to sign. It is good once, for two minutes, at this node.
    #[method(name = "signin_challenge", with_extensions)]
    async fn sign_in_challenge(&self) -> RpcResult<Offer>;

    /// Hands back a challenge with the account's signature of it (64 bytes, or 65 as wallets give it), and gets a token. An account is
    /// SS58 or 64 hexadecimal digits.
    #[method(name = "signin_token", with_extensions)]
    async fn sign_in(&self, account: String, signature: Hex, challenge: Challenge) -> RpcResult<Session>;

    /// Whom this connection is signed in as; none if it is not.
    #[method(name = "signin_session", with_extensions)]
    async fn sign_in_session(&self) -> RpcResult<Option<SignedIn>>;

    /// Ends the token of this connection, and every connection that was made with it. Says whether there was one.
    #[method(name = "signin_end", with_extensions)]
    async fn sign_out(&self) -> RpcResult<bool>;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn challenge() -> Challenge {
        Challenge {
            chain_id: "mulu-test".into(),
            genesis: Hex32([1; 32]),
            node: "12D3KooW".into(),
            nonce: Hex32([2; 32]),
            expires: Moment::new(1_785_000_000_000),
        }
    }

    #[test]
    fn the_text_names_everything_that_it_is_bound_to() {
        let text = challenge().text();
        for words in ["no transaction", "不是交易", "mulu-test", "12D3KooW", "2026-07-25T17:20:00Z", &"02".repeat(32)]
        {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        let signed = challenge().signed_bytes();
        assert!(signed.starts_with(b"<Bytes>Sign-in") && signed.ends_with(b"\n</Bytes>"));
        assert!(signed.len() > RAW_PAYLOAD_BYTES_MAX);
    }

    #[test]
    fn a_field_that_could_pass_for_another_line_is_seen() {
        assert!(challenge().is_formed());
        for node in ["", "a\nnonce: b", "a b", "节点", &"x".repeat(129)] {
            assert!(!Challenge { node: node.into(), ..challenge() }.is_formed(), "{node:?}");
        }
        assert!(!Challenge { chain_id: String::new(), ..challenge() }.is_formed());
    }

    #[test]
    fn a_token_is_not_printed() {
        let token = Token("ab".repeat(32));
        assert!(Token::is_formed(&token.0) && !Token::is_formed("ab") && !Token::is_formed(&"g".repeat(64)));
        assert!(!format!("{token:?}").contains("ab"));
        let roles = vec![Role::Head];
        let signed_in =
            SignedIn { account: AccountKey([1; 32]), department: DepartmentId::new(2), roles, expires: Moment::new(3) };
        let session = Session { token, signed_in };
        assert!(!format!("{session:?}").contains("abab"));
        let json = serde_json::to_string(&session).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session);
    }
}
