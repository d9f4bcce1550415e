//! What the calls do: check, then write, then emit and record.

use crate::{
    pallet::{
        Accounts, Authorities, ByCode, Config, Departments, Error, Event, LastDepartment, LastSystem, Pallet, Roles,
        SystemByCode, Systems, Validators,
    },
    types::{Department, DepartmentDraft, RoleState},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError, traits::Get};
use mulu_pallet_support::{Clock, DepartmentFacts, People, Records, SystemFacts};
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::{
        AccountRegistered, DepartmentInfo, NAME_BYTES_MAX, Role, RoleConfirmed, RoleGiven, RoleRevoked, SignedAs,
        SystemInfo, SystemKind,
    },
    ids::{DepartmentId, Digest32, SystemId},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_department(who: &AccountId32, draft: DepartmentDraft) -> DispatchResult {
        let supervisor = Self::as_supervisor(who)?;
        ensure!(draft.credit_code.is_valid(), Error::<T>::CreditCodeInvalid);
        ensure!((100_000..=999_999).contains(&draft.region), Error::<T>::RegionInvalid);
        ensure!(!ByCode::<T>::contains_key(draft.credit_code), Error::<T>::CreditCodeTaken);
        for other in [draft.parent, draft.host].into_iter().flatten() {
            ensure!(Departments::<T>::contains_key(other), Error::<T>::UnknownDepartment);
        }

        let id = LastDepartment::<T>::get().next();
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
        Departments::<T>::insert(id, Department { info: info.clone(), is_active: true });
        T::Records::append(
            RecordKind::DepartmentRegistered,
            supervisor.department,
            Some(who),
            &[Subject::Department(id)],
            &info,
        );
        Self::deposit_event(Event::DepartmentRegistered { info });
        Ok(())
    }

    pub(crate) fn do_register_account(
        who: &AccountId32,
        account: AccountId32,
        department: DepartmentId,
    ) -> DispatchResult {
        let actor = Self::as_admin_or_supervisor(who, department)?;
        Self::ensure_active(department)?;
        ensure!(!Accounts::<T>::contains_key(&account), Error::<T>::AccountTaken);

        Accounts::<T>::insert(&account, department);
        // Without a provider an account may not sign (frame_system::CheckNonce).
        frame_system::Pallet::<T>::inc_providers(&account);
        let body = AccountRegistered { account: account.clone().into(), department };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        T::Records::append(RecordKind::AccountRegistered, actor.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::AccountRegistered { account, department });
        Ok(())
    }

    pub(crate) fn do_give_role(who: &AccountId32, given: RoleGiven) -> DispatchResult {
        let RoleGiven { department, role, expires, principal, .. } = given;
        let account = AccountId32::new(given.account);
        Self::ensure_active(department)?;
        let of_authority = matches!(role, Role::Reviewer | Role::Supervisor | Role::Auditor);
        let actor = if of_authority || role == Role::Admin {
            Self::as_supervisor(who)?
        } else {
            Self::as_admin_or_supervisor(who, department)?
        };
        let info = Departments::<T>::get(department).ok_or(Error::<T>::UnknownDepartment)?.info;
        ensure!(!of_authority || info.is_authority, Error::<T>::RoleOfAuthority);
        ensure!(Accounts::<T>::get(&account) == Some(department), Error::<T>::UnknownAccount);
        ensure!(expires > T::Clock::now(), Error::<T>::ExpiryPassed);
        ensure!(!Roles::<T>::contains_key(&account, (department, role)), Error::<T>::RoleTaken);
        let held: Vec<Role> = Roles::<T>::iter_key_prefix(&account).map(|(_, role)| role).collect();
        let signs = role.needs_second_signature() || held.iter().any(|held| held.needs_second_signature());
        let admin = role == Role::Admin || held.contains(&Role::Admin);
        ensure!(!(signs && admin), Error::<T>::AdminSigns);

        let body = RoleGiven { pending: role.needs_second_signature(), ..given };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        let given = T::Records::append(RecordKind::RoleGiven, actor.department, Some(who), &subjects, &body);
        let state = RoleState {
            given,
            giver: Some(who.clone()),
            confirmed: None,
            is_pending: body.pending,
            expires,
            scope: body.scope.clone(),
            principal,
        };
        Roles::<T>::insert(&account, (department, role), state);
        Self::deposit_event(Event::RoleGiven { role: body });
        Ok(())
    }

    pub(crate) fn do_confirm_role(
        who: &AccountId32,
        account: AccountId32,
        department: DepartmentId,
        role: Role,
    ) -> DispatchResult {
        let signed_as = match Self::as_supervisor(who) {
            Ok(supervisor) => supervisor,
            Err(_) => Self::signed_as(who, department, Role::Head).map_err(|_| Error::<T>::NotPermitted)?,
        };
        let mut state = Roles::<T>::get(&account, (department, role)).ok_or(Error::<T>::RoleUnknown)?;
        ensure!(state.is_pending, Error::<T>::NotPending);
        ensure!(state.giver.as_ref() != Some(who) && account != *who, Error::<T>::SamePerson);

        let body = RoleConfirmed { account: account.clone().into(), department, role, given: state.given, signed_as };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        let number = T::Records::append(RecordKind::RoleConfirmed, signed_as.department, Some(who), &subjects, &body);
        state.confirmed = Some(number);
        state.is_pending = false;
        Roles::<T>::insert(&account, (department, role), state);
        Self::deposit_event(Event::RoleConfirmed { account, department, role });
        Ok(())
    }

    pub(crate) fn do_revoke_role(
        who: &AccountId32,
        account: AccountId32,
        department: DepartmentId,
        role: Role,
    ) -> DispatchResult {
        let actor = Self::as_admin_or_supervisor(who, department)?;
        ensure!(Roles::<T>::contains_key(&account, (department, role)), Error::<T>::RoleUnknown);

        Roles::<T>::remove(&account, (department, role));
        let body = RoleRevoked { account: account.clone().into(), department, role };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        T::Records::append(RecordKind::RoleRevoked, actor.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::RoleRevoked { account, department, role });
        Ok(())
    }

    pub(crate) fn do_register_system(
        who: &AccountId32,
        department: DepartmentId,
        kind: SystemKind,
        code: Text<64>,
        name: Text<NAME_BYTES_MAX>,
    ) -> DispatchResult {
        Self::ensure_active(department)?;
        let actor = Self::signed_as(who, department, Role::Admin).map_err(|_| Error::<T>::NotPermitted)?;
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

    fn ensure_active(department: DepartmentId) -> DispatchResult {
        let found = Departments::<T>::get(department).ok_or(Error::<T>::UnknownDepartment)?;
        ensure!(found.is_active, Error::<T>::DepartmentNotActive);
        Ok(())
    }

    /// `who` as supervisor of the authority it belongs to.
    fn as_supervisor(who: &AccountId32) -> Result<SignedAs, DispatchError> {
        let department = Accounts::<T>::get(who).ok_or(Error::<T>::NotPermitted)?;
        Self::signed_as(who, department, Role::Supervisor).map_err(|_| Error::<T>::NotPermitted.into())
    }

    fn as_admin_or_supervisor(who: &AccountId32, department: DepartmentId) -> Result<SignedAs, DispatchError> {
        Self::signed_as(who, department, Role::Admin).or_else(|_| Self::as_supervisor(who))
    }
}

impl<T: Config> People for Pallet<T> {
    fn signed_as(who: &AccountId32, department: DepartmentId, role: Role) -> Result<SignedAs, DispatchError> {
        let state = Roles::<T>::get(who, (department, role)).ok_or(Error::<T>::RoleMissing)?;
        // A genesis role can be cited, and so used, once block 1 has recorded it.
        ensure!(!state.is_pending && state.given.get() > 0, Error::<T>::RoleNotConfirmed);
        ensure!(state.expires > T::Clock::now(), Error::<T>::RoleExpired);
        Self::ensure_active(department)?;
        let (given, confirmed, expires) = (state.given, state.confirmed, state.expires);
        Ok(SignedAs { role, department, given, confirmed, expires, principal: state.principal })
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        Accounts::<T>::get(who)
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        Departments::<T>::get(id).map(|department| DepartmentFacts {
            level: department.info.level,
            region: department.info.region,
            is_authority: department.info.is_authority,
            is_active: department.is_active,
        })
    }

    fn authority_of(id: DepartmentId) -> Option<DepartmentId> {
        let info = Departments::<T>::get(id)?.info;
        Authorities::<T>::get((info.level, info.region))
    }

    fn system(id: SystemId) -> Option<SystemFacts> {
        Systems::<T>::get(id).map(|system| SystemFacts { department: system.department, kind: system.kind })
    }
}

/// Digest of the validator set of the next height, for the header.
pub struct NextValidators<T>(core::marker::PhantomData<T>);

impl<T: Config> Get<Digest32> for NextValidators<T> {
    fn get() -> Digest32 {
        ValidatorSet::new(Validators::<T>::get().into_inner()).map(|set| set.digest()).unwrap_or_default()
    }
}
