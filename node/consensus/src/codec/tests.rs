//! Every message comes back as it went, and hostile bytes are refused within bounds.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::context::{Address, BlockHash, Height, Init, Proposal, Vote};
use arc_malachitebft_app_channel::app::{
    streaming::{StreamContent, StreamId},
    types::{
        PeerId,
        core::{
            CommitCertificate, CommitSignature, NilOrVal, PolkaSignature, Round, RoundCertificate,
            RoundCertificateType, RoundSignature, SignedMessage, Validity, VoteType,
        },
        sync::RawDecidedValue,
    },
};
use arc_malachitebft_sync::{ValueRequest, ValueResponse};
use std::fmt::Debug;

fn height(height: u32) -> Height {
    Height::new(mulu_proofs::ids::Height::new(height))
}

fn vote(kind: VoteType, value: NilOrVal<BlockHash>) -> SignedMessage<MuluContext, Vote> {
    let vote = Vote { kind, height: height(5), round: Round::new(3), value, address: Address([1; 32]) };
    SignedMessage::new(vote, [2; 64])
}

fn proposal(pol_round: Round) -> SignedMessage<MuluContext, Proposal> {
    let (value, address) = (BlockHash([4; 32]), Address([1; 32]));
    SignedMessage::new(Proposal { height: height(5), round: Round::new(3), value, pol_round, address }, [2; 64])
}

fn polka() -> PolkaCertificate<MuluContext> {
    PolkaCertificate {
        height: height(5),
        round: Round::new(3),
        value_id: BlockHash([4; 32]),
        polka_signatures: vec![PolkaSignature { address: Address([1; 32]), signature: [2; 64] }; 3],
    }
}

fn round_certificate() -> RoundCertificate<MuluContext> {
    let signature = RoundSignature {
        vote_type: VoteType::Prevote,
        value_id: NilOrVal::Val(BlockHash([4; 32])),
        address: Address([1; 32]),
        signature: [2; 64],
    };
    RoundCertificate {
        height: height(5),
        round: Round::new(3),
        cert_type: RoundCertificateType::Skip,
        round_signatures: vec![signature; 2],
    }
}

fn proposed(valid_round: Round, validity: Validity) -> ProposedValue<MuluContext> {
    ProposedValue {
        height: height(5),
        round: Round::new(3),
        valid_round,
        proposer: Address([1; 32]),
        value: BlockHash([4; 32]),
        validity,
    }
}

fn init() -> Part {
    Part::Init(Init {
        height: height(5),
        round: 3,
        pol_round: Round::new(1),
        proposer: Address([1; 32]),
        hash: BlockHash([4; 32]),
        bytes: 77,
        body: [5; 32],
        signature: [2; 64],
    })
}

fn in_stream(content: StreamContent<Part>) -> StreamMessage<Part> {
    StreamMessage::new(StreamId::new(Bytes::from_static(&[7; STREAM_ID_BYTES])), 9, content)
}

fn peer() -> PeerId {
    PeerId::from_bytes(&[&[0x12, 32][..], &[6; 32]].concat()).unwrap()
}

fn response(values: usize) -> Response<MuluContext> {
    let certificate = CommitCertificate {
        height: height(5),
        round: Round::new(3),
        value_id: BlockHash([4; 32]),
        commit_signatures: vec![CommitSignature::new(Address([1; 32]), [2; 64]); 3],
    };
    let value = RawDecidedValue::new(Bytes::from_static(b"block"), extended(certificate));
    Response::ValueResponse(ValueResponse::new(height(5), vec![value; values]))
}

/// The message comes back; cut anywhere it is refused, and so is one byte more.
fn check<T: Debug + PartialEq>(message: &T) -> Bytes
where
    MuluCodec: Codec<T, Error = CodecError>,
{
    let bytes = MuluCodec.encode(message).unwrap();
    assert_eq!(&MuluCodec.decode(bytes.clone()).unwrap(), message);
    for end in 0..bytes.len() {
        let cut: Result<T, _> = MuluCodec.decode(bytes.slice(..end));
        assert!(matches!(cut, Err(CodecError::Short { .. })), "{end} of {}: {cut:?}", bytes.len());
    }
    let longer: Result<T, _> = MuluCodec.decode([&bytes[..], &[0]].concat().into());
    assert_eq!(longer.unwrap_err(), CodecError::Trailing { bytes: 1 });
    bytes
}

#[test]
fn every_message_comes_back_and_none_is_read_from_a_part_of_it() {
    let hash = NilOrVal::Val(BlockHash([4; 32]));
    check(&SignedConsensusMsg::Vote(vote(VoteType::Prevote, NilOrVal::Nil)));
    check(&SignedConsensusMsg::Vote(vote(VoteType::Precommit, hash)));
    check(&SignedConsensusMsg::Proposal(proposal(Round::Nil)));
    check(&SignedConsensusMsg::Proposal(proposal(Round::new(u32::MAX))));
    check(&LivenessMsg::Vote(vote(VoteType::Precommit, NilOrVal::Nil)));
    check(&LivenessMsg::PolkaCertificate(polka()));
    check(&LivenessMsg::SkipRoundCertificate(round_certificate()));
    check(&polka());
    check(&proposed(Round::Nil, Validity::Valid));
    check(&proposed(Round::new(2), Validity::Invalid));
    check(&init());
    check(&Part::Data(Bytes::from_static(b"some bytes")));
    check(&in_stream(StreamContent::Data(init())));
    check(&in_stream(StreamContent::Data(Part::Data(Bytes::new()))));
    check(&in_stream(StreamContent::Fin));
    check(&ValidatorProof::<MuluContext>::new(vec![1; 32], peer().to_bytes(), [2; 64]));
    check(&Status::<MuluContext> { peer_id: peer(), tip_height: height(9), history_min_height: height(1) });
    check(&Request::<MuluContext>::ValueRequest(ValueRequest::new(height(3)..=height(u32::MAX))));
    check(&response(2));
}

#[test]
fn the_length_of_an_answer_is_known_before_it_is_written() {
    for values in [0, 1, 5] {
        let response = response(values);
        assert_eq!(MuluCodec.encoded_len(&response).unwrap(), MuluCodec.encode(&response).unwrap().len());
    }
}

#[test]
fn choices_that_nobody_makes_are_refused() {
    let vote = MuluCodec.encode(&SignedConsensusMsg::Vote(vote(VoteType::Prevote, NilOrVal::Nil))).unwrap();
    // Message, kind of vote, value.
    for (place, what) in [(0, "consensus message"), (1, "kind of vote"), (10, "value")] {
        let mut bytes = vote.to_vec();
        bytes[place] = 9;
        let read: Result<SignedConsensusMsg<MuluContext>, _> = MuluCodec.decode(bytes.into());
        assert_eq!(read.unwrap_err(), CodecError::Unknown { what, found: 9 });
    }
    for (bytes, what) in [(vec![9], "part"), (vec![0; 5], "part")] {
        let read: Result<Part, _> = MuluCodec.decode(bytes.into());
        assert!(matches!(read.unwrap_err(), CodecError::Unknown { .. } | CodecError::Short { .. }), "{what}");
    }
    let mut proposal = MuluCodec.encode(&SignedConsensusMsg::Proposal(proposal(Round::Nil))).unwrap().to_vec();
    proposal[1 + 4 + 4 + 32] = 2;
    let read: Result<SignedConsensusMsg<MuluContext>, _> = MuluCodec.decode(proposal.into());
    assert_eq!(read.unwrap_err(), CodecError::Unknown { what: "round", found: 2 });
    let status = Status::<MuluContext> { peer_id: peer(), tip_height: height(9), history_min_height: height(1) };
    let mut status = MuluCodec.encode(&status).unwrap().to_vec();
    status[4] = 0x77;
    let read: Result<Status<MuluContext>, _> = MuluCodec.decode(status.into());
    assert!(matches!(read.unwrap_err(), CodecError::Unknown { what: "peer's name", .. }));
}

#[test]
fn counts_are_checked_before_anything_is_made_of_them() {
    let over =
        |bound: u64| move |error: CodecError| matches!(error, CodecError::OverBound { bound: b, .. } if b == bound);
    let mut part = MuluCodec.encode(&Part::Data(Bytes::from_static(b"x"))).unwrap().to_vec();
    part[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
    let read: Result<Part, _> = MuluCodec.decode(part.into());
    assert!(over(crate::parts::PART_BYTES_MAX as u64)(read.unwrap_err()));

    let mut polka = MuluCodec.encode(&polka()).unwrap().to_vec();
    polka[40..44].copy_from_slice(&101_u32.to_le_bytes());
    let read: Result<PolkaCertificate<MuluContext>, _> = MuluCodec.decode(polka.into());
    assert!(over(100)(read.unwrap_err()));

    let mut answer = MuluCodec.encode(&response(1)).unwrap().to_vec();
    answer[4..8].copy_from_slice(&65_u32.to_le_bytes());
    let read: Result<Response<MuluContext>, _> = MuluCodec.decode(answer.into());
    assert!(over(SYNC_VALUES_MAX as u64)(read.unwrap_err()));

    let proof = ValidatorProof::<MuluContext>::new(vec![1; 33], vec![2; 8], [2; 64]);
    let read: Result<ValidatorProof<MuluContext>, _> = MuluCodec.decode(MuluCodec.encode(&proof).unwrap());
    assert!(over(32)(read.unwrap_err()));
}

#[test]
fn changed_bytes_are_refused_or_read_as_what_they_are() {
    let messages = [
        MuluCodec.encode(&LivenessMsg::SkipRoundCertificate(round_certificate())).unwrap(),
        MuluCodec.encode(&LivenessMsg::PolkaCertificate(polka())).unwrap(),
    ];
    for bytes in messages {
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.to_vec();
                changed[place] ^= 1 << bit;
                let changed = Bytes::from(changed);
                let read: Result<LivenessMsg<MuluContext>, _> = MuluCodec.decode(changed.clone());
                if let Ok(message) = read {
                    assert_eq!(MuluCodec.encode(&message).unwrap(), changed);
                }
            }
        }
    }
}

#[test]
fn the_forms_are_frozen() {
    let mut all = Vec::new();
    all.extend(check(&SignedConsensusMsg::Vote(vote(VoteType::Precommit, NilOrVal::Val(BlockHash([4; 32]))))));
    all.extend(check(&SignedConsensusMsg::Proposal(proposal(Round::new(1)))));
    all.extend(check(&LivenessMsg::PolkaCertificate(polka())));
    all.extend(check(&LivenessMsg::SkipRoundCertificate(round_certificate())));
    all.extend(check(&proposed(Round::Nil, Validity::Valid)));
    all.extend(check(&in_stream(StreamContent::Data(init()))));
    all.extend(check(&Request::<MuluContext>::ValueRequest(ValueRequest::new(height(3)..=height(4)))));
    all.extend(check(&response(1)));
    assert_eq!(
        hex::encode(mulu_proofs::hash::blake2_256(&all)),
        "8e5f7fbfc36bca86149989851d06a1c21864e479c92c57636800197e98d76d6f"
    );
}
