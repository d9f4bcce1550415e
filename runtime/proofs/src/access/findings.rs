//! Findings: what the ledger found wrong with an event, which it keeps all the same.

ledger_types! {
    /// Findings of one event, where it has any.
    #[derive(Copy)]
    pub struct EventFindings {
        /// Place in the batch, from 0.
        pub place: u32,
        /// Set of findings.
        pub findings: Findings,
    }

    /// A set of findings (SPEC §5). Bits are never reused.
    #[derive(Copy, Default, PartialOrd, Ord)]
    #[serde(transparent)]
    pub struct Findings(pub u16);
}

impl Findings {
    /// No grant applies.
    pub const NO_GRANT: Self = Self(1 << 0);
    /// Before the grant's period or its provisioning.
    pub const NOT_YET_ACTIVE: Self = Self(1 << 1);
    /// After the grant's period or end.
    pub const ENDED: Self = Self(1 << 2);
    /// While the grant was suspended.
    pub const SUSPENDED: Self = Self(1 << 3);
    /// An item that was not granted.
    pub const ITEM_NOT_GRANTED: Self = Self(1 << 4);
    /// Over the quota of calls or rows of its day.
    pub const OVER_QUOTA: Self = Self(1 << 5);
    /// Another method than granted.
    pub const WRONG_METHOD: Self = Self(1 << 6);
    /// A purpose that was not granted.
    pub const WRONG_PURPOSE: Self = Self(1 << 7);
    /// A using system that was not granted.
    pub const WRONG_SYSTEM: Self = Self(1 << 8);
    /// Another consumer than the grant's.
    pub const WRONG_CONSUMER: Self = Self(1 << 9);
    /// Reported by a platform that the grant does not name.
    pub const WRONG_PLATFORM: Self = Self(1 << 10);
    /// A series without a grant, reported by a platform that no mount names for the entry.
    pub const REPORTER_NOT_NAMED: Self = Self(1 << 11);
    /// Later than the governed lateness.
    pub const LATE: Self = Self(1 << 12);

    /// Name of each bit, lowest first.
    pub const NAMES: [&str; 13] = [
        "no_grant",
        "not_yet_active",
        "ended",
        "suspended",
        "item_not_granted",
        "over_quota",
        "wrong_method",
        "wrong_purpose",
        "wrong_system",
        "wrong_consumer",
        "wrong_platform",
        "reporter_not_named",
        "late",
    ];

    /// The set with `other`'s findings added.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Names of the findings, lowest bit first.
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| *name).collect()
    }
}
