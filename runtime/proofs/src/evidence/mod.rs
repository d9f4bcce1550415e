//! Evidence packages: one file that proves one event offline, from genesis to the approver's signature (SPEC §7).

pub mod package;

pub use package::{
    EventProof, FinalHeader, Package, PackageError, ProvenHeader, ProvenRecord, Revealed, SealedProof, SetChange, SignedAct,
};
