//! Four nodes in processes of their own, killed without a warning while they make blocks as fast as they can.
//!
//! The processes are this very test program, told by its environment to be a node.

use super::{
    chain::{Chain, Surroundings},
    network::nodes,
};
use crate::{PacingConfig, start};
use mulu_proofs::{hash::chain_domain, ids::Height};
use std::{
    env,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

const FOLDER: &str = "MULU_TEST_NODE_FOLDER";
const NUMBER: &str = "MULU_TEST_NODE_NUMBER";
const PORTS: &str = "MULU_TEST_NODE_PORTS";
const VALIDATORS: u8 = 4;

/// As fast as the machine goes: every moment is one in which a kill may hurt.
const BREATHLESS: PacingConfig = PacingConfig { heartbeat_ms: 0, interval_ms: 1, burst: 1_000 };

#[test]
#[ignore = "a node of the test below, not a test"]
fn one_node() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let number: usize = env::var(NUMBER).unwrap().parse().unwrap();
    let ports: Vec<u16> = env::var(PORTS).unwrap().split(',').map(|port| port.parse().unwrap()).collect();
    let addresses: Vec<SocketAddr> = ports.into_iter().map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect();
    let chain = Chain::new(VALIDATORS);
    let mut config = nodes(&chain, &addresses, BREATHLESS).remove(number).config;
    config.home = folder.clone().into();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let around = Surroundings::open(&chain, Path::new(&folder));
        let end = start(config, around.parts.clone()).await.unwrap().ended().await;
        panic!("it ended: {end:?}");
    });
}

struct Processes {
    folders: Vec<tempfile::TempDir>,
    ports: String,
    running: Vec<Option<Child>>,
}

impl Processes {
    fn start(&mut self, number: usize) {
        let child = Command::new(env::current_exe().unwrap())
            .args(["tests::processes::one_node", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, self.folders[number].path())
            .env(NUMBER, number.to_string())
            .env(PORTS, &self.ports)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        self.running[number] = Some(child);
    }

    /// SIGKILL. A node that has ended by itself before fails the test.
    fn kill(&mut self, number: usize) {
        let mut child = self.running[number].take().unwrap();
        assert!(child.try_wait().unwrap().is_none(), "node {number} has ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn heights(&self, chain: &Chain) -> Vec<Surroundings> {
        self.folders.iter().map(|folder| Surroundings::open(chain, folder.path())).collect()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for child in self.running.iter_mut().flatten() {
            // It may have ended already; then there is nothing to do.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn killing_one_or_all_at_any_moment_loses_nothing_and_forks_nothing() {
    let chain = Chain::new(VALIDATORS);
    let ports = super::network::free_addresses(VALIDATORS);
    let mut processes = Processes {
        folders: (0..VALIDATORS).map(|_| tempfile::tempdir().unwrap()).collect(),
        ports: ports.iter().map(|address| address.port().to_string()).collect::<Vec<_>>().join(","),
        running: (0..VALIDATORS).map(|_| None).collect(),
    };
    let all = 0..usize::from(VALIDATORS);
    let mut before = 0;
    for round in 0..4_u64 {
        all.clone().for_each(|number| processes.start(number));
        std::thread::sleep(Duration::from_millis(3_000 + 37 * round));
        // One of them goes and comes back under way.
        let one = usize::try_from(round).unwrap() % all.len();
        processes.kill(one);
        std::thread::sleep(Duration::from_millis(700));
        processes.start(one);
        std::thread::sleep(Duration::from_millis(2_500));
        all.clone().for_each(|number| processes.kill(number));

        let stores = processes.heights(&chain);
        let heights: Vec<_> = stores.iter().map(Surroundings::height).collect();
        let (low, high) = (*heights.iter().min().unwrap(), *heights.iter().max().unwrap());
        println!("round {round}: heights {heights:?}");
        assert!(low > before, "no progress: {heights:?}");
        let domain = chain_domain("mulu-test", &chain.hash);
        for height in (before + 1..=high).map(Height::new) {
            let hashes: Vec<_> =
                stores.iter().filter_map(|around| around.parts.store.hash_at(height).unwrap()).collect();
            assert!(hashes.iter().all(|hash| *hash == hashes[0]), "fork at height {height}");
            for around in &stores {
                if let Some(certificate) = around.parts.store.certificate(height).unwrap() {
                    certificate.verify(&domain, chain.set()).unwrap();
                }
            }
        }
        before = low;
    }
}
