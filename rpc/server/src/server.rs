//! The two listeners, their limits, and the list of methods.

use crate::{
    access::Access,
    admission::Admitted,
    author::Author,
    calendar::Calendar,
    catalog::Catalog,
    chain::Chain,
    connections::{Ends, Entrance},
    context::Context,
    deadlines::Deadlines,
    decision::Decisions,
    departments::Departments,
    discover::Discover,
    elements::Elements,
    evidence::Evidence,
    gate::Gate,
    governance::Governance,
    limits::{BATCH_CALLS_MAX, MESSAGES_WAITING_MAX, REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX, SUBSCRIPTIONS_MAX},
    mounts::Mounts,
    node::Node,
    oversight::Oversight,
    pace::Paced,
    parts::RpcParts,
    payment::Payment,
    public::{Door, Public},
    records::Records,
    requests::{Ids, Numbered},
    sharing::Sharing,
    signin::SignIn,
    state::State,
    stats::Stats,
    system::System,
};
use jsonrpsee::{
    Methods, RpcModule,
    core::RegisterMethodError,
    server::{
        BatchRequestConfig, PingConfig, RandomStringIdProvider, Server, ServerConfig,
        middleware::rpc::RpcServiceBuilder, serve_with_graceful_shutdown, stop_channel,
    },
};
use mulu_proofs::ids::Height;
use mulu_rpc_api::{
    access::AccessServer, author::AuthorServer, calendar::CalendarServer, catalog::CatalogServer, chain::ChainServer,
    deadlines::DeadlinesServer, decision::DecisionsServer, departments::DepartmentsServer, discover::DiscoverServer,
    elements::ElementsServer, evidence::EvidenceServer, governance::GovernanceServer, mounts::MountsServer,
    node::NodeServer, oversight::OversightServer, payment::PaymentServer, records::RecordsServer,
    sharing::SharingServer, signin::SignInServer, state::StateServer, stats::StatsServer, system::SystemServer,
};
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};

/// How long connections may take to end when the server stops.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
    /// Not an address of this machine alone.
    #[error(
        "rpc.listen shows everything to whoever reaches it, so it is 127.0.0.1 or [::1], not {listen}; others come in over [rpc.public]"
    )]
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
    /// The address for others cannot be had.
    #[error(
        "the RPC for others cannot listen on {listen}; give an address of this machine and a free port as rpc.public.listen"
    )]
    ListenPublic {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// The running server. Dropping it stops the server.
pub struct RpcHandle {
    address: SocketAddr,
    context: Arc<Context>,
    methods: Methods,
    ids: Ids,
    ends: Ends,
    stop: watch::Sender<()>,
    ended: mpsc::Receiver<()>,
}

impl fmt::Debug for RpcHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpcHandle({})", self.address)
    }
}

impl RpcHandle {
    /// Where it listens: with the port that the system chose, if it was asked to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens for others too, and says where.
    ///
    /// # Errors
    /// [`RpcError::ListenPublic`] if the address cannot be had.
    pub async fn open(&self, rules: Public) -> Result<SocketAddr, RpcError> {
        let listen = rules.listen;
        let unlistened = |source| RpcError::ListenPublic { listen, source };
        self.listen(listen, Door::public(rules)).await.map_err(unlistened)
    }

    /// Closes every connection and waits until the last call has ended, or for [`STOP_WAIT`]: a client that reads nothing ends never.
    pub async fn stop(self) {
        let Self { ends, stop, mut ended, .. } = self;
        stop.send_replace(());
        drop(ends);
        // Nobody sends anything: it closes when the last connection does.
        if tokio::time::timeout(STOP_WAIT, ended.recv()).await.is_err() {
            tracing::debug!("some rpc connections did not end in time");
        }
    }

    /// Takes connections in at a door, each behind a gate of its own.
    async fn listen(&self, address: SocketAddr, door: Door) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (context, door, methods) = (Arc::clone(&self.context), Arc::new(door), self.methods.clone());
        let ids = self.ids.clone();
        let builder = Server::builder().set_config(config(door.connections_max())).to_service_builder();
        let mut entrance = Entrance::new(listener, Arc::clone(&door), Arc::clone(&context), self.ends.clone());
        tokio::spawn(async move {
            while let Some(arrival) = entrance.next().await {
                let (stop, handle) = stop_channel();
                let (socket, line) = arrival.watched(handle);
                let (ids, admitting, toll) = (ids.clone(), Arc::clone(&context), Arc::clone(line.toll()));
                let middleware = RpcServiceBuilder::new()
                    .layer_fn(move |service| Numbered::new(service, ids.clone()))
                    .layer_fn(Paced::new)
                    .layer_fn(move |service| Admitted::new(service, Arc::clone(&admitting), Arc::clone(&toll)));
                let builder = builder.clone().set_rpc_middleware(middleware);
                let service = builder.build(methods.clone(), stop.clone());
                let gate = Gate::new(service, Arc::clone(&context), Arc::clone(&door), line);
                tokio::spawn(async move {
                    // Whatever went wrong is the client's affair, who is gone.
                    let _ = serve_with_graceful_shutdown(socket, gate, stop.shutdown()).await;
                });
            }
        });
        Ok(address)
    }
}

/// Starts the server for this machine: HTTP and WebSocket on one port. [`RpcHandle::open`] lets others in.
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
    let (stop, stopped) = watch::channel(());
    let (alive, ended) = mpsc::channel(1);
    let ends = Ends { stop: stopped, alive };
    let (methods, ids) = (module.into(), Ids::default());
    let mut handle = RpcHandle { address: listen, context, methods, ids, ends, stop, ended };
    let address = handle.listen(listen, Door::local()).await;
    handle.address = address.map_err(|source| RpcError::Listen { listen, source })?;
    // So that the first proof does not have to wait for the whole chain to be read.
    let context = Arc::clone(&handle.context);
    tokio::spawn(async move {
        let _ = context
            .run(|context| context.history.read_ahead(&context.parts.store, Height::new(context.head().number)))
            .await;
    });
    Ok(handle)
}

fn config(connections_max: u32) -> ServerConfig {
    ServerConfig::builder()
        .max_request_body_size(REQUEST_BYTES_MAX)
        .max_response_body_size(RESPONSE_BYTES_MAX)
        .max_connections(connections_max)
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
    module.merge(Discover.into_rpc())?;
    module.merge(Chain(share()).into_rpc())?;
    module.merge(State(share()).into_rpc())?;
    module.merge(Author(share()).into_rpc())?;
    module.merge(SignIn(share()).into_rpc())?;
    module.merge(Payment(share()).into_rpc())?;
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
