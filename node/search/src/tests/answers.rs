//! What is found, in which order, and how it is counted.

use super::chain::{Chain, TODAY, content, find, ids, text};
use crate::Extent;
use mulu_proofs::{
    catalog::{List, Method, Methods, ResourceClass, ResourceCode, SharingClass, UpdateCycle},
    ids::{DepartmentId, EntryId, Version},
    records::RecordKind,
    text::Text,
};
use mulu_rpc_api::search::{Count, Cycle, EntryState, Freshness, SearchAnswer, SearchQuery};

#[test]
fn a_chinese_name_is_found_by_each_of_its_words() {
    let mut chain = Chain::new(0);
    chain.publish(1, 1, content("307001/1", "不动产登记信息"));
    chain.publish(2, 1, content("307001/2", "婚姻登记信息"));
    chain.publish(3, 1, content("307001/3", "机动车驾驶证"));
    chain.commit();
    let search = chain.search();
    assert_eq!(ids(&search, &text("不动产")), [1]);
    assert_eq!(ids(&search, &text("登记 不动产")), [1]);
    assert_eq!(ids(&search, &text("不动产登记")), [1]);
    assert_eq!(ids(&search, &text("婚姻登记")), [2]);
    // The template's summary has 登记, too: all three, those with the word in the name first.
    assert_eq!(ids(&search, &text("登记")), [2, 1, 3]);
    assert_eq!(ids(&search, &text("不动产 机动车")), [] as [u32; 0]);
    // A part that is no word of the dictionary.
    assert_eq!(ids(&search, &text("动车驾")), [3]);
}

#[test]
fn names_items_keywords_codes_and_responsibility_are_found_whatever_the_case() {
    let mut chain = Chain::new(0);
    let mut entry = content("307001/000777", "Vehicle Licences");
    entry.items[0].name = Text::new("发动机号码").unwrap();
    entry.items[0].code = Text::new("FDJHM_01").unwrap();
    entry.keywords = List::try_from(vec![Text::new("道路运输").unwrap()]).unwrap();
    entry.responsibility.source = Text::new("六合一平台").unwrap();
    chain.publish(1, 1, entry);
    chain.commit();
    let search = chain.search();
    let asked = [
        "vehicle",
        "LICENCES",
        "ｖｅｈｉｃｌｅ",
        "发动机",
        "发动机号码",
        "fdjhm",
        "fdjhm_01",
        "道路 运输",
        "000777",
        "六合一",
    ];
    for asked in asked {
        assert_eq!(ids(&search, &text(asked)), [1], "{asked}");
    }
    assert_eq!(ids(&search, &text("vehicles")), [] as [u32; 0]);
}

#[test]
fn the_better_the_place_of_a_word_the_higher_the_rank() {
    let mut chain = Chain::new(0);
    let plain = |serial: u32, name: &str| {
        let mut plain = content(&format!("307001/{serial}"), name);
        plain.summary = Text::new("无").unwrap();
        plain
    };
    let mut about = plain(1, "甲表");
    about.summary = Text::new("含社保卡信息").unwrap();
    let mut item = plain(2, "乙表");
    item.items[0].name = Text::new("社保卡号").unwrap();
    let mut keyword = plain(3, "丙表");
    keyword.keywords = List::try_from(vec![Text::new("社保卡").unwrap()]).unwrap();
    for (id, entry) in (1..).zip([about, item, keyword, plain(4, "社保卡持卡信息"), plain(5, "社保卡")]) {
        chain.publish(id, 1, entry);
    }
    for (id, name) in (6..).zip(["登记与不动产", "市不动产登记簿", "不动产登记"]) {
        chain.publish(id, 1, plain(id, name));
    }
    chain.commit();
    let search = chain.search();
    let ranked = |asked| {
        let found = find(&search, &text(asked));
        found.rows.iter().map(|hit| (hit.id.get(), hit.score)).collect::<Vec<_>>()
    };
    assert_eq!(ranked("社保卡"), [(5, 40), (4, 8), (3, 4), (2, 2), (1, 1)]);
    assert_eq!(ranked("不动产登记"), [(8, 64), (7, 32), (6, 16)]);
    assert_eq!(ranked("不动产 登记"), ranked("不动产登记"));
}

#[test]
fn without_a_text_what_was_registered_last_comes_first() {
    let mut chain = Chain::new(0);
    for id in 1..=3 {
        chain.publish(id, 1, content(&format!("30700{id}/1"), "表"));
    }
    chain.commit();
    let search = chain.search();
    assert_eq!(ids(&search, &SearchQuery::default()), [3, 2, 1]);
    let of_code = |prefix| SearchQuery { code_prefix: Some(ResourceCode::new(prefix).unwrap()), ..Default::default() };
    assert_eq!(ids(&search, &of_code("307002")), [2]);
    assert_eq!(ids(&search, &of_code("30700")), [3, 2, 1]);
    assert_eq!(ids(&search, &of_code("")), [3, 2, 1]);
    assert_eq!(ids(&search, &of_code("4")), [] as [u32; 0]);
    let both = SearchQuery { text: Some("表".into()), ..of_code("307003") };
    assert_eq!(find(&search, &both).rows[0].score, 8 + 32);
}

#[test]
fn facets_filter_and_are_counted_as_if_they_had_no_filter_of_their_own() {
    let mut chain = Chain::new(0);
    let entry = |serial: u32, class, sharing, methods: &[Method], provider| {
        let mut entry = content(&format!("{}07001/{serial}", class as u8), "登记表");
        entry.classification.attribute = class;
        entry.sharing.class = sharing;
        entry.sharing.methods = Methods::of(methods);
        entry.provider = DepartmentId::new(provider);
        entry
    };
    let (base, theme) = (ResourceClass::Base, ResourceClass::Theme);
    let (free, conditional) = (SharingClass::Unconditional, SharingClass::Conditional);
    chain.publish(1, 1, entry(1, base, free, &[Method::File], 2));
    chain.publish(2, 1, entry(2, base, conditional, &[Method::File, Method::ServiceInterface], 2));
    chain.publish(3, 1, entry(3, theme, conditional, &[Method::ServiceInterface], 3));
    chain.publish(4, 1, entry(4, theme, free, &[Method::MessageQueue], 4));
    chain.commit();
    let search = chain.search();
    let query = SearchQuery { classes: vec![theme], sharing: vec![conditional], ..text("登记") };
    let answer = find(&search, &query);
    assert_eq!(answer.total, 1);
    assert_eq!(answer.rows[0].id.get(), 3);
    let count = |value, count| Count { value, count };
    assert_eq!(answer.counts.classes, [count(base, 1), count(theme, 1)]);
    let sharing = [Count { value: free, count: 1 }, Count { value: conditional, count: 1 }];
    assert_eq!(answer.counts.sharing, sharing);
    assert_eq!(answer.counts.methods, [Count { value: Method::ServiceInterface, count: 1 }]);
    let department = |id, count| Count { value: DepartmentId::new(id), count };
    assert_eq!(answer.counts.providers, [department(3, 1)]);

    let all = find(&search, &SearchQuery::default()).counts;
    assert_eq!(all.providers, [department(2, 2), department(3, 1), department(4, 1)]);
    let two = SearchQuery { providers: vec![DepartmentId::new(4), DepartmentId::new(3)], ..Default::default() };
    assert_eq!(ids(&search, &two), [4, 3]);
    let methods = SearchQuery { methods: vec![Method::MessageQueue, Method::File], ..Default::default() };
    assert_eq!(ids(&search, &methods), [4, 2, 1]);
}

#[test]
fn freshness_is_counted_on_the_day_of_the_question() {
    let mut chain = Chain::new(0);
    let entry = |serial: u32, cycle, published_on| {
        let mut entry = content(&format!("307001/{serial}"), "表");
        entry.update_cycle = cycle;
        entry.published_on = published_on;
        entry
    };
    chain.publish(1, 1, entry(1, UpdateCycle::Weekly, TODAY - 7));
    chain.publish(2, 1, entry(2, UpdateCycle::Weekly, TODAY - 8));
    chain.publish(3, 1, entry(3, UpdateCycle::RealTime, 0));
    chain.publish(4, 1, entry(4, UpdateCycle::Other(Text::new("不定期").unwrap()), TODAY));
    chain.submit(5, 1, entry(5, UpdateCycle::Weekly, TODAY));
    chain.publish(6, 1, entry(6, UpdateCycle::Yearly, u32::MAX));
    chain.commit();
    let search = chain.search();
    let of = |freshness| SearchQuery { freshness: vec![freshness], ..Default::default() };
    assert_eq!(ids(&search, &of(Freshness::Fresh)), [6, 1]);
    assert_eq!(ids(&search, &of(Freshness::Overdue)), [2]);
    assert_eq!(ids(&search, &of(Freshness::Uncounted)), [5, 4, 3]);
    let mut tomorrow = super::chain::now();
    tomorrow.today = tomorrow.today.next();
    let answer = search.find(&of(Freshness::Overdue), None, None, tomorrow).unwrap();
    assert_eq!(answer.rows.iter().map(|hit| hit.id.get()).collect::<Vec<_>>(), [2, 1]);
    let counts = find(&search, &of(Freshness::Overdue)).counts;
    assert_eq!(counts.freshness.iter().map(|count| count.count).collect::<Vec<_>>(), [2, 1, 3]);
    assert_eq!(counts.cycles, [Count { value: Cycle::Weekly, count: 1 }]);
}

#[test]
fn the_version_in_force_is_found_and_an_entry_has_each_of_its_states() {
    let mut chain = Chain::new(0);
    chain.publish(1, 1, content("307001/1", "旧名"));
    chain.submit(2, 1, content("307001/2", "新表"));
    chain.submit(3, 1, content("307001/3", "退回的表"));
    chain.act(RecordKind::EntryReturned, 3, 1);
    chain.commit();
    let search = chain.search();
    let in_state = |state| SearchQuery { states: vec![state], ..Default::default() };
    assert_eq!(ids(&search, &in_state(EntryState::Published)), [1]);
    assert_eq!(ids(&search, &in_state(EntryState::UnderWay)), [2]);
    assert_eq!(ids(&search, &in_state(EntryState::Returned)), [3]);

    chain.submit(1, 2, content("307001/1", "改名"));
    chain.commit();
    search.catch_up().unwrap();
    assert_eq!(ids(&search, &text("改名")), [] as [u32; 0]);
    assert_eq!(find(&search, &text("旧名")).rows[0].states, [EntryState::Published, EntryState::UnderWay]);
    assert_eq!(ids(&search, &in_state(EntryState::UnderWay)), [2, 1]);

    chain.act(RecordKind::EntryPublished, 1, 2);
    chain.commit();
    search.catch_up().unwrap();
    assert_eq!(ids(&search, &text("旧名")), [] as [u32; 0]);
    let found = find(&search, &text("改名"));
    assert_eq!((found.rows[0].version, &found.rows[0].states[..]), (Version::new(2), &[EntryState::Published][..]));
}

#[test]
fn what_the_asker_may_not_know_is_not_found_not_counted_and_leaves_no_trace() {
    let mut chain = Chain::new(0);
    let entry = |serial: u32, name: &str, opening| {
        let mut entry = content(&format!("307001/{serial}"), name);
        entry.opening.class = opening;
        entry
    };
    let (open, closed) = (SharingClass::Unconditional, SharingClass::NotShared);
    chain.publish(1, 1, entry(1, "公开的表", open));
    chain.publish(2, 1, entry(2, "不公开的表", closed));
    chain.submit(3, 1, entry(3, "未发布的表", open));
    chain.submit(4, 1, entry(4, "自己的表", open));
    chain.submit(1, 2, entry(1, "公开的新表", open));
    chain.publish(5, 1, entry(5, "停用的表", open));
    chain.act(RecordKind::EntrySuspended, 5, 1);
    chain.commit();
    let search = chain.search();
    let own = |entry: EntryId, _: DepartmentId| entry.get() == 4;
    let found = |query: &SearchQuery, extent| {
        let answer = search.find_within(query, None, Some(100), super::chain::now(), extent).unwrap();
        assert_eq!(answer.total as usize, answer.rows.len());
        answer
    };
    let ids = |answer: &SearchAnswer| answer.rows.iter().map(|hit| hit.id.get()).collect::<Vec<_>>();
    let states = |answer: &SearchAnswer| -> Vec<(EntryState, u32)> {
        answer.counts.states.iter().map(|count| (count.value, count.count)).collect()
    };
    let everything = SearchQuery::default();

    let published = found(&everything, Extent::Published(&own));
    assert_eq!(ids(&published), [5, 4, 2, 1]);
    use EntryState::{Published, Suspended, UnderWay};
    assert_eq!(states(&published), [(Published, 2), (Suspended, 1), (UnderWay, 1)], "its own draft alone");
    assert_eq!(published.rows[3].states, [Published]);
    let under_way = SearchQuery { states: vec![UnderWay], ..SearchQuery::default() };
    assert_eq!(ids(&found(&under_way, Extent::Published(&own))), [4]);
    assert_eq!(ids(&found(&text("未发布"), Extent::Published(&own))), [] as [u32; 0]);

    let public = found(&everything, Extent::Open);
    assert_eq!((ids(&public), states(&public)), (vec![1], vec![(Published, 1)]));
    assert_eq!(public.counts.providers.iter().map(|count| count.count).collect::<Vec<_>>(), [1]);
    assert_eq!(public.counts.opening.len(), 1);
    assert_eq!(ids(&found(&text("表"), Extent::Open)), [1]);
    assert_eq!(ids(&found(&everything, Extent::Everything)), [5, 4, 3, 2, 1]);
}
