//! `deadlines_`: what is due when. Computed from deadline, calendar and the head's block time, whether or not a record says so yet.

use crate::{Cursor, Page};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    calendar::{Deadline as Terms, DeadlineKind, Due},
    ids::{DeadlineId, DepartmentId, Moment, RecordNumber},
    records::{RecordKind, Subject},
};
use serde::{Deserialize, Serialize};

/// How a deadline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineState {
    /// It runs.
    Running,
    /// It stands still.
    Paused,
    /// Its time has ended and nobody acted.
    Overdue,
    /// It was stopped in time.
    Met,
    /// It was stopped late.
    Missed,
    /// It was stopped because nobody has to act any more; nobody did.
    Needless,
}

/// A deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Permanent id.
    pub id: DeadlineId,
    /// What it is for, on what, who has to act, and how its days are counted.
    #[serde(flatten)]
    pub terms: Terms,
    /// How it stands.
    pub state: DeadlineState,
    /// Whether its time ended before somebody acted.
    pub is_overdue: bool,
    /// When it is due, or was; not known while it stands still.
    pub due: Option<Due>,
    /// Working days after today, up to and including the last in time; none unless it runs.
    pub days_left: Option<u32>,
    /// Whether the record that it is overdue is still to come.
    pub record_lags: bool,
}

/// A step of a deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineStep {
    /// What happened.
    pub kind: RecordKind,
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
}

/// A deadline and its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineCourse {
    /// The deadline.
    #[serde(flatten)]
    pub deadline: Deadline,
    /// Its records, ascending.
    pub steps: Vec<DeadlineStep>,
}

/// Which open deadlines; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeadlineFilter {
    /// Of this department, which has to act.
    pub department: Option<DepartmentId>,
    /// On this subject; of an entry or a grant any version.
    pub subject: Option<Subject>,
    /// Of this kind.
    pub kind: Option<DeadlineKind>,
    /// Only those that are overdue.
    pub overdue: bool,
}

/// Deadlines.
#[rpc(client, server)]
pub trait Deadlines {
    /// Deadlines that nobody has stopped, the first to be due first, paused ones behind all others; on one subject ascending by id.
    #[method(name = "deadlines_list", with_extensions)]
    async fn deadlines(
        &self,
        filter: Option<DeadlineFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Deadline>>;

    /// One deadline, stopped or not.
    ///
    /// Bound: told from its last 4,096 records; as many steps at most.
    #[method(name = "deadlines_get", with_extensions)]
    async fn deadline(&self, deadline: DeadlineId) -> RpcResult<Option<DeadlineCourse>>;
}
