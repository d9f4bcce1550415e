//! `mulu access import` and `mulu access report`: events through the vault onto the chain.

use crate::{
    arguments::Global,
    output::write,
    rejected::rejected,
    session::{Session, now},
    table::fields,
    templates,
    unlock::Lock,
    words,
};
use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use mulu_client::{
    import::{
        access::{AccessReport, Source},
        delivery::{self, Destination},
        mapping::Mapping,
    },
    vault::day_of,
};
use mulu_proofs::ids::StreamId;
use mulu_verifier::words::Speech;
use std::path::{Path, PathBuf};

/// What is imported.
#[derive(Debug, Args)]
pub struct Import {
    /// Form of the file
    #[arg(long, value_enum)]
    from: Form,
    /// The log
    file: PathBuf,
    /// Which paths are events on which entry or grant, and the stream
    #[arg(long)]
    mapping: PathBuf,
    /// The vault; made if there is none
    #[arg(long)]
    vault: PathBuf,
    /// What opens the vault
    #[command(flatten)]
    lock: Lock,
}

/// What is reported.
#[derive(Debug, Args)]
pub struct Report {
    /// One event a line
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    /// Stream that the events go into
    #[arg(long, value_parser = words::id::<StreamId>, required_unless_present = "template")]
    stream: Option<StreamId>,
    /// The vault; made if there is none
    #[arg(long, required_unless_present = "template")]
    vault: Option<PathBuf>,
    /// What opens the vault
    #[command(flatten)]
    lock: Lock,
    /// Print examples to begin with, and report nothing
    #[arg(long, conflicts_with = "file")]
    template: bool,
}

/// Forms of logs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Form {
    /// The combined log of Apache and nginx
    CombinedLog,
}

impl Import {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let Form::CombinedLog = self.from;
        let source = Source::CombinedLog(Mapping::read(&self.mapping)?);
        run(global, source, &self.file, (&self.vault, &self.lock)).await
    }
}

impl Report {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let (Some(file), Some(stream), Some(vault)) = (self.file, self.stream, self.vault) else {
            return write(templates::EVENTS);
        };
        run(global, Source::EventLines(stream), &file, (&vault, &self.lock)).await
    }
}

async fn run(global: &Global, source: Source, file: &Path, (vault, lock): (&Path, &Lock)) -> anyhow::Result<()> {
    let bar = bar(file)?;
    let session = Session::open(global).await?;
    let key = session.key()?;
    let chain = session.chain();
    let mut vault = lock.open_or_make(vault, &chain.genesis)?;
    let kept_from = vault.settings()?.kept_from(now());
    let retired = vault.retire_epochs(day_of(kept_from), now())?;
    if retired > 0 {
        eprintln!(
            "{}",
            session
                .output
                .speech
                .tell("{} keys of pseudonyms were older than the retention and are destroyed", &[&retired])
        );
    }
    let submitter = session.submitter().await?;
    let to = Destination { connection: &session.connection, submitter: &submitter, chain: &chain, key: &key };
    let report = delivery::import(to, &vault, source, file, |progress| {
        bar.set_position(progress.bytes);
        bar.set_message(format!("{} events", progress.report.events));
    })
    .await?;
    bar.finish_and_clear();
    session.output.print(&report, |report| text(report, session.output.speech))?;
    taken(&report)
}

/// A file of which every line is rejected is most likely another one than was meant.
fn taken(report: &AccessReport) -> anyhow::Result<()> {
    anyhow::ensure!(report.events > 0 || report.rejected.is_empty(), "no line of the file became an event");
    Ok(())
}

/// A bar over the bytes of a file, on stderr.
pub fn bar(file: &Path) -> anyhow::Result<ProgressBar> {
    let length = std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {bytes}/{total_bytes} {msg} {eta}")?;
    Ok(ProgressBar::new(length).with_style(style))
}

fn text(report: &AccessReport, speech: Speech) -> String {
    let mut text = fields(&[
        ("lines", report.lines.to_string()),
        ("events", report.events.to_string()),
        ("there before", report.events_before.to_string()),
        ("batches now", report.batches.to_string()),
        ("rejected", report.rejected.len().to_string()),
    ]);
    if !report.by_prefix.is_empty() {
        text.push_str("\nevents by prefix:\n");
        let mut rows: Vec<(&str, String)> =
            report.by_prefix.iter().map(|(prefix, count)| (prefix.as_str(), count.to_string())).collect();
        rows.push(("outside every rule", report.outside.to_string()));
        text.push_str(&fields(&rows));
    }
    if report.without_pseudonym > 0 {
        let phrase = "{} events got no pseudonym: the keys of their epochs are destroyed";
        text.push_str(&format!("\n{}\n", speech.tell(phrase, &[&report.without_pseudonym])));
    }
    text.push_str(&rejected(&report.rejected, speech));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_client::import::access::RejectedLine;

    #[test]
    fn an_import_fails_if_every_line_is_rejected_and_not_if_there_is_none() {
        let rejected = vec![RejectedLine { line: 1, reason: "not_an_event", detail: String::new() }];
        let nothing = AccessReport { lines: 1, rejected, ..AccessReport::default() };
        assert!(taken(&nothing).is_err());
        assert!(taken(&AccessReport { lines: 2, events: 1, ..nothing }).is_ok());
        assert!(taken(&AccessReport::default()).is_ok());
    }

    #[test]
    fn events_without_a_pseudonym_are_told_where_there_are_some() {
        let speech = mulu_verifier::speech(mulu_verifier::words::Language::English);
        let told = "\n3 events got no pseudonym: the keys of their epochs are destroyed\n";
        assert!(text(&AccessReport { without_pseudonym: 3, ..AccessReport::default() }, speech).ends_with(told));
        assert!(!text(&AccessReport::default(), speech).contains("pseudonym"));
    }
}
