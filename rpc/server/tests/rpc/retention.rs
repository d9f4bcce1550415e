//! Bodies that are archived, an index that is derived again: what the server answers then.

use crate::{
    chain::{Chain, GATEWAY},
    ledger::all,
    story::{STREAM, event, report, with_grant},
};
use jsonrpsee::core::client::Error;
use mulu_client::calls::Call;
use mulu_index::BatchEvents;
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    access::RunKey,
    ids::{EventNumber, Height},
    records::Record,
};
use mulu_rpc_api::{
    access::{AccessClient, EventRef, HistoryFilter, HistoryOf},
    chain::ChainClient,
    codes,
    evidence::EvidenceClient,
    stats::{DailyFilter, StatsClient},
};

/// Three batches of a hundred events each, in blocks of their own; the heights of their blocks.
fn with_long_batches() -> (Chain, Vec<Height>) {
    let mut chain = with_grant();
    chain.act("platform", Call::open_stream(GATEWAY, false));
    let (mut previous, mut heights) = (None, Vec::new());
    for _ in 0..3 {
        let moment = chain.moment;
        let events = (0..100).map(|n| event(RunKey::Reporter(GATEWAY), moment + n, moment + n, 0)).collect();
        previous = Some(report(&mut chain, previous.as_ref(), events));
        heights.push(chain.head());
    }
    chain.block(&[]);
    (chain, heights)
}

fn code(error: &Error) -> (i32, String) {
    match error {
        Error::Call(error) => (error.code(), error.message().to_owned()),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_names_the_file_of_an_archived_batch_and_goes_on_with_the_others() {
    let (chain, heights) = with_long_batches();
    let server = chain.serve().await;
    let client = server.http();
    let filter = HistoryFilter { of: HistoryOf::All, from: None, until: None, with_findings: false };
    let whole = all(500, |cursor, limit| client.history(filter, cursor, limit)).await;
    let of_all = DailyFilter { of: HistoryOf::All, from: None, until: None };
    let sums = client.daily(of_all, None, None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.mulu-archive");
    let content = chain.store.write_archive(Height::new(1), heights[1].next(), &file).unwrap();
    assert_eq!((content.first, content.last, content.batches), (heights[0], heights[1], 2));
    chain.store.prune_archived(&file).unwrap();

    // Another server: nothing is kept in memory.
    let server = chain.serve().await;
    let client = server.http();
    let page = client.history(filter, None, Some(500)).await.unwrap();
    assert_eq!((&page.rows[..], page.next), (&whole[..100], None));
    let named: Vec<_> = page.archived.iter().map(|batch| (batch.height, batch.events, batch.file.as_str())).collect();
    assert_eq!(named, [(heights[1], 100, "old.mulu-archive"), (heights[0], 100, "old.mulu-archive")]);
    assert_eq!(client.daily(of_all, None, None).await.unwrap(), sums, "sums are as ever");
    let old = EventRef { stream: STREAM, event: EventNumber::new(7) };
    let refused = code(&AccessClient::event(&client, old).await.unwrap_err());
    assert!(refused.0 == codes::ARCHIVED && refused.1.contains("old.mulu-archive"), "{refused:?}");
    let refused = code(&EvidenceClient::event(&client, old, None).await.unwrap_err());
    assert!(refused.0 == codes::ARCHIVED && refused.1.contains("mulu-node archive restore"), "{refused:?}");
    let hash = chain.store.hash_at(heights[0]).unwrap().unwrap();
    let refused = code(&ChainClient::block(&client, Some(hash.into())).await.unwrap_err());
    assert!(refused.0 == codes::ARCHIVED, "{refused:?}");
    assert!(client.header(Some(hash.into())).await.unwrap().is_some(), "headers stay");
    let new = EventRef { stream: STREAM, event: EventNumber::new(207) };
    EvidenceClient::event(&client, new, None).await.unwrap();

    chain.store.restore_archive(&file).unwrap();
    assert_eq!(all(500, |cursor, limit| client.history(filter, cursor, limit)).await, whole);
    EvidenceClient::event(&client, old, None).await.unwrap();
}

fn index_of(chain: &Chain) -> Vec<IndexRow> {
    let (mut rows, mut from) = (Vec::<IndexRow>::new(), None);
    loop {
        let found = chain.store.index_scan(&[], from.as_deref(), 1_000, false).unwrap();
        let is_end = found.len() < 1_000;
        rows.extend(found.into_iter().skip(usize::from(from.is_some())));
        from = rows.last().map(|row| row.key.clone());
        if is_end {
            return rows;
        }
    }
}

#[test]
fn an_index_that_was_deleted_and_derived_again_is_the_same_bytes() {
    let (chain, _) = with_long_batches();
    let before = index_of(&chain);
    assert!(before.iter().any(|row| row.key[0] == 152), "sums of all events");
    chain.store.index_clear().unwrap();
    let (head, _) = chain.store.head();
    let calendar = chain.executor.calendar(&head).unwrap();
    for height in 1..=head.number {
        let height = Height::new(height);
        let block = chain.store.block(height).unwrap().unwrap();
        let records = chain.store.records_of_block(height).unwrap().unwrap();
        let records: Vec<Record> = records.iter().map(|bytes| Record::read(bytes).unwrap()).collect();
        let events = chain.executor.batch_events(&head, &block, &records).unwrap();
        let batches: Vec<_> = events.iter().map(|(record, leaves)| BatchEvents { record: *record, leaves }).collect();
        let rows = mulu_index::derive(&block, &records, &batches, &calendar).unwrap();
        chain.store.index_extend(height, rows).unwrap();
    }
    assert_eq!(index_of(&chain), before);
}
