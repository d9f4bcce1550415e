//! `mulu request`. Whoever signs a step signs the digest of the terms that are shown, recomputed here.

use crate::{
    arguments::Global,
    commands::{
        answer::Answer,
        entry_course,
        policy::stages,
        read_json,
        timeline::{role_of, timeline},
    },
    local::LocalTime,
    output::write,
    paging::Paging,
    session::Session,
    table::{fields_in, table_in},
    templates,
    words::{self, items, name_of, optional},
};
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call, checked};
use mulu_proofs::{
    ids::{DepartmentId, Digest32, RequestId},
    records::RecordKind,
    sharing::{RequestTerms, request_digest},
    text::Text,
};
use mulu_rpc_api::{
    catalog::EntryRef,
    sharing::{Request as Shown, RequestFilter, RequestState, RequestSummary, SharingClient, Signature, Waiting},
};
use mulu_verifier::words::{Speech, printable};
use std::{fmt::Display, path::PathBuf};

/// Share requests.
#[derive(Debug, Subcommand)]
pub enum Request {
    /// Make a request; signed by the consumer's applicant
    Submit {
        /// The terms as JSON
        #[arg(required_unless_present = "template")]
        file: Option<PathBuf>,
        /// Print an example to begin with, and submit nothing
        #[arg(long, conflicts_with = "file")]
        template: bool,
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
    /// Ask for everything that is missing, once (art. 21); signed by the provider's officer
    Supplement {
        /// Which request
        #[command(flatten)]
        signed: Signed,
        /// All that is missing, at most 512 bytes
        #[arg(long, value_parser = |missing: &str| Text::<512>::new(missing))]
        missing: Text<512>,
    },
    /// Put other terms in the place of those before: every signature is void; signed by the consumer's applicant
    Resubmit {
        /// Which request
        #[command(flatten)]
        signed: Signed,
        /// The new terms as JSON
        file: PathBuf,
    },
    /// More time to reply (art. 21): ask for it, or decide on it
    #[command(subcommand)]
    Extension(Extension),
    /// One request: terms, signatures, and whom it waits for
    Show {
        /// Its id
        #[arg(value_parser = words::id::<RequestId>)]
        request: RequestId,
    },
    /// Requests, newest first
    List {
        /// Id or resource code of the entry
        #[arg(long, value_parser = words::entry)]
        entry: Option<EntryRef>,
        /// Id of the consumer department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        consumer: Option<DepartmentId>,
        /// Id of the provider department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        provider: Option<DepartmentId>,
        /// created, endorsed, approved, supplement, agreed, refused or withdrawn
        #[arg(long, value_parser = words::word::<RequestState>)]
        state: Option<RequestState>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// More time to reply.
#[derive(Debug, Subcommand)]
pub enum Extension {
    /// Ask the authority, once and before the reply is due; signed by the provider's officer
    Ask {
        /// Which request
        #[command(flatten)]
        signed: Signed,
        /// By how many working days
        #[arg(long)]
        working_days: u16,
        /// Why, at most 512 bytes
        #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
        reason: Text<512>,
    },
    /// Grant it, or deny it with a reason; signed by a supervisor of the provider's authority
    Decide {
        /// Which request
        #[command(flatten)]
        signed: Signed,
        /// Whether it is granted
        #[command(flatten)]
        answer: Answer,
        /// Why, at most 512 bytes; of a consent it may be left out
        #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
        reason: Option<Text<512>>,
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
        if let Self::Submit { file, .. } = self {
            let Some(file) = file else { return write(templates::REQUEST) };
            let terms: RequestTerms = read_json(&file)?;
            return Session::open(global).await?.act_for(Call::submit_request(&terms), terms.consumer).await;
        }
        let session = Session::open(global).await?;
        match self {
            Self::Submit { .. } => Ok(()),
            Self::Endorse(signed) => sign(&session, signed, |r| r.terms.consumer, Call::endorse_request).await,
            Self::Approve(signed) => sign(&session, signed, |r| r.provider, Call::approve_request).await,
            Self::Agree(signed) => sign(&session, signed, |r| r.provider, Call::agree_request).await,
            Self::Withdraw(signed) => sign(&session, signed, |r| r.terms.consumer, Call::withdraw_request).await,
            Self::Refuse { signed, reason } => {
                let refuse = |request, digest: &Digest32| Call::refuse_request(request, digest, &reason);
                sign(&session, signed, |r| r.provider, refuse).await
            }
            Self::Supplement { signed, missing } => {
                let ask = |request, digest: &Digest32| Call::ask_supplement(request, digest, &missing);
                sign(&session, signed, |r| r.provider, ask).await
            }
            Self::Resubmit { signed, file } => {
                let terms: RequestTerms = read_json(&file)?;
                let resubmit = |request, digest: &Digest32| Call::resubmit_request(request, digest, &terms);
                sign(&session, signed, |r| r.terms.consumer, resubmit).await
            }
            Self::Extension(Extension::Ask { signed, working_days, reason }) => {
                let ask = |request, digest: &Digest32| Call::ask_extension(request, digest, working_days, &reason);
                sign(&session, signed, |r| r.provider, ask).await
            }
            Self::Extension(Extension::Decide { signed, answer, reason }) => {
                let found = checked::request(&session.connection, signed.request).await?;
                let digest = request_digest(found.id, &found.terms);
                checked::expect_digest(&digest, signed.digest)?;
                let reason = reason.unwrap_or_default();
                session.act(Call::decide_extension(found.id, &digest, answer.grant, &reason)).await
            }
            Self::Show { request } => {
                let found = checked::request(&session.connection, request).await.map_err(|error| match error {
                    ClientError::NotFound { .. } => anyhow::Error::msg(session.or_hidden(&error.to_string())),
                    other => other.into(),
                })?;
                let local = session.local().await?;
                session.output.print(&found, |request| text(request, &local, session.output.speech))
            }
            Self::List { entry, consumer, provider, state, paging } => {
                let entry = entry_course::id_of(&session, entry).await?;
                let filter = RequestFilter { entry, consumer, provider, state };
                let ask = async |cursor, limit| session.connection.requests(Some(filter), cursor, limit).await;
                let header = ["id", "state", "entry", "consumer", "provider", "made", "waits for"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |request| row(request, speech)).await
            }
        }
    }
}

/// Fetches a request, recomputes its digest from the terms that it shows, and signs that for the department that `of` names.
async fn sign(
    session: &Session,
    signed: Signed,
    of: impl FnOnce(&Shown) -> DepartmentId,
    call: impl FnOnce(RequestId, &Digest32) -> Call,
) -> anyhow::Result<()> {
    let found = checked::request(&session.connection, signed.request).await?;
    let digest = request_digest(found.id, &found.terms);
    checked::expect_digest(&digest, signed.digest)?;
    let terms = &found.terms;
    let signing = session.output.speech.tell(
        "signing request {} of department {} for items {} of entry {} version {}: {}; digest {}",
        &[
            &found.id,
            &terms.consumer,
            &items(terms.items),
            &terms.entry,
            &terms.entry_version,
            &terms.scenario,
            &hex::encode(digest),
        ],
    );
    eprintln!("{}", printable(&signing));
    let call = call(found.id, &digest);
    match &found.waiting {
        // An approval takes the role of its stage, of the department that the stage names.
        Some(Waiting { role, departments, stage: Some(_), .. }) if call.causes() == RecordKind::RequestApproved => {
            // Of several departments the signer's own is found by the role.
            let department = if let [one] = departments[..] { Some(one) } else { None };
            session.act_as(call, &[*role], department).await
        }
        _ => session.act_for(call, of(&found)).await,
    }
}

fn row(request: &RequestSummary, speech: Speech) -> Vec<String> {
    vec![
        request.id.to_string(),
        state(request.state, speech),
        speech.tell("{} version {}", &[&request.entry, &request.entry_version]),
        request.consumer.to_string(),
        request.provider.to_string(),
        request.created.utc(),
        request.waiting.as_ref().map_or_else(String::new, |waiting| waits_for(waiting, speech)),
    ]
}

fn waits_for(waiting: &Waiting, speech: Speech) -> String {
    let Waiting { departments, role, stage, missing, .. } = waiting;
    let department = speech.joined(departments);
    let role = speech.say(&role.to_string());
    match stage {
        Some(stage) => speech.tell("{} {} of department {}, stage {}", &[missing, &role, &department, stage]),
        None => speech.tell("{} {} of department {}", &[missing, &role, &department]),
    }
}

/// How far a request has come. With every stage behind it nobody need have approved: what counts is whose turn it is.
fn state(state: RequestState, speech: Speech) -> String {
    match state {
        RequestState::Approved => speech.say("awaits the provider's officer"),
        other => speech.say(&name_of(&other)),
    }
}

/// Who signed a step; of an agreement that nobody signed, what it rests on.
fn signer(signature: &Signature, speech: Speech) -> String {
    match (signature.account, signature.consent) {
        (_, Some(consent)) => speech.tell("by the standing consent of record {}", &[&consent]),
        (Some(key), None) => hex::encode(key.0),
        (None, None) => String::new(),
    }
}

fn text(request: &Shown, local: &LocalTime, speech: Speech) -> String {
    let mut text = fields_in(speech, &pairs(request, local, speech));
    text.push_str(&format!("\n{}\n", speech.say("policy:")));
    text.push_str(&stages(&request.policy, speech));
    let rows: Vec<Vec<String>> = request
        .signatures
        .iter()
        .map(|signature| {
            let act = speech.say(&name_of(&signature.act));
            let (by, signer) = (role_of(&signature.signed_as, speech), signer(signature, speech));
            vec![signature.record.to_string(), act, signature.moment.utc(), by, signer]
        })
        .collect();
    text.push_str(&format!("\n{}\n", speech.say("signatures:")));
    text.push_str(&table_in(speech, &["record", "act", "when", "as", "account"], &rows));
    text.push_str(&format!("\n{}\n", speech.say("timeline:")));
    text.push_str(&timeline(&request.timeline, local, speech));
    text
}

fn pairs(request: &Shown, local: &LocalTime, speech: Speech) -> Vec<(&'static str, String)> {
    let terms = &request.terms;
    let waits_for = request.waiting.as_ref().map_or_else(String::new, |waiting| waits_for(waiting, speech));
    let entry: [&dyn Display; 3] = [&terms.entry, &terms.entry_version, &items(terms.items)];
    vec![
        ("request", speech.tell("{}, {}", &[&request.id, &state(request.state, speech)])),
        ("waits for", waits_for),
        ("still to supply", request.missing.clone().unwrap_or_default()),
        ("reason", request.reason.clone().unwrap_or_default()),
        ("grant", optional(request.grant)),
        ("entry", speech.tell("{} version {}, items {}", &entry)),
        ("consumer", speech.tell("department {}", &[&terms.consumer])),
        ("provider", speech.tell("department {}", &[&request.provider])),
        ("basis", terms.basis.to_string()),
        ("scenario", terms.scenario.to_string()),
        ("scope", terms.scope.to_string()),
        ("method", speech.say(&name_of(&terms.method))),
        ("period", speech.tell("{} until {}", &[&local.told(terms.from), &local.told(terms.until)])),
        ("purposes", speech.joined(terms.purposes.iter())),
        ("matter", terms.matter.to_string()),
        ("systems", speech.joined(terms.systems.iter())),
        ("platforms", speech.joined(terms.platforms.iter())),
        ("quota", speech.tell("{} calls and {} rows a day", &[&terms.calls_per_day, &terms.rows_per_day])),
        ("digest", request.digest.to_string()),
    ]
}
