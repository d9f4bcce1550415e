//! `access_`: access history, streams and batches.

use crate::{Cursor, Hex32, Page};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    access::{BatchRecord, DayDiffers, Findings, Parties, PublicLeaf, Series, SideTotal},
    calendar::Day,
    departments::AccountKey,
    ids::{
        DepartmentId, EntryId, EventNumber, GrantId, Height, Moment, RecordNumber, SeriesNumber, StreamId, SystemId,
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// One event by its stream and its number in it: permanent, printed as `stream:event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRef {
    /// Stream.
    pub stream: StreamId,
    /// Number in the stream.
    pub event: EventNumber,
}

impl std::fmt::Display for EventRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.stream, self.event)
    }
}

/// Whose history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryOf {
    /// Events on an entry.
    Entry(EntryId),
    /// Events under a grant.
    Grant(GrantId),
    /// Events on a provider's entries.
    Provider(DepartmentId),
    /// Events of a consumer.
    Consumer(DepartmentId),
    /// Events that a platform reported.
    Platform(SystemId),
    /// Events of a user, whom only the department knows, by the pseudonym in their leaves. It holds for one epoch.
    Pseudonym(#[serde(with = "mulu_proofs::access::short_id")] u64),
    /// Events with a finding.
    Finding(FindingName),
    /// Events of a local day. One whose time ran ahead of its block counts on the block's day.
    Day(Day),
    /// All events.
    All,
}

/// One finding, by its bit; in JSON its name, as events show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingName(u8);

impl FindingName {
    /// By its name, such as `over_quota`.
    pub fn new(name: &str) -> Option<Self> {
        let bit = Findings::NAMES.iter().position(|known| *known == name)?;
        u8::try_from(bit).ok().map(Self)
    }

    /// Its bit.
    pub const fn bit(self) -> u8 {
        self.0
    }
}

impl Serialize for FindingName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Findings::NAMES[usize::from(self.0)])
    }
}

impl<'de> Deserialize<'de> for FindingName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        let unknown = || de::Error::custom(format!("a finding is one of {}", Findings::NAMES.join(", ")));
        Self::new(&name).ok_or_else(unknown)
    }
}

/// Which events; everything that is named must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryFilter {
    /// Whose.
    pub of: HistoryOf,
    /// Earliest time.
    #[serde(default)]
    pub from: Option<Moment>,
    /// First time after the period.
    #[serde(default)]
    pub until: Option<Moment>,
    /// Only events with findings.
    #[serde(default)]
    pub with_findings: bool,
}

/// One event: its public leaf and what the ledger says of it. Reported by the platform, not proven to have happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Stream.
    pub stream: StreamId,
    /// Number in the stream.
    pub event: EventNumber,
    /// Series.
    pub series: Series,
    /// Number in the series.
    pub series_number: SeriesNumber,
    /// Names of its findings.
    pub findings: Vec<String>,
    /// Reporting platform.
    pub platform: SystemId,
    /// Department that reported.
    pub reporter: DepartmentId,
    /// Record of its batch.
    pub record: RecordNumber,
    /// Place in the batch, from 0.
    pub place: u32,
    /// Height of the batch's block.
    pub height: Height,
    /// Block time of the batch.
    pub recorded_at: Moment,
    /// Whether the department says that it is not its own, and how far that has come; left out where it does not, or the authority has
    /// rejected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repudiated: Option<RepudiationState>,
    /// Its public leaf. Masks and counts may be up to 64 bits wide.
    pub leaf: PublicLeaf,
}

/// How far a repudiation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepudiationState {
    /// The authority has to decide.
    Waiting,
    /// The authority found that it stands.
    Upheld,
    /// The authority found that it does not.
    Rejected,
}

/// Which repudiations; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepudiationFilter {
    /// Those that have come this far.
    pub state: Option<RepudiationState>,
    /// Those of this department.
    pub department: Option<DepartmentId>,
    /// Those of events in this stream.
    pub stream: Option<StreamId>,
}

/// Events of which their department says that they are not its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repudiation {
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// How far it has come.
    pub state: RepudiationState,
    /// The department.
    pub department: DepartmentId,
    /// The platform that the report of the key names.
    pub platform: SystemId,
    /// The stream.
    pub stream: StreamId,
    /// The first event.
    pub first: EventNumber,
    /// The last event.
    pub last: EventNumber,
    /// The key that signed them.
    pub key: AccountKey,
    /// Record of the report that the key was compromised.
    pub compromise: RecordNumber,
    /// Why they are not its own.
    pub statement: String,
    /// What the authority found, if it has decided.
    pub decided: Option<RepudiationDecision>,
}

/// What an authority found of a repudiation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepudiationDecision {
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// The authority.
    pub authority: DepartmentId,
    /// What was found.
    pub finding: String,
}

/// A stream and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Permanent id.
    pub id: StreamId,
    /// Reporting platform.
    pub platform: SystemId,
    /// Department of the platform's account.
    pub department: DepartmentId,
    /// Whether its call ids come from request ids that both sides of a grant share, so that the two sides are reconciled.
    pub reconciles: bool,
    /// Key that signs its batches; the last one that did, if it is halted or closed.
    pub key: AccountKey,
    /// Number that the next event must have.
    pub next: EventNumber,
    /// Digest of the last batch's header, which the next one must name; zeros before the first.
    pub last_digest: Hex32,
    /// The next batch's smallest time must not be before this.
    pub time_base: Moment,
    /// Whether it takes batches.
    pub is_open: bool,
    /// Whether it waits to be reopened, because its key was reported compromised.
    pub is_halted: bool,
    /// Record of the opening.
    pub opened: RecordNumber,
    /// Record of the closing.
    pub closed: Option<RecordNumber>,
}

/// An accepted batch: header, the platform's signature, series numbers and findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its record.
    pub record: RecordNumber,
    /// Height of its block.
    pub height: Height,
    /// Block time.
    pub recorded_at: Moment,
    /// Department that reported.
    pub reporter: DepartmentId,
    /// What the record says.
    #[serde(flatten)]
    pub batch: BatchRecord,
}

/// What is reported under a grant and compared, day by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Grant.
    pub grant: GrantId,
    /// Since when each party reports, and is held to it.
    pub since: Parties,
    /// First local day of which reports are waited for.
    pub waited_from: Day,
    /// Days that wait to be compared and of which something was reported, ascending.
    pub open: Vec<OpenDay>,
    /// Days that differ, the last ones first.
    pub differing: Vec<DifferingDay>,
}

/// What was reported so far of a day that waits to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDay {
    /// The day.
    pub day: Day,
    /// The provider's side.
    pub provider: SideTotal,
    /// The consumer's side.
    pub consumer: SideTotal,
    /// Calls that decision points allowed.
    pub allowed: u64,
    /// Whether the call ids of the two sides agree so far.
    pub ids_agree: bool,
}

/// A day of which the parties did not report the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferingDay {
    /// Record of the difference.
    pub record: RecordNumber,
    /// Record in which the calls were named, if they were.
    pub named: Option<RecordNumber>,
    /// Whether the calls may still be named.
    pub can_be_named: bool,
    /// The difference.
    #[serde(flatten)]
    pub differs: DayDiffers,
}

/// A decision point that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionPoint {
    /// The platform for whose gateways it decides.
    pub system: SystemId,
    /// The platform's department.
    pub department: DepartmentId,
    /// Key that signs tokens.
    pub key: AccountKey,
    /// Since when.
    pub since: Moment,
    /// Record of the opening.
    pub opened: RecordNumber,
}

/// Access history.
#[rpc(client, server)]
pub trait Access {
    /// Events, newest first as they were recorded.
    #[method(name = "access_history", with_extensions)]
    async fn history(
        &self,
        filter: HistoryFilter,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Event>>;

    /// One event.
    ///
    /// Bound: one event; at most one batch is opened for it.
    #[method(name = "access_event", with_extensions)]
    async fn event(&self, event: EventRef) -> RpcResult<Option<Event>>;

    /// A stream.
    ///
    /// Bound: one stream.
    #[method(name = "access_stream", with_extensions)]
    async fn stream(&self, stream: StreamId) -> RpcResult<Option<Stream>>;

    /// Streams, newest first; of one platform if it is named.
    #[method(name = "access_streams", with_extensions)]
    async fn streams(
        &self,
        platform: Option<SystemId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Stream>>;

    /// The batch of a record.
    ///
    /// Bound: one batch: at most 1,000 events' runs and findings, not the events.
    #[method(name = "access_batch", with_extensions)]
    async fn batch(&self, record: RecordNumber) -> RpcResult<Option<Batch>>;

    /// What is reported under a grant and compared.
    ///
    /// Bound: the open days, and the last differing days of its records.
    #[method(name = "access_reconciliation", with_extensions)]
    async fn reconciliation(&self, grant: GrantId) -> RpcResult<Option<Reconciliation>>;

    /// Events that departments say are not their own, newest first.
    #[method(name = "access_repudiations", with_extensions)]
    async fn repudiations(
        &self,
        filter: Option<RepudiationFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Repudiation>>;

    /// Decision points that are open, newest first.
    #[method(name = "access_decisionPoints")]
    async fn decision_points(&self, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<DecisionPoint>>;
}
