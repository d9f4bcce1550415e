//! Findings of a batch's events, each as of the time at which it happened.

use super::StateTerms;
use crate::{
    pallet::{Config, Error, Pallet, Used},
    types::{Stream, Usage, counts, deviations, entry_finding, state_finding, status_finding, stop_finding},
};
use frame_support::{pallet_prelude::DispatchError, traits::Get};
use mulu_pallet_support::{Catalog, Clock, Clocks, Grants, People};
use mulu_primitives::batch::Terms;
use mulu_proofs::{
    access::{EVENTS_MAX, EventFindings, Findings, PublicLeaf, RunKey},
    calendar::Day,
    catalog::List,
    grants::GrantTerms,
    ids::{GrantId, Moment},
};
use std::collections::BTreeMap;

/// What judging a batch gave.
pub(super) struct Judged {
    /// Findings, ascending by place; events without any are left out.
    pub findings: List<EventFindings, EVENTS_MAX>,
    /// New counts by day and grant, of the days that are kept.
    pub used: BTreeMap<(u32, GrantId), Usage>,
}

/// Judges the events of one batch in canonical order.
pub(super) struct Judge<'a, T: Config> {
    stream: &'a Stream,
    terms: &'a StateTerms<T>,
    now: Moment,
    used: BTreeMap<(u32, GrantId), Usage>,
    last_day: Option<DaySpan>,
}

/// A local day, from its first moment to the first that no longer belongs to it.
struct DaySpan {
    day: Day,
    from: Moment,
    until: Moment,
}

impl<'a, T: Config> Judge<'a, T> {
    pub(super) fn new(stream: &'a Stream, terms: &'a StateTerms<T>) -> Self {
        Self { stream, terms, now: T::Clock::now(), used: BTreeMap::new(), last_day: None }
    }

    pub(super) fn judge(mut self, leaves: &[PublicLeaf]) -> Result<Judged, DispatchError> {
        let mut findings = Vec::with_capacity(leaves.len());
        for run in leaves.chunk_by(|a, b| a.key == b.key) {
            match run[0].key {
                RunKey::Grant(grant, version) => {
                    let terms = self.terms.grant(grant, version).ok_or(Error::<T>::UnknownGrant)?;
                    self.under_grant(run, &terms, &mut findings);
                }
                RunKey::Entry(..) | RunKey::Reporter(_) => {
                    let without = Findings::NO_GRANT.with(self.reporter(&run[0]));
                    findings.extend(run.iter().map(|leaf| without.with(self.lateness(leaf))));
                }
            }
        }
        let findings: Vec<EventFindings> = (0..)
            .zip(findings)
            .filter(|(_, findings)| !findings.is_empty())
            .map(|(place, findings)| EventFindings { place, findings })
            .collect();
        let counted_from = Pallet::<T>::counted_from();
        self.used.retain(|(day, _), usage| *day >= counted_from && *usage != Usage::default());
        let findings = List::try_from(findings).expect("no more findings than events, at most EVENTS_MAX");
        Ok(Judged { findings, used: self.used })
    }

    fn under_grant(&mut self, run: &[PublicLeaf], terms: &GrantTerms, findings: &mut Vec<Findings>) {
        let transitions = T::Grants::transitions(terms.grant);
        let stops = T::Catalog::stops(terms.entry, terms.entry_version);
        let entry_statuses = T::Catalog::statuses(terms.entry);
        let statuses = [terms.provider, terms.consumer].map(T::People::statuses);
        for leaf in run {
            let mut found = deviations(leaf, terms, self.stream.platform)
                .with(state_finding(&transitions, leaf.time))
                .with(status_finding(&statuses[0], leaf.time))
                .with(status_finding(&statuses[1], leaf.time))
                .with(entry_finding(&entry_statuses, leaf.time))
                .with(stop_finding(&stops, leaf))
                .with(self.lateness(leaf));
            if counts(leaf, found) && self.count(leaf, terms) {
                found = found.with(Findings::OVER_QUOTA);
            }
            findings.push(found);
        }
    }

    /// Counts the event on its day and says whether the quota is exceeded.
    fn count(&mut self, leaf: &PublicLeaf, terms: &GrantTerms) -> bool {
        let day = self.day_of(leaf.time).get();
        let usage = self.used.entry((day, terms.grant)).or_insert_with(|| {
            // What is left of older days waits to be removed and says nothing any more.
            if day >= Pallet::<T>::counted_from() { Used::<T>::get(day, terms.grant) } else { Usage::default() }
        });
        usage.add(leaf);
        usage.exceeds(terms)
    }

    /// The local day of an event. Those of one day ask the clocks once.
    fn day_of(&mut self, time: Moment) -> Day {
        match &self.last_day {
            Some(span) if span.from <= time && time < span.until => span.day,
            _ => {
                let day = T::Clocks::day_of(time);
                // The first day of all has none before it.
                let from = if day > Day::default() { T::Clocks::end_of(day.previous()) } else { Moment::default() };
                self.last_day = Some(DaySpan { day, from, until: T::Clocks::end_of(day) });
                day
            }
        }
    }

    /// Whether the platform is one that the entry names.
    fn reporter(&self, leaf: &PublicLeaf) -> Findings {
        let department = T::People::system(self.stream.platform).map(|facts| facts.department);
        let is_named = leaf.provider.is_none() || leaf.provider == department;
        if is_named { Findings::default() } else { Findings::REPORTER_NOT_NAMED }
    }

    fn lateness(&self, leaf: &PublicLeaf) -> Findings {
        let age_ms = self.now.get().saturating_sub(leaf.time.get());
        if age_ms > T::LatenessMs::get() { Findings::LATE } else { Findings::default() }
    }
}
