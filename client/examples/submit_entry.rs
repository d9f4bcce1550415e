//! Submits a catalog entry and waits until it is in a final block.
//!
//! `cargo run -p mulu-client --example submit_entry -- ws://127.0.0.1:9944 cataloguer.key entry.json`; `mulu entry submit --template`
//! prints a content to begin with.

use mulu_client::{
    ClientError,
    calls::Call,
    connection::Connection,
    keys::Key,
    submit::{Receipt, Submitter},
};
use mulu_proofs::catalog::EntryContent;
use std::{error::Error, path::Path};

/// Signs and submits; the receipt has the records that the act caused.
pub async fn run(url: &str, key: &Key, content: &EntryContent) -> Result<Receipt, ClientError> {
    let (connection, info) = Connection::open(url).await?;
    let submitter = Submitter::new(&connection, &Connection::identity(&info).genesis).await?;
    // What is marked as a secret is refused here, before it leaves the machine.
    let call = Call::submit_entry(content)?;
    submitter.submit(key, call).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, key, content] = &arguments[..] else { return Err("URL KEY CONTENT.json".into()) };
    let content: EntryContent = serde_json::from_str(&std::fs::read_to_string(content)?)?;
    let receipt = run(url, &Key::read(Path::new(key))?, &content).await?;
    println!("block {}, records {:?}", receipt.height, receipt.records);
    Ok(())
}
