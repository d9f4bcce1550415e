//! A portal's catalog onto the ledger: each dataset is looked up by its code first, so that a second run finds what is there.
//!
//! ```text
//! line ── ckan::map ──> entry ── looked up ──┬─ not there ──> submit ┐
//!                                            ├─ there, on its way ───┴─> endorse ──> review ──> publish, as far as there are keys
//!                                            └─ there with other content: left alone and told
//! ```
//!
//! Datasets go in windows: the acts of one step are all under way before the first is waited for.

use super::{
    access::RejectedLine,
    ckan::{self, Adjusted, Mapped, Publication},
    lines::{Line, Lines},
};
use crate::{calls::Call, connection::Connection, error::ClientError, files, keys::Key, submit::Submitter};
use mulu_proofs::{
    catalog::{Assessments, EntryContent},
    ids::{DepartmentId, Digest32, EntryId, Version},
};
use mulu_rpc_api::catalog::{CatalogClient, EntryRef, VersionState};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::BufReader,
    path::Path,
};

/// Largest mapping file, in bytes.
const MAPPING_BYTES_MAX: usize = 1024 * 1024;
/// Datasets whose acts are under way at once.
const WINDOW: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowForm {
    organization: String,
    department: DepartmentId,
    assessments: Assessments,
    key: String,
    head: Option<String>,
}

/// Which department publishes for an organization, and who signs for it.
#[derive(Debug)]
pub struct Publisher {
    /// Department, and its assessments of what it publishes.
    pub publication: Publication,
    /// Its cataloguer's key.
    pub cataloguer: Key,
    /// Its head's key; without it, entries wait for the head.
    pub head: Option<Key>,
}

/// Publishers by organization.
#[derive(Debug, Default)]
pub struct Publishers(BTreeMap<String, Publisher>);

impl Publishers {
    /// Reads a mapping file and the key files that it names, which are not encrypted; their paths are relative to its folder.
    ///
    /// # Errors
    /// [`ClientError`] if one of the files cannot be read or is not of its form.
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        Self::read_with(path, |folder, key| Key::read(&folder.join(key)))
    }

    /// The same where `open` finds each key that the mapping names, given the mapping's folder: by a name, or behind a passphrase.
    ///
    /// # Errors
    /// As [`Self::read`], or whatever keeps `open` from a key.
    pub fn read_with<E: From<ClientError>>(
        path: &Path,
        mut open: impl FnMut(&Path, &str) -> Result<Key, E>,
    ) -> Result<Self, E> {
        let bytes = files::read_bounded(path, MAPPING_BYTES_MAX)?;
        let wrong = |why: String| ClientError::Form { path: path.to_owned(), why };
        let rows: Vec<RowForm> = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut publishers = BTreeMap::new();
        for row in rows {
            let cataloguer = open(folder, &row.key)?;
            let head = row.head.map(|head| open(folder, &head)).transpose()?;
            let publication = Publication { department: row.department, assessments: row.assessments };
            let publisher = Publisher { publication, cataloguer, head };
            if publishers.insert(row.organization.clone(), publisher).is_some() {
                return Err(wrong(format!("the organization {:?} stands in it twice", row.organization)).into());
            }
        }
        Ok(Self(publishers))
    }

    /// Who publishes for an organization; none if nobody is named for it.
    pub fn publication_of(&self, organization: &str) -> Option<Publication> {
        self.0.get(organization).map(|publisher| publisher.publication)
    }

    /// The publisher of an organization; none if nobody is named for it.
    pub fn publisher(&self, organization: &str) -> Option<&Publisher> {
        self.0.get(organization)
    }

    /// A publisher for a department; none if no organization is its.
    pub fn publisher_for(&self, department: DepartmentId) -> Option<&Publisher> {
        self.0.values().find(|publisher| publisher.publication.department == department)
    }

    fn of(&self, organization: &str) -> &Publisher {
        self.0.get(organization).expect("the dataset was mapped by this table")
    }
}

/// What became of every line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CatalogReport {
    /// Lines read.
    pub lines: u64,
    /// Datasets that are on the ledger now, whoever brought them there.
    pub landed: u64,
    /// Datasets that this run submitted.
    pub submitted: u64,
    /// Datasets that were there already.
    pub present: u64,
    /// Of the landed, those that are published.
    pub published: u64,
    /// Datasets that are there with other content than the file's: left alone. Line and code.
    pub differing: Vec<(u64, String)>,
    /// Lines that did not land, in the file's order.
    pub rejected: Vec<RejectedLine>,
    /// How many datasets each rule of adjustment was applied to.
    pub adjusted: BTreeMap<&'static str, u64>,
    /// Datasets that lack elements of a catalog (art. 13), and by which rules these were filled.
    pub filled: Vec<Filled>,
}

/// What the importer filled of an entry, because the dataset lacks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// Line.
    pub line: u64,
    /// Resource code.
    pub code: String,
    /// Rules, of those in [`CatalogReport::adjusted`].
    pub rules: Vec<&'static str>,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Bytes of the file that were read.
    pub bytes: u64,
    /// What became of the lines so far.
    pub report: &'a CatalogReport,
}

/// One dataset on its way.
struct Candidate {
    line: u64,
    organization: String,
    content: EntryContent,
    digest: Digest32,
    on_ledger: Option<OnLedger>,
}

#[derive(Clone, Copy)]
struct OnLedger {
    entry: EntryId,
    version: Version,
    state: VersionState,
}

/// An import of one file.
pub struct CatalogImport<'a> {
    connection: &'a Connection,
    submitter: &'a Submitter<'a>,
    publishers: &'a Publishers,
    reviewer: Option<&'a Key>,
    report: CatalogReport,
    codes: BTreeSet<String>,
    window: Vec<Candidate>,
}

/// One step of an entry's way.
#[derive(Clone, Copy)]
enum Step {
    Submit,
    Endorse,
    Review,
    Publish,
}

impl<'a> CatalogImport<'a> {
    /// An import that signs for these publishers, and for the authority if its reviewer's key is given.
    pub fn new(
        connection: &'a Connection,
        submitter: &'a Submitter<'a>,
        publishers: &'a Publishers,
        reviewer: Option<&'a Key>,
    ) -> Self {
        let (report, codes, window) = (CatalogReport::default(), BTreeSet::new(), Vec::with_capacity(WINDOW));
        Self { connection, submitter, publishers, reviewer, report, codes, window }
    }

    /// Imports a file. Whatever moment it dies at, the next call finds what is there and goes on.
    ///
    /// # Errors
    /// [`ClientError`] if the file cannot be read or the node does not answer. What the ledger refuses is in the report.
    pub async fn run(
        mut self,
        path: &Path,
        mut progress: impl FnMut(Progress<'_>),
    ) -> Result<CatalogReport, ClientError> {
        let unreadable = |source| ClientError::Read { path: path.to_owned(), source };
        let reader = BufReader::with_capacity(64 * 1024, File::open(path).map_err(unreadable)?);
        let mut lines = Lines::new(reader, ckan::LINE_BYTES_MAX);
        let mut number = 0;
        while let Some(line) = lines.next_line().map_err(unreadable)? {
            number += 1;
            let mapped = read_line(line, self.publishers, &mut self.codes);
            let mapped = mapped.map_err(|rejected| (rejected.code(), rejected.to_string()));
            if self.take(number, mapped).await? {
                progress(Progress { bytes: lines.bytes(), report: &self.report });
            }
        }
        let bytes = lines.bytes();
        let report = self.finish().await?;
        progress(Progress { bytes, report: &report });
        Ok(report)
    }

    /// Takes one dataset, whatever it was read from, or the reason and detail why it became no entry. True if it has landed by now, and
    /// others with it.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn take(
        &mut self,
        line: u64,
        mapped: Result<Mapped, (&'static str, String)>,
    ) -> Result<bool, ClientError> {
        self.report.lines += 1;
        match mapped {
            Ok(Mapped { organization, content, adjusted, .. }) => {
                note(&mut self.report.adjusted, &adjusted);
                let rules = adjusted.filled();
                if !rules.is_empty() {
                    self.report.filled.push(Filled { line, code: content.code.to_string(), rules });
                }
                let digest = content.digest();
                self.window.push(Candidate { line, organization, content, digest, on_ledger: None });
            }
            Err((reason, detail)) => self.reject(line, reason, detail),
        }
        let is_full = self.window.len() == WINDOW;
        if is_full {
            let window = std::mem::take(&mut self.window);
            self.land(window).await?;
        }
        Ok(is_full)
    }

    /// Lands what is left, and says what became of everything.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn finish(mut self) -> Result<CatalogReport, ClientError> {
        let window = std::mem::take(&mut self.window);
        self.land(window).await?;
        self.report.rejected.sort_by_key(|row| row.line);
        self.report.differing.sort();
        Ok(self.report)
    }

    async fn land(&mut self, window: Vec<Candidate>) -> Result<(), ClientError> {
        let mut known = Vec::with_capacity(window.len());
        for mut candidate in window {
            if self.look_up(&mut candidate).await? {
                known.push(candidate);
            }
        }
        for step in [Step::Submit, Step::Endorse, Step::Review, Step::Publish] {
            known = self.step(step, known).await?;
        }
        for candidate in known {
            self.report.landed += 1;
            let is_published = candidate.on_ledger.is_some_and(|there| there.state == VersionState::Published);
            self.report.published += u64::from(is_published);
        }
        Ok(())
    }

    /// Finds out what the ledger has under the dataset's code; false if that is something else.
    async fn look_up(&mut self, candidate: &mut Candidate) -> Result<bool, ClientError> {
        candidate.on_ledger = self.find(candidate).await?;
        if candidate.on_ledger.is_some() {
            self.report.present += 1;
            return Ok(true);
        }
        let other = self.connection.entry(EntryRef::Code(candidate.content.code.clone())).await?;
        if other.is_some_and(|entry| entry.versions.iter().any(|version| version.state != VersionState::Returned)) {
            self.report.differing.push((candidate.line, candidate.content.code.to_string()));
            return Ok(false);
        }
        Ok(true)
    }

    /// The version with exactly this content, unless it was returned.
    async fn find(&self, candidate: &Candidate) -> Result<Option<OnLedger>, ClientError> {
        let Some(entry) = self.connection.entry(EntryRef::Code(candidate.content.code.clone())).await? else {
            return Ok(None);
        };
        let same = entry
            .versions
            .iter()
            .rev()
            .find(|version| version.digest.0 == candidate.digest && version.state != VersionState::Returned);
        Ok(same.map(|version| OnLedger { entry: entry.id, version: version.version, state: version.state }))
    }

    /// Takes one step for every candidate that waits for it, and returns those that are still on their way.
    async fn step(&mut self, step: Step, candidates: Vec<Candidate>) -> Result<Vec<Candidate>, ClientError> {
        let mut under_way = Vec::new();
        let mut kept = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let Some((key, call)) = self.act(step, &candidate) else {
                kept.push(candidate);
                continue;
            };
            match self.submitter.send(key, call).await {
                Ok(pending) => under_way.push((candidate, pending)),
                Err(error) => self.refused(candidate.line, error)?,
            }
        }
        for (mut candidate, pending) in under_way {
            let outcome = self.submitter.wait(&pending).await;
            candidate.on_ledger = self.find(&candidate).await?;
            match outcome {
                Ok(_) => self.report.submitted += u64::from(matches!(step, Step::Submit)),
                // An earlier run may have taken the same step a moment ago.
                Err(_) if candidate.on_ledger.is_some() && matches!(step, Step::Submit) => self.report.present += 1,
                Err(error) => {
                    self.refused(candidate.line, error)?;
                    continue;
                }
            }
            kept.push(candidate);
        }
        kept.sort_by_key(|candidate| candidate.line);
        Ok(kept)
    }

    /// The signature and call of a step, if the candidate waits for it and there is a key.
    fn act(&self, step: Step, candidate: &Candidate) -> Option<(&'a Key, Call)> {
        let publisher = self.publishers.of(&candidate.organization);
        let digest = &candidate.digest;
        match (step, candidate.on_ledger) {
            (Step::Submit, None) => {
                let call =
                    Call::submit_entry(&candidate.content).expect("an imported dataset is never marked as a secret");
                Some((&publisher.cataloguer, call))
            }
            (Step::Endorse, Some(OnLedger { entry, version, state: VersionState::Submitted })) => {
                Some((publisher.head.as_ref()?, Call::endorse_entry(entry, version, digest)))
            }
            (Step::Review, Some(OnLedger { entry, version, state: VersionState::Endorsed })) => {
                Some((self.reviewer?, Call::review_entry(entry, version, digest)))
            }
            (Step::Publish, Some(OnLedger { entry, version, state: VersionState::Reviewed })) => {
                Some((self.reviewer?, Call::publish_entry(entry, version, digest)))
            }
            _ => None,
        }
    }

    /// Notes what the ledger said against a dataset; whatever else went wrong ends the import.
    fn refused(&mut self, line: u64, error: ClientError) -> Result<(), ClientError> {
        match error {
            ClientError::CallFailed { .. } | ClientError::Answered { .. } => {
                self.reject(line, "refused_by_chain", error.to_string());
                Ok(())
            }
            // The next run looks every dataset up before it submits it.
            error => Err(error.repeatable()),
        }
    }

    fn reject(&mut self, line: u64, reason: &'static str, detail: String) {
        self.report.rejected.push(RejectedLine { line, reason, detail });
    }
}

fn read_line(line: Line<'_>, publishers: &Publishers, codes: &mut BTreeSet<String>) -> Result<Mapped, ckan::Rejected> {
    let Line::Whole(line) = line else { return Err(ckan::Rejected::TooLong) };
    let line = std::str::from_utf8(line).map_err(|_| ckan::Rejected::NotJson)?;
    let mapped = ckan::map(line, |organization| publishers.publication_of(organization))?;
    if codes.insert(mapped.name.clone()) { Ok(mapped) } else { Err(ckan::Rejected::DuplicateName) }
}

fn note(totals: &mut BTreeMap<&'static str, u64>, adjusted: &Adjusted) {
    for (rule, count) in adjusted.counts() {
        if count > 0 {
            *totals.entry(rule).or_default() += u64::from(count);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn mapping(text: &str) -> Result<Publishers, ClientError> {
        let folder = tempfile::tempdir().unwrap();
        for name in ["c.key", "h.key"] {
            Key::random().write(&folder.path().join(name)).unwrap();
        }
        let path = folder.path().join("mapping.json");
        let assessed = format!(r#"{{"secrecy":"{}","assessed_on":20000}}"#, "11".repeat(32));
        std::fs::write(&path, text.replace("ASSESSED", &assessed)).unwrap();
        Publishers::read(&path)
    }

    #[test]
    fn keys_of_a_mapping_are_beside_it() {
        let text = r#"[{"organization":"SEPTA","department":12,"assessments":ASSESSED,"key":"c.key","head":"h.key"},
            {"organization":"City","department":13,"assessments":ASSESSED,"key":"c.key"}]"#;
        let publishers = mapping(text).unwrap();
        let septa = publishers.publication_of("SEPTA").unwrap();
        assert_eq!((septa.department, septa.assessments.assessed_on), (DepartmentId::new(12), 20_000));
        assert!(publishers.publication_of("septa").is_none());
        assert!(publishers.of("SEPTA").head.is_some());
        assert!(publishers.of("City").head.is_none());
        assert!(publishers.publisher("septa").is_none());
        assert!(publishers.publisher_for(DepartmentId::new(13)).is_some_and(|city| city.head.is_none()));
        assert!(publishers.publisher_for(DepartmentId::new(14)).is_none());
    }

    #[test]
    fn a_mapping_that_is_wrong_is_told_what_is_wrong() {
        let twice = r#"[{"organization":"A","department":1,"assessments":ASSESSED,"key":"c.key"},
                {"organization":"A","department":1,"assessments":ASSESSED,"key":"c.key"}]"#;
        assert!(matches!(mapping(twice), Err(ClientError::Form { why, .. }) if why.contains("twice")));
        assert!(matches!(mapping("{}"), Err(ClientError::Form { .. })));
        let missing = r#"[{"organization":"A","department":1,"assessments":ASSESSED,"key":"no.key"}]"#;
        assert!(matches!(mapping(missing), Err(ClientError::Read { .. })));
    }

    #[test]
    fn a_name_counts_once_in_a_file() {
        let publishers =
            mapping(r#"[{"organization":"A","department":1,"assessments":ASSESSED,"key":"c.key"}]"#).unwrap();
        let line = br#"{"name":"x","title":"T","organization":"A"}"#;
        let mut codes = BTreeSet::new();
        assert!(read_line(Line::Whole(line), &publishers, &mut codes).is_ok());
        let again = read_line(Line::Whole(line), &publishers, &mut codes);
        assert_eq!(again.err(), Some(ckan::Rejected::DuplicateName));
        assert_eq!(read_line(Line::TooLong, &publishers, &mut codes).err(), Some(ckan::Rejected::TooLong));
        assert_eq!(read_line(Line::Whole(&[0xff]), &publishers, &mut codes).err(), Some(ckan::Rejected::NotJson));
    }
}
