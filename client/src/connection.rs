//! A connection to one node, over WebSocket or HTTP, that comes back by itself when it breaks.
//!
//! Every method of `mulu-rpc-api` can be called on it. A call that was under way when the connection broke is made again: queries change
//! nothing, and an extrinsic that arrives twice is one extrinsic. How long that is tried is counted from the break, however many calls wait.

use crate::error::ClientError;
use jsonrpsee::{
    core::{
        DeserializeOwned,
        client::{BatchResponse, ClientT, Error as RpcError, Subscription, SubscriptionClientT},
        params::BatchRequestBuilder,
        traits::ToRpcParams,
    },
    http_client::HttpClient,
    ws_client::{PingConfig, WsClient, WsClientBuilder},
};
use mulu_proofs::{hash::chain_domain, ids::Digest32};
use mulu_rpc_api::node::{NodeClient, NodeInfo};
use serde_json::value::RawValue;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// Longest answer that is taken: an evidence package in hexadecimal, with room.
const RESPONSE_BYTES_MAX: u32 = 32 * 1024 * 1024;
/// Longest request that is sent: an extrinsic in hexadecimal, with room.
const REQUEST_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// How long the connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a broken connection is tried to be made again, if nothing else is said.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often a node is asked whether it is still there, and how long it may be silent: one that froze closes no connection.
const PING_PAUSE: Duration = Duration::from_secs(5);
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// Pause between two tries.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// A connection to one node.
pub struct Connection {
    url: String,
    transport: RwLock<Arc<Transport>>,
    patience: Duration,
    broken_since: Mutex<Option<Instant>>,
    told: Box<dyn Fn(Duration) + Send + Sync>,
}

enum Transport {
    Http(HttpClient),
    WebSocket(WsClient),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.url)
    }
}

/// What never changes about a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainIdentity {
    /// Chain id.
    pub chain_id: String,
    /// Genesis hash.
    pub genesis: Digest32,
}

impl ChainIdentity {
    /// What signatures of batches and votes are bound to.
    pub fn domain(&self) -> Digest32 {
        chain_domain(&self.chain_id, &self.genesis)
    }
}

impl Connection {
    /// Connects to a node, and asks it which chain it keeps.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] if nothing answers there.
    pub async fn open(url: &str) -> Result<(Self, NodeInfo), ClientError> {
        let unreachable = |source| ClientError::Unreachable { url: url.to_owned(), source: Box::new(source) };
        let transport = Transport::open(url).await.map_err(unreachable)?;
        // The first question is asked without patience: who types a wrong address wants to know at once.
        let info = match &transport {
            Transport::Http(client) => client.info().await,
            Transport::WebSocket(client) => client.info().await,
        };
        let info = match info {
            Err(RpcError::Call(answer)) => return Err(RpcError::Call(answer).into()),
            other => other.map_err(unreachable)?,
        };
        let connection = Self {
            url: url.to_owned(),
            transport: RwLock::new(Arc::new(transport)),
            patience: PATIENCE,
            broken_since: Mutex::new(None),
            told: Box::new(|_| {}),
        };
        Ok((connection, info))
    }

    /// The same with another time for which a broken connection is tried to be made again.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same with somebody who is told when the connection breaks, and for how long it is tried to be made again.
    #[must_use]
    pub fn on_break(self, told: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self { told: Box::new(told), ..self }
    }

    /// Which chain the node of `info` keeps.
    pub fn identity(info: &NodeInfo) -> ChainIdentity {
        ChainIdentity { chain_id: info.chain_id.clone(), genesis: info.genesis_hash.0 }
    }

    fn transport(&self) -> Arc<Transport> {
        Arc::clone(&self.transport.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the connection anew, unless another call did so since it saw `broken`.
    async fn reconnect(&self, broken: &Arc<Transport>) -> Result<(), RpcError> {
        if !Arc::ptr_eq(&self.transport(), broken) {
            return Ok(());
        }
        // A node that froze takes connections and says nothing on them.
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, Transport::open(&self.url)).await;
        let fresh = Arc::new(opened.map_err(|_| RpcError::RequestTimeout)??);
        *self.transport.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// How long the connection has been broken. Whoever finds it broken first tells.
    fn broken_for(&self) -> Duration {
        let mut since = self.broken_since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_none() {
            tracing::debug!(url = self.url, "the connection broke; trying again");
            (self.told)(self.patience);
        }
        since.get_or_insert_with(Instant::now).elapsed()
    }

    async fn ask<R: DeserializeOwned>(&self, method: &str, params: Option<Box<RawValue>>) -> Result<R, RpcError> {
        let mut tried = false;
        loop {
            let transport = self.transport();
            let error = match transport.ask(method, params.clone()).await {
                Err(error) if is_broken(&error) => error,
                other => {
                    *self.broken_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    return other;
                }
            };
            // Who asks after patience has ended gets one try too: the node may be back.
            if self.broken_for() > self.patience && tried {
                return Err(error);
            }
            tokio::time::sleep(RETRY_PAUSE.min(self.patience)).await;
            // If this fails, the next round's call fails too, until patience ends.
            let _ = self.reconnect(&transport).await;
            tried = true;
        }
    }
}

impl Transport {
    async fn open(url: &str) -> Result<Self, RpcError> {
        if url.starts_with("http://") || url.starts_with("https://") {
            return HttpClient::builder()
                .max_request_size(REQUEST_BYTES_MAX)
                .max_response_size(RESPONSE_BYTES_MAX)
                .build(url)
                .map(Self::Http);
        }
        let pings = PingConfig::new().ping_interval(PING_PAUSE).inactive_limit(SILENCE_MAX);
        WsClientBuilder::default()
            .enable_ws_ping(pings)
            .max_request_size(REQUEST_BYTES_MAX)
            .max_response_size(RESPONSE_BYTES_MAX)
            .connection_timeout(CONNECT_TIMEOUT)
            .build(url)
            .await
            .map(Self::WebSocket)
    }

    async fn ask<R: DeserializeOwned>(&self, method: &str, params: Option<Box<RawValue>>) -> Result<R, RpcError> {
        match self {
            Self::Http(client) => client.request(method, Prepared(params)).await,
            Self::WebSocket(client) => client.request(method, Prepared(params)).await,
        }
    }
}

/// Whether the line is to blame, and not the call or its answer.
const fn is_broken(error: &RpcError) -> bool {
    matches!(error, RpcError::Transport(_) | RpcError::RestartNeeded(_) | RpcError::ServiceDisconnect)
}

/// Parameters that are serialized already, so that they can be sent again.
struct Prepared(Option<Box<RawValue>>);

impl ToRpcParams for Prepared {
    fn to_rpc_params(self) -> Result<Option<Box<RawValue>>, serde_json::Error> {
        Ok(self.0)
    }
}

impl ClientT for Connection {
    fn notification<Params>(&self, method: &str, params: Params) -> impl Future<Output = Result<(), RpcError>> + Send
    where
        Params: ToRpcParams + Send,
    {
        let transport = self.transport();
        async move {
            match &*transport {
                Transport::Http(client) => client.notification(method, params).await,
                Transport::WebSocket(client) => client.notification(method, params).await,
            }
        }
    }

    fn request<R, Params>(&self, method: &str, params: Params) -> impl Future<Output = Result<R, RpcError>> + Send
    where
        R: DeserializeOwned,
        Params: ToRpcParams + Send,
    {
        let params = params.to_rpc_params();
        async move { self.ask(method, params?).await }
    }

    fn batch_request<'a, R>(
        &self,
        batch: BatchRequestBuilder<'a>,
    ) -> impl Future<Output = Result<BatchResponse<'a, R>, RpcError>> + Send
    where
        R: DeserializeOwned + fmt::Debug + 'a,
    {
        let transport = self.transport();
        async move {
            match &*transport {
                Transport::Http(client) => client.batch_request(batch).await,
                Transport::WebSocket(client) => client.batch_request(batch).await,
            }
        }
    }
}

impl SubscriptionClientT for Connection {
    fn subscribe<'a, Notif, Params>(
        &self,
        subscribe_method: &'a str,
        params: Params,
        unsubscribe_method: &'a str,
    ) -> impl Future<Output = Result<Subscription<Notif>, RpcError>> + Send
    where
        Params: ToRpcParams + Send,
        Notif: DeserializeOwned,
    {
        let transport = self.transport();
        async move {
            match &*transport {
                Transport::Http(client) => client.subscribe(subscribe_method, params, unsubscribe_method).await,
                Transport::WebSocket(client) => client.subscribe(subscribe_method, params, unsubscribe_method).await,
            }
        }
    }

    fn subscribe_to_method<Notif>(
        &self,
        method: &str,
    ) -> impl Future<Output = Result<Subscription<Notif>, RpcError>> + Send
    where
        Notif: DeserializeOwned,
    {
        let transport = self.transport();
        async move {
            match &*transport {
                Transport::Http(client) => client.subscribe_to_method(method).await,
                Transport::WebSocket(client) => client.subscribe_to_method(method).await,
            }
        }
    }
}
