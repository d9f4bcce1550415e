//! Random acts, legal and not, against a naive model that crosses off working days one by one as they end.

use crate::{Recomputing, mock::*};
use mulu_pallet_support::Clocks as _;
use mulu_proofs::{
    calendar::{Day, DeadlineKind, DeadlineOverdue, Parameters},
    ids::{DeadlineId, Moment},
    records::RecordKind,
};
use proptest::{collection::vec, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Act {
    Start {
        working_days: u16,
    },
    Pause(usize),
    Resume(usize),
    Extend(usize, u16),
    Stop(usize),
    /// Hours pass, and a block ends.
    Wait(u64),
    /// `place` days from today on are turned over: weekdays off, weekends worked. `from` may lie in the past.
    SetYear {
        from: i32,
        turned: Vec<u32>,
    },
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0_u16..15).prop_map(|working_days| Act::Start { working_days }),
        2 => (0_usize..12).prop_map(Act::Pause),
        2 => (0_usize..12).prop_map(Act::Resume),
        1 => (0_usize..12, 0_u16..8).prop_map(|(place, working_days)| Act::Extend(place, working_days)),
        2 => (0_usize..12).prop_map(Act::Stop),
        6 => (1_u64..60).prop_map(Act::Wait),
        2 => (-2_i32..4, vec(0_u32..40, 0..8)).prop_map(|(from, turned)| Act::SetYear { from, turned }),
    ]
}

/// A deadline of the model: what is left of it.
#[derive(Clone, Debug)]
struct Left {
    days: u32,
    /// The first day that may count.
    first: Day,
    extended: u32,
    is_paused: bool,
    is_overdue: bool,
}

/// The model: days turned over, and what is left of every deadline.
struct Model {
    today: Day,
    turned: BTreeSet<Day>,
    open: BTreeMap<DeadlineId, Left>,
    /// Every deadline that was ever overdue.
    overdue: BTreeSet<DeadlineId>,
    day_zero_counts: bool,
}

impl Model {
    fn is_working(&self, day: Day) -> bool {
        let is_weekday = (day.get() + 3) % 7 < 5;
        is_weekday != self.turned.contains(&day)
    }

    /// Days end one by one, each worked one taking a day from what runs.
    fn advance(&mut self, today: Day) {
        while self.today < today {
            let is_working = self.is_working(self.today);
            for (id, left) in &mut self.open {
                if left.is_paused || left.is_overdue {
                    continue;
                }
                left.days -= u32::from(is_working && left.first <= self.today);
                if left.days == 0 {
                    left.is_overdue = true;
                    self.overdue.insert(*id);
                }
            }
            self.today = self.today.next();
        }
    }

    /// The last day in time of what runs, looking ahead day by day.
    fn due(&self, left: &Left) -> Day {
        let (mut day, mut days) = (self.today, left.days);
        loop {
            days -= u32::from(self.is_working(day) && left.first <= day);
            if days == 0 {
                return day;
            }
            day = day.next();
        }
    }

    fn id(place: usize) -> DeadlineId {
        DeadlineId::new(place as u32 + 1)
    }

    /// What runs or stands still, and is not over.
    fn in_time(&mut self, id: DeadlineId) -> Option<&mut Left> {
        self.open.get_mut(&id).filter(|left| !left.is_overdue)
    }

    /// Does what the act should do, and says whether it is allowed.
    fn allows(&mut self, act: &Act) -> bool {
        let (today, next) = (self.today, if self.day_zero_counts { self.today } else { self.today.next() });
        match act {
            Act::Start { working_days } => {
                let id = DeadlineId::new(LastStarted::get() + 1);
                let left = Left {
                    days: u32::from(*working_days),
                    first: next,
                    extended: 0,
                    is_paused: false,
                    is_overdue: false,
                };
                let allowed = *working_days > 0;
                if allowed {
                    LastStarted::set(id.get());
                    self.open.insert(id, left);
                }
                allowed
            }
            Act::Pause(place) => {
                let found = self.in_time(Self::id(*place)).filter(|left| !left.is_paused);
                found.map(|left| left.is_paused = true).is_some()
            }
            Act::Resume(place) => {
                let found = self.in_time(Self::id(*place)).filter(|left| left.is_paused);
                found.map(|left| left.is_paused = false).is_some()
            }
            Act::Extend(place, working_days) => {
                let more = u32::from(*working_days);
                let found = self.in_time(Self::id(*place)).filter(|left| more > 0 && left.extended + more <= 10);
                found.map(|left| (left.days, left.extended) = (left.days + more, left.extended + more)).is_some()
            }
            Act::Stop(place) => self.open.remove(&Self::id(*place)).is_some(),
            Act::Wait(_) => true,
            Act::SetYear { .. } => {
                let turned = turned_by(act, &self.turned, today);
                let passed = |turned: &BTreeSet<Day>| turned.range(..=today).copied().collect::<Vec<_>>();
                let allowed = passed(&turned) == passed(&self.turned);
                if allowed {
                    self.turned = turned;
                }
                allowed
            }
        }
    }
}

frame_support::parameter_types! {
    /// Last id that the model has given.
    static LastStarted: u32 = 0;
}

/// The days of 2025 that are turned over once the act is done: those before its first day stay.
fn turned_by(act: &Act, before: &BTreeSet<Day>, today: Day) -> BTreeSet<Day> {
    let Act::SetYear { from, turned } = act else { return before.clone() };
    let from = today.get().saturating_add_signed(*from);
    let kept = before.iter().copied().filter(|day| day.get() < from);
    let turned = turned.iter().filter_map(|place| Day::new(from + place)).filter(|day| day.year() == 2025);
    kept.chain(turned).collect()
}

/// Does the act on the chain, and says whether it was done.
fn done(act: &Act, before: &BTreeSet<Day>, today: Day) -> bool {
    match act {
        Act::Start { working_days } => {
            Calendar::start(DeadlineKind::RequestReplyConditional, SUBJECT, PROVIDER, *working_days).is_ok()
        }
        Act::Pause(place) => Calendar::pause(Model::id(*place)).is_ok(),
        Act::Resume(place) => Calendar::resume(Model::id(*place)).is_ok(),
        Act::Extend(place, working_days) => Calendar::extend(Model::id(*place), *working_days).is_ok(),
        Act::Stop(place) => Calendar::stop(Model::id(*place)).is_ok(),
        Act::Wait(hours) => {
            Now::mutate(|now| *now += hours * HOUR);
            next_block();
            true
        }
        Act::SetYear { .. } => {
            let (make_up, holidays): (Vec<Day>, Vec<Day>) =
                turned_by(act, before, today).into_iter().partition(|day| day.is_weekend());
            Calendar::set_year(RuntimeOrigin::root(), year(2025, &holidays, &make_up)).is_ok()
        }
    }
}

fn check(model: &Model) {
    Calendar::do_try_state().expect("invariants hold");
    for (id, left) in &model.open {
        assert_eq!(Calendar::is_overdue(*id), left.is_overdue, "deadline {id}: {left:?} on {}", model.today);
        match Calendar::due(*id) {
            None => assert!(left.is_paused, "deadline {id} is due on no day"),
            Some(due) if left.is_overdue => assert!(due <= Moment::new(Now::get())),
            Some(due) => assert_eq!(Calendar::day_of(Moment::new(due.get() - 1)), model.due(left), "deadline {id}"),
        }
    }
}

fn play(acts: &[Act], day_zero_counts: bool) {
    let parameters = Parameters { day_zero_counts, ..Parameters::default() };
    run_with(parameters, || {
        // So little that records lag behind.
        BlockWork::set(2);
        LastStarted::set(0);
        let today = day("2025-09-26");
        let turned = [&autumn().holidays[..], &autumn().make_up[..]].concat();
        let turned = turned.into_iter().filter(|day| day.is_weekend() == autumn().make_up.contains(day)).collect();
        let mut model = Model { today, turned, open: BTreeMap::new(), overdue: BTreeSet::new(), day_zero_counts };
        for act in acts {
            let (before, today) = (model.turned.clone(), model.today);
            let was_done = done(act, &before, today);
            model.advance(Calendar::day_of(Moment::new(Now::get())));
            assert_eq!(was_done, model.allows(act), "{act:?} on {today}");
            check(&model);
        }
        for _ in 0..100 {
            next_block();
        }
        assert!(!Recomputing::<Test>::exists());
        let recorded: Vec<DeadlineId> =
            recorded::<DeadlineOverdue>(RecordKind::DeadlineOverdue).iter().map(|overdue| overdue.id).collect();
        assert_eq!(recorded.len(), model.overdue.len(), "each overdue deadline is on record once");
        assert_eq!(recorded.into_iter().collect::<BTreeSet<_>>(), model.overdue);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_clocks_agree_with_days_crossed_off_one_by_one(
        acts in vec(any_act(), 1..80),
        day_zero_counts in any::<bool>(),
    ) {
        play(&acts, day_zero_counts);
    }
}
