//! A mapping: read once from a table, then applied to record after record.

use crate::{
    error::MappingError,
    expression::{Expression, Found, Wrong},
    fields::{Fields, NAMES, Sealed},
    form::Form,
    kind::Kind,
    lines::Lines,
    presets,
    record::{Poison, Record},
    route::{Route, Routes},
    scalar::{Scalar, items},
    skip::Skips,
    strict::Known,
};
use codec::Encode;
use mulu_client::{
    event::{CallIds, SealedValues},
    import::draft::{CallKnown, Claims, Draft, Reference},
};
use mulu_proofs::{
    access::{Outcome, SEALED_VALUE_BYTES_MAX, SealedField},
    hash::{DigestKind, digest},
    ids::{DepartmentId, Moment, PurposeId, SystemId},
};
use serde_json::Value;

mod named;
mod told;

pub use told::Described;

/// Keys of a mapping beside its fields.
const KEYS: &[&str] = &["extends", "lines", "strict", "skip", "route", "sealed"];
/// Longest name of a field that is told.
const TOLD_BYTES_MAX: usize = 64;

/// How the records of one source become events.
#[derive(Clone, Debug)]
pub struct Mapping {
    preset: Option<String>,
    lines: Lines,
    strict: Option<Strict>,
    skips: Skips,
    fields: Fields,
    routes: Routes,
}

/// Where every field must be one that is read.
#[derive(Clone, Debug)]
struct Strict {
    /// Below this key; everywhere if there is none.
    below: Option<String>,
    known: Known,
}

impl Mapping {
    /// A preset as it is: `nginx`, `combined`, `kong`, `apisix`, `envoy`, `otel`, `xroad`, `cloudevents` or `event`.
    ///
    /// # Errors
    /// [`MappingError`] if there is none of that name.
    pub fn preset(name: &str) -> Result<Self, MappingError> {
        Self::of_table(&presets::table(name).map_err(|why| MappingError::new("", why))?, Some(name))
    }

    /// What stands in a configuration: the name of a preset, or a table, which may extend one.
    ///
    /// # Errors
    /// [`MappingError`] for the first mistake, with the key where it stands.
    pub fn from_toml(value: &toml::Value) -> Result<Self, MappingError> {
        match value {
            toml::Value::String(name) => Self::preset(name),
            toml::Value::Table(own) => match own.get("extends") {
                None => Self::of_table(own, None),
                Some(name) => {
                    let wrong = |why: String| MappingError::new("extends", why);
                    let name = name.as_str().ok_or_else(|| wrong("takes the name of a preset".to_owned()))?;
                    let preset = presets::table(name).map_err(wrong)?;
                    Self::of_table(&presets::extended(preset, own), Some(name))
                }
            },
            _ => Err(MappingError::new("", "takes the name of a preset, or a table")),
        }
    }

    fn of_table(table: &toml::Table, preset: Option<&str>) -> Result<Self, MappingError> {
        let known: Vec<&str> = KEYS.iter().chain(NAMES).copied().collect();
        let form = Form::new("", table, &known)?;
        let lines = match form.text("lines")? {
            None => Lines::default(),
            Some(name) => Lines::named(name).ok_or_else(|| form.wrong("lines", "takes json or combined"))?,
        };
        let (fields, skips) = (Fields::parse(form)?, Skips::parse(form)?);
        let routes = Routes::parse(form, fields.consumer.is_some())?;
        if !routes.is_empty() && fields.route_by.is_none() {
            return Err(form.wrong(
                "route_by",
                "is missing: what the prefixes of `route` are compared with, as { path = \"uri\" }",
            ));
        }
        let strict = strict(form, &fields, &skips)?;
        Ok(Self { preset: preset.map(str::to_owned), lines, strict, skips, fields, routes })
    }

    /// Reads the bytes of one record as the mapping says that they are written.
    ///
    /// # Errors
    /// [`Poison`] if they are too long or not of the form.
    pub fn record(&self, raw: Vec<u8>) -> Result<Record, Poison> {
        self.lines.record(raw)
    }

    /// How lines of text are read.
    pub const fn lines(&self) -> Lines {
        self.lines
    }

    /// What the sender calls a record: as its source says, or as the field `id` does. Counts where a source posts and may post again.
    pub fn id(&self, record: &Record) -> Option<String> {
        let of_mapping = || self.fields.id.as_ref()?.text(&record.value).ok().flatten().map(|id| id.into_owned());
        record.id.clone().or_else(of_mapping)
    }

    /// The event of a record; none if it is one of those that are skipped.
    ///
    /// # Errors
    /// [`Poison`] if it can be no event.
    pub fn draft(&self, record: &Record, call_ids: &CallIds) -> Result<Option<Draft>, Poison> {
        if self.skips.skips(&record.value) {
            return Ok(None);
        }
        let poison = |wrong: Wrong| Poison { reason: wrong.reason, detail: wrong.detail, raw: record.raw.clone() };
        self.event(record, call_ids).map(Some).map_err(poison)
    }

    fn event(&self, record: &Record, call_ids: &CallIds) -> Result<Draft, Wrong> {
        let value = &record.value;
        self.check_form(value)?;
        let fields = &self.fields;
        let time = fields.time.scalar_as(value, |scalar| match fields.time.kind() {
            Kind::Time(form) => form.read(scalar),
            _ => None,
        })?;
        let time = time.ok_or_else(|| fields.time.missing())?;
        let time = Moment::new(time.saturating_add(milliseconds(fields.time_plus.as_ref(), value)?));
        let route = match &fields.route_by {
            Some(field) if !self.routes.is_empty() => field.text(value)?.and_then(|path| self.routes.of(&path)),
            _ => None,
        };
        let consumer = whole(&fields.consumer, value)?.map(DepartmentId::new);
        let mut instead = self.references_of(value, route, consumer)?;
        let reference = instead.remove(0);
        let (call_id, call_known) = self.call(record, reference, call_ids)?;
        let (pseudonym, is_pseudonymous) = pseudonym(fields.pseudonym.as_ref(), value)?;
        let of_route = |pick: fn(&Route) -> Option<SystemId>| route.and_then(pick);
        let system = |own: Option<SystemId>, field: &Option<Expression>| match own {
            Some(own) => Ok(Some(own)),
            None => Ok(whole(field, value)?.map(SystemId::new)),
        };
        let draft = Draft {
            reference,
            instead,
            claims: Claims::default(),
            consumer: consumer.filter(|_| reference != Reference::Reporter),
            items: match route.and_then(|route| route.items) {
                Some(items) => items,
                None => self.items(value)?,
            },
            authorising_system: system(of_route(|route| route.authorising_system), &fields.authorising_system)?,
            using_system: system(of_route(|route| route.using_system), &fields.using_system)?,
            purpose: match route.and_then(|route| route.purpose) {
                Some(purpose) => Some(purpose),
                None => whole(&fields.purpose, value)?.map(PurposeId::new),
            },
            method: match route.and_then(|route| route.method) {
                Some(method) => Some(method),
                None => word(&fields.method, value)?,
            },
            side: match route.and_then(|route| route.side) {
                Some(side) => side,
                None => word(&fields.side, value)?.unwrap_or_default(),
            },
            time,
            duration_ms: self.duration(value)?,
            outcome: self.outcome(value)?,
            calls: whole(&fields.calls, value)?.unwrap_or(1),
            rows: whole(&fields.rows, value)?.unwrap_or(0),
            bytes: whole(&fields.bytes, value)?.unwrap_or(0),
            call_id,
            call_known,
            pseudonym,
            is_pseudonymous,
            values: self.sealed(record)?,
        };
        Ok(Draft { claims: self.claims(&draft, route), ..draft })
    }

    fn check_form(&self, value: &Value) -> Result<(), Wrong> {
        if !value.is_object() {
            return Err(Wrong { reason: "not_object", detail: "a record is a JSON object".to_owned() });
        }
        let Some(unknown) = self.strict.as_ref().and_then(|strict| strict.unknown(value)) else { return Ok(()) };
        let detail = if is_name(unknown) {
            format!("there is no field `{unknown}`")
        } else {
            "there is a field that the mapping does not read".to_owned()
        };
        Err(Wrong { reason: "unknown_field", detail })
    }

    fn call(&self, record: &Record, reference: Reference, call_ids: &CallIds) -> Result<(u64, CallKnown), Wrong> {
        let value = &record.value;
        let given = match &self.fields.call_id {
            Some(field) => field.scalar_as(value, Scalar::short_id)?,
            None => None,
        };
        let request_id = match &self.fields.request_id {
            Some(field) => field.text(value)?,
            None => None,
        };
        match (given, request_id) {
            (Some(_), Some(_)) if self.strict.is_some() => {
                Err(Wrong { reason: "contradiction", detail: "give request_id or call_id, not both".to_owned() })
            }
            (Some(id), _) => Ok((id, CallKnown::ByBoth)),
            (None, Some(id)) => Ok((call_ids.of(reference.grant(), id.as_bytes()), CallKnown::ByRequestId)),
            // What its sender calls by name is that call wherever it stands; of anything else two that are equal stand at two places.
            (None, None) => {
                let id = self.id(record);
                let place = record.place.as_ref().filter(|_| id.is_none());
                Ok((call_ids.own(&(id, place, &record.raw).encode()), CallKnown::Here))
            }
        }
    }

    fn items(&self, value: &Value) -> Result<u64, Wrong> {
        let Some(field) = &self.fields.items else { return Ok(0) };
        let mask = field.read(value, |found| match found {
            Found::List(list) => items(list),
            Found::Scalar(scalar) => crate::scalar::items_of_text(&scalar.clone().into_text()),
            Found::Between(..) | Found::Record => None,
        })?;
        Ok(mask.unwrap_or(0))
    }

    fn duration(&self, value: &Value) -> Result<u32, Wrong> {
        let ms = milliseconds(self.fields.duration.as_ref(), value)?;
        Ok(u32::try_from(ms).unwrap_or(u32::MAX))
    }

    fn outcome(&self, value: &Value) -> Result<Outcome, Wrong> {
        if let Some(outcome) = word(&self.fields.outcome, value)? {
            return Ok(outcome);
        }
        Ok(whole(&self.fields.status, value)?.map_or(Outcome::Ok, outcome_of))
    }

    fn sealed(&self, record: &Record) -> Result<SealedValues, Wrong> {
        let mut values = SealedValues::default();
        for Sealed { field, from, is_digested } in &self.fields.sealed {
            let bytes = from.read(&record.value, |found| match found {
                Found::Record => Some(digest(DigestKind::Document, &record.raw).to_vec()),
                Found::Scalar(scalar) => Some(kept(*field, scalar.clone(), *is_digested)),
                Found::List(_) | Found::Between(..) => None,
            })?;
            let bytes = bytes.unwrap_or_default();
            // Of what a caller made too long the beginning is kept.
            let bytes = if from.is_lenient() { beginning(&bytes) } else { &bytes };
            values.set(*field, bytes).map_err(|error| Wrong { reason: "too_long", detail: error.to_string() })?;
        }
        Ok(values)
    }
}

impl Strict {
    fn unknown<'a>(&self, record: &'a Value) -> Option<&'a str> {
        match &self.below {
            None => self.known.unknown(record),
            Some(key) => self.known.below(key)?.unknown(record.get(key)?),
        }
    }
}

/// `strict = true`, or the key below which fields must be known.
fn strict(form: Form<'_>, fields: &Fields, skips: &Skips) -> Result<Option<Strict>, MappingError> {
    let below = match form.get("strict") {
        None | Some(toml::Value::Boolean(false)) => return Ok(None),
        Some(toml::Value::Boolean(true)) => None,
        Some(toml::Value::String(key)) => Some(key.clone()),
        Some(_) => {
            return Err(form.wrong("strict", "takes true, or the key below which every field must be one that is read"));
        }
    };
    let expressions = fields.named().map(|(_, field)| field).chain(&fields.time_plus);
    let expressions = expressions.chain(fields.sealed.iter().map(|sealed| &sealed.from));
    let known = Known::of(expressions.flat_map(Expression::paths).chain(skips.paths()));
    Ok(Some(Strict { below, known }))
}

/// A name that may be told: no value that slipped into the place of one.
fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.');
    text.len() <= TOLD_BYTES_MAX && text.bytes().all(is_letter)
}

fn whole<T: TryFrom<u64>>(field: &Option<Expression>, value: &Value) -> Result<Option<T>, Wrong> {
    match field {
        Some(field) => field.scalar_as(value, Scalar::whole),
        None => Ok(None),
    }
}

/// A duration; 0 where there is none.
fn milliseconds(field: Option<&Expression>, value: &Value) -> Result<u64, Wrong> {
    let Some(field) = field else { return Ok(0) };
    let Kind::Duration(unit) = field.kind() else { return Ok(0) };
    let ms = field.read(value, |found| match found {
        Found::Scalar(scalar) => scalar.milliseconds(unit),
        // Clocks of two machines: what ended before it began took no time.
        Found::Between(until, from) => Some(until.milliseconds(unit)?.saturating_sub(from.milliseconds(unit)?)),
        Found::List(_) | Found::Record => None,
    })?;
    Ok(ms.unwrap_or(0))
}

fn word<T: for<'de> serde::Deserialize<'de>>(field: &Option<Expression>, value: &Value) -> Result<Option<T>, Wrong> {
    match field {
        Some(field) => field.scalar_as(value, |scalar| scalar.word()),
        None => Ok(None),
    }
}

/// A pseudonym that was given, or whether the vault makes one.
fn pseudonym(field: Option<&Expression>, value: &Value) -> Result<(Option<u64>, bool), Wrong> {
    let Some(field) = field else { return Ok((None, false)) };
    let read = |scalar: &Scalar<'_>| match scalar {
        Scalar::Bool(made) => Some((None, *made)),
        Scalar::Text(text) if matches!(&**text, "true" | "false") => Some((None, &**text == "true")),
        scalar => scalar.short_id().map(|id| (Some(id), false)),
    };
    Ok(field.scalar_as(value, read)?.unwrap_or_default())
}

/// Bytes of a sealed value. Digests in hexadecimal are kept as bytes; whatever else a platform calls its digest stays as it is.
fn kept(field: SealedField, scalar: Scalar<'_>, is_digested: bool) -> Vec<u8> {
    let text = scalar.into_text();
    if is_digested {
        return digest(DigestKind::Document, text.as_bytes()).to_vec();
    }
    let is_digest = matches!(field, SealedField::RequestDigest | SealedField::ResultDigest);
    let bytes = if is_digest { hex::decode(&*text).ok() } else { None };
    bytes.unwrap_or_else(|| text.into_owned().into_bytes())
}

/// As much as a sealed value may have, without half a character at its end.
fn beginning(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= SEALED_VALUE_BYTES_MAX {
        return bytes;
    }
    let is_within = |end: &usize| bytes[*end] & 0xc0 == 0x80;
    let end = (1..=SEALED_VALUE_BYTES_MAX).rev().find(|end| !is_within(end));
    &bytes[..end.unwrap_or(SEALED_VALUE_BYTES_MAX)]
}

/// What HTTP's status says of a call. Below 100 is none: the caller went away, or nobody answered.
const fn outcome_of(status: u16) -> Outcome {
    match status {
        401 | 403 => Outcome::Denied,
        100..=399 => Outcome::Ok,
        _ => Outcome::Error,
    }
}

#[cfg(test)]
mod tests;
