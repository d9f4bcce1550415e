//! Random acts, legal and not, beside a model that keeps the lists of call ids instead of hashes of them: the same days differ, by the same
//! calls, and the invariants hold after every act.

use super::*;
use crate::{Compromised, Differing, Halted};
use mulu_proofs::{
    access::{DayDiffers, DecisionCount, call_ids},
    calendar::Day,
    text::Text,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Act {
    Open {
        key: u8,
        reconciles: bool,
    },
    Close {
        key: u8,
        stream: u32,
    },
    /// Calls of so many days ago.
    Batch {
        stream: u32,
        ids: Vec<u64>,
        days_ago: u64,
    },
    Report {
        key: u8,
    },
    Reopen {
        key: u8,
        stream: u32,
    },
    Repudiate {
        stream: u32,
        last: u64,
    },
    Decide,
    OpenDecisions {
        key: u8,
    },
    Count {
        key: u8,
        allowed: u32,
        days_ago: u64,
    },
    Name {
        days_ago: u64,
        is_right: bool,
    },
    Wait {
        days: u64,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let key = || 1..=3_u8;
    let stream = || 1..=8_u32;
    let ids = proptest::collection::vec(0..6_u64, 1..5);
    prop_oneof![
        3 => (key(), prop::bool::weighted(0.8)).prop_map(|(key, reconciles)| Act::Open { key, reconciles }),
        1 => (key(), stream()).prop_map(|(key, stream)| Act::Close { key, stream }),
        12 => (stream(), ids, 0..5_u64).prop_map(|(stream, ids, days_ago)| Act::Batch { stream, ids, days_ago }),
        1 => key().prop_map(|key| Act::Report { key }),
        2 => (key(), stream()).prop_map(|(key, stream)| Act::Reopen { key, stream }),
        2 => (stream(), 0..12_u64).prop_map(|(stream, last)| Act::Repudiate { stream, last }),
        1 => Just(Act::Decide),
        1 => key().prop_map(|key| Act::OpenDecisions { key }),
        3 => (key(), 0..8_u32, 0..5_u64)
            .prop_map(|(key, allowed, days_ago)| Act::Count { key, allowed, days_ago }),
        2 => (3..9_u64, any::<bool>()).prop_map(|(days_ago, is_right)| Act::Name { days_ago, is_right }),
        4 => (0..3_u64).prop_map(|days| Act::Wait { days }),
    ]
}

/// What was reported of a day.
#[derive(Clone, Debug, Default)]
struct Reported {
    provider: Vec<u64>,
    consumer: Vec<u64>,
    /// By decision point.
    allowed: BTreeMap<u8, u32>,
}

#[derive(Default)]
struct Model {
    days: BTreeMap<Day, Reported>,
    since: [Option<Day>; 3],
    /// Days that were compared and differ, with what was reported.
    differing: BTreeMap<Day, Reported>,
}

impl Model {
    fn hold(&mut self, party: usize, day: Day) {
        let since = &mut self.since[party];
        *since = Some(since.map_or(day, |since| since.min(day)));
    }

    /// Compares the days before `waited_from`. Decision points count where they answered, or as long as one of the provider's is open.
    fn compare(&mut self, waited_from: Day) {
        let later = self.days.split_off(&waited_from);
        for (day, mut reported) in std::mem::replace(&mut self.days, later) {
            let [provider, consumer, decisions] = self.since.map(|since| since.is_some_and(|since| since <= day));
            reported.provider.sort_unstable();
            reported.consumer.sort_unstable();
            let decisions = decisions && (!reported.allowed.is_empty() || decides());
            let allowed: u32 = reported.allowed.values().sum();
            let served = if provider { &reported.provider } else { &reported.consumer };
            let differs = provider && consumer && reported.provider != reported.consumer
                || decisions && (provider || consumer) && served.len() != allowed as usize;
            if differs {
                self.differing.insert(day, reported);
            }
        }
    }
}

/// Whether a decision point is open that answers for the grant: all three platforms are the provider's or named in it.
fn decides() -> bool {
    crate::DecisionPoints::<Test>::iter().next().is_some()
}

fn now_day(days_ago: u64) -> Day {
    Days::get().local_day(Moment::new(Now::get() - days_ago * DAY))
}

fn submit(model: &mut Model, stream: u32, ids: &[u64], days_ago: u64) {
    let id = StreamId::new(stream);
    let Some(cursor) = Streams::<Test>::get(id) else { return };
    let number = (1..=3).find(|number| public(*number) == cursor.key).unwrap();
    let side = if cursor.department == CONSUMER { Side::Consumer } else { Side::Provider };
    let time = Moment::new(Now::get() - days_ago * DAY);
    let leaves: Vec<_> = ids.iter().map(|id| PublicLeaf { call_id: *id, side, time, ..event() }).collect();
    let day = now_day(days_ago);
    if Batch::next(number, id, &leaves).send().is_err() {
        return;
    }
    // A platform that the grant does not name counts nowhere: key 3's.
    if cursor.reconciles && cursor.platform != UNNAMED && day >= Access::waited_from() {
        let reported = model.days.entry(day).or_default();
        let party = usize::from(side == Side::Consumer);
        [&mut reported.provider, &mut reported.consumer][party].extend(ids);
        model.hold(party, day);
    }
}

fn name(model: &mut Model, days_ago: u64, is_right: bool) {
    let day = now_day(days_ago);
    let found = model.differing.get(&day).cloned().unwrap_or_default();
    let (mut provider, consumer) = call_ids(&found.provider, &found.consumer);
    if !is_right {
        provider.push(99);
    }
    let is_there = Differing::<Test>::contains_key(day, GRANT);
    let named =
        Access::name_differences(signed(1), GRANT, day, provider.try_into().unwrap(), consumer.try_into().unwrap());
    assert_eq!(named.is_ok(), is_there && is_right);
}

fn perform(model: &mut Model, act: Act) {
    let (from, to) = (Moment::new(1), Moment::new(Now::get()));
    let text = |text: &str| Text::new(text).unwrap();
    match act {
        Act::Open { key, reconciles } => {
            let _ = Access::open_stream(signed(key), platform_of(key), reconciles);
        }
        Act::Close { key, stream } => {
            let _ = Access::close_stream(signed(key), StreamId::new(stream));
        }
        Act::Batch { stream, ids, days_ago } => submit(model, stream, &ids, days_ago),
        Act::Report { key } => {
            let platform = platform_of(key);
            let origin = RuntimeOrigin::signed(admin());
            let reported = Access::report_compromise(origin, platform, public(key), from, to, text("外泄"));
            assert!(reported.is_err() || Compromised::<Test>::contains_key(public(key)));
        }
        Act::Reopen { key, stream } => {
            let id = StreamId::new(stream);
            let was_halted = Halted::<Test>::contains_key(id);
            let reopened = Access::reopen_stream(signed(key), id);
            assert!(reopened.is_err() || was_halted);
        }
        Act::Repudiate { stream, last } => {
            let Some(compromise) = Compromised::<Test>::get(public(1)) else { return };
            let (first, last) = (EventNumber::new(1), EventNumber::new(last));
            let (origin, id) = (RuntimeOrigin::signed(head()), StreamId::new(stream));
            let _ = Access::repudiate(origin, compromise.record, id, first, last, text("非本平台"));
        }
        Act::Decide => {
            let Some((record, _)) = crate::Repudiations::<Test>::iter().next() else { return };
            let origin = RuntimeOrigin::signed(supervisor());
            assert_ok!(Access::decide_repudiation(origin, record, false, text("不属实")));
        }
        Act::OpenDecisions { key } => {
            let _ = Access::open_decisions(signed(key), platform_of(key));
        }
        Act::Count { key, allowed, days_ago } => {
            let day = now_day(days_ago);
            let count = DecisionCount { grant: GRANT, allowed, denied: 1 };
            let counts = vec![count].try_into().unwrap();
            if Access::count_decisions(signed(key), platform_of(key), day, counts).is_ok() {
                model.days.entry(day).or_default().allowed.insert(key, allowed);
                model.hold(2, day);
            }
        }
        Act::Name { days_ago, is_right } => name(model, days_ago, is_right),
        Act::Wait { days } => {
            Now::set(Now::get() + days * DAY);
            Access::on_initialize(2);
            Access::on_finalize(2);
            model.compare(Access::waited_from());
        }
    }
}

/// Performs the acts, compares ledger and model, and returns how many days differed and how many differences were named.
fn walk(acts: Vec<Act>) -> [usize; 2] {
    let mut counts = [0; 2];
    run(|| {
        let mut model = Model::default();
        for act in acts {
            perform(&mut model, act);
            Access::do_try_state().unwrap();
        }
        let records = Recorded::get();
        let of = |kind| records.iter().filter(move |record| record.kind == kind);
        let read = |record: &Appended| DayDiffers::decode_all(&mut &record.body[..]).unwrap();
        let differs: Vec<DayDiffers> = of(RecordKind::DayDiffers).map(read).collect();
        let days: Vec<Day> = differs.iter().map(|differs| differs.day).collect();
        assert_eq!(days, model.differing.keys().copied().collect::<Vec<_>>());
        for (said, reported) in differs.iter().zip(model.differing.values()) {
            assert!(said.provider.is_none_or(|side| side.events as usize == reported.provider.len()));
            assert!(said.consumer.is_none_or(|side| side.events as usize == reported.consumer.len()));
            let allowed: u64 = reported.allowed.values().map(|count| u64::from(*count)).sum();
            assert!(said.allowed.is_none_or(|said| said == allowed));
        }
        counts = [days.len(), of(RecordKind::DifferencesNamed).count()];
    });
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_same_days_differ_by_the_same_calls(acts in proptest::collection::vec(act(), 1..80)) {
        walk(acts);
    }
}

#[test]
fn random_walks_come_by_differences_and_name_them() {
    let mut runner = TestRunner::deterministic();
    let acts = proptest::collection::vec(act(), 80);
    let [differing, named] = (0..64).fold([0; 2], |[differing, named], _| {
        let counts = walk(acts.new_tree(&mut runner).unwrap().current());
        [differing + counts[0], named + counts[1]]
    });
    assert!(differing > 20 && named > 0, "{differing} days differed, {named} were named");
}
