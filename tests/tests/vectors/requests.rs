//! Ways from the request to the grant on which everybody signs what stands there: each breaks one clause of a rule, or none.

use super::{
    OK, Vector,
    good::{self, Good},
    roles::given,
    sample::{EPOCH, World, content, named},
    signed::edit,
};
use mulu_proofs::{
    departments::{Role, RoleGiven},
    grants::GrantTerms,
    ids::{DepartmentId, Moment, RecordNumber, Version},
    records::{Record, RecordKind},
    sharing::{
        Policy, RequestAgreed, RequestResubmitted, RequestTerms, StandingConsent, StandingConsentSet, Threshold,
        request_digest,
    },
};

type Case = (&'static str, fn(&mut World), &'static str);

const V2: Version = Version::new(2);

pub(crate) fn vectors() -> Vec<Vector> {
    let ledgers = good::ledgers();
    let standing = ledgers.iter().find(|good| good.name == "event-standing").unwrap();
    let changed = STANDING.iter().map(|(name, change, expected)| {
        let mut world = standing.world.clone();
        change(&mut world);
        Vector::new(*name, standing.package_of(&world).to_bytes(), expected)
    });
    let mut vectors: Vec<Vector> = changed.collect();
    let of = |good: Good, expected| Vector::new(good.name, good.package().to_bytes(), expected);
    vectors.extend(REQUESTS.iter().map(|(name, steps, expected)| {
        let consents = |record: &Record| record.kind == RecordKind::StandingConsentSet;
        let good = Good::shown(name, content::world_with(*steps), 0, consents);
        Vector::new(*name, good.nameless(&good.world).to_bytes(), expected)
    }));
    let ended = ended_since("roles-ended-since-the-standing-consent", good::standing_consent());
    vectors.extend([of(ended, "roles"), of(requested_early(), "request")]);
    vectors.extend([of(standing_for_anybody(), OK), of(asked_again("event-asked-again", behind), OK)]);
    // Both ways have one digest: which of them was agreed to, and which signatures are void, the record's number says.
    vectors.extend([
        of(asked_again("request-by-an-earlier-way", before), "request"),
        of(asked_again("endorsement-before-the-resubmission", endorsed_before), "endorsement"),
        of(asked_again("approval-before-the-resubmission", approved_before), "approval"),
        of(agreed_to_the_first(), "request"),
    ]);
    vectors
}

pub(crate) fn agreed(world: &World) -> RecordNumber {
    world.nth(RecordKind::RequestAgreed, 0)
}

const STANDING: &[Case] = &[
    (
        "agreement-standing-of-another-digest",
        |w| w.edit(agreed(w), |body: &mut RequestAgreed| body.digest = [1; 32]),
        "agreement",
    ),
    (
        "request-standing-of-another-record",
        |w| w.edit(agreed(w), |b: &mut RequestAgreed| b.asked = b.asked.next()),
        "request",
    ),
    ("agreement-standing-in-an-extrinsic", |w| w.get_mut(agreed(w)).extrinsic = Some([1; 32]), "agreement"),
    (
        "unreferenced-act-of-a-standing-agreement",
        |w| {
            let act = w.acts[&w.nth(RecordKind::RequestApproved, 0)].clone();
            w.acts.insert(agreed(w), act);
        },
        "unreferenced",
    ),
];

/// A policy of one stage.
fn policy(approvers: &[u8], threshold: Threshold) -> Policy {
    let mut stage = content::policy().stages[0].clone();
    let approvers: Vec<_> = approvers.iter().map(|seed| named(*seed)).collect();
    (stage.approvers, stage.threshold) = (good::list(&approvers), threshold);
    Policy { stages: good::list(&[stage]) }
}

fn approve(world: &mut World, seeds: &[u8]) {
    for seed in seeds {
        good::act(world, RecordKind::RequestApproved, (*seed, Role::Approver, 2), &content::terms());
    }
}

const ONE: u8 = content::APPROVERS[0];
const TWO: u8 = content::APPROVERS[1];
const THREE: u8 = content::APPROVERS[2];

const REQUESTS: &[Case] = &[
    (
        "approval-majority-of-nobody-named",
        |w| {
            good::create(w, content::terms(), policy(&[], Threshold::Majority));
            good::endorse(w, &content::terms());
            approve(w, &[ONE]);
            good::agree(w, None);
        },
        "approval",
    ),
    (
        "approval-four-of-three",
        |w| {
            good::create(w, content::terms(), policy(&content::APPROVERS, Threshold::Count(4)));
            good::endorse(w, &content::terms());
            approve(w, &[ONE, TWO, THREE, ONE]);
            good::agree(w, None);
        },
        "approval",
    ),
    (
        "endorsement-before-the-request",
        |w| {
            good::endorse(w, &content::terms());
            good::create(w, content::terms(), content::policy());
            good::approve(w, &content::terms());
            good::agree(w, None);
        },
        "endorsement",
    ),
    (
        "agreement-before-the-last-approval",
        |w| {
            good::create(w, content::terms(), content::policy());
            good::endorse(w, &content::terms());
            approve(w, &[ONE]);
            good::agree(w, None);
            approve(w, &[THREE]);
        },
        "agreement",
    ),
    (
        "separation-applicant-and-officer",
        |w| {
            w.give(Some(content::ADMIN), content::APPLICANT, Role::Officer, 3);
            w.confirm((content::SUPERVISOR, Role::Supervisor, 1), content::APPLICANT, Role::Officer, 3);
            good::create(w, content::terms(), content::policy());
            let by = (content::APPLICANT, Role::Officer, 3);
            good::act(w, RecordKind::RequestEndorsed, by, &content::terms());
            good::approve(w, &content::terms());
            good::agree(w, None);
        },
        "separation",
    ),
    (
        "separation-approver-and-officer",
        |w| {
            w.give(Some(content::ADMIN), content::OFFICER, Role::Approver, 2);
            w.confirm((content::HEAD, Role::Head, 2), content::OFFICER, Role::Approver, 2);
            good::create(w, content::terms(), policy(&[], Threshold::Any));
            good::endorse(w, &content::terms());
            approve(w, &[content::OFFICER]);
            good::agree(w, None);
        },
        "separation",
    ),
    (
        "separation-approver-and-standing-officer",
        |w| {
            w.give(Some(content::ADMIN), content::OFFICER, Role::Approver, 2);
            w.confirm((content::HEAD, Role::Head, 2), content::OFFICER, Role::Approver, 2);
            let number = set_consent(w, good::standing_consent());
            good::create(w, content::terms(), policy(&[], Threshold::Any));
            good::endorse(w, &content::terms());
            approve(w, &[content::OFFICER]);
            good::agree(w, Some(number));
        },
        "separation",
    ),
    (
        "endorsement-by-the-provider",
        |w| {
            good::create(w, content::terms(), content::policy());
            good::act(w, RecordKind::RequestEndorsed, (content::OFFICER, Role::Officer, 2), &content::terms());
            good::approve(w, &content::terms());
            good::agree(w, None);
        },
        "endorsement",
    ),
    (
        "approval-by-any-head",
        |w| {
            good::create(w, content::terms(), policy(&[], Threshold::Any));
            good::endorse(w, &content::terms());
            good::act(w, RecordKind::RequestApproved, (content::HEAD, Role::Head, 2), &content::terms());
            good::agree(w, None);
        },
        "approval",
    ),
    (
        "agreement-standing-by-the-head",
        |w| {
            let number = set_consent(w, good::standing_consent());
            let signed_as = w.signed_as(content::HEAD, Role::Head, 2);
            w.edit(number, |body: &mut StandingConsentSet| body.signed_as = signed_as);
            w.sign_again(number, content::HEAD);
            good::create(w, content::terms(), content::policy());
            good::endorse(w, &content::terms());
            good::approve(w, &content::terms());
            good::agree(w, Some(number));
            let agreed = agreed(w);
            w.edit(agreed, |body: &mut RequestAgreed| body.signed_as = signed_as);
        },
        "agreement",
    ),
    (
        "agreement-standing-expires-with-the-agreement",
        |w| {
            let consent = StandingConsent { expires: w.now(), ..good::standing_consent() };
            let number = set_consent(w, consent);
            good::create(w, content::terms(), content::policy());
            good::endorse(w, &content::terms());
            good::approve(w, &content::terms());
            good::agree(w, Some(number));
        },
        "agreement",
    ),
];

/// The officer consents in advance.
pub(crate) fn set_consent(world: &mut World, consent: StandingConsent) -> RecordNumber {
    let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
    let set = StandingConsentSet { entry: content::ENTRY, consent, signed_as };
    world.record(RecordKind::StandingConsentSet, 2, Some(content::OFFICER), &set)
}

/// The officer's role ends between the consent in advance and the agreement.
pub(crate) fn ended_since(name: &'static str, consent: StandingConsent) -> Good {
    let mut world = content::world_with(|world| {
        let number = set_consent(world, consent);
        world.next_block();
        good::create(world, content::terms(), content::policy());
        good::endorse(world, &content::terms());
        good::approve(world, &content::terms());
        good::agree(world, Some(number));
    });
    let number = agreed(&world);
    let moment = world.get(number).moment;
    let role = given(&world, content::OFFICER, Role::Officer, 2);
    edit(&mut world, role, |body: &mut RoleGiven| body.expires = moment);
    let set = world.nth(RecordKind::StandingConsentSet, 0);
    world.edit(set, |body: &mut StandingConsentSet| body.signed_as.expires = moment);
    world.edit(number, |body: &mut RequestAgreed| body.signed_as.expires = moment);
    Good::shown(name, world, 0, |record| record.kind == RecordKind::StandingConsentSet)
}

/// The version that was asked for was published after that.
fn requested_early() -> Good {
    let terms = RequestTerms { entry_version: V2, ..content::terms() };
    let grant = GrantTerms { entry_version: V2, ..content::grant() };
    let mut world = content::world_with(|world| {
        good::create(world, terms.clone(), content::policy());
        good::submit_again(world, content::CATALOGUER);
        good::act_again(world, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
        good::review_and_publish_again(world);
        good::endorse(world, &terms);
        good::approve(world, &terms);
        good::agree_to(world, &terms, grant, None);
    });
    world.events[0].0.entry = Some((content::ENTRY, V2));
    content::sign_batch_again(&mut world);
    let wanted = content::wanted(0);
    Good::showing("request-before-the-publication", world, 0, |record| {
        wanted(record) && good::is_of_version(record, V2)
    })
}

/// Asked for, signed, and asked for again with the same terms when the policy had been made stricter.
fn twice() -> World {
    content::world_with(|world| {
        good::create(world, content::terms(), policy(&[], Threshold::Any));
        good::endorse(world, &content::terms());
        approve(world, &[ONE]);
        let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
        let digest = request_digest(content::REQUEST, &content::terms());
        let (provider, terms, policy) = (DepartmentId::new(2), content::terms(), content::policy());
        let again = RequestResubmitted { request: content::REQUEST, digest, provider, terms, policy, signed_as };
        world.record(RecordKind::RequestResubmitted, 3, Some(content::APPLICANT), &again);
        good::endorse(world, &content::terms());
        good::approve(world, &content::terms());
        good::agree(world, None);
    })
}

/// Which of the two ways is shown: by the kind of a record, and whether it stands before the resubmission.
type Shown = fn(RecordKind, bool) -> bool;

fn behind(_: RecordKind, is_before: bool) -> bool {
    !is_before
}

fn before(_: RecordKind, is_before: bool) -> bool {
    is_before
}

fn endorsed_before(kind: RecordKind, is_before: bool) -> bool {
    is_before == (kind == RecordKind::RequestEndorsed)
}

/// The one approval before the resubmission is shown beside those behind it.
fn approved_before(kind: RecordKind, is_before: bool) -> bool {
    !is_before || kind == RecordKind::RequestApproved
}

fn asked_again(name: &'static str, shown: Shown) -> Good {
    shown_of(name, twice(), shown)
}

fn shown_of(name: &'static str, world: World, shown: Shown) -> Good {
    use RecordKind::{RequestApproved, RequestCreated, RequestEndorsed, RequestResubmitted};
    let again = world.nth(RequestResubmitted, 0);
    let wanted = content::wanted(0);
    let of_request = [RequestCreated, RequestResubmitted, RequestEndorsed, RequestApproved];
    Good::showing(name, world, 0, |record| {
        if of_request.contains(&record.kind) { shown(record.kind, record.number < again) } else { wanted(record) }
    })
}

/// The ledger agrees to what was asked for first, and the package shows what was asked for last.
fn agreed_to_the_first() -> Good {
    let mut world = twice();
    let (agreed, first) = (agreed(&world), world.nth(RecordKind::RequestCreated, 0));
    world.edit(agreed, |body: &mut RequestAgreed| body.asked = first);
    shown_of("request-agreed-to-an-earlier-record", world, behind)
}

/// For any consumer and purpose, and for exactly as many days as are asked for.
fn standing_for_anybody() -> Good {
    let mut terms = content::terms();
    terms.until = Moment::new(EPOCH + 2 * 86_400_000);
    let grant = GrantTerms { until: terms.until, ..content::grant() };
    let consent = StandingConsent { consumers: good::list(&[]), purposes: good::list(&[]), ..good::standing_consent() };
    let world = content::world_with(|world| {
        let number = set_consent(world, consent);
        good::create(world, terms.clone(), content::policy());
        good::endorse(world, &terms);
        good::approve(world, &terms);
        good::agree_to(world, &terms, grant, Some(number));
    });
    Good::shown("event-standing-for-anybody", world, 0, |record| record.kind == RecordKind::StandingConsentSet)
}
