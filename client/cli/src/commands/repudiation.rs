//! `mulu repudiation`: what departments say is not their own, and what their authorities find.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    words::{self, optional},
};
use clap::{Args, Subcommand};
use mulu_client::calls::Call;
use mulu_proofs::{
    ids::{DepartmentId, RecordNumber, StreamId},
    text::Text,
};
use mulu_rpc_api::access::{
    AccessClient, Repudiation as Shown, RepudiationDecision, RepudiationFilter, RepudiationState,
};
use mulu_verifier::words::Speech;

/// Repudiations of events.
#[derive(Debug, Subcommand)]
pub enum Repudiation {
    /// Decide whether a repudiation stands; signed by a supervisor of the department's authority
    Decide(Decide),
    /// What departments say is not their own, newest first; --state waiting shows what an authority has to decide
    List {
        /// waiting, upheld or rejected
        #[arg(long, value_parser = words::word::<RepudiationState>)]
        state: Option<RepudiationState>,
        /// Of this department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: Option<DepartmentId>,
        /// Of events in this stream
        #[arg(long, value_parser = words::id::<StreamId>)]
        stream: Option<StreamId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// `mulu repudiation decide`.
#[derive(Debug, Args)]
pub struct Decide {
    /// Number of the record of the repudiation
    #[arg(value_parser = words::id::<RecordNumber>)]
    repudiation: RecordNumber,
    /// It stands
    #[arg(long, conflicts_with = "rejected", required_unless_present = "rejected")]
    upheld: bool,
    /// It does not
    #[arg(long)]
    rejected: bool,
    /// What was found, at most 512 bytes
    #[arg(long, value_parser = |text: &str| Text::<512>::new(text))]
    finding: Text<512>,
}

impl Repudiation {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Decide(Decide { repudiation, upheld, finding, .. }) => {
                session.act(Call::decide_repudiation(repudiation, upheld, &finding)).await
            }
            Self::List { state, department, stream, paging } => {
                let filter = RepudiationFilter { state, department, stream };
                let ask = async |cursor, limit| session.connection.repudiations(Some(filter), cursor, limit).await;
                let header = ["record", "state", "department", "events", "why", "decision", "finding"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |shown| row(shown, speech)).await
            }
        }
    }
}

/// How far a repudiation has come, in words.
pub const fn state(state: RepudiationState) -> &'static str {
    match state {
        RepudiationState::Waiting => "waits for the authority",
        RepudiationState::Upheld => "upheld",
        RepudiationState::Rejected => "not upheld",
    }
}

fn row(shown: &Shown, speech: Speech) -> Vec<String> {
    let decided = |part: fn(&RepudiationDecision) -> String| optional(shown.decided.as_ref().map(part));
    vec![
        shown.record.to_string(),
        speech.say(state(shown.state)),
        shown.department.to_string(),
        format!("{}:{}-{}", shown.stream, shown.first, shown.last),
        shown.statement.clone(),
        decided(|decision| decision.record.to_string()),
        decided(|decision| decision.finding.clone()),
    ]
}
