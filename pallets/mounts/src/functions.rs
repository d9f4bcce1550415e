//! What the calls do: check, then write, then record and emit. And what follows from publications.

use crate::{
    pallet::{Config, Error, Event, MountedAt, Pallet, Rates},
    types::Mounted,
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Catalog, Counters, EntryFacts, Mounts, People, Records};
use mulu_proofs::{
    catalog::Method,
    departments::{About, Role, SystemKind},
    ids::{DepartmentId, Digest32, EntryId, SystemId, Version},
    mounts::{EntryMounted, EntryUnmounted, FingerprintReported, MOUNT_REASON_BYTES_MAX, Mount, holds_credential},
    oversight::CountKind,
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_mount(who: &AccountId32, entry: EntryId, mount: Mount) -> DispatchResult {
        let (version, facts) = Self::published_now(entry)?;
        let signed_as = T::People::signed_as(who, facts.provider, Role::Cataloguer, &About::entry(entry))?;
        ensure!(facts.methods.contains(mount.method), Error::<T>::MethodNotOffered);
        ensure!(!MountedAt::<T>::contains_key(entry, mount.method), Error::<T>::MountedAlready);
        ensure!(mount.address.says_something(), Error::<T>::AddressMissing);
        ensure!(!holds_credential(mount.address.as_str()), Error::<T>::AddressHoldsCredential);
        ensure!(mount.fingerprint != Digest32::default(), Error::<T>::FingerprintMissing);
        ensure!(are_distinct(&mount.platforms), Error::<T>::PlatformsInvalid);
        let is_platform = |id: &SystemId| T::People::system(*id).is_some_and(|s| s.kind == SystemKind::Platform);
        ensure!(mount.platforms.iter().all(is_platform), Error::<T>::NotPlatform);

        if !Self::is_mounted(entry) {
            Rates::<T>::mutate(facts.provider, |rate| rate.mounted = rate.mounted.saturating_add(1));
        }
        let Mount { method, fingerprint, ref platforms, .. } = mount;
        let platforms = platforms.clone();
        let mounted = EntryMounted { entry, mount, version, signed_as };
        let mut subjects = vec![Subject::Entry(entry, version), Subject::Department(facts.provider)];
        subjects.extend(platforms.iter().copied().map(Subject::System));
        let record = T::Records::append(RecordKind::EntryMounted, signed_as.department, Some(who), &subjects, &mounted);
        MountedAt::<T>::insert(entry, method, Mounted { record, fingerprint, platforms, mismatch: None });
        Self::deposit_event(Event::EntryMounted { mounted: Box::new(mounted), by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_unmount(
        who: &AccountId32,
        entry: EntryId,
        method: Method,
        reason: Text<MOUNT_REASON_BYTES_MAX>,
    ) -> DispatchResult {
        let (version, facts) = Self::published_now(entry)?;
        let signed_as = T::People::signed_as(who, facts.provider, Role::Cataloguer, &About::entry(entry))?;
        let mount = MountedAt::<T>::get(entry, method).ok_or(Error::<T>::NotMounted)?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);

        Self::remove(entry, facts.provider, |other| other == method);
        let unmounted = EntryUnmounted { entry, method, reason, signed_as };
        let mut subjects = vec![Subject::Entry(entry, version), Subject::Department(facts.provider)];
        subjects.extend(mount.platforms.iter().copied().map(Subject::System));
        T::Records::append(RecordKind::EntryUnmounted, signed_as.department, Some(who), &subjects, &unmounted);
        Self::deposit_event(Event::EntryUnmounted { unmounted, by: who.clone() });
        Ok(())
    }

    pub(crate) fn do_report_fingerprint(
        who: &AccountId32,
        entry: EntryId,
        method: Method,
        seen: Digest32,
    ) -> DispatchResult {
        let mut mount = MountedAt::<T>::get(entry, method).ok_or(Error::<T>::NotMounted)?;
        let (version, facts) = Self::published_now(entry)?;
        let department = T::People::department_of(who).ok_or(Error::<T>::PlatformNotNamed)?;
        let is_theirs = |id: &SystemId| T::People::system(*id).is_some_and(|s| s.department == department);
        let platform = mount.platforms.iter().copied().find(is_theirs).ok_or(Error::<T>::PlatformNotNamed)?;
        let about = About { entry: Some(entry), department: (facts.provider != department).then_some(facts.provider) };
        let signed_as = T::People::signed_as(who, department, Role::Platform, &about)?;
        ensure!(seen != Digest32::default(), Error::<T>::FingerprintMissing);
        let mismatch = (seen != mount.fingerprint).then_some(seen);
        ensure!(mismatch != mount.mismatch, Error::<T>::NothingToReport);

        let opens = mount.mismatch.is_none();
        mount.mismatch = mismatch;
        let mounted = mount.fingerprint;
        MountedAt::<T>::insert(entry, method, mount);
        let reported = FingerprintReported { entry, method, seen, mounted, platform, signed_as };
        let kind = if mismatch.is_some() { RecordKind::CatalogMismatch } else { RecordKind::MismatchResolved };
        let subjects = [Subject::Entry(entry, version), Subject::Department(facts.provider), Subject::System(platform)];
        T::Records::append(kind, signed_as.department, Some(who), &subjects, &reported);
        if opens {
            T::Counters::count(facts.provider, CountKind::CatalogMismatch);
        }
        let by = who.clone();
        Self::deposit_event(match mismatch {
            Some(_) => Event::CatalogMismatch { reported, by },
            None => Event::MismatchResolved { reported, by },
        });
        Ok(())
    }

    fn published_now(entry: EntryId) -> Result<(Version, EntryFacts), DispatchError> {
        let version = T::Catalog::published(entry).ok_or(Error::<T>::NotPublished)?;
        let facts = T::Catalog::facts(entry, version).ok_or(Error::<T>::NotPublished)?;
        Ok((version, facts))
    }

    fn is_mounted(entry: EntryId) -> bool {
        MountedAt::<T>::iter_key_prefix(entry).next().is_some()
    }

    /// Removes those mounts of an entry whose method is meant.
    fn remove(entry: EntryId, provider: DepartmentId, is_meant: impl Fn(Method) -> bool) {
        let was_mounted = Self::is_mounted(entry);
        let meant: Vec<Method> = MountedAt::<T>::iter_key_prefix(entry).filter(|method| is_meant(*method)).collect();
        for method in meant {
            MountedAt::<T>::remove(entry, method);
        }
        if was_mounted && !Self::is_mounted(entry) {
            Rates::<T>::mutate(provider, |rate| rate.mounted = rate.mounted.saturating_sub(1));
        }
    }
}

/// At least one, each once, ascending.
pub(crate) fn are_distinct(platforms: &[SystemId]) -> bool {
    !platforms.is_empty() && platforms.is_sorted_by(|a, b| a < b)
}

impl<T: Config> Mounts for Pallet<T> {
    fn platforms(entry: EntryId) -> Vec<SystemId> {
        let platforms: BTreeSet<SystemId> =
            MountedAt::<T>::iter_prefix_values(entry).flat_map(|mount| mount.platforms).collect();
        platforms.into_iter().collect()
    }

    fn published(entry: EntryId, is_first: bool, facts: &EntryFacts) {
        if is_first {
            Rates::<T>::mutate(facts.provider, |rate| rate.published = rate.published.saturating_add(1));
        }
        // What is no longer offered by a method is no longer mounted by it; the publication's record says so.
        Self::remove(entry, facts.provider, |method| !facts.methods.contains(method));
    }

    fn withdrawn(entry: EntryId, provider: DepartmentId) {
        Self::remove(entry, provider, |_| true);
        Rates::<T>::mutate(provider, |rate| rate.published = rate.published.saturating_sub(1));
    }
}
