//! `mulu whoami`.

use crate::{arguments::Global, commands::account, session::Session};

/// Prints the account of `--key`.
pub async fn run(global: &Global) -> anyhow::Result<()> {
    let session = Session::open(global).await?;
    account::show(&session, &session.key()?.public()).await
}
