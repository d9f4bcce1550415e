//! Standing consents: who sets them, what they agree to, and when they do not.

use super::*;
use mulu_proofs::{
    catalog::Methods,
    departments::RoleScope,
    sharing::{StandingConsent, StandingConsentRevoked, StandingConsentSet, request_digest},
};

/// Covers [`open_terms`] for the consumer, and little more.
fn consent() -> StandingConsent {
    StandingConsent {
        entry_version: Version::new(1),
        items: 0b011,
        methods: Methods::of(&[Method::ServiceInterface]),
        consumers: list(&[CONSUMER]),
        purposes: list(&[PurposeId::new(1), PurposeId::new(2)]),
        calls_per_day: 1_000,
        rows_per_day: 10_000,
        days: 31,
        expires: Moment::new(NOON + 90 * DAY),
    }
}

fn set(who: u8, entry: EntryId, consent: StandingConsent) -> sp_runtime::DispatchResult {
    Sharing::set_standing_consent(signed(who), entry, consent)
}

/// Submits [`open_terms`] and gives the consumer's consent.
fn asked() -> RequestId {
    assert_ok!(Sharing::submit(signed(APPLICANT), open_terms()));
    let request = crate::LastRequest::<Test>::get();
    let digest = request_digest(request, &open_terms());
    assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
    request
}

fn waits_for_the_officer(request: RequestId) {
    assert!(Requests::<Test>::contains_key(request), "the officer decides by hand");
    assert_eq!(Begun::get(), []);
}

mod set_standing_consent {
    use super::*;

    #[test]
    fn the_providers_officer_agrees_in_advance() {
        run(|| {
            assert_ok!(set(OFFICER, OPEN_ENTRY, consent()));
            let body: StandingConsentSet = last_body(RecordKind::StandingConsentSet, OFFICER, PROVIDER);
            assert_eq!((body.entry, &body.consent), (OPEN_ENTRY, &consent()));
            assert_event(Event::StandingConsentSet { signer: account(OFFICER), set: body });
            let standing = StandingConsents::<Test>::get(OPEN_ENTRY).unwrap();
            assert_eq!((standing.record, standing.consent), (last_record().number, consent()));
            // The next one takes its place.
            assert_ok!(set(OFFICER_AND_APPROVER, OPEN_ENTRY, StandingConsent { days: 1, ..consent() }));
            assert_eq!(StandingConsents::<Test>::get(OPEN_ENTRY).unwrap().consent.days, 1);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let refuse = |consent, error: Errors| {
                assert_noop!(set(OFFICER, OPEN_ENTRY, consent), error);
            };
            for who in [CONSUMER_OFFICER, APPROVERS[0], SUPERVISOR] {
                assert_noop!(set(who, OPEN_ENTRY, consent()), ROLE_MISSING);
            }
            assert_noop!(set(OFFICER, DRAFT_ENTRY, consent()), Errors::NotPublished);
            assert_noop!(set(OFFICER, CLOSED_ENTRY, consent()), Errors::NotShared);
            refuse(StandingConsent { entry_version: Version::new(2), ..consent() }, Errors::NotPublished);
            refuse(StandingConsent { items: 0, ..consent() }, Errors::UnknownItem);
            refuse(StandingConsent { items: 0b1000, ..consent() }, Errors::UnknownItem);
            refuse(StandingConsent { items: 0b100, ..consent() }, Errors::NotShared);
            refuse(StandingConsent { methods: Methods::default(), ..consent() }, Errors::MethodNotOffered);
            let queue = Methods::of(&[Method::MessageQueue]);
            refuse(StandingConsent { methods: queue, ..consent() }, Errors::MethodNotOffered);
            let twice = list(&[CONSUMER, CONSUMER]);
            refuse(StandingConsent { consumers: twice, ..consent() }, Errors::NotAscending);
            let nobody = list(&[DepartmentId::new(77)]);
            refuse(StandingConsent { consumers: nobody, ..consent() }, Errors::UnknownDepartment);
            let turned = list(&[PurposeId::new(2), PurposeId::new(1)]);
            refuse(StandingConsent { purposes: turned, ..consent() }, Errors::NotAscending);
            let unknown = list(&[PurposeId::new(9)]);
            refuse(StandingConsent { purposes: unknown, ..consent() }, Errors::UnknownPurpose);
            refuse(StandingConsent { calls_per_day: 0, ..consent() }, Errors::QuotaZero);
            refuse(StandingConsent { rows_per_day: 0, ..consent() }, Errors::QuotaZero);
            refuse(StandingConsent { days: 0, ..consent() }, Errors::PeriodInvalid);
            refuse(StandingConsent { expires: Moment::new(NOON), ..consent() }, Errors::PeriodInvalid);
        });
    }

    #[test]
    fn an_officer_for_some_departments_does_not_speak_for_all() {
        run(|| {
            Scopes::set(vec![(OFFICER, RoleScope::Departments(list(&[CONSUMER])))]);
            assert_noop!(set(OFFICER, OPEN_ENTRY, consent()), OUT_OF_SCOPE);
        });
    }
}

mod agreement {
    use super::*;

    #[test]
    fn the_ledger_agrees_with_the_consumers_consent_where_there_are_no_stages() {
        run(|| {
            assert_ok!(set(OFFICER, OPEN_ENTRY, consent()));
            let standing = last_record().number;
            let request = asked();
            let record = last_record();
            assert_eq!((record.kind, record.signer), (RecordKind::RequestAgreed, None));
            assert_eq!(record.department, PROVIDER);
            let agreed: RequestAgreed = record.body_as().unwrap();
            assert_eq!((agreed.request, agreed.consent), (request, Some(standing)));
            assert_eq!(kind_of(agreed.asked), RecordKind::RequestCreated);
            assert_eq!((agreed.signed_as.role, agreed.signed_as.department), (Role::Officer, PROVIDER));
            let before = &Recorded::get()[record.number.get() as usize - 2];
            assert_eq!(before.kind, RecordKind::RequestEndorsed);
            assert_eq!(Begun::get(), std::slice::from_ref(&agreed.grant));
            assert_event(Event::RequestAgreed { signer: account(OFFICER), agreed });
            // No clock was needed.
            assert_eq!((Requests::<Test>::iter().count(), Started::get()), (0, 0));
        });
    }

    #[test]
    fn with_stages_it_agrees_with_the_last_approval() {
        run(|| {
            let conditional = StandingConsent { entry_version: Version::new(2), ..consent() };
            assert_ok!(set(OFFICER, ENTRY, conditional));
            let (request, digest) = endorsed();
            assert_ok!(Sharing::approve(signed(APPROVERS[0]), request, digest));
            waits_for_the_officer(request);
            assert_ok!(Sharing::approve(signed(APPROVERS[1]), request, digest));
            assert_eq!(last_record().kind, RecordKind::RequestAgreed);
            assert_eq!((Begun::get().len(), Running::get().len()), (1, 0));
        });
    }

    #[test]
    fn a_supplemented_request_is_agreed_to_and_its_clock_stops() {
        run(|| {
            let request = asked();
            let digest = request_digest(request, &open_terms());
            assert_ok!(Sharing::ask_supplement(signed(OFFICER), request, digest, text("缺")));
            assert_ok!(set(OFFICER, OPEN_ENTRY, consent()));
            let changed = RequestTerms { rows_per_day: 9, ..open_terms() };
            assert_ok!(Sharing::resubmit(signed(APPLICANT), request, digest, changed.clone()));
            let digest = request_digest(request, &changed);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_eq!((Begun::get().len(), Running::get().len()), (1, 0));
            let agreed: RequestAgreed = last_record().body_as().unwrap();
            assert_eq!(kind_of(agreed.asked), RecordKind::RequestResubmitted);
        });
    }

    #[test]
    fn what_it_does_not_cover_waits_for_the_officer() {
        run(|| {
            assert_ok!(set(OFFICER, OPEN_ENTRY, StandingConsent { rows_per_day: 9_999, ..consent() }));
            let request = asked();
            waits_for_the_officer(request);
            let digest = request_digest(request, &open_terms());
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
            let agreed: RequestAgreed = last_body(RecordKind::RequestAgreed, OFFICER, PROVIDER);
            assert_eq!(agreed.consent, None);
        });
    }

    #[test]
    fn it_lapses_with_its_day_with_its_role_and_with_the_version() {
        for lapse in [
            || Now::set(consent().expires.get()),
            || Roles::mutate(|roles| roles.retain(|(number, ..)| *number != OFFICER)),
            || Given::set(vec![(OFFICER, 5)]),
            || Scopes::set(vec![(OFFICER, RoleScope::Departments(list(&[OTHER])))]),
            || OpenVersion::set(2),
        ] {
            run(|| {
                let before = Roles::get();
                assert_ok!(set(OFFICER, OPEN_ENTRY, consent()));
                lapse();
                let version = Version::new(OpenVersion::get());
                let until = Moment::new(Now::get() + DAY);
                let terms =
                    RequestTerms { entry_version: version, from: Moment::new(Now::get()), until, ..open_terms() };
                assert_ok!(Sharing::submit(signed(APPLICANT), terms.clone()));
                let request = RequestId::new(1);
                let digest = request_digest(request, &terms);
                assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
                waits_for_the_officer(request);
                Roles::set(before);
            });
        }
    }

    #[test]
    fn it_agrees_to_nothing_that_its_officer_could_not_agree_to() {
        run(|| {
            // Who approved does not agree as well.
            let conditional = StandingConsent { entry_version: Version::new(2), ..consent() };
            assert_ok!(set(OFFICER_AND_APPROVER, ENTRY, conditional));
            let policy = Policy { stages: list(&[stage(&[], Threshold::Any)]) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, policy));
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let (request, digest) = first();
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_ok!(Sharing::approve(signed(OFFICER_AND_APPROVER), request, digest));
            waits_for_the_officer(request);
        });
        run(|| {
            // What was superseded meanwhile is agreed to by nobody.
            let conditional = StandingConsent { entry_version: Version::new(2), ..consent() };
            assert_ok!(set(OFFICER, ENTRY, conditional));
            let (request, digest) = endorsed();
            assert_ok!(Sharing::approve(signed(APPROVERS[0]), request, digest));
            PublishedVersion::set(3);
            assert_ok!(Sharing::approve(signed(APPROVERS[1]), request, digest));
            waits_for_the_officer(request);
        });
    }
}

mod revoke_standing_consent {
    use super::*;

    #[test]
    fn it_ends_with_a_reason_and_grants_run_on() {
        run(|| {
            assert_ok!(set(OFFICER, OPEN_ENTRY, consent()));
            asked();
            assert_ok!(Sharing::revoke_standing_consent(signed(OFFICER_AND_APPROVER), OPEN_ENTRY, text("条件变化")));
            let body: StandingConsentRevoked =
                last_body(RecordKind::StandingConsentRevoked, OFFICER_AND_APPROVER, PROVIDER);
            assert_eq!((body.entry, body.reason.as_str()), (OPEN_ENTRY, "条件变化"));
            let signer = account(OFFICER_AND_APPROVER);
            assert_event(Event::StandingConsentRevoked { signer, revoked: body });
            assert_eq!((StandingConsents::<Test>::iter().count(), Begun::get().len()), (0, 1));
            assert_ok!(Sharing::submit(signed(APPLICANT), open_terms()));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let revoke = |who, reason| Sharing::revoke_standing_consent(signed(who), OPEN_ENTRY, text(reason));
            assert_noop!(revoke(OFFICER, "理由"), Errors::NoStandingConsent);
            assert_ok!(set(OFFICER, OPEN_ENTRY, consent()));
            assert_noop!(revoke(CONSUMER_OFFICER, "理由"), ROLE_MISSING);
            assert_noop!(revoke(OFFICER, ""), Errors::ReasonMissing);
        });
    }
}
