//! People: accounts, their roles and keys, and in which role an act was signed.

use crate::{
    catalog::List,
    ids::{DepartmentId, EntryId, Moment, PublicKey, RecordNumber},
    text::{Text, words},
};

/// Most entries or departments that the scope of a role names.
pub const SCOPE_MAX: u32 = 16;
/// Longest basis of a role (document, article of law), in bytes of UTF-8.
pub const BASIS_BYTES_MAX: u32 = 256;
/// Longest reason for replacing a key, in bytes of UTF-8.
pub const REASON_BYTES_MAX: u32 = 256;

ledger_types! {
    /// Roles of an account (SPEC §1). Codes are never reused.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub enum Role {
        /// Manages accounts, signs no business act.
        #[codec(index = 0)]
        Admin,
        /// Writes catalog entries.
        #[codec(index = 1)]
        Cataloguer,
        /// 部门负责人: signs catalogs (art. 13).
        #[codec(index = 2)]
        Head,
        /// 共享工作机构负责人: consents on both sides (art. 20).
        #[codec(index = 3)]
        Officer,
        /// Signs approval stages of the provider.
        #[codec(index = 4)]
        Approver,
        /// Writes share requests.
        #[codec(index = 5)]
        Applicant,
        /// A bridge or exchange platform that reports events.
        #[codec(index = 6)]
        Platform,
        /// Runs the department's node.
        #[codec(index = 7)]
        Operator,
        /// Of an authority: reviews catalogs.
        #[codec(index = 8)]
        Reviewer,
        /// Of an authority: registers departments, confirms signing roles, may suspend a grant.
        #[codec(index = 9)]
        Supervisor,
        /// Queries access history within its scope.
        #[codec(index = 10)]
        Auditor,
    }

    /// Body of [`crate::records::RecordKind::AccountRegistered`].
    pub struct AccountRegistered {
        /// The account.
        #[serde(with = "hex::serde")]
        pub account: PublicKey,
        /// Its department.
        pub department: DepartmentId,
    }

    /// What a role is limited to. Codes are never reused.
    #[derive(Default)]
    pub enum RoleScope {
        /// Nothing limits it.
        #[default]
        #[codec(index = 0)]
        Everything,
        /// Acts about these entries.
        #[codec(index = 1)]
        Entries(#[serde(deserialize_with = "crate::list::read")] List<EntryId, SCOPE_MAX>),
        /// Acts that concern one of these other departments.
        #[codec(index = 2)]
        Departments(#[serde(deserialize_with = "crate::list::read")] List<DepartmentId, SCOPE_MAX>),
    }

    /// Body of [`crate::records::RecordKind::RoleGiven`].
    pub struct RoleGiven {
        /// Who gets the role.
        #[serde(with = "hex::serde")]
        pub account: PublicKey,
        /// In which department.
        pub department: DepartmentId,
        /// Which role.
        pub role: Role,
        /// First moment at which it no longer holds.
        pub expires: Moment,
        /// What it is limited to.
        #[serde(default)]
        pub scope: RoleScope,
        /// For whom the holder acts, if it is an acting role: an account that holds the role itself.
        pub principal: Option<AccountKey>,
        /// What it rests on, for instance the document of the appointment; an auditor's is required.
        #[serde(default)]
        pub basis: Text<BASIS_BYTES_MAX>,
        /// Whether it waits for a second signature: always if [`Role::needs_second_signature`], unless genesis set it.
        pub pending: bool,
    }

    /// An account key where JSON wants it as text.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    #[serde(transparent)]
    pub struct AccountKey(#[serde(with = "hex::serde")] pub PublicKey);

    /// Body of [`crate::records::RecordKind::RoleConfirmed`]: the second signature of a signing role.
    pub struct RoleConfirmed {
        /// Holder.
        #[serde(with = "hex::serde")]
        pub account: PublicKey,
        /// Department.
        pub department: DepartmentId,
        /// Role.
        pub role: Role,
        /// Record that gave it.
        pub given: RecordNumber,
        /// In which role the second signer signed.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RoleRevoked`].
    pub struct RoleRevoked {
        /// Former holder.
        #[serde(with = "hex::serde")]
        pub account: PublicKey,
        /// Department.
        pub department: DepartmentId,
        /// Role.
        pub role: Role,
    }

    /// Body of [`crate::records::RecordKind::KeyRotated`] and [`crate::records::RecordKind::KeyReplaced`]. What the old key signed stays signed.
    pub struct AccountReplaced {
        /// The key that signs nothing any more.
        #[serde(with = "hex::serde")]
        pub old: PublicKey,
        /// The key of the same person from now on.
        #[serde(with = "hex::serde")]
        pub new: PublicKey,
        /// Their department.
        pub department: DepartmentId,
        /// Roles that the old key lost. They are given to the new key by the usual calls.
        pub roles: List<Role, { Role::ALL.len() as u32 }>,
        /// The report of loss that was confirmed and the role in which that was done; none if the old key itself signed.
        pub confirmed: Option<(RecordNumber, SignedAs)>,
    }

    /// Body of [`crate::records::RecordKind::KeyReportedLost`]: a replacement that waits for its confirmation.
    pub struct KeyReportedLost {
        /// The lost key.
        #[serde(with = "hex::serde")]
        pub old: PublicKey,
        /// The key that shall take its place.
        #[serde(with = "hex::serde")]
        pub new: PublicKey,
        /// Department of the account.
        pub department: DepartmentId,
        /// What happened; names no person.
        pub reason: Text<REASON_BYTES_MAX>,
    }

    /// Body of [`crate::records::RecordKind::KeyReportWithdrawn`]: nothing takes the key's place.
    pub struct KeyReportWithdrawn {
        /// The key that was reported lost.
        #[serde(with = "hex::serde")]
        pub old: PublicKey,
        /// The key that was to take its place.
        #[serde(with = "hex::serde")]
        pub new: PublicKey,
        /// Department of the account.
        pub department: DepartmentId,
        /// The report that is withdrawn.
        pub reported: RecordNumber,
    }

    /// The role in which a legal act was signed, as the ledger judged it at that time. Part of every such act's record.
    #[derive(Copy)]
    pub struct SignedAs {
        /// Role used.
        pub role: Role,
        /// Department of the role.
        pub department: DepartmentId,
        /// Record that gave the role.
        pub given: RecordNumber,
        /// Record with the second signature, where the role needs one.
        pub confirmed: Option<RecordNumber>,
        /// First moment at which the role no longer holds.
        pub expires: Moment,
        /// For whom the signer acted, if it was an acting person.
        pub principal: Option<AccountKey>,
    }
}

/// What an act is about, as far as the scope of a role can limit it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The catalog entry.
    pub entry: Option<EntryId>,
    /// The other department concerned: to the consumer's people the provider, to the provider's the consumer, to an authority's the
    /// department whose affair it is.
    pub department: Option<DepartmentId>,
}

impl About {
    /// Neither an entry nor another department.
    pub const NOTHING: Self = Self { entry: None, department: None };

    /// An entry of the signer's own department.
    pub const fn entry(entry: EntryId) -> Self {
        Self { entry: Some(entry), department: None }
    }

    /// An affair of a department.
    pub const fn department(department: DepartmentId) -> Self {
        Self { entry: None, department: Some(department) }
    }

    /// An entry, and what another department has to do with it.
    pub const fn entry_with(entry: EntryId, department: DepartmentId) -> Self {
        Self { entry: Some(entry), department: Some(department) }
    }
}

impl RoleScope {
    /// Whether a role of this scope may sign an act about `about`.
    pub fn covers(&self, about: &About) -> bool {
        match self {
            Self::Everything => true,
            Self::Entries(entries) => about.entry.is_some_and(|entry| entries.contains(&entry)),
            Self::Departments(departments) => {
                about.department.is_some_and(|department| departments.contains(&department))
            }
        }
    }
}

impl RoleGiven {
    /// A role that genesis sets: in force, without limits.
    pub fn in_genesis(account: PublicKey, department: DepartmentId, role: Role, expires: Moment) -> Self {
        let (scope, basis) = (RoleScope::Everything, Text::default());
        Self { account, department, role, expires, scope, principal: None, basis, pending: false }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self))
    }
}

impl Role {
    /// Every role, ascending by code.
    pub const ALL: [Self; 11] = [
        Self::Admin,
        Self::Cataloguer,
        Self::Head,
        Self::Officer,
        Self::Approver,
        Self::Applicant,
        Self::Platform,
        Self::Operator,
        Self::Reviewer,
        Self::Supervisor,
        Self::Auditor,
    ];

    /// Whether giving this role takes a second signature: those that sign legal acts of a department (SPEC §1).
    pub const fn needs_second_signature(self) -> bool {
        matches!(self, Self::Head | Self::Officer | Self::Approver)
    }

    /// Whether only a competent authority has this role.
    pub const fn is_of_authority(self) -> bool {
        matches!(self, Self::Reviewer | Self::Supervisor | Self::Auditor)
    }

    /// Whether it signs business acts. An admin, who decides about accounts, must hold none of these.
    pub const fn signs_business(self) -> bool {
        matches!(
            self,
            Self::Cataloguer
                | Self::Head
                | Self::Officer
                | Self::Approver
                | Self::Applicant
                | Self::Reviewer
                | Self::Supervisor
        )
    }

    /// Whether one account may not hold both. Two steps of one act take two persons besides, whatever their roles.
    pub const fn excludes(self, other: Self) -> bool {
        matches!(self, Self::Admin) && other.signs_business() || matches!(other, Self::Admin) && self.signs_business()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_of_a_role_covers_what_it_names() {
        let (entry, department) = (EntryId::new(1), DepartmentId::new(2));
        let entries = RoleScope::Entries(List::try_from(vec![entry]).expect("short"));
        let departments = RoleScope::Departments(List::try_from(vec![department]).expect("short"));
        let about = [About::NOTHING, About::entry(entry), About::department(department)];
        assert_eq!(about.map(|about| RoleScope::Everything.covers(&about)), [true; 3]);
        assert_eq!(about.map(|about| entries.covers(&about)), [false, true, false]);
        assert_eq!(about.map(|about| departments.covers(&about)), [false, false, true]);
        let both = About::entry_with(entry, department);
        assert!(entries.covers(&both) && departments.covers(&both));
        assert!(!entries.covers(&About::entry(EntryId::new(9))));
    }

    #[test]
    fn an_admin_signs_no_business() {
        assert!(Role::Admin.excludes(Role::Head) && Role::Applicant.excludes(Role::Admin));
        assert!(!Role::Admin.excludes(Role::Operator) && !Role::Head.excludes(Role::Officer));
        for role in Role::ALL {
            assert!(!role.needs_second_signature() || role.signs_business());
        }
    }
}
