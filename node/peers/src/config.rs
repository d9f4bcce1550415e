//! Who we are, who the others are, and what can be wrong with that.

use libp2p::{
    Multiaddr, PeerId,
    identity::{Keypair, PublicKey as NodeKey, ed25519},
    multiaddr::Protocol,
};
use mulu_proofs::ids::{Digest32, PublicKey};
use std::{fmt, io, net::SocketAddr};

/// A node that may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Public key of its node key.
    pub key: PublicKey,
    /// Where it listens for extrinsics.
    pub address: SocketAddr,
}

/// How the swarm is set up.
#[derive(Clone)]
pub struct PeersConfig {
    /// Own address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Seed of the own node key.
    pub key: [u8; 32],
    /// The other nodes of the chain's list. The own key in it is left out.
    pub allowed: Vec<Peer>,
    /// Chain domain: nodes of different chains do not understand each other.
    pub domain: Digest32,
}

impl fmt::Debug for PeersConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key stays out.
        f.debug_struct("PeersConfig")
            .field("listen", &self.listen)
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

/// Why the swarm does not start.
#[derive(Debug, thiserror::Error)]
pub enum PeersError {
    /// Another program listens there.
    #[error("port {} for extrinsics of peers is taken on {}; stop the program that uses it, or give another port", address.port(), address.ip())]
    PortTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address} for extrinsics of peers; give an address of this machine")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A key is no point of the curve.
    #[error("0x{} is no public key of a node", hex::encode(key))]
    Key {
        /// The key.
        key: PublicKey,
    },
    /// The encrypted transport cannot be set up.
    #[error("the encrypted transport cannot be set up: {0}")]
    Transport(String),
}

/// The libp2p name of a node key.
///
/// # Errors
/// [`PeersError::Key`] if the bytes are no ed25519 key.
pub fn peer_id(key: &PublicKey) -> Result<PeerId, PeersError> {
    let key = ed25519::PublicKey::try_from_bytes(key).map_err(|_| PeersError::Key { key: *key })?;
    Ok(NodeKey::from(key).to_peer_id())
}

pub(crate) fn keypair(mut seed: [u8; 32]) -> Keypair {
    // Takes the seed and overwrites it.
    let secret = ed25519::SecretKey::try_from_bytes(&mut seed).expect("every 32 bytes are an ed25519 seed");
    ed25519::Keypair::from(secret).into()
}

pub(crate) fn multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}
