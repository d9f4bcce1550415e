//! Sealing: events become a batch with a signed header. The same events, key and place in the stream always give the same bytes.
//!
//! ```text
//! events ── canonical order ──> public leaves ──> body, public root ┐
//!                          └──> sealed leaves ─────────> sealed root ┴─> header ── platform's signature
//! ```

use crate::{connection::ChainIdentity, error::ClientError, event::Event, keys::Key, vault::StreamState};
use codec::{Decode, Encode};
use mulu_primitives::batch::{self, BatchPlace, Terms, canonical_order};
use mulu_proofs::{
    access::{BatchHeader, EVENTS_MAX, PublicLeaf, Sealed},
    ids::{Digest32, EventNumber, Moment, StreamId},
};

/// A batch as it is sent, byte for byte, until the chain has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SealedBatch {
    /// Header.
    pub header: BatchHeader,
    /// The platform's signature over it.
    pub signature: [u8; 64],
    /// Body.
    pub body: Vec<u8>,
}

/// A sealed leaf as the vault keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Leaf hash in the batch's sealed tree. Stays when the rest is erased.
    pub leaf: Digest32,
    /// Time of the event. Stays in the vault, so that openings can be erased by their age.
    pub time: Moment,
    /// Secret and values.
    pub sealed: Sealed,
}

/// A batch with the openings of its events, in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// What is sent.
    pub batch: SealedBatch,
    /// What stays.
    pub openings: Vec<Opening>,
}

/// Where a batch stands, and what its signature is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Chain, stream, number and predecessor.
    pub batch: BatchPlace,
    /// Chain id and genesis in one digest.
    pub domain: Digest32,
    /// The smallest time must not be before this.
    pub floor: Moment,
}

impl Place {
    /// The place behind everything that a vault has of a stream.
    pub fn after(state: &StreamState, stream: StreamId, chain: &ChainIdentity) -> Self {
        let batch = BatchPlace { genesis: chain.genesis, stream, first: state.next, previous: state.previous };
        Self { batch, domain: chain.domain(), floor: state.floor }
    }
}

/// Seals 1 to [`EVENTS_MAX`] events.
///
/// # Errors
/// [`ClientError::Encode`] if the terms do not hold what an event refers to, [`ClientError::OutOfOrder`] if an event is older than the
/// batch before.
pub fn seal(place: &Place, mut events: Vec<Event>, terms: &impl Terms, key: &Key) -> Result<Sealing, ClientError> {
    assert!(!events.is_empty() && events.len() <= EVENTS_MAX as usize, "the spool gives 1 to EVENTS_MAX events");
    // Stable: events that look the same from outside stay in the order of their spool positions.
    events.sort_by(|a, b| canonical_order(&a.leaf, &b.leaf));
    let leaves: Vec<(PublicLeaf, [Digest32; 6])> =
        events.iter().map(|event| (event.leaf, event.sealed.commitments())).collect();
    let (header, body) = batch::seal(place.batch, &leaves, terms).map_err(ClientError::Encode)?;
    if header.time_base < place.floor {
        return Err(ClientError::OutOfOrder { time: header.time_base, floor: place.floor });
    }
    let openings = events
        .into_iter()
        .map(|event| {
            let leaf = event.sealed.leaf(&event.leaf.leaf());
            Opening { leaf, time: event.leaf.time, sealed: event.sealed }
        })
        .collect();
    let signature = key.sign(&header.signing_bytes(&place.domain));
    Ok(Sealing { batch: SealedBatch { header, signature, body }, openings })
}

impl SealedBatch {
    /// Number of the event behind the batch's last.
    pub fn next(&self) -> EventNumber {
        EventNumber::new(self.header.first.get() + u64::from(self.header.count))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{event::tests::event, terms::KnownTerms};
    use mulu_proofs::{
        access::{RunKey, body_digest},
        certificate::verify_ed25519,
        hash::TreeKind,
        ids::{GrantId, Version},
        tree,
    };

    fn place() -> Place {
        let (stream, first) = (StreamId::new(3), EventNumber::new(11));
        let batch = BatchPlace { genesis: [1; 32], stream, first, previous: [4; 32] };
        Place { batch, domain: [2; 32], floor: Moment::new(0) }
    }

    #[test]
    fn the_same_events_in_any_order_give_the_same_bytes() {
        let key = Key::development("platform");
        let events: Vec<Event> = [5, 3, 9, 3].map(event).into();
        let sealing = seal(&place(), events.clone(), &KnownTerms::default(), &key).unwrap();
        let mut shuffled = events;
        shuffled.swap(0, 2);
        assert_eq!(seal(&place(), shuffled, &KnownTerms::default(), &key).unwrap(), sealing);
        assert_eq!(sealing.batch.header.time_base, Moment::new(3));
        assert_eq!(sealing.batch.next(), EventNumber::new(15));
    }

    #[test]
    fn the_header_commits_to_both_trees_and_the_platform_signs_it() {
        let key = Key::development("platform");
        let sealing = seal(&place(), vec![event(5), event(3)], &KnownTerms::default(), &key).unwrap();
        let header = sealing.batch.header;
        let leaves: Vec<Digest32> = sealing.openings.iter().map(|opening| opening.leaf).collect();
        assert_eq!(tree::root(TreeKind::SealedEvents, &leaves), header.sealed_root);
        let public = [3, 5].map(|time| crate::event::tests::leaf(time).leaf());
        assert_eq!(tree::root(TreeKind::PublicEvents, &public), header.public_root);
        assert!(verify_ed25519(&key.public(), &header.signing_bytes(&[2; 32]), &sealing.batch.signature));
        assert_eq!(body_digest(&sealing.batch.body), header.body_digest);
    }

    #[test]
    fn an_event_before_the_batch_before_is_refused() {
        let late = Place { floor: Moment::new(4), ..place() };
        let refused = seal(&late, vec![event(3)], &KnownTerms::default(), &Key::development("platform"));
        assert!(matches!(refused, Err(ClientError::OutOfOrder { .. })));
    }

    #[test]
    fn what_the_terms_do_not_hold_is_never_sealed() {
        let mut unknown = event(3);
        unknown.leaf.key = RunKey::Grant(GrantId::new(1), Version::new(1));
        let refused = seal(&place(), vec![unknown], &KnownTerms::default(), &Key::development("platform"));
        assert!(matches!(refused, Err(ClientError::Encode(_))));
    }
}
