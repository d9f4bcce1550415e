//! `mulu calendar`.

use crate::{
    arguments::Global,
    commands::{
        proposal::{When, propose},
        read_json,
    },
    session::Session,
    table::{fields_in, table_in},
    words::name_of,
};
use clap::Subcommand;
use mulu_client::ClientError;
use mulu_proofs::{
    calendar::{Day, DayLength, Limit, YearCalendar},
    governance::Action,
};
use mulu_rpc_api::calendar::{Added, CalendarClient, CalendarNow, Year};
use mulu_verifier::words::Speech;
use std::path::PathBuf;

/// The calendar.
#[derive(Debug, Subcommand)]
pub enum Calendar {
    /// Propose the arrangement of a year; signed by the head of a department
    Import {
        /// The arrangement as JSON: year, source, holidays, make_up
        file: PathBuf,
        /// When
        #[command(flatten)]
        when: When,
    },
    /// The arrangement of a year
    Show {
        /// The year
        year: u16,
    },
    /// The day of the nth working day after a day
    Add {
        /// The day, 2026-09-30 for instance
        #[arg(value_parser = |day: &str| day.parse::<Day>())]
        day: Day,
        /// How many working days, at most 10,000
        #[arg(value_parser = clap::value_parser!(u32))]
        working_days: u32,
    },
    /// Parameters, limits of deadlines, and what day it is
    Parameters,
}

impl Calendar {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        if let Self::Import { file, when } = self {
            let year: YearCalendar = read_json(&file)?;
            return propose(global, Action::SetCalendarYear(year), when).await;
        }
        let session = Session::open(global).await?;
        let (node, speech) = (&session.connection, session.output.speech);
        match self {
            Self::Import { .. } => Ok(()),
            Self::Show { year } => {
                let found = node.year(year).await.map_err(ClientError::from)?;
                session.output.print(&found, |year| year_text(year, speech))
            }
            Self::Add { day, working_days } => {
                let added = node.add(day, working_days).await.map_err(ClientError::from)?;
                session.output.print(&added, |added| added_text(added, speech))
            }
            Self::Parameters => {
                let now = CalendarClient::parameters(node).await.map_err(ClientError::from)?;
                session.output.print(&now, |now| parameters_text(now, speech))
            }
        }
    }
}

fn days(days: &[Day]) -> String {
    days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn year_text(year: &Year, speech: Speech) -> String {
    let of = |list: fn(&YearCalendar) -> String| year.calendar.as_ref().map_or_else(String::new, list);
    let weekends = || speech.say("none was set: weekends alone decide");
    let pairs = [
        ("year", year.year.to_string()),
        ("arrangement", year.calendar.as_ref().map_or_else(weekends, |calendar| calendar.source.to_string())),
        ("days off", of(|calendar| days(&calendar.holidays))),
        ("worked weekends", of(|calendar| days(&calendar.make_up))),
        ("working days", year.working_days.to_string()),
    ];
    fields_in(speech, &pairs)
}

fn added_text(added: &Added, speech: Speech) -> String {
    let pairs = [
        ("from", added.from.to_string()),
        ("working days", added.working_days.to_string()),
        ("day", added.day.to_string()),
        ("ends", added.end.utc()),
        ("years counted by weekends alone", speech.joined(&added.years_without_calendar)),
    ];
    fields_in(speech, &pairs)
}

fn parameters_text(now: &CalendarNow, speech: Speech) -> String {
    let parameters = &now.parameters;
    let either = |is_so: bool, so: String, else_so: String| if is_so { so } else { else_so };
    let length = match now.day_length {
        DayLength::Civil => speech.say("24 hours"),
        DayLength::Short { ms, .. } => speech.tell("{} ms, on this development chain", &[&ms]),
    };
    let counts = (speech.say("counts"), speech.say("does not count"));
    let pauses = (speech.say("pauses the clock"), speech.say("does not pause the clock"));
    let worked = either(now.is_working_day, speech.say("a working day"), speech.say("no working day"));
    let recomputed = speech.say("after a change of the calendar; what is due follows the new one already");
    let pairs = [
        ("today", speech.tell("{}, {}", &[&now.today, &worked])),
        ("block time", now.now.utc()),
        ("minutes east of UTC", parameters.utc_offset_minutes.to_string()),
        ("length of a day", length),
        ("day of the start", either(parameters.day_zero_counts, counts.0, counts.1)),
        ("supplement", either(parameters.pauses_for_supplement, pauses.0, pauses.1)),
        ("grants that are over are kept", speech.tell("{} days", &[&parameters.finished_kept_days])),
        ("events are late after", speech.tell("{} days", &[&parameters.lateness_days])),
        ("years with a calendar", speech.joined(&now.years)),
        ("deadlines being recomputed", either(now.is_recomputing, recomputed, String::new())),
    ];
    let mut text = fields_in(speech, &pairs);
    let row = |limit: &Limit| {
        vec![speech.say(&name_of(&limit.kind)), limit.working_days.to_string(), limit.extension.to_string()]
    };
    let rows: Vec<Vec<String>> = now.limits.iter().map(row).collect();
    text.push('\n');
    text.push_str(&table_in(speech, &["deadline", "working days", "extension"], &rows));
    text
}
