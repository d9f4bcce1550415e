//! `mulu sign-in`, `mulu session` and `mulu sign-out`: a token of a node, for other commands and for programs that know the address alone.

use crate::{arguments::Global, keyring, output::Output, session::Session as Connected, table::fields_in};
use anyhow::Context;
use clap::Args;
use mulu_client::{
    ClientError,
    connection::{self, Connection},
    signin::{Access, Credentials},
};
use mulu_proofs::{departments::Role, ids::DepartmentId};
use mulu_rpc_api::{
    departments::DepartmentsClient,
    signin::{Session, SignInClient, SignedIn as Who, TOKEN_PATH},
};
use mulu_verifier::words::Speech;
use serde::Serialize;

/// Signing in.
#[derive(Debug, Args)]
pub struct SignIn {
    /// Sign for the node of this name alone, whoever answers at the address; `mulu node info` on its machine tells it
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
}

/// A token, and the address with it.
#[derive(Serialize)]
struct SignedIn {
    #[serde(flatten)]
    session: Session,
    address: String,
}

/// Who is signed in, and what the node shows them.
#[derive(Debug, Serialize)]
struct Current {
    /// None where nobody is.
    signed_in: Option<Who>,
    shows: Shows,
}

/// What a node shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Shows {
    /// What is openly published.
    Public,
    /// What is everybody's affair or the own department's.
    Department,
    /// That, and the affairs of whom the own department oversees.
    Overseen,
    /// What the scope of an auditor's role covers; each question is told to the ledger.
    Scope,
    /// Everything.
    Everything,
}

/// Whether there was a token to end.
#[derive(Serialize)]
struct SignedOut {
    ended: bool,
}

impl SignIn {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let key = keyring::open(global, &keyring::path(global)?, true)?;
        let credentials = Credentials { key, genesis: global.genesis, node: self.node };
        let session = connection::sign_in(&global.url, &credentials).await?;
        let session = session.context("the node needs no sign-in at this address: it shows everything")?;
        let address = format!("{}{TOKEN_PATH}{}", global.url.trim_end_matches('/'), session.token.0);
        let output = Output::of(global);
        output.print(&SignedIn { session, address }, |signed_in| text(signed_in, output.speech))
    }
}

/// Prints who is signed in.
pub async fn session(global: &Global) -> anyhow::Result<()> {
    let session = Connected::open(global).await?;
    let who = session.connection.sign_in_session().await.map_err(ClientError::from)?;
    let shows = match &who {
        None if session.is_nobodys() => Shows::Public,
        None => Shows::Everything,
        // Questions of an auditor are told to the ledger: none is asked here.
        Some(who) if who.roles.contains(&Role::Auditor) => Shows::Scope,
        Some(who) => Shows::of(&who.roles, has_node(&session, who.department).await?),
    };
    let (output, current) = (session.output, Current { signed_in: who, shows });
    output.print(&current, |current| current_text(current, output.speech))
}

/// Whether a department runs a node, and so has everything there.
async fn has_node(session: &Connected, department: DepartmentId) -> anyhow::Result<bool> {
    let node = &session.connection;
    let validators = node.validators().await.map_err(ClientError::from)?;
    let observers = node.observers().await.map_err(ClientError::from)?;
    let mut departments = validators.iter().map(|of| of.department).chain(observers.iter().map(|of| of.department));
    Ok(departments.any(|of| of == department))
}

impl Shows {
    /// Of an account with these roles, none of which is an auditor's.
    fn of(roles: &[Role], has_node: bool) -> Self {
        let oversees = roles.iter().any(|role| matches!(role, Role::Reviewer | Role::Supervisor));
        match (has_node, oversees) {
            (true, _) => Self::Everything,
            (false, true) => Self::Overseen,
            (false, false) => Self::Department,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Public => "what is openly published",
            Self::Department => "what is everybody's affair or the own department's",
            Self::Overseen => "what is everybody's affair, the own department's, or that of whom it oversees",
            Self::Scope => "what the auditor's scope covers; each question is told to the ledger",
            Self::Everything => "everything",
        }
    }
}

/// Ends the token of --token.
pub async fn sign_out(global: &Global) -> anyhow::Result<()> {
    let token = global.token.clone().context("no token is given; name one with --token or MULU_TOKEN")?;
    let (connection, _) = Connection::open_as(&global.url, Access::Token(token)).await?;
    let ended = connection.sign_out().await.map_err(ClientError::from)?;
    let output = Output::of(global);
    output
        .print(&SignedOut { ended }, |_| output.speech.say("the token has ended, and every connection with it") + "\n")
}

fn text(SignedIn { session, address }: &SignedIn, speech: Speech) -> String {
    let mut pairs = who(&session.signed_in, speech);
    pairs.extend([("token", session.token.0.clone()), ("address with the token", address.clone())]);
    fields_in(speech, &pairs)
}

fn current_text(Current { signed_in, shows }: &Current, speech: Speech) -> String {
    let nobody = || {
        vec![("account", speech.say("nobody is signed in; `mulu sign-in` gets a token, and --key signs in by itself"))]
    };
    let here = || vec![("account", speech.say("nobody needs to sign in at this address"))];
    let mut pairs = match (signed_in, shows) {
        (Some(signed_in), _) => who(signed_in, speech),
        (None, Shows::Public) => nobody(),
        (None, _) => here(),
    };
    pairs.push(("the node shows", speech.say(shows.words())));
    fields_in(speech, &pairs)
}

fn who(signed_in: &Who, speech: Speech) -> Vec<(&'static str, String)> {
    vec![
        ("account", hex::encode(signed_in.account.0)),
        ("department", signed_in.department.to_string()),
        ("roles", speech.list(&signed_in.roles)),
        ("until", signed_in.expires.utc()),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::chinese::TABLES;
    use mulu_verifier::words::Language;

    #[test]
    fn what_is_shown_follows_roles_and_nodes() {
        assert_eq!(Shows::of(&[Role::Officer], false), Shows::Department);
        assert_eq!(Shows::of(&[Role::Officer, Role::Reviewer], false), Shows::Overseen);
        assert_eq!(Shows::of(&[Role::Applicant], true), Shows::Everything);
    }

    #[test]
    fn who_is_signed_in_is_told_in_either_language() {
        let signed_in: Who = serde_json::from_value(serde_json::json!({
            "account": "ab".repeat(32), "department": 2, "roles": ["officer", "head"], "expires": 0,
        }))
        .unwrap();
        let told = |signed_in: Option<&Who>, shows, language| {
            let current = Current { signed_in: signed_in.cloned(), shows };
            current_text(&current, Speech::new(language, TABLES))
        };
        let english = told(Some(&signed_in), Shows::Department, Language::English);
        for words in ["abab", "officer, head", "1970-01-01T00:00:00Z", "the own department's"] {
            assert!(english.contains(words), "{words}: {english}");
        }
        assert!(told(None, Shows::Public, Language::English).contains("`mulu sign-in` gets a token"));
        assert!(told(None, Shows::Everything, Language::English).contains("nobody needs to sign in"));
        for shows in [Shows::Public, Shows::Department, Shows::Overseen, Shows::Scope, Shows::Everything] {
            for who in [None, Some(&signed_in)] {
                let chinese = told(who, shows, Language::Chinese);
                let told = chinese.replace(&"ab".repeat(32), "").replace("`mulu sign-in`", "");
                let words = told.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 3);
                assert_eq!(words.collect::<Vec<_>>(), [""; 0], "{chinese}");
            }
        }
        let json = serde_json::to_value(Current { signed_in: None, shows: Shows::Public }).unwrap();
        assert_eq!(json, serde_json::json!({ "signed_in": null, "shows": "public" }));
    }
}
