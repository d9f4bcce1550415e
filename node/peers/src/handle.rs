//! What the rest of the node holds of the swarm.

use crate::config::{self, Peer, PeersError};
use libp2p::{Multiaddr, PeerId};
use mulu_primitives::block::Extrinsic;
use mulu_proofs::ids::PublicKey;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};
use tokio::sync::{mpsc, watch};
use tracing::debug;

/// Who may connect, and where they listen.
pub(crate) type AllowList = Arc<BTreeMap<PeerId, (PublicKey, Multiaddr)>>;

/// The list of those that may connect; the own node is left out of it by the task.
pub(crate) fn allow_list(peers: &[Peer]) -> Result<AllowList, PeersError> {
    let entry = |peer: &Peer| Ok((config::peer_id(&peer.key)?, (peer.key, config::multiaddr(peer.address))));
    peers.iter().map(entry).collect::<Result<BTreeMap<_, _>, _>>().map(Arc::new)
}

/// What the node holds of the swarm. The task ends when the last clone is gone.
#[derive(Clone, Debug)]
pub struct PeersHandle {
    pub(crate) forward: mpsc::Sender<Extrinsic>,
    pub(crate) connected: watch::Receiver<Vec<PublicKey>>,
    pub(crate) allowed: watch::Sender<AllowList>,
    pub(crate) address: SocketAddr,
}

impl PeersHandle {
    /// Sends an extrinsic to all connected peers. Never waits: where there is no room it is dropped, and the pool sends it again.
    pub fn forward(&self, extrinsic: Extrinsic) {
        if self.forward.try_send(extrinsic).is_err() {
            debug!("an extrinsic was not forwarded: the swarm is busy or has ended");
        }
    }

    /// Puts another list in the place of the one in force: who is new on it is dialled, who is gone from it is disconnected, who stays
    /// with another address keeps the connection and is found there the next time.
    ///
    /// # Errors
    /// [`PeersError::Key`] if a key is no key; the list in force stays.
    pub fn set_allowed(&self, peers: &[Peer]) -> Result<(), PeersError> {
        self.allowed.send_replace(allow_list(peers)?);
        Ok(())
    }

    /// Keys of the peers that are connected now, ascending.
    pub fn connected(&self) -> Vec<PublicKey> {
        self.connected.borrow().clone()
    }

    /// Changes whenever a peer comes or goes.
    pub fn watch_connected(&self) -> watch::Receiver<Vec<PublicKey>> {
        self.connected.clone()
    }

    /// Where the swarm listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}
