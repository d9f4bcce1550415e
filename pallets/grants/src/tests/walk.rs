//! Random legal and illegal acts by everybody, against a model: what the model refuses changes nothing, what it allows leaves the state
//! that it says, and a record from which the offline verifier rebuilds the call.

use super::*;
use crate::Call;
use codec::Encode as _;
use mulu_proofs::{
    evidence::calls::expected_call,
    grants::{UseKind, UseRecord},
    ids::RecordNumber,
    papers::Papers,
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sp_runtime::{DispatchResult, StateVersion};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

const PAPERS: Papers = Papers([7; 32]);
const KEPT: u64 = FINISHED_KEPT_DAYS as u64 * DAY;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Provision,
    Suspend,
    Resume,
    Order { working_days: u16 },
    Report,
    Reject,
    Terminate,
    Complete,
    EndService,
    Dispose,
    Countersign { last: bool },
    Use { ahead: bool },
}

#[derive(Clone, Debug)]
enum Act {
    Begin { days: u64 },
    Pass { hours: u64 },
    Do { who: u8, grant: u32, kind: Kind, said: bool },
}

fn kind() -> impl Strategy<Value = Kind> {
    let mostly = || prop::bool::weighted(0.8);
    prop_oneof![
        4 => Just(Kind::Provision),
        5 => Just(Kind::Suspend),
        3 => Just(Kind::Resume),
        5 => prop_oneof![4 => 1..4_u16, 1 => 0..23_u16].prop_map(|working_days| Kind::Order { working_days }),
        6 => Just(Kind::Report),
        6 => Just(Kind::Reject),
        6 => Just(Kind::Terminate),
        1 => Just(Kind::Complete),
        1 => Just(Kind::EndService),
        4 => Just(Kind::Dispose),
        3 => mostly().prop_map(|last| Kind::Countersign { last }),
        1 => mostly().prop_map(|today| Kind::Use { ahead: !today }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let who = prop_oneof![5 => Just(OFFICER), 3 => Just(SUPERVISOR), 4 => Just(CONSUMER_OFFICER), 2 => 1..=STRANGER];
    prop_oneof![
        1 => (1..30_u64).prop_map(|days| Act::Begin { days }),
        2 => (0..72_u64).prop_map(|hours| Act::Pass { hours }),
        14 => (who, 1..5_u32, kind(), prop::bool::weighted(0.95))
            .prop_map(|(who, grant, kind, said)| Act::Do { who, grant, kind, said }),
    ]
}

/// What the model knows of a grant.
struct Known {
    until: u64,
    states: Vec<GrantState>,
    held: bool,
    /// When the term is over, and since when it stands still.
    term: Option<(u64, Option<u64>)>,
    disposal: Option<RecordNumber>,
    /// Since when it is over.
    over: Option<u64>,
}

#[derive(Default)]
struct Model {
    grants: BTreeMap<u32, Known>,
    begun: u32,
    seen: BTreeSet<&'static str>,
}

impl Known {
    fn state(&self) -> GrantState {
        *self.states.last().unwrap()
    }

    fn stopped(&self) -> bool {
        self.state().is_stopped()
    }

    fn end(&mut self, state: GrantState) {
        self.states.push(state);
        (self.held, self.term, self.over) = (false, None, Some(Now::get()));
    }

    /// Does the act if it is legal, and says what it was; the record has the number `next` if there is one.
    fn act(&mut self, who: u8, kind: Kind, said: bool, next: RecordNumber) -> Option<&'static str> {
        let now = Now::get();
        let providers = matches!(who, OFFICER | SECOND_OFFICER);
        let deciders = providers && !self.held || who == SUPERVISOR;
        let consumers = who == CONSUMER_OFFICER;
        let running = self.over.is_none();
        let overdue = self.term.is_some_and(|(due, since)| since.is_none() && due <= now);
        let room = self.states.len() + 4 < TRANSITIONS_MAX as usize;
        match kind {
            Kind::Provision if running && providers && self.state() == GrantState::Agreed && room => {
                self.states.push(GrantState::Provisioned);
                Some("provisioned")
            }
            Kind::Suspend if running && said && self.stopped() && who == SUPERVISOR && !self.held => {
                self.held = true;
                Some("taken over")
            }
            Kind::Suspend if running && said && !self.stopped() && (providers || who == SUPERVISOR) => {
                self.states.push(GrantState::Suspended);
                self.held = who == SUPERVISOR;
                Some("suspended")
            }
            Kind::Resume if running && said && self.stopped() && deciders && room => {
                let mended = self.state() == GrantState::Rectifying;
                let before = self.states.iter().rev().find(|state| !state.is_stopped());
                self.states.push(*before.unwrap());
                (self.held, self.term) = (false, None);
                Some(if mended { "mended" } else { "resumed" })
            }
            Kind::Order { working_days: days @ 1..=20 }
                if running && said && self.state() == GrantState::Suspended && deciders =>
            {
                self.states.push(GrantState::Rectifying);
                self.held = who == SUPERVISOR;
                self.term = Some((now + u64::from(days) * DAY, None));
                Some("ordered")
            }
            Kind::Report if running && said && consumers => match &mut self.term {
                Some((_, since @ None)) if !overdue => {
                    *since = Some(now);
                    Some("reported")
                }
                Some((_, None)) => Some("reported too late"),
                _ => None,
            },
            Kind::Reject if running && said && deciders => match &mut self.term {
                Some((due, since @ Some(_))) => {
                    *due += now - since.take().unwrap();
                    Some("rejected")
                }
                _ => None,
            },
            Kind::Terminate if running && said && deciders && overdue => {
                self.end(GrantState::Terminated);
                Some("terminated")
            }
            Kind::Complete if running && said && consumers && !self.stopped() => {
                self.end(GrantState::Completed);
                Some("completed")
            }
            Kind::EndService if running && said && providers && !self.stopped() => {
                self.end(GrantState::EndedByProvider);
                Some("ended by the provider")
            }
            Kind::Dispose if !running && said && consumers && self.state() != GrantState::Disposed => {
                self.disposal = Some(next);
                Some("disposal recorded")
            }
            Kind::Countersign { last: true }
                if !running && providers && self.disposal.is_some() && self.state() != GrantState::Disposed =>
            {
                self.states.push(GrantState::Disposed);
                Some("disposed")
            }
            Kind::Use { ahead: false } if consumers || who == APPLICANT => Some("use recorded"),
            _ => None,
        }
    }
}

impl Model {
    fn begin(&mut self, days: u64) {
        let until = Now::get() + days * DAY;
        assert_ok!(Grants::begin(&GrantTerms { until: Moment::new(until), ..terms() }));
        self.begun += 1;
        let states = vec![GrantState::Agreed];
        self.grants.insert(self.begun, Known { until, states, held: false, term: None, disposal: None, over: None });
    }

    fn pass(&mut self, hours: u64) {
        Now::set(Now::get() + hours * 3_600_000);
        let now = Now::get();
        for known in self.grants.values_mut().filter(|known| known.until <= now && known.over.is_none()) {
            (known.over, known.held, known.term) = (Some(known.until), false, None);
            self.seen.insert("expired");
        }
        blocks(self.begun + 1);
        let before = self.grants.len();
        self.grants.retain(|_, known| known.over.is_none_or(|over| over + KEPT > now));
        if self.grants.len() < before {
            self.seen.insert("left the state");
        }
    }

    fn assert_holds(&self) {
        assert_eq!(Courses::<Test>::iter().count(), self.grants.len());
        for (id, known) in &self.grants {
            let course = Courses::<Test>::get(GrantId::new(*id)).unwrap();
            let states: Vec<_> = course.transitions.iter().map(|(_, state)| *state).collect();
            assert_eq!(states, known.states);
            assert_eq!((course.is_live(), course.disposal), (known.over.is_none(), known.disposal));
            assert_eq!(
                (course.is_held_by_authority, course.rectification.is_some()),
                (known.held, known.term.is_some())
            );
        }
    }
}

/// The call of an act.
fn call(grant: GrantId, kind: Kind, said: bool, disposal: Option<RecordNumber>) -> Call<Test> {
    let reason = text(if said { "超范围使用" } else { "" });
    match kind {
        Kind::Provision => Call::provision { grant },
        Kind::Suspend => Call::suspend { grant, reason },
        Kind::Resume => Call::resume { grant, reason },
        Kind::Order { working_days } => Call::order_rectification { grant, working_days, what: reason },
        Kind::Report => Call::report_rectified { grant, statement: reason, papers: Some(PAPERS) },
        Kind::Reject => Call::reject_rectification { grant, reason },
        Kind::Terminate => Call::terminate { grant, reason },
        Kind::Complete => Call::complete { grant, outcome: text(if said { "成效" } else { "" }) },
        Kind::EndService => Call::end_service { grant, reason, consultation: PAPERS },
        Kind::Dispose => Call::record_disposal { grant, how: reason, papers: None },
        Kind::Countersign { last } => {
            let record = disposal.filter(|_| last).unwrap_or(RecordNumber::new(0));
            Call::countersign_disposal { grant, record }
        }
        Kind::Use { ahead } => {
            let today = TestClocks::day_of(Moment::new(Now::get()));
            let on = if ahead { today.next() } else { today };
            Call::record_use { grant, used: UseRecord { kind: UseKind::Process, papers: PAPERS, on } }
        }
    }
}

/// Does an act without the transaction that FRAME puts around calls, so that nothing hides a write before a check.
fn apply(who: u8, call: Call<Test>) -> DispatchResult {
    let who = &account(who);
    match call {
        Call::provision { grant } => Grants::do_provision(who, grant),
        Call::suspend { grant, reason } => Grants::do_suspend(who, grant, reason),
        Call::resume { grant, reason } => Grants::do_resume(who, grant, reason),
        Call::order_rectification { grant, working_days, what } => {
            Grants::do_order_rectification(who, grant, working_days, what)
        }
        Call::report_rectified { grant, statement, papers } => {
            Grants::do_report_rectified(who, grant, statement, papers)
        }
        Call::reject_rectification { grant, reason } => Grants::do_reject_rectification(who, grant, reason),
        Call::terminate { grant, reason } => Grants::do_terminate(who, grant, reason),
        Call::complete { grant, outcome } => Grants::do_complete(who, grant, outcome),
        Call::end_service { grant, reason, consultation } => Grants::do_end_service(who, grant, reason, consultation),
        Call::record_disposal { grant, how, papers } => Grants::do_record_disposal(who, grant, how, papers),
        Call::countersign_disposal { grant, record } => Grants::do_countersign_disposal(who, grant, record),
        Call::record_use { grant, used } => Grants::do_record_use(who, grant, used),
        Call::__Ignore(..) => unreachable!("never made"),
    }
}

fn do_act(model: &mut Model, who: u8, grant: u32, kind: Kind, said: bool) {
    let before = (sp_io::storage::root(StateVersion::V1), Recorded::get().len(), Dues::get());
    let next = RecordNumber::new(before.1 as u64 + 1);
    let disposal = model.grants.get(&grant).and_then(|known| known.disposal);
    let expected = model.grants.get_mut(&grant).and_then(|known| known.act(who, kind, said, next));
    let call = call(GrantId::new(grant), kind, said, disposal);
    let done = apply(who, call.clone());
    assert_eq!(done.is_ok(), expected.is_some(), "{call:?} by {who}: {done:?}, expected {expected:?}");
    model.seen.extend(expected);
    if done.is_err() {
        let after = (sp_io::storage::root(StateVersion::V1), Recorded::get().len(), Dues::get());
        assert_eq!(before, after, "{call:?} was refused and changed something");
        return;
    }
    assert_eq!(Recorded::get().len(), before.1 + 1, "one act, one record");
    let record = last_record();
    assert_eq!(record.signer, Some([who; 32]));
    assert_eq!(expected_call(&record), Some(RuntimeCall::Grants(call).encode()));
}

#[test]
fn everybody_may_try_everything() {
    let seen = RefCell::new(BTreeSet::new());
    let config = Config { cases: 160, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner
        .run(&prop::collection::vec(act(), 1..250), |acts| {
            run(|| {
                let mut model = Model::default();
                for act in &acts {
                    match *act {
                        Act::Begin { days } => model.begin(days),
                        Act::Pass { hours } => model.pass(hours),
                        Act::Do { who, grant, kind, said } => do_act(&mut model, who, grant, kind, said),
                    }
                    model.assert_holds();
                    Grants::do_try_state().unwrap_or_else(|broken| panic!("{broken:?} after {act:?}"));
                }
                seen.borrow_mut().extend(model.seen);
            });
            Ok(())
        })
        .unwrap();
    let all = [
        "completed",
        "disposal recorded",
        "disposed",
        "ended by the provider",
        "expired",
        "left the state",
        "mended",
        "ordered",
        "provisioned",
        "rejected",
        "reported",
        "reported too late",
        "resumed",
        "suspended",
        "taken over",
        "terminated",
        "use recorded",
    ];
    assert_eq!(seen.into_inner(), BTreeSet::from(all), "the walk shows little");
}
