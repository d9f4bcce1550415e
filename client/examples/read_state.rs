//! Reads the state of one block while the chain goes on, in the runtime's own types, each value with its proof.
//!
//! `cargo run -p mulu-client --example read_state -- ws://127.0.0.1:9944 genesis.json 1`

use mulu_client::{ClientError, at_block::value_key, connection::Connection};
use mulu_proofs::{
    genesis::GenesisFile,
    ids::{EntryId, Height},
};
use mulu_runtime::{
    Runtime,
    pallet_catalog::{Entries, Entry},
};
use std::error::Error;

/// What the head's state has of an entry, and how many entries there are at that height.
pub async fn run(
    url: &str,
    genesis: GenesisFile,
    entry: EntryId,
) -> Result<(Height, Option<Entry>, usize), ClientError> {
    let (connection, _) = Connection::open(url).await?;
    let at = connection.verified(genesis)?.at_block(None).await?;
    let facts = at.read(&Entries::<Runtime>::hashed_key_for(entry)).await?;
    let entries = at.keys(&value_key("Catalog", "Entries")).await?;
    Ok((at.height(), facts, entries.len()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, genesis, entry] = &arguments[..] else { return Err("URL GENESIS.json ENTRY".into()) };
    let genesis: GenesisFile = serde_json::from_str(&std::fs::read_to_string(genesis)?)?;
    let (height, facts, entries) = run(url, genesis, EntryId::new(entry.parse()?)).await?;
    println!("at height {height}: {facts:?}; {entries} entries");
    Ok(())
}
