//! Signing, sending and waiting.

use crate::checks::{Failure, equal};
use ed25519_dalek::{Signer as _, SigningKey};
use scale_decode::DecodeAsFields;
use serde_json::Value as Json;
use std::str::FromStr;
use subxt::{
    OnlineClient, SubstrateConfig,
    config::substrate::MultiSignature,
    dynamic::{self, Value},
    extrinsics::ExtrinsicEvents,
    transactions::{Signer, TransactionStatus},
    utils::{AccountId32, H256},
};
use subxt_signer::{SecretUri, sr25519};

/// The node.
pub type Api = OnlineClient<SubstrateConfig>;

/// The secret behind the well-known development phrase.
const DEVELOPMENT_SECRET: &str = "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";

/// A final extrinsic.
pub struct Sent {
    /// Its hash.
    pub hash: H256,
    /// Blocks in which it was seen before.
    pub in_block: Vec<H256>,
    /// The block that is final.
    pub block: H256,
    /// Why the call failed, if it did.
    pub error: Option<String>,
    /// What it caused.
    pub events: ExtrinsicEvents<SubstrateConfig>,
}

impl Sent {
    /// The one event of a kind that it caused.
    pub fn only<E: DecodeAsFields>(&self, pallet: &str, name: &str) -> Result<E, Failure> {
        let mut found = Vec::new();
        for event in self.events.iter() {
            let event = event?;
            if (event.pallet_name(), event.event_name()) == (pallet, name) {
                found.push(event.decode_fields_unchecked_as::<E>()?);
            }
        }
        let error = self.error.as_deref().unwrap_or("none");
        equal(&format!("events {pallet}.{name} (error of the call: {error})"), found.len(), 1)?;
        found.pop().ok_or_else(|| "no event".into())
    }
}

/// Signs with what the newest block says, sends, and waits until the extrinsic is final.
pub async fn send(
    api: &Api,
    pallet: &str,
    call: &str,
    arguments: Vec<Value>,
    signer: &impl Signer<SubstrateConfig>,
) -> Result<Sent, Failure> {
    let now = api.at_current_block().await?;
    let mut progress =
        now.tx().sign_and_submit_then_watch_default(&dynamic::transaction(pallet, call, arguments), signer).await?;
    let mut in_block = Vec::new();
    while let Some(status) = progress.next().await {
        match status? {
            TransactionStatus::InBestBlock(block) => in_block.push(block.block_hash()),
            TransactionStatus::InFinalizedBlock(block) => {
                let error = block.wait_for_success().await.err().map(|error| error.to_string());
                let (hash, events) = (block.extrinsic_hash(), block.fetch_events().await?);
                return Ok(Sent { hash, in_block, block: block.block_hash(), error, events });
            }
            TransactionStatus::Error { message }
            | TransactionStatus::Invalid { message }
            | TransactionStatus::Dropped { message } => {
                return Err(message.into());
            }
            _ => {}
        }
    }
    Err("the node says nothing more about the extrinsic".into())
}

/// The sr25519 key of a role of the story.
pub fn account(story: &Json, role: &str) -> Result<sr25519::Keypair, Failure> {
    Ok(sr25519::Keypair::from_uri(&SecretUri::from_str(uri(story, role)?)?)?)
}

/// The ed25519 key of a role of the story: subxt-signer has none, so this shows how any key signs.
pub fn ed25519(story: &Json, role: &str) -> Result<Ed25519, Failure> {
    let name = uri(story, role)?.trim_start_matches("//").as_bytes();
    let mut junction = [0; 32];
    junction[0] = u8::try_from(name.len() << 2)?;
    junction[1..=name.len()].copy_from_slice(name);
    let seed = [b"\x2cEd25519HDKD".as_slice(), &hex::decode(DEVELOPMENT_SECRET)?, &junction].concat();
    Ok(Ed25519(SigningKey::from_bytes(&sp_crypto_hashing::blake2_256(&seed))))
}

fn uri<'a>(story: &'a Json, role: &str) -> Result<&'a str, Failure> {
    story["accounts"][role].as_str().ok_or_else(|| format!("the story has no account {role}").into())
}

/// An ed25519 key.
pub struct Ed25519(SigningKey);

impl Signer<SubstrateConfig> for Ed25519 {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        MultiSignature::Ed25519(self.0.sign(payload).to_bytes())
    }
}

/// The story's neutral JSON as subxt takes it: texts and digests are bytes, an object with one capital name is a variant.
pub fn value(json: &Json) -> Result<Value, Failure> {
    Ok(match json {
        Json::Null => Value::unnamed_variant("None", []),
        Json::Bool(flag) => Value::bool(*flag),
        Json::Number(number) => Value::u128(number.as_u64().ok_or("no number of the story is negative")?.into()),
        Json::String(text) => match text.strip_prefix("0x") {
            Some(digits) => Value::from_bytes(hex::decode(digits)?),
            None => Value::from_bytes(text),
        },
        Json::Array(list) => Value::unnamed_composite(list.iter().map(value).collect::<Result<Vec<_>, _>>()?),
        Json::Object(fields) => match fields.iter().next() {
            Some((name, Json::Null)) if fields.len() == 1 && name.starts_with(char::is_uppercase) => {
                Value::unnamed_variant(name, [])
            }
            _ => {
                let fields = fields.iter().map(|(name, field)| Ok((name.clone(), value(field)?)));
                Value::named_composite(fields.collect::<Result<Vec<_>, Failure>>()?)
            }
        },
    })
}
