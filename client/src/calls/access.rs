//! Calls on streams, stolen keys, reconciliation, decision points, and what auditors asked.

use super::Call;
use mulu_proofs::{
    access::{BatchHeader, DECISION_COUNTS_MAX, DecisionCount, NAMED_MAX},
    audit::{AuditQuery, QUERIES_MAX},
    calendar::Day,
    catalog::List,
    ids::{EventNumber, GrantId, Moment, PublicKey, QueryNumber, RecordNumber, StreamId, SystemId},
    records::RecordKind,
    text::Text,
};

impl Call {
    /// Tells what auditors asked a node, as the node itself does.
    pub fn record_queries(first: QueryNumber, queries: &List<AuditQuery, QUERIES_MAX>) -> Self {
        Self::new(RecordKind::QueriesRecorded, (first, queries))
    }

    /// Opens a stream for a platform. It reconciles if its call ids come from request ids that both sides of a grant share.
    pub fn open_stream(platform: SystemId, reconciles: bool) -> Self {
        Self::new(RecordKind::StreamOpened, (platform, reconciles))
    }

    /// Submits a sealed batch.
    pub fn submit_batch(header: &BatchHeader, signature: &[u8; 64], body: &[u8]) -> Self {
        Self::new(RecordKind::BatchAccepted, (header, signature, body))
    }

    /// Closes a stream.
    pub fn close_stream(stream: StreamId) -> Self {
        Self::new(RecordKind::StreamClosed, stream)
    }

    /// Goes on with a halted stream under the signer's key.
    pub fn reopen_stream(stream: StreamId) -> Self {
        Self::new(RecordKind::StreamReopened, stream)
    }

    /// Reports that others may have signed with a platform's key from a moment to before another.
    pub fn report_compromise(
        platform: SystemId,
        key: &PublicKey,
        (from, to): (Moment, Moment),
        statement: &Text<512>,
    ) -> Self {
        Self::new(RecordKind::KeyCompromised, (platform, key, from, to, statement))
    }

    /// Says that these events of a stream are not the department's own.
    pub fn repudiate(
        compromise: RecordNumber,
        stream: StreamId,
        (first, last): (EventNumber, EventNumber),
        statement: &Text<512>,
    ) -> Self {
        Self::new(RecordKind::EventsRepudiated, (compromise, stream, first, last, statement))
    }

    /// Decides whether a repudiation stands.
    pub fn decide_repudiation(repudiation: RecordNumber, upheld: bool, finding: &Text<512>) -> Self {
        Self::new(RecordKind::RepudiationDecided, (repudiation, upheld, finding))
    }

    /// Names the calls that make the difference of a day.
    pub fn name_differences(
        grant: GrantId,
        day: Day,
        provider_only: &List<u64, NAMED_MAX>,
        consumer_only: &List<u64, NAMED_MAX>,
    ) -> Self {
        Self::new(RecordKind::DifferencesNamed, (grant, day, provider_only, consumer_only))
    }

    /// Opens the decision point of a platform under the signer's key.
    pub fn open_decisions(system: SystemId) -> Self {
        Self::new(RecordKind::DecisionsOpened, system)
    }

    /// Closes the decision point of a platform.
    pub fn close_decisions(system: SystemId) -> Self {
        Self::new(RecordKind::DecisionsClosed, system)
    }

    /// Reports what a decision point answered on a day, from its beginning on.
    pub fn count_decisions(system: SystemId, day: Day, counts: &List<DecisionCount, DECISION_COUNTS_MAX>) -> Self {
        Self::new(RecordKind::DecisionsCounted, (system, day, counts))
    }
}
