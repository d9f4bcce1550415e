//! The fields of an event and what a mapping says of each.

use crate::{
    error::MappingError,
    expression::Expression,
    form::{Form, below},
    kind::Kind,
    scalar::TimeForm,
};
use mulu_proofs::access::SealedField;
use toml::{Table, Value};

/// Nanoseconds of the units.
const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;
const MICROSECOND: u64 = 1_000;

/// Names of the public fields, as a mapping writes them.
pub(crate) const NAMES: &[&str] = &[
    "time",
    "grant",
    "grant_version",
    "entry",
    "entry_version",
    "consumer",
    "items",
    "authorising_system",
    "using_system",
    "purpose",
    "method",
    "side",
    "duration",
    "outcome",
    "status",
    "calls",
    "rows",
    "bytes",
    "request_id",
    "call_id",
    "pseudonym",
    "id",
    "route_by",
];
const SEALED: &str = "sealed";
const SEALED_NAMES: &[&str] =
    &["operator", "user", "data_subject", "network_address", "request_digest", "result_digest"];

/// What a mapping says of each field.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) time: Expression,
    /// How long after that moment the call ended: what is written when it ended may say when it began.
    pub(crate) time_plus: Option<Expression>,
    pub(crate) grant: Option<Expression>,
    pub(crate) grant_version: Option<Expression>,
    pub(crate) entry: Option<Expression>,
    pub(crate) entry_version: Option<Expression>,
    pub(crate) consumer: Option<Expression>,
    pub(crate) items: Option<Expression>,
    pub(crate) authorising_system: Option<Expression>,
    pub(crate) using_system: Option<Expression>,
    pub(crate) purpose: Option<Expression>,
    pub(crate) method: Option<Expression>,
    pub(crate) side: Option<Expression>,
    pub(crate) duration: Option<Expression>,
    pub(crate) outcome: Option<Expression>,
    /// Of HTTP: makes the outcome where nothing else does.
    pub(crate) status: Option<Expression>,
    pub(crate) calls: Option<Expression>,
    pub(crate) rows: Option<Expression>,
    pub(crate) bytes: Option<Expression>,
    pub(crate) request_id: Option<Expression>,
    pub(crate) call_id: Option<Expression>,
    pub(crate) pseudonym: Option<Expression>,
    /// What the record is called by its sender.
    pub(crate) id: Option<Expression>,
    /// What the prefixes of routes are compared with.
    pub(crate) route_by: Option<Expression>,
    pub(crate) sealed: Vec<Sealed>,
}

/// A field that stays in the vault.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub(crate) field: SealedField,
    pub(crate) from: Expression,
    /// Whether its digest is kept in the place of the value.
    pub(crate) is_digested: bool,
}

impl Fields {
    /// Reads the fields of a mapping.
    pub(crate) fn parse(form: Form<'_>) -> Result<Self, MappingError> {
        let field = |name: &str| match form.get(name) {
            None => Ok(None),
            Some(value) => Expression::parse(&form.at(name), value, kind_of(name, &form.at(name), value)?).map(Some),
        };
        let missing = || {
            let why = "is missing: every event has its time; { path = \"…\", as = \"rfc3339\" }, or `extends` a preset that has it";
            MappingError::new(&form.at("time"), why)
        };
        let fields = Self {
            time: field("time")?.ok_or_else(missing)?,
            time_plus: time_plus(form)?,
            grant: field("grant")?,
            grant_version: field("grant_version")?,
            entry: field("entry")?,
            entry_version: field("entry_version")?,
            consumer: field("consumer")?,
            items: field("items")?,
            authorising_system: field("authorising_system")?,
            using_system: field("using_system")?,
            purpose: field("purpose")?,
            method: field("method")?,
            side: field("side")?,
            duration: field("duration")?,
            outcome: field("outcome")?,
            status: field("status")?,
            calls: field("calls")?,
            rows: field("rows")?,
            bytes: field("bytes")?,
            request_id: field("request_id")?,
            call_id: field("call_id")?,
            pseudonym: field("pseudonym")?,
            id: field("id")?,
            route_by: field("route_by")?,
            sealed: sealed(form)?,
        };
        fields.together(form)?;
        Ok(fields)
    }

    /// What goes only with another field.
    fn together(&self, form: Form<'_>) -> Result<(), MappingError> {
        let pairs = [
            ("grant_version", &self.grant_version, "grant", &self.grant),
            ("entry_version", &self.entry_version, "entry", &self.entry),
            ("entry", &self.entry, "consumer", &self.consumer),
        ];
        match pairs.iter().find(|(_, one, _, other)| one.is_some() && other.is_none()) {
            Some((one, _, other, _)) => Err(form.wrong(one, format!("goes with `{other}`, which is missing"))),
            None => Ok(()),
        }
    }

    /// Each public field that is said, by its name.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, &Expression)> {
        let fields = [
            Some(&self.time),
            self.grant.as_ref(),
            self.grant_version.as_ref(),
            self.entry.as_ref(),
            self.entry_version.as_ref(),
            self.consumer.as_ref(),
            self.items.as_ref(),
            self.authorising_system.as_ref(),
            self.using_system.as_ref(),
            self.purpose.as_ref(),
            self.method.as_ref(),
            self.side.as_ref(),
            self.duration.as_ref(),
            self.outcome.as_ref(),
            self.status.as_ref(),
            self.calls.as_ref(),
            self.rows.as_ref(),
            self.bytes.as_ref(),
            self.request_id.as_ref(),
            self.call_id.as_ref(),
            self.pseudonym.as_ref(),
            self.id.as_ref(),
            self.route_by.as_ref(),
        ];
        NAMES.iter().copied().zip(fields).filter_map(|(name, field)| Some((name, field?)))
    }
}

/// `plus` of `time`.
fn time_plus(form: Form<'_>) -> Result<Option<Expression>, MappingError> {
    let plus = form.get("time").and_then(Value::as_table).and_then(|time| time.get("plus"));
    let Some(value) = plus else { return Ok(None) };
    let at = below(&form.at("time"), "plus");
    if !value.is_table() {
        return Err(MappingError::new(&at, "takes a duration: { path = \"…\", as = \"ms\" }"));
    }
    Expression::parse(&at, value, kind_of("duration", &at, value)?).map(Some)
}

fn sealed(form: Form<'_>) -> Result<Vec<Sealed>, MappingError> {
    let Some(value) = form.get(SEALED) else { return Ok(Vec::new()) };
    let table = value.as_table().ok_or_else(|| form.wrong(SEALED, "takes a table of fields"))?;
    let at = form.at(SEALED);
    let form = Form::new(&at, table, SEALED_NAMES)?;
    let mut fields = Vec::new();
    for (field, name) in SealedField::ALL.into_iter().map(|field| (field, name_of(field))) {
        let Some(value) = form.get(name) else { continue };
        let digested = value.as_table().and_then(|table| table.get("as"));
        let is_digested = match digested.map(Value::as_str) {
            None => false,
            Some(Some("digest")) => true,
            Some(_) => {
                return Err(MappingError::new(
                    &below(&form.at(name), "as"),
                    "a sealed field takes digest here, or nothing",
                ));
            }
        };
        let from = Expression::parse(&form.at(name), value, Kind::Text)?;
        fields.push(Sealed { field, from, is_digested });
    }
    Ok(fields)
}

/// The name of a sealed field, as mappings and JSON have it.
pub(crate) const fn name_of(field: SealedField) -> &'static str {
    match field {
        SealedField::Operator => "operator",
        SealedField::User => "user",
        SealedField::DataSubject => "data_subject",
        SealedField::RequestDigest => "request_digest",
        SealedField::ResultDigest => "result_digest",
        SealedField::NetworkAddress => "network_address",
    }
}

/// What a field takes; `as` says how moments and durations are written.
fn kind_of(name: &str, at: &str, value: &Value) -> Result<Kind, MappingError> {
    let table = value.as_table();
    let form = table.and_then(|table| table.get("as"));
    let offset = table.and_then(|table| table.get("offset"));
    let wrong = |key: &str, why: &str| Err(MappingError::new(&below(at, key), why));
    let kind = match name {
        "time" => Kind::Time(time_form(at, table, form)?),
        "duration" => match form.map(Value::as_str) {
            None | Some(Some("ms")) => Kind::Duration(MILLISECOND),
            Some(Some("seconds")) => Kind::Duration(SECOND),
            Some(Some("us")) => Kind::Duration(MICROSECOND),
            Some(Some("ns")) => Kind::Duration(1),
            Some(_) => return wrong("as", "takes seconds, ms, us or ns"),
        },
        "grant" | "entry" | "consumer" | "authorising_system" | "using_system" | "calls" | "rows" => Kind::Whole,
        "grant_version" | "entry_version" | "purpose" | "status" => Kind::Small,
        "items" => Kind::Items,
        "method" => Kind::Method,
        "side" => Kind::Side,
        "outcome" => Kind::Outcome,
        "bytes" => Kind::Large,
        "call_id" => Kind::ShortId,
        "pseudonym" => Kind::Pseudonym,
        _ => Kind::Text,
    };
    match (kind, form, offset) {
        (Kind::Time(_), ..) | (Kind::Duration(_), _, None) | (_, None, None) => Ok(kind),
        (Kind::Duration(_), ..) | (_, None, Some(_)) => wrong("offset", "is for `time` with as = \"local\""),
        (_, Some(_), _) => wrong("as", "is for `time`, `duration` and sealed fields"),
    }
}

fn time_form(at: &str, table: Option<&Table>, form: Option<&Value>) -> Result<TimeForm, MappingError> {
    let offset = table.and_then(|table| table.get("offset"));
    let wrong = |key: &str, why: &str| Err(MappingError::new(&below(at, key), why));
    let is_local = form.and_then(Value::as_str) == Some("local");
    if offset.is_some() && !is_local {
        return wrong("offset", "is for `time` with as = \"local\"");
    }
    match form.map(Value::as_str) {
        None => Ok(TimeForm::Plain),
        Some(Some("rfc3339")) => Ok(TimeForm::Rfc3339),
        Some(Some("unix_s")) => Ok(TimeForm::Unix(SECOND)),
        Some(Some("unix_ms")) => Ok(TimeForm::Unix(MILLISECOND)),
        Some(Some("unix_us")) => Ok(TimeForm::Unix(MICROSECOND)),
        Some(Some("unix_ns")) => Ok(TimeForm::Unix(1)),
        Some(Some("clf")) => Ok(TimeForm::CommonLog),
        Some(Some("local")) => match offset.and_then(Value::as_str).and_then(seconds_east) {
            Some(east) => Ok(TimeForm::Local(east)),
            None => wrong("offset", "a local moment needs its offset from UTC: offset = \"+08:00\""),
        },
        Some(_) => wrong("as", "takes rfc3339, unix_s, unix_ms, unix_us, unix_ns, clf or local"),
    }
}

/// `+08:00`.
fn seconds_east(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=15).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 3_600 + minutes * 60))
}
