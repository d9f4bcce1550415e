//! Imports of files: once however often, interrupted, grown; every line accounted for; calls that are compared; pseudonyms.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    event::Event,
    import::{event_line, mapping::Mapping},
    vault::ChainCursor,
};
use mulu_proofs::ids::{DepartmentId, EventNumber, SystemId};
use std::fmt::Write;

const STREAM: StreamId = StreamId::new(1);
const PLATFORM: SystemId = SystemId::new(5);
const BY: Reporting = Reporting { platform: PLATFORM, department: DepartmentId::new(2), reconciles: false };

struct Bench {
    folder: tempfile::TempDir,
    chain: ChainIdentity,
    key: Key,
}

impl Bench {
    fn new() -> Self {
        let chain = ChainIdentity { chain_id: "test".into(), genesis: [9; 32] };
        Self { folder: tempfile::tempdir().unwrap(), chain, key: Key::development("platform") }
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("events.jsonl");
        std::fs::write(&path, text).unwrap();
        path
    }

    fn vault(&self) -> Vault {
        let vault = Vault::open(&self.folder.path().join("vault"), &self.chain.genesis).unwrap();
        let cursor = ChainCursor { next: EventNumber::new(1), previous: [0; 32] };
        if vault.stream(STREAM).unwrap().is_none() {
            vault.meet(STREAM, &cursor).unwrap();
        }
        vault
    }

    /// Runs an import until `chunks` chunks are stored, or to its end.
    fn run(&self, path: &Path, chunks: usize) -> AccessReport {
        let vault = self.vault();
        let source = (Source::EventLines(STREAM), BY);
        let mut import = AccessImport::begin(&vault, &self.key, &self.chain, source, path).unwrap();
        let terms = KnownTerms::default();
        import.seal_waiting(&terms).unwrap();
        for _ in 0..chunks {
            let Some(chunk) = import.read_chunk().unwrap() else { break };
            import.store(chunk, &terms).unwrap();
        }
        import.report().clone()
    }

    fn next(&self) -> u64 {
        self.vault().stream(STREAM).unwrap().unwrap().next.get()
    }
}

fn events(count: u64) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        writeln!(text, r#"{{"time":{n}}}"#).unwrap();
        text
    })
}

#[test]
fn a_file_is_reported_once_however_often_it_is_imported() {
    let bench = Bench::new();
    let path = bench.file(&events(2_500));
    let report = bench.run(&path, 9);
    assert_eq!((report.events, report.events_before, report.batches, report.lines), (2_500, 0, 3, 2_500));
    let moved = bench.folder.path().join("moved");
    std::fs::rename(&path, &moved).unwrap();
    let report = bench.run(&moved, 9);
    assert_eq!((report.events, report.events_before, report.batches), (2_500, 2_500, 0));
    assert_eq!(bench.next(), 2_501);
}

#[test]
fn an_interrupted_import_goes_on_where_it_was_and_a_grown_file_too() {
    let bench = Bench::new();
    let path = bench.file(&events(2_500));
    assert_eq!(bench.run(&path, 1).events, 1_000);
    let report = bench.run(&path, 9);
    assert_eq!((report.events, report.events_before), (2_500, 1_000));
    let path = bench.file(&events(2_600));
    let report = bench.run(&path, 9);
    assert_eq!((report.events, report.events_before, report.batches), (2_600, 2_500, 1));
    assert_eq!(bench.next(), 2_601);
}

#[test]
fn events_that_were_spooled_and_not_sealed_are_sealed_by_the_next_run() {
    let bench = Bench::new();
    let path = bench.file(&events(3));
    {
        let vault = bench.vault();
        let source = (Source::EventLines(STREAM), BY);
        let mut import = AccessImport::begin(&vault, &bench.key, &bench.chain, source, &path).unwrap();
        let chunk = import.read_chunk().unwrap().unwrap();
        let drafts = chunk.drafts.into_iter().map(|(_, _, draft)| draft);
        let events: Vec<Event> =
            drafts.map(|draft| draft.into_event(PLATFORM, &KnownTerms::default()).unwrap()).collect();
        import.import.bytes = import.lines.bytes();
        import.import.prefix = import.lines.prefix();
        vault.spool(STREAM, &events, Some(&import.import)).unwrap();
        assert_eq!(import.waiting().unwrap(), BTreeSet::from([Reference::Reporter]));
    }
    let report = bench.run(&path, 9);
    assert_eq!((report.events, report.events_before, report.batches), (3, 3, 1));
    assert_eq!(bench.next(), 4);
}

#[test]
fn every_line_is_accounted_for() {
    let bench = Bench::new();
    let long = " ".repeat(event_line::LINE_BYTES_MAX + 1);
    let text = format!(
        "{{\"time\":5}}\n{{\"time\":6,\"grant\":1}}\nnonsense\n{{\"time\":{}}}\n{long}\n{{\"time\":7,\"purpose\":1}}\n",
        u64::MAX
    );
    let path = bench.file(&text);
    let reasons = |report: &AccessReport| -> Vec<(u64, &'static str)> {
        report.rejected.iter().map(|row| (row.line, row.reason)).collect()
    };
    let report = bench.run(&path, 9);
    assert_eq!((report.lines, report.events), (6, 1));
    let in_line_order =
        [(2, "unknown_reference"), (3, "not_an_event"), (4, "ahead_of_time"), (5, "too_long"), (6, "unknown_id")];
    assert_eq!(reasons(&report), in_line_order);
    let again = bench.run(&path, 9);
    let before = in_line_order.map(|(line, why)| (line, if line % 2 == 0 { "refused_before" } else { why }));
    assert_eq!(reasons(&again), before);
    assert_eq!(again.events, 1);
}

#[test]
fn events_before_the_last_batch_are_refused_once_and_told_again() {
    let bench = Bench::new();
    let mut text = (0..1_000).fold(String::new(), |mut text, n| {
        writeln!(text, r#"{{"time":{}}}"#, 500 + n).unwrap();
        text
    });
    text.push_str("{\"time\":499}\n{\"time\":500}\n");
    let path = bench.file(&text);
    let report = bench.run(&path, 9);
    assert_eq!((report.events, report.rejected.len()), (1_001, 1));
    assert_eq!((report.rejected[0].line, report.rejected[0].reason), (1_001, "before_stream"));
    let report = bench.run(&path, 9);
    assert_eq!((report.events, report.rejected[0].line, report.rejected[0].reason), (1_001, 1_001, "refused_before"));
}

#[test]
fn another_mapping_for_the_same_file_is_refused() {
    let bench = Bench::new();
    let path = bench.file(&events(3));
    bench.run(&path, 9);
    let mapping = Mapping::parse(br#"{"stream":1,"rules":[]}"#).unwrap();
    let vault = bench.vault();
    let source = (Source::CombinedLog(mapping), BY);
    let other = AccessImport::begin(&vault, &bench.key, &bench.chain, source, &path);
    assert!(matches!(other.err(), Some(ClientError::OtherMapping { .. })));
}

#[test]
fn calls_that_are_compared_need_the_grants_secret_and_a_request_id() {
    let bench = Bench::new();
    let path = bench.file(concat!(
        r#"{"time":1,"grant":3}"#,
        "\n",
        r#"{"time":2}"#,
        "\n",
        r#"{"time":3,"grant":3,"call_id":"0100000000000000"}"#,
        "\n",
        r#"{"time":4,"grant":3,"request_id":"r-1"}"#,
        "\n"
    ));
    let mut vault = bench.vault();
    let by = Reporting { reconciles: true, ..BY };
    let read = |vault: &Vault| {
        let source = (Source::EventLines(STREAM), by);
        let mut import = AccessImport::begin(vault, &bench.key, &bench.chain, source, &path).unwrap();
        let chunk = import.read_chunk()?.unwrap();
        Ok::<_, ClientError>((chunk.drafts.len(), import.report().rejected.clone()))
    };
    let refused = read(&vault).unwrap_err();
    assert!(matches!(refused, ClientError::NoCallKey { grant, .. } if grant == GrantId::new(3)));
    assert!(refused.hint().unwrap().contains("mulu vault call-key"));
    let mapping = Mapping::parse(br#"{"stream":1,"rules":[{"prefix":"/","grant":3}]}"#).unwrap();
    let source = (Source::CombinedLog(mapping), by);
    let refused = AccessImport::begin(&vault, &bench.key, &bench.chain, source, &path).err();
    assert!(matches!(refused, Some(ClientError::NoCallKey { .. })));

    vault.new_call_key(GrantId::new(3), &bench.folder.path().join("call.key")).unwrap();
    let (drafts, rejected) = read(&vault).unwrap();
    assert_eq!((drafts, rejected.len(), rejected[0].line, rejected[0].reason), (3, 1, 1, "no_request_id"));

    // Taken into the vault and told again, it is no event of an earlier run.
    let run = || {
        let source = (Source::EventLines(STREAM), by);
        let mut import = AccessImport::begin(&vault, &bench.key, &bench.chain, source, &path).unwrap();
        while let Some(chunk) = import.read_chunk().unwrap() {
            import.store(chunk, &KnownTerms::default()).unwrap();
        }
        import.report().clone()
    };
    // The terms are empty: the grant is unknown, and one event is left.
    assert_eq!((run().events, run().events_before), (1, 1));
    let reasons: Vec<_> = run().rejected.iter().map(|row| (row.line, row.reason)).collect();
    assert_eq!(reasons, [(1, "no_request_id"), (3, "refused_before"), (4, "refused_before")]);
}

#[test]
fn a_user_looks_the_same_within_an_epoch_and_like_another_in_the_next() {
    let bench = Bench::new();
    let day = |day: u64| day * 86_400_000;
    let today = now_ms() / 86_400_000;
    let first = today - today % 90 - 90;
    let line =
        |time: u64, user: &str| format!("{{\"time\":{time},\"pseudonym\":true,\"sealed\":{{\"user\":\"{user}\"}}}}\n");
    let text = [
        line(day(first), "u-1"),
        line(day(first + 89), "u-1"),
        line(day(first + 89), "u-2"),
        line(day(first + 90), "u-1"),
        format!("{{\"time\":{},\"pseudonym\":true}}\n", day(first + 90)),
    ];
    let path = bench.file(&text.concat());
    let vault = bench.vault();
    let source = (Source::EventLines(STREAM), BY);
    let mut import = AccessImport::begin(&vault, &bench.key, &bench.chain, source, &path).unwrap();
    let mut chunk = import.read_chunk().unwrap().unwrap();
    let mut given = Vec::new();
    for (_, _, draft) in &mut chunk.drafts {
        import.give_pseudonym(draft).unwrap();
        given.push(draft.pseudonym);
    }
    assert!(given[0].is_some() && given[0] == given[1]);
    assert!(given[1] != given[2] && given[0] != given[3] && given[4].is_none());
    assert_eq!(vault.epochs().unwrap().len(), 2);
}

#[test]
fn events_whose_epoch_has_no_key_any_more_are_counted() {
    let bench = Bench::new();
    let today = now_ms() / 86_400_000;
    let over = today - today % 90 - 1;
    let (mut vault, moment) = (bench.vault(), Moment::new(over * 86_400_000));
    vault.pseudonyms(BY.department, moment, moment).unwrap();
    assert_eq!(vault.retire_epochs(over + 1, Moment::new(now_ms())).unwrap(), 1);
    drop(vault);
    let line = |day: u64, wish: bool, user: &str| {
        format!("{{\"time\":{},\"pseudonym\":{wish},\"sealed\":{{{user}}}}}\n", day * 86_400_000)
    };
    let user = r#""user":"u-1""#;
    let text = [line(over, true, user), line(over, true, ""), line(over, false, user), line(over + 1, true, user)];
    let report = bench.run(&bench.file(&text.concat()), 9);
    assert_eq!((report.events, report.without_pseudonym), (4, 1), "{:?}", report.rejected);
}
