//! Frozen bytes: `tests/conformance.toml` holds every encoding on the wire, on disk and in proofs, over fixed inputs.
//!
//! An encoding of at most 32 bytes stands there in full, a longer one as its blake3 hash and length. A difference fails; if it is meant,
//! `MULU_CONFORMANCE=rewrite cargo test -p mulu-tests --test conformance` writes the file anew, and its diff is what gets approved.

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../../runtime/proofs/tests/sample/mod.rs"]
mod sample;

mod access;
mod acts;
mod calendar;
mod chain;
mod codes;
mod events;
mod governance;
mod hashes;
mod oversight;
mod people;
mod runtime;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// Set to `rewrite` to approve what the code does now.
const VARIABLE: &str = "MULU_CONFORMANCE";
/// Longest encoding that is written out.
const PLAIN_BYTES_MAX: usize = 32;

/// Encodings by section and name, in the order in which they were added.
#[derive(Default)]
struct Frozen {
    sections: Vec<(&'static str, Vec<(String, String)>)>,
}

impl Frozen {
    /// Begins a section.
    fn section(&mut self, name: &'static str) {
        assert!(self.sections.iter().all(|(known, _)| *known != name), "section {name} twice");
        self.sections.push((name, Vec::new()));
    }

    /// Adds an encoding to the section that was begun last.
    fn add(&mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let text = if bytes.len() <= PLAIN_BYTES_MAX {
            format!("0x{}", hex::encode(bytes))
        } else {
            format!("blake3 {}, {} bytes", blake3::hash(bytes).to_hex(), bytes.len())
        };
        self.add_text(name, text);
    }

    /// Adds what people read better than bytes.
    fn add_text(&mut self, name: impl Into<String>, text: String) {
        let name = name.into();
        let (section, rows) = self.sections.last_mut().expect("a section is begun first");
        assert!(rows.iter().all(|(known, _)| *known != name), "{section}: {name} twice");
        rows.push((name, text));
    }

    fn toml(&self) -> String {
        let mut text = String::from(
            "# Frozen encodings, see docs/formats.md. Never edited by hand:\n\
             # MULU_CONFORMANCE=rewrite cargo test -p mulu-tests --test conformance\n",
        );
        for (section, rows) in &self.sections {
            write!(text, "\n[{}]\n", quoted(section)).unwrap();
            for (name, value) in rows {
                writeln!(text, "{} = {}", quoted(name), quoted(value)).unwrap();
            }
        }
        text
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn all() -> Frozen {
    let mut frozen = Frozen::default();
    hashes::add(&mut frozen);
    codes::add(&mut frozen);
    acts::add(&mut frozen);
    calendar::add(&mut frozen);
    governance::add(&mut frozen);
    oversight::add(&mut frozen);
    events::add(&mut frozen);
    chain::add(&mut frozen);
    runtime::add(&mut frozen);
    frozen
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance.toml")
}

type Sections = BTreeMap<String, BTreeMap<String, String>>;

fn read(text: &str) -> Sections {
    toml::from_str(text).expect("conformance.toml is as it was written")
}

/// What differs, one line each.
fn differences(frozen: &Sections, now: &Sections) -> Vec<String> {
    let flat = |sections: &Sections| -> BTreeMap<(String, String), String> {
        let rows = sections.iter().flat_map(|(section, rows)| {
            rows.iter().map(move |(name, value)| ((section.clone(), name.clone()), value.clone()))
        });
        rows.collect()
    };
    let (frozen, now) = (flat(frozen), flat(now));
    let mut lines = Vec::new();
    for (key, value) in &now {
        match frozen.get(key) {
            None => lines.push(format!("{}: {} is new", key.0, key.1)),
            Some(old) if old != value => lines.push(format!("{}: {} was {old}, is {value}", key.0, key.1)),
            Some(_) => {}
        }
    }
    lines.extend(frozen.keys().filter(|key| !now.contains_key(key)).map(|key| format!("{}: {} is gone", key.0, key.1)));
    lines
}

#[test]
fn every_encoding_is_the_frozen_one() {
    let now = all().toml();
    if std::env::var(VARIABLE).as_deref() == Ok("rewrite") {
        fs::write(file(), &now).unwrap();
        return;
    }
    let frozen = fs::read_to_string(file()).unwrap_or_default();
    let differences = differences(&read(&frozen), &read(&now));
    assert!(
        differences.is_empty(),
        "encodings changed:\n  {}\nEvidence and chains that exist would no longer read. If that is meant, say so in docs/formats.md and run\n  \
         {VARIABLE}=rewrite cargo test -p mulu-tests --test conformance\nThe diff of tests/conformance.toml is the approval.",
        differences.join("\n  ")
    );
    assert_eq!(frozen, now, "tests/conformance.toml was edited by hand; write it anew with {VARIABLE}=rewrite");
}

#[test]
fn a_difference_is_named_whichever_side_it_is_on() {
    let one = read("[a]\n\"x\" = \"1\"\n\"y\" = \"2\"");
    let two = read("[a]\n\"x\" = \"3\"\n\"z\" = \"4\"");
    assert_eq!(differences(&one, &two), ["a: x was 1, is 3", "a: z is new", "a: y is gone"]);
    assert!(differences(&one, &one).is_empty());
}
