//! A report for people and for programs.

use mulu_proofs::{
    access::Series,
    evidence::report::{Facts, Report},
    ids::{DepartmentId, Moment, SystemId},
};
use std::fmt::Write;

/// The report as one JSON object: `verified`, `chain_id`, `genesis`, `steps`, `failure`, `facts`.
pub fn json(report: &Report) -> serde_json::Value {
    let mut value = serde_json::to_value(report).expect("a report holds nothing that JSON lacks");
    value["verified"] = report.is_verified().into();
    value
}

/// The report for people, one link a line.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let verdict = if report.is_verified() { "VERIFIED" } else { "REFUSED" };
    line(
        &mut out,
        &format!("Evidence package {verdict}: chain {}, genesis {}", report.chain_id, hex::encode(report.genesis)),
    );
    line(&mut out, "");
    for step in &report.steps {
        line(&mut out, &format!("  ok  {:<14} {}", step.link.name(), step.checked));
        line(&mut out, &format!("      {:<14} rests on: {}", "", step.anchored_on));
    }
    if let Some(failure) = &report.failure {
        line(&mut out, &format!("  NO  {:<14} {}", failure.link.name(), failure.reason));
        line(&mut out, "");
        line(&mut out, &format!("Nothing in this file is proven: the link \"{}\" does not hold.", failure.link));
    }
    if let Some(facts) = &report.facts {
        line(&mut out, "");
        render_facts(&mut out, facts);
    }
    out
}

fn render_facts(out: &mut String, facts: &Facts) {
    let by = &facts.reporter;
    let leaf = &facts.leaf;
    line(out, &format!("Reported by {}, {}:", system(facts, by.platform), department(facts, by.department)));
    field(out, "event", &format!("{} of stream {}, at {}", facts.event, by.stream, utc(leaf.time)));
    let series = match facts.series {
        Series::Grant(grant) => format!("grant {grant}"),
        Series::Entry(entry, consumer) => format!("entry {entry} and department {consumer}, without a grant"),
        Series::Reporter(reporter) => format!("platform {reporter}, without an entry"),
    };
    field(out, "series", &format!("number {} of {series}", facts.series_number));
    field(out, "findings", &if facts.findings.is_empty() { "none".to_owned() } else { facts.findings.join(", ") });
    if let Some(entry) = &facts.entry {
        field(out, "entry", &format!("{} {} (version {})", entry.code, entry.name, entry.version));
        field(out, "items", &entry.items.join(", "));
    }
    if let Some(grant) = &facts.grant {
        let (provider, consumer) = (department(facts, grant.provider), department(facts, grant.consumer));
        field(out, "grant", &format!("{} of request {}: from {provider} to {consumer}", grant.grant, grant.request));
        field(out, "period", &format!("{} until {}", utc(grant.from), utc(grant.until)));
    }
    let (outcome, method) = (format!("{:?}", leaf.outcome), format!("{:?}", leaf.method));
    let sizes = format!("{} calls, {} rows, {} bytes, {} ms", leaf.calls, leaf.rows, leaf.bytes, leaf.duration_ms);
    field(out, "outcome", &format!("{} by {}: {sizes}", outcome.to_lowercase(), method));
    for revealed in &facts.revealed {
        let value = revealed.value.as_deref().unwrap_or("(none)");
        field(out, "revealed", &format!("{:?}: {value}", revealed.field));
    }
    field(out, "recorded", &format!("record {} in block {}, {}", facts.record, facts.height, utc(facts.recorded_at)));
    line(out, "");
    line(out, "Signatures:");
    for signed in &facts.signatures {
        let who = format!("{:?} of {}", signed.role, department(facts, signed.department));
        let act = format!("{:?}", signed.act);
        line(out, &format!("  {:<18} {} {who}, key {}", act, utc(signed.moment), hex::encode(signed.account.0)));
    }
    line(out, "");
    line(
        out,
        "This proves what was reported, by whom, and under which signatures. It does not prove that it happened.",
    );
}

fn department(facts: &Facts, id: DepartmentId) -> String {
    let name = facts.departments.iter().find(|(department, _)| *department == id);
    name.map_or_else(|| format!("department {id}"), |(_, name)| format!("department {id} ({name})"))
}

fn system(facts: &Facts, id: SystemId) -> String {
    let name = facts.systems.iter().find(|(system, _)| *system == id);
    name.map_or_else(|| format!("platform {id}"), |(_, name)| format!("platform {id} ({name})"))
}

pub(crate) fn line(out: &mut String, text: &str) {
    // Names on the ledger are anybody's words: no control character may reach a terminal.
    out.extend(text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
    out.push('\n');
}

pub(crate) fn field(out: &mut String, name: &str, value: &str) {
    let mut text = String::new();
    write!(text, "  {name:<10} {value}").expect("a String takes everything");
    line(out, &text);
}

/// A moment as UTC, to the second.
pub fn utc(moment: Moment) -> String {
    let seconds = moment.get() / 1_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years beyond four digits are nobody's date.
    if days > 2_932_896 {
        return format!("{} ms", moment.get());
    }
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Days since 1970-01-01 as year, month, day (Howard Hinnant, "chrono-compatible low-level date algorithms").
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + (month <= 2) as u64, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_as_utc() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_999, "2000-02-28T23:59:59Z"),
            (951_825_600_000, "2000-02-29T12:00:00Z"),
            (1_754_006_400_000, "2025-08-01T00:00:00Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59Z"),
            (u64::MAX, "18446744073709551615 ms"),
        ] {
            assert_eq!(utc(Moment::new(ms)), text);
        }
    }

    #[test]
    fn control_characters_never_reach_a_terminal() {
        let mut out = String::new();
        field(&mut out, "entry", "name\u{1b}[2J\nsecond");
        assert_eq!(out, "  entry      name\u{fffd}[2J\u{fffd}second\n");
    }
}
