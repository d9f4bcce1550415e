//! Packages at the largest bounds, too large for the folder: both verifiers are given the same bytes.

use super::{
    Genesis,
    lists::between,
    python,
    sample::{batches::Batches, batches::list, content},
    verdict,
};
use codec::Encode;
use mulu_proofs::evidence::{
    Package,
    package::{LIST_EVENTS_MAX, PACKAGE_BYTES_MAX},
};

fn judged(package: &Package) -> (&'static str, String) {
    let bytes = package.to_bytes();
    let python = python::verdicts([(&bytes[..], Genesis::Sample, &None)]);
    (verdict(&bytes, Genesis::Sample, None), python[0].clone())
}

/// A filing with records that are none, of so many bytes.
fn filing_of(bytes: usize) -> Package {
    const MORE: usize = 40;
    let mut package = content::filing(&content::world());
    let mut none = package.records[0].clone();
    none.header = u32::try_from(package.headers.len()).unwrap() - 1;
    // From here on the length of a record takes four bytes, so that each byte more is one of the package.
    none.record = vec![0; 1 << 14];
    let honest = package.records.len();
    package.records.extend(std::iter::repeat_n(none, MORE));
    let left = bytes - package.encoded_size();
    for (place, none) in package.records[honest..].iter_mut().enumerate() {
        let more = left / MORE + if place == 0 { left % MORE } else { 0 };
        none.record.resize((1 << 14) + more, 0);
    }
    assert_eq!(package.encoded_size(), bytes);
    package
}

#[test]
fn a_package_has_8_mebibytes_at_most() {
    assert_eq!(judged(&filing_of(PACKAGE_BYTES_MAX)), ("record", "record".into()));
    assert_eq!(judged(&filing_of(PACKAGE_BYTES_MAX + 1)), ("container", "container".into()));
}

#[test]
fn a_list_has_32768_leaves_at_most_in_all_its_runs() {
    let mut package = between(&Batches::new());
    let runs = &mut list(&mut package).runs;
    let mut more = runs[0].clone();
    more.leaves = vec![[0; 128]; LIST_EVENTS_MAX - runs[0].leaves.len()];
    runs.push(more);
    assert_eq!(judged(&package), ("list", "list".into()));
    list(&mut package).runs[1].leaves.push([0; 128]);
    assert_eq!(judged(&package), ("container", "container".into()));
}
