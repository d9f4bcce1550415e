//! Rows at rest: each value is sealed ([`crate::secrets`]) under the vault's data key and bound to its place, the SCALE of table's name and
//! key, so that no row passes for another one.

use super::Fault;
use crate::secrets::{Secret, open, seal};
use codec::Encode;
use redb::{TableDefinition, TableHandle};
use zeroize::Zeroizing;

/// Seals and opens the rows of one vault.
pub(super) struct Rows {
    data_key: Secret,
}

impl Rows {
    pub(super) const fn new(data_key: Secret) -> Self {
        Self { data_key }
    }

    pub(super) const fn data_key(&self) -> &Secret {
        &self.data_key
    }

    /// The value of a row as it is kept.
    pub(super) fn seal<K: redb::Key + 'static>(
        &self,
        table: TableDefinition<'_, K, &'static [u8]>,
        key: &(impl Encode + ?Sized),
        value: &[u8],
    ) -> Vec<u8> {
        seal(&self.data_key, &place(table, key), value)
    }

    /// The value of a row that was kept in this very place.
    pub(super) fn open<K: redb::Key + 'static>(
        &self,
        table: TableDefinition<'_, K, &'static [u8]>,
        key: &(impl Encode + ?Sized),
        sealed: &[u8],
        what: &'static str,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        open(&self.data_key, &place(table, key), sealed).ok_or(Fault::Damaged(what))
    }
}

fn place<K: redb::Key + 'static>(
    table: TableDefinition<'_, K, &'static [u8]>,
    key: &(impl Encode + ?Sized),
) -> Vec<u8> {
    let mut place = table.name().encode();
    key.encode_to(&mut place);
    place
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{
        secrets::fresh_secret,
        vault::{OPENINGS, SPOOL},
    };

    #[test]
    fn a_row_opens_in_its_own_place_alone() {
        let rows = Rows::new(fresh_secret());
        let sealed = rows.seal(SPOOL, &(1_u32, 7_u64), b"value");
        assert_eq!(&rows.open(SPOOL, &(1_u32, 7_u64), &sealed, "").unwrap()[..], b"value");
        assert!(rows.open(SPOOL, &(1_u32, 8_u64), &sealed, "").is_err(), "another row");
        assert!(rows.open(OPENINGS, &(1_u32, 7_u64), &sealed, "").is_err(), "another table");
        let other = Rows::new(fresh_secret());
        assert!(other.open(SPOOL, &(1_u32, 7_u64), &sealed, "").is_err(), "another vault");
        assert_ne!(rows.seal(SPOOL, &(1_u32, 7_u64), b"value"), sealed, "every sealing has a nonce of its own");
    }

    #[test]
    fn a_changed_or_shortened_row_does_not_open() {
        let rows = Rows::new(fresh_secret());
        let sealed = rows.seal(SPOOL, &(1_u32, 7_u64), b"value");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(rows.open(SPOOL, &(1_u32, 7_u64), &changed, "").is_err(), "byte {place}");
            assert!(rows.open(SPOOL, &(1_u32, 7_u64), &sealed[..place], "").is_err(), "cut at {place}");
        }
    }
}
