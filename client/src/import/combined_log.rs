//! Lines of the Apache and nginx combined log become access events. The rules stand in `docs/import.md`.

use super::days_from_civil;
use mulu_proofs::{access::SEALED_VALUE_BYTES_MAX, ids::Moment};

/// Longest line that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// Why a line became no event: the whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejected {
    /// Longer than [`LINE_BYTES_MAX`].
    #[error("the line is longer than 64 KiB")]
    TooLong,
    /// Not UTF-8.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Not the combined format.
    #[error("the line is not in the combined log format")]
    NotCombined,
    /// The time does not parse.
    #[error("the time of the line does not parse")]
    BadTime,
}

impl Rejected {
    /// The reason's name in the closed list.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotUtf8 => "not_utf8",
            Self::NotCombined => "not_combined",
            Self::BadTime => "bad_time",
        }
    }
}

/// One request, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Client address. Names a person: sealed, never public.
    pub address: &'a str,
    /// Remote user, `-` for none. Sealed.
    pub user: &'a str,
    /// When.
    pub time: Moment,
    /// Method of the request line; empty if the line is broken.
    pub method: &'a str,
    /// Path of the request line with its query; the whole line if it is broken.
    pub path: &'a str,
    /// Status code.
    pub status: u16,
    /// Bytes answered, 0 for `-`.
    pub bytes: u64,
}

/// Reads one line.
///
/// # Errors
/// [`Rejected`], one of its closed list.
pub fn read(line: &[u8]) -> Result<Request<'_>, Rejected> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Rejected::TooLong);
    }
    let line = std::str::from_utf8(line).map_err(|_| Rejected::NotUtf8)?;
    parse(line).ok_or(Rejected::NotCombined)?
}

/// `address ident user [time] "request" status bytes ["referer" "agent"]`; the outer option is the form, the inner result the time.
fn parse(line: &str) -> Option<Result<Request<'_>, Rejected>> {
    let (address, rest) = line.split_once(' ')?;
    let (_ident, rest) = rest.split_once(' ')?;
    let (user, rest) = rest.split_once(" [")?;
    if address.len().max(user.len()) > SEALED_VALUE_BYTES_MAX {
        return None;
    }
    let (time, rest) = rest.split_once("] \"")?;
    let end = closing_quote(rest)?;
    let (request, rest) = (&rest[..end], rest[end + 1..].strip_prefix(' ')?);
    let mut fields = rest.split(' ');
    let status = fields.next()?.parse().ok().filter(|status| (100..=999).contains(status))?;
    let bytes = match fields.next()?.trim_end() {
        "-" => 0,
        digits => digits.parse().ok()?,
    };
    let Some(time) = moment(time) else { return Some(Err(Rejected::BadTime)) };
    let mut words = request.split(' ');
    let (method, path) = match (words.next(), words.next(), words.next(), words.next()) {
        (Some(method), Some(path), Some(protocol), None) if protocol.starts_with("HTTP/") => (method, path),
        _ => ("", request),
    };
    Some(Ok(Request { address, user, time, method, path, status, bytes }))
}

/// The last quoted field behind the bytes of a line that reads: where a mapping says so, the request id.
pub fn last_quoted(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let (_, rest) = line.split_once("] \"")?;
    let mut rest = &rest[closing_quote(rest)? + 1..];
    let mut last = None;
    while let Some((_, quoted)) = rest.split_once('"') {
        let end = closing_quote(quoted)?;
        (last, rest) = (Some(&quoted[..end]), &quoted[end + 1..]);
    }
    last.filter(|id| !matches!(*id, "" | "-"))
}

/// Place of the quote that ends a quoted field; `\"` does not.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// `17/May/2015:10:05:03 +0000`.
fn moment(text: &str) -> Option<Moment> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if !text.is_ascii() || text.len() != 26 {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let month = MONTHS.iter().position(|name| *name == &text[3..6])? as i64 + 1;
    let days = days_from_civil(number(7..11)?, month, number(0..2)?)?;
    let (hour, minute, second) = (number(12..14)?, number(15..17)?, number(18..20)?);
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    let offset = number(22..24)? * 3600 + number(24..26)? * 60;
    let offset = match &text[21..22] {
        "+" => offset,
        "-" => -offset,
        _ => return None,
    };
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    u64::try_from(seconds).ok().map(|seconds| Moment::new(seconds * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_reads() {
        let line = br#"83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a/b.png?x=1 HTTP/1.1" 200 203023 "http://r/" "UA \"q\"""#;
        let request = read(line).expect("reads");
        assert_eq!((request.address, request.method, request.path), ("83.149.9.216", "GET", "/a/b.png?x=1"));
        assert_eq!((request.status, request.bytes, request.time), (200, 203_023, Moment::new(1_431_857_103_000)));
    }

    #[test]
    fn broken_request_lines_are_kept_whole() {
        let line = br#"::1 - bob [17/May/2015:12:05:03 +0200] "\x16\x03 \" odd" 400 - "-" "-""#;
        let request = read(line).expect("reads");
        assert_eq!((request.method, request.path, request.bytes), ("", r#"\x16\x03 \" odd"#, 0));
        assert_eq!(request.time, Moment::new(1_431_857_103_000));
    }

    #[test]
    fn a_request_id_is_the_last_quoted_field() {
        let line = |rest: &str| format!(r#"::1 - - [17/May/2015:10:05:03 +0000] "GET /\"x HTTP/1.1" 200 1 {rest}"#);
        let id = |rest: &str| last_quoted(line(rest).as_bytes()).map(str::to_owned);
        assert_eq!(id(r#""-" "agent" "r-77""#).as_deref(), Some("r-77"));
        assert_eq!(id(r#""http://r/" "UA \"q\"" "r-78" 0.003"#).as_deref(), Some("r-78"));
        assert_eq!(id(r#""-" "agent" "-""#), None);
        assert_eq!(id(""), None);
        assert_eq!(id(r#""-" "torn"#), None);
    }

    #[test]
    fn every_reason_is_produced() {
        assert_eq!(read(b"nonsense"), Err(Rejected::NotCombined));
        let long = format!(r#"{} - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1"#, "a".repeat(513));
        assert_eq!(read(long.as_bytes()), Err(Rejected::NotCombined));
        assert_eq!(read(&[0xff]), Err(Rejected::NotUtf8));
        assert_eq!(read(&vec![b'a'; LINE_BYTES_MAX + 1]), Err(Rejected::TooLong));
        assert_eq!(read(br#"1 - - [31/Feb/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1"#), Err(Rejected::BadTime));
    }
}
