//! Proofs against the state trie, beside those of Substrate's own implementation.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_proofs::{
    access::Series,
    ids::{DepartmentId, Digest32, EntryId, GrantId, SeriesNumber, SystemId},
    state::{self, StateProofError},
};
use proptest::{collection::btree_map, prelude::*};
use sp_core::{hexdisplay::HexDisplay, storage::StateVersion};
use sp_io::hashing::twox_128;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{InMemoryBackend, prove_read};
use std::collections::BTreeMap;

type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// Root of the trie over these pairs, and the proof of a key in it, as Substrate makes it.
fn prove(pairs: &Pairs, key: &[u8]) -> (Digest32, Vec<Vec<u8>>) {
    let empty = InMemoryBackend::<BlakeTwo256>::default();
    let pairs = pairs.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    let backend = empty.update(vec![(None, pairs)], StateVersion::V1);
    let root = *backend.root();
    let nodes = prove_read(backend, [key]).unwrap();
    (root.0, nodes.into_iter_nodes().collect())
}

/// What the proof of Substrate says here, once its nodes are in order.
fn held(pairs: &Pairs, key: &[u8]) -> Option<Vec<u8>> {
    let (root, nodes) = prove(pairs, key);
    let arranged = state::arrange(&root, key, &nodes).unwrap();
    assert_eq!(arranged.len(), nodes.len(), "no node is idle");
    state::value(&root, key, &arranged).unwrap()
}

fn keys() -> impl Strategy<Value = Vec<u8>> {
    // Few different bytes, so that keys share their beginnings and begin each other.
    prop::collection::vec(prop::sample::select(vec![0x00, 0x01, 0x10, 0x11, 0xff]), 0..6)
}

fn pairs() -> impl Strategy<Value = Pairs> {
    let values = prop_oneof![prop::collection::vec(any::<u8>(), 1..12), prop::collection::vec(any::<u8>(), 30..80)];
    btree_map(keys(), values, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_key_holds_what_the_trie_holds(pairs in pairs(), other in keys()) {
        for key in pairs.keys().chain([&other]) {
            prop_assert_eq!(held(&pairs, key), pairs.get(key).cloned(), "{}", HexDisplay::from(key));
        }
    }

    #[test]
    fn a_changed_proof_proves_nothing_else(pairs in pairs(), key in keys(), place in any::<prop::sample::Index>(), bit in 0..8) {
        let (root, nodes) = prove(&pairs, &key);
        let arranged = state::arrange(&root, &key, &nodes).unwrap();
        let mut changed = arranged.clone();
        let node = changed.len() - 1;
        let byte = place.index(changed[node].len());
        changed[node][byte] ^= 1_u8 << bit;
        prop_assert_eq!(state::value(&root, &key, &changed), Err(StateProofError::OtherNode { place: node }));
        let (last, cut) = arranged.split_last().unwrap();
        prop_assert_eq!(state::value(&root, &key, cut), Err(StateProofError::Cut));
        let more = [&arranged[..], std::slice::from_ref(last)].concat();
        prop_assert_eq!(state::value(&root, &key, &more), Err(StateProofError::Idle));
    }
}

#[test]
fn bytes_that_are_no_node_are_refused() {
    for bytes in [&[][..], &[1], &[0, 0], &[0x41], &[0x80, 0], &[0x41, 0x10, 0], &[0x40, 9], &[0xff, 0xff, 0xff]] {
        let root = mulu_proofs::hash::blake2_256(bytes);
        let refused = state::value(&root, &[7], &[bytes.to_vec()]);
        assert_eq!(refused, Err(StateProofError::Malformed { place: 0 }), "{bytes:02x?}");
    }
}

/// What is kept of a series whose last event has that number.
fn end(number: u64) -> Vec<u8> {
    [&number.to_le_bytes()[..], &[9; 20]].concat()
}

#[test]
fn the_last_number_of_a_series_is_found_among_others_and_none_is_zero() {
    let all = [
        Series::Grant(GrantId::new(7)),
        Series::Grant(GrantId::new(8)),
        Series::Entry(EntryId::new(7), DepartmentId::new(2)),
        Series::Reporter(SystemId::new(3)),
    ];
    for series in all {
        let key = state::last_in_series_key(series);
        assert_eq!(key[..32], [twox_128(b"Access"), twox_128(b"LastInSeries")].concat());
    }
    let mut pairs: Pairs = (0_u64..).zip(&all[..3]).map(|(n, s)| (state::last_in_series_key(*s), end(n + 5))).collect();
    pairs.insert(b"other".to_vec(), vec![1; 40]);
    for (series, expected) in all.into_iter().zip([5, 6, 7, 0]) {
        let key = state::last_in_series_key(series);
        let (root, nodes) = prove(&pairs, &key);
        let nodes = state::arrange(&root, &key, &nodes).unwrap();
        assert_eq!(state::last_in_series(&root, series, &nodes), Ok(SeriesNumber::new(expected)), "{series}");
    }
    let (key, short) = (state::last_in_series_key(all[3]), end(7)[..27].to_vec());
    pairs.insert(key.clone(), short);
    let (root, nodes) = prove(&pairs, &key);
    let nodes = state::arrange(&root, &key, &nodes).unwrap();
    assert!(matches!(state::last_in_series(&root, all[3], &nodes), Err(StateProofError::Malformed { .. })));
}
