//! The path of foreign blocks, proposed or synced: do what the block says, then compare headers.

use crate::{
    Executor,
    block_run::{BlockRun, of_block},
    error::ExecuteError,
    run::Stop,
    signed::{Signed, decode},
};
use codec::Encode;
use mulu_primitives::{
    block::{BLOCK_BYTES_MAX, Block, EXTRINSICS_MAX, Header, header_hash},
    stages::Executed,
};
use mulu_proofs::{header::HEADER_BYTES_MAX, ids::Moment};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::sync::Arc;

impl Executor {
    /// Executes `block` on the state of `parent`.
    ///
    /// # Errors
    /// - [`ExecuteError::Invalid`] with the rule that the block breaks; nothing of it is kept.
    /// - [`ExecuteError::Database`] if the state cannot be read.
    pub fn execute(&self, parent: &Header, block: Arc<Block>) -> Result<Executed, ExecuteError> {
        self.workers.install(|| {
            let moment = check_form(parent, &block).map_err(invalid)?;
            self.execute_here(parent, block, moment).map_err(of_block)
        })
    }

    fn execute_here(&self, parent: &Header, block: Arc<Block>, moment: Moment) -> Result<Executed, Stop> {
        let mut run = BlockRun::begin(self, parent)?;
        let (first, others) = block.extrinsics.split_first().expect("check_form wants a timestamp");
        let inherent = decode(first).map_err(|error| refuse(0, &error))?;
        run.inherent(inherent)?
            .map_err(|error| refuse(0, &format!("{error:?}")))?
            .map_err(|error| refuse(0, &format!("{error:?}")))?;

        let is_development = run.is_development();
        let read: Vec<_> = others.par_iter().map(|extrinsic| Signed::read(extrinsic, is_development)).collect();
        let mut signed: Vec<Signed> = Vec::with_capacity(read.len());
        for (place, read) in (1..).zip(read) {
            signed.push(read.map_err(|error| refuse(place, &error))?);
        }
        let holds = self.check_signatures(&mut run, &signed)?;
        if let Some(place) = holds.iter().position(|holds| !holds) {
            return Err(refuse(place + 1, &"the signature does not hold"));
        }
        for (place, signed) in (1..).zip(signed) {
            // That the call failed is no fault of the block: it is included, and its signer's nonce is used.
            let _dispatched = run.apply(signed)?.map_err(|error| refuse(place, &format!("{error:?}")))?;
        }

        let ended = run.end()?;
        compare(&block.header, &ended.header).map_err(|why| Stop::Panicked(why.to_owned()))?;
        let executed = ended.into_executed(block, moment);
        self.values.executed(parent.state_root, executed.block.header.state_root, &executed.changes.values);
        Ok(executed)
    }
}

/// What needs no state: place in the chain, bounds, timestamp.
fn check_form(parent: &Header, block: &Block) -> Result<Moment, &'static str> {
    let header = &block.header;
    if parent.number.checked_add(1) != Some(header.number) || header.parent_hash.0 != header_hash(parent) {
        return Err("it does not follow the block that it should follow");
    }
    let header_bytes = header.encoded_size();
    if header_bytes > HEADER_BYTES_MAX {
        return Err("its header is larger than a header may be");
    }
    let extrinsics_bytes: usize = block.extrinsics.iter().map(|extrinsic| extrinsic.bytes().len()).sum();
    if header_bytes + extrinsics_bytes + 4 > BLOCK_BYTES_MAX || block.extrinsics.len() > EXTRINSICS_MAX {
        return Err("it is larger than a block may be");
    }
    block.moment().ok_or("its first extrinsic is not the timestamp")
}

/// The first difference between the header that came and the one that executing gave.
fn compare(came: &Header, ours: &Header) -> Result<(), &'static str> {
    if came.extrinsics_root != ours.extrinsics_root {
        Err("its extrinsics root is not that of its extrinsics")
    } else if came.digest != ours.digest {
        Err("its digest items are not those that execution gives")
    } else if came.state_root != ours.state_root {
        Err("its state root is not the one that execution gives")
    } else {
        assert_eq!(came, ours, "number and parent were compared before");
        Ok(())
    }
}

fn invalid(why: &str) -> ExecuteError {
    ExecuteError::Invalid { why: why.to_owned() }
}

fn refuse(place: usize, why: &impl std::fmt::Display) -> Stop {
    Stop::Panicked(format!("extrinsic {place}: {why}"))
}
