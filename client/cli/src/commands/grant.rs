//! `mulu grant`.

use crate::{
    arguments::Global,
    commands::{
        differences::Differences,
        entry_course,
        timeline::{role_of, timeline},
    },
    local::LocalTime,
    paging::Paging,
    session::Session,
    table::{fields_in, table_in},
    words::{self, items, name_of},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{
    calendar::Day,
    grants::{GrantState, GrantTerms, UseKind, UseRecord},
    ids::{DepartmentId, GrantId, RecordNumber},
    papers::Papers,
    text::Text,
};
use mulu_rpc_api::{
    catalog::EntryRef,
    sharing::{Grant as Shown, GrantFilter, GrantSummary, InForce, SharingClient},
};
use mulu_verifier::words::Speech;
use std::fmt::Display;

/// Grants.
#[derive(Debug, Subcommand)]
pub enum Grant {
    /// Record that the data can be had; signed by the provider's officer
    Provision {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
    },
    /// Suspend a grant at once; signed by the provider's officer or the authority's supervisor
    Suspend(WithReason),
    /// Resume a suspended grant, also one that was mended
    Resume(WithReason),
    /// Set the consumer a term to mend what a grant was suspended for (art. 27)
    Rectify {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// Within how many working days
        #[arg(long)]
        working_days: u16,
        /// What has to be mended, at most 512 bytes
        #[arg(long, value_parser = |what: &str| Text::<512>::new(what))]
        what: Text<512>,
    },
    /// Report that it is mended; signed by the consumer's officer
    Mended {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// What was done, at most 512 bytes
        #[arg(long, value_parser = |statement: &str| Text::<512>::new(statement))]
        statement: Text<512>,
        /// Salted commitment to papers that stay off the chain, 64 hexadecimal digits
        #[arg(long, value_parser = words::papers)]
        papers: Option<Papers>,
    },
    /// Say that what was reported as mended is not: the term runs on
    NotMended(WithReason),
    /// Terminate a grant that was not mended within its term (art. 27)
    Terminate(WithReason),
    /// End a grant that the consumer needs no longer; signed by its officer
    Complete {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// What the use brought, at most 256 bytes
        #[arg(long, value_parser = |outcome: &str| Text::<256>::new(outcome))]
        outcome: Text<256>,
    },
    /// End a service after consultation, filed with the authority (art. 27); signed by the provider's officer
    End {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// Why, at most 512 bytes
        #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
        reason: Text<512>,
        /// Salted commitment to the papers of the consultation, 64 hexadecimal digits
        #[arg(long, value_parser = words::papers)]
        consultation: Papers,
    },
    /// Record what became of the data after the end (art. 27); signed by the consumer's officer
    Dispose {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// How it was disposed of, at most 512 bytes
        #[arg(long, value_parser = |how: &str| Text::<512>::new(how))]
        how: Text<512>,
        /// Salted commitment to papers that stay off the chain, 64 hexadecimal digits
        #[arg(long, value_parser = words::papers)]
        papers: Option<Papers>,
    },
    /// Agree to the record of the disposal; signed by the provider's officer
    Countersign {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// Number of the record of the disposal
        #[arg(long, value_parser = words::id::<RecordNumber>)]
        record: RecordNumber,
    },
    /// Record that a record on the use is kept (art. 29); signed by the consumer's officer or applicant
    Use {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// scenario, process, outcome, storage or destruction
        #[arg(long, value_parser = words::word::<UseKind>)]
        kind: UseKind,
        /// Salted commitment to the record, 64 hexadecimal digits
        #[arg(long, value_parser = words::papers)]
        papers: Papers,
        /// The day that it is of, YYYY-MM-DD
        #[arg(long)]
        on: Day,
    },
    /// Days on which the parties did not report the same: show, name
    #[command(subcommand)]
    Differences(Differences),
    /// One grant: versions and every change of its state
    Show {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
    },
    /// Grants, newest first
    List {
        /// Id or resource code of the entry
        #[arg(long, value_parser = words::entry)]
        entry: Option<EntryRef>,
        /// Id of the consumer department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        consumer: Option<DepartmentId>,
        /// Id of the provider department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        provider: Option<DepartmentId>,
        /// agreed, provisioned, suspended, rectifying, terminated, completed, ended_by_provider, disposed or ended
        #[arg(long, value_parser = words::word::<GrantState>)]
        state: Option<GrantState>,
        /// agreed, not_yet, active, paused_by_provider, paused_by_authority, paused_by_entry, paused_by_department, expired, ended or
        /// disposed: whether data may flow now, and if not, why
        #[arg(long, value_parser = words::word::<InForce>)]
        in_force: Option<InForce>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// A grant and why something is done to it.
#[derive(Clone, Debug, Args)]
pub struct WithReason {
    /// Id of the grant
    #[arg(value_parser = words::id::<GrantId>)]
    grant: GrantId,
    /// Why, at most 512 bytes
    #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
    reason: Text<512>,
}

impl Grant {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Provision { grant } => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::provision_grant(grant), provider).await
            }
            Self::Suspend(WithReason { grant, reason }) => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::suspend_grant(grant, &reason), provider).await
            }
            Self::Resume(WithReason { grant, reason }) => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::resume_grant(grant, &reason), provider).await
            }
            Self::Rectify { grant, working_days, what } => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::order_rectification(grant, working_days, &what), provider).await
            }
            Self::NotMended(WithReason { grant, reason }) => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::reject_rectification(grant, &reason), provider).await
            }
            Self::Terminate(WithReason { grant, reason }) => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::terminate_grant(grant, &reason), provider).await
            }
            Self::End { grant, reason, consultation } => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::end_service(grant, &reason, consultation), provider).await
            }
            Self::Countersign { grant, record } => {
                let provider = find(&session, grant).await?.1;
                session.act_for(Call::countersign_disposal(grant, record), provider).await
            }
            Self::Mended { grant, statement, papers } => {
                let consumer = consumer(&session, grant).await?;
                session.act_for(Call::report_rectified(grant, &statement, papers), consumer).await
            }
            Self::Complete { grant, outcome } => {
                let consumer = consumer(&session, grant).await?;
                session.act_for(Call::complete_grant(grant, &outcome), consumer).await
            }
            Self::Dispose { grant, how, papers } => {
                let consumer = consumer(&session, grant).await?;
                session.act_for(Call::record_disposal(grant, &how, papers), consumer).await
            }
            Self::Use { grant, kind, papers, on } => {
                let consumer = consumer(&session, grant).await?;
                session.act_for(Call::record_use(grant, &UseRecord { kind, papers, on }), consumer).await
            }
            Self::Differences(command) => command.run(&session).await,
            Self::Show { grant } => {
                let found = find(&session, grant).await?.0;
                let local = session.local().await?;
                session.output.print(&found, |grant| text(grant, &local, session.output.speech))
            }
            Self::List { entry, consumer, provider, state, in_force, paging } => {
                let entry = entry_course::id_of(&session, entry).await?;
                let filter = GrantFilter { entry, consumer, provider, state, in_force };
                let ask = async |cursor, limit| session.connection.grants(Some(filter), cursor, limit).await;
                let header = ["id", "state", "in force", "entry", "consumer", "provider", "from", "until", "request"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |grant| row(grant, speech)).await
            }
        }
    }
}

/// A grant, and its provider, whose officer acts on it.
async fn find(session: &Session, grant: GrantId) -> anyhow::Result<(Shown, DepartmentId)> {
    let found = session.connection.grant(grant).await.map_err(ClientError::from)?;
    let found = found.with_context(|| session.or_hidden("there is no such grant"))?;
    let provider = found.versions.last().map(|version| version.terms.provider).context("the grant has no version")?;
    Ok((found, provider))
}

/// The consumer of a grant, whose people act on it.
async fn consumer(session: &Session, grant: GrantId) -> anyhow::Result<DepartmentId> {
    let versions = find(session, grant).await?.0.versions;
    versions.last().map(|version| version.terms.consumer).context("the grant has no version")
}

fn row(grant: &GrantSummary, speech: Speech) -> Vec<String> {
    vec![
        grant.id.to_string(),
        speech.say(&name_of(&grant.state)),
        standing(grant.in_force, speech),
        speech.tell("{} version {}", &[&grant.entry, &grant.entry_version]),
        grant.consumer.to_string(),
        grant.provider.to_string(),
        grant.from.utc(),
        grant.until.utc(),
        grant.request.to_string(),
    ]
}

/// Whether data may flow now, and if not, why.
fn standing(in_force: InForce, speech: Speech) -> String {
    speech.say(match in_force {
        InForce::Agreed => "waits to be provisioned",
        InForce::NotYet => "not yet: the period begins later",
        InForce::Active => "active",
        InForce::PausedByProvider => "paused by the provider",
        InForce::PausedByAuthority => "paused by the authority",
        InForce::PausedByEntry => "paused: the entry is suspended",
        InForce::PausedByDepartment => "paused: a department is suspended or retired",
        InForce::Expired => "expired",
        InForce::Ended => "over",
        InForce::Disposed => "disposed",
    })
}

fn text(grant: &Shown, local: &LocalTime, speech: Speech) -> String {
    let mut text = fields_in(
        speech,
        &[
            ("grant", speech.tell("{}, {}", &[&grant.id, &speech.say(&name_of(&grant.state))])),
            ("in force", standing(grant.in_force, speech)),
            ("request", grant.request.to_string()),
        ],
    );
    for version in &grant.versions {
        text.push('\n');
        text.push_str(&terms(&version.terms, local, speech));
    }
    let rows: Vec<Vec<String>> = grant
        .transitions
        .iter()
        .map(|change| {
            let by = change.signed_as.map_or_else(String::new, |by| role_of(&by, speech));
            let state = speech.say(&name_of(&change.state));
            vec![change.record.to_string(), state, change.moment.utc(), by, change.reason.clone()]
        })
        .collect();
    text.push('\n');
    text.push_str(&table_in(speech, &["record", "state", "since", "signed as", "reason"], &rows));
    text.push_str(&format!("\n{}\n", speech.say("timeline:")));
    text.push_str(&timeline(&grant.timeline, local, speech));
    text
}

fn terms(terms: &GrantTerms, local: &LocalTime, speech: Speech) -> String {
    let entry: [&dyn Display; 3] = [&terms.entry, &terms.entry_version, &items(terms.items)];
    fields_in(
        speech,
        &[
            ("version", terms.version.to_string()),
            ("entry", speech.tell("{} version {}, items {}", &entry)),
            ("consumer", speech.tell("department {}", &[&terms.consumer])),
            ("provider", speech.tell("department {}", &[&terms.provider])),
            ("method", speech.say(&name_of(&terms.method))),
            ("period", speech.tell("{} until {}", &[&local.told(terms.from), &local.told(terms.until)])),
            ("purposes", speech.joined(terms.purposes.iter())),
            ("systems", speech.joined(terms.systems.iter())),
            ("platforms", speech.joined(terms.platforms.iter())),
            ("quota", speech.tell("{} calls and {} rows a day", &[&terms.calls_per_day, &terms.rows_per_day])),
        ],
    )
}
