//! Whatever the verifier says has its Chinese: the sources are read, so that a new sentence cannot be forgotten.

use mulu_proofs::{
    access::{Findings, SealedField},
    departments::Role,
    evidence::report::Link,
    records::RecordKind,
};
use mulu_verifier::PHRASES;
use std::{collections::BTreeSet, fs, path::Path};

/// Texts of the sources that nobody reads: proofs of impossibility, a context of hashes, names in JSON.
const UNSAID: [&str; 10] = [
    "matched above",
    "mulu v1 vote",
    "wire",
    "a report holds nothing that JSON lacks",
    "verified",
    "0x{}",
    "?",
    "",
    "  {} {link} {}",
    ", ",
];

/// The text literals of a source before its tests, with `{}` for whatever stands in braces.
fn literals(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    // A text that goes on behind a backslash at the end of a line is one.
    let mut parts = source.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    let source = parts.fold(first, |joined, part| joined + part.trim_start());
    let mut found = BTreeSet::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let line = line.replace("\\\"", "\u{1}");
        for literal in line.split('"').skip(1).step_by(2) {
            let mut text = String::new();
            let mut depth = 0;
            for c in literal.chars() {
                depth -= i32::from(c == '}');
                if depth == 0 {
                    text.push(if c == '\u{1}' { '"' } else { c });
                }
                depth += i32::from(c == '{');
            }
            found.insert(text);
        }
    }
    found
}

/// Those of `texts` that no phrase has, blanks and patterns of layout aside.
fn missing(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let known = |text: &str| PHRASES.iter().any(|(english, _)| *english == text || *english == text.replace('_', " "));
    texts.into_iter().filter(|text| !UNSAID.contains(&text.as_str()) && !known(text)).collect()
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).expect("a source of the checkout")
}

#[test]
fn every_step_and_every_reason_has_its_chinese() {
    let mut sentences = BTreeSet::new();
    for file in ["catalog", "event", "ledger", "list", "mod", "package", "people", "sharing", "signer"] {
        sentences.extend(literals(&read(&format!("runtime/proofs/src/evidence/{file}.rs"))));
    }
    for file in ["certificate", "genesis", "header", "state"] {
        sentences.extend(literals(&read(&format!("runtime/proofs/src/{file}.rs"))));
    }
    // A single word is a name in the code; those of people are tested below.
    let sentences: Vec<String> = sentences.into_iter().filter(|text| text.contains(' ')).collect();
    assert!(sentences.len() > 150, "the sources are read");
    assert_eq!(missing(sentences), [""; 0], "say these in client/verifier/src/chinese/");
}

#[test]
fn everything_that_is_printed_has_its_chinese() {
    let said = ["render", "show"].iter().flat_map(|file| literals(&read(&format!("client/verifier/src/{file}.rs"))));
    let words = said.filter(|text| text.contains(|c: char| c.is_ascii_alphabetic()) && !text.starts_with("  {"));
    assert_eq!(missing(words), [""; 0], "say these in client/verifier/src/chinese/");
    let errors = literals(&read("client/verifier/src/lib.rs")).into_iter().filter(|text| text.contains(' '));
    assert_eq!(missing(errors), [""; 0]);
    let usage = literals(&read("client/verifier/src/main.rs")).into_iter().filter(|text| text.contains(' '));
    assert_eq!(missing(usage), [""; 0]);
}

#[test]
fn every_word_of_the_field_has_its_chinese() {
    let mut words: Vec<String> = RecordKind::ALL.iter().map(ToString::to_string).collect();
    words.extend(Role::ALL.iter().map(ToString::to_string));
    words.extend(SealedField::ALL.iter().map(ToString::to_string));
    words.extend(Link::ALL.iter().map(|link| link.name().to_owned()));
    words.extend(Findings::NAMES.iter().map(|name| name.replace('_', " ")));
    assert_eq!(missing(words), [""; 0], "say these in client/verifier/src/chinese/");
}

#[test]
fn no_phrase_stands_twice_and_none_loses_a_value() {
    let mut seen = BTreeSet::new();
    for (english, chinese) in PHRASES {
        assert!(seen.insert(english), "{english:?} stands twice");
        for place in 0..english.matches("{}").count() {
            assert_eq!(chinese.matches(&format!("{{{place}}}")).count(), 1, "value {place} of {english:?}");
        }
    }
}
