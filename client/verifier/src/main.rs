//! `mulu-verify FILE --genesis FILE`: checks one evidence package offline.
//!
//! Ends with 0 if every link holds, 1 if one does not, 2 if nothing could be checked.

use mulu_verifier::{
    VerifierError, checkpoint, json, render, speech, verify_files,
    words::{Language, printable},
};
use std::{error::Error, io::Write, path::PathBuf, process::ExitCode};

const USAGE: &str = "usage: mulu-verify FILE --genesis FILE [--checkpoint HEIGHT:HASH] [--lang zh|en] [--json]";

struct Arguments {
    package: PathBuf,
    genesis: PathBuf,
    checkpoint: Option<String>,
    language: Language,
    json: bool,
}

fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args_os().skip(1)) else {
        eprintln!("{}", speech(Language::of_environment()).say(USAGE));
        return ExitCode::from(2);
    };
    let speech = speech(arguments.language);
    match run(&arguments) {
        Ok((text, verified)) => {
            // A reader that closed the pipe has seen what it wanted.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(u8::from(!verified))
        }
        Err(error) => {
            let tell = |phrase, text: String| eprintln!("{}", printable(&speech.tell(phrase, &[&speech.say(&text)])));
            tell("error: {}", error.to_string());
            if let Some(cause) = error.source() {
                tell("cause: {}", cause.to_string());
            }
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(String, bool), VerifierError> {
    let checkpoint = arguments.checkpoint.as_deref().map(checkpoint).transpose()?;
    let report = verify_files(&arguments.package, &arguments.genesis, checkpoint.as_ref())?;
    let text =
        if arguments.json { format!("{}\n", json(&report)) } else { render(&report, speech(arguments.language)) };
    Ok((text, report.is_verified()))
}

fn arguments(mut words: impl Iterator<Item = std::ffi::OsString>) -> Option<Arguments> {
    let (mut package, mut genesis, mut checkpoint, mut language, mut json) = (None, None, None, None, false);
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--genesis") => genesis = Some(words.next()?.into()),
            Some("--checkpoint") => checkpoint = Some(words.next()?.into_string().ok()?),
            Some("--lang") => language = Some(words.next()?.to_str()?.parse().ok()?),
            Some("--json") => json = true,
            Some(option) if option.starts_with('-') => return None,
            _ if package.is_none() => package = Some(word.into()),
            _ => return None,
        }
    }
    let language = language.unwrap_or_else(Language::of_environment);
    Some(Arguments { package: package?, genesis: genesis?, checkpoint, language, json })
}
