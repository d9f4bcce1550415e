//! What would happen, before it does: the configuration, the files that it names, the node, the key's role, the streams, what the mappings
//! name, and the first records of a sample. Nothing is written, and nothing is sent but questions.

mod ledger;
mod parts;
mod said;
mod sample;

pub use ledger::{ChainSeen, StreamSeen};
pub use parts::PartSeen;
pub use said::Said;
pub use sample::{EventSeen, RowSeen, SAMPLE_ROWS, SampleSeen, Seen};

use crate::{
    config::{Config, SourceConfig},
    spool::told,
};
use mulu_client::{ClientError, event::CallIds, vault::Vault};
use mulu_mapping::{Described, Mapping};
use mulu_proofs::ids::StreamId;
use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The bridge would work, otherwise than may be meant.
    Warning,
    /// The bridge, or a part of it, would not work.
    Mistake,
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is about: a key of the configuration, as `source.gateway`.
    pub at: String,
    /// What it is, and the way out.
    pub what: Said,
}

/// A source, as it would run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceSeen {
    /// Its name.
    pub name: String,
    /// Its kind: the key in its table, as `tail`.
    pub kind: &'static str,
    /// Stream that its events would go into.
    pub stream: StreamId,
    /// The stream as the chain has it.
    pub on_chain: Option<StreamSeen>,
    /// How its records become events.
    pub mapping: Described,
}

/// Everything that a check saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The chain, if the node answered.
    pub chain: Option<ChainSeen>,
    /// Sources by name.
    pub sources: Vec<SourceSeen>,
    /// Everything else that would run: the address, sinks, catalogs.
    pub parts: Vec<PartSeen>,
    /// The sample, if one was given.
    pub sample: Option<SampleSeen>,
    /// What is wrong or odd, the heaviest first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether something would not work.
    pub fn has_mistakes(&self) -> bool {
        self.findings.iter().any(|finding| finding.weight == Weight::Mistake)
    }

    fn mistake(&mut self, at: &str, what: Said) {
        self.findings.push(Finding { weight: Weight::Mistake, at: at.to_owned(), what });
    }

    fn warn(&mut self, at: &str, what: Said) {
        self.findings.push(Finding { weight: Weight::Warning, at: at.to_owned(), what });
    }
}

/// A file whose first records are mapped.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Source by whose mapping.
    pub source: &'a str,
    /// Its bytes, or the first of them.
    pub bytes: &'a [u8],
}

/// Writes into the log what is tied to what.
pub fn announce(config: &Config) {
    let tied: Vec<String> = config
        .source
        .iter()
        .map(|(name, source)| {
            let preset = config.mapping(name, source).ok().and_then(|mapping| mapping.describe().preset);
            let preset = preset.map_or_else(String::new, |preset| format!(", {preset}"));
            format!("{name} ({}{preset}) -> stream {}", kind_of(source), source.stream)
        })
        .collect();
    tracing::info!(tied = tied.join("; "), vault = %config.chain.vault.display(), "what is tied to what");
}

/// Checks a configuration that was read.
pub async fn check(config: &Config, sample: Option<Sample<'_>>) -> Report {
    let mut report = Report::default();
    let vault = vault(config, &mut report);
    let call_ids = vault.as_ref().map_or_else(|| CallIds::new([0; 32]), |vault| vault.call_ids().clone());
    let mut mappings = Vec::new();
    for (name, source) in &config.source {
        // A configuration that was read has mappings that read.
        let Ok(mapping) = config.mapping(name, source) else { continue };
        report.sources.push(seen(name, source, &mapping));
        files(name, source, &mut report);
        pace(name, source, &mapping, &mut report);
        mappings.push((name.as_str(), mapping));
    }
    parts::check(config, &mut report);
    if config.source.is_empty() {
        report.warn("source", Said::new("there is no source: no event will be reported", &[]));
    }
    let sampled = sample.and_then(|sample| {
        let (_, mapping) = mappings.iter().find(|(name, _)| *name == sample.source)?;
        Some(sample::map(sample.bytes, mapping, &call_ids))
    });
    let is_new = vault.is_none() && !config.chain.vault.exists();
    let kept = ledger::Kept { call_ids: &call_ids, vault: vault.as_ref(), is_new };
    ledger::check(config, &mappings, kept, sampled.as_ref(), &mut report).await;
    if let (Some(sample), Some(sampled)) = (sample, sampled) {
        judge(sample.source, &sampled.seen, &mut report);
        report.sample = Some(sampled.seen);
    }
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    report
}

fn seen(name: &str, source: &SourceConfig, mapping: &Mapping) -> SourceSeen {
    let (name, described) = (name.to_owned(), mapping.describe());
    SourceSeen { name, kind: kind_of(source), stream: source.stream, on_chain: None, mapping: described }
}

/// The key of the table that says of which kind a source is.
const fn kind_of(source: &SourceConfig) -> &'static str {
    match source {
        SourceConfig { tail: Some(_), .. } => "tail",
        SourceConfig { ingest: Some(_), .. } => "ingest",
        SourceConfig { kafka: Some(_), .. } => "kafka",
        SourceConfig { postgres: Some(_), .. } => "postgres",
        SourceConfig { xroad: Some(_), .. } => "xroad",
        _ => "lumberjack",
    }
}

/// The vault, if there is one and no bridge uses it.
fn vault(config: &Config, report: &mut Report) -> Option<Vault> {
    match config.chain.open_vault() {
        Ok(vault) => vault,
        Err(crate::error::BridgeError::Client(ClientError::VaultInUse { .. })) => {
            let what = "the vault is in use: a bridge is running; call keys of grants are not checked";
            report.warn("chain.vault", Said::new(what, &[]));
            None
        }
        Err(error) => {
            report.mistake("chain.vault", Said::new(Said::OF_ANOTHER, &[&told(&error)]));
            None
        }
    }
}

/// Files that a source reads.
fn files(name: &str, source: &SourceConfig, report: &mut Report) {
    let Some(tail) = &source.tail else { return };
    for path in &tail.paths {
        if let Err(error) = std::fs::File::open(path) {
            let values: [&dyn std::fmt::Display; 2] = [&path.display(), &error];
            report.warn(
                &format!("source.{name}.tail"),
                Said::new("{} cannot be read now ({}); the bridge waits for it", &values),
            );
        }
    }
}

/// How long forwarders gather lines before they post them, if nobody sets anything else: preset, what their pages call it, milliseconds.
/// Access logs of web servers and what OpenTelemetry collects come through Vector, Fluent Bit or a collector.
const GATHERING: [(&str, &str, u64); 6] = [
    ("apisix", "buffer_duration", 5_000),
    ("kong", "max_coalescing_delay", 1_000),
    ("combined", "batch.timeout_secs of Vector, flush of Fluent Bit", 1_000),
    ("envoy", "batch.timeout_secs of Vector, flush of Fluent Bit", 1_000),
    ("nginx", "batch.timeout_secs of Vector, flush of Fluent Bit", 1_000),
    ("otel", "timeout of the collector's batch processor", 200),
];

/// Whether events wait as long as their forwarder gathers lines.
fn pace(name: &str, source: &SourceConfig, mapping: &Mapping, report: &mut Report) {
    let preset = mapping.describe().preset;
    let gathering = GATHERING.iter().find(|(of, ..)| preset.as_deref() == Some(*of));
    if let (Some(_), Some((_, key, ms))) = (&source.ingest, gathering)
        && source.settle_ms <= *ms
    {
        let what = "settle_ms is {}, and the forwarder gathers lines for {} ms ({}): what comes later than an event that was sealed goes into the quarantine as before_stream; set settle_ms well above it";
        report.warn(&format!("source.{name}.settle_ms"), Said::new(what, &[&source.settle_ms, ms, key]));
    }
}

/// What a sample says of its mapping.
fn judge(source: &str, sample: &SampleSeen, report: &mut Report) {
    let at = format!("source.{source}.mapping");
    let (events, quarantined) = (sample.events, sample.quarantined.values().sum::<u64>());
    if sample.records > 0 && events == 0 {
        let what = "no record of the sample would be reported; is it of the form that the mapping reads?";
        report.mistake(&at, Said::new(what, &[]));
    } else if quarantined > 0 {
        let what = "{} of {} records of the sample would go into the quarantine";
        report.warn(&at, Said::new(what, &[&quarantined, &sample.records]));
    }
    if events > 0 && sample.without_reference == events {
        let what = "no record of the sample names a grant or an entry: each event gets the finding no_grant; `route` ties paths to grants";
        report.warn(&at, Said::new(what, &[]));
    }
}
