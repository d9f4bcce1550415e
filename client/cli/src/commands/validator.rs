//! `mulu validator`. Whoever votes in consensus is decided by the departments: these commands propose.

use crate::{
    arguments::Global,
    commands::proposal::{When, propose},
    session::Session,
    table::table_in,
    words,
};
use clap::{Args, Subcommand};
use mulu_client::ClientError;
use mulu_proofs::{
    departments::{ADDRESS_BYTES_MAX, NodeInfo},
    governance::Action,
    ids::{DepartmentId, PublicKey},
    text::Text,
};
use mulu_rpc_api::departments::{DepartmentsClient, Validator as Shown};

/// Validators.
#[derive(Debug, Subcommand)]
pub enum Validator {
    /// The validators of the next height
    List,
    /// Propose that a department's node votes in consensus
    Add {
        /// Id of the department that runs it
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
        /// Consensus key of the node, 64 hexadecimal digits
        // `key` is the option of every command.
        #[arg(value_parser = words::bytes32, value_name = "KEY")]
        validator: PublicKey,
        /// The node
        #[command(flatten)]
        node: Node,
        /// When
        #[command(flatten)]
        when: When,
    },
    /// Propose that a validator votes no more
    Remove {
        /// Its consensus key
        #[arg(value_parser = words::bytes32, value_name = "KEY")]
        validator: PublicKey,
        /// When
        #[command(flatten)]
        when: When,
    },
    /// Propose another consensus key for a validator
    Rotate {
        /// The key in force
        #[arg(value_parser = words::bytes32)]
        old: PublicKey,
        /// The key from the height after enactment on
        #[arg(value_parser = words::bytes32)]
        new: PublicKey,
        /// When
        #[command(flatten)]
        when: When,
    },
}

/// How a node is reached.
#[derive(Clone, Debug, Args)]
pub struct Node {
    /// Key of the node among its peers, 64 hexadecimal digits
    #[arg(long, value_parser = words::bytes32, value_name = "KEY")]
    node_key: PublicKey,
    /// Where it listens for consensus, 10.1.2.3:26656 for instance
    #[arg(long, value_parser = |address: &str| Text::<ADDRESS_BYTES_MAX>::new(address), value_name = "IP:PORT")]
    consensus_address: Text<ADDRESS_BYTES_MAX>,
    /// Where it listens for extrinsics
    #[arg(long, value_parser = |address: &str| Text::<ADDRESS_BYTES_MAX>::new(address), value_name = "IP:PORT")]
    extrinsics_address: Text<ADDRESS_BYTES_MAX>,
}

impl Node {
    /// As the ledger keeps it.
    pub fn info(self) -> NodeInfo {
        let Self { node_key: key, consensus_address, extrinsics_address } = self;
        NodeInfo { key, consensus_address, extrinsics_address }
    }
}

impl Validator {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::List => list(global).await,
            Self::Add { department, validator: key, node, when } => {
                propose(global, Action::AddValidator { department, key, node: node.info() }, when).await
            }
            Self::Remove { validator: key, when } => propose(global, Action::RemoveValidator { key }, when).await,
            Self::Rotate { old, new, when } => propose(global, Action::RotateValidatorKey { old, new }, when).await,
        }
    }
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let session = Session::open(global).await?;
    let validators: Vec<Shown> = session.connection.validators().await.map_err(ClientError::from)?;
    let speech = session.output.speech;
    session.output.print(&validators, |validators| {
        let row = |validator: &Shown| {
            let [node, consensus, extrinsics] = reached(validator.node.as_ref());
            vec![validator.department.to_string(), hex::encode(validator.key), node, consensus, extrinsics]
        };
        let rows: Vec<Vec<String>> = validators.iter().map(row).collect();
        table_in(speech, &["department", "key", "node key", "consensus", "extrinsics"], &rows)
    })
}

/// Key and addresses of a node; empty where only its peers' configuration has them.
pub fn reached(node: Option<&NodeInfo>) -> [String; 3] {
    node.map_or_else(Default::default, |node| {
        let (consensus, extrinsics) = (node.consensus_address.to_string(), node.extrinsics_address.to_string());
        [hex::encode(node.key), consensus, extrinsics]
    })
}
