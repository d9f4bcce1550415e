//! `mulu bridge`: ties a platform to the chain, says what would happen, how it is, and what is in the quarantine.

use crate::{
    arguments::Global,
    commands::{
        bridge_quarantine::{Quarantine, Reach},
        bridge_status::told,
    },
    output::Output,
    table::{fields, fields_in, table_in},
    words::{self, items, name_of},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_bridge::{
    check::{self, EventSeen, Finding, Report, RowSeen, Said, Sample, SampleSeen, Seen, SourceSeen, Weight},
    config::Config,
    error::BridgeError,
    moving::Moved,
    operator::Operator,
    run,
    stop::Stop,
};
use mulu_proofs::ids::StreamId;
use mulu_verifier::words::Speech;
use std::{
    fmt::Display,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Of a sample this much is read.
const SAMPLE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The bridge.
#[derive(Debug, Subcommand)]
pub enum Bridge {
    /// Run the bridge until it is stopped by SIGTERM or SIGINT; with --json its log is JSON
    Run(Configured),
    /// Say what would happen, and what is wrong: configuration, key, role, streams, mappings; nothing is written
    Check(Check),
    /// How the bridge is: what waits, what is in the quarantine, what is in trouble
    Status(Reach),
    /// Move what waits for a stream that is closed, or that another vault is ahead in, into another stream; the bridge must not run
    Move(Move),
    /// Records that can be no event: list, show, retry, drop
    #[command(subcommand)]
    Quarantine(Quarantine),
}

/// Which bridge.
#[derive(Clone, Debug, Args)]
pub struct Configured {
    /// Its configuration, bridge.toml
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// What is checked.
#[derive(Debug, Args)]
pub struct Check {
    /// The configuration
    #[command(flatten)]
    configured: Configured,
    /// File whose first records are shown as they would be reported; sealed values are not shown
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// Source by whose mapping the sample is read; the only one where it is left out
    #[arg(long, requires = "sample", value_name = "NAME")]
    source: Option<String>,
}

/// From where to where.
#[derive(Debug, Args)]
pub struct Move {
    /// Which bridge
    #[command(flatten)]
    bridge: Configured,
    /// Stream that takes nothing any more
    #[arg(long, value_parser = words::id::<StreamId>)]
    from: StreamId,
    /// Stream of the same platform that is open under the same key: best a new one, since nothing may be older than its last batch
    #[arg(long, value_parser = words::id::<StreamId>)]
    to: StreamId,
}

impl Move {
    async fn run(self, output: Output) -> anyhow::Result<()> {
        let operator = Operator::of(&self.bridge.read()?, None).map_err(plain)?;
        let moved = operator.move_events(self.from, self.to).await.map_err(plain)?;
        output.print(&moved, |moved| moved_told(moved, self.to, output.speech))
    }
}

fn moved_told(moved: &Moved, to: StreamId, speech: Speech) -> String {
    let rows = [
        ("moved, in no batch", moved.waiting.to_string()),
        ("moved, sealed anew", moved.sealed.to_string()),
        ("stay behind", moved.left.to_string()),
    ];
    let mut text = fields_in(speech, &rows);
    let next = "name stream {} in the source in place of the old one, and start the bridge";
    text.push_str(&format!("{}\n", speech.tell(next, &[&to])));
    if moved.may_repeat {
        let repeat = "the vault was behind: what the newer one had reported of this is reported twice";
        text.push_str(&format!("{}\n", speech.say(repeat)));
    }
    text
}

impl Configured {
    /// Reads the configuration.
    pub fn read(&self) -> anyhow::Result<Config> {
        Config::read(&self.config).map_err(plain)
    }
}

impl Bridge {
    /// Whether it runs until somebody stops it.
    pub const fn is_daemon(&self) -> bool {
        matches!(self, Self::Run(_))
    }

    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let output = Output::of(global);
        match self {
            Self::Run(configured) => {
                let config = configured.read()?;
                check::announce(&config);
                run::run(config, Stop::new()).await.map_err(plain)?;
            }
            Self::Check(check) => return check.run(output).await,
            Self::Status(bridge) => {
                let status = bridge.operator()?.status().await.map_err(plain)?;
                output.print(&status, |status| told(status, output.speech))?;
            }
            Self::Move(command) => command.run(output).await?,
            Self::Quarantine(command) => command.run(output).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The client's own error where it is one: its Chinese and its hint are known.
pub fn plain(error: BridgeError) -> anyhow::Error {
    match error {
        BridgeError::Client(error) => error.into(),
        other => other.into(),
    }
}

impl Check {
    async fn run(self, output: Output) -> anyhow::Result<ExitCode> {
        let config = self.configured.read()?;
        let bytes = self.sample.as_deref().map(beginning).transpose()?;
        let source = match (&bytes, self.source) {
            (None, _) => None,
            (Some(_), Some(name)) => {
                anyhow::ensure!(config.source.contains_key(&name), "the configuration has no source of that name");
                Some(name)
            }
            (Some(_), None) => {
                anyhow::ensure!(config.source.len() == 1, "name the source of the sample with --source");
                config.source.keys().next().cloned()
            }
        };
        let sample = source.as_deref().zip(bytes.as_deref()).map(|(source, bytes)| Sample { source, bytes });
        let report = check::check(&config, sample).await;
        output.print(&report, |report| text(report, output.speech))?;
        Ok(if report.has_mistakes() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// The beginning of a file, up to the last whole line of it.
fn beginning(path: &Path) -> anyhow::Result<Vec<u8>> {
    let failed = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    let read = File::open(path).with_context(failed)?.take(SAMPLE_BYTES_MAX).read_to_end(&mut bytes);
    if read.with_context(failed)? as u64 == SAMPLE_BYTES_MAX {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
        bytes.truncate(end);
    }
    Ok(bytes)
}

fn text(report: &Report, speech: Speech) -> String {
    let mut text = String::new();
    if let Some(chain) = &report.chain {
        let department = chain.department.map_or_else(String::new, |id| id.to_string());
        text.push_str(&fields_in(
            speech,
            &[
                ("node", chain.node.clone()),
                ("chain", chain.chain_id.clone()),
                ("genesis", chain.genesis.to_string()),
                ("account", hex::encode(chain.account.0)),
                ("department", department),
            ],
        ));
    }
    for source in &report.sources {
        text.push_str(&source_told(source, speech));
    }
    if !report.parts.is_empty() {
        let rows = report.parts.iter().map(|part| (part.at.as_str(), part.kind.clone()));
        text.push_str(&format!("\n{}", fields(&rows.collect::<Vec<_>>())));
    }
    if let Some(sample) = &report.sample {
        text.push_str(&sample_told(sample, speech));
    }
    text.push('\n');
    for finding in &report.findings {
        text.push_str(&finding_told(finding, speech));
    }
    if report.findings.is_empty() {
        text.push_str(&speech.say("nothing is wrong"));
        text.push('\n');
    }
    text
}

fn source_told(source: &SourceSeen, speech: Speech) -> String {
    let mut text = format!("\n{}\n", speech.tell("source {}: {}", &[&source.name, &source.kind]));
    let stream = match &source.on_chain {
        None => source.stream.to_string(),
        Some(seen) => {
            let state = speech.say(match seen.state {
                "open" => "takes events",
                "closed" => "takes no events any more",
                state => state,
            });
            speech.tell(
                "{} of platform {}, {}; the next event is {}",
                &[&source.stream, &seen.platform, &state, &seen.next],
            )
        }
    };
    let mapping = source.mapping.preset.clone().unwrap_or_default();
    text.push_str(&fields_in(speech, &[("stream", stream), ("preset", mapping)]));
    let rows: Vec<(&str, String)> =
        source.mapping.fields.iter().map(|(name, from)| (name.as_str(), from.clone())).collect();
    text.push_str(&indented(&fields(&rows)));
    if !source.mapping.routes.is_empty() {
        let rows = source.mapping.routes.iter().map(|(prefix, to)| vec![prefix.clone(), speech.say(to)]);
        text.push_str(&indented(&table_in(speech, &["prefix", "on"], &rows.collect::<Vec<_>>())));
    }
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn sample_told(sample: &SampleSeen, speech: Speech) -> String {
    let quarantined: u64 = sample.quarantined.values().sum();
    let counts: [&dyn Display; 4] = [&sample.records, &sample.events, &sample.skipped, &quarantined];
    let phrase = "sample: {} records, {} events, {} skipped, {} for the quarantine";
    let mut text = format!("\n{}\n", speech.tell(phrase, &counts));
    for row in &sample.rows {
        text.push_str(&row_told(row, speech));
    }
    text
}

fn row_told(row: &RowSeen, speech: Speech) -> String {
    let seen = match &row.seen {
        Seen::Skipped => speech.say("no call, by the mapping"),
        Seen::Quarantined { reason, detail } => speech.tell("quarantine, {}: {}", &[reason, detail]),
        Seen::Event(event) => event_told(event, speech),
    };
    speech.tell("line {}: {}", &[&row.line, &seen]) + "\n"
}

fn event_told(event: &EventSeen, speech: Speech) -> String {
    let word = |word: String| speech.say(&word.replace('_', " "));
    let mut parts = vec![event.time.clone(), speech.say(&event.under), word(name_of(&event.outcome))];
    parts.extend(event.method.map(|method| word(name_of(&method))));
    let mask = event.items.iter().fold(0, |mask, place| mask | 1_u64 << place);
    if mask != 0 {
        parts.push(speech.tell("items {}", &[&items(mask)]));
    }
    let counts: [&dyn Display; 4] = [&event.calls, &event.rows, &event.bytes, &event.duration_ms];
    parts.push(speech.tell("{} calls, {} rows, {} bytes, {} ms", &counts));
    parts.push(match event.call_by {
        "nothing" => speech.say("no request id"),
        _ => speech.say("with request id"),
    });
    if !event.sealed.is_empty() {
        parts.push(speech.tell("sealed: {}", &[&speech.list(&event.sealed)]));
    }
    parts.join("; ")
}

fn finding_told(finding: &Finding, speech: Speech) -> String {
    let weight = speech.say(match finding.weight {
        Weight::Mistake => "mistake",
        Weight::Warning => "warning",
    });
    format!("{weight}  {}: {}\n", finding.at, said(&finding.what, speech))
}

/// A sentence of the bridge in the words of `speech`.
fn said(said: &Said, speech: Speech) -> String {
    // What another part said, as an error of the client.
    if said.phrase == Said::OF_ANOTHER {
        return speech.say(&said.to_string());
    }
    let values: Vec<&dyn Display> = said.values.iter().map(|value| value as &dyn Display).collect();
    speech.tell(said.phrase, &values)
}
