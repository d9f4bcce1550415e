//! While the authority holds an entry nobody can agree to a request for it, and no provider is late by that.

use super::*;
use crate::{Held, OnClock};
use frame_support::traits::Hooks;
use mulu_pallet_support::Replies as _;
use mulu_proofs::ids::DeadlineId;

/// So many requests for [`ENTRY`] that wait for a reply.
fn endorsed_many(count: u32) -> Vec<RequestId> {
    let requests: Vec<_> = (1..=count).map(RequestId::new).collect();
    for request in &requests {
        assert_ok!(Sharing::submit(signed(APPLICANT), terms()));
        let digest = Requests::<Test>::get(request).unwrap().digest(*request);
        assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), *request, digest));
    }
    requests
}

/// The authority suspends or resumes, and so many blocks pass.
fn hold(is_held: bool, blocks: u32) {
    IsSuspended::set(is_held);
    Sharing::held(ENTRY, is_held);
    (0..blocks).for_each(|_| Sharing::on_finalize(3));
}

fn standing_still() -> Vec<u32> {
    Paused::get().into_iter().map(DeadlineId::get).collect()
}

#[test]
fn clocks_stand_still_while_the_authority_holds_the_entry() {
    run(|| {
        let (request, digest) = approved();
        hold(true, 1);
        assert_eq!(standing_still(), [1]);
        assert_noop!(Sharing::agree(signed(OFFICER), request, digest), Errors::EntrySuspended);
        hold(false, 1);
        assert_eq!((standing_still(), Held::<Test>::iter().count()), (vec![], 0));
        assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
    });
}

#[test]
fn a_block_looks_at_so_many_requests_and_the_next_goes_on() {
    run(|| {
        endorsed_many(5);
        hold(true, 1);
        assert_eq!(standing_still().len(), BLOCK_WORK as usize);
        Sharing::on_finalize(3);
        assert_eq!(standing_still().len(), 4);
        // Resumed before everybody was looked at: from the first on, and nobody is forgotten.
        hold(false, 3);
        assert_eq!((standing_still(), Held::<Test>::iter().count()), (vec![], 0));
    });
}

#[test]
fn what_waits_for_a_consent_too_waits_for_both() {
    run(|| {
        let (request, digest) = endorsed();
        assert_ok!(Sharing::ask_supplement(signed(OFFICER), request, digest, text("缺")));
        hold(true, 1);
        hold(false, 1);
        assert_eq!(standing_still(), [1], "the papers are still missing");
        hold(true, 1);
        // Nobody is asked to consent to what cannot be agreed to.
        let changed = RequestTerms { rows_per_day: 9, ..terms() };
        assert_noop!(Sharing::resubmit(signed(APPLICANT), request, digest, changed.clone()), Errors::EntrySuspended);
        // Resumed, and the block that lets the clock go is still to come.
        hold(false, 0);
        assert_ok!(Sharing::resubmit(signed(APPLICANT), request, digest, changed));
        let digest = Requests::<Test>::get(request).unwrap().digest(request);
        assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
        assert_eq!(standing_still(), [0; 0]);
        Sharing::on_finalize(3);
        assert_eq!(standing_still(), [0; 0]);
    });
}

#[test]
fn papers_that_are_asked_for_meanwhile_keep_the_clock_still_behind_it() {
    run(|| {
        let (request, digest) = endorsed();
        hold(true, 1);
        assert_ok!(Sharing::ask_supplement(signed(OFFICER), request, digest, text("缺")));
        hold(false, 1);
        assert_eq!(standing_still(), [1]);
    });
}

#[test]
fn what_is_overdue_stays_overdue() {
    run(|| {
        let (request, digest) = endorsed();
        Overdue::set(true);
        hold(true, 1);
        hold(false, 1);
        assert_eq!(standing_still(), [0; 0]);
        assert_ok!(Sharing::refuse(signed(OFFICER), request, digest, text("目录已暂停")));
    });
}

#[test]
fn a_request_that_ends_leaves_nothing_behind() {
    run(|| {
        let requests = endorsed_many(3);
        hold(true, 1);
        for request in requests {
            let digest = Requests::<Test>::get(request).unwrap().digest(request);
            assert_ok!(Sharing::refuse(signed(OFFICER), request, digest, text("目录已暂停")));
        }
        hold(false, 2);
        assert_eq!((OnClock::<Test>::iter().count(), Held::<Test>::iter().count()), (0, 0));
    });
}
