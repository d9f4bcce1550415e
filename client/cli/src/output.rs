//! Data on stdout, as text for people or as JSON for programs.

use crate::arguments::Global;
use mulu_verifier::words::Speech;
use serde::Serialize;
use std::io::{self, Write};

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    /// Words of the text; JSON has none.
    pub speech: Speech,
}

impl Output {
    /// As the options say.
    pub const fn of(global: &Global) -> Self {
        Self { json: global.json, speech: global.speech() }
    }

    /// Whether it is JSON.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// Prints a value: as one line of JSON, or as the text that `text` makes.
    pub fn print<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        if self.json { write(&format!("{}\n", serde_json::to_string(value)?)) } else { write(&text(value)) }
    }
}

/// Writes to stdout. A reader that closed the pipe has seen what it wanted.
pub fn write(text: &str) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
