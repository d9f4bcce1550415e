//! Records and a chain for tests.

use super::event::Ledger;
use mulu_client::connection::ChainIdentity;
use mulu_proofs::{
    ids::{DepartmentId, Height, Moment, RecordNumber},
    records::RecordKind,
};
use mulu_rpc_api::{Hex, records::Record};
use serde_json::Value;

/// Record 17 of block 5, of department 1.
pub fn record(kind: RecordKind, decoded: Value) -> Record {
    Record {
        number: RecordNumber::new(17),
        height: Height::new(5),
        place: 0,
        kind,
        moment: Moment::new(1_785_587_405_250),
        department: DepartmentId::new(1),
        signer: None,
        extrinsic: None,
        subjects: Vec::new(),
        body: Hex::default(),
        decoded,
    }
}

/// The chain of genesis 0909….
pub fn ledger() -> Ledger {
    Ledger::new(&ChainIdentity { chain_id: "mulu-test".into(), genesis: [9; 32] })
}
