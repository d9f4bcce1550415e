//! Invariants over departments, accounts, roles and nodes.

use crate::pallet::{
    Accounts, Authorities, ByCode, Config, CurrentBudget, Departments, OBSERVERS_MAX, Observers, Pallet, Replaced,
    Replacements, Roles, ValidatorNodes, Validators, ValidatorsMin, VotingDepartments,
};
use frame_support::ensure;
use mulu_pallet_support::Clocks;
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::{DepartmentStatus, Role},
    ids::PublicKey,
};
use sp_runtime::TryRuntimeError;
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - D1: every department is found by its credit code.
    /// - D2: every authority is the one of its level and region, and every seat is of an authority.
    /// - D3: accounts and roles name known departments; roles belong to registered accounts.
    /// - D4: nobody is admin and holds a role that signs business acts.
    /// - D5: the validators form a set, of departments that are admitted and not retired, at least `ValidatorsMin`.
    /// - D6: statuses ascend, change each time, and end with retirement; those that have a vote are counted; no retired department is an authority.
    /// - D7: no department is its own superior or host; superiors and hosts are known.
    /// - D8: a replaced key holds no role and waits for no replacement; what took its place is registered in the same department.
    /// - D9: nodes belong to validators; every node has a key of its own; observers are within their bound.
    /// - D10: scopes name something, and no auditor waits for a second signature.
    /// - D11: the budget is within its bounds.
    /// - D12: a clock of its own runs for every role that waits for its second signature.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::try_departments()?;
        Self::try_accounts()?;
        ensure!(CurrentBudget::<T>::get().check().is_ok(), "D11: the budget is out of its bounds");
        Self::try_nodes()
    }

    fn try_departments() -> Result<(), TryRuntimeError> {
        for (id, department) in Departments::<T>::iter() {
            let info = &department.info;
            ensure!(ByCode::<T>::get(info.credit_code) == Some(id), "D1: credit code leads elsewhere");
            let in_office = Authorities::<T>::get((info.level, info.region)) == Some(id);
            ensure!(in_office == info.is_authority, "D2: seat and authority disagree");
            let statuses = &department.statuses;
            let onward = statuses
                .windows(2)
                .all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 != pair[1].1 && pair[0].1 != DepartmentStatus::Retired);
            ensure!(!statuses.is_empty() && onward, "D6: statuses are out of order");
            let retired = department.status() == DepartmentStatus::Retired;
            ensure!(!(retired && info.is_authority), "D6: a retired authority");
            ensure!(info.host != Some(id) && info.host.is_none_or(Departments::<T>::contains_key), "D7: host");
            let (mut seen, mut above) = (BTreeSet::from([id]), info.parent);
            while let Some(superior) = above {
                let found = Departments::<T>::get(superior);
                ensure!(seen.insert(superior) && found.is_some(), "D7: superiors in a circle, or unknown");
                above = found.and_then(|found| found.info.parent);
            }
        }
        let voting = Departments::<T>::iter_values().filter(crate::Department::has_vote).count();
        ensure!(VotingDepartments::<T>::get() as usize == voting, "D6: departments with a vote are counted wrong");
        for (_, id) in Authorities::<T>::iter() {
            ensure!(Departments::<T>::get(id).is_some_and(|found| found.info.is_authority), "D2: a seat of nobody");
        }
        Ok(())
    }

    fn try_accounts() -> Result<(), TryRuntimeError> {
        for (_, department) in Accounts::<T>::iter() {
            ensure!(Departments::<T>::contains_key(department), "D3: an account of no department");
        }
        let mut clocks = BTreeSet::new();
        for (account, (department, role), state) in Roles::<T>::iter() {
            if let Some(clock) = state.confirmation {
                ensure!(T::Clocks::due(clock).is_some() && clocks.insert(clock), "D12: no clock of its own runs");
                ensure!(state.confirmed.is_none(), "D12: a role that is confirmed waits");
            }
            ensure!(Accounts::<T>::get(&account) == Some(department), "D3: a role of no account");
            let excluded = Roles::<T>::iter_key_prefix(&account).any(|(_, held)| role.excludes(held));
            ensure!(!excluded, "D4: an admin signs");
            ensure!(Self::ensure_scope(&state.scope).is_ok(), "D10: a role for nothing");
            ensure!(role != Role::Auditor || !state.is_pending(), "D10: an auditor who waits");
        }
        for (old, new) in Replaced::<T>::iter() {
            ensure!(Roles::<T>::iter_key_prefix(&old).next().is_none(), "D8: a replaced key with a role");
            ensure!(!Replacements::<T>::contains_key(&old), "D8: a replaced key that waits");
            let same = Accounts::<T>::get(&old).is_some() && Accounts::<T>::get(&old) == Accounts::<T>::get(&new);
            ensure!(same, "D8: a key replaced by a stranger");
        }
        Ok(())
    }

    fn try_nodes() -> Result<(), TryRuntimeError> {
        let validators = Validators::<T>::get().into_inner();
        let count = validators.len();
        for validator in &validators {
            let of = Departments::<T>::get(validator.department);
            let retired = of.as_ref().is_none_or(|of| of.status() == DepartmentStatus::Retired);
            ensure!(!retired, "D5: a validator of a retired department");
            ensure!(of.is_some_and(|of| of.is_admitted), "D5: a validator of a department that was never admitted");
        }
        let keys: BTreeSet<PublicKey> = validators.iter().map(|validator| validator.key).collect();
        ensure!(count == 0 || ValidatorSet::new(validators).is_ok(), "D5: the validators form no set");
        ensure!(count >= ValidatorsMin::<T>::get() as usize, "D5: too few validators");
        let mut nodes = BTreeSet::new();
        for (key, node) in ValidatorNodes::<T>::iter() {
            ensure!(keys.contains(&key) && nodes.insert(node.key), "D9: a node of no validator, or a key twice");
        }
        for (key, observer) in Observers::<T>::iter() {
            ensure!(observer.node.key == key && nodes.insert(key), "D9: an observer under another key, or a key twice");
        }
        ensure!(Observers::<T>::count() <= OBSERVERS_MAX, "D9: too many observers");
        Ok(())
    }
}
