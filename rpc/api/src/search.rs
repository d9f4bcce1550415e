//! `catalog_search`: what is asked of the catalog, and what comes back.

use crate::Cursor;
use mulu_proofs::{
    calendar::Day,
    catalog::{Method, Methods, ResourceClass, ResourceCode, SharingClass, UpdateCycle},
    ids::{DepartmentId, EntryId, Height, Moment, Version},
};
use serde::{Deserialize, Serialize};

/// Longest text that is searched for, in characters.
pub const TEXT_CHARS_MAX: usize = 128;
/// Most different words that such a text has.
pub const WORDS_MAX: usize = 32;
/// Most values of one facet in a question.
pub const VALUES_MAX: usize = 64;
/// Most rows of one answer.
pub const HITS_MAX: u32 = 100;
/// Rows of an answer where the caller names no number.
pub const HITS_DEFAULT: u32 = 20;
/// Most departments that are counted one by one.
pub const PROVIDERS_COUNTED_MAX: usize = 100;

/// How an entry stands. One that is published has another state beside it while its next version is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// A version is in force.
    Published,
    /// A version is published, and the entry is suspended.
    Suspended,
    /// Withdrawn for good.
    Withdrawn,
    /// A version is submitted, endorsed or reviewed, and not yet published.
    UnderWay,
    /// Nothing of it was ever published, and its last version was returned.
    Returned,
}

/// An update cycle without the words of those that are none of the guide's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// 实时
    RealTime,
    /// 每日
    Daily,
    /// 每周
    Weekly,
    /// 每旬
    EveryTenDays,
    /// 每月
    Monthly,
    /// 每季度
    Quarterly,
    /// 每年
    Yearly,
    /// 其他
    Other,
}

/// Whether the version in force is younger than its update cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// One cycle has not passed since its publication date.
    Fresh,
    /// It has.
    Overdue,
    /// Nothing to count: no version is in force, or the cycle is real time or none of the guide's.
    Uncounted,
}

/// Which entries. Everything that is named must hold; of the values of one facet, one must.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchQuery {
    /// Words that must all stand in the entry; at most [`TEXT_CHARS_MAX`] characters and [`WORDS_MAX`] words.
    pub text: Option<String>,
    /// How the code begins.
    pub code_prefix: Option<ResourceCode>,
    /// Provider departments.
    pub providers: Vec<DepartmentId>,
    /// Classes by attribute.
    pub classes: Vec<ResourceClass>,
    /// Sharing attributes.
    pub sharing: Vec<SharingClass>,
    /// Opening attributes.
    pub opening: Vec<SharingClass>,
    /// Sharing methods, one of which is offered.
    pub methods: Vec<Method>,
    /// Update cycles.
    pub cycles: Vec<Cycle>,
    /// Freshness on the day of the head's block.
    pub freshness: Vec<Freshness>,
    /// States.
    pub states: Vec<EntryState>,
}

/// An entry that was found: its version in force, else its latest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Permanent id.
    pub id: EntryId,
    /// Resource code.
    pub code: ResourceCode,
    /// Name.
    pub name: String,
    /// Provider department.
    pub provider: DepartmentId,
    /// The version.
    pub version: Version,
    /// How the entry stands.
    pub states: Vec<EntryState>,
    /// Class by attribute.
    pub class: ResourceClass,
    /// Sharing attribute.
    pub sharing: SharingClass,
    /// Opening attribute.
    pub opening: SharingClass,
    /// Sharing methods.
    pub methods: Methods,
    /// Update cycle.
    pub cycle: Cycle,
    /// Publication date (element 12).
    pub published_on: Day,
    /// Freshness on [`SearchAnswer::today`].
    pub freshness: Freshness,
    /// Rank: the higher the better; 0 where no text was searched for.
    pub score: u32,
}

/// How many of the entries have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count<T> {
    /// The value.
    pub value: T,
    /// Entries.
    pub count: u32,
}

/// Counts of each facet's values. Each facet is counted as if the question named no value of it, and all of its others: so one sees what
/// another choice would give.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetCounts {
    /// Provider departments with the most entries, at most [`PROVIDERS_COUNTED_MAX`].
    pub providers: Vec<Count<DepartmentId>>,
    /// Entries of all other departments together.
    pub other_providers: u32,
    /// Classes by attribute.
    pub classes: Vec<Count<ResourceClass>>,
    /// Sharing attributes.
    pub sharing: Vec<Count<SharingClass>>,
    /// Opening attributes.
    pub opening: Vec<Count<SharingClass>>,
    /// Sharing methods; an entry counts for each that it offers.
    pub methods: Vec<Count<Method>>,
    /// Update cycles.
    pub cycles: Vec<Count<Cycle>>,
    /// Freshness.
    pub freshness: Vec<Count<Freshness>>,
    /// States; an entry counts for each that it is in.
    pub states: Vec<Count<EntryState>>,
}

/// One page of what was found, the best first; among equals, what was registered last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// The entries of the page.
    pub rows: Vec<Hit>,
    /// All entries that were found.
    pub total: u32,
    /// Counts by facet.
    pub counts: FacetCounts,
    /// Cursor to go on with; none at the end. An entry that changes between two pages may be on both or on neither; no other is.
    pub next: Option<Cursor>,
    /// Height of the block up to which, it included, the answer is complete.
    pub complete_to: Height,
    /// Block time that freshness was counted at.
    pub moment: Moment,
    /// Its day, in the chain's calendar.
    pub today: Day,
}

impl EntryState {
    /// All of them; the place of each is its bit in the index.
    pub const ALL: [Self; 5] = [Self::Published, Self::Suspended, Self::Withdrawn, Self::UnderWay, Self::Returned];
}

impl Freshness {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fresh, Self::Overdue, Self::Uncounted];

    /// Of a version that has been in force since `published_on`, on the day `today`.
    pub fn of(cycle: Cycle, published_on: Day, today: Day) -> Self {
        match cycle.days() {
            None => Self::Uncounted,
            Some(days) if today.get() <= published_on.get().saturating_add(days) => Self::Fresh,
            Some(_) => Self::Overdue,
        }
    }
}

impl Cycle {
    /// All of them; the place of each is its bit in the index.
    pub const ALL: [Self; 8] = [
        Self::RealTime,
        Self::Daily,
        Self::Weekly,
        Self::EveryTenDays,
        Self::Monthly,
        Self::Quarterly,
        Self::Yearly,
        Self::Other,
    ];

    /// Its longest length in days: what is published on the first of a month is fresh until the first of the next. None where there is
    /// nothing to count: what is read in real time has no date, and what is none of the guide's no length.
    pub const fn days(self) -> Option<u32> {
        match self {
            Self::RealTime | Self::Other => None,
            Self::Daily => Some(1),
            Self::Weekly => Some(7),
            Self::EveryTenDays => Some(10),
            Self::Monthly => Some(31),
            Self::Quarterly => Some(92),
            Self::Yearly => Some(366),
        }
    }
}

impl From<&UpdateCycle> for Cycle {
    fn from(cycle: &UpdateCycle) -> Self {
        match cycle {
            UpdateCycle::RealTime => Self::RealTime,
            UpdateCycle::Daily => Self::Daily,
            UpdateCycle::Weekly => Self::Weekly,
            UpdateCycle::EveryTenDays => Self::EveryTenDays,
            UpdateCycle::Monthly => Self::Monthly,
            UpdateCycle::Quarterly => Self::Quarterly,
            UpdateCycle::Yearly => Self::Yearly,
            UpdateCycle::Other(_) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn day(days: u32) -> Day {
        Day::new(days).unwrap()
    }

    #[test]
    fn what_is_published_is_fresh_for_one_cycle() {
        let cycles = [
            (Cycle::Daily, 1),
            (Cycle::Weekly, 7),
            (Cycle::EveryTenDays, 10),
            (Cycle::Monthly, 31),
            (Cycle::Quarterly, 92),
            (Cycle::Yearly, 366),
        ];
        for (cycle, days) in cycles {
            assert_eq!(Freshness::of(cycle, day(20_000), day(20_000 + days)), Freshness::Fresh, "{cycle:?}");
            assert_eq!(Freshness::of(cycle, day(20_000), day(20_001 + days)), Freshness::Overdue, "{cycle:?}");
            assert_eq!(Freshness::of(cycle, day(20_000), day(0)), Freshness::Fresh, "{cycle:?}");
            assert_eq!(Freshness::of(cycle, Day::MAX, Day::MAX), Freshness::Fresh, "{cycle:?}");
        }
        for cycle in [Cycle::RealTime, Cycle::Other] {
            assert_eq!(Freshness::of(cycle, day(0), day(20_000)), Freshness::Uncounted);
        }
    }

    #[test]
    fn a_question_names_only_what_there_is() {
        let query: SearchQuery = serde_json::from_str(r#"{"text":"登记","states":["published"]}"#).unwrap();
        assert_eq!(query.states, [EntryState::Published]);
        assert!(serde_json::from_str::<SearchQuery>(r#"{"txt":"登记"}"#).is_err());
        assert!(serde_json::from_str::<SearchQuery>(r#"{"states":["lost"]}"#).is_err());
    }
}
