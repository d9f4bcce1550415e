//! `mulu account`.

use crate::{
    arguments::Global,
    session::Session,
    table::{fields, table},
    words::{self, name_of, optional},
};
use anyhow::Context;
use clap::Subcommand;
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::ids::{DepartmentId, PublicKey};
use mulu_rpc_api::{
    Hex32,
    departments::{Account as Shown, DepartmentsClient},
};
use mulu_verifier::utc;

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Register an account, which may then submit; signed by the department's admin or a supervisor
    Register {
        /// Public key, 64 hexadecimal digits (`mulu key show` prints it)
        #[arg(value_parser = words::account)]
        account: PublicKey,
        /// Id of its department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
    },
    /// One account with its roles
    Show {
        /// Public key
        #[arg(value_parser = words::account)]
        account: PublicKey,
    },
}

impl Account {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Register { account, department } => session.act(Call::register_account(&account, department)).await,
            Self::Show { account } => show(&session, &account).await,
        }
    }
}

/// Prints an account.
pub async fn show(session: &Session, account: &PublicKey) -> anyhow::Result<()> {
    let found = session.connection.account(Hex32(*account)).await.map_err(ClientError::from)?;
    let missing = || format!("account {} is not registered; an admin does that", hex::encode(account));
    session.output.print(&found.with_context(missing)?, text)
}

fn text(account: &Shown) -> String {
    let mut text = fields(&[
        ("account", hex::encode(account.account.0)),
        ("department", account.department.to_string()),
        ("next nonce", account.nonce.to_string()),
    ]);
    let rows: Vec<Vec<String>> = account
        .roles
        .iter()
        .map(|held| {
            let state = if held.is_pending { "waits for its second signature" } else { "" };
            let given = optional(held.confirmed.or(Some(held.given)));
            vec![name_of(&held.role), held.department.to_string(), utc(held.expires), given, state.to_owned()]
        })
        .collect();
    text.push_str(&table(&["role", "department", "expires", "record", "state"], &rows));
    text
}
