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
    Pseudonym(u64),
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
    /// Its public leaf. Whole numbers may be up to 64 bits wide.
    pub leaf: PublicLeaf,
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
    #[method(name = "access_history")]
    async fn history(
        &self,
        filter: HistoryFilter,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Event>>;

    /// One event.
    #[method(name = "access_event")]
    async fn event(&self, event: EventRef) -> RpcResult<Option<Event>>;

    /// A stream.
    #[method(name = "access_stream")]
    async fn stream(&self, stream: StreamId) -> RpcResult<Option<Stream>>;

    /// Streams, newest first; of one platform if it is named.
    #[method(name = "access_streams")]
    async fn streams(
        &self,
        platform: Option<SystemId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Stream>>;

    /// The batch of a record.
    #[method(name = "access_batch")]
    async fn batch(&self, record: RecordNumber) -> RpcResult<Option<Batch>>;

    /// What is reported under a grant and compared.
    #[method(name = "access_reconciliation")]
    async fn reconciliation(&self, grant: GrantId) -> RpcResult<Option<Reconciliation>>;

    /// Decision points that are open, newest first.
    #[method(name = "access_decisionPoints")]
    async fn decision_points(&self, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<DecisionPoint>>;
}
