//! Why a specification makes no chain.

use crate::spec::{FILE_BYTES_MAX, VALIDATORS_MIN};
use mulu_proofs::{
    budget::BudgetError,
    calendar::CalendarError,
    certificate::SetError,
    departments::{AccountKey, Role},
    genesis::CHAIN_ID_BYTES_MAX,
    ids::DepartmentId,
};
use mulu_runtime::pallet_departments::{OBSERVERS_MAX, PARENTS_MAX};

/// Why a specification makes no chain: always the fault of who wrote it.
#[derive(Debug, thiserror::Error)]
pub enum ChainSpecError {
    /// Over the bound.
    #[error("the chain specification has {bytes} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// No JSON, or not of this form.
    #[error("the chain specification cannot be read at line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        #[source]
        source: serde_json::Error,
    },
    /// Empty, too long, or not printable ASCII.
    #[error("the chain id must be 1 to {CHAIN_ID_BYTES_MAX} characters of printable ASCII")]
    ChainId,
    /// Ids of departments, systems or purposes with a gap, out of order or twice.
    #[error("{what} number {place} of the list has the id {found}: give the ids 1, 2, … in order")]
    Id {
        /// `department`, `system` or `purpose`.
        what: &'static str,
        /// Place in the list, from 1.
        place: usize,
        /// The id that stands there.
        found: u32,
    },
    /// A credit code that breaks GB 32100.
    #[error("the credit code of department {department} breaks GB 32100")]
    CreditCode {
        /// The department.
        department: DepartmentId,
    },
    /// A region outside its bounds.
    #[error("region {region} of department {department} has not six digits")]
    Region {
        /// The department.
        department: DepartmentId,
        /// Its region.
        region: u32,
    },
    /// A code twice.
    #[error("{what} {place} repeats the code {code}")]
    CodeRepeated {
        /// `department`, `system` or `purpose`.
        what: &'static str,
        /// Place in the list, from 1.
        place: usize,
        /// The code.
        code: String,
    },
    /// Two authorities of one level and region.
    #[error("department {department} is a second competent authority of its level and region")]
    AuthorityRepeated {
        /// The department.
        department: DepartmentId,
    },
    /// A department that is not in the list.
    #[error("{what} names department {department}, which is not in the list")]
    UnknownDepartment {
        /// Who names it.
        what: String,
        /// The department.
        department: DepartmentId,
    },
    /// Hosted by itself, or among its own superiors.
    #[error("department {department} is its own host, or superior, or has more than {PARENTS_MAX} superiors")]
    Place {
        /// The department.
        department: DepartmentId,
    },
    /// An account twice.
    #[error("account {} is registered twice", hex::encode(account.0))]
    AccountRepeated {
        /// The account.
        account: AccountKey,
    },
    /// A role of an account that is not registered in the role's department.
    #[error("a role of department {department} is given to account {}, which is not registered there", hex::encode(account.0))]
    UnknownAccount {
        /// The account.
        account: AccountKey,
        /// Department of the role.
        department: DepartmentId,
    },
    /// A role twice.
    #[error("account {} is given the role {role:?} twice", hex::encode(account.0))]
    RoleRepeated {
        /// The account.
        account: AccountKey,
        /// The role.
        role: Role,
    },
    /// A role that waits for a second signature, which nobody could give.
    #[error("the role {role:?} of account {} is pending; roles of genesis are in force", hex::encode(account.0))]
    RolePending {
        /// The account.
        account: AccountKey,
        /// The role.
        role: Role,
    },
    /// A role that never holds.
    #[error("the role {role:?} of account {} expires before the chain begins", hex::encode(account.0))]
    RoleExpired {
        /// The account.
        account: AccountKey,
        /// The role.
        role: Role,
    },
    /// A role of an authority in another department.
    #[error("account {} cannot be {role:?}: department {department} is no competent authority", hex::encode(account.0))]
    RoleOfAuthority {
        /// The account.
        account: AccountKey,
        /// The role.
        role: Role,
        /// The department.
        department: DepartmentId,
    },
    /// A scope that names nothing, or a department that is not in the list.
    #[error("the scope of the role {role:?} of account {} names nothing, or an unknown department", hex::encode(account.0))]
    RoleScope {
        /// The account.
        account: AccountKey,
        /// The role.
        role: Role,
    },
    /// An acting person for nobody.
    #[error("account {} acts as {role:?} for an account that does not hold the role itself", hex::encode(account.0))]
    Principal {
        /// The account.
        account: AccountKey,
        /// The role.
        role: Role,
    },
    /// An admin with a signing role.
    #[error("account {} is admin and signs business acts; give the roles to two persons", hex::encode(account.0))]
    AdminSigns {
        /// The account.
        account: AccountKey,
    },
    /// No set.
    #[error("the validators form no set")]
    Validators(#[source] SetError),
    /// A node that nobody can connect to.
    #[error("an address of the node of department {department} is not ip:port in its shortest form")]
    Address {
        /// The department.
        department: DepartmentId,
    },
    /// A node key twice.
    #[error("the key of the node of department {department} belongs to another node too")]
    NodeRepeated {
        /// The department.
        department: DepartmentId,
    },
    /// More observers than a chain may have.
    #[error("the chain has {found} observers, at most {OBSERVERS_MAX} are registered")]
    TooManyObservers {
        /// How many there are.
        found: usize,
    },
    /// Short days outside development.
    #[error("days have 24 hours; shorter ones are for development chains")]
    ShortDays,
    /// A budget out of its bounds.
    #[error("the budget cannot be used")]
    Budget(#[source] BudgetError),
    /// A calendar or parameters that break a rule of theirs.
    #[error("the calendar cannot be used")]
    Calendar(#[source] CalendarError),
    /// Two calendars of one year.
    #[error("the year {year} has two calendars")]
    YearRepeated {
        /// The year.
        year: u16,
    },
    /// Too few.
    #[error("the chain has {found} validators; outside development it takes at least {VALIDATORS_MIN}")]
    TooFewValidators {
        /// How many there are.
        found: usize,
    },
}
