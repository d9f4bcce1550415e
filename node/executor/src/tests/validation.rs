//! Every reason why an extrinsic may not enter.

use super::{blocks::with_bad_signature, chain::*};
use crate::{DEPTH_MAX, error::ValidateError};
use codec::{Compact, Encode};
use mulu_primitives::{
    block::{EXTRINSIC_BYTES_MAX, Extrinsic, header_hash},
    stages::{Lane, Validity},
};
use mulu_proofs::{departments::Role, ids::Height};
use mulu_runtime::{AccountId, Address, RuntimeCall, UncheckedExtrinsic, VERSION};
use sp_core::{H256, Pair, sr25519};
use sp_runtime::{
    MultiSignature,
    generic::{Era, Preamble},
};

fn refused(chain: &Chain, extrinsic: &Extrinsic) -> ValidateError {
    let error = chain.executor.validate(&chain.head, extrinsic).unwrap_err();
    assert!(!error.is_fatal());
    error
}

#[test]
fn a_good_extrinsic_is_valid_and_says_what_the_pool_needs() {
    let chain = Chain::new();
    let validity = chain.executor.validate(&chain.head, &chain.sign(&admin(), 3, register(20))).unwrap();
    let expected = Validity {
        signer: account(&admin()).into(),
        nonce: 3,
        next_nonce: 0,
        lane: Lane::Act,
        longevity: Height::new(u32::MAX),
    };
    assert_eq!(validity, expected);
}

#[test]
fn what_is_valid_can_be_built_in() {
    let chain = Chain::new();
    let extrinsic = chain.sign(&admin(), 0, register(20));
    chain.executor.validate(&chain.head, &extrinsic).unwrap();
    let built = chain.build(&[extrinsic]);
    assert_eq!((built.refused.len(), built.executed.block.extrinsics.len()), (0, 2));
}

#[test]
fn longevity_is_the_last_height_of_the_era() {
    let mut chain = Chain::new();
    let born = H256(header_hash(&chain.head));
    // Born at height 1, lives for 4 blocks: 1 to 4.
    let terms = Terms { era: Era::mortal(4, 1), birth: born, ..chain.terms() };
    let sign = |chain: &Chain| {
        chain.sign_with(&terms, &account(&admin()), register(20), |payload| admin().sign(payload).into())
    };
    let extrinsic = sign(&chain);
    assert_eq!(chain.executor.validate(&chain.head, &extrinsic).unwrap().longevity, Height::new(4));
    for _ in 2..=3 {
        chain.block(&[]);
        assert!(chain.executor.validate(&chain.head, &extrinsic).is_ok());
    }
    chain.block(&[]);
    // Height 5 is the birth of the era's next turn, whose hash nobody can have signed at 1.
    assert_eq!(refused(&chain, &extrinsic), ValidateError::Expired { height: Height::new(5) });
    chain.block(&[]);
    assert!(matches!(refused(&chain, &extrinsic), ValidateError::BadSignature { .. }));
}

#[test]
fn an_era_that_has_not_begun_is_refused() {
    let chain = Chain::new();
    let terms = Terms { era: Era::mortal(64, 40), ..chain.terms() };
    let extrinsic = chain.sign_with(&terms, &account(&admin()), register(20), |payload| admin().sign(payload).into());
    assert_eq!(refused(&chain, &extrinsic), ValidateError::Expired { height: Height::new(2) });
}

#[test]
fn an_extrinsic_over_the_bound_is_refused_unread() {
    let chain = Chain::new();
    let extrinsic = Extrinsic::new(&vec![0; EXTRINSIC_BYTES_MAX + 1]);
    let expected = ValidateError::TooLong { bytes: EXTRINSIC_BYTES_MAX + 1, bytes_max: EXTRINSIC_BYTES_MAX };
    assert_eq!(refused(&chain, &extrinsic), expected);
}

#[test]
fn bytes_that_are_no_extrinsic_are_refused() {
    let chain = Chain::new();
    let good = chain.sign(&admin(), 0, register(20));
    let cut = Extrinsic::new(&good.bytes()[..good.bytes().len() - 1]);
    let longer = Extrinsic::new(&[good.bytes(), &[0]].concat());
    // Calls in calls in calls: there is no such call here, however deep.
    let body = [vec![0x84], vec![40; 200_000]].concat();
    let nested = Extrinsic::new(&[Compact(body.len() as u32).encode(), body].concat());
    for extrinsic in [cut, longer, nested, Extrinsic::new(&[]), Extrinsic::new(&[0xff; 40])] {
        assert!(matches!(refused(&chain, &extrinsic), ValidateError::Undecodable { .. }));
    }
    const { assert!(DEPTH_MAX < 256, "ours is the tighter bound than FRAME's") };
}

#[test]
fn an_unsigned_extrinsic_is_refused() {
    let chain = Chain::new();
    let call = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: chain.moment + 1 });
    let bare = Extrinsic::new(&UncheckedExtrinsic::new_bare(call).encode());
    assert_eq!(refused(&chain, &bare), ValidateError::NotSigned);
    let general = UncheckedExtrinsic::new_transaction(register(20), extension(Era::Immortal, 0));
    assert_eq!(refused(&chain, &Extrinsic::new(&general.encode())), ValidateError::NotSigned);
}

#[test]
fn a_signer_that_is_not_named_by_its_account_is_refused() {
    let chain = Chain::new();
    let signature = MultiSignature::Ed25519(admin().sign(b"anything"));
    let preamble = Preamble::Signed(Address::Raw(vec![1, 2, 3]), signature, extension(Era::Immortal, 0));
    let extrinsic = UncheckedExtrinsic::from_parts(register(20), preamble);
    assert_eq!(refused(&chain, &Extrinsic::new(&extrinsic.encode())), ValidateError::Address);
}

#[test]
fn other_signature_schemes_count_in_development_only() {
    let pair = sr25519::Pair::from_seed(&[4; 32]);
    let account = AccountId::new(pair.public().0);
    let sign =
        |chain: &Chain| chain.sign_with(&chain.terms(), &account, register(20), |payload| pair.sign(payload).into());
    let chain = Chain::new();
    assert_eq!(refused(&chain, &sign(&chain)), ValidateError::SignatureScheme);
    let mut chain = Chain::for_development();
    let welcome = RuntimeCall::Departments(mulu_runtime::pallet_departments::Call::register_account {
        account: account.clone(),
        department: POLICE,
    });
    let applicant = give(account.clone(), Role::Applicant);
    chain.block(&[chain.sign(&admin(), 0, welcome), chain.sign(&admin(), 1, applicant)]);
    assert!(chain.executor.validate(&chain.head, &sign(&chain)).is_ok());
}

#[test]
fn calls_that_nobody_may_make_are_refused() {
    let chain = Chain::new();
    for call in [
        frame_system::Call::set_code { code: vec![1] },
        frame_system::Call::authorize_upgrade { code_hash: H256::zero() },
        frame_system::Call::remark_with_event { remark: vec![] },
        frame_system::Call::set_storage { items: vec![] },
    ] {
        let extrinsic = chain.sign(&admin(), 0, RuntimeCall::System(call));
        assert_eq!(refused(&chain, &extrinsic), ValidateError::NotAllowed);
    }
}

#[test]
fn an_account_of_no_department_is_refused() {
    let chain = Chain::new();
    assert_eq!(refused(&chain, &chain.sign(&stranger(), 0, register(20))), ValidateError::NoRole);
}

#[test]
fn a_used_nonce_is_refused() {
    let mut chain = Chain::new();
    chain.block(&[chain.sign(&admin(), 0, register(20))]);
    let error = refused(&chain, &chain.sign(&admin(), 0, register(21)));
    assert_eq!(error, ValidateError::Stale { nonce: 0, next: 1 });
}

#[test]
fn a_signature_for_something_else_is_refused() {
    let chain = Chain::new();
    let good = chain.terms();
    let others = [
        Terms { genesis: H256::repeat_byte(1), ..good },
        Terms { spec: VERSION.spec_version + 1, ..good },
        Terms { birth: H256::repeat_byte(1), ..good },
    ];
    let mut bad: Vec<_> = others
        .map(|terms| chain.sign_with(&terms, &account(&admin()), register(20), |payload| admin().sign(payload).into()))
        .into();
    bad.push(chain.sign_with(&good, &account(&admin()), register(20), |payload| supervisor().sign(payload).into()));
    bad.push(with_bad_signature(&chain.sign(&admin(), 0, register(20))));
    for extrinsic in bad {
        let error = refused(&chain, &extrinsic);
        assert!(matches!(error, ValidateError::BadSignature { .. }));
        let genesis: String = chain.genesis.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(error.to_string().contains(&genesis));
    }
}

#[test]
fn a_signature_is_remembered_for_its_own_bytes_only() {
    let chain = Chain::new();
    let good = chain.sign(&admin(), 0, register(20));
    chain.executor.validate(&chain.head, &good).unwrap();
    chain.executor.validate(&chain.head, &good).unwrap();
    let bad = with_bad_signature(&good);
    assert!(matches!(refused(&chain, &bad), ValidateError::BadSignature { .. }));
}

#[test]
fn the_zero_account_signs_nothing_though_its_signatures_hold() {
    let chain = Chain::new();
    // Of small order: the identity and zero are a signature under anything (ZIP 215).
    let mut signature = [0; 64];
    signature[0] = 1;
    let zero = AccountId::new([0; 32]);
    let extrinsic = chain.sign_with(&chain.terms(), &zero, register(20), |_| {
        MultiSignature::Ed25519(sp_core::ed25519::Signature::from_raw(signature))
    });
    assert!(matches!(refused(&chain, &extrinsic), ValidateError::Refused { .. }));
}
