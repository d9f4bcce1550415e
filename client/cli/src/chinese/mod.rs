//! The Chinese of what the command says, by its English, cut by matter; the verifier's own phrases stand in its table, and what the
//! ledger refuses in [`crate::refusals`]. Tests read the sources and fail for what is missing here.

mod access;
mod bridge;
mod catalog;
mod decisions;
mod disputes;
mod errors;
mod fields;
pub mod help;
mod imports;
mod keys;
mod sharing;
mod signin;
mod terms;
#[cfg(test)]
mod tests;
pub mod values;
mod vault;

use mulu_verifier::words::Phrase;

/// The tables of the command and of the verifier, in the order in which a phrase is looked for.
pub const TABLES: &[&[Phrase]] = &[
    fields::PHRASES,
    access::PHRASES,
    bridge::PHRASES,
    catalog::PHRASES,
    decisions::PHRASES,
    disputes::PHRASES,
    errors::PHRASES,
    imports::PHRASES,
    keys::PHRASES,
    sharing::PHRASES,
    signin::PHRASES,
    vault::PHRASES,
    mulu_verifier::PHRASES,
];

/// The tables in which the name of a field of an act is looked for.
pub const FIELDS: &[&[Phrase]] = &[
    terms::PHRASES,
    fields::PHRASES,
    access::PHRASES,
    catalog::PHRASES,
    decisions::PHRASES,
    disputes::PHRASES,
    sharing::PHRASES,
    mulu_verifier::PHRASES,
];
