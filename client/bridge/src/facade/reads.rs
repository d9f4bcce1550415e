//! What is read: requests, grants, the catalog, purposes; as the ledger's own methods tell them (docs/rpc-types.md).

use super::{Facade, found, refusal::Refusal};
use crate::http::form::Named;
use axum::{
    extract::{FromRequestParts, Query, State},
    http::request::Parts,
    response::Response,
};
use mulu_client::{ClientError, checked};
use mulu_proofs::{
    catalog::ResourceCode,
    grants::GrantState,
    ids::{DepartmentId, EntryId, GrantId, RequestId},
    records::Subject,
};
use mulu_rpc_api::{
    Cursor,
    catalog::{CatalogClient, Entry, EntryRef, VersionContent},
    deadlines::{Deadline, DeadlineFilter, DeadlinesClient},
    search::{EntryState, SearchQuery},
    sharing::{GrantFilter, InForce, Request, RequestFilter, RequestState, SharingClient},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Most clocks of one request that are told.
const CLOCKS_MAX: u32 = 50;

/// What follows `?`, in its form.
pub struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Refusal::value(error.body_text())),
        }
    }
}

/// An id of the path.
///
/// # Errors
/// [`Refusal`] if it is none.
pub fn id<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Refusal> {
    let number = text.parse::<u64>().ok().map(Value::from);
    let id = number.and_then(|number| serde_json::from_value(number).ok());
    id.ok_or_else(|| Refusal::value(format!("{what} is named by its number")))
}

/// Of a list of requests.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestsAsked {
    entry: Option<u32>,
    consumer: Option<u32>,
    provider: Option<u32>,
    state: Option<RequestState>,
    cursor: Option<Cursor>,
    limit: Option<u32>,
}

/// `GET /api/v1/share-requests`.
pub async fn requests(State(facade): State<Facade>, Asked(asked): Asked<RequestsAsked>) -> Result<Response, Refusal> {
    let filter = RequestFilter {
        entry: asked.entry.map(EntryId::new),
        consumer: asked.consumer.map(DepartmentId::new),
        provider: asked.provider.map(DepartmentId::new),
        state: asked.state,
    };
    let page = facade.connection.requests(Some(filter), asked.cursor, asked.limit).await;
    Ok(found(page.map_err(ClientError::from)?))
}

/// A request with its clocks.
#[derive(Debug, Serialize)]
struct RequestTold {
    /// The request.
    request: Request,
    /// Its clocks that run, stand still or are overdue, the first to be due first.
    clocks: Vec<Deadline>,
}

/// `GET /api/v1/share-requests/{id}`.
pub async fn request(State(facade): State<Facade>, Named(request): Named) -> Result<Response, Refusal> {
    let request: RequestId = id("a request", &request)?;
    let told = checked::request(&facade.connection, request).await?;
    let filter = DeadlineFilter { subject: Some(Subject::Request(request)), ..DeadlineFilter::default() };
    let clocks = facade.connection.deadlines(Some(filter), None, Some(CLOCKS_MAX)).await.map_err(ClientError::from)?;
    Ok(found(RequestTold { request: told, clocks: clocks.rows }))
}

/// Of a list of grants.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantsAsked {
    entry: Option<u32>,
    consumer: Option<u32>,
    provider: Option<u32>,
    state: Option<GrantState>,
    in_force: Option<InForce>,
    cursor: Option<Cursor>,
    limit: Option<u32>,
}

/// `GET /api/v1/grants`.
pub async fn grants(State(facade): State<Facade>, Asked(asked): Asked<GrantsAsked>) -> Result<Response, Refusal> {
    let filter = GrantFilter {
        entry: asked.entry.map(EntryId::new),
        consumer: asked.consumer.map(DepartmentId::new),
        provider: asked.provider.map(DepartmentId::new),
        state: asked.state,
        in_force: asked.in_force,
    };
    let page = facade.connection.grants(Some(filter), asked.cursor, asked.limit).await;
    Ok(found(page.map_err(ClientError::from)?))
}

/// `GET /api/v1/grants/{id}`.
pub async fn grant(State(facade): State<Facade>, Named(grant): Named) -> Result<Response, Refusal> {
    let grant: GrantId = id("a grant", &grant)?;
    let told = facade.connection.grant(grant).await.map_err(ClientError::from)?;
    told.map(found).ok_or_else(|| Refusal::not_found("such grant"))
}

/// Of the catalog.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogAsked {
    /// Words.
    q: Option<String>,
    /// Of this provider.
    provider: Option<u32>,
    /// In this state; published where none is named.
    state: Option<EntryState>,
    cursor: Option<Cursor>,
    limit: Option<u32>,
}

/// `GET /api/v1/catalog`.
pub async fn catalog(State(facade): State<Facade>, Asked(asked): Asked<CatalogAsked>) -> Result<Response, Refusal> {
    let query = SearchQuery {
        text: asked.q.filter(|text| !text.trim().is_empty()),
        providers: asked.provider.into_iter().map(DepartmentId::new).collect(),
        states: vec![asked.state.unwrap_or(EntryState::Published)],
        ..SearchQuery::default()
    };
    let answer = facade.connection.search(query, asked.cursor, asked.limit).await;
    Ok(found(answer.map_err(ClientError::from)?))
}

/// An entry with the content to ask for.
#[derive(Debug, Serialize)]
struct EntryTold {
    /// The entry.
    entry: Entry,
    /// The version in force, else the latest.
    content: VersionContent,
}

/// `GET /api/v1/catalog/{entry}`: by id, or by resource code with its slash as `%2F`.
pub async fn entry(State(facade): State<Facade>, Named(entry): Named) -> Result<Response, Refusal> {
    let named = named(&entry)?;
    let told = facade.connection.entry(named.clone()).await.map_err(ClientError::from)?;
    let told = told.ok_or_else(|| Refusal::not_found("such entry"))?;
    let content = checked::entry(&facade.connection, named, None).await?;
    Ok(found(EntryTold { entry: told, content }))
}

fn named(text: &str) -> Result<EntryRef, Refusal> {
    if !text.contains('/') {
        return id("an entry", text).map(EntryRef::Id);
    }
    let code: Result<ResourceCode, _> = serde_json::from_value(text.into());
    code.map(EntryRef::Code).map_err(|error| Refusal::value(format!("{text} is no resource code: {error}")))
}

/// Of a list without filter.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageAsked {
    cursor: Option<Cursor>,
    limit: Option<u32>,
}

/// `GET /api/v1/purposes`.
pub async fn purposes(State(facade): State<Facade>, Asked(asked): Asked<PageAsked>) -> Result<Response, Refusal> {
    let page = facade.connection.purposes(asked.cursor, asked.limit).await;
    Ok(found(page.map_err(ClientError::from)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn an_entry_is_named_by_number_or_code() {
        assert_eq!(named("7").unwrap(), EntryRef::Id(EntryId::new(7)));
        assert!(matches!(named("307001/000001").unwrap(), EntryRef::Code(_)));
        let long = format!("307001/{}", "0".repeat(300));
        for wrong in ["", "seven", "-1", "4294967296", long.as_str()] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }
}
