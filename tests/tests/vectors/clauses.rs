//! More ledgers on which everybody signs what stands there: each breaks one clause of a rule, and whoever reads past that accepts it.

use super::{
    OK, Vector,
    good::{self, Good},
    requests::agreed,
    roles::{authority, replace},
    sample::{EPOCH, World, account, content},
    signed::{batch, edit, header},
};
use mulu_proofs::{
    access::{EventsRepudiated, Findings, KeyCompromised, PublicLeaf, RunKey, RunNumbers, Series, StreamOpened},
    departments::Role,
    grants::GrantTerms,
    hash::TreeKind,
    ids::{
        DepartmentId, Digest32, EventNumber, Moment, RecordNumber, RequestId, SeriesNumber, StreamId, SystemId, Version,
    },
    records::RecordKind,
    sharing::{RequestAct, RequestAgreed, RequestCreated},
    tree,
};

type Case = (&'static str, fn(&mut World), &'static str);

const V2: Version = Version::new(2);

pub(crate) fn vectors() -> Vec<Vector> {
    let ledgers = good::ledgers();
    let mut vectors = Vec::new();
    for (ledger, cases) in [("event-reporter", REPORTER), ("event", EVENT), ("event-compromised", COMPROMISED)] {
        let good = ledgers.iter().find(|good| good.name == ledger).unwrap();
        for (name, change, expected) in cases {
            let mut world = good.world.clone();
            change(&mut world);
            let package = if ledger == "event" { good.nameless(&world) } else { good.package_of(&world) };
            vectors.push(Vector::new(*name, package.to_bytes(), expected));
        }
    }
    let of = |good: Good, expected| Vector::new(good.name, good.package().to_bytes(), expected);
    vectors.extend(GRANT.iter().map(|(name, change, expected)| {
        let mut world = content::world();
        change(&mut world);
        let needed = [RecordKind::StreamOpened, RecordKind::BatchAccepted, RecordKind::RequestAgreed];
        of(Good::showing(name, world, 1, |record| needed.contains(&record.kind)), *expected)
    }));
    vectors.extend([1, 1_000].map(of_so_many));
    vectors.push(of(submitted_late("catalog-submitted-after-the-batch", |_| {}), "catalog"));
    vectors.push(of(published_late(), "catalog"));
    vectors.extend([of(repudiated_early(), "signer"), of(decided_early(), "signer")]);
    vectors.push(of(reported_by_an_admin(), OK));
    vectors.push(sealed_of_another_length());
    vectors
}

const REPORTER: &[Case] = &[
    ("batch-of-no-events", |w| header(w, |h| h.count = 0), "batch"),
    ("public-leaf-of-another-count-signed", |w| header(w, |h| h.count = 6), "public_leaf"),
    (
        "public-leaf-before-its-batch",
        |w| {
            let base = w.events[4].0.time;
            header(w, |h| h.time_base = Moment::new(base.get() + 1));
            batch(w, |b| b.time_last = Moment::new(base.get() + 2));
        },
        "public_leaf",
    ),
    ("series-findings-of-no-event", |w| batch(w, |b| b.findings[2].place = 5), "series"),
    ("series-findings-of-nothing", |w| batch(w, |b| b.findings[2].findings = Findings::default()), "series"),
    ("stream-begun-at-0", |w| header(w, |h| (h.first, h.previous) = (EventNumber::new(0), [0; 32])), "stream"),
    ("event-first-of-its-stream", |w| header(w, |h| (h.first, h.previous) = (EventNumber::new(1), [0; 32])), OK),
    ("series-number-0", |w| batch(w, |b| b.runs[2].first = SeriesNumber::new(0)), "series"),
    ("event-of-the-largest-series-number", |w| batch(w, |b| b.runs[2].first = SeriesNumber::new(u64::MAX)), OK),
    ("batch-of-two-other-versions", |w| header(w, |h| (h.codec_version, h.leaf_version) = (2, 2)), "batch"),
    (
        "stream-opened-by-and-for-another-key",
        |w| {
            let opened = w.nth(RecordKind::StreamOpened, 0);
            w.edit(opened, |body: &mut StreamOpened| body.key = account(content::HEAD));
            w.sign_again(opened, content::HEAD);
        },
        "stream",
    ),
    ("event-of-the-largest-number", |w| header(w, |h| h.first = EventNumber::new(u64::MAX - 4)), OK),
    (
        "unreferenced-authority-of-nobody",
        |w| replace(w, w.nth(RecordKind::DepartmentRegistered, 1), RecordKind::AuthorityNamed, authority(2)),
        "unreferenced",
    ),
    (
        "signer-decided-in-no-words",
        |w| replace(w, w.nth(RecordKind::DepartmentRegistered, 1), RecordKind::RepudiationDecided, Vec::new()),
        "signer",
    ),
];

fn lie(world: &mut World, change: impl FnOnce(&mut PublicLeaf)) {
    change(&mut world.events[1].0);
    content::sign_batch_again(world);
}

/// Of what an event that is held against its grant needs, which nothing behind it is looked at for.
const GRANT: &[Case] = &[
    ("grant-of-another-version", |w| lie(w, |leaf| leaf.entry = Some((content::ENTRY, V2))), "grant"),
    ("grant-to-another-consumer", |w| lie(w, |leaf| leaf.consumer = Some(DepartmentId::new(1))), "grant"),
    ("grant-for-another-system", |w| lie(w, |leaf| leaf.using_system = Some(SystemId::new(9))), "grant"),
    ("grant-for-another-platform", |w| terms(w, |grant| grant.platforms = good::list(&[SystemId::new(9)])), "grant"),
    ("grant-not-yet-active", |w| terms(w, |grant| grant.from = Moment::new(EPOCH + 6_502)), "grant"),
    ("grant-ended", |w| terms(w, |grant| grant.until = Moment::new(EPOCH + 6_501)), "grant"),
];

fn terms(world: &mut World, change: impl FnOnce(&mut GrantTerms)) {
    world.edit(agreed(world), |body: &mut RequestAgreed| change(&mut body.grant));
}

const EVENT: &[Case] = &[
    (
        "request-granted-in-version-2",
        |w| {
            w.edit(agreed(w), |body: &mut RequestAgreed| body.grant.version = V2);
            lie(w, |leaf| leaf.key = RunKey::Grant(content::GRANT, V2));
        },
        "request",
    ),
    (
        "request-granted-to-another",
        |w| w.edit(agreed(w), |body: &mut RequestAgreed| body.grant.request = RequestId::new(9)),
        "request",
    ),
    (
        "request-to-another-provider",
        |w| {
            w.edit(w.nth(RecordKind::RequestCreated, 0), |body: &mut RequestCreated| {
                body.provider = DepartmentId::new(1)
            });
        },
        "request",
    ),
    (
        "agreement-of-another-digest-signed",
        |w| edit(w, agreed(w), |body: &mut RequestAgreed| body.digest = [1; 32]),
        "agreement",
    ),
    (
        "approval-of-another-digest-signed",
        |w| edit(w, w.nth(RecordKind::RequestApproved, 0), |act: &mut RequestAct| act.digest = [1; 32]),
        "approval",
    ),
];

const COMPROMISED: &[Case] = &[(
    "signer-repudiated-by-an-admin",
    |w| {
        let signed_as = w.signed_as(content::ADMIN, Role::Admin, 2);
        let number = w.nth(RecordKind::EventsRepudiated, 0);
        w.edit(number, |b: &mut EventsRepudiated| b.signed_as = signed_as);
        w.sign_again(number, content::ADMIN);
    },
    "signer",
)];

/// An event that names the second version of the entry without a grant.
fn of_second_version(name: &'static str, mut world: World) -> Good {
    let leaf = &mut world.events[3].0;
    (leaf.key, leaf.entry) = (RunKey::Entry(content::ENTRY, V2, DepartmentId::new(3)), Some((content::ENTRY, V2)));
    content::sign_batch_again(&mut world);
    let wanted = content::wanted(3);
    Good::showing(name, world, 3, |record| wanted(record) && good::is_of_version(record, V2))
}

/// The version was submitted after the batch, by somebody of this role.
pub(crate) fn submitted_late(name: &'static str, change: impl FnOnce(&mut World)) -> Good {
    let mut world = content::world();
    good::submit_again(&mut world, content::CATALOGUER);
    good::act_again(&mut world, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
    good::review_and_publish_again(&mut world);
    world.next_block();
    change(&mut world);
    of_second_version(name, world)
}

/// The version was reviewed before the batch, and published after it.
fn published_late() -> Good {
    let mut world = content::world_with(|world| {
        good::submit_again(world, content::CATALOGUER);
        good::act_again(world, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
        good::act_again(world, RecordKind::EntryReviewed, (content::REVIEWER, Role::Reviewer, 1));
    });
    good::act_again(&mut world, RecordKind::EntryPublished, (content::REVIEWER, Role::Reviewer, 1));
    world.next_block();
    of_second_version("catalog-published-after-the-batch", world)
}

/// The head repudiates what comes later.
fn repudiated_early() -> Good {
    let world = content::world_with(|world| {
        let compromise = content::compromise(world, content::PLATFORM);
        let body = EventsRepudiated {
            compromise,
            stream: StreamId::new(1),
            first: EventNumber::new(12),
            last: EventNumber::new(15),
            statement: good::text("非本部门上报"),
            key: account(content::PLATFORM),
            signed_as: world.signed_as(content::HEAD, Role::Head, 2),
        };
        world.record(RecordKind::EventsRepudiated, 2, Some(content::HEAD), &body);
    });
    Good::shown("signer-repudiated-before-the-batch", world, 4, |_| false)
}

/// The authority decides on a repudiation that is made afterwards.
fn decided_early() -> Good {
    good::compromised("signer-decided-before-the-repudiation", |world, repudiation| {
        let body: EventsRepudiated = world.get(repudiation).body_as().unwrap();
        let next = RecordNumber::new(world.next_number + 1);
        good::decide(world, next, (content::SUPERVISOR, Role::Supervisor));
        world.record(RecordKind::EventsRepudiated, 2, Some(content::HEAD), &body);
    })
}

fn reported_by_an_admin() -> Good {
    good::compromised("event-compromised-says-an-admin", |world, _| {
        let signed_as = world.signed_as(content::ADMIN, Role::Admin, 2);
        let reported = world.nth(RecordKind::KeyCompromised, 0);
        world.edit(reported, |body: &mut KeyCompromised| body.signed_as = signed_as);
        world.sign_again(reported, content::ADMIN);
    })
}

/// A reporter's batch of so many events, of which the last is shown.
fn of_so_many(count: u32) -> Vector {
    let mut world = content::world();
    world.events = vec![world.events[4].clone(); count as usize];
    content::sign_batch_again(&mut world);
    batch(&mut world, |b| {
        let series = Series::Reporter(SystemId::new(1));
        b.runs = good::list(&[RunNumbers { series, first: SeriesNumber::new(1), count }]);
        b.findings = good::list(&[]);
    });
    let wanted = content::wanted(4);
    let good = Good::showing("", world, count as usize - 1, wanted);
    Vector::new(format!("event-of-{count}-in-a-batch"), good.package().to_bytes(), OK)
}

/// The platform signed a batch with one more sealed leaf than public ones.
fn sealed_of_another_length() -> Vector {
    let mut world = content::world();
    let mut leaves: Vec<Digest32> = world.events.iter().map(|(leaf, sealed)| sealed.leaf(&leaf.leaf())).collect();
    leaves.push([1; 32]);
    header(&mut world, |h| h.sealed_root = tree::root(TreeKind::SealedEvents, &leaves));
    let mut package = content::package(&world, 4);
    let path = tree::path(TreeKind::SealedEvents, &leaves, 4).unwrap();
    package.event_mut().unwrap().sealed.as_mut().unwrap().path = path;
    Vector::new("sealed-leaf-of-another-length-signed", package.to_bytes(), "sealed_leaf")
}
