//! `mulu role`.

use crate::{arguments::Global, session::Session, words};
use clap::{Args, Subcommand};
use mulu_client::calls::Call;
use mulu_proofs::{
    departments::{AccountKey, Role as Word, RoleScope},
    ids::{DepartmentId, Moment, PublicKey},
    text::Text,
};

/// Roles.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Give an account a role; head, officer and approver wait for a second signature
    Give {
        /// Whose role
        #[command(flatten)]
        whose: Whose,
        /// First day or moment at which it no longer holds
        #[arg(long, value_parser = words::moment)]
        expires: Moment,
        /// What it is limited to: entries:3,17 or departments:2,5; everything if it is left out
        #[arg(long, value_parser = words::scope, default_value = "everything", hide_default_value = true)]
        scope: RoleScope,
        /// For whom the holder acts, if it is an acting role: an account that holds the role itself
        #[arg(long, value_parser = words::account, value_name = "ACCOUNT", visible_alias = "principal")]
        acting_for: Option<PublicKey>,
        /// What it rests on, for instance the document of the appointment; an auditor's is required
        #[arg(long, value_parser = |basis: &str| Text::<256>::new(basis), default_value = "")]
        basis: Text<256>,
    },
    /// Put the second signature under a role; signed by the head or a supervisor
    Confirm(Whose),
    /// Take a role from an account
    Revoke(Whose),
}

/// Whose role it is.
#[derive(Clone, Copy, Debug, Args)]
pub struct Whose {
    /// Public key of the account
    #[arg(value_parser = words::account)]
    account: PublicKey,
    /// Id of the department
    #[arg(long, value_parser = words::id::<DepartmentId>)]
    department: DepartmentId,
    /// admin, cataloguer, head, officer, approver, applicant, platform, operator, reviewer, supervisor or auditor
    #[arg(long, value_parser = words::word::<Word>)]
    role: Word,
}

impl Role {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let (Self::Give { whose, .. } | Self::Confirm(whose) | Self::Revoke(whose)) = &self;
        let department = whose.department;
        let call = match self {
            Self::Give { whose: Whose { account, department, role }, expires, scope, acting_for, basis } => {
                let principal = acting_for.map(AccountKey);
                Call::give_role(&account, department, role, expires, &scope, principal, &basis)
            }
            Self::Confirm(Whose { account, department, role }) => Call::confirm_role(&account, department, role),
            Self::Revoke(Whose { account, department, role }) => Call::revoke_role(&account, department, role),
        };
        Session::open(global).await?.act_for(call, department).await
    }
}
