//! A stream that takes nothing any more: nothing is acknowledged for it, and it is remembered.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    intake::{Delivery, Refused},
    metrics::Metrics,
    rounds::Rounds,
    sample::{STREAM, mapping, record, vault},
    sink::desk::Desk,
    spool::SpoolConfig,
    status::Watch,
    stop::Stop,
};
use mulu_mapping::{Poison, Record};
use mulu_proofs::ids::EventNumber;
use std::{sync::Arc, time::Duration};

fn spool(folder: &tempfile::TempDir) -> Spool {
    Spool::start(Arc::new(vault(folder.path())), &SpoolConfig::default(), Metrics::default(), Stop::new()).unwrap()
}

fn with_id(id: &str) -> Delivery {
    Delivery { records: vec![Ok(Record { id: Some(id.into()), ..record(5, 1) })], position: None }
}

#[test]
fn only_what_never_passes_shuts_a_stream() {
    let (stream, chain, vault) = (STREAM, EventNumber::new(9), EventNumber::new(3));
    for (error, shut) in [
        (ClientError::StreamNotOurs { stream, why: CLOSED }, Some(Shut::StreamClosed)),
        (ClientError::VaultBehind { stream, chain, vault }, Some(Shut::VaultBehind)),
        (ClientError::VaultDiverged { stream, next: chain }, Some(Shut::VaultBehind)),
        (ClientError::StreamNotOurs { stream, why: "is unknown to this vault" }, None),
        (ClientError::StreamHalted { stream }, None),
        (ClientError::StreamOfOtherKey { stream }, None),
    ] {
        assert_eq!(Shut::of(&error), shut, "{error}");
    }
    for shut in [Shut::StreamClosed, Shut::VaultBehind] {
        assert_eq!(shut.phrase().matches("{}").count(), 3);
        assert!(shut.told(stream).contains("`mulu bridge move --from 4`"));
        assert_eq!(serde_json::to_value(shut).unwrap(), shut.code());
    }
}

#[tokio::test]
async fn nothing_is_taken_for_it_and_no_id_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    let (intake, other) =
        (spool.intake("gateway", STREAM, mapping()), spool.intake("gateway", StreamId::new(9), mapping()));
    spool.put_shut(STREAM, Some(Shut::StreamClosed)).await.unwrap();
    let poison = Poison { reason: "not_json", detail: "no JSON".into(), raw: b"li-si".to_vec() };
    for delivery in [with_id("a"), Delivery { records: vec![Err(poison)], position: None }] {
        let refused = intake.accept(delivery).await.unwrap_err();
        assert!(matches!(refused, Refused::Shut { stream: STREAM, shut: Shut::StreamClosed, .. }), "{refused}");
    }
    let (levels, vault) = (spool.levels(), spool.vault());
    assert_eq!((levels.total().0, levels.quarantine_rows(), vault.seen_ids(9).unwrap().len()), (0, 0, 0));
    let taken = other.accept(with_id("a")).await.unwrap();
    assert_eq!((taken.accepted, taken.repeated), (1, 0), "another stream takes it");
    spool.put_shut(STREAM, None).await.unwrap();
    assert_eq!(intake.accept(with_id("b")).await.unwrap().accepted, 1, "a newer copy of the vault was brought");
}

#[tokio::test]
async fn what_was_under_way_when_it_was_learned_is_refused_by_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    let room = spool.room(STREAM, 1).await.unwrap();
    spool.put_shut(STREAM, Some(Shut::VaultBehind)).await.unwrap();
    let draft = mapping().draft(&record(5, 1), spool.vault().call_ids()).unwrap().unwrap();
    let mapped = crate::spool::Mapped {
        source: "gateway".into(),
        stream: STREAM,
        items: vec![(0, None, crate::spool::Item::Draft(Box::new(draft)))],
        position: Some(("source/gateway".into(), b"9".to_vec())),
        skipped: 0,
        without_id: 0,
    };
    let refused = spool.deliver(mapped).await.unwrap_err();
    assert!(matches!(refused, Refused::Shut { shut: Shut::VaultBehind, .. }), "{refused}");
    assert_eq!(spool.position("source/gateway").await.unwrap(), None, "its position stays");
    drop(room);
}

#[tokio::test]
async fn a_source_that_is_read_waits() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    let (intake, stop) = (spool.intake("gateway", STREAM, mapping()), Stop::new());
    spool.put_shut(STREAM, Some(Shut::StreamClosed)).await.unwrap();
    let waiting = tokio::spawn({
        let (intake, stop) = (intake.clone(), stop.clone());
        let delivery = Delivery { records: vec![Ok(record(5, 1))], position: Some(b"1".to_vec()) };
        async move { intake.accept_waiting(delivery, &stop).await }
    });
    while spool.metrics().troubles().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(spool.metrics().troubles()["source/gateway"].contains("stream 4 is closed"));
    stop.request();
    assert_eq!(waiting.await.unwrap(), None);
    assert_eq!(intake.position().await.unwrap(), None);
}

#[tokio::test]
async fn health_and_status_tell_it_as_long_as_a_source_has_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    spool.intake("gateway", STREAM, mapping()).accept(with_id("a")).await.unwrap();
    let watch = |stream| Watch {
        spool: spool.clone(),
        stop: Stop::new(),
        node: "ws://node".into(),
        sources: [(stream, "gateway".to_owned())].into(),
        desk: Desk::default(),
        rounds: Rounds::default(),
    };
    assert!(watch(4).is_taking());
    spool.put_shut(STREAM, Some(Shut::StreamClosed)).await.unwrap();
    let status = watch(4).status();
    assert_eq!((status.is_taking, status.streams[&4].shut), (false, Some(Shut::StreamClosed)));
    assert!(watch(9).is_taking(), "the source has another stream by now");
    assert_eq!(Shut::known(spool.vault(), STREAM).unwrap(), Some(Shut::StreamClosed), "for the next start");
    spool.put_shut(STREAM, None).await.unwrap();
    assert_eq!(Shut::known(spool.vault(), STREAM).unwrap(), None);
}
