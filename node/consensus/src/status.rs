//! What the node tells about its consensus.

use arc_malachitebft_app_channel::{NetworkRequest, app::metrics};
use mulu_proofs::ids::Height;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How often the peers are counted.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Where consensus stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Last committed height.
    pub height: Height,
    /// Peers that are connected.
    pub peers: usize,
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
