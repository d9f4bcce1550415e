//! Departments, accounts, roles and systems: the bodies of their records (SPEC §1).

use crate::{
    ids::{DepartmentId, Moment, PublicKey, RecordNumber, SystemId},
    text::Text,
};

/// Longest name of a department or system, in bytes of UTF-8 (about 42 Chinese characters).
pub const NAME_BYTES_MAX: u32 = 128;

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

    /// A department, as registered.
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
        /// Whether it is the competent authority (政务数据共享主管部门) of its level and region.
        pub is_authority: bool,
        /// The department on whose node it is hosted, if not on its own.
        pub host: Option<DepartmentId>,
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
        /// For whom the holder acts, if it is an acting role.
        pub principal: Option<AccountKey>,
        /// Whether it waits for a second signature ([`Role::needs_second_signature`]).
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

    /// Body of [`crate::records::RecordKind::ValidatorRegistered`].
    pub struct ValidatorRegistered {
        /// The department that runs it.
        pub department: DepartmentId,
        /// Consensus key.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
    }
}

impl Role {
    /// Whether giving this role takes a second signature: those that sign legal acts of a department (SPEC §1).
    pub const fn needs_second_signature(self) -> bool {
        matches!(self, Self::Head | Self::Officer | Self::Approver)
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
    fn check_character_is_that_of_gb_32100() {
        // The published example of the standard's annex: 91350100M000100Y43.
        assert!(CreditCode::new("91350100M000100Y43").is_ok());
        assert_eq!(CreditCode::new("91350100M000100Y44"), Err(CreditCodeError::Check { expected: '3' }));
        assert_eq!(CreditCode::new("9135010IM000100Y43"), Err(CreditCodeError::Character { place: 8 }));
        assert_eq!(CreditCode::new("91350100"), Err(CreditCodeError::Length));
    }
}
