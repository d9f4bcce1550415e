//! `mulu stream`.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    table::fields,
    words::{self, optional},
};
use anyhow::Context;
use clap::Subcommand;
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::ids::{StreamId, SystemId};
use mulu_rpc_api::access::{AccessClient, Stream as Shown};

/// Streams of access events.
#[derive(Debug, Subcommand)]
pub enum Stream {
    /// Open a stream for a platform; signed by the platform's key, which then signs its batches
    Open {
        /// Id of the platform
        #[arg(long, value_parser = words::id::<SystemId>)]
        platform: SystemId,
        /// Its call ids come from request ids that both sides of a grant share: the two sides' reports are compared day by day
        #[arg(long)]
        reconciles: bool,
    },
    /// Close a stream
    Close {
        /// Id of the stream
        #[arg(value_parser = words::id::<StreamId>)]
        stream: StreamId,
    },
    /// Go on with a stream whose key was stolen, replaced or has no role; signed by another key of the platform, which then signs its batches
    Reopen {
        /// Id of the stream
        #[arg(value_parser = words::id::<StreamId>)]
        stream: StreamId,
    },
    /// One stream and how far it has come
    Show {
        /// Id of the stream
        #[arg(value_parser = words::id::<StreamId>)]
        stream: StreamId,
    },
    /// Streams, newest first
    List {
        /// Id of the platform
        #[arg(long, value_parser = words::id::<SystemId>)]
        platform: Option<SystemId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

impl Stream {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Open { platform, reconciles } => session.act(Call::open_stream(platform, reconciles)).await,
            Self::Close { stream } => {
                let found = session.connection.stream(stream).await.map_err(ClientError::from)?;
                let department = found.context("there is no such stream")?.department;
                session.act_for(Call::close_stream(stream), department).await
            }
            Self::Reopen { stream } => {
                let found = session.connection.stream(stream).await.map_err(ClientError::from)?;
                let department = found.context("there is no such stream")?.department;
                session.act_for(Call::reopen_stream(stream), department).await
            }
            Self::Show { stream } => {
                let found = session.connection.stream(stream).await.map_err(ClientError::from)?;
                let found = found.with_context(|| session.or_hidden("there is no such stream"))?;
                session.output.print(&found, text)
            }
            Self::List { platform, paging } => {
                let ask = async |cursor, limit| session.connection.streams(platform, cursor, limit).await;
                let header = ["id", "platform", "department", "next event", "state", "key"];
                paging.show(session.output, &header, ask, row).await
            }
        }
    }
}

const fn state(stream: &Shown) -> &'static str {
    match (stream.is_open, stream.is_halted) {
        (true, _) => "open",
        (false, true) => "halted",
        (false, false) => "closed",
    }
}

fn row(stream: &Shown) -> Vec<String> {
    vec![
        stream.id.to_string(),
        stream.platform.to_string(),
        stream.department.to_string(),
        stream.next.to_string(),
        state(stream).to_owned(),
        hex::encode(stream.key.0),
    ]
}

fn text(stream: &Shown) -> String {
    fields(&[
        ("stream", format!("{}, {}", stream.id, state(stream))),
        ("platform", format!("{} of department {}", stream.platform, stream.department)),
        ("reconciles", if stream.reconciles { "yes" } else { "no" }.to_owned()),
        ("key", hex::encode(stream.key.0)),
        ("next event", stream.next.to_string()),
        ("last batch", stream.last_digest.to_string()),
        ("not before", stream.time_base.utc()),
        ("opened", format!("record {}", stream.opened)),
        ("closed", optional(stream.closed.map(|record| format!("record {record}")))),
    ])
}
