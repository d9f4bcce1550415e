//! What a gateway asks, and what it is answered.

use mulu_proofs::{
    access::Findings,
    catalog::Method,
    ids::{DepartmentId, Digest32, EntryId, GrantId, Height, Moment, PurposeId, SystemId, Version},
};

/// Under what a call wants to proceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// This grant.
    Grant(GrantId),
    /// Whatever grant the consumer has on the entry: the newest that allows the call.
    Entry(EntryId),
}

/// May this call proceed?
///
/// The user is no part of it: who calls is the gateway's to know, and nothing on the ledger depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Grant or entry.
    pub under: Under,
    /// Consumer department.
    pub consumer: DepartmentId,
    /// Items, as a mask over the positions of the entry's version.
    pub items: u64,
    /// Method.
    pub method: Method,
    /// Purpose, if the call has one.
    pub purpose: Option<PurposeId>,
    /// System that uses the answer, if the call names one.
    pub using_system: Option<SystemId>,
}

/// The answer, and the block on which it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may, and under what; or why not.
    pub verdict: Result<Allowed, Denied>,
    /// Height of the last final block.
    pub height: Height,
    /// Its hash.
    pub hash: Digest32,
    /// Its time.
    pub time: Moment,
}

/// A call may proceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Under which grant.
    pub grant: GrantId,
    /// Its version.
    pub version: Version,
    /// First moment at which the answer is good no longer.
    pub expires: Moment,
    /// The signed token: value of the `Mulu-Token` header.
    pub token: String,
}

/// A call may not proceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// Why.
    pub reason: Reason,
    /// The grant that came nearest, if there is one.
    pub grant: Option<GrantId>,
}

/// Why a call may not proceed. The codes are stable; those of findings are the names under which the event would bear them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The consumer has no grant on the entry.
    NoGrant,
    /// The grant is not active yet.
    NotYetActive,
    /// The grant, its entry or a department is not there any more.
    Ended,
    /// The grant, its entry or a department is suspended.
    Suspended,
    /// An item is not granted.
    ItemNotGranted,
    /// The day's quota is used up.
    OverQuota,
    /// Another method than granted.
    WrongMethod,
    /// Another purpose than granted.
    WrongPurpose,
    /// A system that was not granted.
    WrongSystem,
    /// The grant is another department's.
    WrongConsumer,
    /// The grant does not name the platform of this decision point.
    WrongPlatform,
    /// There is no such grant.
    UnknownGrant,
    /// No route fits the call.
    UnknownRoute,
    /// Nobody is known by what the call shows.
    UnknownConsumer,
    /// The gateway's question cannot be read.
    Malformed,
    /// The node has no fresh final block: it is cut off, or the chain stands still.
    Stale,
    /// The node's own clock is behind the chain's.
    Clock,
    /// The ledger does not know this decision point under its key, or the key may not act for the platform any more.
    NotOpen,
    /// The node has no decision point.
    NotConfigured,
    /// More questions at once than the node takes.
    Busy,
    /// The node failed; its log says why.
    Failed,
}

impl Reason {
    /// Every reason, in the order of the documentation.
    pub const ALL: [Self; 21] = [
        Self::NoGrant,
        Self::NotYetActive,
        Self::Ended,
        Self::Suspended,
        Self::ItemNotGranted,
        Self::OverQuota,
        Self::WrongMethod,
        Self::WrongPurpose,
        Self::WrongSystem,
        Self::WrongConsumer,
        Self::WrongPlatform,
        Self::UnknownGrant,
        Self::UnknownRoute,
        Self::UnknownConsumer,
        Self::Malformed,
        Self::Stale,
        Self::Clock,
        Self::NotOpen,
        Self::NotConfigured,
        Self::Busy,
        Self::Failed,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoGrant => "no_grant",
            Self::NotYetActive => "not_yet_active",
            Self::Ended => "ended",
            Self::Suspended => "suspended",
            Self::ItemNotGranted => "item_not_granted",
            Self::OverQuota => "over_quota",
            Self::WrongMethod => "wrong_method",
            Self::WrongPurpose => "wrong_purpose",
            Self::WrongSystem => "wrong_system",
            Self::WrongConsumer => "wrong_consumer",
            Self::WrongPlatform => "wrong_platform",
            Self::UnknownGrant => "unknown_grant",
            Self::UnknownRoute => "unknown_route",
            Self::UnknownConsumer => "unknown_consumer",
            Self::Malformed => "malformed",
            Self::Stale => "stale",
            Self::Clock => "clock",
            Self::NotOpen => "not_open",
            Self::NotConfigured => "not_configured",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }

    /// Reasons by findings, the gravest first: what stops everything, then who, then what; the quota last, since it says that all else was right.
    const BY_GRAVITY: [(Findings, Self); 11] = [
        (Findings::SUSPENDED, Self::Suspended),
        (Findings::ENDED, Self::Ended),
        (Findings::NOT_YET_ACTIVE, Self::NotYetActive),
        (Findings::NO_GRANT, Self::NoGrant),
        (Findings::WRONG_CONSUMER, Self::WrongConsumer),
        (Findings::WRONG_PLATFORM, Self::WrongPlatform),
        (Findings::WRONG_SYSTEM, Self::WrongSystem),
        (Findings::ITEM_NOT_GRANTED, Self::ItemNotGranted),
        (Findings::WRONG_METHOD, Self::WrongMethod),
        (Findings::WRONG_PURPOSE, Self::WrongPurpose),
        (Findings::OVER_QUOTA, Self::OverQuota),
    ];

    /// The reason of the gravest finding; none of no finding.
    pub fn of(findings: Findings) -> Option<Self> {
        let found = Self::BY_GRAVITY.iter().find(|(finding, _)| findings.0 & finding.0 != 0);
        // A finding that this program does not know denies too.
        let unknown = (findings != Findings::default()).then_some(Self::Failed);
        found.map(|(_, reason)| *reason).or(unknown)
    }

    /// How near a grant came that denies for this reason: how many graver ones did not hold.
    pub fn nearness(self) -> usize {
        Self::BY_GRAVITY.iter().position(|(_, reason)| *reason == self).unwrap_or_default()
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    #[test]
    fn every_finding_but_late_has_a_reason_of_its_name() {
        for (bit, name) in Findings::NAMES.iter().enumerate() {
            let reason = Reason::of(Findings(1 << bit)).unwrap();
            match *name {
                // Neither can be found of a call that has not happened.
                "late" | "reporter_not_named" => assert_eq!(reason, Reason::Failed),
                name => assert_eq!(reason.code(), name),
            }
        }
        assert_eq!(Reason::of(Findings::default()), None);
    }

    #[test]
    fn what_stops_everything_is_said_first() {
        let both = Findings::OVER_QUOTA.with(Findings::SUSPENDED).with(Findings::WRONG_METHOD);
        assert_eq!(Reason::of(both), Some(Reason::Suspended));
    }

    #[test]
    fn the_less_grave_a_reason_the_nearer_the_grant_came() {
        let near = [Reason::Suspended, Reason::Ended, Reason::NotYetActive, Reason::ItemNotGranted, Reason::OverQuota];
        assert!(near.map(Reason::nearness).is_sorted_by(|before, after| before < after));
        assert_eq!(Reason::Failed.nearness(), 0, "what cannot be judged came near to nothing");
    }
}
