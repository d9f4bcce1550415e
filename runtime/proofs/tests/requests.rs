//! Requests that did not go straight: terms that were changed, and agreements that a standing consent gave.
//!
//! Validators are in the plot throughout: what must refuse a forgery is the signature of a person, or the rule itself.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod sample;

use mulu_proofs::{
    access::SealedField,
    catalog::Methods,
    departments::{AccountKey, Role},
    evidence::{
        report::{Link, Report},
        verify,
    },
    ids::{DepartmentId, EntryId, Moment, PurposeId, RecordNumber, Version},
    records::{Record, RecordKind},
    sharing::{
        RequestAct, RequestAgreed, RequestCreated, RequestResubmitted, RequestTerms, StandingConsent,
        StandingConsentSet, request_digest,
    },
};
use sample::{EPOCH, World, content};

const APPROVERS: [u8; 2] = [content::APPROVERS[0], content::APPROVERS[2]];

/// The report on the event at place 0, with every record of the request that `shown` picks.
fn report(world: &World, shown: impl Fn(&Record) -> bool) -> Report {
    let of_request = |kind| {
        matches!(
            kind,
            RecordKind::RequestCreated
                | RecordKind::RequestResubmitted
                | RecordKind::RequestEndorsed
                | RecordKind::RequestApproved
                | RecordKind::RequestAgreed
                | RecordKind::StandingConsentSet
        )
    };
    let wanted = content::wanted(0);
    let numbers = world.needed(|record| if of_request(record.kind) { shown(record) } else { wanted(record) });
    verify(&world.package(0, &numbers, &[SealedField::User]).to_bytes(), &world.genesis, None)
}

fn failing(report: &Report) -> Link {
    report.failure.as_ref().map(|failure| failure.link).unwrap_or_else(|| panic!("verified: {report:?}"))
}

fn create(world: &mut World, terms: RequestTerms) {
    let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
    let (request, provider, policy) = (content::REQUEST, DepartmentId::new(2), content::policy());
    let created = RequestCreated { request, provider, terms, policy, signed_as };
    world.record(RecordKind::RequestCreated, 3, Some(content::APPLICANT), &created);
}

fn resubmit(world: &mut World, before: &RequestTerms, terms: RequestTerms) {
    let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
    let (request, provider, policy) = (content::REQUEST, DepartmentId::new(2), content::policy());
    let digest = request_digest(request, before);
    let changed = RequestResubmitted { request, digest, provider, terms, policy, signed_as };
    world.record(RecordKind::RequestResubmitted, 3, Some(content::APPLICANT), &changed);
}

fn endorse(world: &mut World, terms: &RequestTerms) {
    let signed_as = world.signed_as(content::CONSUMER_OFFICER, Role::Officer, 3);
    let digest = request_digest(content::REQUEST, terms);
    let act = RequestAct { request: content::REQUEST, digest, stage: None, signed_as };
    world.record(RecordKind::RequestEndorsed, 3, Some(content::CONSUMER_OFFICER), &act);
}

fn approve(world: &mut World, terms: &RequestTerms) {
    for seed in APPROVERS {
        let signed_as = world.signed_as(seed, Role::Approver, 2);
        let digest = request_digest(content::REQUEST, terms);
        let act = RequestAct { request: content::REQUEST, digest, stage: Some(0), signed_as };
        world.record(RecordKind::RequestApproved, 2, Some(seed), &act);
    }
}

fn agree(world: &mut World, consent: Option<RecordNumber>) {
    let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
    let digest = request_digest(content::REQUEST, &content::terms());
    let (request, asked, grant) = (content::REQUEST, world.asked(), content::grant());
    let agreed = RequestAgreed { request, asked, digest, signed_as, consent, grant };
    let signer = consent.is_none().then_some(content::OFFICER);
    world.record(RecordKind::RequestAgreed, 2, signer, &agreed);
}

mod changed_terms {
    use super::*;

    /// What was asked for at first.
    fn at_first() -> RequestTerms {
        RequestTerms { items: 0b111, ..content::terms() }
    }

    /// Asked for, endorsed and approved; changed; signed anew.
    fn world() -> World {
        content::world_with(|world| {
            create(world, at_first());
            endorse(world, &at_first());
            approve(world, &at_first());
            resubmit(world, &at_first(), content::terms());
            endorse(world, &content::terms());
            approve(world, &content::terms());
            agree(world, None);
        })
    }

    /// The records from the last resubmission on.
    fn last(world: &World) -> impl Fn(&Record) -> bool + use<> {
        let from = *world.all(RecordKind::RequestResubmitted).last().unwrap();
        move |record| record.number >= from
    }

    #[test]
    fn what_was_asked_for_last_is_what_was_granted() {
        let world = world();
        let report = report(&world, last(&world));
        assert!(report.is_verified(), "{:?}", report.failure);
    }

    #[test]
    fn a_package_shows_nothing_of_the_request_before() {
        let world = world();
        assert_eq!(failing(&report(&world, |_| true)), Link::Request);
        let created = world.nth(RecordKind::RequestCreated, 0);
        let shows = last(&world);
        assert_eq!(failing(&report(&world, |record| record.number == created || shows(record))), Link::Request);
        assert_eq!(failing(&report(&world, |record| record.kind == RecordKind::RequestAgreed)), Link::Request);
    }

    #[test]
    fn the_grant_is_not_what_was_asked_for_at_first() {
        let world = world();
        let resubmitted = world.nth(RecordKind::RequestResubmitted, 0);
        let agreed = world.nth(RecordKind::RequestAgreed, 0);
        let at_first = report(&world, |record| record.number < resubmitted || record.number == agreed);
        assert_eq!(failing(&at_first), Link::Request);
    }

    #[test]
    fn signatures_before_the_last_change_count_for_nothing() {
        // Signed, changed, and changed back: the digest is the same, the signatures are void.
        let world = content::world_with(|world| {
            create(world, content::terms());
            endorse(world, &content::terms());
            approve(world, &content::terms());
            resubmit(world, &content::terms(), at_first());
            resubmit(world, &at_first(), content::terms());
            agree(world, None);
        });
        let changed = world.nth(RecordKind::RequestResubmitted, 1);
        let created = world.nth(RecordKind::RequestCreated, 0);
        let dropped = world.nth(RecordKind::RequestResubmitted, 0);
        let shown = report(&world, |record| record.number != created && record.number != dropped);
        assert_eq!(failing(&shown), Link::Endorsement, "{:?} is older than record {changed}", shown.failure);
    }

    /// Asked for, signed, and asked for again with the same terms, so that every digest is the same; signed anew.
    fn asked_again() -> World {
        content::world_with(|world| {
            create(world, content::terms());
            endorse(world, &content::terms());
            approve(world, &content::terms());
            resubmit(world, &content::terms(), content::terms());
            endorse(world, &content::terms());
            approve(world, &content::terms());
            agree(world, None);
        })
    }

    #[test]
    fn the_same_terms_asked_for_twice_are_told_apart_by_the_record_that_was_agreed_to() {
        let world = asked_again();
        let [again, agreed] =
            [RecordKind::RequestResubmitted, RecordKind::RequestAgreed].map(|kind| world.nth(kind, 0));
        assert!(report(&world, last(&world)).is_verified(), "{:?}", report(&world, last(&world)).failure);
        let earlier = report(&world, |record| record.number < again || record.number == agreed);
        assert_eq!(failing(&earlier), Link::Request);
        assert_eq!(
            earlier.failure.unwrap().reason,
            format!(
                "what was agreed to stands in record {again}, the package shows record {}",
                world.nth(RecordKind::RequestCreated, 0)
            )
        );
    }

    #[test]
    fn no_signature_before_the_record_that_was_agreed_to_takes_the_place_of_one_behind_it() {
        let world = asked_again();
        let again = world.nth(RecordKind::RequestResubmitted, 0);
        let shows = last(&world);
        for (kind, link) in
            [(RecordKind::RequestEndorsed, Link::Endorsement), (RecordKind::RequestApproved, Link::Approval)]
        {
            let [before, behind] = [0, world.all(kind).len() - 1].map(|nth| world.nth(kind, nth));
            assert!(before < again && again < behind);
            let exchanged =
                report(&world, |record| record.number == before || shows(record) && record.number != behind);
            assert_eq!(failing(&exchanged), link);
        }
    }

    #[test]
    fn an_agreement_to_another_record_is_refused() {
        for other in [0, 1, u64::MAX] {
            let mut world = world();
            let agreed = world.nth(RecordKind::RequestAgreed, 0);
            world.edit(agreed, |body: &mut RequestAgreed| body.asked = RecordNumber::new(other));
            assert_eq!(failing(&report(&world, last(&world))), Link::Request);
        }
    }

    #[test]
    fn every_field_of_a_change_was_signed() {
        fn change(edit: fn(&mut RequestResubmitted)) -> Link {
            let mut world = world();
            let number = world.nth(RecordKind::RequestResubmitted, 0);
            world.edit(number, edit);
            failing(&report(&world, last(&world)))
        }
        assert_eq!(change(|body| body.digest = [1; 32]), Link::Request);
        assert_eq!(change(|body| body.terms.basis = Default::default()), Link::Request);
        assert_eq!(change(|body| body.provider = DepartmentId::new(1)), Link::Request);
        assert_eq!(change(|body| body.policy.stages.clear()), Link::Approval);
        assert_eq!(change(|body| body.signed_as.role = Role::Officer), Link::Request);
        assert_eq!(change(|body| body.signed_as.given = RecordNumber::new(1)), Link::Roles);
    }
}

mod standing_consents {
    use super::*;

    fn consent() -> StandingConsent {
        StandingConsent {
            entry_version: content::V1,
            items: 0b011,
            methods: Methods::of(&[content::terms().method]),
            consumers: vec![DepartmentId::new(3)].try_into().unwrap(),
            purposes: vec![PurposeId::new(1)].try_into().unwrap(),
            calls_per_day: 1_000,
            rows_per_day: 10_000,
            days: 2,
            expires: Moment::new(EPOCH + 100_000),
        }
    }

    fn set(world: &mut World, consent: StandingConsent) -> RecordNumber {
        let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
        let set = StandingConsentSet { entry: content::ENTRY, consent, signed_as };
        world.record(RecordKind::StandingConsentSet, 2, Some(content::OFFICER), &set)
    }

    /// A request that `consent` agrees to with the last approval.
    fn agreed_by(consent: StandingConsent) -> World {
        content::world_with(|world| {
            let number = set(world, consent);
            create(world, content::terms());
            endorse(world, &content::terms());
            approve(world, &content::terms());
            agree(world, Some(number));
        })
    }

    fn verdict(world: &World) -> Report {
        report(world, |_| true)
    }

    #[test]
    fn the_officers_signature_is_that_under_the_standing_consent() {
        let report = verdict(&agreed_by(consent()));
        assert!(report.is_verified(), "{:?}", report.failure);
        let facts = report.facts.unwrap();
        let shown = serde_json::to_value(&facts).unwrap().to_string();
        assert!(shown.contains("standing_consent_set") && !shown.contains("request_agreed"), "{shown}");
        let (checked, anchored): (Vec<_>, Vec<_>) = report
            .steps
            .iter()
            .filter(|step| step.link == Link::Agreement)
            .map(|step| (step.checked.as_str(), step.anchored_on.as_str()))
            .unzip();
        assert_eq!(checked, ["a standing consent of the officer of department 2, the provider, covers the request"]);
        assert!(anchored[0].ends_with("and the officer's signature over its conditions"));
    }

    #[test]
    fn it_agrees_to_what_it_covers_and_to_nothing_else() {
        type Narrow = (&'static str, fn(&mut StandingConsent));
        let narrowed: [Narrow; 9] = [
            ("version", |c| c.entry_version = Version::new(2)),
            ("items", |c| c.items = 0b001),
            ("methods", |c| c.methods = Methods(0)),
            ("consumers", |c| c.consumers[0] = DepartmentId::new(1)),
            ("purposes", |c| c.purposes[0] = PurposeId::new(2)),
            ("calls", |c| c.calls_per_day = 999),
            ("rows", |c| c.rows_per_day = 9_999),
            ("days", |c| c.days = 1),
            ("expiry", |c| c.expires = Moment::new(EPOCH)),
        ];
        for (name, narrow) in narrowed {
            let mut narrowed = consent();
            narrow(&mut narrowed);
            // The officer really signed this narrower consent, and the ledger would not have agreed.
            assert_eq!(failing(&verdict(&agreed_by(narrowed))), Link::Agreement, "{name}");
        }
    }

    #[test]
    fn every_field_of_the_consent_was_signed() {
        fn change(edit: fn(&mut StandingConsentSet)) -> Link {
            let mut world = agreed_by(StandingConsent { rows_per_day: 9, ..consent() });
            let number = world.nth(RecordKind::StandingConsentSet, 0);
            world.edit(number, edit);
            world.forge_call(number);
            failing(&verdict(&world))
        }
        assert_eq!(change(|body| body.consent = consent()), Link::Agreement);
        assert_eq!(change(|body| body.entry = EntryId::new(2)), Link::Agreement);
        assert_eq!(change(|body| body.signed_as.role = Role::Head), Link::Agreement);
    }

    #[test]
    fn every_field_of_the_agreement_rests_on_it() {
        fn change(edit: fn(&mut RequestAgreed)) -> Link {
            let mut world = agreed_by(consent());
            let number = world.nth(RecordKind::RequestAgreed, 0);
            world.edit(number, edit);
            failing(&verdict(&world))
        }
        assert_eq!(change(|body| body.consent = None), Link::Agreement);
        assert_eq!(change(|body| body.consent = body.consent.map(RecordNumber::next)), Link::Agreement);
        assert_eq!(change(|body| body.consent = Some(RecordNumber::new(900))), Link::Agreement);
        assert_eq!(change(|body| body.digest = [1; 32]), Link::Agreement);
        assert_eq!(change(|body| body.signed_as.expires = Moment::new(u64::MAX)), Link::Agreement);
        assert_eq!(change(|body| body.signed_as.principal = Some(AccountKey([1; 32]))), Link::Agreement);
        assert_eq!(change(|body| body.grant.rows_per_day = 9), Link::Request);
    }

    #[test]
    fn nobody_signs_such_an_agreement_in_the_officers_place() {
        let mut world = agreed_by(consent());
        let number = world.nth(RecordKind::RequestAgreed, 0);
        world.get_mut(number).signer = Some(sample::account(content::OFFICER));
        assert_eq!(failing(&verdict(&world)), Link::Agreement);
        world.get_mut(number).signer = None;
        world.get_mut(number).department = DepartmentId::new(3);
        assert_eq!(failing(&verdict(&world)), Link::Roles);
    }

    #[test]
    fn the_ledger_agrees_at_once_or_not_at_all() {
        let late = content::world_with(|world| {
            let number = set(world, consent());
            create(world, content::terms());
            endorse(world, &content::terms());
            approve(world, &content::terms());
            set(world, StandingConsent { days: 1, ..consent() });
            agree(world, Some(number));
        });
        let between = late.nth(RecordKind::StandingConsentSet, 1);
        assert_eq!(failing(&report(&late, |record| record.number != between)), Link::Agreement);
        let afterwards = content::world_with(|world| {
            create(world, content::terms());
            endorse(world, &content::terms());
            approve(world, &content::terms());
            let coming = RecordNumber::new(world.next_number + 1);
            agree(world, Some(coming));
            set(world, consent());
        });
        assert_eq!(failing(&verdict(&afterwards)), Link::Agreement);
    }

    #[test]
    fn whoever_approved_does_not_agree_in_advance_as_well() {
        let world = content::world_with(|world| {
            world.give(Some(content::ADMIN), content::OFFICER, Role::Approver, 2);
            world.confirm((content::HEAD, Role::Head, 2), content::OFFICER, Role::Approver, 2);
            let number = set(world, consent());
            let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
            let mut policy = content::policy();
            policy.stages[0].approvers.clear();
            let created = RequestCreated {
                request: content::REQUEST,
                provider: DepartmentId::new(2),
                terms: content::terms(),
                policy,
                signed_as,
            };
            world.record(RecordKind::RequestCreated, 3, Some(content::APPLICANT), &created);
            endorse(world, &content::terms());
            for seed in [content::APPROVERS[0], content::OFFICER] {
                let signed_as = world.signed_as(seed, Role::Approver, 2);
                let digest = request_digest(content::REQUEST, &content::terms());
                let act = RequestAct { request: content::REQUEST, digest, stage: Some(0), signed_as };
                world.record(RecordKind::RequestApproved, 2, Some(seed), &act);
            }
            agree(world, Some(number));
        });
        assert_eq!(failing(&verdict(&world)), Link::Separation);
    }
}
