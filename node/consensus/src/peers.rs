//! The list of peers of the running engine: whoever is put on it is dialled and let in, whoever is taken off is disconnected.

use crate::{error::ConsensusError, network};
use arc_malachitebft_app_channel::{NetworkRequest, app::net::Multiaddr};
use mulu_proofs::ids::PublicKey;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// Pause before a change that the engine could not take is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Addresses with the libp2p names of those who listen there, as the engine knows peers.
pub type Addresses = Arc<BTreeSet<Multiaddr>>;

/// The engine's addresses of `peers`, the own node left out.
///
/// # Errors
/// [`ConsensusError::PeerKey`] for a key that is none.
pub fn addresses(own: &str, peers: &[(PublicKey, SocketAddr)]) -> Result<Addresses, ConsensusError> {
    // One address a key: the last one counts.
    let peers: BTreeMap<_, _> = peers.iter().copied().collect();
    let mut addresses = BTreeSet::new();
    for (key, address) in peers {
        let peer = mulu_peers::peer_id(&key).map_err(|_| ConsensusError::PeerKey { key })?.to_string();
        if peer != own {
            addresses.insert(network::multiaddr(address, Some(&peer)));
        }
    }
    Ok(Arc::new(addresses))
}

/// Brings the engine's list, which is `known` now, to what is wanted, until nobody wants anything any more or the engine has ended.
pub async fn follow(
    requests: mpsc::Sender<NetworkRequest>,
    mut known: Addresses,
    mut wanted: watch::Receiver<Addresses>,
) {
    loop {
        let list = wanted.borrow_and_update().clone();
        if known != list {
            known = Arc::new(change(&requests, &known, &list).await);
        }
        if known == list {
            if wanted.changed().await.is_err() {
                return;
            }
        } else if requests.is_closed() {
            return;
        } else {
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

/// Takes off what is no longer wanted, then puts on what is new: a peer with another address is both. Returns what the list is now.
async fn change(
    requests: &mpsc::Sender<NetworkRequest>,
    known: &BTreeSet<Multiaddr>,
    wanted: &BTreeSet<Multiaddr>,
) -> BTreeSet<Multiaddr> {
    let mut list = known.clone();
    for gone in known.difference(wanted) {
        match NetworkRequest::remove_persistent_peer(requests, gone.clone()).await {
            // An address that the engine does not know is off its list already.
            Ok(_) => {
                tracing::info!(peer = %gone, "consensus peer taken off the list");
                list.remove(gone);
            }
            Err(error) => tracing::debug!(peer = %gone, %error, "the engine did not take a peer off its list"),
        }
    }
    for new in wanted.difference(known) {
        match NetworkRequest::add_persistent_peer(requests, new.clone()).await {
            Ok(_) => {
                tracing::info!(peer = %new, "consensus peer put on the list");
                list.insert(new.clone());
            }
            Err(error) => tracing::debug!(peer = %new, %error, "the engine did not put a peer on its list"),
        }
    }
    list
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use arc_malachitebft_app_channel::app::engine::network::PersistentPeersOp;
    use ed25519_dalek::SigningKey;

    fn peer(seed: u8, port: u16) -> (PublicKey, SocketAddr) {
        (SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes(), ([10, 0, 0, seed], port).into())
    }

    fn list(peers: &[(PublicKey, SocketAddr)]) -> Addresses {
        addresses("nobody", peers).unwrap()
    }

    #[test]
    fn the_own_node_is_left_out_and_a_key_has_one_address() {
        let own = mulu_peers::peer_id(&peer(1, 1).0).unwrap().to_string();
        let found = addresses(&own, &[peer(1, 1), peer(2, 1), peer(2, 2)]).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found.first().unwrap().to_string().starts_with("/ip4/10.0.0.2/tcp/2/p2p/"));
        let error = addresses(&own, &[([2; 32], peer(1, 1).1)]).unwrap_err();
        assert!(matches!(error, ConsensusError::PeerKey { .. }));
    }

    #[tokio::test]
    async fn the_engine_hears_of_every_difference_and_of_nothing_else() {
        let (requests, mut heard) = mpsc::channel(4);
        let known = list(&[peer(1, 1), peer(2, 1), peer(3, 1)]);
        let (sender, wanted) = watch::channel(known.clone());
        // What is wanted before the task has begun is a change too.
        sender.send_replace(list(&[peer(1, 1), peer(2, 9), peer(4, 1)]));
        let task = tokio::spawn(follow(requests, known, wanted));
        let mut told = Vec::new();
        for _ in 0..4 {
            let Some(NetworkRequest::UpdatePersistentPeers(op, reply)) = heard.recv().await else { panic!("a change") };
            told.push(match op {
                PersistentPeersOp::Add(address) => format!("+{address}"),
                PersistentPeersOp::Remove(address) => format!("-{address}"),
            });
            reply.send(Ok(())).unwrap();
        }
        let starts =
            ["-/ip4/10.0.0.2/tcp/1/", "-/ip4/10.0.0.3/tcp/1/", "+/ip4/10.0.0.2/tcp/9/", "+/ip4/10.0.0.4/tcp/1/"];
        for (told, start) in told.iter().zip(starts) {
            assert!(told.starts_with(start), "{told} does not start with {start}");
        }
        // The same list once more says nothing; the end of the one who wants ends the task.
        sender.send_replace(list(&[peer(1, 1), peer(2, 9), peer(4, 1)]));
        tokio::task::yield_now().await;
        assert!(heard.try_recv().is_err());
        drop(sender);
        task.await.unwrap();
    }

    #[tokio::test]
    async fn a_change_that_the_engine_lost_is_tried_again() {
        let (requests, mut heard) = mpsc::channel(4);
        let (sender, wanted) = watch::channel(list(&[]));
        let task = tokio::spawn(follow(requests, list(&[]), wanted));
        sender.send_replace(list(&[peer(1, 1)]));
        for is_answered in [false, true] {
            let Some(NetworkRequest::UpdatePersistentPeers(PersistentPeersOp::Add(_), reply)) = heard.recv().await
            else {
                panic!("a change")
            };
            if is_answered {
                reply.send(Ok(())).unwrap();
            }
        }
        drop(heard);
        sender.send_replace(list(&[peer(2, 1)]));
        // An engine that has ended takes no change, and nobody waits for it.
        task.await.unwrap();
    }
}
