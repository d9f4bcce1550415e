//! When the provider's clocks run, and when they stop.

use super::*;
use mulu_proofs::{ids::DeadlineId, sharing::request_digest};

fn running() -> Vec<RunningClock> {
    Running::get().into_values().collect()
}

#[test]
fn a_reply_is_owed_from_the_consumers_consent_on() {
    run(|| {
        let (request, digest) = submitted();
        assert_eq!(running(), []);
        assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
        let clock = (DeadlineKind::RequestReplyConditional, Subject::Request(request), PROVIDER, 10);
        assert_eq!(running(), [clock]);
        // Approvals are the provider's own affair.
        assert_ok!(Sharing::approve(signed(APPROVERS[0]), request, digest));
        assert_eq!(running(), [clock]);
        assert_eq!(Requests::<Test>::get(request).unwrap().reply.map(|reply| reply.deadline), Some(DeadlineId::new(1)));
    });
}

#[test]
fn what_is_open_without_condition_is_answered_within_a_day() {
    run(|| {
        assert_ok!(Sharing::submit(signed(APPLICANT), open_terms()));
        let request = RequestId::new(1);
        let digest = request_digest(request, &open_terms());
        assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
        let clock = (DeadlineKind::RequestReplyUnconditional, Subject::Request(request), PROVIDER, 1);
        assert_eq!(running(), [clock]);
    });
}

#[test]
fn the_strictest_item_that_is_asked_for_decides_on_the_term() {
    run(|| {
        ConditionalItems::set(0b010);
        for (number, items, kind, days) in [
            (1, 0b001, DeadlineKind::RequestReplyUnconditional, 1),
            (2, 0b011, DeadlineKind::RequestReplyConditional, 10),
        ] {
            assert_ok!(Sharing::submit(signed(APPLICANT), RequestTerms { items, ..open_terms() }));
            let request = RequestId::new(number);
            let digest = Requests::<Test>::get(request).unwrap().digest(request);
            assert_ok!(Sharing::endorse(signed(CONSUMER_OFFICER), request, digest));
            assert_eq!(running().last(), Some(&(kind, Subject::Request(request), PROVIDER, days)));
        }
        // A conditional item has the extension of art. 21, too.
        let digest = Requests::<Test>::get(RequestId::new(2)).unwrap().digest(RequestId::new(2));
        assert_ok!(Sharing::ask_extension(signed(OFFICER), RequestId::new(2), digest, 10, text("核对")));
    });
}

#[test]
fn agreement_stops_the_clock_of_the_reply() {
    run(|| {
        let (request, digest) = approved();
        assert_eq!(running().len(), 1);
        assert_ok!(Sharing::agree(signed(OFFICER), request, digest));
        assert_eq!((running(), Begun::get().len()), (vec![], 1));
    });
}

#[test]
fn refusal_and_withdrawal_stop_the_clock() {
    run(|| {
        let (request, digest) = endorsed();
        assert_ok!(Sharing::refuse(signed(OFFICER), request, digest, text("超出范围")));
        assert_eq!((running(), Cancelled::get()), (vec![], vec![]), "it was replied to");
    });
    run(|| {
        let (request, digest) = endorsed();
        assert_ok!(Sharing::withdraw(signed(APPLICANT), request, digest));
        assert_eq!((running(), Cancelled::get()), (vec![], vec![DeadlineId::new(1)]), "nobody replied");
    });
    run(|| {
        // Without the consumer's consent there is none to stop.
        let (request, digest) = submitted();
        assert_ok!(Sharing::withdraw(signed(APPLICANT), request, digest));
        assert_eq!((running(), Started::get()), (vec![], 0));
    });
}
