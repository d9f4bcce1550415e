//! Lines of an import that did not land, for people: the first of each reason, and how many more there are.

use mulu_client::import::access::RejectedLine;
use mulu_verifier::words::{Speech, printable};
use std::{collections::BTreeMap, fmt::Write};

/// Lines of one reason that are told one by one.
const SHOWN_MAX: u64 = 20;

/// The lines of a report in the file's order, folded; JSON has them all.
pub fn rejected(rows: &[RejectedLine], speech: Speech) -> String {
    folded("rejected", rows.iter().map(|row| (row.line, row.reason, row.detail.clone())), speech)
}

/// Lines with a reason and more of it, under a name.
pub fn folded<'a>(name: &str, rows: impl Iterator<Item = (u64, &'a str, String)>, speech: Speech) -> String {
    let mut out = String::new();
    let mut told: BTreeMap<&str, u64> = BTreeMap::new();
    let mut tell = |phrase: &str, values: &[&dyn std::fmt::Display]| {
        let _ = writeln!(out, "{}  {}", speech.say(name), printable(&speech.tell(phrase, values)));
    };
    for (line, reason, detail) in rows {
        let count = told.entry(reason).or_default();
        *count += 1;
        if *count <= SHOWN_MAX {
            tell("line {}: {}: {}", &[&line, &speech.say(reason), &speech.say(&detail)]);
        }
    }
    for (reason, count) in told.iter().filter(|(_, count)| **count > SHOWN_MAX) {
        tell("{}: {} more lines; --json lists them all", &[&speech.say(reason), &(count - SHOWN_MAX)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_with_many_lines_is_folded_and_the_order_of_the_file_stays() {
        let row = |line, reason| RejectedLine { line, reason, detail: "why".to_owned() };
        let mut rows: Vec<RejectedLine> = (1..=9_000).map(|line| row(line, "unknown_reference")).collect();
        rows.insert(7, row(8, "bad_time"));
        let text = rejected(&rows, mulu_verifier::speech(mulu_verifier::words::Language::English));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 22);
        assert_eq!(lines[6], "rejected  line 7: unknown_reference: why");
        assert_eq!(lines[7], "rejected  line 8: bad_time: why");
        assert_eq!(lines[21], "rejected  unknown_reference: 8980 more lines; --json lists them all");
    }

    #[test]
    fn nothing_is_said_where_nothing_was_rejected() {
        assert_eq!(rejected(&[], mulu_verifier::speech(mulu_verifier::words::Language::English)), "");
    }

    #[test]
    fn reasons_and_ways_out_are_told_in_chinese() {
        let speech = Speech::new(mulu_verifier::words::Language::Chinese, crate::chinese::TABLES);
        let row = |reason, detail: &str| RejectedLine { line: 3, reason, detail: detail.to_owned() };
        let told = |row| rejected(&[row], speech).trim_end().rsplit("  ").next().unwrap_or_default().to_owned();
        let wrong = row("not_an_event", "the field `rows` takes a whole number");
        assert_eq!(told(wrong), "第3行：不是事件：字段`rows`应为：整数");
        let one_of = row("not_an_event", "the field `outcome` takes one of `ok`, `error`, `denied`");
        assert_eq!(told(one_of), "第3行：不是事件：字段`outcome`应为：`ok`，`error`，`denied`之一");
        let ahead = row("ahead_of_time", "its time lies in the future; correct the clock that wrote it");
        assert_eq!(told(ahead), "第3行：时间超前：时间在未来；请校正写入它的时钟");
    }

    #[test]
    fn every_reason_has_its_chinese() {
        let sources = [
            include_str!("../../src/import/access.rs"),
            include_str!("../../src/import/access/report.rs"),
            include_str!("../../src/import/access/source.rs"),
            include_str!("../../src/import/catalog.rs"),
            include_str!("../../src/import/ckan.rs"),
            include_str!("../../src/import/combined_log.rs"),
            include_str!("../../src/import/draft.rs"),
            include_str!("../../src/import/event_line.rs"),
        ];
        let known = |text: &str| crate::chinese::TABLES.iter().copied().flatten().any(|(english, _)| *english == text);
        let mut reasons = 0;
        for source in sources.map(|source| source.split("#[cfg(test)]").next().unwrap_or_default()) {
            for line in source.lines().map(str::trim) {
                let behind = [" => \"", "#[error(\"", "meaning(\"", "Err(\""];
                let literals = behind.iter().filter_map(|before| line.split_once(before)?.1.split('"').next());
                for text in literals.filter(|text| text.contains([' ', '_']) && !text.contains('{')) {
                    reasons += 1;
                    assert!(known(text), "say {text:?} in client/cli/src/chinese/imports.rs");
                }
            }
        }
        assert!(reasons > 20, "the sources are read: {reasons}");
    }
}
