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

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        line(Closed, "to nobody");
    }
}
