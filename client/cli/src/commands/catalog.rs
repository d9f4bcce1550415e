//! `mulu catalog`: import. What else there is stands beside it.

use crate::{
    arguments::Global,
    commands::{access_import::bar, catalog_files, catalog_harvest},
    keyring,
    rejected::{folded, rejected},
    session::Session,
    table::fields,
};
use clap::{Args, Subcommand, ValueEnum};
use mulu_catalogs::{dataset::Read, dcat, document, landing::Landing, table};
use mulu_client::{
    import::{
        access::RejectedLine,
        catalog::{CatalogImport, CatalogReport, Publishers},
        ckan,
    },
    keys::Key,
};
use mulu_verifier::words::Speech;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Whole catalogs.
#[derive(Debug, Subcommand)]
pub enum Catalog {
    /// Bring a portal's datasets onto the ledger; may be interrupted and run again
    Import(Import),
    /// Follow a CKAN portal for one round: each change becomes a submitted version
    Harvest(catalog_harvest::Arguments),
    /// Write two tables with an example, for a department to fill in
    Template(catalog_files::Template),
    /// Write published entries into a file of another form
    Export(catalog_files::Export),
    /// Fingerprint of the schema of a resource, for a mount
    Fingerprint(catalog_files::Fingerprint),
}

/// What is imported.
#[derive(Debug, Args)]
pub struct Import {
    /// Form of the file
    #[arg(long, value_enum)]
    from: Form,
    /// One dataset a line; a DCAT-AP catalog; a table of entries
    file: PathBuf,
    /// Items of a CSV table
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// Which department publishes for which organization, and its keys: names in the keystore, or files beside the mapping
    #[arg(long)]
    mapping: PathBuf,
    /// Key of the authority's reviewer: entries are reviewed and published too
    #[arg(long, value_name = "KEY", conflicts_with = "dry_run")]
    reviewer_key: Option<String>,
    /// Say what would happen, and sign nothing
    #[arg(long)]
    dry_run: bool,
}

/// Forms of catalogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// One JSON object a line, as CKAN and JKAN portals dump their datasets
    CkanJsonl,
    /// A DCAT-AP catalog in JSON-LD
    Dcat,
    /// A table of the 13 core elements: CSV with --items, or JSON
    Table,
}

/// What a dry run found.
#[derive(serde::Serialize)]
struct DryReport {
    lines: u64,
    outcomes: BTreeMap<&'static str, u64>,
    rejected: Vec<RejectedLine>,
}

impl Catalog {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Import(import) => import.run(global).await,
            Self::Harvest(harvest) => harvest.run(global).await,
            Self::Template(template) => template.run(global),
            Self::Export(export) => export.run(global).await,
            Self::Fingerprint(fingerprint) => fingerprint.run(),
        }
    }
}

/// The publishers of a mapping, their keys opened.
pub fn publishers(global: &Global, mapping: &Path) -> anyhow::Result<Publishers> {
    // One key may sign for many organizations: it is opened once.
    let mut opened: BTreeMap<PathBuf, Key> = BTreeMap::new();
    Publishers::read_with(mapping, |folder, key| {
        let file = keyring::find_from(global, folder, key)?;
        match opened.get(&file) {
            Some(key) => Ok(key.clone()),
            None => keyring::open(global, &file, true).inspect(|key| drop(opened.insert(file, key.clone()))),
        }
    })
}

impl Import {
    async fn run(self, global: &Global) -> anyhow::Result<()> {
        let publishers = publishers(global, &self.mapping)?;
        let open = |key: String| keyring::open(global, &keyring::find(global, &key)?, true);
        let reviewer = self.reviewer_key.clone().map(open).transpose()?;
        // Read before anything is connected: what is no catalog goes nowhere.
        let read = if self.dry_run || self.from != Form::CkanJsonl { Some(self.read(&publishers)?) } else { None };
        let session = Session::open(global).await?;
        let submitter = session.submitter().await?;
        if self.dry_run {
            let landing = Landing::new(&session.connection, &submitter, &publishers).dry();
            let report = dry(landing, read.unwrap_or_default()).await?;
            return session.output.print(&report, |report| dry_text(report, session.output.speech));
        }
        let mut import = CatalogImport::new(&session.connection, &submitter, &publishers, reviewer.as_ref());
        let bar = bar(&self.file)?;
        let report = match read {
            Some(read) => {
                for (line, read) in read {
                    let read = read.map_err(|(_, rejection)| (rejection.reason, rejection.detail));
                    import.take(line, read).await?;
                }
                import.finish().await?
            }
            None => {
                import
                    .run(&self.file, |progress| {
                        bar.set_position(progress.bytes);
                        bar.set_message(format!("{} landed", progress.report.landed));
                    })
                    .await?
            }
        };
        bar.finish_and_clear();
        session.output.print(&report, |report| text(report, session.output.speech))
    }

    /// Every dataset of the file, with its line or place.
    fn read(&self, publishers: &Publishers) -> anyhow::Result<Vec<(u64, Read)>> {
        let publication = |organization: &str| publishers.publication_of(organization);
        let bytes = document::file(&self.file, document::DOCUMENT_BYTES_MAX)?;
        Ok(match self.from {
            Form::CkanJsonl => {
                let text = table::file::text("the file", &bytes)?;
                let map = |line: &str| {
                    let rejected = |rejected: ckan::Rejected| {
                        (String::new(), mulu_catalogs::Rejection::new(rejected.code(), rejected.to_string()))
                    };
                    ckan::map(line, publication).map_err(rejected)
                };
                (1..).zip(text.lines().map(map)).collect()
            }
            Form::Dcat => (1..).zip(dcat::read::read(&bytes, publication)?).collect(),
            Form::Table => {
                let rows = match &self.items {
                    Some(items) => {
                        let items = document::file(items, document::DOCUMENT_BYTES_MAX)?;
                        table::read::csv(&bytes, &items, publication)?
                    }
                    None => table::read::json(&bytes, publication)?,
                };
                rows.into_iter().map(|row| (row.line, row.mapped.map_err(|rejection| (row.code, rejection)))).collect()
            }
        })
    }
}

async fn dry(landing: Landing<'_>, read: Vec<(u64, Read)>) -> anyhow::Result<DryReport> {
    let lines = read.len() as u64;
    let (mut mapped, mut rejected, mut outcomes) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (line, read) in read {
        match read {
            Ok(dataset) => mapped.push(dataset),
            Err((_, rejection)) => {
                rejected.push(RejectedLine { line, reason: rejection.reason, detail: rejection.detail });
            }
        }
    }
    for landed in landing.land(&mapped).await? {
        *outcomes.entry(mulu_catalogs::harvest::Outcome::Landed(landed).word()).or_default() += 1;
    }
    Ok(DryReport { lines, outcomes, rejected })
}

fn dry_text(report: &DryReport, speech: Speech) -> String {
    let mut pairs = vec![("lines", report.lines.to_string())];
    pairs.extend(report.outcomes.iter().map(|(word, count)| (*word, count.to_string())));
    pairs.push(("rejected", report.rejected.len().to_string()));
    fields(&pairs) + &rejected(&report.rejected, speech)
}

fn text(report: &CatalogReport, speech: Speech) -> String {
    let mut text = fields(&[
        ("lines", report.lines.to_string()),
        ("landed", report.landed.to_string()),
        ("submitted now", report.submitted.to_string()),
        ("there before", report.present.to_string()),
        ("published", report.published.to_string()),
        ("other content", report.differing.len().to_string()),
        ("rejected", report.rejected.len().to_string()),
    ]);
    let adjusted: Vec<(&str, String)> =
        report.adjusted.iter().map(|(rule, count)| (*rule, count.to_string())).collect();
    if !adjusted.is_empty() {
        text.push_str("\nadjusted:\n");
        text.push_str(&fields(&adjusted));
    }
    let differing =
        report.differing.iter().map(|(line, code)| (*line, "on the ledger with other content", code.clone()));
    text.push_str(&folded("differs", differing, speech));
    let filled = report.filled.iter().flat_map(|row| row.rules.iter().map(|rule| (row.line, *rule, row.code.clone())));
    text.push_str(&folded("filled", filled, speech));
    text.push_str(&rejected(&report.rejected, speech));
    text
}
