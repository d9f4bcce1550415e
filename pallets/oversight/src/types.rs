//! What the state keeps of a dispute.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{
    ids::{DeadlineId, DepartmentId, Digest32, Moment, QueryNumber},
    oversight::Matter,
};
use scale_info::TypeInfo;

/// A dispute that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OpenDispute {
    /// What it is about.
    pub matter: Matter,
    /// Who opened it.
    pub claimant: DepartmentId,
    /// Against whom.
    pub respondent: DepartmentId,
    /// How far it has come.
    pub stage: Stage,
    /// Digest of the terms that wait for the other party's confirmation, and who proposed them.
    pub settlement: Option<(DepartmentId, Digest32)>,
    /// The clock of its stage, if one runs.
    pub clock: Option<DeadlineId>,
}

/// How far a node has told what auditors asked it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct QueryCursor {
    /// Number of the last question that it told.
    pub last: QueryNumber,
    /// When that was asked; the next one was asked later.
    pub moment: Moment,
}

/// How far a dispute has come (art. 28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Stage {
    /// The parties negotiate.
    Negotiating {
        /// Whether the other party has answered the claim.
        is_answered: bool,
    },
    /// An authority has to decide.
    AtAuthority {
        /// Which.
        authority: DepartmentId,
    },
    /// It has decided, and a party may have the government decide instead.
    Decided {
        /// Which authority.
        authority: DepartmentId,
        /// For which party.
        favour: Option<DepartmentId>,
    },
    /// The government has to decide.
    AtGovernment {
        /// The authority of that government, which records the decision.
        authority: DepartmentId,
        /// For which party the authority decided.
        favour: Option<DepartmentId>,
        /// Who does not accept that.
        appellant: DepartmentId,
    },
}

impl OpenDispute {
    /// Whether a department is one of the two.
    pub fn has_party(&self, department: DepartmentId) -> bool {
        department == self.claimant || department == self.respondent
    }

    /// The other of the two.
    pub fn other_than(&self, party: DepartmentId) -> DepartmentId {
        if party == self.claimant { self.respondent } else { self.claimant }
    }
}

impl Stage {
    /// The authority that has to do with it.
    pub const fn authority(&self) -> Option<DepartmentId> {
        match self {
            Self::Negotiating { .. } => None,
            Self::AtAuthority { authority }
            | Self::Decided { authority, .. }
            | Self::AtGovernment { authority, .. } => Some(*authority),
        }
    }
}
