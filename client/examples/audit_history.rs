//! All events that were ever reported under a grant, with the proof that none is missing.
//!
//! `cargo run -p mulu-client --example audit_history -- ws://127.0.0.1:9944 genesis.json 1`

use mulu_client::{ClientError, connection::Connection};
use mulu_proofs::{access::Series, evidence::report::ListFacts, genesis::GenesisFile, ids::GrantId};
use mulu_rpc_api::evidence::ListRequest;
use std::error::Error;

/// The list. A longer one than a package holds is refused with the height up to which a part of it would reach.
pub async fn run(url: &str, genesis: GenesisFile, grant: GrantId) -> Result<ListFacts, ClientError> {
    let (connection, _) = Connection::open(url).await?;
    let verified = connection.verified(genesis)?;
    verified.history(ListRequest { series: Series::Grant(grant), above: None, until: None, tip: None }).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, genesis, grant] = &arguments[..] else { return Err("URL GENESIS.json GRANT".into()) };
    let genesis: GenesisFile = serde_json::from_str(&std::fs::read_to_string(genesis)?)?;
    let list = run(url, genesis, GrantId::new(grant.parse()?)).await?;
    println!("{} events up to block {}; {} with findings", list.events.len(), list.until, list.totals.with_findings);
    for event in list.events.iter().filter(|event| !event.findings.is_empty()) {
        println!("{} {}:{} {}", event.number, event.stream, event.event, event.findings.join(", "));
    }
    Ok(())
}
