//! What a digest that is signed stands for: the terms that its reader sees in its place.

use crate::{calls::Call, checked, connection::Connection, error::ClientError};
use mulu_proofs::{
    catalog::EntryContent,
    governance::{ProposalTerms, proposal_digest},
    ids::{DepartmentId, Digest32, DisputeId, EntryId, ProposalId, RequestId, Version},
    oversight::{StepText, settlement_digest},
    sharing::{RequestTerms, request_digest},
};
use mulu_rpc_api::{catalog::EntryRef, oversight::OversightClient};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// What a digest that is signed stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Terms {
    /// The content of a version of an entry.
    Entry {
        /// The entry.
        id: EntryId,
        /// The version.
        version: Version,
        /// Its content.
        content: Box<EntryContent>,
    },
    /// The terms of a request.
    Request {
        /// The request.
        id: RequestId,
        /// Its terms, as they stand before the act.
        terms: Box<RequestTerms>,
    },
    /// What is proposed.
    Proposal {
        /// The proposal.
        id: ProposalId,
        /// Its terms.
        terms: Box<ProposalTerms>,
    },
    /// On which terms the other party would settle.
    Dispute {
        /// The dispute.
        id: DisputeId,
        /// Who proposed them.
        by: DepartmentId,
        /// The terms.
        terms: StepText,
    },
}

impl Terms {
    /// What a call's digest stands for, as a node shows it; none of a call that names no digest.
    pub(super) async fn of(call: &Call, node: &Connection) -> Result<Option<Self>, ClientError> {
        let Some(_) = digest_of(call) else { return Ok(None) };
        let arguments = call.arguments().unwrap_or_default();
        let named = |name: &str| arguments.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
        Ok(if let Some(id) = id(named("request")) {
            let found = checked::request(node, id).await?;
            Some(Self::Request { id, terms: Box::new(found.terms) })
        } else if let (Some(id), version) = (id::<EntryId>(named("entry")), id::<Version>(named("version"))) {
            let found = checked::entry(node, EntryRef::Id(id), version).await?;
            Some(Self::Entry { id, version: found.version.version, content: Box::new(found.content) })
        } else if let Some(id) = id(named("proposal")) {
            Some(Self::Proposal { id, terms: Box::new(checked::proposal(node, id).await?.terms) })
        } else if let Some(id) = id::<DisputeId>(named("dispute")) {
            let settlement = node.dispute(id).await?.and_then(|dispute| dispute.settlement);
            let terms = settlement.and_then(|found| Some((found.by, StepText::new(&found.terms).ok()?)));
            terms.map(|(by, terms)| Self::Dispute { id, by, terms })
        } else {
            None
        })
    }

    /// Their digest, as those who sign it compute it.
    pub fn digest(&self) -> Digest32 {
        match self {
            Self::Entry { content, .. } => content.digest(),
            Self::Request { id, terms } => request_digest(*id, terms),
            Self::Proposal { id, terms } => proposal_digest(*id, terms),
            Self::Dispute { id, by, terms } => settlement_digest(*id, *by, terms),
        }
    }

    /// Whether a call that names a digest means these terms.
    pub(super) fn are_of(&self, call: &Call) -> bool {
        let (name, number, version) = match self {
            Self::Entry { id, version, .. } => ("entry", u64::from(id.get()), Some(version.get())),
            Self::Request { id, .. } => ("request", u64::from(id.get()), None),
            Self::Proposal { id, .. } => ("proposal", u64::from(id.get()), None),
            Self::Dispute { id, .. } => ("dispute", u64::from(id.get()), None),
        };
        let arguments = call.arguments().unwrap_or_default();
        let says = |name: &str, value: Value| arguments.iter().any(|row| row.0 == name && row.1 == value);
        says(name, number.into())
            && version.is_none_or(|version| says("version", version.into()))
            && says("digest", hex::encode(self.digest()).into())
    }
}

/// The digest that a call signs in the place of terms.
pub(super) fn digest_of(call: &Call) -> Option<Value> {
    call.arguments()?.into_iter().find(|(name, _)| *name == "digest").map(|(_, value)| value)
}

fn id<T: DeserializeOwned>(value: Option<Value>) -> Option<T> {
    serde_json::from_value(value?).ok()
}
