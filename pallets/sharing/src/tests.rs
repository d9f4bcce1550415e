//! One module per call; every error has a test that produces it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod changes;
mod clocks;
mod consents;
mod held;
mod walk;

use crate::{
    Error, Event, LastPurpose, OPEN_REQUESTS_MAX, OpenCount, Policies, PurposeByCode, Requests, StandingConsents, Step,
    Supplement, mock::*,
};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::PurposeList as _;
use mulu_proofs::{
    calendar::DeadlineKind,
    catalog::Method,
    departments::{Role, RoleScope},
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, RecordNumber, RequestId, SystemId, Version},
    records::{Record, RecordKind, Subject},
    sharing::{
        Policy, PolicySet, PurposeRegistered, RequestAct, RequestAgreed, RequestCreated, RequestRefused, RequestTerms,
        Stage, Threshold,
    },
};

type Errors = Error<Test>;

fn last_record() -> Record {
    Recorded::mutate(|records| records.last().cloned()).unwrap()
}

/// Of which kind the record with that number is.
fn kind_of(number: RecordNumber) -> RecordKind {
    Recorded::get()[number.get() as usize - 1].kind
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

const WRONG: [u8; 32] = [0xee; 32];

mod genesis {
    use super::*;

    #[test]
    fn purposes_of_genesis_are_on_record_in_block_1() {
        run(|| {
            let records = Recorded::get();
            assert_eq!(records.len(), 2);
            for (record, id) in records.iter().zip(1..) {
                assert_eq!((record.kind, record.signer), (RecordKind::PurposeRegistered, None));
                assert_eq!(record.body_as::<PurposeRegistered>().unwrap().id, PurposeId::new(id));
                assert!(Sharing::exists(PurposeId::new(id)));
            }
            assert!(!Sharing::exists(PurposeId::new(3)));
        });
    }

    #[test]
    #[should_panic(expected = "two genesis purposes have one code")]
    fn codes_of_genesis_are_unique() {
        use sp_runtime::BuildStorage as _;
        let purpose = |id| PurposeRegistered { id: PurposeId::new(id), code: text("SH"), name: text("审核") };
        let sharing = crate::GenesisConfig { purposes: vec![purpose(1), purpose(2)], _config: Default::default() };
        let _ = RuntimeGenesisConfig { sharing, ..Default::default() }.build_storage();
    }
}

mod register_purpose {
    use super::*;

    #[test]
    fn a_supervisor_registers_with_the_next_id() {
        run(|| {
            assert_ok!(Sharing::register_purpose(signed(FOREIGN_SUPERVISOR), text("YJ"), text("应急")));
            let body: PurposeRegistered = last_body(RecordKind::PurposeRegistered, FOREIGN_SUPERVISOR, FOREIGN);
            assert_eq!(body.id, PurposeId::new(3));
            assert_eq!(PurposeByCode::<Test>::get(text::<32>("YJ")), Some(PurposeId::new(3)));
            assert_event(Event::PurposeRegistered { purpose: body });
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let register = |who, code, name| Sharing::register_purpose(signed(who), text(code), text(name));
            assert_noop!(register(SUPERVISOR, "SH", "审核"), Errors::PurposeCodeTaken);
            assert_noop!(register(SUPERVISOR, "", "审核"), Errors::PurposeUnnamed);
            assert_noop!(register(SUPERVISOR, "YJ", ""), Errors::PurposeUnnamed);
            assert_noop!(register(SUPERVISOR, " ", "应急"), Errors::PurposeUnnamed);
            assert_noop!(register(STRANGER, "YJ", "应急"), Errors::NotPermitted);
            assert_noop!(register(OFFICER, "YJ", "应急"), ROLE_MISSING);
        });
    }

    #[test]
    fn the_list_ends_with_the_width_of_its_ids() {
        run(|| {
            LastPurpose::<Test>::put(PurposeId::new(u16::MAX));
            let full = Sharing::register_purpose(signed(SUPERVISOR), text("YJ"), text("应急"));
            assert_noop!(full, Errors::PurposesFull);
            LastPurpose::<Test>::put(PurposeId::new(2));
        });
    }
}

mod set_policy {
    use super::*;

    fn set(stages: &[Stage]) -> sp_runtime::DispatchResult {
        Sharing::set_policy(signed(OFFICER), ENTRY, Policy { stages: list(stages) })
    }

    #[test]
    fn the_providers_officer_sets_it_for_requests_from_now_on() {
        run(|| {
            let (request, _) = submitted();
            let any = Policy { stages: list(&[stage(&[], Threshold::Any)]) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, any.clone()));
            let set: PolicySet = last_body(RecordKind::PolicySet, OFFICER, PROVIDER);
            assert_eq!((set.entry, &set.policy), (ENTRY, &any));
            assert!(last_record().subjects.contains(&Subject::Entry(ENTRY, Version::new(2))));
            assert_event(Event::PolicySet { signer: account(OFFICER), set });
            assert_eq!(Policies::<Test>::get(ENTRY), Some(any));
            assert_eq!(Requests::<Test>::get(request).unwrap().policy, two_of_three());
        });
    }

    #[test]
    fn only_the_providers_officer_may_and_only_for_what_is_published() {
        run(|| {
            for who in [CONSUMER_OFFICER, APPROVERS[0], SUPERVISOR, CLERK] {
                assert_noop!(Sharing::set_policy(signed(who), ENTRY, two_of_three()), ROLE_MISSING);
            }
            let draft = Sharing::set_policy(signed(OFFICER), DRAFT_ENTRY, two_of_three());
            assert_noop!(draft, Errors::NotPublished);
        });
    }

    #[test]
    fn without_stages_the_officer_decides_alone_as_where_none_was_ever_set() {
        run(|| {
            assert_ok!(set(&[stage(&[], Threshold::Any)]));
            assert_ok!(set(&[]));
            let cleared: PolicySet = last_body(RecordKind::PolicySet, OFFICER, PROVIDER);
            assert_eq!((cleared.policy, Policies::<Test>::get(ENTRY)), (Policy::default(), None));
        });
    }

    #[test]
    fn the_providers_officer_is_behind_all_stages_and_in_none() {
        run(|| {
            let of = |departments: &[DepartmentId]| Stage {
                departments: list(departments),
                role: Role::Officer,
                ..stage(&[], Threshold::Any)
            };
            // Whoever signed there could not agree: with one officer nobody could.
            assert_noop!(set(&[of(&[PROVIDER])]), Errors::OfficerInStage);
            assert_noop!(set(&[of(&[PROVIDER, OTHER])]), Errors::OfficerInStage);
            assert_ok!(set(&[of(&[OTHER])]));
        });
    }

    #[test]
    fn who_is_named_holds_the_role_whatever_it_is_limited_to() {
        run(|| {
            let named = |who| set(&[stage(&[who], Threshold::Any)]);
            assert_noop!(named(OFFICER), Errors::UnknownApprover);
            Scopes::set(vec![(APPROVERS[0], RoleScope::Departments(list(&[CONSUMER])))]);
            assert_ok!(named(APPROVERS[0]));
        });
    }

    #[test]
    fn a_stage_that_nobody_could_complete_is_refused() {
        run(|| {
            let (all, majority) = (Threshold::All, Threshold::Majority);
            let fraction = |numerator, denominator| Threshold::Fraction { numerator, denominator };
            for never in [
                stage(&APPROVERS, Threshold::Count(4)),
                stage(&APPROVERS, Threshold::Count(0)),
                stage(&APPROVERS, fraction(4, 3)),
                stage(&APPROVERS, fraction(0, 3)),
                stage(&APPROVERS, fraction(1, 0)),
                stage(&[], all),
                stage(&[], majority),
                stage(&[], fraction(1, 2)),
                stage(&[], Threshold::Count(17)),
            ] {
                assert_noop!(set(&[never]), Errors::StageNeverComplete);
            }
            for met in [
                stage(&APPROVERS, all),
                stage(&APPROVERS, majority),
                stage(&APPROVERS, fraction(2, 3)),
                stage(&APPROVERS, Threshold::Any),
                stage(&[], Threshold::Count(16)),
            ] {
                assert_ok!(set(&[met]));
            }
        });
    }

    #[test]
    fn a_stage_names_those_who_can_sign_it() {
        run(|| {
            let twice = [stage(&APPROVERS[..2], Threshold::Any), stage(&APPROVERS[1..], Threshold::Any)];
            assert_noop!(set(&twice), Errors::ApproverTwice);
            assert_noop!(set(&[stage(&[4, 4], Threshold::Any)]), Errors::ApproverTwice);
            assert_noop!(set(&[stage(&[OTHER_HEAD], Threshold::Any)]), Errors::UnknownApprover);
            assert_noop!(set(&[stage(&[STRANGER], Threshold::Any)]), Errors::UnknownApprover);
            let of = |role, department| Stage { role, departments: list(&[department]), ..stage(&[], Threshold::Any) };
            let together = |departments: &[DepartmentId]| Stage {
                departments: list(departments),
                ..stage(&[APPROVERS[0], OTHER_HEAD], Threshold::All)
            };
            assert_noop!(set(&[together(&[])]), Errors::StageDepartments);
            assert_noop!(set(&[together(&[OTHER, PROVIDER])]), Errors::StageDepartments);
            assert_noop!(set(&[together(&[OTHER])]), Errors::UnknownApprover);
            assert_noop!(set(&[together(&[PROVIDER, OTHER])]), Errors::UnknownApprover);
            Roles::mutate(|roles| roles.push((OTHER_HEAD, OTHER, Role::Approver)));
            assert_ok!(set(&[together(&[PROVIDER, OTHER])]));
            Roles::mutate(|roles| roles.retain(|held| *held != (OTHER_HEAD, OTHER, Role::Approver)));
            assert_noop!(set(&[of(Role::Admin, PROVIDER)]), Errors::RoleOfStage);
            assert_noop!(set(&[of(Role::Applicant, PROVIDER)]), Errors::RoleOfStage);
            assert_noop!(set(&[of(Role::Head, RETIRED)]), Errors::UnknownDepartment);
            assert_noop!(set(&[of(Role::Head, DepartmentId::new(77))]), Errors::UnknownDepartment);
            assert_ok!(set(&[of(Role::Head, OTHER), of(Role::Head, PROVIDER)]));
        });
    }
}

mod submit {
    use super::*;

    fn refuse(terms: RequestTerms, error: Errors) {
        assert_noop!(Sharing::submit(signed(APPLICANT), terms), error);
    }

    #[test]
    fn an_applicant_asks_under_the_policy_as_it_stands() {
        run(|| {
            let (request, _) = submitted();
            let created: RequestCreated = last_body(RecordKind::RequestCreated, APPLICANT, CONSUMER);
            assert_eq!((created.request, created.provider), (request, PROVIDER));
            assert_eq!((&created.terms, &created.policy), (&terms(), &two_of_three()));
            assert_eq!(created.signed_as.role, Role::Applicant);
            let about = [
                Subject::Request(request),
                Subject::Entry(ENTRY, Version::new(2)),
                Subject::Department(PROVIDER),
                Subject::Department(CONSUMER),
            ];
            assert_eq!(last_record().subjects, about);
            assert_event(Event::RequestCreated { signer: account(APPLICANT), created });
            let open = Requests::<Test>::get(request).unwrap();
            assert_eq!(open.signatures_under(Step::Submitted), 1);
            assert_eq!(OpenCount::<Test>::get(CONSUMER), 1);
        });
    }

    #[test]
    fn the_entry_decides_what_can_be_asked_for() {
        run(|| {
            Sharing::set_policy(signed(OFFICER), ENTRY, two_of_three()).unwrap();
            refuse(RequestTerms { entry: DRAFT_ENTRY, ..terms() }, Errors::NotPublished);
            refuse(RequestTerms { entry_version: Version::new(1), ..terms() }, Errors::NotPublished);
            refuse(RequestTerms { entry_version: Version::new(3), ..terms() }, Errors::NotPublished);
            let closed = RequestTerms { entry: CLOSED_ENTRY, entry_version: Version::new(1), ..terms() };
            refuse(closed, Errors::NotShared);
            refuse(RequestTerms { items: 0b101, ..terms() }, Errors::NotShared);
            refuse(RequestTerms { items: 0, ..terms() }, Errors::UnknownItem);
            refuse(RequestTerms { items: 0b1001, ..terms() }, Errors::UnknownItem);
            refuse(RequestTerms { method: Method::MessageQueue, ..terms() }, Errors::MethodNotOffered);
        });
    }

    #[test]
    fn terms_that_say_too_little_or_the_wrong_thing_are_refused() {
        run(|| {
            let moment = |offset: i64| Moment::new(NOON.checked_add_signed(offset).unwrap());
            refuse(RequestTerms { basis: text(""), ..terms() }, Errors::BasisMissing);
            refuse(RequestTerms { scenario: text(""), ..terms() }, Errors::BasisMissing);
            refuse(RequestTerms { scope: text(""), ..terms() }, Errors::BasisMissing);
            refuse(RequestTerms { scope: text(" \u{3000}"), ..terms() }, Errors::BasisMissing);
            refuse(RequestTerms { from: moment(1), until: moment(1), ..terms() }, Errors::PeriodInvalid);
            refuse(RequestTerms { from: moment(2), until: moment(1), ..terms() }, Errors::PeriodInvalid);
            refuse(RequestTerms { from: moment(-2), until: moment(0), ..terms() }, Errors::PeriodInvalid);
            refuse(RequestTerms { calls_per_day: 0, ..terms() }, Errors::QuotaZero);
            refuse(RequestTerms { rows_per_day: 0, ..terms() }, Errors::QuotaZero);
            FlowThreshold::set(999);
            refuse(terms(), Errors::OverFlowThreshold);
            FlowThreshold::set(1_000);
            let purposes = |ids: &[u16]| list(&ids.iter().copied().map(PurposeId::new).collect::<Vec<_>>());
            for ids in [&[][..], &[2, 1], &[1, 1]] {
                refuse(RequestTerms { purposes: purposes(ids), ..terms() }, Errors::NotAscending);
            }
            refuse(RequestTerms { purposes: purposes(&[1, 3]), ..terms() }, Errors::UnknownPurpose);
            refuse(RequestTerms { systems: list(&[]), ..terms() }, Errors::NotAscending);
            refuse(RequestTerms { systems: list(&[SYSTEM, SYSTEM]), ..terms() }, Errors::NotAscending);
            refuse(RequestTerms { systems: list(&[SYSTEM, OTHER_SYSTEM]), ..terms() }, Errors::SystemOfAnother);
            refuse(RequestTerms { systems: list(&[SystemId::new(9)]), ..terms() }, Errors::UnknownSystem);
            refuse(RequestTerms { platforms: list(&[]), ..terms() }, Errors::NotAscending);
            let turned = list(&[CONSUMER_PLATFORM, PLATFORM]);
            refuse(RequestTerms { platforms: turned, ..terms() }, Errors::NotAscending);
            refuse(RequestTerms { platforms: list(&[PLATFORM, SYSTEM]), ..terms() }, Errors::NotPlatform);
            refuse(RequestTerms { platforms: list(&[SystemId::new(9)]), ..terms() }, Errors::UnknownSystem);
        });
    }

    #[test]
    fn an_entry_without_a_policy_is_asked_for_and_the_officer_has_to_reply() {
        run(|| {
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let (request, digest) = first();
            assert_eq!(Requests::<Test>::get(request).unwrap().policy, Policy::default());
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            let clock = (DeadlineKind::RequestReplyConditional, Subject::Request(request), PROVIDER, 10);
            assert_eq!(Running::get().into_values().collect::<Vec<_>>(), [clock]);
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
        });
    }

    #[test]
    fn nobody_asks_itself() {
        run(|| {
            Roles::mutate(|roles| roles.push((APPROVERS[2], PROVIDER, Role::Applicant)));
            let own = RequestTerms { consumer: PROVIDER, ..terms() };
            assert_noop!(Sharing::submit(signed(APPROVERS[2]), own), Errors::OwnEntry);
            Roles::mutate(|roles| roles.retain(|held| held.2 != Role::Applicant || held.1 != PROVIDER));
        });
    }

    #[test]
    fn only_the_consumers_applicant_may() {
        run(|| {
            for who in [CONSUMER_OFFICER, CLERK, OFFICER, STRANGER] {
                assert_noop!(Sharing::submit(signed(who), open_terms()), ROLE_MISSING);
            }
            let foreign = RequestTerms { consumer: OTHER, systems: list(&[OTHER_SYSTEM]), ..open_terms() };
            assert_noop!(Sharing::submit(signed(APPLICANT), foreign), ROLE_MISSING);
        });
    }

    #[test]
    fn a_consumer_has_a_bounded_number_of_open_requests() {
        run(|| {
            OpenCount::<Test>::insert(CONSUMER, OPEN_REQUESTS_MAX);
            refuse(open_terms(), Errors::TooManyOpen);
            OpenCount::<Test>::remove(CONSUMER);
        });
    }
}

mod endorse {
    use super::*;

    #[test]
    fn the_consumers_officer_consents() {
        run(|| {
            let (request, digest) = submitted();
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            let act: RequestAct = last_body(RecordKind::RequestEndorsed, CONSUMER_OFFICER, CONSUMER);
            assert_eq!((act.request, act.digest, act.stage), (request, digest, None));
            assert_event(Event::RequestEndorsed { signer: account(CONSUMER_OFFICER), act });
            assert!(Requests::<Test>::get(request).unwrap().is_endorsed());
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = submitted();
            let endorse = |who, request, digest| Sharing::endorse(signed(who), request, digest);
            assert_noop!(endorse(CONSUMER_OFFICER, RequestId::new(2), digest), Errors::UnknownRequest);
            assert_noop!(endorse(CONSUMER_OFFICER, request, WRONG), Errors::DigestMismatch);
            for who in [APPLICANT, OFFICER, CLERK] {
                assert_noop!(endorse(who, request, digest), ROLE_MISSING);
            }
            assert_ok!(endorse(CONSUMER_OFFICER, request, digest));
            assert_noop!(endorse(APPLICANT_AND_OFFICER, request, digest), Errors::AlreadyEndorsed);
        });
    }

    #[test]
    fn no_clock_begins_for_what_nobody_could_agree_to() {
        run(|| {
            let (request, digest) = submitted();
            let endorse = |digest| Sharing::endorse(signed(CONSUMER_OFFICER), request, digest);
            PublishedVersion::set(3);
            assert_noop!(endorse(digest), Errors::NotPublished);
            PublishedVersion::set(2);
            IsSuspended::set(true);
            assert_noop!(endorse(digest), Errors::EntrySuspended);
            IsSuspended::set(false);
            Now::set(terms().until.get());
            assert_noop!(endorse(digest), Errors::PeriodInvalid);
            Now::set(NOON);
            // The way out of a version that was superseded.
            PublishedVersion::set(3);
            let newest = RequestTerms { entry_version: Version::new(3), ..terms() };
            assert_ok!(Sharing::resubmit(signed(APPLICANT), request, digest, newest));
            assert_ok!(endorse(Requests::<Test>::get(request).unwrap().digest(request)));
        });
    }

    #[test]
    fn whoever_made_the_request_cannot_consent_to_it() {
        run(|| {
            assert_ok!(Sharing::submit(signed(APPLICANT_AND_OFFICER), open_terms()));
            let (request, _) = first();
            let digest = Requests::<Test>::get(request).unwrap().digest(request);
            let own = Sharing::endorse(signed(APPLICANT_AND_OFFICER), request, digest);
            assert_noop!(own, Errors::AlreadySigned);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
        });
    }
}

mod approve {
    use super::*;

    fn approve(who: u8) -> sp_runtime::DispatchResult {
        let (request, digest) = first();
        Sharing::approve(signed(who), request, digest)
    }

    #[test]
    fn stages_follow_one_another_and_each_approval_names_its_stage() {
        run(|| {
            let head = Stage { departments: list(&[OTHER]), role: Role::Head, ..stage(&[], Threshold::Any) };
            let policy = Policy { stages: list(&[stage(&APPROVERS, Threshold::Majority), head]) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, policy));
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let (request, digest) = first();
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            // The second stage's turn has not come.
            assert_noop!(approve(OTHER_HEAD), ROLE_MISSING);
            for (who, department, stage, next_stage) in [
                (APPROVERS[2], PROVIDER, 0, Some(0)),
                (APPROVERS[0], PROVIDER, 0, Some(1)),
                (OTHER_HEAD, OTHER, 1, None),
            ] {
                assert_ok!(approve(who));
                let act: RequestAct = last_body(RecordKind::RequestApproved, who, department);
                assert_eq!((act.request, act.digest, act.stage), (request, digest, Some(stage)));
                assert_event(Event::RequestApproved { signer: account(who), act, next_stage });
            }
            assert_noop!(approve(APPROVERS[1]), Errors::StagesComplete);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = submitted();
            assert_noop!(approve(APPROVERS[0]), Errors::NotEndorsed);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_noop!(approve(OFFICER), ROLE_MISSING);
            assert_noop!(approve(OFFICER_AND_APPROVER), Errors::NotNamed);
            assert_noop!(Sharing::approve(signed(APPROVERS[0]), request, WRONG), Errors::DigestMismatch);
            let unknown = Sharing::approve(signed(APPROVERS[0]), RequestId::new(9), digest);
            assert_noop!(unknown, Errors::UnknownRequest);
            assert_ok!(approve(APPROVERS[0]));
            assert_noop!(approve(APPROVERS[0]), Errors::AlreadySigned);
        });
    }

    #[test]
    fn a_stage_of_two_departments_takes_both() {
        run(|| {
            Roles::mutate(|roles| roles.push((OTHER_HEAD, OTHER, Role::Approver)));
            let both =
                Stage { departments: list(&[PROVIDER, OTHER]), ..stage(&[APPROVERS[0], OTHER_HEAD], Threshold::All) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, Policy { stages: list(&[both]) }));
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let (request, digest) = first();
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            for (who, department) in [(OTHER_HEAD, OTHER), (APPROVERS[0], PROVIDER)] {
                assert_ok!(approve(who));
                let act: RequestAct = last_body(RecordKind::RequestApproved, who, department);
                assert_eq!((act.stage, act.signed_as.department), (Some(0), department));
            }
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
            Roles::mutate(|roles| roles.retain(|held| *held != (OTHER_HEAD, OTHER, Role::Approver)));
        });
    }

    #[test]
    fn a_role_that_was_taken_away_signs_no_more() {
        run(|| {
            endorsed();
            let before = Roles::get();
            Roles::mutate(|roles| roles.retain(|(number, ..)| *number != APPROVERS[0]));
            assert_noop!(approve(APPROVERS[0]), ROLE_MISSING);
            Roles::set(before);
        });
    }

    #[test]
    fn a_stage_by_role_takes_whoever_holds_it() {
        run(|| {
            let policy = Policy { stages: list(&[stage(&[], Threshold::Count(2))]) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, policy));
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let (request, digest) = first();
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_ok!(approve(OFFICER_AND_APPROVER));
            assert_ok!(approve(APPROVERS[1]));
            assert_noop!(approve(APPROVERS[2]), Errors::StagesComplete);
        });
    }
}

mod agree {
    use super::*;

    #[test]
    fn the_grant_begins_with_exactly_what_was_asked_for() {
        run(|| {
            let (request, digest) = approved();
            let asked = Requests::<Test>::get(request).unwrap().asked;
            Now::set(NOON + 5);
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
            let agreed: RequestAgreed = last_body(RecordKind::RequestAgreed, OFFICER, PROVIDER);
            assert_eq!((agreed.asked, kind_of(asked)), (asked, RecordKind::RequestCreated));
            let (grant, version) = (GrantId::new(1), Version::new(1));
            assert_eq!((agreed.request, agreed.digest), (request, digest));
            assert_eq!((agreed.grant.grant, agreed.grant.version, agreed.grant.request), (grant, version, request));
            assert_eq!((agreed.grant.provider, agreed.grant.consumer), (PROVIDER, CONSUMER));
            assert_eq!((agreed.grant.entry, agreed.grant.items), (ENTRY, 0b011));
            assert!(last_record().subjects.contains(&Subject::Grant(grant, version)));
            assert_eq!(Begun::get(), std::slice::from_ref(&agreed.grant));
            assert_event(Event::RequestAgreed { signer: account(OFFICER), agreed });
            assert_eq!(Requests::<Test>::iter().count(), 0);
            assert_eq!(OpenCount::<Test>::iter().count(), 0);
        });
    }

    #[test]
    fn without_stages_the_two_officers_are_enough() {
        run(|| {
            assert_ok!(Sharing::submit(signed(APPLICANT), open_terms()));
            let (request, _) = first();
            let digest = Requests::<Test>::get(request).unwrap().digest(request);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = submitted();
            let agree = |who| Sharing::agree(signed(who), request, digest);
            assert_noop!(agree(OFFICER), Errors::NotEndorsed);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_noop!(agree(OFFICER), Errors::StageOpen);
            assert_ok!(Sharing::approve(signed(APPROVERS[0]), request, digest));
            assert_noop!(agree(OFFICER), Errors::StageOpen);
            assert_ok!(Sharing::approve(signed(APPROVERS[1]), request, digest));
            for who in [CONSUMER_OFFICER, APPROVERS[2], SUPERVISOR] {
                assert_noop!(agree(who), ROLE_MISSING);
            }
            assert_noop!(Sharing::agree(signed(OFFICER), request, WRONG), Errors::DigestMismatch);
            assert_ok!(agree(OFFICER));
            assert_noop!(agree(OFFICER), Errors::UnknownRequest);
        });
    }

    #[test]
    fn an_officer_who_approved_leaves_the_agreement_to_another() {
        run(|| {
            let policy = Policy { stages: list(&[stage(&[], Threshold::Any)]) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, policy));
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let (request, digest) = first();
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_ok!(Sharing::approve(signed(OFFICER_AND_APPROVER), request, digest));
            let own = Sharing::agree(signed(OFFICER_AND_APPROVER), request, digest);
            assert_noop!(own, Errors::AlreadySigned);
            Replaced::set(vec![(OFFICER_AND_APPROVER, OFFICER)]);
            let own = Sharing::agree(signed(OFFICER), request, digest);
            assert_noop!(own, Errors::AlreadySigned);
            Replaced::set(Vec::new());
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
        });
    }

    #[test]
    fn nobody_agrees_to_what_is_past_or_superseded() {
        run(|| {
            let (request, digest) = approved();
            Now::set(terms().until.get());
            assert_noop!(Sharing::agree(signed(OFFICER), request, digest), Errors::PeriodInvalid);
            Now::set(NOON);
            PublishedVersion::set(3);
            assert_noop!(Sharing::agree(signed(OFFICER), request, digest), Errors::NotPublished);
        });
    }

    #[test]
    fn nothing_of_a_suspended_entry_is_asked_for_or_agreed_to() {
        run(|| {
            let (request, digest) = approved();
            IsSuspended::set(true);
            assert_noop!(Sharing::submit(signed(APPLICANT), terms()), Errors::EntrySuspended);
            let other = RequestTerms { calls_per_day: 1, ..terms() };
            assert_noop!(Sharing::resubmit(signed(APPLICANT), request, digest, other), Errors::EntrySuspended);
            assert_noop!(Sharing::agree(signed(OFFICER), request, digest), Errors::EntrySuspended);
            IsSuspended::set(false);
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
        });
    }
}

mod refuse {
    use super::*;

    #[test]
    fn the_providers_officer_refuses_with_a_reason_and_the_request_is_gone() {
        run(|| {
            let (request, digest) = endorsed();
            assert_ok!(Sharing::refuse(signed(OFFICER), request, digest, text("用途超出范围")));
            let refused: RequestRefused = last_body(RecordKind::RequestRefused, OFFICER, PROVIDER);
            assert_eq!((refused.request, refused.digest), (request, digest));
            assert_eq!(refused.reason.as_str(), "用途超出范围");
            assert_event(Event::RequestRefused { signer: account(OFFICER), refused });
            assert_eq!(Requests::<Test>::iter().count() + OpenCount::<Test>::iter().count(), 0);
            // Ids are never reused.
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            assert!(Requests::<Test>::contains_key(RequestId::new(2)));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = submitted();
            let refuse = |who, digest| Sharing::refuse(signed(who), request, digest, text("理由"));
            assert_noop!(refuse(OFFICER, digest), Errors::NotEndorsed);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            for who in [APPROVERS[0], CONSUMER_OFFICER, SUPERVISOR] {
                assert_noop!(refuse(who, digest), ROLE_MISSING);
            }
            assert_noop!(refuse(OFFICER, WRONG), Errors::DigestMismatch);
            for silence in ["", " ", "\u{3000}\n"] {
                let silent = Sharing::refuse(signed(OFFICER), request, digest, text(silence));
                assert_noop!(silent, Errors::ReasonMissing);
            }
            assert_ok!(refuse(OFFICER, digest));
            assert_noop!(refuse(OFFICER, digest), Errors::UnknownRequest);
        });
    }

    #[test]
    fn whoever_approved_may_refuse_after_all_so_that_somebody_always_can() {
        run(|| {
            let policy = Policy { stages: list(&[stage(&[], Threshold::Any)]) };
            assert_ok!(Sharing::set_policy(signed(OFFICER), ENTRY, policy));
            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let (request, digest) = first();
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_ok!(Sharing::approve(signed(OFFICER_AND_APPROVER), request, digest));
            let own = Sharing::agree(signed(OFFICER_AND_APPROVER), request, digest);
            assert_noop!(own, Errors::AlreadySigned);
            assert_ok!(Sharing::refuse(signed(OFFICER_AND_APPROVER), request, digest, text("理由")));
        });
    }
}

mod withdraw {
    use super::*;

    #[test]
    fn applicant_and_officer_of_the_consumer_may_at_any_time() {
        run(|| {
            let (request, digest) = submitted();
            assert_ok!(Sharing::withdraw(signed(APPLICANT), request, digest));
            let act: RequestAct = last_body(RecordKind::RequestWithdrawn, APPLICANT, CONSUMER);
            assert_eq!((act.request, act.stage, act.signed_as.role), (request, None, Role::Applicant));
            assert_event(Event::RequestWithdrawn { signer: account(APPLICANT), act });
            assert_eq!(Requests::<Test>::iter().count() + OpenCount::<Test>::iter().count(), 0);

            assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
            let request = RequestId::new(2);
            let digest = Requests::<Test>::get(request).unwrap().digest(request);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_ok!(Sharing::withdraw(signed(CONSUMER_OFFICER), request, digest));
            let act: RequestAct = last_body(RecordKind::RequestWithdrawn, CONSUMER_OFFICER, CONSUMER);
            assert_eq!(act.signed_as.role, Role::Officer);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let (request, digest) = endorsed();
            for who in [OFFICER, APPROVERS[0], SUPERVISOR, CLERK] {
                assert_noop!(Sharing::withdraw(signed(who), request, digest), Errors::NotPermitted);
            }
            assert_noop!(Sharing::withdraw(signed(APPLICANT), request, WRONG), Errors::DigestMismatch);
            let unknown = Sharing::withdraw(signed(APPLICANT), RequestId::new(9), digest);
            assert_noop!(unknown, Errors::UnknownRequest);
        });
    }
}

mod departments_that_do_not_act {
    use super::*;

    #[test]
    fn what_is_open_with_a_suspended_provider_can_be_withdrawn_and_nothing_else() {
        run(|| {
            let (request, digest) = submitted();
            Inactive::set(vec![PROVIDER]);
            let endorse = Sharing::endorse(signed(CONSUMER_OFFICER), request, digest);
            assert_noop!(endorse, Errors::DepartmentNotActive);
            let asked = Sharing::submit(signed(APPLICANT), terms());
            assert_noop!(asked, Errors::DepartmentNotActive);
            assert_ok!(Sharing::withdraw(signed(APPLICANT), request, digest));
        });
    }

    #[test]
    fn what_a_suspended_consumer_asked_for_can_be_refused_and_nothing_else() {
        run(|| {
            let (request, digest) = endorsed();
            Inactive::set(vec![CONSUMER]);
            let approve = Sharing::approve(signed(APPROVERS[0]), request, digest);
            assert_noop!(approve, Errors::DepartmentNotActive);
            Inactive::set(vec![]);
            for approver in &APPROVERS[..2] {
                assert_ok!(Sharing::approve(signed(*approver), request, digest));
            }
            Inactive::set(vec![CONSUMER]);
            let agree = Sharing::agree(signed(OFFICER), request, digest);
            assert_noop!(agree, Errors::DepartmentNotActive);
            assert_ok!(Sharing::refuse(signed(OFFICER), request, digest, text("申请部门已暂停")));
        });
    }
}

mod scopes {
    use super::*;

    #[test]
    fn each_step_is_about_the_entry_and_the_other_department() {
        run(|| {
            let (request, digest) = submitted();
            let entry = RoleScope::Entries(list(&[ENTRY]));
            let provider = RoleScope::Departments(list(&[PROVIDER]));
            let consumer = RoleScope::Departments(list(&[CONSUMER]));
            Scopes::set(vec![
                (CONSUMER_OFFICER, provider.clone()),
                (APPROVERS[0], consumer.clone()),
                (APPROVERS[1], entry.clone()),
                (APPROVERS[2], entry),
                (OFFICER, consumer),
                (SUPERVISOR, provider),
            ]);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            for approver in &APPROVERS[..2] {
                assert_ok!(Sharing::approve(signed(*approver), request, digest));
            }
            assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
        });
    }

    #[test]
    fn a_step_outside_the_scope_is_refused() {
        run(|| {
            let elsewhere = RoleScope::Departments(list(&[OTHER]));
            Scopes::set(vec![(APPLICANT, elsewhere.clone())]);
            assert_noop!(Sharing::submit(signed(APPLICANT), terms()), OUT_OF_SCOPE);
            Scopes::set(vec![]);
            let (request, digest) = submitted();
            Scopes::set(vec![(CONSUMER_OFFICER, elsewhere.clone()), (OFFICER, elsewhere)]);
            assert_noop!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest), OUT_OF_SCOPE);
            let set = Sharing::set_policy(signed(OFFICER), ENTRY, two_of_three());
            assert_noop!(set, OUT_OF_SCOPE);
        });
    }
}
