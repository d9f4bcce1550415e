//! `mulu sign-in` and `mulu sign-out`: a token of a node, for other commands and for programs that know the address alone.

use crate::{arguments::Global, keyring, output::Output, table::fields_in};
use anyhow::Context;
use clap::Args;
use mulu_client::{
    ClientError,
    connection::{self, Connection},
    signin::{Access, Credentials},
};
use mulu_rpc_api::signin::{Session, SignInClient, TOKEN_PATH};
use mulu_verifier::words::Speech;
use serde::Serialize;

/// Signing in.
#[derive(Debug, Args)]
pub struct SignIn {
    /// Sign for the node of this name alone, whoever answers at the address; `mulu node info` on its machine tells it
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
}

/// A token, and the address with it.
#[derive(Serialize)]
struct SignedIn {
    #[serde(flatten)]
    session: Session,
    address: String,
}

/// Whether there was a token to end.
#[derive(Serialize)]
struct SignedOut {
    ended: bool,
}

impl SignIn {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let key = keyring::open(global, &keyring::path(global)?, true)?;
        let credentials = Credentials { key, genesis: global.genesis, node: self.node };
        let session = connection::sign_in(&global.url, &credentials).await?;
        let session = session.context("the node needs no sign-in at this address: it shows everything")?;
        let address = format!("{}{TOKEN_PATH}{}", global.url.trim_end_matches('/'), session.token.0);
        let output = Output::of(global);
        output.print(&SignedIn { session, address }, |signed_in| text(signed_in, output.speech))
    }
}

/// Ends the token of --token.
pub async fn sign_out(global: &Global) -> anyhow::Result<()> {
    let token = global.token.clone().context("no token is given; name one with --token or MULU_TOKEN")?;
    let (connection, _) = Connection::open_as(&global.url, Access::Token(token)).await?;
    let ended = connection.sign_out().await.map_err(ClientError::from)?;
    let output = Output::of(global);
    output
        .print(&SignedOut { ended }, |_| output.speech.say("the token has ended, and every connection with it") + "\n")
}

fn text(SignedIn { session, address }: &SignedIn, speech: Speech) -> String {
    let signed_in = &session.signed_in;
    let roles: Vec<String> = signed_in.roles.iter().map(|role| speech.say(&role.to_string())).collect();
    fields_in(
        speech,
        &[
            ("account", hex::encode(signed_in.account.0)),
            ("department", signed_in.department.to_string()),
            ("roles", roles.join(", ")),
            ("until", signed_in.expires.utc()),
            ("token", session.token.0.clone()),
            ("address with the token", address.clone()),
        ],
    )
}
