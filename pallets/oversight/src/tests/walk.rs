//! Random acts by anybody at any stage, beside a model of the ladder: the pallet does what the model says, and nothing where it refuses.

use super::*;
use proptest::prelude::*;

/// Something that somebody tries, on one of the disputes so far.
#[derive(Clone, Copy, Debug)]
enum Act {
    Open { by: u8, against: u8 },
    Answer { by: u8, dispute: u32 },
    Settle { by: u8, dispute: u32 },
    Confirm { by: u8, dispute: u32, of: u8 },
    Escalate { by: u8, dispute: u32 },
    Decide { by: u8, dispute: u32, favour: Option<u8> },
    Appeal { by: u8, dispute: u32 },
    Government { by: u8, dispute: u32, favour: Option<u8> },
    Withdraw { by: u8, dispute: u32 },
    Wait { days: u8 },
    Block,
    Name { authority: Option<u8> },
}

fn act() -> impl Strategy<Value = Act> {
    // Those who have to do with it try more often than the others.
    let by = || prop_oneof![6 => 1..=3_u8, 1 => 4..=5_u8, 1 => Just(CLERK)];
    let dispute = || 1..=4_u32;
    let favour = || prop_oneof![Just(None), (2..=4_u8).prop_map(Some)];
    prop_oneof![
        3 => (by(), 2..=4_u8).prop_map(|(by, against)| Act::Open { by, against }),
        3 => (by(), dispute()).prop_map(|(by, dispute)| Act::Answer { by, dispute }),
        2 => (by(), dispute()).prop_map(|(by, dispute)| Act::Settle { by, dispute }),
        2 => (by(), dispute(), 2..=3_u8).prop_map(|(by, dispute, of)| Act::Confirm { by, dispute, of }),
        5 => (by(), dispute()).prop_map(|(by, dispute)| Act::Escalate { by, dispute }),
        5 => (by(), dispute(), favour()).prop_map(|(by, dispute, favour)| Act::Decide { by, dispute, favour }),
        3 => (by(), dispute()).prop_map(|(by, dispute)| Act::Appeal { by, dispute }),
        3 => (by(), dispute(), favour()).prop_map(|(by, dispute, favour)| Act::Government { by, dispute, favour }),
        2 => (by(), dispute()).prop_map(|(by, dispute)| Act::Withdraw { by, dispute }),
        3 => (1..=12_u8).prop_map(|days| Act::Wait { days }),
        2 => Just(Act::Block),
        1 => prop_oneof![Just(None), Just(Some(1)), Just(Some(5))].prop_map(|authority| Act::Name { authority }),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Parties { answered: bool },
    Authority(u8),
    Decided { authority: u8, favour: Option<u8> },
    Government { authority: u8, favour: Option<u8>, appellant: u8 },
    Ended,
}

/// What the rules make of a dispute.
#[derive(Clone, Copy, Debug)]
struct Modelled {
    claimant: u8,
    respondent: u8,
    at: At,
    /// Who proposed the terms that wait.
    terms: Option<u8>,
    /// Day after which the clock of the stage is over.
    last_day: u64,
}

impl Modelled {
    fn is_party(&self, by: u8) -> bool {
        by == self.claimant || by == self.respondent
    }
}

struct Model {
    disputes: Vec<Modelled>,
    authority: Option<u8>,
    day: u64,
    lost: [u32; 6],
    late: [u32; 6],
}

impl Model {
    fn new() -> Self {
        Self { disputes: Vec::new(), authority: Some(1), day: 0, lost: [0; 6], late: [0; 6] }
    }

    fn lose(&mut self, dispute: Modelled, favour: Option<u8>) {
        let loser = favour.map(|winner| if winner == dispute.claimant { dispute.respondent } else { dispute.claimant });
        self.lost[usize::from(loser.unwrap_or_default())] += u32::from(loser.is_some());
    }

    /// The record that the term of a dispute's stage is over, if it is.
    fn late(&mut self, dispute: &Modelled) {
        if let At::Authority(authority) = dispute.at {
            self.late[usize::from(authority)] += u32::from(self.day > dispute.last_day && dispute.last_day > 0);
        }
    }

    /// Does what an act does, if it may; says whether it may.
    fn step(&mut self, act: Act) -> bool {
        match act {
            Act::Open { by, against } => {
                let open = self.disputes.iter().filter(|it| it.claimant == by && it.at != At::Ended).count();
                let may = [2, 3, 4].contains(&by) && by != against && [by, against].contains(&2) && open < 3;
                if may {
                    let at = At::Parties { answered: false };
                    let last_day = self.day + 10;
                    self.disputes.push(Modelled { claimant: by, respondent: against, at, terms: None, last_day });
                }
                may
            }
            Act::Wait { days } => {
                self.day += u64::from(days);
                true
            }
            Act::Name { authority } => {
                self.authority = authority;
                true
            }
            Act::Block => {
                for place in 0..self.disputes.len() {
                    let mut dispute = self.disputes[place];
                    if self.day <= dispute.last_day {
                        continue;
                    }
                    self.late(&dispute);
                    if let At::Decided { favour, .. } = dispute.at {
                        self.lose(dispute, favour);
                        dispute.at = At::Ended;
                    }
                    if matches!(dispute.at, At::Authority(_)) {
                        // On record by now.
                        dispute.last_day = 0;
                    }
                    self.disputes[place] = dispute;
                }
                true
            }
            Act::Answer { dispute, .. }
            | Act::Settle { dispute, .. }
            | Act::Confirm { dispute, .. }
            | Act::Escalate { dispute, .. }
            | Act::Decide { dispute, .. }
            | Act::Appeal { dispute, .. }
            | Act::Government { dispute, .. }
            | Act::Withdraw { dispute, .. } => {
                let place = dispute as usize - 1;
                let Some(mut found) = self.disputes.get(place).copied().filter(|it| it.at != At::Ended) else {
                    return false;
                };
                let may = self.on(act, &mut found);
                if may {
                    self.disputes[place] = found;
                }
                may
            }
        }
    }

    fn on(&mut self, act: Act, it: &mut Modelled) -> bool {
        match (act, it.at) {
            (Act::Answer { by, .. }, At::Parties { answered: false }) if by == it.respondent => {
                it.at = At::Parties { answered: true };
            }
            (Act::Settle { by, .. }, at) if it.is_party(by) && !matches!(at, At::Decided { .. }) => {
                if by == it.respondent && at == (At::Parties { answered: false }) {
                    it.at = At::Parties { answered: true };
                }
                it.terms = Some(by);
            }
            (Act::Confirm { by, of, .. }, _) if it.is_party(by) && it.terms == Some(of) && by != of => {
                self.late(it);
                it.at = At::Ended;
            }
            (Act::Escalate { by, .. }, At::Parties { answered }) if it.is_party(by) => {
                let Some(authority) = self.authority.filter(|_| answered || self.day > it.last_day) else {
                    return false;
                };
                (it.at, it.last_day) = (At::Authority(authority), self.day + 20);
            }
            (Act::Escalate { by, .. }, At::Authority(before)) if it.is_party(by) => {
                let Some(authority) = self.authority.filter(|named| *named != before) else { return false };
                self.late(it);
                (it.at, it.last_day) = (At::Authority(authority), self.day + 20);
            }
            (Act::Escalate { by, .. }, At::Government { authority: before, favour, appellant }) if it.is_party(by) => {
                let Some(authority) = self.authority.filter(|named| *named != before) else { return false };
                it.at = At::Government { authority, favour, appellant };
            }
            (Act::Decide { by, favour, .. }, At::Authority(authority))
                if by == authority && favour.is_none_or(|party| it.is_party(party)) =>
            {
                self.late(it);
                (it.at, it.last_day, it.terms) = (At::Decided { authority, favour }, self.day + 10, None);
            }
            (Act::Appeal { by, .. }, At::Decided { authority, favour })
                if it.is_party(by) && self.day <= it.last_day =>
            {
                it.at = At::Government { authority, favour, appellant: by };
            }
            (Act::Government { by, favour, .. }, At::Government { authority, .. })
                if by == authority && favour.is_none_or(|party| it.is_party(party)) =>
            {
                self.lose(*it, favour);
                it.at = At::Ended;
            }
            (Act::Withdraw { by, .. }, At::Parties { .. } | At::Authority(_)) if by == it.claimant => {
                self.late(it);
                it.at = At::Ended;
            }
            (Act::Withdraw { by, .. }, At::Government { favour, appellant, .. }) if by == appellant => {
                self.lose(*it, favour);
                it.at = At::Ended;
            }
            _ => return false,
        }
        true
    }
}

fn number(department: DepartmentId) -> u8 {
    u8::try_from(department.get()).expect("few")
}

fn department(number: u8) -> DepartmentId {
    DepartmentId::new(number.into())
}

/// Tries an act; says whether it was done.
fn attempt(act: Act) -> bool {
    let id = DisputeId::new;
    let of = |party: Option<u8>| party.map(department);
    let outcome = match act {
        Act::Open { by, against } => {
            let matter = Matter { entry: ENTRY, request: None, grant: None };
            Oversight::open(signed(by), matter, department(against), said(), None)
        }
        Act::Answer { by, dispute } => Oversight::answer(signed(by), id(dispute), said(), None),
        Act::Settle { by, dispute } => Oversight::settle(signed(by), id(dispute), said()),
        Act::Confirm { by, dispute, of } => {
            let digest = settlement_digest(id(dispute), department(of), &said());
            Oversight::confirm(signed(by), id(dispute), digest)
        }
        Act::Escalate { by, dispute } => Oversight::escalate(signed(by), id(dispute), said()),
        Act::Decide { by, dispute, favour } => Oversight::decide(signed(by), id(dispute), of(favour), said(), None),
        Act::Appeal { by, dispute } => Oversight::appeal(signed(by), id(dispute), said()),
        Act::Government { by, dispute, favour } => {
            let document = text("政办函〔2026〕7号");
            Oversight::record_government_decision(signed(by), id(dispute), of(favour), said(), document, None)
        }
        Act::Withdraw { by, dispute } => Oversight::withdraw(signed(by), id(dispute), said()),
        Act::Wait { days } => {
            wait(days.into());
            Ok(())
        }
        Act::Block => {
            write_overdue();
            Ok(())
        }
        Act::Name { authority } => {
            Named::set(of(authority));
            Ok(())
        }
    };
    outcome.is_ok()
}

fn seen(dispute: u32) -> At {
    match stage(DisputeId::new(dispute)) {
        None => At::Ended,
        Some(Stage::Negotiating { is_answered }) => At::Parties { answered: is_answered },
        Some(Stage::AtAuthority { authority }) => At::Authority(number(authority)),
        Some(Stage::Decided { authority, favour }) => {
            At::Decided { authority: number(authority), favour: favour.map(number) }
        }
        Some(Stage::AtGovernment { authority, favour, appellant }) => {
            At::Government { authority: number(authority), favour: favour.map(number), appellant: number(appellant) }
        }
    }
}

fn counted(kind: CountKind) -> [u32; 6] {
    let years = |who: u8| (2026..=2030).map(|year| count(department(who), year, kind)).sum();
    [0, 1, 2, 3, 4, 5].map(years)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn disputes_go_as_the_ladder_says_and_refused_acts_change_nothing(acts in prop::collection::vec(act(), 1..90)) {
        sp_io::TestExternalities::default().execute_with(|| {
            begin();
            let mut model = Model::new();
            for act in acts {
                let (before, records) = (sp_io::storage::root(sp_runtime::StateVersion::V1), kinds().len());
                let was_done = attempt_within_layer(act);
                assert_eq!(was_done, model.step(act), "{act:?}");
                if !was_done {
                    assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), before, "{act:?}");
                    assert_eq!(kinds().len(), records, "{act:?}");
                }
                for (place, dispute) in model.disputes.iter().enumerate() {
                    assert_eq!(seen(place as u32 + 1), dispute.at, "dispute {} behind {act:?}", place + 1);
                }
                Oversight::do_try_state().expect("invariants hold");
            }
            assert_eq!(counted(CountKind::DisputeLost), model.lost);
            assert_eq!(counted(CountKind::LateDisputeDecision), model.late);
        });
    }
}

/// As the executive does: what fails leaves nothing behind.
fn attempt_within_layer(act: Act) -> bool {
    use frame_support::storage::{TransactionOutcome, with_transaction};
    with_transaction(|| -> TransactionOutcome<Result<bool, DispatchError>> {
        if attempt(act) { TransactionOutcome::Commit(Ok(true)) } else { TransactionOutcome::Rollback(Ok(false)) }
    })
    .expect("no layer too many")
}
