//! `mulu entry`. Endorsement, review and publication sign the digest of the content that is shown, recomputed here.

use crate::{
    arguments::Global,
    commands::read_json,
    paging::Paging,
    session::Session,
    table::{fields, printable, table},
    words::{self, name_of, optional},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call, checked};
use mulu_proofs::{
    catalog::{EntryContent, ResourceCode},
    ids::{DepartmentId, Digest32, EntryId, Version},
    text::Text,
};
use mulu_rpc_api::catalog::{
    CatalogClient, Entry as Shown, EntryFilter, EntryRef, EntrySummary, VersionContent, VersionState,
};
use mulu_verifier::utc;
use std::path::PathBuf;

/// Catalog entries.
#[derive(Debug, Subcommand)]
pub enum Entry {
    /// Submit an entry or its next version; signed by the provider's cataloguer
    Submit {
        /// The content as JSON
        file: PathBuf,
    },
    /// Endorse a submitted version; signed by the provider's head
    Endorse(Signed),
    /// Return a version to its department; signed by the head or a reviewer
    Return {
        /// Which version
        #[command(flatten)]
        which: Which,
        /// Why, at most 512 bytes
        #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
        reason: Text<512>,
    },
    /// Say that an endorsed version was reviewed; signed by the authority's reviewer
    Review(Signed),
    /// Publish a reviewed version; signed by the authority's reviewer
    Publish(Signed),
    /// One entry with its versions, or the content of one version
    Show {
        /// Which version
        #[command(flatten)]
        which: Which,
        /// Print the content
        #[arg(long)]
        content: bool,
    },
    /// Entries by code
    List {
        /// Id of the provider department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        provider: Option<DepartmentId>,
        /// submitted, endorsed, reviewed, published, superseded or returned
        #[arg(long, value_parser = words::word::<VersionState>)]
        state: Option<VersionState>,
        /// How the code begins
        #[arg(long, value_parser = |code: &str| ResourceCode::new(code))]
        code_prefix: Option<ResourceCode>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// A version of an entry.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Id or resource code of the entry
    #[arg(value_parser = words::entry)]
    entry: EntryRef,
    /// Version; the latest where none is named
    #[arg(long, value_parser = words::id::<Version>)]
    version: Option<Version>,
}

/// A version whose digest is signed.
#[derive(Clone, Debug, Args)]
pub struct Signed {
    /// Which version
    #[command(flatten)]
    which: Which,
    /// Sign only if the digest is this one
    #[arg(long, value_parser = words::bytes32, value_name = "DIGEST")]
    digest: Option<Digest32>,
}

impl Entry {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        if let Self::Submit { file } = self {
            let content: EntryContent = read_json(&file)?;
            // Built before anything is connected: what is marked as a secret goes nowhere.
            let call = Call::submit_entry(&content).map_err(ClientError::from)?;
            return Session::open(global).await?.act(call).await;
        }
        let session = Session::open(global).await?;
        match self {
            Self::Submit { .. } => Ok(()),
            Self::Endorse(signed) => sign(&session, signed, Call::endorse_entry).await,
            Self::Review(signed) => sign(&session, signed, Call::review_entry).await,
            Self::Publish(signed) => sign(&session, signed, Call::publish_entry).await,
            Self::Return { which, reason } => {
                let (id, version) = latest(&session, &which).await?;
                session.act(Call::return_entry(id, version, &reason)).await
            }
            Self::Show { which, content } => show(&session, which, content).await,
            Self::List { provider, state, code_prefix, paging } => {
                let filter = EntryFilter { provider, state, code_prefix };
                let ask = async |cursor, limit| session.connection.entries(Some(filter.clone()), cursor, limit).await;
                let header = ["id", "code", "name", "provider", "version", "state"];
                paging.show(session.output, &header, ask, row).await
            }
        }
    }
}

/// Fetches a version, recomputes its digest from the content that it shows, and signs that.
async fn sign(
    session: &Session,
    signed: Signed,
    call: impl FnOnce(EntryId, Version, &Digest32) -> Call,
) -> anyhow::Result<()> {
    let (id, version) = latest(session, &signed.which).await?;
    let found = checked::entry(&session.connection, EntryRef::Id(id), Some(version)).await?;
    if let EntryRef::Code(code) = &signed.which.entry {
        anyhow::ensure!(found.content.code == *code, "the node shows another entry than {code}");
    }
    let digest = found.content.digest();
    checked::expect_digest(&digest, signed.digest)?;
    eprintln!(
        "signing entry {id} version {version}, {}, digest {}",
        printable(found.content.name.as_str()),
        hex::encode(digest)
    );
    session.act(call(id, version, &digest)).await
}

/// The version that is named, else the latest.
async fn latest(session: &Session, which: &Which) -> anyhow::Result<(EntryId, Version)> {
    let entry = entry(session, which.entry.clone()).await?;
    let latest = entry.versions.last().map(|version| version.version);
    let version = which.version.or(latest).context("the entry has no version")?;
    Ok((entry.id, version))
}

async fn entry(session: &Session, entry: EntryRef) -> anyhow::Result<Shown> {
    let found = session.connection.entry(entry).await.map_err(ClientError::from)?;
    found.context("there is no such entry")
}

async fn show(session: &Session, which: Which, content: bool) -> anyhow::Result<()> {
    if content || which.version.is_some() {
        let found = checked::entry(&session.connection, which.entry, which.version).await?;
        return session.output.print(&found, content_text);
    }
    session.output.print(&entry(session, which.entry).await?, entry_text)
}

fn row(entry: &EntrySummary) -> Vec<String> {
    vec![
        entry.id.to_string(),
        entry.code.to_string(),
        entry.name.clone(),
        entry.provider.to_string(),
        entry.version.to_string(),
        name_of(&entry.state),
    ]
}

fn entry_text(entry: &Shown) -> String {
    let mut text = fields(&[
        ("entry", format!("{} {}", entry.id, entry.name)),
        ("code", entry.code.to_string()),
        ("provider", format!("department {}", entry.provider)),
        ("in force", entry.published.map_or_else(String::new, |version| format!("version {version}"))),
    ]);
    let rows: Vec<Vec<String>> = entry
        .versions
        .iter()
        .map(|version| {
            let reason = version.returned.as_ref().map_or_else(String::new, |(_, reason)| reason.clone());
            let digest = version.digest.to_string();
            vec![version.version.to_string(), name_of(&version.state), utc(version.changed), digest, reason]
        })
        .collect();
    text.push_str(&table(&["version", "state", "since", "digest", "reason"], &rows));
    text
}

fn content_text(shown: &VersionContent) -> String {
    let content = &shown.content;
    let keywords: Vec<&str> = content.keywords.iter().map(Text::as_str).collect();
    let sharing = &content.sharing;
    let mut text = fields(&[
        ("entry", format!("{} version {}, {}", shown.id, shown.version.version, name_of(&shown.version.state))),
        ("code", content.code.to_string()),
        ("name", content.name.to_string()),
        ("provider", format!("department {}", content.provider)),
        ("summary", content.summary.to_string()),
        ("keywords", keywords.join(", ")),
        ("format", format!("{}, {}", name_of(&content.format.class), content.format.name)),
        ("sharing", format!("{}, by {}", name_of(&sharing.class), words::methods(sharing.methods))),
        ("condition", sharing.condition.to_string()),
        ("law", sharing.law.to_string()),
        ("opening", name_of(&content.opening.class)),
        ("updated", name_of(&content.update_cycle)),
        ("matter", content.responsibility.matter.to_string()),
        ("steward", content.responsibility.steward.to_string()),
        ("digest", hex::encode(content.digest())),
        ("published", optional(shown.version.published.map(|record| format!("record {record}")))),
    ]);
    let rows: Vec<Vec<String>> = (0..)
        .zip(&content.items)
        .map(|(place, item)| {
            let place: u32 = place;
            let (name, code) = (item.name.to_string(), item.code.to_string());
            vec![place.to_string(), name, code, name_of(&item.data_type), name_of(&item.sharing)]
        })
        .collect();
    text.push_str(&table(&["item", "name", "code", "type", "sharing"], &rows));
    text
}
