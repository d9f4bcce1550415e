//! Ledgers on which everybody signs what stands there, validators, persons and platform alike: what is wrong is wrong by one rule alone.

use super::{
    Vector,
    good::{self, Good, late_head},
    sample::{self, EXPIRES, World, account, certify, content, extrinsic, key, named, set_of},
};
use codec::{Decode, Encode};
use mulu_proofs::{
    access::{BatchHeader, BatchRecord, KeyCompromised, RunKey, Series, StreamOpened, StreamReopened},
    catalog::{EntryAct, Methods},
    certificate::ValidatorSet,
    departments::{Role, RoleConfirmed, RoleGiven},
    evidence::{SetChange, calls::expected_call},
    extrinsic::Implicit,
    grants::{GrantAct, GrantTerms},
    hash::{TreeKind, blake2_256, leaf},
    ids::{DepartmentId, Digest32, EntryId, EventNumber, Moment, PurposeId, RecordNumber, SystemId},
    records::RecordKind,
    sharing::{
        Policy, RequestAct, RequestAgreed, RequestCreated, RequestTerms, StandingConsent, StandingConsentSet, Threshold,
    },
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
            vectors.push(Vector::new(*name, good.nameless(&world).to_bytes(), expected));
        }
    }
    let of = |good: Good, expected| Vector::new(good.name, good.nameless(&good.world).to_bytes(), expected);
    vectors.extend(LATE_HEADS.iter().map(|(name, steps, expected)| of(late_head(name, *steps), *expected)));
    vectors.extend(REQUESTS.iter().map(|(name, steps, expected)| of(request(name, *steps), *expected)));
    vectors.extend([of(agreed_late(), "grant"), of(no_approvals(), "approval"), of(not_at_once(), "agreement")]);
    vectors.extend(keys().into_iter().map(|(good, expected)| of(good, expected)));
    vectors.extend(leaves_of_no_form());
    vectors.extend(sets_of_no_form());
    vectors.push(sealed_elsewhere());
    vectors.extend(narrowed().map(|good| of(good, "agreement")));
    vectors.push(of(opened_late(), "stream"));
    vectors
}

/// Changes the body of a record and has the call signed anew by whoever signed it.
pub(crate) fn edit<B: Encode + Decode>(world: &mut World, number: RecordNumber, change: impl FnOnce(&mut B)) {
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

pub(crate) fn endorsed(world: &World) -> RecordNumber {
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

pub(crate) fn confirmed(world: &World) -> RecordNumber {
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
        "roles-as-of-genesis-after-block-1",
        |w| {
            let given = w.signed_as(content::OFFICER, Role::Head, 2).given;
            w.edit(given, |body: &mut RoleGiven| body.pending = false);
            let record = w.get_mut(given);
            (record.signer, record.extrinsic) = (None, None);
            w.acts.remove(&given);
            edit(w, endorsed(w), |act: &mut EntryAct| act.signed_as.confirmed = None);
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
pub(crate) fn batch(world: &mut World, change: impl FnOnce(&mut BatchRecord)) {
    let (number, domain) = (world.nth(RecordKind::BatchAccepted, 0), world.genesis.domain());
    world.edit(number, |body: &mut BatchRecord| {
        change(body);
        body.signature = key(content::PLATFORM).sign(&body.header.signing_bytes(&domain)).to_bytes();
    });
}

pub(crate) fn header(world: &mut World, change: impl FnOnce(&mut BatchHeader)) {
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
    ("stream-opened-by-another", |w| w.sign_again(w.nth(RecordKind::StreamOpened, 0), content::HEAD), "stream"),
    (
        "stream-opened-for-another-key",
        |w| w.edit(w.nth(RecordKind::StreamOpened, 0), |body: &mut StreamOpened| body.key = account(content::HEAD)),
        "stream",
    ),
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
    ("grant-act-of-no-bytes", |w| w.get_mut(w.nth(RecordKind::GrantProvisioned, 0)).body.clear(), "grant"),
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

const STANDING: &[Case] = &[
    (
        "agreement-standing-entry",
        |w| {
            let number = w.nth(RecordKind::StandingConsentSet, 0);
            edit(w, number, |set: &mut StandingConsentSet| set.entry = EntryId::new(2));
        },
        "agreement",
    ),
    (
        "agreement-in-another-role-than-the-consent",
        |w| {
            w.edit(w.nth(RecordKind::RequestAgreed, 0), |body: &mut RequestAgreed| {
                body.signed_as.principal = Some(named(content::HEAD));
            });
        },
        "agreement",
    ),
];

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
    let cataloguer = good::compromised("signer-reported-by-a-cataloguer", |world, _| {
        let reported = world.nth(RecordKind::KeyCompromised, 0);
        let by = world.signed_as(content::CATALOGUER, Role::Cataloguer, 2);
        world.edit(reported, |body: &mut KeyCompromised| body.signed_as = by);
        world.sign_again(reported, content::CATALOGUER);
    });
    vec![(cataloguer, "signer"), (again, "stream"), (early, "signer"), (twice, "signer"), (reviewer, "signer")]
}

/// The platform signed a batch with a leaf in a form that no leaf has.
fn leaf_of_no_form(name: &'static str, place: usize, change: fn(&mut [u8; 128])) -> Vector {
    let mut world = content::world();
    let mut bytes = world.events[place].0.bytes();
    change(&mut bytes);
    let mut leaves: Vec<Digest32> = world.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
    leaves[place] = leaf(TreeKind::PublicEvents, &bytes);
    header(&mut world, |h| h.public_root = tree::root(TreeKind::PublicEvents, &leaves));
    let mut package = content::package(&world, place);
    let event = package.event_mut().unwrap();
    (event.leaf, event.sealed) = (bytes, None);
    Vector::new(name, package.to_bytes(), "public_leaf")
}

fn leaves_of_no_form() -> Vec<Vector> {
    vec![
        leaf_of_no_form("public-leaf-byte-behind-signed", 4, |leaf| leaf[127] = 1),
        leaf_of_no_form("public-leaf-suite-signed", 4, |leaf| leaf[0] = 2),
        leaf_of_no_form("public-leaf-version-signed", 4, |leaf| leaf[1] = 2),
        leaf_of_no_form("public-leaf-unknown-flag-signed", 4, |leaf| leaf[2] |= 64),
        leaf_of_no_form("public-leaf-outcome-signed", 4, |leaf| leaf[3] = 3),
        leaf_of_no_form("public-leaf-method-signed", 4, |leaf| leaf[4] = 5),
        leaf_of_no_form("public-leaf-side-signed", 4, |leaf| leaf[5] = 3),
        leaf_of_no_form("public-leaf-grant-behind-no-flag-signed", 4, |leaf| leaf[8] = 1),
        leaf_of_no_form("public-leaf-entry-and-reporter-signed", 3, |leaf| leaf[36] = 1),
    ]
}

/// A set change whose set is not in its canonical form, announced and signed as it stands.
fn sets_of_no_form() -> Vec<Vector> {
    let world = content::world();
    let honest = content::filing(&world);
    let second = set_of(&content::SECOND_SET).validators().to_vec();
    let mut exchanged = second.clone();
    exchanged.swap(0, 1);
    let mut twice = second;
    twice[1].department = twice[0].department;
    [("exchanged", exchanged), ("department-twice", twice), ("empty", Vec::new())]
        .into_iter()
        .map(|(name, validators)| {
            let set = ValidatorSet::decode(&mut &validators.encode()[..]).unwrap();
            let header = sample::header([3; 32], 7, &[good::announces(&set)]);
            let certificate = certify(&world.genesis, 7, &header, &content::SECOND_SET);
            let mut package = honest.clone();
            package.sets.push(SetChange { header, certificate, set });
            Vector::new(format!("validator-set-{name}"), package.to_bytes(), "validator_set")
        })
        .collect()
}

type Narrow = (&'static str, fn(&mut StandingConsent));

/// The officer signed a narrower consent, and the ledger agreed all the same.
const NARROWED: &[Narrow] = &[
    ("agreement-standing-version", |c| c.entry_version = c.entry_version.next()),
    ("agreement-standing-items", |c| c.items = 0b001),
    ("agreement-standing-methods", |c| c.methods = Methods(0)),
    ("agreement-standing-consumers", |c| c.consumers = good::list(&[DepartmentId::new(1)])),
    ("agreement-standing-purposes", |c| c.purposes = good::list(&[PurposeId::new(2)])),
    ("agreement-standing-calls", |c| c.calls_per_day = 999),
    ("agreement-standing-days", |c| c.days = 1),
    ("agreement-standing-expired", |c| c.expires = Moment::new(sample::EPOCH)),
];

fn narrowed() -> impl Iterator<Item = Good> {
    NARROWED.iter().map(|(name, narrow)| {
        let mut consent = good::standing_consent();
        narrow(&mut consent);
        good::standing(name, consent)
    })
}

/// The stream was opened after the batch.
fn opened_late() -> Good {
    let mut world = content::world();
    let first = world.nth(RecordKind::StreamOpened, 0);
    let body: StreamOpened = world.get(first).body_as().unwrap();
    world.record(RecordKind::StreamOpened, 2, Some(content::PLATFORM), &body);
    world.next_block();
    let mut good = Good::shown("stream-opened-after-the-batch", world, 4, |_| false);
    good.numbers.remove(&first);
    good
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
