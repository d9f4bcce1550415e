//! Standing consents: what a provider's officer agrees to in advance (SPEC §3), and which terms that covers.

use super::{PURPOSES_MAX, REASON_BYTES_MAX, RequestTerms};
use crate::{
    catalog::{List, Methods},
    departments::SignedAs,
    ids::{DepartmentId, EntryId, Moment, PurposeId, Version},
    text::Text,
};

/// Most consumers that a standing consent names.
pub const CONSENT_CONSUMERS_MAX: u32 = 16;
/// Milliseconds of a day of a period: its civil length, whatever working days are.
const DAY_MS: u64 = 86_400_000;

ledger_types! {
    /// Conditions under which a request is agreed to without asking the officer again.
    pub struct StandingConsent {
        /// Version of the entry whose items are meant: the same places of another version are other items.
        pub entry_version: Version,
        /// Items, as a mask over the version's item positions.
        pub items: u64,
        /// Sharing methods.
        pub methods: Methods,
        /// Consumers, strictly ascending; none for everybody.
        #[serde(deserialize_with = "crate::list::read")]
        pub consumers: List<DepartmentId, CONSENT_CONSUMERS_MAX>,
        /// Purposes, strictly ascending; none for every purpose.
        #[serde(deserialize_with = "crate::list::read")]
        pub purposes: List<PurposeId, PURPOSES_MAX>,
        /// Most calls a day.
        pub calls_per_day: u64,
        /// Most rows a day.
        pub rows_per_day: u64,
        /// Longest period, in days of 24 hours.
        pub days: u16,
        /// First moment at which nothing is agreed to any more. Grants that began before run on.
        pub expires: Moment,
    }

    /// Body of [`crate::records::RecordKind::StandingConsentSet`].
    pub struct StandingConsentSet {
        /// Entry.
        pub entry: EntryId,
        /// What is agreed to from now on, in place of any standing consent before.
        pub consent: StandingConsent,
        /// In which role. The consent holds as long as the role does.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::StandingConsentRevoked`].
    pub struct StandingConsentRevoked {
        /// Entry.
        pub entry: EntryId,
        /// Why.
        pub reason: Text<REASON_BYTES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

impl StandingConsent {
    /// Whether it agrees to `terms` at `now`.
    pub fn covers(&self, terms: &RequestTerms, now: Moment) -> bool {
        let period_ms = terms.until.get().saturating_sub(terms.from.get());
        now < self.expires
            && terms.entry_version == self.entry_version
            && terms.items & !self.items == 0
            && self.methods.contains(terms.method)
            && (self.consumers.is_empty() || self.consumers.contains(&terms.consumer))
            && (self.purposes.is_empty() || terms.purposes.iter().all(|purpose| self.purposes.contains(purpose)))
            && terms.calls_per_day <= self.calls_per_day
            && terms.rows_per_day <= self.rows_per_day
            && period_ms <= u64::from(self.days) * DAY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::Method, ids::SystemId};

    fn list<I: Clone, const N: u32>(items: &[I]) -> List<I, N> {
        List::try_from(items.to_vec()).ok().expect("short")
    }

    fn terms() -> RequestTerms {
        let text = |text| Text::new(text).expect("short");
        RequestTerms {
            entry: EntryId::new(1),
            entry_version: Version::new(2),
            items: 0b011,
            consumer: DepartmentId::new(3),
            basis: text("依据"),
            scenario: text("场景"),
            scope: text("范围"),
            method: Method::File,
            from: Moment::new(1_000),
            until: Moment::new(1_000 + 30 * DAY_MS),
            purposes: list(&[PurposeId::new(1), PurposeId::new(2)]),
            matter: Text::default(),
            systems: list(&[SystemId::new(2)]),
            platforms: list(&[SystemId::new(1)]),
            calls_per_day: 100,
            rows_per_day: 1_000,
            papers: None,
        }
    }

    fn consent() -> StandingConsent {
        StandingConsent {
            entry_version: Version::new(2),
            items: 0b011,
            methods: Methods::of(&[Method::File]),
            consumers: list(&[DepartmentId::new(3), DepartmentId::new(4)]),
            purposes: list(&[PurposeId::new(1), PurposeId::new(2), PurposeId::new(5)]),
            calls_per_day: 100,
            rows_per_day: 1_000,
            days: 30,
            expires: Moment::new(5_000),
        }
    }

    #[test]
    fn what_lies_within_every_condition_is_covered() {
        let now = Moment::new(4_999);
        assert!(consent().covers(&terms(), now));
        let anybody = StandingConsent { consumers: List::default(), purposes: List::default(), ..consent() };
        assert!(anybody.covers(&RequestTerms { consumer: DepartmentId::new(9), ..terms() }, now));
        assert!(anybody.covers(&RequestTerms { purposes: list(&[PurposeId::new(9)]), ..terms() }, now));
    }

    #[test]
    fn what_lies_outside_one_condition_is_not() {
        let now = Moment::new(4_999);
        for (name, outside) in [
            ("version", RequestTerms { entry_version: Version::new(3), ..terms() }),
            ("items", RequestTerms { items: 0b101, ..terms() }),
            ("consumer", RequestTerms { consumer: DepartmentId::new(5), ..terms() }),
            ("method", RequestTerms { method: Method::ServiceInterface, ..terms() }),
            ("purpose", RequestTerms { purposes: list(&[PurposeId::new(1), PurposeId::new(3)]), ..terms() }),
            ("calls", RequestTerms { calls_per_day: 101, ..terms() }),
            ("rows", RequestTerms { rows_per_day: 1_001, ..terms() }),
            ("period", RequestTerms { until: Moment::new(1_001 + 30 * DAY_MS), ..terms() }),
        ] {
            assert!(!consent().covers(&outside, now), "{name}");
        }
        assert!(!consent().covers(&terms(), Moment::new(5_000)), "it has expired");
    }
}
