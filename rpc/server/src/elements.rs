//! `elements_`: data elements from their records, with what rules read of them from the head's state; certified sources likewise.

use crate::{
    context::Context,
    failure::Failure,
    page::{List, page},
};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_index::{RecordList, RecordRow, keys};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    departments::SystemInfo,
    elements::{ElementRegistered, ElementRevised, SourceCertified},
    ids::{DepartmentId, ElementId},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Cursor, Page,
    elements::{CertifiedSource, Element, ElementFilter, ElementRef, ElementsServer},
};
use mulu_runtime::{
    Runtime,
    pallet_elements::{ByCode, Certified, Elements as Registered},
};
use std::sync::Arc;

/// The namespace.
pub struct Elements(pub Arc<Context>);

#[async_trait]
impl ElementsServer for Elements {
    async fn element(&self, element: ElementRef) -> RpcResult<Option<Element>> {
        self.0
            .run(move |context| {
                let id = match element {
                    ElementRef::Id(id) => Some(id),
                    ElementRef::Code(code) => {
                        context.parts.executor.query(&context.head(), || ByCode::<Runtime>::get(&code))?
                    }
                };
                id.map_or(Ok(None), |id| read(context, id))
            })
            .await
    }

    async fn elements(
        &self,
        filter: Option<ElementFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Element>> {
        self.0
            .run(move |context| {
                let source = filter.unwrap_or_default().source;
                let list = List::ascending(RecordList::Kind(RecordKind::ElementRegistered).prefix(), 8);
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let registered: ElementRegistered = context.indexed(RecordRow::read(row)?.number)?.body()?;
                    let found = read(context, registered.element)?;
                    Ok(found.filter(|found| source.is_none() || found.source == source))
                })
            })
            .await
    }

    async fn sources(
        &self,
        department: Option<DepartmentId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<CertifiedSource>> {
        self.0
            .run(move |context| {
                let list = List::ascending(RecordList::Kind(RecordKind::SourceCertified).prefix(), 8);
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let found = certified(context, row)?;
                    Ok(found.filter(|found| department.is_none_or(|department| department == found.info.department)))
                })
            })
            .await
    }
}

/// An element: its level, region and authoritative department from the state, the rest from its records.
fn read(context: &Context, id: ElementId) -> Result<Option<Element>, Failure> {
    const DAMAGED: Failure = Failure::Damaged { what: "the records of a data element" };
    // State before records: what is in it has its record.
    let state = context.parts.executor.query(&context.head(), || Registered::<Runtime>::get(id))?;
    let Some(state) = state else { return Ok(None) };
    let (mut registered, mut revised, mut named) = (None, None, None);
    for act in context.acts(RecordList::Subject(Subject::Element(id)))? {
        match act.kind {
            RecordKind::ElementRegistered => registered = Some(act.number),
            RecordKind::ElementRevised => revised = Some(act.number),
            RecordKind::SourceNamed => named = Some(act.number),
            _ => {}
        }
    }
    let registered = registered.ok_or(DAMAGED)?;
    let ElementRegistered { code, standard, .. } = context.indexed(registered)?.body()?;
    let standard = match revised {
        Some(revised) => context.indexed(revised)?.body::<ElementRevised>()?.standard,
        None => standard,
    };
    Ok(Some(Element { id, code, standard, seat: state.seat, source: state.source, registered, revised, named }))
}

/// The system that the record of a row certified, if that certification is the one in force.
fn certified(context: &Context, row: &IndexRow) -> Result<Option<CertifiedSource>, Failure> {
    let row = RecordRow::read(row)?;
    let SourceCertified { system, .. } = context.indexed(row.number)?.body()?;
    let is_certified = context.parts.executor.query(&context.head(), || Certified::<Runtime>::contains_key(system))?;
    let acts = context.acts(RecordList::Subject(Subject::System(system)))?;
    let last = acts.iter().rev().find(|act| act.kind == RecordKind::SourceCertified);
    if !is_certified || last.is_none_or(|last| last.number != row.number) {
        return Ok(None);
    }
    const DAMAGED: Failure = Failure::Damaged { what: "the registration of a system" };
    let registration = context.parts.store.index_get(&keys::system(system))?.ok_or(DAMAGED)?;
    let info: SystemInfo = context.indexed(keys::read_record(&registration)?)?.body()?;
    Ok(Some(CertifiedSource { info, certified: row.number, since: row.moment }))
}
