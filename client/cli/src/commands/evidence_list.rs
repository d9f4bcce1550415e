//! A file that proves that a list holds every event of a series between two heights.

use crate::{
    arguments::Global,
    commands::{access::warn_if_unknown, evidence::Target},
    session::Session,
    table::fields_in,
    words,
};
use anyhow::Context;
use clap::Args;
use mulu_client::evidence;
use mulu_proofs::{
    access::Series,
    evidence::report::ListTotals,
    ids::{Height, SeriesNumber},
};
use mulu_rpc_api::evidence::ListRequest;
use serde::Serialize;
use std::path::PathBuf;

/// Which series, between which heights.
#[derive(Debug, Args)]
pub struct List {
    /// grant:ID; entry:ID:CONSUMER for events without a grant; platform:ID for events that name neither
    #[arg(value_parser = words::series)]
    series: Series,
    /// Between which heights
    #[command(flatten)]
    heights: Heights,
    /// Against what, and where to
    #[command(flatten)]
    target: Target,
}

/// Where a list begins and ends.
#[derive(Clone, Copy, Debug, Args)]
pub struct Heights {
    /// The list begins above this height; with the first event of all where none is named
    #[arg(long, value_parser = words::id::<Height>)]
    above: Option<Height>,
    /// The list ends at this height; at the head where none is named
    #[arg(long, value_parser = words::id::<Height>)]
    until_height: Option<Height>,
}

#[derive(Serialize)]
struct Listed {
    file: PathBuf,
    bytes: usize,
    verified: bool,
    genesis: String,
    series: Series,
    above: Height,
    until: Height,
    first: SeriesNumber,
    totals: ListTotals,
}

impl List {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        write(global, self.series, self.heights, self.target).await
    }
}

/// Asks for the list, verifies it, and writes it.
pub async fn write(global: &Global, series: Series, heights: Heights, target: Target) -> anyhow::Result<()> {
    target.ensure_free()?;
    let session = Session::open(global).await?;
    let genesis = target.genesis(&session).await?;
    if let Series::Grant(grant) = series {
        warn_if_unknown(&session, grant).await?;
    }
    let asked = ListRequest { series, above: heights.above, until: heights.until_height, tip: target.tip };
    let package = evidence::fetch_list(&session.connection, asked).await?;
    let report = evidence::check_list(&package, &genesis, asked)?;
    let list = report.list().context("the package proves no list")?;
    evidence::write(&target.output, &package)?;
    let listed = Listed {
        bytes: package.len(),
        verified: report.is_verified(),
        genesis: hex::encode(report.genesis),
        series,
        above: list.above,
        until: list.until,
        first: list.first,
        totals: list.totals,
        file: target.output,
    };
    let speech = session.output.speech;
    session.output.print(&listed, |listed| {
        let totals = &listed.totals;
        let size: [&dyn std::fmt::Display; 3] = [&totals.calls, &totals.rows, &totals.bytes];
        fields_in(
            speech,
            &[
                ("file", listed.file.display().to_string()),
                ("series", speech.say(&listed.series.to_string())),
                ("heights", speech.tell("above block {} and up to block {}", &[&listed.above, &listed.until])),
                ("events", totals.events.to_string()),
                ("sums", speech.tell("{} calls, {} rows, {} bytes", &size)),
                ("findings", speech.tell("in {} of the events", &[&totals.with_findings])),
                ("repudiated", speech.tell("{} of the events, as far as this file shows", &[&totals.repudiated])),
                ("bytes", listed.bytes.to_string()),
                ("verified", speech.tell("against genesis {}", &[&listed.genesis])),
                (
                    "complete",
                    speech.say("these are all events that were reported in this series between the two heights"),
                ),
            ],
        )
    })
}
