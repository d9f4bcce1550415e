//! What a mapping file may say, and what a call becomes by it.

use super::*;
use http::{HeaderMap, HeaderName, HeaderValue};
use mulu_proofs::ids::DepartmentId;

const GOOD: &str = r#"
    [[route]]
    path = "/people/{id}"
    methods = ["GET"]
    entry = 1
    items = [0, 2]
    method = "service_interface"
    purpose = 3

    [[route]]
    path = "/people/*"
    grant = 7
    items = [1]
    method = "file"

    [[route]]
    path = "/{any}/open"
    entry = 2
    items = [0]
    method = "service_interface"

    [[consumer]]
    name = "by subject"
    department = 4
    system = 2
    header = "X-Client-Subject"
    value = "CN=civil-affairs,O=民政局"

    [[consumer]]
    name = "by key"
    department = 5
    header = "x-api-key"
    # printf secret | sha256sum
    sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

    [[consumer]]
    name = "by certificate"
    department = 6
    certificate = "01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01:01"
"#;

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    let mut headers = HeaderMap::new();
    for (name, value) in list.iter().map(pair) {
        headers.append(name, value);
    }
    headers
}

fn ask(verb: &str, target: &str, list: &[(&str, &str)]) -> Result<Question, Reason> {
    let headers = headers(list);
    let shown = Shown { headers: &headers, certificate: None };
    Mapping::parse(GOOD).unwrap().question(&verb.parse().unwrap(), target, &shown)
}

const KEY: (&str, &str) = ("X-Api-Key", "secret");
const SUBJECT: (&str, &str) = ("X-Client-Subject", "CN=civil-affairs,O=民政局");

#[test]
fn a_call_becomes_the_question_of_the_first_route_that_fits() {
    let question = ask("GET", "/people/7?name=x", &[SUBJECT]).unwrap();
    let expected = Question {
        under: Under::Entry(EntryId::new(1)),
        consumer: DepartmentId::new(4),
        items: 0b101,
        method: Method::ServiceInterface,
        purpose: Some(PurposeId::new(3)),
        using_system: Some(SystemId::new(2)),
    };
    assert_eq!(question, expected);
    for (verb, target, under) in [
        ("POST", "/people/7", Ok(Under::Grant(GrantId::new(7)))),
        ("GET", "/people/7/8", Ok(Under::Grant(GrantId::new(7)))),
        // The first in the file, not the first of the map.
        ("GET", "/people/open", Ok(Under::Entry(EntryId::new(1)))),
        ("GET", "/houses/open", Ok(Under::Entry(EntryId::new(2)))),
        ("GET", "/houses", Err(Reason::UnknownRoute)),
        ("GET", "/", Err(Reason::UnknownRoute)),
        ("GET", "/people/../houses/open", Err(Reason::Malformed)),
    ] {
        assert_eq!(ask(verb, target, &[KEY]).map(|question| question.under), under, "{verb} {target}");
    }
}

#[test]
fn a_consumer_is_known_by_what_it_shows_and_by_nothing_else() {
    let who = |list: &[(&str, &str)]| ask("GET", "/people/7", list).map(|question| question.consumer.get());
    assert_eq!(who(&[KEY]), Ok(5));
    assert_eq!(who(&[SUBJECT]), Ok(4));
    for nobody in [
        &[][..],
        &[("X-Api-Key", "Secret")],
        &[("X-Api-Key", "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b")],
        &[("X-Client-Subject", "secret")],
        // Twice, or as two different ones.
        &[KEY, KEY],
        &[KEY, SUBJECT],
    ] {
        assert_eq!(who(nobody), Err(Reason::UnknownConsumer), "{nobody:?}");
    }
    let (headers, mapping) = (HeaderMap::new(), Mapping::parse(GOOD).unwrap());
    let shown = Shown { headers: &headers, certificate: Some(&[1; 32]) };
    let question = mapping.question(&Verb::GET, "/people/7", &shown).unwrap();
    assert_eq!(question.consumer.get(), 6);
}

#[test]
fn a_file_with_one_mistake_is_not_taken() {
    for (from, to, words) in [
        ("purpose = 3", "purpose = 3\ntypo = 1", "typo"),
        ("entry = 1", "entry = 1\ngrant = 2", "either an entry or a grant"),
        ("grant = 7", "", "either an entry or a grant"),
        ("items = [1]", "items = []", "names no item"),
        ("items = [1]", "items = [64]", "from 0 to 63"),
        ("\"GET\"", "\"get\"", "in capitals"),
        ("\"file\"", "\"pigeon\"", "pigeon"),
        ("/people/*", "/people/../*", "without a query"),
        ("header = \"x-api-key\"", "header = \"x api key\"", "no name of a header"),
        ("2bb80d", "secret", "never put a key itself here"),
        ("department = 5", "department = 5\nvalue = \"x\"", "by what it is known"),
        ("certificate = \"01:01", "certificate = \"01", "64 hexadecimal digits"),
    ] {
        let changed = GOOD.replace(from, to);
        assert_ne!(changed, GOOD, "{from}");
        let error = Mapping::parse(&changed).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    let consumer = &GOOD[GOOD.rfind("[[consumer]]").unwrap()..];
    assert!(Mapping::parse(&[GOOD, consumer].concat()).unwrap_err().contains("known by the same"));
    let many: String = (0..9)
        .map(|n| format!("[[consumer]]\nname = \"x\"\ndepartment = 1\nheader = \"h{n}\"\nvalue = \"v\"\n"))
        .collect();
    assert!(Mapping::parse(&many).unwrap_err().contains("at most 8"));
    let many = "[[route]]\npath = \"/a\"\nentry = 1\nitems = [0]\nmethod = \"file\"\n".repeat(ROUTES_MAX + 1);
    assert!(Mapping::parse(&many).unwrap_err().contains("at most 10000 routes"));
}

#[test]
fn a_file_that_is_not_there_or_too_long_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mapping.toml");
    assert!(Mapping::read(&path).unwrap_err().to_string().contains("mapping.toml"));
    std::fs::write(&path, GOOD).unwrap();
    assert_eq!(Mapping::read(&path).unwrap().routes().len(), 3);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    assert!(matches!(Mapping::read(&path), Err(MappingError::Read { .. })));
}
