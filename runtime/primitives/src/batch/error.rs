//! What is wrong with leaves or with a body.

use super::BODY_BYTES_MAX;
use mulu_proofs::{
    access::{CODEC_VERSION, EVENTS_MAX},
    ids::{EntryId, GrantId, Version},
};

/// A run names what the ledger does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownTerms {
    /// No such version of a grant.
    #[error("version {version} of grant {grant} is not known; report the events under what the ledger has")]
    Grant {
        /// The grant.
        grant: GrantId,
        /// Its version.
        version: Version,
    },
    /// No such published version of an entry.
    #[error("version {version} of entry {entry} was never published; report the events under the platform")]
    Entry {
        /// The entry.
        entry: EntryId,
        /// Its version.
        version: Version,
    },
}

/// The leaves make no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// None, or too many.
    #[error("{count} events; a batch has 1 to {EVENTS_MAX}, cut the rest off")]
    Count {
        /// Events given.
        count: usize,
    },
    /// Not in [`super::canonical_order`].
    #[error("the event at place {place} belongs before the one that it follows; sort by the canonical order first")]
    Order {
        /// Place of the event, from 0.
        place: usize,
    },
    /// A run names what the ledger does not know.
    #[error(transparent)]
    Unknown(#[from] UnknownTerms),
    /// A leaf says something else than its run key allows.
    #[error("the event at place {place} does not fit its run: {rule}")]
    Form {
        /// Place of the event, from 0.
        place: usize,
        /// The rule that it breaks.
        rule: &'static str,
    },
}

/// The bytes are no body. Whoever sees this from an honest platform's batch has another codec, or other terms, than the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Over the bound.
    #[error("the body has {bytes} bytes, the bound is {BODY_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Another layout.
    #[error("the body is of version {version}; this program reads {CODEC_VERSION}")]
    Version {
        /// Version of the body.
        version: u8,
    },
    /// The body ends too early.
    #[error("the body ends within its columns, after {bytes} bytes")]
    Truncated {
        /// Its length.
        bytes: usize,
    },
    /// Something follows the last column.
    #[error("{bytes} bytes follow the last column")]
    Trailing {
        /// How many bytes.
        bytes: usize,
    },
    /// A LEB128 number that is longer than it must be, or wider than 64 bits.
    #[error("a number is not in its shortest form, or over 64 bits")]
    Number,
    /// A filling bit that is not zero.
    #[error("the bits behind a packed column are not zero")]
    Padding,
    /// A value or a count out of its range.
    #[error("{what} is {found}, allowed are {min} to {max}")]
    Range {
        /// What it is.
        what: &'static str,
        /// The value.
        found: u64,
        /// Smallest that is allowed.
        min: u64,
        /// Largest that is allowed.
        max: u64,
    },
    /// The runs' keys do not ascend.
    #[error("the key of run {run} does not come after the one before")]
    RunOrder {
        /// Place of the run, from 0.
        run: usize,
    },
    /// The runs do not add up to the number of events.
    #[error("the runs hold {found} events, the body says {count}")]
    RunSum {
        /// Sum over the runs.
        found: usize,
        /// Number of events.
        count: usize,
    },
    /// A run names what the ledger does not know.
    #[error(transparent)]
    Unknown(#[from] UnknownTerms),
    /// The events have another body than this one.
    #[error("the body is not in its canonical form: its events encode to other bytes")]
    NotCanonical,
}
