//! Genesis as data: a JSON file that says who is in a chain, the rules that it keeps, and the block 0 that it gives.
//!
//! ```text
//! JSON ── from_json ──> ChainSpec ── build: check, runtime's genesis state, header ──> GenesisState ──> storage, genesis file
//! ```
//!
//! The same specification gives the same genesis hash on every machine.

mod build;
mod calendar;
mod check;
mod error;
mod spec;
#[cfg(test)]
mod tests;

pub use build::GenesisState;
pub use calendar::CalendarData;
pub use error::ChainSpecError;
pub use spec::{ChainSpec, ChainType, FILE_BYTES_MAX, GenesisData, VALIDATORS_MIN};
