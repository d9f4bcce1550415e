//! Keys: rotated by their holder, or replaced after a loss that two persons vouch for. What the old key signed stays signed.

use crate::{
    pallet::{Accounts, Config, Departments, Error, Event, Pallet, Replaced, Replacements, Roles},
    types::Replacement,
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clocks, People, Records};
use mulu_proofs::{
    catalog::List,
    departments::{AccountReplaced, KeyReportWithdrawn, KeyReportedLost, REASON_BYTES_MAX, Role, SignedAs},
    ids::{DepartmentId, RecordNumber},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_rotate_key(old: &AccountId32, new: AccountId32) -> DispatchResult {
        let department = Self::ensure_replaceable(old, &new)?;
        Self::active(department)?;

        Self::replace(RecordKind::KeyRotated, old, old, new, department, None)
    }

    pub(crate) fn do_report_loss(
        who: &AccountId32,
        old: AccountId32,
        new: AccountId32,
        reason: Text<REASON_BYTES_MAX>,
    ) -> DispatchResult {
        let department = Self::ensure_replaceable(&old, &new)?;
        let info = Departments::<T>::get(department).ok_or(Error::<T>::UnknownDepartment)?.info;
        let actor = Self::as_admin_or_supervisor(who, &info)?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        ensure!(!Replacements::<T>::contains_key(&old), Error::<T>::ReportWaits);

        let body = KeyReportedLost { old: old.clone().into(), new: new.clone().into(), department, reason };
        let subjects = subjects(department, &body.old, &body.new);
        let reported = T::Records::append(RecordKind::KeyReportedLost, actor.department, Some(who), &subjects, &body);
        Replacements::<T>::insert(&old, Replacement { new, reporter: who.clone(), reported });
        Self::deposit_event(Event::KeyReportedLost(body));
        Ok(())
    }

    pub(crate) fn do_withdraw_report(who: &AccountId32, old: AccountId32, new: AccountId32) -> DispatchResult {
        let waiting = Self::waiting(&old, &new)?;
        let department = Accounts::<T>::get(&old).ok_or(Error::<T>::UnknownAccount)?;
        let info = Departments::<T>::get(department).ok_or(Error::<T>::UnknownDepartment)?.info;
        // A key that signs is not lost. Whether it is in the right hands is a matter of its roles, without which it submits nothing.
        let acting = if *who == old { department } else { Self::as_admin_or_supervisor(who, &info)?.department };

        Replacements::<T>::remove(&old);
        let reported = waiting.reported;
        let body = KeyReportWithdrawn { old: old.into(), new: new.into(), department, reported };
        let subjects = subjects(department, &body.old, &body.new);
        T::Records::append(RecordKind::KeyReportWithdrawn, acting, Some(who), &subjects, &body);
        Self::deposit_event(Event::KeyReportWithdrawn(body));
        Ok(())
    }

    pub(crate) fn do_confirm_replacement(who: &AccountId32, old: AccountId32, new: AccountId32) -> DispatchResult {
        let waiting = Self::waiting(&old, &new)?;
        let department = Self::ensure_replaceable(&old, &new)?;
        let signed_as = Self::as_second_signer(who, department)?;
        let is_same = |other| <Self as People>::is_same_person(other, who);
        ensure!(!is_same(&waiting.reporter) && !is_same(&old), Error::<T>::SamePerson);

        let confirmed = Some((waiting.reported, signed_as));
        Self::replace(RecordKind::KeyReplaced, who, &old, new, department, confirmed)
    }

    /// The report that `old` is lost and `new` shall take its place.
    fn waiting(old: &AccountId32, new: &AccountId32) -> Result<Replacement, DispatchError> {
        let waiting = Replacements::<T>::get(old).filter(|waiting| waiting.new == *new);
        waiting.ok_or_else(|| Error::<T>::NoReplacement.into())
    }

    /// The department of a key that may be replaced by `new`.
    fn ensure_replaceable(old: &AccountId32, new: &AccountId32) -> Result<DepartmentId, DispatchError> {
        let department = Accounts::<T>::get(old).ok_or(Error::<T>::UnknownAccount)?;
        ensure!(!Replaced::<T>::contains_key(old), Error::<T>::KeyReplacedAlready);
        ensure!(!Accounts::<T>::contains_key(new), Error::<T>::AccountTaken);
        Ok(department)
    }

    /// Enters the new key and takes every role from the old one, for good.
    fn replace(
        kind: RecordKind,
        who: &AccountId32,
        old: &AccountId32,
        new: AccountId32,
        department: DepartmentId,
        confirmed: Option<(RecordNumber, SignedAs)>,
    ) -> DispatchResult {
        let mut ended: Vec<_> = Roles::<T>::drain_prefix(old).map(|((_, role), state)| (role, state)).collect();
        ended.sort_by_key(|(role, _)| *role);
        let roles: Vec<Role> = ended.iter().map(|(role, _)| *role).collect();
        let roles = List::try_from(roles).expect("an account has a role once, in its one department");
        Self::enter(&new, department);
        Replaced::<T>::insert(old, &new);
        Replacements::<T>::remove(old);
        let body = AccountReplaced { old: old.clone().into(), new: new.into(), department, roles, confirmed };
        let subjects = subjects(department, &body.old, &body.new);
        let acting = confirmed.map_or(department, |(_, signed_as)| signed_as.department);
        T::Records::append(kind, acting, Some(who), &subjects, &body);
        for confirmation in ended.into_iter().filter_map(|(_, state)| state.confirmation) {
            T::Clocks::cancel(confirmation)?;
        }
        Self::deposit_event(Event::KeyReplaced(body));
        Ok(())
    }
}

fn subjects(department: DepartmentId, old: &[u8; 32], new: &[u8; 32]) -> [Subject; 3] {
    [Subject::Department(department), Subject::Account(*old), Subject::Account(*new)]
}
