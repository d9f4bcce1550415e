//! What the state keeps of departments and roles.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use mulu_proofs::{
    departments::{AccountKey, CreditCode, DepartmentInfo, Level, NAME_BYTES_MAX, RoleScope},
    ids::{DepartmentId, Moment, RecordNumber},
    text::Text,
};
use scale_info::TypeInfo;
use sp_core::crypto::AccountId32;

/// A department and whether it acts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Department {
    /// As registered.
    pub info: DepartmentInfo,
    /// Neither suspended nor retired.
    pub is_active: bool,
}

/// What is given to register a department; the ledger adds the id.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DepartmentDraft {
    /// Unified social credit code.
    pub credit_code: CreditCode,
    /// Name.
    pub name: Text<NAME_BYTES_MAX>,
    /// Administrative level.
    pub level: Level,
    /// Region code, 6 digits as a number.
    pub region: u32,
    /// Superior department.
    pub parent: Option<DepartmentId>,
    /// The department on whose node it is hosted.
    pub host: Option<DepartmentId>,
    /// Whether it is a data manager: it serves other departments' data.
    pub is_data_manager: bool,
}

/// A role of an account in a department.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct RoleState {
    /// Record that gave it; 0 until block 1 has recorded genesis.
    pub given: RecordNumber,
    /// Who gave it; nobody in genesis.
    pub giver: Option<AccountId32>,
    /// Record of the second signature, where the role needs one.
    pub confirmed: Option<RecordNumber>,
    /// Whether it still waits for that.
    pub is_pending: bool,
    /// First moment at which it no longer holds.
    pub expires: Moment,
    /// What it is limited to.
    pub scope: RoleScope,
    /// For whom the holder acts.
    pub principal: Option<AccountKey>,
}
