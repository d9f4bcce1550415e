use crate::*;
use mulu_primitives::{
    block::{EXTRINSIC_BYTES_MAX, Extrinsic},
    stages::{Lane, Validity},
};
use mulu_proofs::ids::Height;
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    acts: Bound { count_max: 8, bytes_max: 1_000 },
    batches: Bound { count_max: 4, bytes_max: 2 * EXTRINSIC_BYTES_MAX },
    signer: Bound { count_max: 5, bytes_max: 600 },
    nonce_gap_max: 4,
    wait_blocks_max: 50,
    ban_blocks: 3,
    remembered_max: 16,
    resend_blocks: 2,
    revalidate_blocks: 5,
    refresh_max: 2,
};

fn pool() -> Pool {
    Pool::new(LIMITS, Height::new(0))
}

fn extrinsic(signer: u8, nonce: u32, bytes: usize) -> Extrinsic {
    let mut body = vec![0; bytes];
    body[0] = signer;
    body[1..5].copy_from_slice(&nonce.to_le_bytes());
    Extrinsic::new(&body)
}

fn validity(signer: u8, nonce: u32) -> Validity {
    Validity { signer: [signer; 32], nonce, next_nonce: 0, lane: Lane::Act, longevity: Height::new(u32::MAX) }
}

fn submit_as(pool: &mut Pool, validity: Validity, bytes: usize) -> Result<Place, Refusal> {
    let extrinsic = extrinsic(validity.signer[0], validity.nonce, bytes);
    match pool.step(Input::Submitted { extrinsic, validity }).pop() {
        Some(Effect::Answer(answer)) => answer,
        other => panic!("a submission is answered last, found {other:?}"),
    }
}

fn submit(pool: &mut Pool, signer: u8, nonce: u32) -> Result<Place, Refusal> {
    submit_as(pool, validity(signer, nonce), 100)
}

fn commit(pool: &mut Pool, height: u32, included: &[Extrinsic], nonces: &[(u8, u32)]) -> Vec<Effect> {
    pool.step(Input::Committed {
        height: Height::new(height),
        included: included.iter().map(Extrinsic::hash).collect(),
        nonces: nonces.iter().map(|(signer, next)| ([*signer; 32], *next)).collect(),
    })
}

fn order(pool: &Pool, bytes_max: usize) -> Vec<(u8, u32)> {
    pool.candidates(bytes_max).iter().map(|p| (p.validity.signer[0], p.validity.nonce)).collect()
}

#[test]
fn a_submitted_extrinsic_is_forwarded_and_a_received_one_is_not() {
    let mut pool = pool();
    let (one, two) = (extrinsic(1, 0, 50), extrinsic(2, 0, 50));
    let effects = pool.step(Input::Submitted { extrinsic: one.clone(), validity: validity(1, 0) });
    assert_eq!(effects, [Effect::Forward(one), Effect::Answer(Ok(Place::Ready))]);
    let effects = pool.step(Input::Received { extrinsic: two, validity: validity(2, 0) });
    assert_eq!(effects, [Effect::Answer(Ok(Place::Ready))]);
}

#[test]
fn a_nonce_ahead_waits_until_the_gap_is_filled() {
    let mut pool = pool();
    assert_eq!(submit(&mut pool, 1, 1), Ok(Place::Future { missing: 0 }));
    assert!(!pool.has_ready() && pool.candidates(10_000).is_empty());
    assert_eq!(submit(&mut pool, 1, 0), Ok(Place::Ready));
    assert_eq!(order(&pool, 10_000), [(1, 0), (1, 1)]);
    assert_eq!(pool.next_nonce(&[1; 32]), Some(2));
    assert_eq!(pool.next_nonce(&[2; 32]), None);
}

#[test]
fn acts_go_before_batches_and_signers_take_turns() {
    let mut pool = pool();
    for nonce in 0..2 {
        assert_eq!(submit_as(&mut pool, Validity { lane: Lane::Batch, ..validity(9, nonce) }, 100), Ok(Place::Ready));
    }
    for (signer, nonce) in [(3, 0), (3, 1), (3, 2), (2, 0)] {
        assert_eq!(submit(&mut pool, signer, nonce), Ok(Place::Ready));
    }
    assert_eq!(order(&pool, 10_000), [(3, 0), (2, 0), (3, 1), (3, 2), (9, 0), (9, 1)]);
    assert_eq!(order(&pool, 350), [(3, 0), (2, 0), (3, 1)]);
    assert!(order(&pool, 99).is_empty());
}

#[test]
fn an_extrinsic_that_does_not_fit_holds_back_its_followers_only() {
    let mut pool = pool();
    assert_eq!(submit_as(&mut pool, validity(1, 0), 400), Ok(Place::Ready));
    assert_eq!(submit(&mut pool, 1, 1), Ok(Place::Ready));
    assert_eq!(submit(&mut pool, 2, 0), Ok(Place::Ready));
    assert_eq!(order(&pool, 300), [(2, 0)]);
}

#[test]
fn every_refusal_has_a_case_that_makes_it_and_its_code() {
    let mut full = pool();
    assert_eq!(submit(&mut full, 1, 0), Ok(Place::Ready));
    let long = submit_as(&mut full, validity(1, 1), EXTRINSIC_BYTES_MAX + 1).unwrap_err();
    assert_eq!((long.code(), matches!(long, Refusal::TooLong { .. })), (1010, true));
    assert_eq!(submit(&mut full, 1, 0), Err(Refusal::AlreadyImported));
    assert_eq!(submit_as(&mut full, validity(1, 0), 99), Err(Refusal::NonceTaken { nonce: 0 }));
    assert_eq!(submit(&mut full, 1, 5), Err(Refusal::TooFarAhead { nonce: 5, next: 0 }));
    let stale = Validity { next_nonce: 3, ..validity(2, 2) };
    assert_eq!(submit_as(&mut full, stale, 99), Err(Refusal::Stale { nonce: 2, next: 3 }));
    let expired = Validity { longevity: Height::new(0), ..validity(2, 0) };
    let (longevity, head) = (Height::new(0), Height::new(0));
    assert_eq!(submit_as(&mut full, expired, 99), Err(Refusal::Expired { longevity, head }));
    for nonce in 1..5 {
        assert_eq!(submit(&mut full, 1, nonce), Ok(Place::Ready));
    }
    full.step(Input::Committed { height: Height::new(1), included: vec![], nonces: vec![] });
    let next = Validity { next_nonce: 1, ..validity(1, 5) };
    assert_eq!(submit_as(&mut full, next, 99), Err(Refusal::SignerFull { count: 5, bytes: 500 }));
    for signer in 2..5 {
        assert_eq!(submit(&mut full, signer, 0), Ok(Place::Ready));
    }
    assert_eq!(submit(&mut full, 5, 0), Err(Refusal::Full));
    let codes = [Refusal::AlreadyImported.code(), Refusal::NonceTaken { nonce: 0 }.code(), Refusal::Full.code()];
    assert_eq!(codes, [1013, 1014, 1016]);
}

#[test]
fn batches_never_take_the_place_of_acts() {
    let mut pool = pool();
    for signer in 1..=4 {
        assert_eq!(submit_as(&mut pool, Validity { lane: Lane::Batch, ..validity(signer, 0) }, 600), Ok(Place::Ready));
    }
    let fifth = Validity { lane: Lane::Batch, ..validity(5, 0) };
    assert_eq!(submit_as(&mut pool, fifth, 600), Err(Refusal::Full));
    assert_eq!(submit(&mut pool, 6, 0), Ok(Place::Ready));
    assert_eq!(order(&pool, 100), [(6, 0)]);
}

#[test]
fn a_committed_block_takes_out_what_it_includes_and_what_became_stale() {
    let mut pool = pool();
    for nonce in 0..4 {
        assert!(submit(&mut pool, 1, nonce).is_ok());
    }
    // The block holds nonce 0 of ours and somebody else's extrinsic with nonce 1.
    let effects = commit(&mut pool, 1, &[extrinsic(1, 0, 100), extrinsic(1, 1, 77)], &[(1, 2)]);
    assert_eq!(effects, [Effect::Left { hash: extrinsic(1, 1, 100).hash(), why: Left::Stale }]);
    assert_eq!(order(&pool, 10_000), [(1, 2), (1, 3)]);
    assert_eq!((pool.count(), pool.bytes()), (2, 200));
    let again = submit(&mut pool, 1, 0);
    assert_eq!(again, Err(Refusal::AlreadyIncluded { height: Height::new(1) }));
    assert_eq!(again.unwrap_err().code(), 1013);
}

#[test]
fn what_lives_too_long_leaves() {
    let mut pool = pool();
    let mortal = Validity { longevity: Height::new(2), ..validity(1, 0) };
    assert_eq!(submit_as(&mut pool, mortal, 100), Ok(Place::Ready));
    assert_eq!(submit(&mut pool, 2, 1), Ok(Place::Future { missing: 0 }));
    assert!(commit(&mut pool, 1, &[], &[]).is_empty());
    let left = Effect::Left { hash: extrinsic(1, 0, 100).hash(), why: Left::Expired };
    assert!(commit(&mut pool, 2, &[], &[]).contains(&left));
    let left = Effect::Left { hash: extrinsic(2, 1, 100).hash(), why: Left::Expired };
    assert!(commit(&mut pool, 51, &[], &[]).contains(&left));
    assert_eq!((pool.count(), pool.bytes()), (0, 0));
}

#[test]
fn an_invalid_extrinsic_is_banned_for_a_while() {
    let mut pool = pool();
    assert_eq!(submit(&mut pool, 1, 0), Ok(Place::Ready));
    let hash = extrinsic(1, 0, 100).hash();
    assert_eq!(pool.step(Input::Refused { hash }), [Effect::Left { hash, why: Left::Invalid }]);
    assert_eq!(submit(&mut pool, 1, 0), Err(Refusal::Banned));
    assert_eq!(Refusal::Banned.code(), 1012);
    commit(&mut pool, 3, &[], &[]);
    assert_eq!(submit(&mut pool, 1, 0), Err(Refusal::Banned));
    commit(&mut pool, 4, &[], &[]);
    assert_eq!(submit(&mut pool, 1, 0), Ok(Place::Ready));
}

#[test]
fn what_waits_is_sent_and_checked_again() {
    let mut pool = pool();
    for signer in 1..=3 {
        assert!(submit(&mut pool, signer, 0).is_ok());
    }
    pool.step(Input::Received { extrinsic: extrinsic(4, 0, 100), validity: validity(4, 0) });
    assert!(commit(&mut pool, 1, &[], &[]).is_empty());
    let forward = |signer| Effect::Forward(extrinsic(signer, 0, 100));
    // Two a block, the oldest first; what came from another validator is that validator's to send.
    assert_eq!(commit(&mut pool, 2, &[], &[]), [forward(1), forward(2)]);
    assert_eq!(commit(&mut pool, 3, &[], &[]), [forward(3)]);
    let included = [1, 2, 3].map(|signer| extrinsic(signer, 0, 100));
    commit(&mut pool, 4, &included, &[]);
    assert_eq!(commit(&mut pool, 5, &[], &[]), [Effect::Revalidate(extrinsic(4, 0, 100))]);
    let hash = extrinsic(4, 0, 100).hash();
    pool.step(Input::Revalidated { hash, validity: Validity { longevity: Height::new(7), ..validity(4, 0) } });
    assert_eq!(commit(&mut pool, 7, &[], &[]), [Effect::Left { hash, why: Left::Expired }]);
}

#[test]
fn a_block_between_check_and_step_is_noticed() {
    let mut pool = pool();
    for nonce in 0..2 {
        assert!(submit(&mut pool, 1, nonce).is_ok());
    }
    commit(&mut pool, 1, &[extrinsic(1, 0, 100)], &[(1, 1)]);
    // Checked against the state before that block: nonce 0 looked free.
    assert_eq!(submit_as(&mut pool, validity(1, 0), 55), Err(Refusal::Stale { nonce: 0, next: 1 }));
}

fn any_input() -> impl Strategy<Value = Input> {
    let brought = (1u8..4, 0u32..6, 10usize..200, any::<bool>()).prop_map(|(signer, nonce, bytes, batch)| {
        let lane = if batch { Lane::Batch } else { Lane::Act };
        (extrinsic(signer, nonce, bytes), Validity { lane, ..validity(signer, nonce) })
    });
    prop_oneof![
        brought.clone().prop_map(|(extrinsic, validity)| Input::Submitted { extrinsic, validity }),
        brought.clone().prop_map(|(extrinsic, validity)| Input::Received { extrinsic, validity }),
        brought.prop_map(|(extrinsic, _)| Input::Refused { hash: extrinsic.hash() }),
        (1u32..20, 1u8..4, 0u32..6).prop_map(|(height, signer, next)| Input::Committed {
            height: Height::new(height),
            included: vec![],
            nonces: vec![([signer; 32], next)],
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_bounds_hold_and_the_same_inputs_give_the_same_order(
        mut inputs in proptest::collection::vec(any_input(), 0..60),
    ) {
        // Heights only go up.
        let mut heights: Vec<Height> =
            inputs.iter().filter_map(|i| if let Input::Committed { height, .. } = i { Some(*height) } else { None }).collect();
        heights.sort();
        let mut heights = heights.into_iter();
        for input in &mut inputs {
            if let Input::Committed { height, .. } = input {
                *height = heights.next().unwrap();
            }
        }
        let (mut one, mut two) = (pool(), pool());
        for input in inputs {
            prop_assert_eq!(one.step(input.clone()), two.step(input));
            prop_assert!(one.count() <= LIMITS.acts.count_max + LIMITS.batches.count_max);
            prop_assert_eq!(one.count(), one.pending().count());
            prop_assert_eq!(one.bytes(), one.pending().map(|p| p.extrinsic.bytes().len()).sum::<usize>());
            prop_assert_eq!(order(&one, 500), order(&two, 500));
            let chosen = one.candidates(500);
            prop_assert!(chosen.iter().map(|p| p.extrinsic.bytes().len()).sum::<usize>() <= 500);
            for signer in 1u8..4 {
                let nonces: Vec<u32> =
                    chosen.iter().filter(|p| p.validity.signer[0] == signer).map(|p| p.validity.nonce).collect();
                prop_assert!(nonces.windows(2).all(|pair| pair[1] == pair[0] + 1));
            }
        }
    }
}
