#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use mulu_proofs::{
    access::Side,
    catalog::Method,
    ids::{EntryId, GrantId, Version},
};
use proptest::prelude::*;
use serde_json::json;

fn mapping(text: &str) -> Result<Mapping, MappingError> {
    Mapping::from_toml(&toml::Value::Table(text.parse().unwrap()))
}

fn ids() -> CallIds {
    CallIds::new([1; 32])
}

fn record(value: Value) -> Record {
    let raw = value.to_string().into_bytes();
    Record::new(value, raw)
}

fn drafted(text: &str, value: Value) -> Draft {
    mapping(text).unwrap().draft(&record(value), &ids()).unwrap().unwrap()
}

fn poisoned(text: &str, value: Value) -> (&'static str, String) {
    let poison = mapping(text).unwrap().draft(&record(value), &ids()).unwrap_err();
    (poison.reason, poison.detail)
}

/// Time alone: what is least.
const LEAST: &str = "time = { path = \"t\" }\n";

#[test]
fn the_least_is_a_time() {
    let draft = drafted(LEAST, json!({"t": 5}));
    assert_eq!((draft.time, draft.reference), (Moment::new(5), Reference::Reporter));
    assert_eq!((draft.calls, draft.rows, draft.outcome, draft.method), (1, 0, Outcome::Ok, None));
    assert_eq!(
        (draft.side, draft.call_known, draft.values),
        (Side::Provider, CallKnown::Here, SealedValues::default())
    );
    assert_eq!(poisoned(LEAST, json!({})).0, "no_time");
    assert_eq!(poisoned(LEAST, json!({"t": "yesterday"})).0, "bad_time");
    assert_eq!(poisoned(LEAST, json!([1])).0, "not_object");
}

#[test]
fn every_field_goes_where_it_belongs() {
    let text = r#"
        time = { path = "t" }
        grant = { path = "g" }
        grant_version = { path = "gv" }
        consumer = { path = "who", table = { civil = 4 } }
        items = { path = "items" }
        authorising_system = { path = "as" }
        using_system = { path = "us" }
        purpose = { path = "p" }
        method = { value = "message_queue" }
        side = { path = "side" }
        duration = { path = "until", minus = "t", as = "ms" }
        status = { path = "status" }
        calls = { path = "calls" }
        rows = { path = "rows" }
        bytes = { path = "bytes" }
        call_id = { path = "call" }
        pseudonym = { path = "pseudonym" }
        [sealed]
        operator = { path = "o" }
        user = { path = "u" }
        data_subject = { path = "d" }
        network_address = { path = "a" }
        request_digest = { path = "@record", as = "digest" }
        result_digest = { path = "r" }
    "#;
    let value = json!({
        "t": 1_000, "until": 1_250, "g": "3", "gv": 2, "who": "civil", "items": [0, 2], "as": 5, "us": 6, "p": 7, "side": "data_manager",
        "status": 403, "calls": 8, "rows": 9, "bytes": 10, "call": "0100000000000000", "pseudonym": "0200000000000000",
        "o": "operator", "u": 12, "d": "subject", "a": "192.0.2.1", "r": "abcd",
    });
    let raw = value.to_string();
    let draft = drafted(text, value);
    let mut values = SealedValues::default();
    let sealed: [&[u8]; 6] =
        [b"operator", b"12", b"subject", &digest(DigestKind::Document, raw.as_bytes()), &[0xab, 0xcd], b"192.0.2.1"];
    for (field, value) in SealedField::ALL.into_iter().zip(sealed) {
        values.set(field, value).unwrap();
    }
    let expected = Draft {
        reference: Reference::Grant(GrantId::new(3), Version::new(2)),
        instead: Vec::new(),
        claims: Claims::default(),
        consumer: Some(DepartmentId::new(4)),
        items: 5,
        authorising_system: Some(SystemId::new(5)),
        using_system: Some(SystemId::new(6)),
        purpose: Some(PurposeId::new(7)),
        method: Some(Method::MessageQueue),
        side: Side::DataManager,
        time: Moment::new(1_000),
        duration_ms: 250,
        outcome: Outcome::Denied,
        calls: 8,
        rows: 9,
        bytes: 10,
        call_id: 1,
        call_known: CallKnown::ByBoth,
        pseudonym: Some(2),
        is_pseudonymous: false,
        values,
    };
    assert_eq!(draft, expected);
}

const ROUTED: &str = r#"
    time = { path = "t" }
    grant = { path = "approval", unreadable = "absent" }
    consumer = { path = "who" }
    purpose = { path = "p" }
    route_by = { path = "uri" }
    [[route]]
    prefix = "/tied/"
    grant = 3
    items = [1]
    purpose = 9
    method = "file"
    side = "consumer"
    using_system = 2
    authorising_system = 1
    [[route]]
    prefix = "/open/"
    entry = 6
    [[route]]
    prefix = "/free/"
    items = [2]
"#;

#[test]
fn a_routes_own_words_count_before_what_a_caller_sends() {
    let of = |uri: &str, approval: Value| {
        drafted(ROUTED, json!({"t": 1, "uri": uri, "approval": approval, "who": 4, "p": 8}))
    };
    let tied = of("/tied/x", json!("5"));
    assert_eq!(tied.reference, Reference::Grant(GrantId::new(3), Version::new(1)));
    assert_eq!((tied.items, tied.purpose, tied.method), (2, Some(PurposeId::new(9)), Some(Method::File)));
    assert_eq!(
        (tied.side, tied.using_system, tied.authorising_system),
        (Side::Consumer, Some(SystemId::new(2)), Some(SystemId::new(1)))
    );
    let free = of("/free/x", json!("5"));
    assert_eq!((free.reference, free.items), (Reference::Grant(GrantId::new(5), Version::new(1)), 4));
    assert_eq!(free.purpose, Some(PurposeId::new(8)));
    let open = of("/open/x", json!(null));
    assert_eq!(open.reference, Reference::Entry(EntryId::new(6), Version::new(1), DepartmentId::new(4)));
    assert_eq!(of("/elsewhere", json!(null)).reference, Reference::Reporter);
}

#[test]
fn a_caller_keeps_no_event_away_by_what_it_sends_as_approval() {
    for approval in [json!("x"), json!("-"), json!("99999999999"), json!(["1", "2"]), json!({}), json!(-1)] {
        let draft = drafted(ROUTED, json!({"t": 1, "uri": "/free/x", "approval": approval}));
        assert_eq!(draft.reference, Reference::Reporter, "{approval}");
    }
}

#[test]
fn what_a_caller_named_has_something_in_its_place_and_what_the_configuration_named_has_nothing() {
    let (one, two) = (Version::new(1), Version::new(2));
    let grant = |version| Reference::Grant(GrantId::new(5), version);
    let entry = |version| Reference::Entry(EntryId::new(6), version, DepartmentId::new(4));
    let under = |text: &str| {
        let value = json!({"t": 1, "uri": "/open/x", "g": 5, "v": 2, "e": 6, "ev": 2, "c": 4});
        let draft = drafted(&format!("{LEAST}{text}"), value);
        draft.references().collect::<Vec<_>>()
    };
    let claimed = "grant = { path = \"g\", unreadable = \"absent\" }\n";
    assert_eq!(under("grant = { path = \"g\" }"), [grant(one)]);
    assert_eq!(under("grant = 5"), [grant(one)]);
    assert_eq!(under(claimed), [grant(one), Reference::Reporter]);
    for own in ["table = { 5 = 5 }", "default = 5"] {
        let text = format!("grant = {{ path = \"g\", {own}, unreadable = \"absent\" }}");
        assert_eq!(under(&text), [grant(one)], "the configuration has the number: {own}");
    }
    let version = "grant_version = { path = \"v\", unreadable = \"absent\" }\n";
    assert_eq!(under(&format!("grant = 5\n{version}")), [grant(two), grant(one)]);
    assert_eq!(under(&format!("{claimed}{version}")), [grant(two), grant(one), Reference::Reporter]);
    let (own, entries) =
        ("consumer = { path = \"c\" }\n", "entry = { path = \"e\" }\nentry_version = { path = \"ev\" }\n");
    assert_eq!(under(&format!("{claimed}{own}{entries}")), [grant(one), entry(two)]);
    let chosen = "consumer = { path = \"c\", unreadable = \"absent\" }\n";
    assert_eq!(under(&format!("{chosen}{entries}")), [entry(two), Reference::Reporter]);
    let routed = |consumer: &str| {
        under(&format!("{consumer}{claimed}route_by = {{ path = \"uri\" }}\n[[route]]\nprefix = \"/open/\"\nentry = 6"))
    };
    assert_eq!(routed(own), [entry(one)], "the route's entry counts before what is claimed");
    assert_eq!(routed(chosen), [entry(one), Reference::Reporter]);
}

#[test]
fn what_else_a_caller_named_is_known_for_it() {
    let all = [Claims::CONSUMER, Claims::ITEMS, Claims::AUTHORISING_SYSTEM, Claims::USING_SYSTEM, Claims::PURPOSE];
    let claims = |how: &str, rest: &str| {
        let fields = ["consumer", "items", "authorising_system", "using_system", "purpose"];
        let fields: String = fields.map(|field| format!("{field} = {{ path = \"{field}\"{how} }}\n")).concat();
        let value = json!({
            "t": 1, "uri": "/x", "consumer": 1, "items": "0,2", "authorising_system": 1, "using_system": 1, "purpose": 1,
        });
        let draft = drafted(&format!("{LEAST}grant = 5\nroute_by = {{ path = \"uri\" }}\n{fields}{rest}"), value);
        all.map(|claim| draft.claims.has(claim))
    };
    assert_eq!(claims("", ""), [false; 5]);
    assert_eq!(claims(", unreadable = \"absent\"", ""), [true; 5]);
    assert_eq!(claims(", default = 1, unreadable = \"absent\"", ""), [false, true, false, false, false]);
    let route = "[[route]]\nprefix = \"/\"\nitems = [0, 2]\nauthorising_system = 1\nusing_system = 1\npurpose = 1";
    assert_eq!(claims(", unreadable = \"absent\"", route), [true, false, false, false, false]);
}

#[test]
fn a_call_that_is_known_by_when_it_began_is_reported_when_it_ended() {
    let time =
        "time = { path = \"t\", as = \"unix_s\", plus = { path = \"d\", as = \"seconds\", unreadable = \"absent\" } }";
    for (took, ended) in
        [(json!(34.5), 134_500), (json!("34.5"), 134_500), (json!("-"), 100_000), (json!([1]), 100_000)]
    {
        assert_eq!(drafted(time, json!({"t": 100, "d": took})).time, Moment::new(ended), "{took}");
    }
    assert_eq!(drafted(time, json!({"t": 100})).time, Moment::new(100_000));
    let strict = time.replace(", unreadable = \"absent\"", "");
    assert_eq!(poisoned(&strict, json!({"t": 100, "d": "long"})).0, "bad_value");
    let known = format!("strict = true\n{time}");
    assert_eq!(drafted(&known, json!({"t": 100, "d": 1})).time, Moment::new(101_000), "its path is read");
    let told = mapping(time).unwrap().describe().fields;
    assert_eq!(told, [("time".to_owned(), "t + d".to_owned())]);
}

#[test]
fn an_entry_that_nobody_is_known_to_have_used_is_the_platforms_own_event() {
    let text = "time = { path = \"t\" }\nentry = { path = \"e\" }\nconsumer = { path = \"c\" }\nentry_version = { path = \"v\" }";
    let draft = drafted(text, json!({"t": 1, "e": 2}));
    assert_eq!((draft.reference, draft.consumer), (Reference::Reporter, None));
    let draft = drafted(text, json!({"t": 1, "c": 2}));
    assert_eq!((draft.reference, draft.consumer), (Reference::Reporter, None));
    let draft = drafted(text, json!({"t": 1, "e": 2, "c": 3, "v": 4}));
    assert_eq!(draft.reference, Reference::Entry(EntryId::new(2), Version::new(4), DepartmentId::new(3)));
}

#[test]
fn a_call_is_named_as_the_other_side_names_it_or_by_its_own_record() {
    let text = "time = { path = \"t\" }\ngrant = { path = \"g\" }\nrequest_id = { path = \"r\" }";
    let mapping = mapping(text).unwrap();
    let mut call_ids = ids();
    call_ids.share(GrantId::new(3), [7; 32]);
    let of = |record: &Record| mapping.draft(record, &call_ids).unwrap().unwrap();
    let shared = of(&record(json!({"t": 1, "g": 3, "r": "r-1"})));
    assert_eq!(
        (shared.call_id, shared.call_known),
        (call_ids.of(Some(GrantId::new(3)), b"r-1"), CallKnown::ByRequestId)
    );
    let nameless = record(json!({"t": 1, "g": 3}));
    let named = Record { id: Some("7".to_owned()), ..nameless.clone() };
    assert_eq!(of(&nameless).call_known, CallKnown::Here);
    assert_ne!(of(&nameless).call_id, of(&named).call_id);
}

#[test]
fn two_calls_that_are_written_alike_are_two_by_their_places_and_one_by_a_name() {
    let mapping = mapping("time = { path = \"t\" }\nid = { path = \"id\" }").unwrap();
    let call_id = |value: Value, place: &[u8]| {
        let record = Record { place: Some(place.to_vec()), ..record(value) };
        mapping.draft(&record, &ids()).unwrap().unwrap().call_id
    };
    assert_ne!(call_id(json!({"t": 1}), b"0"), call_id(json!({"t": 1}), b"1"));
    assert_eq!(call_id(json!({"t": 1}), b"1"), call_id(json!({"t": 1}), b"1"), "read again");
    assert_ne!(call_id(json!({"t": 1}), b"1"), call_id(json!({"t": 2}), b"1"), "a file with an old number");
    assert_eq!(call_id(json!({"t": 1, "id": "a"}), b"0"), call_id(json!({"t": 1, "id": "a"}), b"1"));
}

#[test]
fn an_id_is_the_sources_or_the_mappings() {
    let mapping = mapping("time = { path = \"t\" }\nid = { path = \"id\" }").unwrap();
    let mut record = record(json!({"t": 1, "id": "a"}));
    assert_eq!(mapping.id(&record).as_deref(), Some("a"));
    record.id = Some("source/b".to_owned());
    assert_eq!(mapping.id(&record).as_deref(), Some("source/b"));
    let nameless = Record::new(json!({"id": {}}), Vec::new());
    assert_eq!(mapping.id(&nameless), None);
}

#[test]
fn statuses_are_outcomes_unless_a_table_says_otherwise() {
    let text =
        "time = { path = \"t\" }\nstatus = { path = \"s\" }\noutcome = { path = \"s\", table = { 404 = \"ok\" } }";
    use Outcome::{Denied, Error, Ok};
    for (status, outcome) in [
        (200, Ok),
        (304, Ok),
        (400, Error),
        (401, Denied),
        (403, Denied),
        (404, Ok),
        (499, Error),
        (503, Error),
        (0, Error),
    ] {
        assert_eq!(drafted(text, json!({"t": 1, "s": status})).outcome, outcome, "{status}");
    }
    assert_eq!(drafted(text, json!({"t": 1, "s": "000"})).outcome, Error);
}

#[test]
fn sealed_values_are_digests_where_that_is_said_and_bounded() {
    let text =
        "time = { path = \"t\" }\n[sealed]\nuser = { path = \"u\", as = \"digest\" }\nresult_digest = { path = \"r\" }";
    let draft = drafted(text, json!({"t": 1, "u": "zhang", "r": "no hexadecimal"}));
    assert_eq!(draft.values.get(SealedField::User), Some(&digest(DigestKind::Document, b"zhang")[..]));
    assert_eq!(draft.values.get(SealedField::ResultDigest), Some(&b"no hexadecimal"[..]));
    let (reason, detail) = poisoned(text, json!({"t": 1, "r": "zhang".repeat(200)}));
    assert_eq!(reason, "too_long");
    assert!(!detail.contains("zhang"), "{detail}");
}

#[test]
fn of_a_name_that_a_caller_made_too_long_the_beginning_is_kept() {
    let nginx = Mapping::preset("nginx").unwrap();
    let line = json!({"time": "2026-08-01T12:30:00Z", "user": "张三".repeat(200), "client": "192.0.2.7"});
    let draft = nginx.draft(&record(line), &ids()).unwrap().unwrap();
    let kept = std::str::from_utf8(draft.values.get(SealedField::User).unwrap()).unwrap();
    assert_eq!((kept.len(), kept), (510, &*"张三".repeat(85)));
    assert_eq!(draft.values.get(SealedField::NetworkAddress), Some(&b"192.0.2.7"[..]));
}

#[test]
fn a_pseudonym_is_asked_for_or_given() {
    let of = |text: &str, value: Value| drafted(&format!("{LEAST}pseudonym = {text}"), value);
    assert!(of("true", json!({"t": 1})).is_pseudonymous);
    assert!(!of("false", json!({"t": 1})).is_pseudonymous);
    assert!(of("{ path = \"p\" }", json!({"t": 1, "p": true})).is_pseudonymous);
    assert_eq!(of("{ path = \"p\" }", json!({"t": 1, "p": "0200000000000000"})).pseudonym, Some(2));
    let (reason, _) = poisoned(&format!("{LEAST}pseudonym = {{ path = \"p\" }}"), json!({"t": 1, "p": "zhang"}));
    assert_eq!(reason, "bad_value");
}

#[test]
fn a_strict_mapping_refuses_unknown_fields_and_contradictions() {
    let event = Mapping::preset("event").unwrap();
    let why = |value: Value| {
        let poison = event.draft(&record(value), &ids()).unwrap_err();
        (poison.reason, poison.detail)
    };
    assert_eq!(why(json!({"time": 1, "grnat": 3})), ("unknown_field", "there is no field `grnat`".to_owned()));
    let told = "there is a field that the mapping does not read".to_owned();
    assert_eq!(why(json!({"time": 1, "110101199003070000": 3})), ("unknown_field", told), "it may be anything");
    assert_eq!(why(json!({"time": 1, "sealed": {"zhang": 3}})).0, "unknown_field");
    for value in [
        json!({"time": 1, "entry": 1}),
        json!({"time": 1, "grant": 1, "entry": 1, "consumer": 2}),
        json!({"time": 1, "consumer": 2}),
        json!({"time": 1, "call_id": "0100000000000000", "request_id": "r"}),
    ] {
        assert_eq!(why(value.clone()).0, "contradiction", "{value}");
    }
    let events = Mapping::preset("cloudevents").unwrap();
    let of = |value: Value| events.draft(&record(value), &ids());
    assert!(of(json!({"specversion": "1.0", "data": {"time": 1}})).is_ok());
    assert_eq!(of(json!({"specversion": "1.0", "data": {"time": 1, "grnat": 1}})).unwrap_err().reason, "unknown_field");
}

#[test]
fn what_is_skipped_is_no_event_and_no_poison() {
    let mapping = mapping(&format!("{LEAST}skip = [{{ path = \"uri\", prefix = \"/health\" }}]")).unwrap();
    assert_eq!(mapping.draft(&record(json!({"uri": "/healthz"})), &ids()), Ok(None));
    assert!(mapping.draft(&record(json!({"t": 1, "uri": "/x"})), &ids()).unwrap().is_some());
}

#[test]
fn a_preset_is_extended_key_by_key() {
    let text = r#"
        extends = "nginx"
        request_id = { path = "trace" }
        status = { value = "" }
        [sealed]
        user = { path = "who" }
    "#;
    let value = json!({"time": "2026-08-01T12:30:00Z", "status": 500, "trace": "t", "request_id": "r", "who": "u", "user": "other", "client": "c"});
    let draft = drafted(text, value);
    assert_eq!((draft.call_id, draft.outcome), (ids().own(b"t"), Outcome::Ok));
    assert_eq!(draft.values.get(SealedField::User), Some(&b"u"[..]));
    assert_eq!(draft.values.get(SealedField::NetworkAddress), Some(&b"c"[..]));
    assert!(mapping("extends = \"ngnix\"").unwrap_err().to_string().starts_with("extends: there is no preset"));
    assert!(mapping("extends = 1").unwrap_err().to_string().contains("name of a preset"));
    assert!(Mapping::preset("ngnix").unwrap_err().to_string().contains("there are nginx, combined, kong"));
    assert!(Mapping::from_toml(&toml::Value::Integer(1)).is_err());
    assert!(Mapping::from_toml(&toml::Value::String("kong".into())).is_ok());
}

#[test]
fn each_mistake_of_a_mapping_names_its_key() {
    for (text, told) in [
        ("", "time: is missing"),
        ("time = { path = \"t\" }\ncolour = 1", "colour: there is no such key"),
        (
            "time = { path = \"t\", as = \"unix\" }",
            "time.as: takes rfc3339, unix_s, unix_ms, unix_us, unix_ns, clf or local",
        ),
        ("time = { path = \"t\", as = \"local\" }", "time.offset: a local moment needs its offset"),
        ("time = { path = \"t\", as = \"local\", offset = \"8\" }", "time.offset: a local moment needs its offset"),
        ("time = { path = \"t\", offset = \"+08:00\" }", "time.offset: is for `time` with as = \"local\""),
        (
            "time = { path = \"t\" }\nduration = { path = \"d\", as = \"hours\" }",
            "duration.as: takes seconds, ms, us or ns",
        ),
        ("time = { path = \"t\" }\nduration = { path = \"d\", offset = \"+08:00\" }", "duration.offset: is for `time`"),
        (
            "time = { path = \"t\" }\nrows = { path = \"d\", as = \"ms\" }",
            "rows.as: is for `time`, `duration` and sealed fields",
        ),
        ("time = { path = \"t\", plus = \"d\" }", "time.plus: takes a duration"),
        (
            "time = { path = \"t\", plus = { path = \"d\", as = \"hours\" } }",
            "time.plus.as: takes seconds, ms, us or ns",
        ),
        ("time = { value = 5, plus = { path = \"d\" } }", "time.plus: goes with a path"),
        ("time = { path = \"t\" }\nrows = { path = \"d\", plus = { path = \"e\" } }", "rows.plus: is for `time`"),
        ("time = { path = \"t\" }\nentry = 1", "entry: goes with `consumer`, which is missing"),
        ("time = { path = \"t\" }\ngrant_version = 1", "grant_version: goes with `grant`, which is missing"),
        ("time = { path = \"t\" }\nsealed = 1", "sealed: takes a table of fields"),
        ("time = { path = \"t\" }\nsealed = { citizen = 1 }", "sealed.citizen: there is no such key"),
        (
            "time = { path = \"t\" }\nsealed = { user = { path = \"u\", as = \"hex\" } }",
            "sealed.user.as: a sealed field takes digest here",
        ),
        ("time = { path = \"t\" }\nlines = \"csv\"", "lines: takes json or combined"),
        ("time = { path = \"t\" }\nstrict = 1", "strict: takes true, or the key below which"),
        ("time = { path = \"t\" }\n[[route]]\nprefix = \"/\"", "route_by: is missing"),
    ] {
        let error = mapping(text).unwrap_err().to_string();
        assert!(error.starts_with(told), "{text}: {error}");
    }
}

#[test]
fn each_form_of_time_and_duration_is_read() {
    let moment = Moment::new(1_785_587_405_000);
    for (form, value) in [
        ("", json!("2026-08-01T20:30:05+08:00")),
        ("", json!(1_785_587_405_000_u64)),
        (", as = \"rfc3339\"", json!("2026-08-01T12:30:05Z")),
        (", as = \"unix_s\"", json!(1_785_587_405)),
        (", as = \"unix_ms\"", json!("1785587405000")),
        (", as = \"unix_us\"", json!(1_785_587_405_000_000_u64)),
        (", as = \"unix_ns\"", json!("1785587405000000000")),
        (", as = \"clf\"", json!("01/Aug/2026:12:30:05 +0000")),
        (", as = \"local\", offset = \"+08:00\"", json!("2026-08-01 20:30:05")),
        (", as = \"local\", offset = \"-03:30\"", json!("2026/08/01 09:00:05")),
    ] {
        assert_eq!(drafted(&format!("time = {{ path = \"t\"{form} }}"), json!({"t": value})).time, moment, "{form}");
    }
    for (form, value, ms) in [
        ("", json!(7), 7),
        (", as = \"seconds\"", json!("0.25"), 250),
        (", as = \"us\"", json!(7_000), 7),
        (", as = \"ns\"", json!(7_000_000), 7),
        (", as = \"ms\"", json!(5_000_000_000_u64), u32::MAX),
        (", minus = \"t\"", json!(0), 0),
    ] {
        let text = format!("{LEAST}duration = {{ path = \"d\"{form} }}");
        assert_eq!(drafted(&text, json!({"t": 1, "d": value})).duration_ms, ms, "{form}");
    }
}

#[test]
fn what_the_mapping_itself_names_is_told_to_whoever_checks_it() {
    let text = r#"
        time = { path = "t" }
        grant = { path = "g", table = { a = 11, b = 12 } }
        consumer = 4
        using_system = 7
        purpose = { path = "p", default = 3 }
        route_by = { path = "uri" }
        [[route]]
        prefix = "/a/"
        grant = 3
        grant_version = 2
        [[route]]
        prefix = "/b/"
        entry = 6
        consumer = 9
    "#;
    let mapping = mapping(text).unwrap();
    let grant = |id, version| Reference::Grant(GrantId::new(id), Version::new(version));
    let entry = Reference::Entry(EntryId::new(6), Version::new(1), DepartmentId::new(9));
    assert_eq!(mapping.references(), [grant(3, 2), grant(11, 1), grant(12, 1), entry].into());
    let ids = mapping.ids();
    assert_eq!((ids.department.get(), ids.system.get(), ids.purpose.get()), (9, 7, 3));
    let described = mapping.describe();
    assert_eq!(
        described.routes,
        [
            ("/a/".to_owned(), "grant 3 version 2".to_owned()),
            ("/b/".to_owned(), "entry 6 version 1, consumer 9".to_owned())
        ]
    );
    assert!(described.fields.contains(&("using_system".to_owned(), "= 7".to_owned())), "{described:?}");
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[0-9:/T+.-]{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop_oneof![
            Just("time".to_owned()),
            Just("request".to_owned()),
            Just("headers".to_owned()),
            Just("sealed".to_owned()),
            ".{0,6}"
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// An object whose every field of the presets holds anything.
fn hostile() -> impl Strategy<Value = Value> {
    let names = [
        "time",
        "approval",
        "uri",
        "status",
        "rt",
        "bytes",
        "request_id",
        "user",
        "client",
        "started_at",
        "request",
        "response",
        "latencies",
        "items",
        "grant",
        "entry",
        "consumer",
        "side",
        "outcome",
        "pseudonym",
        "call_id",
        "sealed",
        "data",
        "requestInTs",
        "responseOutTs",
    ];
    proptest::collection::vec((proptest::sample::select(names.to_vec()), json_value()), 0..8)
        .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

proptest! {
    #[test]
    fn no_json_makes_a_preset_panic_and_no_poison_repeats_a_value(value in prop_oneof![json_value(), hostile()], secret in "[A-Z]{12}") {
        let value = match value {
            Value::Object(mut fields) => {
                for field in ["user", "status", "grant", "time"] {
                    fields.insert(field.to_owned(), Value::String(secret.clone()));
                }
                Value::Object(fields)
            }
            other => other,
        };
        for name in presets::names() {
            let mapping = Mapping::preset(name).unwrap();
            let record = record(value.clone());
            let _ = mapping.id(&record);
            if let Err(poison) = mapping.draft(&record, &ids()) {
                prop_assert!(!poison.detail.contains(&secret), "{}", poison.detail);
            }
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for lines in [Lines::Json, Lines::Combined] {
            let _ = lines.record(bytes.clone());
        }
    }

    #[test]
    fn the_preset_of_events_reads_what_the_importer_reads(
        grant in proptest::option::of(1_u32..9), rows in proptest::option::of(any::<u32>()), time in 0_u64..4_102_444_800_000,
        outcome in proptest::option::of(proptest::sample::select(vec!["ok", "error", "denied"])), user in proptest::option::of("[a-z]{1,20}"),
        request_id in "[a-z0-9][a-z0-9-]{0,29}",
    ) {
        let mut line = serde_json::Map::from_iter([("time".to_owned(), json!(time)), ("request_id".to_owned(), json!(request_id))]);
        let optional = [("grant", grant.map(Value::from)), ("rows", rows.map(Value::from)), ("outcome", outcome.map(Value::from)),
            ("sealed", user.map(|user| json!({"user": user})))];
        line.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let bytes = Value::Object(line.clone()).to_string();
        // The field `time` of 0 is none to a mapping.
        prop_assume!(time > 0);
        let imported = mulu_client::import::event_line::read(bytes.as_bytes(), 1, &ids()).unwrap();
        let mapped = Mapping::preset("event").unwrap().draft(&record(Value::Object(line)), &ids()).unwrap().unwrap();
        prop_assert_eq!(mapped, imported);
    }
}
