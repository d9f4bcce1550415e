//! What a person is about to sign, recomputed from the terms that are shown: a node that lies about a digest gets no signature.

use crate::{connection::Connection, error::ClientError};
use mulu_proofs::{
    governance::proposal_digest,
    ids::{Digest32, ProposalId, RequestId, Version},
    sharing::request_digest,
};
use mulu_rpc_api::{
    catalog::{CatalogClient, EntryRef, VersionContent},
    governance::{GovernanceClient, Proposal},
    sharing::{Request, SharingClient},
};

/// The content of a version, with a digest that is its own.
///
/// # Errors
/// [`ClientError::NotFound`], or [`ClientError::FalseAnswer`] if the node's digest is of something else.
pub async fn entry(
    connection: &Connection,
    entry: EntryRef,
    version: Option<Version>,
) -> Result<VersionContent, ClientError> {
    let found = connection.content(entry.clone(), version).await?;
    let found = found.ok_or_else(|| ClientError::NotFound { what: "such entry or version".into() })?;
    check_entry(&found, &entry, version)?;
    Ok(found)
}

/// A request, with a digest that is its own.
///
/// # Errors
/// As [`entry`].
pub async fn request(connection: &Connection, id: RequestId) -> Result<Request, ClientError> {
    let found = connection.share_request(id).await?;
    let found = found.ok_or_else(|| ClientError::NotFound { what: format!("request {id}") })?;
    check_request(&found, id)?;
    Ok(found)
}

/// A proposal, with a digest and a majority that are its own.
///
/// # Errors
/// As [`entry`].
pub async fn proposal(connection: &Connection, id: ProposalId) -> Result<Proposal, ClientError> {
    let found = connection.proposal(id).await?;
    let found = found.ok_or_else(|| ClientError::NotFound { what: format!("proposal {id}") })?;
    check_proposal(&found, id)?;
    Ok(found)
}

/// Compares a digest with the one that the signer brought from elsewhere.
///
/// # Errors
/// [`ClientError::OtherDigest`] if they differ.
pub fn expect_digest(found: &Digest32, expected: Option<Digest32>) -> Result<(), ClientError> {
    match expected {
        Some(expected) if expected != *found => Err(ClientError::OtherDigest { found: *found, expected }),
        _ => Ok(()),
    }
}

fn check_entry(found: &VersionContent, asked: &EntryRef, version: Option<Version>) -> Result<(), ClientError> {
    let same = match asked {
        EntryRef::Id(id) => found.id == *id,
        EntryRef::Code(code) => found.content.code == *code,
    };
    if !same || version.is_some_and(|version| version != found.version.version) {
        return Err(ClientError::FalseAnswer { why: "it is about another entry or version".into() });
    }
    require_digest(&found.content.digest(), &found.version.digest.0)
}

fn check_request(found: &Request, id: RequestId) -> Result<(), ClientError> {
    if found.id != id {
        return Err(ClientError::FalseAnswer { why: format!("it is about request {}", found.id) });
    }
    require_digest(&request_digest(id, &found.terms), &found.digest.0)
}

fn check_proposal(found: &Proposal, id: ProposalId) -> Result<(), ClientError> {
    if found.id != id {
        return Err(ClientError::FalseAnswer { why: format!("it is about proposal {}", found.id) });
    }
    let majority = found.terms.action.threshold();
    if found.majority != majority || found.needed != majority.needed(found.tally.active) {
        return Err(ClientError::FalseAnswer { why: "such an action takes another majority".into() });
    }
    require_digest(&proposal_digest(id, &found.terms), &found.digest.0)
}

fn require_digest(own: &Digest32, told: &Digest32) -> Result<(), ClientError> {
    if own == told {
        return Ok(());
    }
    let (own, told) = (hex::encode(own), hex::encode(told));
    Err(ClientError::FalseAnswer { why: format!("what it shows has the digest {own}, it wants {told} signed") })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::import::ckan::{Publication, map};
    use mulu_proofs::{
        catalog::{Assessments, List, Method},
        governance::{Action, ProposalTerms, Tally},
        ids::{DepartmentId, EntryId, Height, Moment, RecordNumber},
        sharing::{Policy, RequestTerms},
        text::Text,
    };
    use mulu_rpc_api::{
        Hex32,
        catalog::{EntryVersion, VersionState},
        governance::ProposalState,
        sharing::RequestState,
    };

    fn shown_request() -> Request {
        let terms = RequestTerms {
            entry: EntryId::new(1),
            entry_version: Version::new(1),
            items: 3,
            consumer: DepartmentId::new(2),
            basis: Text::new("法").unwrap(),
            scenario: Text::default(),
            scope: Text::default(),
            method: Method::File,
            from: Moment::new(1),
            until: Moment::new(2),
            purposes: List::default(),
            matter: Text::default(),
            systems: List::default(),
            platforms: List::default(),
            calls_per_day: 1,
            rows_per_day: 1,
            papers: None,
        };
        let id = RequestId::new(7);
        Request {
            id,
            state: RequestState::Created,
            provider: DepartmentId::new(1),
            digest: Hex32(request_digest(id, &terms)),
            terms,
            policy: Policy::default(),
            signatures: Vec::new(),
            waiting: None,
            reason: None,
            grant: None,
            missing: None,
            timeline: Vec::new(),
        }
    }

    fn shown_entry() -> VersionContent {
        let line = r#"{"name":"x","title":"T","organization":"A"}"#;
        let assessments = Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 };
        let publication = Publication { department: DepartmentId::new(1), assessments };
        let content = map(line, |_| Some(publication)).unwrap().content;
        let version = EntryVersion {
            version: Version::new(2),
            state: VersionState::Submitted,
            digest: Hex32(content.digest()),
            changed: Moment::new(1),
            submitted: RecordNumber::new(9),
            endorsed: None,
            reviewed: None,
            published: None,
            returned: None,
            stops: Vec::new(),
        };
        VersionContent { id: EntryId::new(4), version, content }
    }

    fn is_false<T>(answer: Result<T, ClientError>) -> bool {
        matches!(answer, Err(ClientError::FalseAnswer { .. }))
    }

    #[test]
    fn a_request_is_signed_only_under_its_own_digest() {
        let honest = shown_request();
        assert!(check_request(&honest, RequestId::new(7)).is_ok());
        assert!(is_false(check_request(&honest, RequestId::new(8))));
        let mut widened = honest.clone();
        widened.terms.items = 1;
        assert!(is_false(check_request(&widened, RequestId::new(7))), "more is signed than is shown");
        let mut swapped = honest;
        swapped.digest = Hex32([0; 32]);
        assert!(is_false(check_request(&swapped, RequestId::new(7))));
    }

    #[test]
    fn an_entry_is_signed_only_under_its_own_digest() {
        let honest = shown_entry();
        let (id, code) = (EntryRef::Id(EntryId::new(4)), EntryRef::Code(honest.content.code.clone()));
        assert!(check_entry(&honest, &id, None).is_ok());
        assert!(check_entry(&honest, &code, Some(Version::new(2))).is_ok());
        assert!(is_false(check_entry(&honest, &EntryRef::Id(EntryId::new(5)), None)));
        assert!(is_false(check_entry(&honest, &id, Some(Version::new(1)))));
        assert!(is_false(check_entry(&honest, &EntryRef::Code(Text::new("1").unwrap()), None)));
        let mut changed = honest;
        changed.content.name = Text::new("another name").unwrap();
        assert!(is_false(check_entry(&changed, &id, None)));
    }

    #[test]
    fn a_proposal_is_signed_only_under_its_own_digest_and_majority() {
        let id = ProposalId::new(3);
        let action = Action::RemoveValidator { key: [1; 32] };
        let terms = ProposalTerms { expires: Moment::new(9), enact_at: None, action };
        let honest = Proposal {
            id,
            state: ProposalState::Voting,
            digest: Hex32(proposal_digest(id, &terms)),
            majority: terms.action.threshold(),
            terms,
            proposer: DepartmentId::new(1),
            account: None,
            made: RecordNumber::new(5),
            moment: Moment::new(1),
            tally: Tally { approving: 1, refusing: 0, active: 4 },
            needed: 3,
            votes: Vec::new(),
            ended: None,
        };
        assert!(check_proposal(&honest, id).is_ok());
        assert!(is_false(check_proposal(&honest, ProposalId::new(4))));
        let mut other_key = honest.clone();
        other_key.terms.action = Action::RemoveValidator { key: [2; 32] };
        assert!(is_false(check_proposal(&other_key, id)));
        let mut later = honest.clone();
        later.terms.enact_at = Some(Height::new(7));
        assert!(is_false(check_proposal(&later, id)));
        let mut easier = honest;
        easier.needed = 2;
        assert!(is_false(check_proposal(&easier, id)));
    }

    #[test]
    fn a_digest_from_elsewhere_is_compared() {
        assert!(expect_digest(&[1; 32], None).is_ok());
        assert!(expect_digest(&[1; 32], Some([1; 32])).is_ok());
        let other = expect_digest(&[1; 32], Some([2; 32]));
        assert!(matches!(other, Err(ClientError::OtherDigest { expected, .. }) if expected == [2; 32]));
    }
}
