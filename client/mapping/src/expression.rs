//! Where one field of an event comes from: a path, or a constant; then a regular expression, a table, a default.
//!
//! ```text
//! { path = "request.uri", regex = "^/api/(?<entry>\\d+)/", take = "entry" }
//! { path = "consumer.username", table = { civil = 4, police = 5, "*" = 9 } }
//! { value = "service_interface" }
//! ```

use crate::{
    error::MappingError,
    form::{Form, constant},
    kind::Kind,
    path::{Path, Paths, RECORD},
    scalar::Scalar,
};
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use std::{borrow::Cow, collections::HashMap};

/// Longest regular expression, and the memory that its program may take.
const REGEX_BYTES_MAX: usize = 1_024;
const REGEX_PROGRAM_MAX: usize = 256 * 1024;
/// Most rows of a table.
const TABLE_ROWS_MAX: usize = 10_000;
/// Key of a table for everything else.
const ELSE: &str = "*";

const KEYS: &[&str] =
    &["path", "value", "regex", "take", "table", "default", "as", "offset", "minus", "plus", "required", "unreadable"];

/// Where one field comes from.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    name: String,
    kind: Kind,
    from: Origin,
    regex: Option<(Regex, Group)>,
    table: Option<HashMap<String, String>>,
    default: Option<String>,
    is_required: bool,
    is_lenient: bool,
}

#[derive(Clone, Debug)]
enum Origin {
    Paths(Paths),
    /// The time between two moments.
    Between(Paths, Paths),
    Constant(String),
    Record,
}

/// What of a match is taken.
#[derive(Clone, Debug)]
enum Group {
    Number(usize),
    Name(String),
}

/// A value is none of those that a field takes, or is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
}

/// What an expression finds.
pub(crate) enum Found<'a> {
    /// A single value.
    Scalar(Scalar<'a>),
    /// A list, where items are asked for.
    List(&'a Value),
    /// The time between two moments, in their own units.
    Between(Scalar<'a>, Scalar<'a>),
    /// The whole record.
    Record,
}

impl Expression {
    /// Reads an expression for a field that takes `kind`.
    pub(crate) fn parse(at: &str, value: &toml::Value, kind: Kind) -> Result<Self, MappingError> {
        let Some(table) = value.as_table() else { return Self::constant(at, value, kind) };
        let form = Form::new(at, table, KEYS)?;
        let mut expression = Self { from: from(form, kind)?, ..Self::plain(at, kind, Origin::Record) };
        expression.regex = regex(form)?;
        expression.table = rows(form, kind)?;
        expression.is_required = form.flag("required")?;
        expression.is_lenient = match form.text("unreadable")? {
            None | Some("quarantine") => false,
            Some("absent") => true,
            Some(_) => return Err(form.wrong("unreadable", "takes quarantine or absent")),
        };
        if form.get("plus").is_some() && !matches!(kind, Kind::Time(_)) {
            return Err(form.wrong("plus", "is for `time`: how long after that moment the call ended"));
        }
        if let Some(value) = form.get("default") {
            let text = constant(value).ok_or_else(|| form.wrong("default", format!("takes {}", kind.words())))?;
            expression.default = Some(checked(text, kind).map_err(|why| form.wrong("default", why))?);
        }
        if matches!(expression.from, Origin::Record) && (expression.regex.is_some() || expression.table.is_some()) {
            return Err(form.wrong("path", "of the whole record a digest is taken, and nothing else"));
        }
        if matches!(expression.from, Origin::Between(..)) && !expression.is_plain() {
            return Err(form.wrong("minus", "goes with two paths alone, without `regex` and `table`"));
        }
        Ok(expression)
    }

    /// `grant = 3`: a number, a flag or a list stands for itself.
    fn constant(at: &str, value: &toml::Value, kind: Kind) -> Result<Self, MappingError> {
        let wrong = |why: String| MappingError::new(at, why);
        if value.is_str() {
            return Err(wrong("a text alone says neither where it stands nor that it is meant itself; write { path = \"…\" } or { value = \"…\" }".to_owned()));
        }
        let text = constant(value).ok_or_else(|| wrong(format!("takes {}", kind.words())))?;
        let text = checked(text, kind).map_err(wrong)?;
        Ok(Self::plain(at, kind, Origin::Constant(text)))
    }

    fn plain(at: &str, kind: Kind, from: Origin) -> Self {
        let (name, regex, table, default) = (at.to_owned(), None, None, None);
        Self { name, kind, from, regex, table, default, is_required: false, is_lenient: false }
    }

    /// What the record says, before it is read as anything.
    pub(crate) fn find<'a>(&'a self, record: &'a Value) -> Result<Option<Found<'a>>, Wrong> {
        let found = match &self.from {
            Origin::Constant(text) => Some(Scalar::text_of(text)),
            Origin::Record => return Ok(Some(Found::Record)),
            Origin::Between(until, from) => {
                let pair = (self.scalar(until, record)?, self.scalar(from, record)?);
                if let (Some(until), Some(from)) = pair {
                    return Ok(Some(Found::Between(until, from)));
                }
                None
            }
            Origin::Paths(paths) if self.kind == Kind::Items && self.is_plain() => {
                match paths.find(record, |value| self.counts(value)) {
                    Some(list @ Value::Array(_)) => return Ok(Some(Found::List(list))),
                    _ => self.scalar(paths, record)?,
                }
            }
            Origin::Paths(paths) => self.scalar(paths, record)?,
        };
        let found = found.and_then(|scalar| self.matched(scalar)).and_then(|scalar| self.looked_up(scalar));
        let found = found.or_else(|| self.default.as_deref().map(Scalar::text_of));
        match found {
            None if self.is_required => Err(self.missing()),
            found => Ok(found.filter(|scalar| !is_nothing(scalar)).map(Found::Scalar)),
        }
    }

    /// A value of the field's kind; none if there is none, or it is unreadable and may be.
    pub(crate) fn read<'a, T>(
        &'a self,
        record: &'a Value,
        read: impl Fn(&Found<'a>) -> Option<T>,
    ) -> Result<Option<T>, Wrong> {
        let found = match self.find(record) {
            Ok(found) => found,
            Err(wrong) if self.is_lenient && wrong.reason == BAD_VALUE => None,
            Err(wrong) => return Err(wrong),
        };
        let Some(found) = found else { return Ok(None) };
        match read(&found) {
            None if self.is_lenient => Ok(None),
            None => Err(self.unreadable()),
            value => Ok(value),
        }
    }

    /// The same for a single value.
    pub(crate) fn scalar_as<'a, T>(
        &'a self,
        record: &'a Value,
        read: impl Fn(&Scalar<'a>) -> Option<T>,
    ) -> Result<Option<T>, Wrong> {
        self.read(record, |found| match found {
            Found::Scalar(scalar) => read(scalar),
            _ => None,
        })
    }

    /// As text.
    pub(crate) fn text<'a>(&'a self, record: &'a Value) -> Result<Option<Cow<'a, str>>, Wrong> {
        self.scalar_as(record, |scalar| Some(scalar.clone().into_text()))
    }

    /// The constant, if it is one.
    pub(crate) fn as_constant(&self) -> Option<&str> {
        match &self.from {
            Origin::Constant(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a value is one that whoever called chose: it stands in the record, where what cannot be read may be absent.
    pub(crate) fn is_claim<T: PartialEq>(&self, value: &T, read: impl Fn(&Scalar<'_>) -> Option<T>) -> bool {
        let is_taken = self.is_lenient && self.table.is_none() && self.as_constant().is_none();
        let is_default =
            || self.default.as_deref().and_then(|text| read(&Scalar::text_of(text))).as_ref() == Some(value);
        is_taken && !is_default()
    }

    /// Every value that the mapping itself may give: a constant, rows of a table, a default.
    pub(crate) fn own_values(&self) -> impl Iterator<Item = &str> {
        let rows = self.table.iter().flat_map(|rows| rows.values().map(String::as_str));
        self.as_constant().into_iter().chain(rows).chain(self.default.as_deref())
    }

    /// The paths that are looked at.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let (one, other) = match &self.from {
            Origin::Paths(paths) => (Some(paths), None),
            Origin::Between(until, from) => (Some(until), Some(from)),
            Origin::Constant(_) | Origin::Record => (None, None),
        };
        one.into_iter().chain(other).flat_map(|paths| paths.paths())
    }

    /// Whether what cannot be read is as if it were not there.
    pub(crate) const fn is_lenient(&self) -> bool {
        self.is_lenient
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// In words, for whoever checks the mapping.
    pub(crate) fn described(&self) -> String {
        let mut text = match &self.from {
            Origin::Paths(paths) => paths.text().to_owned(),
            Origin::Between(until, from) => format!("{} - {}", until.text(), from.text()),
            Origin::Constant(text) => format!("= {text}"),
            Origin::Record => RECORD.to_owned(),
        };
        if let Some((regex, _)) = &self.regex {
            text.push_str(&format!(", /{}/", regex.as_str()));
        }
        if let Some(rows) = &self.table {
            text.push_str(&format!(", table of {}", rows.len()));
        }
        if let Some(default) = &self.default {
            text.push_str(&format!(", else {default}"));
        }
        text
    }

    pub(crate) fn unreadable(&self) -> Wrong {
        let reason = if matches!(self.kind, Kind::Time(_)) { "bad_time" } else { BAD_VALUE };
        Wrong {
            reason,
            detail: format!("the field `{}` takes {}, and {} is none", self.name, self.kind.words(), self.place()),
        }
    }

    pub(crate) fn missing(&self) -> Wrong {
        let reason = if matches!(self.kind, Kind::Time(_)) { "no_time" } else { "no_value" };
        Wrong {
            reason,
            detail: format!("the field `{}` is required, and there is nothing at {}", self.name, self.place()),
        }
    }

    /// Where it comes from, without a value.
    fn place(&self) -> String {
        match &self.from {
            Origin::Paths(paths) => format!("`{}`", paths.text()),
            Origin::Between(until, from) => format!("`{}` - `{}`", until.text(), from.text()),
            Origin::Constant(_) => "the constant".to_owned(),
            Origin::Record => "the record".to_owned(),
        }
    }

    fn scalar<'a>(&self, paths: &Paths, record: &'a Value) -> Result<Option<Scalar<'a>>, Wrong> {
        match paths.find(record, |value| self.counts(value)) {
            None => Ok(None),
            Some(value) => Scalar::of(value).map(Some).ok_or_else(|| self.unreadable()),
        }
    }

    /// Whether a value is there: null, nothing and `-` are none, and where moments are counted 0 is none.
    fn counts(&self, value: &Value) -> bool {
        let is_counted = matches!(self.kind, Kind::Time(form) if form.counts());
        match value {
            Value::Null => false,
            Value::String(text) => !(matches!(text.as_str(), "" | "-") || is_counted && text == "0"),
            Value::Number(number) => !(is_counted && number.as_u64() == Some(0)),
            _ => true,
        }
    }

    const fn is_plain(&self) -> bool {
        self.regex.is_none() && self.table.is_none()
    }

    fn matched<'a>(&self, scalar: Scalar<'a>) -> Option<Scalar<'a>> {
        let Some((regex, group)) = &self.regex else { return Some(scalar) };
        let range = |text: &str| {
            let captures = regex.captures(text)?;
            let taken = match group {
                Group::Number(number) => captures.get(*number),
                Group::Name(name) => captures.name(name),
            };
            taken.map(|taken| taken.range())
        };
        Some(Scalar::Text(match scalar.into_text() {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range(text)?]),
            Cow::Owned(text) => Cow::Owned(text[range(&text)?].to_owned()),
        }))
    }

    fn looked_up<'a>(&'a self, scalar: Scalar<'a>) -> Option<Scalar<'a>> {
        let Some(rows) = &self.table else { return Some(scalar) };
        let text = scalar.into_text();
        let class = || match text.as_bytes() {
            [first @ b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => rows.get(&format!("{}xx", char::from(*first))),
            _ => None,
        };
        rows.get(&*text).or_else(class).or_else(|| rows.get(ELSE)).map(|value| Scalar::text_of(value))
    }
}

const BAD_VALUE: &str = "bad_value";

/// An empty constant takes a field out that a preset has.
fn is_nothing(scalar: &Scalar<'_>) -> bool {
    matches!(scalar, Scalar::Text(text) if text.is_empty())
}

fn from(form: Form<'_>, kind: Kind) -> Result<Origin, MappingError> {
    let minus = form.text("minus")?;
    match (form.text("path")?, form.get("value")) {
        (Some(_), Some(_)) => Err(form.wrong("value", "a field has a path or a value, not both")),
        (None, None) => {
            Err(MappingError::new(form.at, "a field needs `path`, where it stands in the record, or `value`"))
        }
        (None, Some(value)) => {
            if let Some(key) =
                ["regex", "table", "default", "minus", "plus"].into_iter().find(|key| form.get(key).is_some())
            {
                return Err(form.wrong(key, "goes with a path; a value is meant as it stands"));
            }
            let text = constant(value).ok_or_else(|| form.wrong("value", format!("takes {}", kind.words())))?;
            Ok(Origin::Constant(checked(text, kind).map_err(|why| form.wrong("value", why))?))
        }
        (Some(RECORD), None) if kind == Kind::Text && form.text("as")? == Some("digest") => Ok(Origin::Record),
        (Some(RECORD), None) => Err(form.wrong(
            "path",
            "of the whole record a digest is taken, and nothing else: as = \"digest\", in a sealed field",
        )),
        (Some(path), None) => {
            let paths = Paths::parse(path).map_err(|why| form.wrong("path", why))?;
            let Some(minus) = minus else { return Ok(Origin::Paths(paths)) };
            if !matches!(kind, Kind::Duration(_)) {
                return Err(form.wrong("minus", "is for `duration`: the time between two moments"));
            }
            Ok(Origin::Between(paths, Paths::parse(minus).map_err(|why| form.wrong("minus", why))?))
        }
    }
}

fn regex(form: Form<'_>) -> Result<Option<(Regex, Group)>, MappingError> {
    let take = form.text("take")?;
    let Some(text) = form.text("regex")? else {
        return match take {
            Some(_) => Err(form.wrong("take", "names a group of `regex`, which is missing")),
            None => Ok(None),
        };
    };
    let wrong = |why: String| form.wrong("regex", why);
    if text.len() > REGEX_BYTES_MAX {
        return Err(wrong(format!("longer than {REGEX_BYTES_MAX} bytes; a table of prefixes is `route`")));
    }
    let regex = RegexBuilder::new(text).size_limit(REGEX_PROGRAM_MAX).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => wrong("too large; bound its repetitions".to_owned()),
        // The parser draws a picture over several lines, of which the last one tells.
        error => wrong(error.to_string().lines().last().unwrap_or("does not read").trim().to_owned()),
    })?;
    let group = match take {
        Some(name) if regex.capture_names().flatten().any(|it| it == name) => Group::Name(name.to_owned()),
        Some(name) => return Err(form.wrong("take", format!("`regex` has no group (?<{name}>…)"))),
        // The first group is what is asked for; without one the whole match is.
        None => Group::Number(usize::from(regex.captures_len() > 1)),
    };
    Ok(Some((regex, group)))
}

fn rows(form: Form<'_>, kind: Kind) -> Result<Option<HashMap<String, String>>, MappingError> {
    let Some(value) = form.get("table") else { return Ok(None) };
    let table = value.as_table().ok_or_else(|| form.wrong("table", "takes a table: { civil = 4, \"*\" = 9 }"))?;
    if table.is_empty() || table.len() > TABLE_ROWS_MAX {
        return Err(form.wrong("table", format!("has {} rows; 1 to {TABLE_ROWS_MAX} may be", table.len())));
    }
    let at = form.at("table");
    let row = |(key, value): (&String, &toml::Value)| {
        let wrong = |why: String| MappingError::new(&format!("{at}.{key}"), why);
        let text = constant(value).ok_or_else(|| wrong(format!("takes {}", kind.words())))?;
        Ok((key.clone(), checked(text, kind).map_err(wrong)?))
    };
    table.iter().map(row).collect::<Result<_, _>>().map(Some)
}

/// A constant of the kind; an empty one is nothing.
fn checked(text: String, kind: Kind) -> Result<String, String> {
    if text.is_empty() || kind.takes(&text) { Ok(text) } else { Err(format!("takes {}", kind.words())) }
}

#[cfg(test)]
mod tests;
