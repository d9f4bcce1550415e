//! What the programs of this crate print. A reader that has gone (`mulu-demo | head`) ends no run: the rest is said to nobody.

use std::io::{self, Write};

/// A result, on stdout.
pub fn result(text: &str) {
    line(&mut io::stdout().lock(), text);
}

/// Anything else, on stderr.
pub fn note(text: &str) {
    line(&mut io::stderr().lock(), text);
}

fn line(mut to: impl Write, text: &str) {
    // `println!` would panic.
    let _ = writeln!(to, "{text}");
}
