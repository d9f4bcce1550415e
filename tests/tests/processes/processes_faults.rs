//! Faults: kill -9 of one under load, and of all four. Whatever was acknowledged is there afterwards, with the same state on all.

use super::{block_on, folder, purpose, start, turn};
use mulu_client::{connection::Connection, keys::Key, submit::Submitter};
use mulu_proofs::ids::{Digest32, Height};
use mulu_rpc_api::{Hex32, records::RecordsClient};
use mulu_tests::{
    ledger::{Lines, head, wait_for_all},
    network::Network,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// A load: one signer, one act after the other, each acknowledged before the next.
pub struct Load {
    acknowledged: Arc<Mutex<Vec<(Digest32, Height)>>>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Load {
    /// Begins at the node of `url`, with acts numbered from `from`.
    pub fn begin(url: String, key: Key, from: usize) -> Self {
        let (acknowledged, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (acks, stopped) = (Arc::clone(&acknowledged), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            let (connection, info) = Connection::open(&url).await.unwrap();
            let submitter = Submitter::new(&connection, &info.genesis_hash.0).await.unwrap();
            // Block 1 records genesis; nobody has a role before.
            while head(&connection).await.unwrap() < Height::new(1) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let mut number = from;
            while !stopped.load(Ordering::Relaxed) {
                // A node that goes away and comes back is the client's business: it offers the same bytes again.
                if let Ok(receipt) = submitter.submit(&key, purpose(number)).await {
                    acks.lock().unwrap().push((receipt.extrinsic.0, receipt.height));
                }
                number += 1;
            }
        });
        Self { acknowledged, stop, task }
    }

    pub fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Waits until `count` acts are acknowledged.
    pub async fn reach(&self, count: usize) {
        let started = Instant::now();
        while self.count() < count {
            assert!(started.elapsed() < Duration::from_secs(60), "{} of {count} acts are acknowledged", self.count());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn end(self) -> Vec<(Digest32, Height)> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.clone()
    }
}

/// Every acknowledged act is on every node, at the height that was said, and all have the same state at their common head.
async fn check(network: &Network, acknowledged: &[(Digest32, Height)]) {
    let lines = Lines::open(network).await.unwrap();
    let last = acknowledged.iter().map(|(_, height)| *height).max().unwrap();
    lines.settle(last).await.unwrap();
    for (place, connection) in lines.all().iter().enumerate() {
        for (hash, height) in acknowledged {
            let found = RecordsClient::extrinsic(connection, Hex32(*hash)).await.unwrap();
            let found = found.unwrap_or_else(|| panic!("node {} lost an acknowledged act", place + 1));
            assert_eq!((found.height, found.success), (*height, true));
        }
    }
    let head = head(lines.of(1)).await.unwrap();
    lines.same_state(head).await.unwrap();
}

#[test]
fn processes_one_of_four_killed_under_load_is_missed_by_nobody_and_catches_up() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (mut network, lines, people) = start(folder.path()).await;
        let load = Load::begin(network.url(1), people.key(1, "supervisor").clone(), 0);
        load.reach(5).await;
        network.kill(4);
        let before = load.count();
        load.reach(before + 10).await;
        let missed = head(lines.of(1)).await.unwrap();
        network.start_node(4).unwrap();
        network.wait_for(4).unwrap();
        let (fourth, _) = Connection::open(&network.url(4)).await.unwrap();
        let started = Instant::now();
        while head(&fourth).await.unwrap() < missed {
            assert!(started.elapsed() < Duration::from_secs(60), "the fourth does not catch up");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let caught_up = load.count();
        load.reach(caught_up + 5).await;
        let acknowledged = load.end().await;
        check(&network, &acknowledged).await;
    });
}

#[test]
fn processes_all_four_killed_at_once_resume_with_everything_that_was_acknowledged() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (mut network, _lines, people) = start(folder.path()).await;
        let load = Load::begin(network.url(1), people.key(1, "supervisor").clone(), 0);
        load.reach(10).await;
        network.kill_all();
        network.start_all().unwrap();
        wait_for_all(&mut network).await.unwrap();
        let before = load.count();
        load.reach(before + 5).await;
        let acknowledged = load.end().await;
        check(&network, &acknowledged).await;
    });
}
