//! Which requests of an access log are events on which entry or grant: rules over path prefixes, the longest wins.

use super::{
    combined_log,
    draft::{CallKnown, Claims, Draft, Reference, items_mask},
};
use crate::{
    error::ClientError,
    event::{CallIds, SealedValues},
    import::combined_log::Request,
    terms::LastIds,
};
use codec::Encode;
use mulu_proofs::{
    access::{Outcome, SealedField, Side},
    catalog::Method,
    hash::{DigestKind, digest},
    ids::{DepartmentId, Digest32, EntryId, GrantId, PurposeId, StreamId, SystemId, Version},
};
use serde::Deserialize;
use std::{collections::BTreeSet, path::Path};

/// Largest mapping file, in bytes.
pub const MAPPING_BYTES_MAX: usize = 1024 * 1024;
/// Most rules.
pub const RULES_MAX: usize = 1_000;

/// A mapping file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Stream that the events go into.
    pub stream: StreamId,
    /// Whether the remote user gets a pseudonym of the vault's making.
    pub pseudonym: bool,
    /// Whether the last quoted field of each line is the request id.
    pub request_id: bool,
    /// Rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// Digest of the file.
    pub digest: Digest32,
}

/// One rule: requests whose path begins with `prefix` are events on this grant or entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// How the path begins.
    pub prefix: String,
    /// What they are events on.
    pub reference: Reference,
    items: u64,
    authorising_system: Option<SystemId>,
    using_system: Option<SystemId>,
    purpose: Option<PurposeId>,
    method: Option<Method>,
    side: Side,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingForm {
    stream: StreamId,
    #[serde(default)]
    pseudonym: bool,
    #[serde(default)]
    request_id: bool,
    rules: Vec<RuleForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    prefix: String,
    grant: Option<GrantId>,
    grant_version: Option<Version>,
    entry: Option<EntryId>,
    entry_version: Option<Version>,
    consumer: Option<DepartmentId>,
    #[serde(default)]
    items: Vec<u8>,
    authorising_system: Option<SystemId>,
    using_system: Option<SystemId>,
    purpose: Option<PurposeId>,
    method: Option<Method>,
    #[serde(default)]
    side: Side,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`ClientError`] if it cannot be read, is too large, or breaks a rule of the form.
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        let bytes = crate::files::read_bounded(path, MAPPING_BYTES_MAX)?;
        Self::parse(&bytes).map_err(|why| ClientError::Form { path: path.to_owned(), why })
    }

    /// Reads a mapping.
    ///
    /// # Errors
    /// Which rule of the form it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let form: MappingForm = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if form.rules.len() > RULES_MAX {
            return Err(format!("{} rules, the bound is {RULES_MAX}", form.rules.len()));
        }
        let mut prefixes = BTreeSet::new();
        for rule in &form.rules {
            if !prefixes.insert(rule.prefix.clone()) {
                return Err(format!("two rules for {:?}", rule.prefix));
            }
        }
        let rules: Result<Vec<Rule>, String> = form.rules.into_iter().map(RuleForm::rule).collect();
        let digest = digest(DigestKind::Document, bytes);
        let MappingForm { stream, pseudonym, request_id, .. } = form;
        Ok(Self { stream, pseudonym, request_id, rules: rules?, digest })
    }

    /// Place of the rule for a path: the longest prefix.
    pub fn rule_of(&self, path: &str) -> Option<usize> {
        let fits = self.rules.iter().enumerate().filter(|(_, rule)| path.starts_with(&rule.prefix));
        fits.max_by_key(|(_, rule)| rule.prefix.len()).map(|(place, _)| place)
    }

    /// Everything that the rules refer to.
    pub fn references(&self) -> BTreeSet<Reference> {
        self.rules.iter().map(|rule| rule.reference).collect()
    }

    /// The highest ids that the rules name beside their references.
    pub fn ids(&self) -> LastIds {
        self.rules.iter().fold(LastIds::default(), |ids, rule| {
            let department = match rule.reference {
                Reference::Entry(_, _, consumer) => consumer,
                _ => DepartmentId::default(),
            };
            let system = rule.authorising_system.max(rule.using_system).unwrap_or_default();
            ids.max(LastIds { department, system, purpose: rule.purpose.unwrap_or_default() })
        })
    }

    /// The event of a request: under its rule, or of the platform alone. Its call id is made of the request id where the log has one, else
    /// of line and number.
    pub fn draft(&self, request: &Request<'_>, line: &[u8], number: u64, call_ids: &CallIds) -> Draft {
        let rule = self.rule_of(request.path).map(|place| &self.rules[place]);
        let mut values = SealedValues::default();
        let user = if request.user == "-" { "" } else { request.user };
        let request_digest = digest(DigestKind::Document, line);
        let sealed = [
            (SealedField::NetworkAddress, request.address.as_bytes()),
            (SealedField::User, user.as_bytes()),
            (SealedField::RequestDigest, &request_digest),
        ];
        for (field, value) in sealed {
            values.set(field, value).expect("the reader bounds address and user, and a digest is short");
        }
        let reference = rule.map_or(Reference::Reporter, |rule| rule.reference);
        let (call_id, call_known) = match combined_log::last_quoted(line).filter(|_| self.request_id) {
            Some(id) => (call_ids.of(reference.grant(), id.as_bytes()), CallKnown::ByRequestId),
            None => (call_ids.own(&(number, line).encode()), CallKnown::Here),
        };
        Draft {
            reference,
            instead: Vec::new(),
            claims: Claims::default(),
            consumer: None,
            items: rule.map_or(0, |rule| rule.items),
            authorising_system: rule.and_then(|rule| rule.authorising_system),
            using_system: rule.and_then(|rule| rule.using_system),
            purpose: rule.and_then(|rule| rule.purpose),
            method: rule.and_then(|rule| rule.method),
            side: rule.map_or(Side::Provider, |rule| rule.side),
            time: request.time,
            duration_ms: 0,
            outcome: outcome_of(request.status),
            calls: 1,
            rows: 0,
            bytes: request.bytes,
            call_id,
            call_known,
            pseudonym: None,
            is_pseudonymous: self.pseudonym,
            values,
        }
    }
}

impl RuleForm {
    fn rule(self) -> Result<Rule, String> {
        let grant = (self.grant, self.grant_version);
        let reference = Reference::named(grant, (self.entry, self.entry_version), self.consumer);
        let wrong = |why: &str| format!("rule for {:?}: {why}", self.prefix);
        let reference = match reference.map_err(wrong)? {
            Reference::Reporter => return Err(wrong("it names neither a grant nor an entry")),
            Reference::Grant(..) if self.consumer.is_some() => return Err(wrong("the grant names the consumer")),
            reference => reference,
        };
        Ok(Rule {
            reference,
            items: items_mask(&self.items).map_err(wrong)?,
            prefix: self.prefix,
            authorising_system: self.authorising_system,
            using_system: self.using_system,
            purpose: self.purpose,
            method: self.method,
            side: self.side,
        })
    }
}

const fn outcome_of(status: u16) -> Outcome {
    match status {
        401 | 403 => Outcome::Denied,
        400.. => Outcome::Error,
        _ => Outcome::Ok,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    const MAPPING: &str = r#"{"stream": 1, "rules": [
        {"prefix": "/a/", "grant": 3, "items": [0, 2], "purpose": 1, "method": "service_interface"},
        {"prefix": "/a/b/", "entry": 6, "entry_version": 2, "consumer": 2}]}"#;

    #[test]
    fn the_longest_prefix_wins_and_a_path_outside_is_the_platforms() {
        let mapping = Mapping::parse(MAPPING.as_bytes()).unwrap();
        for (path, place) in [("/a/x", Some(0)), ("/a/b/x", Some(1)), ("/a", None), ("x/a/", None)] {
            assert_eq!(mapping.rule_of(path), place, "{path}");
        }
        assert_eq!(mapping.references().len(), 2);
    }

    #[test]
    fn addresses_and_users_are_sealed_and_nothing_else_names_them() {
        let mapping = Mapping::parse(MAPPING.as_bytes()).unwrap();
        let line = br#"203.0.113.9 - alice [17/May/2015:10:05:03 +0000] "GET /a/x HTTP/1.1" 403 7 "-" "-""#;
        let request = combined_log::read(line).unwrap();
        let draft = mapping.draft(&request, line, 4, &CallIds::new([1; 32]));
        assert_eq!(draft.reference, Reference::Grant(GrantId::new(3), Version::new(1)));
        assert_eq!((draft.items, draft.outcome, draft.bytes), (5, Outcome::Denied, 7));
        let mut values = SealedValues::default();
        values.set(SealedField::NetworkAddress, b"203.0.113.9").unwrap();
        values.set(SealedField::User, b"alice").unwrap();
        values.set(SealedField::RequestDigest, &digest(DigestKind::Document, line)).unwrap();
        assert_eq!(draft.values, values);
        let again = mapping.draft(&request, line, 5, &CallIds::new([1; 32]));
        assert_ne!(again.call_id, draft.call_id, "the same line at another place is another call");
    }

    #[test]
    fn a_request_id_makes_the_call_id_that_the_other_side_makes_too() {
        let text = MAPPING.replacen('{', r#"{"request_id": true, "pseudonym": true, "#, 1);
        let mapping = Mapping::parse(text.as_bytes()).unwrap();
        let (grant, mut call_ids) = (GrantId::new(3), CallIds::new([1; 32]));
        call_ids.share(grant, [7; 32]);
        let draft =
            |line: &str| mapping.draft(&combined_log::read(line.as_bytes()).unwrap(), line.as_bytes(), 4, &call_ids);
        let with = draft(r#"::1 - alice [17/May/2015:10:05:03 +0000] "GET /a/x HTTP/1.1" 200 7 "-" "-" "r-1""#);
        assert_eq!((with.call_id, with.call_known), (call_ids.of(Some(grant), b"r-1"), CallKnown::ByRequestId));
        assert!(with.is_pseudonymous);
        let without = draft(r#"::1 - alice [17/May/2015:10:05:03 +0000] "GET /a/x HTTP/1.1" 200 7"#);
        assert_eq!(without.call_known, CallKnown::Here);
    }

    #[test]
    fn each_rule_of_the_form_is_kept() {
        let refused =
            |rules: &str| Mapping::parse(format!(r#"{{"stream":1,"rules":[{rules}]}}"#).as_bytes()).unwrap_err();
        let one = r#"{"prefix":"/","grant":1}"#;
        assert!(refused(&format!("{one},{one}")).contains("two rules"));
        assert!(refused(r#"{"prefix":"/"}"#).contains("neither"));
        assert!(refused(r#"{"prefix":"/","entry":1}"#).contains("needs the consumer"));
        assert!(refused(r#"{"prefix":"/","grant":1,"consumer":2}"#).contains("the grant names the consumer"));
        assert!(refused(r#"{"prefix":"/","grant":1,"items":[64]}"#).contains("places"));
        assert!(refused(r#"{"prefix":"/","grant":1,"colour":1}"#).contains("colour"));
        let many: Vec<_> = (0..=RULES_MAX).map(|n| format!(r#"{{"prefix":"/{n}","grant":1}}"#)).collect();
        assert!(refused(&many.join(",")).contains("1001 rules"));
    }

    #[test]
    fn statuses_are_outcomes() {
        let outcomes = [200, 304, 400, 401, 403, 404, 500].map(outcome_of);
        use Outcome::{Denied, Error, Ok};
        assert_eq!(outcomes, [Ok, Ok, Error, Denied, Denied, Error, Error]);
    }
}
