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
            tell("line {}: {}: {}", &[&line, &reason, &detail]);
        }
    }
    for (reason, count) in told.iter().filter(|(_, count)| **count > SHOWN_MAX) {
        tell("{}: {} more lines; --json lists them all", &[reason, &(count - SHOWN_MAX)]);
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
}
