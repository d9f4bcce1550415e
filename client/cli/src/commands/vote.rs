//! `mulu vote`. A head signs the digest of the proposal that is shown, recomputed here.

use crate::{arguments::Global, commands::proposal::terms_text, session::Session, words};
use clap::Args;
use mulu_client::{calls::Call, checked};
use mulu_proofs::{
    governance::proposal_digest,
    ids::{Digest32, ProposalId},
};
use std::fmt::Display;

/// A department's vote. It is final.
#[derive(Clone, Copy, Debug, Args)]
pub struct Vote {
    /// Id of the proposal
    #[arg(value_parser = words::id::<ProposalId>)]
    proposal: ProposalId,
    /// For it, or against it
    #[command(flatten)]
    answer: Answer,
    /// Vote only if the digest is this one
    #[arg(long, value_parser = words::bytes32, value_name = "DIGEST")]
    digest: Option<Digest32>,
}

/// One of these.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Answer {
    /// Vote for it
    #[arg(long)]
    approve: bool,
    /// Vote against it
    #[arg(long)]
    reject: bool,
}

impl Vote {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        let found = checked::proposal(&session.connection, self.proposal).await?;
        let digest = proposal_digest(found.id, &found.terms);
        checked::expect_digest(&digest, self.digest)?;
        let speech = session.output.speech;
        let answer = if self.answer.approve { speech.say("for") } else { speech.say("against") };
        let voting: [&dyn Display; 3] = [&answer, &found.id, &hex::encode(digest)];
        eprintln!("{}", speech.tell("voting {} proposal {} with the digest {}:", &voting));
        eprint!("{}", terms_text(&found.terms, speech)?);
        session.act(Call::vote(found.id, &digest, self.answer.approve)).await
    }
}
