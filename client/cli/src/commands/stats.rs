//! `mulu stats`: what access events add up to, day by day.

use crate::{arguments::Global, commands::access::Of, paging::Paging, session::Session};
use clap::Args;
use mulu_proofs::calendar::Day;
use mulu_rpc_api::stats::{DailyFilter, DaySums, StatsClient};

/// Of what, and of which days.
#[derive(Debug, Args)]
pub struct Stats {
    /// Of what
    #[command(flatten)]
    of: Of,
    /// First local day
    #[arg(long, value_parser = |day: &str| day.parse::<Day>())]
    from: Option<Day>,
    /// First local day after the period
    #[arg(long, value_parser = |day: &str| day.parse::<Day>())]
    until: Option<Day>,
    /// Which part of the list
    #[command(flatten)]
    paging: Paging,
}

impl Stats {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        let filter = DailyFilter { of: self.of.whose(&session).await?, from: self.from, until: self.until };
        let ask = async |cursor, limit| session.connection.daily(filter, cursor, limit).await;
        let header = ["day", "events", "calls", "rows", "bytes", "denied", "with findings", "repudiated"];
        self.paging.show(session.output, &header, ask, row).await
    }
}

fn row(sums: &DaySums) -> Vec<String> {
    let DaySums { day, events, calls, rows, bytes, denied, with_findings, repudiated } = sums;
    let numbers = [events, calls, rows, bytes, denied, with_findings].map(u64::to_string);
    let repudiated = repudiated.map_or_else(|| "?".to_owned(), |count| count.to_string());
    [vec![day.to_string()], numbers.into(), vec![repudiated]].concat()
}
