//! `elements_`: data elements with their standards and authoritative departments; which source systems are certified.

use crate::{Cursor, Page};
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    departments::{Level, SystemInfo},
    elements::{ElementCode, ElementStandard},
    ids::{DepartmentId, ElementId, Moment, RecordNumber},
};
use serde::{Deserialize, Serialize};

/// An element by its id (a number) or by its code (a string).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ElementRef {
    /// By id.
    Id(ElementId),
    /// By code.
    Code(ElementCode),
}

/// A data element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// Permanent id.
    pub id: ElementId,
    /// Its code.
    pub code: ElementCode,
    /// What it is now.
    #[serde(flatten)]
    pub standard: ElementStandard,
    /// Level and region whose authority looks after it.
    pub seat: (Level, u32),
    /// Its authoritative department, if one is named (art. 19).
    pub source: Option<DepartmentId>,
    /// Record of the registration.
    pub registered: RecordNumber,
    /// Record of the last revision.
    pub revised: Option<RecordNumber>,
    /// Record that named the authoritative department, or said that there is none any more.
    pub named: Option<RecordNumber>,
}

/// A source system that is certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedSource {
    /// The system.
    #[serde(flatten)]
    pub info: SystemInfo,
    /// Record of the certification.
    pub certified: RecordNumber,
    /// Since when.
    pub since: Moment,
}

/// Which elements; everything that is named must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ElementFilter {
    /// Of which this department is the authoritative one.
    pub source: Option<DepartmentId>,
}

/// Data elements and certified sources.
#[rpc(client, server)]
pub trait Elements {
    /// One element.
    ///
    /// Bound: one element.
    #[method(name = "elements_element")]
    async fn element(&self, element: ElementRef) -> RpcResult<Option<Element>>;

    /// Elements, ascending by id.
    #[method(name = "elements_list")]
    async fn elements(
        &self,
        filter: Option<ElementFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Element>>;

    /// Source systems that are certified now, of all departments or of one, ascending by the record of their certification.
    #[method(name = "elements_sources")]
    async fn sources(
        &self,
        department: Option<DepartmentId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<CertifiedSource>>;
}
