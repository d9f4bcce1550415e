//! The rules by which an event is judged, each a function of its arguments: the ledger applies them to what was reported, a decision point to what
//! is about to happen, and the verifier of evidence to what a package shows.
//!
//! All lists of changes ascend by their moments. A rule gives the findings that follow from it; an event's findings are all of them together.

use super::{Findings, Outcome, Party, PublicLeaf, Side};
use crate::{
    calendar::Day,
    catalog::{EntryStatus, Stop},
    departments::DepartmentStatus,
    grants::{GrantState, GrantTerms},
    ids::{DepartmentId, Moment, SystemId},
};

ledger_types! {
    /// What was used of a grant on a day.
    #[derive(Copy, Default)]
    pub struct Usage {
        /// Calls.
        pub calls: u64,
        /// Rows answered.
        pub rows: u64,
    }
}

impl Usage {
    /// Adds so many calls and rows.
    pub fn add(&mut self, calls: u32, rows: u32) {
        self.calls = self.calls.saturating_add(calls.into());
        self.rows = self.rows.saturating_add(rows.into());
    }

    /// Whether more was used than a day's quota.
    pub const fn exceeds(&self, terms: &GrantTerms) -> bool {
        self.calls > terms.calls_per_day || self.rows > terms.rows_per_day
    }
}

/// What follows from an event and its grant's terms alone.
pub fn deviations(leaf: &PublicLeaf, terms: &GrantTerms, platform: SystemId) -> Findings {
    let rules = [
        (leaf.items & !terms.items != 0, Findings::ITEM_NOT_GRANTED),
        (leaf.method != terms.method, Findings::WRONG_METHOD),
        (leaf.purpose.is_some_and(|purpose| !terms.purposes.contains(&purpose)), Findings::WRONG_PURPOSE),
        (leaf.using_system.is_some_and(|system| !terms.systems.contains(&system)), Findings::WRONG_SYSTEM),
        (leaf.consumer != Some(terms.consumer), Findings::WRONG_CONSUMER),
        (!terms.platforms.contains(&platform), Findings::WRONG_PLATFORM),
        (leaf.time < terms.from, Findings::NOT_YET_ACTIVE),
        (leaf.time >= terms.until, Findings::ENDED),
    ];
    all_of(&rules)
}

/// What the grant's state at the event's time makes of it.
pub fn state_finding(transitions: &[(Moment, GrantState)], time: Moment) -> Findings {
    let state = transitions.iter().take_while(|(moment, _)| *moment <= time).last().map(|(_, state)| *state);
    match state {
        None | Some(GrantState::Agreed) => Findings::NOT_YET_ACTIVE,
        Some(GrantState::Provisioned) => Findings::default(),
        Some(GrantState::Suspended | GrantState::Rectifying) => Findings::SUSPENDED,
        Some(
            GrantState::Ended
            | GrantState::Terminated
            | GrantState::Completed
            | GrantState::EndedByProvider
            | GrantState::Disposed,
        ) => Findings::ENDED,
    }
}

/// What the status of provider or consumer at the event's time makes of it: the grants of a department that is suspended or retired
/// count as suspended or ended.
pub fn status_finding(statuses: &[(Moment, DepartmentStatus)], time: Moment) -> Findings {
    let status = statuses.iter().take_while(|(moment, _)| *moment <= time).last().map(|(_, status)| *status);
    // What the list no longer holds is older than the oldest status in it, which counts since ever.
    match status.or_else(|| statuses.first().map(|(_, status)| *status)) {
        None | Some(DepartmentStatus::Active) => Findings::default(),
        Some(DepartmentStatus::Suspended) => Findings::SUSPENDED,
        Some(DepartmentStatus::Retired) => Findings::ENDED,
    }
}

/// What the entry's status at the event's time makes of it: an entry that is suspended or withdrawn takes its grants with it.
pub fn entry_finding(statuses: &[(Moment, EntryStatus)], time: Moment) -> Findings {
    match EntryStatus::at(statuses, time) {
        EntryStatus::Published => Findings::default(),
        EntryStatus::Suspended => Findings::SUSPENDED,
        EntryStatus::Withdrawn => Findings::ENDED,
    }
}

/// What had stopped for grants on the entry's version before the event's time: items that became stricter or are gone, methods that are no longer
/// offered.
pub fn stop_finding(stops: &[Stop], leaf: &PublicLeaf) -> Findings {
    let so_far = stops.iter().take_while(|stop| stop.at <= leaf.time);
    so_far.fold(Findings::default(), |found, stop| {
        found.with(all_of(&[
            (leaf.items & stop.items != 0, Findings::ITEM_NOT_GRANTED),
            (stop.methods.contains(leaf.method), Findings::WRONG_METHOD),
        ]))
    })
}

/// Whether an event of `day` is late: reported when that day is no longer waited for. `waited_from` is the first day of which reports are waited
/// for.
pub fn late_finding(day: Day, waited_from: Day) -> Findings {
    if day < waited_from { Findings::LATE } else { Findings::default() }
}

/// Whether an event counts against its grant's quota: served, not denied, by a platform that the grant names. Who reports decides which side serves:
/// the consumer never does, the provider always does, whatever side its events name, and whoever else is named serves unless it speaks of the
/// consumer's side. So nobody uses up another's quota, or hides what it served, by the side that it names.
pub fn counts(leaf: &PublicLeaf, findings: Findings, terms: &GrantTerms, reporter: DepartmentId) -> bool {
    let serves = reporter == terms.provider || reporter != terms.consumer && leaf.side != Side::Consumer;
    serves && is_served(leaf, findings)
}

/// For which party an event of a grant is reconciled, if it is reported in a stream that takes part: calls that were not denied, reported in time,
/// by a platform that the grant names. Each party speaks for itself alone: the consumer for its side, the provider for its own, and for that side
/// too whoever serves the provider's data and is not the consumer.
pub fn reconciled(leaf: &PublicLeaf, findings: Findings, terms: &GrantTerms, reporter: DepartmentId) -> Option<Party> {
    let in_time = findings.0 & Findings::LATE.0 == 0;
    let party = match leaf.side {
        Side::Provider => (reporter == terms.provider).then_some(Party::Provider),
        Side::DataManager => (reporter != terms.consumer).then_some(Party::Provider),
        Side::Consumer => (reporter == terms.consumer).then_some(Party::Consumer),
    };
    party.filter(|_| in_time && is_served(leaf, findings))
}

fn is_served(leaf: &PublicLeaf, findings: Findings) -> bool {
    leaf.outcome != Outcome::Denied && findings.0 & Findings::WRONG_PLATFORM.0 == 0
}

/// The findings of those rules that hold.
fn all_of(rules: &[(bool, Findings)]) -> Findings {
    rules.iter().filter(|(holds, _)| *holds).fold(Findings::default(), |set, (_, finding)| set.with(*finding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::RunKey,
        catalog::{List, Method, Methods},
        ids::{DepartmentId, EntryId, GrantId, PurposeId, RequestId, Version},
    };

    const PLATFORM: SystemId = SystemId::new(1);

    fn list<T, const N: u32>(one: T) -> List<T, N> {
        List::truncate_from(vec![one])
    }

    fn terms() -> GrantTerms {
        GrantTerms {
            grant: GrantId::new(1),
            version: Version::new(1),
            request: RequestId::new(1),
            provider: DepartmentId::new(2),
            consumer: DepartmentId::new(3),
            entry: EntryId::new(1),
            entry_version: Version::new(1),
            items: 0b011,
            method: Method::File,
            from: Moment::new(100),
            until: Moment::new(200),
            purposes: list(PurposeId::new(1)),
            systems: list(SystemId::new(2)),
            platforms: list(PLATFORM),
            calls_per_day: 10,
            rows_per_day: 100,
        }
    }

    fn leaf() -> PublicLeaf {
        PublicLeaf {
            key: RunKey::Grant(GrantId::new(1), Version::new(1)),
            entry: Some((EntryId::new(1), Version::new(1))),
            provider: Some(DepartmentId::new(2)),
            consumer: Some(DepartmentId::new(3)),
            items: 0b001,
            authorising_system: Some(PLATFORM),
            using_system: Some(SystemId::new(2)),
            purpose: Some(PurposeId::new(1)),
            method: Method::File,
            side: Side::Provider,
            time: Moment::new(150),
            duration_ms: 1,
            outcome: Outcome::Ok,
            calls: 1,
            rows: 1,
            bytes: 1,
            call_id: 1,
            pseudonym: None,
        }
    }

    #[test]
    fn each_deviation_from_the_terms_has_its_finding() {
        assert!(deviations(&leaf(), &terms(), PLATFORM).is_empty());
        let cases = [
            (PublicLeaf { items: 0b100, ..leaf() }, Findings::ITEM_NOT_GRANTED),
            (PublicLeaf { method: Method::DatabaseTable, ..leaf() }, Findings::WRONG_METHOD),
            (PublicLeaf { purpose: Some(PurposeId::new(2)), ..leaf() }, Findings::WRONG_PURPOSE),
            (PublicLeaf { using_system: Some(SystemId::new(3)), ..leaf() }, Findings::WRONG_SYSTEM),
            (PublicLeaf { consumer: Some(DepartmentId::new(4)), ..leaf() }, Findings::WRONG_CONSUMER),
            (PublicLeaf { time: Moment::new(99), ..leaf() }, Findings::NOT_YET_ACTIVE),
            (PublicLeaf { time: Moment::new(200), ..leaf() }, Findings::ENDED),
        ];
        for (leaf, finding) in cases {
            assert_eq!(deviations(&leaf, &terms(), PLATFORM), finding);
        }
        assert_eq!(deviations(&leaf(), &terms(), SystemId::new(9)), Findings::WRONG_PLATFORM);
        let silent = PublicLeaf { purpose: None, using_system: None, ..leaf() };
        assert!(deviations(&silent, &terms(), PLATFORM).is_empty(), "what is not said is no deviation");
    }

    #[test]
    fn state_and_status_are_those_of_the_events_time() {
        let at = |time| Moment::new(time);
        let course = [(at(1), GrantState::Agreed), (at(5), GrantState::Provisioned), (at(9), GrantState::Suspended)];
        let found = |time| state_finding(&course, at(time));
        assert_eq!(
            [found(0), found(4), found(5), found(9)].map(Findings::names),
            [vec!["not_yet_active"], vec!["not_yet_active"], vec![], vec!["suspended"]]
        );
        let statuses = [(at(3), DepartmentStatus::Suspended), (at(7), DepartmentStatus::Retired)];
        assert_eq!(status_finding(&statuses, at(1)), Findings::SUSPENDED, "what came before is not kept");
        assert_eq!(status_finding(&statuses, at(7)), Findings::ENDED);
        assert!(status_finding(&[], at(7)).is_empty());
        let entry = [(at(4), EntryStatus::Suspended), (at(8), EntryStatus::Withdrawn)];
        assert!(entry_finding(&entry, at(3)).is_empty());
        assert_eq!(entry_finding(&entry, at(4)), Findings::SUSPENDED);
        assert_eq!(entry_finding(&entry, at(8)), Findings::ENDED);
        let stops = [Stop { at: at(150), items: 0b001, methods: Methods::of(&[Method::File]) }];
        assert_eq!(stop_finding(&stops, &leaf()), Findings::ITEM_NOT_GRANTED.with(Findings::WRONG_METHOD));
        assert!(stop_finding(&stops, &PublicLeaf { time: at(149), ..leaf() }).is_empty());
    }

    #[test]
    fn what_is_denied_or_by_a_foreign_platform_counts_nowhere_and_what_is_late_only_against_the_quota() {
        let (provider, consumer, manager) = (DepartmentId::new(2), DepartmentId::new(3), DepartmentId::new(4));
        let party = |leaf: &PublicLeaf, found, reporter| reconciled(leaf, found, &terms(), reporter);
        let counts = |leaf: &PublicLeaf, found| super::counts(leaf, found, &terms(), provider);
        let none = Findings::default();
        assert!(counts(&leaf(), Findings::LATE) && party(&leaf(), Findings::LATE, provider).is_none());
        let denied = PublicLeaf { outcome: Outcome::Denied, ..leaf() };
        assert!(!counts(&denied, none) && party(&denied, none, provider).is_none());
        assert!(!counts(&leaf(), Findings::WRONG_PLATFORM));
        assert_eq!(party(&leaf(), Findings::WRONG_PLATFORM, provider), None);
        let of_consumer = PublicLeaf { side: Side::Consumer, ..leaf() };
        assert_eq!(party(&of_consumer, Findings::OVER_QUOTA, consumer), Some(Party::Consumer));
        assert_eq!(party(&leaf(), none, provider), Some(Party::Provider));
        let of_manager = PublicLeaf { side: Side::DataManager, ..leaf() };
        assert_eq!(party(&of_manager, none, manager), Some(Party::Provider));
        let foreign = [(leaf(), consumer), (leaf(), manager), (of_consumer, provider), (of_manager, consumer)];
        for (leaf, reporter) in foreign {
            assert_eq!(party(&leaf, none, reporter), None, "nobody speaks for another");
        }
        let day = |number| Day::new(number).expect("a day");
        assert_eq!(late_finding(day(5), day(5)), none);
        assert_eq!(late_finding(day(4), day(5)), Findings::LATE);
    }

    #[test]
    fn whose_side_an_event_counts_for_is_decided_by_who_reports_it() {
        let (provider, consumer, manager) = (DepartmentId::new(2), DepartmentId::new(3), DepartmentId::new(4));
        let sides = [Side::Provider, Side::DataManager, Side::Consumer];
        let counted = |reporter| {
            sides.map(|side| counts(&PublicLeaf { side, ..leaf() }, Findings::default(), &terms(), reporter))
        };
        assert_eq!(counted(provider), [true, true, true], "it serves, whatever side it names");
        assert_eq!(counted(consumer), [false, false, false], "it does not serve itself");
        assert_eq!(counted(manager), [true, true, false]);
    }

    #[test]
    fn a_quota_is_exceeded_by_one_call_or_row_too_many() {
        let mut usage = Usage::default();
        usage.add(10, 100);
        assert!(!usage.exceeds(&terms()));
        usage.add(1, 0);
        assert!(usage.exceeds(&terms()));
        assert!(Usage { calls: 0, rows: 101 }.exceeds(&terms()));
    }
}
