//! Follows what becomes of grants, from the first one on, across restarts of the node. Keep the number that it prints last: with it the
//! next run goes on.
//!
//! `cargo run -p mulu-client --example follow_grants -- ws://127.0.0.1:9944 1`

use mulu_client::{ClientError, connection::Connection};
use mulu_proofs::{
    ids::RecordNumber,
    records::RecordKind::{self, GrantProvisioned, GrantResumed, GrantSuspended, GrantTerminated, RequestAgreed},
};
use mulu_rpc_api::records::{Record, RecordFilter};
use std::error::Error;

const KINDS: [RecordKind; 5] = [RequestAgreed, GrantProvisioned, GrantSuspended, GrantResumed, GrantTerminated];

/// Hands every such record from `from` on to `seen`, until that says that it is enough. Returns where to go on.
pub async fn run(
    url: &str,
    from: RecordNumber,
    mut seen: impl FnMut(&Record) -> bool,
) -> Result<RecordNumber, ClientError> {
    let (connection, _) = Connection::open(url).await?;
    let mut follow = connection.follow(from, RecordFilter { kinds: KINDS.to_vec(), ..RecordFilter::default() });
    loop {
        let record = follow.next().await?;
        if !seen(&record) {
            return Ok(follow.next_number());
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, from] = &arguments[..] else { return Err("URL FROM".into()) };
    run(url, RecordNumber::new(from.parse()?), |record| {
        println!("{} {} block {} {:?}", record.number, record.kind, record.height, record.subjects);
        true
    })
    .await?;
    Ok(())
}
