//! `mulu bridge quarantine`.

use crate::{
    commands::bridge::{Configured, plain},
    output::{Output, write},
    table::{fields_in, table_in},
    words,
};
use clap::{Args, Subcommand};
use mulu_bridge::{
    operator::Operator,
    quarantine::{Chosen, Counted, DroppedRows, Listed, ROWS_MAX, Reasons, Retried},
};
use mulu_client::vault::HeldThing;
use mulu_proofs::ids::StreamId;
use mulu_verifier::words::{Speech, printable};
use serde_json::json;

/// The quarantine.
#[derive(Debug, Subcommand)]
pub enum Quarantine {
    /// Records and events that wait here, and why; not what they hold
    List {
        /// Which bridge
        #[command(flatten)]
        bridge: Reach,
        /// First number
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        from: u64,
        /// Rows of this source
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
        /// Rows with this reason, as bad_value
        #[arg(long, value_name = "REASON")]
        reason: Option<String>,
        /// Most rows
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=ROWS_MAX as i64))]
        rows: u16,
        /// How many rows there are, by source and reason, and not the rows
        #[arg(long)]
        count: bool,
    },
    /// One record as it came, which may name a person; the bridge must not run
    Show {
        /// Which bridge
        #[command(flatten)]
        bridge: Reach,
        /// Its number
        number: u64,
    },
    /// Map records again, by the mapping as it is now, and report them
    Retry {
        /// Which bridge
        #[command(flatten)]
        bridge: Reach,
        /// Which rows
        #[command(flatten)]
        which: Which,
        /// Stream that they go into, if not their own: one that is open and begins early enough
        #[arg(long, value_parser = words::id::<StreamId>)]
        stream: Option<StreamId>,
    },
    /// Drop records for good; how many and why stays in the vault
    Drop {
        /// Which bridge
        #[command(flatten)]
        bridge: Reach,
        /// Which rows
        #[command(flatten)]
        which: Which,
        /// Why they will never be reported
        #[arg(long)]
        why: String,
    },
}

/// How the bridge is reached.
#[derive(Clone, Debug, Args)]
pub struct Reach {
    /// Which
    #[command(flatten)]
    configured: Configured,
    /// Address of the running bridge, with the name that its certificate holds; else where its configuration says that it listens
    #[arg(long, value_name = "URL")]
    at: Option<String>,
}

/// Which rows are meant.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = true)]
pub struct Which {
    /// Their numbers
    numbers: Vec<u64>,
    /// Rows of this source
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Rows with this reason, as bad_value
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// All rows
    #[arg(long, conflicts_with = "numbers")]
    all: bool,
}

impl Reach {
    /// Finds the bridge.
    pub fn operator(&self) -> anyhow::Result<Operator> {
        Operator::of(&self.configured.read()?, self.at.as_deref()).map_err(plain)
    }
}

impl From<Which> for Chosen {
    fn from(which: Which) -> Self {
        Self { from: 0, numbers: which.numbers, source: which.source, reason: which.reason }
    }
}

impl Quarantine {
    /// Runs the command.
    pub async fn run(self, output: Output) -> anyhow::Result<()> {
        let speech = output.speech;
        match self {
            Self::List { bridge, from, source, reason, rows, count } => {
                let chosen = Chosen { from, source, reason, ..Chosen::default() };
                if count {
                    let counted = bridge.operator()?.count(&chosen).await.map_err(plain)?;
                    return output.print(&counted, |counted| count_told(counted, speech));
                }
                let listed = bridge.operator()?.list(&chosen, rows.into()).await.map_err(plain)?;
                output.print(&listed, |listed| table_of(listed, speech))
            }
            Self::Show { bridge, number } => {
                let held = bridge.operator()?.held(number).map_err(plain)?;
                let HeldThing::Raw(raw) = &held.what else {
                    let said = "the event was mapped; what it names is on the ledger or in the vault: {}, {}";
                    return write(&(speech.tell(said, &[&held.reason, &held.detail]) + "\n"));
                };
                let text = String::from_utf8_lossy(raw);
                let shown = json!({ "number": number, "source": held.source, "reason": held.reason, "detail": held.detail, "record": text });
                output.print(&shown, |_| printable(&text) + "\n")
            }
            Self::Retry { bridge, which, stream } => {
                let retried = bridge.operator()?.retry(&which.into(), stream, |so_far| progress(so_far, speech)).await;
                let retried = retried.map_err(plain)?;
                output.print(&retried, |retried| told(retried, speech))
            }
            Self::Drop { bridge, which, why } => {
                let dropped = bridge.operator()?.drop_rows(&which.into(), &why).await.map_err(plain)?;
                output.print(&dropped, |dropped| dropped_told(dropped, speech))
            }
        }
    }
}

fn table_of(listed: &Listed, speech: Speech) -> String {
    let rows = listed.rows.iter().map(|row| {
        vec![
            row.number.to_string(),
            row.at.utc(),
            row.source.clone(),
            row.stream.to_string(),
            row.reason.clone(),
            speech.say(&row.detail),
        ]
    });
    let mut text =
        table_in(speech, &["row", "since", "source", "stream", "reason", "detail"], &rows.collect::<Vec<_>>());
    if let Some(next) = listed.next {
        text.push_str(&speech.tell("there may be more: go on with --from {}", &[&next]));
        text.push('\n');
    }
    text
}

fn count_told(counted: &Counted, speech: Speech) -> String {
    let rows = counted.sources.iter().flat_map(|(source, reasons)| {
        reasons.iter().map(|(reason, rows)| vec![source.clone(), reason.clone(), rows.to_string()])
    });
    table_in(speech, &["source", "reason", "rows"], &rows.collect::<Vec<_>>())
}

/// A summary by reason; empty where there is none.
fn by_reason(reasons: &Reasons, speech: Speech) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let rows = reasons.iter().map(|(reason, rows)| vec![reason.clone(), rows.to_string()]);
    format!("\n{}", table_in(speech, &["reason", "rows"], &rows.collect::<Vec<_>>()))
}

fn dropped_told(dropped: &DroppedRows, speech: Speech) -> String {
    fields_in(speech, &[("dropped", dropped.dropped.to_string())]) + &by_reason(&dropped.reasons, speech)
}

/// A line for each part, on standard error: a full quarantine takes its time.
fn progress(so_far: &Retried, speech: Speech) {
    let done: [&dyn std::fmt::Display; 3] = [&so_far.accepted, &so_far.skipped, &so_far.refused];
    eprintln!("{}", speech.tell("so far {} reported, {} dropped, {} stay", &done));
}

fn told(retried: &Retried, speech: Speech) -> String {
    let mut text = fields_in(
        speech,
        &[
            ("reported", retried.accepted.to_string()),
            ("no call, dropped", retried.skipped.to_string()),
            ("stay", retried.refused.to_string()),
        ],
    );
    text.push_str(&by_reason(&retried.reasons, speech));
    if !retried.why.is_empty() {
        text.push('\n');
    }
    for (number, why) in &retried.why {
        text.push_str(&format!("{number}: {}\n", speech.say(why)));
    }
    let unnamed = retried.refused - retried.why.len() as u64;
    if unnamed > 0 {
        text.push_str(&speech.tell("and {} more", &[&unnamed]));
        text.push('\n');
    }
    text
}
