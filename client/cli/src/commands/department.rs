//! `mulu department`.

use crate::{
    arguments::Global,
    commands::proposal::{When, propose},
    local::LocalTime,
    paging::Paging,
    session::Session,
    table::{fields, fields_in, table_in},
    words::{self, OrNone, name_of, optional},
};
use anyhow::Context;
use clap::{ArgGroup, Args, Subcommand};
use mulu_client::{
    ClientError,
    calls::{Call, DepartmentDraft},
};
use mulu_proofs::{
    budget::Amount,
    departments::{CreditCode, DepartmentInfo, DepartmentStatus, Level},
    governance::Action,
    ids::DepartmentId,
    text::Text,
};
use mulu_rpc_api::{
    departments::{BudgetUse, Department as Shown, DepartmentBudget, DepartmentRef, DepartmentsClient, Hosted},
    oversight::{Count, Counters, OversightClient},
};
use mulu_verifier::words::Speech;
use serde::Serialize;

/// Departments.
#[derive(Debug, Subcommand)]
pub enum Department {
    /// All departments
    List(Paging),
    /// One department
    Show {
        /// Its id or credit code
        #[arg(value_parser = words::department)]
        department: DepartmentRef,
    },
    /// Register a department; signed by a supervisor
    Register(Register),
    /// Give a department another name, superior, host or task; signed by a supervisor above it
    Revise(Revise),
    /// Departments that another one hosts on its node
    Hosted {
        /// Of this host
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        host: Option<DepartmentId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
    /// What a department may send, and has sent today
    Budget {
        /// Its id
        #[arg(value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
    },
    /// What arts. 39 to 41 count of a department in a year
    Counters {
        /// Its id
        #[arg(value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
        /// The year; this year, if it is left out
        #[arg(long)]
        year: Option<u16>,
    },
    /// Propose to give a registered department a vote in governance, for good
    Admit(Governed),
    /// Propose to suspend a department: its people then sign nothing, its grants count as suspended
    Suspend(Governed),
    /// Propose to make a suspended department active again
    Reinstate(Governed),
    /// Propose to retire a department for good
    Retire(Governed),
    /// Propose a department as competent authority of its level and region
    Authority(Governed),
}

/// A department, what it may send and has sent.
#[derive(Serialize)]
struct WithBudget {
    #[serde(flatten)]
    department: Shown,
    budget: Option<DepartmentBudget>,
}

/// A department about which departments vote.
#[derive(Clone, Copy, Debug, Args)]
pub struct Governed {
    /// Its id
    #[arg(value_parser = words::id::<DepartmentId>)]
    department: DepartmentId,
    /// When
    #[command(flatten)]
    when: When,
}

/// What is registered.
#[derive(Debug, Args)]
pub struct Register {
    /// Unified social credit code, 18 characters
    #[arg(long, value_parser = |code: &str| CreditCode::new(code))]
    credit_code: CreditCode,
    /// Name, at most 128 bytes
    #[arg(long, value_parser = |name: &str| Text::<128>::new(name))]
    name: Text<128>,
    /// national, province, city or county
    #[arg(long, value_parser = words::word::<Level>)]
    level: Level,
    /// Region code, 6 digits
    #[arg(long)]
    region: u32,
    /// Id of the superior department
    #[arg(long, value_parser = words::id::<DepartmentId>)]
    parent: Option<DepartmentId>,
    /// Id of the department on whose node it is hosted
    #[arg(long, value_parser = words::id::<DepartmentId>)]
    host: Option<DepartmentId>,
    /// It is a data manager: it serves other departments' data
    #[arg(long)]
    data_manager: bool,
}

/// What is revised; the rest stays as it is, code, level and region for good.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("revised").args(["name", "parent", "host", "data_manager"]).required(true).multiple(true))]
pub struct Revise {
    /// Its id
    #[arg(value_parser = words::id::<DepartmentId>)]
    department: DepartmentId,
    /// Name, at most 128 bytes
    #[arg(long, value_parser = |name: &str| Text::<128>::new(name))]
    name: Option<Text<128>>,
    /// Id of the superior department, or none
    #[arg(long, value_parser = words::or_none::<DepartmentId>)]
    parent: Option<OrNone<DepartmentId>>,
    /// Id of the department on whose node it is hosted, or none
    #[arg(long, value_parser = words::or_none::<DepartmentId>)]
    host: Option<OrNone<DepartmentId>>,
    /// Whether it is a data manager: it serves other departments' data
    #[arg(long, value_parser = clap::builder::BoolishValueParser::new(), value_name = "YES OR NO")]
    data_manager: Option<bool>,
}

impl Department {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        if let Some((action, when)) = self.proposed() {
            return propose(global, action, when).await;
        }
        let session = Session::open(global).await?;
        match self {
            Self::Admit(_) | Self::Suspend(_) | Self::Reinstate(_) | Self::Retire(_) | Self::Authority(_) => Ok(()),
            Self::Hosted { host, paging } => {
                let ask = async |cursor, limit| session.connection.hosted(host, cursor, limit).await;
                let row =
                    |hosted: &Hosted| vec![hosted.department.to_string(), hosted.name.clone(), hosted.host.to_string()];
                paging.show(session.output, &["id", "name", "host"], ask, row).await
            }
            Self::Budget { department } => {
                let found = session.connection.budget(department).await.map_err(ClientError::from)?;
                let found = found.with_context(|| session.or_hidden("there is no such department"))?;
                let (local, speech) = (session.local().await?, session.output.speech);
                session.output.print(&found, |found| budget_text(found, &local, speech))
            }
            Self::Counters { department, year } => {
                let found = session.connection.counters(department, year).await.map_err(ClientError::from)?;
                let speech = session.output.speech;
                let found = found.with_context(|| session.or_hidden("there is no such department"))?;
                session.output.print(&found, |it| counters_text(it, speech))
            }
            Self::List(paging) => {
                let header = ["id", "name", "level", "region", "authority", "vote", "credit code"];
                let ask = async |cursor, limit| session.connection.departments(cursor, limit).await;
                paging.show(session.output, &header, ask, row).await
            }
            Self::Show { department } => {
                let found = session.connection.department(department).await.map_err(ClientError::from)?;
                let department = found.context("there is no such department")?;
                let budget = session.connection.budget(department.info.id).await.map_err(ClientError::from)?;
                let (local, speech) = (session.local().await?, session.output.speech);
                session.output.print(&WithBudget { department, budget }, |shown| {
                    let budget =
                        shown.budget.as_ref().map_or_else(String::new, |budget| budget_text(budget, &local, speech));
                    text(&shown.department) + "\n" + &budget
                })
            }
            Self::Register(register) => session.act(Call::register_department(&register.draft())).await,
            Self::Revise(revise) => {
                let asked = DepartmentRef::Id(revise.department);
                let found = session.connection.department(asked).await.map_err(ClientError::from)?;
                session.act(revise.call(found.context("there is no such department")?.info)).await
            }
        }
    }
}

impl Department {
    /// What the command proposes, if it does.
    fn proposed(&self) -> Option<(Action, When)> {
        let (governed, status) = match self {
            Self::Suspend(governed) => (governed, DepartmentStatus::Suspended),
            Self::Reinstate(governed) => (governed, DepartmentStatus::Active),
            Self::Retire(governed) => (governed, DepartmentStatus::Retired),
            Self::Admit(Governed { department, when }) => {
                return Some((Action::AdmitDepartment { department: *department }, *when));
            }
            Self::Authority(Governed { department, when }) => {
                return Some((Action::NameAuthority { department: *department }, *when));
            }
            Self::List(_)
            | Self::Show { .. }
            | Self::Register(_)
            | Self::Revise(_)
            | Self::Hosted { .. }
            | Self::Budget { .. }
            | Self::Counters { .. } => return None,
        };
        Some((Action::SetDepartmentStatus { department: governed.department, status }, governed.when))
    }
}

impl Register {
    fn draft(self) -> DepartmentDraft {
        DepartmentDraft {
            credit_code: self.credit_code,
            name: self.name,
            level: self.level,
            region: self.region,
            parent: self.parent,
            host: self.host,
            is_data_manager: self.data_manager,
        }
    }
}

impl Revise {
    /// The call says the whole again: what is in force, with what was named in its place.
    fn call(self, info: DepartmentInfo) -> Call {
        let name = self.name.unwrap_or(info.name);
        let parent = self.parent.map_or(info.parent, OrNone::into);
        let host = self.host.map_or(info.host, OrNone::into);
        let is_data_manager = self.data_manager.unwrap_or(info.is_data_manager);
        Call::revise_department(info.id, &name, parent, host, is_data_manager)
    }
}

fn counters_text(counters: &Counters, speech: Speech) -> String {
    let row =
        |count: &Count| vec![speech.say(&name_of(&count.kind)), speech.say(&count.articles), count.count.to_string()];
    let mut text = speech.tell("department {}, {}", &[&counters.department, &counters.year]) + "\n";
    let rows: Vec<_> = counters.counts.iter().map(row).collect();
    text.push_str(&table_in(speech, &["what", "named in", "how often"], &rows));
    text
}

fn row(department: &Shown) -> Vec<String> {
    let info = &department.info;
    vec![
        info.id.to_string(),
        info.name.to_string(),
        name_of(&info.level),
        info.region.to_string(),
        if info.is_authority { "yes".into() } else { String::new() },
        if department.is_admitted && department.is_active { "yes".into() } else { String::new() },
        info.credit_code.as_str().to_owned(),
    ]
}

fn text(department: &Shown) -> String {
    let info = &department.info;
    fields(&[
        ("department", format!("{} {}", info.id, info.name)),
        ("credit code", info.credit_code.as_str().to_owned()),
        ("level", format!("{}, region {:06}", name_of(&info.level), info.region)),
        (
            "authority",
            if info.is_authority { "competent authority of its level and region".into() } else { String::new() },
        ),
        ("parent", optional(info.parent)),
        ("hosted by", optional(info.host)),
        ("data manager", if info.is_data_manager { "serves other departments' data".into() } else { String::new() }),
        ("status", department.statuses.last().map_or_else(String::new, |held| name_of(&held.status))),
        ("since", since(department)),
        ("vote in governance", vote(department).to_owned()),
        ("record", department.record.to_string()),
    ])
}

/// Whether it has a vote in governance, or why not.
pub fn vote(department: &Shown) -> &'static str {
    match (department.is_admitted, department.is_active) {
        (true, true) => "yes",
        (true, false) => "not while it is suspended or retired",
        (false, _) => "not admitted yet; the others vote on that with `mulu department admit`",
    }
}

/// The changes of status after the first, which holds since ever.
fn since(department: &Shown) -> String {
    let changes = department.statuses.iter().skip(1);
    changes.map(|held| format!("{} {}", held.from.utc(), name_of(&held.status))).collect::<Vec<_>>().join(", ")
}

fn budget_text(budget: &DepartmentBudget, local: &LocalTime, speech: Speech) -> String {
    let row = |name: &str, of: fn(&BudgetUse) -> Amount| {
        let (acts, batches) = (of(&budget.acts), of(&budget.batches));
        let numbers = [acts.extrinsics, acts.bytes, batches.extrinsics, batches.bytes].map(|number| number.to_string());
        [vec![speech.say(name)], numbers.to_vec()].concat()
    };
    let rows = [
        row("in a block", |class| class.allowance.per_block),
        row("on a day", |class| class.allowance.per_day),
        row("sent today", |class| class.used),
        row("left today", |class| class.left),
    ];
    let ends = fields_in(speech, &[("day", budget.day.to_string()), ("ends", local.told(budget.until))]);
    ends + &table_in(speech, &["", "acts", "their bytes", "batches", "their bytes"], &rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        revise: Revise,
    }

    fn info() -> DepartmentInfo {
        DepartmentInfo {
            id: DepartmentId::new(3),
            credit_code: CreditCode::new("91350100M000100Y43").unwrap(),
            name: Text::new("市民政局").unwrap(),
            level: Level::City,
            region: 330_100,
            parent: Some(DepartmentId::new(1)),
            is_authority: false,
            host: None,
            is_data_manager: true,
        }
    }

    fn revised(words: &[&str]) -> Call {
        Typed::try_parse_from([&["revise", "3"], words].concat()).unwrap().revise.call(info())
    }

    #[test]
    fn a_revision_says_again_what_it_does_not_change() {
        let (id, parent, host) = (info().id, info().parent, Some(DepartmentId::new(2)));
        let name = Text::new("市民政和社会事务局").unwrap();
        let renamed = Call::revise_department(id, &name, parent, None, true);
        assert_eq!(revised(&["--name", name.as_str()]), renamed);
        let moved = Call::revise_department(id, &info().name, None, host, true);
        assert_eq!(revised(&["--parent", "none", "--host", "2"]), moved);
        let relieved = Call::revise_department(id, &info().name, parent, None, false);
        assert_eq!(revised(&["--data-manager", "no"]), relieved);
        assert!(Typed::try_parse_from(["revise", "3"]).is_err(), "a revision that changes nothing");
    }
}
