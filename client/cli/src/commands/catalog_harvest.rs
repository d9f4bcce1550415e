//! `mulu catalog harvest`: one round through a portal, as the bridge does it again and again.

use crate::{arguments::Global, commands::catalog::publishers, session::Session, table::fields};
use anyhow::Context;
use clap::Args;
use mulu_catalogs::{
    ckan::portal::Portal,
    document,
    harvest::{Harvest, Harvested, Round, State},
    landing::Landing,
    web::Web,
};
use mulu_verifier::words::{Speech, printable};
use std::{collections::BTreeMap, fs, io::Write, path::Path, path::PathBuf};

/// Largest kept state, and longest token.
const STATE_BYTES_MAX: usize = 256 * 1024 * 1024;
const TOKEN_BYTES_MAX: usize = 4_096;
/// Rejections of each reason that are shown as text.
const SHOWN_MAX: usize = 20;

/// What is harvested.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address of a CKAN portal, without /api
    // An id of its own: `url` is the node's.
    #[arg(id = "portal", value_name = "PORTAL")]
    portal: String,
    /// Which department publishes for which organization, and its keys: names in the keystore, or files beside the mapping
    #[arg(long)]
    mapping: PathBuf,
    /// File that keeps how far this came; without it, everything is looked up again
    #[arg(long, value_name = "FILE")]
    position: Option<PathBuf>,
    /// File with an API token of the portal
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Compare all names too, and tell the ledger what is gone; needs --position
    #[arg(long, requires = "position")]
    reconcile: bool,
    /// Say what would happen, and sign nothing
    #[arg(long)]
    dry_run: bool,
}

/// What became of the datasets.
#[derive(serde::Serialize)]
struct Report {
    outcomes: BTreeMap<&'static str, u64>,
    datasets: Vec<Harvested>,
}

impl Arguments {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let token = self.token_file.as_deref().map(|file| document::file(file, TOKEN_BYTES_MAX)).transpose()?;
        let token = token.map(String::from_utf8).transpose().context("the token is no text")?;
        let portal = Portal::new(Web::new(token.as_deref())?, &self.portal)?;
        let publishers = publishers(global, &self.mapping)?;
        let session = Session::open(global).await?;
        let submitter = session.submitter().await?;
        let landing = Landing::new(&session.connection, &submitter, &publishers);
        let name = portal.host();
        let harvest = Harvest::new(&name, if self.dry_run { landing.dry() } else { landing }, &publishers);
        let mut state = self.state()?;
        let mut round = Round::begin(&state);
        let mut datasets = Vec::new();
        while let Some(harvested) = harvest.step(&portal, &mut state, &mut round).await? {
            datasets.extend(harvested);
            self.keep(&state)?;
        }
        if self.reconcile {
            let now = crate::session::now().get() / 1_000;
            datasets.extend(harvest.reconcile(&portal, &mut state, now).await?);
            self.keep(&state)?;
        }
        let mut outcomes = BTreeMap::new();
        for row in &datasets {
            *outcomes.entry(row.outcome.word()).or_default() += 1;
        }
        let report = Report { outcomes, datasets };
        session.output.print(&report, |report| text(report, session.output.speech))
    }

    fn state(&self) -> anyhow::Result<State> {
        match self.position.as_deref().filter(|path| path.exists()) {
            Some(path) => Ok(State::read(&document::file(path, STATE_BYTES_MAX)?)?),
            None => Ok(State::default()),
        }
    }

    fn keep(&self, state: &State) -> anyhow::Result<()> {
        match self.position.as_deref().filter(|_| !self.dry_run) {
            Some(path) => replace(path, &state.bytes()).with_context(|| format!("cannot write {}", path.display())),
            None => Ok(()),
        }
    }
}

/// Puts a file in place in one step: whoever is killed has the old one or the new one.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut half = path.as_os_str().to_owned();
    half.push(".part");
    let mut file = fs::File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)
}

fn text(report: &Report, speech: Speech) -> String {
    let counts: Vec<(&str, String)> = report.outcomes.iter().map(|(word, count)| (*word, count.to_string())).collect();
    let mut text = fields(&counts);
    let rejected = report.datasets.iter().filter_map(|row| Some((&row.id, row.outcome.rejection()?)));
    for (id, rejection) in rejected.take(SHOWN_MAX) {
        let reason = speech.say(rejection.reason);
        text.push_str(&format!("{}  {}: {}\n", printable(id), reason, printable(&speech.say(&rejection.detail))));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use crate::arguments::{self, Command};
    use clap::Parser;

    #[test]
    fn the_portal_is_not_taken_for_the_node() {
        let typed = ["mulu", "--url", "ws://node:1", "catalog", "harvest", "https://portal", "--mapping", "m.json"];
        let read = arguments::Arguments::try_parse_from(typed).unwrap();
        assert_eq!(read.options.url.as_deref(), Some("ws://node:1"));
        let Command::Catalog(crate::commands::catalog::Catalog::Harvest(harvest)) = read.command else {
            panic!("another command");
        };
        assert_eq!(harvest.portal, "https://portal");
    }
}
