//! How an entry stands, told from the acts on it.

use mulu_index::RecordRow;
use mulu_proofs::{
    ids::{RecordNumber, Version},
    records::RecordKind,
};
use mulu_rpc_api::search::EntryState;
use std::collections::BTreeMap;

/// How an entry went so far.
#[derive(Clone, Debug, Default)]
pub struct Course {
    submitted: BTreeMap<Version, RecordNumber>,
    in_force: Option<Version>,
    under_way: Option<Version>,
    is_suspended: bool,
    is_withdrawn: bool,
}

impl Course {
    /// Of the acts on an entry, in their order.
    pub fn of<'a>(acts: impl IntoIterator<Item = &'a RecordRow>) -> Self {
        let mut course = Self::default();
        for act in acts {
            course.add(act);
        }
        course
    }

    fn add(&mut self, act: &RecordRow) {
        match (act.kind, act.version) {
            (RecordKind::EntrySubmitted, Some(version)) => {
                self.submitted.insert(version, act.number);
                self.under_way = Some(version);
            }
            (RecordKind::EntryReturned, version) if self.under_way == version => self.under_way = None,
            (RecordKind::EntrySuspended, _) => self.is_suspended = true,
            (RecordKind::EntryResumed, _) => self.is_suspended = false,
            (RecordKind::EntryWithdrawn, _) => self.is_withdrawn = true,
            (RecordKind::EntryPublished, Some(version)) => {
                self.in_force = Some(version);
                self.under_way = self.under_way.filter(|under_way| *under_way != version);
            }
            _ => {}
        }
    }

    /// The version that is shown, the one in force or else the latest, and the record of its submission.
    pub fn shown(&self) -> Option<(Version, RecordNumber)> {
        let latest = self.submitted.last_key_value().map(|(version, _)| *version);
        let version = self.in_force.or(latest)?;
        self.submitted.get(&version).map(|record| (version, *record))
    }

    /// Whether a version is in force.
    pub const fn is_in_force(&self) -> bool {
        self.in_force.is_some() && !self.is_withdrawn
    }

    /// The states that the entry is in.
    pub fn states(&self) -> Vec<EntryState> {
        let standing = match (self.in_force, self.under_way) {
            _ if self.is_withdrawn => Some(EntryState::Withdrawn),
            (Some(_), _) if self.is_suspended => Some(EntryState::Suspended),
            (Some(_), _) => Some(EntryState::Published),
            (None, None) => Some(EntryState::Returned),
            (None, Some(_)) => None,
        };
        let under_way = self.under_way.filter(|_| !self.is_withdrawn).map(|_| EntryState::UnderWay);
        standing.into_iter().chain(under_way).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_proofs::ids::Moment;

    fn course(acts: &[(RecordKind, u16)]) -> Course {
        let rows: Vec<RecordRow> = (1..)
            .zip(acts)
            .map(|(number, (kind, version))| RecordRow {
                number: RecordNumber::new(number),
                moment: Moment::new(number),
                kind: *kind,
                version: (*version > 0).then(|| Version::new(*version)),
            })
            .collect();
        Course::of(&rows)
    }

    fn shown(course: &Course) -> Option<(u16, u64)> {
        course.shown().map(|(version, record)| (version.get(), record.get()))
    }

    #[test]
    fn the_version_in_force_is_shown_else_the_latest() {
        use RecordKind::{EntryEndorsed, EntryPublished, EntryReturned, EntryReviewed, EntrySubmitted, PolicySet};
        assert_eq!(shown(&course(&[])), None);
        let mut acts = vec![(EntrySubmitted, 1), (EntryEndorsed, 1)];
        assert_eq!(course(&acts).states(), [EntryState::UnderWay]);
        assert_eq!(shown(&course(&acts)), Some((1, 1)));
        acts.extend([(EntryReturned, 1)]);
        assert_eq!(course(&acts).states(), [EntryState::Returned]);
        acts.extend([(EntrySubmitted, 2), (EntryEndorsed, 2), (EntryReviewed, 2)]);
        assert_eq!(course(&acts).states(), [EntryState::UnderWay]);
        assert_eq!(shown(&course(&acts)), Some((2, 4)));
        assert!(!course(&acts).is_in_force());
        acts.extend([(EntryPublished, 2), (PolicySet, 0)]);
        assert_eq!(course(&acts).states(), [EntryState::Published]);
        assert!(course(&acts).is_in_force());
        acts.extend([(EntrySubmitted, 3)]);
        assert_eq!(course(&acts).states(), [EntryState::Published, EntryState::UnderWay]);
        assert_eq!(shown(&course(&acts)), Some((2, 4)));
        acts.extend([(EntryReturned, 3)]);
        assert_eq!(course(&acts).states(), [EntryState::Published]);
    }
    #[test]
    fn suspension_lasts_until_it_is_lifted_and_withdrawal_for_ever() {
        use RecordKind::{EntryPublished, EntryResumed, EntrySubmitted, EntrySuspended, EntryWithdrawn};
        let mut acts = vec![(EntrySubmitted, 1), (EntryPublished, 1), (EntrySuspended, 1)];
        assert_eq!(course(&acts).states(), [EntryState::Suspended]);
        assert!(course(&acts).is_in_force());
        acts.extend([(EntrySubmitted, 2)]);
        assert_eq!(course(&acts).states(), [EntryState::Suspended, EntryState::UnderWay]);
        acts.extend([(EntryPublished, 2)]);
        assert_eq!(course(&acts).states(), [EntryState::Suspended]);
        acts.extend([(EntryResumed, 2)]);
        assert_eq!(course(&acts).states(), [EntryState::Published]);
        acts.extend([(EntrySubmitted, 3), (EntryWithdrawn, 2)]);
        assert_eq!(course(&acts).states(), [EntryState::Withdrawn]);
        assert!(!course(&acts).is_in_force());
        assert_eq!(shown(&course(&acts)), Some((2, 4)));
    }
}
