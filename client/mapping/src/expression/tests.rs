#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use serde_json::json;

fn parse(text: &str, kind: Kind) -> Result<Expression, MappingError> {
    let table: toml::Table = format!("field = {text}").parse().unwrap();
    Expression::parse("field", &table["field"], kind)
}

/// What an expression makes of a record, as text.
fn made(text: &str, record: &Value) -> Option<String> {
    parse(text, Kind::Text).unwrap().text(record).unwrap().map(Cow::into_owned)
}

#[test]
fn a_path_a_constant_a_match_a_row_and_a_default_make_a_value() {
    let record = json!({"uri": "/api/17/x", "user": "civil", "status": 404, "nothing": "-", "null": null, "on": true});
    for (text, value) in [
        ("{ path = \"user\" }", Some("civil")),
        ("{ path = \"status\" }", Some("404")),
        ("{ path = \"on\" }", Some("true")),
        ("{ path = \"nothing\" }", None),
        ("{ path = \"null\" }", None),
        ("{ path = \"nothing | user\" }", Some("civil")),
        ("{ path = \"nothing\", default = \"x\" }", Some("x")),
        ("{ value = \"fixed\" }", Some("fixed")),
        ("{ value = \"\" }", None),
        ("7", Some("7")),
        ("{ path = \"uri\", regex = '^/api/(?<entry>\\d+)/', take = \"entry\" }", Some("17")),
        ("{ path = \"uri\", regex = '^/api/(\\d+)/' }", Some("17")),
        ("{ path = \"uri\", regex = '\\d+' }", Some("17")),
        ("{ path = \"uri\", regex = '^/other' }", None),
        ("{ path = \"uri\", regex = '^/other', default = \"x\" }", Some("x")),
        ("{ path = \"status\", regex = '^4' }", Some("4")),
        ("{ path = \"user\", table = { civil = \"a\", \"*\" = \"z\" } }", Some("a")),
        ("{ path = \"uri\", table = { civil = \"a\", \"*\" = \"z\" } }", Some("z")),
        ("{ path = \"uri\", table = { civil = \"a\" } }", None),
        ("{ path = \"status\", table = { 200 = \"ok\", 4xx = \"theirs\" } }", Some("theirs")),
        ("{ path = \"status\", table = { 404 = \"none\", 4xx = \"theirs\" } }", Some("none")),
        ("{ path = \"on\", table = { true = \"yes\" } }", Some("yes")),
    ] {
        assert_eq!(made(text, &record).as_deref(), value, "{text}");
    }
}

#[test]
fn what_is_required_and_missing_and_what_is_unreadable_is_told_without_its_value() {
    let record = json!({"grant": "zhang", "list": ["zhang"]});
    let grant = |text: &str| parse(text, Kind::Whole).unwrap().scalar_as(&record, Scalar::whole::<u32>);
    let wrong = grant("{ path = \"grant\" }").unwrap_err();
    let told = "the field `field` takes a whole number up to 4294967295, and `grant` is none";
    assert_eq!((wrong.reason, wrong.detail.as_str()), ("bad_value", told));
    assert_eq!(grant("{ path = \"list\" }").unwrap_err().reason, "bad_value");
    assert_eq!(grant("{ path = \"grant\", unreadable = \"absent\" }"), Ok(None));
    assert_eq!(grant("{ path = \"list\", unreadable = \"absent\" }"), Ok(None));
    assert_eq!(grant("{ path = \"z\" }"), Ok(None));
    let wrong = grant("{ path = \"z\", required = true, unreadable = \"absent\" }").unwrap_err();
    let told = "the field `field` is required, and there is nothing at `z`";
    assert_eq!((wrong.reason, wrong.detail.as_str()), ("no_value", told));
}

#[test]
fn a_moment_that_is_counted_is_none_at_0() {
    let time = parse("{ path = \"a | b\" }", Kind::Time(crate::scalar::TimeForm::Unix(1))).unwrap();
    let found = |record: Value| time.scalar_as(&record, |scalar| scalar.whole::<u64>()).unwrap();
    assert_eq!(found(json!({"a": "0", "b": "7"})), Some(7));
    assert_eq!(found(json!({"a": 0, "b": 7})), Some(7));
    assert_eq!(found(json!({"a": 0})), None);
}

#[test]
fn each_mistake_of_a_field_names_its_key_and_the_way_out() {
    for (text, kind, told) in [
        (
            "\"uri\"",
            Kind::Text,
            "field: a text alone says neither where it stands nor that it is meant itself; write { path = \"…\" } or { value = \"…\" }",
        ),
        ("{}", Kind::Text, "field: a field needs `path`, where it stands in the record, or `value`"),
        (
            "{ paht = \"a\" }",
            Kind::Text,
            "field.paht: there is no such key; there are path, value, regex, take, table, default, as, offset, minus, plus, required, unreadable",
        ),
        ("{ path = \"a\", value = 1 }", Kind::Text, "field.value: a field has a path or a value, not both"),
        (
            "{ path = \"a..b\" }",
            Kind::Text,
            "field.path: a path is keys with dots between them, as request.uri; a key is missing",
        ),
        (
            "{ value = \"x\", regex = \"x\" }",
            Kind::Text,
            "field.regex: goes with a path; a value is meant as it stands",
        ),
        ("{ path = \"a\", take = \"x\" }", Kind::Text, "field.take: names a group of `regex`, which is missing"),
        ("{ path = \"a\", regex = \"(x)\", take = \"x\" }", Kind::Text, "field.take: `regex` has no group (?<x>…)"),
        ("{ path = \"a\", regex = \"(\" }", Kind::Text, "field.regex: error: unclosed group"),
        (
            "{ path = \"a\", regex = \"(\\\\w{1000}){1000}\" }",
            Kind::Text,
            "field.regex: too large; bound its repetitions",
        ),
        ("{ path = \"a\", table = 1 }", Kind::Text, "field.table: takes a table: { civil = 4, \"*\" = 9 }"),
        ("{ path = \"a\", table = {} }", Kind::Text, "field.table: has 0 rows; 1 to 10000 may be"),
        ("{ path = \"a\", table = { x = \"y\" } }", Kind::Outcome, "field.table.x: takes one of ok, error, denied"),
        ("{ path = \"a\", default = -1 }", Kind::Whole, "field.default: takes a whole number up to 4294967295"),
        ("{ path = \"a\", required = 1 }", Kind::Whole, "field.required: takes true or false"),
        ("{ path = \"a\", unreadable = \"drop\" }", Kind::Whole, "field.unreadable: takes quarantine or absent"),
        (
            "{ path = \"a\", minus = \"b\" }",
            Kind::Whole,
            "field.minus: is for `duration`: the time between two moments",
        ),
        (
            "{ path = \"@record\" }",
            Kind::Text,
            "field.path: of the whole record a digest is taken, and nothing else: as = \"digest\", in a sealed field",
        ),
        (
            "{ path = \"@record\", as = \"digest\", regex = \"x\" }",
            Kind::Text,
            "field.path: of the whole record a digest is taken, and nothing else",
        ),
        (
            "{ path = \"a\", minus = \"b\", regex = \"x\" }",
            Kind::Duration(1),
            "field.minus: goes with two paths alone, without `regex` and `table`",
        ),
        ("1.5", Kind::Whole, "field: takes a whole number up to 4294967295"),
        ("[64]", Kind::Items, "field: takes places from 0 to 63, as a list or with commas between them"),
        ("{ value = 1979-05-27 }", Kind::Text, "field.value: takes text"),
    ] {
        assert_eq!(parse(text, kind).unwrap_err().to_string(), told, "{text}");
    }
    let long = format!("{{ path = \"a\", regex = \"{}\" }}", "x".repeat(1_025));
    assert!(parse(&long, Kind::Text).unwrap_err().to_string().contains("longer than 1024 bytes"));
}

#[test]
fn an_expression_is_told_in_words() {
    for (text, told) in [
        ("{ path = \"a | b.c\" }", "a | b.c"),
        ("{ value = 7 }", "= 7"),
        ("{ path = \"a\", regex = \"^x\", table = { x = 1 }, default = 2 }", "a, /^x/, table of 1, else 2"),
        ("{ path = \"@record\", as = \"digest\" }", "@record"),
    ] {
        assert_eq!(parse(text, Kind::Text).unwrap().described(), told);
    }
    let between = parse("{ path = \"b\", minus = \"a\" }", Kind::Duration(1)).unwrap();
    assert_eq!(between.described(), "b - a");
}
