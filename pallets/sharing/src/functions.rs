//! What the calls do: check, then write, then record and emit. Here purposes, policies and what others read; requests, their changes,
//! standing consents and what the authority's suspension of an entry does to clocks have files of their own.

mod changes;
mod consents;
mod held;
mod requests;

use crate::{
    pallet::{Config, Error, Event, LastPurpose, Pallet, Policies, PurposeByCode, Purposes},
    types::Purpose,
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Catalog, EntryFacts, People, PurposeList, Records};
use mulu_proofs::{
    departments::{About, AccountKey, Role},
    ids::{DepartmentId, EntryId, PurposeId, Version},
    records::{RecordKind, Subject},
    sharing::{APPROVERS_MAX, Policy, PolicySet, PurposeRegistered, Stage},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_purpose(who: &AccountId32, code: Text<32>, name: Text<128>) -> DispatchResult {
        let department = T::People::department_of(who).ok_or(Error::<T>::NotPermitted)?;
        let supervisor = T::People::signed_as(who, department, Role::Supervisor, &About::NOTHING)?;
        ensure!(code.says_something() && name.says_something(), Error::<T>::PurposeUnnamed);
        ensure!(!PurposeByCode::<T>::contains_key(&code), Error::<T>::PurposeCodeTaken);
        let last = LastPurpose::<T>::get();
        ensure!(last.get() < u16::MAX, Error::<T>::PurposesFull);

        let id = last.next();
        LastPurpose::<T>::put(id);
        PurposeByCode::<T>::insert(&code, id);
        Purposes::<T>::insert(id, Purpose { code: code.clone(), name: name.clone() });
        let body = PurposeRegistered { id, code, name };
        T::Records::append(RecordKind::PurposeRegistered, supervisor.department, Some(who), &[], &body);
        Self::deposit_event(Event::PurposeRegistered { purpose: body });
        Ok(())
    }

    pub(crate) fn do_set_policy(who: &AccountId32, entry: EntryId, policy: Policy) -> DispatchResult {
        let (version, facts) = Self::published(entry)?;
        let signed_as = T::People::signed_as(who, facts.provider, Role::Officer, &About::entry(entry))?;
        Self::ensure_policy(&policy, facts.provider)?;

        if policy.stages.is_empty() {
            // The officer decides alone, as where no policy was ever set.
            Policies::<T>::remove(entry);
        } else {
            Policies::<T>::insert(entry, &policy);
        }
        let body = PolicySet { entry, policy, signed_as };
        let subjects = [Subject::Entry(entry, version), Subject::Department(facts.provider)];
        T::Records::append(RecordKind::PolicySet, signed_as.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::PolicySet { signer: who.clone(), set: body });
        Ok(())
    }

    /// The version of `entry` that is published now.
    fn published(entry: EntryId) -> Result<(Version, EntryFacts), DispatchError> {
        let version = T::Catalog::published(entry).ok_or(Error::<T>::NotPublished)?;
        let facts = T::Catalog::facts(entry, version).ok_or(Error::<T>::NotPublished)?;
        Ok((version, facts))
    }

    /// A suspended or retired department takes no part in a request but to end it.
    fn ensure_active(department: DepartmentId) -> DispatchResult {
        let is_active = T::People::department(department).is_some_and(|department| department.is_active);
        ensure!(is_active, Error::<T>::DepartmentNotActive);
        Ok(())
    }

    fn ensure_policy(policy: &Policy, provider: DepartmentId) -> DispatchResult {
        let mut named = Vec::new();
        for stage in &policy.stages {
            Self::ensure_stage(stage, provider)?;
            for approver in &stage.approvers {
                // In one stage a second place is idle; in two stages the second signature would be refused.
                ensure!(!named.contains(approver), Error::<T>::ApproverTwice);
                named.push(*approver);
            }
        }
        Ok(())
    }

    fn ensure_stage(stage: &Stage, provider: DepartmentId) -> DispatchResult {
        ensure!(stage.role.needs_second_signature(), Error::<T>::RoleOfStage);
        let departments = &stage.departments;
        let named_once = !departments.is_empty() && departments.is_sorted_by(|a, b| a < b);
        ensure!(named_once, Error::<T>::StageDepartments);
        // Who signs in a stage does not reply (SPEC §3): a stage of the provider's officers could leave nobody who does.
        let is_last = stage.role == Role::Officer && departments.contains(&provider);
        ensure!(!is_last, Error::<T>::OfficerInStage);
        let is_active = |id: &DepartmentId| T::People::department(*id).is_some_and(|department| department.is_active);
        ensure!(departments.iter().all(is_active), Error::<T>::UnknownDepartment);
        let needed = stage.needed();
        // The bound keeps a stage by role as small as one with names.
        let can_be_met = needed.is_some_and(|needed| needed <= APPROVERS_MAX as usize);
        ensure!(can_be_met, Error::<T>::StageNeverComplete);
        let theirs = |approver: &AccountKey| {
            let approver = AccountId32::new(approver.0);
            let own = T::People::department_of(&approver).filter(|own| departments.contains(own));
            own.is_some_and(|own| T::People::holds(&approver, own, stage.role))
        };
        ensure!(stage.approvers.iter().all(theirs), Error::<T>::UnknownApprover);
        Ok(())
    }
}

impl<T: Config> PurposeList for Pallet<T> {
    fn exists(purpose: PurposeId) -> bool {
        Purposes::<T>::contains_key(purpose)
    }
}

fn key(who: &AccountId32) -> AccountKey {
    AccountKey(*who.as_ref())
}
