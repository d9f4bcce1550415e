//! Spans of time as a configuration writes them: `500ms`, `5s`, `10m`, `1h 30m`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, de::Error};
use std::time::Duration;

/// Reads a span.
///
/// # Errors
/// If it is none, or none that lasts.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no span of time; write 5s, 10m or 1h")))
}

/// Reads a span that need not be there.
///
/// # Errors
/// As [`deserialize`].
pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    deserialize(deserializer).map(Some)
}

/// Reads a time that need not be there, as `2026-01-01T00:00:00Z`.
///
/// # Errors
/// If it is none.
pub fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(time) => Ok(Some(time)),
        Err(_) => Err(D::Error::custom(format!("`{text}` is no time; write 2026-01-01T00:00:00Z"))),
    }
}

fn parse(text: &str) -> Option<Duration> {
    let span: SignedDuration = text.parse().ok()?;
    Duration::try_from(span).ok().filter(|span| !span.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_people_write_them() {
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("10m"), Some(Duration::from_secs(600)));
        assert_eq!(parse("1h 30m"), Some(Duration::from_secs(5400)));
        for none in ["", "5", "0s", "-5s", "soon"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
