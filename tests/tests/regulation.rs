//! `docs/regulation.md` names what is there: calls, records and tests. A page that promises a test which does not exist is worse than none.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_proofs::records::RecordKind;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Articles of Decree 809 that the ledger serves; each has at least one row.
const ARTICLES: &[u32] = &[3, 13, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 31, 39, 40, 41];
/// Sections of the white paper that SPEC §2 and §3 rest on.
const SECTIONS: &[&str] = &["2.2.1", "2.2.3", "4.2.1", "4.2.3", "4.3", "4.5.2", "5.2", "5.3", "5.4.1", "5.6.2", "6.4"];
const COLUMNS: usize = 6;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A row of the page: source, rule, 规定, how, record, proven by.
struct Row {
    line: usize,
    cells: Vec<String>,
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/regulation.md")).unwrap();
    let rows = page
        .lines()
        .zip(1..)
        .filter(|(line, _)| line.starts_with("| ") && !line.starts_with("| source") && !line.starts_with("| ---"));
    rows.map(|(line, number)| {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        Row { line: number, cells }
    })
    .collect()
}

/// What stands between backquotes.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    text
}

/// Where a test of that prefix stands.
fn folder_of(prefix: &str) -> PathBuf {
    let folder = match prefix {
        "proofs" => "runtime/proofs".to_owned(),
        "processes" => "tests/tests/processes".to_owned(),
        "rpc" => "rpc/server/tests".to_owned(),
        "client" => "client".to_owned(),
        "search" => "node/search".to_owned(),
        pallet => format!("pallets/{pallet}/src"),
    };
    root().join(folder)
}

#[test]
fn every_row_is_whole_and_in_both_languages() {
    for Row { line, cells } in rows() {
        assert_eq!(cells.len(), COLUMNS, "line {line}: a row has {COLUMNS} cells");
        assert!(
            cells.iter().all(|cell| !cell.is_empty()),
            "line {line}: a cell is empty; write – where there is nothing"
        );
        assert!(cells[1].is_ascii() || !cells[1].chars().any(is_chinese), "line {line}: the second cell is English");
        assert!(cells[2].chars().any(is_chinese), "line {line}: the third cell is Chinese");
    }
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[test]
fn every_article_and_section_has_a_row() {
    let sources: Vec<String> = rows().into_iter().map(|row| row.cells[0].clone()).collect();
    let names = |wanted: &str| sources.iter().any(|source| source.split([' ', ',']).any(|word| word == wanted));
    for article in ARTICLES {
        assert!(names(&article.to_string()), "article {article} has no row");
    }
    for section in SECTIONS {
        assert!(names(&format!("§{section}")), "§{section} of the white paper has no row");
    }
}

#[test]
fn every_call_that_is_named_exists() {
    for Row { line, cells } in rows() {
        for call in code(&cells[3]) {
            let (pallet, call) =
                call.split_once('.').unwrap_or_else(|| panic!("line {line}: `pallet.call`, not `{call}`"));
            let text = sources(&root().join("pallets").join(pallet).join("src"));
            assert!(text.contains(&format!("pub fn {call}(")), "line {line}: pallet {pallet} has no call {call}");
        }
    }
}

#[test]
fn every_record_that_is_named_exists() {
    let kinds: BTreeSet<String> = RecordKind::ALL.iter().map(|kind| format!("{kind:?}")).collect();
    for Row { line, cells } in rows() {
        for kind in code(&cells[4]) {
            assert!(kinds.contains(kind), "line {line}: there is no record {kind}");
        }
    }
}

#[test]
fn every_test_that_is_named_exists() {
    for Row { line, cells } in rows() {
        let tests = code(&cells[5]);
        assert!(!tests.is_empty(), "line {line}: no test proves it");
        for test in tests {
            let (prefix, name) =
                test.split_once("::").unwrap_or_else(|| panic!("line {line}: `crate::test`, not `{test}`"));
            let text = sources(&folder_of(prefix));
            let declared = format!("fn {name}(");
            let is_test = text.match_indices(&declared).any(|(place, _)| {
                let before = &text[..place];
                let lines: Vec<&str> = before.lines().rev().take(4).collect();
                lines.iter().any(|line| line.trim_start().starts_with("#[test]") || line.contains("#[tokio::test"))
            });
            assert!(is_test, "line {line}: {prefix} has no test {name}");
        }
    }
}
