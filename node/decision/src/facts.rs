//! What a decision rests on: read from the state of the last final block, judged by the rules that judge events.

use crate::question::{Question, Reason};
use mulu_pallet_support::{Catalog as _, Clocks as _, Grants as _, People as _};
use mulu_proofs::{
    access::{
        DecisionCount, Outcome, PublicLeaf, RunKey, Side,
        rules::{self, Usage},
    },
    calendar::Day,
    catalog::{EntryStatus, Stop},
    departments::{DepartmentStatus, Role},
    grants::{GrantState, GrantTerms},
    ids::{DepartmentId, EntryId, GrantId, Moment, PublicKey, SystemId},
};
use mulu_runtime::{
    Access, Calendar, Catalog, Departments, Grants, Runtime,
    pallet_access::{Answered, Answers, ComparedTo, Compromised, DecisionPoints},
    pallet_grants,
};
use sp_runtime::AccountId32;
use std::collections::BTreeMap;

/// A grant as the rules need it: nothing of it changes but by a record of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// The version in force.
    pub terms: GrantTerms,
    /// Every change of its state, ascending.
    pub transitions: Vec<(Moment, GrantState)>,
    /// Every change of provider's and consumer's status, ascending.
    pub departments: [Vec<(Moment, DepartmentStatus)>; 2],
    /// Every change of the entry's status, ascending.
    pub entry: Vec<(Moment, EntryStatus)>,
    /// What stopped of the entry's version, ascending.
    pub stops: Vec<Stop>,
}

/// Live grants on an entry, by consumer, ascending.
pub type EntryGrants = BTreeMap<DepartmentId, Vec<GrantId>>;

/// What was used of a grant on a day, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsedToday {
    /// What the ledger has counted.
    pub reported: Usage,
    /// Calls that this decision point has allowed.
    pub allowed: u32,
}

/// A local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalDay {
    /// Which.
    pub day: Day,
    /// Its first moment.
    pub from: Moment,
    /// The first moment that no longer belongs to it.
    pub until: Moment,
}

impl LocalDay {
    /// Whether a moment belongs to it.
    pub fn contains(&self, moment: Moment) -> bool {
        self.from <= moment && moment < self.until
    }
}

impl GrantFacts {
    /// Why a call may not proceed at `now`, through `platform`; none if it may. `now` is never before the block that this was read from: else what
    /// that block stopped would not have happened yet.
    pub fn objection(&self, question: &Question, platform: SystemId, used: UsedToday, now: Moment) -> Option<Reason> {
        let leaf = self.as_event(question, now);
        let found = rules::deviations(&leaf, &self.terms, platform)
            .with(rules::state_finding(&self.transitions, now))
            .with(rules::status_finding(&self.departments[0], now))
            .with(rules::status_finding(&self.departments[1], now))
            .with(rules::entry_finding(&self.entry, now))
            .with(rules::stop_finding(&self.stops, &leaf));
        // What the ledger has counted are, as a rule, calls that were allowed here: the larger of the two, never their sum.
        let mut usage = Usage { calls: used.reported.calls.max(used.allowed.into()), rows: used.reported.rows };
        usage.add(1, 0);
        Reason::of(found).or(usage.exceeds(&self.terms).then_some(Reason::OverQuota))
    }

    /// Whether the ledger takes counts of the grant from a decision point of `platform`, which is `department`'s.
    pub fn is_counted(&self, platform: SystemId, department: DepartmentId) -> bool {
        let serves = self.terms.provider == department || self.terms.platforms.contains(&platform);
        serves && self.terms.consumer != department
    }

    /// The event that the call would become.
    fn as_event(&self, question: &Question, now: Moment) -> PublicLeaf {
        let terms = &self.terms;
        PublicLeaf {
            key: RunKey::Grant(terms.grant, terms.version),
            entry: Some((terms.entry, terms.entry_version)),
            provider: Some(terms.provider),
            consumer: Some(question.consumer),
            items: question.items,
            authorising_system: None,
            using_system: question.using_system,
            purpose: question.purpose,
            method: question.method,
            side: Side::Provider,
            time: now,
            duration_ms: 0,
            outcome: Outcome::Ok,
            calls: 1,
            rows: 0,
            bytes: 0,
            call_id: 0,
            pseudonym: None,
        }
    }
}

/// Reads a grant; only inside a query of the executor.
pub fn read_grant(grant: GrantId) -> Option<GrantFacts> {
    let version = pallet_grants::Courses::<Runtime>::get(grant)?.version;
    let terms = Grants::terms(grant, version)?;
    Some(GrantFacts {
        transitions: Grants::transitions(grant),
        departments: [terms.provider, terms.consumer].map(Departments::statuses),
        entry: Catalog::statuses(terms.entry),
        stops: Catalog::stops(terms.entry, terms.entry_version),
        terms,
    })
}

/// Reads the live grants on an entry; only inside a query of the executor.
pub fn read_entry(entry: EntryId) -> EntryGrants {
    let mut grants = EntryGrants::new();
    for version in pallet_grants::LiveUses::<Runtime>::iter_key_prefix(entry) {
        for grant in pallet_grants::Live::<Runtime>::iter_key_prefix((entry, version)) {
            let course = pallet_grants::Courses::<Runtime>::get(grant);
            if let Some(terms) = course.and_then(|course| Grants::terms(grant, course.version)) {
                grants.entry(terms.consumer).or_default().push(grant);
            }
        }
    }
    grants.values_mut().for_each(|grants| grants.sort_unstable());
    grants
}

/// What the ledger has counted of a grant on a day; only inside a query of the executor.
pub fn read_used(day: Day, grant: GrantId) -> Usage {
    Access::used(day, grant)
}

/// The local day of a moment; only inside a query of the executor.
pub fn read_day(moment: Moment) -> LocalDay {
    let day = Calendar::day_of(moment);
    // The first day of all has none before it.
    let from = if day > Day::default() { Calendar::end_of(day.previous()) } else { Moment::default() };
    LocalDay { day, from, until: Calendar::end_of(day) }
}

/// The department under which decisions are open for a platform, if they are under that key and it may still act for the platform: a key that
/// was replaced, reported stolen, or has lost its role signs no token, though nobody has closed its decisions. Only inside a query of the executor.
pub fn read_open(platform: SystemId, key: &PublicKey) -> Option<DepartmentId> {
    let point = DecisionPoints::<Runtime>::get(platform).filter(|point| point.key == *key)?;
    let account = AccountId32::new(*key);
    let is_theirs = Departments::department_of(&account) == Some(point.department);
    let may_act = Departments::holds(&account, point.department, Role::Platform);
    (is_theirs && may_act && !Compromised::<Runtime>::contains_key(key)).then_some(point.department)
}

/// Those of the days whose counts the ledger still takes; only inside a query of the executor.
pub fn read_days_counted(days: &[Day]) -> Vec<Day> {
    let today = Calendar::day_of(Moment::new(mulu_runtime::Timestamp::get()));
    let first = today.get().saturating_sub(Calendar::lateness_days().into());
    let compared_to = ComparedTo::<Runtime>::get().unwrap_or_default();
    let is_counted = |day: &Day| *day <= today && day.get() >= first && *day >= compared_to;
    days.iter().copied().filter(is_counted).collect()
}

/// What the ledger has got of a day; only inside a query of the executor.
pub fn read_counted(day: Day, platform: SystemId, grant: GrantId) -> DecisionCount {
    let Answers { allowed, denied } = Answered::<Runtime>::get((day, grant, platform));
    DecisionCount { grant, allowed, denied }
}

#[cfg(test)]
mod tests;
