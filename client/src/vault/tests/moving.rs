//! Out of a stream that takes nothing any more: everything is in exactly one stream, and both are whole.

use super::*;
use crate::{
    event::CallIds,
    import::{draft::Draft, event_line},
};
use serde_json::json;

const OTHER: StreamId = StreamId::new(9);

fn drafts(times: impl IntoIterator<Item = u64>) -> Vec<Draft> {
    let line = |time| json!({ "time": time, "call_id": format!("{time:016x}") }).to_string();
    times.into_iter().map(|time| event_line::read(line(time).as_bytes(), 1, &CallIds::new([1; 32])).unwrap()).collect()
}

fn take(vault: &Vault, stream: StreamId, times: impl IntoIterator<Item = u64>) {
    let incoming = Incoming { at: Moment::new(1), drafts: [(stream, drafts(times))].into(), ..Incoming::default() };
    vault.take_in(&incoming, &mut vault.seen_ids(9).unwrap()).unwrap();
}

fn times(vault: &Vault, stream: StreamId) -> Vec<u64> {
    let front = vault.front(stream, usize::MAX, Moment::new(u64::MAX)).unwrap();
    front.drafts.iter().map(|waiting| waiting.draft.time.get()).collect()
}

/// A batch of a stream, opened and sealed as it follows in the other one.
fn anew(vault: &Vault, first: u64, times: &[u64]) -> Sealing {
    let state = vault.stream(OTHER).unwrap().unwrap();
    let batch = BatchPlace { genesis: GENESIS, stream: OTHER, first: state.next, previous: state.previous };
    let opened = (first..).zip(times).map(|(number, time)| Event {
        leaf: crate::event::tests::leaf(*time),
        sealed: vault.opening(STREAM, EventNumber::new(number)).unwrap().unwrap(),
    });
    let place = Place { batch, domain: [2; 32], floor: state.floor };
    seal(&place, opened.collect(), &KnownTerms::default(), &Key::development("platform")).unwrap()
}

#[test]
fn drafts_and_batches_that_the_chain_never_took_go_into_the_other_stream_at_once() {
    let (folder, vault) = vault();
    vault.meet(OTHER, &fresh()).unwrap();
    let taken = report(&vault, &[1, 2]).batch;
    let chain = ChainCursor { next: taken.next(), previous: taken.header.digest() };
    report(&vault, &[3, 4, 5]);
    vault.meet(STREAM, &chain).unwrap();
    take(&vault, STREAM, 6..=1_700);
    take(&vault, STREAM, [1_701]);
    take(&vault, OTHER, [7]);
    let sealing = anew(&vault, 3, &[3, 4, 5]);
    assert_eq!(vault.carry_over((STREAM, chain.next), OTHER, std::slice::from_ref(&sealing)).unwrap(), 1_696);
    let vault = reopen(&folder, vault);
    assert_eq!((times(&vault, STREAM).len(), times(&vault, OTHER).len()), (0, 1_697));
    assert_eq!(times(&vault, OTHER)[..3], [6, 7, 7], "by their times");
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(0)).unwrap(), None);
    assert_eq!(vault.unconfirmed(OTHER, EventNumber::new(0)).unwrap(), Some(sealing.batch));
    assert!(vault.opening(OTHER, EventNumber::new(3)).unwrap().is_some());
    assert!(vault.opening(STREAM, EventNumber::new(3)).unwrap().is_none(), "it is not kept twice");
    vault.agrees(STREAM, &chain).unwrap();
    let counts = vault.check(Moment::new(0)).unwrap().counts;
    assert_eq!((counts.drafts, counts.events, counts.unconfirmed), (1_697, 5, 1), "and both streams are whole");
    assert_eq!(vault.carry_over((STREAM, chain.next), OTHER, &[]).unwrap(), 0, "again is nothing more");
}

#[test]
fn nothing_is_moved_into_a_stream_that_the_vault_never_met() {
    let (_folder, vault) = vault();
    take(&vault, STREAM, [1]);
    let refused = vault.carry_over((STREAM, EventNumber::new(1)), OTHER, &[]);
    assert!(matches!(refused, Err(ClientError::StreamNotOurs { stream: OTHER, .. })));
    assert_eq!(times(&vault, STREAM), [1]);
}

#[test]
fn whether_vault_and_chain_agree_is_told_without_a_change() {
    let (_folder, vault) = vault();
    let batch = report(&vault, &[1, 2]).batch;
    vault.agrees(STREAM, &fresh()).unwrap();
    vault.agrees(STREAM, &ChainCursor { next: batch.next(), previous: batch.header.digest() }).unwrap();
    assert_eq!(vault.unconfirmed_events(STREAM).unwrap(), 2, "nothing is confirmed by it");
    let told = |next, previous| vault.agrees(STREAM, &ChainCursor { next: EventNumber::new(next), previous });
    assert!(matches!(told(9, [1; 32]), Err(ClientError::VaultBehind { .. })));
    assert!(matches!(told(3, [1; 32]), Err(ClientError::VaultDiverged { .. })));
    assert!(matches!(told(2, [1; 32]), Err(ClientError::VaultDiverged { .. })));
    assert!(matches!(
        vault.agrees(OTHER, &ChainCursor { next: EventNumber::new(2), previous: [1; 32] }),
        Err(ClientError::VaultBehind { .. })
    ));
    vault.agrees(OTHER, &fresh()).unwrap();
    assert_eq!(vault.stream(OTHER).unwrap(), None);
}
