//! Grants: what was agreed, how it goes, and the bodies of the records on it (SPEC §3).

use crate::{
    calendar::Day,
    catalog::{EntryChange, List, Method},
    departments::SignedAs,
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, RecordNumber, RequestId, SystemId, Version},
    papers::Papers,
    sharing::{PLATFORMS_MAX, PURPOSES_MAX, SYSTEMS_MAX},
    text::Text,
};

/// Longest reason, order, statement or description in an act on a grant, in bytes of UTF-8 (about 170 Chinese characters).
pub const STATEMENT_BYTES_MAX: u32 = 512;
/// Longest account of what a use brought, in bytes of UTF-8.
pub const OUTCOME_BYTES_MAX: u32 = 256;

ledger_types! {
    /// One version of a grant. Never changed: a change makes the next version.
    pub struct GrantTerms {
        /// Grant.
        pub grant: GrantId,
        /// Version, from 1.
        pub version: Version,
        /// Request it came from.
        pub request: RequestId,
        /// Provider department.
        pub provider: DepartmentId,
        /// Consumer department.
        pub consumer: DepartmentId,
        /// Entry.
        pub entry: EntryId,
        /// Version of the entry.
        pub entry_version: Version,
        /// Items granted.
        pub items: u64,
        /// Method granted.
        pub method: Method,
        /// First moment.
        pub from: Moment,
        /// First moment after.
        pub until: Moment,
        /// Purposes, strictly ascending.
        pub purposes: List<PurposeId, PURPOSES_MAX>,
        /// Using systems, strictly ascending.
        pub systems: List<SystemId, SYSTEMS_MAX>,
        /// Platforms that may write to the grant's series, strictly ascending.
        pub platforms: List<SystemId, PLATFORMS_MAX>,
        /// Calls a day.
        pub calls_per_day: u64,
        /// Rows a day.
        pub rows_per_day: u64,
    }

    /// Body of provisioning, suspension, resumption and termination of a grant, and of the rejection of a report that it is mended.
    pub struct GrantAct {
        /// Grant.
        pub grant: GrantId,
        /// Why, where a reason is due; else empty.
        pub reason: Text<STATEMENT_BYTES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RectificationOrdered`] (art. 27).
    pub struct RectificationOrdered {
        /// Grant.
        pub grant: GrantId,
        /// Within how many working days.
        pub working_days: u16,
        /// What has to be mended.
        pub what: Text<STATEMENT_BYTES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RectificationReported`]: the consumer says that it is mended.
    pub struct RectificationReported {
        /// Grant.
        pub grant: GrantId,
        /// What was done.
        pub statement: Text<STATEMENT_BYTES_MAX>,
        /// Salted commitment to papers that stay off the chain.
        pub papers: Option<Papers>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::GrantCompleted`]: the consumer needs it no longer.
    pub struct GrantCompleted {
        /// Grant.
        pub grant: GrantId,
        /// What the use brought (应用成效).
        pub outcome: Text<OUTCOME_BYTES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::ServiceEnded`], which is the filing with the authority (art. 27).
    pub struct ServiceEnded {
        /// Grant.
        pub grant: GrantId,
        /// Why.
        pub reason: Text<STATEMENT_BYTES_MAX>,
        /// Salted commitment to the papers on the consultation of the consumer.
        pub consultation: Papers,
        /// The authority with which this is filed.
        pub authority: DepartmentId,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisposalRecorded`]: what became of the data after the end (art. 27).
    pub struct DisposalRecorded {
        /// Grant.
        pub grant: GrantId,
        /// How it was disposed of.
        pub how: Text<STATEMENT_BYTES_MAX>,
        /// Salted commitment to papers that stay off the chain.
        pub papers: Option<Papers>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisposalCountersigned`].
    pub struct DisposalCountersigned {
        /// Grant.
        pub grant: GrantId,
        /// The record of the disposal to which the provider agrees.
        pub record: RecordNumber,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// What a record on the use of shared data is about (art. 29).
    #[derive(Copy)]
    pub enum UseKind {
        /// 使用场景
        #[codec(index = 0)]
        Scenario,
        /// 使用过程
        #[codec(index = 1)]
        Process,
        /// 应用成效
        #[codec(index = 2)]
        Outcome,
        /// 存储情况
        #[codec(index = 3)]
        Storage,
        /// 销毁情况
        #[codec(index = 4)]
        Destruction,
    }

    /// A record on the use of shared data, which the consumer keeps in its own files (art. 29).
    #[derive(Copy)]
    pub struct UseRecord {
        /// What about.
        pub kind: UseKind,
        /// Salted commitment to it.
        pub papers: Papers,
        /// The day that it is of.
        pub on: Day,
    }

    /// Body of [`crate::records::RecordKind::UseRecorded`].
    pub struct UseRecorded {
        /// Grant.
        pub grant: GrantId,
        /// The record on the use.
        pub used: UseRecord,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::HolderNotified`]: the holder of a grant is told what changed in its entry (§2.2.3 item 4).
    pub struct HolderNotified {
        /// Grant.
        pub grant: GrantId,
        /// Entry.
        pub entry: EntryId,
        /// The version that the grant is on.
        pub version: Version,
        /// What changed. The grant ends if the entry was withdrawn.
        pub change: EntryChange,
        /// When.
        pub at: Moment,
    }

    /// State of a grant at a time.
    #[derive(Copy)]
    pub enum GrantState {
        /// Agreed, not provisioned.
        #[codec(index = 0)]
        Agreed,
        /// Provisioned; active within its period.
        #[codec(index = 1)]
        Provisioned,
        /// Suspended (art. 27).
        #[codec(index = 2)]
        Suspended,
        /// Its entry was withdrawn.
        #[codec(index = 3)]
        Ended,
        /// Suspended, and to be mended within a term (art. 27).
        #[codec(index = 4)]
        Rectifying,
        /// Ended because it was not mended within the term (art. 27).
        #[codec(index = 5)]
        Terminated,
        /// Ended by the consumer, who needs it no longer.
        #[codec(index = 6)]
        Completed,
        /// Ended by the provider, after consultation and with a filing (art. 27).
        #[codec(index = 7)]
        EndedByProvider,
        /// Ended, and the data disposed of as the provider countersigned (art. 27).
        #[codec(index = 8)]
        Disposed,
    }
}

impl GrantState {
    /// Whether data may not flow for now: suspended, also while it is being mended.
    pub const fn is_stopped(self) -> bool {
        matches!(self, Self::Suspended | Self::Rectifying)
    }

    /// Whether it is over for ever. The end of the period is none of these: it follows from the terms.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Ended | Self::Terminated | Self::Completed | Self::EndedByProvider | Self::Disposed)
    }
}

/// The state that a resumption restores: the last of `states`, oldest first, in which the grant was not stopped.
pub fn state_before_stop(states: impl DoubleEndedIterator<Item = GrantState>) -> GrantState {
    states.rev().find(|state| !state.is_stopped()).unwrap_or(GrantState::Agreed)
}
