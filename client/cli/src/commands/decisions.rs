//! `mulu decisions`.

use crate::{arguments::Global, paging::Paging, session::Session, words};
use clap::Subcommand;
use mulu_client::calls::Call;
use mulu_proofs::ids::SystemId;
use mulu_rpc_api::access::{AccessClient, DecisionPoint};

/// Decision points of platforms.
#[derive(Debug, Subcommand)]
pub enum Decisions {
    /// Open the decision point of a platform; signed by the key that then signs its tokens and counts
    Open {
        /// Id of the platform
        #[arg(long, value_parser = words::id::<SystemId>)]
        platform: SystemId,
    },
    /// Close the decision point of a platform; signed by its key, or by an admin of the department
    Close {
        /// Id of the platform
        #[arg(long, value_parser = words::id::<SystemId>)]
        platform: SystemId,
    },
    /// Decision points that are open, newest first
    List {
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

impl Decisions {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Open { platform } => session.act(Call::open_decisions(platform)).await,
            Self::Close { platform } => session.act(Call::close_decisions(platform)).await,
            Self::List { paging } => {
                let ask = async |cursor, limit| session.connection.decision_points(cursor, limit).await;
                let header = ["platform", "department", "since", "key", "record"];
                paging.show(session.output, &header, ask, row).await
            }
        }
    }
}

fn row(point: &DecisionPoint) -> Vec<String> {
    vec![
        point.system.to_string(),
        point.department.to_string(),
        point.since.utc(),
        hex::encode(point.key.0),
        point.opened.to_string(),
    ]
}
