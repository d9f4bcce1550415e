//! What the node tells about its consensus.

use crate::{announcements::Announcements, quarantine::Heard};
use arc_malachitebft_app_channel::{NetworkRequest, app::metrics};
use mulu_proofs::ids::Height;
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::{mpsc, watch};

/// How often the peers are counted.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Peers whose heights are remembered; a node has no more.
const PEERS_MAX: usize = 1_024;

/// Where consensus stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Last committed height.
    pub height: Height,
    /// Peers that are connected.
    pub peers: usize,
    /// Last committed heights that connected peers have announced, by their names. Nothing proves them.
    pub peer_heights: BTreeMap<String, Height>,
    /// Nothing is signed before this height is committed: the key may have signed before the data was lost.
    pub follows_until: Option<Height>,
    /// Why consensus does nothing any more, if it does not.
    pub parked: Option<String>,
}

/// Everything that the engine measures, in the text form that Prometheus reads. Alert on `node_safety_failure`.
pub fn metrics() -> String {
    let mut text = String::new();
    metrics::export(&mut text);
    text
}

/// Counts the connected peers until the engine ends.
pub async fn count_peers(requests: mpsc::Sender<NetworkRequest>, status: watch::Sender<Status>) {
    loop {
        let Ok(Some(dump)) = NetworkRequest::dump_state(&requests).await else { return };
        let peers = dump.peers.len();
        status.send_if_modified(|status| std::mem::replace(&mut status.peers, peers) != peers);
        tokio::time::sleep(COUNT_EVERY).await;
    }
}

/// Notes what peers announce until the engine ends, which closes `requests`.
pub async fn hear_peers(
    mut announcements: Announcements,
    requests: mpsc::Sender<NetworkRequest>,
    status: watch::Sender<Status>,
) {
    loop {
        let heard = tokio::select! {
            () = requests.closed() => return,
            heard = announcements.next() => heard,
        };
        let Some(heard) = heard else { return };
        status.send_if_modified(|status| status.hear(heard));
    }
}

impl Status {
    /// Takes what the network says; whether that is news.
    fn hear(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Connected(_) => false,
            Heard::Gone(peer) => self.peer_heights.remove(&peer.to_string()).is_some(),
            Heard::At(peer, height) => {
                let name = peer.to_string();
                let has_room = self.peer_heights.len() < PEERS_MAX || self.peer_heights.contains_key(&name);
                has_room && self.peer_heights.insert(name, height) != Some(height)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arc_malachitebft_app_channel::app::types::PeerId;

    fn peer(number: u8) -> PeerId {
        let key = ed25519_dalek::SigningKey::from_bytes(&[number; 32]).verifying_key().to_bytes();
        PeerId::from_bytes(&mulu_peers::peer_id(&key).unwrap().to_bytes()).unwrap()
    }

    #[test]
    fn a_peers_height_is_its_last_word_until_it_goes() {
        let (peer, other) = (peer(1), peer(2));
        let mut status = Status::default();
        assert!(!status.hear(Heard::Connected(peer)));
        assert!(status.hear(Heard::At(peer, Height::new(3))));
        assert!(!status.hear(Heard::At(peer, Height::new(3))), "no news");
        assert!(status.hear(Heard::At(peer, Height::new(4))) && status.hear(Heard::At(other, Height::new(9))));
        assert_eq!(status.peer_heights[&peer.to_string()], Height::new(4));
        assert!(status.hear(Heard::Gone(peer)) && !status.hear(Heard::Gone(peer)));
        assert_eq!(status.peer_heights.len(), 1);
    }
}
