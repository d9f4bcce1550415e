//! Catalogs of other systems, both ways: CKAN, DCAT-AP, tables of the 13 core elements, and the states of existing platforms.
//!
//! ```text
//! in:   portal ── ckan::walk ──┐
//!       JSON-LD ── dcat::read ─┼─ dataset ── rules of docs/import.md, then extras ──> entry ── landing ──> submitted by the cataloguer
//!       tables ── table::read ─┘──────────────────────────────────────────────────────> entry ──┘
//! out:  published entries ──> ckan::package · dcat::write · table::write        resources ── schema ──> fingerprint ──> reported
//! ```
//!
//! What a catalog gives out and reads again is the same entry; what another system has no field for goes with it as a named extra.

pub mod ckan;
pub mod dataset;
pub mod dcat;
pub mod document;
mod error;
pub mod extras;
pub mod harvest;
pub mod landing;
pub mod published;
#[cfg(test)]
mod sample;
pub mod schema;
pub mod states;
pub mod table;
pub mod values;
pub mod web;

pub use error::{CatalogError, Rejection};
