//! `mulu bridge status` in words.

use crate::table::{fields_in, table_in};
use mulu_bridge::{
    rounds::Round,
    status::{SinkShown, Status},
};
use mulu_proofs::ids::Moment;
use mulu_verifier::words::Speech;
use std::{collections::BTreeMap, fmt::Display};

/// How a bridge is, for whoever looks after it.
pub fn told(status: &Status, speech: Speech) -> String {
    let taking = speech.say(if status.is_taking { "records are taken" } else { "no records are taken" });
    let quarantine: [&dyn Display; 3] =
        [&status.quarantine_rows, &status.quarantine_bytes, &status.quarantine_bytes_max];
    let mut text = fields_in(
        speech,
        &[
            ("node", status.node.clone()),
            ("state", taking),
            ("events not on the chain yet", speech.tell("{} of at most {}", &[&status.waiting, &status.waiting_max])),
            ("quarantine", speech.tell("{} rows, {} of at most {} bytes", &quarantine)),
        ],
    );
    let rows = status.streams.iter().map(|(stream, row)| {
        let source = row.source.clone().unwrap_or_default();
        vec![stream.to_string(), source, row.waiting.to_string(), row.unconfirmed.to_string(), row.delay_ms.to_string()]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table_in(speech, &["stream", "source", "in no batch", "not confirmed", "waits ms"], &rows));
    }
    text.push_str(&sinks_told(&status.sinks, speech));
    text.push_str(&rounds_told(&status.rounds, speech));
    if !status.standing.is_empty() && !status.is_at_rest() {
        text.push_str(&speech.tell("sources that stand still: {}", &[&speech.joined(&status.standing)]));
        text.push('\n');
    }
    for (stream, row) in &status.streams {
        if let Some(shut) = row.shut {
            text.push_str(&speech.tell(shut.phrase(), &[stream, stream, stream]));
            text.push('\n');
        }
    }
    for (part, why) in &status.troubles {
        text.push_str(&speech.tell("trouble of {}: {}", &[part, why]));
        text.push('\n');
    }
    text
}

/// How far each sink is; empty where there is none.
fn sinks_told(sinks: &BTreeMap<String, SinkShown>, speech: Speech) -> String {
    if sinks.is_empty() {
        return String::new();
    }
    let rows = sinks.iter().map(|(name, sink)| {
        let state = speech.say(sink.state.word());
        let (next, height, parked) = (shown(sink.next), shown(sink.height), sink.parked.to_string());
        vec![name.clone(), sink.kind.clone(), state, next, shown(sink.behind), height, parked]
    });
    let titles = ["sink", "kind", "state", "next record", "behind by", "told to height", "refused"];
    format!("\n{}", table_in(speech, &titles, &rows.collect::<Vec<_>>()))
}

fn shown<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Rounds of catalogs and mounts; empty where there are none.
fn rounds_told(rounds: &BTreeMap<String, Round>, speech: Speech) -> String {
    if rounds.is_empty() {
        return String::new();
    }
    let rows = rounds.iter().map(|(part, round)| {
        let at = |moment: Option<Moment>| shown(moment.map(Moment::utc));
        vec![part.clone(), at(round.ended), at(round.worked), at(round.next), round.failures.to_string()]
    });
    let titles = ["rounds of", "last round", "last that worked", "next round", "failures since"];
    format!("\n{}", table_in(speech, &titles, &rows.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::chinese::TABLES;
    use mulu_bridge::sink::desk::SinkState;
    use mulu_proofs::ids::RecordNumber;
    use mulu_verifier::words::Language;

    fn status() -> Status {
        let sink = SinkShown {
            kind: "webhook".into(),
            state: SinkState::Stopped,
            next: Some(RecordNumber::new(17)),
            behind: Some(4),
            ..SinkShown::default()
        };
        let moment = |ms| Some(Moment::new(ms));
        let round =
            Round { ended: moment(1_785_587_405_000), worked: None, next: moment(1_785_587_465_000), failures: 3 };
        Status {
            is_taking: false,
            standing: ["bus".to_owned(), "gateway".to_owned()].into(),
            node: "ws://node".into(),
            waiting: 1,
            waiting_max: 10,
            streams: BTreeMap::new(),
            quarantine_rows: 2,
            quarantine_bytes: 300,
            quarantine_bytes_max: 1_000,
            sinks: [("platform".to_owned(), sink)].into(),
            rounds: [("catalog/portal".to_owned(), round)].into(),
            troubles: [("sink/platform".to_owned(), "it answers 410".to_owned())].into(),
        }
    }

    fn words(text: &str, line_of: &str) -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(line_of)).unwrap_or_else(|| panic!("{line_of}: {text}"));
        line.split("  ").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn sinks_rounds_and_sources_that_stand_still_are_told() {
        let text = told(&status(), Speech::new(Language::English, TABLES));
        assert_eq!(words(&text, "platform"), ["platform", "webhook", "has stopped", "17", "4", "-", "0"]);
        let round = words(&text, "catalog/portal");
        assert_eq!(round, ["catalog/portal", "2026-08-01T12:30:05Z", "-", "2026-08-01T12:31:05Z", "3"]);
        assert!(text.contains("sources that stand still: bus, gateway\n"), "{text}");
        assert!(text.ends_with("trouble of sink/platform: it answers 410\n"), "{text}");
        let chinese = told(&status(), Speech::new(Language::Chinese, TABLES));
        for word in ["落后条数", "已停下", "下一轮", "停滞的来源：bus、gateway"] {
            assert!(chinese.contains(word), "{word}: {chinese}");
        }
    }

    #[test]
    fn what_does_not_run_stands_still_as_a_whole() {
        let at_rest = Status { troubles: [("bridge".to_owned(), "it does not run".to_owned())].into(), ..status() };
        let text = told(&at_rest, Speech::new(Language::English, TABLES));
        assert!(!text.contains("stand still") && text.contains("it does not run"), "{text}");
    }
}
