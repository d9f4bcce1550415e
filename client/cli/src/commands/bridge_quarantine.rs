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
    quarantine::{Chosen, ROWS_MAX, Retried, Row},
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
        /// Most rows
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=ROWS_MAX as i64))]
        rows: u16,
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
        Self { numbers: which.numbers, source: which.source, reason: which.reason }
    }
}

impl Quarantine {
    /// Runs the command.
    pub async fn run(self, output: Output) -> anyhow::Result<()> {
        let speech = output.speech;
        match self {
            Self::List { bridge, from, rows } => {
                let rows = bridge.operator()?.list(from, rows.into()).await.map_err(plain)?;
                output.print(&rows, |rows| listed(rows, speech))
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
                let retried = bridge.operator()?.retry(&which.into(), stream).await.map_err(plain)?;
                output.print(&retried, |retried| told(retried, speech))
            }
            Self::Drop { bridge, which, why } => {
                let dropped = bridge.operator()?.drop_rows(&which.into(), &why).await.map_err(plain)?;
                output.print(&json!({ "dropped": dropped }), |_| fields_in(speech, &[("dropped", dropped.to_string())]))
            }
        }
    }
}

fn listed(rows: &[Row], speech: Speech) -> String {
    let rows = rows.iter().map(|row| {
        vec![
            row.number.to_string(),
            row.at.utc(),
            row.source.clone(),
            row.stream.to_string(),
            row.reason.clone(),
            speech.say(&row.detail),
        ]
    });
    table_in(speech, &["row", "since", "source", "stream", "reason", "detail"], &rows.collect::<Vec<_>>())
}

fn told(retried: &Retried, speech: Speech) -> String {
    let mut text = fields_in(
        speech,
        &[
            ("reported", retried.accepted.len().to_string()),
            ("no call, dropped", retried.skipped.len().to_string()),
            ("stay", retried.refused.len().to_string()),
        ],
    );
    for (number, why) in &retried.refused {
        text.push_str(&format!("{number}: {}\n", speech.say(why)));
    }
    text
}
