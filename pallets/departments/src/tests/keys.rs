//! Keys: `rotate_key`, `report_loss`, `withdraw_report`, `confirm_replacement`.

use super::*;
use crate::{Replaced, Replacements};
use mulu_proofs::departments::AccountReplaced;

fn replaced() -> AccountReplaced {
    Recorded::get().pop().unwrap().body_as().unwrap()
}

fn report(who: AccountId32, old: AccountId32, new: AccountId32) -> DispatchResult {
    Departments::report_loss(signed(who), old, new, text("卡片遗失"))
}

fn confirm(who: AccountId32, old: AccountId32, new: AccountId32) -> DispatchResult {
    Departments::confirm_replacement(signed(who), old, new)
}

fn withdraw(who: AccountId32, old: AccountId32, new: AccountId32) -> DispatchResult {
    Departments::withdraw_report(signed(who), old, new)
}

mod rotate_key {
    use super::*;

    #[test]
    fn the_old_key_gives_its_place_and_its_roles_end() {
        run(|| {
            assert_ok!(Departments::rotate_key(signed(head()), account(20)));
            assert_last_record_says(crate::Call::rotate_key { new: account(20) });
            let body = replaced();
            assert_eq!((body.roles.to_vec(), body.confirmed), (vec![Role::Head], None));
            assert_eq!(signs(&head(), POLICE, Role::Head), Err(Error::<Test>::RoleMissing.into()));
            assert_eq!(Departments::department_of(&account(20)), Some(POLICE));
            assert_eq!(Departments::department_of(&head()), None);
            assert_eq!(Departments::belonged_to(&head()), Some(POLICE), "what it signed was the department's");
            assert_ok!(give(admin(), account(20), Role::Head));
            assert_noop!(give(admin(), head(), Role::Applicant), Error::<Test>::KeyReplacedAlready);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let rotate = |who, new| Departments::rotate_key(signed(who), new);
            assert_noop!(rotate(stranger(), account(20)), Error::<Test>::UnknownAccount);
            assert_noop!(rotate(head(), head()), Error::<Test>::AccountTaken);
            assert_noop!(rotate(head(), clerk()), Error::<Test>::AccountTaken);
            assert_ok!(rotate(head(), account(20)));
            assert_noop!(rotate(head(), account(21)), Error::<Test>::KeyReplacedAlready);
            assert_ok!(Departments::set_status(POLICE, DepartmentStatus::Suspended));
            assert_noop!(rotate(account(20), account(21)), Error::<Test>::DepartmentNotActive);
        });
    }
}

mod report_loss {
    use super::*;

    #[test]
    fn nothing_changes_until_it_is_confirmed() {
        run(|| {
            assert_ok!(report(admin(), head(), account(20)));
            assert_last_record_says(crate::Call::report_loss {
                old: head(),
                new: account(20),
                reason: text("卡片遗失"),
            });
            assert_ok!(signs(&head(), POLICE, Role::Head));
            assert_eq!(Accounts::<Test>::get(account(20)), None);
        });
    }

    #[test]
    fn one_report_waits_for_a_key_until_it_is_withdrawn() {
        run(|| {
            assert_ok!(report(admin(), head(), account(20)));
            for new in [20, 21] {
                assert_noop!(report(supervisor(), head(), account(new)), Error::<Test>::ReportWaits);
            }
            assert_ok!(report(admin(), clerk(), account(21)));
            assert_ok!(withdraw(admin(), head(), account(20)));
            assert_ok!(report(admin(), head(), account(22)));
            assert_noop!(confirm(supervisor(), head(), account(20)), Error::<Test>::NoReplacement);
            assert_ok!(confirm(supervisor(), head(), account(22)));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(report(admin(), stranger(), account(20)), Error::<Test>::UnknownAccount);
            assert_noop!(report(admin(), head(), clerk()), Error::<Test>::AccountTaken);
            assert_noop!(report(head(), clerk(), account(20)), Error::<Test>::NotPermitted);
            assert_noop!(report(admin(), civil_head(), account(20)), Error::<Test>::NotPermitted);
            let silent = Departments::report_loss(signed(admin()), head(), account(20), text(""));
            assert_noop!(silent, Error::<Test>::ReasonMissing);
            assert_ok!(Departments::rotate_key(signed(head()), account(20)));
            assert_noop!(report(admin(), head(), account(21)), Error::<Test>::KeyReplacedAlready);
        });
    }
}

mod withdraw_report {
    use super::*;
    use mulu_proofs::departments::KeyReportWithdrawn;

    #[test]
    fn the_key_itself_an_admin_or_a_supervisor_withdraws_a_report() {
        run(|| {
            let by = [(head(), POLICE), (admin(), POLICE), (supervisor(), AUTHORITY), (second_supervisor(), AUTHORITY)];
            for (who, acting) in by {
                assert_ok!(report(supervisor(), head(), account(20)));
                let reported = Recorded::get().last().unwrap().number;
                assert_ok!(withdraw(who, head(), account(20)));
                assert_last_record_says(crate::Call::withdraw_report { old: head(), new: account(20) });
                let record = Recorded::get().pop().unwrap();
                let (old, new) = (head().into(), account(20).into());
                let body = KeyReportWithdrawn { old, new, department: POLICE, reported };
                assert_eq!((record.department, record.body_as()), (acting, Ok(body.clone())));
                System::assert_last_event(crate::Event::KeyReportWithdrawn(body).into());
                assert!(!Replacements::<Test>::contains_key(head()));
                assert_noop!(confirm(second_supervisor(), head(), account(20)), Error::<Test>::NoReplacement);
                assert_ok!(signs(&head(), POLICE, Role::Head));
            }
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(withdraw(head(), head(), account(20)), Error::<Test>::NoReplacement);
            assert_ok!(report(admin(), head(), account(20)));
            assert_noop!(withdraw(head(), head(), account(21)), Error::<Test>::NoReplacement);
            for who in [clerk(), civil_head(), authority_head(), account(20), stranger()] {
                assert_noop!(withdraw(who, head(), account(20)), Error::<Test>::NotPermitted);
            }
            assert_ok!(confirm(supervisor(), head(), account(20)));
            assert_noop!(withdraw(head(), head(), account(20)), Error::<Test>::NoReplacement);
        });
    }
}

mod confirm_replacement {
    use super::*;

    #[test]
    fn two_persons_replace_a_lost_key() {
        run(|| {
            assert_ok!(report(admin(), head(), account(20)));
            assert_ok!(confirm(supervisor(), head(), account(20)));
            assert_last_record_says(crate::Call::confirm_replacement { old: head(), new: account(20) });
            let body = replaced();
            let (reported, signed_as) = body.confirmed.unwrap();
            assert_eq!((reported.get(), signed_as.role), (Recorded::get().len() as u64 - 1, Role::Supervisor));
            assert_eq!(Replaced::<Test>::get(head()), Some(account(20)));
            assert!(!Replacements::<Test>::contains_key(head()));
            assert_eq!(signs(&head(), POLICE, Role::Head), Err(Error::<Test>::RoleMissing.into()));
        });
    }

    #[test]
    fn a_key_and_those_that_took_its_place_are_one_persons() {
        run(|| {
            let is_same = |one: &AccountId32, other: &AccountId32| {
                <Departments as mulu_pallet_support::People>::is_same_person(one, other)
            };
            assert!(is_same(&head(), &head()) && !is_same(&head(), &account(20)));
            assert_ok!(report(admin(), head(), account(20)));
            assert!(!is_same(&head(), &account(20)), "nobody confirmed it yet");
            assert_ok!(confirm(supervisor(), head(), account(20)));
            assert_ok!(Departments::rotate_key(signed(account(20)), account(21)));
            for (one, other) in [(head(), account(21)), (account(21), head()), (account(20), account(21))] {
                assert!(is_same(&one, &other));
            }
            assert!(!is_same(&head(), &admin()) && !is_same(&account(21), &supervisor()));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(confirm(supervisor(), head(), account(20)), Error::<Test>::NoReplacement);
            assert_ok!(report(supervisor(), head(), account(20)));
            assert_noop!(confirm(supervisor(), head(), account(20)), Error::<Test>::SamePerson);
            assert_noop!(confirm(head(), head(), account(20)), Error::<Test>::SamePerson);
            assert_noop!(confirm(admin(), head(), account(20)), Error::<Test>::NotPermitted);
            assert_ok!(Departments::register_account(signed(admin()), account(20), POLICE));
            assert_noop!(confirm(second_supervisor(), head(), account(20)), Error::<Test>::AccountTaken);
        });
    }
}
