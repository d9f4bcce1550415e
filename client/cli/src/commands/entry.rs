//! `mulu entry`. Endorsement, review and publication sign the digest of the content that is shown, recomputed here.

use crate::{
    arguments::Global,
    commands::{
        entry_course::{self, Course, find},
        entry_search::Search,
        read_json,
    },
    output::write,
    paging::Paging,
    session::Session,
    table::{fields_in, table_in},
    templates,
    words::{self, name_of},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call, checked};
use mulu_proofs::{
    catalog::{EntryContent, EntryStatus, ResourceCode},
    ids::{DepartmentId, Digest32, EntryId, Version},
    text::Text,
};
use mulu_rpc_api::catalog::{
    CatalogClient, Entry as Shown, EntryFilter, EntryRef, EntrySummary, VersionContent, VersionState,
};
use mulu_verifier::words::{Speech, printable};
use std::{fmt::Display, path::PathBuf};

/// Catalog entries.
#[derive(Debug, Subcommand)]
pub enum Entry {
    /// Submit an entry or its next version; signed by the provider's cataloguer
    Submit {
        /// The content as JSON
        #[arg(required_unless_present = "template")]
        file: Option<PathBuf>,
        /// Print an example to begin with, and submit nothing
        #[arg(long, conflicts_with = "file")]
        template: bool,
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
    /// Acts on a published entry
    #[command(flatten)]
    Course(Course),
    /// One entry: its status, readiness, open change and versions; or the content of one version
    Show {
        /// Which version
        #[command(flatten)]
        which: Which,
        /// Print the content
        #[arg(long)]
        content: bool,
    },
    /// Entries by words and facets, the best first, with counts by facet
    Search(Search),
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
        if let Self::Submit { file, .. } = self {
            let Some(file) = file else { return write(templates::ENTRY) };
            let content: EntryContent = read_json(&file)?;
            // Built before anything is connected: what is marked as a secret goes nowhere.
            let call = Call::submit_entry(&content).map_err(ClientError::from)?;
            return Session::open(global).await?.act_for(call, content.provider).await;
        }
        let session = Session::open(global).await?;
        match self {
            Self::Submit { .. } => Ok(()),
            Self::Endorse(signed) => sign(&session, signed, Call::endorse_entry).await,
            Self::Review(signed) => sign(&session, signed, Call::review_entry).await,
            Self::Publish(signed) => sign(&session, signed, Call::publish_entry).await,
            Self::Return { which, reason } => {
                let (id, version, provider) = latest(&session, &which).await?;
                session.act_for(Call::return_entry(id, version, &reason), provider).await
            }
            Self::Course(course) => course.run(&session).await,
            Self::Search(search) => search.run(&session).await,
            Self::Show { which, content } => show(&session, which, content).await,
            Self::List { provider, state, code_prefix, paging } => {
                let filter = EntryFilter { provider, state, code_prefix };
                let ask = async |cursor, limit| session.connection.entries(Some(filter.clone()), cursor, limit).await;
                let header = ["id", "code", "name", "provider", "version", "state", "status"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |entry| row(entry, speech)).await
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
    let (id, version, _) = latest(session, &signed.which).await?;
    let found = checked::entry(&session.connection, EntryRef::Id(id), Some(version)).await?;
    if let EntryRef::Code(code) = &signed.which.entry {
        anyhow::ensure!(found.content.code == *code, "the node shows another entry than {code}");
    }
    let digest = found.content.digest();
    checked::expect_digest(&digest, signed.digest)?;
    let values: [&dyn Display; 4] = [&id, &version, &found.content.name, &hex::encode(digest)];
    let signing = session.output.speech.tell("signing entry {} version {}, {}, digest {}", &values);
    eprintln!("{}", printable(&signing));
    session.act_for(call(id, version, &digest), found.content.provider).await
}

/// The version that is named, else the latest, and the entry's provider.
async fn latest(session: &Session, which: &Which) -> anyhow::Result<(EntryId, Version, DepartmentId)> {
    let entry = find(session, which.entry.clone()).await?;
    let latest = entry.versions.last().map(|version| version.version);
    let version = which.version.or(latest).context("the entry has no version")?;
    Ok((entry.id, version, entry.provider))
}

async fn show(session: &Session, which: Which, content: bool) -> anyhow::Result<()> {
    if content || which.version.is_some() {
        let found = checked::entry(&session.connection, which.entry, which.version).await?;
        return session.output.print(&found, |found| content_text(found, session.output.speech));
    }
    session.output.print(&find(session, which.entry).await?, |entry| entry_text(entry, session.output.speech))
}

fn row(entry: &EntrySummary, speech: Speech) -> Vec<String> {
    vec![
        entry.id.to_string(),
        entry.code.to_string(),
        entry.name.clone(),
        entry.provider.to_string(),
        entry.version.to_string(),
        speech.say(&name_of(&entry.state)),
        entry.status.map_or_else(String::new, |status| speech.say(&name_of(&status))),
    ]
}

fn entry_text(entry: &Shown, speech: Speech) -> String {
    let is_over = entry.standing.as_ref().is_some_and(|standing| standing.status == EntryStatus::Withdrawn);
    let in_force = entry.published.filter(|_| !is_over).map(|version| speech.tell("version {}", &[&version]));
    let mut text = fields_in(
        speech,
        &[
            ("entry", format!("{} {}", entry.id, entry.name)),
            ("code", entry.code.to_string()),
            ("provider", speech.tell("department {}", &[&entry.provider])),
            ("in force", in_force.unwrap_or_default()),
        ],
    );
    text.push_str(&entry_course::text(entry, speech));
    text.push('\n');
    let rows: Vec<Vec<String>> = entry
        .versions
        .iter()
        .map(|version| {
            let reason = version.returned.as_ref().map_or_else(String::new, |(_, reason)| reason.clone());
            let (state, digest) = (speech.say(&name_of(&version.state)), version.digest.to_string());
            vec![version.version.to_string(), state, version.changed.utc(), digest, reason]
        })
        .collect();
    text.push_str(&table_in(speech, &["version", "state", "since", "digest", "reason"], &rows));
    text
}

fn content_text(shown: &VersionContent, speech: Speech) -> String {
    let content = &shown.content;
    let sharing = &content.sharing;
    let said = |name: String| speech.say(&name);
    let state = said(name_of(&shown.version.state));
    let published = shown.version.published.map(|record| speech.tell("record {}", &[&record]));
    let methods = speech.list(words::methods(sharing.methods));
    let mut text = fields_in(
        speech,
        &[
            ("entry", speech.tell("{} version {}, {}", &[&shown.id, &shown.version.version, &state])),
            ("code", content.code.to_string()),
            ("name", content.name.to_string()),
            ("provider", speech.tell("department {}", &[&content.provider])),
            ("summary", content.summary.to_string()),
            ("keywords", speech.joined(content.keywords.iter())),
            ("format", speech.tell("{}, {}", &[&said(name_of(&content.format.class)), &content.format.name])),
            ("sharing", speech.tell("{}, by {}", &[&said(name_of(&sharing.class)), &methods])),
            ("condition", sharing.condition.to_string()),
            ("law", sharing.law.to_string()),
            ("opening", said(name_of(&content.opening.class))),
            ("updated", said(name_of(&content.update_cycle))),
            ("matter", content.responsibility.matter.to_string()),
            ("steward", content.responsibility.steward.to_string()),
            ("digest", hex::encode(content.digest())),
            ("published", published.unwrap_or_default()),
        ],
    );
    let rows: Vec<Vec<String>> = (0u32..)
        .zip(&content.items)
        .map(|(place, item)| {
            let (name, code) = (item.name.to_string(), item.code.to_string());
            let (data_type, sharing) = (said(name_of(&item.data_type)), said(name_of(&item.sharing)));
            vec![place.to_string(), name, code, data_type, sharing]
        })
        .collect();
    text.push_str(&table_in(speech, &["item", "name", "code", "type", "sharing"], &rows));
    text
}
