//! What comes in from sources: durable together or not at all, each draft in exactly one place, positions and ids beside them.

use super::*;
use crate::{
    event::CallIds,
    import::{
        draft::{CallKnown, Claims, Draft, Reference},
        event_line,
    },
    vault::{intake::Cursor, streams::decode},
};
use mulu_proofs::{
    access::{Outcome, Side},
    catalog::Method,
    ids::{DepartmentId, EntryId, GrantId, PurposeId, SystemId, Version},
};
use serde_json::json;

const AT: Moment = Moment::new(1_000);
const EVER: Moment = Moment::new(u64::MAX);

fn draft(time: u64) -> Draft {
    let line = json!({ "time": time, "bytes": 10, "call_id": format!("{time:016x}"), "sealed": { "network_address": format!("192.0.2.{time}") } });
    event_line::read(line.to_string().as_bytes(), 1, &CallIds::new([1; 32])).unwrap()
}

fn incoming(times: impl IntoIterator<Item = u64>) -> Incoming {
    let drafts = times.into_iter().map(draft).collect();
    Incoming { at: AT, drafts: [(STREAM, drafts)].into(), ..Incoming::default() }
}

fn raw(text: &str) -> Held {
    let what = HeldThing::Raw(text.as_bytes().to_vec());
    Held { at: AT, source: "gateway".into(), stream: STREAM, reason: "not_json".into(), detail: "no JSON".into(), what }
}

fn take(vault: &Vault, incoming: &Incoming) -> u64 {
    vault.take_in(incoming, &mut vault.seen_ids(1_000).unwrap()).unwrap()
}

fn times(vault: &Vault) -> Vec<u64> {
    let front = vault.front(STREAM, usize::MAX, EVER).unwrap();
    front.drafts.iter().map(|waiting| waiting.draft.time.get()).collect()
}

/// Seals the drafts at these places of the front.
fn seal_drawn(vault: &Vault, front: &Front, sealed: std::ops::Range<usize>) -> Sealing {
    let state = vault.stream(STREAM).unwrap().unwrap();
    let batch = BatchPlace { genesis: GENESIS, stream: STREAM, first: state.next, previous: state.previous };
    let place = Place { batch, domain: [2; 32], floor: state.floor };
    let events = front.drafts[sealed]
        .iter()
        .map(|waiting| waiting.draft.clone().into_event(SystemId::new(1), &KnownTerms::default()).unwrap());
    seal(&place, events.collect(), &KnownTerms::default(), &Key::development("platform")).unwrap()
}

#[test]
fn the_bytes_of_what_waits_are_frozen() {
    // Drafts and rows of the quarantine outlive the program that wrote them: another form needs another version of the vault's form.
    let mut full = draft(7);
    full.reference = Reference::Grant(GrantId::new(3), Version::new(2));
    full.instead = vec![Reference::Reporter];
    full.claims.add(Claims::ITEMS);
    full.consumer = Some(DepartmentId::new(4));
    (full.items, full.pseudonym, full.is_pseudonymous) = (5, Some(9), true);
    (full.authorising_system, full.using_system) = (Some(SystemId::new(1)), Some(SystemId::new(2)));
    (full.purpose, full.method) = (Some(PurposeId::new(6)), Some(Method::ServiceInterface));
    (full.side, full.outcome, full.call_known) = (Side::Consumer, Outcome::Denied, CallKnown::ByBoth);
    (full.duration_ms, full.calls, full.rows) = (11, 12, 13);
    let entry = Draft {
        reference: Reference::Entry(EntryId::new(3), Version::new(1), DepartmentId::new(2)),
        call_known: CallKnown::ByRequestId,
        ..draft(8)
    };
    let held = Held { what: HeldThing::Draft(Box::new(draft(9))), ..raw("x") };
    let cursor = Cursor { position: 1, chunk: 2, waiting: 3 };
    let bytes = (full, entry, held, raw("x"), Dropped { at: AT, why: "y".into(), numbers: vec![1] }, cursor).encode();
    assert_eq!(
        blake3::hash(&bytes).to_hex().as_str(),
        "d9fb9636ef47c18f7f63dafdc85c591d9dfbf5d6246f0c90fb26f0199eada2d7"
    );
}

#[test]
fn what_comes_in_together_is_there_together_for_the_next_process() {
    let (folder, vault) = vault();
    let (one, two) = (vault.record_ids().of("gateway", b"1"), vault.record_ids().of("gateway", b"2"));
    let mut incoming = incoming([5, 3]);
    incoming.positions.insert("source/gateway".into(), b"offset 9".to_vec());
    incoming.ids = vec![one, two];
    incoming.held = vec![raw("x"), raw("y")];
    assert_eq!(take(&vault, &incoming), 1);
    let vault = reopen(&folder, vault);
    let front = vault.front(STREAM, 9, EVER).unwrap();
    let waiting: Vec<_> = front.drafts.iter().map(|waiting| (waiting.draft.time.get(), waiting.position)).collect();
    assert_eq!(waiting, [(3, 2), (5, 1)], "by their times, each with the position that it got");
    let intake = Intake { drafts: 2, earliest: Some(Moment::new(3)), since: Some(AT) };
    assert_eq!((vault.intake(STREAM).unwrap(), vault.intakes().unwrap()), (intake, vec![STREAM]));
    assert_eq!(vault.position("source/gateway").unwrap().as_deref(), Some(&b"offset 9"[..]));
    assert_eq!(vault.position("sink/gateway").unwrap(), None);
    let seen = vault.seen_ids(1_000).unwrap();
    assert!(seen.contains(&one) && seen.contains(&two) && seen.len() == 2);
    assert_eq!(
        vault.held(0, 9).unwrap().into_iter().map(|(number, held)| (number, held.what)).collect::<Vec<_>>(),
        [(1, HeldThing::Raw(b"x".to_vec())), (2, HeldThing::Raw(b"y".to_vec()))]
    );
    let counts = vault.check(Moment::new(0)).unwrap().counts;
    assert_eq!((counts.drafts, counts.quarantined, counts.waiting), (2, 2, 0));
}

#[test]
fn a_batch_takes_the_place_of_its_drafts_and_the_rest_stays_in_front() {
    let (folder, vault) = vault();
    take(&vault, &incoming(1..=1_700));
    take(&vault, &incoming([1_701]));
    let front = vault.front(STREAM, 1_000, EVER).unwrap();
    assert_eq!((front.drafts.len(), front.ready), (1_000, 1_000), "a row has a thousand drafts at most");
    let sealing = seal_drawn(&vault, &front, 0..990);
    let held = [Held { what: HeldThing::Draft(Box::new(front.drafts[999].draft.clone())), ..raw("") }];
    let placed = Placed { sealing: Some(&sealing), back: &front.drafts[990..999], held: &held };
    assert_eq!(vault.keep_drawn(&front.drawn, &placed).unwrap(), 1);
    let vault = reopen(&folder, vault);
    assert_eq!(times(&vault), (991..=999).chain(1_001..=1_701).collect::<Vec<_>>());
    assert_eq!(vault.intake(STREAM).unwrap().drafts, 710);
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(0)).unwrap(), Some(sealing.batch));
    assert_eq!(vault.unconfirmed_events(STREAM).unwrap(), 990);
    assert_eq!(vault.held(0, 9).unwrap().len(), 1);
    assert_eq!(vault.check(Moment::new(0)).unwrap().counts.drafts, 710);
    // The positions go on behind the last.
    take(&vault, &incoming([9_999]));
    assert_eq!(vault.front(STREAM, usize::MAX, EVER).unwrap().drafts.last().unwrap().position, 1_702);
}

#[test]
fn what_is_read_is_no_later_than_what_is_not_and_than_is_asked_for() {
    let (_folder, vault) = vault();
    let front = |wanted, until| vault.front(STREAM, wanted, Moment::new(until)).unwrap();
    assert!(front(9, u64::MAX).drafts.is_empty());
    // Two senders whose times overlap, and a third one behind them.
    take(&vault, &incoming((0..10).map(|n| 100 + 2 * n)));
    take(&vault, &incoming((0..10).map(|n| 101 + 2 * n)));
    take(&vault, &incoming([110, 400]));
    let read = |front: &Front| front.drafts[..front.ready].iter().map(|w| w.draft.time.get()).collect::<Vec<_>>();
    assert_eq!(read(&front(1, u64::MAX)), [100], "no later than what was not read");
    assert_eq!(read(&front(5, u64::MAX)), (100..=110).collect::<Vec<_>>());
    assert_eq!(front(5, u64::MAX).drafts.len(), 20);
    assert_eq!(read(&front(99, 105)), (100..=105).collect::<Vec<_>>(), "no later than is asked for");
    assert!(read(&front(99, 99)).is_empty());
    assert_eq!(read(&front(99, u64::MAX)).last(), Some(&400));
    // What goes back is in order now: less is read the next time.
    let all = front(5, u64::MAX);
    let sealing = seal_drawn(&vault, &all, 0..5);
    let placed = Placed { sealing: Some(&sealing), back: &all.drafts[5..], ..Placed::default() };
    vault.keep_drawn(&all.drawn, &placed).unwrap();
    assert_eq!(read(&front(5, u64::MAX)), (105..=110).collect::<Vec<_>>());
    assert_eq!(vault.check(Moment::new(0)).unwrap().counts.drafts, 17);
}

#[test]
fn however_much_times_overlap_no_more_than_some_rows_are_read_at_once() {
    let (_folder, vault) = vault();
    for n in 0..70 {
        take(&vault, &incoming([100 + n, 500 - n]));
    }
    let front = vault.front(STREAM, 1_000, EVER).unwrap();
    assert_eq!((front.drafts.len(), front.ready), (128, 64), "up to the row that was not read");
}

#[test]
fn drafts_that_were_put_away_are_not_put_away_again() {
    let (_folder, vault) = vault();
    take(&vault, &incoming([1, 2]));
    let front = vault.front(STREAM, 9, EVER).unwrap();
    let sealing = seal_drawn(&vault, &front, 0..2);
    let placed = Placed { sealing: Some(&sealing), ..Placed::default() };
    vault.keep_drawn(&front.drawn, &placed).unwrap();
    let held = [raw("x"), raw("y")];
    let again = Placed { held: &held, ..Placed::default() };
    let twice = vault.keep_drawn(&front.drawn, &again);
    assert!(matches!(twice, Err(ClientError::VaultDamaged { what: "drafts that were put away twice", .. })));
    assert!(vault.held(0, 9).unwrap().is_empty(), "nothing of it stays");
}

#[test]
#[should_panic(expected = "each draft is sealed, waits on, or is in the quarantine")]
fn a_draft_is_never_lost_on_the_way() {
    let (_folder, vault) = vault();
    take(&vault, &incoming([1, 2]));
    let front = vault.front(STREAM, 9, EVER).unwrap();
    let sealing = seal_drawn(&vault, &front, 0..1);
    let _ = vault.keep_drawn(&front.drawn, &Placed { sealing: Some(&sealing), ..Placed::default() });
}

#[test]
fn the_oldest_ids_are_forgotten_beyond_the_bound() {
    let (folder, vault) = vault();
    let ids = vault.record_ids();
    let id = |n: u32| ids.of("gateway", &n.to_le_bytes());
    let mut seen = vault.seen_ids(10).unwrap();
    for first in [0, 6, 12] {
        let group = Incoming { ids: (first..first + 6).map(id).collect(), ..Incoming::default() };
        vault.take_in(&group, &mut seen).unwrap();
    }
    assert_eq!(seen.len(), 6, "whole groups are forgotten");
    assert!((12..18).all(|n| seen.contains(&id(n))) && !seen.contains(&id(11)));
    let vault = reopen(&folder, vault);
    let mut seen = vault.seen_ids(10).unwrap();
    assert!(seen.len() == 6 && seen.contains(&id(17)) && !seen.is_empty());
    // A group over the bound is remembered whole, at least until the next one.
    vault.take_in(&Incoming { ids: (100..120).map(id).collect(), ..Incoming::default() }, &mut seen).unwrap();
    assert_eq!(seen.len(), 20);
}

#[test]
fn ids_are_of_a_source_and_of_a_vault() {
    let ((_one, one), (_two, two)) = (vault(), vault());
    let (ids, other) = (one.record_ids(), two.record_ids());
    assert_eq!(ids.of("a", b"bc"), one.record_ids().of("a", b"bc"));
    assert_ne!(ids.of("a", b"bc"), ids.of("ab", b"c"));
    assert_ne!(ids.of("a", b"bc"), other.of("a", b"bc"), "without the vault's key nobody tries out ids");
}

#[test]
fn a_row_of_the_quarantine_becomes_an_event_in_one_step_or_is_dropped_with_a_reason() {
    let (folder, vault) = vault();
    take(&vault, &Incoming { held: vec![raw("x"), raw("y"), raw("z")], ..Incoming::default() });
    assert_eq!(vault.quarantine_size().unwrap().rows, 3);
    let other = StreamId::new(9);
    vault.release(2, other, AT, &draft(7)).unwrap();
    assert!(matches!(vault.release(2, other, AT, &draft(7)), Err(ClientError::NotHeld { number: 2 })));
    assert_eq!(vault.front(other, 9, EVER).unwrap().drafts.len(), 1, "once");
    for why in ["", " ", &"y".repeat(513)] {
        assert!(matches!(vault.drop_held(&[1], why, AT), Err(ClientError::DropText { .. })), "{why}");
    }
    assert_eq!(vault.drop_held(&[1, 2, 3, 8], "a test of the gateway", AT).unwrap(), 2);
    assert_eq!(vault.drop_held(&[1], "again", AT).unwrap(), 0);
    let vault = reopen(&folder, vault);
    let dropped = Dropped { at: AT, why: "a test of the gateway".into(), numbers: vec![1, 3] };
    assert_eq!(vault.dropped().unwrap(), [dropped]);
    assert_eq!(take(&vault, &Incoming { held: vec![raw("new")], ..Incoming::default() }), 4, "a number is given once");
}

#[test]
fn nothing_that_waits_or_is_held_can_be_read_from_the_file() {
    let (folder, vault) = vault();
    let mut incoming = incoming([5]);
    incoming.drafts.get_mut(&STREAM).unwrap()[0].values.set(SealedField::User, b"zhang-san-in-clear").unwrap();
    incoming.held = vec![raw("li-si-in-clear")];
    incoming.positions.insert("source/gateway".into(), b"wang-wu-in-clear".to_vec());
    take(&vault, &incoming);
    drop(vault);
    let bytes = fs::read(folder.path().join("vault")).unwrap();
    for clear in ["zhang-san-in-clear", "li-si-in-clear", "wang-wu-in-clear"] {
        assert!(!bytes.windows(clear.len()).any(|window| window == clear.as_bytes()), "{clear}");
    }
    assert!(!format!("{:?}", raw("li-si-in-clear")).contains("clear"));
}

#[test]
fn a_copy_has_what_waits_and_a_vault_of_the_form_before_gets_its_tables() {
    let (folder, vault) = vault();
    let mut incoming = incoming([5, 3]);
    incoming.positions.insert("source/gateway".into(), b"offset 9".to_vec());
    incoming.held = vec![raw("x")];
    incoming.ids = vec![vault.record_ids().of("gateway", b"1")];
    take(&vault, &incoming);
    vault.drop_held(&[1], "a test", AT).unwrap();
    let backup = folder.path().join("backup");
    vault.backup(&backup).unwrap();
    fs::copy(folder.path().join("vault.key"), folder.path().join("backup.key")).unwrap();
    let copy = Vault::open_existing(&backup, &GENESIS, &Unlock::Beside).unwrap();
    assert_eq!(times(&copy), [3, 5]);
    assert_eq!(copy.position("source/gateway").unwrap(), vault.position("source/gateway").unwrap());
    assert_eq!((copy.seen_ids(9).unwrap().len(), copy.dropped().unwrap()), (1, vault.dropped().unwrap()));
    assert_eq!(copy.check(Moment::new(0)).unwrap(), vault.check(Moment::new(0)).unwrap());

    report(&vault, &[1]);
    vault
        .write(|transaction| {
            transaction.delete_table(DRAFTS)?;
            transaction.delete_table(WAITING)?;
            for table in [SEEN, QUARANTINE, DROPPED] {
                transaction.delete_table(table)?;
            }
            transaction.delete_table(POSITIONS)?;
            transaction.open_table(IDENTITY)?.insert(VERSION, &[FORM_WITHOUT_INTAKE][..])?;
            Ok(())
        })
        .unwrap();
    let vault = reopen(&folder, vault);
    assert_eq!(vault.intakes().unwrap().len(), 0);
    take(&vault, &self::incoming([1]));
    assert_eq!(vault.check(Moment::new(0)).unwrap().counts.events, 1, "what it held is there");
}

#[test]
fn a_check_names_what_does_not_hold_in_the_intake() {
    let found = |change: &dyn Fn(&WriteTransaction) -> Result<(), Fault>| {
        let (_folder, vault) = vault();
        take(&vault, &incoming([1, 2]));
        vault.write(|transaction| change(transaction)).unwrap();
        let error = vault.check(Moment::new(0)).unwrap_err();
        let ClientError::VaultDamaged { what, .. } = error else { panic!("{error}") };
        what
    };
    let cursor = |transaction: &WriteTransaction, change: fn(&mut Cursor)| {
        let mut table = transaction.open_table(WAITING)?;
        let row = table.get(STREAM.get())?.unwrap().value().to_vec();
        let mut cursor: Cursor = decode(&row, "")?;
        change(&mut cursor);
        table.insert(STREAM.get(), &cursor.encode()[..])?;
        Ok(())
    };
    assert_eq!(found(&|transaction| cursor(transaction, |cursor| cursor.waiting += 1)), "the count of an intake");
    assert_eq!(
        found(&|transaction| cursor(transaction, |cursor| cursor.chunk = 1)),
        "drafts that wait out of their place"
    );
    assert_eq!(
        found(&|transaction| cursor(transaction, |cursor| cursor.position = 2)),
        "drafts that wait out of their place"
    );
    let changed = found(&|transaction| {
        let mut table = transaction.open_table(DRAFTS)?;
        let mut row = table.get((STREAM.get(), 1, 1))?.unwrap().value().to_vec();
        row[0] ^= 1;
        table.insert((STREAM.get(), 1, 1), &row[..])?;
        Ok(())
    });
    assert_eq!(changed, "drafts that wait", "when they came is bound to them");
    let seen = found(&|transaction| {
        transaction.open_table(SEEN)?.insert(1, &[0; 15][..])?;
        Ok(())
    });
    assert_eq!(seen, "the ids of records");
}
