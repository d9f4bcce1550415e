//! Request ids: every call gets a number that stands in the log and in the answer to a call that failed.

use jsonrpsee::server::middleware::rpc::{Batch, Notification, Request, RpcServiceT};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tracing::{Instrument, debug_span};

tokio::task_local! {
    static REQUEST: u64;
}

/// Id of the call that runs in this task; 0 outside of one.
pub fn current() -> u64 {
    REQUEST.try_with(|id| *id).unwrap_or_default()
}

/// Gives ids, counting from 1 since the start.
#[derive(Clone, Debug, Default)]
pub struct Ids(Arc<AtomicU64>);

impl Ids {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Wraps the service that answers calls.
#[derive(Clone, Debug)]
pub struct Numbered<S> {
    service: S,
    ids: Ids,
}

impl<S> Numbered<S> {
    /// Around `service`.
    pub const fn new(service: S, ids: Ids) -> Self {
        Self { service, ids }
    }
}

impl<S> RpcServiceT for Numbered<S>
where
    S: RpcServiceT + Send + Sync + Clone + 'static,
    S::MethodResponse: Send,
    S::NotificationResponse: Send,
    S::BatchResponse: Send,
{
    type MethodResponse = S::MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = Self::MethodResponse> + Send + 'a {
        let (service, id) = (self.service.clone(), self.ids.next());
        let span = debug_span!("rpc", request = id, method = request.method_name());
        REQUEST.scope(id, async move { service.call(request).await }).instrument(span)
    }

    fn batch<'a>(&self, requests: Batch<'a>) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        let (service, id) = (self.service.clone(), self.ids.next());
        let span = debug_span!("rpc", request = id, calls = requests.len());
        REQUEST.scope(id, async move { service.batch(requests).await }).instrument(span)
    }

    fn notification<'a>(&self, n: Notification<'a>) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        let service = self.service.clone();
        async move { service.notification(n).await }
    }
}
