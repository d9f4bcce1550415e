//! What happened to a request or grant, record by record, as people read it.

use crate::{
    local::LocalTime,
    table::table_in,
    words::{items, methods, name_of},
};
use mulu_proofs::departments::SignedAs;
use mulu_rpc_api::sharing::{Note, TimelineStep};
use mulu_verifier::words::{Language, Speech};

/// Who signed in which role, what was said, and when a clock is due.
pub fn timeline(steps: &[TimelineStep], local: &LocalTime, speech: Speech) -> String {
    let rows: Vec<Vec<String>> = steps
        .iter()
        .map(|step| {
            let by = step.signed_as.map_or_else(String::new, |by| role_of(&by, speech));
            let act = speech.say(&step.act.to_string());
            vec![step.record.to_string(), step.moment.utc(), act, by, clock(step, local, speech), said(step, speech)]
        })
        .collect();
    table_in(speech, &["record", "when", "act", "as", "clock", "said"], &rows)
}

/// A role and its department.
pub fn role_of(by: &SignedAs, speech: Speech) -> String {
    speech.tell("{} of department {}", &[&speech.say(&by.role.to_string()), &by.department])
}

/// Which clock it is, the last day in time, and from when on it is overdue.
fn clock(step: &TimelineStep, local: &LocalTime, speech: Speech) -> String {
    let Some(deadline) = step.deadline else { return String::new() };
    match step.due {
        Some(due) => {
            speech.tell("deadline {}, last day {}, overdue from {}", &[&deadline, &due.day, &local.told(due.moment)])
        }
        None => speech.tell("deadline {} stands still", &[&deadline]),
    }
}

/// What the record says, and behind it the signer's own words, which nobody translates.
fn said(step: &TimelineStep, speech: Speech) -> String {
    let void = step.void_since.map(|record| speech.tell("void since record {}", &[&record]));
    let note = step.note.as_ref().map(|note| told(note, speech));
    let own = (!step.said.is_empty()).then(|| step.said.clone());
    let parts: Vec<String> = [void, note, own].into_iter().flatten().collect();
    parts.join(if speech.language() == Language::Chinese { "：" } else { ": " })
}

fn told(note: &Note, speech: Speech) -> String {
    match note {
        Note::WorkingDays(days) => speech.tell("{} working days", &[days]),
        Note::Granted(days) => speech.tell("granted, {} working days", &[days]),
        Note::Denied(days) => speech.tell("denied, {} working days", &[days]),
        Note::Clock(kind) => speech.say(&name_of(kind)),
        Note::Stopped(end) => speech.say(&name_of(end)),
        Note::StandingConsent(record) => speech.tell("by the standing consent of record {}", &[record]),
        Note::Changed { kind, items: changed, methods: gone, record } => {
            let kind = speech.say(&format!("entry {}", name_of(kind).replace('_', " ")));
            match (*changed, gone.is_empty()) {
                (0, true) => speech.tell("{} (record {})", &[&kind, record]),
                (0, false) => speech.tell("{}: {} (record {})", &[&kind, &speech.list(methods(*gone)), record]),
                _ => speech.tell("{}: items {} (record {})", &[&kind, &items(*changed), record]),
            }
        }
        Note::Used { kind, on } => speech.tell("{} of {}", &[&speech.say(&format!("record on {}", name_of(kind))), on]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::chinese::TABLES;

    fn step(more: serde_json::Value) -> TimelineStep {
        let mut step = serde_json::json!({
            "act": "request_endorsed", "record": 163, "moment": 0, "account": null, "signed_as": null, "said": "", "note": null,
            "void_since": null, "deadline": null, "due": null,
        });
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(step).unwrap()
    }

    fn line(more: serde_json::Value, language: Language) -> String {
        let text = timeline(&[step(more)], &LocalTime::default(), Speech::new(language, TABLES));
        text.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_voided_signature_says_since_when() {
        let void = serde_json::json!({"void_since": 170});
        assert_eq!(
            line(void.clone(), Language::English),
            "163 1970-01-01T00:00:00Z request endorsed void since record 170"
        );
        assert!(line(void, Language::Chinese).ends_with("自记录170起无效"));
    }

    #[test]
    fn an_agreement_without_a_signature_says_what_it_rests_on() {
        let agreed = serde_json::json!({"act": "request_agreed", "note": {"standing_consent": 245}});
        assert!(line(agreed.clone(), Language::English).ends_with("by the standing consent of record 245"));
        assert!(line(agreed, Language::Chinese).ends_with("依据记录245的常设同意，无人签名"));
    }

    #[test]
    fn a_notice_says_what_changed_and_why_in_the_words_of_who_signed() {
        let change = |kind: &str, items: u64, methods: u8| {
            let changed = serde_json::json!({"kind": kind, "items": items, "methods": methods, "record": 245});
            serde_json::json!({"act": "holder_notified", "said": "audit by department 2", "note": {"changed": changed}})
        };
        let told = |change, language| line(change, language);
        let suspended = told(change("suspended", 0, 0), Language::English);
        assert!(
            suspended.ends_with("holder notified entry suspended (record 245): audit by department 2"),
            "{suspended}"
        );
        let chinese = told(change("suspended", 0, 0), Language::Chinese);
        assert!(chinese.ends_with("（记录245）：audit by department 2"), "{chinese}");
        let stricter = told(change("item_stricter", 5, 0), Language::English);
        assert!(stricter.contains("entry item stricter: items 0,2 (record 245)"), "{stricter}");
        let removed = told(change("method_removed", 0, 2), Language::English);
        assert!(removed.contains("entry method removed: file (record 245)"), "{removed}");
    }

    #[test]
    fn a_use_says_its_kind_and_its_day_and_a_clock_its_last_day() {
        let used =
            serde_json::json!({"act": "use_recorded", "note": {"used": {"kind": "outcome", "on": "2024-10-04"}}});
        assert!(line(used, Language::English).ends_with("use recorded record on outcome of 2024-10-04"));
        let due = serde_json::json!({"day": "2024-10-04", "moment": 1_728_057_600_000_u64, "weekends_only": false});
        let started = serde_json::json!({"act": "deadline_started", "deadline": 5, "due": due, "note": {"clock": "provisioning"}});
        let said = line(started, Language::English);
        assert!(said.contains("deadline 5, last day 2024-10-04, overdue from 2024-10-04T16:00:00+00:00 ("), "{said}");
        assert!(said.ends_with("provisioning"), "{said}");
    }
}
