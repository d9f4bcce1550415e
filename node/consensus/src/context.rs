//! Malachite's words in ours: heights, addresses, values, votes and proposals of this chain.
//!
//! A validator's address is its public key, a value is the hash of a header. Keys and signatures are raw bytes: what they are worth is
//! decided by [`crate::signing`] alone, under the one rule of the project.

use arc_malachitebft_app_channel::app::types::core::{
    self as core, Context, LinearTimeouts, NilOrVal, Round, SignedExtension, SigningScheme, VoteType, VotingPower,
};
use bytes::Bytes;
use mulu_proofs::{
    certificate::ValidatorSet as ProvenSet,
    ids::{self, Digest32, PublicKey},
};
use std::{fmt, sync::Arc};

/// The height of a block. Wider than ours, because the engine counts beyond what it hears; what comes from outside never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(u64);

impl Height {
    /// Wraps a height of ours.
    pub const fn new(height: ids::Height) -> Self {
        Self(height.get() as u64)
    }

    /// The height as the ledger counts it; the last possible one for what lies beyond.
    pub fn id(self) -> ids::Height {
        ids::Height::new(u32::try_from(self.0).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::Height for Height {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    fn increment_by(&self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.checked_sub(n).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

/// A validator's address: its public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub PublicKey);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::Address for Address {}

/// What is decided on: the hash of a header. It is its own id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockHash(pub Digest32);

impl fmt::Display for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::Value for BlockHash {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

/// A prevote or precommit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Prevote or precommit.
    pub kind: VoteType,
    /// Height.
    pub height: Height,
    /// Round.
    pub round: Round,
    /// A header's hash, or nil.
    pub value: NilOrVal<BlockHash>,
    /// Who votes.
    pub address: Address,
}

impl core::Vote<MuluContext> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockHash> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockHash> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }

    fn extension(&self) -> Option<&SignedExtension<MuluContext>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<MuluContext>> {
        None
    }

    fn extend(self, _extension: SignedExtension<MuluContext>) -> Self {
        self
    }
}

/// A proposal: which value its proposer stands for in a round. The body travels in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Height.
    pub height: Height,
    /// Round.
    pub round: Round,
    /// Hash of the header.
    pub value: BlockHash,
    /// An earlier round in which more than two thirds voted for the value; nil if it is new.
    pub pol_round: Round,
    /// Who proposes.
    pub address: Address,
}

impl core::Proposal<MuluContext> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BlockHash {
        &self.value
    }

    fn take_value(self) -> BlockHash {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }
}

/// A part of a proposed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first part: what follows, signed by the proposer.
    Init(Init),
    /// A piece of the block's bytes.
    Data(Bytes),
}

impl core::ProposalPart<MuluContext> for Part {
    fn is_first(&self) -> bool {
        matches!(self, Self::Init(_))
    }

    fn is_last(&self) -> bool {
        // The stream says where it ends.
        false
    }
}

/// What a stream of parts holds. The engine does not sign parts, so the proposer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Init {
    /// Height.
    pub height: Height,
    /// Round that it is proposed in.
    pub round: u32,
    /// Round of its polka; nil if the value is new.
    pub pol_round: Round,
    /// Who proposes.
    pub proposer: Address,
    /// Hash of the block's header.
    pub hash: BlockHash,
    /// Bytes of the block.
    pub bytes: u32,
    /// blake2-256 of them, so that nobody on the way can put another body under the header.
    pub body: Digest32,
    /// The proposer's signature over the fields above.
    pub signature: [u8; 64],
}

/// A validator of a height. Power is equal, one each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    address: Address,
}

impl core::Validator<MuluContext> for Validator {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.address.0
    }

    fn voting_power(&self) -> VotingPower {
        1
    }
}

/// The validators of a height, ascending by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet(Arc<[Validator]>);

impl From<&ProvenSet> for ValidatorSet {
    fn from(set: &ProvenSet) -> Self {
        Self(set.validators().iter().map(|validator| Validator { address: Address(validator.key) }).collect())
    }
}

impl core::ValidatorSet<MuluContext> for ValidatorSet {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.0.len() as VotingPower
    }

    fn get_by_address(&self, address: &Address) -> Option<&Validator> {
        self.0.binary_search_by_key(address, |validator| validator.address).ok().map(|place| &self.0[place])
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.0.get(index)
    }
}

/// Keys and signatures as the bytes that they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawEd25519;

impl SigningScheme for RawEd25519 {
    type DecodingError = std::array::TryFromSliceError;
    type Signature = [u8; 64];
    type PublicKey = PublicKey;
    /// Keys never pass through the engine.
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Self::Signature, Self::DecodingError> {
        bytes.try_into()
    }

    fn encode_signature(signature: &Self::Signature) -> Vec<u8> {
        signature.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<Self::PublicKey, Self::DecodingError> {
        bytes.try_into()
    }

    fn encode_public_key(public_key: &Self::PublicKey) -> Vec<u8> {
        public_key.to_vec()
    }
}

/// The types of this chain, as the engine asks for them.
#[derive(Clone, Copy, Debug)]
pub struct MuluContext;

impl Context for MuluContext {
    type Address = Address;
    type Height = Height;
    type ProposalPart = Part;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = ValidatorSet;
    type Timeouts = LinearTimeouts;
    type Value = BlockHash;
    type Vote = Vote;
    /// Votes carry nothing besides the vote.
    type Extension = ();
    type SigningScheme = RawEd25519;

    fn select_proposer<'a>(&self, set: &'a ValidatorSet, height: Height, round: Round) -> &'a Validator {
        let turn = height.0.wrapping_add(u64::from(round.as_u32().unwrap_or(0)));
        let place = usize::try_from(turn % set.0.len() as u64).expect("less than the number of validators");
        &set.0[place]
    }

    fn new_proposal(&self, height: Height, round: Round, value: BlockHash, pol: Round, address: Address) -> Proposal {
        Proposal { height, round, value, pol_round: pol, address }
    }

    fn new_prevote(&self, height: Height, round: Round, value: NilOrVal<BlockHash>, address: Address) -> Vote {
        Vote { kind: VoteType::Prevote, height, round, value, address }
    }

    fn new_precommit(&self, height: Height, round: Round, value: NilOrVal<BlockHash>, address: Address) -> Vote {
        Vote { kind: VoteType::Precommit, height, round, value, address }
    }
}
