//! Votes, proposals, certificates, parts and proofs as bytes.

use super::{CodecError, Wire, array, byte, list, number32, number64, put_list, put_run, run, take};
use crate::{
    context::{Address, BlockHash, Height, Init, MuluContext, Part, Proposal, Vote},
    parts::PART_BYTES_MAX,
};
use arc_malachitebft_app_channel::app::{
    consensus::{LivenessMsg, SignedConsensusMsg},
    streaming::{StreamContent, StreamId, StreamMessage},
    types::{
        ProposedValue,
        core::{
            CommitCertificate, CommitSignature, NilOrVal, PolkaCertificate, PolkaSignature, Round, RoundCertificate,
            RoundCertificateType, RoundSignature, SignedMessage, ValidatorProof, Validity, VoteType,
        },
    },
};
use bytes::{BufMut, Bytes, BytesMut};
use mulu_proofs::certificate::VALIDATORS_MAX;

/// Bytes of a stream's name.
pub const STREAM_ID_BYTES: usize = 20;
/// Longest libp2p name of a node.
pub const PEER_ID_BYTES_MAX: usize = 64;
/// A round certificate may hold prevotes and precommits of everyone.
const ROUND_SIGNATURES_MAX: usize = 2 * VALIDATORS_MAX;

impl Wire for Height {
    fn write(&self, out: &mut BytesMut) {
        out.put_u32_le(self.id().get());
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        number32(input, "height").map(|height| Self::new(mulu_proofs::ids::Height::new(height)))
    }
}

impl Wire for Address {
    fn write(&self, out: &mut BytesMut) {
        out.put_slice(&self.0);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        array(input, "address").map(Self)
    }
}

impl Wire for BlockHash {
    fn write(&self, out: &mut BytesMut) {
        out.put_slice(&self.0);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        array(input, "hash").map(Self)
    }
}

impl Wire for [u8; 64] {
    fn write(&self, out: &mut BytesMut) {
        out.put_slice(self);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        array(input, "signature")
    }
}

impl Wire for Round {
    fn write(&self, out: &mut BytesMut) {
        match self.as_u32() {
            None => out.put_u8(0),
            Some(round) => {
                out.put_u8(1);
                out.put_u32_le(round);
            }
        }
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        match byte(input, "round")? {
            0 => Ok(Self::Nil),
            1 => number32(input, "round").map(Self::new),
            found => Err(CodecError::Unknown { what: "round", found }),
        }
    }
}

/// A round that must be one: what is voted on or proposed is never in round nil.
fn real_round(input: &mut Bytes) -> Result<Round, CodecError> {
    number32(input, "round").map(Round::new)
}

fn put_real_round(out: &mut BytesMut, round: Round) {
    out.put_u32_le(round.as_u32().expect("nobody votes or proposes before the first round"));
}

impl Wire for NilOrVal<BlockHash> {
    fn write(&self, out: &mut BytesMut) {
        match self {
            Self::Nil => out.put_u8(0),
            Self::Val(hash) => {
                out.put_u8(1);
                hash.write(out);
            }
        }
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        match byte(input, "value")? {
            0 => Ok(Self::Nil),
            1 => BlockHash::read(input).map(Self::Val),
            found => Err(CodecError::Unknown { what: "value", found }),
        }
    }
}

/// Two-valued choices: 0 for the first, 1 for the second.
macro_rules! choice {
    ($what:literal, $kind:ty, $first:path, $second:path) => {
        impl Wire for $kind {
            fn write(&self, out: &mut BytesMut) {
                out.put_u8(matches!(self, $second).into());
            }

            fn read(input: &mut Bytes) -> Result<Self, CodecError> {
                match byte(input, $what)? {
                    0 => Ok($first),
                    1 => Ok($second),
                    found => Err(CodecError::Unknown { what: $what, found }),
                }
            }
        }
    };
}

choice!("kind of vote", VoteType, VoteType::Prevote, VoteType::Precommit);
choice!("validity", Validity, Validity::Invalid, Validity::Valid);
choice!("kind of round certificate", RoundCertificateType, RoundCertificateType::Skip, RoundCertificateType::Precommit);

impl Wire for Vote {
    fn write(&self, out: &mut BytesMut) {
        self.kind.write(out);
        self.height.write(out);
        put_real_round(out, self.round);
        self.value.write(out);
        self.address.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Self {
            kind: VoteType::read(input)?,
            height: Height::read(input)?,
            round: real_round(input)?,
            value: NilOrVal::read(input)?,
            address: Address::read(input)?,
        })
    }
}

impl Wire for Proposal {
    fn write(&self, out: &mut BytesMut) {
        self.height.write(out);
        put_real_round(out, self.round);
        self.value.write(out);
        self.pol_round.write(out);
        self.address.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Self {
            height: Height::read(input)?,
            round: real_round(input)?,
            value: BlockHash::read(input)?,
            pol_round: Round::read(input)?,
            address: Address::read(input)?,
        })
    }
}

impl<T: Wire> Wire for SignedMessage<MuluContext, T> {
    fn write(&self, out: &mut BytesMut) {
        self.message.write(out);
        self.signature.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        let message = T::read(input)?;
        Ok(Self::new(message, <[u8; 64]>::read(input)?))
    }
}

impl Wire for SignedConsensusMsg<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        match self {
            Self::Vote(vote) => {
                out.put_u8(0);
                vote.write(out);
            }
            Self::Proposal(proposal) => {
                out.put_u8(1);
                proposal.write(out);
            }
        }
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        match byte(input, "consensus message")? {
            0 => SignedMessage::read(input).map(Self::Vote),
            1 => SignedMessage::read(input).map(Self::Proposal),
            found => Err(CodecError::Unknown { what: "consensus message", found }),
        }
    }
}

impl Wire for LivenessMsg<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        match self {
            Self::Vote(vote) => {
                out.put_u8(0);
                vote.write(out);
            }
            Self::PolkaCertificate(certificate) => {
                out.put_u8(1);
                certificate.write(out);
            }
            Self::SkipRoundCertificate(certificate) => {
                out.put_u8(2);
                certificate.write(out);
            }
        }
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        match byte(input, "liveness message")? {
            0 => SignedMessage::read(input).map(Self::Vote),
            1 => PolkaCertificate::read(input).map(Self::PolkaCertificate),
            2 => RoundCertificate::read(input).map(Self::SkipRoundCertificate),
            found => Err(CodecError::Unknown { what: "liveness message", found }),
        }
    }
}

/// Signatures that are an address and 64 bytes.
macro_rules! signature {
    ($kind:ident) => {
        impl Wire for $kind<MuluContext> {
            fn write(&self, out: &mut BytesMut) {
                self.address.write(out);
                self.signature.write(out);
            }

            fn read(input: &mut Bytes) -> Result<Self, CodecError> {
                let address = Address::read(input)?;
                Ok(Self { address, signature: <[u8; 64]>::read(input)? })
            }
        }
    };
}

signature!(CommitSignature);
signature!(PolkaSignature);

/// Certificates that are height, round, hash and signatures.
macro_rules! certificate {
    ($kind:ident, $signatures:ident) => {
        impl Wire for $kind<MuluContext> {
            fn write(&self, out: &mut BytesMut) {
                self.height.write(out);
                put_real_round(out, self.round);
                self.value_id.write(out);
                put_list(out, &self.$signatures);
            }

            fn read(input: &mut Bytes) -> Result<Self, CodecError> {
                Ok(Self {
                    height: Height::read(input)?,
                    round: real_round(input)?,
                    value_id: BlockHash::read(input)?,
                    $signatures: list(input, "signatures", VALIDATORS_MAX)?,
                })
            }
        }
    };
}

certificate!(CommitCertificate, commit_signatures);
certificate!(PolkaCertificate, polka_signatures);

impl Wire for RoundSignature<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        self.vote_type.write(out);
        self.value_id.write(out);
        self.address.write(out);
        self.signature.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Self {
            vote_type: VoteType::read(input)?,
            value_id: NilOrVal::read(input)?,
            address: Address::read(input)?,
            signature: <[u8; 64]>::read(input)?,
        })
    }
}

impl Wire for RoundCertificate<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        self.height.write(out);
        put_real_round(out, self.round);
        self.cert_type.write(out);
        put_list(out, &self.round_signatures);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Self {
            height: Height::read(input)?,
            round: real_round(input)?,
            cert_type: RoundCertificateType::read(input)?,
            round_signatures: list(input, "signatures", ROUND_SIGNATURES_MAX)?,
        })
    }
}

impl Wire for ProposedValue<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        self.height.write(out);
        put_real_round(out, self.round);
        self.valid_round.write(out);
        self.proposer.write(out);
        self.value.write(out);
        self.validity.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Self {
            height: Height::read(input)?,
            round: real_round(input)?,
            valid_round: Round::read(input)?,
            proposer: Address::read(input)?,
            value: BlockHash::read(input)?,
            validity: Validity::read(input)?,
        })
    }
}

impl Wire for Init {
    fn write(&self, out: &mut BytesMut) {
        self.height.write(out);
        out.put_u32_le(self.round);
        self.pol_round.write(out);
        self.proposer.write(out);
        self.hash.write(out);
        out.put_u32_le(self.bytes);
        out.put_slice(&self.body);
        self.signature.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Self {
            height: Height::read(input)?,
            round: number32(input, "round")?,
            pol_round: Round::read(input)?,
            proposer: Address::read(input)?,
            hash: BlockHash::read(input)?,
            bytes: number32(input, "bytes of the block")?,
            body: array(input, "digest of the block")?,
            signature: <[u8; 64]>::read(input)?,
        })
    }
}

impl Wire for Part {
    fn write(&self, out: &mut BytesMut) {
        match self {
            Self::Init(init) => {
                out.put_u8(0);
                init.write(out);
            }
            Self::Data(bytes) => {
                out.put_u8(1);
                put_run(out, bytes);
            }
        }
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        match byte(input, "part")? {
            0 => Init::read(input).map(Self::Init),
            1 => run(input, "bytes of a part", PART_BYTES_MAX).map(Self::Data),
            found => Err(CodecError::Unknown { what: "part", found }),
        }
    }
}

impl Wire for StreamMessage<Part> {
    fn write(&self, out: &mut BytesMut) {
        let stream = self.stream_id.to_bytes();
        assert!(stream.len() == STREAM_ID_BYTES, "streams are named by parts.rs alone");
        out.put_slice(&stream);
        out.put_u64_le(self.sequence);
        match &self.content {
            StreamContent::Fin => out.put_u8(0),
            StreamContent::Data(part) => {
                out.put_u8(1);
                part.write(out);
            }
        }
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        let stream = StreamId::new(take(input, STREAM_ID_BYTES, "name of a stream")?);
        let sequence = number64(input, "place in a stream")?;
        let content = match byte(input, "content of a stream")? {
            0 => StreamContent::Fin,
            1 => StreamContent::Data(Part::read(input)?),
            found => return Err(CodecError::Unknown { what: "content of a stream", found }),
        };
        Ok(Self::new(stream, sequence, content))
    }
}

impl Wire for ValidatorProof<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        put_run(out, &self.public_key);
        put_run(out, &self.peer_id);
        self.signature.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        let public_key = run(input, "bytes of a public key", 32)?.to_vec();
        let peer_id = run(input, "bytes of a peer's name", PEER_ID_BYTES_MAX)?.to_vec();
        Ok(Self::new(public_key, peer_id, <[u8; 64]>::read(input)?))
    }
}
