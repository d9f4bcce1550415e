//! Calls that are no access to data: health checks of the gateway and the like. They are counted, and nothing else.

use crate::{
    error::MappingError,
    form::Form,
    path::{Path, Paths},
    scalar::Scalar,
};
use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// Most rules, and most conditions of one.
const RULES_MAX: usize = 100;
const REGEX_PROGRAM_MAX: usize = 256 * 1024;

/// Rules of which one is enough.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skips(Vec<Vec<Condition>>);

#[derive(Clone, Debug)]
struct Condition {
    paths: Paths,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Is(Vec<String>),
    Prefix(Vec<String>),
    Regex(Regex),
    Absent,
}

impl Skips {
    /// Reads `skip`.
    pub(crate) fn parse(form: Form<'_>) -> Result<Self, MappingError> {
        let rows = form.tables("skip")?;
        let rule = |(at, table): (String, &toml::Table)| {
            if !table.contains_key("all") {
                return Ok(vec![Condition::parse(&at, table)?]);
            }
            let all = Form::new(&at, table, &["all"])?;
            let rows = all.tables("all")?;
            if rows.is_empty() || rows.len() > RULES_MAX {
                return Err(all.wrong("all", format!("takes 1 to {RULES_MAX} conditions")));
            }
            rows.into_iter().map(|(at, table)| Condition::parse(&at, table)).collect()
        };
        if rows.len() > RULES_MAX {
            return Err(form.wrong("skip", format!("{} rules, the bound is {RULES_MAX}", rows.len())));
        }
        Ok(Self(rows.into_iter().map(rule).collect::<Result<_, _>>()?))
    }

    /// Whether a record is one of these.
    pub(crate) fn skips(&self, record: &Value) -> bool {
        self.0.iter().any(|rule| rule.iter().all(|condition| condition.holds(record)))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The paths that are looked at.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().flatten().flat_map(|condition| condition.paths.paths())
    }
}

impl Condition {
    fn parse(at: &str, table: &toml::Table) -> Result<Self, MappingError> {
        let form = Form::new(at, table, &["path", "is", "prefix", "regex", "absent"])?;
        let path = form.text("path")?.ok_or_else(|| form.wrong("path", "is missing: where to look"))?;
        let paths = Paths::parse(path).map_err(|why| form.wrong("path", why))?;
        let mut tests = Vec::new();
        if form.get("is").is_some() {
            tests.push(Test::Is(form.texts("is")?));
        }
        if form.get("prefix").is_some() {
            tests.push(Test::Prefix(form.texts("prefix")?));
        }
        if let Some(text) = form.text("regex")? {
            let regex = RegexBuilder::new(text).size_limit(REGEX_PROGRAM_MAX).build();
            tests.push(Test::Regex(regex.map_err(|_| form.wrong("regex", "is no regular expression, or too large"))?));
        }
        if form.flag("absent")? {
            tests.push(Test::Absent);
        }
        match <[Test; 1]>::try_from(tests) {
            Ok([test]) => Ok(Self { paths, test }),
            Err(_) => Err(MappingError::new(at, "a condition has one of is, prefix, regex, absent")),
        }
    }

    fn holds(&self, record: &Value) -> bool {
        let found = self.paths.find(record, |value| !value.is_null()).and_then(Scalar::of).map(Scalar::into_text);
        match (&self.test, found) {
            (Test::Absent, found) => found.is_none_or(|text| matches!(&*text, "" | "-")),
            (_, None) => false,
            (Test::Is(texts), Some(found)) => texts.iter().any(|text| *text == *found),
            (Test::Prefix(texts), Some(found)) => texts.iter().any(|text| found.starts_with(text.as_str())),
            (Test::Regex(regex), Some(found)) => regex.is_match(&found),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use serde_json::json;

    fn skips(text: &str) -> Result<Skips, MappingError> {
        let table = text.parse().unwrap();
        Skips::parse(Form::new("", &table, &["skip"]).unwrap())
    }

    #[test]
    fn a_record_is_skipped_if_one_rule_holds_in_all_its_conditions() {
        let text = r#"skip = [
            { path = "uri", prefix = ["/health", "/metrics"] },
            { all = [{ path = "method", is = "OPTIONS" }, { path = "status", is = [200, 204] }] },
            { path = "uri", regex = "\\.(css|js)$" },
            { path = "client", absent = true },
        ]"#;
        let skips = skips(text).unwrap();
        assert_eq!(skips.count(), 4);
        for (record, is_skipped) in [
            (json!({"uri": "/healthz", "client": "c"}), true),
            (json!({"uri": "/x/health", "client": "c"}), false),
            (json!({"method": "OPTIONS", "status": 204, "client": "c"}), true),
            (json!({"method": "OPTIONS", "status": 403, "client": "c"}), false),
            (json!({"uri": "/a.css", "client": "c"}), true),
            (json!({"uri": "/a"}), true),
            (json!({"uri": "/a", "client": "-"}), true),
        ] {
            assert_eq!(skips.skips(&record), is_skipped, "{record}");
        }
        assert!(!Skips::default().skips(&json!({})));
    }

    #[test]
    fn each_mistake_names_its_key() {
        for (text, told) in [
            ("skip = [{ is = \"x\" }]", "skip[0].path: is missing: where to look"),
            ("skip = [{ path = \"a\" }]", "skip[0]: a condition has one of is, prefix, regex, absent"),
            (
                "skip = [{ path = \"a\", is = \"x\", absent = true }]",
                "skip[0]: a condition has one of is, prefix, regex, absent",
            ),
            ("skip = [{ path = \"a\", regex = \"(\" }]", "skip[0].regex: is no regular expression, or too large"),
            ("skip = [{ all = [] }]", "skip[0].all: takes 1 to 100 conditions"),
            (
                "skip = [{ all = [{ path = \"a\" }] }]",
                "skip[0].all[0]: a condition has one of is, prefix, regex, absent",
            ),
            ("skip = 1", "skip: takes a list of tables"),
        ] {
            assert_eq!(skips(text).unwrap_err().to_string(), told);
        }
    }
}
