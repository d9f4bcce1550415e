//! What the calls on versions do: check, then write, then record and emit. Acts on whole entries have files of their own.

mod changes;
mod status;
mod updates;

use crate::{
    pallet::{
        ByCode, Compared, Config, Courses, Entries, Error, Event, LastEntry, Pallet, Published, Stopped, VERSIONS_MAX,
        VersionUnderWay,
    },
    types::{Endorsement, Entry, Stage, UnderWay},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Catalog, Clock, Clocks, Elements, EntryFacts, Mounts, People, Records};
use mulu_proofs::{
    calendar::Day,
    catalog::{EntryAct, EntryContent, EntryReturned, EntryStatus, EntrySubmitted, Stop},
    departments::{About, Role, SignedAs},
    ids::{DepartmentId, Digest32, ElementId, EntryId, Moment, RecordNumber, Version},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_submit(who: &AccountId32, content: EntryContent) -> DispatchResult {
        Self::check_content(&content)?;
        Self::ensure_past(&content)?;
        // A first version has no entry yet that a scope could name.
        let about = ByCode::<T>::get(&content.code).map_or(About::NOTHING, About::entry);
        let signed_as = T::People::signed_as(who, content.provider, Role::Cataloguer, &about)?;
        let (id, entry) = Self::next_version(&content)?;
        let under_way = UnderWay::submitted(entry.last, &content, who.clone());
        Self::ensure_sources(&under_way)?;
        Self::compare_with_live(id, &under_way)?;

        let (version, facts) = (entry.last, under_way.facts);
        let (code, name) = (content.code.clone(), content.name.clone());
        if version == Version::new(1) {
            LastEntry::<T>::put(id);
            ByCode::<T>::insert(&code, id);
        }
        Entries::<T>::insert(id, entry);
        VersionUnderWay::<T>::insert(id, under_way);
        let body = EntrySubmitted { entry: id, version, signed_as, content };
        let subjects = [Subject::Entry(id, version), Subject::Department(facts.provider)];
        T::Records::append(RecordKind::EntrySubmitted, signed_as.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::EntrySubmitted { entry: id, version, code, name, facts, by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_endorse(who: &AccountId32, id: EntryId, version: Version, digest: Digest32) -> DispatchResult {
        let mut under_way = Self::under_way(id, version)?;
        ensure!(under_way.stage == Stage::Submitted, Error::<T>::EndorsedAlready);
        Self::ensure_may_sign(who, &under_way, Some(digest))?;
        let provider = under_way.facts.provider;
        let signed_as = T::People::signed_as(who, provider, Role::Head, &About::entry(id))?;
        let authority = Self::authority_of(provider)?;

        Self::record_act(RecordKind::EntryEndorsed, who, id, &under_way, signed_as, None);
        // With this the version is submitted for review (art. 16, 17): the provider's clock stands still, the authority's runs.
        let is_update = Self::pause_update(id)?;
        let review = Self::start_review(id, version, authority)?;
        under_way.stage = Stage::Endorsed(Endorsement { head: who.clone(), review, is_update });
        VersionUnderWay::<T>::insert(id, under_way);
        Self::deposit_event(Event::EntryEndorsed { entry: id, version, digest, by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_return_version(
        who: &AccountId32,
        id: EntryId,
        version: Version,
        reason: Text<512>,
    ) -> DispatchResult {
        let under_way = Self::under_way(id, version)?;
        ensure!(reason.says_something(), Error::<T>::WithoutReason);
        Self::ensure_may_sign(who, &under_way, None)?;
        let provider = under_way.facts.provider;
        let signed_as = match Self::as_reviewer(who, id, provider) {
            // What the head has endorsed has left the house.
            Err(_) if under_way.stage == Stage::Submitted => {
                T::People::signed_as(who, provider, Role::Head, &About::entry(id))?
            }
            reviewer => reviewer?,
        };

        VersionUnderWay::<T>::remove(id);
        let body = EntryReturned { entry: id, version, reason: reason.clone(), signed_as };
        let subjects = [Subject::Entry(id, version), Subject::Department(provider)];
        T::Records::append(RecordKind::EntryReturned, signed_as.department, Some(who), &subjects, &body);
        if let Some(endorsement) = under_way.endorsement() {
            T::Clocks::stop(endorsement.review)?;
            Self::resume_update(id, endorsement)?;
        }
        let department = signed_as.department;
        Self::deposit_event(Event::EntryReturned { entry: id, version, reason, department, by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_review(who: &AccountId32, id: EntryId, version: Version, digest: Digest32) -> DispatchResult {
        let mut under_way = Self::under_way(id, version)?;
        let endorsement = match &under_way.stage {
            Stage::Submitted => return Err(Error::<T>::NotEndorsed.into()),
            Stage::Endorsed(endorsement) => endorsement.clone(),
            Stage::Reviewed(_) => return Err(Error::<T>::ReviewedAlready.into()),
        };
        Self::ensure_may_sign(who, &under_way, Some(digest))?;
        let signed_as = Self::as_reviewer(who, id, under_way.facts.provider)?;

        under_way.stage = Stage::Reviewed(endorsement);
        Self::record_act(RecordKind::EntryReviewed, who, id, &under_way, signed_as, None);
        VersionUnderWay::<T>::insert(id, under_way);
        let authority = signed_as.department;
        Self::deposit_event(Event::EntryReviewed { entry: id, version, digest, authority, by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_publish(who: &AccountId32, id: EntryId, version: Version, digest: Digest32) -> DispatchResult {
        let under_way = Self::under_way(id, version)?;
        let Stage::Reviewed(endorsement) = &under_way.stage else { return Err(Error::<T>::NotReviewed.into()) };
        Self::ensure_may_sign(who, &under_way, Some(digest))?;
        let signed_as = Self::as_reviewer(who, id, under_way.facts.provider)?;
        let entry = Entries::<T>::get(id).ok_or(Error::<T>::UnknownEntry)?;
        ensure!(under_way.published_on <= Self::today(), Error::<T>::DateAhead);
        // Elements and grants may have changed since it was submitted.
        Self::ensure_sources(&under_way)?;
        let affected = Self::compare_with_live(id, &under_way)?;

        let (facts, supersedes) = (under_way.facts, entry.published);
        VersionUnderWay::<T>::remove(id);
        Published::<T>::insert(id, version, facts);
        Entries::<T>::insert(id, Entry { published: Some(version), ..entry });
        let record = Self::record_act(RecordKind::EntryPublished, who, id, &under_way, signed_as, supersedes);
        T::Clocks::stop(endorsement.review)?;
        if endorsement.is_update {
            Self::close_change(id)?;
        }
        Self::keep_comparable(id, &under_way, &affected);
        Self::stop_and_tell(id, &affected, record);
        T::Mounts::published(id, supersedes.is_none(), &facts.into());
        let authority = signed_as.department;
        let by = who.clone();
        Self::deposit_event(Event::EntryPublished { entry: id, version, supersedes, facts, authority, by });
        Ok(())
    }

    /// The entry of the content's code with its next version counted, or a new entry with version 1.
    fn next_version(content: &EntryContent) -> Result<(EntryId, Entry), DispatchError> {
        let Some(id) = ByCode::<T>::get(&content.code) else {
            let (code, provider) = (content.code.clone(), content.provider);
            let entry = Entry { code, provider, last: Version::new(1), published: None };
            return Ok((LastEntry::<T>::get().next(), entry));
        };
        let entry = Entries::<T>::get(id).ok_or(Error::<T>::UnknownEntry)?;
        ensure!(entry.provider == content.provider, Error::<T>::CodeTaken);
        ensure!(Courses::<T>::get(id).now() != EntryStatus::Withdrawn, Error::<T>::EntryWithdrawn);
        ensure!(!VersionUnderWay::<T>::contains_key(id), Error::<T>::UnderWayAlready);
        ensure!(entry.last.get() < VERSIONS_MAX, Error::<T>::TooManyVersions);
        Ok((id, Entry { last: entry.last.next(), ..entry }))
    }

    /// What was assessed and evaluated was so before it was submitted (art. 13).
    fn ensure_past(content: &EntryContent) -> DispatchResult {
        let evaluated = content.quality.map(|quality| quality.evaluated_on);
        let latest = evaluated.max(Some(content.assessments.assessed_on));
        ensure!(latest <= Some(Self::today().get()), Error::<T>::DateAhead);
        Ok(())
    }

    pub(crate) fn today() -> Day {
        T::Clocks::day_of(T::Clock::now())
    }

    fn under_way(id: EntryId, version: Version) -> Result<UnderWay, DispatchError> {
        ensure!(Entries::<T>::contains_key(id), Error::<T>::UnknownEntry);
        let under_way = VersionUnderWay::<T>::get(id).filter(|under_way| under_way.version == version);
        under_way.ok_or_else(|| Error::<T>::NotUnderWay.into())
    }

    /// One datum, one source (art. 19): what belongs to a data element is registered by its authoritative department, or cites it.
    fn ensure_sources(under_way: &UnderWay) -> DispatchResult {
        for (place, item) in under_way.offer.items.iter().enumerate() {
            if let Some(element) = item.element {
                T::Elements::check(under_way.facts.provider, element, under_way.source(place))?;
            }
        }
        Ok(())
    }

    /// Nobody signs two steps of one version, and a signature is under the content that is meant.
    fn ensure_may_sign(who: &AccountId32, under_way: &UnderWay, digest: Option<Digest32>) -> DispatchResult {
        ensure!(digest.is_none_or(|digest| digest == under_way.facts.digest), Error::<T>::DigestMismatch);
        ensure!(!under_way.is_signed_by::<T::People>(who), Error::<T>::SamePerson);
        Ok(())
    }

    fn authority_of(provider: DepartmentId) -> Result<DepartmentId, DispatchError> {
        T::People::authority_of(provider).ok_or_else(|| Error::<T>::NoAuthority.into())
    }

    /// `who` as reviewer of the competent authority of `provider`.
    fn as_reviewer(who: &AccountId32, id: EntryId, provider: DepartmentId) -> Result<SignedAs, DispatchError> {
        let authority = Self::authority_of(provider)?;
        T::People::signed_as(who, authority, Role::Reviewer, &About::entry_with(id, provider))
    }

    /// Appends the record of an act that adds nothing to the version; a superseded version is a subject too.
    fn record_act(
        kind: RecordKind,
        who: &AccountId32,
        entry: EntryId,
        under_way: &UnderWay,
        signed_as: SignedAs,
        supersedes: Option<Version>,
    ) -> RecordNumber {
        let UnderWay { version, facts, .. } = under_way;
        let body = EntryAct { entry, version: *version, digest: facts.digest, signed_as };
        let mut subjects = vec![Subject::Entry(entry, *version), Subject::Department(facts.provider)];
        subjects.extend(supersedes.map(|earlier| Subject::Entry(entry, earlier)));
        T::Records::append(kind, signed_as.department, Some(who), &subjects, &body)
    }
}

impl<T: Config> Catalog for Pallet<T> {
    fn published(entry: EntryId) -> Option<Version> {
        let version = Entries::<T>::get(entry)?.published?;
        (Courses::<T>::get(entry).now() != EntryStatus::Withdrawn).then_some(version)
    }

    fn facts(entry: EntryId, version: Version) -> Option<EntryFacts> {
        Published::<T>::get(entry, version).map(EntryFacts::from)
    }

    fn statuses(entry: EntryId) -> Vec<(Moment, EntryStatus)> {
        Courses::<T>::get(entry).changes.into_inner()
    }

    fn stops(entry: EntryId, version: Version) -> Vec<Stop> {
        Stopped::<T>::get(entry, version).into_inner()
    }

    fn carries(entry: EntryId, element: ElementId) -> bool {
        let Some(version) = Self::published(entry) else { return false };
        let offer = Compared::<T>::get(entry, version);
        offer.is_some_and(|offer| offer.items.iter().any(|item| item.element == Some(element)))
    }
}
