//! Lists of all events of a series, and lists that hide, add or move something.

use super::{
    OK, Vector,
    sample::batches::{After, Batches, list},
};
use mulu_proofs::{
    access::{PublicLeaf, RunKey, Series},
    evidence::{ListProof, Package, Upper},
    ids::{GrantId, Height, SystemId},
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
    let changes: [Forged<'_>; 16] = [
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

fn between(ledger: &Batches) -> Package {
    ledger.package(&[1], Some(0), After::Batch(2))
}
