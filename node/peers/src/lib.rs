//! Sends extrinsics to the other validators over authenticated streams among known peers.
//!
//! ```text
//! forward ─> outbox per peer (bounded) ─> request of ≤ 1 MiB ─> peer ─> received ─> pool
//!                  ^────────────── taken, or busy: later again ──┘
//! ```
//!
//! A second small libp2p swarm beside that of consensus: own port, same identity, same list of peers. There is no gossip: who is not on
//! the list is refused right behind the handshake, and what a stranger costs before that is bounded. The list may change while the swarm
//! runs ([`PeersHandle::set_allowed`]). What cannot be sent is dropped; the pool sends again what still waits.

mod codec;
mod config;
mod handle;
mod outbox;
mod swarm;
#[cfg(test)]
mod tests;

pub use codec::{REQUEST_BYTES_MAX, REQUEST_EXTRINSICS_MAX};
pub use config::{Peer, PeersConfig, PeersError, peer_id};
pub use handle::PeersHandle;
pub use swarm::{Received, start};
