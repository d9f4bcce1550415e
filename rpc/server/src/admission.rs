//! What stands before every call: where it comes from, who makes it, and whether it may. The answer goes with the request, as [`Caller`] in
//! its extensions.

use crate::{
    audit,
    buckets::Payer,
    caller::Caller,
    classes,
    context::Context,
    public::Visit,
    signin::{SessionId, TOKEN_LIFE},
    toll::Toll,
};
use jsonrpsee::{
    Extensions, MethodResponse,
    server::middleware::rpc::{Batch, BatchEntry, BatchEntryErr, Notification, Request, RpcServiceT},
    types::{ErrorObjectOwned, error::INVALID_REQUEST_CODE},
};
use mulu_rpc_api::codes;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Bytes of parameters that cost as much as a call.
const BYTES_PER_CALL: usize = 64 * 1024;
/// What handing back a challenge costs, in calls: a signature is checked for somebody unknown.
const SIGN_IN_COST: u64 = 5;
/// Methods that whoever has an ended token may still call, to get another.
const SIGN_IN_METHODS: &str = "signin_";
/// Methods of subscriptions whose names do not say so.
const EXTRINSIC_WATCHED: [&str; 2] = ["author_submitAndWatchExtrinsic", "author_unwatchExtrinsic"];
/// What they are told who subscribe without a WebSocket.
const NO_SUBSCRIPTIONS: &str = "subscriptions need a WebSocket: connect to ws:// or wss:// instead of http:// or https://; 订阅须使用 WebSocket 连接";

/// Where a request comes from; the gate says so in its extensions.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Over `rpc.listen`, from this machine.
    Local,
    /// Over `rpc.public.listen`.
    Public(Arc<Visit>),
}

impl Origin {
    /// Where the request of these extensions comes from.
    pub fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get::<Self>().cloned()
    }

    /// The session that its token names, ended or not.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::Local => None,
            Self::Public(visit) => visit.from.session,
        }
    }

    /// How long tokens work that are asked for here.
    pub fn token_life(&self) -> Duration {
        match self {
            Self::Local => TOKEN_LIFE,
            Self::Public(visit) => visit.guard().map_or(TOKEN_LIFE, |guard| guard.rules.token_life),
        }
    }
}

/// Goes with a request over plain HTTP, and says once its body has come in whole.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<AtomicBool>);

impl Heard {
    /// The body is here.
    pub fn whole(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn is_whole(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Wraps the service that answers calls.
#[derive(Clone)]
pub struct Admitted<S> {
    service: S,
    context: Arc<Context>,
    toll: Arc<Toll>,
}

impl<S> Admitted<S> {
    /// Around `service`, on a connection whose things that are no calls are charged to `toll`.
    pub const fn new(service: S, context: Arc<Context>, toll: Arc<Toll>) -> Self {
        Self { service, context, toll }
    }
}

impl<S> RpcServiceT for Admitted<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse> + Send + Sync + Clone + 'static,
    S::NotificationResponse: Send,
    S::BatchResponse: Send,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, mut request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let (service, context) = (self.service.clone(), Arc::clone(&self.context));
        async move {
            match admit(&context, &mut request).await {
                Ok(()) => service.call(request).await,
                Err(refusal) => MethodResponse::error(request.id, refusal).with_extensions(request.extensions),
            }
        }
    }

    fn batch<'a>(&self, requests: Batch<'a>) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        let (service, context) = (self.service.clone(), Arc::clone(&self.context));
        let toll = Arc::clone(&self.toll);
        async move {
            let mut admitted = Vec::with_capacity(requests.len());
            for entry in requests {
                admitted.push(match entry {
                    Ok(BatchEntry::Call(mut request)) => match admit(&context, &mut request).await {
                        Ok(()) => Ok(BatchEntry::Call(request)),
                        Err(refusal) => Err(BatchEntryErr::new(request.id, refusal)),
                    },
                    Ok(BatchEntry::Notification(told)) => {
                        note(&toll, &told);
                        Ok(BatchEntry::Notification(told))
                    }
                    Err(none) => {
                        // It is refused anyway, whether its sender can pay or not.
                        let _ = toll.charge(1);
                        Err(none)
                    }
                });
            }
            service.batch(Batch::from(admitted)).await
        }
    }

    fn notification<'a>(&self, n: Notification<'a>) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        let service = self.service.clone();
        note(&self.toll, &n);
        async move { service.notification(n).await }
    }
}

/// Charges what nobody asked for and nobody answers.
fn note(toll: &Toll, notification: &Notification<'_>) {
    if let Some(heard) = notification.extensions().get::<Heard>() {
        heard.whole();
    }
    let bytes = notification.params.as_ref().map_or(0, |params| params.get().len());
    // There is no answer that could say that it was one too many.
    let _ = toll.charge(1 + calls_of(bytes));
}

/// What so many bytes cost, in calls.
pub fn calls_of(bytes: usize) -> u64 {
    u64::try_from(bytes / BYTES_PER_CALL).unwrap_or(u64::MAX)
}

/// Finds out who makes a call and whether they may, and puts the caller into its extensions. What an auditor asks is noted first.
async fn admit(context: &Arc<Context>, request: &mut Request<'_>) -> Result<(), ErrorObjectOwned> {
    let heard = request.extensions().get::<Heard>();
    if let Some(heard) = heard {
        heard.whole();
    }
    let is_http = heard.is_some();
    let caller = match Origin::of(request.extensions()) {
        Some(Origin::Local) => Caller::Local,
        Some(Origin::Public(visit)) => visitor(context, &visit, request).await?,
        None => Caller::Anonymous,
    };
    let (method, parameters) = (request.method_name(), request.params.as_ref().map(|params| params.get()));
    let class = classes::check(&caller, method, parameters)?;
    if is_http && is_of_subscriptions(context, method) {
        return Err(ErrorObjectOwned::owned(INVALID_REQUEST_CODE, NO_SUBSCRIPTIONS, None::<()>));
    }
    if let Some(view) = caller.account().filter(|_| classes::is_audited(&caller, class)) {
        audit::note(context.parts.audit.as_ref(), view.account, method, parameters).await?;
    }
    request.extensions_mut().insert(caller);
    Ok(())
}

/// Whether a method begins or ends a subscription.
fn is_of_subscriptions(context: &Context, method: &str) -> bool {
    let is_named_so = method.contains("ubscribe") || EXTRINSIC_WATCHED.contains(&method);
    is_named_so && context.methods.get().is_some_and(|names| names.iter().any(|name| name == method))
}

/// Who came in from outside. Every call costs its maker something, refused or not.
async fn visitor(context: &Arc<Context>, visit: &Visit, request: &Request<'_>) -> Result<Caller, ErrorObjectOwned> {
    let known = match visit.from.session {
        Some(id) => Some(context.signed_in(id).await?),
        None => None,
    };
    let payer = match &known {
        Some(Ok((view, _))) => Payer::Account(view.account),
        Some(Err(_)) | None => Payer::Address(visit.from.address),
    };
    let is_paid = visit.guard().is_some_and(|guard| guard.charge(payer, cost(request), Instant::now()));
    if !is_paid {
        return Err(too_many(payer));
    }
    match known {
        None => Ok(Caller::Anonymous),
        Some(Ok((view, _))) => Ok(Caller::Account(view)),
        Some(Err(_)) if request.method_name().starts_with(SIGN_IN_METHODS) => Ok(Caller::Anonymous),
        // Answered as if nobody had signed in, a list would look complete and lack rows.
        Some(Err(ended)) => Err(ended.into()),
    }
}

fn cost(request: &Request<'_>) -> u64 {
    let bytes = request.params.as_ref().map_or(0, |params| params.get().len());
    let of_method = if request.method_name() == "signin_token" { SIGN_IN_COST } else { 1 };
    of_method + calls_of(bytes)
}

fn too_many(payer: Payer) -> ErrorObjectOwned {
    let whose = match payer {
        Payer::Address(_) => "more calls than an address may make that has not signed in; sign in, or wait a second",
        Payer::Account(_) => "more calls than an account may make; wait a second",
    };
    ErrorObjectOwned::owned(codes::TOO_MANY_CALLS, whose, None::<()>)
}
