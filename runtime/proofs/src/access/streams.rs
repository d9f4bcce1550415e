//! Streams of batches, and what happens when the key that signs them is stolen (SPEC §5).
//!
//! ```text
//! opened ─ batches ─ closed
//!            │ the key is reported compromised
//!          halted ─ reopened under another key ─ batches ─ closed
//! ```
//!
//! An open stream whose key signs for the platform no more, replaced or without the role, is taken over by another key in the same way.
//!
//! Events stay where they are: repudiation and the authority's finding on it are records beside them.

use crate::{
    catalog::List,
    departments::SignedAs,
    ids::{Digest32, EventNumber, Moment, PublicKey, RecordNumber, StreamId, SystemId},
    text::Text,
};

/// Most streams that are open under one key.
pub const STREAMS_OF_KEY_MAX: u32 = 64;

ledger_types! {
    /// Body of [`crate::records::RecordKind::StreamOpened`].
    pub struct StreamOpened {
        /// Stream.
        pub stream: StreamId,
        /// Reporting platform.
        pub platform: SystemId,
        /// Whether its call ids come from request ids that both sides of a grant share, so that the two sides are reconciled.
        pub reconciles: bool,
        /// Key that signs the stream's batches.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// In which role it was opened.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::StreamClosed`].
    pub struct StreamClosed {
        /// Stream.
        pub stream: StreamId,
        /// Its last event.
        pub last: EventNumber,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::StreamReopened`]: a stream that was halted, or whose key signs no more, goes on under another key.
    pub struct StreamReopened {
        /// Stream.
        pub stream: StreamId,
        /// Reporting platform.
        pub platform: SystemId,
        /// Key that signs the stream's batches from now on.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// Number that the next batch begins with.
        pub next: EventNumber,
        /// Digest of the last batch's header, which the next one names; zeros if there is none.
        #[serde(with = "hex::serde")]
        pub previous: Digest32,
        /// In which role it was reopened.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::KeyCompromised`]: others than its owner could sign with a platform's key.
    pub struct KeyCompromised {
        /// A platform whose streams or decisions it signed.
        pub platform: SystemId,
        /// The key.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// First moment at which others may have signed with it.
        pub from: Moment,
        /// First moment after.
        pub to: Moment,
        /// What is known of it.
        pub statement: Text<512>,
        /// Open streams under the key, which are halted, ascending.
        pub halted: List<StreamId, STREAMS_OF_KEY_MAX>,
        /// In which role it was reported.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::EventsRepudiated`]: the department says that these events of a stream are not its own.
    pub struct EventsRepudiated {
        /// Record of the report that the key was compromised.
        pub compromise: RecordNumber,
        /// Stream.
        pub stream: StreamId,
        /// First event.
        pub first: EventNumber,
        /// Last event.
        pub last: EventNumber,
        /// Why they are not its own.
        pub statement: Text<512>,
        /// Key that signed them.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RepudiationDecided`]: what the authority found.
    pub struct RepudiationDecided {
        /// Record of the repudiation.
        pub repudiation: RecordNumber,
        /// Whether it stands.
        pub upheld: bool,
        /// What was found.
        pub finding: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}
