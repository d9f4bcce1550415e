//! Binding, limits and the list of methods.

use crate::{
    access::Access,
    admission::Admitted,
    author::Author,
    calendar::Calendar,
    catalog::Catalog,
    chain::Chain,
    context::Context,
    deadlines::Deadlines,
    decision::Decisions,
    departments::Departments,
    elements::Elements,
    evidence::Evidence,
    gate::Gate,
    governance::Governance,
    limits::{
        BATCH_CALLS_MAX, CONNECTIONS_MAX, MESSAGES_WAITING_MAX, REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX,
        SUBSCRIPTIONS_MAX,
    },
    mounts::Mounts,
    node::Node,
    oversight::Oversight,
    parts::RpcParts,
    records::Records,
    requests::{Ids, Numbered},
    sharing::Sharing,
    state::State,
    stats::Stats,
    system::System,
};
use jsonrpsee::{
    RpcModule,
    core::RegisterMethodError,
    server::{
        BatchRequestConfig, PingConfig, RandomStringIdProvider, Server, ServerConfig, ServerHandle,
        middleware::rpc::RpcServiceBuilder,
    },
};
use mulu_proofs::ids::Height;
use mulu_rpc_api::{
    access::AccessServer, author::AuthorServer, calendar::CalendarServer, catalog::CatalogServer, chain::ChainServer,
    deadlines::DeadlinesServer, decision::DecisionsServer, departments::DepartmentsServer, elements::ElementsServer,
    evidence::EvidenceServer, governance::GovernanceServer, mounts::MountsServer, node::NodeServer,
    oversight::OversightServer, records::RecordsServer, sharing::SharingServer, state::StateServer, stats::StatsServer,
    system::SystemServer,
};
use std::{io, net::SocketAddr, sync::Arc};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
    /// Not an address of this machine alone.
    #[error("the RPC serves this machine only for now; listen on 127.0.0.1 or [::1], not on {listen}")]
    NotLoopback {
        /// The address.
        listen: SocketAddr,
    },
    /// The address cannot be had.
    #[error("the RPC cannot listen on {listen}; another program may have the port: choose one with --rpc-port")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// The running server. Dropping it stops the server.
#[derive(Debug)]
pub struct RpcHandle {
    address: SocketAddr,
    server: ServerHandle,
}

impl RpcHandle {
    /// Where it listens: with the port that the system chose, if it was asked to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection and waits until the last call has ended.
    pub async fn stop(self) {
        // An error says that it has stopped already.
        let _ = self.server.stop();
        self.server.stopped().await;
    }
}

/// Starts the server: HTTP and WebSocket on one port.
///
/// # Errors
/// [`RpcError`] if the address is not of this machine alone, or cannot be had.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn serve(listen: SocketAddr, parts: RpcParts) -> Result<RpcHandle, RpcError> {
    if !listen.ip().is_loopback() {
        return Err(RpcError::NotLoopback { listen });
    }
    let context = Arc::new(Context::new(parts));
    let module = methods(&context).expect("no two methods have one name; every test of the server registers them all");
    let (ids, gate) = (Ids::default(), Arc::clone(&context));
    let server = Server::builder()
        .set_config(config())
        .set_http_middleware(
            tower::ServiceBuilder::new().layer_fn(move |service| Gate::new(service, Arc::clone(&gate))),
        )
        .set_rpc_middleware(RpcServiceBuilder::new()
                .layer_fn(move |service| Numbered::new(service, ids.clone()))
                .layer_fn(Admitted::new))
        .build(listen)
        .await
        .map_err(|source| RpcError::Listen { listen, source })?;
    let address = server.local_addr().map_err(|source| RpcError::Listen { listen, source })?;
    let server = server.start(module);
    // So that the first proof does not have to wait for the whole chain to be read.
    tokio::spawn(async move {
        let _ = context
            .run(|context| context.history.read_ahead(&context.parts.store, Height::new(context.head().number)))
            .await;
    });
    Ok(RpcHandle { address, server })
}

fn config() -> ServerConfig {
    ServerConfig::builder()
        .max_request_body_size(REQUEST_BYTES_MAX)
        .max_response_body_size(RESPONSE_BYTES_MAX)
        .max_connections(CONNECTIONS_MAX)
        .max_subscriptions_per_connection(SUBSCRIPTIONS_MAX)
        .set_batch_request_config(BatchRequestConfig::Limit(BATCH_CALLS_MAX))
        .set_message_buffer_capacity(MESSAGES_WAITING_MAX)
        .enable_ws_ping(PingConfig::new())
        // Clients loop for ever on ids that are numbers.
        .set_id_provider(RandomStringIdProvider::new(16))
        .set_tcp_no_delay(true)
        .build()
}

fn methods(context: &Arc<Context>) -> Result<RpcModule<()>, RegisterMethodError> {
    let share = || Arc::clone(context);
    let mut module = RpcModule::new(());
    module.merge(System(share()).into_rpc())?;
    module.merge(Chain(share()).into_rpc())?;
    module.merge(State(share()).into_rpc())?;
    module.merge(Author(share()).into_rpc())?;
    module.merge(Node(share()).into_rpc())?;
    module.merge(Departments(share()).into_rpc())?;
    module.merge(Governance(share()).into_rpc())?;
    module.merge(Oversight(share()).into_rpc())?;
    module.merge(Elements(share()).into_rpc())?;
    module.merge(Mounts(share()).into_rpc())?;
    module.merge(Calendar(share()).into_rpc())?;
    module.merge(Deadlines(share()).into_rpc())?;
    module.merge(Catalog(share()).into_rpc())?;
    module.merge(Sharing(share()).into_rpc())?;
    module.merge(Access(share()).into_rpc())?;
    module.merge(Stats(share()).into_rpc())?;
    module.merge(Decisions(share()).into_rpc())?;
    module.merge(Records(share()).into_rpc())?;
    module.merge(Evidence(share()).into_rpc())?;
    let mut names: Vec<String> = module.method_names().map(str::to_owned).collect();
    names.sort();
    context.methods.get_or_init(|| names);
    Ok(module)
}
