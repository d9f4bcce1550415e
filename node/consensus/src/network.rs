//! The engine's own set-up: addresses, keys and bounds of its network.

use crate::{
    codec::{MuluCodec, SYNC_VALUES_MAX},
    config::ConsensusConfig,
    context::MuluContext,
    error::ConsensusError,
    handlers::get_decided_values::ANSWER_BYTES_MAX,
    parts::PART_BYTES_MAX,
    peers::Addresses,
    signer::MarkedSigner,
    signing::ChainVerifier,
    write_ahead,
};
use arc_malachitebft_app_channel::{
    Channels, ConsensusContext, EngineHandle, NetworkContext, NetworkIdentity, RequestContext, Signer, SyncContext,
    WalContext,
    app::{
        config::{
            ConsensusConfig as EngineConsensus, DiscoveryConfig, NodeConfig, P2pConfig, PubSubProtocol, ValuePayload,
            ValueSyncConfig,
        },
        net::Multiaddr,
        types::{Keypair, codec::Codec},
    },
    start_engine,
};
use bytesize::ByteSize;
use mulu_primitives::block::BLOCK_BYTES_MAX;
use mulu_proofs::certificate::VALIDATORS_MAX;
use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

/// Longest message of the mesh: a part with its frame.
const MESSAGE_BYTES_MAX: usize = PART_BYTES_MAX + 64 * 1024;
/// Longest answer of value sync: blocks within its bound, or one large one, with certificates.
const SYNC_BYTES_MAX: usize = ANSWER_BYTES_MAX + BLOCK_BYTES_MAX + SYNC_VALUES_MAX * 16 * 1024;
/// Connections that one peer may open before it is known, and while both sides dial each other.
const CONNECTIONS_PER_PEER: usize = 5;
/// Nodes that may share an address although the list does not name them yet: peers come while the engine runs.
const NODES_PER_ADDRESS: usize = 8;
/// All validators of a chain and as many observers may have dialled before they are dialled.
const INBOUND_PEERS_MAX: usize = 2 * VALIDATORS_MAX;
/// Inputs of one future height that the engine buffers: votes of everyone in a few rounds.
const BUFFERED_PER_HEIGHT: usize = 2_000;

#[derive(Clone)]
struct Settings {
    name: String,
    consensus: EngineConsensus,
    sync: ValueSyncConfig,
}

impl NodeConfig for Settings {
    fn moniker(&self) -> &str {
        &self.name
    }

    fn consensus(&self) -> &EngineConsensus {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut EngineConsensus {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.sync
    }
}

/// Says in the words of the operator what the engine would only log.
///
/// # Errors
/// [`ConsensusError::PortTaken`] and [`ConsensusError::Listen`].
pub fn check_port(address: SocketAddr) -> Result<(), ConsensusError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(ConsensusError::PortTaken { address }),
        Err(source) => Err(ConsensusError::Listen { address, source }),
    }
}

/// Starts the engine's actors with a list of peers.
///
/// # Errors
/// [`ConsensusError::Engine`].
pub async fn start(
    config: &ConsensusConfig,
    signer: Option<&MarkedSigner>,
    peers: &Addresses,
) -> Result<(Channels<MuluContext>, EngineHandle), ConsensusError> {
    let engine = |error: &dyn std::fmt::Display| ConsensusError::Engine { why: error.to_string() };
    let keypair = keypair(config)?;
    let own = keypair.public().to_peer_id();
    let settings = settings(config, peers);
    let verifier = Box::new(ChainVerifier::new(config.domain()));
    let (identity, consensus) = match signer {
        Some(signer) => {
            let address = signer.address();
            let proof =
                signer.sign_validator_proof(address.0.to_vec(), own.to_bytes()).await.map_err(|e| engine(&e))?;
            let proof = MuluCodec.encode(&proof).map_err(|error| engine(&error))?;
            (
                NetworkIdentity::new_validator(config.name.clone(), keypair, address.to_string(), proof),
                ConsensusContext::new_validator(address, verifier, Box::new(signer.clone())),
            )
        }
        None => (
            NetworkIdentity::new(config.name.clone(), keypair, None),
            ConsensusContext::new_full_node(crate::context::Address([0; 32]), verifier),
        ),
    };
    start_engine(
        MuluContext,
        settings,
        WalContext::new(write_ahead::path(&config.home), MuluCodec),
        NetworkContext::new(identity, MuluCodec),
        consensus,
        SyncContext::new(MuluCodec),
        RequestContext::new(64),
    )
    .await
    .map_err(|error| ConsensusError::Engine { why: format!("{error:#}") })
}

/// The own node's libp2p name.
///
/// # Errors
/// [`ConsensusError::Engine`] if the seed makes no key.
pub fn own_name(config: &ConsensusConfig) -> Result<String, ConsensusError> {
    Ok(keypair(config)?.public().to_peer_id().to_string())
}

fn keypair(config: &ConsensusConfig) -> Result<Keypair, ConsensusError> {
    Keypair::ed25519_from_bytes(config.node_seed).map_err(|error| ConsensusError::Engine { why: error.to_string() })
}

fn settings(config: &ConsensusConfig, peers: &Addresses) -> Settings {
    // Many nodes of one machine have one address.
    let at_one_address = config
        .peers
        .iter()
        .map(|(_, address)| config.peers.iter().filter(|(_, other)| other.ip() == address.ip()).count());
    let max_connections_per_ip = CONNECTIONS_PER_PEER * at_one_address.max().unwrap_or(1).max(NODES_PER_ADDRESS);
    let p2p = P2pConfig {
        listen_addr: multiaddr(config.listen, None),
        persistent_peers: peers.iter().cloned().collect(),
        persistent_peers_only: true,
        protocol: PubSubProtocol::Broadcast,
        pubsub_max_size: ByteSize::b(MESSAGE_BYTES_MAX as u64),
        rpc_max_size: ByteSize::b(SYNC_BYTES_MAX as u64),
        discovery: DiscoveryConfig {
            enabled: false,
            num_inbound_peers: INBOUND_PEERS_MAX,
            max_connections_per_ip,
            max_connections_per_peer: CONNECTIONS_PER_PEER,
            ip_throttle_duration: Duration::from_secs(1),
            ..Default::default()
        },
        ..Default::default()
    };
    Settings {
        name: config.name.clone(),
        consensus: EngineConsensus {
            enabled: true,
            p2p,
            // Never the other one: it calls every value valid and shows none to the application.
            value_payload: ValuePayload::ProposalAndParts,
            queue_per_height_capacity: BUFFERED_PER_HEIGHT,
            ..Default::default()
        },
        sync: ValueSyncConfig {
            enabled: true,
            status_update_interval: Duration::from_millis(config.timeouts.status_ms),
            request_timeout: Duration::from_secs(5),
            max_response_size: ByteSize::b(SYNC_BYTES_MAX as u64),
            batch_size: 16,
            ..Default::default()
        },
    }
}

/// The engine's form of an address, with the name of who listens there.
pub fn multiaddr(address: SocketAddr, peer: Option<&str>) -> Multiaddr {
    let family = if address.is_ipv4() { "ip4" } else { "ip6" };
    let peer = peer.map(|peer| format!("/p2p/{peer}")).unwrap_or_default();
    format!("/{family}/{}/tcp/{}{peer}", address.ip(), address.port())
        .parse()
        .expect("an IP address, a port and a peer's own name make an address")
}
