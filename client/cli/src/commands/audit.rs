//! `mulu audit`: what auditors asked.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    words::{self, name_of},
};
use clap::Subcommand;
use jsonrpsee::core::client::Error as RpcError;
use mulu_proofs::{
    audit::{QueryAbout, QueryKind, QueryScope},
    departments::AccountKey,
    ids::{DepartmentId, Moment, PublicKey, RecordNumber},
};
use mulu_rpc_api::{
    Cursor, Page,
    oversight::{AuditorsQuery, OversightClient, QueryFilter},
};
use mulu_verifier::words::Speech;
use serde::Serialize;

/// What auditors asked.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// What auditors asked nodes, as the nodes told the ledger: the last report first, within a report by number
    List {
        /// Questions of this auditor
        #[arg(long, value_parser = words::account, value_name = "KEY")]
        auditor: Option<PublicKey>,
        /// Questions that were told under this key of a node
        #[arg(long, value_parser = words::account, value_name = "KEY")]
        node: Option<PublicKey>,
        /// Which part of the list; a row of a page is a report of many questions
        #[command(flatten)]
        paging: Paging,
    },
}

/// A question, and who told of it.
#[derive(Serialize)]
struct Told {
    node: AccountKey,
    department: DepartmentId,
    record: RecordNumber,
    recorded_at: Moment,
    #[serde(flatten)]
    query: AuditorsQuery,
}

impl Audit {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let Self::List { auditor, node, paging } = self;
        let session = Session::open(global).await?;
        let filter = QueryFilter { auditor: auditor.map(AccountKey), node: node.map(AccountKey) };
        let ask = async |cursor, limit| told(&session, filter, cursor, limit).await;
        let header = ["question", "node", "auditor", "asked", "asked for", "about", "record"];
        let speech = session.output.speech;
        paging.show(session.output, &header, ask, |told| row(told, speech)).await
    }
}

/// A page of reports, question by question.
async fn told(
    session: &Session,
    filter: QueryFilter,
    cursor: Option<Cursor>,
    limit: Option<u32>,
) -> Result<Page<Told>, RpcError> {
    let Page { rows, next, complete_to, cut, archived } =
        session.connection.queries(Some(filter), cursor, limit).await?;
    let rows = rows.into_iter().flat_map(|report| {
        report.queries.into_iter().map(move |query| Told {
            node: report.node,
            department: report.department,
            record: report.record,
            recorded_at: report.recorded_at,
            query,
        })
    });
    Ok(Page { rows: rows.collect(), next, complete_to, cut, archived })
}

fn row(told: &Told, speech: Speech) -> Vec<String> {
    let AuditorsQuery { number, auditor, scope, moment, .. } = &told.query;
    vec![
        number.to_string(),
        name_of(&told.node),
        name_of(auditor),
        moment.utc(),
        speech.say(what(scope.kind)),
        about(scope, speech),
        told.record.to_string(),
    ]
}

/// What kind of thing was asked for, in words.
const fn what(kind: QueryKind) -> &'static str {
    match kind {
        QueryKind::Catalog => "catalog entries",
        QueryKind::Sharing => "requests and grants",
        QueryKind::Access => "access events",
        QueryKind::Records => "records",
        QueryKind::Evidence => "evidence packages",
        QueryKind::Figures => "counts and sums",
        QueryKind::Departments => "departments and accounts",
        QueryKind::Deadlines => "deadlines",
        QueryKind::Oversight => "disputes and audits",
        QueryKind::Governance => "proposals",
        QueryKind::Chain => "blocks and state",
    }
}

fn about(scope: &QueryScope, speech: Speech) -> String {
    match scope.about {
        QueryAbout::Everything => speech.say("everything"),
        QueryAbout::Department(id) => speech.tell("department {}", &[&id]),
        QueryAbout::Entry(id) => speech.tell("entry {}", &[&id]),
        QueryAbout::Request(id) => speech.tell("request {}", &[&id]),
        QueryAbout::Grant(id) => speech.tell("grant {}", &[&id]),
        QueryAbout::Stream(id) => speech.tell("stream {}", &[&id]),
        QueryAbout::Dispute(id) => speech.tell("dispute {}", &[&id]),
        QueryAbout::Pseudonym => speech.say("a pseudonym"),
    }
}
