//! `mulu-verify FILE --genesis FILE`: checks one evidence package offline.
//!
//! Ends with 0 if every link holds, 1 if one does not, 2 if nothing could be checked.

use mulu_verifier::{VerifierError, checkpoint, json, render, verify_files};
use std::{error::Error, io::Write, path::PathBuf, process::ExitCode};

const USAGE: &str = "usage: mulu-verify FILE --genesis FILE [--checkpoint HEIGHT:HASH] [--json]";

struct Arguments {
    package: PathBuf,
    genesis: PathBuf,
    checkpoint: Option<String>,
    json: bool,
}

fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args_os().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&arguments) {
        Ok((text, verified)) => {
            // A reader that closed the pipe has seen what it wanted.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(u8::from(!verified))
        }
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(cause) = error.source() {
                eprintln!("cause: {cause}");
            }
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(String, bool), VerifierError> {
    let checkpoint = arguments.checkpoint.as_deref().map(checkpoint).transpose()?;
    let report = verify_files(&arguments.package, &arguments.genesis, checkpoint.as_ref())?;
    let text = if arguments.json { format!("{}\n", json(&report)) } else { render(&report) };
    Ok((text, report.is_verified()))
}

fn arguments(mut words: impl Iterator<Item = std::ffi::OsString>) -> Option<Arguments> {
    let (mut package, mut genesis, mut checkpoint, mut json) = (None, None, None, false);
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--genesis") => genesis = Some(words.next()?.into()),
            Some("--checkpoint") => checkpoint = Some(words.next()?.into_string().ok()?),
            Some("--json") => json = true,
            Some(option) if option.starts_with('-') => return None,
            _ if package.is_none() => package = Some(word.into()),
            _ => return None,
        }
    }
    Some(Arguments { package: package?, genesis: genesis?, checkpoint, json })
}
