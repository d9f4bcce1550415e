//! Genesis state, and its records in block 1.

use crate::pallet::{
    Accounts, Authorities, ByCode, Config, CurrentBudget, Departments, GenesisConfig, LastDepartment, LastSystem,
    OBSERVERS_MAX, Observers, Pallet, Roles, SystemByCode, Systems, ValidatorNodes, Validators, ValidatorsMin,
    VotingDepartments,
};
use crate::types::{Department, RoleState};
use mulu_pallet_support::Records;
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::{AccountRegistered, NodeInfo, RoleGiven, ValidatorRegistered},
    ids::{DepartmentId, RecordNumber, SystemId},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;

/// Writes genesis state. Panics say what is wrong with the chain specification: nobody runs on a bad genesis.
pub(crate) fn build<T: Config>(config: &GenesisConfig<T>) {
    for (place, info) in config.departments.iter().enumerate() {
        assert_eq!(info.id.get() as usize, place + 1, "genesis departments have the ids 1, 2, …");
        assert!(!ByCode::<T>::contains_key(info.credit_code), "two genesis departments have one credit code");
        ByCode::<T>::insert(info.credit_code, info.id);
        if info.is_authority {
            let taken = Authorities::<T>::contains_key((info.level, info.region));
            assert!(!taken, "one competent authority per level and region");
            Authorities::<T>::insert((info.level, info.region), info.id);
        }
        Departments::<T>::insert(info.id, Department::new(info.clone(), true));
        VotingDepartments::<T>::mutate(|count| *count += 1);
        LastDepartment::<T>::put(info.id);
    }
    for info in &config.departments {
        let place = Pallet::<T>::ensure_place(info.id, info.parent, info.host);
        assert!(place.is_ok(), "genesis departments have known superiors, none above itself, and known hosts");
    }
    for (account, department) in &config.accounts {
        assert!(Departments::<T>::contains_key(department), "a genesis account names an unknown department");
        Accounts::<T>::insert(account, department);
        frame_system::Pallet::<T>::inc_providers(account);
    }
    for role in &config.roles {
        let account = AccountId32::new(role.account);
        assert!(Accounts::<T>::contains_key(&account), "a genesis role names an unknown account");
        assert!(!role.pending, "genesis roles are in force");
        let state = RoleState {
            given: RecordNumber::new(0),
            giver: None,
            confirmed: None,
            confirmation: None,
            expires: role.expires,
            scope: role.scope.clone(),
            principal: role.principal,
            basis: role.basis.clone(),
        };
        Roles::<T>::insert(account, (role.department, role.role), state);
    }
    for (place, info) in config.systems.iter().enumerate() {
        assert_eq!(info.id.get() as usize, place + 1, "genesis systems have the ids 1, 2, …");
        SystemByCode::<T>::insert((info.department, info.code.clone()), info.id);
        Systems::<T>::insert(info.id, info);
        LastSystem::<T>::put(info.id);
    }
    if !config.validators.is_empty() {
        let members = config.validators.iter().map(ValidatorRegistered::validator).collect();
        let set = ValidatorSet::new(members).expect("genesis validators form a set");
        Validators::<T>::put(
            frame_support::BoundedVec::try_from(set.validators().to_vec()).expect("a set has at most VALIDATORS_MAX"),
        );
    }
    for validator in &config.validators {
        let Some(node) = &validator.node else { continue };
        ensure_node::<T>(node);
        ValidatorNodes::<T>::insert(validator.key, node);
    }
    for observer in &config.observers {
        assert!(Departments::<T>::contains_key(observer.department), "a genesis observer names an unknown department");
        ensure_node::<T>(&observer.node);
        Observers::<T>::insert(observer.node.key, observer);
    }
    assert!(Observers::<T>::count() <= OBSERVERS_MAX, "genesis has at most OBSERVERS_MAX observers");
    ValidatorsMin::<T>::put(config.validators_min);
    config.budget.check().expect("the genesis budget is within its bounds");
    CurrentBudget::<T>::put(config.budget);
}

fn ensure_node<T: Config>(node: &NodeInfo) {
    let taken =
        Observers::<T>::contains_key(node.key) || ValidatorNodes::<T>::iter_values().any(|other| other.key == node.key);
    assert!(node.is_reachable() && !taken, "genesis nodes have addresses that can be dialled, and a key each");
}

/// Appends a record for everything that genesis set, in a fixed order, and gives the roles their record numbers.
pub(crate) fn record<T: Config>() {
    for id in (1..=LastDepartment::<T>::get().get()).map(DepartmentId::new) {
        let Some(department) = Departments::<T>::get(id) else { continue };
        T::Records::append(
            RecordKind::DepartmentRegistered,
            DepartmentId::default(),
            None,
            &[Subject::Department(id)],
            &department.info,
        );
    }
    let mut accounts: Vec<_> = Accounts::<T>::iter().collect();
    accounts.sort();
    for (account, department) in accounts {
        let body = AccountRegistered { account: account.into(), department };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        T::Records::append(RecordKind::AccountRegistered, DepartmentId::default(), None, &subjects, &body);
    }
    let mut roles: Vec<_> = Roles::<T>::iter().map(|(account, key, state)| ((account, key), state)).collect();
    roles.sort_by(|a, b| a.0.cmp(&b.0));
    for ((account, (department, role)), state) in roles {
        let body = RoleGiven {
            account: account.clone().into(),
            department,
            role,
            expires: state.expires,
            scope: state.scope.clone(),
            principal: state.principal,
            basis: state.basis.clone(),
            pending: false,
        };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        let given = T::Records::append(RecordKind::RoleGiven, DepartmentId::default(), None, &subjects, &body);
        Roles::<T>::insert(account, (department, role), RoleState { given, ..state });
    }
    for id in (1..=LastSystem::<T>::get().get()).map(SystemId::new) {
        let Some(system) = Systems::<T>::get(id) else { continue };
        let subjects = [Subject::Department(system.department), Subject::System(id)];
        T::Records::append(RecordKind::SystemRegistered, DepartmentId::default(), None, &subjects, &system);
    }
    for validator in Validators::<T>::get() {
        let node = ValidatorNodes::<T>::get(validator.key);
        let body = ValidatorRegistered { department: validator.department, key: validator.key, node };
        let subjects = [Subject::Department(validator.department)];
        T::Records::append(RecordKind::ValidatorRegistered, DepartmentId::default(), None, &subjects, &body);
    }
    let mut observers: Vec<_> = Observers::<T>::iter_values().collect();
    observers.sort_by_key(|observer| observer.node.key);
    for observer in observers {
        let subjects = [Subject::Department(observer.department)];
        T::Records::append(RecordKind::ObserverRegistered, DepartmentId::default(), None, &subjects, &observer);
    }
    let budget = CurrentBudget::<T>::get();
    T::Records::append(RecordKind::BudgetSet, DepartmentId::default(), None, &[], &budget);
}
