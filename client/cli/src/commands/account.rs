//! `mulu account`.

use crate::{
    arguments::Global,
    session::Session,
    table::{fields_in, table_in},
    words::{self, optional},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{
    departments::{AccountKey, REASON_BYTES_MAX, RoleScope},
    ids::{DepartmentId, PublicKey},
    text::Text,
};
use mulu_rpc_api::{
    Hex32,
    departments::{Account as Shown, DepartmentsClient, RoleHeld},
};
use mulu_verifier::words::Speech;

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Register an account, which may then submit; signed by the department's admin or a supervisor
    Register {
        /// Public key, 64 hexadecimal digits (`mulu key show` prints it)
        #[arg(value_parser = words::account)]
        account: PublicKey,
        /// Id of its department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
    },
    /// Put a new key in an account's place; every role of the old key ends, and the new one is given its own anew
    ///
    /// Without --lost the key of --key is replaced and signs that itself. With --lost and --reason an admin or supervisor reports the
    /// loss; with --lost and --confirm the head or another supervisor confirms the report. While it waits, --lost and --withdraw end it: signed by
    /// the reported key itself, which so is not lost, or by an admin or supervisor.
    Replace(Replace),
    /// One account with its roles
    Show {
        /// Public key
        #[arg(value_parser = words::account)]
        account: PublicKey,
    },
}

/// Which key takes which one's place.
#[derive(Clone, Debug, Args)]
pub struct Replace {
    /// The new key, 64 hexadecimal digits
    #[arg(value_parser = words::account)]
    new: PublicKey,
    /// The lost key
    #[arg(long, value_parser = words::account, value_name = "KEY")]
    lost: Option<PublicKey>,
    /// What happened, without a person's name; at most 256 bytes
    #[arg(long, value_parser = |reason: &str| Text::<REASON_BYTES_MAX>::new(reason), requires = "lost")]
    reason: Option<Text<REASON_BYTES_MAX>>,
    /// Confirm a report
    #[arg(long, requires = "lost", conflicts_with = "reason")]
    confirm: bool,
    /// Withdraw a report that waits
    #[arg(long, requires = "lost", conflicts_with = "reason", conflicts_with = "confirm")]
    withdraw: bool,
}

impl Replace {
    fn call(&self) -> anyhow::Result<Call> {
        match (&self.lost, &self.reason) {
            (None, _) => Ok(Call::rotate_key(&self.new)),
            (Some(old), _) if self.confirm => Ok(Call::confirm_replacement(old, &self.new)),
            (Some(old), _) if self.withdraw => Ok(Call::withdraw_report(old, &self.new)),
            (Some(old), Some(reason)) => Ok(Call::report_loss(old, &self.new, reason)),
            (Some(_), None) => {
                anyhow::bail!("say with --reason what happened to the lost key, or --confirm or --withdraw a report")
            }
        }
    }
}

impl Account {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        if let Self::Replace(replace) = self {
            let call = replace.call()?;
            return Session::open(global).await?.act(call).await;
        }
        let session = Session::open(global).await?;
        match self {
            Self::Replace(_) => Ok(()),
            Self::Register { account, department } => {
                session.act_for(Call::register_account(&account, department), department).await
            }
            Self::Show { account } => {
                let (found, speech) = (find(&session, &account).await?, session.output.speech);
                session.output.print(&found, |found| text(found, speech))
            }
        }
    }
}

/// An account that is registered.
pub async fn find(session: &Session, account: &PublicKey) -> anyhow::Result<Shown> {
    let found = session.connection.account(Hex32(*account)).await.map_err(ClientError::from)?;
    found.with_context(|| {
        session.or_hidden(&format!("account {} is not registered; an admin does that", hex::encode(account)))
    })
}

/// An account in words.
pub fn text(account: &Shown, speech: Speech) -> String {
    let key = |key: AccountKey| hex::encode(key.0);
    let lost = account.reported_lost.map_or_else(String::new, |report| {
        speech.tell("record {}; {} waits for its confirmation", &[&report.record, &key(report.new)])
    });
    let stolen = account.reported_stolen.map_or_else(String::new, |report| {
        let period: [&dyn std::fmt::Display; 3] = [&report.record, &report.from.utc(), &report.to.utc()];
        speech
            .tell("record {}: others may have signed with it from {} to {}; it signs for no platform any more", &period)
    });
    let pairs = [
        ("account", hex::encode(account.account.0)),
        ("department", account.department.to_string()),
        ("next nonce", account.nonce.to_string()),
        ("in the place of", account.replaces.map_or_else(String::new, key)),
        ("replaced by", account.replaced_by.map_or_else(String::new, key)),
        ("reported lost", lost),
        ("reported stolen", stolen),
    ];
    let mut text = fields_in(speech, &pairs);
    let rows: Vec<Vec<String>> = account.roles.iter().map(|held| row(held, speech)).collect();
    text.push_str(&table_in(speech, &["role", "department", "expires", "record", "state", "limits"], &rows));
    text
}

fn row(held: &RoleHeld, speech: Speech) -> Vec<String> {
    let state = match &held.obstacle {
        None => speech.say("in force"),
        Some(_) if held.is_pending => speech.say("waits for its second signature"),
        Some(obstacle) => obstacle.name.clone(),
    };
    let scope = match &held.scope {
        RoleScope::Everything => None,
        RoleScope::Entries(ids) => Some(speech.tell("only entries {}", &[&speech.joined(ids)])),
        RoleScope::Departments(ids) => Some(speech.tell("only departments {}", &[&speech.joined(ids)])),
    };
    let acting = held.principal.map(|principal| speech.tell("acting for {}", &[&hex::encode(principal.0)]));
    let limits: Vec<String> = scope.into_iter().chain(acting).collect();
    let (role, given) = (speech.say(&held.role.to_string()), optional(held.confirmed.or(Some(held.given))));
    vec![role, held.department.to_string(), held.expires.utc(), given, state, limits.join("; ")]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn a_key_is_replaced_by_itself_or_reported_and_then_confirmed_or_withdrawn() {
        let replace = |lost: Option<u8>, reason: Option<&str>, confirm| Replace {
            withdraw: false,
            new: [2; 32],
            lost: lost.map(|byte| [byte; 32]),
            reason: reason.map(|reason| Text::new(reason).unwrap()),
            confirm,
        };
        assert_eq!(replace(None, None, false).call().unwrap(), Call::rotate_key(&[2; 32]));
        let reported = Call::report_loss(&[1; 32], &[2; 32], &Text::new("stolen").unwrap());
        assert_eq!(replace(Some(1), Some("stolen"), false).call().unwrap(), reported);
        assert_eq!(replace(Some(1), None, true).call().unwrap(), Call::confirm_replacement(&[1; 32], &[2; 32]));
        let withdrawn = Replace { withdraw: true, ..replace(Some(1), None, false) };
        assert_eq!(withdrawn.call().unwrap(), Call::withdraw_report(&[1; 32], &[2; 32]));
        assert!(replace(Some(1), None, false).call().unwrap_err().to_string().contains("--reason"));
    }
}
