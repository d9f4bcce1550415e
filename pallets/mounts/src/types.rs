//! What the state keeps of mounts.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{
    catalog::List,
    ids::{Digest32, RecordNumber, SystemId},
    mounts::MOUNT_PLATFORMS_MAX,
};
use scale_info::TypeInfo;

/// A mount of an entry, as far as reports are compared with it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Mounted {
    /// Its record, which has the address.
    pub record: RecordNumber,
    /// Digest of the schema.
    pub fingerprint: Digest32,
    /// The platforms that serve it, ascending.
    pub platforms: List<SystemId, MOUNT_PLATFORMS_MAX>,
    /// The other schema that a platform saw last, if it was not the mount's again since.
    pub mismatch: Option<Digest32>,
}

/// Two counts of a department's entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Rate {
    /// Published and not withdrawn.
    pub published: u32,
    /// Of those with at least one mount.
    pub mounted: u32,
}
