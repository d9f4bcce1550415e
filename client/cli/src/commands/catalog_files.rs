//! `mulu catalog template`, `export` and `fingerprint`: what stands in files.

use crate::{arguments::Global, output::write, session::Session, words};
use anyhow::Context;
use clap::{Args, ValueEnum};
use mulu_catalogs::{
    dcat, document,
    published::{Entries, Published, Shown},
    schema::fingerprint::{self, Kind, SCHEMA_BYTES_MAX},
    table::write::{Names, Tables, tables, template},
};
use mulu_proofs::ids::DepartmentId;
use mulu_verifier::words::Language;
use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
};

/// Where the template goes.
#[derive(Debug, Args)]
pub struct Template {
    /// File for the table of entries; it must not exist
    #[arg(long, value_name = "FILE")]
    entries: PathBuf,
    /// File for the table of items; it must not exist
    #[arg(long, value_name = "FILE")]
    items: PathBuf,
}

/// What is given out.
#[derive(Debug, Args)]
pub struct Export {
    /// Form of the file
    #[arg(long, value_enum)]
    to: To,
    /// File that is written; it must not exist
    file: PathBuf,
    /// File for the items of a table; it must not exist
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// The whole sharing catalog, for departments; else what is open to the public without condition
    #[arg(long)]
    to_departments: bool,
    /// Id of the provider department
    #[arg(long, value_parser = words::id::<DepartmentId>)]
    provider: Option<DepartmentId>,
    /// Title of the catalog
    #[arg(long, default_value = "政务数据目录")]
    title: String,
    /// Address below which an entry has a page, for DCAT-AP
    #[arg(long, value_name = "URL")]
    pages: Option<String>,
}

/// Forms of what is given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum To {
    /// DCAT-AP in JSON-LD
    Dcat,
    /// Two CSV tables, of entries and of items
    Table,
}

/// Whose fingerprint.
#[derive(Debug, Args)]
pub struct Fingerprint {
    /// csv, json-schema, table or openapi
    #[arg(long, value_parser = words::word::<Kind>)]
    kind: Kind,
    /// What describes the schema; of csv the data file or its first line
    file: PathBuf,
    /// Operation of an OpenAPI description, as "GET /persons/{id}"
    #[arg(long)]
    operation: Option<String>,
    /// Print the canonical form that is hashed
    #[arg(long)]
    canonical: bool,
}

impl Template {
    /// Runs the command.
    pub fn run(self, global: &Global) -> anyhow::Result<()> {
        let Tables { entries, items } = template(names(global));
        create(&self.entries, &entries)?;
        create(&self.items, &items)
    }
}

impl Export {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        anyhow::ensure!(self.items.is_some() == (self.to == To::Table), "a table takes --items, and nothing else does");
        let session = Session::open(global).await?;
        let shown = Shown { provider: self.provider, to_departments: self.to_departments };
        let mut entries = Entries::of(&session.connection, shown);
        let mut published: Vec<Published> = Vec::new();
        while let Some(page) = entries.next_page().await? {
            published.extend(page.published);
        }
        match &self.items {
            None => {
                let chain = session.chain().chain_id;
                let catalog = dcat::write::catalog(&chain, &self.title, &published, self.pages.as_deref());
                create(&self.file, &format!("{catalog:#}\n"))?;
            }
            Some(items) => {
                let rows = published.iter().map(|entry| (&entry.content, entry.provider.name.as_str()));
                let tables = tables(rows, names(global));
                create(&self.file, &tables.entries)?;
                create(items, &tables.items)?;
            }
        }
        session.output.print(&serde_json::json!({ "entries": published.len() }), |_| format!("{}\n", published.len()))
    }
}

impl Fingerprint {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let bytes = match self.kind {
            Kind::Csv => document::beginning(&self.file, SCHEMA_BYTES_MAX)?,
            _ => document::file(&self.file, SCHEMA_BYTES_MAX)?,
        };
        if self.canonical {
            let form = fingerprint::canonical_form(self.kind, &bytes, self.operation.as_deref())?;
            return write(&format!("{form}\n"));
        }
        let digest = fingerprint::fingerprint(self.kind, &bytes, self.operation.as_deref())?;
        write(&format!("{}\n", hex::encode(digest)))
    }
}

fn names(global: &Global) -> Names {
    match global.speech().language() {
        Language::Chinese => Names::Chinese,
        Language::English => Names::English,
    }
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> anyhow::Result<()> {
    let written =
        OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))
}
