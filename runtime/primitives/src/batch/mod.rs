//! The body of an event batch: its events in columns, relative to the grants that they name (DESIGN §3a).
//!
//! ```text
//! version (1) · n                                                       numbers are minimal LEB128 unless a width is given
//! runs       how many under grants, entries, reporters; their keys, strictly ascending: grants (step of grant, version),
//!            entries (step of entry, version, consumer), reporters (step of reporter); length − 1 of each
//! relative   events of grant runs, as bits: items (one bit per granted item), authorising system (place among the grant's
//!            platforms), using system (among its systems), purpose (among its purposes); places count from 1, 0 is none
//! exceptions how many; each: gap since the one before, set (1) of 1 items, 2 authorising system, 4 using system, 8 purpose,
//!            16 consumer, then those that the grant does not contain, in full; their relative bits are zero
//! full       events of the other runs: items (not of reporters), authorising system, using system, purpose; 0 is none, else id + 1
//! times      smallest time, width (1), offsets as bits
//! dictionary method, then side: set of the codes in use (1), places in it as bits
//! sparse     outcome (else 0), calls (else 1), rows (else 1): how many; each: gap since the one before, value
//! plain      durations, then bytes
//! pseudonyms one bit an event, then those that are there, 8 bytes each
//! call ids   8 bytes each
//! ```
//!
//! Bits are packed from the least significant one and every packed column is filled up with zeros to a whole byte. There is one body for a
//! list of leaves: the decoder refuses whatever does not encode back to the same bytes. A leaf's hash is never taken from the columns but
//! from its fixed form, so that proofs stand alone and this layout may change.

mod bits;
mod columns;
mod decode;
mod encode;
mod error;
mod run;
mod seal;
#[cfg(test)]
mod tests;

pub use decode::{decode, decode_accepted};
pub use encode::encode;
pub use error::{DecodeError, EncodeError, UnknownTerms};
pub use seal::{BatchPlace, public_root, seal, sealed_root};

use mulu_proofs::{
    access::PublicLeaf,
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, GrantId, Version},
};
use std::{cmp::Ordering, sync::Arc};

/// Longest body, in bytes: more than [`mulu_proofs::access::EVENTS_MAX`] events at their worst take.
pub const BODY_BYTES_MAX: u32 = 256 * 1024;

/// What a run's relative columns refer to: the state in the runtime, a map in clients and tests.
pub trait Terms {
    /// A version of a grant; versions never change. Shared, since a batch asks for hundreds of them, more than once.
    fn grant(&self, grant: GrantId, version: Version) -> Option<Arc<GrantTerms>>;
    /// The provider of a version of an entry that is or was published.
    fn provider(&self, entry: EntryId, version: Version) -> Option<DepartmentId>;
}

/// The order of a batch's events: run key, time, call id, and where all of these are equal the leaf's bytes.
pub fn canonical_order(a: &PublicLeaf, b: &PublicLeaf) -> Ordering {
    (a.key, a.time, a.call_id).cmp(&(b.key, b.time, b.call_id)).then_with(|| a.bytes().cmp(&b.bytes()))
}
