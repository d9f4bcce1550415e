//! The chain specification: made from a plan, read from a file, and the genesis block that it gives.

use crate::{error::NodeError, files, plan::Plan};
use mulu_chain_spec::{CalendarData, ChainSpec, ChainType, FILE_BYTES_MAX, GenesisData, GenesisState};
use mulu_proofs::{
    calendar::DayLength,
    ids::{Digest32, Moment},
};
use std::path::Path;

/// A new chain's files.
#[derive(Debug)]
pub struct ChainFiles {
    /// Chain id.
    pub chain_id: String,
    /// Chain specification, JSON.
    pub chain_spec: String,
    /// Genesis file for verifiers, JSON.
    pub genesis: String,
    /// Genesis hash.
    pub hash: Digest32,
}

/// A chain, as its specification gives it.
#[derive(Debug)]
pub struct Chain {
    /// The specification.
    pub spec: ChainSpec,
    /// Its genesis.
    pub genesis: GenesisState,
}

impl ChainFiles {
    /// Files of the chain of `plan`, which begins at `moment` and has days of that length.
    ///
    /// # Errors
    /// [`NodeError::ChainSpec`] if the plan makes no chain: a chain id out of its bounds, for one.
    pub fn new(
        plan: &Plan,
        chain_id: String,
        chain_type: ChainType,
        moment: Moment,
        day_length: DayLength,
    ) -> Result<Self, NodeError> {
        let genesis = GenesisData {
            moment,
            departments: plan.departments.clone(),
            accounts: plan.registrations(),
            roles: plan.roles(),
            systems: plan.systems.clone(),
            purposes: plan.purposes.clone(),
            validators: plan.validators(),
            observers: Vec::new(),
            budget: Default::default(),
            calendar: CalendarData { day_length, ..CalendarData::of_state_council() },
        };
        let spec = ChainSpec { chain_id: chain_id.clone(), chain_type, genesis };
        let built = spec.build()?;
        let genesis = serde_json::to_string_pretty(&built.file).expect("hexadecimal and numbers are text") + "\n";
        Ok(Self { chain_id, chain_spec: spec.to_json(), genesis, hash: built.file.hash() })
    }
}

impl Chain {
    /// Reads a specification and builds its genesis.
    ///
    /// # Errors
    /// [`NodeError`] if it cannot be read or makes no chain.
    pub fn read(path: &Path) -> Result<Self, NodeError> {
        let text = files::read_text(path, FILE_BYTES_MAX as u64)
            .map_err(|source| NodeError::Read { path: path.to_owned(), source })?;
        let spec = ChainSpec::from_json(&text)?;
        let genesis = spec.build()?;
        Ok(Self { spec, genesis })
    }

    /// Reads the specification of a chain that is known by its genesis hash.
    ///
    /// # Errors
    /// As [`Chain::read`], and [`NodeError::WrongGenesis`].
    pub fn read_expected(path: &Path, expected: Digest32) -> Result<Self, NodeError> {
        let chain = Self::read(path)?;
        let found = chain.hash();
        if found == expected {
            Ok(chain)
        } else {
            Err(NodeError::WrongGenesis { path: path.to_owned(), found, expected })
        }
    }

    /// Genesis hash.
    pub fn hash(&self) -> Digest32 {
        self.genesis.file.hash()
    }
}
