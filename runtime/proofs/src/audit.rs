//! The audit of the audit (SPEC §9): what auditors asked a node, told to the ledger by that node under a key of its own.
//!
//! The ledger keeps who asked, when, about what, and a digest of the question; never its words. The questions of one key are numbered
//! without gaps and their times ascend, so that none can be left out or put in later without being seen.

use crate::{
    catalog::List,
    departments::SignedAs,
    hash::{self, DigestKind},
    ids::{DepartmentId, Digest32, DisputeId, EntryId, GrantId, Moment, PublicKey, QueryNumber, RequestId, StreamId},
    text::words,
};

/// Most queries of one report.
pub const QUERIES_MAX: u32 = 256;
/// Most different auditors of one report: all of them are subjects of its record, and so is the node's key.
pub const AUDITORS_MAX: usize = crate::records::SUBJECTS_MAX - 1;

ledger_types! {
    /// What kind of thing an auditor asked for. Codes are never reused.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub enum QueryKind {
        /// Catalog entries, data elements, mounts.
        #[codec(index = 0)]
        Catalog,
        /// Requests, approvals, consents, grants.
        #[codec(index = 1)]
        Sharing,
        /// Events, streams, reconciliation.
        #[codec(index = 2)]
        Access,
        /// Records and their proofs.
        #[codec(index = 3)]
        Records,
        /// Evidence packages.
        #[codec(index = 4)]
        Evidence,
        /// Counts and sums.
        #[codec(index = 5)]
        Figures,
        /// Departments, their people, keys and systems.
        #[codec(index = 6)]
        Departments,
        /// Deadlines and the calendar.
        #[codec(index = 7)]
        Deadlines,
        /// Disputes, and what other auditors asked.
        #[codec(index = 8)]
        Oversight,
        /// Proposals and votes.
        #[codec(index = 9)]
        Governance,
        /// Blocks, state, and whatever else is not told apart.
        #[codec(index = 10)]
        Chain,
    }

    /// What a question was limited to, as coarse as the ledger keeps it. Codes are never reused.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub enum QueryAbout {
        /// Nothing limited it but the auditor's own scope.
        #[codec(index = 0)]
        Everything,
        /// A department.
        #[codec(index = 1)]
        Department(DepartmentId),
        /// A catalog entry.
        #[codec(index = 2)]
        Entry(EntryId),
        /// A request.
        #[codec(index = 3)]
        Request(RequestId),
        /// A grant.
        #[codec(index = 4)]
        Grant(GrantId),
        /// A stream.
        #[codec(index = 5)]
        Stream(StreamId),
        /// A dispute.
        #[codec(index = 6)]
        Dispute(DisputeId),
        /// A pseudonym; which, only the digest knows.
        #[codec(index = 7)]
        Pseudonym,
    }

    /// What a question was about.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub struct QueryScope {
        /// Kind of thing.
        pub kind: QueryKind,
        /// What it was limited to.
        pub about: QueryAbout,
    }

    /// A question of an auditor.
    #[derive(Copy)]
    pub struct AuditQuery {
        /// Who asked.
        #[serde(with = "hex::serde")]
        pub account: PublicKey,
        /// About what.
        pub scope: QueryScope,
        /// When, by the clock of the node that was asked.
        pub moment: Moment,
        /// Of the question ([`query_digest`]).
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
    }

    /// Body of [`crate::records::RecordKind::QueriesRecorded`].
    pub struct QueriesRecorded {
        /// Number of the first among those of the signer's key.
        pub first: QueryNumber,
        /// The questions, in the order of their numbers; their times ascend.
        #[serde(deserialize_with = "crate::list::read")]
        pub queries: List<AuditQuery, QUERIES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

/// Digest of a question: its method and its parameters, as JSON without blanks whose names are in order.
pub fn query_digest(method: &str, parameters: &str) -> Digest32 {
    let mut bytes = Vec::with_capacity(method.len() + 1 + parameters.len());
    bytes.extend_from_slice(method.as_bytes());
    // No method has this byte in its name.
    bytes.push(0);
    bytes.extend_from_slice(parameters.as_bytes());
    hash::digest(DigestKind::Query, &bytes)
}

impl QueryScope {
    /// All that the auditor may see of a kind.
    pub const fn all_of(kind: QueryKind) -> Self {
        Self { kind, about: QueryAbout::Everything }
    }
}

impl std::fmt::Display for QueryKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_keeps_method_and_parameters_apart() {
        let digests = [
            query_digest("sharing_grant", "[1]"),
            query_digest("sharing_grant", "[2]"),
            query_digest("sharing_grants", "[1]"),
            query_digest("sharing_grant[1]", ""),
            query_digest("", "sharing_grant[1]"),
        ];
        let different: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(different.len(), digests.len());
    }

    #[test]
    fn kinds_are_told_in_words() {
        let scope = QueryScope::all_of(QueryKind::Access);
        assert_eq!((scope.kind.to_string(), scope.about), ("access".into(), QueryAbout::Everything));
    }
}
