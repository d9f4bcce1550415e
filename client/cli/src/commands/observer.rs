//! `mulu observer`. Full nodes without a vote are admitted by the departments: these commands propose.

use crate::{
    arguments::Global,
    commands::{
        proposal::{When, propose},
        validator::{Node, reached},
    },
    session::Session,
    table::table_in,
    words,
};
use clap::Subcommand;
use mulu_client::ClientError;
use mulu_proofs::{
    departments::{NAME_BYTES_MAX, Observer as Registered},
    governance::Action,
    ids::{DepartmentId, PublicKey},
    text::Text,
};
use mulu_rpc_api::departments::DepartmentsClient;

/// Observers.
#[derive(Debug, Subcommand)]
pub enum Observer {
    /// The nodes without a vote
    List,
    /// Propose that a node without a vote is admitted
    Add {
        /// Id of the department that runs it
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
        /// What it is for, at most 128 bytes
        #[arg(long, value_parser = |name: &str| Text::<NAME_BYTES_MAX>::new(name))]
        name: Text<NAME_BYTES_MAX>,
        /// The node
        #[command(flatten)]
        node: Node,
        /// When
        #[command(flatten)]
        when: When,
    },
    /// Propose that an observer is shut out
    Remove {
        /// Key of the node among its peers
        #[arg(value_parser = words::bytes32)]
        node_key: PublicKey,
        /// When
        #[command(flatten)]
        when: When,
    },
}

impl Observer {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::List => list(global).await,
            Self::Add { department, name, node, when } => {
                let observer = Registered { department, name, node: node.info() };
                propose(global, Action::RegisterObserver(observer), when).await
            }
            Self::Remove { node_key, when } => propose(global, Action::RemoveObserver { node_key }, when).await,
        }
    }
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let session = Session::open(global).await?;
    let observers: Vec<Registered> = session.connection.observers().await.map_err(ClientError::from)?;
    let speech = session.output.speech;
    session.output.print(&observers, |observers| {
        let row = |observer: &Registered| {
            let [node, consensus, extrinsics] = reached(Some(&observer.node));
            vec![observer.department.to_string(), observer.name.to_string(), node, consensus, extrinsics]
        };
        let rows: Vec<Vec<String>> = observers.iter().map(row).collect();
        table_in(speech, &["department", "name", "node key", "consensus", "extrinsics"], &rows)
    })
}
