//! `mulu`: everything that a person, a platform or an auditor does with the ledger.
//!
//! Data goes to stdout, everything else to stderr. Every command ends with 0, or with 1 and a message; with 2 if what was typed is none.

mod act;
mod arguments;
mod chinese;
mod commands;
mod help;
mod keyring;
mod local;
mod mistyped;
mod output;
mod paging;
mod refusals;
mod rejected;
mod role_needed;
mod session;
mod settings;
mod table;
mod templates;
mod unlock;
mod words;

use arguments::{Arguments, Command};
use clap::FromArgMatches;
use mulu_client::ClientError;
use mulu_verifier::{
    VerifierError,
    words::{Speech, printable},
};
use role_needed::RoleNeeded;
use settings::Settings;
use std::{io::IsTerminal, process::ExitCode};
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let language = mistyped::language(std::env::args_os());
    let parsed = help::command(language).try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches));
    let Arguments { options, command } = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return mistyped::tell(&error, Speech::new(language, chinese::TABLES)),
    };
    let is_about_profiles = matches!(command, Command::Profile(_));
    let global = match Settings::of_run(&options, is_about_profiles) {
        Ok(settings) => settings.global(options),
        Err(error) => return failed(&error, Speech::new(language, chinese::TABLES), false),
    };
    let is_daemon = matches!(&command, Command::Bridge(command) if command.is_daemon());
    log(is_daemon, global.json);
    let runtime =
        if is_daemon { Builder::new_multi_thread() } else { Builder::new_current_thread() }.enable_all().build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|it| it.block_on(commands::run(command, &global)));
    outcome.unwrap_or_else(|error| failed(&error, global.speech(), global.key.is_some()))
}

/// What is logged, on stderr: a daemon's log may be JSON too.
fn log(is_daemon: bool, is_json: bool) {
    let is_seen = std::io::stderr().is_terminal();
    let log =
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(is_seen).with_env_filter(filter(is_daemon));
    if is_daemon && is_json { log.json().flatten_event(true).init() } else { log.init() }
}

/// What is logged: as MULU_LOG says; without it errors, and of a daemon what it does. The client of JSON-RPC would write whole answers, of
/// which one holds a token.
fn filter(is_daemon: bool) -> EnvFilter {
    let usual = if is_daemon { "warn,mulu_bridge=info" } else { "error" };
    let said = std::env::var("MULU_LOG").ok().filter(|said| !said.is_empty());
    let filter = EnvFilter::new(said.as_deref().unwrap_or(usual));
    ["jsonrpsee-client=off", "jsonrpsee-http=off"]
        .into_iter()
        .fold(filter, |filter, cap| filter.add_directive(cap.parse().expect("a target and a level")))
}

fn failed(error: &anyhow::Error, speech: Speech, has_key: bool) -> ExitCode {
    tell(error, speech, has_key);
    ExitCode::FAILURE
}

/// The error, what caused it, and the way out.
fn tell(error: &anyhow::Error, speech: Speech, has_key: bool) {
    let line = |phrase: &str, text: &str| eprintln!("{}", printable(&speech.tell(phrase, &[&text])));
    let mut causes = error.chain().map(|cause| {
        let refusal = cause.downcast_ref::<ClientError>().or_else(|| cause.downcast_ref().map(RoleNeeded::refusal));
        refusal.and_then(|refusal| refusals::told(refusal, speech)).unwrap_or_else(|| speech.say(&cause.to_string()))
    });
    line("error: {}", &causes.next().unwrap_or_default());
    causes.for_each(|cause| line("cause: {}", &cause));
    if let Some(hint) = hint(error, speech, has_key) {
        line("hint: {}", &speech.say(&hint));
    }
}

fn hint(error: &anyhow::Error, speech: Speech, has_key: bool) -> Option<String> {
    let way_out = if has_key { ClientError::hint_with_key } else { ClientError::hint };
    let of_client = error.downcast_ref::<ClientError>().and_then(way_out);
    of_client.or_else(|| error.downcast_ref::<RoleNeeded>().map(|needed| needed.hint(speech))).or_else(|| {
        match error.downcast_ref::<VerifierError>()? {
            VerifierError::Package(_) => Some("`mulu evidence export` writes evidence packages".to_owned()),
            _ => None,
        }
    })
}
