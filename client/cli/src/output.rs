//! Data on stdout, as text for people or as JSON for programs.

use serde::Serialize;
use std::io::{self, Write};

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Text, or JSON.
    pub const fn new(json: bool) -> Self {
        Self { json }
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
