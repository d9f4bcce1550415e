//! Findings of a batch's events, each as of the time at which it happened.

use super::{StateTerms, ends::Ends};
use crate::{
    pallet::{ComparedTo, Config, Error, Pallet, Reporting, Tallies},
    types::Stream,
};
use frame_support::pallet_prelude::DispatchError;
use mulu_pallet_support::{Catalog, Clocks, Grants, Mounts, People};
use mulu_primitives::batch::Terms;
use mulu_proofs::{
    access::{
        EVENTS_MAX, EventFindings, Findings, Parties, Party, PublicLeaf, RunKey, Tally,
        rules::{
            Usage, counts, deviations, entry_finding, late_finding, reconciled, state_finding, status_finding,
            stop_finding,
        },
    },
    calendar::Day,
    catalog::{EntryStatus, List, Stop},
    departments::DepartmentStatus,
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, GrantId, Moment, Version},
};
use std::{collections::BTreeMap, rc::Rc};

/// What judging a batch gave.
pub(super) struct Judged<T> {
    /// Findings, ascending by place; events without any are left out.
    pub findings: List<EventFindings, EVENTS_MAX>,
    /// New counts by day and grant, of the days that are kept.
    pub used: BTreeMap<(u32, GrantId), Usage>,
    /// New tallies by day and grant.
    pub tallies: BTreeMap<(Day, GrantId), Tally>,
    /// Who has reported under the grants of the tallies, of those where that is not in the state yet.
    pub parties: BTreeMap<GrantId, Parties>,
    /// How far the series had come before.
    pub ends: Ends<T>,
}

/// Judges the events of one batch in canonical order.
pub(super) struct Judge<'a, T: Config> {
    stream: &'a Stream,
    terms: &'a StateTerms<T>,
    /// First day of which reports are waited for.
    waited_from: Day,
    /// First day whose counts are kept.
    counted_from: u32,
    /// First day that may still be added to; none if all may.
    compared_to: Option<Day>,
    ends: Ends<T>,
    used: BTreeMap<(u32, GrantId), Usage>,
    tallies: BTreeMap<(Day, GrantId), Tally>,
    /// Who has reported, as the state has it and with this batch.
    parties: BTreeMap<GrantId, [Parties; 2]>,
    /// Read once for all runs.
    statuses: BTreeMap<DepartmentId, Statuses>,
    entries: BTreeMap<(EntryId, Version), Rc<EntryCourse>>,
    /// Days that were met, the last one first.
    days: Vec<DaySpan>,
}

/// What became of an entry, and of the items of one of its versions.
struct EntryCourse {
    statuses: Vec<(Moment, EntryStatus)>,
    stops: Vec<Stop>,
}

/// Most days whose bounds are remembered.
const DAYS_MAX: usize = 8;

/// Every change of a department's status with its moment.
type Statuses = Rc<[(Moment, DepartmentStatus)]>;

/// A local day, from its first moment to the first that no longer belongs to it.
struct DaySpan {
    day: Day,
    from: Moment,
    until: Moment,
}

impl<'a, T: Config> Judge<'a, T> {
    pub(super) fn new(stream: &'a Stream, terms: &'a StateTerms<T>) -> Self {
        Self {
            stream,
            terms,
            waited_from: Pallet::<T>::waited_from(),
            counted_from: Pallet::<T>::counted_from(),
            compared_to: ComparedTo::<T>::get(),
            ends: Ends::default(),
            used: BTreeMap::new(),
            tallies: BTreeMap::new(),
            parties: BTreeMap::new(),
            statuses: BTreeMap::new(),
            entries: BTreeMap::new(),
            days: Vec::new(),
        }
    }

    pub(super) fn judge(mut self, leaves: &[PublicLeaf]) -> Result<Judged<T>, DispatchError> {
        let mut findings = Vec::with_capacity(leaves.len());
        for run in leaves.chunk_by(|a, b| a.key == b.key) {
            match run[0].key {
                RunKey::Grant(grant, version) => {
                    let terms = self.terms.grant(grant, version).ok_or(Error::<T>::UnknownGrant)?;
                    self.under_grant(run, &terms, &mut findings);
                }
                RunKey::Entry(..) | RunKey::Reporter(_) => {
                    let without = Findings::NO_GRANT.with(self.reporter(&run[0]));
                    for leaf in run {
                        let day = self.day_of(leaf.time);
                        findings.push(without.with(late_finding(day, self.waited_from)));
                    }
                }
            }
        }
        let findings: Vec<EventFindings> = (0..)
            .zip(findings)
            .filter(|(_, findings)| !findings.is_empty())
            .map(|(place, findings)| EventFindings { place, findings })
            .collect();
        let counted_from = self.counted_from;
        self.used.retain(|(day, _), usage| *day >= counted_from && *usage != Usage::default());
        let findings = List::try_from(findings).expect("no more findings than events, at most EVENTS_MAX");
        let is_news = |[before, after]: &[Parties; 2]| before != after;
        let parties = self.parties.into_iter().filter(|(_, parties)| is_news(parties));
        let parties = parties.map(|(grant, [_, after])| (grant, after)).collect();
        Ok(Judged { findings, used: self.used, tallies: self.tallies, parties, ends: self.ends })
    }

    fn under_grant(&mut self, run: &[PublicLeaf], terms: &GrantTerms, findings: &mut Vec<Findings>) {
        let transitions = T::Grants::transitions(terms.grant);
        let entry = self.entry_of(terms);
        let statuses = [terms.provider, terms.consumer].map(|id| self.statuses_of(id));
        for leaf in run {
            let day = self.day_of(leaf.time);
            let mut found = deviations(leaf, terms, self.stream.platform)
                .with(state_finding(&transitions, leaf.time))
                .with(status_finding(&statuses[0], leaf.time))
                .with(status_finding(&statuses[1], leaf.time))
                .with(entry_finding(&entry.statuses, leaf.time))
                .with(stop_finding(&entry.stops, leaf))
                .with(late_finding(day, self.waited_from));
            if counts(leaf, found, terms, self.stream.department) && self.count(leaf, day, terms) {
                found = found.with(Findings::OVER_QUOTA);
            }
            if self.stream.reconciles
                && let Some(party) = reconciled(leaf, found, terms, self.stream.department)
            {
                self.tally(leaf, day, terms.grant, party);
            }
            findings.push(found);
        }
    }

    fn statuses_of(&mut self, department: DepartmentId) -> Statuses {
        let statuses = self.statuses.entry(department).or_insert_with(|| T::People::statuses(department).into());
        Rc::clone(statuses)
    }

    fn entry_of(&mut self, terms: &GrantTerms) -> Rc<EntryCourse> {
        let (entry, version) = (terms.entry, terms.entry_version);
        let course = self.entries.entry((entry, version)).or_insert_with(|| {
            Rc::new(EntryCourse { statuses: T::Catalog::statuses(entry), stops: T::Catalog::stops(entry, version) })
        });
        Rc::clone(course)
    }

    /// Counts the event on its day and says whether the quota is exceeded.
    fn count(&mut self, leaf: &PublicLeaf, day: Day, terms: &GrantTerms) -> bool {
        let day = day.get();
        let usage = self.used.entry((day, terms.grant)).or_insert_with(|| {
            // What is left of older days waits to be removed and says nothing any more.
            if day >= self.counted_from { self.ends.used(day, terms.grant) } else { Usage::default() }
        });
        usage.add(leaf.calls, leaf.rows);
        usage.exceeds(terms)
    }

    /// Adds the event to what its party reported of the day, unless that was compared already: governance may wait longer than it did then.
    fn tally(&mut self, leaf: &PublicLeaf, day: Day, grant: GrantId, party: Party) {
        if self.compared_to.is_some_and(|compared_to| day < compared_to) {
            return;
        }
        let tally = self.tallies.entry((day, grant)).or_insert_with(|| Tallies::<T>::get(day, grant));
        let side = if party == Party::Consumer { &mut tally.consumer } else { &mut tally.provider };
        side.add(leaf.call_id, leaf.calls);
        let [_, after] = self.parties.entry(grant).or_insert_with(|| [Reporting::<T>::get(grant); 2]);
        after.report(party, day);
    }

    /// The local day of an event. Each day asks the clocks once: a batch is sorted by grant, and goes from day to day again and again.
    fn day_of(&mut self, time: Moment) -> Day {
        if let Some(place) = self.days.iter().position(|span| span.from <= time && time < span.until) {
            self.days.swap(0, place);
            return self.days[0].day;
        }
        let day = T::Clocks::day_of(time);
        // The first day of all has none before it.
        let from = if day > Day::default() { T::Clocks::end_of(day.previous()) } else { Moment::default() };
        if self.days.len() == DAYS_MAX {
            self.days.pop();
        }
        self.days.insert(0, DaySpan { day, from, until: T::Clocks::end_of(day) });
        day
    }

    /// Whether the platform is one that the entry names: of the provider's department, or named in a mount.
    fn reporter(&self, leaf: &PublicLeaf) -> Findings {
        let is_of_provider = leaf.provider.is_none_or(|provider| provider == self.stream.department);
        let is_mounted = |entry: EntryId| T::Mounts::platforms(entry).contains(&self.stream.platform);
        if is_of_provider || leaf.entry.is_some_and(|(entry, _)| is_mounted(entry)) {
            Findings::default()
        } else {
            Findings::REPORTER_NOT_NAMED
        }
    }
}
