//! Standing consents: the provider's officer agrees in advance, within conditions and until a day (SPEC §3).

use super::key;
use crate::{
    pallet::{Config, Error, Event, Pallet, Purposes, StandingConsents},
    types::{OpenRequest, Standing},
};
use frame_support::{dispatch::DispatchResult, ensure};
use mulu_pallet_support::{Clock, EntryFacts, People, Records};
use mulu_proofs::{
    catalog::SharingClass,
    departments::{About, Role},
    ids::EntryId,
    records::{RecordKind, Subject},
    sharing::{StandingConsent, StandingConsentRevoked, StandingConsentSet},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_standing_consent(
        who: &AccountId32,
        entry: EntryId,
        consent: StandingConsent,
    ) -> DispatchResult {
        let (version, facts) = Self::published(entry)?;
        let signed_as = T::People::signed_as(who, facts.provider, Role::Officer, &About::entry(entry))?;
        ensure!(consent.entry_version == version, Error::<T>::NotPublished);
        Self::ensure_consent(&consent, &facts)?;

        let body = StandingConsentSet { entry, consent: consent.clone(), signed_as };
        let subjects = [Subject::Entry(entry, version), Subject::Department(facts.provider)];
        let record =
            T::Records::append(RecordKind::StandingConsentSet, signed_as.department, Some(who), &subjects, &body);
        StandingConsents::<T>::insert(entry, Standing { consent, officer: key(who), signed_as, record });
        Self::deposit_event(Event::StandingConsentSet { signer: who.clone(), set: body });
        Ok(())
    }

    pub(crate) fn do_revoke_standing_consent(who: &AccountId32, entry: EntryId, reason: Text<512>) -> DispatchResult {
        let standing = StandingConsents::<T>::get(entry).ok_or(Error::<T>::NoStandingConsent)?;
        let provider = standing.signed_as.department;
        let signed_as = T::People::signed_as(who, provider, Role::Officer, &About::entry(entry))?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);

        StandingConsents::<T>::remove(entry);
        let body = StandingConsentRevoked { entry, reason, signed_as };
        let subjects = [Subject::Entry(entry, standing.consent.entry_version), Subject::Department(provider)];
        T::Records::append(RecordKind::StandingConsentRevoked, provider, Some(who), &subjects, &body);
        Self::deposit_event(Event::StandingConsentRevoked { signer: who.clone(), revoked: body });
        Ok(())
    }

    /// The standing consent that agrees to the request now, if its stages are complete and there is one.
    ///
    /// It agrees to nothing that its officer could not agree to by hand: the role in which it was signed is in force, the version is
    /// published, and the officer signed no step of this request.
    pub(crate) fn consent_to(open: &OpenRequest) -> Option<Standing> {
        let terms = &open.terms;
        let standing = StandingConsents::<T>::get(terms.entry).filter(|_| open.current_stage().is_none())?;
        let now = T::Clock::now();
        let officer = AccountId32::new(standing.officer.0);
        let role = T::People::signed_as(&officer, open.provider, Role::Officer, &open.to_provider()).ok()?;
        let agrees = role == standing.signed_as
            && standing.consent.covers(terms, now)
            && !open.is_signed_by::<T::People>(&officer)
            && Self::ensure_active(terms.consumer).is_ok()
            && Self::ensure_timely(terms).is_ok();
        agrees.then_some(standing)
    }

    fn ensure_consent(consent: &StandingConsent, facts: &EntryFacts) -> DispatchResult {
        ensure!(facts.sharing != SharingClass::NotShared, Error::<T>::NotShared);
        ensure!(consent.items != 0 && consent.items & !facts.items == 0, Error::<T>::UnknownItem);
        ensure!(facts.strictest(consent.items) != SharingClass::NotShared, Error::<T>::NotShared);
        let offered = consent.methods.0 != 0 && consent.methods.0 & !facts.methods.0 == 0;
        ensure!(offered, Error::<T>::MethodNotOffered);
        let ascending = consent.consumers.is_sorted_by(|a, b| a < b) && consent.purposes.is_sorted_by(|a, b| a < b);
        ensure!(ascending, Error::<T>::NotAscending);
        let known = consent.consumers.iter().all(|consumer| T::People::department(*consumer).is_some());
        ensure!(known, Error::<T>::UnknownDepartment);
        ensure!(consent.purposes.iter().all(Purposes::<T>::contains_key), Error::<T>::UnknownPurpose);
        ensure!(consent.calls_per_day > 0 && consent.rows_per_day > 0, Error::<T>::QuotaZero);
        ensure!(consent.days > 0 && consent.expires > T::Clock::now(), Error::<T>::PeriodInvalid);
        Ok(())
    }
}
