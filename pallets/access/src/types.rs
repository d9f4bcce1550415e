//! What the state keeps of streams and quotas, and the rules that need nothing but their arguments.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use mulu_proofs::{
    access::{Findings, Outcome, PublicLeaf, Side},
    catalog::{EntryStatus, Stop},
    departments::DepartmentStatus,
    grants::{GrantState, GrantTerms},
    ids::{DepartmentId, Digest32, EventNumber, Moment, PublicKey, SystemId},
};
use scale_info::TypeInfo;

/// How many local days the counts of quotas are kept, today included. Events of older days are late; they are counted within their batch alone.
pub const USAGE_DAYS: u32 = 35;

/// An open stream and its cursor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Stream {
    /// Reporting platform.
    pub platform: SystemId,
    /// Whether its events are reconciled.
    pub reconciles: bool,
    /// The platform's department.
    pub department: DepartmentId,
    /// Key that signs the batches.
    pub key: PublicKey,
    /// Number that the next batch begins with.
    pub next: EventNumber,
    /// Digest of the last batch's header; zeros before the first.
    pub previous: Digest32,
    /// Smallest time of the last batch; 0 before the first.
    pub time_base: Moment,
}

/// What was used of a grant on a day.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Usage {
    /// Calls.
    pub calls: u64,
    /// Rows answered.
    pub rows: u64,
}

impl Usage {
    /// Adds an event that counts.
    pub(crate) fn add(&mut self, leaf: &PublicLeaf) {
        self.calls = self.calls.saturating_add(leaf.calls.into());
        self.rows = self.rows.saturating_add(leaf.rows.into());
    }

    /// Whether more was used than a day's quota.
    pub(crate) const fn exceeds(&self, terms: &GrantTerms) -> bool {
        self.calls > terms.calls_per_day || self.rows > terms.rows_per_day
    }
}

/// Findings that follow from an event and its grant's terms alone. The verifier of evidence draws the same ones again.
pub(crate) fn deviations(leaf: &PublicLeaf, terms: &GrantTerms, platform: SystemId) -> Findings {
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
    rules.into_iter().filter(|(deviates, _)| *deviates).fold(Findings::default(), |set, (_, finding)| set.with(finding))
}

/// What the grant's state at the event's time makes of it. `transitions` ascend.
pub(crate) fn state_finding(transitions: &[(Moment, GrantState)], time: Moment) -> Findings {
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
/// count as suspended or ended. `statuses` ascend.
pub(crate) fn status_finding(statuses: &[(Moment, DepartmentStatus)], time: Moment) -> Findings {
    let status = statuses.iter().take_while(|(moment, _)| *moment <= time).last().map(|(_, status)| *status);
    // What the list no longer holds is older than the oldest status in it, which counts since ever.
    match status.or_else(|| statuses.first().map(|(_, status)| *status)) {
        None | Some(DepartmentStatus::Active) => Findings::default(),
        Some(DepartmentStatus::Suspended) => Findings::SUSPENDED,
        Some(DepartmentStatus::Retired) => Findings::ENDED,
    }
}

/// What the entry's status at the event's time makes of it: an entry that is suspended or withdrawn takes its grants with it.
/// `statuses` ascend.
pub(crate) fn entry_finding(statuses: &[(Moment, EntryStatus)], time: Moment) -> Findings {
    match EntryStatus::at(statuses, time) {
        EntryStatus::Published => Findings::default(),
        EntryStatus::Suspended => Findings::SUSPENDED,
        EntryStatus::Withdrawn => Findings::ENDED,
    }
}

/// What had stopped for grants on the entry's version before the event's time: items that became stricter or are gone, methods that are no longer
/// offered. `stops` ascend.
pub(crate) fn stop_finding(stops: &[Stop], leaf: &PublicLeaf) -> Findings {
    let so_far = stops.iter().take_while(|stop| stop.at <= leaf.time);
    so_far.fold(Findings::default(), |found, stop| {
        let rules = [
            (leaf.items & stop.items != 0, Findings::ITEM_NOT_GRANTED),
            (stop.methods.contains(leaf.method), Findings::WRONG_METHOD),
        ];
        rules.into_iter().filter(|(stopped, _)| *stopped).fold(found, |set, (_, finding)| set.with(finding))
    })
}

/// Whether an event counts against its grant's quota: served, not denied, by a platform that the grant names.
pub(crate) fn counts(leaf: &PublicLeaf, findings: Findings) -> bool {
    matches!(leaf.side, Side::Provider | Side::DataManager)
        && leaf.outcome != Outcome::Denied
        && findings.0 & Findings::WRONG_PLATFORM.0 == 0
}
