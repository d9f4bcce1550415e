//! `mulu request`. Whoever signs a step signs the digest of the terms that are shown, recomputed here.

use crate::{
    arguments::Global,
    commands::{policy::stages, read_json},
    paging::Paging,
    session::Session,
    table::{fields, printable, table},
    words::{self, items, name_of, optional},
};
use clap::{Args, Subcommand};
use mulu_client::{calls::Call, checked};
use mulu_proofs::{
    ids::{DepartmentId, Digest32, EntryId, RequestId},
    sharing::{RequestTerms, request_digest},
    text::Text,
};
use mulu_rpc_api::sharing::{Request as Shown, RequestState, RequestSummary, SharingClient, SharingFilter, Waiting};
use mulu_verifier::utc;
use std::path::PathBuf;

/// Share requests.
#[derive(Debug, Subcommand)]
pub enum Request {
    /// Make a request; signed by the consumer's applicant
    Submit {
        /// The terms as JSON
        file: PathBuf,
    },
    /// Consent to a request for the consumer; signed by its officer
    Endorse(Signed),
    /// Approve a request in a stage of the policy; signed by an approver
    Approve(Signed),
    /// Agree to a request: the grant begins; signed by the provider's officer
    Agree(Signed),
    /// Refuse a request; signed by the provider's officer
    Refuse {
        /// Which request
        #[command(flatten)]
        signed: Signed,
        /// Why (art. 21), at most 512 bytes
        #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
        reason: Text<512>,
    },
    /// Withdraw a request; signed by the consumer's officer or applicant
    Withdraw(Signed),
    /// One request: terms, signatures, and whom it waits for
    Show {
        /// Its id
        #[arg(value_parser = words::id::<RequestId>)]
        request: RequestId,
    },
    /// Requests, newest first
    List {
        /// Id of the entry
        #[arg(long, value_parser = words::id::<EntryId>)]
        entry: Option<EntryId>,
        /// Id of the consumer department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        consumer: Option<DepartmentId>,
        /// Id of the provider department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        provider: Option<DepartmentId>,
        /// created, endorsed, approved, agreed, refused or withdrawn
        #[arg(long, value_parser = words::word::<RequestState>)]
        state: Option<RequestState>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// A request whose digest is signed.
#[derive(Clone, Copy, Debug, Args)]
pub struct Signed {
    /// Id of the request
    #[arg(value_parser = words::id::<RequestId>)]
    request: RequestId,
    /// Sign only if the digest is this one
    #[arg(long, value_parser = words::bytes32, value_name = "DIGEST")]
    digest: Option<Digest32>,
}

impl Request {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        if let Self::Submit { file } = self {
            let terms: RequestTerms = read_json(&file)?;
            return Session::open(global).await?.act(Call::submit_request(&terms)).await;
        }
        let session = Session::open(global).await?;
        match self {
            Self::Submit { .. } => Ok(()),
            Self::Endorse(signed) => sign(&session, signed, Call::endorse_request).await,
            Self::Approve(signed) => sign(&session, signed, Call::approve_request).await,
            Self::Agree(signed) => sign(&session, signed, Call::agree_request).await,
            Self::Withdraw(signed) => sign(&session, signed, Call::withdraw_request).await,
            Self::Refuse { signed, reason } => {
                sign(&session, signed, |request, digest| Call::refuse_request(request, digest, &reason)).await
            }
            Self::Show { request } => {
                session.output.print(&checked::request(&session.connection, request).await?, text)
            }
            Self::List { entry, consumer, provider, state, paging } => {
                let filter = SharingFilter { entry, consumer, provider, state };
                let ask = async |cursor, limit| session.connection.requests(Some(filter), cursor, limit).await;
                let header = ["id", "state", "entry", "consumer", "provider", "made", "waits for"];
                paging.show(session.output, &header, ask, row).await
            }
        }
    }
}

/// Fetches a request, recomputes its digest from the terms that it shows, and signs that.
async fn sign(
    session: &Session,
    signed: Signed,
    call: impl FnOnce(RequestId, &Digest32) -> Call,
) -> anyhow::Result<()> {
    let found = checked::request(&session.connection, signed.request).await?;
    let digest = request_digest(found.id, &found.terms);
    checked::expect_digest(&digest, signed.digest)?;
    let terms = &found.terms;
    eprintln!(
        "signing request {} of department {} for items {} of entry {} version {}: {}; digest {}",
        found.id,
        terms.consumer,
        items(terms.items),
        terms.entry,
        terms.entry_version,
        printable(terms.scenario.as_str()),
        hex::encode(digest)
    );
    session.act(call(found.id, &digest)).await
}

fn row(request: &RequestSummary) -> Vec<String> {
    vec![
        request.id.to_string(),
        name_of(&request.state),
        format!("{} version {}", request.entry, request.entry_version),
        request.consumer.to_string(),
        request.provider.to_string(),
        utc(request.created),
        request.waiting.as_ref().map_or_else(String::new, waits_for),
    ]
}

fn waits_for(waiting: &Waiting) -> String {
    let Waiting { department, role, stage, missing, .. } = waiting;
    let stage = stage.map_or_else(String::new, |stage| format!(", stage {stage}"));
    format!("{missing} {} of department {department}{stage}", name_of(role))
}

fn text(request: &Shown) -> String {
    let terms = &request.terms;
    let list = |ids: Vec<String>| ids.join(", ");
    let mut text = fields(&[
        ("request", format!("{}, {}", request.id, name_of(&request.state))),
        ("waits for", request.waiting.as_ref().map_or_else(String::new, waits_for)),
        ("reason", request.reason.clone().unwrap_or_default()),
        ("grant", optional(request.grant)),
        ("entry", format!("{} version {}, items {}", terms.entry, terms.entry_version, items(terms.items))),
        ("consumer", format!("department {}", terms.consumer)),
        ("provider", format!("department {}", request.provider)),
        ("basis", terms.basis.to_string()),
        ("scenario", terms.scenario.to_string()),
        ("scope", terms.scope.to_string()),
        ("method", name_of(&terms.method)),
        ("period", format!("{} until {}", utc(terms.from), utc(terms.until))),
        ("purposes", list(terms.purposes.iter().map(ToString::to_string).collect())),
        ("matter", terms.matter.to_string()),
        ("systems", list(terms.systems.iter().map(ToString::to_string).collect())),
        ("platforms", list(terms.platforms.iter().map(ToString::to_string).collect())),
        ("quota", format!("{} calls and {} rows a day", terms.calls_per_day, terms.rows_per_day)),
        ("digest", request.digest.to_string()),
    ]);
    text.push_str("\npolicy:\n");
    text.push_str(&stages(&request.policy));
    let rows: Vec<Vec<String>> = request
        .signatures
        .iter()
        .map(|signature| {
            let by = &signature.signed_as;
            let role = format!("{} of department {}", name_of(&by.role), by.department);
            let account = signature.account.map_or_else(String::new, |key| hex::encode(key.0));
            vec![signature.record.to_string(), name_of(&signature.act), utc(signature.moment), role, account]
        })
        .collect();
    text.push_str("\nsignatures:\n");
    text.push_str(&table(&["record", "act", "when", "as", "account"], &rows));
    text
}
