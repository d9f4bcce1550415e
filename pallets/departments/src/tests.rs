//! One module per call; every error has a test that produces it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod budget;
mod governed;
mod keys;
mod matrix;
mod roles;
mod walk;

use crate::{Accounts, DepartmentDraft, Departments as Stored, Error, Roles, mock::*, types::oversees};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::People as _;
use mulu_proofs::{
    budget::{Allowance, Amount, Budget, BudgetClass},
    departments::{About, CreditCode, DepartmentStatus, Level, Role, RoleGiven, RoleScope, SystemKind},
    evidence::calls::expected_call,
    ids::{DepartmentId, Moment, RecordNumber},
    records::RecordKind,
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{DispatchError, DispatchResult};

fn signed(who: AccountId32) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

fn draft(number: u32) -> DepartmentDraft {
    DepartmentDraft {
        credit_code: code(number),
        name: text("民政局"),
        level: Level::City,
        region: 330_100,
        parent: Some(AUTHORITY),
        host: Some(POLICE),
        is_data_manager: false,
    }
}

fn kinds() -> Vec<RecordKind> {
    Recorded::get().iter().map(|record| record.kind).collect()
}

fn last_kind() -> RecordKind {
    *kinds().last().unwrap()
}

/// The record of the last act rebuilds the call that caused it: what evidence asks of every record.
fn assert_last_record_says(call: crate::Call<Test>) {
    let record = Recorded::get().pop().unwrap();
    assert_eq!(expected_call(&record), Some(RuntimeCall::Departments(call).encode()));
}

fn role(to: AccountId32, department: DepartmentId, role: Role) -> RoleGiven {
    RoleGiven::in_genesis(to.into(), department, role, LATER)
}

/// Gives a role by the call.
fn give_as(who: AccountId32, given: RoleGiven) -> DispatchResult {
    let RoleGiven { account, department, role, expires, scope, principal, basis, .. } = given;
    Departments::give_role(signed(who), account.into(), department, role, expires, scope, principal, basis)
}

/// Gives somebody of the police a role.
fn give(who: AccountId32, to: AccountId32, what: Role) -> DispatchResult {
    give_as(who, role(to, POLICE, what))
}

fn signs(who: &AccountId32, department: DepartmentId, role: Role) -> Result<RecordNumber, DispatchError> {
    Departments::signed_as(who, department, role, &About::NOTHING).map(|signed_as| signed_as.given)
}

mod genesis {
    use super::*;
    use sp_runtime::BuildStorage;

    #[test]
    fn everything_that_genesis_set_is_on_record_in_block_1() {
        run(|| {
            use RecordKind::{
                AccountRegistered as A, BudgetSet as B, DepartmentRegistered as D, RoleGiven as R,
                ValidatorRegistered as V,
            };
            let expected = [vec![D; 5], vec![A; 9], vec![R; 7], vec![V; 2], vec![B]].concat();
            assert_eq!(kinds(), expected);
            assert!(signs(&head(), POLICE, Role::Head).unwrap() > RecordNumber::new(14));
            assert_eq!(Departments::authority_of(POLICE), Some(AUTHORITY));
            assert_eq!(Departments::peers().len(), 2);
        });
    }

    #[test]
    #[should_panic(expected = "budget is within its bounds")]
    fn a_budget_of_nothing_makes_no_genesis() {
        let mut genesis = genesis();
        genesis.budget.acts.per_day.extrinsics = 0;
        RuntimeGenesisConfig { departments: genesis, ..Default::default() }.build_storage().unwrap();
    }

    #[test]
    #[should_panic(expected = "none above itself")]
    fn superiors_in_a_circle_make_no_genesis() {
        let mut genesis = genesis();
        genesis.departments[1].parent = Some(COUNTY);
        RuntimeGenesisConfig { departments: genesis, ..Default::default() }.build_storage().unwrap();
    }
}

mod register_department {
    use super::*;

    #[test]
    fn a_supervisor_registers_with_the_next_id() {
        run(|| {
            assert_ok!(Departments::register_department(signed(supervisor()), draft(6)));
            let stored = Stored::<Test>::get(DepartmentId::new(6)).unwrap();
            assert!(stored.is_active() && stored.info.host == Some(POLICE));
            assert_eq!(last_kind(), RecordKind::DepartmentRegistered);
            assert_last_record_says(crate::Call::register_department { draft: draft(6) });
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let refuse = |draft: DepartmentDraft, error: Error<Test>| {
                assert_noop!(Departments::register_department(signed(supervisor()), draft), error);
            };
            refuse(draft(2), Error::CreditCodeTaken);
            refuse(DepartmentDraft { level: Level::County, region: 3_301, ..draft(6) }, Error::NotPermitted);
            refuse(DepartmentDraft { parent: Some(NOWHERE), ..draft(6) }, Error::UnknownDepartment);
            refuse(DepartmentDraft { host: Some(NOWHERE), ..draft(6) }, Error::UnknownDepartment);
            refuse(DepartmentDraft { host: Some(DepartmentId::new(6)), ..draft(6) }, Error::UnknownDepartment);
            let mut bytes = code(6).encode();
            bytes[17] = if bytes[17] == b'0' { b'1' } else { b'0' };
            let twisted = CreditCode::decode(&mut &bytes[..]).unwrap();
            refuse(DepartmentDraft { credit_code: twisted, ..draft(6) }, Error::CreditCodeInvalid);
            assert_noop!(Departments::register_department(signed(admin()), draft(6)), Error::<Test>::NotPermitted);
        });
    }

    #[test]
    fn an_authority_registers_only_what_it_oversees() {
        run(|| {
            let register = |level, region| {
                let draft = DepartmentDraft { level, region, ..draft(6) };
                Departments::register_department(signed(supervisor()), draft)
            };
            assert_noop!(register(Level::Province, 330_100), Error::<Test>::NotPermitted);
            assert_noop!(register(Level::City, 330_200), Error::<Test>::NotPermitted);
            assert_ok!(register(Level::County, 330_110));
        });
    }

    #[test]
    fn a_region_has_six_digits() {
        run(|| {
            Stored::<Test>::mutate(AUTHORITY, |found| found.as_mut().unwrap().info.level = Level::National);
            let draft = DepartmentDraft { region: 99, ..draft(6) };
            assert_noop!(Departments::register_department(signed(supervisor()), draft), Error::<Test>::RegionInvalid);
            Stored::<Test>::mutate(AUTHORITY, |found| found.as_mut().unwrap().info.level = Level::City);
        });
    }

    #[test]
    fn regions_nest_by_their_digits() {
        use Level::{City, County, National, Province};
        assert!(oversees((National, 100_000), (County, 330_102)));
        assert!(oversees((Province, 330_000), (City, 330_100)));
        assert!(!oversees((Province, 330_000), (City, 320_100)));
        assert!(!oversees((Province, 330_000), (National, 330_000)));
        assert!(oversees((City, 330_100), (County, 330_199)) && !oversees((City, 330_100), (County, 330_200)));
        assert!(oversees((County, 330_102), (County, 330_102)) && !oversees((County, 330_102), (County, 330_103)));
    }
}

mod revise_department {
    use super::*;

    fn revise(who: AccountId32, id: DepartmentId, parent: Option<u32>, host: Option<u32>) -> DispatchResult {
        let [parent, host] = [parent, host].map(|id| id.map(DepartmentId::new));
        Departments::revise_department(signed(who), id, text("新名"), parent, host, true)
    }

    #[test]
    fn name_superior_host_and_task_change_and_nothing_else() {
        run(|| {
            let before = Stored::<Test>::get(CIVIL).unwrap().info;
            assert_ok!(revise(supervisor(), CIVIL, Some(1), Some(2)));
            let after = Stored::<Test>::get(CIVIL).unwrap().info;
            assert!(after.is_data_manager && after.name.as_str() == "新名");
            assert_eq!((after.parent, after.host), (Some(AUTHORITY), Some(POLICE)));
            assert_eq!((after.credit_code, after.region), (before.credit_code, before.region));
            assert_last_record_says(crate::Call::revise_department {
                department: CIVIL,
                name: text("新名"),
                parent: Some(AUTHORITY),
                host: Some(POLICE),
                is_data_manager: true,
            });
        });
    }

    #[test]
    fn superiors_never_lead_back() {
        run(|| {
            assert_noop!(revise(supervisor(), POLICE, Some(2), None), Error::<Test>::ParentCycle);
            assert_noop!(revise(supervisor(), POLICE, Some(4), None), Error::<Test>::ParentCycle);
            let mut above = 5;
            for number in 6..=21 {
                let draft = DepartmentDraft { parent: Some(DepartmentId::new(above)), ..draft(number) };
                assert_ok!(Departments::register_department(signed(supervisor()), draft));
                above = number;
            }
            let draft = DepartmentDraft { parent: Some(DepartmentId::new(above)), ..draft(22) };
            assert_noop!(Departments::register_department(signed(supervisor()), draft), Error::<Test>::ParentsTooMany);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(revise(supervisor(), NOWHERE, None, None), Error::<Test>::UnknownDepartment);
            assert_noop!(revise(supervisor(), CIVIL, Some(77), None), Error::<Test>::UnknownDepartment);
            assert_noop!(revise(supervisor(), CIVIL, None, Some(3)), Error::<Test>::HostsItself);
            assert_noop!(revise(supervisor(), ELSEWHERE, None, None), Error::<Test>::NotPermitted);
            assert_noop!(revise(admin(), POLICE, None, None), Error::<Test>::NotPermitted);
            assert_ok!(Departments::set_status(CIVIL, DepartmentStatus::Retired));
            assert_noop!(revise(supervisor(), CIVIL, None, None), Error::<Test>::RetiredForGood);
        });
    }
}

mod register_account {
    use super::*;

    #[test]
    fn an_admin_registers_and_the_account_may_sign() {
        run(|| {
            assert_ok!(Departments::register_account(signed(admin()), account(20), POLICE));
            assert_eq!(Accounts::<Test>::get(account(20)), Some(POLICE));
            assert_eq!(System::providers(&account(20)), 1);
            assert_last_record_says(crate::Call::register_account { account: account(20), department: POLICE });
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let register = |who, account, department| Departments::register_account(signed(who), account, department);
            assert_noop!(register(admin(), clerk(), POLICE), Error::<Test>::AccountTaken);
            assert_noop!(register(clerk(), account(20), POLICE), Error::<Test>::NotPermitted);
            assert_noop!(register(admin(), account(20), AUTHORITY), Error::<Test>::NotPermitted);
            assert_noop!(register(supervisor(), account(20), ELSEWHERE), Error::<Test>::NotPermitted);
            assert_noop!(register(supervisor(), account(20), NOWHERE), Error::<Test>::UnknownDepartment);
            assert_ok!(Departments::set_status(POLICE, DepartmentStatus::Suspended));
            assert_noop!(register(supervisor(), account(20), POLICE), Error::<Test>::DepartmentNotActive);
        });
    }
}

mod register_system {
    use super::*;

    #[test]
    fn codes_are_unique_in_their_department() {
        run(|| {
            let register = |who, department| {
                let (kind, code) = (SystemKind::Platform, text("GA-HJ"));
                Departments::register_system(signed(who), department, kind, code, text("网关"))
            };
            assert_ok!(register(admin(), POLICE));
            assert_last_record_says(crate::Call::register_system {
                department: POLICE,
                kind: SystemKind::Platform,
                code: text("GA-HJ"),
                name: text("网关"),
            });
            assert_noop!(register(admin(), POLICE), Error::<Test>::SystemCodeTaken);
            assert_noop!(register(clerk(), POLICE), Error::<Test>::NotPermitted);
            assert_noop!(register(admin(), NOWHERE), Error::<Test>::UnknownDepartment);
            assert_eq!(Departments::system(mulu_proofs::ids::SystemId::new(1)).unwrap().department, POLICE);
        });
    }
}
