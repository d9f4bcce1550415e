//! Acts in any order, by anybody, legal and not, against a naive model: what it calls illegal is refused and changes nothing, what it
//! calls legal is done, and the invariants hold after every step.

use super::*;
use crate::{Courses, OpenChanges};
use mulu_pallet_support::LiveUse;
use mulu_proofs::{
    catalog::{EntryStatus, List, Method, Methods, Restriction},
    ids::DepartmentId,
    papers::Papers,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use sp_runtime::StateVersion;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

const PEOPLE: [u8; 8] = [CATALOGUER, HEAD, BOTH, POLICE_CATALOGUER, POLICE_HEAD, REVIEWER, EVERYTHING, AUTHORITY_HEAD];
const CODES: [&str; 2] = ["306001/1", "306001/2"];

#[derive(Clone, Copy, Debug)]
enum Act {
    /// A content of these items, by bits; with the consultation of art. 27 or without.
    Submit {
        provider: DepartmentId,
        items: u8,
        consulted: bool,
    },
    Endorse,
    Return,
    Review,
    Publish,
    Suspend,
    Resume,
    Withdraw {
        consulted: bool,
    },
    /// Of a change so many days ago; of tomorrow if there are none.
    Report(Option<u8>),
    Ask(u16),
    Decide(bool),
    /// Days pass.
    Wait(u8),
    /// A grant on every item of the published version begins.
    Grant,
    /// All grants on the entry end.
    EndGrants,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    who: u8,
    code: usize,
    act: Act,
}

fn any_step() -> impl Strategy<Value = (Option<u8>, usize, Act)> {
    let act = prop_oneof![
        6 => (select(vec![AUTHORITY, CIVIL, CIVIL, POLICE]), 1_u8..8, any::<bool>())
            .prop_map(|(provider, items, consulted)| Act::Submit { provider, items, consulted }),
        6 => Just(Act::Endorse),
        2 => Just(Act::Return),
        6 => Just(Act::Review),
        6 => Just(Act::Publish),
        2 => Just(Act::Suspend),
        2 => Just(Act::Resume),
        1 => any::<bool>().prop_map(|consulted| Act::Withdraw { consulted }),
        3 => proptest::option::of(0_u8..9).prop_map(Act::Report),
        2 => (0_u16..8).prop_map(Act::Ask),
        2 => any::<bool>().prop_map(Act::Decide),
        3 => (1_u8..6).prop_map(Act::Wait),
        2 => Just(Act::Grant),
        1 => Just(Act::EndGrants),
    ];
    // Most acts are by somebody whose they are, or nothing would ever be published.
    let who = prop_oneof![1 => select(PEOPLE.to_vec()).prop_map(Some), 4 => Just(None)];
    (who, 0..CODES.len(), act)
}

/// The step with somebody who may take it, if nobody was named.
fn step_of((who, code, act): (Option<u8>, usize, Act), model: &Model) -> Step {
    let provider = model.entries[code].provider.unwrap_or(CIVIL);
    let (cataloguer, head) = match provider {
        POLICE => (POLICE_CATALOGUER, POLICE_HEAD),
        AUTHORITY => (EVERYTHING, AUTHORITY_HEAD),
        _ => (CATALOGUER, HEAD),
    };
    let act = match act {
        Act::Submit { items, consulted, .. } if who.is_none() => Act::Submit { provider, items, consulted },
        act => act,
    };
    let fitting = match act {
        Act::Submit { .. } | Act::Report(_) => cataloguer,
        Act::Endorse | Act::Suspend | Act::Resume | Act::Withdraw { .. } | Act::Ask(_) => head,
        _ => REVIEWER,
    };
    Step { who: who.unwrap_or(fitting), code, act }
}

/// How far a version is, and who signed what of it.
#[derive(Clone, Debug)]
struct Waiting {
    items: u8,
    consulted: bool,
    signers: Vec<u8>,
    is_reviewed: bool,
    is_update: bool,
}

/// A change that is open: working days that are left.
#[derive(Clone, Debug)]
struct Duty {
    left: i32,
    /// Whether the day that it is counts when it ends: not if the change occurred on it.
    counts_today: bool,
    is_paused: bool,
    asked: Option<u16>,
    extended: u16,
}

#[derive(Clone, Debug, Default)]
struct Modelled {
    id: u32,
    provider: Option<DepartmentId>,
    last: u16,
    waiting: Option<Waiting>,
    /// Items of every published version.
    published: BTreeMap<u16, u8>,
    /// Versions with live grants.
    live: BTreeSet<u16>,
    /// Items of a version that stopped.
    stopped: BTreeMap<u16, u8>,
    suspended: bool,
    by_authority: bool,
    withdrawn: bool,
    duty: Option<Duty>,
}

#[derive(Clone, Debug, Default)]
struct Model {
    entries: [Modelled; CODES.len()],
    count: u32,
}

/// Who is what, said once more.
fn is(who: u8, role: Role, department: DepartmentId) -> bool {
    matches!(
        (who, role, department),
        (CATALOGUER | BOTH, Role::Cataloguer, CIVIL)
            | (HEAD | BOTH, Role::Head, CIVIL)
            | (POLICE_CATALOGUER, Role::Cataloguer, POLICE)
            | (POLICE_HEAD, Role::Head, POLICE)
            | (REVIEWER | EVERYTHING, Role::Reviewer, AUTHORITY)
            | (EVERYTHING | AUTHORITY_HEAD, Role::Cataloguer | Role::Head, AUTHORITY)
    )
}

impl Modelled {
    fn of_provider(&self, who: u8, role: Role) -> bool {
        self.provider.is_some_and(|provider| is(who, role, provider))
    }

    /// Items of versions with live grants that a version with `items` takes away and nothing took before.
    fn takes(&self, items: u8) -> BTreeMap<u16, u8> {
        let gone = |version: &u16| self.published[version] & !items & !self.stopped.get(version).unwrap_or(&0);
        self.live.iter().map(|version| (*version, gone(version))).filter(|(_, gone)| *gone != 0).collect()
    }

    fn in_force(&self) -> bool {
        !self.published.is_empty() && !self.withdrawn
    }
}

impl Model {
    /// Does the act if it is legal, and says whether it was.
    fn step(&mut self, Step { who, code, act }: Step) -> bool {
        let is_reviewer = is(who, Role::Reviewer, AUTHORITY);
        let entry = &mut self.entries[code];
        match act {
            Act::Submit { provider, items, consulted } => {
                let free = entry.provider.is_none_or(|own| own == provider) && entry.waiting.is_none();
                let consults = consulted || entry.takes(items).is_empty();
                if !is(who, Role::Cataloguer, provider) || !free || entry.withdrawn || !consults {
                    return false;
                }
                if entry.provider.is_none() {
                    self.count += 1;
                    (entry.provider, entry.id) = (Some(provider), self.count);
                }
                entry.last += 1;
                let (signers, is_reviewed, is_update) = (vec![who], false, false);
                entry.waiting = Some(Waiting { items, consulted, signers, is_reviewed, is_update });
            }
            Act::Endorse => {
                let may = entry.of_provider(who, Role::Head);
                let Some(waiting) = &mut entry.waiting else { return false };
                if !may || waiting.signers.len() > 1 || waiting.signers.contains(&who) {
                    return false;
                }
                waiting.signers.push(who);
                if let Some(duty) = &mut entry.duty {
                    waiting.is_update = true;
                    duty.is_paused = duty.left > 0;
                }
            }
            Act::Return => {
                let is_head = entry.of_provider(who, Role::Head);
                let Some(waiting) = &entry.waiting else { return false };
                let may = is_reviewer || (is_head && waiting.signers.len() == 1);
                if !may || waiting.signers.contains(&who) {
                    return false;
                }
                if let (true, Some(duty)) = (waiting.is_update, &mut entry.duty) {
                    duty.is_paused = false;
                }
                entry.waiting = None;
            }
            Act::Review | Act::Publish => {
                let Some(waiting) = &mut entry.waiting else { return false };
                let publishes = matches!(act, Act::Publish);
                let due = waiting.signers.len() == 2 && waiting.is_reviewed == publishes;
                if !is_reviewer || !due || waiting.signers.contains(&who) {
                    return false;
                }
                if !publishes {
                    waiting.is_reviewed = true;
                    return true;
                }
                let waiting = waiting.clone();
                let takes = entry.takes(waiting.items);
                if !waiting.consulted && !takes.is_empty() {
                    return false;
                }
                for (version, gone) in takes {
                    *entry.stopped.entry(version).or_default() |= gone;
                }
                if waiting.is_update {
                    entry.duty = None;
                }
                entry.published.insert(entry.last, waiting.items);
                entry.waiting = None;
            }
            Act::Suspend => {
                let is_head = entry.of_provider(who, Role::Head);
                if !entry.in_force() || entry.suspended || !(is_head || is_reviewer) {
                    return false;
                }
                (entry.suspended, entry.by_authority) = (true, !is_head);
            }
            Act::Resume => {
                let may = is_reviewer || (entry.of_provider(who, Role::Head) && !entry.by_authority);
                if !entry.in_force() || !entry.suspended || !may {
                    return false;
                }
                entry.suspended = false;
            }
            Act::Withdraw { consulted } => {
                let consults = consulted || entry.live.is_empty();
                let free = entry.in_force() && entry.waiting.is_none();
                if !free || !entry.of_provider(who, Role::Head) || !consults {
                    return false;
                }
                (entry.withdrawn, entry.duty) = (true, None);
            }
            Act::Report(ago) => {
                let may = entry.of_provider(who, Role::Cataloguer) || entry.of_provider(who, Role::Head) || is_reviewer;
                let Some(ago) = ago else { return false };
                if !entry.in_force() || entry.duty.is_some() || !may {
                    return false;
                }
                // The day of the change does not count, and today has not ended.
                let ended = (now() - i32::from(ago) + 1..now()).filter(|day| !weekend(*day)).count();
                let (left, counts_today) = (10 - i32::try_from(ended).unwrap(), ago > 0);
                entry.duty = Some(Duty { left, counts_today, is_paused: false, asked: None, extended: 0 });
            }
            Act::Ask(days) => {
                let may = entry.of_provider(who, Role::Head) && entry.in_force();
                let Some(duty) = &mut entry.duty else { return false };
                if !may
                    || duty.asked.is_some()
                    || !(1..=5 - duty.extended).contains(&days)
                    || (duty.left <= 0 && !duty.is_paused)
                {
                    return false;
                }
                duty.asked = Some(days);
            }
            Act::Decide(granted) => {
                let in_force = entry.in_force();
                let Some(duty) = &mut entry.duty else { return false };
                let Some(days) = duty.asked else { return false };
                let in_time = duty.is_paused || duty.left > 0;
                if !is_reviewer || !in_force || (granted && !in_time) {
                    return false;
                }
                duty.asked = None;
                if granted {
                    duty.extended += days;
                    duty.left += i32::from(days);
                }
            }
            Act::Wait(days) => {
                for _ in 0..days {
                    for duty in self.entries.iter_mut().filter_map(|entry| entry.duty.as_mut()) {
                        let counts = duty.counts_today && !weekend(now()) && !duty.is_paused;
                        duty.left -= i32::from(counts && duty.left > 0);
                        duty.counts_today = true;
                    }
                    Days::set(Days::get() + 1);
                }
            }
            Act::Grant => {
                let newest = entry.published.last_key_value().map(|(version, _)| *version);
                entry.live.extend(newest.filter(|_| !entry.withdrawn));
            }
            Act::EndGrants => entry.live.clear(),
        }
        true
    }
}

/// Days since the tests' first Monday.
fn now() -> i32 {
    i32::try_from(Days::get()).unwrap()
}

/// Whether the day that many days after the tests' first Monday is a Saturday or Sunday.
fn weekend(day: i32) -> bool {
    day.rem_euclid(7) >= 5
}

/// A content with these items of three.
fn with_items(code: &str, provider: DepartmentId, items: u8, consulted: bool) -> EntryContent {
    let all = ["a", "b", "c"].map(|code| item(code, SharingClass::Conditional));
    let chosen = (0_u8..).zip(all).filter(|(place, _)| items >> place & 1 == 1).map(|(_, item)| item);
    EntryContent {
        code: text(code),
        provider,
        items: List::truncate_from(chosen.collect()),
        restriction: consulted.then(|| Restriction { reason: text("系统下线"), consultation: Papers([9; 32]) }),
        ..content()
    }
}

/// Does the act through the calls.
fn call(Step { who, code, act }: Step, model: &Model) -> DispatchResult {
    let (origin, entry) = (signed(who), EntryId::new(model.entries[code].id));
    let waiting = VersionUnderWay::<Test>::get(entry);
    let (version, digest) = waiting.map_or((V1, [0; 32]), |waiting| (waiting.version, waiting.facts.digest));
    match act {
        Act::Submit { provider, items, consulted } => {
            Catalog::submit(origin, Box::new(with_items(CODES[code], provider, items, consulted)))
        }
        Act::Endorse => Catalog::endorse(origin, entry, version, digest),
        Act::Return => Catalog::return_version(origin, entry, version, text("重复")),
        Act::Review => Catalog::review(origin, entry, version, digest),
        Act::Publish => Catalog::publish(origin, entry, version, digest),
        Act::Suspend => Catalog::suspend(origin, entry, text("数据有误")),
        Act::Resume => Catalog::resume(origin, entry, text("已更正")),
        Act::Withdraw { consulted } => {
            Catalog::withdraw(origin, entry, text("职责划出"), consulted.then_some(Papers([3; 32])))
        }
        Act::Report(ago) => {
            let on = ago.map_or(today().next(), |ago| (0..ago).fold(today(), |day, _| day.previous()));
            Catalog::report_change(origin, entry, on, text("条例修订"))
        }
        Act::Ask(days) => Catalog::ask_extension(origin, entry, days, text("改造未完成")),
        Act::Decide(granted) => Catalog::decide_extension(origin, entry, granted, text("按规定")),
        Act::Wait(_) | Act::Grant | Act::EndGrants => Ok(()),
    }
}

/// The table of live grants, as the model has it.
fn live(model: &Model) -> Vec<(EntryId, LiveUse)> {
    let methods = Methods::of(&[Method::ServiceInterface]);
    let of = |entry: &Modelled| {
        let (id, entry) = (EntryId::new(entry.id), entry.clone());
        let items = move |version: &u16| u64::MAX >> (64 - entry.published[version].count_ones());
        let live: Vec<_> = entry.live.iter().map(|version| (*version, items(version))).collect();
        live.into_iter().map(move |(version, items)| (id, LiveUse { version: Version::new(version), items, methods }))
    };
    model.entries.iter().flat_map(of).collect()
}

fn assert_same(model: &Model) {
    for entry in model.entries.iter().filter(|entry| entry.provider.is_some()) {
        let id = EntryId::new(entry.id);
        let newest = entry.published.last_key_value().map(|(version, _)| Version::new(*version));
        assert_eq!(Entries::<Test>::get(id).map(|entry| entry.published), Some(newest));
        assert_eq!(OpenChanges::<Test>::contains_key(id), entry.duty.is_some());
        let status = match entry {
            Modelled { withdrawn: true, .. } => EntryStatus::Withdrawn,
            Modelled { suspended: true, .. } => EntryStatus::Suspended,
            _ => EntryStatus::Published,
        };
        assert_eq!(Courses::<Test>::get(id).now(), status);
        for version in entry.published.keys() {
            let stops = Catalog::stops(id, Version::new(*version));
            let stopped: u32 = stops.iter().map(|stop| stop.items.count_ones()).sum();
            assert_eq!(stopped, entry.stopped.get(version).map_or(0, |items| items.count_ones()));
        }
    }
}

/// What happened in all walks together.
#[derive(Debug, Default)]
struct Seen {
    done: BTreeMap<String, u32>,
    refused: BTreeSet<String>,
    stops: u32,
    late: u32,
}

impl Seen {
    fn add(&mut self, step: Step, result: &DispatchResult, model: &Model) {
        let name = format!("{:?}", step.act);
        let name = name.split([' ', '(']).next().unwrap_or_default().to_owned();
        match result {
            Ok(()) => *self.done.entry(name).or_default() += 1,
            Err(error) => drop(self.refused.insert(format!("{error:?}"))),
        }
        self.stops += u32::from(model.entries.iter().any(|entry| !entry.stopped.is_empty()));
        let is_late = |duty: &Duty| duty.left <= 0;
        self.late += u32::from(model.entries.iter().any(|entry| entry.duty.as_ref().is_some_and(is_late)));
    }
}

fn walk(steps: Vec<(Option<u8>, usize, Act)>, seen: &mut Seen) {
    run(|| {
        let mut model = Model::default();
        for step in steps {
            let step = step_of(step, &model);
            let before = (sp_io::storage::root(StateVersion::V1), Recorded::get().len());
            let mut after = model.clone();
            let result = call(step, &model);
            let expected = after.step(step);
            assert_eq!(result.is_ok(), expected, "{step:?} gave {result:?} in {model:#?}");
            if expected {
                model = after;
            } else {
                let now = (sp_io::storage::root(StateVersion::V1), Recorded::get().len());
                assert_eq!(now, before, "what is refused changes nothing: {step:?}");
            }
            seen.add(step, &result, &model);
            Live::set(live(&model));
            assert_same(&model);
            Catalog::do_try_state().unwrap_or_else(|error| panic!("{step:?}: {error:?}"));
        }
        Live::set(Vec::new());
    });
}

#[test]
fn what_is_legal_is_done_and_what_is_not_changes_nothing() {
    let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let seen = RefCell::new(Seen::default());
    let walked = runner.run(&vec(any_step(), 40..240), |steps| {
        walk(steps, &mut seen.borrow_mut());
        Ok(())
    });
    walked.unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    assert_eq!(seen.done.len(), 14, "every act was done: {seen:#?}");
    assert!(seen.done["Publish"] > 200 && seen.stops > 200 && seen.late > 100, "{seen:#?}");
    assert!(seen.refused.len() > 15, "{seen:#?}");
}
