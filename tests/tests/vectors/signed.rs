//! Ledgers on which everybody signs what stands there, validators, persons and platform alike: what is wrong is wrong by one rule alone.

use super::{
    Vector,
    good::{self, Good, late_head},
    sample::{EXPIRES, World, account, content, extrinsic, key, named},
};
use codec::{Decode, Encode};
use mulu_proofs::{
    access::{BatchHeader, BatchRecord, KeyCompromised, RunKey, Series, StreamOpened, StreamReopened},
    catalog::EntryAct,
    departments::{Role, RoleConfirmed, RoleGiven},
    evidence::calls::expected_call,
    extrinsic::Implicit,
    grants::{GrantAct, GrantTerms},
    hash::{TreeKind, blake2_256, leaf},
    ids::{DepartmentId, Digest32, EventNumber, Moment, RecordNumber, SystemId},
    records::RecordKind,
    sharing::{Policy, RequestAct, RequestAgreed, RequestCreated, RequestTerms, StandingConsentSet, Threshold},
    tree,
};

type Case = (&'static str, fn(&mut World), &'static str);

pub(crate) fn vectors() -> Vec<Vector> {
    let ledgers = good::ledgers();
    let mut vectors = Vec::new();
    for (ledger, cases) in [
        ("filing", FILING),
        ("filing-late-head", LATE_HEAD),
        ("event-reporter", REPORTER),
        ("event-entry", ENTRY),
        ("event", EVENT),
        ("event-standing", STANDING),
    ] {
        let good = ledgers.iter().find(|good| good.name == ledger).unwrap();
        for (name, forge, expected) in cases {
            let mut world = good.world.clone();
            forge(&mut world);
            vectors.push(Vector::new(*name, good.package_of(&world).to_bytes(), expected));
        }
    }
    let of = |good: Good, expected| Vector::new(good.name, good.package().to_bytes(), expected);
    vectors.extend(LATE_HEADS.iter().map(|(name, steps, expected)| of(late_head(name, *steps), *expected)));
    vectors.extend(REQUESTS.iter().map(|(name, steps, expected)| of(request(name, *steps), *expected)));
    vectors.extend([of(agreed_late(), "grant"), of(no_approvals(), "approval"), of(not_at_once(), "agreement")]);
    vectors.extend(keys().into_iter().map(|(good, expected)| of(good, expected)));
    vectors.extend([leaf_not_canonical(), sealed_elsewhere()]);
    vectors
}

/// Changes the body of a record and has the call signed anew by whoever signed it.
fn edit<B: Encode + Decode>(world: &mut World, number: RecordNumber, change: impl FnOnce(&mut B)) {
    world.edit(number, change);
    sign(world, number);
}

fn signer(world: &World, number: RecordNumber) -> u8 {
    let signer = world.get(number).signer;
    (1..=u8::MAX).find(|seed| Some(account(*seed)) == signer).unwrap()
}

fn sign(world: &mut World, number: RecordNumber) {
    let seed = signer(world, number);
    world.sign_again(number, seed);
}

/// Signs the act with other implicit values.
fn sign_with(world: &mut World, number: RecordNumber, implicit: Implicit) {
    let bytes = extrinsic(signer(world, number), &expected_call(world.get(number)).unwrap(), &implicit);
    world.get_mut(number).extrinsic = Some(blake2_256(&bytes));
    world.acts.insert(number, (bytes, implicit));
}

fn endorsed(world: &World) -> RecordNumber {
    *world.all(RecordKind::EntryEndorsed).last().unwrap()
}

const FILING: &[Case] = &[
    ("catalog-another-extrinsic", |w| w.get_mut(endorsed(w)).extrinsic = Some([1; 32]), "catalog"),
    (
        "catalog-signed-for-another-chain",
        |w| sign_with(w, endorsed(w), Implicit { genesis: [1; 32], ..w.implicit() }),
        "catalog",
    ),
    (
        "catalog-immortal-with-a-mortality-hash",
        |w| sign_with(w, endorsed(w), Implicit { mortality: [1; 32], ..w.implicit() }),
        "catalog",
    ),
    (
        "catalog-spec-version-of-0",
        |w| sign_with(w, endorsed(w), Implicit { spec_version: 0, ..w.implicit() }),
        "catalog",
    ),
    (
        "catalog-transaction-version-of-0",
        |w| sign_with(w, endorsed(w), Implicit { transaction_version: 0, ..w.implicit() }),
        "catalog",
    ),
    ("catalog-another-digest-signed", |w| edit(w, endorsed(w), |act: &mut EntryAct| act.digest = [1; 32]), "catalog"),
    (
        "roles-another-term",
        |w| {
            let given = w.signed_as(content::HEAD, Role::Head, 2).given;
            w.edit(given, |body: &mut RoleGiven| body.expires = Moment::new(EXPIRES.get() + 1));
        },
        "roles",
    ),
    (
        "roles-of-another-account",
        |w| {
            let given = w.signed_as(content::HEAD, Role::Head, 2).given;
            w.edit(given, |body: &mut RoleGiven| body.account = account(content::ADMIN));
        },
        "roles",
    ),
];

fn confirmed(world: &World) -> RecordNumber {
    *world.all(RecordKind::RoleConfirmed).last().unwrap()
}

/// Who endorsed is a head whose role was given and confirmed after genesis.
const LATE_HEAD: &[Case] = &[
    (
        "roles-another-role-confirmed",
        |w| edit(w, confirmed(w), |body: &mut RoleConfirmed| body.role = Role::Officer),
        "roles",
    ),
    (
        "roles-another-record-confirmed",
        |w| edit(w, confirmed(w), |body: &mut RoleConfirmed| body.given = RecordNumber::new(6)),
        "roles",
    ),
    (
        "roles-confirmed-by-the-giver",
        |w| {
            let given = w.signed_as(content::OFFICER, Role::Head, 2).given;
            w.sign_again(given, content::HEAD);
        },
        "roles",
    ),
    (
        "catalog-act-names-no-second-signature",
        |w| edit(w, endorsed(w), |act: &mut EntryAct| act.signed_as.confirmed = None),
        "roles",
    ),
];

/// Ways to the second version's publication.
const LATE_HEADS: &[Case] = &[
    (
        "roles-confirmed-after-the-act",
        |w| {
            w.give(Some(content::ADMIN), content::OFFICER, Role::Head, 2);
            good::submit_again(w, content::CATALOGUER);
            good::act_again(w, RecordKind::EntryEndorsed, (content::OFFICER, Role::Head, 2));
            w.confirm((content::HEAD, Role::Head, 2), content::OFFICER, Role::Head, 2);
            let confirmed = w.signed_as(content::OFFICER, Role::Head, 2).confirmed;
            edit(w, endorsed(w), |act: &mut EntryAct| act.signed_as.confirmed = confirmed);
            good::review_and_publish_again(w);
        },
        "roles",
    ),
    (
        "roles-confirmed-by-a-cataloguer",
        |w| {
            w.give(Some(content::ADMIN), content::OFFICER, Role::Head, 2);
            w.confirm((content::CATALOGUER, Role::Cataloguer, 2), content::OFFICER, Role::Head, 2);
            good::submit_again(w, content::CATALOGUER);
            good::act_again(w, RecordKind::EntryEndorsed, (content::OFFICER, Role::Head, 2));
            good::review_and_publish_again(w);
        },
        "roles",
    ),
    (
        "roles-confirmed-by-the-holder",
        |w| {
            w.give(Some(content::ADMIN), content::HEAD, Role::Officer, 2);
            w.confirm((content::HEAD, Role::Head, 2), content::HEAD, Role::Officer, 2);
            w.give(Some(content::ADMIN), content::HEAD, Role::Head, 2);
            let given = w.signed_as(content::HEAD, Role::Head, 2).given;
            let first = w.all(RecordKind::RoleGiven)[4];
            // The role that genesis gave confirms the one that was given later.
            let mut by = w.signed_as(content::HEAD, Role::Head, 2);
            (by.given, by.confirmed) = (first, None);
            let (account, department, role) = (account(content::HEAD), DepartmentId::new(2), Role::Head);
            let body = RoleConfirmed { account, department, role, given, signed_as: by };
            let confirmed = w.record(RecordKind::RoleConfirmed, 2, Some(content::HEAD), &body);
            good::submit_again(w, content::CATALOGUER);
            good::act_again(w, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
            edit(w, endorsed(w), |act: &mut EntryAct| act.signed_as.confirmed = Some(confirmed));
            good::review_and_publish_again(w);
        },
        "roles",
    ),
    (
        "roles-given-after-the-act",
        |w| {
            good::submit_again(w, content::CATALOGUER);
            good::act_again(w, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
            good::review_and_publish_again(w);
            let reviewed = *w.all(RecordKind::EntryReviewed).last().unwrap();
            let given = w.give(Some(content::ADMIN), content::REVIEWER, Role::Reviewer, 1);
            edit(w, reviewed, |act: &mut EntryAct| act.signed_as.given = given);
        },
        "roles",
    ),
    (
        "catalog-reviewed-before-the-endorsement",
        |w| {
            good::submit_again(w, content::CATALOGUER);
            good::act_again(w, RecordKind::EntryReviewed, (content::REVIEWER, Role::Reviewer, 1));
            good::act_again(w, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
            good::act_again(w, RecordKind::EntryPublished, (content::REVIEWER, Role::Reviewer, 1));
        },
        "catalog",
    ),
    (
        "separation-cataloguer-and-head",
        |w| {
            w.give(Some(content::ADMIN), content::HEAD, Role::Cataloguer, 2);
            good::submit_again(w, content::HEAD);
            good::act_again(w, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
            good::review_and_publish_again(w);
        },
        "separation",
    ),
];

/// Changes the batch's record; the platform signs its header.
fn batch(world: &mut World, change: impl FnOnce(&mut BatchRecord)) {
    let (number, domain) = (world.nth(RecordKind::BatchAccepted, 0), world.genesis.domain());
    world.edit(number, |body: &mut BatchRecord| {
        change(body);
        body.signature = key(content::PLATFORM).sign(&body.header.signing_bytes(&domain)).to_bytes();
    });
}

fn header(world: &mut World, change: impl FnOnce(&mut BatchHeader)) {
    batch(world, |body| change(&mut body.header));
}

const REPORTER: &[Case] = &[
    ("batch-for-another-chain-signed", |w| header(w, |h| h.genesis = [1; 32]), "batch"),
    ("batch-codec-version-signed", |w| header(w, |h| h.codec_version = 2), "batch"),
    ("batch-leaf-version-signed", |w| header(w, |h| h.leaf_version = 2), "batch"),
    ("batch-of-1001-events", |w| header(w, |h| h.count = 1_001), "batch"),
    (
        "batch-another-signer",
        |w| w.get_mut(w.nth(RecordKind::BatchAccepted, 0)).signer = Some(account(content::HEAD)),
        "batch",
    ),
    ("batch-times-run-backwards", |w| batch(w, |b| b.time_last = Moment::new(b.header.time_base.get() - 1)), "batch"),
    ("stream-first-batch-with-one-before", |w| header(w, |h| h.first = EventNumber::new(1)), "stream"),
    ("public-leaf-number-over-64-bits", |w| header(w, |h| h.first = EventNumber::new(u64::MAX - 2)), "public_leaf"),
    (
        "series-number-over-64-bits",
        |w| {
            batch(w, |b| {
                (b.runs[1].count, b.runs[2].count) = (0, 2);
                b.runs[2].first = mulu_proofs::ids::SeriesNumber::new(u64::MAX);
            });
        },
        "series",
    ),
    (
        "series-of-another-reporter",
        |w| {
            w.events[4].0.key = RunKey::Reporter(SystemId::new(2));
            content::sign_batch_again(w);
            batch(w, |b| b.runs[2].series = Series::Reporter(SystemId::new(2)));
        },
        "series",
    ),
    (
        "roles-scope-of-a-platform",
        |w| {
            let given = w.signed_as(content::PLATFORM, Role::Platform, 2).given;
            let scope = mulu_proofs::departments::RoleScope::Departments(good::list(&[DepartmentId::new(3)]));
            w.edit(given, |body: &mut RoleGiven| body.scope = scope.clone());
        },
        "roles",
    ),
    (
        "roles-another-principal",
        |w| {
            let opened = w.nth(RecordKind::StreamOpened, 0);
            w.edit(opened, |body: &mut StreamOpened| body.signed_as.principal = Some(named(content::HEAD)));
        },
        "roles",
    ),
];

const ENTRY: &[Case] = &[(
    "catalog-another-provider",
    |w| {
        w.events[3].0.provider = Some(DepartmentId::new(1));
        content::sign_batch_again(w);
    },
    "catalog",
)];

const EVENT: &[Case] = &[
    (
        "endorsement-of-another-digest-signed",
        |w| edit(w, w.nth(RecordKind::RequestEndorsed, 0), |act: &mut RequestAct| act.digest = [1; 32]),
        "endorsement",
    ),
    (
        "approval-of-another-department",
        |w| {
            w.edit(w.nth(RecordKind::RequestCreated, 0), |body: &mut RequestCreated| {
                body.policy.stages[0].departments = good::list(&[DepartmentId::new(3)]);
            });
        },
        "approval",
    ),
    ("grant-act-of-3-bytes", |w| w.get_mut(w.nth(RecordKind::GrantProvisioned, 0)).body.truncate(3), "grant"),
    (
        "grant-provisioned-by-the-consumer",
        |w| {
            let number = w.nth(RecordKind::GrantProvisioned, 0);
            let signed_as = w.signed_as(content::CONSUMER_OFFICER, Role::Officer, 3);
            w.edit(number, |act: &mut GrantAct| act.signed_as = signed_as);
            w.get_mut(number).department = DepartmentId::new(3);
            w.sign_again(number, content::CONSUMER_OFFICER);
        },
        "grant",
    ),
];

const STANDING: &[Case] = &[(
    "agreement-in-another-role-than-the-consent",
    |w| {
        w.edit(w.nth(RecordKind::RequestAgreed, 0), |body: &mut RequestAgreed| {
            body.signed_as.principal = Some(named(content::HEAD));
        });
    },
    "agreement",
)];

/// A way from the request to the grant, with everything of it shown.
fn request(name: &'static str, steps: fn(&mut World)) -> Good {
    Good::shown(name, content::world_with(steps), 0, |record| record.kind == RecordKind::StandingConsentSet)
}

const REQUESTS: &[Case] = &[
    (
        "approval-before-the-consent",
        |w| {
            good::create(w, content::terms(), content::policy());
            good::approve(w, &content::terms());
            good::endorse(w, &content::terms());
            good::agree(w, None);
        },
        "approval",
    ),
    (
        "request-items-beyond-the-entry",
        |w| {
            let terms = RequestTerms { items: 0b1011, ..content::terms() };
            good::create(w, terms.clone(), content::policy());
            good::endorse(w, &terms);
            good::approve(w, &terms);
            good::agree_to(w, &terms, GrantTerms { items: terms.items, ..content::grant() }, None);
        },
        "request",
    ),
    (
        "agreement-before-the-standing-consent",
        |w| {
            good::create(w, content::terms(), content::policy());
            good::endorse(w, &content::terms());
            good::approve(w, &content::terms());
            good::agree(w, Some(RecordNumber::new(w.next_number + 1)));
            let signed_as = w.signed_as(content::OFFICER, Role::Officer, 2);
            let consent = good::standing_consent();
            let set = StandingConsentSet { entry: content::ENTRY, consent, signed_as };
            w.record(RecordKind::StandingConsentSet, 2, Some(content::OFFICER), &set);
        },
        "agreement",
    ),
];

/// The agreement that is shown was made after the batch.
fn agreed_late() -> Good {
    let mut world = content::world();
    let first = world.nth(RecordKind::RequestAgreed, 0);
    good::agree(&mut world, None);
    world.next_block();
    let mut good = Good::shown("grant-agreed-after-the-batch", world, 1, |_| false);
    good.numbers.remove(&first);
    good
}

/// Between the last signature and the agreement stood a record, which is not shown.
fn not_at_once() -> Good {
    let set = |world: &mut World| {
        let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
        let set = StandingConsentSet { entry: content::ENTRY, consent: good::standing_consent(), signed_as };
        world.record(RecordKind::StandingConsentSet, 2, Some(content::OFFICER), &set)
    };
    let world = content::world_with(|world| {
        let number = set(world);
        good::create(world, content::terms(), content::policy());
        good::endorse(world, &content::terms());
        good::approve(world, &content::terms());
        set(world);
        good::agree(world, Some(number));
    });
    let first = world.nth(RecordKind::StandingConsentSet, 0);
    Good::shown("agreement-not-at-once", world, 0, |record| record.number == first)
}

/// The policy's only stage needs nobody.
fn no_approvals() -> Good {
    let world = content::world_with(|world| {
        let mut policy: Policy = content::policy();
        let mut stage = policy.stages[0].clone();
        stage.threshold = Threshold::Count(0);
        policy.stages = good::list(&[stage]);
        good::create(world, content::terms(), policy);
        good::endorse(world, &content::terms());
        good::agree(world, None);
    });
    Good::shown("approval-of-nobody", world, 0, |_| false)
}

/// What is said of a key and of an event, in the wrong order, too often, or by others.
fn keys() -> Vec<(Good, &'static str)> {
    let again = good::compromised("stream-reopened-twice", |world, _| {
        let body: StreamReopened = world.get(world.nth(RecordKind::StreamReopened, 0)).body_as().unwrap();
        world.record(RecordKind::StreamReopened, 2, Some(content::PLATFORM), &body);
    });
    let early = good::compromised("signer-repudiated-before-the-report", |world, repudiation| {
        let body: KeyCompromised = world.get(world.nth(RecordKind::KeyCompromised, 0)).body_as().unwrap();
        let later = world.record(RecordKind::KeyCompromised, 2, Some(content::HEAD), &body);
        edit(world, repudiation, |body: &mut mulu_proofs::access::EventsRepudiated| body.compromise = later);
    });
    let twice = good::compromised("signer-decided-twice", |world, repudiation| {
        good::decide(world, repudiation, (content::SUPERVISOR, Role::Supervisor));
    });
    let reviewer = good::compromised("signer-decided-by-a-reviewer", |world, repudiation| {
        let decided = world.nth(RecordKind::RepudiationDecided, 0);
        let by = world.signed_as(content::REVIEWER, Role::Reviewer, 1);
        world.edit(decided, |body: &mut mulu_proofs::access::RepudiationDecided| {
            (body.repudiation, body.signed_as) = (repudiation, by);
        });
        world.sign_again(decided, content::REVIEWER);
    });
    vec![(again, "stream"), (early, "signer"), (twice, "signer"), (reviewer, "signer")]
}

/// The platform signed a batch in which a leaf has a byte behind its last field.
fn leaf_not_canonical() -> Vector {
    let mut world = content::world();
    let mut bytes = world.events[4].0.bytes();
    bytes[127] = 1;
    let mut leaves: Vec<Digest32> = world.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
    leaves[4] = leaf(TreeKind::PublicEvents, &bytes);
    header(&mut world, |h| h.public_root = tree::root(TreeKind::PublicEvents, &leaves));
    let mut package = content::package(&world, 4);
    let event = package.event_mut().unwrap();
    (event.leaf, event.sealed) = (bytes, None);
    Vector::new("public-leaf-not-canonical-signed", package.to_bytes(), "public_leaf")
}

/// The platform signed a batch whose sealed leaves stand in another order than its public ones.
fn sealed_elsewhere() -> Vector {
    let mut world = content::world();
    let mut leaves: Vec<Digest32> = world.events.iter().map(|(leaf, sealed)| sealed.leaf(&leaf.leaf())).collect();
    leaves.swap(3, 4);
    header(&mut world, |h| h.sealed_root = tree::root(TreeKind::SealedEvents, &leaves));
    let mut package = content::package(&world, 4);
    package.event_mut().unwrap().sealed.as_mut().unwrap().path =
        tree::path(TreeKind::SealedEvents, &leaves, 3).unwrap();
    Vector::new("sealed-leaf-at-another-place-signed", package.to_bytes(), "sealed_leaf")
}
