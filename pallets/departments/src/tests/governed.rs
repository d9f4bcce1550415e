//! What governance enacts: statuses, authorities, validators, observers, auditors.

use super::*;
use crate::{Authorities, Validators};
use mulu_pallet_support::Electorate as _;
use mulu_proofs::{
    certificate::VALIDATORS_MAX,
    departments::{NodeInfo, Observer, ValidatorRegistered},
};

fn validator(number: u8, department: DepartmentId) -> ValidatorRegistered {
    ValidatorRegistered { department, key: key(number), node: Some(node(number + 100)) }
}

fn observer(number: u8) -> Observer {
    Observer { department: CIVIL, name: text("审计观察节点"), node: node(number) }
}

/// What the chain itself did names no signer and no acting department.
fn assert_enacted(kind: RecordKind) {
    let record = Recorded::get().pop().unwrap();
    assert_eq!((record.kind, record.signer, record.department.get()), (kind, None, 0));
}

mod set_status {
    use super::*;

    #[test]
    fn a_suspended_departments_people_sign_nothing_until_it_is_active_again() {
        run(|| {
            assert_eq!(Departments::voting_departments(), 5);
            Now::set(START + 5);
            assert_ok!(Departments::set_status(POLICE, DepartmentStatus::Suspended));
            assert_enacted(RecordKind::DepartmentStatusSet);
            assert_eq!(signs(&head(), POLICE, Role::Head), Err(Error::<Test>::DepartmentNotActive.into()));
            assert!(!Departments::department(POLICE).unwrap().is_active);
            assert_eq!(Departments::voting_departments(), 4);
            Now::set(START + 9);
            assert_ok!(Departments::set_status(POLICE, DepartmentStatus::Active));
            assert_ok!(signs(&head(), POLICE, Role::Head));
            let statuses = Departments::statuses(POLICE);
            let moments: Vec<u64> = statuses.iter().map(|(moment, _)| moment.get()).collect();
            assert_eq!(moments, [0, START + 5, START + 9]);
        });
    }

    #[test]
    fn the_oldest_status_goes_where_the_list_is_full() {
        run(|| {
            for turn in 0..40 {
                Now::set(START + turn);
                let status = if turn % 2 == 0 { DepartmentStatus::Suspended } else { DepartmentStatus::Active };
                assert_ok!(Departments::set_status(POLICE, status));
            }
            let statuses = Departments::statuses(POLICE);
            assert_eq!((statuses.len(), statuses[0].0.get()), (32, START + 8));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            use DepartmentStatus::{Active, Retired, Suspended};
            assert_noop!(Departments::set_status(NOWHERE, Suspended), Error::<Test>::UnknownDepartment);
            assert_noop!(Departments::set_status(CIVIL, Active), Error::<Test>::StatusUnchanged);
            assert_noop!(Departments::set_status(POLICE, Retired), Error::<Test>::ValidatorInOffice);
            assert_ok!(Departments::add_validator(validator(3, CIVIL)));
            assert_ok!(Departments::remove_validator(key(1)));
            assert_noop!(Departments::set_status(AUTHORITY, Retired), Error::<Test>::AuthorityInOffice);
            assert_ok!(Departments::set_status(COUNTY, Retired));
            assert_noop!(Departments::set_status(COUNTY, Active), Error::<Test>::RetiredForGood);
        });
    }
}

mod admit_department {
    use super::*;
    use mulu_proofs::departments::DepartmentAdmitted;

    /// The department that a supervisor registers, the sixth.
    fn registered() -> DepartmentId {
        assert_ok!(Departments::register_department(signed(supervisor()), draft(6)));
        DepartmentId::new(6)
    }

    #[test]
    fn a_registered_department_acts_at_once_and_has_a_vote_when_it_is_admitted() {
        run(|| {
            let new = registered();
            assert!(!Departments::has_vote(new) && Departments::has_vote(POLICE) && !Departments::has_vote(NOWHERE));
            assert_eq!(Departments::voting_departments(), 5);
            assert_ok!(Departments::register_account(signed(supervisor()), account(20), new));
            assert_ok!(give_as(supervisor(), role(account(20), new, Role::Applicant)));
            assert_ok!(signs(&account(20), new, Role::Applicant));

            assert_ok!(Departments::admit_department(new));
            assert_enacted(RecordKind::DepartmentAdmitted);
            let body = DepartmentAdmitted { department: new };
            assert_eq!(Recorded::get().pop().unwrap().body_as(), Ok(body));
            System::assert_last_event(crate::Event::DepartmentAdmitted(body).into());
            assert!(Departments::has_vote(new));
            assert_eq!(Departments::voting_departments(), 6);
            // What a supervisor writes later takes nothing from it.
            let revise = Departments::revise_department(signed(supervisor()), new, text("新名"), None, None, false);
            assert_ok!(revise);
            assert!(Departments::has_vote(new));
        });
    }

    #[test]
    fn only_what_has_a_vote_is_counted_through_every_status() {
        run(|| {
            let new = registered();
            let counts = |status, count| {
                assert_ok!(Departments::set_status(new, status));
                assert_eq!(Departments::voting_departments(), count);
            };
            counts(DepartmentStatus::Suspended, 5);
            counts(DepartmentStatus::Active, 5);
            assert_ok!(Departments::admit_department(new));
            counts(DepartmentStatus::Suspended, 5);
            assert!(!Departments::has_vote(new));
            counts(DepartmentStatus::Active, 6);
            counts(DepartmentStatus::Suspended, 5);
            counts(DepartmentStatus::Retired, 5);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(Departments::admit_department(NOWHERE), Error::<Test>::UnknownDepartment);
            assert_noop!(Departments::admit_department(POLICE), Error::<Test>::AdmittedAlready);
            let new = registered();
            assert_ok!(Departments::set_status(new, DepartmentStatus::Suspended));
            assert_noop!(Departments::admit_department(new), Error::<Test>::DepartmentNotActive);
            assert_ok!(Departments::set_status(new, DepartmentStatus::Retired));
            assert_noop!(Departments::admit_department(new), Error::<Test>::DepartmentNotActive);
        });
    }
}

mod name_authority {
    use super::*;

    #[test]
    fn the_seat_passes_and_with_it_what_supervisors_may() {
        run(|| {
            assert_ok!(Departments::name_authority(POLICE));
            assert_enacted(RecordKind::AuthorityNamed);
            assert_eq!(Authorities::<Test>::get((Level::City, 330_100)), Some(POLICE));
            assert_eq!(Departments::authority_of(CIVIL), Some(POLICE));
            let former = signs(&supervisor(), AUTHORITY, Role::Supervisor);
            assert_eq!(former, Err(Error::<Test>::RoleOfAuthority.into()));
            assert_ok!(give(admin(), clerk(), Role::Supervisor));
            assert_ok!(Departments::confirm_role(signed(head()), clerk(), POLICE, Role::Supervisor));
            assert_ok!(Departments::register_department(signed(clerk()), draft(6)));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(Departments::name_authority(NOWHERE), Error::<Test>::UnknownDepartment);
            assert_noop!(Departments::name_authority(AUTHORITY), Error::<Test>::AuthorityAlready);
            assert_ok!(Departments::set_status(CIVIL, DepartmentStatus::Suspended));
            assert_noop!(Departments::name_authority(CIVIL), Error::<Test>::DepartmentNotActive);
            assert_ok!(Departments::name_authority(ELSEWHERE));
        });
    }
}

mod add_validator {
    use super::*;

    #[test]
    fn the_set_stays_sorted_and_peers_learn_of_it() {
        run(|| {
            assert_ok!(Departments::add_validator(validator(3, CIVIL)));
            assert_enacted(RecordKind::ValidatorRegistered);
            let set = Departments::validators();
            assert!(set.is_canonical() && set.contains(&key(3)));
            let peer = Departments::peers().into_iter().find(|peer| peer.validator == Some(key(3))).unwrap();
            assert_eq!((peer.department, peer.node), (CIVIL, node(103)));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let refuse = |added: ValidatorRegistered, error: Error<Test>| {
                assert_noop!(Departments::add_validator(added), error);
            };
            refuse(validator(3, NOWHERE), Error::UnknownDepartment);
            refuse(validator(3, POLICE), Error::ValidatorTaken);
            refuse(ValidatorRegistered { key: key(1), ..validator(3, CIVIL) }, Error::ValidatorTaken);
            refuse(ValidatorRegistered { node: None, ..validator(3, CIVIL) }, Error::AddressInvalid);
            refuse(ValidatorRegistered { node: Some(node(101)), ..validator(3, CIVIL) }, Error::NodeTaken);
            // The identity, of order one: anybody can sign for it. And bytes that are no point of the curve.
            let mut small = [0; 32];
            small[0] = 1;
            let no_point = (0..=u8::MAX)
                .map(|byte| [byte; 32])
                .find(|key| !mulu_proofs::certificate::is_strong_key(key) && *key != [0; 32])
                .unwrap();
            for key in [small, [0; 32], no_point] {
                refuse(ValidatorRegistered { key, ..validator(3, CIVIL) }, Error::KeyInvalid);
                let node = NodeInfo { key, ..node(103) };
                refuse(ValidatorRegistered { node: Some(node), ..validator(3, CIVIL) }, Error::KeyInvalid);
            }
            for address in ["", "10.0.0.1", "host:1", "10.0.0.1:0", "0.0.0.0:1", "10.0.0.1:0080", "[::1]:01"] {
                let node = NodeInfo { consensus_address: text(address), ..node(103) };
                refuse(ValidatorRegistered { node: Some(node), ..validator(3, CIVIL) }, Error::AddressInvalid);
            }
            assert_ok!(Departments::set_status(CIVIL, DepartmentStatus::Suspended));
            refuse(validator(3, CIVIL), Error::DepartmentNotActive);
        });
    }

    #[test]
    fn only_an_admitted_department_has_one() {
        run(|| {
            let new = DepartmentId::new(6);
            assert_ok!(Departments::register_department(signed(supervisor()), draft(6)));
            assert_noop!(Departments::add_validator(validator(3, new)), Error::<Test>::NotAdmitted);
            assert_ok!(Departments::admit_department(new));
            assert_ok!(Departments::add_validator(validator(3, new)));
        });
    }

    #[test]
    fn an_observer_of_the_department_is_promoted() {
        run(|| {
            assert_ok!(Departments::register_observer(observer(50)));
            let moved = NodeInfo { consensus_address: text("10.9.9.9:26656"), ..node(50) };
            let promoted = ValidatorRegistered { node: Some(moved.clone()), ..validator(3, CIVIL) };
            // Nobody takes another department's observer over.
            let foreign = ValidatorRegistered { department: ELSEWHERE, ..promoted.clone() };
            assert_noop!(Departments::add_validator(foreign), Error::<Test>::NodeTaken);
            assert_ok!(Departments::add_validator(promoted));
            let records = Recorded::get();
            let [.., ended, added] = &records[..] else { panic!("two records") };
            assert_eq!((ended.kind, ended.body_as()), (RecordKind::ObserverRemoved, Ok(observer(50))));
            assert_eq!((added.kind, added.signer), (RecordKind::ValidatorRegistered, None));
            let peers: Vec<_> = Departments::peers().into_iter().filter(|peer| peer.node.key == key(50)).collect();
            let [peer] = &peers[..] else { panic!("one node is one peer") };
            assert_eq!((peer.department, peer.validator, &peer.node), (CIVIL, Some(key(3)), &moved));
            assert_noop!(Departments::remove_observer(key(50)), Error::<Test>::UnknownObserver);
        });
    }

    #[test]
    fn a_promotion_that_is_refused_leaves_the_observer() {
        run(|| {
            assert_ok!(Departments::register_observer(observer(50)));
            let weak = ValidatorRegistered { key: [0; 32], node: Some(node(50)), ..validator(3, CIVIL) };
            assert_noop!(Departments::add_validator(weak), Error::<Test>::KeyInvalid);
            let taken = ValidatorRegistered { key: key(1), node: Some(node(50)), ..validator(3, CIVIL) };
            assert_noop!(Departments::add_validator(taken), Error::<Test>::ValidatorTaken);
            assert_eq!(Departments::peers().len(), 3);
        });
    }

    #[test]
    fn there_are_at_most_a_hundred() {
        run(|| {
            let full = (0..VALIDATORS_MAX as u32).map(|number| {
                let mut key = [0; 32];
                key[..4].copy_from_slice(&number.to_be_bytes());
                mulu_proofs::certificate::Validator { key, department: DepartmentId::new(number + 100) }
            });
            let before = Validators::<Test>::get();
            Validators::<Test>::put(frame_support::BoundedVec::truncate_from(full.collect()));
            assert_noop!(Departments::add_validator(validator(3, CIVIL)), Error::<Test>::ValidatorsFull);
            Validators::<Test>::put(before);
        });
    }
}

mod remove_validator {
    use super::*;

    #[test]
    fn as_many_stay_as_the_chain_needs() {
        run(|| {
            assert_noop!(Departments::remove_validator(key(9)), Error::<Test>::UnknownValidator);
            assert_noop!(Departments::remove_validator(key(1)), Error::<Test>::TooFewValidators);
            assert_ok!(Departments::add_validator(validator(3, CIVIL)));
            assert_ok!(Departments::remove_validator(key(1)));
            assert_enacted(RecordKind::ValidatorRemoved);
            assert!(!Departments::validators().contains(&key(1)));
            assert_eq!(Departments::peers().len(), 2);
        });
    }
}

mod rotate_validator_key {
    use super::*;

    #[test]
    fn the_node_stays_and_the_key_changes() {
        run(|| {
            let before = Departments::validators().digest();
            assert_ok!(Departments::rotate_validator_key(key(1), key(7)));
            assert_enacted(RecordKind::ValidatorKeyRotated);
            let set = Departments::validators();
            assert!(set.digest() != before && set.contains(&key(7)) && !set.contains(&key(1)));
            let peer = Departments::peers().into_iter().find(|peer| peer.validator == Some(key(7))).unwrap();
            assert_eq!((peer.department, peer.node), (AUTHORITY, node(101)));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(Departments::rotate_validator_key(key(9), key(7)), Error::<Test>::UnknownValidator);
            assert_noop!(Departments::rotate_validator_key(key(1), key(2)), Error::<Test>::ValidatorTaken);
            assert_noop!(Departments::rotate_validator_key(key(1), [0; 32]), Error::<Test>::KeyInvalid);
        });
    }
}

mod observers {
    use super::*;

    #[test]
    fn an_observer_is_a_peer_without_a_vote() {
        run(|| {
            assert_ok!(Departments::register_observer(observer(50)));
            assert_enacted(RecordKind::ObserverRegistered);
            let peer = Departments::peers().pop().unwrap();
            assert_eq!((peer.department, peer.validator, peer.node), (CIVIL, None, node(50)));
            assert_ok!(Departments::remove_observer(key(50)));
            assert_enacted(RecordKind::ObserverRemoved);
            assert_noop!(Departments::remove_observer(key(50)), Error::<Test>::UnknownObserver);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let refuse = |observer: Observer, error: Error<Test>| {
                assert_noop!(Departments::register_observer(observer), error);
            };
            refuse(Observer { department: NOWHERE, ..observer(50) }, Error::UnknownDepartment);
            refuse(observer(101), Error::NodeTaken);
            assert_ok!(Departments::register_observer(observer(50)));
            refuse(observer(50), Error::NodeTaken);
            for number in 110..209 {
                assert_ok!(Departments::register_observer(observer(number)));
            }
            refuse(observer(51), Error::ObserversFull);
            assert_ok!(Departments::set_status(CIVIL, DepartmentStatus::Suspended));
            refuse(observer(51), Error::DepartmentNotActive);
        });
    }
}

mod name_auditor {
    use super::*;

    fn name(account: AccountId32, department: DepartmentId, basis: &str) -> DispatchResult {
        Departments::name_auditor(account.into(), department, RoleScope::Everything, text(basis), LATER)
    }

    #[test]
    fn an_auditor_by_governance_needs_no_second_signature() {
        run(|| {
            assert_ok!(name(authority_clerk(), AUTHORITY, "条例第四十条"));
            assert_enacted(RecordKind::RoleGiven);
            assert_ok!(signs(&authority_clerk(), AUTHORITY, Role::Auditor));
        });
    }

    #[test]
    fn the_rules_are_those_of_every_role() {
        run(|| {
            assert_noop!(name(authority_clerk(), AUTHORITY, ""), Error::<Test>::BasisMissing);
            assert_noop!(name(clerk(), POLICE, "条例"), Error::<Test>::RoleOfAuthority);
            assert_noop!(name(clerk(), AUTHORITY, "条例"), Error::<Test>::UnknownAccount);
            assert_noop!(name(clerk(), NOWHERE, "条例"), Error::<Test>::UnknownDepartment);
        });
    }
}

mod set_budget {
    use super::*;
    use crate::CurrentBudget;

    #[test]
    fn a_budget_holds_for_everybody_at_once() {
        run(|| {
            let mut budget = Budget::FLOOR;
            budget.batches.per_day.extrinsics = 7;
            assert_ok!(Departments::set_budget(budget));
            assert_enacted(RecordKind::BudgetSet);
            assert_eq!(CurrentBudget::<Test>::get(), budget);
            System::assert_last_event(crate::Event::BudgetSet(budget).into());
            let over = budget.acts.per_block.bytes + 1;
            let check = Departments::check_budget(&civil_head(), BudgetClass::Acts, over);
            assert_eq!(check, Err(crate::budget::Refusal::TooLarge));
        });
    }

    #[test]
    fn one_that_would_shut_heads_out_is_refused() {
        run(|| {
            let mut budget = Budget::default();
            budget.acts.per_day.extrinsics = Budget::FLOOR.acts.per_day.extrinsics - 1;
            assert_noop!(Departments::set_budget(budget), Error::<Test>::BudgetInvalid);
        });
    }
}
