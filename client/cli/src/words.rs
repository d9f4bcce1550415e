//! Words of the command line that stand for values of the ledger.

use mulu_client::import::days_from_civil;
use mulu_proofs::{
    access::{Series, short_id},
    catalog::{List, Methods},
    departments::{RoleScope, SCOPE_MAX},
    elements::{ElementCode, is_element_code},
    ids::{DepartmentId, Moment, PublicKey, Version},
    papers::Papers,
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{access::EventRef, catalog::EntryRef, departments::DepartmentRef, elements::ElementRef};
use serde::de::DeserializeOwned;

/// A value by its word in JSON: a role, a level, a state.
pub fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let value = serde_json::Value::String(text.replace('-', "_"));
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// The word of a value that is one.
pub fn name_of<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// How the address of a node begins.
const SCHEMES: [&str; 4] = ["ws://", "wss://", "http://", "https://"];

/// The address of a node. One that looks as if it were nearly one is told with what is most likely meant.
pub fn url(text: &str) -> Result<String, String> {
    let scheme =
        SCHEMES.iter().find(|scheme| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)));
    if let Some(scheme) = scheme {
        let rest = &text[scheme.len()..];
        let has_host = !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']);
        let is_plain = !rest.contains(char::is_whitespace);
        return if has_host && is_plain { Ok(format!("{scheme}{rest}")) } else { Err(meant("127.0.0.1:9944")) };
    }
    let host = text.split_once("://").map_or(text, |(_, host)| host).trim().trim_start_matches('/');
    Err(meant(if host.is_empty() || host.contains(char::is_whitespace) { "127.0.0.1:9944" } else { host }))
}

fn meant(host: &str) -> String {
    format!("a node's address begins with ws://, wss://, http:// or https://, as in ws://{host}")
}

/// 32 bytes in hexadecimal, with or without `0x`.
pub fn bytes32(text: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| "64 hexadecimal digits are needed".to_owned())?;
    Ok(bytes)
}

/// A commitment to papers, 32 bytes in hexadecimal.
pub fn papers(text: &str) -> Result<Papers, String> {
    bytes32(text).map(Papers)
}

/// A public key.
pub fn account(text: &str) -> Result<PublicKey, String> {
    bytes32(text)
}

/// An id.
pub fn id<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let number: u64 = text.parse().map_err(|_| "a number is needed".to_owned())?;
    serde_json::from_value(number.into()).map_err(|_| "the number is too large".to_owned())
}

/// An id, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrNone<T> {
    /// The id.
    Id(T),
    /// There is none.
    None,
}

impl<T> From<OrNone<T>> for Option<T> {
    fn from(given: OrNone<T>) -> Self {
        match given {
            OrNone::Id(id) => Some(id),
            OrNone::None => None,
        }
    }
}

/// An id, or `none`.
pub fn or_none<T: DeserializeOwned>(text: &str) -> Result<OrNone<T>, String> {
    match text {
        "none" => Ok(OrNone::None),
        _ => id(text).map(OrNone::Id).map_err(|_| "an id, or none".to_owned()),
    }
}

/// An entry by id, or by its resource code.
pub fn entry(text: &str) -> Result<EntryRef, String> {
    if text.contains('/') {
        serde_json::from_value(text.into()).map(EntryRef::Code).map_err(|error| error.to_string())
    } else {
        id(text).map(EntryRef::Id).map_err(|_| "an entry is a number, or a resource code with a slash".to_owned())
    }
}

/// A data element by id, or by its code; a code of digits alone is written `code:01001`.
pub fn element(text: &str) -> Result<ElementRef, String> {
    if let Ok(id) = id(text) {
        return Ok(ElementRef::Id(id));
    }
    let code = ElementCode::new(text.strip_prefix("code:").unwrap_or(text)).map_err(|error| error.to_string())?;
    if is_element_code(&code) {
        return Ok(ElementRef::Code(code));
    }
    Err("an element is a number, or a code of letters, digits, -, . and _".to_owned())
}

/// A department by id, or by its credit code.
pub fn department(text: &str) -> Result<DepartmentRef, String> {
    match text.parse() {
        Ok(number) if text.len() <= 10 => Ok(DepartmentRef::Id(DepartmentId::new(number))),
        _ => serde_json::from_value(text.into()).map(DepartmentRef::Code).map_err(|error| error.to_string()),
    }
}

/// One event: `STREAM:EVENT`.
pub fn event(text: &str) -> Result<EventRef, String> {
    let parts = text.split_once(':').and_then(|(stream, event)| Some((id(stream).ok()?, id(event).ok()?)));
    let (stream, event) = parts.ok_or_else(|| "an event is STREAM:EVENT, as the history prints it".to_owned())?;
    Ok(EventRef { stream, event })
}

/// A series: `grant:ID`, `entry:ID:CONSUMER` or `platform:ID`.
pub fn series(text: &str) -> Result<Series, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let series = match parts[..] {
        ["grant", grant] => id(grant).map(Series::Grant),
        ["entry", entry, consumer] => id(entry).and_then(|entry| Ok(Series::Entry(entry, id(consumer)?))),
        ["platform", platform] => id(platform).map(Series::Reporter),
        _ => Err(String::new()),
    };
    series.map_err(|_| "a series is grant:ID, entry:ID:CONSUMER or platform:ID".to_owned())
}

/// A pseudonym: 16 hexadecimal digits, as events show it.
pub fn pseudonym(text: &str) -> Result<u64, String> {
    short_id::parse(text).ok_or_else(|| "a pseudonym is 16 hexadecimal digits".to_owned())
}

/// A call id: 16 hexadecimal digits, as events show it.
pub fn call_id(text: &str) -> Result<u64, String> {
    short_id::parse(text)
        .ok_or_else(|| "a call id is 16 hexadecimal digits, as `mulu access show` prints it".to_owned())
}

/// A moment: milliseconds since 1970, a day, or day and time in UTC.
pub fn moment(text: &str) -> Result<Moment, String> {
    let wrong = || "a moment is 2026-08-01, 2026-08-01T12:30:00Z, or milliseconds since 1970".to_owned();
    if let Ok(milliseconds) = text.parse() {
        return Ok(Moment::new(milliseconds));
    }
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let numbers = |text: &str, separator| -> Option<[i64; 3]> {
        let parts: Option<Vec<i64>> = text
            .split(separator)
            .map(|part| part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit())))
            .collect();
        parts?.try_into().ok()
    };
    let [year, month, day] = numbers(date, '-').ok_or_else(wrong)?;
    let [hour, minute, second] = numbers(time.strip_suffix('Z').unwrap_or(time), ':').ok_or_else(wrong)?;
    let days = days_from_civil(year, month, day).ok_or_else(wrong)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(wrong());
    }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    u64::try_from(seconds).map(|seconds| Moment::new(seconds * 1_000)).map_err(|_| wrong())
}

/// What a role is limited to: `entries:3,17` or `departments:2,5`, or `everything`.
pub fn scope(text: &str) -> Result<RoleScope, String> {
    fn ids<T: DeserializeOwned>(text: &str) -> Result<List<T, SCOPE_MAX>, String> {
        let ids = text.split(',').map(id).collect::<Result<Vec<T>, String>>()?;
        List::try_from(ids).map_err(|_| format!("a scope names at most {SCOPE_MAX}"))
    }
    match text.split_once(':') {
        None if text == "everything" => Ok(RoleScope::Everything),
        Some(("entries", list)) => ids(list).map(RoleScope::Entries),
        Some(("departments", list)) => ids(list).map(RoleScope::Departments),
        _ => Err("a scope is entries:3,17 or departments:2,5, or everything".to_owned()),
    }
}

/// What something is about: `request:7`, `entry:3`, `grant:5`, `account:KEY` and so on; versions do not count.
pub fn about(text: &str) -> Result<Subject, String> {
    let wrong =
        || "a subject is request:7, entry:3, grant:5, department:2, system:4, stream:1 or account:KEY".to_owned();
    let any = Version::new(1);
    match text.split_once(':').ok_or_else(wrong)? {
        ("department", of) => id(of).map(Subject::Department),
        ("account", key) => account(key).map(Subject::Account),
        ("system", of) => id(of).map(Subject::System),
        ("entry", of) => id(of).map(|entry| Subject::Entry(entry, any)),
        ("request", of) => id(of).map(Subject::Request),
        ("grant", of) => id(of).map(|grant| Subject::Grant(grant, any)),
        ("stream", of) => id(of).map(Subject::Stream),
        ("dispute", of) => id(of).map(Subject::Dispute),
        _ => Err(wrong()),
    }
}

/// A subject of a record in words.
pub fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Department(id) => format!("department {id}"),
        Subject::Account(key) => format!("account {}", hex::encode(key)),
        Subject::System(id) => format!("system {id}"),
        Subject::Entry(id, version) => format!("entry {id} version {version}"),
        Subject::Request(id) => format!("request {id}"),
        Subject::Grant(id, version) => format!("grant {id} version {version}"),
        Subject::Stream(id) => format!("stream {id}"),
        Subject::Deadline(id) => format!("deadline {id}"),
        Subject::Proposal(id) => format!("proposal {id}"),
        Subject::Element(id) => format!("element {id}"),
        Subject::Dispute(id) => format!("dispute {id}"),
    }
}

/// Every kind of record, for the help.
pub fn record_kinds() -> String {
    RecordKind::ALL.iter().map(name_of).collect::<Vec<_>>().join(", ")
}

/// Places of the bits of a mask, from 0.
pub fn items(mask: u64) -> String {
    (0..64).filter(|place| mask >> place & 1 == 1).map(|place| place.to_string()).collect::<Vec<_>>().join(",")
}

/// Sharing methods in words.
pub fn methods(methods: Methods) -> Vec<&'static str> {
    let names = ["database_table", "file", "service_interface", "log_synchronisation", "message_queue"];
    let named = names.iter().enumerate().filter(|(bit, _)| methods.0 >> bit & 1 == 1);
    named.map(|(_, name)| *name).collect()
}

/// A number, or nothing.
pub fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::{
        departments::Role,
        ids::{ElementId, EntryId, EventNumber, StreamId},
    };

    #[test]
    fn moments_are_days_times_or_milliseconds() {
        assert_eq!(moment("1970-01-02").unwrap().get(), 86_400_000);
        assert_eq!(moment("2026-08-01T12:30:05Z").unwrap().get(), 1_785_587_405_000);
        assert_eq!(moment("2026-08-01T12:30:05").unwrap().get(), 1_785_587_405_000);
        assert_eq!(moment("12").unwrap().get(), 12);
        for wrong in ["", "2026-02-30", "2026-08-01T24:00:00Z", "1969-12-31", "2026-+8-01", "yesterday", "2026-08"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_are_those_of_json_with_dashes_or_underscores() {
        assert_eq!(word::<Role>("head"), Ok(Role::Head));
        assert_eq!(word::<RecordKind>("batch-accepted"), Ok(RecordKind::BatchAccepted));
        assert!(word::<Role>("king").unwrap_err().contains("applicant"));
        assert_eq!(name_of(&RecordKind::GrantSuspended), "grant_suspended");
    }

    #[test]
    fn the_address_of_a_node_has_a_scheme_that_is_spoken() {
        for right in
            ["ws://127.0.0.1:9944", "wss://mulu.city.example/rpc/t/ab", "http://[::1]:9944", "https://mulu.example"]
        {
            assert_eq!(url(right).as_deref(), Ok(right));
        }
        assert_eq!(url("WS://127.0.0.1:9944").as_deref(), Ok("ws://127.0.0.1:9944"));
        for (wrong, way_out) in [
            ("127.0.0.1:9944", "ws://127.0.0.1:9944"),
            ("localhost:9944", "ws://localhost:9944"),
            ("tcp://10.1.2.3:9944", "ws://10.1.2.3:9944"),
            ("//node.example", "ws://node.example"),
            ("ws:/127.0.0.1", "ws://"),
            ("", "ws://127.0.0.1:9944"),
            ("ws://", "ws://127.0.0.1:9944"),
            ("https:///rpc", "ws://127.0.0.1:9944"),
            ("ws://two words", "ws://127.0.0.1:9944"),
            ("节点", "ws://节点"),
        ] {
            let error = url(wrong).unwrap_err();
            assert!(error.contains("begins with") && error.contains(way_out), "{wrong}: {error}");
        }
    }

    #[test]
    fn entries_departments_and_events_are_named_as_they_are_printed() {
        assert_eq!(entry("7"), Ok(EntryRef::Id(EntryId::new(7))));
        assert!(matches!(entry("306001/1001"), Ok(EntryRef::Code(code)) if code.as_str() == "306001/1001"));
        assert!(entry("seven").is_err());
        assert_eq!(department("3"), Ok(DepartmentRef::Id(DepartmentId::new(3))));
        assert!(matches!(department("91350100M000100Y43"), Ok(DepartmentRef::Code(_))));
        assert!(department("91350100M000100Y44").unwrap_err().contains("check character"));
        assert_eq!(element("7"), Ok(ElementRef::Id(ElementId::new(7))));
        assert_eq!(element("DE00011"), Ok(ElementRef::Code(ElementCode::new("DE00011").unwrap())));
        assert_eq!(element("code:01001"), Ok(ElementRef::Code(ElementCode::new("01001").unwrap())));
        assert!(element("公民身份号码").is_err() && element("").is_err());
        let expected = EventRef { stream: StreamId::new(1), event: EventNumber::new(20) };
        assert_eq!(event("1:20"), Ok(expected));
        assert!(event("1").is_err());
        assert!(id::<mulu_proofs::ids::Version>("70000").is_err());
        assert!(account("0x12").is_err());
    }

    #[test]
    fn scopes_and_subjects_are_a_word_and_ids() {
        let ids = vec![EntryId::new(3), EntryId::new(17)];
        assert_eq!(scope("entries:3,17"), Ok(RoleScope::Entries(List::try_from(ids).unwrap())));
        assert!(matches!(scope("departments:2"), Ok(RoleScope::Departments(list)) if list.len() == 1));
        assert_eq!(scope("everything"), Ok(RoleScope::Everything));
        let many = format!("entries:{}", ["1"; 17].join(","));
        for wrong in ["", "all", "entries:", "entries:x", "request:1", many.as_str()] {
            assert!(scope(wrong).is_err(), "{wrong}");
        }
        assert_eq!(about("entry:3"), Ok(Subject::Entry(EntryId::new(3), Version::new(1))));
        for subject in ["department:2", "system:4", "request:7", "grant:5", "stream:1"] {
            assert!(about(subject).is_ok(), "{subject}");
        }
        assert!(about(&format!("account:{}", "00".repeat(32))).is_ok());
        for wrong in ["", "7", "proposal:7", "entry:x", "account:7"] {
            assert!(about(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn masks_are_told_as_places() {
        assert_eq!(items(0b101), "0,2");
        assert_eq!(methods(Methods(0b110)), ["file", "service_interface"]);
    }
}
