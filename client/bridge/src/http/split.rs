//! Cuts a body into the texts of its records before anything of it is read: how many there are and what they cost is known, and bounded,
//! before memory is taken for them.
//!
//! ```text
//! {…}   [{…}, {…}]   {…}{…}   {…}⏎{…}⏎   any text⏎any text⏎   ──> pieces, and what is no JSON as one piece
//! ```

/// What a place of an array, or a field, takes at most beside its text when it is read.
const VALUE_BYTES: usize = 64;
/// What an object takes at most beside its fields.
const OBJECT_BYTES: usize = 768;

/// A part of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The text of one JSON value, as its brackets say; whether it is one shows when it is read.
    Value(&'a [u8]),
    /// A line that begins like no JSON.
    Line(&'a [u8]),
    /// From here on nothing can be told apart: no JSON, or JSON without its end.
    Broken(&'a [u8]),
}

/// How a body is cut that does not begin like JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// Into lines.
    Lines,
    /// Not at all.
    Whole,
}

/// Why a body is not cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Too many records.
    #[error("more than {records_max} records in one body; let the sender make smaller batches")]
    Records {
        /// Most there may be.
        records_max: usize,
    },
    /// So many objects and arrays in it that reading it would take too much memory.
    #[error(
        "so many objects and lists in one body that it would take more than {bytes_max} bytes to read; let the sender make smaller batches"
    )]
    Values {
        /// Most bytes.
        bytes_max: usize,
    },
}

/// The pieces of a body, and how many bytes of memory reading them takes at most.
#[derive(Debug, PartialEq, Eq)]
pub struct Pieces<'a> {
    /// In their order.
    pub list: Vec<Piece<'a>>,
    /// An upper bound.
    pub bytes: usize,
}

/// Cuts a body. An empty one has no pieces.
///
/// # Errors
/// [`TooMuch`] once it is clear, before the rest is looked at.
pub fn split(body: &[u8], otherwise: Otherwise, records_max: usize, bytes_max: usize) -> Result<Pieces<'_>, TooMuch> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut cut = Cut { pieces: Pieces { list: Vec::new(), bytes: 0 }, records_max, bytes_max };
    match form(body, otherwise) {
        Form::Lines => lines(body).try_for_each(|line| cut.line(line))?,
        Form::Values => cut.values(body)?,
        Form::Broken => cut.push(Piece::Broken(body), body.len())?,
        Form::Nothing => {}
    }
    Ok(cut.pieces)
}

enum Form {
    Lines,
    Values,
    Broken,
    Nothing,
}

/// Lines if the first one is whole; so a damaged line damages no other. An object over several lines is none.
fn form(body: &[u8], otherwise: Otherwise) -> Form {
    let Some(first) = lines(body).next() else { return Form::Nothing };
    match (first[0], otherwise) {
        (b'{' | b'[', _) => match value_end(first, &mut 0) {
            Some(_) => Form::Lines,
            None => Form::Values,
        },
        (_, Otherwise::Lines) => Form::Lines,
        (_, Otherwise::Whole) => Form::Broken,
    }
}

/// Lines that hold something, without the space around it. RFC 7464 begins each with a record separator.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = body.split(|byte| *byte == b'\n').map(|line| line.trim_ascii());
    lines.map(|line| line.strip_prefix(b"\x1e").unwrap_or(line)).filter(|line| !line.is_empty())
}

struct Cut<'a> {
    pieces: Pieces<'a>,
    records_max: usize,
    bytes_max: usize,
}

impl<'a> Cut<'a> {
    fn line(&mut self, line: &'a [u8]) -> Result<(), TooMuch> {
        match line[0] {
            b'{' | b'[' => self.values(line),
            _ => self.push(Piece::Line(line), line.len()),
        }
    }

    /// Values one after the other, with or without commas; those of an array by themselves.
    fn values(&mut self, text: &'a [u8]) -> Result<(), TooMuch> {
        let (mut at, mut in_array) = (0, false);
        while let Some(byte) = text.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x1e => at += 1,
                b'[' if !in_array => (at, in_array) = (at + 1, true),
                b']' if in_array => (at, in_array) = (at + 1, false),
                _ => {
                    let rest = &text[at..];
                    let mut bytes = 0;
                    // Outside of an array a word is no record, and the next one is none either.
                    let end = if in_array || *byte == b'{' { value_end(rest, &mut bytes) } else { None };
                    let Some(end) = end else { return self.push(Piece::Broken(rest), rest.len()) };
                    self.push(Piece::Value(&rest[..end]), end + bytes)?;
                    at += end;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, piece: Piece<'a>, bytes: usize) -> Result<(), TooMuch> {
        self.pieces.bytes = self.pieces.bytes.saturating_add(bytes).saturating_add(VALUE_BYTES);
        if self.pieces.bytes > self.bytes_max {
            return Err(TooMuch::Values { bytes_max: self.bytes_max });
        }
        if self.pieces.list.len() == self.records_max {
            return Err(TooMuch::Records { records_max: self.records_max });
        }
        self.pieces.list.push(piece);
        Ok(())
    }
}

/// Where the value ends that a text begins with, by its brackets and quotes alone; adds what it takes in memory beside its text.
fn value_end(text: &[u8], bytes: &mut usize) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = string_end(text, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                *bytes += if *byte == b'{' { OBJECT_BYTES } else { VALUE_BYTES };
            }
            b'}' | b']' if depth <= 1 => return if depth == 1 { Some(at + 1) } else { (at > 0).then_some(at) },
            b'}' | b']' => depth -= 1,
            b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return Some(at),
            b',' => *bytes += VALUE_BYTES,
            _ => {}
        }
        at += 1;
    }
    (depth == 0 && at > 0).then_some(at)
}

/// The place behind the closing quote of the string that begins at a place.
fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += text.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        match text[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::{Otherwise::*, *};
    use proptest::prelude::*;

    fn cut(body: &str, otherwise: Otherwise) -> Vec<String> {
        let pieces = split(body.as_bytes(), otherwise, 1_000, 1 << 30).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let show = |piece: &Piece<'_>| match piece {
            Piece::Value(bytes) => text(bytes),
            Piece::Line(bytes) => format!("line {}", text(bytes)),
            Piece::Broken(bytes) => format!("broken {}", text(bytes)),
        };
        pieces.list.iter().map(show).collect()
    }

    #[test]
    fn each_form_of_json_is_cut_into_its_objects() {
        let expected = [r#"{"a":1}"#, r#"{"b":{"c":[2]}}"#];
        let [a, b] = expected;
        for body in [
            format!("{a}{b}"),
            format!("{a}\n{b}"),
            format!("{a}\r\n\r\n{b}\r\n"),
            format!("[{a},{b}]"),
            format!("[\n  {a},\n  {b}\n]\n"),
            format!("{a},{b}"),
            format!("[{a}]\n[{b}]"),
            format!("\u{1e}{a}\n\u{1e}{b}\n"),
            format!("\u{feff}{a} {b}"),
            format!("[{a}][{b}]"),
        ] {
            assert_eq!(cut(&body, Whole), expected, "{body:?}");
        }
    }

    #[test]
    fn an_object_over_several_lines_is_one() {
        let body = "{\n  \"a\": 1,\n  \"b\": {\n  }\n}\n";
        assert_eq!(cut(body, Lines), [body.trim_end()]);
    }

    #[test]
    fn brackets_and_quotes_in_strings_are_no_brackets_and_quotes() {
        let body = r#"{"a":"}{\"]"}{"b\\":"["}"#;
        assert_eq!(cut(body, Whole), [r#"{"a":"}{\"]"}"#, r#"{"b\\":"["}"#]);
        assert_eq!(cut(r#"["a]","\\","\"",null,1.5]"#, Whole), [r#""a]""#, r#""\\""#, r#""\"""#, "null", "1.5"]);
    }

    #[test]
    fn a_damaged_line_damages_no_other() {
        assert_eq!(cut("{\"a\":1}\n{\"a\":\n{\"a\":3}", Whole), ["{\"a\":1}", "broken {\"a\":", "{\"a\":3}"]);
        assert_eq!(cut("{\"a\":1}\nhalf a line\n{\"a\":3}", Whole), ["{\"a\":1}", "line half a line", "{\"a\":3}"]);
    }

    #[test]
    fn what_does_not_begin_like_json_is_lines_or_nothing_that_can_be_cut() {
        assert_eq!(cut("one\n\ntwo 2", Lines), ["line one", "line two 2"]);
        assert_eq!(cut("<html>\n</html>", Whole), ["broken <html>\n</html>"]);
        assert_eq!(cut("", Whole), Vec::<String>::new());
        assert_eq!(cut(" \r\n\n ", Lines), Vec::<String>::new());
        assert_eq!(cut("[]", Whole), Vec::<String>::new());
    }

    #[test]
    fn json_without_its_end_is_one_broken_piece() {
        assert_eq!(cut("[{\"a\":1},{\"b\":\"x", Whole), ["{\"a\":1}", "broken {\"b\":\"x"]);
        assert_eq!(cut("{\"a\":1} trailing {\"b\":2}", Whole), ["{\"a\":1}", "broken trailing {\"b\":2}"]);
        assert_eq!(cut("{\"a\":1}}", Whole), ["{\"a\":1}", "broken }"]);
        assert_eq!(cut("[}", Whole), ["broken }"]);
        assert_eq!(cut("[\"\\", Whole), ["broken \"\\"]);
    }

    #[test]
    fn too_many_records_are_known_before_they_are_kept() {
        let body = "{}\n".repeat(11);
        assert_eq!(split(body.as_bytes(), Lines, 10, 1 << 30), Err(TooMuch::Records { records_max: 10 }));
        assert_eq!(split(body.as_bytes(), Lines, 11, 1 << 30).unwrap().list.len(), 11);
    }

    #[test]
    fn a_small_body_that_would_grow_in_memory_is_not_read() {
        let body = format!("[[{}{{}}]]", "{},".repeat(10_000));
        assert_eq!(split(body.as_bytes(), Whole, 10, 1 << 20), Err(TooMuch::Values { bytes_max: 1 << 20 }));
        assert!(split(body.as_bytes(), Whole, 10, 8 << 20).unwrap().bytes > 7 << 20);
        let flat = format!("[{{\"a\":\"{}\"}}]", "x".repeat(30_000));
        assert!(split(flat.as_bytes(), Whole, 10, 1 << 20).unwrap().bytes < 32_000);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_and_nothing_is_lost(body in "[\\[\\]{}\",:\\\\ \na1\u{1e}]{0,60}", lines in any::<bool>()) {
            let otherwise = if lines { Lines } else { Whole };
            let pieces = split(body.as_bytes(), otherwise, 1_000, 1 << 30).unwrap();
            let kept: usize = pieces.list.iter().map(|piece| match piece {
                Piece::Value(bytes) | Piece::Line(bytes) | Piece::Broken(bytes) => {
                    assert!(!bytes.is_empty());
                    bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).count()
                }
            }).sum();
            prop_assert_eq!(kept, body.bytes().filter(u8::is_ascii_alphanumeric).count());
        }

        #[test]
        fn what_a_writer_of_json_writes_is_found_again(values in prop::collection::vec("[ -~]{0,20}", 1..8), array in any::<bool>()) {
            let texts: Vec<_> = values.iter().map(|value| serde_json::json!({ "k": value, "l": [value, {}] }).to_string()).collect();
            let body = if array { format!("[{}]", texts.join(",")) } else { texts.concat() };
            prop_assert_eq!(cut(&body, Whole), texts);
        }
    }
}
