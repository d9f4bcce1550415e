//! Where the source stands: the next offset of every partition, kept in the vault with the drafts of what came before it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Next offsets by topic and partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offsets {
    topics: BTreeMap<String, BTreeMap<i32, i64>>,
}

impl Offsets {
    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes)
            .map_err(|error| format!("the position kept for this source is none of Kafka: {error}"))
    }

    /// As it is kept.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("maps of numbers are JSON")
    }

    /// The next offset of a partition; None if it was never seen.
    pub fn next(&self, topic: &str, partition: i32) -> Option<i64> {
        self.topics.get(topic)?.get(&partition).copied()
    }

    /// Whether a partition of the topic was ever seen.
    pub fn knows(&self, topic: &str) -> bool {
        self.topics.contains_key(topic)
    }

    /// What is read next.
    pub fn set(&mut self, topic: &str, partition: i32, next: i64) {
        match self.topics.get_mut(topic) {
            Some(partitions) => {
                partitions.insert(partition, next);
            }
            None => {
                self.topics.insert(topic.to_owned(), BTreeMap::from([(partition, next)]));
            }
        }
    }

    /// Every partition of these topics with its next offset. Topics that the configuration names no more stay in the position: it may name
    /// them again.
    pub fn of<'a>(&'a self, topics: &'a [String]) -> impl Iterator<Item = (&'a str, i32, i64)> {
        self.topics
            .iter()
            .filter(|(topic, _)| topics.contains(topic))
            .flat_map(|(topic, partitions)| partitions.iter().map(move |(id, next)| (topic.as_str(), *id, *next)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let mut offsets = Offsets::default();
        offsets.set("calls", 0, 5);
        offsets.set("calls", 11, 1 << 40);
        offsets.set("calls", 0, 6);
        offsets.set("other", 2, 0);
        let kept = offsets.encode();
        assert_eq!(kept, br#"{"topics":{"calls":{"0":6,"11":1099511627776},"other":{"2":0}}}"#);
        assert_eq!(Offsets::decode(&kept).unwrap(), offsets);
    }

    #[test]
    fn a_position_of_another_kind_of_source_is_refused() {
        for kept in [&b"17"[..], b"", b"{\"topics\":[]}", b"{\"seq\":1}"] {
            assert!(Offsets::decode(kept).unwrap_err().contains("none of Kafka"), "{kept:?}");
        }
    }

    #[test]
    fn only_topics_that_are_asked_for_are_listed_and_the_others_stay() {
        let mut offsets = Offsets::default();
        offsets.set("calls", 1, 7);
        offsets.set("gone", 0, 3);
        assert_eq!(offsets.of(&["calls".to_owned()]).collect::<Vec<_>>(), [("calls", 1, 7)]);
        assert_eq!(offsets.next("gone", 0), Some(3));
        assert_eq!(offsets.next("calls", 0), None);
        assert!(offsets.knows("calls") && !offsets.knows("new"));
    }
}
