//! What blocks do on their own account: grants stop counting as live, and leave the state in their time.

use super::*;
use crate::{Live, LiveUses, Queue, Uses};
use mulu_proofs::catalog::{Method, Methods};

const KEPT: u64 = FINISHED_KEPT_DAYS as u64 * DAY;

fn uses() -> Option<Uses> {
    let version = Version::new(2);
    LiveUses::<Test>::contains_key(ENTRY, version).then(|| LiveUses::<Test>::get(ENTRY, version))
}

#[test]
fn a_grant_whose_period_is_over_no_longer_counts_as_live_and_its_clocks_stop() {
    run(|| {
        let grant = granted();
        assert_eq!(uses().map(|uses| (uses.grants, uses.used_items())), Some((1, 0b011)));
        assert_eq!(uses().unwrap().used_methods(), Methods::of(&[Method::ServiceInterface]));
        Now::set(terms().until.get() - 1);
        blocks(1);
        assert_eq!((uses().unwrap().grants, running().len()), (1, 1));
        Now::set(terms().until.get());
        assert_noop!(Grants::provision(signed(OFFICER), grant), Errors::GrantOver);
        blocks(1);
        assert_eq!((uses(), running(), Live::<Test>::iter().count()), (None, vec![], 0));
        assert_eq!(Courses::<Test>::get(grant).unwrap().state(), GrantState::Agreed, "that is no transition");
    });
}

#[test]
fn what_is_long_over_leaves_the_state_and_stays_as_records() {
    run(|| {
        let grant = provisioned();
        let end = NOON + 3 * DAY;
        Now::set(end);
        assert_ok!(Grants::complete(signed(CONSUMER_OFFICER), grant, text("完成")));
        Now::set(end + KEPT - 1);
        blocks(1);
        assert!(Grants::terms(grant, Version::new(1)).is_some());
        Now::set(end + KEPT);
        blocks(1);
        assert_eq!((Grants::terms(grant, Version::new(1)), Grants::transitions(grant)), (None, vec![]));
        assert_eq!(Queue::<Test>::iter().count(), 0);
        let late = Grants::record_disposal(signed(CONSUMER_OFFICER), grant, text("删除"), None);
        assert_noop!(late, Errors::UnknownGrant);
        assert_eq!(Grants::next_grant(), GrantId::new(2), "numbers are never given twice");
    });
}

#[test]
fn how_long_a_grant_is_kept_is_what_governance_says_when_its_time_comes() {
    run(|| {
        let grant = provisioned();
        let end = NOON + 3 * DAY;
        Now::set(end);
        assert_ok!(Grants::complete(signed(CONSUMER_OFFICER), grant, text("完成")));
        KeptDays::set(FINISHED_KEPT_DAYS + 5);
        Now::set(end + KEPT);
        blocks(2);
        assert!(Grants::terms(grant, Version::new(1)).is_some(), "it is to be kept for longer by now");
        Now::set(end + KEPT + 5 * DAY - 1);
        blocks(1);
        assert!(Grants::terms(grant, Version::new(1)).is_some());
        // A shorter time holds for what ends from now on: nothing leaves sooner than it was to leave.
        KeptDays::set(1);
        blocks(1);
        assert!(Grants::terms(grant, Version::new(1)).is_some());
        Now::set(end + KEPT + 5 * DAY);
        blocks(1);
        assert_eq!((Grants::terms(grant, Version::new(1)), Queue::<Test>::iter().count()), (None, 0));
    });
}

#[test]
fn a_grant_that_expired_is_kept_from_its_end_on_however_late_the_block_comes_to_it() {
    run(|| {
        let grant = provisioned();
        let until = Grants::terms(grant, Version::new(1)).unwrap().until.get();
        Now::set(until + KEPT);
        blocks(1);
        assert!(Grants::terms(grant, Version::new(1)).is_some());
        blocks(1);
        assert_eq!(Grants::terms(grant, Version::new(1)), None);
    });
}

#[test]
fn a_block_looks_at_no_more_grants_than_it_may() {
    run(|| {
        for _ in 0..5 {
            provisioned();
        }
        Now::set(terms().until.get());
        for left in [3, 1, 0] {
            blocks(1);
            assert_eq!(Live::<Test>::iter().count(), left);
        }
        Now::set(terms().until.get() + KEPT);
        blocks(3);
        assert_eq!(Courses::<Test>::iter().count(), 0);
    });
}
