//! One module per call; every error has a test that produces it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod ends;
mod holders;
mod misuse;
mod queue;
mod walk;

use crate::{Courses, Error, Event, GrantVersions, TRANSITIONS_MAX, mock::*};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::{Clocks as _, Grants as _, GrantsBegin as _};
use mulu_proofs::{
    calendar::DeadlineKind,
    departments::{Role, RoleScope},
    grants::{GrantAct, GrantState, GrantTerms},
    ids::{DeadlineId, DepartmentId, GrantId, Moment, Version},
    records::{Record, RecordKind, Subject},
};

type Errors = Error<Test>;

fn last_record() -> Record {
    Recorded::mutate(|records| records.last().cloned()).unwrap()
}

/// The body of the last record, which is of `kind` and signed by `who` for `department`.
fn last_body<B: codec::Decode>(kind: RecordKind, who: u8, department: DepartmentId) -> B {
    let record = last_record();
    assert_eq!((record.kind, record.signer, record.department), (kind, Some([who; 32]), department));
    record.body_as().unwrap()
}

fn assert_event(event: Event<Test>) {
    System::assert_last_event(event.into());
}

fn running() -> Vec<RunningClock> {
    Running::get().into_values().collect()
}

mod begin {
    use super::*;

    #[test]
    fn a_grant_has_the_terms_that_were_agreed_and_a_clock() {
        run(|| {
            Now::set(NOON + 5);
            let terms = terms();
            assert_ok!(Grants::begin(&terms));
            let (grant, version) = (GrantId::new(1), Version::new(1));
            assert_eq!(Grants::terms(grant, version), Some(terms));
            assert_eq!(Grants::terms(grant, Version::new(2)), None);
            assert_eq!(Grants::transitions(grant), [(Moment::new(NOON + 5), GrantState::Agreed)]);
            assert_eq!(Grants::next_grant(), GrantId::new(2));
            assert_eq!(running(), [(DeadlineKind::Provisioning, Subject::Grant(grant, version), PROVIDER, 20)]);
            assert_eq!(Courses::<Test>::get(grant).unwrap().deadline, Some(DeadlineId::new(1)));
            assert_eq!(Recorded::get(), [], "the agreement is the record");
        });
    }

    #[test]
    fn a_grant_begins_under_the_next_number_with_its_first_version() {
        run(|| {
            let wrong =
                [GrantTerms { grant: GrantId::new(2), ..terms() }, GrantTerms { version: Version::new(2), ..terms() }];
            for terms in wrong {
                assert_noop!(Grants::begin(&terms), Errors::OtherNumber);
            }
        });
    }
}

mod provision {
    use super::*;

    #[test]
    fn the_provider_says_that_the_grant_can_be_used() {
        run(|| {
            let grant = granted();
            Now::set(NOON + DAY);
            assert_ok!(Grants::provision(signed(OFFICER), grant));
            let act: GrantAct = last_body(RecordKind::GrantProvisioned, OFFICER, PROVIDER);
            assert_eq!((act.grant, act.reason.is_empty()), (grant, true));
            assert!(last_record().subjects.contains(&Subject::Grant(grant, Version::new(1))));
            assert_event(Event::GrantProvisioned { signer: account(OFFICER), act });
            let transitions =
                [(Moment::new(NOON), GrantState::Agreed), (Moment::new(NOON + DAY), GrantState::Provisioned)];
            assert_eq!(Grants::transitions(grant), transitions);
            assert_eq!(Grants::transitions(GrantId::new(2)), []);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let grant = granted();
            assert_noop!(Grants::provision(signed(OFFICER), GrantId::new(2)), Errors::UnknownGrant);
            for who in [SUPERVISOR, CONSUMER_OFFICER, APPLICANT] {
                assert_noop!(Grants::provision(signed(who), grant), ROLE_MISSING);
            }
            Now::set(terms().until.get());
            assert_noop!(Grants::provision(signed(OFFICER), grant), Errors::GrantOver);
            Now::set(NOON);
            assert_ok!(Grants::provision(signed(OFFICER), grant));
            assert_noop!(Grants::provision(signed(OFFICER), grant), Errors::NotAwaitingProvision);
        });
    }
}

mod suspend {
    use super::*;

    #[test]
    fn provider_and_authority_suspend_at_once() {
        run(|| {
            let grant = granted();
            for (who, department, role) in
                [(OFFICER, PROVIDER, Role::Officer), (SUPERVISOR, AUTHORITY, Role::Supervisor)]
            {
                assert_ok!(Grants::suspend(signed(who), grant, text("超范围使用")));
                let act: GrantAct = last_body(RecordKind::GrantSuspended, who, department);
                assert_eq!((act.grant, act.signed_as.role), (grant, role));
                assert_event(Event::GrantSuspended { signer: account(who), act });
                assert_eq!(Courses::<Test>::get(grant).unwrap().state(), GrantState::Suspended);
                assert_ok!(Grants::resume(signed(who), grant, text("已整改")));
            }
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let grant = granted();
            let suspend = |who, grant| Grants::suspend(signed(who), grant, text("超范围使用"));
            for who in [CONSUMER_OFFICER, FOREIGN_SUPERVISOR, APPLICANT, STRANGER] {
                assert_noop!(suspend(who, grant), Errors::NotPermitted);
            }
            assert_noop!(suspend(OFFICER, GrantId::new(2)), Errors::UnknownGrant);
            assert_noop!(Grants::suspend(signed(OFFICER), grant, text("")), Errors::ReasonMissing);
            Now::set(terms().until.get());
            assert_noop!(suspend(OFFICER, grant), Errors::GrantOver);
            Now::set(NOON);
            assert_ok!(suspend(OFFICER, grant));
            assert_noop!(suspend(SECOND_OFFICER, grant), Errors::AlreadySuspended);
            // What is suspended is not provisioned behind the authority's back.
            assert_noop!(Grants::provision(signed(OFFICER), grant), Errors::NotAwaitingProvision);
        });
    }
}

mod resume {
    use super::*;

    #[test]
    fn a_grant_is_again_what_it_was_before() {
        run(|| {
            let grant = granted();
            let states = || Grants::transitions(grant).into_iter().map(|(_, state)| state).collect::<Vec<_>>();
            assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
            assert_ok!(Grants::resume(signed(SUPERVISOR), grant, text("核查完毕")));
            let act: GrantAct = last_body(RecordKind::GrantResumed, SUPERVISOR, AUTHORITY);
            assert_event(Event::GrantResumed { signer: account(SUPERVISOR), act });
            assert_ok!(Grants::provision(signed(OFFICER), grant));
            assert_ok!(Grants::suspend(signed(SUPERVISOR), grant, text("核查")));
            assert_ok!(Grants::resume(signed(SUPERVISOR), grant, text("核查完毕")));
            use GrantState::{Agreed, Provisioned, Suspended};
            assert_eq!(states(), [Agreed, Suspended, Agreed, Provisioned, Suspended, Provisioned]);
            assert_eq!(GrantVersions::<Test>::iter().count(), 1);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let grant = granted();
            let resume = |who, grant| Grants::resume(signed(who), grant, text("已整改"));
            assert_noop!(resume(OFFICER, grant), Errors::NotSuspended);
            assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
            for who in [CONSUMER_OFFICER, FOREIGN_SUPERVISOR] {
                assert_noop!(resume(who, grant), Errors::NotPermitted);
            }
            assert_noop!(resume(OFFICER, GrantId::new(2)), Errors::UnknownGrant);
            assert_noop!(Grants::resume(signed(OFFICER), grant, text("")), Errors::ReasonMissing);
            Now::set(terms().until.get());
            assert_noop!(resume(OFFICER, grant), Errors::GrantOver);
        });
    }

    #[test]
    fn what_the_authority_suspended_the_provider_does_not_lift() {
        run(|| {
            let grant = granted();
            let resume = |who| Grants::resume(signed(who), grant, text("核查完毕"));
            assert_ok!(Grants::suspend(signed(SUPERVISOR), grant, text("核查")));
            assert_noop!(resume(OFFICER), Errors::SuspendedByAuthority);
            assert_ok!(resume(SUPERVISOR));
            // The next suspension is the provider's own again.
            assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
            assert_ok!(resume(OFFICER));
        });
    }

    #[test]
    fn a_grant_that_changed_too_often_can_still_be_suspended() {
        run(|| {
            let grant = granted();
            for _ in 0..(TRANSITIONS_MAX - 6) / 2 {
                assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
                assert_ok!(Grants::resume(signed(OFFICER), grant, text("核查完毕")));
            }
            assert_ok!(Grants::provision(signed(OFFICER), grant));
            assert_ok!(Grants::suspend(signed(SUPERVISOR), grant, text("核查")));
            let again = Grants::resume(signed(SUPERVISOR), grant, text("核查完毕"));
            assert_noop!(again, Errors::TransitionsFull);
            assert_ok!(Grants::order_rectification(signed(SUPERVISOR), grant, 1, text("停用")));
            Now::set(NOON + DAY);
            assert_ok!(Grants::terminate(signed(SUPERVISOR), grant, text("未整改")));
        });
    }
}

mod departments_that_do_not_act {
    use super::*;

    #[test]
    fn their_grants_can_be_suspended_and_are_neither_provisioned_nor_resumed() {
        run(|| {
            let grant = granted();
            Inactive::set(vec![CONSUMER]);
            assert_noop!(Grants::provision(signed(OFFICER), grant), Errors::DepartmentNotActive);
            assert_ok!(Grants::suspend(signed(SUPERVISOR), grant, text("部门暂停")));
            for inactive in [CONSUMER, PROVIDER] {
                Inactive::set(vec![inactive]);
                let resume = Grants::resume(signed(SUPERVISOR), grant, text("核查"));
                assert_noop!(resume, Errors::DepartmentNotActive);
            }
            Inactive::set(vec![]);
            assert_ok!(Grants::resume(signed(SUPERVISOR), grant, text("核查")));
        });
    }
}

mod clocks {
    use super::*;

    #[test]
    fn provisioning_stays_due_through_a_suspension() {
        run(|| {
            let grant = granted();
            let before = running();
            assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
            assert_eq!(running(), before);
            assert_ok!(Grants::resume(signed(OFFICER), grant, text("已整改")));
            assert_eq!(running(), before);
            assert_ok!(Grants::provision(signed(OFFICER), grant));
            assert_eq!((running(), Courses::<Test>::get(grant).unwrap().deadline), (vec![], None));
        });
    }
}

mod scopes {
    use super::*;

    #[test]
    fn each_act_is_about_the_entry_and_the_other_department() {
        run(|| {
            let grant = granted();
            let provider = RoleScope::Departments(list(&[PROVIDER]));
            let consumer = RoleScope::Departments(list(&[CONSUMER]));
            let elsewhere = RoleScope::Departments(list(&[OTHER]));
            Scopes::set(vec![(OFFICER, elsewhere.clone()), (SUPERVISOR, elsewhere)]);
            assert_noop!(Grants::provision(signed(OFFICER), grant), OUT_OF_SCOPE);
            let suspend = |who| Grants::suspend(signed(who), grant, text("核查"));
            assert_noop!(suspend(OFFICER), Errors::NotPermitted);
            assert_noop!(suspend(SUPERVISOR), Errors::NotPermitted);
            Scopes::set(vec![(OFFICER, consumer), (SUPERVISOR, provider)]);
            assert_ok!(Grants::provision(signed(OFFICER), grant));
            assert_ok!(suspend(SUPERVISOR));
        });
    }
}
