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

/// Sets a budget that tests can spend: of a block 3 acts and 1,000 bytes, of a day 5 and 2,500; of batches one in a block and two a day.
fn small() {
    let amount = |extrinsics, bytes| Amount { extrinsics, bytes };
    crate::CurrentBudget::<Test>::put(Budget {
        acts: Allowance { per_block: amount(3, 1_000), per_day: amount(5, 2_500) },
        batches: Allowance { per_block: amount(1, 2_000), per_day: amount(2, 4_000) },
    });
}

/// Runs a test under the small budget.
fn run_small(test: impl FnOnce()) {
    run(|| {
        small();
        test();
        crate::CurrentBudget::<Test>::put(Budget::default());
    });
}

fn info() -> DispatchInfo {
    call().get_dispatch_info()
}

fn remark() -> RuntimeCall {
    RuntimeCall::System(frame_system::Call::remark { remark: vec![] })
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
fn include_call(who: AccountId32, call: &RuntimeCall, bytes: usize) -> Result<(), TransactionValidityError> {
    let check = CheckBudget::<Test>::default();
    check.validate_and_prepare(signed(who), call, &call.get_dispatch_info(), bytes, 0).map(drop)
}

fn include(who: AccountId32, bytes: usize) -> Result<(), TransactionValidityError> {
    include_call(who, &call(), bytes)
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
    run_small(|| {
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
        assert_eq!(Departments::check_budget(&admin(), BudgetClass::Acts, 1), Err(Refusal::BlockSpent));
    });
}

#[test]
fn a_day_takes_no_more_of_a_department_than_its_budget() {
    run_small(|| {
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
        Now::set(START + DAY);
        assert_eq!(include(head(), 1), Ok(()));
        assert_eq!(Departments::used_now(POLICE).acts.on_day.extrinsics, 1);
    });
}

#[test]
fn what_fits_into_no_block_is_refused_at_once() {
    run_small(|| {
        assert_eq!(validate(head(), 1_001), custom(Refusal::TOO_LARGE));
        assert_eq!(validate(head(), 1_000), Ok(()));
        assert_eq!(Departments::used_now(POLICE).acts.in_block.extrinsics, 0);
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
fn batches_that_spend_their_day_keep_nobody_from_acting() {
    run_small(|| {
        for block in 2..4 {
            System::set_block_number(block);
            assert_eq!(include_call(admin(), &remark(), 1_500), Ok(()));
            let full: Result<(), TransactionValidityError> = Err(InvalidTransaction::ExhaustsResources.into());
            let next = include_call(admin(), &remark(), 1);
            assert_eq!(next, if block == 2 { full } else { custom(Refusal::BATCH_DAY_SPENT) });
        }
        let until = Moment::new(START + DAY);
        let spent = |class| Err(Refusal::DaySpent { class, until });
        assert_eq!(Departments::check_budget(&head(), BudgetClass::Batches, 1), spent(BudgetClass::Batches));
        for block in 3..5 {
            System::set_block_number(block);
            assert_eq!((include(head(), 500), include(admin(), 500)), (Ok(()), Ok(())));
        }
        System::set_block_number(5);
        assert_eq!(include(head(), 500), Ok(()));
        assert_eq!(Departments::check_budget(&head(), BudgetClass::Acts, 1), spent(BudgetClass::Acts));
        let used = Departments::used_now(POLICE);
        assert_eq!(used.acts.on_day, Amount { extrinsics: 5, bytes: 2_500 });
        assert_eq!(used.batches.on_day, Amount { extrinsics: 2, bytes: 3_000 });
    });
}

#[test]
fn the_day_of_a_budget_is_the_local_one() {
    run_small(|| {
        // Local midnight comes eight hours before that of UTC.
        Ahead::set(DAY / 3);
        Now::set(START + DAY / 3 * 2 - 1);
        for block in 2..4 {
            System::set_block_number(block);
            assert_eq!(include(head(), 1_000), Ok(()));
        }
        System::set_block_number(4);
        let until = Moment::new(START + DAY / 3 * 2);
        let spent = Err(Refusal::DaySpent { class: BudgetClass::Acts, until });
        assert_eq!(Departments::check_budget(&head(), BudgetClass::Acts, 501), spent);
        Now::set(until.get());
        assert_eq!(include(head(), 501), Ok(()));
    });
}

#[test]
fn refusals_have_a_code_each() {
    let spent = |class| Refusal::DaySpent { class, until: LATER };
    let refusals = [
        (Refusal::NoRole, Refusal::NO_ROLE),
        (Refusal::TooLarge, Refusal::TOO_LARGE),
        (spent(BudgetClass::Acts), Refusal::DAY_SPENT),
        (spent(BudgetClass::Batches), Refusal::BATCH_DAY_SPENT),
    ];
    for (refusal, code) in refusals {
        assert_eq!(Err(TransactionValidityError::from(refusal)), custom(code));
    }
}
