//! `mulu purpose`.

use crate::{arguments::Global, paging::Paging, session::Session};
use clap::Subcommand;
use mulu_client::calls::Call;
use mulu_proofs::text::Text;
use mulu_rpc_api::sharing::{Purpose as Shown, SharingClient};

/// Purpose codes.
#[derive(Debug, Subcommand)]
pub enum Purpose {
    /// Register a purpose; signed by a supervisor
    Register {
        /// Code, at most 32 bytes
        #[arg(long, value_parser = |code: &str| Text::<32>::new(code))]
        code: Text<32>,
        /// What it means, at most 128 bytes
        #[arg(long, value_parser = |name: &str| Text::<128>::new(name))]
        name: Text<128>,
    },
    /// All purposes
    List(Paging),
}

impl Purpose {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Register { code, name } => session.act(Call::register_purpose(&code, &name)).await,
            Self::List(paging) => {
                let ask = async |cursor, limit| session.connection.purposes(cursor, limit).await;
                paging.show(session.output, &["id", "code", "name"], ask, row).await
            }
        }
    }
}

fn row(purpose: &Shown) -> Vec<String> {
    vec![purpose.id.to_string(), purpose.code.clone(), purpose.name.clone()]
}
