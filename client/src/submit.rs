//! From a signed call to its place in a final block.
//!
//! ```text
//! sign (nonce, era) ── offer ──> pool ── asked for until it is in a block ──> receipt, or the ledger's refusal
//!                        ^──────────────── the same bytes again, after a lost connection or a restart of the node
//! ```
//!
//! Nothing is signed twice for one call while the first bytes may still arrive: a second signature would be a second act.

use crate::{
    calls::Call,
    connection::Connection,
    error::ClientError,
    extrinsic::{Signed, Unsigned},
    keys::Key,
};
use mulu_proofs::{
    extrinsic::Implicit,
    ids::{Digest32, Height, PublicKey, RecordNumber},
};
use mulu_rpc_api::{
    Hex32,
    author::AuthorClient,
    chain::ChainClient,
    codes,
    records::{Inclusion, RecordsClient},
    state::StateClient,
    system::SystemClient,
};
use sp_core::Bytes;
use sp_runtime::generic::Era;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// For how many blocks an extrinsic may be included: two minutes at the highest rate of blocks, longer at every other.
const ERA_BLOCKS: u32 = 512;
/// How long an extrinsic is waited for, if nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How often the same bytes are offered again while they are in no block.
const OFFER_AGAIN: Duration = Duration::from_secs(2);
/// First and longest pause between two questions for an extrinsic.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(200);
/// How often a call is signed again because its nonce was taken.
const SIGN_AGAIN_MAX: u32 = 3;
/// `Already Imported`: it waits already, or is in a block.
const ALREADY_IMPORTED: i32 = 1013;
/// Another one of the signer waits with its nonce.
const NONCE_TAKEN: i32 = 1014;
/// The pool, or the signer's share of it, is full.
pub(crate) const POOL_FULL: i32 = 1016;

/// An extrinsic that a node took.
#[derive(Clone, Debug)]
pub struct Pending {
    signed: Signed,
}

impl Pending {
    /// The extrinsic.
    pub const fn signed(&self) -> &Signed {
        &self.signed
    }
}

/// Where an act stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Receipt {
    /// Hash of the extrinsic.
    pub extrinsic: Hex32,
    /// Height of its block.
    pub height: Height,
    /// Hash of its block.
    pub block_hash: Hex32,
    /// Records that it caused.
    pub records: Vec<RecordNumber>,
}

/// Signs calls with the right nonces and sees them into blocks.
pub struct Submitter<'a> {
    connection: &'a Connection,
    spec_version: u32,
    transaction_version: u32,
    genesis: Digest32,
    timeout: Duration,
    nonces: Mutex<BTreeMap<PublicKey, u32>>,
}

impl<'a> Submitter<'a> {
    /// Asks the node what has to be signed beside a call.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn new(connection: &'a Connection, genesis: &Digest32) -> Result<Self, ClientError> {
        let version = connection.runtime_version(None).await?;
        Ok(Self {
            connection,
            spec_version: version.spec_version,
            transaction_version: version.transaction_version,
            genesis: *genesis,
            timeout: TIMEOUT,
            nonces: Mutex::new(BTreeMap::new()),
        })
    }

    /// The same with another time to wait for an extrinsic.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Signs a call, submits it and waits until it is in a final block.
    ///
    /// # Errors
    /// [`ClientError`]: the node refused it, the ledger did, or it is in no block in time.
    pub async fn submit(&self, key: &Key, call: Call) -> Result<Receipt, ClientError> {
        let pending = self.send(key, call).await?;
        self.wait(&pending).await
    }

    /// Signs a call and hands it to the node. Calls of one key are included in the order in which they are sent.
    ///
    /// # Errors
    /// [`ClientError`] if the node refuses it.
    pub async fn send(&self, key: &Key, call: Call) -> Result<Pending, ClientError> {
        // Held until the node has answered: the next nonce is known only then.
        let mut nonces = self.nonces.lock().await;
        let account = key.public();
        let mut tries = 0;
        loop {
            let nonce = match nonces.get(&account) {
                Some(nonce) => *nonce,
                None => self.next_nonce(&account).await?,
            };
            let signed = self.unsigned(call.clone(), nonce).await?.sign(key);
            let offered = self.offer_until_taken(&signed).await;
            let Err(refusal) = offered.map_err(|error| error.under_way(&signed.hash)) else {
                nonces.insert(account, nonce + 1);
                return Ok(Pending { signed });
            };
            nonces.remove(&account);
            tries += 1;
            let code = if let ClientError::Answered { code, .. } = &refusal { *code } else { return Err(refusal) };
            let about_nonce = matches!(code, codes::INVALID_TRANSACTION | NONCE_TAKEN);
            if !about_nonce || tries > SIGN_AGAIN_MAX || self.next_nonce(&account).await? == nonce {
                return Err(refusal);
            }
        }
    }

    /// Waits until an extrinsic is in a final block.
    ///
    /// # Errors
    /// [`ClientError::CallFailed`] if the ledger refused the call, [`ClientError::NotIncluded`] when the time is up,
    /// [`ClientError::UnderWay`] if the connection broke and did not come back.
    pub async fn wait(&self, pending: &Pending) -> Result<Receipt, ClientError> {
        let signed = &pending.signed;
        self.wait_for(signed).await.map_err(|error| error.under_way(&signed.hash))
    }

    async fn wait_for(&self, signed: &Signed) -> Result<Receipt, ClientError> {
        let started = Instant::now();
        let mut offered = Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            if let Some(inclusion) = self.inclusion(&signed.hash).await? {
                return receipt(signed.hash, inclusion);
            }
            if started.elapsed() > self.timeout {
                return Err(ClientError::NotIncluded { hash: signed.hash, seconds: self.timeout.as_secs() });
            }
            if offered.elapsed() > OFFER_AGAIN {
                // A node that restarted has forgotten it; one that has it says so.
                self.offer_until_taken(signed).await?;
                offered = Instant::now();
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(PAUSE_MAX);
        }
    }

    /// What a call needs to be signed now.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn unsigned(&self, call: Call, nonce: u32) -> Result<Unsigned, ClientError> {
        Ok(self.unsigned_within(call, nonce, Some(ERA_BLOCKS)).await?.0)
    }

    /// The same for an act that may be included within so many blocks from the head on, a power of two of at most 4,096, or for ever; with
    /// the height at which that begins.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn unsigned_within(
        &self,
        call: Call,
        nonce: u32,
        blocks: Option<u32>,
    ) -> Result<(Unsigned, Height), ClientError> {
        let (era, height, mortality) = match blocks {
            None => (Era::Immortal, 0, self.genesis),
            Some(blocks) => {
                let head = self.connection.finalized_head().await?;
                let header = self.connection.header(Some(head)).await?;
                let header =
                    header.ok_or_else(|| ClientError::FalseAnswer { why: "it has no header of its head".into() })?;
                // An era of at most 4,096 blocks is born at the very block that it is made from.
                (Era::mortal(blocks.into(), header.number.into()), header.number, head.0)
            }
        };
        let (spec_version, transaction_version) = self.versions();
        let implicit = Implicit { spec_version, transaction_version, genesis: self.genesis, mortality };
        Ok((Unsigned { call, era, nonce, implicit }, Height::new(height)))
    }

    /// Versions of the runtime and of its transactions.
    pub const fn versions(&self) -> (u32, u32) {
        (self.spec_version, self.transaction_version)
    }

    /// Hands in what was signed elsewhere, and waits until it is in a final block.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn deliver(&self, signed: Signed) -> Result<Receipt, ClientError> {
        self.offer_until_taken(&signed).await.map_err(|error| error.under_way(&signed.hash))?;
        self.wait(&Pending { signed }).await
    }

    /// The nonce that an account should use next, what waits counted in.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn next_nonce(&self, account: &PublicKey) -> Result<u32, ClientError> {
        Ok(self.connection.account_next_index(hex::encode(account)).await?)
    }

    /// What became of an extrinsic; none while it is in no block.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn inclusion(&self, hash: &Digest32) -> Result<Option<Inclusion>, ClientError> {
        Ok(self.connection.extrinsic(Hex32(*hash)).await?)
    }

    /// Offers the bytes until the node takes them, has them, or refuses them for a reason that waiting does not change.
    async fn offer_until_taken(&self, signed: &Signed) -> Result<(), ClientError> {
        let started = Instant::now();
        loop {
            let answer = self.connection.submit_extrinsic(Bytes(signed.bytes.clone())).await;
            let refusal = match answer.map_err(ClientError::from) {
                Ok(hash) if hash.0 == signed.hash => return Ok(()),
                Ok(_) => {
                    return Err(ClientError::FalseAnswer { why: "it hashes the extrinsic to something else".into() });
                }
                Err(ClientError::Answered { code: ALREADY_IMPORTED, .. }) => return Ok(()),
                Err(refusal) => refusal,
            };
            let busy = matches!(&refusal, ClientError::Answered { code: POOL_FULL | codes::BUSY, .. });
            // The bytes may have arrived before the connection broke, and be in a block by now.
            if self.inclusion(&signed.hash).await?.is_some() {
                return Ok(());
            }
            if !busy || started.elapsed() > self.timeout {
                return Err(refusal);
            }
            tokio::time::sleep(PAUSE_MAX).await;
        }
    }
}

fn receipt(hash: Digest32, inclusion: Inclusion) -> Result<Receipt, ClientError> {
    let Inclusion { height, block_hash, success, error, records, .. } = inclusion;
    match (success, error) {
        (true, _) => Ok(Receipt { extrinsic: Hex32(hash), height, block_hash, records }),
        (false, Some(error)) => {
            Err(ClientError::CallFailed { pallet: error.pallet, name: error.name, docs: error.docs, height })
        }
        (false, None) => Err(ClientError::FalseAnswer { why: "a call failed without an error".into() }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_rpc_api::records::CallError;

    fn inclusion(success: bool, error: Option<CallError>) -> Inclusion {
        let (height, block_hash) = (Height::new(7), Hex32([1; 32]));
        Inclusion { height, block_hash, place: 1, success, error, records: vec![RecordNumber::new(9)] }
    }

    #[test]
    fn a_refusal_of_the_ledger_is_told_in_its_own_words() {
        let docs = "The signer does not hold the role that this act needs.".to_owned();
        let error = CallError { pallet: "Departments".into(), name: "RoleMissing".into(), docs };
        let refused = receipt([0; 32], inclusion(false, Some(error))).unwrap_err().to_string();
        assert!(refused.contains("Departments.RoleMissing: The signer does not hold"), "{refused}");
        assert!(matches!(receipt([0; 32], inclusion(false, None)), Err(ClientError::FalseAnswer { .. })));
        assert_eq!(receipt([2; 32], inclusion(true, None)).unwrap().records, [RecordNumber::new(9)]);
    }

    #[test]
    fn an_era_is_born_at_the_block_that_it_is_made_from() {
        for number in [0, 1, 511, 512, 70_001] {
            assert_eq!(Era::mortal(ERA_BLOCKS.into(), number).birth(number), number);
        }
    }
}
