//! Deliveries as sources make them: what is accepted, known again, passed over, refused.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    sample::{STREAM, mapping, record, record_of, vault},
    spool::SpoolConfig,
};
use mulu_client::vault::HeldThing;
use serde_json::json;

fn spool(folder: &tempfile::TempDir, config: &SpoolConfig) -> Spool {
    Spool::start(Arc::new(vault(folder.path())), config, Metrics::default(), Stop::new()).unwrap()
}

fn intake(folder: &tempfile::TempDir) -> (Spool, Intake) {
    let spool = spool(folder, &SpoolConfig::default());
    let intake = spool.intake("gateway", STREAM, mapping());
    (spool, intake)
}

fn delivery(records: impl IntoIterator<Item = Record>, position: Option<&[u8]>) -> Delivery {
    Delivery { records: records.into_iter().map(Ok).collect(), position: position.map(<[u8]>::to_vec) }
}

fn with_id(id: &str) -> Record {
    Record { id: Some(id.into()), ..record(5, 1) }
}

#[tokio::test]
async fn what_is_posted_again_under_its_id_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (_spool, intake) = intake(&folder);
    let first = intake.accept(delivery([with_id("a"), with_id("b"), record(5, 1)], None)).await.unwrap();
    assert_eq!((first.accepted, first.repeated, first.without_id), (3, 0, 1));
    let again = intake.accept(delivery([with_id("b"), with_id("c"), record(5, 1)], None)).await.unwrap();
    assert_eq!((again.accepted, again.repeated, again.without_id), (2, 1, 1), "without an id nobody can tell");
}

#[tokio::test]
async fn what_has_no_id_is_known_again_where_it_stood_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, intake) = intake(&folder);
    let body = |name: &str| {
        let mut delivery = delivery([record(5, 1), record(5, 1)], None);
        mulu_mapping::place(&mut delivery.records, &name);
        delivery
    };
    let first = intake.accept(body("a")).await.unwrap();
    assert_eq!((first.accepted, first.repeated, first.without_id), (2, 0, 2), "equal records are two calls");
    let again = intake.accept(body("a")).await.unwrap();
    assert_eq!((again.accepted, again.repeated), (0, 2));
    assert_eq!(intake.accept(body("b")).await.unwrap().accepted, 2, "in another body they are two others");
    let other = spool.intake("bus", STREAM, mapping());
    assert_eq!(other.accept(body("a")).await.unwrap().accepted, 2, "another source is another sender");
}

#[tokio::test]
async fn another_source_may_use_the_same_ids() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, intake) = intake(&folder);
    let other = spool.intake("bus", STREAM, mapping());
    for intake in [&intake, &other] {
        assert_eq!(intake.accept(delivery([with_id("a")], None)).await.unwrap().accepted, 1);
    }
}

#[tokio::test]
async fn a_position_moves_with_its_records_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_spool, intake) = intake(&folder);
    assert_eq!(intake.position().await.unwrap(), None);
    let taken = intake.accept(delivery([record(5, 1)], Some(b"9"))).await.unwrap();
    assert_eq!((taken.accepted, taken.without_id), (1, 0), "the position tells what came before");
    assert_eq!(intake.position().await.unwrap().as_deref(), Some(&b"9"[..]));
    intake.accept(delivery([], Some(b"12"))).await.unwrap();
    assert_eq!(intake.position().await.unwrap().as_deref(), Some(&b"12"[..]));
}

#[tokio::test]
async fn what_can_be_no_event_is_kept_once_and_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, intake) = intake(&folder);
    let wrong = || record_of(None, json!({ "time": "zhang-san" }));
    let poison = || Poison { reason: "not_json", detail: "no JSON".into(), raw: b"li-si".to_vec() };
    let mixed = || Delivery { records: vec![Ok(wrong()), Ok(record(5, 1)), Err(poison())], position: None };
    let taken = intake.accept(mixed()).await.unwrap();
    assert_eq!((taken.accepted, taken.quarantined.len()), (1, 2));
    assert_eq!((taken.quarantined[0].place, taken.quarantined[1].place), (0, 2));
    assert!(taken.quarantined.iter().all(|row| !row.detail.contains("zhang") && !row.detail.is_empty()));
    let again = intake.accept(mixed()).await.unwrap();
    assert_eq!((again.accepted, again.repeated, again.quarantined.len()), (1, 2, 0));
    let held = spool.vault().held(0, 9).unwrap();
    assert_eq!(held[1].1.what, HeldThing::Raw(b"li-si".to_vec()));
    assert_eq!(held[0].1.source, "gateway");
}

#[tokio::test]
async fn a_stream_that_is_compared_takes_no_call_that_the_other_side_could_not_name() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, &SpoolConfig::default());
    let intake = spool.intake_of("gateway", STREAM, mapping(), true);
    let records = [
        record_of(None, json!({ "time": 5, "grant": 3 })),
        record_of(None, json!({ "time": 5, "grant": 3, "request_id": "r" })),
        record_of(None, json!({ "time": 5, "grant": 3, "call_id": "0100000000000000" })),
        record_of(None, json!({ "time": 5 })),
    ];
    let taken = intake.accept(delivery(records, None)).await.unwrap();
    let reasons: Vec<_> = taken.quarantined.iter().map(|row| row.reason).collect();
    assert_eq!((taken.accepted, reasons), (2, vec!["no_request_id", "no_call_key"]));
}

#[tokio::test]
async fn a_call_whose_caller_named_the_grant_is_taken_where_calls_are_compared_too() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, &SpoolConfig::default());
    let intake = spool.intake_of("gateway", STREAM, Mapping::preset("nginx").unwrap(), true);
    let line = |id: &str| record_of(None, json!({ "time": "2026-08-01T12:30:05Z", "approval": "3", "request_id": id }));
    let taken = intake.accept(delivery([line("r"), line("-")], None)).await.unwrap();
    assert_eq!((taken.accepted, taken.quarantined), (2, vec![]), "neither for its key nor for its id");
}

#[tokio::test]
async fn a_full_spool_refuses_those_who_post_and_lets_those_who_pull_wait() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder, &SpoolConfig { max_events: 1, ..SpoolConfig::default() });
    let (intake, stop) = (spool.intake("gateway", STREAM, mapping()), Stop::new());
    intake.accept(delivery([record(5, 1)], None)).await.unwrap();
    let refused = intake.accept(delivery([record(5, 2)], None)).await.unwrap_err();
    assert!(matches!(refused, Refused::Full { waiting: 1, bound: 1, .. }), "{refused}");
    let waiting = tokio::spawn({
        let (intake, stop) = (intake.clone(), stop.clone());
        async move { intake.accept_waiting(delivery([record(5, 2)], Some(b"1")), &stop).await }
    });
    while spool.metrics().troubles().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    spool.levels().change(STREAM, |level| level.waiting = 0);
    assert_eq!(waiting.await.unwrap().unwrap().accepted, 1);
    assert!(spool.metrics().troubles().is_empty(), "it goes on");

    let waiting = tokio::spawn({
        let (intake, stop) = (intake.clone(), stop.clone());
        async move { intake.accept_waiting(delivery([record(5, 3)], Some(b"2")), &stop).await }
    });
    stop.request();
    assert_eq!(waiting.await.unwrap(), None);
    assert_eq!(intake.position().await.unwrap().as_deref(), Some(&b"1"[..]));
}

#[tokio::test]
async fn an_event_that_its_stream_has_passed_or_whose_time_is_far_off_is_kept_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, intake) = intake(&folder);
    spool.levels().change(STREAM, |level| level.floor = Moment::new(100));
    let at = now().get();
    let times = [99, 100, at + 60_000, at + 86_400_000];
    let records = times.map(|time| record_of(None, json!({ "time": time })));
    let taken = intake.accept(delivery(records, None)).await.unwrap();
    let reasons: Vec<_> = taken.quarantined.iter().map(|row| (row.place, row.reason)).collect();
    assert_eq!((taken.accepted, reasons), (2, vec![(0, "before_stream"), (3, "ahead_of_time")]));
    assert!(matches!(&spool.vault().held(0, 1).unwrap()[0].1.what, HeldThing::Raw(_)));
}
