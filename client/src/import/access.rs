//! One file of access events on its way into the vault: read, mapped, spooled and sealed, chunk by chunk.
//!
//! Nothing here talks to a node: what a chunk refers to is asked for between reading and storing it. A process that dies at any
//! moment leaves either the chunk in the vault with the file's position behind it, or neither.

mod report;
mod source;

use super::{
    draft::{CallKnown, Draft, Reference},
    lines::{Lines, resume},
};
use crate::{
    connection::ChainIdentity,
    error::ClientError,
    keys::Key,
    seal::{Place, seal},
    terms::{KnownTerms, LastIds},
    vault::{Import, Pseudonyms, REFUSED_MAX, StreamState, Vault},
};
use mulu_proofs::{
    access::{EVENTS_MAX, RunKey, SealedField},
    ids::{GrantId, Moment, StreamId},
};
pub use report::{AccessReport, RejectedLine, detail_of};
use source::read_line;
pub use source::{Reporting, Source};
use std::{
    collections::BTreeSet,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// How far an event's time may be ahead of this machine's clock: less than the chain allows, so that no sealed batch is refused for it.
pub const AHEAD_MS_MAX: u64 = 5_000;

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
        spooled_references(self.vault, self.source.stream())
    }

    /// Seals whatever waits in the spool.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails, or the terms do not hold what the events refer to.
    pub fn seal_waiting(&mut self, terms: &KnownTerms) -> Result<(), ClientError> {
        let is_sealed = seal_spooled(self.vault, self.source.stream(), self.key, self.chain, terms)?;
        self.report.batches += u64::from(is_sealed);
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
        let detail = detail_of(reason).to_owned();
        self.report.rejected.push(RejectedLine { line, reason, detail });
    }
}

/// What the events of a stream's spool refer to.
///
/// # Errors
/// [`ClientError`] if the vault fails.
pub fn spooled_references(vault: &Vault, stream: StreamId) -> Result<BTreeSet<Reference>, ClientError> {
    Ok(vault.spooled(stream)?.iter().map(|event| reference_of(event.leaf.key)).collect())
}

/// Seals whatever waits in a stream's spool into one batch; whether there was anything.
///
/// # Errors
/// [`ClientError`] if the vault fails, or the terms do not hold what the events refer to.
pub fn seal_spooled(
    vault: &Vault,
    stream: StreamId,
    key: &Key,
    chain: &ChainIdentity,
    terms: &KnownTerms,
) -> Result<bool, ClientError> {
    let events = vault.spooled(stream)?;
    if events.is_empty() {
        return Ok(false);
    }
    let state = vault.stream(stream)?;
    let state = state.ok_or(ClientError::StreamNotOurs { stream, why: "is unknown to this vault" })?;
    vault.keep(&seal(&Place::after(&state, stream, chain), events, terms, key)?)?;
    Ok(true)
}

/// A grant's calls are compared with those of the other side: both must name them alike.
fn comparable(vault: &Vault, stream: StreamId, by: Reporting, grant: GrantId) -> Result<(), ClientError> {
    if by.reconciles && !vault.call_ids().shares(grant) {
        return Err(ClientError::NoCallKey { stream, grant });
    }
    Ok(())
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
mod tests;
