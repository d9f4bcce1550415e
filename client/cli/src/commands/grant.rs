//! `mulu grant`.

use crate::{
    arguments::Global,
    commands::request::timeline,
    paging::Paging,
    session::Session,
    table::{fields, table},
    words::{self, items, name_of},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{
    calendar::Day,
    grants::{GrantState, GrantTerms, UseKind, UseRecord},
    ids::{DepartmentId, EntryId, GrantId, RecordNumber},
    papers::Papers,
    text::Text,
};
use mulu_rpc_api::sharing::{Grant as Shown, GrantSummary, SharingClient, SharingFilter};
use mulu_verifier::words::Speech;

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
    /// One grant: versions and every change of its state
    Show {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
    },
    /// Grants, newest first
    List {
        /// Id of the entry
        #[arg(long, value_parser = words::id::<EntryId>)]
        entry: Option<EntryId>,
        /// Id of the consumer department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        consumer: Option<DepartmentId>,
        /// Id of the provider department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        provider: Option<DepartmentId>,
        /// agreed, provisioned, suspended, rectifying, terminated, completed, ended_by_provider, disposed or ended
        #[arg(long, value_parser = words::word::<GrantState>)]
        state: Option<GrantState>,
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
            Self::Show { grant } => {
                let found = find(&session, grant).await?.0;
                session.output.print(&found, |grant| text(grant, session.output.speech))
            }
            Self::List { entry, consumer, provider, state, paging } => {
                let filter = SharingFilter { entry, consumer, provider, state };
                let ask = async |cursor, limit| session.connection.grants(Some(filter), cursor, limit).await;
                let header = ["id", "state", "entry", "consumer", "provider", "from", "until", "request"];
                paging.show(session.output, &header, ask, row).await
            }
        }
    }
}

/// A grant, and its provider, whose officer acts on it.
async fn find(session: &Session, grant: GrantId) -> anyhow::Result<(Shown, DepartmentId)> {
    let found = session.connection.grant(grant).await.map_err(ClientError::from)?;
    let found = found.context("there is no such grant")?;
    let provider = found.versions.last().map(|version| version.terms.provider).context("the grant has no version")?;
    Ok((found, provider))
}

/// The consumer of a grant, whose people act on it.
async fn consumer(session: &Session, grant: GrantId) -> anyhow::Result<DepartmentId> {
    let versions = find(session, grant).await?.0.versions;
    versions.last().map(|version| version.terms.consumer).context("the grant has no version")
}

fn row(grant: &GrantSummary) -> Vec<String> {
    vec![
        grant.id.to_string(),
        name_of(&grant.state),
        format!("{} version {}", grant.entry, grant.entry_version),
        grant.consumer.to_string(),
        grant.provider.to_string(),
        grant.from.utc(),
        grant.until.utc(),
        grant.request.to_string(),
    ]
}

fn text(grant: &Shown, speech: Speech) -> String {
    let mut text = fields(&[
        ("grant", format!("{}, {}", grant.id, name_of(&grant.state))),
        ("request", grant.request.to_string()),
    ]);
    for version in &grant.versions {
        text.push('\n');
        text.push_str(&terms(&version.terms));
    }
    let rows: Vec<Vec<String>> = grant
        .transitions
        .iter()
        .map(|change| {
            let by = format!("{} of department {}", name_of(&change.signed_as.role), change.signed_as.department);
            vec![change.record.to_string(), name_of(&change.state), change.moment.utc(), by, change.reason.clone()]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(&["record", "state", "since", "signed as", "reason"], &rows));
    text.push_str(&format!("\n{}\n", speech.say("timeline:")));
    text.push_str(&timeline(&grant.timeline, speech));
    text
}

fn terms(terms: &GrantTerms) -> String {
    let list = |ids: Vec<String>| ids.join(", ");
    fields(&[
        ("version", terms.version.to_string()),
        ("entry", format!("{} version {}, items {}", terms.entry, terms.entry_version, items(terms.items))),
        ("consumer", format!("department {}", terms.consumer)),
        ("provider", format!("department {}", terms.provider)),
        ("method", name_of(&terms.method)),
        ("period", format!("{} until {}", terms.from.utc(), terms.until.utc())),
        ("purposes", list(terms.purposes.iter().map(ToString::to_string).collect())),
        ("systems", list(terms.systems.iter().map(ToString::to_string).collect())),
        ("platforms", list(terms.platforms.iter().map(ToString::to_string).collect())),
        ("quota", format!("{} calls and {} rows a day", terms.calls_per_day, terms.rows_per_day)),
    ])
}
