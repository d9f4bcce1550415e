//! What becomes of drafts: a batch, more patience, or the quarantine with a reason.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::sample::{STREAM, by, chain, mapping, record_of, vault};
use mulu_client::vault::Incoming;
use mulu_mapping::Mapping;
use mulu_proofs::ids::EventNumber;
use serde_json::{Value, json};

fn sealing() -> Sealing {
    Sealing { stream: STREAM, source: "gateway".into(), by: by(), key: Key::development("platform"), chain: chain() }
}

const PACE: Pace = Pace { linger_ms: 1_000, settle_ms: 0 };

fn put(vault: &Vault, values: impl IntoIterator<Item = Value>) {
    let draft = |value: Value| mapping().draft(&record_of(None, value), vault.call_ids()).unwrap().unwrap();
    let drafts = values.into_iter().map(draft).collect();
    let incoming = Incoming { at: now(), drafts: [(STREAM, drafts)].into(), ..Incoming::default() };
    vault.take_in(&incoming, &mut vault.seen_ids(1_000).unwrap()).unwrap();
}

fn step(vault: &Vault) -> Done {
    let front = vault.front(STREAM, EVENTS_MAX as usize, PACE.until(now())).unwrap();
    sealing().seal(vault, front, &mut Desk::default()).unwrap()
}

fn reasons(vault: &Vault) -> Vec<(String, String)> {
    vault.held(0, 99).unwrap().into_iter().map(|(_, held)| (held.reason, held.source)).collect()
}

#[test]
fn what_has_no_place_goes_into_the_quarantine_with_the_reason_and_the_rest_into_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    put(&vault, [json!({ "time": 100 }), json!({ "time": 120 })]);
    let done = step(&vault);
    assert_eq!((done.sealed, done.held), (2, 0));
    put(
        &vault,
        [
            json!({ "time": 99 }),
            json!({ "time": 130, "grant": 3 }),
            json!({ "time": 130, "entry": 3, "consumer": 2 }),
            json!({ "time": 130, "purpose": 9 }),
            json!({ "time": 130 }),
        ],
    );
    let done = step(&vault);
    assert_eq!((done.sealed, done.held), (1, 4));
    let expected = ["before_stream", "unknown_reference", "unknown_reference", "unknown_id"];
    assert_eq!(reasons(&vault), expected.map(|reason| (reason.to_owned(), "gateway".to_owned())));
    assert!(vault.held(0, 99).unwrap().iter().all(|(_, held)| !held.detail.is_empty()), "each says the way out");
    assert_eq!(vault.intake(STREAM).unwrap().drafts, 0);
    assert_eq!(vault.stream(STREAM).unwrap().unwrap().next, EventNumber::new(4));
}

#[test]
fn a_call_whose_caller_named_what_the_ledger_does_not_have_is_reported_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let kong = Mapping::preset("kong").unwrap();
    let drafts = ["999", "4294967295", "nonsense"].map(|approval| {
        let request = json!({ "uri": "/", "headers": { "x-share-approval": approval } });
        let record =
            record_of(None, json!({ "started_at": 100, "request": request, "latencies": { "request": 34_000 } }));
        kong.draft(&record, vault.call_ids()).unwrap().unwrap()
    });
    let incoming = Incoming { at: now(), drafts: [(STREAM, drafts.into())].into(), ..Incoming::default() };
    vault.take_in(&incoming, &mut vault.seen_ids(1_000).unwrap()).unwrap();
    let front = vault.front(STREAM, 9, PACE.until(now())).unwrap();
    assert_eq!(front.drafts[0].draft.time, Moment::new(34_100), "when it ended");
    let done = sealing().seal(&vault, front, &mut Desk::default()).unwrap();
    assert_eq!((done.sealed, done.held, reasons(&vault).len()), (3, 0, 0));
}

#[test]
fn an_event_whose_time_is_soon_waits_and_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let soon = now().get() + 60_000;
    put(&vault, [json!({ "time": soon }), json!({ "time": 100 })]);
    assert_eq!(step(&vault).sealed, 1);
    assert_eq!((vault.intake(STREAM).unwrap().drafts, reasons(&vault).len()), (1, 0));
    let done = step(&vault);
    assert_eq!((done.sealed, done.held), (0, 0), "it waits on");
    let front = vault.front(STREAM, 9, Moment::new(soon)).unwrap();
    assert_eq!((front.drafts[0].draft.time.get(), front.ready), (soon, 1));
}

#[test]
fn events_of_several_senders_are_reported_in_the_order_of_their_times() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    // Three senders gather what they have for a while and post it one after another.
    for sender in 0..3 {
        put(&vault, (0..800).map(|n| json!({ "time": 1_000 + n * 3 + sender })));
    }
    let mut sealed = Vec::new();
    while vault.intake(STREAM).unwrap().drafts > 0 {
        sealed.push(step(&vault).sealed);
    }
    assert_eq!((sealed, reasons(&vault).len()), (vec![1_000, 1_000, 400], 0), "none comes too late");
}

#[test]
fn a_stream_is_due_when_its_events_have_settled_and_lingered_or_a_batch_is_full() {
    let now = Moment::new(1_000_000);
    let level = |waiting, earliest: u64, since: u64| Level {
        waiting,
        earliest: Some(Moment::new(earliest)),
        since: Some(Moment::new(since)),
        ..Level::default()
    };
    let settled = Pace { linger_ms: 1_000, settle_ms: 5_000 };
    let ms = |pace: Pace, level: &Level| pace.due(level, now).map(|due| due.as_millis());
    assert_eq!(ms(PACE, &Level::default()), None, "nothing waits");
    assert_eq!(ms(PACE, &level(1, 999_900, 999_950)), Some(950));
    assert_eq!(ms(PACE, &level(1_000, 999_900, 999_950)), Some(0), "a batch is full");
    assert_eq!(ms(settled, &level(1_000, 999_900, 999_950)), Some(5_900), "earlier ones may come");
    assert_eq!(ms(settled, &level(1, 10, 999_950)), Some(950), "an old event waits for others like it");
    assert_eq!(ms(settled, &level(1, 10, 998_000)), Some(0));
    assert_eq!(ms(PACE, &Level { unconfirmed: UNCONFIRMED_MAX, ..level(1_000, 10, 10) }), None, "the outbox is full");
    assert_eq!((PACE.until(now).get(), settled.until(now).get()), (1_005_000, 995_000));
}

#[test]
fn a_batch_has_a_thousand_events_and_the_rest_waits_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    for chunk in [700, 700, 700] {
        put(&vault, (0..chunk).map(|time| json!({ "time": 1_000 + time })));
    }
    assert_eq!([step(&vault).sealed, step(&vault).sealed, step(&vault).sealed], [1_000, 1_000, 100]);
    assert_eq!(step(&vault).sealed, 0);
}

#[test]
fn users_get_pseudonyms_of_the_epoch_of_the_event() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let day = 86_400_000;
    let at = now().get() / (90 * day) * 90 * day;
    let line = |time: u64| json!({ "time": time, "pseudonym": true, "sealed": { "user": "u" } });
    put(&vault, [line(at - day), line(at - 2 * day), line(at)]);
    assert_eq!(step(&vault).sealed, 3);
    assert_eq!(vault.epochs().unwrap().len(), 2);
}

#[test]
fn what_an_import_spooled_and_the_intake_do_not_get_into_each_others_way() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let leaf = mulu_client::event::plain_leaf(by().platform, Moment::new(50));
    vault.spool(STREAM, &[Event::new(leaf, Default::default())], None).unwrap();
    put(&vault, [json!({ "time": 100 })]);
    assert!(seal_spooled(&vault, STREAM, &sealing().key, &chain(), &KnownTerms::default()).unwrap());
    assert!(!seal_spooled(&vault, STREAM, &sealing().key, &chain(), &KnownTerms::default()).unwrap());
    assert_eq!(step(&vault).sealed, 1);
    let counts = vault.check(Moment::new(0)).unwrap().counts;
    assert_eq!((counts.batches, counts.events, counts.drafts, counts.waiting), (2, 2, 0, 0));
}
