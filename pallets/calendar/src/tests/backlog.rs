//! Facts do not wait for records: ten thousand deadlines that fall due at once.

use crate::{Queue, mock::*};
use mulu_pallet_support::Clocks as _;
use mulu_proofs::{
    calendar::DeadlineOverdue,
    ids::{DeadlineId, Moment},
    records::RecordKind,
};

const DEADLINES: u32 = 10_000;

fn overdue_records() -> Vec<DeadlineOverdue> {
    recorded(RecordKind::DeadlineOverdue)
}

#[test]
fn ten_thousand_deadlines_fall_due_in_one_block_and_every_answer_is_right_at_once() {
    run(|| {
        let ids: Vec<DeadlineId> = (0..DEADLINES).map(|_| start(2)).collect();
        let due = Calendar::due(ids[0]).expect("runs");
        Now::set(due.get() - 1);
        next_block();
        assert!(overdue_records().is_empty() && !ids.iter().any(|id| Calendar::is_overdue(*id)));

        Now::set(due.get());
        assert!(ids.iter().all(|id| Calendar::is_overdue(*id) && Calendar::due(*id) == Some(due)));
        let blocks = DEADLINES.div_ceil(BlockWork::get());
        for block in 1..=blocks {
            next_block();
            Now::mutate(|now| *now += 250);
            assert_eq!(overdue_records().len() as u32, DEADLINES.min(block * BlockWork::get()));
            assert!(ids.iter().step_by(997).all(|id| Calendar::is_overdue(*id)));
        }
        let records = overdue_records();
        assert!(records.iter().map(|record| record.id).eq(ids.iter().copied()), "each once, in due order");
        assert!(records.iter().all(|record| record.due.moment == due), "a late record carries the moment of the fact");
        next_block();
        assert_eq!(overdue_records().len() as u32, DEADLINES);
        assert_eq!(Queue::<Test>::iter_keys().count(), 0);
    });
}

#[test]
fn records_follow_in_due_order_whatever_the_order_of_the_starts() {
    run(|| {
        BlockWork::set(2);
        let terms = [9, 1, 5, 1, 3, 7, 2];
        let ids: Vec<DeadlineId> = terms.iter().map(|working_days| start(*working_days)).collect();
        noon_of("2025-11-03");
        for _ in 0..4 {
            next_block();
        }
        let order: Vec<u32> = overdue_records().iter().map(|record| record.id.get()).collect();
        assert_eq!(order, [2, 4, 7, 5, 3, 6, 1]);
        assert_eq!(ids.len(), order.len());
    });
}

#[test]
fn a_block_records_nothing_of_a_day_that_has_not_ended() {
    run(|| {
        let (today, later) = (start(1), start(2));
        Now::set(Calendar::due(today).expect("runs").get());
        next_block();
        assert_eq!(overdue_records().iter().map(|record| record.id).collect::<Vec<_>>(), [today]);
        assert!(!Calendar::is_overdue(later) && Calendar::due(later) > Some(Moment::new(Now::get())));
    });
}
