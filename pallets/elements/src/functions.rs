//! What the calls do: check, then write, then record and emit. And the check of items that the catalog asks for.

use crate::{
    pallet::{ByCode, Certified, Config, Elements, Error, Event, LastElement, Pallet},
    types::Element,
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Catalog, People, Records};
use mulu_proofs::{
    departments::{About, Role, SignedAs, SystemKind},
    elements::{
        CertificationWithdrawn, ELEMENT_REASON_BYTES_MAX, ElementCode, ElementRegistered, ElementRevised,
        ElementStandard, SourceCertified, SourceNamed, WithdrawalCause, is_element_code,
    },
    ids::{DepartmentId, ElementId, EntryId, SystemId},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_element(
        who: &AccountId32,
        code: ElementCode,
        standard: ElementStandard,
    ) -> DispatchResult {
        let authority = T::People::department_of(who).ok_or(Error::<T>::NotAuthority)?;
        let facts = T::People::department(authority).ok_or(Error::<T>::NotAuthority)?;
        ensure!(facts.is_authority, Error::<T>::NotAuthority);
        let signed_as = T::People::signed_as(who, authority, Role::Supervisor, &About::NOTHING)?;
        ensure!(is_element_code(&code), Error::<T>::CodeInvalid);
        ensure!(!ByCode::<T>::contains_key(&code), Error::<T>::CodeTaken);
        ensure_complete::<T>(&standard)?;

        let element = LastElement::<T>::get().next();
        LastElement::<T>::put(element);
        ByCode::<T>::insert(&code, element);
        Elements::<T>::insert(element, Element { seat: (facts.level, facts.region), source: None });
        let registered = ElementRegistered { element, code, standard, signed_as };
        T::Records::append(
            RecordKind::ElementRegistered,
            signed_as.department,
            Some(who),
            &[Subject::Element(element)],
            &registered,
        );
        Self::deposit_event(Event::ElementRegistered { registered: Box::new(registered), by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_revise_element(
        who: &AccountId32,
        element: ElementId,
        standard: ElementStandard,
    ) -> DispatchResult {
        let state = Elements::<T>::get(element).ok_or(Error::<T>::UnknownElement)?;
        let signed_as = Self::as_supervisor(who, &state, &About::NOTHING)?;
        ensure_complete::<T>(&standard)?;

        let revised = ElementRevised { element, standard, signed_as };
        let subjects = [Subject::Element(element)];
        T::Records::append(RecordKind::ElementRevised, signed_as.department, Some(who), &subjects, &revised);
        Self::deposit_event(Event::ElementRevised { revised: Box::new(revised), by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_name_source(
        who: &AccountId32,
        element: ElementId,
        department: Option<DepartmentId>,
        basis: Text<ELEMENT_REASON_BYTES_MAX>,
    ) -> DispatchResult {
        let state = Elements::<T>::get(element).ok_or(Error::<T>::UnknownElement)?;
        let before = state.source;
        let signed_as = Self::as_supervisor(who, &state, &About { entry: None, department: department.or(before) })?;
        if let Some(department) = department {
            let facts = T::People::department(department).ok_or(Error::<T>::UnknownDepartment)?;
            ensure!(facts.is_active, Error::<T>::DepartmentNotActive);
        }
        ensure!(department != before, Error::<T>::SourceUnchanged);
        ensure!(basis.says_something(), Error::<T>::BasisMissing);

        Elements::<T>::insert(element, Element { source: department, ..state });
        let named = SourceNamed { element, department, basis, before, signed_as };
        let concerned = [department, before].into_iter().flatten().map(Subject::Department);
        let subjects: Vec<_> = std::iter::once(Subject::Element(element)).chain(concerned).collect();
        T::Records::append(RecordKind::SourceNamed, signed_as.department, Some(who), &subjects, &named);
        Self::deposit_event(Event::SourceNamed { named, by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_certify_source(who: &AccountId32, system: SystemId) -> DispatchResult {
        let facts = T::People::system(system).ok_or(Error::<T>::UnknownSystem)?;
        ensure!(facts.kind == SystemKind::Source, Error::<T>::NotSource);
        let signed_as = Self::as_authority_of(who, facts.department)?;
        ensure!(!Certified::<T>::contains_key(system), Error::<T>::CertifiedAlready);

        Certified::<T>::insert(system, ());
        let certified = SourceCertified { system, signed_as };
        let subjects = [Subject::System(system), Subject::Department(facts.department)];
        T::Records::append(RecordKind::SourceCertified, signed_as.department, Some(who), &subjects, &certified);
        Self::deposit_event(Event::SourceCertified { certified, by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_withdraw_certification(
        who: &AccountId32,
        system: SystemId,
        cause: WithdrawalCause,
        reason: Text<ELEMENT_REASON_BYTES_MAX>,
    ) -> DispatchResult {
        let facts = T::People::system(system).ok_or(Error::<T>::UnknownSystem)?;
        let signed_as = Self::as_authority_of(who, facts.department)?;
        ensure!(Certified::<T>::contains_key(system), Error::<T>::NotCertified);
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);

        Certified::<T>::remove(system);
        let withdrawn = CertificationWithdrawn { system, cause, reason, signed_as };
        let subjects = [Subject::System(system), Subject::Department(facts.department)];
        T::Records::append(RecordKind::CertificationWithdrawn, signed_as.department, Some(who), &subjects, &withdrawn);
        Self::deposit_event(Event::CertificationWithdrawn { withdrawn, by: who.clone() });
        Ok(())
    }

    /// `who` as supervisor of the authority that looks after an element.
    fn as_supervisor(who: &AccountId32, element: &Element, about: &About) -> Result<SignedAs, DispatchError> {
        let authority = T::People::department_of(who).ok_or(Error::<T>::OtherAuthority)?;
        let facts = T::People::department(authority).ok_or(Error::<T>::OtherAuthority)?;
        ensure!(facts.is_authority && (facts.level, facts.region) == element.seat, Error::<T>::OtherAuthority);
        T::People::signed_as(who, authority, Role::Supervisor, about)
    }

    /// `who` as supervisor or reviewer of the authority of `department`.
    fn as_authority_of(who: &AccountId32, department: DepartmentId) -> Result<SignedAs, DispatchError> {
        let authority = T::People::authority_of(department).ok_or(Error::<T>::NoAuthority)?;
        let signed_as = |role| T::People::signed_as(who, authority, role, &About::department(department));
        signed_as(Role::Supervisor).or_else(|refusal| signed_as(Role::Reviewer).map_err(|_| refusal))
    }

    /// Whether a system is a certified source.
    pub fn is_certified(system: SystemId) -> bool {
        Certified::<T>::contains_key(system)
    }

    /// The department whose published entry `source` has items of `element`.
    fn carrier(element: ElementId, source: EntryId) -> Option<DepartmentId> {
        let version = T::Catalog::published(source).filter(|_| T::Catalog::carries(source, element))?;
        T::Catalog::facts(source, version).map(|facts| facts.provider)
    }
}

fn ensure_complete<T: Config>(standard: &ElementStandard) -> DispatchResult {
    let ElementStandard { name, standard, published } = standard;
    let complete = name.says_something() && standard.says_something() && published.says_something();
    ensure!(complete, Error::<T>::StandardMissing);
    Ok(())
}

impl<T: Config> mulu_pallet_support::Elements for Pallet<T> {
    fn check(provider: DepartmentId, element: ElementId, source: Option<EntryId>) -> DispatchResult {
        let state = Elements::<T>::get(element).ok_or(Error::<T>::UnknownElement)?;
        let cited = source.map(|entry| Self::carrier(element, entry));
        let from_source = state.source.is_none_or(|named| named == provider || cited == Some(Some(named)));
        ensure!(from_source, Error::<T>::NotAuthoritativeSource);
        // Whatever is cited is true, whether it had to be cited or not.
        ensure!(cited != Some(None), Error::<T>::SourceUnknown);
        Ok(())
    }
}
