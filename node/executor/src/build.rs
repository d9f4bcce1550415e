//! The author's path: as many candidates as fit, in their order, behind the timestamp.

use crate::{
    Executor,
    block_run::{BlockRun, of_block},
    error::ExecuteError,
    run::Stop,
    signed::Signed,
};
use codec::Encode;
use mulu_primitives::{
    block::{BLOCK_BYTES_MAX, Block, EXTRINSICS_MAX, Extrinsic, Header},
    stages::{Executed, Pooled},
};
use mulu_proofs::{
    budget::{Amount, Budget, BudgetClass},
    header::HEADER_BYTES_MAX,
    ids::{DepartmentId, Digest32, Moment},
};
use mulu_runtime::{AccountId, RuntimeCall, UncheckedExtrinsic};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use std::{collections::BTreeMap, sync::Arc};

/// Bytes that a block may have beside its extrinsics: header and their number.
const FRAME_BYTES_MAX: usize = HEADER_BYTES_MAX + 4;

/// A new block.
#[derive(Debug)]
pub struct Built {
    /// The block and what it does.
    pub executed: Executed,
    /// Hashes of candidates that are invalid, or that the runtime panicked on: the pool forgets them.
    pub refused: Vec<Digest32>,
}

/// What became of a candidate.
enum Fate {
    Included,
    /// It may fit later.
    Waits,
    Refused,
}

impl Executor {
    /// Builds the block after `parent` with the time `moment`: the timestamp, then candidates in order while the whole block
    /// keeps within `bytes_max`. What is invalid or makes the runtime panic is rolled back and listed.
    ///
    /// # Errors
    /// - [`ExecuteError::Invalid`] if `moment` is not later than the parent's.
    /// - [`ExecuteError::Database`] if the state cannot be read.
    pub fn build(
        &self,
        parent: &Header,
        moment: Moment,
        candidates: &[Pooled],
        bytes_max: usize,
    ) -> Result<Built, ExecuteError> {
        self.workers.install(|| self.build_here(parent, moment, candidates, bytes_max)).map_err(of_block)
    }

    fn build_here(
        &self,
        parent: &Header,
        moment: Moment,
        candidates: &[Pooled],
        bytes_max: usize,
    ) -> Result<Built, Stop> {
        let mut run = BlockRun::begin(self, parent)?;
        let inherent = timestamp(moment);
        let mut extrinsics = vec![Extrinsic::new(&inherent.encode())];
        run.inherent(inherent)?
            .map_err(|error| Stop::Panicked(format!("the timestamp is refused: {error:?}")))?
            .map_err(|error| Stop::Panicked(format!("the timestamp fails: {error:?}")))?;

        let mut refused = Vec::new();
        let room = bytes_max.min(BLOCK_BYTES_MAX).saturating_sub(FRAME_BYTES_MAX + extrinsics[0].bytes().len());
        let chosen = choose(&mut run, candidates, room, &mut refused)?;
        let holds = self.check_signatures(&mut run, &chosen)?;
        for (signed, holds) in chosen.into_iter().zip(holds) {
            let extrinsic = signed.extrinsic.clone();
            match if holds { apply(&mut run, signed)? } else { Fate::Refused } {
                Fate::Included => extrinsics.push(extrinsic),
                Fate::Waits => {}
                Fate::Refused => refused.push(extrinsic.hash()),
            }
        }

        let ended = run.end()?;
        let block = Arc::new(Block { header: ended.header.clone(), extrinsics });
        let executed = ended.into_executed(block, moment);
        self.values.executed(parent.state_root, executed.block.header.state_root, &executed.changes.values);
        Ok(Built { executed, refused })
    }

    /// Whether each signature holds; what has no signing payload in this state (its era is not here) does not.
    pub(crate) fn check_signatures(&self, run: &mut BlockRun, signed: &[Signed]) -> Result<Vec<bool>, Stop> {
        let claims = run.claims(signed)?;
        Ok(claims.par_iter().map(|claim| claim.as_ref().is_ok_and(|claim| self.verified.check(claim))).collect())
    }
}

/// The timestamp inherent, in the form that all clients decode.
fn timestamp(moment: Moment) -> UncheckedExtrinsic {
    UncheckedExtrinsic::new_bare_legacy(RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: moment.get() }))
}

/// The candidates that fit into `room` bytes, decoded: of each department what it may send of each class in a block, so that what must
/// wait anyway takes no room from others.
fn choose(
    run: &mut BlockRun,
    candidates: &[Pooled],
    mut room: usize,
    refused: &mut Vec<Digest32>,
) -> Result<Vec<Signed>, Stop> {
    let mut chosen = Vec::new();
    let mut shares = Shares::of(run.budget()?);
    for pooled in candidates {
        let bytes = pooled.extrinsic.bytes().len();
        if bytes > room {
            continue;
        }
        // One place is the timestamp's.
        if chosen.len() + 1 == EXTRINSICS_MAX {
            break;
        }
        match Signed::read(&pooled.extrinsic, run.is_development()) {
            Ok(signed) if !shares.take(run, &signed)? => {}
            Ok(signed) => {
                room -= bytes;
                chosen.push(signed);
            }
            Err(_) => refused.push(pooled.hash),
        }
    }
    Ok(chosen)
}

/// What was chosen of each department so far.
struct Shares {
    budget: Budget,
    departments: BTreeMap<AccountId, Option<DepartmentId>>,
    chosen: BTreeMap<(DepartmentId, BudgetClass), Amount>,
}

impl Shares {
    const fn of(budget: Budget) -> Self {
        Self { budget, departments: BTreeMap::new(), chosen: BTreeMap::new() }
    }

    /// Whether the signer's department may send this too. Whether it may send at all is seen when it is applied.
    fn take(&mut self, run: &mut BlockRun, signed: &Signed) -> Result<bool, Stop> {
        let department = match self.departments.get(&signed.account) {
            Some(known) => *known,
            None => {
                let found = run.department_of(&signed.account)?;
                self.departments.insert(signed.account.clone(), found);
                found
            }
        };
        let Some(department) = department else { return Ok(true) };
        let class = signed.class();
        let chosen = self.chosen.entry((department, class)).or_default();
        let with = chosen.plus(signed.extrinsic.bytes().len() as u64);
        let fits = with.is_within(&self.budget.of(class).per_block);
        if fits {
            *chosen = with;
        }
        Ok(fits)
    }
}

fn apply(run: &mut BlockRun, signed: Signed) -> Result<Fate, Stop> {
    match run.apply(signed) {
        Ok(Ok(_dispatched)) => Ok(Fate::Included),
        // The block is full, or one of the signer's earlier extrinsics did not come in.
        Ok(Err(TransactionValidityError::Invalid(
            InvalidTransaction::ExhaustsResources | InvalidTransaction::Future,
        ))) => Ok(Fate::Waits),
        Ok(Err(_)) | Err(Stop::Panicked(_)) => Ok(Fate::Refused),
        Err(stop @ Stop::State(_)) => Err(stop),
    }
}
