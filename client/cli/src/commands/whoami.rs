//! `mulu whoami`: what the key may do, and until when.

use crate::{
    arguments::Global,
    commands::{account, department},
    local::LocalTime,
    session::Session,
    table::fields_in,
    words::name_of,
};
use mulu_client::ClientError;
use mulu_proofs::{
    departments::Role,
    ids::{DepartmentId, Moment},
    records::RecordKind,
};
use mulu_rpc_api::departments::{Account, BudgetUse, Department, DepartmentBudget, DepartmentRef, DepartmentsClient};
use mulu_verifier::words::Speech;
use serde::Serialize;
use std::fmt::Display;

/// An account and what it may do.
#[derive(Serialize)]
struct WhoAmI {
    #[serde(flatten)]
    account: Account,
    /// What its roles in force may sign.
    may: Vec<May>,
    /// What its department may send, and may still send today.
    budget: Option<DepartmentBudget>,
    #[serde(skip)]
    department: Option<Department>,
}

/// What a role may sign.
#[derive(Serialize)]
struct May {
    role: Role,
    department: DepartmentId,
    until: Moment,
    acts: Vec<RecordKind>,
}

/// Prints the account of `--key`.
pub async fn run(global: &Global) -> anyhow::Result<()> {
    let session = Session::open(global).await?;
    let account = account::find(&session, &session.signer()?).await?;
    let node = &session.connection;
    let budget = node.budget(account.department).await.map_err(ClientError::from)?;
    let department = node.department(DepartmentRef::Id(account.department)).await.map_err(ClientError::from)?;
    let may = account.roles.iter().filter(|held| held.is_in_force).map(|held| May {
        role: held.role,
        department: held.department,
        until: held.expires,
        acts: acts_of(held.role),
    });
    let found = WhoAmI { may: may.collect(), account, budget, department };
    let (local, speech) = (session.local().await?, session.output.speech);
    session.output.print(&found, |found| text(found, &local, speech))
}

/// The acts of which the role is one of the signers: the matrix of docs/roles.md.
fn acts_of(role: Role) -> Vec<RecordKind> {
    RecordKind::ALL.iter().copied().filter(|kind| kind.signers().contains(&role)).collect()
}

fn text(found: &WhoAmI, local: &LocalTime, speech: Speech) -> String {
    let mut text = account::text(&found.account, speech);
    let department = found.department.as_ref().map_or_else(String::new, |department| {
        let status = department.statuses.last().map_or_else(String::new, |held| speech.say(&name_of(&held.status)));
        speech.tell("{}, {}", &[&department.info.name, &status])
    });
    let vote = found.department.as_ref().map_or_else(String::new, |found| speech.say(department::vote(found)));
    let left = |class: fn(&DepartmentBudget) -> BudgetUse| {
        found.budget.as_ref().map_or_else(String::new, |budget| {
            let BudgetUse { used, left, .. } = class(budget);
            let numbers: [&dyn Display; 4] = [&left.extrinsics, &left.bytes, &used.extrinsics, &used.bytes];
            speech.tell("{} extrinsics, {} bytes; sent {} and {}, by the whole department", &numbers)
        })
    };
    let ends = found.budget.as_ref().map_or_else(String::new, |budget| local.told(budget.until));
    text.push('\n');
    text.push_str(&fields_in(
        speech,
        &[
            ("department", department),
            ("vote in governance", vote),
            ("acts left today", left(|budget| budget.acts)),
            ("batches left today", left(|budget| budget.batches)),
            ("the day ends", ends),
        ],
    ));
    for may in &found.may {
        let (role, until) = (speech.say(&may.role.to_string()), may.until.utc());
        text.push_str(&speech.tell("as {} until {}: {}", &[&role, &until, &speech.list(&may.acts)]));
        text.push('\n');
    }
    if found.may.is_empty() {
        text.push_str(&speech.say("no role is in force: the ledger takes nothing from this key"));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_sign_what_the_matrix_says() {
        assert!(acts_of(Role::Head).contains(&RecordKind::ProposalVoted));
        assert!(!acts_of(Role::Admin).contains(&RecordKind::EntryEndorsed));
        assert_eq!(acts_of(Role::Auditor), [RecordKind::KeyRotated, RecordKind::KeyReportWithdrawn]);
    }
}
