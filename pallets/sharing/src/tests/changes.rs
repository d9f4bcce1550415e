//! Supplements, changed terms and extensions (art. 21), with what they do to signatures and clocks.

use super::*;
use mulu_proofs::{
    ids::DeadlineId,
    papers::Papers,
    sharing::{
        RequestExtensionAsked, RequestExtensionDecided, RequestResubmitted, RequestSupplementAsked, request_digest,
    },
};

const FIRST: DeadlineId = DeadlineId::new(1);

/// [`terms`] with papers.
fn supplemented() -> RequestTerms {
    RequestTerms { papers: Some(Papers([9; 32])), ..terms() }
}

fn open(request: RequestId) -> crate::OpenRequest {
    Requests::<Test>::get(request).unwrap()
}

fn is_paused(id: DeadlineId) -> bool {
    Paused::get().contains(&id)
}

mod ask_supplement {
    use super::*;

    fn ask(who: u8, missing: &str) -> sp_runtime::DispatchResult {
        let (request, digest) = first();
        Sharing::ask_supplement(signed(who), request, digest, text(missing))
    }

    #[test]
    fn the_providers_officer_names_everything_that_is_missing_and_the_clock_waits() {
        run(|| {
            let (request, digest) = endorsed();
            assert_ok!(ask(OFFICER, "缺少批准文件"));
            let asked: RequestSupplementAsked = last_body(RecordKind::RequestSupplementAsked, OFFICER, PROVIDER);
            assert_eq!((asked.request, asked.digest, asked.missing.as_str()), (request, digest, "缺少批准文件"));
            assert!(last_record().subjects.contains(&Subject::Department(CONSUMER)));
            assert_event(Event::RequestSupplementAsked { signer: account(OFFICER), asked });
            assert_eq!((open(request).supplement, is_paused(FIRST)), (Supplement::Asked, true));
        });
    }

    #[test]
    fn while_it_is_open_nobody_decides() {
        run(|| {
            let (request, digest) = endorsed();
            assert_ok!(ask(OFFICER, "缺少批准文件"));
            let approve = Sharing::approve(signed(APPROVERS[0]), request, digest);
            assert_noop!(approve, Errors::SupplementOpen);
            assert_noop!(Sharing::agree(signed(OFFICER), request, digest), Errors::SupplementOpen);
            let refuse = Sharing::refuse(signed(OFFICER), request, digest, text("材料不全"));
            assert_noop!(refuse, Errors::SupplementOpen);
            assert_ok!(Sharing::withdraw(signed(APPLICANT), request, digest));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = submitted();
            assert_noop!(ask(OFFICER, "缺"), Errors::NotEndorsed);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            for who in [CONSUMER_OFFICER, APPROVERS[0], SUPERVISOR] {
                assert_noop!(ask(who, "缺"), ROLE_MISSING);
            }
            assert_noop!(ask(OFFICER, ""), Errors::MissingUnnamed);
            Inactive::set(vec![CONSUMER]);
            assert_noop!(ask(OFFICER, "缺"), Errors::DepartmentNotActive);
            Inactive::set(vec![]);
            let other = Sharing::ask_supplement(signed(OFFICER), request, WRONG, text("缺"));
            assert_noop!(other, Errors::DigestMismatch);
            assert_ok!(ask(OFFICER, "缺"));
            assert_noop!(ask(OFFICER, "还缺"), Errors::SupplementAskedBefore);
        });
    }

    #[test]
    fn once_means_once_for_the_whole_request() {
        run(|| {
            let (request, _) = endorsed();
            assert_ok!(ask(OFFICER, "缺"));
            let (request, digest) = resubmitted(request, supplemented());
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            let again = Sharing::ask_supplement(signed(OFFICER), request, digest, text("还缺"));
            assert_noop!(again, Errors::SupplementAskedBefore);
        });
    }

    #[test]
    fn governance_may_let_the_clock_run_on() {
        run(|| {
            PausesForSupplement::set(false);
            let (request, _) = endorsed();
            assert_ok!(ask(OFFICER, "缺"));
            assert!(!is_paused(FIRST));
            let (request, digest) = resubmitted(request, supplemented());
            assert!(!is_paused(FIRST));
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_eq!((Running::get().len(), Started::get()), (1, 1));
        });
    }

    #[test]
    fn what_is_overdue_is_asked_for_and_stays_overdue() {
        run(|| {
            let (request, _) = endorsed();
            Overdue::set(true);
            assert_ok!(ask(OFFICER, "缺"));
            let (request, digest) = resubmitted(request, supplemented());
            assert!(!is_paused(FIRST));
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_eq!(open(request).reply.map(|reply| reply.deadline), Some(FIRST));
        });
    }
}

mod resubmit {
    use super::*;

    #[test]
    fn every_signature_before_it_is_void() {
        run(|| {
            let (request, old) = approved();
            let changed = RequestTerms { items: 0b001, ..terms() };
            assert_ok!(Sharing::resubmit(signed(APPLICANT_AND_OFFICER), request, old, changed.clone()));
            let body: RequestResubmitted = last_body(RecordKind::RequestResubmitted, APPLICANT_AND_OFFICER, CONSUMER);
            assert_eq!((body.request, body.digest, &body.terms), (request, old, &changed));
            assert_eq!((body.provider, &body.policy), (PROVIDER, &two_of_three()));
            assert_event(Event::RequestResubmitted { signer: account(APPLICANT_AND_OFFICER), resubmitted: body });

            let digest = request_digest(request, &changed);
            assert_eq!(open(request).digest(request), digest);
            assert_noop!(Sharing::agree(signed(OFFICER), request, old), Errors::DigestMismatch);
            assert_noop!(Sharing::agree(signed(OFFICER), request, digest), Errors::NotEndorsed);
            // Whoever made the request anew consents to it no more than who made it first.
            let own = Sharing::endorse(signed(APPLICANT_AND_OFFICER), request, digest);
            assert_noop!(own, Errors::AlreadySigned);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_noop!(Sharing::agree(signed(OFFICER), request, digest), Errors::StageOpen);
            for approver in &APPROVERS[..2] {
                assert_ok!(Sharing::approve(signed(*approver), request, digest));
            }
            let again = open(request).asked;
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
            assert_eq!(Begun::get()[0].items, 0b001);
            let agreed: RequestAgreed = last_body(RecordKind::RequestAgreed, OFFICER, PROVIDER);
            assert_eq!((agreed.asked, kind_of(again)), (again, RecordKind::RequestResubmitted));
        });
    }

    #[test]
    fn a_supplement_lets_the_clock_run_from_the_new_consent_on() {
        run(|| {
            let (request, digest) = endorsed();
            assert_ok!(Sharing::ask_supplement(signed(OFFICER), request, digest, text("缺")));
            let (request, digest) = resubmitted(request, supplemented());
            assert_eq!((open(request).supplement, is_paused(FIRST)), (Supplement::Supplied, true));
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_eq!((is_paused(FIRST), Started::get()), (false, 1));
            assert_ok!(Sharing::approve(signed(APPROVERS[0]), request, digest));
        });
    }

    #[test]
    fn what_nobody_asked_for_stands_still_until_the_consumer_consents_to_it() {
        run(|| {
            let (request, _) = endorsed();
            let (request, digest) = resubmitted(request, RequestTerms { rows_per_day: 9, ..terms() });
            assert_eq!((open(request).supplement, is_paused(FIRST)), (Supplement::NotAsked, true));
            // Twice is no more than once.
            let (request, digest) = {
                let _ = digest;
                resubmitted(request, RequestTerms { rows_per_day: 8, ..terms() })
            };
            assert!(is_paused(FIRST));
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_eq!((is_paused(FIRST), Started::get()), (false, 1));
        });
    }

    #[test]
    fn before_the_consent_there_is_no_clock_to_stop() {
        run(|| {
            let (request, _) = submitted();
            resubmitted(request, supplemented());
            assert_eq!((Started::get(), open(request).reply), (0, None));
        });
    }

    #[test]
    fn it_names_the_version_and_takes_the_policy_of_the_day() {
        run(|| {
            let (request, digest) = endorsed();
            PublishedVersion::set(3);
            let of_old = RequestTerms { items: 0b001, ..terms() };
            assert_noop!(Sharing::resubmit(signed(APPLICANT), request, digest, of_old), Errors::NotPublished);
            let any = Policy { stages: list(&[stage(&[], Threshold::Any)]) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, any.clone()));
            let newest = RequestTerms { entry_version: Version::new(3), ..terms() };
            resubmitted(request, newest);
            assert_eq!(open(request).policy, any);
        });
    }

    #[test]
    fn the_same_terms_go_another_way_when_the_policy_was_corrected() {
        run(|| {
            let (request, digest) = endorsed();
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, Policy::default()));
            let (request, again) = resubmitted(request, terms());
            assert_eq!((again, open(request).policy), (digest, Policy::default()));
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
        });
    }

    #[test]
    fn a_reply_of_another_kind_is_owed_within_its_own_term() {
        run(|| {
            assert_ok!(Sharing::submit(signed(APPLICANT), open_terms()));
            let request = RequestId::new(1);
            let digest = open(request).digest(request);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            // The provider publishes a conditional version meanwhile.
            OpenIsConditional::set(true);
            assert_ok!(Sharing::set_policy(signed(OFFICER), OPEN_ENTRY, two_of_three()));
            let (request, digest) = resubmitted(request, RequestTerms { rows_per_day: 9, ..open_terms() });
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            let clock = (DeadlineKind::RequestReplyConditional, Subject::Request(request), PROVIDER, 10);
            assert_eq!(Running::get().into_iter().collect::<Vec<_>>(), [(DeadlineId::new(2), clock)]);
            assert_eq!(Cancelled::get(), [FIRST], "nobody owes that reply any more");
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = endorsed();
            let resubmit = |who, terms| Sharing::resubmit(signed(who), request, digest, terms);
            for who in [OFFICER, CONSUMER_OFFICER, CLERK] {
                assert_noop!(resubmit(who, supplemented()), ROLE_MISSING);
            }
            assert_noop!(resubmit(APPLICANT, terms()), Errors::NothingChanged);
            assert_noop!(resubmit(APPLICANT, open_terms()), Errors::AnotherRequest);
            let of_another = RequestTerms { consumer: OTHER, ..terms() };
            assert_noop!(resubmit(APPLICANT, of_another), Errors::AnotherRequest);
            assert_noop!(resubmit(APPLICANT, RequestTerms { items: 0, ..terms() }), Errors::UnknownItem);
            assert_noop!(resubmit(APPLICANT, RequestTerms { basis: text(""), ..terms() }), Errors::BasisMissing);
            let wrong = Sharing::resubmit(signed(APPLICANT), request, WRONG, supplemented());
            assert_noop!(wrong, Errors::DigestMismatch);
            let unknown = Sharing::resubmit(signed(APPLICANT), RequestId::new(9), digest, supplemented());
            assert_noop!(unknown, Errors::UnknownRequest);
        });
    }
}

mod extension {
    use super::*;

    fn ask(who: u8, working_days: u16, reason: &str) -> sp_runtime::DispatchResult {
        let (request, digest) = first();
        Sharing::ask_extension(signed(who), request, digest, working_days, text(reason))
    }

    fn decide(who: u8, granted: bool, reason: &str) -> sp_runtime::DispatchResult {
        let (request, digest) = first();
        Sharing::decide_extension(signed(who), request, digest, granted, text(reason))
    }

    #[test]
    fn the_authority_grants_it_and_the_consumer_is_told() {
        run(|| {
            let (request, digest) = endorsed();
            assert_ok!(ask(OFFICER, 7, "数据核对"));
            let asked: RequestExtensionAsked = last_body(RecordKind::RequestExtensionAsked, OFFICER, PROVIDER);
            assert_eq!((asked.request, asked.digest, asked.working_days), (request, digest, 7));
            assert_event(Event::RequestExtensionAsked { signer: account(OFFICER), asked });
            assert_ok!(decide(SUPERVISOR, true, ""));
            let decided: RequestExtensionDecided =
                last_body(RecordKind::RequestExtensionDecided, SUPERVISOR, AUTHORITY);
            assert_eq!((decided.granted, decided.working_days), (true, 7));
            let about = last_record().subjects;
            for department in [CONSUMER, PROVIDER, AUTHORITY] {
                assert!(about.contains(&Subject::Department(department)));
            }
            assert_event(Event::RequestExtensionDecided { signer: account(SUPERVISOR), decided });
            assert_eq!(Running::get()[&FIRST].3, 17);
            assert_noop!(decide(SUPERVISOR, true, ""), Errors::ExtensionNotAsked);
        });
    }

    #[test]
    fn a_denial_carries_a_reason_and_moves_nothing() {
        run(|| {
            endorsed();
            assert_ok!(ask(OFFICER, 10, "数据核对"));
            assert_noop!(decide(SUPERVISOR, false, ""), Errors::ReasonMissing);
            assert_ok!(decide(SUPERVISOR, false, "理由不足"));
            assert_eq!(Running::get()[&FIRST].3, 10);
            assert_noop!(ask(OFFICER, 1, "再次"), Errors::ExtensionAskedBefore);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = submitted();
            assert_noop!(ask(OFFICER, 5, "核对"), Errors::NotEndorsed);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            for who in [CONSUMER_OFFICER, APPROVERS[0], SUPERVISOR] {
                assert_noop!(ask(who, 5, "核对"), ROLE_MISSING);
            }
            for working_days in [0, 11] {
                assert_noop!(ask(OFFICER, working_days, "核对"), Errors::ExtensionTooLong);
            }
            assert_noop!(ask(OFFICER, 5, " "), Errors::ReasonMissing);
            assert_noop!(decide(SUPERVISOR, true, ""), Errors::ExtensionNotAsked);
            assert_ok!(ask(OFFICER, 5, "核对"));
            assert_noop!(ask(OFFICER, 5, "核对"), Errors::ExtensionAskedBefore);
            for who in [FOREIGN_SUPERVISOR, OFFICER, CONSUMER_OFFICER] {
                assert_noop!(decide(who, true, ""), ROLE_MISSING);
            }
        });
    }

    #[test]
    fn what_is_overdue_is_not_extended() {
        run(|| {
            endorsed();
            Overdue::set(true);
            assert_noop!(ask(OFFICER, 5, "核对"), Errors::ReplyOverdue);
            Overdue::set(false);
            assert_ok!(ask(OFFICER, 5, "核对"));
            Overdue::set(true);
            assert_noop!(decide(SUPERVISOR, true, ""), Errors::ReplyOverdue);
            assert_ok!(decide(SUPERVISOR, false, "已逾期"));
        });
    }

    #[test]
    fn whoever_asked_or_signed_before_does_not_grant_it() {
        run(|| {
            let before = Roles::get();
            let authority = |who| Roles::mutate(|roles| roles.push((who, AUTHORITY, Role::Supervisor)));
            [OFFICER, OFFICER_AND_APPROVER, APPROVERS[0]].into_iter().for_each(authority);
            let (request, digest) = endorsed();
            assert_ok!(Sharing::approve(signed(APPROVERS[0]), request, digest));
            assert_ok!(ask(OFFICER, 5, "核对"));
            for who in [OFFICER, APPROVERS[0]] {
                assert_noop!(decide(who, true, ""), Errors::AlreadySigned);
            }
            assert_ok!(decide(OFFICER_AND_APPROVER, true, ""));
            Roles::set(before);
        });
    }

    /// Which authority is blamed when the clock of a reply stops, after these acts, because the request is refused.
    fn blamed(acts: impl FnOnce()) -> Vec<DepartmentId> {
        let mut blamed = Vec::new();
        run(|| {
            let (request, digest) = endorsed();
            acts();
            assert_ok!(Sharing::refuse(signed(OFFICER), request, digest, text("超出范围")));
            blamed = Unanswered::get();
        });
        blamed
    }

    #[test]
    fn an_authority_that_answers_after_the_term_or_never_left_the_application_unanswered() {
        let ask = || {
            assert_ok!(ask(OFFICER, 5, "核对"));
        };
        let deny = || {
            assert_ok!(decide(SUPERVISOR, false, "理由不足"));
        };
        let overdue = || Overdue::set(true);
        assert_eq!(blamed(|| (ask(), overdue()).1), [AUTHORITY], "never answered");
        assert_eq!(blamed(|| (ask(), overdue(), deny()).2), [AUTHORITY], "answered too late");
        assert_eq!(blamed(|| (ask(), deny(), overdue()).2), [], "answered in time");
        assert_eq!(blamed(overdue), [], "nobody asked");
        assert_eq!(blamed(ask), [], "the provider replied in time");
    }

    #[test]
    fn withdrawal_and_agreement_find_an_unanswered_application_too() {
        run(|| {
            let (request, digest) = endorsed();
            assert_ok!(ask(OFFICER, 5, "核对"));
            Overdue::set(true);
            assert_ok!(Sharing::withdraw(signed(APPLICANT), request, digest));
            assert_eq!(Unanswered::get(), [AUTHORITY]);
        });
        run(|| {
            let (request, digest) = approved();
            assert_ok!(ask(OFFICER, 5, "核对"));
            Overdue::set(true);
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
            assert_eq!(Unanswered::get(), [AUTHORITY]);
        });
    }

    #[test]
    fn what_is_shared_without_condition_is_answered_at_once() {
        run(|| {
            assert_ok!(Sharing::submit(signed(APPLICANT), open_terms()));
            let request = RequestId::new(1);
            let digest = open(request).digest(request);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            let ask = Sharing::ask_extension(signed(OFFICER), request, digest, 1, text("核对"));
            assert_noop!(ask, Errors::ExtensionTooLong);
        });
    }
}

/// Resubmits as [`APPLICANT`], under the digest of what is stored.
fn resubmitted(request: RequestId, terms: RequestTerms) -> (RequestId, [u8; 32]) {
    let before = open(request).digest(request);
    assert_ok!(Sharing::resubmit(signed(APPLICANT), request, before, terms.clone()));
    (request, request_digest(request, &terms))
}
