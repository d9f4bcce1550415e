//! `mulu department`.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    table::fields,
    words::{self, name_of, optional},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{
    ClientError,
    calls::{Call, DepartmentDraft},
};
use mulu_proofs::{
    departments::{CreditCode, Level},
    ids::DepartmentId,
    text::Text,
};
use mulu_rpc_api::departments::{Department as Shown, DepartmentRef, DepartmentsClient};

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

impl Department {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::List(paging) => {
                let header = ["id", "name", "level", "region", "authority", "credit code"];
                let ask = async |cursor, limit| session.connection.departments(cursor, limit).await;
                paging.show(session.output, &header, ask, row).await
            }
            Self::Show { department } => {
                let found = session.connection.department(department).await.map_err(ClientError::from)?;
                session.output.print(&found.context("there is no such department")?, text)
            }
            Self::Register(register) => session.act(Call::register_department(&register.draft())).await,
        }
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

fn row(department: &Shown) -> Vec<String> {
    let info = &department.info;
    vec![
        info.id.to_string(),
        info.name.to_string(),
        name_of(&info.level),
        info.region.to_string(),
        if info.is_authority { "yes".into() } else { String::new() },
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
        ("state", if department.is_active { "active".into() } else { "not active".into() }),
        ("record", department.record.to_string()),
    ])
}
