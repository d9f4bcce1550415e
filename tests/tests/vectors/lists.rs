//! Lists of all events of a series, and lists that hide, add or move something.

use super::{
    OK, Vector,
    order::limit,
    sample::{
        World, account,
        batches::{After, Batches, list, series},
        content, key,
    },
    signed::edit,
};
use codec::{Decode, Encode};
use mulu_proofs::{
    access::{
        BatchRecord, EventsRepudiated, KeyCompromised, PublicLeaf, RepudiationDecided, RunKey, RunNumbers, Series,
        StreamOpened,
    },
    departments::{DepartmentInfo, Role},
    evidence::{ListProof, Package, RunProof, Upper},
    hash::{self, TreeKind},
    ids::{DepartmentId, Digest32, EventNumber, GrantId, Height, Moment, SeriesNumber, SystemId, Version},
    records::{Record, RecordKind},
    tree,
};

/// Lists that hold.
pub(crate) fn good() -> Vec<Vector> {
    let mut ledger = Batches::new();
    let mut vectors = vec![
        Vector::new("list", between(&ledger).to_bytes(), OK),
        Vector::new("list-nothing", ledger.package(&[], Some(0), After::Batch(1)).to_bytes(), OK),
    ];
    let after = ledger.state(Some(49));
    vectors.push(Vector::new("list-to-the-tip", ledger.package(&[1, 2], Some(0), after.clone()).to_bytes(), OK));
    vectors.push(Vector::new("list-nothing-since", ledger.package(&[], Some(2), after).to_bytes(), OK));
    let after = ledger.state(None);
    vectors.push(Vector::new("list-of-none", ledger.package(&[], None, after).to_bytes(), OK));
    let reporter = Series::Reporter(SystemId::new(1));
    vectors.push(Vector::new("list-of-a-reporter", between_of(&ledger, reporter, 4).to_bytes(), OK));
    let entry = Series::Entry(content::ENTRY, DepartmentId::new(3));
    vectors.push(Vector::new("list-of-an-entry", between_of(&ledger, entry, 3).to_bytes(), OK));
    vectors.push(Vector::new("list-repudiated", told(&Batches::repudiated(18, 23, true)).to_bytes(), OK));
    // The largest numbers that an event of a list may have, in its stream and in its series.
    let mut late = Batches::new();
    batches(&mut late, |_, batch| batch.header.first = EventNumber::new(u64::MAX - 2));
    vectors.push(Vector::new("list-up-to-the-largest-event", between(&late).to_bytes(), OK));
    batches(&mut ledger, |place, batch| {
        run(batch, |run| run.first = SeriesNumber::new(u64::MAX - 9 + 3 * place as u64))
    });
    let after = ledger.state(Some(u64::MAX - 1));
    vectors.push(Vector::new("list-up-to-the-largest", ledger.package(&[2], Some(1), after).to_bytes(), OK));
    vectors
}

/// What a forger does to a list, and the link that fails for it.
type Forged<'a> = (&'a str, &'static str, &'a dyn Fn(&mut ListProof));

/// Lists that do not.
pub(crate) fn broken() -> Vec<Vector> {
    let mut ledger = Batches::new();
    let [first, shown, last] = [0, 1, 2].map(|place| ledger.height(place));
    let mut vectors = vec![
        Vector::new("list-first-missing", ledger.package(&[1], None, After::Batch(2)).to_bytes(), "list"),
        Vector::new("list-between-two", ledger.package(&[], Some(0), After::Batch(2)).to_bytes(), "bounds"),
    ];
    let changes: [Forged<'_>; 19] = [
        ("event-missing", "list", &|list| list.runs[0].leaves.truncate(2)),
        ("events-exchanged", "list", &|list| list.runs[0].leaves.swap(0, 2)),
        ("run-twice", "list", &|list| list.runs.push(list.runs[0].clone())),
        ("run-missing", "bounds", &|list| list.runs.clear()),
        ("leaf-byte", "list", &|list| list.runs[0].leaves[0][60] ^= 1),
        ("leaf-not-canonical", "list", &|list| list.runs[0].leaves[0][127] = 1),
        ("leaf-of-another", "list", &|list| {
            let leaf = PublicLeaf::read(&list.runs[0].leaves[0]).unwrap();
            let reporter = RunKey::Reporter(SystemId::new(1));
            list.runs[0].leaves[0] =
                PublicLeaf { key: reporter, entry: None, provider: None, consumer: None, ..leaf }.bytes();
        }),
        ("range-moved", "list", &|list| list.runs[0].range.first = 1),
        ("range-count", "list", &|list| list.runs[0].range.count += 1),
        ("range-sibling", "list", &|list| list.runs[0].range.siblings.truncate(0)),
        ("range-longer", "list", &|list| list.runs[0].range.siblings.push([0; 32])),
        ("series", "bounds", &|list| list.series = Series::Grant(GrantId::new(999))),
        ("above-too-low", "bounds", &|list| list.above = Height::new(first - 1)),
        ("above-too-high", "bounds", &|list| list.above = Height::new(shown)),
        ("until-too-high", "bounds", &|list| list.until = Height::new(last)),
        ("place", "container", &|list| list.after = Upper::Batch(99)),
        ("place-before", "container", &|list| list.before = Some(99)),
        ("run-of-another-record", "batch", &|list| list.runs[0].batch -= 2),
        ("place-of-a-run", "container", &|list| list.runs[0].batch = 99),
    ];
    for (name, expected, change) in changes {
        let mut package = between(&ledger);
        change(list(&mut package));
        vectors.push(Vector::new(format!("list-{name}"), package.to_bytes(), expected));
    }
    for (name, held) in [("one-more", Some(50)), ("one-less", Some(48)), ("none", None)] {
        let after = ledger.state(held);
        let package = ledger.package(&[1, 2], Some(0), after);
        vectors.push(Vector::new(format!("list-state-{name}"), package.to_bytes(), "bounds"));
    }
    let After::State(nodes) = ledger.state(Some(49)) else { unreachable!("a proof of the state") };
    let changed = [
        ("cut", Vec::new()),
        ("idle", [&nodes[..], &nodes[..]].concat()),
        ("byte", vec![nodes[0].iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 9)).collect()]),
    ];
    for (name, nodes) in changed {
        let package = ledger.package(&[1, 2], Some(0), After::State(nodes));
        vectors.push(Vector::new(format!("list-proof-{name}"), package.to_bytes(), "bounds"));
    }
    vectors
}

/// The list of the second of three batches.
pub(crate) fn between(ledger: &Batches) -> Package {
    ledger.package(&[1], Some(0), After::Batch(2))
}

/// The list of the second of three batches in another series, of which each has one event, at a place.
fn between_of(ledger: &Batches, series: Series, place: usize) -> Package {
    let mut package = between(ledger);
    let leaves: Vec<PublicLeaf> = ledger.world.events.iter().map(|(leaf, _)| *leaf).collect();
    let hashes: Vec<Digest32> = leaves.iter().map(PublicLeaf::leaf).collect();
    let list = list(&mut package);
    list.series = series;
    list.runs[0].leaves = vec![leaves[place].bytes()];
    list.runs[0].range = tree::range(TreeKind::PublicEvents, &hashes, place, 1).unwrap();
    package
}

/// Changes the batches, which hold the events as these are now; the platform signs them.
fn batches(ledger: &mut Batches, change: impl Fn(usize, &mut BatchRecord)) {
    let Batches { world, records } = ledger;
    let leaves: Vec<Digest32> = world.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
    let root = tree::root(TreeKind::PublicEvents, &leaves);
    let domain = world.genesis.domain();
    for (place, number) in records.iter().enumerate() {
        world.edit(*number, |batch: &mut BatchRecord| {
            batch.header.public_root = root;
            change(place, batch);
            batch.signature = key(content::PLATFORM).sign(&batch.header.signing_bytes(&domain)).to_bytes();
        });
    }
}

/// What ledger and platform do, and the link that fails for the list of the second batch.
type Signed = (&'static str, fn(&mut Batches), &'static str);

fn lie(ledger: &mut Batches, change: impl FnOnce(&mut PublicLeaf)) {
    change(&mut ledger.world.events[1].0);
    batches(ledger, |_, _| {});
}

fn run(batch: &mut BatchRecord, change: impl FnOnce(&mut RunNumbers)) {
    change(&mut batch.runs[0]);
}

fn of_two(batch: &mut BatchRecord) {
    run(batch, |run| run.count = 2);
}

const SIGNED: &[Signed] = &[
    ("leaf-of-another-series", |l| lie(l, |leaf| leaf.key = RunKey::Grant(GrantId::new(2), Version::new(1))), "list"),
    ("leaf-of-a-later-time", |l| lie(l, |leaf| leaf.time = Moment::new(leaf.time.get() + 1_000)), "list"),
    ("leaf-of-an-earlier-time", |l| lie(l, |leaf| leaf.time = Moment::new(leaf.time.get() - 1_000)), "list"),
    (
        "run-of-another-series",
        |l| {
            batches(l, |place, batch| {
                run(batch, |run| {
                    if place == 1 {
                        run.series = Series::Grant(GrantId::new(2))
                    }
                })
            })
        },
        "list",
    ),
    (
        "runs-do-not-add-up",
        |l| {
            batches(l, |place, batch| {
                if place == 1 {
                    of_two(batch)
                }
            })
        },
        "series",
    ),
    (
        "runs-before-do-not-add-up",
        |l| {
            batches(l, |place, batch| {
                if place == 0 {
                    of_two(batch)
                }
            })
        },
        "series",
    ),
    (
        "runs-behind-do-not-add-up",
        |l| {
            batches(l, |place, batch| {
                if place == 2 {
                    of_two(batch)
                }
            })
        },
        "series",
    ),
    (
        "batch-for-another-chain",
        |l| {
            batches(l, |place, b| {
                if place == 1 {
                    b.header.genesis = [1; 32]
                }
            })
        },
        "batch",
    ),
    (
        "stream-opened-for-another-key",
        |l| {
            let opened = l.world.nth(RecordKind::StreamOpened, 0);
            l.world.edit(opened, |body: &mut StreamOpened| body.key = account(content::HEAD));
        },
        "stream",
    ),
    (
        "event-number-over-64-bits",
        |l| {
            batches(l, |place, batch| {
                if place == 1 {
                    batch.header.first = EventNumber::new(u64::MAX - 1)
                }
            })
        },
        "list",
    ),
    (
        "number-over-64-bits",
        |l| {
            batches(l, |place, batch| {
                run(batch, |run| run.first = SeriesNumber::new(u64::MAX - 5 + 3 * (place as u64 % 2)))
            })
        },
        "list",
    ),
];

/// Lists of ledgers whose platform signs what stands there.
pub(crate) fn signed() -> Vec<Vector> {
    let mut vectors: Vec<Vector> = SIGNED
        .iter()
        .map(|(name, change, expected)| {
            let mut ledger = Batches::new();
            change(&mut ledger);
            Vector::new(format!("list-signed-{name}"), between(&ledger).to_bytes(), expected)
        })
        .collect();
    let mut ledger = Batches::new();
    let another = Series::Reporter(SystemId::new(2));
    ledger.world.events[4].0.key = RunKey::Reporter(SystemId::new(2));
    batches(&mut ledger, |_, batch| batch.runs[2].series = another);
    vectors.push(Vector::new("list-signed-of-another-reporter", between_of(&ledger, another, 4).to_bytes(), "list"));
    vectors.extend(of_heights());
    vectors.extend(with_what_was_said());
    vectors.push(of_the_largest_number());
    vectors.push(of_a_run_of_nobody());
    vectors.extend(without_an_event());
    vectors
}

/// Lists whose heights are in the wrong order or place, and nothing else.
fn of_heights() -> Vec<Vector> {
    let mut ledger = Batches::new();
    let [first, shown, last] = [0, 1, 2].map(|place| ledger.height(place));
    let ledger_end = ledger.state(Some(49));
    let [nothing, since, one] = [
        ledger.package(&[], Some(0), After::Batch(1)),
        ledger.package(&[], Some(2), ledger_end.clone()),
        ledger.package(&[1], Some(0), After::Batch(2)),
    ];
    let behind = ledger.package(&[], Some(1), After::Batch(2));
    let both = ledger.package(&[1, 2], Some(0), ledger_end.clone());
    let tip = ledger.tip();
    [
        ("above-is-until", nothing, first, first),
        ("until-beyond-the-tip", since, last, tip + 1),
        ("batch-above-until", one, first, shown - 1),
        ("batch-at-above", both, shown, tip),
        ("batch-before-above-the-height", behind, shown - 1, last - 1),
    ]
    .into_iter()
    .map(|(name, mut package, above, until)| {
        let list = list(&mut package);
        (list.above, list.until) = (Height::new(above), Height::new(until));
        Vector::new(format!("list-{name}"), package.to_bytes(), "bounds")
    })
    .collect()
}

/// The number before the list is the largest that there is: nothing can follow on it.
fn of_the_largest_number() -> Vector {
    let mut ledger = Batches::new();
    batches(&mut ledger, |_, batch| run(batch, |run| run.first = SeriesNumber::new(u64::MAX - 2)));
    let after = ledger.state(Some(u64::MAX));
    Vector::new("list-behind-the-largest-number", ledger.package(&[], Some(2), after).to_bytes(), "bounds")
}

/// Lists that leave out an event of a run, or the run, and are proven all the same.
fn without_an_event() -> Vec<Vector> {
    let mut ledger = Batches::new();
    let hashes: Vec<Digest32> = ledger.world.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
    let mut shorter = between(&ledger);
    let run = &mut list(&mut shorter).runs[0];
    run.leaves.truncate(2);
    run.range = tree::range(TreeKind::PublicEvents, &hashes, 0, 2).unwrap();
    let mut behind = ledger.package(&[], None, After::Batch(0));
    list(&mut behind).series = Series::Grant(GrantId::new(2));
    batches(&mut ledger, |_, batch| (batch.header.count, batch.runs[2].count) = (6, 2));
    let counted = between(&ledger);
    vec![
        Vector::new("list-event-left-out", shorter.to_bytes(), "list"),
        Vector::new("list-batch-behind-of-another-series", behind.to_bytes(), "bounds"),
        Vector::new("list-signed-count-of-another-tree", counted.to_bytes(), "list"),
    ]
}

/// What was said of keys and events since.
fn said(record: &Record) -> bool {
    let kinds = [RecordKind::KeyCompromised, RecordKind::EventsRepudiated, RecordKind::RepudiationDecided];
    kinds.contains(&record.kind)
}

/// The same, with the names of those who reported and decided.
fn named(record: &Record) -> bool {
    let registered = record.kind == RecordKind::DepartmentRegistered && record.body != content::department(3).encode();
    let platform = record.kind == RecordKind::SystemRegistered && record.body == content::system(1).encode();
    said(record) || registered || platform
}

/// The list of the second batch with what was said since, and the names.
fn told(ledger: &Batches) -> Package {
    ledger.package_with(&[1], Some(0), After::Batch(2), named)
}

/// What is wrong with what was said of keys and events, and the link that fails.
type Said = (&'static str, fn(&mut World), &'static str);

const SAID: &[Said] = &[
    (
        "reported-for-another-department",
        |w| say(w, RecordKind::KeyCompromised, |b: &mut KeyCompromised| b.signed_as.department = DepartmentId::new(3)),
        "signer",
    ),
    (
        "repudiated-for-another-department",
        |w| {
            say(w, RecordKind::EventsRepudiated, |b: &mut EventsRepudiated| {
                b.signed_as.department = DepartmentId::new(3)
            })
        },
        "signer",
    ),
    (
        "repudiated-without-a-report",
        |w| say(w, RecordKind::KeyCompromised, |b: &mut KeyCompromised| b.key = account(content::HEAD)),
        "signer",
    ),
    (
        "unreferenced-repudiation-of-another-stream",
        |w| say(w, RecordKind::EventsRepudiated, |b: &mut EventsRepudiated| b.stream = b.stream.next()),
        "unreferenced",
    ),
    (
        "decided-by-a-reviewer",
        |w| {
            let by = w.signed_as(content::REVIEWER, Role::Reviewer, 1);
            let number = w.nth(RecordKind::RepudiationDecided, 0);
            w.edit(number, |body: &mut RepudiationDecided| body.signed_as = by);
            w.sign_again(number, content::REVIEWER);
        },
        "signer",
    ),
    ("decided-for-another-department", |w| limit(w, content::SUPERVISOR, Role::Supervisor), "roles"),
    (
        "decided-by-no-authority",
        |w| {
            let number = w.nth(RecordKind::DepartmentRegistered, 0);
            w.edit(number, |info: &mut DepartmentInfo| info.is_authority = false);
        },
        "roles",
    ),
];

/// Something else is said, and signed.
fn say<B: Encode + Decode>(world: &mut World, kind: RecordKind, change: impl FnOnce(&mut B)) {
    edit(world, world.nth(kind, 0), change);
}

/// Lists with what was said since of keys and events, which does not hold.
fn with_what_was_said() -> Vec<Vector> {
    let mut vectors: Vec<Vector> = SAID
        .iter()
        .map(|(name, change, expected)| {
            let mut ledger = Batches::repudiated(18, 23, true);
            change(&mut ledger.world);
            Vector::new(format!("list-{name}"), told(&ledger).to_bytes(), expected)
        })
        .collect();
    let of_others = [("before", 11, 15), ("behind", 19, 25), ("in-no-order", 18, 17)];
    vectors.extend(of_others.map(|(name, first, last)| {
        let package = told(&Batches::repudiated(first, last, true));
        Vector::new(format!("list-unreferenced-repudiation-{name}"), package.to_bytes(), "unreferenced")
    }));
    let consumer = |record: &Record| {
        named(record) || record.kind == RecordKind::DepartmentRegistered || record.kind == RecordKind::SystemRegistered
    };
    let ledger = Batches::repudiated(18, 23, true);
    let package = ledger.package_with(&[1], Some(0), After::Batch(2), consumer);
    vectors.push(Vector::new("list-unreferenced-names", package.to_bytes(), "unreferenced"));
    // The last batch of the list came when its events had been repudiated.
    let mut early = Batches::repudiated(18, 27, true);
    early.add();
    early.world.next_block();
    let after = early.state(Some(52));
    let package = early.package_with(&[1, 2, 3], Some(0), after, named);
    vectors.push(Vector::new("list-repudiated-before-a-batch", package.to_bytes(), "signer"));
    vectors
}

/// A run without events, which a range without leaves would show.
fn of_a_run_of_nobody() -> Vector {
    let mut ledger = Batches::new();
    batches(&mut ledger, |_, batch| {
        let first = SeriesNumber::new(batch.runs[0].first.get() + 3);
        batch.runs.try_insert(1, RunNumbers { series: series(), first, count: 0 }).unwrap();
    });
    let mut package = between(&ledger);
    let hashes: Vec<Digest32> = ledger.world.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
    let list = list(&mut package);
    let RunProof { batch, mut range, .. } = list.runs[0].clone();
    (range.first, range.siblings) = (3, vec![apex(&hashes)]);
    list.runs.push(RunProof { batch, leaves: Vec::new(), range });
    Vector::new("list-run-of-nobody", package.to_bytes(), "list")
}

fn apex(leaves: &[Digest32]) -> Digest32 {
    match leaves {
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            hash::node(TreeKind::PublicEvents, &apex(left), &apex(right))
        }
    }
}
