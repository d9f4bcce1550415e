//! `run`: one node, from its home to its end.

use crate::{
    audit_service::{self, AuditParts},
    config::Config,
    decision_service::{self, DecisionParts, Decisions},
    error::NodeError,
    genesis::Chain,
    host::{Host, StopSignals},
    index,
    keys::{KeyLock, Seed},
    membership::{self, Contacts, Membership, View},
    pool_service::{self, DatabaseFailed, Inputs, PoolService},
    ports, search_service,
    voting::{Standing, Voter, VotingKey},
};
use mulu_consensus::{ConsensusConfig, ConsensusHandle, End, Parts, Status};
use mulu_executor::Executor;
use mulu_peers::{Peer, PeersConfig, PeersHandle, peer_id};
use mulu_pool::{Limits, Pool};
use mulu_proofs::ids::{Height, PublicKey};
use mulu_rpc::{Audit, NodeInfo, Progress, RpcParts};
use mulu_search::Search;
use mulu_storage::{GenesisBlock, Options, StatePruning, Store};
use std::{
    convert::Infallible,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{Notify, broadcast, mpsc, watch};

/// How long tasks get to end when the node does.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Folder of the write-ahead log of consensus, in the home.
const CONSENSUS_FOLDER: &str = "consensus";
/// Folder of the search index, in the home: derived from the data, and built anew where it is missing.
const SEARCH_FOLDER: &str = "search";
/// Submissions of clients that wait for their check.
const SUBMISSIONS_MAX: usize = 1_024;
/// Announcements that a slow listener may lag behind.
const ANNOUNCEMENTS_MAX: usize = 256;

/// Keys of the node, locked against a second process for as long as they live.
struct Keys {
    validator: Option<(Seed, KeyLock)>,
    next: Option<(Seed, KeyLock)>,
    node: (Seed, KeyLock),
}

impl Keys {
    fn read(config: &Config) -> Result<Self, NodeError> {
        Ok(Self {
            validator: config.validator_key.as_deref().map(Seed::read_locked).transpose()?,
            next: config.next_validator_key.as_deref().map(Seed::read_locked).transpose()?,
            node: Seed::read_locked(&config.node_key)?,
        })
    }

    fn voter(&self, config: &Config) -> Voter {
        let public = |key: &Option<(Seed, KeyLock)>| key.as_ref().map(|(seed, _)| seed.public());
        let (validator, next) = (public(&self.validator), public(&self.next));
        Voter { observer: config.observer, candidate: config.candidate, validator, next }
    }

    /// What the chain's registry may know the node by.
    fn own(&self) -> Vec<PublicKey> {
        [&self.validator, &self.next].into_iter().flatten().chain([&self.node]).map(|(seed, _)| seed.public()).collect()
    }

    fn seed(&self, standing: Standing) -> Option<[u8; 32]> {
        let key = match standing.key? {
            VotingKey::Validator => &self.validator,
            VotingKey::Next => &self.next,
        };
        key.as_ref().map(|(seed, _)| *seed.expose())
    }
}

/// What the operator gives.
#[derive(Clone, Copy)]
struct Given<'a> {
    config: &'a Config,
    chain: &'a Chain,
    keys: &'a Keys,
    retry_crashed: bool,
}

/// What consensus is started with, the first time and once more when another key takes over.
struct ConsensusParts<'a> {
    given: Given<'a>,
    parts: Parts,
}

impl ConsensusParts<'_> {
    async fn start(&self, standing: Standing, contacts: &Contacts) -> Result<ConsensusHandle, NodeError> {
        let Given { config, chain, keys, retry_crashed } = self.given;
        let config = ConsensusConfig {
            name: config.name(),
            validator: keys.seed(standing),
            peers: consensus_peers(contacts),
            retry_crashed,
            ..ConsensusConfig::new(
                chain.spec.chain_id.clone(),
                chain.hash(),
                *keys.node.0.expose(),
                config.consensus_listen,
                config.home.join(CONSENSUS_FOLDER),
            )
        };
        Ok(mulu_consensus::start(config, self.parts.clone()).await?)
    }
}

/// What follows the network while the node runs.
struct Network<'a> {
    starter: ConsensusParts<'a>,
    voter: Voter,
    standing: Standing,
    peers: PeersHandle,
    view: watch::Receiver<View>,
    consensus: ConsensusHandle,
    /// What `consensus` tells of itself.
    status: watch::Receiver<Status>,
    /// What the RPC tells of it.
    progress: watch::Sender<Progress>,
    is_parked: bool,
}

/// Runs the node of a home. `retry_crashed` executes a decided block once more that has ended the process twice.
pub fn run_home(home: &Path, rpc_port: Option<u16>, retry_crashed: bool) -> Result<(), NodeError> {
    run(Host::new(false)?, Config::read(home)?.with_rpc_port(rpc_port), retry_crashed)
}

/// Runs a node until it is asked to stop or cannot go on.
pub fn run(host: Host, config: Config, retry_crashed: bool) -> Result<(), NodeError> {
    let chain = Chain::read_expected(&config.chain_spec, config.genesis_hash)?;
    let keys = Keys::read(&config)?;
    ports::check(&config)?;
    let store = Arc::new(open_store(&config, &chain)?);
    let executor = Arc::new(Executor::new(store.clone()));
    index::bring_up_to_date(&store, &executor)?;
    let Host { runtime, stop } = host;
    let given = Given { config: &config, chain: &chain, keys: &keys, retry_crashed };
    let result = runtime.block_on(serve(given, stop, Arc::clone(&store), executor));
    // Every task lets go of the store; then it closes here, and nothing is written any more when the caller removes its folder.
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    drop(store);
    result
}

/// Opens the data folder of a home whose node does not run; chain id and store.
pub fn open_home(home: &Path) -> Result<(String, Store), NodeError> {
    let config = Config::read(home)?;
    let chain = Chain::read_expected(&config.chain_spec, config.genesis_hash)?;
    let store = open_store(&config, &chain)?;
    Ok((chain.spec.chain_id, store))
}

fn open_store(config: &Config, chain: &Chain) -> Result<Store, NodeError> {
    let pruning = config.states_kept.map_or(StatePruning::Archive, StatePruning::Keep);
    let store = Store::open(&config.data, Options { pruning, ..Options::default() })?;
    store.init_genesis(&GenesisBlock {
        header: chain.genesis.header.clone(),
        state: chain.genesis.state.clone(),
        validators: chain.genesis.validators.clone(),
        chain_id: chain.spec.chain_id.clone(),
    })?;
    Ok(store)
}

async fn serve(
    given: Given<'_>,
    mut stop: StopSignals,
    store: Arc<Store>,
    executor: Arc<Executor>,
) -> Result<(), NodeError> {
    let Given { config, chain, keys, .. } = given;
    let (head, _) = store.head();
    let (membership, view) = Membership::new(&config.peers, Arc::clone(&store), Arc::clone(&executor))?;
    let voter = keys.voter(config);
    let standing = voter.at_start(&view.validators)?;
    let domain = chain.genesis.file.domain();
    let (peers, received) = mulu_peers::start(PeersConfig {
        listen: config.extrinsics_listen,
        key: *keys.node.0.expose(),
        allowed: extrinsics_peers(&view.contacts),
        domain,
    })
    .await?;

    let pool = Arc::new(Mutex::new(Pool::new(Limits::DEFAULT, Height::new(head.number))));
    let ready = Arc::new(Notify::new());
    let (submit, submissions) = mpsc::channel(SUBMISSIONS_MAX);
    let (committed, _) = broadcast::channel(ANNOUNCEMENTS_MAX);
    let (left, _) = broadcast::channel(ANNOUNCEMENTS_MAX);
    let (refused, refusals) = mpsc::unbounded_channel();
    let (failed, mut failures) = mpsc::channel(1);
    let service = PoolService {
        pool: Arc::clone(&pool),
        executor: Arc::clone(&executor),
        store: Arc::clone(&store),
        peers: peers.clone(),
        ready: Arc::clone(&ready),
        left: left.clone(),
        failed: failed.clone(),
    };
    let inputs = Inputs { submissions, received, committed: committed.subscribe(), refused: refusals };
    tokio::spawn(pool_service::run(Arc::new(service), inputs));

    let starter = ConsensusParts {
        given,
        parts: Parts {
            store: Arc::clone(&store),
            executor: Arc::clone(&executor),
            pool: Arc::clone(&pool),
            pool_ready: ready,
            refused,
            committed: committed.clone(),
        },
    };
    // All listen before consensus commits anything, so that they miss nothing.
    let blocks = committed.subscribe();
    let decisions = start_decisions(
        given,
        DecisionParts {
            store: Arc::clone(&store),
            executor: Arc::clone(&executor),
            domain,
            genesis: chain.hash(),
            submit: submit.clone(),
            committed: committed.subscribe(),
        },
    )
    .await?;
    let audit = start_audit(
        given,
        AuditParts {
            store: Arc::clone(&store),
            executor: Arc::clone(&executor),
            genesis: chain.hash(),
            own: keys.own(),
            submit: submit.clone(),
        },
    )?;
    let search = Arc::new(Search::new(Arc::clone(&store), config.home.join(SEARCH_FOLDER)));
    tokio::spawn(search_service::run(Arc::clone(&search), committed.subscribe(), failed));
    let consensus = starter.start(standing, &view.contacts).await?;
    let (view_sender, view) = watch::channel(view);
    let (unread, mut unreadable) = mpsc::channel(1);
    tokio::spawn(membership.run(blocks, view_sender, unread));
    tokio::spawn(membership::watch_loneliness(peers.watch_connected(), membership::ALONE_AFTER));
    let connected = peers.watch_connected();
    let (progress_sender, progress) = watch::channel(Progress::default());
    let status = consensus.status();
    let mut network = Network {
        starter,
        voter,
        standing,
        peers,
        view,
        consensus,
        status,
        progress: progress_sender,
        is_parked: false,
    };
    network.tell_progress();
    let rpc = mulu_rpc::serve(
        config.rpc_listen,
        RpcParts {
            store,
            search: Arc::clone(&search),
            executor,
            pool,
            submit,
            committed,
            left,
            decision: decisions.as_ref().map(|decisions| Arc::clone(&decisions.desk)),
            audit,
            info: NodeInfo {
                chain_type: format!("{:?}", chain.spec.chain_type),
                version: env!("CARGO_PKG_VERSION").into(),
                name: config.name(),
                peer_id: peer_id(&keys.node.0.public())?.to_string(),
                should_have_peers: !config.peers.is_empty(),
                peers: names_of(connected),
                progress,
                started_at: Height::new(head.number),
                listen_addresses: listen_addresses(config),
                genesis: chain.genesis.file.clone(),
                engine_metrics: mulu_consensus::metrics,
            },
        },
    )
    .await?;
    if let Some(public) = &config.rpc_public {
        let listen = rpc.open(public.clone()).await?;
        tracing::info!(%listen, "others may sign in");
    }
    tracing::info!(
        chain = chain.spec.chain_id,
        genesis = %format_args!("0x{}", hex::encode(chain.hash())),
        height = head.number,
        rpc = %config.rpc_listen,
        votes = standing.has_vote,
        "node runs"
    );
    let result = tokio::select! {
        () = stop.asked() => Ok(()),
        Some(DatabaseFailed(why)) = failures.recv() => Err(NodeError::Failed { why }),
        Some(error) = unreadable.recv() => Err(error.into()),
        Err(error) = network.follow() => Err(error),
    };
    tracing::info!("node stops");
    search.stop();
    drop(decisions);
    rpc.stop().await;
    network.consensus.stop().await;
    result
}

/// Starts the decision point, if the configuration has one.
async fn start_decisions(given: Given<'_>, parts: DecisionParts) -> Result<Option<Decisions>, NodeError> {
    match &given.config.decision {
        Some(config) => Ok(Some(decision_service::start(config, parts).await?)),
        None => Ok(None),
    }
}

/// Starts what tells the ledger what auditors ask, if the configuration has a key for it.
fn start_audit(given: Given<'_>, parts: AuditParts) -> Result<Option<Audit>, NodeError> {
    given.config.audit.as_ref().map(|config| audit_service::start(config, parts)).transpose()
}

impl Network<'_> {
    /// Follows consensus and the list of nodes until the node has to end. A parked node stays: it answers queries and waits for a
    /// person, since a restart could make it sign twice (DESIGN §2).
    async fn follow(&mut self) -> Result<Infallible, NodeError> {
        loop {
            tokio::select! {
                end = self.consensus.ended(), if !self.is_parked => match end {
                    End::Fatal { why } => return Err(NodeError::Failed { why }),
                    End::Stopped => return Err(NodeError::Failed { why: "consensus stopped unasked".into() }),
                    End::Parked { why } => self.park(&why),
                },
                changed = self.view.changed() => {
                    changed.map_err(|_| NodeError::Failed { why: "nobody follows the list of nodes any more".into() })?;
                    self.on_view().await?;
                    self.tell_progress();
                }
                // A consensus that has ended tells nothing any more; the first arm says so.
                Ok(()) = self.status.changed() => self.tell_progress(),
            }
        }
    }

    /// The list of nodes or the validators have changed.
    async fn on_view(&mut self) -> Result<(), NodeError> {
        let View { contacts, validators } = self.view.borrow_and_update().clone();
        self.peers.set_allowed(&extrinsics_peers(&contacts))?;
        if self.is_parked {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.standing, self.voter.now(&validators));
        self.voter.tell(before, self.standing);
        if self.standing.has_vote && self.standing.key != before.key {
            self.change_key(&contacts).await
        } else {
            // The key that consensus runs with stays in it, with or without a vote.
            self.standing.key = before.key;
            Ok(self.consensus.set_peers(&consensus_peers(&contacts))?)
        }
    }

    fn tell_progress(&mut self) {
        let peer_heights = self.status.borrow_and_update().peer_heights.clone();
        let now = Progress { has_vote: self.standing.has_vote, peer_heights };
        self.progress.send_if_modified(|told| std::mem::replace(told, now.clone()) != now);
    }

    fn park(&mut self, why: &str) {
        self.is_parked = true;
        tracing::error!(
            why,
            "PARKED: this node takes no further part in consensus; docs/operations.md says what to do"
        );
    }

    /// Starts consensus anew, with the key that has the vote now.
    async fn change_key(&mut self, contacts: &Contacts) -> Result<(), NodeError> {
        match self.consensus.stop().await {
            End::Stopped => {
                self.consensus = self.starter.start(self.standing, contacts).await?;
                self.status = self.consensus.status();
            }
            End::Fatal { why } => return Err(NodeError::Failed { why }),
            End::Parked { why } => self.park(&why),
        }
        Ok(())
    }
}

fn extrinsics_peers(contacts: &Contacts) -> Vec<Peer> {
    contacts.iter().map(|(key, contact)| Peer { key: *key, address: contact.extrinsics }).collect()
}

fn consensus_peers(contacts: &Contacts) -> Vec<(PublicKey, SocketAddr)> {
    contacts.iter().map(|(key, contact)| (*key, contact.consensus)).collect()
}

/// The names of the connected peers, for as long as anybody asks for them.
fn names_of(mut connected: watch::Receiver<Vec<PublicKey>>) -> watch::Receiver<Vec<String>> {
    // A connected peer has a name.
    let names = |keys: &Vec<PublicKey>| keys.iter().filter_map(|key| Some(peer_id(key).ok()?.to_string())).collect();
    let (sender, told) = watch::channel(names(&connected.borrow_and_update()));
    tokio::spawn(async move {
        while connected.changed().await.is_ok() && sender.send(names(&connected.borrow_and_update())).is_ok() {}
    });
    told
}

/// Where peers reach the node.
fn listen_addresses(config: &Config) -> Vec<String> {
    let multiaddress = |address: SocketAddr| match address {
        SocketAddr::V4(address) => format!("/ip4/{}/tcp/{}", address.ip(), address.port()),
        SocketAddr::V6(address) => format!("/ip6/{}/tcp/{}", address.ip(), address.port()),
    };
    [config.consensus_listen, config.extrinsics_listen].map(multiaddress).to_vec()
}
