//! `decision check`: the mapping file as the node reads it, and what the running node answers by it.

use crate::{
    config::{CONFIG_FILE, Config},
    error::NodeError,
};
use jsonrpsee::http_client::HttpClientBuilder;
use mulu_decision::mapping::Mapping;
use mulu_rpc_api::decision::{CheckedRoute, DecisionsClient};
use std::{
    io::{self, Write},
    path::Path,
};

/// Reads the mapping, asks the running node, and prints a line for each route and consumer.
pub fn check(path: &Path) -> Result<(), NodeError> {
    let home = if path.ends_with(CONFIG_FILE) { path.parent().unwrap_or(Path::new(".")) } else { path };
    let config = Config::read(home)?;
    let decision = config.decision.as_ref().ok_or_else(|| NodeError::Config {
        path: home.join(CONFIG_FILE),
        what: "there is no section [decision]; docs/decision.md shows one".into(),
    })?;
    let mapping = Mapping::read(&decision.mapping)?;
    let consumers = mapping.consumers().iter().count();
    eprintln!("{}: {} routes, {consumers} consumers", decision.mapping.display(), mapping.routes().len());
    let url = format!("http://{}", config.rpc_listen);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(NodeError::Threads)?;
    let rows = runtime.block_on(ask(&url)).map_err(|why| NodeError::NoAnswer { url, why })?;
    let mut out = io::stdout().lock();
    let written = rows.iter().try_for_each(|row| writeln!(out, "{}", line(row)));
    // Who closes the pipe has read enough.
    written
        .or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
        .map_err(|source| NodeError::Write { path: "standard output".into(), source })
}

async fn ask(url: &str) -> Result<Vec<CheckedRoute>, String> {
    let client = HttpClientBuilder::default().build(url).map_err(|error| error.to_string())?;
    let (mut rows, mut first) = (Vec::new(), None);
    loop {
        let page = client.check(first).await.map_err(|error| error.to_string())?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => first = Some(next),
            None => return Ok(rows),
        }
    }
}

fn line(row: &CheckedRoute) -> String {
    let methods = if row.methods.is_empty() { "*".to_owned() } else { row.methods.join(",") };
    let grant = row.grant.map(|grant| format!(" grant {grant}")).unwrap_or_default();
    let answer = row.reason.as_ref().map_or_else(|| "allowed".to_owned(), |reason| format!("denied: {reason}"));
    format!("{methods}\t{}\t{}\t{answer}{grant}", row.path, row.consumer)
}
