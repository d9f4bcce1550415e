//! `mulu calendar`.

use crate::{
    arguments::Global,
    commands::{
        proposal::{When, propose},
        read_json,
    },
    session::Session,
    table::{fields, table},
    words::name_of,
};
use clap::Subcommand;
use mulu_client::ClientError;
use mulu_proofs::{
    calendar::{Day, DayLength, YearCalendar},
    governance::Action,
};
use mulu_rpc_api::calendar::{Added, CalendarClient, CalendarNow, Year};
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
        let node = &session.connection;
        match self {
            Self::Import { .. } => Ok(()),
            Self::Show { year } => session.output.print(&node.year(year).await.map_err(ClientError::from)?, year_text),
            Self::Add { day, working_days } => {
                let added = node.add(day, working_days).await.map_err(ClientError::from)?;
                session.output.print(&added, added_text)
            }
            Self::Parameters => {
                let now = CalendarClient::parameters(node).await.map_err(ClientError::from)?;
                session.output.print(&now, parameters_text)
            }
        }
    }
}

fn days(days: &[Day]) -> String {
    days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn year_text(year: &Year) -> String {
    let of = |list: fn(&YearCalendar) -> String| year.calendar.as_ref().map_or_else(String::new, list);
    let weekends = || "none was set: weekends alone decide".to_owned();
    fields(&[
        ("year", year.year.to_string()),
        ("arrangement", year.calendar.as_ref().map_or_else(weekends, |calendar| calendar.source.to_string())),
        ("days off", of(|calendar| days(&calendar.holidays))),
        ("worked weekends", of(|calendar| days(&calendar.make_up))),
        ("working days", year.working_days.to_string()),
    ])
}

fn years(years: &[u16]) -> String {
    years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn added_text(added: &Added) -> String {
    fields(&[
        ("from", added.from.to_string()),
        ("working days", added.working_days.to_string()),
        ("day", added.day.to_string()),
        ("ends", added.end.utc()),
        ("years counted by weekends alone", years(&added.years_without_calendar)),
    ])
}

fn parameters_text(now: &CalendarNow) -> String {
    let parameters = &now.parameters;
    let day = if now.is_working_day { "a working day" } else { "no working day" };
    let length = match now.day_length {
        DayLength::Civil => "24 hours".to_owned(),
        DayLength::Short { ms, .. } => format!("{ms} ms (a development chain)"),
    };
    let waits = "after a change of the calendar; what is due follows the new one already".to_owned();
    let mut text = fields(&[
        ("today", format!("{}, {day}", now.today)),
        ("block time", now.now.utc()),
        ("minutes east of UTC", parameters.utc_offset_minutes.to_string()),
        ("length of a day", length),
        ("day of the start", if parameters.day_zero_counts { "counts" } else { "does not count" }.to_owned()),
        (
            "supplement",
            if parameters.pauses_for_supplement { "pauses the clock" } else { "does not pause the clock" }.to_owned(),
        ),
        ("years with a calendar", years(&now.years)),
        ("deadlines being recomputed", if now.is_recomputing { waits } else { String::new() }),
    ]);
    let rows: Vec<Vec<String>> = now
        .limits
        .iter()
        .map(|limit| vec![name_of(&limit.kind), limit.working_days.to_string(), limit.extension.to_string()])
        .collect();
    text.push('\n');
    text.push_str(&table(&["deadline", "working days", "extension"], &rows));
    text
}
