//! Block 0: the runtime's genesis state as trie nodes, the header over it, and the genesis file for verifiers.

use crate::{
    error::ChainSpecError,
    spec::{ChainSpec, ChainType, VALIDATORS_MIN},
};
use codec::Encode;
use mulu_primitives::{block::Header, stages::StateChanges};
use mulu_proofs::{
    certificate::ValidatorSet,
    genesis::GenesisFile,
    hash::Suite,
    header::{NextValidators, VALIDATORS_ENGINE_ID},
    text::Text,
};
use mulu_runtime::{AccountId, Runtime, RuntimeGenesisConfig, pallet_calendar, pallet_departments, pallet_sharing};
use sp_core::{H256, storage::Storage};
use sp_runtime::{Digest, DigestItem, StateVersion, traits::BlakeTwo256};
use sp_state_machine::{Backend, backend::BackendTransaction, new_in_mem};
use sp_trie::{LayoutV1, empty_trie_root};

/// Block 0 and its state.
#[derive(Clone, Debug)]
pub struct GenesisState {
    /// The header; it commits to the first validator set, so that its hash alone is the anchor.
    pub header: Header,
    /// The state: every trie node is added, every value is new.
    pub state: StateChanges,
    /// Validators from height 1 on.
    pub validators: ValidatorSet,
    /// The file that anchors verifiers; its hash is the genesis hash.
    pub file: GenesisFile,
}

impl ChainSpec {
    /// Checks the specification and builds block 0.
    ///
    /// # Errors
    /// [`ChainSpecError`], the first rule that the specification breaks.
    pub fn build(&self) -> Result<GenesisState, ChainSpecError> {
        let validators = self.check()?;
        let storage = self.storage();
        let (state_root, state) = state_of(storage);
        let next = NextValidators { suite: Suite::default(), digest: validators.digest() };
        let header = Header {
            parent_hash: H256::zero(),
            number: 0,
            state_root,
            extrinsics_root: empty_trie_root::<LayoutV1<BlakeTwo256>>(),
            digest: Digest { logs: vec![DigestItem::Consensus(VALIDATORS_ENGINE_ID, next.encode())] },
        };
        let file = GenesisFile {
            chain_id: self.chain_id.clone(),
            header: header.encode(),
            validators: validators.clone(),
            suite: next.suite,
        };
        // A chain that verifiers would not anchor on must not begin.
        assert_eq!(file.check(), Ok(()), "header and file are made from the same checked parts");
        Ok(GenesisState { header, state, validators, file })
    }

    /// The runtime's storage at block 0.
    fn storage(&self) -> Storage {
        let genesis = &self.genesis;
        let config = RuntimeGenesisConfig {
            chain: mulu_runtime::chain::GenesisConfig {
                id: Text::new(&self.chain_id).expect("at most CHAIN_ID_BYTES_MAX; checked before"),
                is_development: self.chain_type == ChainType::Development,
                ..Default::default()
            },
            departments: pallet_departments::GenesisConfig {
                departments: genesis.departments.clone(),
                accounts: genesis
                    .accounts
                    .iter()
                    .map(|registered| (AccountId::new(registered.account), registered.department))
                    .collect(),
                roles: genesis.roles.clone(),
                systems: genesis.systems.clone(),
                validators: genesis.validators.clone(),
                observers: genesis.observers.clone(),
                budget: genesis.budget,
                validators_min: if self.chain_type == ChainType::Development { 1 } else { VALIDATORS_MIN as u32 },
                ..Default::default()
            },
            sharing: pallet_sharing::GenesisConfig { purposes: genesis.purposes.clone(), ..Default::default() },
            calendar: pallet_calendar::GenesisConfig {
                parameters: genesis.calendar.parameters.clone(),
                years: genesis.calendar.years.clone(),
                day_length: genesis.calendar.day_length,
                ..Default::default()
            },
            ..Default::default()
        };
        let mut storage = mulu_runtime::genesis_storage(&config).expect("the pallets panic or succeed; checked before");
        // The timestamp pallet has no genesis of its own: with this, block 1 must be later than the chain's beginning.
        let moment = genesis.moment.get().encode();
        storage.top.insert(pallet_timestamp::Now::<Runtime>::hashed_key().to_vec(), moment);
        storage
    }
}

/// Root, nodes and values of the state trie.
fn state_of(storage: Storage) -> (H256, StateChanges) {
    assert!(storage.children_default.is_empty(), "no pallet of ours keeps a child trie");
    let values = storage.top.iter().map(|(key, value)| (&key[..], Some(&value[..])));
    let (root, mut nodes): (H256, BackendTransaction<BlakeTwo256>) =
        new_in_mem::<BlakeTwo256>().storage_root(values, StateVersion::V1);
    let mut nodes_added: Vec<_> = nodes
        .drain()
        .into_iter()
        .filter(|(_, (_, references))| *references > 0)
        .map(|(key, (node, _))| (key, node))
        .collect();
    nodes_added.sort();
    let values = storage.top.into_iter().map(|(key, value)| (key, Some(value))).collect();
    (root, StateChanges { nodes_added, nodes_removed: Vec::new(), values })
}
