//! What the calls do: check, then write, then emit and record. One file for each concern; this one has what they share.

mod batches;
mod decisions;
mod ends;
mod judge;
mod keys;
mod reconcile;
mod streams;
mod terms;

pub(crate) use reconcile::COMPARED_MAX;
pub use terms::StateTerms;

use crate::{
    pallet::{Config, Error, LastInSeries, Pallet, Used},
    types::USAGE_DAYS,
};
use frame_support::{ensure, pallet_prelude::DispatchError};
use frame_system::pallet_prelude::BlockNumberFor;
use mulu_pallet_support::{Clock, Clocks, Grants, People, SystemFacts};
use mulu_proofs::{
    access::{Series, rules::Usage},
    calendar::Day,
    departments::{About, Role, SignedAs, SystemKind},
    grants::GrantTerms,
    ids::{DepartmentId, Digest32, GrantId, SystemId, Version},
};
use sp_core::crypto::AccountId32;
use sp_runtime::traits::Zero;

/// The version whose parties are those of every version of a grant.
const FIRST: Version = Version::new(1);

impl<T: Config> Pallet<T> {
    /// A system that is a platform.
    fn platform(id: SystemId) -> Result<SystemFacts, DispatchError> {
        let facts = T::People::system(id).ok_or(Error::<T>::UnknownPlatform)?;
        ensure!(facts.kind == SystemKind::Platform, Error::<T>::NotAPlatform);
        Ok(facts)
    }

    /// The role of `who` among those of which one will do; the error is that of the first.
    fn signed_as_one_of(
        who: &AccountId32,
        department: DepartmentId,
        roles: [Role; 2],
        about: &About,
    ) -> Result<SignedAs, DispatchError> {
        let [first, second] = roles.map(|role| T::People::signed_as(who, department, role, about));
        first.or_else(|error| second.map_err(|_| error))
    }

    /// The first version of a grant.
    fn first_terms(grant: GrantId) -> Result<GrantTerms, DispatchError> {
        Ok(T::Grants::terms(grant, FIRST).ok_or(Error::<T>::UnknownGrant)?)
    }

    /// Today.
    fn today() -> Day {
        T::Clocks::day_of(T::Clock::now())
    }

    /// First local day whose counts are kept.
    pub(crate) fn counted_from() -> u32 {
        Self::today().get().saturating_sub(USAGE_DAYS - 1)
    }

    /// First local day of which reports are waited for: what is reported of earlier ones is late.
    pub fn waited_from() -> Day {
        days_before(Self::today(), u32::from(T::Clocks::lateness_days()))
    }

    /// What was used of a grant on a local day, as far as it is kept.
    pub fn used(day: Day, grant: GrantId) -> Usage {
        let end = LastInSeries::<T>::get(Series::Grant(grant));
        end.used_on(day.get()).unwrap_or_else(|| Used::<T>::get(day.get(), grant))
    }

    fn genesis_hash() -> Digest32 {
        let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
        Digest32::try_from(hash.as_ref()).expect("block hashes have 32 bytes")
    }
}

/// The day so many days before `day`; the first day of all has none before it.
pub(crate) fn days_before(day: Day, days: u32) -> Day {
    Day::new(day.get().saturating_sub(days)).expect("no later than a day that there is")
}
