//! Random legal and illegal acts by random actors: illegal ones change nothing, every invariant holds behind each, and what legal ones
//! leave on record is what the offline verifier asks for.

use super::*;
use crate::{Call, Replaced, Replacements};
use mulu_proofs::{
    catalog::List,
    departments::{AccountKey, Observer, RoleConfirmed, ValidatorRegistered},
};
use proptest::prelude::*;
use sp_runtime::StateVersion;

/// One act and its arguments, as small numbers that mostly mean somebody or something that is there.
#[derive(Clone, Debug)]
struct Act {
    what: u8,
    who: u8,
    account: u8,
    other: u8,
    department: u32,
    role: usize,
    extra: u8,
}

fn act() -> impl Strategy<Value = Act> {
    // Accounts 1 to 9 are those of genesis, 10 to 15 may be registered, 16 never is.
    let who = prop_oneof![3 => 1_u8..4, 3 => 5_u8..8, 2 => 1_u8..17];
    (0_u8..21, who, 1_u8..17, 8_u8..17, 1_u32..8, 0..Role::ALL.len(), any::<u8>()).prop_map(
        |(what, who, account, other, department, role, extra)| Act {
            what,
            who,
            account,
            other,
            department,
            role,
            extra,
        },
    )
}

impl Act {
    fn scope(&self) -> RoleScope {
        let entry = mulu_proofs::ids::EntryId::new(1);
        match self.extra % 6 {
            0 => RoleScope::Entries(List::truncate_from(vec![entry; usize::from(self.extra / 6 % 3)])),
            1 => RoleScope::Departments(List::truncate_from(vec![DepartmentId::new(self.department)])),
            _ => RoleScope::Everything,
        }
    }

    fn moment(&self) -> Moment {
        if self.extra.is_multiple_of(9) { Moment::new(START) } else { LATER }
    }

    /// Mostly something that is there, by number; now and then what the numbers of the act say.
    fn mostly<I: Ord>(&self, there: impl Iterator<Item = I>, otherwise: I) -> I {
        let mut there: Vec<I> = there.collect();
        if there.is_empty() || self.extra.is_multiple_of(5) {
            return otherwise;
        }
        there.sort();
        there.swap_remove(usize::from(self.extra) % there.len())
    }

    /// The call of a person, or nothing for what governance enacts.
    fn call(&self) -> Option<crate::Call<Test>> {
        let (to, new) = (account(self.account), account(self.other));
        let (department, role) = (DepartmentId::new(self.department), Role::ALL[self.role]);
        Some(match self.what {
            0 => Call::register_department {
                draft: DepartmentDraft {
                    region: if self.extra.is_multiple_of(4) { 330_200 } else { 330_100 },
                    level: if self.extra.is_multiple_of(3) { Level::County } else { Level::City },
                    parent: (!self.extra.is_multiple_of(5)).then_some(department),
                    ..draft(6 + u32::from(self.extra % 4))
                },
            },
            1 => Call::revise_department {
                department,
                name: text("新名"),
                parent: (!self.extra.is_multiple_of(4)).then_some(DepartmentId::new(u32::from(self.extra % 8))),
                host: (!self.extra.is_multiple_of(3)).then_some(DepartmentId::new(u32::from(self.other % 8))),
                is_data_manager: self.extra.is_multiple_of(2),
            },
            2 | 3 => Call::register_account { account: new, department },
            4..=7 => self.give(to, role),
            8..=10 => {
                let there = Roles::<Test>::iter().filter(|(_, _, state)| state.is_pending() == (self.what < 10));
                let there = there.map(|(account, (department, role), _)| (account, department, role));
                let (account, department, role) = self.mostly(there, (to, department, role));
                match self.what {
                    10 => Call::revoke_role { account, department, role },
                    _ => Call::confirm_role { account, department, role },
                }
            }
            11 => {
                Call::register_system { department, kind: SystemKind::Business, code: text("S"), name: text("系统") }
            }
            12 => Call::rotate_key { new },
            13 => Call::report_loss { old: to, new, reason: text("遗失") },
            14 | 15 => {
                let there = Replacements::<Test>::iter().map(|(old, waiting)| (old, waiting.new));
                let (old, new) = self.mostly(there, (to, new));
                Call::confirm_replacement { old, new }
            }
            16 => {
                let there = Replacements::<Test>::iter().map(|(old, waiting)| (old, waiting.new));
                let (old, new) = self.mostly(there, (to, new));
                Call::withdraw_report { old, new }
            }
            _ => return None,
        })
    }

    fn give(&self, to: AccountId32, role: Role) -> Call<Test> {
        let department = self.mostly(Accounts::<Test>::get(&to).into_iter(), DepartmentId::new(self.department));
        let principal = self.extra.is_multiple_of(7).then_some(AccountKey([self.other; 32]));
        let basis = text(if self.extra.is_multiple_of(2) { "条例" } else { "" });
        let (expires, scope) = (self.moment(), self.scope());
        Call::give_role { account: to, department, role, expires, scope, principal, basis }
    }

    /// What governance does.
    fn enact(&self) -> DispatchResult {
        let department = DepartmentId::new(self.department);
        let (number, other) = (self.account % 6, self.other % 6);
        match self.extra % 8 {
            0 => Departments::set_status(department, DepartmentStatus::Suspended),
            1 => Departments::set_status(department, DepartmentStatus::Active),
            2 if self.other.is_multiple_of(3) => Departments::set_status(department, DepartmentStatus::Retired),
            2 => Departments::name_authority(department),
            3 => Departments::add_validator(ValidatorRegistered {
                department,
                key: key(number),
                node: Some(node(other + 100)),
            }),
            4 => Departments::remove_validator(key(number)),
            5 => Departments::rotate_validator_key(key(number), key(other)),
            6 => Departments::admit_department(department),
            _ if self.other.is_multiple_of(2) => Departments::remove_observer(key(number)),
            _ => Departments::register_observer(Observer { department, name: text("观察"), node: node(number) }),
        }
    }
}

fn state() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

fn perform(act: &Act) {
    let before = (state(), Recorded::get().len());
    let Some(call) = act.call() else {
        // Governance runs it in a storage transaction.
        let outcome = frame_support::storage::with_storage_layer(|| act.enact());
        assert_eq!(outcome.is_err(), (state(), Recorded::get().len()) == before);
        if outcome.is_ok() {
            let record = Recorded::get().pop().unwrap();
            assert!(record.signer.is_none() && expected_call(&record).is_none());
        }
        return;
    };
    let who = account(act.who);
    let submits = Departments::check_budget(&who, BudgetClass::Acts, 100).is_ok();
    let outcome =
        frame_support::traits::UnfilteredDispatchable::dispatch_bypass_filter(call.clone(), signed(who.clone()));
    if outcome.is_err() {
        assert_eq!((state(), Recorded::get().len()), before, "a refused act changes nothing");
        return;
    }
    let record = Recorded::get().pop().unwrap();
    assert_eq!(record.signer, Some(who.clone().into()));
    assert_eq!(expected_call(&record), Some(RuntimeCall::Departments(call).encode()));
    // A key needs no role here to be rotated, or to show that it is not lost; that its holder has one is seen before the pool.
    let by_key_itself = matches!(record.kind, RecordKind::KeyRotated | RecordKind::KeyReportWithdrawn);
    assert!(submits || by_key_itself, "{act:?} by somebody without a role");
}

/// Two persons stand behind every signing role in force, and neither is its holder.
fn assert_second_signatures() {
    let log = Recorded::get();
    for (holder, (_, role), state) in Roles::<Test>::iter() {
        let given = &log[state.given.get() as usize - 1];
        let body: RoleGiven = given.body_as().unwrap();
        assert_eq!((body.account, body.role), (holder.clone().into(), role));
        let Some(giver) = given.signer.filter(|_| !state.is_pending() && role.needs_second_signature()) else {
            continue;
        };
        let confirmed = &log[state.confirmed.unwrap().get() as usize - 1];
        let second: RoleConfirmed = confirmed.body_as().unwrap();
        assert_eq!(second.given, state.given);
        let signer = confirmed.signer.unwrap();
        assert!(signer != giver && signer != <[u8; 32]>::from(holder));
    }
}

#[test]
fn the_walk_comes_by_every_kind_of_act() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let acts = proptest::collection::vec(act(), 60).new_tree(&mut runner).unwrap().current();
        run(|| {
            acts.iter().for_each(perform);
            seen.extend(kinds());
        });
    }
    let missing: Vec<_> = RecordKind::ALL.iter().filter(|kind| kind.code() >> 8 == 1 && !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "never: {missing:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_anybody_does_the_invariants_hold(acts in proptest::collection::vec(act(), 1..60)) {
        run(|| {
            for (turn, act) in (0_u64..).zip(&acts) {
                Now::set(START + 1 + turn);
                perform(act);
                Departments::do_try_state().unwrap();
            }
            assert_second_signatures();
            for (old, _) in Replaced::<Test>::iter() {
                assert!(Role::ALL.iter().all(|role| signs(&old, POLICE, *role).is_err()));
            }
        });
    }
}
