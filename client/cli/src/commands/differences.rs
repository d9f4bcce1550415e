//! `mulu grant differences`.

use crate::{
    session::Session,
    table::{fields_in, table_in},
    words::{self, optional},
};
use anyhow::Context;
use clap::Subcommand;
use mulu_client::{
    ClientError,
    calls::Call,
    reconcile::{self, Difference},
};
use mulu_proofs::{
    access::{Parties, SideTotal},
    calendar::Day,
    ids::GrantId,
};
use mulu_rpc_api::access::{AccessClient, DifferingDay, OpenDay, Reconciliation};
use mulu_verifier::words::Speech;

/// Days on which the parties of a grant did not report the same.
#[derive(Debug, Subcommand)]
pub enum Differences {
    /// What is reported under a grant and compared, day by day
    Show {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
    },
    /// Name the calls that make the difference of a day; signed by an officer or platform of either side
    Name {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// The local day, YYYY-MM-DD
        #[arg(long)]
        day: Day,
        /// Call ids that only the provider's side reported, as events show them; without any, both lists are worked out from the events that the node shows
        #[arg(long, value_delimiter = ',', value_name = "IDS", value_parser = words::call_id)]
        provider_only: Vec<u64>,
        /// Call ids that only the consumer's side reported
        #[arg(long, value_delimiter = ',', value_name = "IDS", value_parser = words::call_id)]
        consumer_only: Vec<u64>,
    },
}

impl Differences {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> anyhow::Result<()> {
        match self {
            Self::Show { grant } => {
                let found = session.connection.reconciliation(grant).await.map_err(ClientError::from)?;
                let speech = session.output.speech;
                session.output.print(&found.context("there is no such grant")?, |found| text(found, speech))
            }
            Self::Name { grant, day, provider_only, consumer_only } => {
                let Difference { provider_only, consumer_only } =
                    if provider_only.is_empty() && consumer_only.is_empty() {
                        reconcile::difference(&session.connection, grant, day).await?
                    } else {
                        let bound = "at most 128 calls of a side are named";
                        // The ledger wants them by number, which is not the order of their digits.
                        let (mut provider_only, mut consumer_only) = (provider_only, consumer_only);
                        provider_only.sort_unstable();
                        consumer_only.sort_unstable();
                        Difference {
                            provider_only: provider_only.try_into().ok().context(bound)?,
                            consumer_only: consumer_only.try_into().ok().context(bound)?,
                        }
                    };
                session.act(Call::name_differences(grant, day, &provider_only, &consumer_only)).await
            }
        }
    }
}

fn text(found: &Reconciliation, speech: Speech) -> String {
    let Parties { provider, consumer, decisions } = found.since;
    let since = |day: Option<Day>| optional(day.map(|day| day.to_string()));
    let mut out = fields_in(
        speech,
        &[
            ("grant", found.grant.to_string()),
            ("provider since", since(provider)),
            ("consumer since", since(consumer)),
            ("decisions since", since(decisions)),
            ("reports in time from", found.waited_from.to_string()),
        ],
    );
    if !found.open.is_empty() {
        let header = ["day", "provider", "consumer", "allowed", "call ids"];
        out.push('\n');
        out.push_str(&table_in(
            speech,
            &header,
            &found.open.iter().map(|day| open_row(day, speech)).collect::<Vec<_>>(),
        ));
    }
    if !found.differing.is_empty() {
        let header = ["day", "provider", "consumer", "allowed", "record", "named"];
        out.push('\n');
        out.push_str(&table_in(speech, &header, &found.differing.iter().map(differing_row).collect::<Vec<_>>()));
    }
    out
}

fn total(side: &SideTotal) -> String {
    format!("{}/{}", side.events, side.calls)
}

fn open_row(day: &OpenDay, speech: Speech) -> Vec<String> {
    let agree = if day.ids_agree { "agree" } else { "differ" };
    vec![day.day.to_string(), total(&day.provider), total(&day.consumer), day.allowed.to_string(), speech.say(agree)]
}

fn differing_row(day: &DifferingDay) -> Vec<String> {
    let side = |side: &Option<SideTotal>| optional(side.as_ref().map(total));
    vec![
        day.differs.day.to_string(),
        side(&day.differs.provider),
        side(&day.differs.consumer),
        optional(day.differs.allowed.map(|allowed| allowed.to_string())),
        day.record.to_string(),
        optional(day.named.map(|record| record.to_string())),
    ]
}
