//! Whether a validator that has signed nothing from its data may sign: its key may have signed before a disk was lost.
//!
//! ```text
//! no mark ─┬─ listens ─ nobody has a block ───────────────────────────────────────────> a new chain: it signs
//!          └─ there are blocks, here or with a peer ─> follows ─ past what was announced ─> the mark is closed: it signs behind it
//! ```
//!
//! What was signed before the loss is at most one height above the last decided one. So nothing is signed up to two heights above every
//! height that a peer has announced first since the start: what it announces later was decided behind the start. The height is kept in
//! the store, so that a restart in between changes nothing. Pure but for the store: the caller brings events and time.

use crate::{config::ConsensusConfig, write_ahead};
use arc_malachitebft_app_channel::app::types::PeerId;
use mulu_proofs::{
    certificate::ValidatorSet,
    ids::{Height, PublicKey},
};
use mulu_storage::{StorageError, Store};
use std::{collections::BTreeMap, sync::Arc};

/// Where the store keeps the height that is followed to.
const KEY: &[u8] = b"consensus.quarantine";
/// Heights above the announced ones: the one that was in progress, and one that only the lost node may have seen decided.
const MARGIN: u32 = 2;
/// Blocks that a new chain may have made while this node was still listening. One with more was there before, whatever else is known.
const YOUNG_MAX: Height = Height::new(8);
/// Peers are remembered up to here; a node has no more.
const PEERS_MAX: usize = 1_024;
/// What the network says of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is connected.
    Connected(PeerId),
    /// It is no longer connected.
    Gone(PeerId),
    /// Its last committed height.
    At(PeerId, Height),
}

/// What a validator without a mark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for what its peers say before it begins.
    Listening,
    /// Follows without signing until this height is committed.
    Following(Height),
    /// Signs.
    Over,
}

/// The quarantine of one start of the engine.
#[derive(Debug)]
pub struct Quarantine {
    store: Arc<Store>,
    stage: Stage,
    /// Other nodes without which no block is made.
    others_needed: usize,
    /// Other nodes on the list.
    others: usize,
    /// Peers that are connected, with the time at which they came.
    connected: BTreeMap<PeerId, u64>,
    /// The first height that each peer has announced.
    announced: BTreeMap<PeerId, Height>,
    /// Since when enough peers are there.
    enough_since_ms: Option<u64>,
    /// How often peers announce their height.
    status_ms: u64,
}

impl Quarantine {
    /// Looks whether the key `own` needs one. None for an observer, for a store with a mark, and for a chain of one node.
    ///
    /// # Errors
    /// The store's, fatal.
    pub fn open(
        config: &ConsensusConfig,
        own: Option<PublicKey>,
        validators: &ValidatorSet,
        store: &Arc<Store>,
        others: usize,
    ) -> Result<Option<Self>, StorageError> {
        let Some(own) = own else { return Ok(None) };
        let has_vote = validators.contains(&own);
        let count = validators.validators().len();
        if store.high_water()?.is_some() || (count == 1 && has_vote && others == 0) {
            return Ok(None);
        }
        let head = Height::new(store.head().0.number);
        let kept = store.meta_get(KEY)?.and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        // A log without its blocks is a trace of an earlier run too.
        let has_past = head > Height::new(0) || !has_vote || write_ahead::check_validator(&config.home, store).is_err();
        let mut quarantine = Self {
            store: store.clone(),
            stage: Stage::Listening,
            others_needed: count * 2 / 3,
            others,
            connected: BTreeMap::new(),
            announced: BTreeMap::new(),
            enough_since_ms: None,
            status_ms: config.timeouts.status_ms,
        };
        match kept {
            Some(kept) => quarantine.stage = Stage::Following(Height::new(kept)),
            None if has_past => quarantine.follow(above(head))?,
            None => {}
        }
        Ok(Some(quarantine))
    }

    /// Where it stands.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Takes what the network says.
    ///
    /// # Errors
    /// The store's, fatal.
    pub fn hear(&mut self, heard: Heard, now_ms: u64) -> Result<(), StorageError> {
        match heard {
            Heard::Connected(peer) if self.connected.len() < PEERS_MAX => {
                self.connected.entry(peer).or_insert(now_ms);
            }
            Heard::Gone(peer) => {
                self.connected.remove(&peer);
            }
            Heard::At(peer, height) if self.announced.len() < PEERS_MAX && !self.announced.contains_key(&peer) => {
                self.announced.insert(peer, height);
                // Who was silent before had nothing to announce: its first blocks are younger than this start.
                let came = self.connected.get(&peer);
                let was_silent = came.is_some_and(|came| now_ms >= came + self.announce_ms());
                let is_young = was_silent && height <= YOUNG_MAX && !self.is_following();
                if height > Height::new(0) && !is_young && !self.has_signed()? {
                    tracing::info!(%peer, %height, "a peer has blocks, and this validator has signed nothing from its data");
                    self.follow(above(height))?;
                }
            }
            Heard::Connected(_) | Heard::At(..) => {}
        }
        Ok(())
    }

    /// Looks whether it is over, at the last committed height `head`; closes the mark behind what was followed.
    ///
    /// # Errors
    /// The store's, fatal.
    pub fn step(&mut self, head: Height, now_ms: u64) -> Result<Stage, StorageError> {
        match self.stage {
            Stage::Listening => {
                if self.is_new_chain(now_ms) {
                    self.stage = Stage::Over;
                }
            }
            Stage::Following(until) if head >= until && self.announced.len() >= self.others_needed.min(self.others) => {
                self.store.set_high_water(head, u32::MAX, u8::MAX)?;
                tracing::info!(%head, "this validator is past every height at which its key may have signed; it signs from now on");
                self.stage = Stage::Over;
            }
            Stage::Following(_) | Stage::Over => {}
        }
        Ok(self.stage)
    }

    const fn is_following(&self) -> bool {
        matches!(self.stage, Stage::Following(_))
    }

    fn has_signed(&self) -> Result<bool, StorageError> {
        Ok(self.store.high_water()?.is_some())
    }

    /// Whether nobody who is there has a block, because everybody had the time to announce it: all are there, or enough of them and the
    /// others for longer.
    fn is_new_chain(&mut self, now_ms: u64) -> bool {
        if self.connected.len() < self.others_needed {
            self.enough_since_ms = None;
            return false;
        }
        let since = *self.enough_since_ms.get_or_insert(now_ms);
        let last = self.connected.values().copied().max().unwrap_or(since);
        let are_all_here = self.connected.len() >= self.others;
        (are_all_here && now_ms >= last + self.quiet_ms()) || now_ms >= since + self.patience_ms()
    }

    /// Who has a block announces it within this time of its connection.
    const fn announce_ms(&self) -> u64 {
        self.status_ms * 6 / 5
    }

    /// Silence behind the last connection after which nobody has a block. Longer than an announcement takes, because the others begin a
    /// little earlier or later than this node.
    const fn quiet_ms(&self) -> u64 {
        self.status_ms * 3 / 2
    }

    /// Peers that are away are waited for this long when enough others are there to make blocks.
    const fn patience_ms(&self) -> u64 {
        self.status_ms * 4
    }

    /// Follows to `height`, or to where it follows already if that is higher; durable before anything else is done.
    fn follow(&mut self, height: Height) -> Result<(), StorageError> {
        if let Stage::Following(until) = self.stage
            && until >= height
        {
            return Ok(());
        }
        self.store.meta_put(KEY, &height.get().to_le_bytes())?;
        self.stage = Stage::Following(height);
        tracing::warn!(
            "this validator follows without signing until height {height}: its data holds no signature of its key, but the chain has \
             blocks, so the key may have signed before the data was lost"
        );
        Ok(())
    }
}

/// The height up to which nothing is signed when `height` is decided.
fn above(height: Height) -> Height {
    Height::new(height.get().saturating_add(MARGIN))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::tests::chain::{Chain, Surroundings, node_key, validator_key};

    struct Data {
        chain: Chain,
        around: Surroundings,
        folder: tempfile::TempDir,
    }

    impl Data {
        fn new(validators: u8) -> Self {
            let (chain, folder) = (Chain::new(validators), tempfile::tempdir().unwrap());
            Self { around: Surroundings::open(&chain, folder.path()), chain, folder }
        }

        fn open_as(&self, number: u8, others: usize) -> Option<Quarantine> {
            let config = self.chain.config(self.folder.path(), Some(number));
            let own = validator_key(number).verifying_key().to_bytes();
            Quarantine::open(&config, Some(own), self.chain.set(), &self.around.parts.store, others).unwrap()
        }

        fn open(&self) -> Quarantine {
            self.open_as(4, 3).unwrap()
        }
    }

    fn peer(number: u8) -> PeerId {
        let name = mulu_peers::peer_id(&node_key(number).verifying_key().to_bytes()).unwrap();
        PeerId::from_bytes(&name.to_bytes()).unwrap()
    }

    fn hear(quarantine: &mut Quarantine, heard: Heard, now_ms: u64) {
        quarantine.hear(heard, now_ms).unwrap();
    }

    fn step(quarantine: &mut Quarantine, head: u32, now_ms: u64) -> Stage {
        quarantine.step(Height::new(head), now_ms).unwrap()
    }

    const fn following(height: u32) -> Stage {
        Stage::Following(Height::new(height))
    }

    #[test]
    fn a_new_chain_begins_when_all_are_there_and_silent() {
        let data = Data::new(4);
        let mut quarantine = data.open();
        for (number, at) in [(1, 100), (2, 200), (3, 300)] {
            hear(&mut quarantine, Heard::Connected(peer(number)), at);
            assert_eq!(step(&mut quarantine, 0, at), Stage::Listening);
        }
        let quiet = 300 + quarantine.quiet_ms();
        assert_eq!(step(&mut quarantine, 0, quiet - 1), Stage::Listening);
        assert_eq!(step(&mut quarantine, 0, quiet), Stage::Over);
        // A peer that comes with blocks now does not stop who has signed.
        data.around.parts.store.set_high_water(Height::new(1), 0, 2).unwrap();
        hear(&mut quarantine, Heard::Gone(peer(2)), quiet);
        hear(&mut quarantine, Heard::Connected(peer(2)), quiet);
        hear(&mut quarantine, Heard::At(peer(2), Height::new(1)), quiet);
        assert_eq!(step(&mut quarantine, 1, quiet), Stage::Over);
    }

    #[test]
    fn the_first_blocks_of_who_was_silent_before_are_no_past() {
        for (height, stage) in [(YOUNG_MAX, Stage::Over), (YOUNG_MAX.next(), following(8 + 1 + MARGIN))] {
            let data = Data::new(4);
            let mut quarantine = data.open();
            (1..=3).for_each(|number| hear(&mut quarantine, Heard::Connected(peer(number)), 300));
            // The others have begun a little earlier.
            let quiet = 300 + quarantine.quiet_ms();
            hear(&mut quarantine, Heard::At(peer(1), height), quiet - 100);
            assert_eq!(step(&mut quarantine, 0, quiet), stage);
        }
    }

    #[test]
    fn who_has_signed_nothing_when_a_peer_comes_with_blocks_follows() {
        let data = Data::new(4);
        let mut quarantine = data.open();
        (1..=2).for_each(|number| hear(&mut quarantine, Heard::Connected(peer(number)), 0));
        assert_eq!(step(&mut quarantine, 0, 0), Stage::Listening);
        assert_eq!(step(&mut quarantine, 0, 10_000), Stage::Over);
        hear(&mut quarantine, Heard::Connected(peer(3)), 10_000);
        hear(&mut quarantine, Heard::At(peer(3), Height::new(57)), 10_000);
        assert_eq!(step(&mut quarantine, 0, 10_000), following(59));
    }

    #[test]
    fn one_that_is_away_is_waited_for_and_two_are_needed() {
        let data = Data::new(4);
        let mut quarantine = data.open();
        let patience = quarantine.patience_ms();
        let peers = [peer(1), peer(2)];
        hear(&mut quarantine, Heard::Connected(peers[0]), 0);
        assert_eq!(step(&mut quarantine, 0, 1_000_000), Stage::Listening);
        hear(&mut quarantine, Heard::Connected(peers[1]), 1_000_000);
        assert_eq!(step(&mut quarantine, 0, 1_000_000), Stage::Listening);
        hear(&mut quarantine, Heard::Gone(peers[1]), 1_001_000);
        assert_eq!(step(&mut quarantine, 0, 1_000_000 + patience), Stage::Listening);
        hear(&mut quarantine, Heard::Connected(peers[1]), 2_000_000);
        assert_eq!(step(&mut quarantine, 0, 2_000_000), Stage::Listening);
        assert_eq!(step(&mut quarantine, 0, 2_000_000 + patience), Stage::Over);
    }

    #[test]
    fn a_peer_with_blocks_makes_it_follow_past_what_is_announced_and_a_restart_changes_nothing() {
        let data = Data::new(4);
        let mut quarantine = data.open();
        let peers = [peer(1), peer(2), peer(3)];
        hear(&mut quarantine, Heard::At(peers[0], Height::new(7)), 0);
        assert_eq!(quarantine.stage(), following(9));
        // What it announces later was decided behind the start.
        hear(&mut quarantine, Heard::At(peers[0], Height::new(70)), 0);
        // One peer alone may be as far behind as this node.
        assert_eq!(step(&mut quarantine, 9, 0), following(9));
        drop(quarantine);

        let mut quarantine = data.open();
        assert_eq!(quarantine.stage(), following(9));
        hear(&mut quarantine, Heard::At(peers[1], Height::new(6)), 0);
        hear(&mut quarantine, Heard::At(peers[2], Height::new(8)), 0);
        assert_eq!(step(&mut quarantine, 9, 0), following(10));
        assert!(data.around.parts.store.high_water().unwrap().is_none());
        assert_eq!(step(&mut quarantine, 10, 0), Stage::Over);
        let mark = data.around.parts.store.high_water().unwrap().unwrap();
        assert_eq!((mark.height, mark.round, mark.step), (Height::new(10), u32::MAX, u8::MAX));
        assert!(data.open_as(4, 3).is_none(), "a store with a mark needs none");
    }

    #[test]
    fn a_log_without_blocks_and_a_key_without_a_vote_make_it_follow() {
        let data = Data::new(4);
        std::fs::write(write_ahead::path(data.folder.path()), b"of an earlier run").unwrap();
        assert_eq!(data.open().stage(), following(MARGIN));
        assert_eq!(Data::new(4).open_as(5, 4).unwrap().stage(), following(MARGIN));
    }

    #[test]
    fn a_chain_of_one_node_and_an_observer_need_none() {
        let data = Data::new(1);
        assert!(data.open_as(1, 0).is_none());
        assert_eq!(data.open_as(1, 1).unwrap().stage(), Stage::Listening);
        let config = data.chain.config(data.folder.path(), None);
        assert!(Quarantine::open(&config, None, data.chain.set(), &data.around.parts.store, 3).unwrap().is_none());
    }
}
