//! Every mapping that the documentation shows is one.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_mapping::Mapping;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn pages() -> Vec<PathBuf> {
    let pages = fs::read_dir(docs().join("integration")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = pages.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    pages.extend([docs().join("mapping.md"), docs().join("bridge.md")].into_iter().filter(|path| path.exists()));
    pages
}

/// The blocks of TOML on a page.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next())
}

#[test]
fn every_mapping_on_a_page_reads() {
    let mut seen = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        for block in blocks(&page) {
            let table: toml::Table =
                block.parse().unwrap_or_else(|error| panic!("{}: {error}\n{block}", path.display()));
            let Some(sources) = table.get("source").and_then(toml::Value::as_table) else { continue };
            for mapping in sources.values().filter_map(|source| source.get("mapping")) {
                Mapping::from_toml(mapping).unwrap_or_else(|error| panic!("{}: {error}\n{block}", path.display()));
                seen += 1;
            }
        }
    }
    assert!(seen >= 4, "the pages are read: {seen} mappings");
}

#[test]
fn every_reason_and_every_preset_is_on_the_page() {
    let page = fs::read_to_string(docs().join("mapping.md")).unwrap();
    for name in mulu_mapping::presets::names() {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    let sources = ["src/mapping.rs", "src/mapping/named.rs", "src/expression.rs", "src/lines.rs"].map(|path| {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        text.split("#[cfg(test)]").next().unwrap().to_owned()
    });
    let reasons =
        sources.iter().flat_map(|text| text.split("reason: \"").skip(1).filter_map(|rest| rest.split('"').next()));
    for reason in
        reasons.chain(["not_json", "no_time", "bad_time", "no_value", "bad_value", "not_utf8", "not_combined"])
    {
        assert!(page.contains(&format!("`{reason}`")), "{reason}");
    }
}
