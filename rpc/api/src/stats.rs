//! `stats_`: what access events add up to, day by day, from sums that every block keeps up.

use crate::{Cursor, Page, access::HistoryOf};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::calendar::Day;
use serde::{Deserialize, Serialize};

/// Of what, and of which days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DailyFilter {
    /// Of what. No sums are kept by pseudonym; those of a day are of all events of that day.
    pub of: HistoryOf,
    /// First local day.
    #[serde(default)]
    pub from: Option<Day>,
    /// First local day after the period.
    #[serde(default)]
    pub until: Option<Day>,
}

/// What the events of one local day add up to: as reported, whenever the report came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySums {
    /// The day.
    pub day: Day,
    /// Events.
    pub events: u64,
    /// Calls that they stand for.
    pub calls: u64,
    /// Rows answered.
    pub rows: u64,
    /// Bytes answered.
    pub bytes: u64,
    /// Events whose call was denied.
    pub denied: u64,
    /// Events with findings.
    pub with_findings: u64,
    /// Events of which their department says that they are not its own, where that waits for its authority or was upheld; left out where the
    /// answer cannot tell, because it would take more than 200 batches or archived ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repudiated: Option<u64>,
}

/// Sums of access events.
#[rpc(client, server)]
pub trait Stats {
    /// Days with events, ascending.
    #[method(name = "stats_daily", with_extensions)]
    async fn daily(&self, filter: DailyFilter, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<DaySums>>;
}
