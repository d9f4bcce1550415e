//! The index beside the chain: catching up, restarts, damage, and that a rebuild changes no answer.

use super::chain::{Chain, PROVIDER, content, find, ids, now, text};
use crate::{Search, SearchError, engine::Engine};
use mulu_proofs::{
    ids::{EntryId, Height, Version},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::search::{SearchAnswer, SearchQuery};
use proptest::prelude::*;
use std::{fs, sync::Arc};

#[test]
fn nothing_is_answered_before_the_first_build() {
    let chain = Chain::new(0);
    let search = Search::new(Arc::clone(&chain.store), chain.path());
    let early = search.find(&SearchQuery::default(), None, None, now());
    assert!(matches!(early, Err(SearchError::NotReady)));
    assert_eq!(search.catch_up().unwrap(), Height::new(0));
    assert_eq!(find(&search, &SearchQuery::default()).total, 0);
}

#[test]
fn an_answer_says_the_height_that_it_is_complete_to() {
    let mut chain = Chain::new(0);
    let search = chain.search();
    chain.publish(1, 1, content("307001/1", "表"));
    chain.commit();
    assert_eq!(find(&search, &text("表")).complete_to, Height::new(0));
    assert_eq!(search.catch_up().unwrap(), Height::new(1));
    // Blocks that say nothing of the catalog count, too.
    chain.commit();
    search.catch_up().unwrap();
    let answer = find(&search, &text("表"));
    assert_eq!((answer.complete_to, answer.total), (Height::new(2), 1));
}

#[test]
fn a_search_that_starts_again_goes_on_where_its_last_commit_was() {
    let mut chain = Chain::new(0);
    chain.publish(1, 1, content("307001/1", "甲表"));
    chain.commit();
    drop(chain.search());
    chain.publish(2, 1, content("307001/2", "乙表"));
    chain.commit();

    // What a crash leaves behind: documents that nobody committed. One of them is of no record.
    let (engine, stamp) = Engine::open(&chain.path()).unwrap();
    let stamp = stamp.unwrap();
    assert_eq!((stamp.height, stamp.record.get()), (Height::new(1), 4));
    let course = crate::course::Course::default();
    let stray = crate::document::Document::of(EntryId::new(9), Version::new(1), &course, &content("307001/9", "丙表"));
    engine.put(&stray).unwrap();
    drop(engine);

    let search = chain.search();
    assert_eq!(ids(&search, &SearchQuery::default()), [2, 1]);
    drop(search);
    // Nothing was built anew for it.
    assert_eq!(Engine::open(&chain.path()).unwrap().1.unwrap().height, Height::new(2));
}

#[test]
fn an_index_of_another_chain_is_built_anew() {
    let mut one = Chain::new(1);
    one.publish(1, 1, content("307001/1", "甲表"));
    one.publish(2, 1, content("307001/2", "乙表"));
    one.commit();
    let path = one.path();
    drop(one.search());
    let mut other = Chain::new(2);
    other.publish(1, 1, content("307001/3", "丙表"));
    other.commit();
    let search = other.search_in(&path);
    assert_eq!(ids(&search, &text("表")), [1]);
    drop(search);
    // One that lies ahead of its chain is of another one.
    one.commit();
    one.commit();
    drop(one.search_in(&path));
    let search = other.search_in(&path);
    assert_eq!(find(&search, &text("丙表")).total, 1);
}

#[test]
fn a_damaged_or_a_lost_index_is_built_anew() {
    let mut chain = Chain::new(0);
    chain.publish(1, 1, content("307001/1", "甲表"));
    chain.commit();
    let expected = find(&chain.search(), &text("表"));
    fs::write(chain.path().join("meta.json"), "{").unwrap();
    assert_eq!(find(&chain.search(), &text("表")), expected);
    let segment = fs::read_dir(chain.path()).unwrap().map(|file| file.unwrap().path());
    for file in segment.filter(|path| path.extension().is_some_and(|ending| ending == "idx" || ending == "term")) {
        fs::remove_file(file).unwrap();
    }
    assert_eq!(find(&chain.search(), &text("表")), expected);
    fs::remove_dir_all(chain.path()).unwrap();
    assert_eq!(find(&chain.search(), &text("表")), expected);
}

#[test]
fn a_folder_that_cannot_be_used_is_said_and_tried_again() {
    let chain = Chain::new(0);
    fs::write(chain.path(), "a file").unwrap();
    let search = Search::new(Arc::clone(&chain.store), chain.path());
    assert!(matches!(search.catch_up(), Err(SearchError::Folder { .. })));
    fs::remove_file(chain.path()).unwrap();
    assert!(search.catch_up().is_ok());
}

#[test]
fn records_about_an_entry_that_are_of_other_pallets_change_nothing() {
    let mut chain = Chain::new(0);
    chain.publish(1, 1, content("307001/1", "甲表"));
    chain.commit();
    let search = chain.search();
    let before = find(&search, &SearchQuery::default());
    chain.record(RecordKind::CalendarSet, vec![Subject::Department(PROVIDER)], &());
    chain.commit();
    search.catch_up().unwrap();
    let after = find(&search, &SearchQuery::default());
    assert_eq!(SearchAnswer { complete_to: before.complete_to, ..after }, before);
}

/// One step of a random history.
#[derive(Clone, Debug)]
enum Step {
    Submit { entry: u32, words: Vec<usize> },
    Publish { entry: u32 },
    Return { entry: u32 },
    Commit,
    CatchUp,
}

const WORDS: [&str; 8] = ["不动产", "登记", "社会保险", "信息", "企业", "许可证", "Licence", "2024"];

fn step() -> impl Strategy<Value = Step> {
    let entry = 1..6u32;
    prop_oneof![
        3 => (entry.clone(), prop::collection::vec(0..WORDS.len(), 1..5)).prop_map(|(entry, words)| Step::Submit { entry, words }),
        2 => entry.clone().prop_map(|entry| Step::Publish { entry }),
        1 => entry.prop_map(|entry| Step::Return { entry }),
        2 => Just(Step::Commit),
        2 => Just(Step::CatchUp),
    ]
}

fn everything(search: &Search) -> Vec<SearchAnswer> {
    let texts =
        WORDS.iter().map(|word| text(word)).chain([text("不动产登记"), text("企业 信息"), SearchQuery::default()]);
    texts.map(|query| find(search, &query)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn an_index_that_grew_and_one_that_was_built_anew_give_the_same_answers(steps in prop::collection::vec(step(), 1..40)) {
        let mut chain = Chain::new(0);
        let grown = chain.search();
        let mut versions = [(0u16, false); 6];
        for step in steps {
            match step {
                Step::Submit { entry, words } => {
                    let (version, is_open) = &mut versions[entry as usize];
                    if !*is_open {
                        (*version, *is_open) = (*version + 1, true);
                        let name: String = words.iter().map(|word| WORDS[*word]).collect();
                        chain.submit(entry, *version, content(&format!("307001/{entry}"), &name));
                    }
                }
                Step::Publish { entry } | Step::Return { entry } => {
                    let kind = match step { Step::Publish { .. } => RecordKind::EntryPublished, _ => RecordKind::EntryReturned };
                    let (version, is_open) = &mut versions[entry as usize];
                    if std::mem::take(is_open) {
                        chain.act(kind, entry, *version);
                    }
                }
                Step::Commit => drop(chain.commit()),
                Step::CatchUp => drop(grown.catch_up().unwrap()),
            }
        }
        chain.commit();
        grown.catch_up().unwrap();
        let anew = chain.search_in(&chain.folder.path().join("anew"));
        prop_assert_eq!(everything(&grown), everything(&anew));
    }
}
