//! Paths of calls, read in one way only: what a gateway and the service behind it could read in two ways fits no route.

/// Longest target of a call, in bytes.
pub const TARGET_BYTES_MAX: usize = 8 * 1024;
/// Most segments.
const SEGMENTS_MAX: usize = 64;

/// A path: its segments, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<String>);

impl Path {
    /// Reads the target of a call: a path with or without a query, or an absolute URI.
    ///
    /// None for what could be read in two ways: empty segments, `.` and `..`, encoded separators or control characters, percent signs without two
    /// digits, bytes that are not UTF-8. A slash at the end is a segment of its own.
    pub fn read(target: &str) -> Option<Self> {
        if target.len() > TARGET_BYTES_MAX {
            return None;
        }
        let target = match target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => &rest[rest.find('/')?..],
            _ => target,
        };
        let path = target.split('?').next()?;
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let last = segments.len() - 1;
        if segments.len() > SEGMENTS_MAX {
            return None;
        }
        let segments = segments.iter().enumerate().map(|(place, segment)| {
            let decoded = decode(segment)?;
            let is_plain = !matches!(decoded.as_str(), "." | "..") && (place == last || !decoded.is_empty());
            is_plain.then_some(decoded)
        });
        segments.collect::<Option<_>>().map(Self)
    }

    /// The first segment; empty for the root.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
            }
            // Some servers cut the path there, others do not.
            b';' | b'#' => return None,
            byte => byte,
        };
        // An encoded percent sign would be decoded twice by somebody.
        if byte < b' ' || matches!(byte, b'/' | b'\\' | b'%' | 0x7f) {
            return None;
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

/// A form of paths: `/a/b` exactly, `/a/*` everything below `/a/`, `{name}` for any one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<Option<String>>,
    is_prefix: bool,
}

impl PathPattern {
    /// Reads what the mapping file says.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (text, is_prefix) = match text.strip_suffix("/*") {
            Some("") => return Ok(Self { segments: Vec::new(), is_prefix: true }),
            Some(before) => (before, true),
            None => (text, false),
        };
        let is_name = |segment: &str| segment.starts_with('{') && segment.ends_with('}') && segment.len() > 2;
        let plain: String =
            text.split('/').map(|segment| if is_name(segment) { "x" } else { segment }).collect::<Vec<_>>().join("/");
        let path = Path::read(&plain).filter(|_| !plain.contains(['*', '{', '}', '?']) && !plain.contains("://"));
        let Some(path) = path else {
            return Err(
                "a path is like /a/b, /a/{any}/b or /a/*, without a query, empty segments, dots or encoded separators"
                    .into(),
            );
        };
        let segments = text.split('/').skip(1).zip(path.0).map(|(typed, plain)| (!is_name(typed)).then_some(plain));
        Ok(Self { segments: segments.collect(), is_prefix })
    }

    /// The first segment that a path must have; none if any will do.
    pub fn first(&self) -> Option<&str> {
        self.segments.first()?.as_deref()
    }

    /// Whether a path is of the form.
    pub fn fits(&self, path: &Path) -> bool {
        let as_long = match self.is_prefix {
            true => path.0.len() > self.segments.len(),
            false => path.0.len() == self.segments.len(),
        };
        let same = |(wanted, found): (&Option<String>, &String)| match wanted {
            Some(wanted) => wanted == found,
            None => !found.is_empty(),
        };
        as_long && self.segments.iter().zip(&path.0).all(same)
    }
}

impl std::fmt::Display for PathPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for segment in &self.segments {
            write!(f, "/{}", segment.as_deref().unwrap_or("{…}"))?;
        }
        f.write_str(if self.is_prefix { "/*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        PathPattern::parse(pattern).unwrap().fits(&Path::read(path).unwrap())
    }

    #[test]
    fn a_pattern_is_exact_a_prefix_or_has_segments_of_any_name() {
        for (pattern, path, expected) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b?x=/../c", true),
            ("/a/b", "https://example.org/a/b", true),
            ("/a/b", "/a/b/", false),
            ("/a/b", "/a", false),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/a/", true),
            ("/a/*", "/a", false),
            ("/a/*", "/ab", false),
            ("/a/{id}/c", "/a/7/c", true),
            ("/a/{id}/c", "/a/c", false),
            ("/a/{id}", "/a/", false),
            ("/{any}/b", "/x/b", true),
            ("/目录", "/%E7%9B%AE%E5%BD%95", true),
            ("/*", "/anything", true),
            ("/", "/", true),
            ("/", "/a", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        for bad in [
            "",
            "a/b",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a/.",
            "/a//b",
            "//a",
            "/a%2fb",
            "/a%5Cb",
            "/a\\b",
            "/a%00",
            "/a%",
            "/a%4",
            "/a%zz",
            "/a%252e",
            "/a;x=1/b",
            "/a#b",
            "/%ff",
            "/a\u{7f}",
            "https://example.org",
        ] {
            assert_eq!(Path::read(bad), None, "{bad:?}");
        }
        assert_eq!(Path::read(&format!("/{}", "a".repeat(TARGET_BYTES_MAX))), None);
        assert_eq!(Path::read(&"/a".repeat(SEGMENTS_MAX + 1)), None);
    }

    #[test]
    fn a_pattern_that_cannot_be_meant_is_refused() {
        for bad in ["", "a", "/a/*/b", "/a*", "/a/{", "/a/{}", "/a/b{c}", "/a?b", "/a/../b", "/a//b", "https://x/a"] {
            assert!(PathPattern::parse(bad).is_err(), "{bad:?}");
        }
    }
}
