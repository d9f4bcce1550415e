//! Departments, accounts, roles and systems: the bodies of their records (SPEC §1).

use crate::{
    catalog::List,
    certificate::Validator,
    ids::{DepartmentId, EntryId, Moment, PublicKey, RecordNumber, SystemId},
    text::{Text, words},
};

/// Longest name of a department or system, in bytes of UTF-8 (about 42 Chinese characters).
pub const NAME_BYTES_MAX: u32 = 128;
/// Most entries or departments that the scope of a role names.
pub const SCOPE_MAX: u32 = 16;
/// Longest basis of a role (document, article of law), in bytes of UTF-8.
pub const BASIS_BYTES_MAX: u32 = 256;
/// Longest reason for replacing a key, in bytes of UTF-8.
pub const REASON_BYTES_MAX: u32 = 256;
/// Longest network address of a node, in bytes: `[IPv6]:port`.
pub const ADDRESS_BYTES_MAX: u32 = 64;

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
        Entries(List<EntryId, SCOPE_MAX>),
        /// Acts that concern one of these other departments.
        #[codec(index = 2)]
        Departments(List<DepartmentId, SCOPE_MAX>),
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
        pub code: Text<64>,
        /// Name.
        pub name: Text<NAME_BYTES_MAX>,
    }

    /// How a node is reached, and the key that it proves itself with.
    pub struct NodeInfo {
        /// ed25519 key of the node towards its peers.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// Where it listens for consensus, `ip:port`.
        pub consensus_address: Text<ADDRESS_BYTES_MAX>,
        /// Where it listens for extrinsics, `ip:port`.
        pub extrinsics_address: Text<ADDRESS_BYTES_MAX>,
    }

    /// A validator: body of [`crate::records::RecordKind::ValidatorRegistered`].
    pub struct ValidatorRegistered {
        /// The department that runs it.
        pub department: DepartmentId,
        /// Consensus key.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// Its node; only genesis may leave it out, for chains whose peers are configured by hand.
        #[serde(default)]
        pub node: Option<NodeInfo>,
    }

    /// Body of [`crate::records::RecordKind::ValidatorRemoved`].
    #[derive(Copy)]
    pub struct ValidatorRemoved {
        /// The department that ran it.
        pub department: DepartmentId,
        /// Its consensus key.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
    }

    /// Body of [`crate::records::RecordKind::ValidatorKeyRotated`].
    #[derive(Copy)]
    pub struct ValidatorKeyRotated {
        /// The department that runs it.
        pub department: DepartmentId,
        /// Consensus key until now.
        #[serde(with = "hex::serde")]
        pub old: PublicKey,
        /// Consensus key from now on.
        #[serde(with = "hex::serde")]
        pub new: PublicKey,
    }

    /// A node without a vote: body of [`crate::records::RecordKind::ObserverRegistered`] and [`crate::records::RecordKind::ObserverRemoved`].
    pub struct Observer {
        /// The department that runs it.
        pub department: DepartmentId,
        /// What it is for.
        pub name: Text<NAME_BYTES_MAX>,
        /// The node.
        pub node: NodeInfo,
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

impl ValidatorRegistered {
    /// The validator as a member of the set.
    pub const fn validator(&self) -> Validator {
        Validator { key: self.key, department: self.department }
    }
}

impl NodeInfo {
    /// Whether both addresses are socket addresses in their one canonical form, with a host and a port that can be dialled.
    pub fn is_reachable(&self) -> bool {
        [&self.consensus_address, &self.extrinsics_address].into_iter().all(|address| {
            address.as_str().parse::<std::net::SocketAddr>().is_ok_and(|parsed| {
                parsed.port() > 0 && !parsed.ip().is_unspecified() && parsed.to_string() == address.as_str()
            })
        })
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

/// Unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    codec::Encode,
    codec::Decode,
    codec::DecodeWithMemTracking,
    codec::MaxEncodedLen,
    scale_info::TypeInfo,
)]
pub struct CreditCode([u8; 18]);

/// Why 18 characters are no credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters.
    #[error("a credit code has 18 characters")]
    Length,
    /// A character outside the alphabet, or a letter in the region digits.
    #[error("character {place} is not allowed there (GB 32100: no I, O, S, V, Z; digits in places 3 to 8)")]
    Character {
        /// Place, from 1.
        place: usize,
    },
    /// The last character does not match.
    #[error("the check character should be {expected}")]
    Check {
        /// What it should be.
        expected: char,
    },
}

impl CreditCode {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    /// Reads and checks a code.
    ///
    /// # Errors
    /// [`CreditCodeError`], the first rule that it breaks.
    pub fn new(code: &str) -> Result<Self, CreditCodeError> {
        let bytes: [u8; 18] = code.as_bytes().try_into().map_err(|_| CreditCodeError::Length)?;
        Self::check(&bytes)?;
        Ok(Self(bytes))
    }

    /// The code with the right check character behind 17 given ones.
    ///
    /// # Errors
    /// [`CreditCodeError`] if the 17 characters break a rule.
    pub fn with_check_character(body: &str) -> Result<Self, CreditCodeError> {
        let body: [u8; 17] = body.as_bytes().try_into().map_err(|_| CreditCodeError::Length)?;
        let mut bytes = [0; 18];
        bytes[..17].copy_from_slice(&body);
        bytes[17] = Self::check_character(&bytes)?;
        Ok(Self(bytes))
    }

    /// Whether a decoded code keeps the rules.
    pub fn is_valid(&self) -> bool {
        Self::check(&self.0).is_ok()
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    fn check(bytes: &[u8; 18]) -> Result<(), CreditCodeError> {
        let expected = Self::check_character(bytes)?;
        if bytes[17] == expected { Ok(()) } else { Err(CreditCodeError::Check { expected: expected.into() }) }
    }

    fn check_character(bytes: &[u8; 18]) -> Result<u8, CreditCodeError> {
        let mut sum = 0;
        for (place, (byte, weight)) in bytes[..17].iter().zip(Self::WEIGHTS).enumerate() {
            let region_digit = (2..8).contains(&place);
            let value = Self::ALPHABET
                .iter()
                .position(|c| c == byte && (!region_digit || c.is_ascii_digit()))
                .ok_or(CreditCodeError::Character { place: place + 1 })?;
            sum += u32::try_from(value).expect("below 31") * weight;
        }
        Ok(Self::ALPHABET[((31 - sum % 31) % 31) as usize])
    }
}

impl std::fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for CreditCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for CreditCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&code).map_err(serde::de::Error::custom)
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

    #[test]
    fn a_node_is_reachable_at_an_address_in_its_shortest_form() {
        let node = |address| NodeInfo {
            key: [1; 32],
            consensus_address: Text::new(address).expect("short"),
            extrinsics_address: Text::new("[2001:db8::1]:7000").expect("short"),
        };
        assert!(node("10.0.0.1:26656").is_reachable() && node("[::1]:1").is_reachable());
        for address in ["", "10.0.0.1", "example.cn:1", "10.0.0.1:0", "[::]:1", "[0:0::1]:1", " 10.0.0.1:1"] {
            assert!(!node(address).is_reachable(), "{address}");
        }
    }

    #[test]
    fn check_character_is_that_of_gb_32100() {
        // The published example of the standard's annex: 91350100M000100Y43.
        assert!(CreditCode::new("91350100M000100Y43").is_ok());
        assert_eq!(CreditCode::new("91350100M000100Y44"), Err(CreditCodeError::Check { expected: '3' }));
        assert_eq!(CreditCode::new("9135010IM000100Y43"), Err(CreditCodeError::Character { place: 8 }));
        assert_eq!(CreditCode::new("91350100"), Err(CreditCodeError::Length));
    }
}
