//! `mulu dispute`.

use crate::{
    arguments::Global,
    local::LocalTime,
    paging::Paging,
    session::Session,
    table::{fields_in, table_in},
    words::{self, name_of, optional},
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call, checked};
use mulu_proofs::{
    ids::{DepartmentId, DisputeId},
    oversight::{DOCUMENT_BYTES_MAX, Matter, StepText},
    papers::Papers,
    records::Subject,
    text::Text,
};
use mulu_rpc_api::{
    catalog::EntryRef,
    departments::DepartmentsClient,
    oversight::{Dispute as Shown, DisputeFilter, DisputeStep, DisputeSummary, OversightClient},
    sharing::SharingClient,
};
use mulu_verifier::words::Speech;

/// Disputes.
#[derive(Debug, Subcommand)]
pub enum Dispute {
    /// Open a dispute: the parties negotiate (art. 28); signed by the officer of a party
    Open {
        /// What it is about: entry:3, request:7 or grant:5
        #[arg(value_parser = words::about, value_name = "SUBJECT")]
        about: Subject,
        /// Id of the other party; that of a request or grant is known
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        against: Option<DepartmentId>,
        /// What is claimed, at most 512 bytes
        #[arg(long, value_parser = said)]
        claim: StepText,
        /// Salted commitment to papers that stay off the chain, 64 hexadecimal digits
        #[arg(long, value_parser = words::papers)]
        papers: Option<Papers>,
    },
    /// Answer a claim, once; signed by the officer of the other party
    Answer {
        /// Id of the dispute
        #[arg(value_parser = words::id::<DisputeId>)]
        dispute: DisputeId,
        /// What it says to the claim, at most 512 bytes
        #[arg(long, value_parser = said)]
        answer: StepText,
        /// Salted commitment to papers that stay off the chain, 64 hexadecimal digits
        #[arg(long, value_parser = words::papers)]
        papers: Option<Papers>,
    },
    /// Propose terms on which the party would settle; signed by the officer of a party
    Settle {
        /// Id of the dispute
        #[arg(value_parser = words::id::<DisputeId>)]
        dispute: DisputeId,
        /// The terms, at most 512 bytes
        #[arg(long, value_parser = said)]
        terms: StepText,
    },
    /// Confirm the other party's terms, which ends the dispute; signed by an officer
    Confirm {
        /// Id of the dispute
        #[arg(value_parser = words::id::<DisputeId>)]
        dispute: DisputeId,
        /// Digest of the terms, if it is known from elsewhere; without it the node's answer is shown and signed
        #[arg(long, value_parser = words::bytes32)]
        digest: Option<[u8; 32]>,
    },
    /// Bring a dispute before the competent authority of both parties, or their common superior; signed by the officer of a party
    Escalate(WithReason),
    /// Decide a dispute; signed by a supervisor of the authority that the escalation named
    Decide(Decision),
    /// Have a decided dispute brought before the government of the authority; signed by the officer of a party
    Appeal(WithReason),
    /// Record what the government decided; signed by a supervisor of the authority
    Government {
        /// The decision
        #[command(flatten)]
        decision: Decision,
        /// Reference of the government's document, at most 128 bytes
        #[arg(long, value_parser = |text: &str| Text::<DOCUMENT_BYTES_MAX>::new(text))]
        document: Text<DOCUMENT_BYTES_MAX>,
    },
    /// Withdraw a claim, or an appeal; signed by the officer of the party that made it
    Withdraw(WithReason),
    /// One dispute: where it stands, its clock, and every step
    Show {
        /// Id of the dispute
        #[arg(value_parser = words::id::<DisputeId>)]
        dispute: DisputeId,
    },
    /// Disputes, newest first
    List {
        /// Only those that have not ended
        #[arg(long, conflicts_with = "ended")]
        open: bool,
        /// Only those that have ended
        #[arg(long)]
        ended: bool,
        /// Of which this department is a party, or the authority
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: Option<DepartmentId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// A dispute and why something is done to it.
#[derive(Clone, Debug, Args)]
pub struct WithReason {
    /// Id of the dispute
    #[arg(value_parser = words::id::<DisputeId>)]
    dispute: DisputeId,
    /// Why, at most 512 bytes
    #[arg(long, value_parser = said)]
    reason: StepText,
}

/// A dispute and how it is decided.
#[derive(Clone, Debug, Args)]
pub struct Decision {
    /// Id of the dispute
    #[arg(value_parser = words::id::<DisputeId>)]
    dispute: DisputeId,
    /// Id of the party for which it is decided; for neither, if it is left out
    #[arg(long = "for", value_parser = words::id::<DepartmentId>, value_name = "DEPARTMENT")]
    favour: Option<DepartmentId>,
    /// What is decided, at most 512 bytes
    #[arg(long, value_parser = said)]
    decision: StepText,
    /// Salted commitment to papers that stay off the chain, 64 hexadecimal digits
    #[arg(long, value_parser = words::papers)]
    papers: Option<Papers>,
}

fn said(text: &str) -> Result<StepText, String> {
    Text::new(text).map_err(|error| error.to_string())
}

impl Dispute {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Open { about, against, claim, papers } => {
                let (matter, against) = matter(&session, about, against).await?;
                session.act(Call::open_dispute(&matter, against, &claim, papers)).await
            }
            Self::Answer { dispute, answer, papers } => {
                session.act(Call::answer_dispute(dispute, &answer, papers)).await
            }
            Self::Settle { dispute, terms } => session.act(Call::settle_dispute(dispute, &terms)).await,
            Self::Confirm { dispute, digest } => confirm(&session, dispute, digest).await,
            Self::Escalate(WithReason { dispute, reason }) => {
                session.act(Call::escalate_dispute(dispute, &reason)).await
            }
            Self::Decide(Decision { dispute, favour, decision, papers }) => {
                session.act(Call::decide_dispute(dispute, favour, &decision, papers)).await
            }
            Self::Appeal(WithReason { dispute, reason }) => session.act(Call::appeal_dispute(dispute, &reason)).await,
            Self::Government { decision: Decision { dispute, favour, decision, papers }, document } => {
                let call = Call::record_government_decision(dispute, favour, &decision, &document, papers);
                session.act(call).await
            }
            Self::Withdraw(WithReason { dispute, reason }) => {
                session.act(Call::withdraw_dispute(dispute, &reason)).await
            }
            Self::Show { dispute } => {
                let (found, speech) = (find(&session, dispute).await?, session.output.speech);
                let local = session.local().await?;
                session.output.print(&found, |found| text(found, &local, speech))
            }
            Self::List { open, ended, department, paging } => {
                let is_open = (open || ended).then_some(open);
                let filter = DisputeFilter { is_open, department };
                let ask = async |cursor, limit| session.connection.disputes(Some(filter), cursor, limit).await;
                let header = ["id", "state", "about", "claimant", "respondent", "authority", "opened", "due"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |dispute| row(dispute, speech)).await
            }
        }
    }
}

/// What a dispute is about, with the entry of a request or grant; and the other party, which follows from these.
async fn matter(
    session: &Session,
    about: Subject,
    against: Option<DepartmentId>,
) -> anyhow::Result<(Matter, DepartmentId)> {
    let node = &session.connection;
    let (matter, parties) = match about {
        Subject::Entry(entry, _) => {
            let found = checked::entry(node, EntryRef::Id(entry), None).await?;
            (Matter { entry, request: None, grant: None }, vec![found.content.provider])
        }
        Subject::Request(request) => {
            let found = checked::request(node, request).await?;
            let matter = Matter { entry: found.terms.entry, request: Some(request), grant: None };
            (matter, vec![found.provider, found.terms.consumer])
        }
        Subject::Grant(grant, _) => {
            let found = node.grant(grant).await.map_err(ClientError::from)?.context("there is no such grant")?;
            let last = found.versions.last().context("the grant has no version")?;
            let matter = Matter { entry: last.terms.entry, request: Some(last.terms.request), grant: Some(grant) };
            (matter, vec![last.terms.provider, last.terms.consumer])
        }
        _ => bail!("a dispute is about entry:3, request:7 or grant:5"),
    };
    if let Some(against) = against {
        return Ok((matter, against));
    }
    let own = node.account(mulu_rpc_api::Hex32(session.signer()?)).await.map_err(ClientError::from)?;
    let own = own.context("the key belongs to no account")?.department;
    let others: Vec<DepartmentId> = parties.into_iter().filter(|party| *party != own).collect();
    match others[..] {
        [other] => Ok((matter, other)),
        _ => bail!("name the other party with --against"),
    }
}

/// Shows the terms that wait, and signs their digest.
async fn confirm(session: &Session, id: DisputeId, expected: Option<[u8; 32]>) -> anyhow::Result<()> {
    let found = find(session, id).await?;
    let settlement = found.settlement.context("no settlement waits for a confirmation")?;
    let terms = StepText::new(&settlement.terms)?;
    let digest = mulu_proofs::oversight::settlement_digest(id, settlement.by, &terms);
    checked::expect_digest(&digest, expected)?;
    let phrase = "settling dispute {} on the terms of department {}: {}";
    eprintln!("{}", session.output.speech.tell(phrase, &[&id, &settlement.by, &settlement.terms]));
    session.act(Call::confirm_settlement(id, &digest)).await
}

async fn find(session: &Session, dispute: DisputeId) -> anyhow::Result<Shown> {
    let found = session.connection.dispute(dispute).await.map_err(ClientError::from)?;
    found.with_context(|| session.or_hidden("there is no such dispute"))
}

fn about(matter: &Matter, speech: Speech) -> String {
    let mut parts = vec![speech.tell("entry {}", &[&matter.entry])];
    parts.extend(matter.request.map(|request| speech.tell("request {}", &[&request])));
    parts.extend(matter.grant.map(|grant| speech.tell("grant {}", &[&grant])));
    speech.joined(parts)
}

fn row(dispute: &DisputeSummary, speech: Speech) -> Vec<String> {
    vec![
        dispute.id.to_string(),
        speech.say(&name_of(&dispute.state)),
        about(&dispute.matter, speech),
        dispute.claimant.to_string(),
        dispute.respondent.to_string(),
        optional(dispute.authority),
        dispute.opened.utc(),
        dispute.due.map_or_else(String::new, |due| due.utc()),
    ]
}

fn text(dispute: &Shown, local: &LocalTime, speech: Speech) -> String {
    let summary = &dispute.summary;
    let terms = dispute.settlement.as_ref();
    let terms = terms.map_or_else(String::new, |terms| speech.tell("department {}: {}", &[&terms.by, &terms.terms]));
    let overdue = if summary.is_overdue { speech.say("overdue") } else { String::new() };
    let pairs = [
        ("dispute", speech.tell("{}, {}", &[&summary.id, &speech.say(&name_of(&summary.state))])),
        ("about", about(&summary.matter, speech)),
        ("claimant", summary.claimant.to_string()),
        ("respondent", summary.respondent.to_string()),
        ("authority", optional(summary.authority)),
        ("decided for", optional(summary.favour)),
        ("due", summary.due.map_or_else(String::new, |due| local.told(due))),
        ("deadline", overdue),
        ("settlement", terms),
        ("digest", dispute.settlement.as_ref().map_or_else(String::new, |terms| terms.digest.to_string())),
    ];
    let mut text = fields_in(speech, &pairs);
    text.push('\n');
    let rows: Vec<_> = dispute.steps.iter().map(|step| step_row(step, speech)).collect();
    text.push_str(&table_in(speech, &["record", "when", "what", "department", "said"], &rows));
    text
}

fn step_row(step: &DisputeStep, speech: Speech) -> Vec<String> {
    let department = if step.department.get() == 0 { String::new() } else { step.department.to_string() };
    let mut said = step.said.clone().unwrap_or_default();
    if let Some(document) = &step.document {
        said.push_str(&format!(" ({document})"));
    }
    vec![step.record.to_string(), step.moment.utc(), speech.say(&step.kind.to_string()), department, said]
}
