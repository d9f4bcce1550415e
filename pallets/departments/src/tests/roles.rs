//! Roles: `give_role`, `confirm_role`, `revoke_role`, and what a role lets its holder sign.

use super::*;
use mulu_proofs::{catalog::List, departments::AccountKey, ids::EntryId};

fn confirm(who: AccountId32, to: AccountId32, what: Role) -> DispatchResult {
    Departments::confirm_role(signed(who), to, POLICE, what)
}

fn list<I: Clone, const N: u32>(items: &[I]) -> List<I, N> {
    List::try_from(items.to_vec()).ok().unwrap()
}

mod give_role {
    use super::*;

    #[test]
    fn a_signing_role_waits_for_the_second_signature() {
        run(|| {
            assert_ok!(give(admin(), clerk(), Role::Officer));
            assert_last_record_says(crate::Call::give_role {
                account: clerk(),
                department: POLICE,
                role: Role::Officer,
                expires: LATER,
                scope: RoleScope::Everything,
                principal: None,
                basis: text(""),
            });
            assert_eq!(signs(&clerk(), POLICE, Role::Officer), Err(Error::<Test>::RoleNotConfirmed.into()));
            assert_ok!(confirm(head(), clerk(), Role::Officer));
            let signed_as = Departments::signed_as(&clerk(), POLICE, Role::Officer, &About::NOTHING).unwrap();
            assert!(signed_as.confirmed > Some(signed_as.given));
            assert_noop!(confirm(head(), clerk(), Role::Officer), Error::<Test>::NotPending);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(give(admin(), admin(), Role::Head), Error::<Test>::AdminSigns);
            assert_noop!(give(admin(), admin(), Role::Applicant), Error::<Test>::AdminSigns);
            assert_noop!(give(supervisor(), head(), Role::Admin), Error::<Test>::AdminSigns);
            assert_noop!(give(admin(), clerk(), Role::Admin), Error::<Test>::NotPermitted);
            assert_noop!(give(head(), clerk(), Role::Applicant), Error::<Test>::NotPermitted);
            assert_noop!(give(supervisor(), clerk(), Role::Reviewer), Error::<Test>::RoleOfAuthority);
            assert_noop!(give(admin(), account(20), Role::Applicant), Error::<Test>::UnknownAccount);
            assert_noop!(give(admin(), civil_head(), Role::Applicant), Error::<Test>::UnknownAccount);
            assert_ok!(give(admin(), clerk(), Role::Applicant));
            assert_noop!(give(admin(), clerk(), Role::Applicant), Error::<Test>::RoleTaken);
            let past = RoleGiven { expires: Moment::new(START), ..role(clerk(), POLICE, Role::Platform) };
            assert_noop!(give_as(admin(), past), Error::<Test>::ExpiryPassed);
            let nowhere = role(clerk(), NOWHERE, Role::Platform);
            assert_noop!(give_as(supervisor(), nowhere), Error::<Test>::UnknownDepartment);
            assert_ok!(Departments::set_status(POLICE, DepartmentStatus::Suspended));
            assert_noop!(give(supervisor(), clerk(), Role::Platform), Error::<Test>::DepartmentNotActive);
        });
    }

    #[test]
    fn an_auditor_is_named_on_a_stated_basis() {
        run(|| {
            let auditor = role(authority_clerk(), AUTHORITY, Role::Auditor);
            assert_noop!(give_as(supervisor(), auditor.clone()), Error::<Test>::BasisMissing);
            assert_noop!(give_as(authority_admin(), auditor.clone()), Error::<Test>::NotPermitted);
            assert_ok!(give_as(supervisor(), RoleGiven { basis: text("审计法第三十八条"), ..auditor }));
            assert_ok!(signs(&authority_clerk(), AUTHORITY, Role::Auditor));
        });
    }

    #[test]
    fn an_authority_that_lost_its_supervisors_gets_one_back_by_two_persons() {
        run(|| {
            let again = role(authority_clerk(), AUTHORITY, Role::Supervisor);
            assert_ok!(give_as(authority_admin(), again));
            let pending = signs(&authority_clerk(), AUTHORITY, Role::Supervisor);
            assert_eq!(pending, Err(Error::<Test>::RoleNotConfirmed.into()));
            let confirm =
                Departments::confirm_role(signed(authority_head()), authority_clerk(), AUTHORITY, Role::Supervisor);
            assert_ok!(confirm);
            assert_ok!(signs(&authority_clerk(), AUTHORITY, Role::Supervisor));
        });
    }

    #[test]
    fn a_data_manager_signs_nothing_of_the_departments_whose_data_it_serves() {
        run(|| {
            let revise = |id, host, is_manager| {
                Departments::revise_department(signed(supervisor()), id, text("新名"), None, host, is_manager)
            };
            assert_ok!(revise(POLICE, None, true));
            assert_ok!(revise(CIVIL, Some(POLICE), false));
            assert_ok!(signs(&civil_head(), CIVIL, Role::Head));
            for (who, own) in [(head(), Role::Head), (admin(), Role::Admin)] {
                assert_ok!(signs(&who, POLICE, own));
                for role in Role::ALL {
                    assert!(signs(&who, CIVIL, role).is_err(), "{role:?}");
                }
                let of_civil = role(who, CIVIL, Role::Cataloguer);
                assert_noop!(give_as(supervisor(), of_civil), Error::<Test>::UnknownAccount);
            }
        });
    }

    #[test]
    fn scopes_name_something_that_is_there() {
        run(|| {
            let with = |scope| RoleGiven { scope, ..role(clerk(), POLICE, Role::Applicant) };
            for scope in [
                RoleScope::Entries(list(&[])),
                RoleScope::Departments(list(&[])),
                RoleScope::Departments(list(&[CIVIL, NOWHERE])),
            ] {
                assert_noop!(give_as(admin(), with(scope)), Error::<Test>::ScopeInvalid);
            }
            assert_ok!(give_as(admin(), with(RoleScope::Departments(list(&[CIVIL])))));
        });
    }

    #[test]
    fn a_role_signs_within_its_scope_only() {
        run(|| {
            let (entry, other) = (EntryId::new(1), EntryId::new(2));
            let scope = RoleScope::Entries(list(&[entry]));
            assert_ok!(give_as(admin(), RoleGiven { scope, ..role(clerk(), POLICE, Role::Applicant) }));
            let asks = |about| Departments::signed_as(&clerk(), POLICE, Role::Applicant, &about).map(drop);
            assert_ok!(asks(About::entry_with(entry, CIVIL)));
            for about in [About::entry(other), About::department(CIVIL), About::NOTHING] {
                assert_eq!(asks(about), Err(Error::<Test>::OutOfScope.into()));
            }
            let scope = RoleScope::Departments(list(&[CIVIL]));
            assert_ok!(give_as(admin(), RoleGiven { scope, ..role(clerk(), POLICE, Role::Cataloguer) }));
            let asks = |about| Departments::signed_as(&clerk(), POLICE, Role::Cataloguer, &about).map(drop);
            assert_ok!(asks(About::entry_with(other, CIVIL)));
            assert_eq!(asks(About::entry_with(other, COUNTY)), Err(Error::<Test>::OutOfScope.into()));
        });
    }
}

mod acting_persons {
    use super::*;

    fn acting(principal: AccountId32) -> RoleGiven {
        RoleGiven { principal: Some(AccountKey(principal.into())), ..role(clerk(), POLICE, Role::Head) }
    }

    #[test]
    fn the_record_of_an_act_says_for_whom_it_was_signed() {
        run(|| {
            assert_ok!(give_as(admin(), acting(head())));
            assert_ok!(confirm(supervisor(), clerk(), Role::Head));
            let signed_as = Departments::signed_as(&clerk(), POLICE, Role::Head, &About::NOTHING).unwrap();
            assert_eq!(signed_as.principal, Some(AccountKey(head().into())));
        });
    }

    #[test]
    fn the_principal_is_another_account_that_holds_the_role_itself() {
        run(|| {
            for principal in [clerk(), admin(), civil_head(), stranger()] {
                assert_noop!(give_as(admin(), acting(principal)), Error::<Test>::PrincipalWithoutRole);
            }
            assert_ok!(give_as(admin(), acting(head())));
            assert_ok!(confirm(supervisor(), clerk(), Role::Head));
            assert_ok!(Departments::register_account(signed(admin()), account(20), POLICE));
            let for_acting = RoleGiven { account: account(20).into(), ..acting(clerk()) };
            assert_noop!(give_as(admin(), for_acting), Error::<Test>::PrincipalWithoutRole);
        });
    }

    #[test]
    fn whoever_stands_in_stops_when_the_principal_does() {
        run(|| {
            assert_ok!(give_as(admin(), acting(head())));
            assert_ok!(confirm(supervisor(), clerk(), Role::Head));
            assert_ok!(Departments::revoke_role(signed(admin()), head(), POLICE, Role::Head));
            assert_eq!(signs(&clerk(), POLICE, Role::Head), Err(Error::<Test>::PrincipalWithoutRole.into()));
        });
    }
}

mod confirm_role {
    use super::*;

    #[test]
    fn giver_and_second_signer_are_two_persons() {
        run(|| {
            assert_ok!(give(supervisor(), clerk(), Role::Officer));
            assert_noop!(confirm(supervisor(), clerk(), Role::Officer), Error::<Test>::SamePerson);
            assert_noop!(confirm(admin(), clerk(), Role::Officer), Error::<Test>::NotPermitted);
            assert_noop!(confirm(civil_head(), clerk(), Role::Officer), Error::<Test>::NotPermitted);
            assert_noop!(confirm(head(), clerk(), Role::Approver), Error::<Test>::RoleUnknown);
            assert_ok!(confirm(second_supervisor(), clerk(), Role::Officer));
            assert_last_record_says(crate::Call::confirm_role {
                account: clerk(),
                department: POLICE,
                role: Role::Officer,
            });
        });
    }

    #[test]
    fn nobody_confirms_a_role_of_their_own() {
        run(|| {
            assert_ok!(give(admin(), head(), Role::Officer));
            assert_noop!(confirm(head(), head(), Role::Officer), Error::<Test>::SamePerson);
            let nowhere = Departments::confirm_role(signed(supervisor()), clerk(), NOWHERE, Role::Officer);
            assert_noop!(nowhere, Error::<Test>::UnknownDepartment);
        });
    }
}

mod revoke_role {
    use super::*;

    #[test]
    fn an_expired_or_revoked_role_no_longer_signs() {
        run(|| {
            assert_ok!(give(admin(), clerk(), Role::Applicant));
            Now::set(LATER.get());
            assert_eq!(signs(&clerk(), POLICE, Role::Applicant), Err(Error::<Test>::RoleExpired.into()));
            Now::set(START);
            let revoke = |who| Departments::revoke_role(signed(who), clerk(), POLICE, Role::Applicant);
            assert_noop!(revoke(head()), Error::<Test>::NotPermitted);
            assert_ok!(revoke(admin()));
            assert_last_record_says(crate::Call::revoke_role {
                account: clerk(),
                department: POLICE,
                role: Role::Applicant,
            });
            assert_eq!(signs(&clerk(), POLICE, Role::Applicant), Err(Error::<Test>::RoleMissing.into()));
            assert_noop!(revoke(admin()), Error::<Test>::RoleUnknown);
            assert_eq!(Roles::<Test>::iter_prefix(clerk()).count(), 0);
            let nowhere = Departments::revoke_role(signed(supervisor()), clerk(), NOWHERE, Role::Applicant);
            assert_noop!(nowhere, Error::<Test>::UnknownDepartment);
        });
    }
}

mod confirmation_clock {
    use super::*;
    use mulu_proofs::{calendar::DeadlineKind, records::Subject};

    fn running() -> Vec<(DeadlineKind, Subject, DepartmentId, u16)> {
        Running::get().into_values().collect()
    }

    #[test]
    fn it_runs_from_the_gift_of_a_signing_role_to_its_second_signature() {
        run(|| {
            assert_eq!(running(), [], "roles of genesis wait for nothing");
            assert_ok!(give(admin(), clerk(), Role::Applicant));
            assert_eq!(running(), []);
            assert_ok!(give(admin(), clerk(), Role::Officer));
            let subject = Subject::Account(clerk().into());
            assert_eq!(running(), [(DeadlineKind::RoleConfirmation, subject, POLICE, 5)]);
            assert_ok!(Departments::confirm_role(signed(head()), clerk(), POLICE, Role::Officer));
            assert_eq!(running(), []);
        });
    }

    #[test]
    fn revocation_and_another_key_stop_it() {
        run(|| {
            assert_ok!(give(admin(), clerk(), Role::Officer));
            assert_ok!(give(admin(), clerk(), Role::Approver));
            assert_eq!(running().len(), 2);
            assert_ok!(Departments::revoke_role(signed(admin()), clerk(), POLICE, Role::Approver));
            assert_eq!(running().len(), 1);
            assert_ok!(give(admin(), clerk(), Role::Approver));
            assert_ok!(Departments::rotate_key(signed(clerk()), account(20)));
            assert_eq!(running(), []);

            assert_ok!(give(admin(), account(20), Role::Officer));
            assert_ok!(Departments::report_loss(signed(admin()), account(20), account(21), text("遗失")));
            assert_eq!(running().len(), 1);
            assert_ok!(Departments::confirm_replacement(signed(head()), account(20), account(21)));
            assert_eq!(running(), []);
        });
    }
}
