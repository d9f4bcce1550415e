//! What auditors asked nodes, from the records in which the nodes told it.

use crate::{
    context::{Context, Found},
    failure::Failure,
    page::{List, page},
    visibility::Viewer,
};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::{
    audit::QueriesRecorded,
    departments::AccountKey,
    ids::QueryNumber,
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    oversight::{AuditorsQuery, QueryFilter, QueryReport},
};

/// Reports of questions, the last one first.
pub fn list(
    context: &Context,
    viewer: &Viewer<'_>,
    filter: &QueryFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<QueryReport>, Failure> {
    // Key and auditors are the subjects of a report.
    let list = match filter.auditor.or(filter.node) {
        Some(account) => RecordList::Subject(Subject::Account(account.0)),
        None => RecordList::Kind(RecordKind::QueriesRecorded),
    };
    page(context, &List::newest(list.prefix(), 8), cursor, limit, |row| {
        let row = RecordRow::read(row)?;
        if row.kind != RecordKind::QueriesRecorded {
            return Ok(None);
        }
        let found = context.indexed(row.number)?;
        if !viewer.sees_record(&found)? {
            return Ok(None);
        }
        let report = report(&found, filter)?;
        Ok(Some(report).filter(|report| !report.queries.is_empty()))
    })
}

fn report(found: &Found, filter: &QueryFilter) -> Result<QueryReport, Failure> {
    let QueriesRecorded { first, queries, .. } = found.body()?;
    let key = found.record.signer.ok_or(Failure::Damaged { what: "the signer of a report of questions" })?;
    let node = AccountKey(key);
    let is_of_node = filter.node.is_none_or(|asked_for| asked_for == node);
    let queries = (first.get()..).zip(queries).map(|(number, query)| AuditorsQuery {
        number: QueryNumber::new(number),
        auditor: AccountKey(query.account),
        scope: query.scope,
        moment: query.moment,
        digest: Hex32(query.digest),
    });
    let is_asked_for = |query: &AuditorsQuery| filter.auditor.is_none_or(|auditor| auditor == query.auditor);
    Ok(QueryReport {
        record: found.record.number,
        recorded_at: found.record.moment,
        department: found.record.department,
        node,
        queries: if is_of_node { queries.filter(is_asked_for).collect() } else { Vec::new() },
    })
}
