//! Events as JSON, one object a line: what a platform of any make can write.

use super::draft::{CallKnown, Claims, Draft, Reference, items_mask};
use crate::event::{CallIds, SealedValues};
use codec::Encode;
use mulu_proofs::{
    access::{Outcome, SealedField, Side},
    catalog::Method,
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, SystemId, Version},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The one field that every line has.
const TIME: &str = "time";
/// The field whose own fields stay in the vault.
const SEALED: &str = "sealed";

/// Longest line that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// Why a line became no event: the whole list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Not a JSON object of this form.
    #[error("{0}")]
    Form(String),
    /// A combination of fields that means nothing, or a value over its bound.
    #[error("{0}")]
    Meaning(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventForm {
    grant: Option<GrantId>,
    grant_version: Option<Version>,
    entry: Option<EntryId>,
    entry_version: Option<Version>,
    consumer: Option<DepartmentId>,
    #[serde(default)]
    items: Vec<u8>,
    authorising_system: Option<SystemId>,
    using_system: Option<SystemId>,
    purpose: Option<PurposeId>,
    method: Option<Method>,
    #[serde(default)]
    side: Side,
    time: Moment,
    #[serde(default)]
    duration_ms: u32,
    #[serde(default)]
    outcome: Outcome,
    #[serde(default = "one")]
    calls: u32,
    #[serde(default)]
    rows: u32,
    #[serde(default)]
    bytes: u64,
    /// The platform's own id of the call; its keyed hash goes on the chain.
    request_id: Option<String>,
    /// A call id that the two sides agreed on, as 16 hexadecimal digits.
    call_id: Option<String>,
    /// A pseudonym of the department's own making, as 16 hexadecimal digits; or `true` for one of the vault's making.
    pseudonym: Option<PseudonymForm>,
    #[serde(default)]
    sealed: SealedForm,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PseudonymForm {
    Made(bool),
    Given(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SealedForm {
    operator: Option<String>,
    user: Option<String>,
    data_subject: Option<String>,
    request_digest: Option<String>,
    result_digest: Option<String>,
    network_address: Option<String>,
}

const fn one() -> u32 {
    1
}

/// Reads one line; where it gives no id of its call, line and number make one.
///
/// # Errors
/// [`Rejected`].
pub fn read(line: &[u8], number: u64, call_ids: &CallIds) -> Result<Draft, Rejected> {
    let form: EventForm = serde_json::from_slice(line).map_err(|error| Rejected::Form(told(line, &error)))?;
    let meaning = |why: &str| Rejected::Meaning(why.to_owned());
    let grant = (form.grant, form.grant_version);
    let reference = Reference::named(grant, (form.entry, form.entry_version), form.consumer).map_err(meaning)?;
    let (call_id, call_known) = match (form.call_id, form.request_id) {
        (Some(_), Some(_)) => return Err(meaning("give request_id or call_id, not both")),
        (Some(digits), None) => {
            let id = eight_bytes(&digits).ok_or_else(|| meaning("call_id takes 16 hexadecimal digits"))?;
            (id, CallKnown::ByBoth)
        }
        (None, Some(id)) => (call_ids.of(reference.grant(), id.as_bytes()), CallKnown::ByRequestId),
        (None, None) => (call_ids.own(&(number, line).encode()), CallKnown::Here),
    };
    let (pseudonym, is_pseudonymous) = match form.pseudonym {
        None => (None, false),
        Some(PseudonymForm::Made(made)) => (None, made),
        Some(PseudonymForm::Given(digits)) => {
            (Some(eight_bytes(&digits).ok_or_else(|| meaning("pseudonym takes 16 hexadecimal digits"))?), false)
        }
    };
    Ok(Draft {
        reference,
        instead: Vec::new(),
        claims: Claims::default(),
        consumer: form.consumer,
        items: items_mask(&form.items).map_err(meaning)?,
        authorising_system: form.authorising_system,
        using_system: form.using_system,
        purpose: form.purpose,
        method: form.method,
        side: form.side,
        time: form.time,
        duration_ms: form.duration_ms,
        outcome: form.outcome,
        calls: form.calls,
        rows: form.rows,
        bytes: form.bytes,
        call_id,
        call_known,
        pseudonym,
        is_pseudonymous,
        values: form.sealed.values()?,
    })
}

impl SealedForm {
    fn values(&self) -> Result<SealedValues, Rejected> {
        let mut values = SealedValues::default();
        let fields = [
            (SealedField::Operator, &self.operator),
            (SealedField::User, &self.user),
            (SealedField::DataSubject, &self.data_subject),
            (SealedField::RequestDigest, &self.request_digest),
            (SealedField::ResultDigest, &self.result_digest),
            (SealedField::NetworkAddress, &self.network_address),
        ];
        for (field, value) in fields {
            let value = value.as_deref().unwrap_or_default();
            let is_digest = matches!(field, SealedField::RequestDigest | SealedField::ResultDigest);
            // Digests in hexadecimal are kept as bytes; whatever else a platform calls its digest stays as it is.
            let bytes = if is_digest { hex::decode(value).ok() } else { None };
            values
                .set(field, bytes.as_deref().unwrap_or(value.as_bytes()))
                .map_err(|error| Rejected::Meaning(error.to_string()))?;
        }
        Ok(values)
    }
}

/// What is wrong with a line, without a value of it: that may name a person.
fn told(line: &[u8], error: &serde_json::Error) -> String {
    let text = error.to_string();
    let name = || text.split('`').nth(1).unwrap_or_default();
    if text.starts_with("missing field") {
        return format!("the field `{}` is missing", name());
    }
    if text.starts_with("unknown field") {
        return format!("there is no field `{}`", name());
    }
    let Ok(fields) = serde_json::from_slice::<serde_json::Map<String, Value>>(line) else {
        return format!("no JSON object from column {} on", error.column());
    };
    let wrong = fields.into_iter().find_map(|(name, value)| match value {
        Value::Object(inner) if name == SEALED => {
            inner.into_iter().find_map(|(name, value)| objection(&name, json!({ TIME: 0, SEALED: { &name: value } })))
        }
        value => {
            let mut alone = json!({ TIME: 0 });
            alone[&name] = value;
            objection(&name, alone)
        }
    });
    wrong.unwrap_or_else(|| format!("no JSON object from column {} on", error.column()))
}

/// What is wrong with a field, if `alone`, a line of nothing but the field and a time, is no event.
fn objection(name: &str, alone: Value) -> Option<String> {
    let error = serde_json::from_value::<EventForm>(alone).err()?.to_string();
    // What stands before is the value.
    Some(match error.rsplit_once(", expected ") {
        Some((_, expected)) => format!("the field `{name}` takes {}", kind_of(expected)),
        None if error == "invalid number" => format!("the field `{name}` takes a whole number"),
        None => format!("the field `{name}` has a value of another kind"),
    })
}

/// What a field takes, by what its type says: `u32`, `a string`, "one of `ok`, `error`".
fn kind_of(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "a nonzero u32" => "a whole number".to_owned(),
        "a string" | "string or map" | "variant identifier" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "struct SealedForm" => "an object".to_owned(),
        // What stands in backquotes is typed as it is, and never translated.
        other => other.to_owned(),
    }
}

/// 16 hexadecimal digits as they are written: the first byte is the lowest, as in the leaf.
fn eight_bytes(digits: &str) -> Option<u64> {
    let mut bytes = [0; 8];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn ids() -> CallIds {
        CallIds::new([1; 32])
    }

    #[test]
    fn a_full_line_reads_and_a_short_one_takes_the_defaults() {
        let line = br#"{"grant":3,"grant_version":2,"items":[1],"authorising_system":4,"using_system":5,"purpose":6,
            "method":"database_table","side":"consumer","time":1754006400000,"duration_ms":7,"outcome":"denied","calls":8,"rows":9,
            "bytes":10,"call_id":"0100000000000000","pseudonym":"0200000000000000",
            "sealed":{"operator":"o","user":"u","data_subject":"d","request_digest":"abcd","result_digest":"xy","network_address":"a"}}"#;
        let draft = read(line, 1, &ids()).unwrap();
        assert_eq!(draft.reference, Reference::Grant(GrantId::new(3), Version::new(2)));
        assert_eq!((draft.items, draft.call_id, draft.pseudonym), (2, 1, Some(2)));
        let mut values = SealedValues::default();
        let fields: [&[u8]; 6] = [b"o", b"u", b"d", &[0xab, 0xcd], b"xy", b"a"];
        for (field, value) in SealedField::ALL.into_iter().zip(fields) {
            values.set(field, value).unwrap();
        }
        assert_eq!(draft.values, values);

        let draft = read(br#"{"time":5}"#, 1, &ids()).unwrap();
        assert_eq!(draft.reference, Reference::Reporter);
        assert_eq!((draft.calls, draft.rows, draft.outcome, draft.method), (1, 0, Outcome::Ok, None));
    }

    #[test]
    fn a_request_id_is_hashed_with_the_secret() {
        let draft = read(br#"{"time":5,"request_id":"r-1"}"#, 1, &ids()).unwrap();
        assert_eq!(draft.call_id, ids().own(b"r-1"));
    }

    #[test]
    fn under_a_grant_with_a_shared_secret_a_request_id_is_named_as_the_other_side_names_it() {
        let mut ids = ids();
        ids.share(GrantId::new(3), [7; 32]);
        let draft = |line: &str| read(line.as_bytes(), 1, &ids).unwrap();
        let shared = draft(r#"{"time":5,"grant":3,"request_id":"r-1"}"#);
        assert_eq!(shared.call_id, ids.of(Some(GrantId::new(3)), b"r-1"));
        assert_ne!(shared.call_id, draft(r#"{"time":5,"grant":4,"request_id":"r-1"}"#).call_id);
        assert_eq!(shared.call_known, CallKnown::ByRequestId);
        assert_eq!(draft(r#"{"time":5,"grant":3}"#).call_known, CallKnown::Here);
        assert_eq!(draft(r#"{"time":5,"grant":3,"call_id":"0100000000000000"}"#).call_known, CallKnown::ByBoth);
    }

    #[test]
    fn a_pseudonym_is_given_or_asked_for() {
        let draft = |line: &str| read(line.as_bytes(), 1, &ids()).unwrap();
        assert!(draft(r#"{"time":5,"pseudonym":true,"sealed":{"user":"u"}}"#).is_pseudonymous);
        let given = draft(r#"{"time":5,"pseudonym":"0200000000000000"}"#);
        assert_eq!((given.pseudonym, given.is_pseudonymous), (Some(2), false));
    }

    #[test]
    fn what_is_no_event_is_told_why() {
        let why = |line: &str| read(line.as_bytes(), 1, &ids()).unwrap_err();
        assert!(matches!(why("{"), Rejected::Form(_)));
        assert!(matches!(why("{}"), Rejected::Form(why) if why.contains("time")));
        assert!(matches!(why(r#"{"time":5,"citizen":"x"}"#), Rejected::Form(why) if why.contains("citizen")));
        let told = why(r#"{"time":5,"sealed":{"user":110101199003070000}}"#).to_string();
        assert!(!told.contains("110101"), "a value never reaches a message: {told}");
        let long = "u".repeat(513);
        for line in [
            r#"{"time":5,"entry":1}"#.to_owned(),
            r#"{"time":5,"items":[64]}"#.to_owned(),
            r#"{"time":5,"call_id":"1"}"#.to_owned(),
            r#"{"time":5,"pseudonym":"zz"}"#.to_owned(),
            r#"{"time":5,"call_id":"0100000000000000","request_id":"r"}"#.to_owned(),
            format!(r#"{{"time":5,"sealed":{{"user":"{long}"}}}}"#),
        ] {
            assert!(matches!(why(&line), Rejected::Meaning(_)), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_names_the_field_and_never_its_value() {
        for (line, expected) in [
            (r#"{"rows":1}"#, "the field `time` is missing"),
            (r#"{"time":1,"row":2}"#, "there is no field `row`"),
            (r#"{"time":1,"rows":"zhang, expected wang"}"#, "the field `rows` takes a whole number"),
            (r#"{"time":1,"rows":-1}"#, "the field `rows` takes a whole number"),
            (r#"{"time":"zhang"}"#, "the field `time` takes a whole number"),
            (r#"{"time":1,"outcome":"zhang"}"#, "the field `outcome` takes one of `ok`, `error`, `denied`"),
            (r#"{"time":1,"items":"zhang"}"#, "the field `items` takes a list"),
            (r#"{"time":1,"items":[300]}"#, "the field `items` takes a whole number"),
            (r#"{"time":1,"pseudonym":7}"#, "the field `pseudonym` has a value of another kind"),
            (r#"{"time":1,"request_id":7}"#, "the field `request_id` takes text"),
            (r#"{"time":1,"sealed":{"user":7}}"#, "the field `user` takes text"),
            (r#"{"time":1,"sealed":"zhang"}"#, "the field `sealed` takes an object"),
            (r#"["zhang"]"#, "no JSON object from column 8 on"),
            (r#"{"time":1,"#, "no JSON object from column 10 on"),
        ] {
            let told = read(line.as_bytes(), 1, &ids()).unwrap_err().to_string();
            assert!(!told.contains("zhang") && !told.contains("wang"), "{told}");
            assert_eq!(told, expected, "{line}");
        }
    }
}
