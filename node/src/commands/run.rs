//! `run`: one node, from its home to its end.

use crate::{
    config::Config,
    error::NodeError,
    genesis::Chain,
    keys::{KeyLock, Seed},
    pool_service::{self, DatabaseFailed, Inputs, PoolService},
    ports,
};
use mulu_consensus::{ConsensusConfig, ConsensusHandle, End, Parts};
use mulu_executor::Executor;
use mulu_peers::{Peer, PeersConfig, peer_id};
use mulu_pool::{Limits, Pool};
use mulu_proofs::{
    certificate::ValidatorSet,
    ids::{Height, PublicKey},
};
use mulu_rpc::{NodeInfo, RpcParts};
use mulu_storage::{GenesisBlock, Options, StatePruning, Store};
use std::{
    convert::Infallible,
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
    sync::{Notify, broadcast, mpsc, watch},
};

/// Stack of every thread that executes blocks or decodes extrinsics: there is no sandbox, so it must hold the deepest call.
const STACK_BYTES: usize = 32 * 1024 * 1024;
/// Folder of the write-ahead log of consensus, in the home.
const CONSENSUS_FOLDER: &str = "consensus";
/// Submissions of clients that wait for their check.
const SUBMISSIONS_MAX: usize = 1_024;
/// Announcements that a slow listener may lag behind.
const ANNOUNCEMENTS_MAX: usize = 256;

/// Keys of the node, locked against a second process for as long as they live.
struct Keys {
    validator: Option<(Seed, KeyLock)>,
    node: (Seed, KeyLock),
}

/// Runs the node of a home.
pub fn run_home(home: &Path, rpc_port: Option<u16>) -> Result<(), NodeError> {
    run(Config::read(home)?.with_rpc_port(rpc_port))
}

/// Runs a node until it is asked to stop or cannot go on.
pub fn run(config: Config) -> Result<(), NodeError> {
    let chain = Chain::read_expected(&config.chain_spec, config.genesis_hash)?;
    let keys = Keys {
        validator: config.validator_key.as_deref().map(Seed::read_locked).transpose()?,
        node: Seed::read_locked(&config.node_key)?,
    };
    ports::check(&config)?;
    let store = Arc::new(open_store(&config, &chain)?);
    let executor = Arc::new(Executor::new(store.clone()));
    let runtime =
        Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build().map_err(NodeError::Threads)?;
    let result = runtime.block_on(serve(&config, &chain, &keys, store, executor));
    runtime.shutdown_background();
    result
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

/// Whether the node votes, by its configuration and the validators of the next height.
fn vote(config: &Config, keys: &Keys, validators: &ValidatorSet) -> Result<Option<[u8; 32]>, NodeError> {
    let Some((seed, _)) = &keys.validator else { return Ok(None) };
    let key = seed.public();
    match (validators.contains(&key), config.observer) {
        (true, true) => Err(NodeError::ObserverWithVote { key }),
        (false, false) => Err(NodeError::NotAValidator { key }),
        (true, false) => Ok(Some(*seed.expose())),
        (false, true) => Ok(None),
    }
}

async fn serve(
    config: &Config,
    chain: &Chain,
    keys: &Keys,
    store: Arc<Store>,
    executor: Arc<Executor>,
) -> Result<(), NodeError> {
    let (head, _) = store.head();
    let validator = vote(config, keys, &executor.validators(&head)?)?;
    let domain = chain.genesis.file.domain();
    let (peers, received) = mulu_peers::start(PeersConfig {
        listen: config.extrinsics_listen,
        key: *keys.node.0.expose(),
        allowed: config.peers.iter().map(|peer| Peer { key: peer.key, address: peer.extrinsics }).collect(),
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
        failed,
    };
    let inputs = Inputs { submissions, received, committed: committed.subscribe(), refused: refusals };
    tokio::spawn(pool_service::run(Arc::new(service), inputs));

    let mut consensus = mulu_consensus::start(
        ConsensusConfig {
            name: config.name(),
            validator,
            peers: config.peers.iter().map(|peer| (peer.key, peer.consensus)).collect(),
            ..ConsensusConfig::new(
                chain.spec.chain_id.clone(),
                chain.hash(),
                *keys.node.0.expose(),
                config.consensus_listen,
                config.home.join(CONSENSUS_FOLDER),
            )
        },
        Parts {
            store: Arc::clone(&store),
            executor: Arc::clone(&executor),
            pool: Arc::clone(&pool),
            pool_ready: ready,
            refused,
            committed: committed.clone(),
        },
    )
    .await?;
    let rpc = mulu_rpc::serve(
        config.rpc_listen,
        RpcParts {
            store,
            executor,
            pool,
            submit,
            committed,
            left,
            info: NodeInfo {
                chain_type: format!("{:?}", chain.spec.chain_type),
                version: env!("CARGO_PKG_VERSION").into(),
                name: config.name(),
                peer_id: peer_id(&keys.node.0.public())?.to_string(),
                should_have_peers: !config.peers.is_empty(),
                peers: count_of(peers.watch_connected()),
                genesis: chain.genesis.file.clone(),
            },
        },
    )
    .await?;
    let mut terminate = signal(SignalKind::terminate()).map_err(NodeError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(NodeError::Signals)?;
    tracing::info!(
        chain = chain.spec.chain_id,
        genesis = %format_args!("0x{}", hex::encode(chain.hash())),
        height = head.number,
        rpc = %config.rpc_listen,
        votes = validator.is_some(),
        "node runs"
    );
    let asked = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let result = tokio::select! {
        () = asked => Ok(()),
        Some(DatabaseFailed(why)) = failures.recv() => Err(NodeError::Failed { why }),
        Err(error) = watch_over(&mut consensus) => Err(error),
    };
    tracing::info!("node stops");
    rpc.stop().await;
    consensus.stop().await;
    result
}

/// Waits for the end of consensus and says what the node has to do then. A parked node stays: it answers queries and waits for a
/// person, since a restart could make it sign twice (DESIGN §2).
async fn watch_over(consensus: &mut ConsensusHandle) -> Result<Infallible, NodeError> {
    match consensus.ended().await {
        End::Fatal { why } => Err(NodeError::Failed { why }),
        End::Stopped => Err(NodeError::Failed { why: "consensus stopped unasked".into() }),
        End::Parked { why } => {
            tracing::error!(%why, "PARKED: this node takes no further part in consensus; docs/operations.md says what to do");
            std::future::pending().await
        }
    }
}

/// The number of connected peers, for as long as anybody asks for it.
fn count_of(mut connected: watch::Receiver<Vec<PublicKey>>) -> watch::Receiver<usize> {
    let (sender, count) = watch::channel(connected.borrow_and_update().len());
    tokio::spawn(async move {
        while connected.changed().await.is_ok() && sender.send(connected.borrow_and_update().len()).is_ok() {}
    });
    count
}
