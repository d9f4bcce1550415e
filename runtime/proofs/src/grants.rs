//! Grants: what was agreed, how it goes, and the bodies of the records on it (SPEC §3).

use crate::{
    catalog::{List, Method},
    departments::SignedAs,
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, RequestId, SystemId, Version},
    sharing::{PLATFORMS_MAX, PURPOSES_MAX, SYSTEMS_MAX},
    text::Text,
};

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

    /// Body of provisioning, suspension and resumption of a grant.
    pub struct GrantAct {
        /// Grant.
        pub grant: GrantId,
        /// Why, where a reason is due; else empty.
        pub reason: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
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
        /// Ended.
        #[codec(index = 3)]
        Ended,
    }
}
