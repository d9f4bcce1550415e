//! `mulu deadline`.

use crate::{
    arguments::Global,
    local::LocalTime,
    paging::Paging,
    session::Session,
    table::{fields_in, table_in},
    words::{self, name_of, optional, subject},
};
use anyhow::Context;
use clap::Subcommand;
use mulu_client::ClientError;
use mulu_proofs::{
    calendar::{DeadlineKind, Due},
    ids::{DeadlineId, DepartmentId},
    records::Subject,
};
use mulu_rpc_api::deadlines::{Deadline as Shown, DeadlineCourse, DeadlineFilter, DeadlineStep, DeadlinesClient};
use mulu_verifier::words::Speech;

/// Deadlines.
#[derive(Debug, Subcommand)]
pub enum Deadline {
    /// Deadlines that nobody has stopped, the first to be due first
    List {
        /// Id of the department that has to act
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: Option<DepartmentId>,
        /// What it is on: request:7, entry:3, grant:5 or account:KEY
        #[arg(long, value_parser = words::about, value_name = "SUBJECT")]
        about: Option<Subject>,
        /// Kind of deadline, provisioning for instance
        #[arg(long, value_parser = kind)]
        kind: Option<DeadlineKind>,
        /// Only those that are overdue
        #[arg(long)]
        overdue: bool,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
    /// One deadline and its records
    Show {
        /// Its id
        #[arg(value_parser = words::id::<DeadlineId>)]
        deadline: DeadlineId,
    },
}

fn kind(text: &str) -> Result<DeadlineKind, String> {
    let kinds = || DeadlineKind::ALL.iter().map(name_of).collect::<Vec<_>>().join(", ");
    words::word(text).map_err(|_| format!("one of {}", kinds()))
}

impl Deadline {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::List { department, about, kind, overdue, paging } => {
                let filter = DeadlineFilter { department, subject: about, kind, overdue };
                let ask = async |cursor, limit| session.connection.deadlines(Some(filter), cursor, limit).await;
                let header = ["id", "kind", "about", "department", "state", "last day", "left"];
                let speech = session.output.speech;
                paging.show(session.output, &header, ask, |deadline| row(deadline, speech)).await
            }
            Self::Show { deadline } => {
                let found = session.connection.deadline(deadline).await.map_err(ClientError::from)?;
                let (local, speech) = (session.local().await?, session.output.speech);
                let found = found.with_context(|| session.or_hidden("there is no such deadline"))?;
                session.output.print(&found, |course| text(course, &local, speech))
            }
        }
    }
}

fn last_day(due: Option<&Due>) -> String {
    due.map_or_else(String::new, |due| due.day.to_string())
}

fn row(deadline: &Shown, speech: Speech) -> Vec<String> {
    vec![
        deadline.id.to_string(),
        speech.say(&name_of(&deadline.terms.kind)),
        speech.say(&subject(&deadline.terms.subject)),
        deadline.terms.responsible.to_string(),
        speech.say(&name_of(&deadline.state)),
        last_day(deadline.due.as_ref()),
        optional(deadline.days_left),
    ]
}

fn text(course: &DeadlineCourse, local: &LocalTime, speech: Speech) -> String {
    let deadline = &course.deadline;
    let terms = &deadline.terms;
    let days = |count: u16| if count == 0 { String::new() } else { count.to_string() };
    let if_so = |is_so: bool, said: String| if is_so { said } else { String::new() };
    let weekends = deadline.due.is_some_and(|due| due.weekends_only);
    let pairs = [
        ("deadline", speech.tell("{}, {}", &[&deadline.id, &speech.say(&name_of(&deadline.state))])),
        ("kind", speech.say(&name_of(&terms.kind))),
        ("about", speech.say(&subject(&terms.subject))),
        ("department", terms.responsible.to_string()),
        ("term", speech.tell("{} working days after {}", &[&terms.working_days, &terms.counted_from])),
        ("of these extension", days(terms.extended)),
        ("stood still", days(terms.paused_days)),
        ("stands still since", optional(terms.paused_since)),
        ("last day", last_day(deadline.due.as_ref())),
        ("overdue from", deadline.due.map_or_else(String::new, |due| local.told(due.moment))),
        ("working days left", optional(deadline.days_left)),
        ("counted", if_so(weekends, speech.say("through a year without calendar, by its weekends alone"))),
        ("record", if_so(deadline.record_lags, speech.say("that it is overdue is still to come"))),
    ];
    let mut text = fields_in(speech, &pairs);
    let row =
        |step: &DeadlineStep| vec![step.record.to_string(), speech.say(&step.kind.to_string()), step.moment.utc()];
    text.push('\n');
    text.push_str(&table_in(speech, &["record", "what", "when"], &course.steps.iter().map(row).collect::<Vec<_>>()));
    text
}
