//! One file per command: what is typed, and what it does.

pub mod access;
pub mod access_import;
pub mod account;
pub mod answer;
pub mod audit;
pub mod bridge;
pub mod bridge_quarantine;
pub mod bridge_status;
pub mod calendar;
pub mod catalog;
mod catalog_files;
mod catalog_harvest;
pub mod completion;
pub mod consent;
pub mod deadline;
pub mod decisions;
pub mod department;
pub mod differences;
pub mod dispute;
pub mod element;
pub mod entry;
pub mod entry_course;
pub mod entry_search;
pub mod evidence;
pub mod evidence_list;
pub mod grant;
pub mod key;
pub mod man;
pub mod mount;
pub mod node;
pub mod observer;
pub mod papers;
pub mod platform_key;
pub mod policy;
pub mod profile;
pub mod proposal;
pub mod purpose;
pub mod record;
pub mod repudiation;
pub mod request;
pub mod role;
pub mod signin;
pub mod source;
pub mod stats;
pub mod stream;
pub mod system;
pub mod timeline;
pub mod tx;
pub mod validator;
pub mod vault;
pub mod vault_erase;
pub mod verify;
pub mod vote;
pub mod whoami;

use crate::arguments::{Command, Global};
use anyhow::Context;
use serde::de::DeserializeOwned;
use std::{fs::File, io::Read, path::Path, process::ExitCode};

/// Largest JSON file that a command takes, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Runs what was typed.
pub async fn run(command: Command, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        Command::Department(command) => command.run(global).await?,
        Command::Account(command) => command.run(global).await?,
        Command::Role(command) => command.run(global).await?,
        Command::Proposal(command) => command.run(global).await?,
        Command::Vote(command) => command.run(global).await?,
        Command::Validator(command) => command.run(global).await?,
        Command::Observer(command) => command.run(global).await?,
        Command::Calendar(command) => command.run(global).await?,
        Command::Deadline(command) => command.run(global).await?,
        Command::Dispute(command) => command.run(global).await?,
        Command::System(command) => command.run(global).await?,
        Command::Source(command) => command.run(global).await?,
        Command::Entry(command) => command.run(global).await?,
        Command::Element(command) => command.run(global).await?,
        Command::Mount(command) => command.run(global).await?,
        Command::Catalog(command) => command.run(global).await?,
        Command::Purpose(command) => command.run(global).await?,
        Command::Policy(command) => command.run(global).await?,
        Command::Consent(command) => command.run(global).await?,
        Command::Request(command) => command.run(global).await?,
        Command::Grant(command) => command.run(global).await?,
        Command::Stream(command) => command.run(global).await?,
        Command::Access(command) => command.run(global).await?,
        Command::Stats(command) => command.run(global).await?,
        Command::Event(command) => command.run(global).await?,
        Command::Audit(command) => command.run(global).await?,
        Command::Repudiation(command) => command.run(global).await?,
        Command::Decisions(command) => command.run(global).await?,
        Command::Record(command) => command.run(global).await?,
        Command::Evidence(command) => command.run(global).await?,
        Command::Verify(command) => return command.run(global),
        Command::Node(command) => command.run(global).await?,
        Command::Whoami => whoami::run(global).await?,
        Command::SignIn(command) => command.run(global).await?,
        Command::Session => signin::session(global).await?,
        Command::SignOut => signin::sign_out(global).await?,
        Command::Key(command) => command.run(global).await?,
        Command::Papers(command) => command.run(global)?,
        Command::Vault(command) => command.run(global).await?,
        Command::Bridge(command) => return command.run(global).await,
        Command::Tx(command) => return command.run(global).await,
        Command::Profile(command) => command.run(global)?,
        Command::Completion(command) => command.run()?,
        Command::Man(command) => command.run(global)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a JSON file of at most [`FILE_BYTES_MAX`].
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_slice(&read_bytes(path)?).with_context(|| format!("{} is not of the right form", path.display()))
}

/// Reads a file of at most [`FILE_BYTES_MAX`].
pub(crate) fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut text = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(text.len() as u64 <= FILE_BYTES_MAX, "{} is larger than 1 MiB", path.display());
    Ok(text)
}
