//! `mulu grant`.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    table::{fields, table},
    words::{self, items, name_of},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{
    grants::{GrantState, GrantTerms},
    ids::{DepartmentId, EntryId, GrantId},
    text::Text,
};
use mulu_rpc_api::sharing::{Grant as Shown, GrantSummary, SharingClient, SharingFilter};

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
    /// Resume a suspended grant
    Resume(WithReason),
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
        /// agreed, provisioned, suspended or ended
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
            Self::Show { grant } => session.output.print(&find(&session, grant).await?.0, text),
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

fn text(grant: &Shown) -> String {
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
