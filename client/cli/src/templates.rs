//! Examples of the JSON that commands take: of the right form throughout, and of nobody's chain. docs/client.md says what each field means.

/// The content of a catalog entry.
pub const ENTRY: &str = include_str!("../templates/entry.json");
/// The terms of a share request.
pub const REQUEST: &str = include_str!("../templates/request.json");
/// The stages of an approval policy: two of three named approvers, then the head.
pub const POLICY: &str = include_str!("../templates/policy.json");
/// A standing consent: two items by two methods, for one consumer.
pub const CONSENT: &str = include_str!("../templates/consent.json");
/// Events: under a grant with every field, on an entry without a grant, of the platform alone.
pub const EVENTS: &str = include_str!("../templates/events.jsonl");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_client::{calls::Call, import::event_line, vault::Vault};
    use mulu_proofs::{
        access::SealedField,
        catalog::EntryContent,
        sharing::{Policy, RequestTerms, StandingConsent},
    };
    use serde::{Serialize, de::DeserializeOwned};

    /// Reads a template and writes it again: nothing of it is lost, so nothing of it was ignored.
    fn read_back<T: DeserializeOwned + Serialize>(template: &str) -> T {
        let value: T = serde_json::from_str(template).unwrap();
        let (given, read): (serde_json::Value, _) =
            (serde_json::from_str(template).unwrap(), serde_json::to_value(&value).unwrap());
        assert_eq!(given, read);
        value
    }

    #[test]
    fn a_standing_consent_reads() {
        let consent: StandingConsent = read_back(CONSENT);
        assert_eq!(consent.items.count_ones(), 2);
    }

    #[test]
    fn an_entry_reads_and_may_be_submitted() {
        let content: EntryContent = read_back(ENTRY);
        assert!(Call::submit_entry(&content).is_ok());
    }

    #[test]
    fn a_request_reads_and_asks_for_items_of_the_entry_in_a_method_of_it() {
        let (terms, content): (RequestTerms, EntryContent) = (read_back(REQUEST), read_back(ENTRY));
        assert!(terms.items >> content.items.len() == 0 && terms.from < terms.until);
        assert!(content.sharing.methods.contains(terms.method));
    }

    #[test]
    fn every_stage_of_the_policy_can_be_completed() {
        let policy: Policy = read_back(POLICY);
        assert!(policy.stages.iter().all(|stage| stage.needed().is_some()));
    }

    #[test]
    fn every_line_is_an_event_and_the_first_has_every_field() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("vault"), &[1; 32]).unwrap();
        for (number, line) in (1..).zip(EVENTS.lines()) {
            event_line::read(line.as_bytes(), number, vault.call_ids()).unwrap();
        }
        assert_eq!(EVENTS.lines().count(), 3);
        let first: serde_json::Value = serde_json::from_str(EVENTS.lines().next().unwrap()).unwrap();
        assert_eq!(first["sealed"].as_object().unwrap().len(), SealedField::ALL.len());
    }
}
