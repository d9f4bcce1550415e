//! `mulu access`: what was reported done with data.

use crate::{
    arguments::Global,
    commands::{
        access_import::{Import, Report},
        entry_course,
        evidence::Target,
        evidence_list::{self, Heights},
        repudiation::state,
    },
    paging::Paging,
    session::Session,
    table::fields_in,
    words::{self, items, name_of, optional},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::ClientError;
use mulu_proofs::{
    access::{RunKey, Series, short_id},
    calendar::Day,
    ids::{DepartmentId, GrantId, Moment, SystemId},
};
use mulu_rpc_api::{
    access::{AccessClient, Event, EventRef, FindingName, HistoryFilter, HistoryOf},
    catalog::EntryRef,
    sharing::SharingClient,
};
use mulu_verifier::words::Speech;
use std::{fmt::Display, path::PathBuf};

/// Access events.
#[derive(Debug, Subcommand)]
pub enum Access {
    /// Report the requests of an access log; may be interrupted and run again
    Import(Import),
    /// Report events, one JSON object a line; may be interrupted and run again
    Report(Report),
    /// Events of an entry, a grant, a department, a platform, a pseudonym, a finding, a day, or all of them, newest first
    History(History),
    /// One event
    Show {
        /// STREAM:EVENT, as the history prints it
        #[arg(value_parser = words::event)]
        event: EventRef,
    },
}

/// Whose history, and when.
#[derive(Debug, Args)]
pub struct History {
    /// Whose
    #[command(flatten)]
    of: Of,
    /// Earliest time: a day, a moment in UTC, or milliseconds
    #[arg(long, value_parser = words::moment)]
    from: Option<Moment>,
    /// First time after the period
    #[arg(long, value_parser = words::moment)]
    until: Option<Moment>,
    /// Only events with findings
    #[arg(long)]
    with_findings: bool,
    /// Write all events of the grant, or those of the platform that name no entry, into a file that proves offline that there are no
    /// others; `mulu verify` checks it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "until", "with_findings"])]
    prove_complete: Option<PathBuf>,
    /// Between which heights, for --prove-complete
    #[command(flatten)]
    heights: Heights,
    /// Which part of the list
    #[command(flatten)]
    paging: Paging,
}

/// One of these, or none for all events.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct Of {
    /// Id or resource code of an entry
    #[arg(long, value_parser = words::entry)]
    entry: Option<EntryRef>,
    /// Id of a grant
    #[arg(long, value_parser = words::id::<GrantId>)]
    grant: Option<GrantId>,
    /// Id of a department: events on its entries
    #[arg(long, visible_alias = "provider", value_parser = words::id::<DepartmentId>)]
    department: Option<DepartmentId>,
    /// Id of a department: events that it caused as consumer
    #[arg(long, value_parser = words::id::<DepartmentId>)]
    consumer: Option<DepartmentId>,
    /// Id of a platform: events that it reported
    #[arg(long, value_parser = words::id::<SystemId>)]
    platform: Option<SystemId>,
    /// Pseudonym of a user within an epoch, as an event shows it
    #[arg(long, value_parser = words::pseudonym)]
    pseudonym: Option<u64>,
    /// Name of a finding, such as over_quota
    #[arg(long, value_parser = words::word::<FindingName>)]
    finding: Option<FindingName>,
    /// A local day
    #[arg(long, value_parser = |day: &str| day.parse::<Day>())]
    day: Option<Day>,
}

impl Of {
    /// Whose, as the node calls it. A grant that is none is told: an empty list of it says nothing.
    pub async fn whose(self, session: &Session) -> anyhow::Result<HistoryOf> {
        let Self { entry, grant, department, consumer, platform, pseudonym, finding, day } = self;
        let entry = entry_course::id_of(session, entry).await?;
        if let Some(grant) = grant {
            warn_if_unknown(session, grant).await?;
        }
        let of = entry
            .map(HistoryOf::Entry)
            .or(grant.map(HistoryOf::Grant))
            .or(department.map(HistoryOf::Provider))
            .or(consumer.map(HistoryOf::Consumer))
            .or(platform.map(HistoryOf::Platform))
            .or(pseudonym.map(HistoryOf::Pseudonym))
            .or(finding.map(HistoryOf::Finding))
            .or(day.map(HistoryOf::Day));
        Ok(of.unwrap_or(HistoryOf::All))
    }
}

impl Of {
    const fn series(&self) -> Option<Series> {
        match (self.grant, self.platform) {
            (Some(grant), _) => Some(Series::Grant(grant)),
            (None, Some(platform)) => Some(Series::Reporter(platform)),
            (None, None) => None,
        }
    }
}

impl Access {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Import(import) => import.run(global).await,
            Self::Report(report) => report.run(global).await,
            Self::History(history) => history.run(global).await,
            Self::Show { event } => {
                let session = Session::open(global).await?;
                let found = AccessClient::event(&session.connection, event).await.map_err(ClientError::from)?;
                let found = found.with_context(|| session.or_hidden("there is no such event"))?;
                session.output.print(&found, |event| text(event, session.output.speech))
            }
        }
    }
}

impl History {
    async fn run(self, global: &Global) -> anyhow::Result<()> {
        if let Some(file) = self.prove_complete {
            let series = self
                .of
                .series()
                .context("a proof is of one series: name a grant or a platform; `mulu evidence list` has others")?;
            return evidence_list::write(global, series, self.heights, Target::to(file)).await;
        }
        let session = Session::open(global).await?;
        let of = self.of.whose(&session).await?;
        let filter = HistoryFilter { of, from: self.from, until: self.until, with_findings: self.with_findings };
        let ask = async |cursor, limit| session.connection.history(filter, cursor, limit).await;
        let header = ["event", "time", "under", "consumer", "items", "method", "outcome", "rows", "findings"];
        let speech = session.output.speech;
        self.paging.show(session.output, &header, ask, |event| row(event, speech)).await
    }
}

/// Says so if there is no such grant.
pub async fn warn_if_unknown(session: &Session, grant: GrantId) -> anyhow::Result<()> {
    if session.connection.grant(grant).await.map_err(ClientError::from)?.is_none() {
        let told =
            "there is no grant {}, or this node does not show it: that nothing was reported under it says nothing";
        eprintln!("{}", session.output.speech.tell(told, &[&grant]));
    }
    Ok(())
}

fn under(key: RunKey, speech: Speech) -> String {
    match key {
        RunKey::Grant(grant, version) => speech.tell("grant {} version {}", &[&grant, &version]),
        RunKey::Entry(entry, version, _) => speech.tell("entry {} version {}", &[&entry, &version]),
        RunKey::Reporter(reporter) => speech.tell("platform {}", &[&reporter]),
    }
}

fn row(event: &Event, speech: Speech) -> Vec<String> {
    let leaf = &event.leaf;
    vec![
        format!("{}:{}", event.stream, event.event),
        leaf.time.utc(),
        under(leaf.key, speech),
        optional(leaf.consumer),
        items(leaf.items),
        speech.say(&name_of(&leaf.method)),
        speech.say(&name_of(&leaf.outcome)),
        leaf.rows.to_string(),
        speech.list(event.findings.iter().map(String::as_str).chain(event.repudiated.map(|_| "repudiated"))),
    ]
}

fn text(event: &Event, speech: Speech) -> String {
    let leaf = &event.leaf;
    let said = |name: String| speech.say(&name);
    let place: [&dyn Display; 3] = [&event.stream, &event.event, &leaf.time.utc()];
    let findings = if event.findings.is_empty() { speech.say("none") } else { speech.list(&event.findings) };
    let reporter: [&dyn Display; 3] = [&event.platform, &event.reporter, &said(name_of(&leaf.side))];
    let entry = leaf
        .entry
        .map(|(entry, version)| speech.tell("{} version {}, items {}", &[&entry, &version, &items(leaf.items)]));
    let outcome: [&dyn Display; 2] = [&said(name_of(&leaf.outcome)), &said(name_of(&leaf.method))];
    let size: [&dyn Display; 4] = [&leaf.calls, &leaf.rows, &leaf.bytes, &leaf.duration_ms];
    let recorded: [&dyn Display; 3] = [&event.record, &event.height, &event.recorded_at.utc()];
    let system = |id: Option<SystemId>| optional(id.map(|id| speech.tell("system {}", &[&id])));
    fields_in(
        speech,
        &[
            ("event", speech.tell("{}:{}, at {}", &place)),
            ("series", speech.tell("number {} under {}", &[&event.series_number, &under(leaf.key, speech)])),
            ("findings", findings),
            ("repudiated", optional(event.repudiated.map(|found| speech.say(state(found))))),
            ("reported by", speech.tell("platform {} of department {}, as {}", &reporter)),
            ("entry", entry.unwrap_or_default()),
            ("provider", optional(leaf.provider)),
            ("consumer", optional(leaf.consumer)),
            ("authorised by", system(leaf.authorising_system)),
            ("used by", system(leaf.using_system)),
            ("purpose", optional(leaf.purpose)),
            ("outcome", speech.tell("{} by {}", &outcome)),
            ("size", speech.tell("{} calls, {} rows, {} bytes, {} ms", &size)),
            ("call id", short_id::text(leaf.call_id)),
            ("pseudonym", optional(leaf.pseudonym.map(short_id::text))),
            ("recorded", speech.tell("record {} in block {}, {}", &recorded)),
        ],
    )
}
