//! `mulu proposal`, and how every other command that needs a decision proposes it.

use crate::{
    arguments::Global,
    commands::read_bytes,
    output::{self, Output},
    paging::Paging,
    refusals,
    session::Session,
    table::{fields, fields_in, flat, table_in},
    words::{self, name_of, optional},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{
    calls::Call,
    checked,
    templates::{ActionKind, read_action, template},
};
use mulu_proofs::{
    governance::{Action, Majority, ProposalTerms, Tally},
    ids::{DepartmentId, Height, Moment, ProposalId},
};
use mulu_rpc_api::{
    governance::{GovernanceClient, Proposal as Shown, ProposalFilter, ProposalSummary},
    node::NodeInfo,
};
use mulu_verifier::words::Speech;
use std::{fmt::Display, path::PathBuf};

/// How long heads may vote where nobody says it, in milliseconds: 30 days.
const VOTING_MS: u64 = 30 * 86_400_000;

/// Proposals.
#[derive(Debug, Subcommand)]
pub enum Proposal {
    /// Propose an action; signed by the head of a department that has a vote; proposing is not voting
    Make(Make),
    /// Withdraw a proposal of one's own department; signed by its head
    Withdraw {
        /// Its id
        #[arg(value_parser = words::id::<ProposalId>)]
        proposal: ProposalId,
    },
    /// One proposal: what it does, the count, who voted
    Show {
        /// Its id
        #[arg(value_parser = words::id::<ProposalId>)]
        proposal: ProposalId,
    },
    /// Proposals, newest first
    List {
        /// Only those under vote or waiting for their height
        #[arg(long, conflicts_with = "ended")]
        open: bool,
        /// Only those that have ended
        #[arg(long)]
        ended: bool,
        /// Made by this department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: Option<DepartmentId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// A proposal from a file, or the form of one.
#[derive(Debug, Args)]
pub struct Make {
    /// The action as JSON
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    /// Print an example to begin with, and propose nothing: set-department-status, name-authority, add-validator,
    /// remove-validator, rotate-validator-key, register-observer, remove-observer, name-auditor, set-calendar-year,
    /// set-parameters, plan-upgrade, cancel-upgrade or admit-department
    #[arg(long, value_parser = words::word::<ActionKind>, value_name = "KIND", conflicts_with = "file")]
    template: Option<ActionKind>,
    /// When
    #[command(flatten)]
    when: When,
}

/// How long heads may vote, and when the decision is enacted.
#[derive(Clone, Copy, Debug, Args)]
pub struct When {
    /// First day or moment at which nobody votes any more; 30 days from now if it is left out
    #[arg(long, value_parser = words::moment)]
    expires: Option<Moment>,
    /// Height at whose end it is enacted; without one, in the block of the vote that decides
    #[arg(long, value_parser = words::id::<Height>)]
    height: Option<Height>,
}

impl Proposal {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Make(Make { template: Some(kind), .. }) => {
                output::write(&(serde_json::to_string_pretty(&template(kind))? + "\n"))
            }
            Self::Make(Make { file, when, .. }) => {
                let path = file.context("name the file with the action")?;
                let action = read_action(&read_bytes(&path)?);
                let action = action.with_context(|| format!("{} holds no action", path.display()))?;
                propose(global, action, when).await
            }
            Self::Withdraw { proposal } => Session::open(global).await?.act(Call::withdraw_proposal(proposal)).await,
            Self::Show { proposal } => {
                let session = Session::open(global).await?;
                let (found, speech) = (checked::proposal(&session.connection, proposal).await?, session.output.speech);
                session.output.print(&found, |found| text(found, speech))
            }
            Self::List { open, ended, department, paging } => {
                let session = Session::open(global).await?;
                let is_open = (open || ended).then_some(open);
                let filter = ProposalFilter { is_open, proposer: department };
                let ask = async |cursor, limit| session.connection.proposals(Some(filter), cursor, limit).await;
                let header = ["id", "state", "action", "department", "proposer", "made", "expires", "count"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |proposal| row(proposal, speech)).await
            }
        }
    }
}

/// Proposes an action, once it keeps the rules that it can be judged by.
pub async fn propose(global: &Global, action: Action, when: When) -> anyhow::Result<()> {
    action.check()?;
    let session = Session::open(global).await?;
    let expires = match when.expires {
        Some(expires) => expires,
        None => in_thirty_days(&session.info().await?)?,
    };
    let terms = ProposalTerms { action, expires, enact_at: when.height };
    let Output { speech, .. } = session.output;
    let action = speech.say(&name_of(&ActionKind::of(&terms.action)));
    let phrase = "proposing: {}; departments vote until {} with `mulu vote`";
    eprintln!("{}", speech.tell(phrase, &[&action, &expires.utc()]));
    session.act(Call::propose(&terms)).await
}

/// By the chain's own time: nobody's clock decides how long heads may vote.
fn in_thirty_days(info: &NodeInfo) -> anyhow::Result<Moment> {
    let now = info.head_moment.context("the chain has no block yet; say with --expires until when heads may vote")?;
    Ok(Moment::new(now.get().saturating_add(VOTING_MS)))
}

fn row(proposal: &ProposalSummary, speech: Speech) -> Vec<String> {
    vec![
        proposal.id.to_string(),
        speech.say(&name_of(&proposal.state)),
        speech.say(&proposal.action),
        optional(proposal.department),
        proposal.proposer.to_string(),
        proposal.made.utc(),
        proposal.expires.utc(),
        count(&proposal.tally, proposal.needed, speech),
    ]
}

fn count(tally: &Tally, needed: u32, speech: Speech) -> String {
    if tally.active == 0 {
        return String::new();
    }
    let counted: [&dyn Display; 4] = [&tally.approving, &tally.refusing, &needed, &tally.active];
    speech.tell("{} for, {} against, {} of {} needed", &counted)
}

/// What is proposed, in names and values.
pub fn terms_text(terms: &ProposalTerms, speech: Speech) -> anyhow::Result<String> {
    let mut pairs = vec![(speech.say("action"), speech.say(&name_of(&ActionKind::of(&terms.action))))];
    if let serde_json::Value::Object(action) = serde_json::to_value(&terms.action)? {
        // The one value under the name of the kind; its names are those of the JSON that is signed.
        pairs.extend(action.iter().flat_map(|(_, value)| flat(value)));
    }
    pairs.push((speech.say("votes until"), terms.expires.utc()));
    pairs.push((speech.say("enacted at the end of height"), optional(terms.enact_at)));
    let pairs: Vec<(&str, String)> = pairs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    Ok(fields(&pairs))
}

fn text(proposal: &Shown, speech: Speech) -> String {
    let majority = match proposal.majority {
        Majority::Simple => speech.say("more than half of the departments that have a vote"),
        Majority::TwoThirds => speech.say("at least two thirds of the departments that have a vote"),
    };
    let ended = proposal.ended.as_ref();
    let end =
        ended.map_or_else(String::new, |ended| speech.tell("{}, record {}", &[&ended.moment.utc(), &ended.record]));
    let error = ended.and_then(|ended| ended.error.as_ref());
    let error = error.map_or_else(String::new, |error| refusals::described(error, speech));
    let made: [&dyn Display; 3] = [&proposal.proposer, &proposal.moment.utc(), &proposal.made];
    let pairs = [
        ("proposal", speech.tell("{}, {}", &[&proposal.id, &speech.say(&name_of(&proposal.state))])),
        ("ended", end),
        ("not done", error),
        ("made by", speech.tell("department {}, {}, record {}", &made)),
        ("takes", majority),
        ("count", count(&proposal.tally, proposal.needed, speech)),
        ("digest", proposal.digest.to_string()),
    ];
    let mut text = fields_in(speech, &pairs);
    text.push('\n');
    text.push_str(&terms_text(&proposal.terms, speech).unwrap_or_default());
    let rows: Vec<Vec<String>> = proposal
        .votes
        .iter()
        .map(|vote| {
            let answer = if vote.approve { speech.say("for") } else { speech.say("against") };
            let account = vote.account.map_or_else(String::new, |key| hex::encode(key.0));
            vec![vote.record.to_string(), vote.department.to_string(), answer, vote.moment.utc(), account]
        })
        .collect();
    text.push_str(&format!("\n{}\n", speech.say("votes:")));
    text.push_str(&table_in(speech, &["record", "department", "vote", "when", "account"], &rows));
    text
}
