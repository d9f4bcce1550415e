//! `mulu record`.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    table::fields,
    words::{self, name_of, optional, subject},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::ClientError;
use mulu_proofs::{
    ids::{DepartmentId, Digest32, EntryId, GrantId, PublicKey, RecordNumber, RequestId, StreamId, SystemId},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Hex32,
    records::{Inclusion, Record as Shown, RecordsClient, RecordsOf},
};

/// The record log.
#[derive(Debug, Subcommand)]
pub enum Record {
    /// One record with its body
    Show {
        /// Its number
        #[arg(value_parser = words::id::<RecordNumber>)]
        record: RecordNumber,
    },
    /// Records, newest first
    List {
        /// Which
        #[command(flatten)]
        of: Of,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
    /// What became of an extrinsic
    Extrinsic {
        /// Its hash
        #[arg(value_parser = words::bytes32)]
        hash: Digest32,
    },
}

/// At most one of these.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
pub struct Of {
    /// Kind of record, entry_published for instance
    #[arg(long, value_parser = kind)]
    kind: Option<RecordKind>,
    /// Id of the department that acted; 0 for the chain itself
    #[arg(long, value_parser = words::id::<DepartmentId>)]
    department: Option<DepartmentId>,
    /// Acts on an entry
    #[arg(long, value_parser = words::id::<EntryId>)]
    entry: Option<EntryId>,
    /// Acts on a request
    #[arg(long, value_parser = words::id::<RequestId>)]
    request: Option<RequestId>,
    /// Acts on a grant
    #[arg(long, value_parser = words::id::<GrantId>)]
    grant: Option<GrantId>,
    /// Records about an account
    #[arg(long, value_parser = words::account)]
    account: Option<PublicKey>,
    /// Records about a system
    #[arg(long, value_parser = words::id::<SystemId>)]
    system: Option<SystemId>,
    /// Records about a stream
    #[arg(long, value_parser = words::id::<StreamId>)]
    stream: Option<StreamId>,
}

fn kind(text: &str) -> Result<RecordKind, String> {
    words::word(text).map_err(|_| format!("one of {}", words::record_kinds()))
}

impl Of {
    fn which(self) -> RecordsOf {
        let subject = self
            .account
            .map(Subject::Account)
            .or(self.system.map(Subject::System))
            .or(self.stream.map(Subject::Stream));
        self.kind
            .map(RecordsOf::Kind)
            .or(self.department.map(RecordsOf::Department))
            .or(self.entry.map(RecordsOf::Entry))
            .or(self.request.map(RecordsOf::Request))
            .or(self.grant.map(RecordsOf::Grant))
            .or(subject.map(RecordsOf::Subject))
            .unwrap_or(RecordsOf::All)
    }
}

impl Record {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Show { record } => {
                let found = session.connection.record(record).await.map_err(ClientError::from)?;
                session.output.print(&found.context("there is no such record")?, text)
            }
            Self::List { of, paging } => {
                let ask = async |cursor, limit| session.connection.records(of.which(), cursor, limit).await;
                let header = ["record", "block", "when", "kind", "department", "about"];
                paging.show(session.output, &header, ask, row).await
            }
            Self::Extrinsic { hash } => {
                let found = session.connection.extrinsic(Hex32(hash)).await.map_err(ClientError::from)?;
                session.output.print(&found.context("the extrinsic is in no block")?, inclusion_text)
            }
        }
    }
}

fn about(record: &Shown) -> String {
    record.subjects.iter().map(subject).collect::<Vec<_>>().join(", ")
}

/// The department whose act it was; what follows by itself is nobody's.
fn department(record: &Shown) -> String {
    optional(Some(record.department).filter(|department| department.get() > 0))
}

fn row(record: &Shown) -> Vec<String> {
    vec![
        record.number.to_string(),
        record.height.to_string(),
        record.moment.utc(),
        name_of(&record.kind),
        department(record),
        about(record),
    ]
}

fn text(record: &Shown) -> String {
    let mut text = fields(&[
        ("record", format!("{}, {}", record.number, name_of(&record.kind))),
        ("block", format!("{}, place {}", record.height, record.place)),
        ("when", record.moment.utc()),
        ("department", department(record)),
        ("signer", optional(record.signer.map(|key| hex::encode(key.0)))),
        ("extrinsic", optional(record.extrinsic)),
        ("about", about(record)),
        ("body", format!("{} bytes", record.body.0.len())),
    ]);
    // JSON escapes control characters, so that it may be printed as it is.
    text.push_str(&serde_json::to_string_pretty(&record.decoded).unwrap_or_default());
    text.push('\n');
    text
}

fn inclusion_text(inclusion: &Inclusion) -> String {
    let records: Vec<String> = inclusion.records.iter().map(ToString::to_string).collect();
    fields(&[
        ("block", format!("{} {}, place {}", inclusion.height, inclusion.block_hash, inclusion.place)),
        ("outcome", if inclusion.success { "done".into() } else { "refused by the ledger".into() }),
        (
            "error",
            optional(inclusion.error.as_ref().map(|error| format!("{}.{}: {}", error.pallet, error.name, error.docs))),
        ),
        ("records", records.join(", ")),
    ])
}
