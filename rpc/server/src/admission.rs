//! What stands before every call: who calls. The answer goes with the request as [`Caller`] in its extensions.

use crate::caller::Caller;
use jsonrpsee::server::middleware::rpc::{Batch, BatchEntry, Notification, Request, RpcServiceT};

/// Wraps the service that answers calls.
#[derive(Clone, Debug)]
pub struct Admitted<S> {
    service: S,
}

impl<S> Admitted<S> {
    /// Around `service`.
    pub const fn new(service: S) -> Self {
        Self { service }
    }
}

impl<S> RpcServiceT for Admitted<S>
where
    S: RpcServiceT + Send + Sync + Clone + 'static,
    S::MethodResponse: Send,
    S::NotificationResponse: Send,
    S::BatchResponse: Send,
{
    type MethodResponse = S::MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, mut request: Request<'a>) -> impl Future<Output = Self::MethodResponse> + Send + 'a {
        let service = self.service.clone();
        async move {
            request.extensions_mut().insert(Caller::Local);
            service.call(request).await
        }
    }

    fn batch<'a>(&self, mut requests: Batch<'a>) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        let service = self.service.clone();
        async move {
            for entry in requests.iter_mut().flatten() {
                if let BatchEntry::Call(request) = entry {
                    request.extensions_mut().insert(Caller::Local);
                }
            }
            service.batch(requests).await
        }
    }

    fn notification<'a>(&self, n: Notification<'a>) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        let service = self.service.clone();
        async move { service.notification(n).await }
    }
}
