//! A strict mapping refuses a record with a field that it does not read: a name that is mistyped is told, and no event goes out without it.

use crate::path::{Path, Step};
use serde_json::Value;
use std::collections::BTreeMap;

/// The keys that a mapping reads, as a tree. A key without any below takes whatever stands there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(BTreeMap<String, Known>);

impl Known {
    /// The keys of paths.
    pub(crate) fn of<'a>(paths: impl Iterator<Item = &'a Path>) -> Self {
        let mut known = Self::default();
        for path in paths {
            let keys = path.steps().iter().map_while(|step| match step {
                Step::Key(key) => Some(key),
                Step::Place(_) => None,
            });
            keys.fold(&mut known, |known, key| known.0.entry(key.clone()).or_default());
        }
        known
    }

    /// The keys below a key.
    pub(crate) fn below(&self, key: &str) -> Option<&Self> {
        self.0.get(key)
    }

    /// The first key that is there and not known.
    pub(crate) fn unknown<'a>(&self, record: &'a Value) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        record.as_object()?.iter().find_map(|(key, value)| match self.0.get(key) {
            None => Some(key.as_str()),
            Some(below) => below.unknown(value),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::path::Paths;
    use serde_json::json;

    #[test]
    fn keys_that_no_path_reads_are_found_at_every_depth() {
        let paths = ["a", "b.c", "d[0].e", "f | g"].map(|text| Paths::parse(text).unwrap());
        let known = Known::of(paths.iter().flat_map(|paths| paths.paths()));
        assert_eq!(known.unknown(&json!({"a": {"x": 1}, "b": {"c": 2}, "d": [{"z": 1}], "g": 1})), None);
        assert_eq!(known.unknown(&json!({"b": {"c": 2, "q": 1}})), Some("q"));
        assert_eq!(known.unknown(&json!({"z": 1})), Some("z"));
        assert_eq!(known.unknown(&json!([1])), None);
    }
}
