//! Who belongs to the network: the nodes of config.toml, and those that the chain's registry has at the last committed block.
//!
//! ```text
//! config.toml ──────────────┐
//! validators, observers ────┼─> list of peers ─> swarm of extrinsics, swarm of consensus
//! adopted, not yet enacted ─┤
//! gone for less than a minute
//! ```
//!
//! A node that is to get a vote at a later height is let in as soon as that is decided, so that it has caught up when it votes. A node
//! that is gone from the registry stays for a moment: otherwise it would never hear of the block that took it off.

use crate::config::PeerConfig;
use mulu_executor::{ExecuteError, Executor};
use mulu_primitives::{block::Header, stages::Committed};
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::NodeInfo,
    governance::Action,
    ids::PublicKey,
    records::{Record, RecordKind},
};
use mulu_runtime::{Departments, Runtime, pallet_governance};
use mulu_storage::Store;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{broadcast, mpsc, watch},
    task,
};

/// How long a node that is gone from the registry stays connected.
const FAREWELL: Duration = Duration::from_secs(60);
/// How long a node has no peer before it asks its operator to look.
pub const ALONE_AFTER: Duration = Duration::from_secs(30);

/// Where a node is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Where it listens for consensus.
    pub consensus: SocketAddr,
    /// Where it listens for extrinsics.
    pub extrinsics: SocketAddr,
}

/// Nodes by node key.
pub type Contacts = BTreeMap<PublicKey, Contact>;

/// The network at the last committed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The nodes that may connect.
    pub contacts: Contacts,
    /// The validators of the next height.
    pub validators: ValidatorSet,
}

/// What is known of the nodes, and since when some are gone.
#[derive(Debug)]
struct Directory {
    bootstrap: Contacts,
    registry: Contacts,
    leaving: BTreeMap<PublicKey, (Contact, Instant)>,
}

/// Keeps the view.
pub struct Membership {
    store: Arc<Store>,
    executor: Arc<Executor>,
    directory: Directory,
}

impl Directory {
    fn new(bootstrap: Contacts, registry: Contacts) -> Self {
        Self { bootstrap, registry, leaving: BTreeMap::new() }
    }

    fn update(&mut self, registry: Contacts, now: Instant) {
        for (key, contact) in &self.registry {
            self.leaving.insert(*key, (*contact, now + FAREWELL));
        }
        self.leaving.retain(|key, (_, until)| !registry.contains_key(key) && *until > now);
        self.registry = registry;
    }

    /// Everybody who may connect. The chain knows better than a file where its nodes are.
    fn contacts(&self) -> Contacts {
        let leaving = self.leaving.iter().map(|(key, (contact, _))| (*key, *contact));
        let mut contacts: Contacts = leaving.collect();
        contacts.extend(&self.bootstrap);
        contacts.extend(&self.registry);
        contacts
    }

    /// When the next node has stayed long enough.
    fn farewell(&self) -> Option<Instant> {
        self.leaving.values().map(|(_, until)| *until).min()
    }
}

impl Membership {
    /// Reads the registry of the last committed block.
    ///
    /// # Errors
    /// [`ExecuteError`] if it cannot be read.
    pub fn new(peers: &[PeerConfig], store: Arc<Store>, executor: Arc<Executor>) -> Result<(Self, View), ExecuteError> {
        let contact =
            |peer: &PeerConfig| (peer.key, Contact { consensus: peer.consensus, extrinsics: peer.extrinsics });
        let (head, _) = store.head();
        let (registry, validators) = read(&executor, &head)?;
        let directory = Directory::new(peers.iter().map(contact).collect(), registry);
        let view = View { contacts: directory.contacts(), validators };
        Ok((Self { store, executor, directory }, view))
    }

    /// Follows the blocks until nobody wants the view any more. A state that cannot be read goes to `failed`.
    pub async fn run(
        mut self,
        mut committed: broadcast::Receiver<Arc<Committed>>,
        view: watch::Sender<View>,
        failed: mpsc::Sender<ExecuteError>,
    ) {
        loop {
            let farewell = self.directory.farewell();
            let is_due = async {
                match farewell {
                    Some(until) => tokio::time::sleep_until(until.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                block = committed.recv() => match block {
                    Ok(block) if !block.records().iter().any(changes_network) => continue,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                () = is_due => {}
                () = view.closed() => return,
            }
            let (store, executor) = (Arc::clone(&self.store), Arc::clone(&self.executor));
            // A panic in there has been reported by its own thread.
            let Ok(found) = task::spawn_blocking(move || read(&executor, &store.head().0)).await else { return };
            match found {
                Ok((registry, validators)) => {
                    self.directory.update(registry, Instant::now());
                    let now = View { contacts: self.directory.contacts(), validators };
                    view.send_if_modified(|view| std::mem::replace(view, now.clone()) != now);
                }
                Err(error) => {
                    // A full channel already holds the reason to end.
                    let _ = failed.try_send(error);
                    return;
                }
            }
        }
    }
}

/// Whether a record may change who belongs to the network.
const fn changes_network(record: &Record) -> bool {
    matches!(
        record.kind,
        RecordKind::ValidatorRegistered
            | RecordKind::ValidatorRemoved
            | RecordKind::ValidatorKeyRotated
            | RecordKind::ObserverRegistered
            | RecordKind::ObserverRemoved
            | RecordKind::ProposalVoted
            | RecordKind::ProposalEnacted
    )
}

/// The nodes that the chain names, and the validators of the next height.
fn read(executor: &Executor, at: &Header) -> Result<(Contacts, ValidatorSet), ExecuteError> {
    executor.query(at, || {
        let mut nodes: Vec<NodeInfo> = Departments::peers().into_iter().map(|peer| peer.node).collect();
        nodes.extend(pallet_governance::Proposals::<Runtime>::iter_values().filter_map(|proposal| {
            match (proposal.stage, proposal.terms.action) {
                (pallet_governance::Stage::Adopted, Action::AddValidator { node, .. }) => Some(node),
                _ => None,
            }
        }));
        (nodes.iter().filter_map(contact).collect(), Departments::validators())
    })
}

fn contact(node: &NodeInfo) -> Option<(PublicKey, Contact)> {
    let consensus = node.consensus_address.as_str().parse().ok()?;
    let extrinsics = node.extrinsics_address.as_str().parse().ok()?;
    // A key that names no node would spoil the whole list.
    mulu_peers::peer_id(&node.key).ok()?;
    Some((node.key, Contact { consensus, extrinsics }))
}

/// Says once, whenever the node has no peer for as long as `patience`, what may be the reason.
pub async fn watch_loneliness(mut connected: watch::Receiver<Vec<PublicKey>>, patience: Duration) {
    loop {
        if connected.wait_for(Vec::is_empty).await.is_err() {
            return;
        }
        match tokio::time::timeout(patience, connected.wait_for(|peers| !peers.is_empty())).await {
            Ok(Ok(_)) => continue,
            Ok(Err(_)) => return,
            Err(_) => tracing::warn!(
                "no peer is connected: they are away, the network is cut, or they refuse this node because the chain's registry does not \
                 have its node key (any more)"
            ),
        }
        if connected.wait_for(|peers| !peers.is_empty()).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_proofs::text::Text;

    fn at(port: u16) -> Contact {
        Contact { consensus: ([127, 0, 0, 1], port).into(), extrinsics: ([127, 0, 0, 1], port + 1).into() }
    }

    fn contacts(list: &[(u8, u16)]) -> Contacts {
        list.iter().map(|(key, port)| ([*key; 32], at(*port))).collect()
    }

    #[test]
    fn the_list_is_that_of_file_and_chain_and_the_chain_knows_the_addresses() {
        let directory = Directory::new(contacts(&[(1, 10), (2, 20)]), contacts(&[(2, 22), (3, 30)]));
        assert_eq!(directory.contacts(), contacts(&[(1, 10), (2, 22), (3, 30)]));
    }

    #[test]
    fn who_is_gone_from_the_chain_stays_for_a_moment_and_who_comes_back_stays_for_good() {
        let mut directory = Directory::new(contacts(&[(1, 10)]), contacts(&[(1, 10), (2, 20), (3, 30)]));
        let now = Instant::now();
        directory.update(contacts(&[(3, 30)]), now);
        assert_eq!(directory.contacts(), contacts(&[(1, 10), (2, 20), (3, 30)]));
        assert_eq!(directory.farewell(), Some(now + FAREWELL));
        directory.update(contacts(&[(1, 11), (3, 30)]), now + FAREWELL / 2);
        assert_eq!(directory.contacts(), contacts(&[(1, 11), (2, 20), (3, 30)]));
        directory.update(contacts(&[(1, 11), (3, 30)]), now + FAREWELL);
        assert_eq!(directory.contacts(), contacts(&[(1, 11), (3, 30)]));
        assert_eq!(directory.farewell(), None);
        // Gone from the chain, but still in the file.
        directory.update(contacts(&[(3, 30)]), now + FAREWELL);
        directory.update(contacts(&[(3, 30)]), now + FAREWELL * 2);
        assert_eq!(directory.contacts(), contacts(&[(1, 10), (3, 30)]));
    }

    #[test]
    fn a_registered_node_without_a_key_or_an_address_is_left_out() {
        let text = |words: &str| Text::new(words).unwrap();
        let key = crate::keys::Seed::development("one").public();
        let node = |key, consensus| NodeInfo {
            key,
            consensus_address: text(consensus),
            extrinsics_address: text("127.0.0.1:11"),
        };
        assert_eq!(contact(&node(key, "127.0.0.1:10")), Some((key, at(10))));
        assert_eq!(contact(&node(key, "somewhere")), None);
        assert_eq!(contact(&node([2; 32], "127.0.0.1:10")), None);
    }

    #[tokio::test]
    async fn loneliness_ends_with_the_swarm() {
        let patience = Duration::from_millis(5);
        let (sender, connected) = watch::channel(Vec::new());
        let task = tokio::spawn(watch_loneliness(connected, patience));
        tokio::time::sleep(patience * 4).await;
        sender.send_replace(vec![[1; 32]]);
        tokio::time::sleep(patience).await;
        drop(sender);
        task.await.unwrap();
    }
}
