//! Roles: given, confirmed by a second person, revoked.

use crate::{
    pallet::{Accounts, Config, Departments, Error, Event, Pallet, Replaced, Roles},
    types::RoleState,
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clock, Clocks, People, Records};
use mulu_proofs::{
    calendar::DeadlineKind,
    departments::{About, DepartmentInfo, Role, RoleConfirmed, RoleGiven, RoleRevoked, RoleScope, SignedAs},
    ids::{DeadlineId, DepartmentId, RecordNumber},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_give_role(who: &AccountId32, given: RoleGiven) -> DispatchResult {
        let info = Self::active(given.department)?;
        let actor = Self::as_giver(who, &info, given.role)?;
        // An authority's admin may give it a supervisor back, but not alone.
        let pending =
            given.role.needs_second_signature() || given.role == Role::Supervisor && actor.role == Role::Admin;
        let body = RoleGiven { pending, ..given };
        Self::ensure_giveable(&info, &body)?;

        let number = Self::record_role(RecordKind::RoleGiven, &actor, who, &body);
        Self::keep_role(&body, number, Some(who.clone()))?;
        Self::deposit_event(Event::RoleGiven { role: body });
        Ok(())
    }

    pub(crate) fn do_confirm_role(
        who: &AccountId32,
        account: AccountId32,
        department: DepartmentId,
        role: Role,
    ) -> DispatchResult {
        let signed_as = Self::as_second_signer(who, department)?;
        let mut state = Roles::<T>::get(&account, (department, role)).ok_or(Error::<T>::RoleUnknown)?;
        let confirmation = state.confirmation.take().ok_or(Error::<T>::NotPending)?;
        let is_same = |other: &AccountId32| <Self as People>::is_same_person(other, who);
        ensure!(!state.giver.as_ref().is_some_and(is_same) && !is_same(&account), Error::<T>::SamePerson);

        let body = RoleConfirmed { account: account.clone().into(), department, role, given: state.given, signed_as };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        let number = T::Records::append(RecordKind::RoleConfirmed, signed_as.department, Some(who), &subjects, &body);
        T::Clocks::stop(confirmation)?;
        state.confirmed = Some(number);
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
        let info = Departments::<T>::get(department).ok_or(Error::<T>::UnknownDepartment)?.info;
        let actor = Self::as_admin_or_supervisor(who, &info)?;
        let state = Roles::<T>::take(&account, (department, role)).ok_or(Error::<T>::RoleUnknown)?;

        let body = RoleRevoked { account: account.clone().into(), department, role };
        let subjects = [Subject::Department(department), Subject::Account(body.account)];
        T::Records::append(RecordKind::RoleRevoked, actor.department, Some(who), &subjects, &body);
        state.confirmation.map_or(Ok(()), T::Clocks::cancel)?;
        Self::deposit_event(Event::RoleRevoked { account, department, role });
        Ok(())
    }

    /// Who may give a role: the department's admin, for admins and for roles of an authority a supervisor.
    fn as_giver(who: &AccountId32, info: &DepartmentInfo, role: Role) -> Result<SignedAs, DispatchError> {
        match role {
            Role::Admin | Role::Reviewer | Role::Auditor => Self::as_supervisor_of(who, info),
            _ => Self::as_admin_or_supervisor(who, info),
        }
    }

    /// `who` as one who signs a second time for the department: its head, or a supervisor above it.
    pub(super) fn as_second_signer(who: &AccountId32, department: DepartmentId) -> Result<SignedAs, DispatchError> {
        let info = Departments::<T>::get(department).ok_or(Error::<T>::UnknownDepartment)?.info;
        Self::as_supervisor_of(who, &info)
            .or_else(|_| Self::signed_as(who, department, Role::Head, &About::department(department)))
            .map_err(|_| Error::<T>::NotPermitted.into())
    }

    /// The rules of a role that do not depend on who gives it.
    pub(super) fn ensure_giveable(info: &DepartmentInfo, given: &RoleGiven) -> DispatchResult {
        let RoleGiven { department, role, .. } = *given;
        let account = AccountId32::new(given.account);
        ensure!(info.is_authority || !role.is_of_authority(), Error::<T>::RoleOfAuthority);
        ensure!(Accounts::<T>::get(&account) == Some(department), Error::<T>::UnknownAccount);
        ensure!(!Replaced::<T>::contains_key(&account), Error::<T>::KeyReplacedAlready);
        ensure!(given.expires > T::Clock::now(), Error::<T>::ExpiryPassed);
        ensure!(!Roles::<T>::contains_key(&account, (department, role)), Error::<T>::RoleTaken);
        let excluded = Roles::<T>::iter_key_prefix(&account).any(|(_, held)| role.excludes(held));
        ensure!(!excluded, Error::<T>::AdminSigns);
        ensure!(role != Role::Auditor || given.basis.says_something(), Error::<T>::BasisMissing);
        Self::ensure_scope(&given.scope)?;
        if let Some(principal) = given.principal {
            ensure!(principal.0 != given.account, Error::<T>::PrincipalWithoutRole);
            let theirs = Self::in_force(&AccountId32::new(principal.0), department, role);
            let holds = theirs.is_ok_and(|theirs| theirs.principal.is_none());
            ensure!(holds, Error::<T>::PrincipalWithoutRole);
        }
        Ok(())
    }

    pub(crate) fn ensure_scope(scope: &RoleScope) -> DispatchResult {
        let is_sound = match scope {
            RoleScope::Everything => true,
            RoleScope::Entries(entries) => !entries.is_empty(),
            RoleScope::Departments(departments) => {
                !departments.is_empty() && departments.iter().all(Departments::<T>::contains_key)
            }
        };
        ensure!(is_sound, Error::<T>::ScopeInvalid);
        Ok(())
    }

    fn record_role(kind: RecordKind, actor: &SignedAs, who: &AccountId32, body: &RoleGiven) -> RecordNumber {
        let subjects = [Subject::Department(body.department), Subject::Account(body.account)];
        T::Records::append(kind, actor.department, Some(who), &subjects, body)
    }

    /// Writes the state of a role that a record gave. Of one that waits, the clock of its second signature starts.
    pub(super) fn keep_role(body: &RoleGiven, given: RecordNumber, giver: Option<AccountId32>) -> DispatchResult {
        let confirmation = if body.pending { Some(Self::await_confirmation(body)?) } else { None };
        let state = RoleState {
            given,
            giver,
            confirmed: None,
            confirmation,
            expires: body.expires,
            scope: body.scope.clone(),
            principal: body.principal,
            basis: body.basis.clone(),
        };
        Roles::<T>::insert(AccountId32::new(body.account), (body.department, body.role), state);
        Ok(())
    }

    /// Starts the clock of a second signature. The department whose role waits has to see to it, whether its head signs or a supervisor.
    fn await_confirmation(body: &RoleGiven) -> Result<DeadlineId, DispatchError> {
        let kind = DeadlineKind::RoleConfirmation;
        let working_days = T::Clocks::limit(kind).working_days;
        T::Clocks::start(kind, Subject::Account(body.account), body.department, working_days)
    }
}
