//! What the tests of several parts begin with.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_client::{
    connection::ChainIdentity,
    import::access::Reporting,
    vault::{ChainCursor, Vault},
};
use mulu_mapping::{Mapping, Record};
use mulu_proofs::ids::{DepartmentId, EventNumber, StreamId, SystemId};
use serde_json::{Value, json};
use std::path::Path;

/// Genesis hash of the chain of the tests.
pub(crate) const GENESIS: [u8; 32] = [9; 32];
/// The stream of the tests.
pub(crate) const STREAM: StreamId = StreamId::new(4);

/// A vault in a folder that the stream of the tests begins in.
pub(crate) fn vault(folder: &Path) -> Vault {
    let vault = Vault::open(&folder.join("vault"), &GENESIS).unwrap();
    if vault.stream(STREAM).unwrap().is_none() {
        vault.meet(STREAM, &ChainCursor { next: EventNumber::new(1), previous: [0; 32] }).unwrap();
    }
    vault
}

/// Which chain it is.
pub(crate) fn chain() -> ChainIdentity {
    ChainIdentity { chain_id: "test".into(), genesis: GENESIS }
}

/// Who reports.
pub(crate) fn by() -> Reporting {
    Reporting { platform: SystemId::new(5), department: DepartmentId::new(2), reconciles: false }
}

/// Events as the ledger's own form has them.
pub(crate) fn mapping() -> Mapping {
    Mapping::preset("event").unwrap()
}

/// A record of an event at a time, with a number that nothing else has.
pub(crate) fn record(time: u64, number: u64) -> Record {
    record_of(None, json!({ "time": time, "rows": number, "sealed": { "operator": format!("operator {number}") } }))
}

/// A record of a value.
pub(crate) fn record_of(id: Option<String>, value: Value) -> Record {
    let raw = value.to_string().into_bytes();
    Record { id, ..Record::new(value, raw) }
}
