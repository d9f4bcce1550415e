//! The task that owns the swarm.

use crate::{
    codec::{Ack, ExtrinsicsCodec},
    config::{self, PeersConfig, PeersError},
    handle::{AllowList, PeersHandle, allow_list},
    outbox::Outbox,
};
use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm, SwarmBuilder,
    allow_block_list::{self, AllowedPeers},
    connection_limits::{self, ConnectionLimits},
    multiaddr::Protocol,
    noise, ping,
    request_response::{self, Message, OutboundRequestId, ProtocolSupport, ResponseChannel},
    swarm::{
        NetworkBehaviour, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
    tcp, yamux,
};
use mulu_primitives::block::{EXTRINSIC_BYTES_MAX, Extrinsic};
use mulu_proofs::ids::PublicKey;
use std::{
    collections::BTreeMap,
    io,
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, info, warn};

/// Extrinsics that wait for the task.
const FORWARD_MAX: usize = 8_192;
/// Requests that wait for the node; beyond, peers hear "busy".
const RECEIVED_MAX: usize = 64;
/// Requests to one peer that may be on their way at once.
const IN_FLIGHT_MAX: usize = 4;
/// How often timers are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Pause behind a "busy".
const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// Pauses between dials: from, to, doubling.
const DIAL_PAUSE_MIN: Duration = Duration::from_millis(250);
const DIAL_PAUSE_MAX: Duration = Duration::from_secs(10);
/// A connection that lasted this long makes the pauses short again.
const STABLE_AFTER: Duration = Duration::from_secs(10);
/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Connections in the handshake at once: all that strangers can take.
const PENDING_INCOMING_MAX: u32 = 64;
/// Both sides may have dialled at the same moment.
const CONNECTIONS_PER_PEER_MAX: u32 = 2;

/// Extrinsics that a peer sent.
#[derive(Clone, Debug)]
pub struct Received {
    /// Key of the peer.
    pub from: PublicKey,
    /// The extrinsics; nothing is known of them but their bounds.
    pub extrinsics: Vec<Extrinsic>,
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    limits: connection_limits::Behaviour,
    allowed: allow_block_list::Behaviour<AllowedPeers>,
    extrinsics: request_response::Behaviour<ExtrinsicsCodec>,
    ping: ping::Behaviour,
}

struct PeerState {
    key: PublicKey,
    address: Multiaddr,
    connections: u32,
    connected_at: Instant,
    dial_at: Instant,
    dial_pause: Duration,
    outbox: Outbox,
    in_flight: BTreeMap<OutboundRequestId, Vec<Extrinsic>>,
    busy_until: Instant,
}

struct Task {
    swarm: Swarm<Behaviour>,
    peers: BTreeMap<PeerId, PeerState>,
    forward: mpsc::Receiver<Extrinsic>,
    allowed: watch::Receiver<AllowList>,
    received: mpsc::Sender<Received>,
    connected: watch::Sender<Vec<PublicKey>>,
}

/// Starts the swarm on the current tokio runtime.
///
/// # Errors
/// [`PeersError`] if the port is taken, the address is not of this machine, or a key is no key.
pub async fn start(config: PeersConfig) -> Result<(PeersHandle, mpsc::Receiver<Received>), PeersError> {
    check_port(config.listen)?;
    let (set_allowed, mut allowed) = watch::channel(allow_list(&config.allowed)?);
    // The task begins with this list.
    allowed.mark_changed();
    let mut swarm = swarm(&config)?;
    let listen_error = |source| PeersError::Listen { address: config.listen, source };
    swarm
        .listen_on(config::multiaddr(config.listen))
        .map_err(|error| listen_error(io::Error::other(error.to_string())))?;
    let address = loop {
        match swarm.select_next_some().await {
            SwarmEvent::NewListenAddr { address, .. } => break socket_address(&address).unwrap_or(config.listen),
            SwarmEvent::ListenerClosed { reason: Err(error), .. } => return Err(listen_error(error)),
            SwarmEvent::ListenerClosed { .. } => return Err(listen_error(io::ErrorKind::NotConnected.into())),
            _ => {}
        }
    };
    info!(%address, peers = config.allowed.len(), "listening for extrinsics of peers");
    let (forward, forward_queue) = mpsc::channel(FORWARD_MAX);
    let (received, received_queue) = mpsc::channel(RECEIVED_MAX);
    let (connected, watch_connected) = watch::channel(Vec::new());
    let task = Task { swarm, peers: BTreeMap::new(), forward: forward_queue, allowed, received, connected };
    tokio::spawn(task.run());
    Ok((PeersHandle { forward, connected: watch_connected, allowed: set_allowed, address }, received_queue))
}

/// libp2p shares its listening ports between processes of one user, which hides a second node: ask for the port alone first.
fn check_port(address: SocketAddr) -> Result<(), PeersError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(PeersError::PortTaken { address }),
        Err(source) => Err(PeersError::Listen { address, source }),
    }
}

fn swarm(config: &PeersConfig) -> Result<Swarm<Behaviour>, PeersError> {
    let protocol = format!("/mulu/{}/extrinsics/1", hex::encode(config.domain));
    let requests = request_response::Config::default()
        .with_request_timeout(REQUEST_TIMEOUT)
        .with_max_concurrent_streams(2 * IN_FLIGHT_MAX);
    let extrinsics =
        request_response::Behaviour::with_codec(ExtrinsicsCodec, [(protocol, ProtocolSupport::Full)], requests);
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(limits(0)),
        allowed: allow_block_list::Behaviour::default(),
        extrinsics,
        ping: ping::Behaviour::new(ping::Config::new()),
    };
    let swarm = SwarmBuilder::with_existing_identity(config::keypair(config.key))
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
        .map_err(|error| PeersError::Transport(error.to_string()))?
        .with_behaviour(|_| behaviour)
        .map_err(|error| PeersError::Transport(error.to_string()))?
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::MAX))
        .with_connection_timeout(HANDSHAKE_TIMEOUT)
        .build();
    Ok(swarm)
}

/// Bounds of connections with so many peers on the list.
fn limits(peers: usize) -> ConnectionLimits {
    let peers = u32::try_from(peers).unwrap_or(u32::MAX);
    ConnectionLimits::default()
        .with_max_pending_incoming(Some(PENDING_INCOMING_MAX))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER_MAX))
        .with_max_established(Some(peers.saturating_mul(CONNECTIONS_PER_PEER_MAX)))
}

fn socket_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    if let Protocol::Tcp(port) = parts.next()? { Some(SocketAddr::new(ip, port)) } else { None }
}

impl PeerState {
    fn new(key: PublicKey, address: Multiaddr) -> Self {
        let now = Instant::now();
        Self {
            key,
            address,
            connections: 0,
            connected_at: now,
            dial_at: now,
            dial_pause: DIAL_PAUSE_MIN,
            outbox: Outbox::default(),
            in_flight: BTreeMap::new(),
            busy_until: now,
        }
    }
}

impl Task {
    async fn run(mut self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                extrinsic = self.forward.recv() => match extrinsic {
                    Some(extrinsic) => self.forward(&extrinsic),
                    None => break,
                },
                // Fails only when the handle is gone, which ends the task above.
                Ok(()) = self.allowed.changed() => self.on_allowed(),
                event = self.swarm.select_next_some() => self.on_event(event),
                _ = tick.tick() => self.on_tick(),
            }
        }
    }

    /// Takes over the list of peers that is in force now.
    fn on_allowed(&mut self) {
        let list = self.allowed.borrow_and_update().clone();
        let own = *self.swarm.local_peer_id();
        let gone: Vec<PeerId> = self.peers.keys().filter(|id| !list.contains_key(id)).copied().collect();
        for id in gone {
            // Closes its connections too.
            self.swarm.behaviour_mut().allowed.disallow_peer(id);
            self.peers.remove(&id);
            info!(peer = %id, "peer taken off the list");
        }
        for (id, (key, address)) in list.iter().filter(|(id, _)| **id != own) {
            match self.peers.get_mut(id) {
                Some(peer) if peer.address == *address => {}
                Some(peer) => {
                    peer.address = address.clone();
                    (peer.dial_at, peer.dial_pause) = (Instant::now(), DIAL_PAUSE_MIN);
                    info!(peer = %id, %address, "peer has another address");
                }
                None => {
                    self.swarm.behaviour_mut().allowed.allow_peer(*id);
                    self.peers.insert(*id, PeerState::new(*key, address.clone()));
                }
            }
        }
        *self.swarm.behaviour_mut().limits.limits_mut() = limits(self.peers.len());
        self.publish_connected();
    }

    fn forward(&mut self, extrinsic: &Extrinsic) {
        if extrinsic.bytes().is_empty() || extrinsic.bytes().len() > EXTRINSIC_BYTES_MAX {
            return;
        }
        for (id, peer) in &mut self.peers {
            if peer.connections == 0 {
                continue;
            }
            if !peer.outbox.push(extrinsic.clone()) {
                debug!(peer = %id, "an extrinsic was not forwarded: too much waits for this peer");
            }
        }
        let ids: Vec<PeerId> = self.peers.keys().copied().collect();
        for id in ids {
            self.flush(&id);
        }
    }

    fn flush(&mut self, id: &PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let may_send = peer.connections > 0 && Instant::now() >= peer.busy_until;
        while may_send && peer.in_flight.len() < IN_FLIGHT_MAX && !peer.outbox.is_empty() {
            let request = peer.outbox.next_request();
            let request_id = self.swarm.behaviour_mut().extrinsics.send_request(id, request.clone());
            peer.in_flight.insert(request_id, request);
        }
    }

    fn on_tick(&mut self) {
        let now = Instant::now();
        let ids: Vec<PeerId> = self.peers.keys().copied().collect();
        for id in ids {
            self.flush(&id);
            let peer = self.peers.get_mut(&id).expect("ids come from this map");
            if peer.connections > 0 || now < peer.dial_at {
                continue;
            }
            peer.dial_at = now + peer.dial_pause;
            peer.dial_pause = (peer.dial_pause * 2).min(DIAL_PAUSE_MAX);
            let dial = DialOpts::peer_id(id)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(vec![peer.address.clone()])
                .build();
            if let Err(error) = self.swarm.dial(dial) {
                debug!(peer = %id, %error, "not dialled");
            }
        }
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Extrinsics(event)) => self.on_extrinsics(event),
            SwarmEvent::Behaviour(BehaviourEvent::Ping(ping::Event { peer, connection, result: Err(error) })) => {
                debug!(%peer, %error, "a peer does not answer");
                self.swarm.close_connection(connection);
            }
            SwarmEvent::ConnectionEstablished { peer_id, num_established, .. } => {
                self.on_connections(peer_id, num_established.get());
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established, .. } => {
                self.on_connections(peer_id, num_established);
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                // Strangers are expected on an open port; their number is theirs to choose.
                debug!(address = %send_back_addr, %error, "a connection was refused");
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => {
                debug!(%peer, %error, "a peer cannot be reached");
            }
            SwarmEvent::ListenerClosed { reason, .. } => warn!(?reason, "no longer listening for extrinsics of peers"),
            SwarmEvent::ListenerError { error, .. } => warn!(%error, "a connection could not be taken"),
            _ => {}
        }
    }

    fn on_connections(&mut self, id: PeerId, connections: u32) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let now = Instant::now();
        match (peer.connections, connections) {
            (0, 1..) => {
                peer.connected_at = now;
                info!(peer = %id, "peer connected");
            }
            (1.., 0) => {
                // A peer that closes at once, since it does not know us yet, is not dialled in a tight loop.
                if now.duration_since(peer.connected_at) >= STABLE_AFTER {
                    peer.dial_pause = DIAL_PAUSE_MIN;
                }
                peer.dial_at = now + peer.dial_pause;
                peer.outbox.clear();
                info!(peer = %id, "peer gone");
            }
            _ => {}
        }
        peer.connections = connections;
        self.publish_connected();
    }

    fn publish_connected(&self) {
        let mut connected: Vec<PublicKey> =
            self.peers.values().filter(|peer| peer.connections > 0).map(|peer| peer.key).collect();
        connected.sort_unstable();
        self.connected.send_if_modified(|known| {
            let is_other = *known != connected;
            *known = connected;
            is_other
        });
    }

    fn on_extrinsics(&mut self, event: request_response::Event<Vec<Extrinsic>, Ack>) {
        match event {
            request_response::Event::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                self.on_request(peer, request, channel);
            }
            request_response::Event::Message { peer, message: Message::Response { request_id, response }, .. } => {
                let Some(state) = self.peers.get_mut(&peer) else { return };
                let sent = state.in_flight.remove(&request_id);
                if response == Ack::Busy {
                    state.busy_until = Instant::now() + BUSY_PAUSE;
                    state.outbox.put_back(sent.unwrap_or_default());
                }
                self.flush(&peer);
            }
            request_response::Event::OutboundFailure { peer, request_id, error, .. } => {
                // Not sent again here: the peer may be on another version. The pool sends again what still waits.
                debug!(%peer, %error, "extrinsics were not delivered");
                if let Some(state) = self.peers.get_mut(&peer) {
                    state.in_flight.remove(&request_id);
                }
                self.flush(&peer);
            }
            request_response::Event::InboundFailure { peer, error, .. } => {
                warn!(%peer, %error, "a peer sent a request that cannot be read or answered");
            }
            request_response::Event::ResponseSent { .. } => {}
        }
    }

    fn on_request(&mut self, peer: PeerId, extrinsics: Vec<Extrinsic>, channel: ResponseChannel<Ack>) {
        let Some(state) = self.peers.get(&peer) else { return };
        let ack = match self.received.try_send(Received { from: state.key, extrinsics }) {
            Ok(()) => Ack::Taken,
            Err(_) => Ack::Busy,
        };
        // Fails if the connection went; then the peer sends again by itself.
        let _ = self.swarm.behaviour_mut().extrinsics.send_response(channel, ack);
    }
}
