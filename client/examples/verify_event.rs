//! Verifies one access event: that it was reported, under which grant, and who signed for that grant. The node is not believed; the
//! genesis file is.
//!
//! `cargo run -p mulu-client --example verify_event -- ws://127.0.0.1:9944 genesis.json 1 16`

use mulu_client::{ClientError, connection::Connection};
use mulu_proofs::{
    evidence::report::EventFacts,
    genesis::GenesisFile,
    ids::{EventNumber, StreamId},
};
use mulu_rpc_api::access::EventRef;
use std::error::Error;

/// What is proven of the event.
pub async fn run(url: &str, genesis: GenesisFile, event: EventRef) -> Result<EventFacts, ClientError> {
    let (connection, _) = Connection::open(url).await?;
    connection.verified(genesis)?.event(event).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, genesis, stream, event] = &arguments[..] else { return Err("URL GENESIS.json STREAM EVENT".into()) };
    let genesis: GenesisFile = serde_json::from_str(&std::fs::read_to_string(genesis)?)?;
    let event = EventRef { stream: StreamId::new(stream.parse()?), event: EventNumber::new(event.parse()?) };
    let facts = run(url, genesis, event).await?;
    println!("number {} of {}, reported in block {}", facts.series_number, facts.series, facts.height);
    for signature in &facts.signatures {
        println!("{signature:?}");
    }
    Ok(())
}
