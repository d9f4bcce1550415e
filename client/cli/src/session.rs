//! One command's dealings with a node: connect, sign, submit, and tell where the act stands.

use crate::{
    arguments::Global,
    output::Output,
    table::{fields, printable},
    words::{name_of, subject},
};
use anyhow::Context;
use mulu_client::{
    calls::Call,
    connection::{ChainIdentity, Connection},
    keys::Key,
    submit::{Receipt, Submitter},
};
use mulu_rpc_api::{
    node::NodeInfo,
    records::{Record, RecordsClient},
};
use serde::Serialize;

/// A connection and what a command was given.
pub struct Session {
    /// The node.
    pub connection: Connection,
    /// What it says of itself.
    pub info: NodeInfo,
    /// How to print.
    pub output: Output,
    global: Global,
}

/// An act and the records that it caused.
#[derive(Serialize)]
struct Act<'a> {
    #[serde(flatten)]
    receipt: &'a Receipt,
    caused: &'a [Record],
}

impl Session {
    /// Connects to the node of `--url`.
    pub async fn open(global: &Global) -> anyhow::Result<Self> {
        let (connection, info) = Connection::open(&global.url).await?;
        Ok(Self { connection, info, output: Output::new(global.json), global: global.clone() })
    }

    /// The key of `--key`.
    pub fn key(&self) -> anyhow::Result<Key> {
        key(&self.global)
    }

    /// Which chain the node keeps.
    pub fn chain(&self) -> ChainIdentity {
        Connection::identity(&self.info)
    }

    /// Signs calls for this chain.
    pub async fn submitter(&self) -> anyhow::Result<Submitter<'_>> {
        Ok(Submitter::new(&self.connection, &self.info.genesis_hash.0).await?)
    }

    /// Signs a call with `--key`, submits it, and prints its place in the ledger.
    pub async fn act(&self, call: Call) -> anyhow::Result<()> {
        let key = self.key()?;
        let receipt = self.submitter().await?.submit(&key, call).await?;
        let mut caused = Vec::with_capacity(receipt.records.len());
        for number in &receipt.records {
            caused.extend(self.connection.record(*number).await.map_err(mulu_client::ClientError::from)?);
        }
        self.output.print(&Act { receipt: &receipt, caused: &caused }, |act| {
            let mut text: String = act.caused.iter().map(line_of).collect();
            text.push_str(&fields(&[
                ("block", format!("{} {}", receipt.height, receipt.block_hash)),
                ("extrinsic", receipt.extrinsic.to_string()),
            ]));
            text
        })
    }
}

/// The key of `--key`.
pub fn key(global: &Global) -> anyhow::Result<Key> {
    let path = global.key.as_ref().context("no key is given; name a key file with --key or MULU_KEY")?;
    Ok(Key::read(path)?)
}

/// A record in one line.
fn line_of(record: &Record) -> String {
    let mut about: Vec<String> = record.subjects.iter().map(subject).collect();
    if let (true, Some(id)) = (about.is_empty(), record.decoded.get("id")) {
        about.push(format!("id {id}"));
    }
    printable(&format!("record {}: {}, {}", record.number, name_of(&record.kind), about.join(", "))) + "\n"
}
