//! What consensus signs, and how every signature is checked: own tag for every kind, chain domain in all of them, ZIP 215 on this side.
//!
//! Votes sign exactly what [`mulu_proofs::certificate`] checks, so that the signatures of a decision are a certificate of the ledger.

use crate::context::{Address, BlockHash, Init, MuluContext, Proposal, Vote};
use arc_malachitebft_app_channel::app::types::core::{
    CommitCertificate, CommitSignature, NilOrVal, Round, ValidatorProof, VoteExtensionScope, VoteType,
};
use arc_malachitebft_signing::{Error, VerificationResult, Verifier};
use async_trait::async_trait;
use mulu_proofs::{
    certificate::{self as proven, Certificate, verify_ed25519, vote_bytes, vote_for},
    hash::Suite,
    ids::{Digest32, PublicKey},
};

/// What a validator signs with a vote; none for a vote of no round, which nobody casts.
pub fn vote_message(domain: &Digest32, vote: &Vote) -> Option<Vec<u8>> {
    let value = match &vote.value {
        NilOrVal::Nil => None,
        NilOrVal::Val(BlockHash(hash)) => Some(hash),
    };
    let precommit = vote.kind == VoteType::Precommit;
    let bytes = vote_bytes(domain, precommit, vote.height.id(), vote.round.as_u32()?, value);
    Some(vote_for(&bytes, &vote.address.0))
}

/// What a proposer signs: tag, suite, chain domain, height (8), round (4), 0 or 1 and the polka's round (4), header hash, own key.
/// None for a proposal of no round.
pub fn proposal_message(domain: &Digest32, proposal: &Proposal) -> Option<Vec<u8>> {
    let mut bytes = tagged(b"mulu v1 proposal", domain);
    put_place(&mut bytes, proposal.height.id().get(), proposal.round.as_u32()?, proposal.pol_round);
    bytes.extend_from_slice(&proposal.value.0);
    bytes.extend_from_slice(&proposal.address.0);
    Some(bytes)
}

/// What a proposer signs in the first part of a block: as a proposal, then the number of the block's bytes (4) and their blake2-256.
pub fn parts_message(domain: &Digest32, init: &Init) -> Vec<u8> {
    let mut bytes = tagged(b"mulu v1 parts", domain);
    put_place(&mut bytes, init.height.id().get(), init.round, init.pol_round);
    bytes.extend_from_slice(&init.hash.0);
    bytes.extend_from_slice(&init.proposer.0);
    bytes.extend_from_slice(&init.bytes.to_le_bytes());
    bytes.extend_from_slice(&init.body);
    bytes
}

/// What binds a node's libp2p name to a validator: tag, suite, chain domain, then the engine's own form of the pair.
pub fn proof_message(domain: &Digest32, public_key: &[u8], peer_id: &[u8]) -> Vec<u8> {
    let mut bytes = tagged(b"mulu v1 validator proof", domain);
    bytes.extend_from_slice(&ValidatorProof::<MuluContext>::signing_bytes(public_key, peer_id));
    bytes
}

fn tagged(tag: &[u8], domain: &Digest32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(192);
    bytes.extend_from_slice(tag);
    bytes.push(Suite::default().code());
    bytes.extend_from_slice(domain);
    bytes
}

fn put_place(bytes: &mut Vec<u8>, height: u32, round: u32, pol_round: Round) {
    bytes.extend_from_slice(&u64::from(height).to_le_bytes());
    bytes.extend_from_slice(&round.to_le_bytes());
    match pol_round.as_u32() {
        None => bytes.push(0),
        Some(pol_round) => {
            bytes.push(1);
            bytes.extend_from_slice(&pol_round.to_le_bytes());
        }
    }
}

/// The ledger's form of a certificate; none if it is of no round, which no decision is.
pub fn certificate(decided: &CommitCertificate<MuluContext>) -> Option<Certificate> {
    let mut signatures: Vec<_> = decided
        .commit_signatures
        .iter()
        .map(|signed| proven::CommitSignature { validator: signed.address.0, signature: signed.signature })
        .collect();
    signatures.sort_by_key(|signed| signed.validator);
    Some(Certificate {
        suite: Suite::default(),
        height: decided.height.id(),
        round: decided.round.as_u32()?,
        header_hash: decided.value_id.0,
        signatures,
    })
}

/// The engine's form of a certificate.
pub fn engine_certificate(certificate: &Certificate) -> CommitCertificate<MuluContext> {
    let signatures = certificate.signatures.iter();
    CommitCertificate {
        height: crate::context::Height::new(certificate.height),
        round: Round::new(certificate.round),
        value_id: BlockHash(certificate.header_hash),
        commit_signatures: signatures
            .map(|signed| CommitSignature::new(Address(signed.validator), signed.signature))
            .collect(),
    }
}

/// Checks signatures of others for one chain.
#[derive(Clone, Copy, Debug)]
pub struct ChainVerifier {
    domain: Digest32,
}

impl ChainVerifier {
    /// For the chain of `domain`.
    pub const fn new(domain: Digest32) -> Self {
        Self { domain }
    }

    /// Whether the proposer whom the first part names signed it.
    pub fn is_signed(&self, init: &Init) -> bool {
        verify_ed25519(&init.proposer.0, &parts_message(&self.domain, init), &init.signature)
    }
}

fn verdict(key: &PublicKey, message: Option<&[u8]>, signature: &[u8; 64]) -> Result<VerificationResult, Error> {
    let is_good = message.is_some_and(|message| verify_ed25519(key, message, signature));
    Ok(VerificationResult::from_bool(is_good))
}

#[async_trait]
impl Verifier<MuluContext> for ChainVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &[u8; 64],
        public_key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        verdict(public_key, vote_message(&self.domain, vote).as_deref(), signature)
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &[u8; 64],
        public_key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        verdict(public_key, proposal_message(&self.domain, proposal).as_deref(), signature)
    }

    async fn verify_signed_vote_extension(
        &self,
        _scope: &VoteExtensionScope<MuluContext>,
        _extension: &(),
        _signature: &[u8; 64],
        _public_key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        // Votes of this chain carry nothing besides the vote.
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(&self, proof: &ValidatorProof<MuluContext>) -> Result<VerificationResult, Error> {
        let Ok(key) = PublicKey::try_from(proof.public_key.as_slice()) else { return Ok(VerificationResult::Invalid) };
        let message = proof_message(&self.domain, &proof.public_key, &proof.peer_id);
        verdict(&key, Some(&message), &proof.signature)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::context::{Height, ValidatorSet};
    use arc_malachitebft_app_channel::{
        VerifierExt,
        app::types::core::{Height as _, ThresholdParams},
    };
    use ed25519_dalek::{Signer, SigningKey};
    use mulu_proofs::{
        certificate::{CertificateError, Validator, ValidatorSet as ProvenSet, precommit_bytes},
        ids,
    };

    const DOMAIN: Digest32 = [3; 32];

    fn keys(count: u8) -> Vec<SigningKey> {
        (1..=count).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect()
    }

    fn set(keys: &[SigningKey]) -> ProvenSet {
        let validator = |(key, department): (&SigningKey, u32)| Validator {
            key: key.verifying_key().to_bytes(),
            department: ids::DepartmentId::new(department),
        };
        ProvenSet::new(keys.iter().zip(1..).map(validator).collect()).unwrap()
    }

    fn precommit(key: &SigningKey, height: u32, round: u32, hash: u8) -> Vote {
        Vote {
            kind: VoteType::Precommit,
            height: Height::new(ids::Height::new(height)),
            round: Round::new(round),
            value: NilOrVal::Val(BlockHash([hash; 32])),
            address: Address(key.verifying_key().to_bytes()),
        }
    }

    /// What the engine makes of precommits, in the order in which it heard them.
    fn decided(keys: &[SigningKey], height: u32, round: u32, hash: u8) -> CommitCertificate<MuluContext> {
        let signature = |key: &SigningKey| {
            let vote = precommit(key, height, round, hash);
            let signature = key.sign(&vote_message(&DOMAIN, &vote).unwrap()).to_bytes();
            CommitSignature::new(vote.address, signature)
        };
        CommitCertificate {
            height: Height::new(ids::Height::new(height)),
            round: Round::new(round),
            value_id: BlockHash([hash; 32]),
            commit_signatures: keys.iter().rev().map(signature).collect(),
        }
    }

    #[test]
    fn votes_sign_what_the_ledger_checks() {
        let keys = keys(1);
        let vote = precommit(&keys[0], 7, 2, 9);
        let expected = vote_for(&precommit_bytes(&DOMAIN, ids::Height::new(7), 2, &[9; 32]), &vote.address.0);
        assert_eq!(vote_message(&DOMAIN, &vote), Some(expected));
        let nil = Vote { value: NilOrVal::Nil, kind: VoteType::Prevote, ..vote };
        let expected = vote_for(&vote_bytes(&DOMAIN, false, ids::Height::new(7), 2, None), &nil.address.0);
        assert_eq!(vote_message(&DOMAIN, &nil), Some(expected));
    }

    #[test]
    fn the_signatures_of_a_decision_are_a_certificate_of_the_ledger() {
        let keys = keys(4);
        let decided = decided(&keys[..3], 7, 2, 9);
        let certificate = certificate(&decided).unwrap();
        assert_eq!(certificate.verify(&DOMAIN, &set(&keys)), Ok(()));
        assert_eq!(super::certificate(&engine_certificate(&certificate)), Some(certificate.clone()));
        assert_eq!(certificate.verify(&[4; 32], &set(&keys)), Err(CertificateError::Signature { place: 0 }));
    }

    #[tokio::test]
    async fn the_engine_and_the_ledger_agree_about_certificates() {
        let keys = keys(4);
        let (proven, verifier) = (set(&keys), ChainVerifier::new(DOMAIN));
        let engine_set = ValidatorSet::from(&proven);
        let good = decided(&keys[..3], 7, 2, 9);
        let mut short = good.clone();
        short.commit_signatures.pop();
        let mut later = good.clone();
        later.height = later.height.increment();
        let mut twice = good.clone();
        twice.commit_signatures[1] = twice.commit_signatures[0].clone();
        let stranger = decided(&self::keys(5)[2..], 7, 2, 9);
        for (engine_form, is_good) in [(good, true), (short, false), (later, false), (twice, false), (stranger, false)]
        {
            let by_engine = verifier
                .verify_commit_certificate(&MuluContext, &engine_form, &engine_set, ThresholdParams::default())
                .await;
            let by_ledger = certificate(&engine_form).unwrap().verify(&DOMAIN, &proven);
            assert_eq!((by_engine.is_ok(), by_ledger.is_ok()), (is_good, is_good));
        }
    }

    #[tokio::test]
    async fn proposals_parts_and_proofs_are_bound_to_chain_and_content() {
        let key = &keys(1)[0];
        let address = Address(key.verifying_key().to_bytes());
        let height = Height::new(ids::Height::new(7));
        let proposal =
            Proposal { height, round: Round::new(1), value: BlockHash([9; 32]), pol_round: Round::new(0), address };
        let signature = key.sign(&proposal_message(&DOMAIN, &proposal).unwrap()).to_bytes();
        let verifier = ChainVerifier::new(DOMAIN);
        let holds = async |verifier: ChainVerifier, proposal: &Proposal| {
            verifier.verify_signed_proposal(proposal, &signature, &address.0).await.unwrap().is_valid()
        };
        assert!(holds(verifier, &proposal).await);
        assert!(!holds(ChainVerifier::new([4; 32]), &proposal).await);
        assert!(!holds(verifier, &Proposal { pol_round: Round::Nil, ..proposal.clone() }).await);
        assert!(!holds(verifier, &Proposal { round: Round::Nil, ..proposal }).await);

        let mut init = Init {
            height,
            round: 1,
            pol_round: Round::Nil,
            proposer: address,
            hash: BlockHash([9; 32]),
            bytes: 5,
            body: [8; 32],
            signature: [0; 64],
        };
        assert!(!verifier.is_signed(&init));
        init.signature = key.sign(&parts_message(&DOMAIN, &init)).to_bytes();
        assert!(verifier.is_signed(&init));
        assert!(!verifier.is_signed(&Init { body: [7; 32], ..init }));

        let message = proof_message(&DOMAIN, &address.0, b"peer");
        let proof = |peer: &[u8]| {
            ValidatorProof::<MuluContext>::new(address.0.to_vec(), peer.to_vec(), key.sign(&message).to_bytes())
        };
        assert!(verifier.verify_validator_proof(&proof(b"peer")).await.unwrap().is_valid());
        assert!(verifier.verify_validator_proof(&proof(b"other")).await.unwrap().is_invalid());
    }

    #[test]
    fn what_is_signed_is_frozen() {
        let (height, address) = (Height::new(ids::Height::new(7)), Address([1; 32]));
        let (value, pol_round) = (BlockHash([9; 32]), Round::new(2));
        let proposal = Proposal { height, round: Round::new(5), value, pol_round, address };
        let init = Init {
            height,
            round: 5,
            pol_round: Round::Nil,
            proposer: address,
            hash: value,
            bytes: 1_000,
            body: [8; 32],
            signature: [0; 64],
        };
        let digest = |bytes: &[u8]| hex::encode(mulu_proofs::hash::blake2_256(bytes));
        let found = [
            digest(&proposal_message(&DOMAIN, &proposal).unwrap()),
            digest(&parts_message(&DOMAIN, &init)),
            digest(&proof_message(&DOMAIN, &[1; 32], &[2; 38])),
        ];
        let frozen = [
            "ba9d37f2eb5b96ccb3f839919bc2704a20f7cf042f5909a190758f8c547f3647",
            "b0166342cce5c6ea9a12c018522e71e21166e0758fe538836163ccdf3b7b516e",
            "83372efc0010baa4bb8c2be3feed3e0b8723950a2a37cb3c90b6278af759eab9",
        ];
        assert_eq!(found, frozen);
    }

    #[tokio::test]
    async fn the_one_rule_for_signatures_takes_points_of_small_order() {
        // Key and R are the neutral element, S is 0: ZIP 215 accepts it for every message, stricter rules do not.
        let key: PublicKey = std::array::from_fn(|place| u8::from(place == 0));
        let signature: [u8; 64] = std::array::from_fn(|place| u8::from(place == 0));
        let vote = Vote { address: Address(key), ..precommit(&keys(1)[0], 7, 2, 9) };
        let verified = ChainVerifier::new(DOMAIN).verify_signed_vote(&vote, &signature, &key).await;
        assert!(verified.unwrap().is_valid());
    }
}
