//! The blocks that may be decided next: what was proposed in which round, and what executing it gave.
//!
//! A block under execution is noted durably: if executing it ends the process, the next run votes nil on it. If it is decided all the
//! same, it is executed once more, since whoever killed the process need not have been the block; if that ends the process too, the run
//! after that parks.

use crate::{
    app::{Parent, Parts},
    codec::MuluCodec,
    context::{Init, Part},
    error::{ConsensusError, Halt, chain},
};
use arc_malachitebft_app_channel::app::types::codec::Codec;
use codec::{Decode, Encode};
use mulu_executor::ExecuteError;
use mulu_primitives::{block::Block, stages::Executed};
use mulu_proofs::ids::{Digest32, Height};
use std::{collections::BTreeMap, sync::Arc};

/// Under this key the store keeps which block ended the process, and how often.
const CRASHED_KEY: &[u8] = b"consensus/crashed";
/// So often a block may end the process before it is not executed any more.
const CRASHES_MAX: u32 = 2;
/// Most executions that are kept in memory; others are repeated when they are needed.
const EXECUTED_MAX: usize = 32;
/// Most different blocks that are judged in one round; an honest proposer has one.
const JUDGED_PER_ROUND_MAX: u32 = 4;

/// A block whose execution ended the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Crashed {
    hash: Digest32,
    times: u32,
}

/// What is known of the next height.
#[derive(Debug)]
pub struct Blocks {
    crashed: Option<Crashed>,
    may_retry: bool,
    /// First parts of valid blocks, by round and hash; their bodies are durable.
    known: BTreeMap<(u32, Digest32), Init>,
    executed: BTreeMap<Digest32, Arc<Executed>>,
    judged: BTreeMap<u32, u32>,
}

impl Blocks {
    /// Reads what an earlier run left.
    ///
    /// # Errors
    /// The store's.
    pub fn open(parts: &Parts, next: Height, may_retry: bool) -> Result<Self, ConsensusError> {
        let store = &parts.store;
        let before = store.meta_get(CRASHED_KEY)?.and_then(|row| Crashed::decode(&mut &row[..]).ok());
        let mut crashed = before;
        if let Some(hash) = store.executing()? {
            let times = before.filter(|before| before.hash == hash).map_or(1, |before| before.times.saturating_add(1));
            tracing::warn!(hash = hex::encode(hash), times, "the process ended while this block was executed");
            crashed = Some(Crashed { hash, times });
            store.meta_put(CRASHED_KEY, &Crashed { hash, times }.encode())?;
            store.clear_executing()?;
        }
        let mut known = BTreeMap::new();
        for undecided in store.undecided(next)? {
            match MuluCodec.decode(undecided.meta.into()) {
                Ok(Part::Init(init)) => drop(known.insert((undecided.round, undecided.hash), init)),
                _ => tracing::warn!(round = undecided.round, "an undecided block without its first part is left alone"),
            }
        }
        Ok(Self { crashed, may_retry, known, executed: BTreeMap::new(), judged: BTreeMap::new() })
    }

    /// First parts of the valid blocks of a round.
    pub fn of_round(&self, round: u32) -> impl Iterator<Item = Init> {
        self.known.range((round, [0; 32])..=(round, [u8::MAX; 32])).map(|(_, init)| *init)
    }

    /// First parts of all valid blocks with this hash.
    pub fn of_hash(&self, hash: Digest32) -> impl Iterator<Item = Init> {
        self.known.values().filter(move |init| init.hash.0 == hash).copied()
    }

    /// Whether the block is known to be valid in this round.
    pub fn is_known(&self, init: &Init) -> bool {
        self.known.contains_key(&(init.round, init.hash.0))
    }

    /// What executing the block gave in this run.
    pub fn get(&self, hash: &Digest32) -> Option<&Arc<Executed>> {
        self.executed.get(hash)
    }

    /// Whether executing the block has ended the process.
    pub fn has_crashed(&self, hash: &Digest32) -> bool {
        self.crashed.is_some_and(|crashed| crashed.hash == *hash)
    }

    /// Counts a judgement; false if the round has had enough of them.
    pub fn may_judge(&mut self, round: u32) -> bool {
        let judged = self.judged.entry(round).or_default();
        *judged += 1;
        *judged <= JUDGED_PER_ROUND_MAX
    }

    /// Keeps a valid block durably; consensus may hear of it afterwards. False if the store takes no more undecided blocks.
    ///
    /// # Errors
    /// [`Halt::Fatal`] if the store fails.
    pub fn keep(&mut self, parts: &Parts, init: Init, executed: Arc<Executed>) -> Result<bool, Halt> {
        let meta = MuluCodec.encode(&Part::Init(init)).expect("encoding a part does not fail");
        match parts.store.put_undecided(init.height.id(), init.round, executed.block.clone(), meta.to_vec()) {
            Ok(()) => {}
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => {
                tracing::warn!(error = chain(&error), "a proposed block is not kept");
                return Ok(false);
            }
        }
        self.known.insert((init.round, init.hash.0), init);
        self.keep_executed(executed);
        Ok(true)
    }

    /// Keeps what executing a block gave.
    pub fn keep_executed(&mut self, executed: Arc<Executed>) {
        if self.executed.len() >= EXECUTED_MAX {
            self.executed.pop_first();
        }
        self.executed.insert(executed.hash, executed);
    }

    /// The body of a valid block.
    ///
    /// # Errors
    /// [`Halt::Fatal`] if the store fails.
    pub fn body(&self, parts: &Parts, hash: &Digest32) -> Result<Option<Arc<Block>>, Halt> {
        match self.executed.get(hash) {
            Some(executed) => Ok(Some(executed.block.clone())),
            None => Ok(parts.store.undecided_block(hash)?.map(Arc::new)),
        }
    }

    /// What executing a valid block gave; after a restart it is executed again. None if nobody has its body.
    ///
    /// # Errors
    /// [`Halt`] if it cannot be executed any more, or the store fails.
    pub fn executed(&mut self, parts: &Parts, parent: &Parent, hash: &Digest32) -> Result<Option<Arc<Executed>>, Halt> {
        if let Some(executed) = self.executed.get(hash) {
            return Ok(Some(executed.clone()));
        }
        let Some(block) = parts.store.undecided_block(hash)? else { return Ok(None) };
        self.check_crashes(hash)?;
        match execute(parts, parent, Arc::new(block))? {
            Ok(executed) => {
                self.keep_executed(executed.clone());
                Ok(Some(executed))
            }
            Err(why) => Err(Halt::fatal(format!(
                "block 0x{} was valid before the restart and is not now: {why}",
                hex::encode(hash)
            ))),
        }
    }

    /// Parks if executing a decided block has ended the process too often.
    ///
    /// # Errors
    /// [`Halt::Park`].
    pub fn check_crashes(&self, hash: &Digest32) -> Result<(), Halt> {
        match self.crashed {
            Some(crashed) if crashed.hash == *hash && crashed.times >= CRASHES_MAX && !self.may_retry => {
                Err(Halt::Park {
                    why: format!(
                        "block 0x{} is decided, but executing it has ended the process {} times; keep the data folder, install a \
                         program in which this is fixed, and start it once with --retry-crashed-block",
                        hex::encode(hash),
                        crashed.times
                    ),
                })
            }
            _ => Ok(()),
        }
    }

    /// Forgets everything: the height is decided.
    pub fn forget(&mut self) {
        self.known.clear();
        self.executed.clear();
        self.judged.clear();
    }
}

/// Executes a block that this node did not build; the inner error says why it is invalid.
///
/// # Errors
/// [`Halt::Fatal`] if database or store fail.
pub fn execute(parts: &Parts, parent: &Parent, block: Arc<Block>) -> Result<Result<Arc<Executed>, String>, Halt> {
    parts.store.mark_executing(block.hash())?;
    let result = parts.executor.execute(&parent.header, block);
    parts.store.clear_executing()?;
    match result {
        Ok(executed) => Ok(Ok(Arc::new(executed))),
        Err(ExecuteError::Invalid { why }) => Ok(Err(why)),
        Err(error) => Err(Halt::fatal(chain(&error))),
    }
}
