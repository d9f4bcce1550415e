//! What a block does on its own account: grants whose period is over stop counting as live, and those that are long over leave the
//! state.

use crate::{
    pallet::{Config, Courses, GrantVersions, Live, LiveUses, Pallet, Queue},
    types::{Course, QueueKey},
};
use frame_support::{defensive, dispatch::DispatchResult};
use mulu_pallet_support::{Clock, Clocks};
use mulu_proofs::{
    grants::GrantTerms,
    ids::{GrantId, Moment, Version},
};

const DAY_MS: u64 = 86_400_000;

impl<T: Config> Pallet<T> {
    /// Counts a new grant as live and puts it into the queue.
    pub(super) fn enter(terms: &GrantTerms, course: &Course) {
        Live::<T>::insert((terms.entry, terms.entry_version), terms.grant, ());
        LiveUses::<T>::mutate(terms.entry, terms.entry_version, |uses| uses.add(terms));
        Queue::<T>::insert(QueueKey::new(course.queued, terms.grant), ());
    }

    /// What the end of a grant at a moment means for the state: its clocks become needless, it no longer counts as live, and the queue comes to it again
    /// when it has been over for long enough.
    pub(super) fn leave(terms: &GrantTerms, course: &mut Course, at: Moment) -> DispatchResult {
        let clocks = [course.deadline.take(), course.rectification.take().map(|rectification| rectification.deadline)];
        course.is_held_by_authority = false;
        Live::<T>::remove((terms.entry, terms.entry_version), terms.grant);
        LiveUses::<T>::mutate_exists(terms.entry, terms.entry_version, |uses| {
            if let Some(counted) = uses {
                counted.remove(terms);
                if counted.grants == 0 {
                    *uses = None;
                }
            }
        });
        Queue::<T>::remove(QueueKey::new(course.queued, terms.grant));
        let over_since = at.min(terms.until);
        course.over_since = Some(over_since);
        Self::keep(terms.grant, course, over_since);
        clocks.into_iter().flatten().try_for_each(T::Clocks::cancel)
    }

    /// Looks at no more than `grants_max` grants that the queue has come to.
    pub(crate) fn work_off(grants_max: u32) {
        let now = T::Clock::now();
        let come: Vec<QueueKey> =
            Queue::<T>::iter_keys().take_while(|key| key.moment() <= now).take(grants_max as usize).collect();
        for key in come {
            Self::come_to(key.grant());
        }
    }

    fn come_to(grant: GrantId) {
        let Ok((terms, mut course)) = Self::known(grant) else { return };
        let Some(over_since) = course.over_since else {
            if Self::leave(&terms, &mut course, T::Clock::now()).is_err() {
                // The calendar knows a clock for as long as the course names it.
                defensive!("a clock of a grant was unknown");
            }
            Courses::<T>::insert(grant, course);
            return;
        };
        Queue::<T>::remove(QueueKey::new(course.queued, grant));
        if Self::kept_until(over_since) > T::Clock::now() {
            // Governance wants it longer than when it ended.
            Self::keep(grant, &mut course, over_since);
            Courses::<T>::insert(grant, course);
        } else {
            for version in (1..=course.version.get()).map(Version::new) {
                GrantVersions::<T>::remove((grant, version));
            }
            Courses::<T>::remove(grant);
        }
    }

    /// Has the queue come to a grant that is over when it has been kept for long enough.
    fn keep(grant: GrantId, course: &mut Course, over_since: Moment) {
        course.queued = Self::kept_until(over_since);
        Queue::<T>::insert(QueueKey::new(course.queued, grant), ());
    }

    /// Until when a grant that is over since a moment stays in the state, as governance has it now.
    fn kept_until(over_since: Moment) -> Moment {
        let kept_ms = u64::from(T::Clocks::finished_kept_days()).saturating_mul(DAY_MS);
        Moment::new(over_since.get().saturating_add(kept_ms))
    }
}
