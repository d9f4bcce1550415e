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

/// The public fields beside `time`, each once: first those that a route may say too, then the others.
macro_rules! fields {
    (of_routes { $($(#[$of_route_doc:meta])* $of_route:ident: $of_route_kind:ident,)* } of_records { $($(#[$doc:meta])* $name:ident: $kind:ident,)* }) => {
        /// Names of the public fields, as a mapping writes them.
        pub(crate) const NAMES: &[&str] = &["time", $(stringify!($of_route),)* $(stringify!($name),)*];
        /// Names of those that a route may say.
        pub(crate) const NAMES_OF_ROUTES: &[&str] = &[$(stringify!($of_route),)*];

        /// What a mapping says of each field.
        #[derive(Clone, Debug)]
        pub(crate) struct Fields {
            pub(crate) time: Expression,
            /// How long after that moment the call ended: what is written when it ended may say when it began.
            pub(crate) time_plus: Option<Expression>,
            $($(#[$of_route_doc])* pub(crate) $of_route: Option<Expression>,)*
            $($(#[$doc])* pub(crate) $name: Option<Expression>,)*
            pub(crate) sealed: Vec<Sealed>,
        }

        impl Fields {
            /// Reads each field that is there.
            fn read(form: Form<'_>, time: Expression) -> Result<Self, MappingError> {
                Ok(Self {
                    time,
                    time_plus: time_plus(form)?,
                    $($of_route: field(form, stringify!($of_route))?,)*
                    $($name: field(form, stringify!($name))?,)*
                    sealed: sealed(form)?,
                })
            }

            /// Each public field that is said, by its name.
            pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, &Expression)> {
                let fields = [Some(&self.time), $(self.$of_route.as_ref(),)* $(self.$name.as_ref(),)*];
                NAMES.iter().copied().zip(fields).filter_map(|(name, field)| Some((name, field?)))
            }
        }

        /// What a field takes, where nothing is said of how it is written.
        pub(crate) fn plain_kind(name: &str) -> Kind {
            match name {
                $(stringify!($of_route) => Kind::$of_route_kind,)*
                $(stringify!($name) => Kind::$kind,)*
                _ => Kind::Text,
            }
        }
    };
}

fields! {
    of_routes {
        grant: Whole,
        grant_version: Small,
        entry: Whole,
        entry_version: Small,
        consumer: Whole,
        items: Items,
        authorising_system: Whole,
        using_system: Whole,
        purpose: Small,
        method: Method,
        side: Side,
    }
    of_records {
        duration: MILLISECONDS,
        outcome: Outcome,
        /// Of HTTP: makes the outcome where nothing else does.
        status: Small,
        calls: Whole,
        rows: Whole,
        bytes: Large,
        request_id: Text,
        call_id: ShortId,
        pseudonym: Pseudonym,
        /// What the record is called by its sender.
        id: Text,
        /// What the prefixes of routes are compared with.
        route_by: Text,
    }
}

const SEALED: &str = "sealed";

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
        let missing = || {
            let why = "is missing: every event has its time; { path = \"…\", as = \"rfc3339\" }, or `extends` a preset that has it";
            MappingError::new(&form.at("time"), why)
        };
        let fields = Self::read(form, field(form, "time")?.ok_or_else(missing)?)?;
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
}

/// One field, if it is there.
fn field(form: Form<'_>, name: &str) -> Result<Option<Expression>, MappingError> {
    let Some(value) = form.get(name) else { return Ok(None) };
    Expression::parse(&form.at(name), value, kind_of(name, &form.at(name), value)?).map(Some)
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
    let form = Form::new(&at, table, &SealedField::ALL.map(name_of))?;
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
        _ => plain_kind(name),
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
