//! What is full, what is late, and who hears of it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::sample::{STREAM, vault};

const OTHER: StreamId = StreamId::new(9);

fn levels(events_max: u64) -> (tempfile::TempDir, Vault, Levels) {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let levels = Levels::of(&vault, &SpoolConfig { max_events: events_max, ..SpoolConfig::default() }).unwrap();
    (folder, vault, levels)
}

#[test]
fn a_stream_that_is_stuck_leaves_room_to_the_others() {
    let (_folder, _vault, levels) = levels(100);
    levels.arrived(STREAM, 75, Moment::new(5));
    assert_eq!(levels.full(STREAM), None, "alone it may have all of it");
    levels.arrived(OTHER, 1, Moment::new(5));
    assert_eq!((levels.full(STREAM), levels.full(OTHER)), (Some((75, 75)), None));
    levels.change(STREAM, |level| (level.waiting, level.unconfirmed) = (70, 5));
    assert_eq!(levels.full(STREAM), Some((75, 75)), "what is under way counts");
    levels.arrived(OTHER, 24, Moment::new(5));
    assert_eq!((levels.full(STREAM), levels.full(OTHER)), (Some((100, 100)), Some((100, 100))));
}

#[test]
fn whoever_watches_hears_of_the_earliest_and_of_what_left() {
    let (_folder, vault, levels) = levels(100);
    let mut watched = levels.watch(STREAM);
    levels.arrived(STREAM, 2, Moment::new(50));
    levels.arrived(STREAM, 1, Moment::new(70));
    assert!(watched.has_changed().unwrap());
    let level = *watched.borrow_and_update();
    assert_eq!((level.waiting, level.earliest), (3, Some(Moment::new(50))));
    assert!(level.since.is_some() && level.delay() < Duration::from_secs(60));
    levels.left(STREAM, 3, &vault).unwrap();
    assert_eq!(*watched.borrow_and_update(), Level::default(), "the vault has nothing of it");
}

#[test]
fn batches_that_the_chain_does_not_confirm_are_late_too() {
    let mut level = Level::default();
    assert_eq!(level.take_unconfirmed(2_000), 0);
    let begun = level.unconfirmed_since.unwrap();
    level.unconfirmed_since = Some(Moment::new(begun.get() - 90_000));
    assert!(level.delay() >= Duration::from_secs(90));
    assert_eq!(level.take_unconfirmed(3_000), 0, "one more batch");
    assert!(level.delay() >= Duration::from_secs(90));
    assert_eq!(level.take_unconfirmed(2_000), 1_000);
    assert!(level.delay() < Duration::from_secs(90), "the chain goes on");
    assert_eq!((level.take_unconfirmed(0), level.delay()), (2_000, Duration::ZERO));
}
