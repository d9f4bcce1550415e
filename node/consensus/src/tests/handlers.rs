//! Two validators' applications, message by message, without an engine.

use super::chain::{Chain, Surroundings, hear, submit, validator_key};
use crate::{
    app::App,
    clock,
    context::{Address, BlockHash, Height as At, Init, MuluContext, Part, Vote},
    error::Halt,
    handlers::{
        decided::{self, Decision},
        finalized, get_decided_values, get_value, process_synced_value, received_proposal_part, restream_proposal,
        started_round,
    },
    parts::{Whole, split},
    signing::vote_message,
};
use arc_malachitebft_app_channel::app::{
    engine::host::SyncedValueOutcome,
    streaming::{StreamContent, StreamMessage},
    types::{
        PeerId, ProposedValue,
        core::{CommitCertificate, CommitSignature, NilOrVal, Round, Validity, VoteType},
    },
};
use bytes::Bytes;
use ed25519_dalek::Signer;
use mulu_primitives::block::Block;
use mulu_proofs::ids::{Height, Moment};
use tempfile::TempDir;

/// A validator's application with what is around it.
struct Side {
    folder: TempDir,
    number: u8,
    around: Surroundings,
    app: App,
}

impl Side {
    fn new(chain: &Chain, number: u8) -> Self {
        Self::at(chain, number, tempfile::tempdir().unwrap())
    }

    fn at(chain: &Chain, number: u8, folder: TempDir) -> Self {
        let around = Surroundings::open(chain, folder.path());
        let app = around.app(&chain.config(folder.path(), Some(number)));
        Self { folder, number, around, app }
    }

    /// Another process on the same data.
    fn restarted(self, chain: &Chain) -> Self {
        let Self { folder, number, around, app } = self;
        drop((around, app));
        Self::at(chain, number, folder)
    }
}

fn peer() -> PeerId {
    PeerId::from_bytes(&[&[0x12, 32][..], &[6; 32]].concat()).unwrap()
}

fn next(app: &App) -> At {
    At::new(app.parent.next())
}

/// The number of the validator whose turn it is.
fn turn(chain: &Chain, app: &App, round: u32) -> u8 {
    let turn = app.proposer(round);
    (1..=chain.validators).find(|n| Address(validator_key(*n).verifying_key().to_bytes()) == turn).unwrap()
}

/// The side whose turn it is in `round` of block 1, then another.
fn by_turn(chain: &Chain, round: u32) -> (Side, Side) {
    let number = turn(chain, &Side::new(chain, 1).app, round);
    (Side::new(chain, number), Side::new(chain, number % chain.validators + 1))
}

/// The same for block 2: block 1 holds genesis records and nothing else.
fn by_turn_after_one(chain: &Chain) -> (Side, Side) {
    let (mut first, _) = by_turn(chain, 0);
    let now = clock::now();
    let (hash, parts) = propose(&mut first.app, 0, now);
    let follow = |number: u8| {
        let mut side = Side::new(chain, number);
        receive(&mut side.app, parts.clone(), now).unwrap();
        decide(chain, &mut side, hash);
        let committed = side.around.committed.try_recv().unwrap();
        hear(&side.around.parts, &committed);
        side
    };
    let number = turn(chain, &follow(1).app, 0);
    (follow(number), follow(number % chain.validators + 1))
}

fn propose(app: &mut App, round: u32, now: Moment) -> (BlockHash, Vec<StreamMessage<Part>>) {
    let (value, parts) = get_value::handle(app, next(app), Round::new(round), now).unwrap().unwrap();
    (value.value, parts)
}

fn receive(app: &mut App, parts: Vec<StreamMessage<Part>>, now: Moment) -> Option<ProposedValue<MuluContext>> {
    let mut last = None;
    for part in parts {
        last = received_proposal_part::handle(app, peer(), part, now).unwrap().value;
    }
    last
}

/// The certificate that three validators of a set give.
fn certificate(chain: &Chain, app: &App, hash: BlockHash) -> CommitCertificate<MuluContext> {
    let height = next(app);
    let signature = |number: u8| {
        let key = validator_key(number);
        let address = Address(key.verifying_key().to_bytes());
        let (kind, round, value) = (VoteType::Precommit, Round::new(0), NilOrVal::Val(hash));
        let vote = Vote { kind, height, round, value, address };
        CommitSignature::new(address, key.sign(&vote_message(&app.domain, &vote).unwrap()).to_bytes())
    };
    let quorum = u8::try_from(chain.set().quorum()).unwrap();
    CommitCertificate {
        height,
        round: Round::new(0),
        value_id: hash,
        commit_signatures: (1..=quorum).map(signature).collect(),
    }
}

fn decide(chain: &Chain, side: &mut Side, hash: BlockHash) -> Decision {
    let certificate = certificate(chain, &side.app, hash);
    decided::handle(&mut side.app, &certificate).unwrap()
}

#[test]
fn a_proposed_block_is_judged_and_committed_by_both_sides_alike() {
    let chain = Chain::new(4);
    let (mut proposer, mut other) = by_turn_after_one(&chain);
    submit(&proposer.around.parts, &chain.remark(0, 10));
    let now = clock::now();
    let (hash, parts) = propose(&mut proposer.app, 0, now);
    let value = receive(&mut other.app, parts, now).unwrap();
    assert_eq!((value.value, value.validity, value.valid_round), (hash, Validity::Valid, Round::Nil));
    for side in [&mut proposer, &mut other] {
        assert_eq!(decide(&chain, side, hash), Decision::Voted);
        let committed = side.around.committed.try_recv().unwrap();
        assert_eq!((committed.hash(), committed.block().extrinsics.len()), (hash.0, 2));
        let stored = side.around.parts.store.certificate(Height::new(2)).unwrap().unwrap();
        stored.verify(&side.app.domain, chain.set()).unwrap();
        assert_eq!(next(&side.app), At::new(Height::new(3)));
    }
    assert_eq!(proposer.around.parts.store.head(), other.around.parts.store.head());
}

#[test]
fn a_decision_again_is_known_and_one_without_body_or_signatures_ends_the_node() {
    let chain = Chain::new(4);
    let (mut proposer, _) = by_turn(&chain, 0);
    let (hash, _) = propose(&mut proposer.app, 0, clock::now());
    let good = certificate(&chain, &proposer.app, hash);
    let mut short = good.clone();
    short.commit_signatures.pop();
    let unknown = certificate(&chain, &proposer.app, BlockHash([9; 32]));
    for bad in [short, unknown] {
        assert!(matches!(decided::handle(&mut proposer.app, &bad), Err(Halt::Fatal { .. })));
    }
    assert_eq!(decided::handle(&mut proposer.app, &good), Ok(Decision::Voted));
    assert_eq!(decided::handle(&mut proposer.app, &good), Ok(Decision::Known));
    let evidence = arc_malachitebft_app_channel::app::types::MisbehaviorEvidence {
        proposals: Default::default(),
        votes: Default::default(),
    };
    assert_eq!(finalized::handle(&proposer.app, &good, &evidence).unwrap().0, At::new(Height::new(2)));
    let undecided = certificate(&chain, &proposer.app, hash);
    assert!(matches!(finalized::handle(&proposer.app, &undecided, &evidence), Err(Halt::Fatal { .. })));
}

#[test]
fn the_same_value_is_proposed_after_a_restart_and_can_be_decided() {
    let chain = Chain::new(4);
    let (mut proposer, mut other) = by_turn_after_one(&chain);
    submit(&proposer.around.parts, &chain.remark(0, 2_000));
    let now = clock::now();
    let (hash, parts) = propose(&mut proposer.app, 0, now);
    receive(&mut other.app, parts, now).unwrap();

    let mut proposer = proposer.restarted(&chain);
    let (again, parts) = propose(&mut proposer.app, 0, Moment::new(now.get() + 60_000));
    assert_eq!(again, hash);
    assert_eq!(receive(&mut other.app, parts, now).unwrap().validity, Validity::Valid);

    let mut other = other.restarted(&chain);
    let height = next(&other.app);
    let values = started_round::handle(&mut other.app, height, Round::new(0), now).unwrap();
    assert_eq!(values.iter().map(|value| (value.value, value.validity)).collect::<Vec<_>>(), [(hash, Validity::Valid)]);
    assert!(started_round::handle(&mut other.app, height, Round::new(1), now).unwrap().is_empty());
    for side in [&mut proposer, &mut other] {
        assert_eq!(decide(&chain, side, hash), Decision::Voted);
    }
    assert_eq!(proposer.around.parts.store.head(), other.around.parts.store.head());
}

#[test]
fn a_time_that_the_own_clock_does_not_believe_gets_no_vote_in_its_first_round_only() {
    let chain = Chain::new(4);
    let (mut proposer, other) = by_turn(&chain, 0);
    let now = clock::now();
    let (hash, parts) = propose(&mut proposer.app, 0, now);
    for off in [now.get() - 5_001, now.get() + 30_001] {
        let mut fresh = Side::new(&chain, other.number);
        assert_eq!(receive(&mut fresh.app, parts.clone(), Moment::new(off)).unwrap().validity, Validity::Invalid);
        // More than two thirds have voted for it in round 0: now the clock is not asked.
        let round = (1..9).find(|round| proposer.app.proposer(*round) == proposer.app.address).unwrap();
        fresh.app.round = round;
        let again = restream_proposal::handle(
            &mut proposer.app,
            At::new(Height::new(1)),
            Round::new(round),
            Round::new(0),
            Address(validator_key(proposer.number).verifying_key().to_bytes()),
            hash,
        );
        let value = receive(&mut fresh.app, again.unwrap(), Moment::new(off)).unwrap();
        assert_eq!(
            (value.validity, value.valid_round, value.round),
            (Validity::Valid, Round::new(0), Round::new(round))
        );
    }
}

/// The proposer's signature under other bytes or another first part.
fn resigned(
    side: &Side,
    change: impl FnOnce(&mut Block),
    now: Moment,
    app: &mut App,
) -> Option<ProposedValue<MuluContext>> {
    let init = side.app.blocks.of_round(0).next().unwrap();
    let block = side.app.blocks.body(&side.app.parts, &init.hash.0).unwrap().unwrap();
    let mut block = Block::clone(&block);
    change(&mut block);
    let bytes = Bytes::from(block.encode());
    let init = side.app.signer.as_ref().unwrap().sign_parts(Init {
        hash: BlockHash(block.hash()),
        bytes: u32::try_from(bytes.len()).unwrap(),
        body: mulu_proofs::hash::blake2_256(&bytes),
        ..init
    });
    receive(app, split(init, &bytes, 99), now)
}

#[test]
fn a_block_that_executes_otherwise_than_its_header_says_gets_no_vote() {
    let chain = Chain::new(4);
    let (mut proposer, mut other) = by_turn(&chain, 0);
    let now = clock::now();
    propose(&mut proposer.app, 0, now);
    let bad: [fn(&mut Block); 4] = [
        |block| block.header.state_root = Default::default(),
        |block| block.header.parent_hash = Default::default(),
        |block| block.header.number += 1,
        |block| block.extrinsics.clear(),
    ];
    for change in bad {
        assert_eq!(resigned(&proposer, change, now, &mut other.app).unwrap().validity, Validity::Invalid);
    }
    // Four were judged in this round: enough, even for a good one.
    assert_eq!(resigned(&proposer, |_| {}, now, &mut other.app), None);
}

#[test]
fn parts_of_whom_it_is_not_the_turn_or_of_far_heights_are_dropped() {
    let chain = Chain::new(4);
    let (mut proposer, mut other) = by_turn(&chain, 0);
    let now = clock::now();
    let (_, parts) = propose(&mut proposer.app, 0, now);
    let init = proposer.app.blocks.of_round(0).next().unwrap();
    let signer = other.app.signer.clone().unwrap();
    let block = proposer.app.blocks.body(&proposer.app.parts, &init.hash.0).unwrap().unwrap();
    let bytes = Bytes::from(block.encode());
    let not_his_turn = signer.sign_parts(Init { proposer: other.app.address, ..init });
    assert_eq!(receive(&mut other.app, split(not_his_turn, &bytes, 1), now), None);
    let far = proposer.app.signer.as_ref().unwrap().sign_parts(Init { height: At::new(Height::new(9)), ..init });
    let later = proposer.app.signer.as_ref().unwrap().sign_parts(Init { round: 50, ..init });
    for dropped in [far, later, Init { signature: [0; 64], ..init }] {
        let first = split(dropped, &bytes, 2).remove(0);
        let received = received_proposal_part::handle(&mut other.app, peer(), first, now).unwrap();
        assert_eq!(received, received_proposal_part::Received::default());
    }
    let received = received_proposal_part::handle(&mut other.app, peer(), parts[0].clone(), now).unwrap();
    assert_eq!(received.began, Some(At::new(Height::new(1))));
}

#[test]
fn a_block_that_comes_before_its_parent_is_committed_waits_for_it() {
    let chain = Chain::new(4);
    let (mut proposer, mut other) = by_turn(&chain, 0);
    let now = clock::now();
    let (first, first_parts) = propose(&mut proposer.app, 0, now);
    decide(&chain, &mut proposer, first);
    let mut second = Side::new(&chain, turn(&chain, &proposer.app, 0));
    receive(&mut second.app, first_parts.clone(), now).unwrap();
    decide(&chain, &mut second, first);
    let (hash, parts) = propose(&mut second.app, 0, now);

    assert_eq!(receive(&mut other.app, parts, now), None);
    receive(&mut other.app, first_parts, now).unwrap();
    decide(&chain, &mut other, first);
    let height = next(&other.app);
    let values = started_round::handle(&mut other.app, height, Round::new(0), now).unwrap();
    assert_eq!(values.iter().map(|value| value.value).collect::<Vec<_>>(), [hash]);
    decide(&chain, &mut other, hash);
    assert_eq!(other.around.height(), 2);
}

#[test]
fn what_the_pool_has_not_heard_of_as_included_is_not_proposed_again() {
    let chain = Chain::new(1);
    let (mut side, _) = by_turn_after_one(&chain);
    submit(&side.around.parts, &chain.remark(0, 10));
    submit(&side.around.parts, &chain.remark(1, 20_000));
    assert!(side.app.is_pool_ready());
    let (first, _) = propose(&mut side.app, 0, clock::now());
    decide(&chain, &mut side, first);
    assert!(!side.app.is_pool_ready());
    let (second, _) = propose(&mut side.app, 0, clock::now());
    decide(&chain, &mut side, second);
    let [one, two] = [2, 3].map(|height| side.around.parts.store.block(Height::new(height)).unwrap().unwrap());
    assert_eq!((one.extrinsics.len(), two.extrinsics.len()), (3, 1));
    assert!(side.around.refused.try_recv().is_err());
    for _ in 0..2 {
        let committed = side.around.committed.try_recv().unwrap();
        hear(&side.around.parts, &committed);
    }
    submit(&side.around.parts, &chain.remark(2, 10));
    assert!(side.app.is_pool_ready());
}

#[test]
fn a_side_that_is_behind_takes_decided_blocks_and_serves_them_on() {
    let chain = Chain::new(4);
    let mut ahead = Side::new(&chain, 1);
    let mut blocks = 0;
    while blocks < 3 {
        let mut proposer = Side::new(&chain, turn(&chain, &ahead.app, 0));
        sync(&ahead, &mut proposer);
        let (hash, parts) = propose(&mut proposer.app, 0, clock::now());
        receive(&mut ahead.app, parts, clock::now());
        decide(&chain, &mut ahead, hash);
        blocks += 1;
    }
    let mut behind = Side::new(&chain, 2);
    sync(&ahead, &mut behind);
    assert_eq!(behind.around.parts.store.head(), ahead.around.parts.store.head());
    let beyond = At::new(Height::new(4))..=At::new(Height::new(9));
    assert!(get_decided_values::handle(&behind.app, &beyond).unwrap().is_empty());
}

fn sync(from: &Side, to: &mut Side) {
    let range = next(&to.app)..=At::new(Height::new(u32::MAX));
    for value in get_decided_values::handle(&from.app, &range).unwrap() {
        let certificate = value.certificate.trim_vote_extensions();
        let outcome = process_synced_value::handle(
            &mut to.app,
            certificate.height,
            certificate.round,
            Address([0; 32]),
            &value.value_bytes,
        );
        assert!(matches!(outcome, Ok(SyncedValueOutcome::Verdict(value)) if value.validity.is_valid()));
        assert_eq!(decided::handle(&mut to.app, &certificate), Ok(Decision::Synced));
    }
}

#[test]
fn a_synced_block_with_another_body_is_its_peers_fault() {
    let chain = Chain::new(4);
    let (mut proposer, mut other) = by_turn_after_one(&chain);
    submit(&proposer.around.parts, &chain.remark(0, 10));
    let (hash, _) = propose(&mut proposer.app, 0, clock::now());
    let block = proposer.app.blocks.body(&proposer.app.parts, &hash.0).unwrap().unwrap();
    let mut without = Block::clone(&block);
    without.extrinsics.pop();
    let mut elsewhere = Block::clone(&block);
    elsewhere.header.parent_hash = Default::default();
    let height = next(&other.app);
    let mut give = |height: At, bytes: Vec<u8>| {
        process_synced_value::handle(&mut other.app, height, Round::new(0), Address([0; 32]), &bytes.into()).unwrap()
    };
    for bytes in [without.encode(), elsewhere.encode(), b"junk".to_vec()] {
        assert!(matches!(give(height, bytes), SyncedValueOutcome::PeerFault));
    }
    let early = At::new(Height::new(3));
    assert!(matches!(give(early, block.encode()), SyncedValueOutcome::LocalTransientError));
    assert!(matches!(give(height, block.encode()), SyncedValueOutcome::Verdict(_)));
}

#[test]
fn a_block_whose_execution_ended_the_process_gets_no_vote_and_parks_at_last() {
    let chain = Chain::new(4);
    let (mut proposer, other) = by_turn(&chain, 0);
    let now = clock::now();
    let (hash, parts) = propose(&mut proposer.app, 0, now);

    other.around.parts.store.mark_executing(hash.0).unwrap();
    let mut other = other.restarted(&chain);
    assert_eq!(receive(&mut other.app, parts.clone(), now).unwrap().validity, Validity::Invalid);
    // The mark of this crash is not counted twice.
    let mut other = other.restarted(&chain);
    assert_eq!(receive(&mut other.app, parts, now).unwrap().validity, Validity::Invalid);

    // It is decided all the same: once more it is tried, then not.
    let block = proposer.app.blocks.body(&proposer.app.parts, &hash.0).unwrap().unwrap().encode();
    other.around.parts.store.mark_executing(hash.0).unwrap();
    let mut other = other.restarted(&chain);
    let give = |side: &mut Side| {
        let height = next(&side.app);
        process_synced_value::handle(&mut side.app, height, Round::new(0), Address([0; 32]), &block.clone().into())
    };
    let parked = give(&mut other).unwrap_err();
    assert!(matches!(&parked, Halt::Park { why } if why.contains("2 times")), "{parked}");

    let mut config = chain.config(other.folder.path(), Some(other.number));
    config.retry_crashed = true;
    other.app = other.around.app(&config);
    assert!(matches!(give(&mut other), Ok(SyncedValueOutcome::Verdict(_))));
    let certificate = certificate(&chain, &other.app, hash);
    assert_eq!(decided::handle(&mut other.app, &certificate), Ok(Decision::Synced));
}

#[test]
fn a_locked_block_is_sent_again_as_its_proposer_signed_it() {
    let chain = Chain::new(4);
    let (mut proposer, mut other) = by_turn(&chain, 0);
    let now = clock::now();
    let (hash, parts) = propose(&mut proposer.app, 0, now);
    receive(&mut other.app, parts, now).unwrap();
    let height = next(&other.app);
    let address = proposer.app.address;
    let again = restream_proposal::handle(&mut other.app, height, Round::new(0), Round::Nil, address, hash).unwrap();
    let StreamContent::Data(Part::Init(init)) = &again[0].content else { panic!("the first part comes first") };
    assert!(other.app.verifier.is_signed(init));
    let unknown = BlockHash([9; 32]);
    let nothing = restream_proposal::handle(&mut other.app, height, Round::new(0), Round::Nil, address, unknown);
    assert!(nothing.unwrap().is_empty());
}

#[test]
fn an_observer_proposes_nothing_and_commits_like_everyone() {
    let chain = Chain::new(4);
    let (mut proposer, _) = by_turn(&chain, 0);
    let folder = tempfile::tempdir().unwrap();
    let around = Surroundings::open(&chain, folder.path());
    let app = around.app(&chain.config(folder.path(), None));
    let mut observer = Side { folder, number: 0, around, app };
    let now = clock::now();
    let height = next(&observer.app);
    assert!(get_value::handle(&mut observer.app, height, Round::new(0), now).unwrap().is_none());
    let (hash, parts) = propose(&mut proposer.app, 0, now);
    assert!(receive(&mut observer.app, parts, now).unwrap().validity.is_valid());
    assert_eq!(decide(&chain, &mut observer, hash), Decision::Voted);
}

#[test]
fn early_blocks_are_bounded() {
    let chain = Chain::new(4);
    let mut side = Side::new(&chain, 1);
    let init = Init {
        height: At::new(Height::new(2)),
        round: 0,
        pol_round: Round::Nil,
        proposer: Address([0; 32]),
        hash: BlockHash([0; 32]),
        bytes: 0,
        body: [0; 32],
        signature: [0; 64],
    };
    for _ in 0..100 {
        side.app.keep_early(Whole { init, block: Bytes::new() });
    }
    assert!(side.app.early.len() < 10);
}
