//! What the calls do: check, then write, then emit and record. Here departments, accounts and systems, and what other pallets read;
//! roles, keys and what governance enacts have files of their own.

mod governed;
mod keys;
mod roles;
mod superiors;

use crate::{
    pallet::{
        Accounts, Authorities, ByCode, Config, Departments, Error, Event, LastDepartment, LastSystem, Pallet, Replaced,
        Roles, SystemByCode, Systems, Validators, VotingDepartments,
    },
    types::{Department, DepartmentDraft, RoleState, oversees},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError, traits::Get};
use mulu_pallet_support::{Clock, DepartmentFacts, Electorate, People, Records, SystemFacts};
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::{
        About, AccountRegistered, DepartmentInfo, DepartmentStatus, Level, NAME_BYTES_MAX, Role, SignedAs, SystemInfo,
        SystemKind,
    },
    ids::{DepartmentId, Digest32, Moment, SystemId},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

/// Most superiors above a department.
pub const PARENTS_MAX: usize = 16;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_department(who: &AccountId32, draft: DepartmentDraft) -> DispatchResult {
        let supervisor = Self::as_supervisor(who, (draft.level, draft.region), &About::NOTHING)?;
        ensure!(draft.credit_code.is_valid(), Error::<T>::CreditCodeInvalid);
        ensure!((100_000..=999_999).contains(&draft.region), Error::<T>::RegionInvalid);
        ensure!(!ByCode::<T>::contains_key(draft.credit_code), Error::<T>::CreditCodeTaken);
        let id = LastDepartment::<T>::get().next();
        Self::ensure_place(id, draft.parent, draft.host)?;

        let info = DepartmentInfo {
            id,
            credit_code: draft.credit_code,
            name: draft.name,
            level: draft.level,
            region: draft.region,
            parent: draft.parent,
            is_authority: false,
            host: draft.host,
            is_data_manager: draft.is_data_manager,
        };
        LastDepartment::<T>::put(id);
        ByCode::<T>::insert(info.credit_code, id);
        // It acts at once, and has a vote when the others have admitted it: whoever registers makes no majority.
        Departments::<T>::insert(id, Department::new(info.clone(), false));
        let subjects = [Subject::Department(id)];
        T::Records::append(RecordKind::DepartmentRegistered, supervisor.department, Some(who), &subjects, &info);
        Self::deposit_event(Event::DepartmentRegistered { info });
        Ok(())
    }

    pub(crate) fn do_revise_department(
        who: &AccountId32,
        id: DepartmentId,
        name: Text<NAME_BYTES_MAX>,
        parent: Option<DepartmentId>,
        host: Option<DepartmentId>,
        is_data_manager: bool,
    ) -> DispatchResult {
        let mut department = Departments::<T>::get(id).ok_or(Error::<T>::UnknownDepartment)?;
        let supervisor = Self::as_supervisor_of(who, &department.info)?;
        ensure!(department.status() != DepartmentStatus::Retired, Error::<T>::RetiredForGood);
        Self::ensure_place(id, parent, host)?;

        department.info = DepartmentInfo { name, parent, host, is_data_manager, ..department.info };
        let info = department.info.clone();
        Departments::<T>::insert(id, department);
        let subjects = [Subject::Department(id)];
        T::Records::append(RecordKind::DepartmentRevised, supervisor.department, Some(who), &subjects, &info);
        Self::deposit_event(Event::DepartmentRevised(info));
        Ok(())
    }

    pub(crate) fn do_register_account(
        who: &AccountId32,
        account: AccountId32,
        department: DepartmentId,
    ) -> DispatchResult {
        let info = Self::active(department)?;
        let actor = Self::as_admin_or_supervisor(who, &info)?;
        ensure!(!Accounts::<T>::contains_key(&account), Error::<T>::AccountTaken);

        Self::enter(&account, department);
        let body = AccountRegistered { account: account.clone().into(), department };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        T::Records::append(RecordKind::AccountRegistered, actor.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::AccountRegistered { account, department });
        Ok(())
    }

    pub(crate) fn do_register_system(
        who: &AccountId32,
        department: DepartmentId,
        kind: SystemKind,
        code: Text<64>,
        name: Text<NAME_BYTES_MAX>,
    ) -> DispatchResult {
        Self::active(department)?;
        let actor =
            Self::signed_as(who, department, Role::Admin, &About::NOTHING).map_err(|_| Error::<T>::NotPermitted)?;
        let key = (department, code.clone());
        ensure!(!SystemByCode::<T>::contains_key(&key), Error::<T>::SystemCodeTaken);

        let id = LastSystem::<T>::get().next();
        let info = SystemInfo { id, department, kind, code, name };
        LastSystem::<T>::put(id);
        SystemByCode::<T>::insert(key, id);
        Systems::<T>::insert(id, &info);
        let subjects = [Subject::Department(department), Subject::System(id)];
        T::Records::append(RecordKind::SystemRegistered, actor.department, Some(who), &subjects, &info);
        Self::deposit_event(Event::SystemRegistered { info });
        Ok(())
    }

    /// The validators of the next height.
    pub fn validators() -> ValidatorSet {
        ValidatorSet::new(Validators::<T>::get().into_inner()).expect("kept as a set; invariant D5")
    }

    /// Checks that superior and host are known, and that the superiors above lead nowhere back.
    pub(crate) fn ensure_place(
        id: DepartmentId,
        parent: Option<DepartmentId>,
        host: Option<DepartmentId>,
    ) -> DispatchResult {
        for other in [parent, host].into_iter().flatten() {
            ensure!(Departments::<T>::contains_key(other), Error::<T>::UnknownDepartment);
        }
        ensure!(host != Some(id), Error::<T>::HostsItself);
        let mut above = parent;
        for _ in 0..PARENTS_MAX {
            let Some(superior) = above else { return Ok(()) };
            ensure!(superior != id, Error::<T>::ParentCycle);
            above = Departments::<T>::get(superior).and_then(|department| department.info.parent);
        }
        ensure!(above.is_none(), Error::<T>::ParentsTooMany);
        Ok(())
    }

    /// An active department.
    fn active(department: DepartmentId) -> Result<DepartmentInfo, DispatchError> {
        let found = Departments::<T>::get(department).ok_or(Error::<T>::UnknownDepartment)?;
        ensure!(found.is_active(), Error::<T>::DepartmentNotActive);
        Ok(found.info)
    }

    /// Enters an account, which may then sign.
    fn enter(account: &AccountId32, department: DepartmentId) {
        Accounts::<T>::insert(account, department);
        // Without a provider an account may not sign (frame_system::CheckNonce).
        frame_system::Pallet::<T>::inc_providers(account);
    }

    /// `who` as supervisor of an authority that oversees the department.
    fn as_supervisor_of(who: &AccountId32, department: &DepartmentInfo) -> Result<SignedAs, DispatchError> {
        Self::as_supervisor(who, (department.level, department.region), &About::department(department.id))
    }

    /// `who` as supervisor of an authority that oversees a level and region.
    fn as_supervisor(who: &AccountId32, seat: (Level, u32), about: &About) -> Result<SignedAs, DispatchError> {
        let own = Accounts::<T>::get(who).ok_or(Error::<T>::NotPermitted)?;
        let authority = Departments::<T>::get(own).ok_or(Error::<T>::NotPermitted)?.info;
        ensure!(oversees((authority.level, authority.region), seat), Error::<T>::NotPermitted);
        Self::signed_as(who, own, Role::Supervisor, about).map_err(|_| Error::<T>::NotPermitted.into())
    }

    fn as_admin_or_supervisor(who: &AccountId32, department: &DepartmentInfo) -> Result<SignedAs, DispatchError> {
        let admin = Self::signed_as(who, department.id, Role::Admin, &About::department(department.id));
        admin.or_else(|_| Self::as_supervisor_of(who, department))
    }

    /// A role that may be used now, whatever for.
    ///
    /// # Errors
    /// What keeps it from being used: `RoleMissing`, `RoleNotConfirmed`, `RoleExpired`, `DepartmentNotActive`, `RoleOfAuthority`,
    /// `PrincipalWithoutRole`.
    pub fn in_force(who: &AccountId32, department: DepartmentId, role: Role) -> Result<RoleState, DispatchError> {
        let state = Roles::<T>::get(who, (department, role)).ok_or(Error::<T>::RoleMissing)?;
        // A genesis role can be cited, and so used, once block 1 has recorded it.
        ensure!(!state.is_pending() && state.given.get() > 0, Error::<T>::RoleNotConfirmed);
        ensure!(state.expires > T::Clock::now(), Error::<T>::RoleExpired);
        let info = Self::active(department)?;
        ensure!(info.is_authority || !role.is_of_authority(), Error::<T>::RoleOfAuthority);
        if let Some(principal) = state.principal {
            // Whoever stands in for somebody can do what that person can, and no longer.
            let theirs = Roles::<T>::get(AccountId32::new(principal.0), (department, role));
            let holds = theirs.is_some_and(|theirs| {
                !theirs.is_pending() && theirs.principal.is_none() && theirs.expires > T::Clock::now()
            });
            ensure!(holds, Error::<T>::PrincipalWithoutRole);
        }
        Ok(state)
    }
}

impl<T: Config> People for Pallet<T> {
    fn signed_as(
        who: &AccountId32,
        department: DepartmentId,
        role: Role,
        about: &About,
    ) -> Result<SignedAs, DispatchError> {
        let RoleState { given, confirmed, expires, scope, principal, .. } = Self::in_force(who, department, role)?;
        ensure!(scope.covers(about), Error::<T>::OutOfScope);
        Ok(SignedAs { role, department, given, confirmed, expires, principal })
    }

    fn holds(who: &AccountId32, department: DepartmentId, role: Role) -> bool {
        Self::in_force(who, department, role).is_ok()
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        // A replaced key is nobody's any more.
        if Replaced::<T>::contains_key(who) { None } else { Accounts::<T>::get(who) }
    }

    fn belonged_to(who: &AccountId32) -> Option<DepartmentId> {
        Accounts::<T>::get(who)
    }

    fn is_same_person(one: &AccountId32, other: &AccountId32) -> bool {
        let newest = |account: &AccountId32| {
            let mut account = account.clone();
            // A key that was replaced is nobody's again (D8), so that this ends.
            while let Some(next) = Replaced::<T>::get(&account) {
                account = next;
            }
            account
        };
        one == other || newest(one) == newest(other)
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        Departments::<T>::get(id).map(|department| DepartmentFacts {
            level: department.info.level,
            region: department.info.region,
            is_authority: department.info.is_authority,
            is_active: department.is_active(),
        })
    }

    fn statuses(id: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Departments::<T>::get(id).map(|department| department.statuses.into_inner()).unwrap_or_default()
    }

    fn authority_of(id: DepartmentId) -> Option<DepartmentId> {
        let info = Departments::<T>::get(id)?.info;
        Authorities::<T>::get((info.level, info.region))
    }

    fn system(id: SystemId) -> Option<SystemFacts> {
        Systems::<T>::get(id).map(|system| SystemFacts { department: system.department, kind: system.kind })
    }
}

impl<T: Config> Electorate for Pallet<T> {
    fn has_vote(department: DepartmentId) -> bool {
        Departments::<T>::get(department).is_some_and(|department| department.has_vote())
    }

    fn voting_departments() -> u32 {
        VotingDepartments::<T>::get()
    }
}

/// Digest of the validator set of the next height, for the header.
pub struct NextValidators<T>(core::marker::PhantomData<T>);

impl<T: Config> Get<Digest32> for NextValidators<T> {
    fn get() -> Digest32 {
        ValidatorSet::new(Validators::<T>::get().into_inner()).map(|set| set.digest()).unwrap_or_default()
    }
}
