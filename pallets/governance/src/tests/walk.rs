//! Random legal and illegal acts by everybody, against a model that counts votes with fractions: what the model refuses changes
//! nothing, what it allows leaves the state and the records that it says.

use super::*;
use mulu_proofs::governance::Majority;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sp_runtime::StateVersion;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// What somebody does, or time does. Choices are numbers that the walk reads against the state of the moment.
#[derive(Clone, Debug)]
enum Act {
    Propose { who: u8, action: u8, hours: u64, ahead: Option<u32> },
    Vote { who: u8, which: usize, approve: bool, signs_it: bool },
    Withdraw { who: u8, which: usize },
    EndBlock { hours: u64 },
}

/// Mostly heads, sometimes a clerk or a stranger.
fn who() -> impl Strategy<Value = u8> {
    prop_oneof![30 => 1..=DEPARTMENTS, 1 => Just(SECOND_HEAD), 1 => Just(CLERK), 1 => Just(STRANGER)]
}

fn act() -> impl Strategy<Value = Act> {
    let ahead = prop_oneof![3 => Just(None), 1 => (0..12_u32).prop_map(Some)];
    prop_oneof![
        4 => (who(), any::<u8>(), 0..60_u64, ahead)
            .prop_map(|(who, action, hours, ahead)| Act::Propose { who, action, hours, ahead }),
        24 => (who(), any::<usize>(), prop::bool::weighted(0.7), prop::bool::weighted(0.97))
            .prop_map(|(who, which, approve, signs_it)| Act::Vote { who, which, approve, signs_it }),
        1 => (who(), any::<usize>()).prop_map(|(who, which)| Act::Withdraw { who, which }),
        2 => (0..4_u64).prop_map(|hours| Act::EndBlock { hours }),
    ]
}

/// Only departments 6 and 7 are ever suspended, so that the rest can still decide. The seventh is registered and waits for admission.
fn action(choice: u8) -> Action {
    match choice % 14 {
        0 | 1 => suspend(6 + choice / 12 % 2),
        2 | 3 => reinstate(6 + choice / 12 % 2),
        4 => Action::RemoveValidator { key: [1; 32] },
        5 => Action::RemoveObserver { node_key: [1; 32] },
        6 => Action::RotateValidatorKey { old: [1; 32], new: [1; 32] },
        7 => upgrade(System::block_number() + u32::from(choice / 12), 2),
        8 => Action::CancelUpgrade,
        9 | 10 => admit(7),
        _ => auditor(),
    }
}

struct Open {
    terms: ProposalTerms,
    proposer: DepartmentId,
    votes: BTreeMap<DepartmentId, bool>,
    adopted: bool,
}

/// What the pallet should hold.
#[derive(Default)]
struct Model {
    open: BTreeMap<u32, Open>,
    last: u32,
    inactive: BTreeSet<DepartmentId>,
    registered: BTreeSet<DepartmentId>,
    plan: Option<u32>,
    /// Kinds that the act at hand leaves on record.
    records: Vec<RecordKind>,
    seen: BTreeSet<&'static str>,
}

impl Model {
    fn head(&self, who: u8) -> Result<DepartmentId, DispatchError> {
        let department = match who {
            STRANGER => return Err(Errors::NotPermitted.into()),
            CLERK => return Err(ROLE_MISSING),
            SECOND_HEAD => department(1),
            number => department(number),
        };
        if self.inactive.contains(&department) {
            return Err(ROLE_MISSING);
        }
        if self.registered.contains(&department) { Err(Errors::NotAdmitted.into()) } else { Ok(department) }
    }

    /// Departments that neither vote nor count.
    fn silent(&self) -> BTreeSet<DepartmentId> {
        self.inactive.union(&self.registered).copied().collect()
    }

    fn propose(&mut self, who: u8, terms: ProposalTerms) -> DispatchResult {
        let proposer = self.head(who)?;
        let same = matches!(&terms.action, Action::RotateValidatorKey { old, new } if old == new);
        let mine = self.open.values().filter(|open| open.proposer == proposer).count();
        let there = self.open.values().filter(|open| open.terms.enact_at == terms.enact_at).count();
        let refusal = match (&terms.enact_at, terms.expires.get()) {
            _ if same => Some(Errors::ActionInvalid),
            (_, expires) if expires <= Now::get() => Some(Errors::ExpiryPassed),
            _ if mine == 8 => Some(Errors::TooManyOpen),
            (Some(height), _) if height.get() <= System::block_number() => Some(Errors::HeightPassed),
            (Some(_), _) if there == 8 => Some(Errors::HeightFull),
            _ => None,
        };
        if let Some(error) = refusal {
            return Err(error.into());
        }
        self.last += 1;
        self.open.insert(self.last, Open { terms, proposer, votes: BTreeMap::new(), adopted: false });
        self.records.push(RecordKind::ProposalMade);
        Ok(())
    }

    fn vote(&mut self, who: u8, id: u32, signs_it: bool, approve: bool) -> DispatchResult {
        let department = self.head(who)?;
        let silent = self.silent();
        let open = self.open.get_mut(&id).ok_or(Errors::UnknownProposal)?;
        let refusal = match &*open {
            open if open.adopted => Some(Errors::AlreadyAdopted),
            open if open.terms.expires.get() <= Now::get() => Some(Errors::VotingOver),
            _ if !signs_it => Some(Errors::DigestMismatch),
            open if open.votes.contains_key(&department) => Some(Errors::AlreadyVoted),
            _ => None,
        };
        if let Some(error) = refusal {
            return Err(error.into());
        }
        open.votes.insert(department, approve);
        self.records.push(RecordKind::ProposalVoted);
        let active = usize::from(DEPARTMENTS) - silent.len();
        let counted = |side| {
            let votes = open.votes.iter().filter(|(department, _)| !silent.contains(department));
            votes.filter(|(_, approve)| **approve == side).count()
        };
        let (approving, refusing) = (counted(true), counted(false));
        let suffices = |votes: usize| match open.terms.action.threshold() {
            Majority::Simple => 2 * votes > active,
            Majority::TwoThirds => 3 * votes >= 2 * active,
        };
        if suffices(approving) {
            open.adopted = true;
            if open.terms.enact_at.is_none() {
                self.enact(id);
            }
        } else if !suffices(active - refusing) {
            self.seen.insert("rejected");
            self.close(id);
        }
        Ok(())
    }

    fn withdraw(&mut self, who: u8, id: u32) -> DispatchResult {
        let department = self.head(who)?;
        let open = self.open.get(&id).ok_or(Errors::UnknownProposal)?;
        if open.proposer != department {
            return Err(Errors::NotProposer.into());
        }
        if open.adopted {
            return Err(Errors::AlreadyAdopted.into());
        }
        self.open.remove(&id);
        self.records.push(RecordKind::ProposalWithdrawn);
        Ok(())
    }

    fn enact(&mut self, id: u32) {
        let open = self.open.remove(&id).unwrap();
        self.seen.insert(if open.terms.enact_at.is_some() { "enacted at a height" } else { "enacted at once" });
        match open.terms.action {
            Action::SetDepartmentStatus { department, status } => {
                if status == mulu_proofs::departments::DepartmentStatus::Active {
                    self.inactive.remove(&department);
                } else {
                    self.inactive.insert(department);
                }
                self.records.push(RecordKind::DepartmentStatusSet);
            }
            Action::AdmitDepartment { department } => {
                self.seen.insert("admitted");
                self.registered.remove(&department);
                self.records.push(RecordKind::DepartmentAdmitted);
            }
            Action::PlanUpgrade(plan) if self.plan.is_none() && plan.height.get() > System::block_number() => {
                self.plan = Some(plan.height.get());
            }
            Action::CancelUpgrade => self.plan = None,
            _ => {}
        }
        self.records.push(RecordKind::ProposalEnacted);
    }

    fn close(&mut self, id: u32) {
        self.open.remove(&id).unwrap();
        self.records.push(RecordKind::ProposalClosed);
    }

    fn end_block(&mut self) {
        let at = |open: &Open| open.terms.enact_at.map(Height::get) == Some(System::block_number());
        let due: Vec<u32> = self.open.iter().filter(|(_, open)| at(open)).map(|(id, _)| *id).collect();
        for id in due {
            if self.open[&id].adopted {
                self.enact(id);
            } else {
                self.seen.insert("height reached");
                self.close(id);
            }
        }
        let over = |open: &Open| !open.adopted && open.terms.expires.get() <= Now::get();
        let mut expired: Vec<_> =
            self.open.iter().filter(|(_, open)| over(open)).map(|(id, open)| (open.terms.expires, *id)).collect();
        expired.sort();
        for (_, id) in expired.into_iter().take(16) {
            self.seen.insert("expired");
            self.close(id);
        }
    }

    /// A proposal that is open, or, now and then, any.
    fn pick(&self, which: usize) -> u32 {
        let any = u32::try_from(which % 64).unwrap();
        if self.open.is_empty() || which.is_multiple_of(32) {
            return any;
        }
        // One in two votes goes to the oldest, so that something is decided.
        let place = if which.is_multiple_of(2) { 0 } else { which / 64 % self.open.len() };
        *self.open.keys().nth(place).unwrap()
    }

    /// What the pallet does and what it should have done.
    fn step(&mut self, act: &Act) -> (Option<Call<Test>>, DispatchResult, DispatchResult) {
        match *act {
            Act::Propose { who, action: choice, hours, ahead } => {
                let action = action(choice);
                let expires = Moment::new(Now::get() + hours * DAY / 24);
                let enact_at = ahead.map(|ahead| Height::new(System::block_number() + ahead));
                let call = Call::propose { action: Box::new(action.clone()), expires, enact_at };
                let done = Governance::propose(signed(who), Box::new(action.clone()), expires, enact_at);
                (Some(call), done, self.propose(who, ProposalTerms { action, expires, enact_at }))
            }
            Act::Vote { who, which, approve, signs_it } => {
                let id = self.pick(which);
                let proposal = ProposalId::new(id);
                let digest = if signs_it { digest_of(proposal) } else { [0xee; 32] };
                let call = Call::vote { proposal, digest, approve };
                let done = Governance::vote(signed(who), proposal, digest, approve);
                (Some(call), done, self.vote(who, id, signs_it, approve))
            }
            Act::Withdraw { who, which } => {
                let id = self.pick(which);
                let proposal = ProposalId::new(id);
                let done = Governance::withdraw(signed(who), proposal);
                (Some(Call::withdraw { proposal }), done, self.withdraw(who, id))
            }
            Act::EndBlock { hours } => {
                self.end_block();
                next_block(hours * DAY / 24);
                (None, Ok(()), Ok(()))
            }
        }
    }

    fn assert_holds(&self) {
        let mut ids: Vec<u32> = Proposals::<Test>::iter_keys().map(ProposalId::get).collect();
        ids.sort();
        assert_eq!(ids, self.open.keys().copied().collect::<Vec<_>>());
        for (id, open) in &self.open {
            let id = ProposalId::new(*id);
            assert_eq!(Proposals::<Test>::get(id).unwrap().stage == Stage::Adopted, open.adopted);
            assert_eq!(Votes::<Test>::iter_prefix(id).collect::<BTreeMap<_, _>>(), open.votes);
        }
        assert_eq!(Inactive::get().into_iter().collect::<BTreeSet<_>>(), self.inactive);
        assert_eq!(Registered::get().into_iter().collect::<BTreeSet<_>>(), self.registered);
        assert_eq!(Plan::<Test>::get().map(|plan| plan.height.get()), self.plan);
        assert_eq!(sp_io::storage::get(HALF_DONE), None);
    }
}

fn state_root() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

#[test]
fn everybody_may_try_everything() {
    let seen = RefCell::new(BTreeSet::new());
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner
        .run(&prop::collection::vec(act(), 1..250), |acts| {
            run(|| {
                Registered::set(vec![department(7)]);
                let mut model = Model { registered: BTreeSet::from([department(7)]), ..Model::default() };
                for act in &acts {
                    let (root, before) = (state_root(), kinds().len());
                    let (call, done, expected) = model.step(act);
                    assert_eq!(done, expected, "{act:?}");
                    assert_eq!(kinds()[before..], model.records, "{act:?}");
                    model.records.clear();
                    match (call, done) {
                        (_, Err(_)) => assert_eq!(state_root(), root, "{act:?} was refused and changed the state"),
                        (Some(call), Ok(())) => {
                            let expected = RuntimeCall::Governance(call).encode();
                            assert_eq!(expected_call(&Recorded::get()[before]), Some(expected));
                        }
                        (None, Ok(())) => {}
                    }
                    model.assert_holds();
                    Governance::do_try_state().unwrap_or_else(|broken| panic!("{broken:?} after {act:?}"));
                }
                seen.borrow_mut().extend(model.seen);
            });
            Ok(())
        })
        .unwrap();
    let all = ["admitted", "enacted at a height", "enacted at once", "expired", "height reached", "rejected"];
    assert_eq!(seen.into_inner(), BTreeSet::from(all), "the walk shows little");
}
