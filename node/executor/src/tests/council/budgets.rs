//! Who may submit, and how much: refused before the pool, and in blocks of others too.

use super::{super::batches::batch, *};
use crate::{ExecuteError, ValidateError};
use mulu_primitives::block::Extrinsic;
use mulu_proofs::{
    budget::{Amount, Budget, BudgetClass},
    calendar::{Day, Parameters},
};
use mulu_runtime::{Runtime, pallet_departments, pallet_departments::Usage};

const DAY: u64 = 86_400_000;

/// Writes what the police has sent, in the next block and today.
fn spend(chain: &mut Chain, change: impl FnOnce(&mut Usage)) {
    // Eight hours ahead of UTC.
    let day = Day::new(u32::try_from((chain.moment + DAY / 3) / DAY).unwrap()).unwrap();
    let mut usage = Usage { block: chain.head.number + 1, day, ..Usage::default() };
    change(&mut usage);
    let key = pallet_departments::Used::<Runtime>::hashed_key_for(POLICE);
    chain.write(&[(key, Some(codec::Encode::encode(&usage)))]);
}

fn validate(chain: &Chain, extrinsic: &Extrinsic) -> Result<(), ValidateError> {
    chain.executor.validate(&chain.head, extrinsic).map(|_| ())
}

#[test]
fn what_is_sent_is_counted_for_the_department() {
    let mut chain = Chain::new();
    let extrinsics = [chain.sign(&admin(), 0, register(20)), chain.sign(&head(), 0, remark(10))];
    chain.block(&extrinsics);
    let used = chain.executor.query(&chain.head, || mulu_runtime::Departments::used_now(POLICE)).unwrap();
    let bytes = extrinsics.iter().map(|extrinsic| extrinsic.bytes().len() as u64).sum();
    assert_eq!((used.block, used.acts.in_block), (2, Amount { extrinsics: 2, bytes }));
    assert_eq!((used.acts.on_day, used.batches), (used.acts.in_block, Default::default()));
}

#[test]
fn a_department_that_has_spent_its_day_waits_for_the_next_and_others_go_on() {
    let mut chain = Chain::new();
    spend(&mut chain, |usage| usage.acts.on_day.extrinsics = 500_000);
    let late = chain.sign(&admin(), 0, register(20));
    // The local day ends at 16:00 UTC.
    let until = Moment::new((chain.moment + DAY / 3) / DAY * DAY + DAY / 3 * 2);
    let spent = ValidateError::DaySpent { class: BudgetClass::Acts, until };
    assert!(spent.to_string().contains("budget of acts; submit again from 20"), "{spent}");
    assert_eq!(validate(&chain, &late), Err(spent));
    assert_eq!(validate(&chain, &chain.sign(&supervisor(), 0, register(20))), Ok(()));
    let built = chain.build(std::slice::from_ref(&late));
    assert_eq!(built.refused, [late.hash()]);
    let block = chain.forged(&[], |block| block.extrinsics.push(late.clone()));
    assert!(matches!(chain.executor.execute(&chain.head, block), Err(ExecuteError::Invalid { .. })));

    chain.moment = until.get() - 1_000;
    chain.block(&[]);
    assert_eq!(validate(&chain, &late), Ok(()));
}

#[test]
fn batches_that_have_spent_their_day_leave_the_acts_alone() {
    let mut chain = Chain::of(&council());
    spend(&mut chain, |usage| usage.batches.on_day.extrinsics = 2_000_000);
    assert_eq!(validate(&chain, &chain.sign(&admin(), 0, register(20))), Ok(()));
    let (batch, _) = batch(&chain, 0);
    let refused = validate(&chain, &batch);
    assert!(matches!(refused, Err(ValidateError::DaySpent { class: BudgetClass::Batches, .. })), "{refused:?}");
    let built = chain.build(std::slice::from_ref(&batch));
    assert_eq!(built.refused, [batch.hash()]);
}

#[test]
fn a_budget_that_heads_set_holds_from_the_next_extrinsic_on() {
    let mut chain = Chain::of(&council());
    let mut budget = Budget::default();
    budget.acts.per_block.extrinsics = Budget::FLOOR.acts.per_block.extrinsics;
    decide(&mut chain, Action::SetBudget(budget));
    let acts: Vec<_> = (0..20).map(|nonce| chain.sign(&admin(), nonce, remark(1))).collect();
    let built = chain.block(&acts);
    assert_eq!((built.executed.block.extrinsics.len(), built.refused.len()), (1 + 16, 0));
    assert_invariants(&chain);
}

#[test]
fn what_a_block_has_no_room_for_waits_for_a_later_one() {
    let mut chain = Chain::new();
    spend(&mut chain, |usage| usage.acts.in_block.extrinsics = 3_999);
    let extrinsics = [0, 1].map(|nonce| chain.sign(&admin(), nonce, register(20 + nonce as u8)));
    let built = chain.block(&extrinsics);
    assert_eq!((built.executed.block.extrinsics.len(), built.refused.len()), (2, 0));
    assert_eq!(validate(&chain, &extrinsics[1]), Ok(()));
    assert_eq!(chain.block(&extrinsics[1..]).executed.block.extrinsics.len(), 2);
}

#[test]
fn what_has_to_wait_takes_no_room_from_other_departments() {
    let chain = Chain::new();
    let mut candidates: Vec<_> = (0..4).map(|nonce| chain.sign(&admin(), nonce, remark(250_000))).collect();
    candidates.push(chain.sign(&supervisor(), 0, remark(250_000)));
    let built = chain.build(&candidates);
    assert!(built.refused.is_empty());
    // The timestamp, three of the police, and the one that came last.
    let included: Vec<_> = built.executed.block.extrinsics[1..].iter().map(Extrinsic::hash).collect();
    let expected: Vec<_> = [0, 1, 2, 4].map(|place| candidates[place].hash()).into();
    assert_eq!(included, expected);
}

#[test]
fn an_account_that_is_known_but_holds_no_role_submits_nothing() {
    let mut chain = Chain::new();
    chain.block(&[chain.sign(&admin(), 0, register_key(&pair(20)))]);
    let idle = chain.sign(&pair(20), 0, remark(10));
    assert_eq!(validate(&chain, &idle), Err(ValidateError::NoRole));
    assert_eq!(chain.build(std::slice::from_ref(&idle)).refused, [idle.hash()]);
    let block = chain.forged(&[], |block| block.extrinsics.push(idle.clone()));
    assert!(matches!(chain.executor.execute(&chain.head, block), Err(ExecuteError::Invalid { .. })));

    chain.block(&[chain.sign(&admin(), 1, give(account(&pair(20)), Role::Applicant))]);
    assert_eq!(validate(&chain, &idle), Ok(()));
    let revoke = pallet_departments::Call::revoke_role {
        account: account(&pair(20)),
        department: POLICE,
        role: Role::Applicant,
    };
    chain.block(&[chain.sign(&admin(), 2, RuntimeCall::Departments(revoke))]);
    assert_eq!(validate(&chain, &idle), Err(ValidateError::NoRole));
}

#[test]
fn a_role_that_has_expired_lets_nobody_in() {
    let mut chain = Chain::new();
    chain.moment = 4_000_000_000_000;
    chain.block(&[]);
    assert_eq!(validate(&chain, &chain.sign(&admin(), 0, register(20))), Err(ValidateError::NoRole));
}

#[test]
fn the_day_of_a_budget_follows_the_offset_that_heads_set_from_the_next_day_on() {
    let mut chain = Chain::of(&council());
    let ends = Moment::new((chain.moment + DAY / 3) / DAY * DAY + DAY / 3 * 2);
    decide(&mut chain, Action::SetParameters(Parameters { utc_offset_minutes: 540, ..Parameters::default() }));
    spend(&mut chain, |usage| usage.acts.on_day.extrinsics = 500_000);
    let late = chain.sign(&admin(), 0, register(20));
    // Midnight comes an hour earlier in the east.
    let until = Moment::new(ends.get() - 3_600_000);
    assert_eq!(validate(&chain, &late), Err(ValidateError::DaySpent { class: BudgetClass::Acts, until }));
    chain.moment = until.get() - 1_000;
    chain.block(&[]);
    assert_eq!(validate(&chain, &late), Ok(()));
}
