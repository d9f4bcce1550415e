//! Where in a record a value stands: `request.headers.x-share-approval`, `tries[0].ip`, `attributes."url.path"`; with `|` between them,
//! the first that is there.

use serde_json::Value;

/// The whole record as it came, which only a digest takes.
pub(crate) const RECORD: &str = "@record";
/// Deepest path.
const STEPS_MAX: usize = 16;
/// Most alternatives.
const PATHS_MAX: usize = 8;

/// One place in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Place(usize),
}

/// Places in a record, in the order in which they are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    text: String,
    paths: Vec<Path>,
}

impl Paths {
    /// Reads paths.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        let mut paths = Vec::new();
        loop {
            let (path, behind) = Path::parse(rest)?;
            paths.push(path);
            if paths.len() > PATHS_MAX {
                return Err(format!("more than {PATHS_MAX} alternatives"));
            }
            match behind.trim_start() {
                "" => return Ok(Self { text: text.trim().to_owned(), paths }),
                behind => {
                    let next = behind.strip_prefix('|').ok_or_else(|| {
                        "a path is keys with dots between them; put a key with other signs into quotes: a.\"b c\""
                            .to_owned()
                    })?;
                    rest = next.trim_start();
                }
            }
        }
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The first value that is there and that `counts`.
    pub(crate) fn find<'a>(&self, record: &'a Value, counts: impl Fn(&Value) -> bool) -> Option<&'a Value> {
        self.paths.iter().filter_map(|path| path.find(record)).find(|value| counts(value))
    }

    pub(crate) fn paths(&self) -> &[Path] {
        &self.paths
    }
}

impl Path {
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn find<'a>(&self, record: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(record, |value, step| match step {
            Step::Key(key) => value.as_object()?.get(key),
            Step::Place(place) => value.as_array()?.get(*place),
        })
    }

    /// Reads one path, and returns what stands behind it.
    fn parse(text: &str) -> Result<(Self, &str), String> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (step, behind) = match rest.strip_prefix('[') {
                Some(inner) if !steps.is_empty() => place(inner)?,
                _ => key(rest)?,
            };
            steps.push(step);
            if steps.len() > STEPS_MAX {
                return Err(format!("a path deeper than {STEPS_MAX}"));
            }
            rest = match behind.strip_prefix('.') {
                Some(next) => next,
                None if behind.starts_with('[') => behind,
                None => return Ok((Self { steps }, behind)),
            };
        }
    }
}

/// `3]`.
fn place(text: &str) -> Result<(Step, &str), String> {
    let wrong = || "brackets hold a place of a list, from 0: a[0]".to_owned();
    let (number, behind) = text.split_once(']').ok_or_else(wrong)?;
    Ok((Step::Place(number.parse().map_err(|_| wrong())?), behind))
}

/// A key, plain or in quotes.
fn key(text: &str) -> Result<(Step, &str), String> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (key, behind) = quoted.split_once('"').ok_or_else(|| "a quote that does not end".to_owned())?;
        return Ok((Step::Key(key.to_owned()), behind));
    }
    let end = text.find(|c: char| matches!(c, '.' | '[' | ']' | '|' | '"') || c.is_whitespace()).unwrap_or(text.len());
    match &text[..end] {
        "" => Err("a path is keys with dots between them, as request.uri; a key is missing".to_owned()),
        key => Ok((Step::Key(key.to_owned()), &text[end..])),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use serde_json::json;

    fn found(path: &str, record: &Value) -> Option<Value> {
        Paths::parse(path).unwrap().find(record, |value| !value.is_null()).cloned()
    }

    #[test]
    fn keys_places_and_quoted_keys_lead_to_a_value() {
        let record = json!({"a": {"b-c": [{"d.e": 7}], "": 1}, "x y": 2, "n": null});
        assert_eq!(found("a.b-c[0].\"d.e\"", &record), Some(json!(7)));
        assert_eq!(found("\"x y\"", &record), Some(json!(2)));
        assert_eq!(found("a.\"\"", &record), Some(json!(1)));
        assert_eq!(found("a.b-c[1]", &record), None);
        assert_eq!(found("a[0]", &record), None, "an object has no places");
        assert_eq!(found("a.b-c.d", &record), None, "a list has no keys");
    }

    #[test]
    fn the_first_alternative_that_is_there_counts() {
        let record = json!({"a": null, "b": 2, "c": 3});
        assert_eq!(found("a | b | c", &record), Some(json!(2)));
        assert_eq!(found("z|c", &record), Some(json!(3)));
        assert_eq!(found("z", &record), None);
    }

    #[test]
    fn what_is_no_path_is_told() {
        for (text, why) in [
            ("", "a key is missing"),
            ("a.", "a key is missing"),
            ("a..b", "a key is missing"),
            ("[0]", "a key is missing"),
            ("a[x]", "from 0"),
            ("a[0", "from 0"),
            ("\"a", "does not end"),
            ("a b", "quotes"),
            ("a]", "quotes"),
            ("a|", "a key is missing"),
        ] {
            let error = Paths::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(Paths::parse(&["a"; 17].join(".")).unwrap_err().contains("deeper"));
        assert!(Paths::parse(&["a"; 9].join("|")).unwrap_err().contains("alternatives"));
    }
}
