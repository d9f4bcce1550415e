//! `ExtendVote` and `VerifyVoteExtensions`: votes of this chain carry nothing besides the vote.

use crate::context::{Address, MuluContext};
use arc_malachitebft_app_channel::app::consensus::{VoteExtensionError, VoteExtensionVerdicts};

/// Refuses every extension: none can be good.
pub fn verify(extensions: Vec<(Address, ())>) -> VoteExtensionVerdicts<MuluContext> {
    let refused = |(address, ())| (address, Err(VoteExtensionError::InvalidVoteExtension));
    extensions.into_iter().map(refused).collect()
}
