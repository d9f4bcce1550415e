//! Everything that a proof is made of: hashing, trees, ids, records, event leaves, batch headers, certificates,
//! and the checks that node, client and offline verifier share.
//!
//! The crate is pure: no I/O, no clock, no `sp-*`. Whoever can build it can check a Mulu evidence package.
//! Every width, tag and context it uses is written down in `docs/formats.md` and frozen in `tests/conformance.toml`.

/// Derives what every type of a call, a record or the state needs.
macro_rules! ledger_types {
    ($($item:item)*) => {
        $(
            #[derive(
                Clone, Debug, PartialEq, Eq,
                codec::Encode, codec::Decode, codec::DecodeWithMemTracking, codec::MaxEncodedLen,
                scale_info::TypeInfo, serde::Serialize, serde::Deserialize,
            )]
            #[serde(rename_all = "snake_case")]
            $item
        )*
    };
}

pub mod access;
pub mod audit;
pub mod budget;
pub mod calendar;
pub mod catalog;
pub mod certificate;
pub mod departments;
pub mod elements;
pub mod evidence;
pub mod extrinsic;
pub mod genesis;
pub mod governance;
pub mod grants;
pub mod hash;
pub mod header;
pub mod ids;
pub mod list;
pub mod mounts;
pub mod oversight;
pub mod papers;
pub mod records;
pub mod sharing;
pub mod state;
pub mod text;
pub mod tree;
