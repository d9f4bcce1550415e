//! Datasets become entries: ten mappings as golden files from a small dirty catalog of our own, and the counts of a real one.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_client::import::ckan::{Adjusted, Mapped, Publication, Rejected, map};
use mulu_proofs::{
    catalog::{Assessments, EntryContent},
    ids::DepartmentId,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn publication(department: u32) -> Publication {
    let assessments = Assessments { secrecy: [0x11; 32], personal_information: None, assessed_on: 20_000 };
    Publication { department: DepartmentId::new(department), assessments }
}

fn fixture_publication(organization: &str) -> Option<Publication> {
    let known = ["Office of Works", "Office of Parks", "Office of Health", "Office of Finance", "民政办公室"];
    let place = known.iter().position(|name| *name == organization)?;
    Some(publication(u32::try_from(place).unwrap() + 1))
}

/// Maps every line; the reason stands where there is no entry.
fn map_all(text: &str, publication: impl Fn(&str) -> Option<Publication>) -> Vec<Result<Mapped, Rejected>> {
    let mut names = BTreeSet::new();
    let once = |mapped: Mapped| {
        if names.insert(mapped.name.clone()) { Ok(mapped) } else { Err(Rejected::DuplicateName) }
    };
    let mut once = once;
    text.lines().map(|line| map(line, &publication).and_then(&mut once)).collect()
}

#[test]
fn ten_datasets_map_to_the_entries_of_the_golden_files() {
    let text = fs::read_to_string(manifest().join("tests/fixtures/datasets.jsonl")).unwrap();
    let mapped: Vec<Mapped> = map_all(&text, fixture_publication).into_iter().flatten().collect();
    assert_eq!(mapped.len(), 10);
    for Mapped { name, content, adjusted, .. } in mapped {
        assert_fits(&content);
        let applied: BTreeMap<&str, u32> = adjusted.counts().into_iter().filter(|(_, count)| *count > 0).collect();
        let golden = serde_json::json!({ "content": content, "adjusted": applied });
        insta::assert_snapshot!(format!("dataset-{name}"), serde_json::to_string_pretty(&golden).unwrap());
    }
}

#[test]
fn every_line_that_does_not_map_has_its_reason() {
    let text = fs::read_to_string(manifest().join("tests/fixtures/datasets.jsonl")).unwrap();
    let reasons: Vec<(usize, &str)> = (1..)
        .zip(map_all(&text, fixture_publication))
        .filter_map(|(line, mapped)| Some((line, mapped.err()?.code())))
        .collect();
    let expected = [
        (11, "not_json"),
        (12, "not_json"),
        (13, "not_json"),
        (14, "no_title"),
        (15, "no_organization"),
        (16, "unknown_organization"),
        (17, "title_too_long"),
        (18, "duplicate_name"),
    ];
    assert_eq!(reasons, expected);
}

/// A file of `shared/data` beside the project; `None`, loudly, where that folder is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let path = manifest().join("../../shared/data").join(name);
    if !path.exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is absent, the test on real data did not run", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_real_catalog_maps_with_exact_counts() {
    let Some(path) = shared("opendataphilly-datasets.jsonl") else { return };
    let all = map_all(&fs::read_to_string(path).unwrap(), |_| Some(publication(1)));
    assert_eq!(all.len(), 463);
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    let mut totals: BTreeMap<&str, u32> = BTreeMap::new();
    let mut codes = BTreeSet::new();
    for mapped in all {
        match mapped {
            Err(rejected) => *reasons.entry(rejected.code()).or_default() += 1,
            Ok(Mapped { content, adjusted, .. }) => {
                assert!(codes.insert(content.code.to_string()), "{} stands for two datasets", content.code);
                assert_fits(&content);
                for (rule, count) in Adjusted::counts(&adjusted) {
                    *totals.entry(rule).or_default() += count;
                }
            }
        }
    }
    assert!(codes.len() >= 455);
    insta::assert_snapshot!(
        "real-catalog",
        format!("mapped {}\nrejected {reasons:#?}\nadjusted {totals:#?}", codes.len())
    );
}

/// What the ledger asks of an entry's content, as far as mapping decides it.
fn assert_fits(content: &EntryContent) {
    let checked = mulu_runtime::Catalog::check_content(content);
    assert!(checked.is_ok(), "{}: {checked:?}", content.name);
    assert!(content.code.as_str().starts_with("399"));
}
