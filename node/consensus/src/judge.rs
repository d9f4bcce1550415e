//! Whether a proposed block deserves a vote: right proposer, right parent, a time that the own clock believes, and the same execution.

use crate::{
    app::App,
    blocks,
    config::BlockTimeConfig,
    context::{Address, Height, Init, MuluContext, ValidatorSet},
    error::Halt,
    parts::Whole,
};
use arc_malachitebft_app_channel::app::types::{
    ProposedValue,
    core::{Context, Round, Validator, Validity},
};
use mulu_primitives::{block::Block, stages::Executed};
use mulu_proofs::ids::Moment;
use std::sync::Arc;

/// Why a block gets no vote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The bytes are no block.
    #[error("the bytes are no block")]
    Undecodable,
    /// The header is another one than the proposer signed for.
    #[error("the block has another header than its first part names")]
    OtherHeader,
    /// It builds on another block, or has another height.
    #[error("the block does not build on the last committed one")]
    OtherParent,
    /// It has no time.
    #[error("the block has no time")]
    NoTime,
    /// Its time is not after its parent's.
    #[error("block time {moment} is not after its parent's {parent}")]
    NotAfterParent {
        /// Its time.
        moment: Moment,
        /// The parent's.
        parent: Moment,
    },
    /// Its time is too far from the own clock.
    #[error("block time {moment} is too far from this node's clock, {now}")]
    OffClock {
        /// Its time.
        moment: Moment,
        /// The clock.
        now: Moment,
    },
    /// Executing it has ended the process before.
    #[error("executing the block has ended the process before")]
    Crashed,
    /// Executing it gives something else than its header says, or fails.
    #[error("the block is invalid: {why}")]
    Invalid {
        /// Why.
        why: String,
    },
}

/// Checks a proposed block's time against its parent's and the own clock (SPEC §4).
///
/// # Errors
/// [`Unfit::NotAfterParent`] and [`Unfit::OffClock`].
pub fn check_time(moment: Moment, parent: Option<Moment>, now: Moment, config: &BlockTimeConfig) -> Result<(), Unfit> {
    if let Some(parent) = parent
        && moment <= parent
    {
        return Err(Unfit::NotAfterParent { moment, parent });
    }
    let is_ahead = moment.get() > now.get().saturating_add(config.ahead_max_ms);
    let is_behind = moment.get() < now.get().saturating_sub(config.behind_max_ms);
    if is_ahead || is_behind { Err(Unfit::OffClock { moment, now }) } else { Ok(()) }
}

/// The engine's form of a proposed block and what we think of it.
pub const fn proposed(init: &Init, validity: Validity) -> ProposedValue<MuluContext> {
    ProposedValue {
        height: init.height,
        round: Round::new(init.round),
        valid_round: init.pol_round,
        proposer: init.proposer,
        value: init.hash,
        validity,
    }
}

impl App {
    /// Who proposes in a round of the next height.
    pub(crate) fn proposer(&self, round: u32) -> Address {
        let set = ValidatorSet::from(&self.parent.validators);
        *MuluContext.select_proposer(&set, Height::new(self.parent.next()), Round::new(round)).address()
    }

    /// Judges a whole block of the next height; keeps it durably if it is valid. None if it says nothing worth telling the engine.
    ///
    /// # Errors
    /// [`Halt`] if database or store fail.
    pub(crate) fn judge(&mut self, whole: &Whole, now: Moment) -> Result<Option<ProposedValue<MuluContext>>, Halt> {
        let init = &whole.init;
        let (height, round, hash) = (init.height, init.round, init.hash);
        if init.proposer != self.proposer(round) {
            tracing::warn!(%height, round, proposer = %init.proposer, "a block of whom it was not the turn is dropped");
            return Ok(None);
        }
        if self.blocks.is_known(init) {
            return Ok(Some(proposed(init, Validity::Valid)));
        }
        if !self.blocks.may_judge(round) {
            tracing::warn!(%height, round, proposer = %init.proposer, "one more block of a proposer with too many is dropped");
            return Ok(None);
        }
        match self.examine(whole, now)? {
            Ok(executed) => {
                let is_kept = self.blocks.keep(&self.parts, *init, executed)?;
                Ok(is_kept.then(|| proposed(init, Validity::Valid)))
            }
            Err(unfit) => {
                tracing::warn!(%height, round, %hash, proposer = %init.proposer, "a proposed block gets no vote: {unfit}");
                Ok(Some(proposed(init, Validity::Invalid)))
            }
        }
    }

    /// Everything about a block that can speak against it. A block that was valid in an earlier round is not asked for its time again.
    fn examine(&mut self, whole: &Whole, now: Moment) -> Result<Result<Arc<Executed>, Unfit>, Halt> {
        let init = &whole.init;
        if let Some(executed) = self.blocks.get(&init.hash.0) {
            return Ok(Ok(executed.clone()));
        }
        if self.blocks.has_crashed(&init.hash.0) {
            return Ok(Err(Unfit::Crashed));
        }
        let block = match self.read(whole) {
            Ok(block) => block,
            Err(unfit) => return Ok(Err(unfit)),
        };
        let Some(moment) = block.moment() else { return Ok(Err(Unfit::NoTime)) };
        if init.pol_round.is_nil()
            && let Err(unfit) = check_time(moment, self.parent.moment, now, &self.block_time)
        {
            return Ok(Err(unfit));
        }
        let executed = blocks::execute(&self.parts, &self.parent, Arc::new(block))?;
        Ok(executed.map_err(|why| Unfit::Invalid { why }))
    }

    /// Reads the bytes as the block that the first part names.
    fn read(&self, whole: &Whole) -> Result<Block, Unfit> {
        let block = Block::decode(&whole.block).map_err(|_| Unfit::Undecodable)?;
        if block.hash() != whole.init.hash.0 {
            return Err(Unfit::OtherHeader);
        }
        if block.header.parent_hash.0 != self.parent.hash || block.height() != self.parent.next() {
            return Err(Unfit::OtherParent);
        }
        Ok(block)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    const CONFIG: BlockTimeConfig = BlockTimeConfig { ahead_max_ms: 5_000, behind_max_ms: 30_000 };

    fn check(moment: u64, parent: Option<u64>, now: u64) -> Result<(), Unfit> {
        check_time(Moment::new(moment), parent.map(Moment::new), Moment::new(now), &CONFIG)
    }

    #[test]
    fn the_time_of_a_block_is_after_its_parents() {
        assert_eq!(check(100_001, Some(100_000), 100_000), Ok(()));
        let (moment, parent) = (Moment::new(100_000), Moment::new(100_000));
        assert_eq!(check(100_000, Some(100_000), 100_000), Err(Unfit::NotAfterParent { moment, parent }));
        assert_eq!(check(100_000, None, 100_000), Ok(()));
    }

    #[test]
    fn the_time_of_a_block_is_near_the_own_clock() {
        for good in [70_000, 100_000, 105_000] {
            assert_eq!(check(good, None, 100_000), Ok(()));
        }
        for bad in [69_999, 105_001, 0, u64::MAX] {
            let (moment, now) = (Moment::new(bad), Moment::new(100_000));
            assert_eq!(check(bad, None, 100_000), Err(Unfit::OffClock { moment, now }));
        }
    }
}
