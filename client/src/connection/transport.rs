//! The line to a node, HTTP or WebSocket, with the token that goes with every call on it. It comes back by nobody: [`super::Connection`] makes
//! another one.

use super::CONNECT_TIMEOUT;
use crate::signin::{Access, Credentials};
use jsonrpsee::{
    core::{
        DeserializeOwned,
        client::{BatchResponse, ClientT, Error as RpcError, Subscription, SubscriptionClientT},
        params::BatchRequestBuilder,
        traits::ToRpcParams,
    },
    http_client::{HeaderMap, HeaderValue, HttpClient},
    ws_client::{PingConfig, WsClient, WsClientBuilder},
};
use mulu_rpc_api::{
    node::{NodeClient, NodeInfo},
    signin::{Session, Token},
};
use serde_json::value::RawValue;
use std::{fmt, time::Duration};

/// Longest answer that is taken: an evidence package in hexadecimal, with room.
const RESPONSE_BYTES_MAX: u32 = 32 * 1024 * 1024;
/// Longest request that is sent: an extrinsic in hexadecimal, with room.
const REQUEST_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// How often a node is asked whether it is still there, and how long it may be silent: one that froze closes no connection.
const PING_PAUSE: Duration = Duration::from_secs(5);
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// Header of the token.
const AUTHORIZATION: &str = "authorization";

/// The line, and the token that goes with every call on it.
pub(super) struct Transport {
    /// The line.
    pub(super) line: Line,
    /// The token, which goes with every call.
    pub(super) token: Option<Token>,
}

/// What calls go over.
pub(super) enum Line {
    /// Each call is a request.
    Http(HttpClient),
    /// Calls and what the node tells by itself.
    WebSocket(WsClient),
}

impl Transport {
    pub(super) async fn open(url: &str, token: Option<Token>) -> Result<Self, RpcError> {
        let mut headers = HeaderMap::new();
        if let Some(token) = &token {
            headers.insert(AUTHORIZATION, bearer(token)?);
        }
        if url.starts_with("http://") || url.starts_with("https://") {
            let client = HttpClient::builder()
                .set_headers(headers)
                .max_request_size(REQUEST_BYTES_MAX)
                .max_response_size(RESPONSE_BYTES_MAX)
                .build(url)?;
            return Ok(Self { line: Line::Http(client), token });
        }
        let pings = PingConfig::new().ping_interval(PING_PAUSE).inactive_limit(SILENCE_MAX);
        let client = WsClientBuilder::default()
            .set_headers(headers)
            .enable_ws_ping(pings)
            .max_request_size(REQUEST_BYTES_MAX)
            .max_response_size(RESPONSE_BYTES_MAX)
            .connection_timeout(CONNECT_TIMEOUT)
            .build(url)
            .await?;
        Ok(Self { line: Line::WebSocket(client), token })
    }

    /// With the token that `access` gives, or a fresh one.
    pub(super) async fn open_as(url: &str, access: &Access) -> Result<Self, RpcError> {
        match access {
            Access::Anonymous => Self::open(url, None).await,
            Access::Token(token) => Self::open(url, Some(token.clone())).await,
            Access::Account(credentials) => {
                let nobody = Self::open(url, None).await?;
                match nobody.sign_in(credentials).await? {
                    Some(session) => Self::open(url, Some(session.token)).await,
                    None => Ok(nobody),
                }
            }
        }
    }

    pub(super) async fn info(&self) -> Result<NodeInfo, RpcError> {
        match &self.line {
            Line::Http(client) => client.info().await,
            Line::WebSocket(client) => client.info().await,
        }
    }

    pub(super) async fn sign_in(&self, credentials: &Credentials) -> Result<Option<Session>, RpcError> {
        match &self.line {
            Line::Http(client) => credentials.sign_in(client).await,
            Line::WebSocket(client) => credentials.sign_in(client).await,
        }
    }

    pub(super) async fn ask<R: DeserializeOwned>(
        &self,
        method: &str,
        params: Option<Box<RawValue>>,
    ) -> Result<R, RpcError> {
        match &self.line {
            Line::Http(client) => client.request(method, Prepared(params)).await,
            Line::WebSocket(client) => client.request(method, Prepared(params)).await,
        }
    }

    pub(super) async fn ask_many<'a, R>(&self, batch: BatchRequestBuilder<'a>) -> Result<BatchResponse<'a, R>, RpcError>
    where
        R: DeserializeOwned + fmt::Debug + 'a,
    {
        match &self.line {
            Line::Http(client) => client.batch_request(batch).await,
            Line::WebSocket(client) => client.batch_request(batch).await,
        }
    }

    pub(super) async fn subscribe<N: DeserializeOwned>(
        &self,
        subscribe: &str,
        params: Option<Box<RawValue>>,
        unsubscribe: &str,
    ) -> Result<Subscription<N>, RpcError> {
        match &self.line {
            Line::Http(client) => client.subscribe(subscribe, Prepared(params), unsubscribe).await,
            Line::WebSocket(client) => client.subscribe(subscribe, Prepared(params), unsubscribe).await,
        }
    }
}

/// A token as a header, which nothing prints.
fn bearer(token: &Token) -> Result<HeaderValue, RpcError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.0))
        .map_err(|_| RpcError::Custom("a token has 64 hexadecimal digits".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Parameters that are serialized already, so that they can be sent again.
struct Prepared(Option<Box<RawValue>>);

impl ToRpcParams for Prepared {
    fn to_rpc_params(self) -> Result<Option<Box<RawValue>>, serde_json::Error> {
        Ok(self.0)
    }
}
