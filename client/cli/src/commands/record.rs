//! `mulu record`.

use crate::{
    arguments::Global,
    commands::entry_course,
    paging::Paging,
    refusals,
    session::Session,
    table::fields_in,
    words::{self, optional, subject},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::ClientError;
use mulu_proofs::{
    ids::{DepartmentId, Digest32, GrantId, PublicKey, RecordNumber, RequestId, StreamId, SystemId},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Hex32,
    catalog::EntryRef,
    records::{Inclusion, Record as Shown, RecordsClient, RecordsOf},
};
use mulu_verifier::words::Speech;
use std::fmt::Display;

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
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct Of {
    /// Kind of record, entry_published for instance
    #[arg(long, value_parser = kind)]
    kind: Option<RecordKind>,
    /// Id of the department that acted; 0 for the chain itself
    #[arg(long, value_parser = words::id::<DepartmentId>)]
    department: Option<DepartmentId>,
    /// Acts on an entry, by its id or resource code
    #[arg(long, value_parser = words::entry)]
    entry: Option<EntryRef>,
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
    async fn which(self, session: &Session) -> anyhow::Result<RecordsOf> {
        let entry = entry_course::id_of(session, self.entry).await?;
        let subject = self
            .account
            .map(Subject::Account)
            .or(self.system.map(Subject::System))
            .or(self.stream.map(Subject::Stream));
        let of = self
            .kind
            .map(RecordsOf::Kind)
            .or(self.department.map(RecordsOf::Department))
            .or(entry.map(RecordsOf::Entry))
            .or(self.request.map(RecordsOf::Request))
            .or(self.grant.map(RecordsOf::Grant))
            .or(subject.map(RecordsOf::Subject));
        Ok(of.unwrap_or(RecordsOf::All))
    }
}

impl Record {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Show { record } => {
                let found = session.connection.record(record).await.map_err(ClientError::from)?;
                let speech = session.output.speech;
                session.output.print(&found.with_context(|| session.or_hidden("there is no such record"))?, |record| {
                    text(record, speech)
                })
            }
            Self::List { of, paging } => {
                let of = of.which(&session).await?;
                let ask = async |cursor, limit| session.connection.records(of, cursor, limit).await;
                let header = ["record", "block", "when", "kind", "department", "about"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |record| row(record, speech)).await
            }
            Self::Extrinsic { hash } => {
                let found = session.connection.extrinsic(Hex32(hash)).await.map_err(ClientError::from)?;
                let found = found.with_context(|| session.or_hidden("the extrinsic is in no block"))?;
                let speech = session.output.speech;
                session.output.print(&found, |inclusion| inclusion_text(inclusion, speech))
            }
        }
    }
}

fn about(record: &Shown, speech: Speech) -> String {
    speech.joined(record.subjects.iter().map(|about| speech.say(&subject(about))))
}

/// The department whose act it was; what follows by itself is nobody's.
fn department(record: &Shown) -> String {
    optional(Some(record.department).filter(|department| department.get() > 0))
}

fn row(record: &Shown, speech: Speech) -> Vec<String> {
    vec![
        record.number.to_string(),
        record.height.to_string(),
        record.moment.utc(),
        speech.say(&record.kind.to_string()),
        department(record),
        about(record, speech),
    ]
}

fn text(record: &Shown, speech: Speech) -> String {
    let kind = speech.say(&record.kind.to_string());
    let pairs = [
        ("record", speech.tell("{}, {}", &[&record.number, &kind])),
        ("block", speech.tell("{}, place {}", &[&record.height, &record.place])),
        ("when", record.moment.utc()),
        ("department", department(record)),
        ("signer", optional(record.signer.map(|key| hex::encode(key.0)))),
        ("extrinsic", optional(record.extrinsic)),
        ("about", about(record, speech)),
        ("body", speech.tell("{} bytes", &[&record.body.0.len()])),
    ];
    let mut text = fields_in(speech, &pairs);
    // JSON escapes control characters, so that it may be printed as it is.
    text.push_str(&serde_json::to_string_pretty(&record.decoded).unwrap_or_default());
    text.push('\n');
    text
}

fn inclusion_text(inclusion: &Inclusion, speech: Speech) -> String {
    let outcome = if inclusion.success { "done" } else { "refused by the ledger" };
    let block: [&dyn Display; 3] = [&inclusion.height, &inclusion.block_hash, &inclusion.place];
    let error = inclusion.error.as_ref().map(|error| refusals::described(error, speech));
    let pairs = [
        ("block", speech.tell("{} {}, place {}", &block)),
        ("outcome", speech.say(outcome)),
        ("error", error.unwrap_or_default()),
        ("records", speech.joined(&inclusion.records)),
    ];
    fields_in(speech, &pairs)
}
