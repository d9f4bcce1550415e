//! Which events somebody wants: by type, and by the departments that they concern.

use super::types::EventType;
use mulu_proofs::{
    ids::DepartmentId,
    records::{RecordKind, Subject},
};
use mulu_rpc_api::records::{KINDS_MAX, Record, RecordFilter};
use std::collections::BTreeSet;

/// Most words of a selection.
const WORDS_MAX: usize = 128;

/// Which events. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of one of these types; of any where there is none.
    types: Vec<EventType>,
    /// That concern one of these departments: it acted, or the record is about it. Of any where there is none.
    departments: BTreeSet<DepartmentId>,
}

/// A word that is no type and no family of types, or too many words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No type is called so.
    #[error("{word} is no type of events and no family of types; docs/bridge-events.md lists them")]
    UnknownType {
        /// The word.
        word: String,
    },
    /// Too many of them.
    #[error("{count} types or departments; at most {WORDS_MAX} can be named")]
    TooMany {
        /// How many were named.
        count: usize,
    },
}

impl Selection {
    /// Reads the words of a configuration or a question.
    ///
    /// # Errors
    /// [`SelectionError`] if one of them means nothing, or there are too many.
    pub fn new<'a>(
        words: impl IntoIterator<Item = &'a str>,
        departments: impl IntoIterator<Item = DepartmentId>,
    ) -> Result<Self, SelectionError> {
        let words: Vec<&str> = words.into_iter().take(WORDS_MAX + 1).collect();
        let departments: BTreeSet<DepartmentId> = departments.into_iter().take(WORDS_MAX + 1).collect();
        let count = words.len().max(departments.len());
        if count > WORDS_MAX {
            return Err(SelectionError::TooMany { count });
        }
        let all: Vec<EventType> = EventType::all().map(|(found, _)| found).collect();
        if let Some(word) = words.iter().find(|word| !all.iter().any(|found| found.is_meant_by(word))) {
            return Err(SelectionError::UnknownType { word: (*word).to_owned() });
        }
        let types = all.into_iter().filter(|found| words.iter().any(|word| found.is_meant_by(word))).collect();
        Ok(Self { types, departments })
    }

    /// What the node is asked for: all of this and, where it cannot say it closely enough, more.
    pub fn filter(&self) -> RecordFilter {
        let wanted = |(found, _): &(EventType, RecordKind)| self.types.contains(found);
        let mut kinds: Vec<RecordKind> = EventType::all().filter(wanted).map(|(_, kind)| kind).collect();
        kinds.dedup();
        if kinds.len() > KINDS_MAX {
            kinds.clear();
        }
        RecordFilter { kinds, ..RecordFilter::default() }
    }

    /// Whether a record is wanted.
    pub fn wants(&self, record: &Record) -> bool {
        let concerns = |subject: &Subject| matches!(subject, Subject::Department(id) if self.departments.contains(id));
        let is_theirs = self.departments.is_empty()
            || self.departments.contains(&record.department)
            || record.subjects.iter().any(concerns);
        is_theirs && (self.types.is_empty() || self.types.contains(&EventType::of(record)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sink::sample::record;
    use serde_json::json;

    fn select(words: &[&str], departments: &[u32]) -> Result<Selection, SelectionError> {
        Selection::new(words.iter().copied(), departments.iter().map(|id| DepartmentId::new(*id)))
    }

    #[test]
    fn nothing_named_is_everything() {
        let all = select(&[], &[]).unwrap();
        assert_eq!(all.filter(), RecordFilter::default());
        assert!(all.wants(&record(RecordKind::QueriesRecorded, json!({}))));
    }

    #[test]
    fn a_family_and_a_type_are_asked_for_together() {
        let selection = select(&["stream", "grant.agreed"], &[]).unwrap();
        let kinds = selection.filter().kinds;
        assert!(kinds.contains(&RecordKind::KeyCompromised) && kinds.contains(&RecordKind::RequestAgreed));
        assert_eq!(kinds.len(), 7);
        assert!(!selection.wants(&record(RecordKind::GrantSuspended, json!({}))));
    }

    #[test]
    fn of_batches_those_with_findings_can_be_had_alone() {
        let findings = select(&["finding"], &[]).unwrap();
        assert_eq!(findings.filter().kinds.iter().filter(|kind| **kind == RecordKind::BatchAccepted).count(), 1);
        let with = record(RecordKind::BatchAccepted, json!({"findings": [{"place": 3, "findings": 32}]}));
        let without = record(RecordKind::BatchAccepted, json!({"findings": []}));
        assert!(findings.wants(&with) && !findings.wants(&without));
        let batches = select(&["batch.accepted"], &[]).unwrap();
        assert!(!batches.wants(&with) && batches.wants(&without));
    }

    #[test]
    fn a_department_is_concerned_as_actor_and_as_subject() {
        let mut suspended = record(RecordKind::GrantSuspended, json!({}));
        suspended.department = DepartmentId::new(2);
        suspended.subjects = vec![Subject::Department(DepartmentId::new(3))];
        for (departments, expected) in [(&[2][..], true), (&[3], true), (&[4], false), (&[4, 3], true), (&[], true)] {
            assert_eq!(select(&[], departments).unwrap().wants(&suspended), expected, "{departments:?}");
        }
    }

    #[test]
    fn more_kinds_than_a_subscription_takes_are_told_apart_here() {
        let families =
            ["entry", "grant", "request", "dispute", "deadline", "department", "account", "role", "node", "stream"];
        let selection = select(&families, &[]).unwrap();
        assert_eq!(selection.filter().kinds, []);
        assert!(!selection.wants(&record(RecordKind::ProposalMade, json!({}))));
    }

    #[test]
    fn words_that_mean_nothing_are_refused() {
        let unknown = select(&["grant", "grants"], &[]).unwrap_err();
        assert_eq!(unknown, SelectionError::UnknownType { word: "grants".into() });
        let many = select(&["grant"; 129], &[]).unwrap_err();
        assert!(matches!(many, SelectionError::TooMany { count: 129 }));
    }
}
