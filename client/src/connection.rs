//! A connection to one node, over WebSocket or HTTP, that comes back by itself when it breaks.
//!
//! Every method of `mulu-rpc-api` can be called on it. A call that was under way when the connection broke is made again: queries change
//! nothing, and an extrinsic that arrives twice is one extrinsic. How long that is tried is counted from the break, however many calls wait.
//! With an account's credentials it signs in by itself, and again when the token has ended.

mod transport;

use crate::{
    error::ClientError,
    signin::{Access, Credentials},
};
use jsonrpsee::core::{
    DeserializeOwned,
    client::{BatchResponse, ClientT, Error as RpcError, Subscription, SubscriptionClientT},
    params::BatchRequestBuilder,
    traits::ToRpcParams,
};
use mulu_proofs::{hash::chain_domain, ids::Digest32};
use mulu_rpc_api::{
    codes,
    node::NodeInfo,
    signin::{Session, SignInClient, TOKEN_PATH},
    system::SystemClient,
};
use serde_json::value::RawValue;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use transport::{Line, Transport};

/// How long the connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a broken connection is tried to be made again, if nothing else is said.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a node that counts calls asks to wait.
const ADMISSION_PAUSE: Duration = Duration::from_secs(1);
/// Pause between two tries.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// A connection to one node.
pub struct Connection {
    url: String,
    access: Access,
    transport: RwLock<Arc<Transport>>,
    /// Held by whoever signs in again.
    signing_in: tokio::sync::Mutex<()>,
    patience: Duration,
    broken_since: Mutex<Option<Instant>>,
    told: Box<dyn Fn(Duration) + Send + Sync>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", without_token(&self.url))
    }
}

/// What a node says of itself to whoever asks, and the rest to whom it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The chain that it keeps.
    pub chain: ChainIdentity,
    /// `Development`, `Local` or `Live`.
    pub chain_type: String,
    /// Everything that `node_info` answers; none where the node answers it to those alone who have signed in.
    pub info: Option<NodeInfo>,
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
    /// Connects to a node as nobody, and asks it which chain it keeps: enough where the node's own machine asks.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] if nothing answers there.
    pub async fn open(url: &str) -> Result<(Self, NodeInfo), ClientError> {
        Self::open_as(url, Access::Anonymous).await
    }

    /// Connects to a node as somebody, and asks it which chain it keeps.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] if nothing answers there, [`ClientError::Answered`] if the node refuses the sign-in or the token.
    pub async fn open_as(url: &str, access: Access) -> Result<(Self, NodeInfo), ClientError> {
        let (connection, transport) = Self::reach(url, access).await?;
        let info = admitted(PATIENCE, || transport.info()).await;
        Ok((connection, info.map_err(|error| refused_or_unreachable(url, error))?))
    }

    /// Connects to a node as somebody, and asks it what it tells whoever that is. Where nobody has signed in, public methods answer all the same.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] if nothing answers there, [`ClientError::Answered`] if the node refuses the sign-in or the token.
    pub async fn greet(url: &str, access: Access) -> Result<(Self, Greeting), ClientError> {
        let failed = |error| refused_or_unreachable(url, error);
        let (connection, transport) = Self::reach(url, access).await?;
        let greeting = match admitted(PATIENCE, || transport.info()).await {
            Ok(info) => {
                Greeting { chain: Self::identity(&info), chain_type: info.chain_type.clone(), info: Some(info) }
            }
            Err(RpcError::Call(answer)) if answer.code() == codes::NOT_PERMITTED => {
                // What is given to sign names the chain, and is given to everybody.
                let challenge = admitted(PATIENCE, || connection.sign_in_challenge()).await.map_err(failed)?.challenge;
                let chain = ChainIdentity { chain_id: challenge.chain_id, genesis: challenge.genesis.0 };
                let chain_type = admitted(PATIENCE, || connection.chain_type()).await.map_err(failed)?;
                Greeting { chain, chain_type, info: None }
            }
            Err(error) => return Err(failed(error)),
        };
        Ok((connection, greeting))
    }

    async fn reach(url: &str, access: Access) -> Result<(Self, Arc<Transport>), ClientError> {
        // A node that cannot be reached is tried once; one that says to wait is there.
        let transport = admitted(PATIENCE, || Transport::open_as(url, &access)).await;
        let transport = Arc::new(transport.map_err(|error| refused_or_unreachable(url, error))?);
        let connection = Self {
            url: url.to_owned(),
            access,
            transport: RwLock::new(Arc::clone(&transport)),
            signing_in: tokio::sync::Mutex::default(),
            patience: PATIENCE,
            broken_since: Mutex::new(None),
            told: Box::new(|_| {}),
        };
        Ok((connection, transport))
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
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, Transport::open(&self.url, broken.token.clone())).await;
        self.replace(opened.map_err(|_| RpcError::RequestTimeout)??);
        Ok(())
    }

    fn replace(&self, transport: Transport) {
        *self.transport.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(transport);
    }

    /// Signs in again, unless another call did so since it was told that the token of `ended` has ended.
    async fn sign_in_again(&self, ended: &Arc<Transport>) -> Result<(), RpcError> {
        let _one_at_a_time = self.signing_in.lock().await;
        // A line that was made anew meanwhile carries the same token.
        if self.transport().token == ended.token {
            tracing::debug!("the token has ended; signing in again");
            self.replace(admitted(self.patience, || Transport::open_as(&self.url, &self.access)).await?);
        }
        Ok(())
    }

    /// Whether a refusal says that the token has ended, and another can be had.
    fn can_sign_in_again(&self, error: &RpcError) -> bool {
        matches!(self.access, Access::Account(_))
            && matches!(error, RpcError::Call(answer) if answer.code() == codes::SIGNED_OUT)
    }

    /// How long the connection has been broken. Whoever finds it broken first tells.
    fn broken_for(&self) -> Duration {
        let mut since = self.broken_since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_none() {
            tracing::debug!(url = without_token(&self.url), "the connection broke; trying again");
            (self.told)(self.patience);
        }
        since.get_or_insert_with(Instant::now).elapsed()
    }

    async fn ask<R: DeserializeOwned>(&self, method: &str, params: Option<Box<RawValue>>) -> Result<R, RpcError> {
        let mut tries = Tries::default();
        loop {
            let transport = self.transport();
            // The answer is gone before anything is waited for: it need not be able to move between threads.
            let error = match transport.ask(method, params.clone()).await {
                Ok(answer) => {
                    self.is_mended();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            self.mend(&transport, error, &mut tries).await?;
        }
    }

    /// The same for many at once. Where the token has ended under some of them, all of them are asked once more.
    async fn ask_many<'a, R>(&self, batch: BatchRequestBuilder<'a>) -> Result<BatchResponse<'a, R>, RpcError>
    where
        R: DeserializeOwned + fmt::Debug + 'a,
    {
        let mut tries = Tries::default();
        loop {
            let transport = self.transport();
            let error = match transport.ask_many(batch.clone()).await {
                Ok(answers) => match ended_under(&answers).filter(|error| self.helps_to_sign_in(error, &tries)) {
                    Some(error) => error,
                    None => {
                        self.is_mended();
                        return Ok(answers);
                    }
                },
                Err(error) => error,
            };
            self.mend(&transport, error, &mut tries).await?;
        }
    }

    /// Does what lets a call be made again; gives the error back where nothing does.
    async fn mend(&self, transport: &Arc<Transport>, error: RpcError, tries: &mut Tries) -> Result<(), RpcError> {
        if !is_broken(&error) {
            if !self.helps_to_sign_in(&error, tries) {
                self.is_mended();
                return Err(error);
            }
            tries.has_signed_in = true;
            return self.sign_in_again(transport).await;
        }
        // Who asks after patience has ended gets one try too: the node may be back.
        if self.broken_for() > self.patience && tries.has_reconnected {
            return Err(error);
        }
        tokio::time::sleep(RETRY_PAUSE.min(self.patience)).await;
        // If this fails, the next round's call fails too, until patience ends.
        let _ = self.reconnect(transport).await;
        tries.has_reconnected = true;
        Ok(())
    }

    fn helps_to_sign_in(&self, error: &RpcError, tries: &Tries) -> bool {
        !tries.has_signed_in && self.can_sign_in_again(error)
    }

    fn is_mended(&self) {
        *self.broken_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What has been done for a call so far.
#[derive(Debug, Default)]
struct Tries {
    has_signed_in: bool,
    has_reconnected: bool,
}

/// Signs in at a node, for a token that goes elsewhere. None if the node shows everything at this address without one.
///
/// # Errors
/// [`ClientError`] if the node cannot be reached, refuses, or asks to sign something else.
pub async fn sign_in(url: &str, credentials: &Credentials) -> Result<Option<Session>, ClientError> {
    let nobody = Transport::open(url, None).await.map_err(|error| refused_or_unreachable(url, error))?;
    admitted(PATIENCE, || nobody.sign_in(credentials)).await.map_err(|error| refused_or_unreachable(url, error))
}

/// Asks, and as long as there is patience again where the node says that these were more calls than it takes of one address or account.
async fn admitted<T, F>(patience: Duration, mut ask: impl FnMut() -> F) -> Result<T, RpcError>
where
    F: Future<Output = Result<T, RpcError>>,
{
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(RpcError::Call(answer)) if answer.code() == codes::TOO_MANY_CALLS && begun.elapsed() < patience => {
                tracing::debug!("more calls than the node takes; waiting");
            }
            answered => return answered,
        }
        tokio::time::sleep(ADMISSION_PAUSE).await;
    }
}

/// What a first question's failure means: who types a wrong address wants to know at once.
fn refused_or_unreachable(url: &str, error: RpcError) -> ClientError {
    match error {
        RpcError::Call(_) | RpcError::Custom(_) => error.into(),
        source => ClientError::Unreachable { url: without_token(url).to_owned(), source: Box::new(source) },
    }
}

/// The address without the token in its path, for people and logs.
fn without_token(url: &str) -> &str {
    url.split_once(TOKEN_PATH).map_or(url, |(address, _)| address)
}

/// The refusal of those of a batch under which the token had ended, if it had.
fn ended_under<R: fmt::Debug>(answers: &BatchResponse<'_, R>) -> Option<RpcError> {
    let mut refusals = answers.iter().filter_map(|answer| answer.as_ref().err());
    let ended = refusals.find(|refusal| refusal.code() == codes::SIGNED_OUT)?;
    Some(RpcError::Call(ended.clone().into_owned()))
}

/// Whether the line is to blame, and not the call or its answer.
const fn is_broken(error: &RpcError) -> bool {
    matches!(error, RpcError::Transport(_) | RpcError::RestartNeeded(_) | RpcError::ServiceDisconnect)
}

impl ClientT for Connection {
    fn notification<Params>(&self, method: &str, params: Params) -> impl Future<Output = Result<(), RpcError>> + Send
    where
        Params: ToRpcParams + Send,
    {
        let transport = self.transport();
        async move {
            match &transport.line {
                Line::Http(client) => client.notification(method, params).await,
                Line::WebSocket(client) => client.notification(method, params).await,
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
        self.ask_many(batch)
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
        let params = params.to_rpc_params();
        async move {
            let (params, transport) = (params?, self.transport());
            let error = match transport.subscribe(subscribe_method, params.clone(), unsubscribe_method).await {
                Ok(subscription) => return Ok(subscription),
                Err(error) => error,
            };
            if !self.can_sign_in_again(&error) {
                return Err(error);
            }
            self.sign_in_again(&transport).await?;
            self.transport().subscribe(subscribe_method, params, unsubscribe_method).await
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
            match &transport.line {
                Line::Http(client) => client.subscribe_to_method(method).await,
                Line::WebSocket(client) => client.subscribe_to_method(method).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use jsonrpsee::types::ErrorObjectOwned;

    #[tokio::test]
    async fn whoever_asked_too_often_waits_as_long_as_there_is_patience() {
        let refused = |code| Err(RpcError::Call(ErrorObjectOwned::owned(code, "refused", None::<()>)));
        let asked = |patience: Duration, code: i32| async move {
            let mut times = 0;
            let answer = admitted(patience, || {
                times += 1;
                std::future::ready(if times > 1 { Ok(()) } else { refused(code) })
            });
            let is_answered = answer.await.is_ok();
            (is_answered, times)
        };
        assert_eq!(asked(PATIENCE, codes::TOO_MANY_CALLS).await, (true, 2));
        assert_eq!(asked(Duration::ZERO, codes::TOO_MANY_CALLS).await, (false, 1));
        assert_eq!(asked(PATIENCE, codes::NOT_PERMITTED).await, (false, 1));
    }
}
