//! What the state keeps of an element.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{departments::Level, ids::DepartmentId};
use scale_info::TypeInfo;

/// An element, as far as rules read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Element {
    /// Level and region whose authority looks after it.
    pub seat: (Level, u32),
    /// Its authoritative department, if one is named.
    pub source: Option<DepartmentId>,
}
