//! Nothing is said without its Chinese.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::words::name_of;
use mulu_proofs::{
    calendar::DeadlineEnd,
    catalog::ChangeKind,
    grants::{GrantState, UseKind},
};
use std::{collections::BTreeSet, fs, path::Path};

fn source(path: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    text.split("#[cfg(test)]").next().unwrap().to_owned()
}

/// The text literals behind each `before`, with `{}` for whatever stands in braces.
fn literals_behind(source: &str, before: &str) -> BTreeSet<String> {
    let source = source.replace("\\\"", "\u{1}");
    let behind = source.split(before).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
    behind.filter_map(|rest| rest.split('"').next()).map(with_empty_braces).collect()
}

fn with_empty_braces(literal: &str) -> String {
    let (mut text, mut depth) = (String::new(), 0);
    for c in literal.chars() {
        depth -= i32::from(c == '}');
        if depth == 0 {
            text.push(if c == '\u{1}' { '"' } else { c });
        }
        depth += i32::from(c == '{');
    }
    text
}

fn missing(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let known = |text: &str| {
        let phrases = || TABLES.iter().copied().flatten();
        phrases().any(|(english, _)| *english == text || *english == text.replace('_', " "))
    };
    texts.into_iter().filter(|text| !known(text)).collect()
}

#[test]
fn every_error_of_the_client_and_every_way_out_has_its_chinese() {
    let errors = source("../src/error.rs") + &source("../src/error/hint.rs");
    // Beside the errors of these files stand other texts.
    let is_told = |line: &&str| line.contains("#[error(") || line.contains("=> \"");
    let others = source("../src/keystore.rs") + &source("../src/offline.rs");
    let lines = errors.lines().chain(others.lines().filter(is_told));
    let literals = lines.filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| {
        let line = line.replace("\\\"", "\u{1}");
        line.split('"').skip(1).step_by(2).map(with_empty_braces).collect::<Vec<_>>()
    });
    // What the node adds stands in brackets behind its message.
    let sentences = literals.filter(|text| text.contains(' ') && text != " ({})");
    assert_eq!(missing(sentences), [""; 0], "say these in client/cli/src/chinese/");
}

#[test]
fn what_is_told_to_people_has_its_chinese() {
    let mut said = BTreeSet::new();
    for folder in ["src", "src/commands"] {
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".rs") {
                let text = source(&format!("{folder}/{name}"));
                for before in [".tell(", ".say(", ".context(", "bail!(", "let phrase =", "with_context(|| format!("] {
                    said.extend(literals_behind(&text, before));
                }
            }
        }
    }
    assert!(said.len() > 50, "the sources are read: {said:?}");
    assert_eq!(missing(said), [""; 0], "say these in client/cli/src/chinese/");
}

#[test]
fn what_a_check_of_the_bridge_finds_has_its_chinese() {
    let files = ["mod", "ledger", "parts"].map(|file| source(&format!("../bridge/src/check/{file}.rs")));
    let mut said: BTreeSet<String> = files.iter().flat_map(|text| literals_behind(text, "let what =")).collect();
    said.extend(files.iter().flat_map(|text| literals_behind(text, "Said::new(")));
    said.remove("");
    assert!(said.len() > 20, "the sources are read: {said:?}");
    assert_eq!(missing(said), [""; 0], "say these in client/cli/src/chinese/bridge.rs");
}

#[test]
fn names_of_fields_and_columns_of_entries_requests_and_events_have_their_chinese() {
    let mut names = BTreeSet::new();
    for file in [
        "access",
        "account",
        "bridge",
        "bridge_quarantine",
        "calendar",
        "deadline",
        "decisions",
        "differences",
        "dispute",
        "element",
        "entry",
        "entry_course",
        "entry_search",
        "mount",
        "observer",
        "policy",
        "grant",
        "proposal",
        "request",
        "source",
        "stats",
        "validator",
        "vault",
        "whoami",
    ] {
        let text = source(&format!("src/commands/{file}.rs"));
        let pairs = text.lines().filter_map(|line| line.trim_start().strip_prefix("(\""));
        names.extend(pairs.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        let lists = text.split("&[\"").chain(text.split("= [\"")).skip(1).filter_map(|rest| rest.split(']').next());
        names.extend(lists.filter(|list| list.contains("\", \"")).flat_map(|list| {
            list.split("\", \"").map(|name| name.trim_end_matches('"').to_owned()).collect::<Vec<_>>()
        }));
    }
    names.retain(|name| !name.contains(['\n', ';', '(']));
    assert!(names.contains("waits for") && names.contains("findings"), "{names:?}");
    assert_eq!(missing(names), [""; 0], "say these in client/cli/src/chinese/");
}

#[test]
fn no_phrase_stands_twice_and_none_loses_a_value() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let own = TABLES.iter().filter(|table| **table != mulu_verifier::PHRASES);
    for (english, chinese) in own.copied().flatten() {
        assert!(seen.insert(english), "{english:?} stands twice");
        for place in 0..english.matches("{}").count() {
            assert_eq!(chinese.matches(&format!("{{{place}}}")).count(), 1, "value {place} of {english:?}");
        }
    }
}

#[test]
fn kinds_of_changes_states_and_uses_of_grants_have_their_chinese() {
    let kinds = ChangeKind::ALL.iter().map(|kind| format!("entry {}", name_of(kind)));
    let uses = [UseKind::Scenario, UseKind::Process, UseKind::Outcome, UseKind::Storage, UseKind::Destruction];
    let states = [GrantState::Provisioned, GrantState::Rectifying, GrantState::EndedByProvider, GrantState::Disposed];
    let ends = [DeadlineEnd::Met, DeadlineEnd::Missed, DeadlineEnd::Needless];
    let words = kinds
        .chain(ends.iter().map(name_of))
        .chain(uses.iter().map(|kind| format!("record on {}", name_of(kind))))
        .chain(states.iter().map(name_of));
    assert_eq!(missing(words), [""; 0], "say these in client/cli/src/chinese/sharing.rs");
}

#[test]
fn what_people_sign_elsewhere_has_its_chinese_field_by_field() {
    fn names(value: &serde_json::Value, all: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                all.insert(name.replace('_', " "));
                names(value, all);
            }),
            serde_json::Value::Array(values) => values.iter().for_each(|value| names(value, all)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    for template in
        [crate::templates::ENTRY, crate::templates::REQUEST, crate::templates::POLICY, crate::templates::CONSENT]
    {
        names(&serde_json::from_str(template).unwrap(), &mut all);
    }
    // `"name" Type` in the readers of calls.
    let readers = source("../src/calls/read.rs");
    for text in readers.split("read!(input: ").skip(1).filter_map(|rest| rest.split(')').next()) {
        all.extend(text.split('"').skip(1).step_by(2).map(|name| name.replace('_', " ")));
    }
    assert!(all.contains("first event") && all.contains("assessed on"), "{all:?}");
    all.retain(|name| !FIELDS.iter().copied().flatten().any(|(english, _)| english == name));
    assert!(all.is_empty(), "say these in client/cli/src/chinese/terms.rs: {all:?}");
}
