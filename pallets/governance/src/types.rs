//! What the state keeps of a proposal.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{governance::ProposalTerms, ids::DepartmentId};
use scale_info::TypeInfo;

/// A proposal that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OpenProposal {
    /// As proposed.
    pub terms: ProposalTerms,
    /// Department that made it and may withdraw it.
    pub proposer: DepartmentId,
    /// How far it has come.
    pub stage: Stage,
}

/// How far an open proposal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Stage {
    /// Heads vote on it.
    Voting,
    /// Decided, and waiting for its height.
    Adopted,
}
