//! `sharing_`: purposes and policies here; requests and grants in files of their own.

pub mod grants;
pub mod requests;
mod timeline;

use crate::{
    catalog::entry_id,
    context::Context,
    failure::Failure,
    page::{List, page},
    visibility::Viewer,
};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_index::{RecordList, RecordRow, keys, keys::Members};
use mulu_proofs::{
    ids::{DepartmentId, EntryId, GrantId, RequestId},
    records::RecordKind,
    sharing::{PolicySet, PurposeRegistered, StandingConsentRevoked, StandingConsentSet},
};
use mulu_rpc_api::{
    Cursor, Page,
    catalog::EntryRef,
    sharing::{
        EntryConsent, EntryPolicy, Grant, GrantFilter, GrantSummary, Purpose, Request, RequestFilter, RequestSummary,
        SharingServer,
    },
};
use std::sync::Arc;

/// The namespace.
pub struct Sharing(pub Arc<Context>);

#[async_trait]
impl SharingServer for Sharing {
    async fn purposes(&self, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<Purpose>> {
        self.0
            .run(move |context| {
                page(context, &List::ascending(keys::purposes(), 2), cursor.as_ref(), limit, |row| {
                    let record = keys::read_record(&row.value)?;
                    let PurposeRegistered { id, code, name } = context.indexed(record)?.body()?;
                    Ok(Some(Purpose { id, code: code.to_string(), name: name.to_string(), record }))
                })
            })
            .await
    }

    async fn policy(&self, extensions: &Extensions, entry: EntryRef) -> RpcResult<Option<EntryPolicy>> {
        self.0.run_for(extensions, move |context, viewer| policy(context, viewer, &entry)).await
    }

    async fn consent(&self, extensions: &Extensions, entry: EntryRef) -> RpcResult<Option<EntryConsent>> {
        self.0.run_for(extensions, move |context, viewer| consent(context, viewer, &entry)).await
    }

    async fn share_request(&self, extensions: &Extensions, request: RequestId) -> RpcResult<Option<Request>> {
        self.0
            .run_for(extensions, move |context, viewer| match viewer.sees_request(request)? {
                true => requests::read(context, request),
                false => Ok(None),
            })
            .await
    }

    async fn requests(
        &self,
        extensions: &Extensions,
        filter: Option<RequestFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<RequestSummary>> {
        let filter = filter.unwrap_or_default();
        self.0
            .run_for(extensions, move |context, viewer| {
                requests::list(context, viewer, &filter, cursor.as_ref(), limit)
            })
            .await
    }

    async fn grant(&self, extensions: &Extensions, grant: GrantId) -> RpcResult<Option<Grant>> {
        self.0
            .run_for(extensions, move |context, viewer| match viewer.sees_grant(grant)? {
                true => grants::read(context, grant),
                false => Ok(None),
            })
            .await
    }

    async fn grants(
        &self,
        extensions: &Extensions,
        filter: Option<GrantFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<GrantSummary>> {
        let filter = filter.unwrap_or_default();
        self.0
            .run_for(extensions, move |context, viewer| grants::list(context, viewer, &filter, cursor.as_ref(), limit))
            .await
    }
}

fn policy(context: &Context, viewer: &Viewer<'_>, entry: &EntryRef) -> Result<Option<EntryPolicy>, Failure> {
    let Some(entry) = entry_id(context, entry)? else { return Ok(None) };
    let acts = context.acts(RecordList::Entry(entry))?;
    if acts.is_empty() || !viewer.sees_entry(entry)? {
        return Ok(None);
    }
    let set = acts.iter().rev().find(|act| act.kind == RecordKind::PolicySet);
    let (policy, record) = match set {
        None => (Default::default(), None),
        Some(RecordRow { number, .. }) => {
            let body: PolicySet = context.indexed(*number)?.body()?;
            (body.policy, Some(*number))
        }
    };
    Ok(Some(EntryPolicy { entry, policy, record }))
}

fn consent(context: &Context, viewer: &Viewer<'_>, entry: &EntryRef) -> Result<Option<EntryConsent>, Failure> {
    let Some(entry) = entry_id(context, entry)? else { return Ok(None) };
    let acts = context.acts(RecordList::Entry(entry))?;
    if acts.is_empty() || !viewer.sees_consent(entry)? {
        return Ok(None);
    }
    let mut told = EntryConsent { entry, consent: None, record: None, revoked: None };
    for act in acts {
        match act.kind {
            RecordKind::StandingConsentSet => {
                let body: StandingConsentSet = context.indexed(act.number)?.body()?;
                (told.consent, told.record, told.revoked) = (Some(body.consent), Some(act.number), None);
            }
            RecordKind::StandingConsentRevoked => {
                let body: StandingConsentRevoked = context.indexed(act.number)?.body()?;
                (told.consent, told.record, told.revoked) = (None, Some(act.number), Some(body.reason.to_string()));
            }
            _ => {}
        }
    }
    Ok(Some(told))
}

/// What requests and grants have in common for a filter: the parties that it names, or that one has.
#[derive(Clone, Copy)]
struct Parties {
    entry: Option<EntryId>,
    consumer: Option<DepartmentId>,
    provider: Option<DepartmentId>,
}

impl Parties {
    /// Whether these, of a filter, are all among `those`.
    fn fit(self, those: Self) -> bool {
        (self.entry.is_none() || self.entry == those.entry)
            && (self.consumer.is_none() || self.consumer == those.consumer)
            && (self.provider.is_none() || self.provider == those.provider)
    }

    /// The shortest list that holds everything that they ask for: that of the entry, else of the consumer, else of the provider.
    fn list(
        self,
        of_entry: impl Fn(EntryId) -> Members,
        of_consumer: impl Fn(DepartmentId) -> Members,
        of_provider: impl Fn(DepartmentId) -> Members,
    ) -> Option<List> {
        let members = match (self.entry, self.consumer, self.provider) {
            (Some(entry), _, _) => of_entry(entry),
            (None, Some(consumer), _) => of_consumer(consumer),
            (None, None, Some(provider)) => of_provider(provider),
            (None, None, None) => return None,
        };
        Some(List::newest(members.prefix(), 4))
    }
}
