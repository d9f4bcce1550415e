//! `POST /share-requests`: from what a platform's form holds to the act that the applicant signs.

use super::{Asker, Facade, Question, Sent, refusal::Refusal};
use axum::{extract::State, http::HeaderMap, response::Response};
use mulu_client::{
    ClientError,
    calls::Call,
    offline::{Act, Build},
    submit::Submitter,
};
use mulu_proofs::{departments::Role, ids::Height, records::RecordKind, sharing::RequestTerms};
use mulu_rpc_api::{
    Hex32,
    catalog::{CatalogClient, EntryRef, VersionState},
    departments::DepartmentsClient,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    /// The applicant's account.
    signer: Hex32,
    /// The terms.
    terms: RequestTerms,
    /// The signer's nonce; the next one where none is named.
    nonce: Option<u32>,
    /// Whether the act may be submitted at any time, and not within 4,096 blocks only.
    #[serde(default)]
    for_ever: bool,
}

/// An act to be signed.
#[derive(Debug, Serialize)]
pub struct Drafted {
    /// The file that `mulu tx sign` takes, and that comes back signed.
    act: Value,
    /// The bytes to be signed with ed25519, in hexadecimal.
    payload: String,
    /// What `mulu tx show` prints as the act's digest.
    digest: Hex32,
    /// Last height at which it may be included; none for ever.
    last_height: Option<Height>,
    /// What it says, for the signer to read.
    says: Says,
}

/// What an act says.
#[derive(Debug, Serialize)]
struct Says {
    /// The record that it causes.
    causes: RecordKind,
    /// Its arguments by name.
    arguments: Map<String, Value>,
}

/// `POST /api/v1/share-requests`.
pub async fn create(
    State(facade): State<Facade>,
    asker: Asker,
    headers: HeaderMap,
    Sent(body): Sent,
) -> Result<Response, Refusal> {
    let question = Question::new(asker, &headers, body)?;
    let drafted = async {
        let draft: Draft = question.read()?;
        let problems = facade.problems(&draft).await?;
        if !problems.is_empty() {
            return Err(Refusal::terms(problems));
        }
        facade
            .build(
                Call::submit_request(&draft.terms),
                draft.signer,
                Build { nonce: draft.nonce, for_ever: draft.for_ever },
            )
            .await
    };
    facade.once(&question, drafted).await
}

impl Facade {
    /// Puts together what the signer signs.
    pub(super) async fn build(&self, call: Call, signer: Hex32, build: Build) -> Result<Drafted, Refusal> {
        let submitter = Submitter::new(&self.connection, &self.chain.genesis).await?;
        let says = Says {
            causes: call.causes(),
            arguments: call
                .arguments()
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        };
        let act = Act::build((&*self.connection, &self.chain), &submitter, call, signer.0, build).await?;
        Ok(Drafted {
            act: serde_json::from_slice(&act.bytes()).map_err(|_| Refusal::broken())?,
            payload: hex::encode(act.payload()),
            digest: Hex32(act.digest()),
            last_height: act.heights().map(|(_, last)| last),
            says,
        })
    }

    /// What the ledger would refuse, as far as that can be seen from here. The ledger decides when the act comes.
    async fn problems(&self, draft: &Draft) -> Result<Vec<String>, Refusal> {
        let terms = &draft.terms;
        let mut problems = of_form(terms);
        let account = self.connection.account(draft.signer).await.map_err(ClientError::from)?;
        match account {
            None => problems.push("the signer is no account that this bridge's account sees".into()),
            Some(account) => {
                let may = account
                    .roles
                    .iter()
                    .any(|held| held.role == Role::Applicant && held.department == terms.consumer && held.is_in_force);
                if !may || account.replaced_by.is_some() {
                    let consumer = terms.consumer;
                    problems.push(format!("the signer does not hold the role applicant of department {consumer} now"));
                }
            }
        }
        let entry = (EntryRef::Id(terms.entry), Some(terms.entry_version));
        match self.connection.content(entry.0, entry.1).await.map_err(ClientError::from)? {
            None => problems.push(format!("there is no version {} of entry {}", terms.entry_version, terms.entry)),
            Some(found) => {
                if found.version.state != VersionState::Published {
                    problems.push(format!("version {} of entry {} is not in force", terms.entry_version, terms.entry));
                }
                let count = u32::try_from(found.content.items.len()).unwrap_or(u32::MAX);
                if terms.items.checked_shr(count).unwrap_or_default() != 0 {
                    problems.push(format!("items names more than the {count} items of the entry"));
                }
                if !found.content.sharing.methods.contains(terms.method) {
                    problems.push("the entry is not shared by this method".into());
                }
            }
        }
        Ok(problems)
    }
}

/// What is wrong with terms whatever the ledger holds.
fn of_form(terms: &RequestTerms) -> Vec<String> {
    let mut problems = Vec::new();
    let mut must = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    must(terms.items != 0, "items names no item");
    must(terms.from < terms.until, "the use ends before it begins");
    must(terms.purposes.is_sorted_by(|a, b| a < b), "purposes are not strictly ascending");
    must(terms.systems.is_sorted_by(|a, b| a < b), "systems are not strictly ascending");
    must(terms.platforms.is_sorted_by(|a, b| a < b), "platforms are not strictly ascending");
    must(terms.basis.says_something(), "basis says nothing");
    must(terms.scenario.says_something(), "scenario says nothing");
    must(terms.scope.says_something(), "scope says nothing");
    problems
}
