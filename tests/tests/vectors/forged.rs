//! Ledgers that were forged by somebody who has every validator's key: what must refuse them is the signature of a person or of a
//! platform, or the rule itself. Everything that needs no such signature is recomputed.

use super::{
    Vector, good,
    sample::{World, account, content, named},
};
use mulu_proofs::{
    access::{BatchRecord, EventsRepudiated, Findings, KeyCompromised, Series, StreamOpened},
    catalog::{EntryAct, EntrySubmitted, Method},
    departments::{DepartmentInfo, Role, RoleConfirmed, RoleGiven, RoleScope},
    grants::GrantAct,
    hash::blake2_256,
    ids::{DepartmentId, EntryId, EventNumber, GrantId, Moment, RecordNumber, SystemId},
    records::RecordKind,
    sharing::{RequestAct, RequestAgreed, RequestCreated, StandingConsent, StandingConsentSet, Threshold},
};

type Case = (&'static str, fn(&mut World), &'static str);

pub(crate) fn vectors() -> Vec<Vector> {
    let ledgers = good::ledgers();
    let of = |name: &str| ledgers.iter().find(|good| good.name == name).unwrap();
    let mut vectors = Vec::new();
    for (ledger, cases) in [
        ("event", EVENT),
        ("filing", FILING),
        ("event-reporter", REPORTER),
        ("event-standing", STANDING),
        ("event-compromised", COMPROMISED),
    ] {
        let good = of(ledger);
        for (name, forge, expected) in cases {
            let mut world = good.world.clone();
            forge(&mut world);
            let small = !["names", "unreferenced"].contains(expected);
            let package = if small { good.nameless(&world) } else { good.package_of(&world) };
            vectors.push(Vector::new(*name, package.to_bytes(), expected));
        }
    }
    let narrow = StandingConsent { rows_per_day: 9_999, ..good::standing_consent() };
    let narrow = good::standing("agreement-beyond-the-standing-consent", narrow);
    vectors.push(Vector::new(narrow.name, narrow.package().to_bytes(), "agreement"));
    vectors.extend(left_out(of("event")));
    vectors
}

/// The event's package without one of its records, or with one that nothing rests on.
fn left_out(good: &good::Good) -> Vec<Vector> {
    let without = |name, number: RecordNumber, expected| {
        let mut numbers = good.numbers.clone();
        assert!(numbers.remove(&number));
        Vector::new(name, good.world.package(good.place, &numbers, &good.revealed).to_bytes(), expected)
    };
    let world = &good.world;
    let nth = |kind| world.nth(kind, 0);
    let mut more = good.numbers.clone();
    more.insert(world.signed_as(content::SUPERVISOR, Role::Supervisor, 1).given);
    vec![
        without("stream-left-out", nth(RecordKind::StreamOpened), "stream"),
        without("grant-left-out", nth(RecordKind::RequestAgreed), "grant"),
        without("catalog-review-left-out", nth(RecordKind::EntryReviewed), "catalog"),
        without("request-left-out", nth(RecordKind::RequestCreated), "request"),
        without("endorsement-left-out", nth(RecordKind::RequestEndorsed), "endorsement"),
        without("approval-left-out", nth(RecordKind::RequestApproved), "approval"),
        without("roles-left-out", *world.all(RecordKind::RoleGiven).last().unwrap(), "roles"),
        without("roles-confirmation-left-out", nth(RecordKind::RoleConfirmed), "roles"),
        Vector::new("unreferenced-role", world.package(good.place, &more, &good.revealed).to_bytes(), "unreferenced"),
    ]
}

/// Changes the body of the first record of a kind.
fn edit<B: codec::Encode + codec::Decode>(world: &mut World, kind: RecordKind, change: impl FnOnce(&mut B)) {
    let number = world.nth(kind, 0);
    world.edit(number, change);
}

fn forge<B: codec::Encode + codec::Decode>(world: &mut World, kind: RecordKind, change: impl FnOnce(&mut B)) {
    edit(world, kind, change);
    world.forge_call(world.nth(kind, 0));
}

fn batch(world: &mut World, change: impl FnOnce(&mut BatchRecord)) {
    edit(world, RecordKind::BatchAccepted, change);
}

fn lie(world: &mut World, change: impl FnOnce(&mut mulu_proofs::access::PublicLeaf)) {
    change(&mut world.events[1].0);
    content::sign_batch_again(world);
}

fn last_given(world: &mut World, change: impl FnOnce(&mut RoleGiven)) {
    let number = *world.all(RecordKind::RoleGiven).last().unwrap();
    world.edit(number, change);
    world.sign_again(number, content::ADMIN);
}

/// The second approval is signed by somebody else, in a role that they hold.
fn second_approval_by(world: &mut World, seed: u8, role: Role) {
    let number = content::approval_of(world, content::APPROVERS[2]);
    let signed_as = world.signed_as(seed, role, 2);
    world.edit(number, |act: &mut RequestAct| act.signed_as = signed_as);
    world.sign_again(number, seed);
}

fn after_the_roles(world: &mut World) {
    let from = world.nth(RecordKind::RequestCreated, 0);
    let records = world.blocks.iter_mut().flat_map(|block| &mut block.records);
    records.filter(|record| record.number >= from).for_each(|record| record.moment = super::sample::EXPIRES);
}

const EVENT: &[Case] = &[
    ("batch-leaf-forged", |w| (w.events[1].0.rows = 0, content::forge_batch(w)).1, "batch"),
    ("series-another", |w| batch(w, |b| b.runs[0].series = Series::Grant(GrantId::new(2))), "series"),
    ("series-runs", |w| batch(w, |b| b.runs[0].count = 4), "series"),
    ("series-findings", |w| batch(w, |b| b.findings[1].place = 1), "series"),
    ("series-number-of-0", |w| batch(w, |b| b.runs[0].first = mulu_proofs::ids::SeriesNumber::new(u64::MAX)), "series"),
    ("grant-hidden-deviation", |w| batch(w, |b| b.findings[0].findings = Findings::LATE), "grant"),
    ("grant-another-method", |w| lie(w, |leaf| leaf.method = Method::File), "grant"),
    ("grant-another-provider", |w| lie(w, |leaf| leaf.provider = Some(DepartmentId::new(1))), "grant"),
    ("grant-another-purpose", |w| lie(w, |leaf| leaf.purpose = Some(mulu_proofs::ids::PurposeId::new(9))), "grant"),
    (
        "grant-provisioned-by-a-supervisor",
        |w| edit(w, RecordKind::GrantProvisioned, |b: &mut GrantAct| b.signed_as.role = Role::Supervisor),
        "grant",
    ),
    ("request-terms", |w| forge(w, RecordKind::RequestCreated, |b: &mut RequestCreated| b.terms.items = 7), "request"),
    (
        "request-role",
        |w| edit(w, RecordKind::RequestCreated, |b: &mut RequestCreated| b.signed_as.role = Role::Officer),
        "request",
    ),
    (
        "request-granted-items",
        |w| edit(w, RecordKind::RequestAgreed, |b: &mut RequestAgreed| b.grant.items = 7),
        "request",
    ),
    (
        "endorsement-digest",
        |w| forge(w, RecordKind::RequestEndorsed, |b: &mut RequestAct| b.digest = [1; 32]),
        "endorsement",
    ),
    (
        "endorsement-stage",
        |w| edit(w, RecordKind::RequestEndorsed, |b: &mut RequestAct| b.stage = Some(0)),
        "endorsement",
    ),
    (
        "approval-signature",
        |w| forge(w, RecordKind::RequestApproved, |b: &mut RequestAct| b.digest = [1; 32]),
        "approval",
    ),
    ("approval-stage", |w| edit(w, RecordKind::RequestApproved, |b: &mut RequestAct| b.stage = Some(1)), "approval"),
    (
        "approval-one-more-is-needed",
        |w| edit(w, RecordKind::RequestCreated, |b: &mut RequestCreated| b.policy.stages[0].threshold = Threshold::All),
        "approval",
    ),
    (
        "approval-one-too-many",
        |w| edit(w, RecordKind::RequestCreated, |b: &mut RequestCreated| b.policy.stages[0].threshold = Threshold::Any),
        "approval",
    ),
    (
        "approval-stage-of-nobody",
        |w| {
            edit(w, RecordKind::RequestCreated, |b: &mut RequestCreated| {
                b.policy.stages[0].threshold = Threshold::Fraction { numerator: 1, denominator: 0 };
            });
        },
        "approval",
    ),
    ("approval-by-the-head", |w| second_approval_by(w, content::HEAD, Role::Head), "approval"),
    (
        "approval-by-nobody-named",
        |w| {
            edit(w, RecordKind::RequestCreated, |b: &mut RequestCreated| {
                b.policy.stages[0].approvers[2] = named(content::HEAD);
            });
        },
        "approval",
    ),
    (
        "agreement-digest",
        |w| edit(w, RecordKind::RequestAgreed, |b: &mut RequestAgreed| b.digest = [1; 32]),
        "agreement",
    ),
    (
        "agreement-role",
        |w| edit(w, RecordKind::RequestAgreed, |b: &mut RequestAgreed| b.signed_as.role = Role::Head),
        "agreement",
    ),
    ("separation-one-person-twice", |w| second_approval_by(w, content::APPROVERS[0], Role::Approver), "separation"),
    (
        "names-registered-without-signature",
        |w| {
            let record = w.get_mut(w.nth(RecordKind::DepartmentRegistered, 2));
            (record.signer, record.extrinsic) = (Some(account(content::SUPERVISOR)), Some([1; 32]));
        },
        "names",
    ),
    ("roles-expired", after_the_roles, "roles"),
    (
        "roles-acting-department",
        |w| w.get_mut(w.nth(RecordKind::RequestApproved, 0)).department = DepartmentId::new(3),
        "roles",
    ),
    (
        "roles-scope",
        |w| last_given(w, |given| given.scope = RoleScope::Entries(good::list(&[EntryId::new(2)]))),
        "roles",
    ),
    ("roles-not-pending", |w| last_given(w, |given| given.pending = false), "roles"),
    (
        "roles-given-and-confirmed-by-one",
        |w| {
            let number = *w.all(RecordKind::RoleGiven).last().unwrap();
            w.sign_again(number, content::HEAD);
        },
        "roles",
    ),
    (
        "roles-confirmed-by-an-officer",
        |w| edit(w, RecordKind::RoleConfirmed, |b: &mut RoleConfirmed| b.signed_as.role = Role::Officer),
        "roles",
    ),
    (
        "roles-of-genesis-after-block-1",
        |w| {
            let number = *w.all(RecordKind::RoleGiven).last().unwrap();
            let record = w.get_mut(number);
            (record.signer, record.extrinsic) = (None, None);
            w.acts.remove(&number);
        },
        "roles",
    ),
    (
        "unreferenced-department",
        |w| edit(w, RecordKind::DepartmentRegistered, |info: &mut DepartmentInfo| info.id = DepartmentId::new(9)),
        "unreferenced",
    ),
    (
        "approval-versions-of-0",
        |w| {
            let number = w.nth(RecordKind::RequestApproved, 0);
            w.acts.get_mut(&number).unwrap().1.spec_version = 0;
        },
        "approval",
    ),
    (
        "approval-extrinsic-turned",
        |w| {
            let number = w.nth(RecordKind::RequestApproved, 0);
            let (bytes, _) = w.acts.get_mut(&number).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            let hash = blake2_256(bytes);
            w.get_mut(number).extrinsic = Some(hash);
        },
        "approval",
    ),
];

/// Of the filing, whose package is smaller.
const FILING: &[Case] = &[
    ("record-number", |w| w.get_mut(w.nth(RecordKind::EntrySubmitted, 0)).number = RecordNumber::new(901), "record"),
    ("record-moment", |w| w.get_mut(w.nth(RecordKind::EntryReviewed, 0)).moment = Moment::new(1), "record"),
    ("record-version", |w| w.get_mut(w.nth(RecordKind::EntryReviewed, 0)).version = 2, "record"),
    ("catalog-digest", |w| edit(w, RecordKind::EntryReviewed, |b: &mut EntryAct| b.digest = [1; 32]), "catalog"),
    (
        "catalog-content",
        |w| forge(w, RecordKind::EntrySubmitted, |b: &mut EntrySubmitted| b.content.classification.sensitivity = 0),
        "catalog",
    ),
    (
        "catalog-published-by-others",
        |w| edit(w, RecordKind::EntryPublished, |b: &mut EntryAct| b.signed_as.department = DepartmentId::new(2)),
        "catalog",
    ),
    (
        "roles-no-authority",
        |w| edit(w, RecordKind::DepartmentRegistered, |info: &mut DepartmentInfo| info.is_authority = false),
        "roles",
    ),
];

/// Of the event that names neither grant nor entry, whose package is smaller.
const REPORTER: &[Case] = &[
    ("batch-signature", |w| batch(w, |b| b.signature[0] ^= 1), "batch"),
    ("batch-of-another-chain", |w| batch(w, |b| b.header.genesis = [1; 32]), "batch"),
    ("batch-codec-version", |w| batch(w, |b| b.header.codec_version = 2), "batch"),
    ("batch-body", |w| w.get_mut(w.nth(RecordKind::BatchAccepted, 0)).body.push(0), "batch"),
    ("stream-platform", |w| batch(w, |b| b.platform = SystemId::new(2)), "stream"),
    (
        "stream-role",
        |w| edit(w, RecordKind::StreamOpened, |b: &mut StreamOpened| b.signed_as.role = Role::Admin),
        "stream",
    ),
    ("stream-call", |w| edit(w, RecordKind::StreamOpened, |b: &mut StreamOpened| b.reconciles ^= true), "stream"),
    ("public-leaf-time", |w| batch(w, |b| b.time_last = b.header.time_base), "public_leaf"),
];

const STANDING: &[Case] = &[
    (
        "agreement-standing-consent-forged",
        |w| forge(w, RecordKind::StandingConsentSet, |b: &mut StandingConsentSet| b.consent.days = 9),
        "agreement",
    ),
    (
        "agreement-another-standing-consent",
        |w| edit(w, RecordKind::RequestAgreed, |b: &mut RequestAgreed| b.consent = b.consent.map(RecordNumber::next)),
        "agreement",
    ),
    (
        "agreement-standing-and-signed",
        |w| w.get_mut(w.nth(RecordKind::RequestAgreed, 0)).signer = Some(account(content::OFFICER)),
        "agreement",
    ),
    (
        "agreement-without-consent",
        |w| edit(w, RecordKind::RequestAgreed, |b: &mut RequestAgreed| b.consent = None),
        "agreement",
    ),
];

const COMPROMISED: &[Case] = &[
    (
        "signer-reported-by-a-stranger",
        |w| edit(w, RecordKind::KeyCompromised, |b: &mut KeyCompromised| b.signed_as.department = DepartmentId::new(3)),
        "signer",
    ),
    (
        "signer-another-report",
        |w| forge(w, RecordKind::KeyCompromised, |b: &mut KeyCompromised| b.to = Moment::new(1)),
        "signer",
    ),
    (
        "signer-repudiated-without-a-report",
        |w| {
            let number = w.nth(RecordKind::EventsRepudiated, 0);
            w.edit(number, |b: &mut EventsRepudiated| b.compromise = RecordNumber::new(2));
            w.sign_again(number, content::HEAD);
        },
        "signer",
    ),
    (
        "unreferenced-repudiation-of-others",
        |w| {
            let number = w.nth(RecordKind::EventsRepudiated, 0);
            w.edit(number, |b: &mut EventsRepudiated| b.last = EventNumber::new(13));
            w.sign_again(number, content::HEAD);
        },
        "unreferenced",
    ),
    (
        "stream-begun-later",
        |w| {
            let number = w.nth(RecordKind::StreamReopened, 0);
            w.edit(number, |b: &mut mulu_proofs::access::StreamReopened| b.next = b.next.next());
        },
        "stream",
    ),
];
