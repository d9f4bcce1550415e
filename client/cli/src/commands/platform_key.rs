//! What is done when a platform's key is stolen: `mulu key compromised`, `mulu event`.

use crate::{arguments::Global, session::Session, words};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{
    ids::{EventNumber, Moment, PublicKey, RecordNumber, SystemId},
    text::Text,
};
use mulu_rpc_api::access::{AccessClient, EventRef};

/// Reported events.
#[derive(Debug, Subcommand)]
pub enum Event {
    /// Say of events that a stolen key signed that they are not the department's own; signed by the department's head
    Repudiate(Repudiate),
}

/// How far behind the last block a report's time ends if nothing is said, in milliseconds: as far as the ledger takes it, so that what is accepted
/// until the report stands is within it. From then on the key signs nothing.
const REPORT_TAKES_MS: u64 = 60_000;

/// `mulu key compromised`.
#[derive(Debug, Args)]
pub struct Compromised {
    /// The public key, 64 hexadecimal digits
    #[arg(value_parser = words::account, value_name = "KEY")]
    public_key: PublicKey,
    /// Id of a platform of the department that it signed for
    #[arg(long, value_parser = words::id::<SystemId>)]
    platform: SystemId,
    /// First moment at which others may have signed with it
    #[arg(long, value_parser = words::moment)]
    from: Moment,
    /// First moment after; without it, a minute behind the last block
    #[arg(long, value_parser = words::moment)]
    to: Option<Moment>,
    /// What is known of it, at most 512 bytes
    #[arg(long, value_parser = |text: &str| Text::<512>::new(text))]
    statement: Text<512>,
}

/// `mulu event repudiate`.
#[derive(Debug, Args)]
pub struct Repudiate {
    /// The first event, STREAM:EVENT
    #[arg(value_parser = words::event, value_name = "STREAM:EVENT")]
    event: EventRef,
    /// Number of the last one, if there are several
    #[arg(long, value_parser = words::id::<EventNumber>)]
    last: Option<EventNumber>,
    /// Number of the record that reported the key
    #[arg(long, value_parser = words::id::<RecordNumber>)]
    compromise: RecordNumber,
    /// Why they are not its own, at most 512 bytes
    #[arg(long, value_parser = |text: &str| Text::<512>::new(text))]
    statement: Text<512>,
}

impl Compromised {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        let to = match self.to {
            Some(to) => to,
            None => Moment::new(session.chain_time().await?.get().saturating_add(REPORT_TAKES_MS)),
        };
        let call = Call::report_compromise(self.platform, &self.public_key, (self.from, to), &self.statement);
        session.act(call).await
    }
}

impl Event {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let Self::Repudiate(Repudiate { event, last, compromise, statement }) = self;
        let session = Session::open(global).await?;
        let found = session.connection.stream(event.stream).await.map_err(ClientError::from)?;
        let department = found.context("there is no such stream")?.department;
        let range = (event.event, last.unwrap_or(event.event));
        session.act_for(Call::repudiate(compromise, event.stream, range, &statement), department).await
    }
}
