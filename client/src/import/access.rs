//! One file of access events on its way into the vault: read, mapped, spooled and sealed, chunk by chunk.
//!
//! Nothing here talks to a node: what a chunk refers to is asked for between reading and storing it. A process that dies at any
//! moment leaves either the chunk in the vault with the file's position behind it, or neither.

use super::{
    combined_log,
    draft::{CallKnown, Draft, Reference},
    event_line,
    lines::{Line, Lines, resume},
    mapping::Mapping,
};
use crate::{
    connection::ChainIdentity,
    error::ClientError,
    keys::Key,
    seal::{Place, seal},
    terms::{KnownTerms, LastIds},
    vault::{Import, Pseudonyms, REFUSED_MAX, StreamState, Vault},
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{EVENTS_MAX, RunKey, SealedField},
    ids::{DepartmentId, GrantId, Moment, StreamId, SystemId},
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// How far an event's time may be ahead of this machine's clock: less than the chain allows, so that no sealed batch is refused for it.
const AHEAD_MS_MAX: u64 = 5_000;

/// What kind of file it is.
#[derive(Clone, Debug)]
pub enum Source {
    /// Apache's and nginx's combined log, with the mapping of its paths.
    CombinedLog(Mapping),
    /// One JSON object a line.
    EventLines(StreamId),
}

impl Source {
    /// The stream that the events go into.
    pub const fn stream(&self) -> StreamId {
        match self {
            Self::CombinedLog(mapping) => mapping.stream,
            Self::EventLines(stream) => *stream,
        }
    }

    const fn line_bytes_max(&self) -> usize {
        match self {
            Self::CombinedLog(_) => combined_log::LINE_BYTES_MAX,
            Self::EventLines(_) => event_line::LINE_BYTES_MAX,
        }
    }
}

/// Who reports, and into what kind of stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reporting {
    /// Platform.
    pub platform: SystemId,
    /// Its department: pseudonyms are of a department.
    pub department: DepartmentId,
    /// Whether the stream's calls are compared with those that the other side of a grant reports.
    pub reconciles: bool,
}

/// A line that became no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedLine {
    /// Its number, from 1.
    pub line: u64,
    /// Why, from the closed list of `docs/import.md`.
    pub reason: &'static str,
    /// More of it. Never holds a value of the line.
    pub detail: String,
}

/// What became of every line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccessReport {
    /// Lines read.
    pub lines: u64,
    /// Lines that became events, in this run or in one before it.
    pub events: u64,
    /// Events that an earlier run had taken into the vault.
    pub events_before: u64,
    /// Events for each rule of the mapping, in its order: prefix and count.
    pub by_prefix: Vec<(String, u64)>,
    /// Events outside every rule: reported by the platform alone, with the finding `no_grant`.
    pub outside: u64,
    /// Events of this run that were to have a pseudonym and got none: the key of their epoch is destroyed.
    pub without_pseudonym: u64,
    /// Lines that became none, in the file's order.
    pub rejected: Vec<RejectedLine>,
    /// Batches that this run sealed.
    pub batches: u64,
}

/// Lines that were read and not stored yet.
#[derive(Debug)]
pub struct Chunk {
    drafts: Vec<(u64, Option<usize>, Draft)>,
}

impl Chunk {
    /// What the chunk refers to.
    pub fn references(&self) -> BTreeSet<Reference> {
        self.drafts.iter().map(|(_, _, draft)| draft.reference).collect()
    }

    /// The highest ids that the chunk names.
    pub fn ids(&self) -> LastIds {
        self.drafts.iter().fold(LastIds::default(), |ids, (_, _, draft)| ids.max(draft.ids()))
    }
}

/// An import under way.
pub struct AccessImport<'a> {
    vault: &'a Vault,
    key: &'a Key,
    chain: &'a ChainIdentity,
    source: Source,
    by: Reporting,
    pseudonyms: Option<Pseudonyms>,
    path: PathBuf,
    lines: Lines<BufReader<File>>,
    done: Import,
    import: Import,
    report: AccessReport,
}

impl<'a> AccessImport<'a> {
    /// Opens a file and finds out how far an earlier run came in it.
    ///
    /// # Errors
    /// [`ClientError`] if the file or the vault cannot be read, the file was begun with another mapping, or a rule names a grant whose
    /// calls could not be compared.
    pub fn begin(
        vault: &'a Vault,
        key: &'a Key,
        chain: &'a ChainIdentity,
        (source, by): (Source, Reporting),
        path: &Path,
    ) -> Result<Self, ClientError> {
        let stream = source.stream();
        let unreadable = |source| ClientError::Read { path: path.to_owned(), source };
        let (imports, number) = vault.imports(stream)?;
        let mapping = match &source {
            Source::CombinedLog(mapping) => mapping.digest,
            Source::EventLines(_) => [0; 32],
        };
        let fresh = Import { number, stream, mapping, bytes: 0, prefix: [0; 32], refused: Vec::new() };
        let file = File::open(path).map_err(unreadable)?;
        let done = resume(&file, &imports).map_err(unreadable)?.cloned().unwrap_or(fresh);
        if done.mapping != mapping {
            return Err(ClientError::OtherMapping { stream });
        }
        let mut report = AccessReport::default();
        if let Source::CombinedLog(mapping) = &source {
            report.by_prefix = mapping.rules.iter().map(|rule| (rule.prefix.clone(), 0)).collect();
            for grant in mapping.rules.iter().filter_map(|rule| rule.reference.grant()) {
                comparable(vault, stream, by, grant)?;
            }
        }
        let reader = BufReader::with_capacity(64 * 1024, File::open(path).map_err(unreadable)?);
        let lines = Lines::new(reader, source.line_bytes_max());
        let import = done.clone();
        let (pseudonyms, path) = (None, path.to_owned());
        Ok(Self { vault, key, chain, source, by, pseudonyms, path, lines, done, import, report })
    }

    /// Bytes of the file that were read.
    pub const fn bytes(&self) -> u64 {
        self.lines.bytes()
    }

    /// What became of the lines so far.
    pub const fn report(&self) -> &AccessReport {
        &self.report
    }

    /// What the events refer to that an earlier run spooled and did not seal.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn waiting(&self) -> Result<BTreeSet<Reference>, ClientError> {
        let waiting = self.vault.spooled(self.source.stream())?;
        Ok(waiting.iter().map(|event| reference_of(event.leaf.key)).collect())
    }

    /// Seals whatever waits in the spool.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails, or the terms do not hold what the events refer to.
    pub fn seal_waiting(&mut self, terms: &KnownTerms) -> Result<(), ClientError> {
        let stream = self.source.stream();
        let events = self.vault.spooled(stream)?;
        if events.is_empty() {
            return Ok(());
        }
        let state = self.state()?;
        let genesis = self.chain.genesis;
        let batch = BatchPlace { genesis, stream, first: state.next, previous: state.previous };
        let place = Place { batch, domain: self.chain.domain(), floor: state.floor };
        self.vault.keep(&seal(&place, events, terms, self.key)?)?;
        self.report.batches += 1;
        Ok(())
    }

    /// Reads on until a batch is full; none at the end of the file. Lines of an earlier run are counted and passed over.
    ///
    /// # Errors
    /// [`ClientError::Read`] if the file cannot be read, [`ClientError::NoCallKey`] if calls of a grant could not be compared.
    pub fn read_chunk(&mut self) -> Result<Option<Chunk>, ClientError> {
        let mut drafts = Vec::new();
        let before = self.lines.bytes();
        while drafts.len() < EVENTS_MAX as usize {
            let line = self.lines.next_line();
            let Some(line) = line.map_err(|source| ClientError::Read { path: self.path.clone(), source })? else {
                break;
            };
            let read = read_line(&self.source, line, self.report.lines + 1, self.vault);
            self.report.lines += 1;
            let number = self.report.lines;
            match read {
                Err((reason, detail)) => self.report.rejected.push(RejectedLine { line: number, reason, detail }),
                // The same in every run: so it is not kept among the lines that an earlier run refused.
                Ok((_, draft)) if self.is_nameless(&draft) => {
                    let detail = "calls in this stream are compared: give each its request id".to_owned();
                    self.report.rejected.push(RejectedLine { line: number, reason: "no_request_id", detail });
                }
                Ok((rule, _)) if self.lines.bytes() <= self.done.bytes => self.count_again(number, rule),
                Ok((rule, draft)) => {
                    if let (Some(grant), CallKnown::ByRequestId) = (draft.reference.grant(), draft.call_known) {
                        comparable(self.vault, self.source.stream(), self.by, grant)?;
                    }
                    drafts.push((number, rule, draft));
                }
            }
        }
        Ok((self.lines.bytes() > before).then_some(Chunk { drafts }))
    }

    /// Spools and seals a chunk.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn store(&mut self, chunk: Chunk, terms: &KnownTerms) -> Result<(), ClientError> {
        if self.lines.bytes() <= self.done.bytes {
            return Ok(());
        }
        let (floor, ceiling) = (self.state()?.floor, now_ms().saturating_add(AHEAD_MS_MAX));
        let mut events = Vec::with_capacity(chunk.drafts.len());
        for (line, rule, mut draft) in chunk.drafts {
            let time = draft.time;
            if time.get() <= ceiling {
                self.give_pseudonym(&mut draft)?;
            }
            let is_without =
                draft.is_pseudonymous && draft.pseudonym.is_none() && draft.values.get(SealedField::User).is_some();
            match draft.into_event(self.by.platform, terms) {
                _ if time < floor => self.refuse(line, "before_stream")?,
                _ if time.get() > ceiling => self.refuse(line, "ahead_of_time")?,
                Err(unknown) => self.refuse(line, unknown.code())?,
                Ok(event) => {
                    self.count(rule);
                    self.report.without_pseudonym += u64::from(is_without);
                    events.push(event);
                }
            }
        }
        // Lines that do not read were rejected before those that have no place.
        self.report.rejected.sort_by_key(|row| row.line);
        self.import.bytes = self.lines.bytes();
        self.import.prefix = self.lines.prefix();
        self.vault.spool(self.source.stream(), &events, Some(&self.import))?;
        self.seal_waiting(terms)
    }

    /// Whether the other side could not name the call of an event that is compared with its own.
    fn is_nameless(&self, draft: &Draft) -> bool {
        self.by.reconciles && draft.reference.grant().is_some() && draft.call_known == CallKnown::Here
    }

    fn give_pseudonym(&mut self, draft: &mut Draft) -> Result<(), ClientError> {
        let Some(user) = draft.values.get(SealedField::User).filter(|_| draft.is_pseudonymous) else { return Ok(()) };
        let pseudonyms = match self.pseudonyms.take().filter(|epoch| epoch.covers(draft.time)) {
            Some(pseudonyms) => pseudonyms,
            None => self.vault.pseudonyms(self.by.department, draft.time, Moment::new(now_ms()))?,
        };
        draft.pseudonym = pseudonyms.of(user);
        self.pseudonyms = Some(pseudonyms);
        Ok(())
    }

    fn state(&self) -> Result<StreamState, ClientError> {
        let stream = self.source.stream();
        let unknown = ClientError::StreamNotOurs { stream, why: "is unknown to this vault" };
        self.vault.stream(stream)?.ok_or(unknown)
    }

    fn count(&mut self, rule: Option<usize>) {
        self.report.events += 1;
        match (rule, &self.source) {
            (Some(rule), _) => self.report.by_prefix[rule].1 += 1,
            (None, Source::CombinedLog(_)) => self.report.outside += 1,
            (None, Source::EventLines(_)) => {}
        }
    }

    /// A line that an earlier run took or refused.
    fn count_again(&mut self, line: u64, rule: Option<usize>) {
        if self.done.refused.contains(&line) {
            self.reject(line, "refused_before");
        } else {
            self.report.events_before += 1;
            self.count(rule);
        }
    }

    /// A line that reads, but that stream or ledger have no place for now: kept, so that a later run does not take it for an event.
    fn refuse(&mut self, line: u64, reason: &'static str) -> Result<(), ClientError> {
        if self.import.refused.len() >= REFUSED_MAX {
            let why = format!("more than {REFUSED_MAX} lines have no place in this stream, the last one for {reason}");
            return Err(ClientError::Form { path: self.path.clone(), why });
        }
        self.import.refused.push(line);
        self.reject(line, reason);
        Ok(())
    }

    fn reject(&mut self, line: u64, reason: &'static str) {
        let detail = match reason {
            "before_stream" => "earlier than the stream's last batch begins; report it in another stream",
            "ahead_of_time" => "its time lies in the future; correct the clock that wrote it",
            "unknown_reference" => "the ledger has no such grant, or never published such an entry",
            "unknown_id" => "the ledger has no such consumer, system or purpose; register it, or correct the number",
            "unknown_item" => "the entry's version has no such item",
            _ => "an earlier run found no place for it; if there is one now, report the line in a file of its own",
        };
        self.report.rejected.push(RejectedLine { line, reason, detail: detail.to_owned() });
    }
}

/// A grant's calls are compared with those of the other side: both must name them alike.
fn comparable(vault: &Vault, stream: StreamId, by: Reporting, grant: GrantId) -> Result<(), ClientError> {
    if by.reconciles && !vault.call_ids().shares(grant) {
        return Err(ClientError::NoCallKey { stream, grant });
    }
    Ok(())
}

type ReadLine = Result<(Option<usize>, Draft), (&'static str, String)>;

fn read_line(source: &Source, line: Line<'_>, number: u64, vault: &Vault) -> ReadLine {
    let Line::Whole(line) = line else {
        return Err(("too_long", combined_log::Rejected::TooLong.to_string()));
    };
    match source {
        Source::CombinedLog(mapping) => {
            let request = combined_log::read(line).map_err(|rejected| (rejected.code(), rejected.to_string()))?;
            let draft = mapping.draft(&request, line, number, vault.call_ids());
            Ok((mapping.rule_of(request.path), draft))
        }
        Source::EventLines(_) => event_line::read(line, number, vault.call_ids())
            .map(|draft| (None, draft))
            .map_err(|rejected| ("not_an_event", rejected.to_string())),
    }
}

const fn reference_of(key: RunKey) -> Reference {
    match key {
        RunKey::Grant(grant, version) => Reference::Grant(grant, version),
        RunKey::Entry(entry, version, consumer) => Reference::Entry(entry, version, consumer),
        RunKey::Reporter(_) => Reference::Reporter,
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)).get()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{event::Event, vault::ChainCursor};
    use mulu_proofs::ids::EventNumber;
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
        assert_eq!(
            (report.events, report.rejected[0].line, report.rejected[0].reason),
            (1_001, 1_001, "refused_before")
        );
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
        let line = |time: u64, user: &str| {
            format!("{{\"time\":{time},\"pseudonym\":true,\"sealed\":{{\"user\":\"{user}\"}}}}\n")
        };
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
}
