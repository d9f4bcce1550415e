//! `mulu evidence`: one file that proves one event, or the filing of one entry.

use crate::{
    arguments::Global,
    commands::evidence_list::List,
    output::{Output, write},
    session::Session,
    table::fields,
    unlock::Lock,
    words,
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::evidence;
use mulu_proofs::{
    access::SealedField,
    evidence::{package::PACKAGE_BYTES_MAX, report::FilingFacts},
    genesis::GenesisFile,
    ids::{EventNumber, Height, StreamId, Version},
};
use mulu_rpc_api::{access::EventRef, catalog::EntryRef};
use mulu_verifier::words::Language;
use serde::Serialize;
use std::path::PathBuf;

/// Evidence packages.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Write the evidence package of an event, verified before it is written
    Export(Export),
    /// Write the filing certificate of a published entry, verified before it is written
    Filing(Filing),
    /// Write every event of a series between two heights, with the proof that there are no others
    List(List),
    /// Print a package for people, without checking it
    Show {
        /// The package
        file: PathBuf,
    },
}

/// Which event, and what of it is shown.
#[derive(Debug, Args)]
pub struct Export {
    /// Id of the stream
    #[arg(long, value_parser = words::id::<StreamId>)]
    stream: StreamId,
    /// Number of the event in the stream
    #[arg(long, value_parser = words::id::<EventNumber>)]
    event: EventNumber,
    /// Vault that holds the event's sealed leaf; the leaf is added
    #[arg(long)]
    vault: Option<PathBuf>,
    /// What opens the vault
    #[command(flatten)]
    lock: Lock,
    /// Fields to reveal: operator, user, data_subject, request_digest, result_digest, network_address
    #[arg(long, value_delimiter = ',', value_parser = words::word::<SealedField>, requires = "vault")]
    reveal: Vec<SealedField>,
    /// Against what, and where to
    #[command(flatten)]
    target: Target,
}

/// Which version of which entry.
#[derive(Debug, Args)]
pub struct Filing {
    /// Id or resource code of the entry
    #[arg(value_parser = words::entry)]
    entry: EntryRef,
    /// Version; the one in force where none is named
    #[arg(long, value_parser = words::id::<Version>)]
    version: Option<Version>,
    /// Against what, and where to
    #[command(flatten)]
    target: Target,
}

/// What a package is verified against, and the file that it goes to.
#[derive(Debug, Args)]
pub struct Target {
    /// Genesis file to verify against; the node's own where none is named
    #[arg(long)]
    genesis: Option<PathBuf>,
    /// Prove against the header of this height instead of the head
    #[arg(long, value_parser = words::id::<Height>)]
    pub tip: Option<Height>,
    /// File to write; it must not exist
    #[arg(long)]
    pub output: PathBuf,
    /// Write over the file if there is one
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Exported {
    file: PathBuf,
    bytes: usize,
    verified: bool,
    genesis: String,
    stream: StreamId,
    event: EventNumber,
    revealed: Vec<SealedField>,
}

impl Evidence {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Export(export) => export.run(global).await,
            Self::Filing(filing) => filing.run(global).await,
            Self::List(list) => list.run(global).await,
            Self::Show { file } => show(global, &file),
        }
    }
}

fn show(global: &Global, file: &std::path::Path) -> anyhow::Result<()> {
    let bytes = mulu_verifier::read(file, PACKAGE_BYTES_MAX)?;
    if !global.json {
        return write(&mulu_verifier::show(&bytes, global.speech())?);
    }
    let text = mulu_verifier::show(&bytes, mulu_verifier::speech(Language::English))?;
    let lines: Vec<&str> = text.lines().collect();
    Output::of(global).print(&serde_json::json!({ "verified": false, "lines": lines }), |_| String::new())
}

impl Export {
    async fn run(self, global: &Global) -> anyhow::Result<()> {
        let target = self.target;
        target.ensure_free()?;
        let session = Session::open(global).await?;
        let asked = EventRef { stream: self.stream, event: self.event };
        let genesis = target.genesis(&session).await?;
        let mut package = evidence::fetch(&session.connection, asked, target.tip).await?;
        if let Some(path) = &self.vault {
            let vault = self.lock.open_existing(path, &session.greeting.chain.genesis)?;
            package = evidence::reveal(&package, &vault, &self.reveal.iter().copied().collect())?;
        }
        let report = evidence::check(&package, &genesis, asked)?;
        evidence::write(&target.output, &package)?;
        let exported = Exported {
            file: target.output,
            bytes: package.len(),
            verified: report.is_verified(),
            genesis: hex::encode(report.genesis),
            stream: self.stream,
            event: self.event,
            revealed: self.reveal,
        };
        session.output.print(&exported, text)
    }
}

impl Target {
    /// Into a new file, against the node's own genesis file and its head.
    pub const fn to(output: PathBuf) -> Self {
        Self { genesis: None, tip: None, output, force: false }
    }

    /// Refuses to write over a file that is there.
    pub fn ensure_free(&self) -> anyhow::Result<()> {
        let is_there = self.output.symlink_metadata().is_ok();
        anyhow::ensure!(!is_there || self.force, "{} is there already; --force writes over it", self.output.display());
        Ok(())
    }

    /// The genesis file that was named, or the node's.
    pub async fn genesis(&self, session: &Session) -> anyhow::Result<GenesisFile> {
        Ok(match &self.genesis {
            Some(path) => mulu_verifier::genesis(&mulu_verifier::read(path, mulu_verifier::GENESIS_BYTES_MAX)?)?,
            None => evidence::genesis(&session.connection).await?,
        })
    }
}

#[derive(Serialize)]
struct Filed {
    file: PathBuf,
    bytes: usize,
    verified: bool,
    genesis: String,
    #[serde(flatten)]
    filing: FilingFacts,
}

impl Filing {
    async fn run(self, global: &Global) -> anyhow::Result<()> {
        let Self { entry, version, target } = self;
        target.ensure_free()?;
        let session = Session::open(global).await?;
        let genesis = target.genesis(&session).await?;
        let package = evidence::fetch_filing(&session.connection, entry.clone(), version, target.tip).await?;
        let report = evidence::check_filing(&package, &genesis, &entry, version)?;
        let filing = report.filing().cloned().context("the certificate proves no filing")?;
        evidence::write(&target.output, &package)?;
        let filed = Filed {
            file: target.output,
            bytes: package.len(),
            verified: report.is_verified(),
            genesis: hex::encode(report.genesis),
            filing,
        };
        session.output.print(&filed, |filed| {
            let filing = &filed.filing;
            fields(&[
                ("file", filed.file.display().to_string()),
                ("entry", format!("{} {} (version {})", filing.code, filing.name, filing.version)),
                ("filed", filing.filed_at.utc()),
                ("record", filing.record.to_string()),
                ("bytes", filed.bytes.to_string()),
                ("verified", format!("against genesis {}", filed.genesis)),
            ])
        })
    }
}

fn text(exported: &Exported) -> String {
    let revealed: Vec<String> = exported.revealed.iter().map(words::name_of).collect();
    fields(&[
        ("file", exported.file.display().to_string()),
        ("event", format!("{}:{}", exported.stream, exported.event)),
        ("bytes", exported.bytes.to_string()),
        ("verified", format!("against genesis {}", exported.genesis)),
        ("revealed", revealed.join(", ")),
    ])
}
