//! One module per call; every error has a test that produces it.

use crate::{Accounts, DepartmentDraft, Departments as Stored, Error, Roles, mock::*};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::People as _;
use mulu_proofs::{
    departments::{CreditCode, Level, Role, RoleScope, SystemKind},
    ids::{DepartmentId, Moment, RecordNumber},
    records::RecordKind,
    text::Text,
};
use sp_core::crypto::AccountId32;

fn signed(who: AccountId32) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn draft(number: u32) -> DepartmentDraft {
    DepartmentDraft {
        credit_code: code(number),
        name: Text::new("民政局").expect("short"),
        level: Level::City,
        region: 330_100,
        parent: Some(AUTHORITY),
        is_data_manager: false,
        host: Some(POLICE),
    }
}

fn give(who: AccountId32, to: AccountId32, role: Role) -> sp_runtime::DispatchResult {
    Departments::give_role(signed(who), to, POLICE, role, LATER, RoleScope::Everything, None, Text::default())
}

mod genesis {
    use super::*;

    #[test]
    fn everything_that_genesis_set_is_on_record_in_block_1() {
        run(|| {
            use RecordKind::{
                AccountRegistered as A, DepartmentRegistered as D, RoleGiven as R, ValidatorRegistered as V,
            };
            assert_eq!(Recorded::get(), [D, D, A, A, A, A, R, R, R, V]);
            let role = Departments::signed_as(&head(), POLICE, Role::Head).expect("in force");
            assert!(role.given > RecordNumber::new(6));
            assert_eq!(Departments::authority_of(POLICE), Some(AUTHORITY));
        });
    }
}

mod register_department {
    use super::*;

    #[test]
    fn a_supervisor_registers_with_the_next_id() {
        run(|| {
            assert_ok!(Departments::register_department(signed(supervisor()), draft(3)));
            let stored = Stored::<Test>::get(DepartmentId::new(3)).expect("there");
            assert!(stored.is_active && stored.info.host == Some(POLICE));
            assert_eq!(Recorded::get().last(), Some(&RecordKind::DepartmentRegistered));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let refuse = |draft: DepartmentDraft, error: Error<Test>| {
                assert_noop!(Departments::register_department(signed(supervisor()), draft), error);
            };
            refuse(draft(2), Error::CreditCodeTaken);
            refuse(DepartmentDraft { region: 99, ..draft(3) }, Error::RegionInvalid);
            refuse(DepartmentDraft { parent: Some(DepartmentId::new(77)), ..draft(3) }, Error::UnknownDepartment);
            let mut bytes = code(3).encode();
            bytes[17] = if bytes[17] == b'0' { b'1' } else { b'0' };
            let twisted = CreditCode::decode(&mut &bytes[..]).expect("18 bytes");
            refuse(DepartmentDraft { credit_code: twisted, ..draft(3) }, Error::CreditCodeInvalid);
            assert_noop!(Departments::register_department(signed(admin()), draft(3)), Error::<Test>::NotPermitted);
        });
    }
}

mod register_account {
    use super::*;

    #[test]
    fn an_admin_registers_and_the_account_may_sign() {
        run(|| {
            assert_ok!(Departments::register_account(signed(admin()), account(9), POLICE));
            assert_eq!(Accounts::<Test>::get(account(9)), Some(POLICE));
            assert_eq!(System::providers(&account(9)), 1);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let register = |who, account, department| Departments::register_account(signed(who), account, department);
            assert_noop!(register(admin(), clerk(), POLICE), Error::<Test>::AccountTaken);
            assert_noop!(register(clerk(), account(9), POLICE), Error::<Test>::NotPermitted);
            assert_noop!(register(admin(), account(9), AUTHORITY), Error::<Test>::NotPermitted);
            let nowhere = DepartmentId::new(77);
            assert_noop!(register(supervisor(), account(9), nowhere), Error::<Test>::UnknownDepartment);
            Stored::<Test>::mutate(POLICE, |department| department.as_mut().expect("there").is_active = false);
            assert_noop!(register(supervisor(), account(9), POLICE), Error::<Test>::DepartmentNotActive);
        });
    }
}

mod roles {
    use super::*;

    #[test]
    fn a_signing_role_waits_for_the_second_signature() {
        run(|| {
            assert_ok!(give(admin(), clerk(), Role::Officer));
            let missing = Departments::signed_as(&clerk(), POLICE, Role::Officer);
            assert_eq!(missing, Err(Error::<Test>::RoleNotConfirmed.into()));
            assert_ok!(Departments::confirm_role(signed(head()), clerk(), POLICE, Role::Officer));
            let signed_as = Departments::signed_as(&clerk(), POLICE, Role::Officer).expect("in force");
            assert!(signed_as.confirmed > Some(signed_as.given));
            let again = Departments::confirm_role(signed(head()), clerk(), POLICE, Role::Officer);
            assert_noop!(again, Error::<Test>::NotPending);
        });
    }

    #[test]
    fn giver_and_second_signer_are_two_persons() {
        run(|| {
            assert_ok!(give(supervisor(), clerk(), Role::Officer));
            let same = Departments::confirm_role(signed(supervisor()), clerk(), POLICE, Role::Officer);
            assert_noop!(same, Error::<Test>::SamePerson);
            let nobody = Departments::confirm_role(signed(admin()), clerk(), POLICE, Role::Officer);
            assert_noop!(nobody, Error::<Test>::NotPermitted);
            let none = Departments::confirm_role(signed(head()), clerk(), POLICE, Role::Approver);
            assert_noop!(none, Error::<Test>::RoleUnknown);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(give(admin(), admin(), Role::Head), Error::<Test>::AdminSigns);
            assert_noop!(give(supervisor(), head(), Role::Admin), Error::<Test>::AdminSigns);
            assert_noop!(give(admin(), clerk(), Role::Admin), Error::<Test>::NotPermitted);
            assert_noop!(give(supervisor(), clerk(), Role::Reviewer), Error::<Test>::RoleOfAuthority);
            assert_noop!(give(admin(), account(9), Role::Applicant), Error::<Test>::UnknownAccount);
            assert_ok!(give(admin(), clerk(), Role::Applicant));
            assert_noop!(give(admin(), clerk(), Role::Applicant), Error::<Test>::RoleTaken);
            let past = Departments::give_role(
                signed(admin()),
                clerk(),
                POLICE,
                Role::Platform,
                Moment::new(1),
                RoleScope::Everything,
                None,
                Text::default(),
            );
            assert_noop!(past, Error::<Test>::ExpiryPassed);
        });
    }

    #[test]
    fn an_expired_or_revoked_role_no_longer_signs() {
        run(|| {
            assert_ok!(give(admin(), clerk(), Role::Applicant));
            Now::set(LATER.get());
            let expired = Departments::signed_as(&clerk(), POLICE, Role::Applicant);
            assert_eq!(expired, Err(Error::<Test>::RoleExpired.into()));
            Now::set(1_785_000_000_000);
            assert_ok!(Departments::revoke_role(signed(admin()), clerk(), POLICE, Role::Applicant));
            let revoked = Departments::signed_as(&clerk(), POLICE, Role::Applicant);
            assert_eq!(revoked, Err(Error::<Test>::RoleMissing.into()));
            let again = Departments::revoke_role(signed(admin()), clerk(), POLICE, Role::Applicant);
            assert_noop!(again, Error::<Test>::RoleUnknown);
            assert_eq!(Roles::<Test>::iter_prefix(clerk()).count(), 0);
        });
    }
}

mod register_system {
    use super::*;

    #[test]
    fn codes_are_unique_in_their_department() {
        run(|| {
            let register = |who| {
                let code = Text::new("GA-HJ").expect("short");
                Departments::register_system(signed(who), POLICE, SystemKind::Platform, code, Text::default())
            };
            assert_ok!(register(admin()));
            assert_noop!(register(admin()), Error::<Test>::SystemCodeTaken);
            assert_noop!(register(clerk()), Error::<Test>::NotPermitted);
        });
    }
}
