//! The specification and its JSON form.

use crate::{calendar::CalendarData, error::ChainSpecError};
use mulu_proofs::{
    budget::Budget,
    departments::{AccountRegistered, DepartmentInfo, Observer, RoleGiven, SystemInfo, ValidatorRegistered},
    ids::Moment,
    sharing::PurposeRegistered,
};
use serde::{Deserialize, Serialize};

/// Largest specification that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Fewest validators outside development: with four, one may fail.
pub const VALIDATORS_MIN: usize = 4;

/// A chain, from its id to everybody who is in it from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSpec {
    /// Chain id: 1 to 64 characters of printable ASCII. Everything signed is bound to it.
    pub chain_id: String,
    /// What the chain is for.
    pub chain_type: ChainType,
    /// What block 0 holds.
    pub genesis: GenesisData,
}

/// What a chain is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainType {
    /// One person's machine: any number of validators, every signature scheme.
    Development,
    /// A test network.
    Local,
    /// Departments' real ledger.
    Live,
}

/// What block 0 holds. Block 1 makes a record of each of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisData {
    /// When the chain begins; every block is later.
    pub moment: Moment,
    /// Departments with the ids 1, 2, …
    pub departments: Vec<DepartmentInfo>,
    /// Accounts and their departments.
    pub accounts: Vec<AccountRegistered>,
    /// Roles in force.
    pub roles: Vec<RoleGiven>,
    /// Systems with the ids 1, 2, …
    #[serde(default)]
    pub systems: Vec<SystemInfo>,
    /// Purposes of sharing with the ids 1, 2, …
    #[serde(default)]
    pub purposes: Vec<PurposeRegistered>,
    /// Validators that sign from height 1 on, one a department. Their nodes may be left out where peers are configured by hand.
    pub validators: Vec<ValidatorRegistered>,
    /// Nodes without a vote.
    #[serde(default)]
    pub observers: Vec<Observer>,
    /// What each department may send.
    #[serde(default)]
    pub budget: Budget,
    /// Working days, limits, length of a day.
    #[serde(default)]
    pub calendar: CalendarData,
}

impl ChainSpec {
    /// Reads a specification; whether it makes a chain is seen by [`ChainSpec::build`].
    ///
    /// # Errors
    /// [`ChainSpecError::TooLong`], [`ChainSpecError::Json`].
    pub fn from_json(json: &str) -> Result<Self, ChainSpecError> {
        if json.len() > FILE_BYTES_MAX {
            return Err(ChainSpecError::TooLong { bytes: json.len() });
        }
        serde_json::from_str(json).map_err(|source| ChainSpecError::Json {
            line: source.line(),
            column: source.column(),
            source,
        })
    }

    /// The specification as JSON that people can read and edit.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("text, numbers and lists always have a JSON form") + "\n"
    }
}
