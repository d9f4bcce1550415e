//! `mulu catalog import`.

use crate::{
    arguments::Global,
    commands::access_import::bar,
    keyring,
    rejected::{folded, rejected},
    session::Session,
    table::fields,
};
use clap::{Subcommand, ValueEnum};
use mulu_client::{
    import::catalog::{CatalogImport, CatalogReport, Publishers},
    keys::Key,
};
use mulu_verifier::words::Speech;
use std::{collections::BTreeMap, path::PathBuf};

/// Whole catalogs.
#[derive(Debug, Subcommand)]
pub enum Catalog {
    /// Bring a portal's datasets onto the ledger; may be interrupted and run again
    Import {
        /// Form of the file
        #[arg(long, value_enum)]
        from: Form,
        /// One dataset a line
        file: PathBuf,
        /// Which department publishes for which organization, and its keys: names in the keystore, or files beside the mapping
        #[arg(long)]
        mapping: PathBuf,
        /// Key of the authority's reviewer: entries are reviewed and published too
        #[arg(long, value_name = "KEY")]
        reviewer_key: Option<String>,
    },
}

/// Forms of catalogs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Form {
    /// One JSON object a line, as CKAN and JKAN portals dump their datasets
    CkanJsonl,
}

impl Catalog {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let Self::Import { from: Form::CkanJsonl, file, mapping, reviewer_key } = self;
        // One key may sign for many organizations: it is opened once.
        let mut opened: BTreeMap<PathBuf, Key> = BTreeMap::new();
        let mut open = |file: PathBuf| match opened.get(&file) {
            Some(key) => Ok(key.clone()),
            None => keyring::open(global, &file, true).inspect(|key| drop(opened.insert(file, key.clone()))),
        };
        let publishers = Publishers::read_with(&mapping, |folder, key| open(keyring::find_from(global, folder, key)?))?;
        let reviewer = reviewer_key.map(|key| open(keyring::find(global, &key)?)).transpose()?;
        let session = Session::open(global).await?;
        let submitter = session.submitter().await?;
        let import = CatalogImport::new(&session.connection, &submitter, &publishers, reviewer.as_ref());
        let bar = bar(&file)?;
        let report = import
            .run(&file, |progress| {
                bar.set_position(progress.bytes);
                bar.set_message(format!("{} landed", progress.report.landed));
            })
            .await?;
        bar.finish_and_clear();
        session.output.print(&report, |report| text(report, session.output.speech))
    }
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
