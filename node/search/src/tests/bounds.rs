//! What a question may have, and what strange ones come to.

use super::chain::{Chain, content, find, now, text};
use crate::{Extent, Search, SearchError, find::find as find_in};
use mulu_proofs::ids::DepartmentId;
use mulu_rpc_api::{
    Cursor,
    search::{HITS_DEFAULT, HITS_MAX, SearchQuery, TEXT_CHARS_MAX, VALUES_MAX, WORDS_MAX},
};
use proptest::prelude::*;
use std::{sync::LazyLock, time::Duration};

fn with_entries(count: u32) -> (Chain, Search) {
    let mut chain = Chain::new(0);
    for id in 1..=count {
        chain.publish(id, 1, content(&format!("307001/{id}"), "登记表"));
    }
    chain.commit();
    let search = chain.search();
    (chain, search)
}

#[test]
fn a_question_over_a_bound_is_told_the_bound() {
    let (_chain, search) = with_entries(1);
    let over = |query: &SearchQuery, limit| match search.find(query, None, limit, now()) {
        Err(SearchError::OverBound { what, asked, bound }) => (what, asked, bound),
        other => panic!("{other:?}"),
    };
    let long = "登".repeat(TEXT_CHARS_MAX);
    assert!(search.find(&text(&long), None, None, now()).is_ok());
    let expected = ("characters of the text", TEXT_CHARS_MAX + 1, TEXT_CHARS_MAX);
    assert_eq!(over(&text(&format!("{long}记")), None), expected);
    for (text_of, count) in [("字".repeat(200), 200), ("x".repeat(4_000_000), 4_000_000)] {
        assert_eq!(over(&text(&text_of), None).1, count, "it says how many there are");
    }
    let many: Vec<String> = (0..=WORDS_MAX).map(|word| word.to_string()).collect();
    assert_eq!(over(&text(&many.join(" ")), None), ("words of the text", WORDS_MAX + 1, WORDS_MAX));
    assert!(search.find(&text(&many[1..].join(" ")), None, None, now()).is_ok());
    let providers = vec![DepartmentId::new(1); VALUES_MAX + 1];
    let values = SearchQuery { providers, ..SearchQuery::default() };
    assert_eq!(over(&values, None), ("values of a facet", VALUES_MAX + 1, VALUES_MAX));
    let rows = ("rows", HITS_MAX as usize + 1, HITS_MAX as usize);
    assert_eq!(over(&SearchQuery::default(), Some(HITS_MAX + 1)), rows);
    let none = search.find(&SearchQuery::default(), None, Some(0), now());
    assert!(matches!(none, Err(SearchError::NoRows)));
    for nothing in ["", " ", "！？", "\u{0}"] {
        assert!(matches!(search.find(&text(nothing), None, None, now()), Err(SearchError::NoWord)), "{nothing:?}");
    }
}

#[test]
fn a_search_that_takes_too_long_is_given_up() {
    let (chain, _search) = with_entries(3);
    let (engine, _) = crate::engine::Engine::open(&chain.folder.path().join("other")).unwrap();
    drop(engine);
    let ready = |time_max| {
        let (mut engine, _) = crate::engine::Engine::open(&chain.folder.path().join("other")).unwrap();
        let content = content("307001/9", "登记表");
        let course = crate::course::Course::default();
        let id = mulu_proofs::ids::EntryId::new(9);
        let version = mulu_proofs::ids::Version::new(1);
        engine.put(&crate::document::Document::of(id, version, &course, &content)).unwrap();
        let height = mulu_proofs::ids::Height::new(1);
        let record = mulu_proofs::ids::RecordNumber::new(1);
        engine.commit(&crate::stamp::Stamp { height, hash: [0; 32], record }).unwrap();
        crate::find::Ready { searcher: engine.searcher(), fields: engine.fields(), complete_to: height, time_max }
    };
    assert!(find_in(&ready(Duration::from_secs(60)), &text("登记"), None, None, now(), Extent::Everything).is_ok());
    for query in [text("登记"), SearchQuery::default()] {
        let given_up = find_in(&ready(Duration::ZERO), &query, None, None, now(), Extent::Everything);
        assert!(matches!(given_up, Err(SearchError::TooLong { .. })), "{given_up:?}");
    }
}

#[test]
fn pages_follow_each_other_and_what_is_added_meanwhile_moves_no_other_row() {
    let (mut chain, search) = with_entries(45);
    for query in [text("登记"), SearchQuery::default()] {
        let first = search.find(&query, None, None, now()).unwrap();
        assert_eq!(first.rows.len(), HITS_DEFAULT as usize);
        let last = chain.store.head().0.number;
        chain.publish(100 + last, 1, content(&format!("307001/{}", 100 + last), "登记表"));
        chain.commit();
        search.catch_up().unwrap();
        let second = search.find(&query, first.next.as_ref(), None, now()).unwrap();
        let third = search.find(&query, second.next.as_ref(), None, now()).unwrap();
        let mut seen: Vec<u32> =
            [&first, &second, &third].iter().flat_map(|page| &page.rows).map(|h| h.id.get()).collect();
        assert!(third.next.is_none());
        assert_eq!(second.total, first.total + 1);
        seen.retain(|id| *id <= 45);
        assert_eq!(seen, (1..=45).rev().collect::<Vec<_>>());
    }
}

#[test]
fn the_last_page_that_is_full_is_the_end() {
    let (_chain, search) = with_entries(2);
    assert!(search.find(&text("登记"), None, Some(1), now()).unwrap().next.is_some());
    assert!(search.find(&text("登记"), None, Some(2), now()).unwrap().next.is_none());
}

#[test]
fn a_cursor_is_good_for_its_own_question_alone() {
    let (_chain, search) = with_entries(3);
    let cursor = search.find(&text("登记"), None, Some(1), now()).unwrap().next.unwrap();
    assert!(search.find(&text("登记"), Some(&cursor), Some(1), now()).is_ok());
    let bytes = cursor.0.clone();
    let foreign = [Vec::new(), vec![0], bytes[1..].to_vec(), bytes[..12].to_vec(), [&bytes[..], &[0]].concat()];
    for foreign in foreign {
        let refused = search.find(&text("登记"), Some(&Cursor(foreign)), None, now());
        assert!(matches!(refused, Err(SearchError::Cursor)));
    }
    let other = search.find(&text("登记表"), Some(&cursor), None, now());
    assert!(matches!(other, Err(SearchError::Cursor)));
}

static SEARCH: LazyLock<(std::sync::Mutex<Chain>, Search)> = LazyLock::new(|| {
    let (chain, search) = with_entries(3);
    (std::sync::Mutex::new(chain), search)
});

#[test]
fn the_engines_own_syntax_means_nothing() {
    let search = &SEARCH.1;
    let asked = [
        "name:登记",
        "登记 OR 没有的词",
        "NOT 登记",
        "-登记",
        "登记*",
        "登?",
        "\"登记",
        "[a TO z]",
        "登记^9",
        "/登记/",
        "(登记",
        "登记~2",
        "*",
        "title:*",
        "\\",
        "登记 AND",
        "{!}",
        "' OR 1=1 --",
        "../../etc",
        "%00",
        "<script>",
    ];
    for asked in asked {
        match search.find(&text(asked), None, None, now()) {
            Ok(_) | Err(SearchError::NoWord) => {}
            Err(error) => panic!("{asked}: {error}"),
        }
    }
    assert_eq!(find(search, &text("-登记")).total, 3);
    assert_eq!(find(search, &text("登记 OR 表")).total, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_answered_or_refused_with_a_reason(asked in ".{0,140}") {
        match SEARCH.1.find(&text(&asked), None, Some(1), now()) {
            Ok(answer) => prop_assert!(answer.rows.len() <= 1),
            Err(SearchError::NoWord | SearchError::OverBound { .. }) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}
