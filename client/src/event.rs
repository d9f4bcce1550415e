//! One access event on its way from a platform to the vault: its public leaf and its sealed part, the latter with a fresh secret.

use codec::{Decode, Encode};
use mulu_proofs::{
    access::{Outcome, PUBLIC_LEAF_BYTES, PublicLeaf, RunKey, SEALED_VALUE_BYTES_MAX, Sealed, SealedField, Side},
    catalog::Method,
    hash::{DigestKind, secret_digest},
    ids::{Digest32, GrantId, Moment, SystemId},
};
use rand::{RngCore, rngs::OsRng};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// An event with everything that the department knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What goes on the chain.
    pub leaf: PublicLeaf,
    /// What stays in the vault.
    pub sealed: Sealed,
}

/// A value is longer than a sealed field may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed field {field} has {bytes} bytes, the bound is {SEALED_VALUE_BYTES_MAX}")]
pub struct SealedValueTooLong {
    /// The field.
    pub field: SealedField,
    /// Its length.
    pub bytes: usize,
}

/// Values of the sealed fields, in the order of [`SealedField::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct SealedValues([Option<Vec<u8>>; 6]);

impl SealedValues {
    /// Sets a field; an empty value is none.
    ///
    /// # Errors
    /// [`SealedValueTooLong`].
    pub fn set(&mut self, field: SealedField, value: &[u8]) -> Result<(), SealedValueTooLong> {
        if value.len() > SEALED_VALUE_BYTES_MAX {
            return Err(SealedValueTooLong { field, bytes: value.len() });
        }
        self.0[field as usize] = (!value.is_empty()).then(|| value.to_vec());
        Ok(())
    }

    /// The value of a field, if there is one.
    pub fn get(&self, field: SealedField) -> Option<&[u8]> {
        self.0[field as usize].as_deref()
    }
}

/// The least that an event says: a call of a file that a platform reports of its own, without entry or grant.
pub const fn plain_leaf(reporter: SystemId, time: Moment) -> PublicLeaf {
    PublicLeaf {
        key: RunKey::Reporter(reporter),
        entry: None,
        provider: None,
        consumer: None,
        items: 0,
        authorising_system: None,
        using_system: None,
        purpose: None,
        method: Method::File,
        side: Side::Provider,
        time,
        duration_ms: 0,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 0,
        bytes: 0,
        call_id: 0,
        pseudonym: None,
    }
}

impl Event {
    /// An event with a fresh secret from the operating system's generator.
    pub fn new(leaf: PublicLeaf, values: SealedValues) -> Self {
        let mut secret = [0; 32];
        OsRng.fill_bytes(&mut secret);
        Self { leaf, sealed: Sealed { secret, values: values.0 } }
    }

    /// The form in the spool.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        (self.leaf.bytes(), &self.sealed).encode()
    }

    /// Reads the form in the spool.
    pub(crate) fn read(mut bytes: &[u8]) -> Option<Self> {
        let (leaf, sealed) = <([u8; PUBLIC_LEAF_BYTES], Sealed)>::decode(&mut bytes).ok()?;
        let leaf = PublicLeaf::read(&leaf)?;
        bytes.is_empty().then_some(Self { leaf, sealed })
    }
}

/// Call ids of a platform: the first 8 bytes of a hash of the request id, keyed with a secret. Under a grant whose secret both sides have
/// they name the call alike; otherwise the key is the platform's own.
#[derive(Clone)]
pub struct CallIds {
    own: Zeroizing<Digest32>,
    shared: BTreeMap<GrantId, Zeroizing<Digest32>>,
}

impl std::fmt::Debug for CallIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallIds(..)")
    }
}

impl CallIds {
    /// Call ids with a secret of the platform's own.
    pub fn new(own: Digest32) -> Self {
        Self { own: Zeroizing::new(own), shared: BTreeMap::new() }
    }

    /// Names calls under a grant with a secret that both sides have.
    pub fn share(&mut self, grant: GrantId, secret: Digest32) {
        self.shared.insert(grant, Zeroizing::new(secret));
    }

    /// Whether both sides name calls under the grant alike.
    pub fn shares(&self, grant: GrantId) -> bool {
        self.shared.contains_key(&grant)
    }

    /// The call id of something that the platform alone knows, as a line of its log.
    pub fn own(&self, bytes: &[u8]) -> u64 {
        id_of(&self.own, bytes)
    }

    /// The call id of a request id.
    pub fn of(&self, grant: Option<GrantId>, request_id: &[u8]) -> u64 {
        id_of(grant.and_then(|grant| self.shared.get(&grant)).unwrap_or(&self.own), request_id)
    }

    pub(crate) fn shared(&self, grant: GrantId) -> Option<&Digest32> {
        self.shared.get(&grant).map(|secret| &**secret)
    }

    pub(crate) fn all_shared(&self) -> impl Iterator<Item = (GrantId, &Digest32)> {
        self.shared.iter().map(|(grant, secret)| (*grant, &**secret))
    }
}

fn id_of(secret: &Digest32, bytes: &[u8]) -> u64 {
    let digest = secret_digest(DigestKind::CallId, secret, bytes);
    u64::from_le_bytes(*digest.first_chunk().expect("32 bytes hold 8"))
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    /// An event that names a platform and a time, and nothing else.
    pub(crate) fn event(time: u64) -> Event {
        let mut values = SealedValues::default();
        values.set(SealedField::NetworkAddress, format!("192.0.2.{time}").as_bytes()).unwrap();
        Event::new(leaf(time), values)
    }

    pub(crate) fn leaf(time: u64) -> PublicLeaf {
        PublicLeaf { bytes: 10, call_id: time, ..plain_leaf(SystemId::new(1), Moment::new(time)) }
    }

    #[test]
    fn an_event_reads_back_and_nothing_else_does() {
        let event = event(7);
        let bytes = event.to_bytes();
        assert_eq!(Event::read(&bytes).unwrap(), event);
        assert!(Event::read(&bytes[1..]).is_none());
        assert!(Event::read(&[&bytes[..], &[0]].concat()).is_none());
    }

    #[test]
    fn every_event_has_a_secret_of_its_own() {
        assert_ne!(event(7).sealed.secret, event(7).sealed.secret);
    }

    #[test]
    fn values_over_the_bound_are_refused_and_empty_ones_are_none() {
        let mut values = SealedValues::default();
        let long = vec![b'a'; SEALED_VALUE_BYTES_MAX + 1];
        assert_eq!(
            values.set(SealedField::User, &long),
            Err(SealedValueTooLong { field: SealedField::User, bytes: 513 })
        );
        values.set(SealedField::User, &long[1..]).unwrap();
        values.set(SealedField::User, b"").unwrap();
        assert_eq!(values, SealedValues::default());
    }

    #[test]
    fn call_ids_depend_on_the_secret_and_are_not_printed() {
        let (one, other) = (CallIds::new([1; 32]), CallIds::new([2; 32]));
        assert_eq!(one.own(b"r"), one.own(b"r"));
        assert_ne!(one.own(b"r"), other.own(b"r"));
        assert_ne!(one.own(b"r"), one.own(b"s"));
        assert_eq!(format!("{one:?}"), "CallIds(..)");
    }

    #[test]
    fn both_sides_of_a_grant_name_a_call_alike_and_nobody_else_does() {
        let (grant, other) = (GrantId::new(3), GrantId::new(4));
        let (mut provider, mut consumer) = (CallIds::new([1; 32]), CallIds::new([2; 32]));
        provider.share(grant, [7; 32]);
        consumer.share(grant, [7; 32]);
        assert_eq!(provider.of(Some(grant), b"r"), consumer.of(Some(grant), b"r"));
        assert_ne!(provider.of(Some(other), b"r"), consumer.of(Some(other), b"r"));
        assert_eq!(provider.of(None, b"r"), provider.own(b"r"));
        assert!(provider.shares(grant) && !provider.shares(other));
    }
}
