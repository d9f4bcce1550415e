//! Invariants over departments, accounts and roles.

use crate::pallet::{Accounts, Authorities, ByCode, Config, Departments, Pallet, Roles, Validators};
use frame_support::ensure;
use mulu_proofs::{certificate::ValidatorSet, departments::Role};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - D1: every department is found by its credit code.
    /// - D2: every authority is the one of its level and region.
    /// - D3: accounts and roles name known departments; roles belong to registered accounts.
    /// - D4: nobody is admin and holds a signing role.
    /// - D5: the validators form a set.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        for (id, department) in Departments::<T>::iter() {
            ensure!(ByCode::<T>::get(department.info.credit_code) == Some(id), "D1: credit code leads elsewhere");
            if department.info.is_authority {
                let seat = (department.info.level, department.info.region);
                ensure!(Authorities::<T>::get(seat) == Some(id), "D2: two authorities of one seat");
            }
        }
        for (_, department) in Accounts::<T>::iter() {
            ensure!(Departments::<T>::contains_key(department), "D3: an account of no department");
        }
        for (account, (department, role), _) in Roles::<T>::iter() {
            ensure!(Accounts::<T>::get(&account) == Some(department), "D3: a role of no account");
            if role == Role::Admin {
                let signs = Roles::<T>::iter_key_prefix(&account).any(|(_, role)| role.needs_second_signature());
                ensure!(!signs, "D4: an admin signs");
            }
        }
        let validators = Validators::<T>::get().into_inner();
        ensure!(validators.is_empty() || ValidatorSet::new(validators).is_ok(), "D5: the validators form no set");
        Ok(())
    }
}
