//! `mulu source`.

use crate::{arguments::Global, paging::Paging, session::Session, words};
use clap::Subcommand;
use mulu_client::calls::Call;
use mulu_proofs::{
    elements::{ELEMENT_REASON_BYTES_MAX, WithdrawalCause},
    ids::{DepartmentId, SystemId},
    text::Text,
};
use mulu_rpc_api::elements::{CertifiedSource, ElementsClient};

/// Certified source systems.
#[derive(Debug, Subcommand)]
pub enum Source {
    /// Certify a source system; signed by a supervisor or reviewer of its department's authority
    Certify {
        /// Id of the system
        #[arg(value_parser = words::id::<SystemId>)]
        system: SystemId,
    },
    /// Withdraw a certification; signed as it was given
    Withdraw {
        /// Id of the system
        #[arg(value_parser = words::id::<SystemId>)]
        system: SystemId,
        /// merged, split, retired or other
        #[arg(long, value_parser = words::word::<WithdrawalCause>)]
        cause: WithdrawalCause,
        /// More about that, at most 256 bytes
        #[arg(long, value_parser = |reason: &str| Text::<ELEMENT_REASON_BYTES_MAX>::new(reason))]
        reason: Text<ELEMENT_REASON_BYTES_MAX>,
    },
    /// Source systems that are certified, of all departments or of one
    List {
        /// Id of the department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: Option<DepartmentId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

impl Source {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Certify { system } => session.act(Call::certify_source(system)).await,
            Self::Withdraw { system, cause, reason } => {
                session.act(Call::withdraw_certification(system, cause, &reason)).await
            }
            Self::List { department, paging } => {
                let ask = async |cursor, limit| session.connection.sources(department, cursor, limit).await;
                let header = ["id", "department", "code", "name", "certified by record", "since"];
                paging.show(session.output, &header, ask, row).await
            }
        }
    }
}

fn row(source: &CertifiedSource) -> Vec<String> {
    let info = &source.info;
    vec![
        info.id.to_string(),
        info.department.to_string(),
        info.code.to_string(),
        info.name.to_string(),
        source.certified.to_string(),
        source.since.utc(),
    ]
}
