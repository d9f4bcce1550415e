//! Files read line by line: bounded and hashed, so that a later run knows how far an earlier one came.

use crate::vault::Import;
use mulu_proofs::ids::Digest32;
use std::io::{self, BufRead, Read};

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// Longer than the bound; it was skipped.
    TooLong,
}

/// The lines of a file.
pub struct Lines<R> {
    reader: R,
    line_bytes_max: usize,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads lines of at most `line_bytes_max` bytes.
    pub fn new(reader: R, line_bytes_max: usize) -> Self {
        Self { reader, line_bytes_max, buffer: Vec::new(), hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// The next line; none at the end of the file. What stands behind the last line end is a line too.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let mut too_long = false;
        let mut is_empty = true;
        loop {
            let part = self.reader.fill_buf()?;
            if part.is_empty() {
                break;
            }
            is_empty = false;
            let end = part.iter().position(|byte| *byte == b'\n');
            let (text, consumed) = end.map_or((part, part.len()), |end| (&part[..end], end + 1));
            too_long |= self.buffer.len() + text.len() > self.line_bytes_max;
            if !too_long {
                self.buffer.extend_from_slice(text);
            }
            self.hasher.update(&part[..consumed]);
            self.bytes += consumed as u64;
            self.reader.consume(consumed);
            if end.is_some() {
                break;
            }
        }
        if is_empty {
            return Ok(None);
        }
        if too_long {
            return Ok(Some(Line::TooLong));
        }
        Ok(Some(Line::Whole(self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer))))
    }

    /// Bytes that were read, line ends included.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// blake3 of those bytes.
    pub fn prefix(&self) -> Digest32 {
        *self.hasher.finalize().as_bytes()
    }
}

/// The import that came furthest in this file: a file is known by the bytes that it begins with.
///
/// # Errors
/// If the file cannot be read.
pub fn resume(mut file: impl Read, imports: &[Import]) -> io::Result<Option<&Import>> {
    let mut ascending: Vec<&Import> = imports.iter().collect();
    ascending.sort_by_key(|import| import.bytes);
    let mut hasher = blake3::Hasher::new();
    let mut hashed = 0;
    let mut furthest = None;
    for import in ascending {
        hashed += io::copy(&mut (&mut file).take(import.bytes - hashed), &mut hasher)?;
        if hashed < import.bytes {
            break;
        }
        if *hasher.finalize().as_bytes() == import.prefix {
            furthest = Some(import);
        }
    }
    Ok(furthest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::ids::StreamId;

    #[test]
    fn lines_are_bounded_and_hashed() {
        let text = b"one\r\n\nthree is too long\nend";
        // A small buffer, so that lines are cut anywhere.
        let mut lines = Lines::new(io::BufReader::with_capacity(3, &text[..]), 5);
        let expected =
            [(Line::Whole(b"one"), 5), (Line::Whole(b""), 6), (Line::TooLong, 24), (Line::Whole(b"end"), 27)];
        for (line, bytes) in expected {
            assert_eq!(lines.next_line().unwrap(), Some(line));
            assert_eq!(lines.bytes(), bytes);
            assert_eq!(lines.prefix(), *blake3::hash(&text[..bytes as usize]).as_bytes());
        }
        assert_eq!(lines.next_line().unwrap(), None);
    }

    #[test]
    fn a_file_is_known_by_what_it_begins_with() {
        let import = |number, text: &[u8]| Import {
            number,
            stream: StreamId::new(1),
            mapping: [0; 32],
            bytes: text.len() as u64,
            prefix: *blake3::hash(text).as_bytes(),
            refused: Vec::new(),
        };
        let imports = [import(1, b"a\nb\n"), import(2, b"a\n"), import(3, b"x\n"), import(4, b"a\nb\nc\nd\n")];
        let number = |file: &[u8]| resume(file, &imports).unwrap().map(|import| import.number);
        assert_eq!(number(b"a\nb\n"), Some(1));
        assert_eq!(number(b"a\nb\nc\n"), Some(1), "it has grown");
        assert_eq!(number(b"a\nz\n"), Some(2));
        assert_eq!(number(b"x\ny\n"), Some(3));
        assert_eq!(number(b"b\n"), None);
        assert_eq!(number(b""), None);
    }
}
