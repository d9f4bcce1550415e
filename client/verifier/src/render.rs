//! A report for people and for programs.

use crate::words::{Speech, padded, printable, width};
use mulu_proofs::{
    access::{PublicLeaf, Series},
    evidence::report::{
        EventFacts, Facts, FilingFacts, ListFacts, Report, RepudiationFinding, SignatureFact, SignerStatus,
    },
    ids::{DepartmentId, SystemId},
};
use serde::Serialize;

/// Columns of a field's name.
const NAME_COLUMNS: usize = 10;
/// Columns of a link's name.
const LINK_COLUMNS: usize = 14;
/// Most events of a list that are printed; `--json` has them all.
const EVENTS_PRINTED: usize = 20;
/// Columns of an act.
const ACT_COLUMNS: usize = 18;

/// The report as one JSON object: `verified`, `chain_id`, `genesis`, `steps`, `failure`, `facts`.
pub fn json(report: &Report) -> serde_json::Value {
    let mut value = serde_json::to_value(report).expect("a report holds nothing that JSON lacks");
    value["verified"] = report.is_verified().into();
    value
}

/// The report for people, one link a line.
pub fn render(report: &Report, speech: Speech) -> String {
    let mut out = String::new();
    let verdict = if report.is_verified() {
        "Evidence package VERIFIED: chain {}, genesis {}"
    } else {
        "Evidence package REFUSED: chain {}, genesis {}"
    };
    line(&mut out, &speech.tell(verdict, &[&report.chain_id, &hex::encode(report.genesis)]));
    line(&mut out, "");
    let (holds, fails) = (speech.say("OK"), speech.say("NO"));
    let columns = width(&holds).max(width(&fails));
    let checked = |mark: &str, link: &str, said: &str| {
        format!("  {}  {} {said}", padded(mark, columns), padded(&speech.say(link), LINK_COLUMNS))
    };
    for step in &report.steps {
        line(&mut out, &checked(&holds, step.link.name(), &speech.say(&step.checked)));
        line(&mut out, &checked("", "", &speech.tell("rests on: {}", &[&speech.say(&step.anchored_on)])));
    }
    if let Some(failure) = &report.failure {
        line(&mut out, &checked(&fails, failure.link.name(), &speech.say(&failure.reason)));
        line(&mut out, "");
        let nothing = "Nothing in this file is proven: the link \"{}\" does not hold.";
        line(&mut out, &speech.tell(nothing, &[&failure.link]));
    }
    if let Some(facts) = &report.facts {
        line(&mut out, "");
        match facts {
            Facts::Event(facts) => render_event(&mut out, facts, speech),
            Facts::Filing(facts) => render_filing(&mut out, facts, speech),
            Facts::List(facts) => render_list(&mut out, facts, speech),
        }
    }
    out
}

fn render_filing(out: &mut String, facts: &FilingFacts, speech: Speech) {
    let names = Names { departments: &facts.departments, systems: &[], speech };
    let (provider, authority) = (names.department(facts.provider), names.department(facts.authority));
    line(out, &speech.tell("Filed in the catalog by {}, published by {}:", &[&provider, &authority]));
    let mut field = |name: &str, value: String| field(out, &speech.say(name), &value);
    field("entry", speech.tell("{} {} (version {})", &[&facts.code, &facts.name, &facts.version]));
    field("items", speech.joined(&facts.items));
    field("digest", hex::encode(facts.digest));
    let recorded: [&dyn std::fmt::Display; 3] = [&facts.record, &facts.height, &facts.filed_at.utc()];
    field("filed", speech.tell("record {} in block {}, {}", &recorded));
    render_signatures(out, &facts.signatures, &names);
    let proves = "This proves that the entry was registered with this content no later than the time above, and who signed for it.";
    line(out, &speech.say(proves));
}

fn render_list(out: &mut String, facts: &ListFacts, speech: Speech) {
    let names = Names { departments: &facts.departments, systems: &facts.systems, speech };
    let heights: [&dyn std::fmt::Display; 3] = [&series(speech, facts.series), &facts.above, &facts.until];
    line(out, &speech.tell("All that was reported in the series of {}, above block {} and up to block {}:", &heights));
    let mut field = |name: &str, value: String| field(out, &speech.say(name), &value);
    let totals = &facts.totals;
    let numbers: [&dyn std::fmt::Display; 3] = [&totals.events, &facts.first, &(facts.first.get() + totals.events - 1)];
    let events = if totals.events == 0 {
        speech.say("none")
    } else {
        speech.tell("{}, number {} to {} of the series", &numbers)
    };
    field("events", events);
    field("sums", speech.tell("{} calls, {} rows, {} bytes", &[&totals.calls, &totals.rows, &totals.bytes]));
    field("denied", totals.denied.to_string());
    field("findings", speech.tell("in {} of the events", &[&totals.with_findings]));
    field("repudiated", speech.tell("{} of the events, as far as this file shows", &[&totals.repudiated]));
    if let (Some(first), Some(last)) = (facts.first_recorded_at, facts.last_recorded_at) {
        field("recorded", speech.tell("{} until {}", &[&first.utc(), &last.utc()]));
    }
    for by in &facts.reporters {
        let who: [&dyn std::fmt::Display; 3] =
            [&names.system(by.platform), &names.department(by.department), &by.stream];
        field("reporter", speech.tell("{}, {}, stream {}", &who));
    }
    for (name, value) in status_of_keys(speech, &facts.signer) {
        field(name, value);
    }
    for event in facts.events.iter().take(EVENTS_PRINTED) {
        let place: [&dyn std::fmt::Display; 4] = [&event.number, &event.event, &event.stream, &event.leaf.time.utc()];
        let what = outcome(speech, &event.leaf);
        line(out, &format!("    {}: {what}", speech.tell("{}: event {} of stream {}, at {}", &place)));
    }
    let more = facts.events.len().saturating_sub(EVENTS_PRINTED);
    if more > 0 {
        line(out, &format!("    {}", speech.tell("and {} more; --json has them all", &[&more])));
    }
    render_signatures(out, &facts.signatures, &names);
    let proves = "This proves that these are all events that were reported in this series between the two heights, and not more than that.";
    line(out, &speech.say(proves));
}

fn render_event(out: &mut String, facts: &EventFacts, speech: Speech) {
    let names = Names { departments: &facts.departments, systems: &facts.systems, speech };
    let by = &facts.reporter;
    let leaf = &facts.leaf;
    let reported = speech.tell("Reported by {}, {}:", &[&names.system(by.platform), &names.department(by.department)]);
    line(out, &reported);
    let mut field = |name: &str, value: String| field(out, &speech.say(name), &value);
    let place: [&dyn std::fmt::Display; 3] = [&facts.event, &by.stream, &leaf.time.utc()];
    field("event", speech.tell("{} of stream {}, at {}", &place));
    field("series", speech.tell("number {} of {}", &[&facts.series_number, &series(speech, facts.series)]));
    field("findings", findings(speech, &facts.findings));
    if let Some(entry) = &facts.entry {
        field("entry", speech.tell("{} {} (version {})", &[&entry.code, &entry.name, &entry.version]));
        field("items", speech.joined(&entry.items));
    }
    if let Some(grant) = &facts.grant {
        let (provider, consumer) = (names.department(grant.provider), names.department(grant.consumer));
        let values: [&dyn std::fmt::Display; 4] = [&grant.grant, &grant.request, &provider, &consumer];
        field("grant", speech.tell("{} of request {}: from {} to {}", &values));
        field("period", speech.tell("{} until {}", &[&grant.from.utc(), &grant.until.utc()]));
    }
    field("outcome", outcome(speech, leaf));
    for revealed in &facts.revealed {
        let value = revealed.value.clone().unwrap_or_else(|| speech.say("(none)"));
        field("revealed", speech.tell("{}: {}", &[&speech.say(&revealed.field.to_string()), &value]));
    }
    let recorded: [&dyn std::fmt::Display; 3] = [&facts.record, &facts.height, &facts.recorded_at.utc()];
    field("recorded", speech.tell("record {} in block {}, {}", &recorded));
    for (name, value) in signer_status(speech, &facts.signer) {
        field(name, value);
    }
    render_signatures(out, &facts.signatures, &names);
    let proves =
        "This proves what was reported, by whom, and under which signatures. It does not prove that it happened.";
    line(out, &speech.say(proves));
}

/// The status of the reporter's key, then and now.
fn signer_status(speech: Speech, signer: &SignerStatus) -> Vec<(&'static str, String)> {
    if signer.compromised.is_empty() {
        return vec![("key", speech.say("no report of its compromise is shown"))];
    }
    let mut lines = Vec::new();
    for report in &signer.compromised {
        let values: [&dyn std::fmt::Display; 4] =
            [&report.from.utc(), &report.to.utc(), &report.record, &report.statement];
        lines.push(("key", speech.tell("reported compromised from {} to {} by record {}: {}", &values)));
        let then = if report.covers_batch {
            "the batch was accepted while others may have signed with the key"
        } else {
            "the batch was not accepted in that time"
        };
        lines.push(("key", speech.say(then)));
    }
    for repudiation in &signer.repudiated {
        let values: [&dyn std::fmt::Display; 2] = [&repudiation.record, &repudiation.statement];
        lines.push(("repudiated", speech.tell("by record {}: {}", &values)));
        lines.push(("authority", decision(speech, repudiation.decided.as_ref())));
    }
    lines
}

/// What is shown of the keys of a list's reporters, and of its events since.
fn status_of_keys(speech: Speech, signer: &SignerStatus) -> Vec<(&'static str, String)> {
    if signer.compromised.is_empty() {
        return vec![("key", speech.say("no report that one of their keys was compromised is shown"))];
    }
    let mut lines = Vec::new();
    for report in &signer.compromised {
        let key = hex::encode(report.key);
        let values: [&dyn std::fmt::Display; 5] =
            [&key, &report.from.utc(), &report.to.utc(), &report.record, &report.statement];
        lines.push(("key", speech.tell("{}: reported compromised from {} to {} by record {}: {}", &values)));
        let then = if report.covers_batch {
            "a batch of the list was accepted while others may have signed with the key"
        } else {
            "no batch of the list was accepted in that time"
        };
        lines.push(("key", speech.say(then)));
    }
    for said in &signer.repudiated {
        let values: [&dyn std::fmt::Display; 5] =
            [&said.first, &said.last, &said.stream, &said.record, &said.statement];
        lines.push(("repudiated", speech.tell("events {} to {} of stream {}, by record {}: {}", &values)));
        lines.push(("authority", decision(speech, said.decided.as_ref())));
    }
    lines
}

/// What the authority found of a repudiation.
fn decision(speech: Speech, decided: Option<&RepudiationFinding>) -> String {
    let Some(decided) = decided else { return speech.say("no decision is shown") };
    let phrase = if decided.upheld { "upheld by record {}: {}" } else { "rejected by record {}: {}" };
    speech.tell(phrase, &[&decided.record, &decided.finding])
}

fn render_signatures(out: &mut String, signatures: &[SignatureFact], names: &Names<'_>) {
    let speech = names.speech;
    line(out, "");
    line(out, &speech.say("Signatures:"));
    for signed in signatures {
        let who = names.signer(&signed.role.to_string(), signed.department, &signed.account.0);
        let act = padded(&speech.say(&signed.act.to_string()), ACT_COLUMNS);
        let principal = signed.principal.map(|principal| hex::encode(principal.0));
        let principal = principal.map_or_else(String::new, |key| speech.tell(", acting for key {}", &[&key]));
        line(out, &format!("  {act} {} {who}{principal}", signed.moment.utc()));
    }
    line(out, "");
}

/// The names that a package gives to departments and systems.
pub(crate) struct Names<'a> {
    pub departments: &'a [(DepartmentId, String)],
    pub systems: &'a [(SystemId, String)],
    pub speech: Speech,
}

impl Names<'_> {
    /// A department with its name, where the package has it.
    pub fn department(&self, id: DepartmentId) -> String {
        let name = self.departments.iter().find(|(department, _)| *department == id);
        self.named("department {}", "department {} ({})", &id, name.map(|(_, name)| name))
    }

    /// A platform with its name, where the package has it.
    pub fn system(&self, id: SystemId) -> String {
        let name = self.systems.iter().find(|(system, _)| *system == id);
        self.named("platform {}", "platform {} ({})", &id, name.map(|(_, name)| name))
    }

    /// Who signed: role, department and key.
    pub fn signer(&self, role: &str, department: DepartmentId, key: &[u8; 32]) -> String {
        let (role, department) = (self.speech.say(role), self.department(department));
        self.speech.tell("{} of {}, key {}", &[&role, &department, &hex::encode(key)])
    }

    fn named(&self, bare: &str, with: &str, id: &dyn std::fmt::Display, name: Option<&String>) -> String {
        name.map_or_else(|| self.speech.tell(bare, &[id]), |name| self.speech.tell(with, &[id, name]))
    }
}

pub(crate) fn series(speech: Speech, series: Series) -> String {
    speech.say(&series.to_string())
}

pub(crate) fn findings(speech: Speech, names: &[&str]) -> String {
    if names.is_empty() { speech.say("none") } else { speech.list(names.iter().map(|name| name.replace('_', " "))) }
}

pub(crate) fn outcome(speech: Speech, leaf: &PublicLeaf) -> String {
    let (outcome, method) = (speech.say(&word_of(&leaf.outcome)), speech.say(&word_of(&leaf.method)));
    let phrase = "{} by {}: {} calls, {} rows, {} bytes, {} ms";
    speech.tell(phrase, &[&outcome, &method, &leaf.calls, &leaf.rows, &leaf.bytes, &leaf.duration_ms])
}

/// The word of a value that is one, as JSON names it, with blanks.
fn word_of(value: &impl Serialize) -> String {
    let name = serde_json::to_value(value).unwrap_or_default();
    name.as_str().unwrap_or_default().replace('_', " ")
}

pub(crate) fn line(out: &mut String, text: &str) {
    out.push_str(&printable(text));
    out.push('\n');
}

/// A name that is said already, and its value.
pub(crate) fn field(out: &mut String, name: &str, value: &str) {
    line(out, &format!("  {} {value}", padded(name, NAME_COLUMNS)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_reach_a_terminal() {
        let mut out = String::new();
        field(&mut out, "entry", "name\u{1b}[2J\nsecond");
        assert_eq!(out, "  entry      name\u{fffd}[2J\u{fffd}second\n");
    }
}
