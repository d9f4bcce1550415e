//! Reads a share request, recomputes the digest of what it shows, and signs the step whose turn it is: endorse, approve or agree.
//!
//! `cargo run -p mulu-client --example approve_request -- ws://127.0.0.1:9944 approver.key 7`

use mulu_client::{
    ClientError,
    calls::Call,
    checked,
    connection::Connection,
    keys::Key,
    submit::{Receipt, Submitter},
};
use mulu_proofs::ids::RequestId;
use mulu_rpc_api::sharing::RequestState;
use std::{error::Error, path::Path};

/// Signs the next step of the request; none if it waits for nobody's signature.
pub async fn run(url: &str, key: &Key, id: RequestId) -> Result<Option<Receipt>, ClientError> {
    let (connection, info) = Connection::open(url).await?;
    // A node that shows other terms than it wants signed gets no signature.
    let request = checked::request(&connection, id).await?;
    let digest = request.digest.0;
    let call = match request.state {
        RequestState::Created => Call::endorse_request(id, &digest),
        RequestState::Endorsed => Call::approve_request(id, &digest),
        RequestState::Approved => Call::agree_request(id, &digest),
        _ => return Ok(None),
    };
    let submitter = Submitter::new(&connection, &Connection::identity(&info).genesis).await?;
    submitter.submit(key, call).await.map(Some)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, key, request] = &arguments[..] else { return Err("URL KEY REQUEST".into()) };
    match run(url, &Key::read(Path::new(key))?, RequestId::new(request.parse()?)).await? {
        Some(receipt) => println!("block {}, records {:?}", receipt.height, receipt.records),
        None => println!("the request waits for no signature"),
    }
    Ok(())
}
