//! `mulu`: everything that a person, a platform or an auditor does with the ledger.
//!
//! Data goes to stdout, everything else to stderr. Every command ends with 0, or with 1 and a message; with 2 if what was typed is none.

mod arguments;
mod commands;
mod output;
mod paging;
mod session;
mod table;
mod words;

use clap::Parser;
use mulu_client::ClientError;
use mulu_verifier::VerifierError;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("MULU_LOG"))
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(commands::run(arguments)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

/// The error, what caused it, and the way out.
fn tell(error: &anyhow::Error) {
    eprintln!("error: {}", table::printable(&error.to_string()));
    for cause in error.chain().skip(1) {
        eprintln!("cause: {}", table::printable(&cause.to_string()));
    }
    let hint = error.downcast_ref::<ClientError>().and_then(ClientError::hint);
    if let Some(hint) = hint.or_else(|| error.downcast_ref::<VerifierError>().and_then(hint_of_verifier)) {
        eprintln!("hint: {}", table::printable(&hint));
    }
}

fn hint_of_verifier(error: &VerifierError) -> Option<String> {
    match error {
        VerifierError::Package(_) => Some("`mulu evidence export` writes evidence packages".to_owned()),
        _ => None,
    }
}
