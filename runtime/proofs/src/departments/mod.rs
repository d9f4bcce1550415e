//! Departments, their people, systems and nodes: what they are, and the bodies of their records (SPEC §1).

mod credit_code;
mod nodes;
mod people;

use crate::{
    ids::{DepartmentId, SystemId},
    text::Text,
};
pub use credit_code::{CreditCode, CreditCodeError};
pub use nodes::{ADDRESS_BYTES_MAX, NodeInfo, Observer, ValidatorKeyRotated, ValidatorRegistered, ValidatorRemoved};
pub use people::{
    About, AccountKey, AccountRegistered, AccountReplaced, BASIS_BYTES_MAX, KeyReportWithdrawn, KeyReportedLost,
    REASON_BYTES_MAX, Role, RoleConfirmed, RoleGiven, RoleRevoked, RoleScope, SCOPE_MAX, SignedAs,
};

/// Longest name of a department or system, in bytes of UTF-8 (about 42 Chinese characters).
pub const NAME_BYTES_MAX: u32 = 128;
/// Longest code of a system, in bytes.
pub const SYSTEM_CODE_BYTES_MAX: u32 = 64;

ledger_types! {
    /// Administrative level.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum Level {
        /// 国家
        #[codec(index = 0)]
        National,
        /// 省
        #[codec(index = 1)]
        Province,
        /// 市
        #[codec(index = 2)]
        City,
        /// 县
        #[codec(index = 3)]
        County,
    }

    /// Whether a department acts. Codes are never reused.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum DepartmentStatus {
        /// Its people sign, its grants run.
        #[codec(index = 0)]
        Active,
        /// Its people sign nothing, its grants count as suspended; may become active again.
        #[codec(index = 1)]
        Suspended,
        /// For good: its people sign nothing, its grants count as ended.
        #[codec(index = 2)]
        Retired,
    }

    /// A department, as registered or last revised.
    pub struct DepartmentInfo {
        /// Permanent id.
        pub id: DepartmentId,
        /// Unified social credit code (GB 32100): 18 characters, check character verified.
        pub credit_code: CreditCode,
        /// Name.
        pub name: Text<NAME_BYTES_MAX>,
        /// Administrative level.
        pub level: Level,
        /// Region code, 6 digits as a number (GB/T 2260).
        pub region: u32,
        /// Superior department, if any.
        pub parent: Option<DepartmentId>,
        /// Whether it is the competent authority (政务数据共享主管部门) of its level and region: by genesis, or named by governance later.
        pub is_authority: bool,
        /// The department on whose node it is hosted, if not on its own.
        pub host: Option<DepartmentId>,
        /// Whether it is a data manager (数据管理方): it serves other departments' data and holds no rights of the provider.
        #[serde(default)]
        pub is_data_manager: bool,
    }

    /// Body of [`crate::records::RecordKind::DepartmentStatusSet`], enacted by governance.
    #[derive(Copy)]
    pub struct DepartmentStatusSet {
        /// The department.
        pub department: DepartmentId,
        /// What it was.
        pub before: DepartmentStatus,
        /// What it is from the record's moment on.
        pub status: DepartmentStatus,
    }

    /// Body of [`crate::records::RecordKind::DepartmentAdmitted`], enacted by governance: from the record on it has a vote there.
    #[derive(Copy)]
    pub struct DepartmentAdmitted {
        /// The department.
        pub department: DepartmentId,
    }

    /// Body of [`crate::records::RecordKind::AuthorityNamed`], enacted by governance.
    #[derive(Copy)]
    pub struct AuthorityNamed {
        /// The competent authority from now on.
        pub department: DepartmentId,
        /// Of this level,
        pub level: Level,
        /// and this region.
        pub region: u32,
        /// The authority before it, if there was one.
        pub before: Option<DepartmentId>,
    }

    /// What a registered system is.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum SystemKind {
        /// A business system that uses data.
        #[codec(index = 0)]
        Business,
        /// An exchange platform or gateway that serves data and reports events.
        #[codec(index = 1)]
        Platform,
        /// A source system (L4 of SPEC §2).
        #[codec(index = 2)]
        Source,
    }

    /// A system, bound to its code by record.
    pub struct SystemInfo {
        /// Permanent id.
        pub id: SystemId,
        /// Its department.
        pub department: DepartmentId,
        /// What it is.
        pub kind: SystemKind,
        /// Code, unique in its department.
        pub code: Text<SYSTEM_CODE_BYTES_MAX>,
        /// Name.
        pub name: Text<NAME_BYTES_MAX>,
    }
}
