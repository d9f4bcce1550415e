//! What the ledger refuses, in Chinese: a sentence of its own for each error of each pallet, with the rule, its article and the way out; and
//! what a node refuses before that.
//!
//! The English stands in the pallets, as the documentation of the error. Neither is ever put together from words.

mod access;
mod calendar;
mod catalog;
mod departments;
mod elements;
mod governance;
mod grants;
mod mounts;
mod node;
mod oversight;
mod sharing;
mod system;
#[cfg(test)]
mod tests;

use mulu_client::ClientError;
use mulu_rpc_api::records::CallError;
use mulu_verifier::words::{Language, Speech};

/// Name of the error's variant, and the sentence.
pub type Sentence = (&'static str, &'static str);

/// Pallets and their sentences.
const PALLETS: &[(&str, &[Sentence])] = &[
    ("System", system::SENTENCES),
    ("Departments", departments::SENTENCES),
    ("Catalog", catalog::SENTENCES),
    ("Sharing", sharing::SENTENCES),
    ("Access", access::SENTENCES),
    ("Calendar", calendar::SENTENCES),
    ("Governance", governance::SENTENCES),
    ("Grants", grants::SENTENCES),
    ("Elements", elements::SENTENCES),
    ("Mounts", mounts::SENTENCES),
    ("Oversight", oversight::SENTENCES),
];

/// The Chinese of an error of a pallet.
fn chinese(pallet: &str, name: &str) -> Option<&'static str> {
    let (_, sentences) = PALLETS.iter().find(|(of, _)| *of == pallet)?;
    sentences.iter().find(|(variant, _)| *variant == name).map(|(_, sentence)| *sentence)
}

/// What a refusal says in the words of `speech`; none if the error is no refusal by ledger or node, or says it well enough itself.
pub fn told(error: &ClientError, speech: Speech) -> Option<String> {
    let ClientError::CallFailed { pallet, name, docs, .. } = error else { return node::told(error, speech) };
    Some(speech.tell("the ledger refused: {}.{}: {}", &[pallet, name, &sentence(pallet, name, docs, speech)]))
}

/// The same of an error that a record or an extrinsic ended with.
pub fn described(error: &CallError, speech: Speech) -> String {
    let CallError { pallet, name, docs } = error;
    speech.tell("{}.{}: {}", &[pallet, name, &sentence(pallet, name, docs, speech)])
}

/// A newer ledger may refuse what this program has no Chinese for: its sentence stays whole.
fn sentence<'a>(pallet: &str, name: &str, docs: &'a str, speech: Speech) -> &'a str {
    match speech.language() {
        Language::English => docs,
        Language::Chinese => chinese(pallet, name).unwrap_or(docs),
    }
}
