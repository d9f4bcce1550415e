//! `mulu system`.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    words::{self, name_of},
};
use clap::Subcommand;
use mulu_client::calls::Call;
use mulu_proofs::{departments::SystemKind, ids::DepartmentId, text::Text};
use mulu_rpc_api::departments::{DepartmentsClient, System as Shown};

/// Systems.
#[derive(Debug, Subcommand)]
pub enum System {
    /// Register a system; signed by the department's admin
    Register {
        /// Id of its department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
        /// business, platform or source
        #[arg(long, value_parser = words::word::<SystemKind>)]
        kind: SystemKind,
        /// Code, unique in its department, at most 64 bytes
        #[arg(long, value_parser = |code: &str| Text::<64>::new(code))]
        code: Text<64>,
        /// Name, at most 128 bytes
        #[arg(long, value_parser = |name: &str| Text::<128>::new(name))]
        name: Text<128>,
    },
    /// Systems of all departments, or of one
    List {
        /// Id of the department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: Option<DepartmentId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

impl System {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        match self {
            Self::Register { department, kind, code, name } => {
                session.act_for(Call::register_system(department, kind, &code, &name), department).await
            }
            Self::List { department, paging } => {
                let ask = async |cursor, limit| session.connection.systems(department, cursor, limit).await;
                paging.show(session.output, &["id", "department", "kind", "code", "name"], ask, row).await
            }
        }
    }
}

fn row(system: &Shown) -> Vec<String> {
    let info = &system.info;
    let (code, name) = (info.code.to_string(), info.name.to_string());
    vec![info.id.to_string(), info.department.to_string(), name_of(&info.kind), code, name]
}
