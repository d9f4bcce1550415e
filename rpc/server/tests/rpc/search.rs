//! `catalog_search`: words, facets and bounds over the wire.

use crate::{
    chain::{PROVIDER, START},
    ledger::code,
    story::{CODE, ENTRY, with_events},
};
use jsonrpsee::{core::client::ClientT, rpc_params};
use mulu_proofs::ids::{EntryId, Moment};
use mulu_rpc_api::{
    Cursor,
    catalog::{CatalogClient, EntryRef},
    codes,
    departments::DepartmentsClient,
    search::{EntryState, Freshness, HITS_MAX, SearchAnswer, SearchQuery, WORDS_MAX},
};
use serde_json::{Value, json};

fn words(text: &str) -> SearchQuery {
    SearchQuery { text: Some(text.into()), ..SearchQuery::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_found_by_words_and_told_with_counts_freshness_and_height() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let entry = client.entry(EntryRef::Id(ENTRY)).await.unwrap().unwrap();
    let answer = client.search(words("社会组织"), None, None).await.unwrap();
    assert_eq!(answer.complete_to, chain.head());
    assert!(answer.moment > Moment::new(START));
    let hit = answer.rows.iter().find(|hit| hit.id == ENTRY).unwrap();
    assert_eq!((hit.code.as_str(), &hit.name, Some(hit.version)), (CODE, &entry.name, entry.published));
    assert!(hit.states.contains(&EntryState::Published));
    // Published on day 20,000, updated daily, and the chain is in 2026.
    assert_eq!(hit.freshness, Freshness::Overdue);
    assert_eq!(answer.counts.providers[0].value, PROVIDER);
    let other = SearchQuery { providers: vec![mulu_proofs::ids::DepartmentId::new(9)], ..words("社会组织") };
    let other = client.search(other, None, None).await.unwrap();
    assert_eq!((other.total, other.counts.providers), (0, answer.counts.providers));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_over_a_bound_or_without_sense_is_refused_with_its_code() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let many = (0..=WORDS_MAX).map(|word| word.to_string()).collect::<Vec<_>>().join(" ");
    for query in [words(&"登".repeat(129)), words(&many)] {
        assert_eq!(code(&client.search(query, None, None).await.unwrap_err()), codes::COUNT_OVER_BOUND);
    }
    let rows = client.search(SearchQuery::default(), None, Some(HITS_MAX + 1)).await.unwrap_err();
    assert_eq!(code(&rows), codes::COUNT_OVER_BOUND);
    for (query, limit) in [(words(" "), None), (SearchQuery::default(), Some(0))] {
        assert_eq!(code(&client.search(query, None, limit).await.unwrap_err()), codes::FILTER);
    }
    let of_departments = client.departments(None, Some(1)).await.unwrap().next;
    assert!(of_departments.is_some());
    for foreign in [of_departments, Some(Cursor(Vec::new()))] {
        assert_eq!(code(&client.search(words("登记"), foreign, None).await.unwrap_err()), codes::CURSOR);
    }
    let unknown: Result<Value, _> = client.request("catalog_search", rpc_params![json!({"colour": ["red"]})]).await;
    assert_eq!(code(&unknown.unwrap_err()), -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_give_every_entry_once() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let all: SearchAnswer = client.search(SearchQuery::default(), None, None).await.unwrap();
    let (mut ids, mut cursor) = (Vec::<EntryId>::new(), None);
    loop {
        let page = client.search(SearchQuery::default(), cursor, Some(1)).await.unwrap();
        ids.extend(page.rows.iter().map(|hit| hit.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ids, all.rows.iter().map(|hit| hit.id).collect::<Vec<_>>());
    assert_eq!(ids.len(), all.total as usize);
}
