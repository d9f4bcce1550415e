//! Who may submit, and how much: the check before the pool and the count in the block.

use super::*;
use crate::budget::{CheckBudget, Refusal};
use frame_support::dispatch::{DispatchInfo, GetDispatchInfo};
use frame_system::CheckWeight;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{DispatchTransaction, TransactionExtension},
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

fn info() -> DispatchInfo {
    call().get_dispatch_info()
}

fn call() -> RuntimeCall {
    RuntimeCall::Departments(crate::Call::rotate_key { new: account(20) })
}

/// Validates as the pool does: nothing is counted.
fn validate(who: AccountId32, bytes: usize) -> Result<(), TransactionValidityError> {
    let check = CheckBudget::<Test>::default();
    check.validate_only(signed(who), &call(), &info(), bytes, TransactionSource::External, 0).map(drop)
}

/// Checks and counts as a block does.
fn include(who: AccountId32, bytes: usize) -> Result<(), TransactionValidityError> {
    let check = CheckBudget::<Test>::default();
    check.validate_and_prepare(signed(who), &call(), &info(), bytes, 0).map(drop)
}

fn custom(code: u8) -> Result<(), TransactionValidityError> {
    Err(InvalidTransaction::Custom(code).into())
}

#[test]
fn who_holds_no_role_in_force_submits_nothing() {
    run(|| {
        assert_eq!(validate(stranger(), 100), custom(Refusal::NO_ROLE));
        assert_eq!(validate(clerk(), 100), custom(Refusal::NO_ROLE));
        assert_ok!(give(admin(), clerk(), Role::Officer));
        assert_eq!(validate(clerk(), 100), custom(Refusal::NO_ROLE));
        assert_ok!(Departments::confirm_role(signed(head()), clerk(), POLICE, Role::Officer));
        assert_eq!(validate(clerk(), 100), Ok(()));
        assert_ok!(Departments::set_status(POLICE, DepartmentStatus::Suspended));
        assert_eq!(validate(clerk(), 100), custom(Refusal::NO_ROLE));
        assert_ok!(Departments::set_status(POLICE, DepartmentStatus::Active));
        Now::set(LATER.get());
        assert_eq!(validate(clerk(), 100), custom(Refusal::NO_ROLE));
    });
}

#[test]
fn a_block_takes_no_more_of_a_department_than_its_budget() {
    run(|| {
        assert_eq!(include(head(), 400), Ok(()));
        assert_eq!(include(admin(), 400), Ok(()));
        let full: Result<(), TransactionValidityError> = Err(InvalidTransaction::ExhaustsResources.into());
        assert_eq!(include(head(), 201), full);
        assert_eq!(include(head(), 200), Ok(()));
        assert_eq!(include(admin(), 1), full);
        // Another department has its own; the next block is empty again.
        assert_eq!(include(civil_head(), 1_000), Ok(()));
        System::set_block_number(3);
        assert_eq!(include(admin(), 1_000), Ok(()));
        assert_eq!(Departments::check_budget(&admin(), 1), Err(Refusal::BlockSpent));
    });
}

#[test]
fn a_day_takes_no_more_of_a_department_than_its_budget() {
    run(|| {
        for block in 2..4 {
            System::set_block_number(block);
            assert_eq!(include(head(), 1_000), Ok(()));
        }
        System::set_block_number(4);
        assert_eq!(include(head(), 501), custom(Refusal::DAY_SPENT));
        for _ in 0..3 {
            assert_eq!(include(head(), 1), Ok(()));
        }
        System::set_block_number(5);
        assert_eq!(validate(head(), 1), custom(Refusal::DAY_SPENT));
        Now::set(START + 86_400_000);
        assert_eq!(include(head(), 1), Ok(()));
        assert_eq!(Departments::used_now(POLICE).on_day.extrinsics, 1);
    });
}

#[test]
fn what_fits_into_no_block_is_refused_at_once() {
    run(|| {
        assert_eq!(validate(head(), 1_001), custom(Refusal::TOO_LARGE));
        assert_eq!(validate(head(), 1_000), Ok(()));
        assert_eq!(Departments::used_now(POLICE).in_block.extrinsics, 0);
    });
}

#[test]
fn what_the_block_itself_brings_is_charged_to_nobody() {
    run(|| {
        let unsigned = CheckBudget::<Test>::bare_validate_and_prepare(&call(), &info(), 5_000);
        assert_eq!(unsigned, Ok(()));
        assert!(crate::Used::<Test>::iter().next().is_none());
    });
}

#[test]
fn wallets_see_check_weight() {
    type Ours = CheckBudget<Test>;
    type Theirs = CheckWeight<Test>;
    assert_eq!(<Ours as TransactionExtension<RuntimeCall>>::IDENTIFIER, "CheckWeight");
    assert_eq!(Ours::type_info(), Theirs::type_info());
    assert!(Ours::default().encode().is_empty());
    assert_eq!(TransactionExtension::<RuntimeCall>::implicit(&Ours::default()).encode(), [0], "Ok, and nothing in it");
    let weights = [Ours::default().weight(&call()), Theirs::default().weight(&call())];
    assert_eq!(weights[0], weights[1]);
}

#[test]
fn refusals_are_read_back_from_their_codes() {
    for refusal in [Refusal::NoRole, Refusal::TooLarge, Refusal::DaySpent] {
        let TransactionValidityError::Invalid(invalid) = refusal.into() else { panic!("invalid, not unknown") };
        assert_eq!(Refusal::of(invalid), Some(refusal));
    }
    assert_eq!(Refusal::of(InvalidTransaction::Stale), None);
}
