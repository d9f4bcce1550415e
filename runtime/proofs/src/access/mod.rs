//! Access events: public and sealed leaves, batch headers, what the records of batches and streams say, and by which rules events are judged
//! and days reconciled (SPEC §5, DESIGN §3a).
//!
//! ```text
//! public leaf (128 bytes, fixed)   ──┐ one tree a batch ── public root ──┐
//! sealed leaf (six commitments)    ──┘ one tree a batch ── sealed root ──┴─ batch header ── platform's signature
//! ```
//!
//! The sealed leaf's preimage holds the public leaf's hash, so that the two trees cannot be shifted against each other.

mod batch;
mod decisions;
mod findings;
mod leaf;
mod reconcile;
pub mod rules;
mod sealed;
pub mod short_id;
mod streams;

pub use batch::{BatchHeader, BatchRecord, RunNumbers, body_digest};
pub use decisions::{DECISION_COUNTS_MAX, DecisionCount, DecisionsClosed, DecisionsCounted, DecisionsOpened};
pub use findings::{EventFindings, Findings};
pub use leaf::{Outcome, PublicLeaf, RunKey, Series, Side};
pub use reconcile::{
    DayDiffers, DifferencesNamed, IDS_BYTES, Ids, NAMED_MAX, Parties, Party, SideTally, SideTotal, Tally, call_ids,
};
pub use sealed::{SEALED_VALUE_BYTES_MAX, Sealed, SealedField, sealed_leaf};
pub use streams::{
    EventsRepudiated, KeyCompromised, RepudiationDecided, STREAMS_OF_KEY_MAX, StreamClosed, StreamOpened,
    StreamReopened,
};

/// Most events of a batch.
pub const EVENTS_MAX: u32 = 1_000;
/// Version of the public and sealed leaf forms.
pub const LEAF_VERSION: u8 = 1;
/// Version of the body's columnar layout.
pub const CODEC_VERSION: u8 = 1;
/// Bytes of a public leaf.
pub const PUBLIC_LEAF_BYTES: usize = 128;
