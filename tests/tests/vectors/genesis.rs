//! The genesis files that readers bring: that of the sample ledger, and others that are not, or that are none.

use super::{
    good,
    sample::{World, header, set_of},
};
use codec::{Decode, Encode};
use mulu_proofs::{certificate::ValidatorSet, genesis::GenesisFile};

/// A genesis file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Genesis {
    /// That of the sample ledger.
    Sample,
    /// Of the same validators, under another chain id.
    Renamed,
    /// Of the same name and validators, with another header.
    Another,
    /// One whose validators are out of order.
    Unsorted,
    /// One whose validators are out of order, and whose header names them in this order.
    Reversed,
    /// One whose header names other validators.
    Foreign,
    /// One whose header names no validators.
    Silent,
    /// One whose header is of height 5.
    Higher,
    /// One whose header has a parent.
    Orphan,
    /// One whose header is longer than a header may be.
    Long,
    /// One whose chain id has a space.
    Spaced,
    /// One whose chain id has no character.
    Nameless,
    /// One with a field that no genesis file has.
    Noted,
    /// One with a validator that has another field.
    Titled,
    /// One with a validator of no department.
    Alone,
    /// One with a department that is no number.
    True,
    /// One with a department below 0.
    Below,
    /// One with a department over 32 bits.
    Beyond,
    /// One of another suite.
    Suite,
    /// One with two chain ids.
    Twofold,
    /// One whose header's digits stand in two groups.
    Grouped,
    /// One that ends too early.
    Cut,
}

impl Genesis {
    pub const ALL: [Self; 22] = [
        Self::Sample,
        Self::Renamed,
        Self::Another,
        Self::Unsorted,
        Self::Reversed,
        Self::Foreign,
        Self::Silent,
        Self::Higher,
        Self::Orphan,
        Self::Long,
        Self::Spaced,
        Self::Nameless,
        Self::Noted,
        Self::Titled,
        Self::Alone,
        Self::True,
        Self::Below,
        Self::Beyond,
        Self::Suite,
        Self::Twofold,
        Self::Grouped,
        Self::Cut,
    ];

    /// Those under which a package of the sample ledger does not hold, with a name for that and the link that fails.
    pub const BROKEN: &[(Self, &'static str, &'static str)] = &[
        (Self::Renamed, "renamed", "genesis"),
        (Self::Another, "another", "certificate"),
        (Self::Unsorted, "unsorted", "genesis"),
        (Self::Reversed, "reversed", "genesis"),
        (Self::Foreign, "foreign", "genesis"),
        (Self::Silent, "silent", "genesis"),
        (Self::Higher, "higher", "genesis"),
        (Self::Orphan, "with-a-parent", "genesis"),
        (Self::Long, "long-header", "genesis"),
        (Self::Noted, "other-field", "genesis"),
        (Self::Titled, "other-field-of-a-validator", "genesis"),
        (Self::Alone, "validator-of-no-department", "genesis"),
        (Self::True, "department-that-is-no-number", "genesis"),
        (Self::Below, "department-below-0", "genesis"),
        (Self::Beyond, "department-over-32-bits", "genesis"),
        (Self::Suite, "suite", "genesis"),
        (Self::Twofold, "field-twice", "genesis"),
        (Self::Grouped, "digits-in-groups", "genesis"),
        (Self::Cut, "cut", "genesis"),
    ];

    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Sample => "genesis.json",
            Self::Renamed => "genesis-renamed.json",
            Self::Another => "genesis-another.json",
            Self::Unsorted => "genesis-unsorted.json",
            Self::Reversed => "genesis-reversed.json",
            Self::Foreign => "genesis-foreign.json",
            Self::Silent => "genesis-silent.json",
            Self::Higher => "genesis-higher.json",
            Self::Orphan => "genesis-orphan.json",
            Self::Long => "genesis-long.json",
            Self::Spaced => "genesis-spaced.json",
            Self::Nameless => "genesis-nameless.json",
            Self::Noted => "genesis-noted.json",
            Self::Titled => "genesis-titled.json",
            Self::Alone => "genesis-alone.json",
            Self::True => "genesis-true.json",
            Self::Below => "genesis-below.json",
            Self::Beyond => "genesis-beyond.json",
            Self::Suite => "genesis-suite.json",
            Self::Twofold => "genesis-twofold.json",
            Self::Grouped => "genesis-grouped.json",
            Self::Cut => "genesis-cut.json",
        }
    }

    /// The file's text.
    pub fn text(self) -> String {
        let mut json = serde_json::to_value(self.file()).unwrap();
        match self {
            Self::Noted => json["note"] = "".into(),
            Self::Titled => json["validators"][0]["title"] = "".into(),
            Self::Alone => drop(json["validators"][0].as_object_mut().unwrap().remove("department")),
            // Whose number, if a truth were one, is the department's.
            Self::True => {
                let validators = json["validators"].as_array_mut().unwrap();
                validators.iter_mut().find(|v| v["department"] == 1).unwrap()["department"] = true.into();
            }
            Self::Below => json["validators"][0]["department"] = (-1).into(),
            Self::Beyond => json["validators"][0]["department"] = (1_u64 << 32).into(),
            Self::Suite => json["suite"] = "Blake2Ed25519".into(),
            _ => {}
        }
        let text = format!("{}\n", serde_json::to_string_pretty(&json).unwrap());
        match self {
            Self::Twofold => text.replacen('{', "{\n  \"chain_id\": \"mulu-other\",", 1),
            Self::Grouped => text.replacen("\"header\": \"0000", "\"header\": \"0000 ", 1),
            Self::Cut => text.replace('}', ""),
            _ => text,
        }
    }

    /// The file as it would read.
    pub fn file(self) -> GenesisFile {
        let mut genesis = World::empty("mulu-sample").genesis;
        let mut reversed = genesis.validators.validators().to_vec();
        reversed.reverse();
        let reversed = ValidatorSet::decode(&mut &reversed.encode()[..]).unwrap();
        let named = good::announces(&genesis.validators);
        match self {
            Self::Renamed => genesis.chain_id = "mulu-other".into(),
            Self::Another => genesis.header[40] ^= 1,
            Self::Unsorted => genesis.validators = reversed,
            Self::Reversed => {
                genesis.header = header([0; 32], 0, &[good::announces(&reversed)]);
                genesis.validators = reversed;
            }
            Self::Foreign => genesis.validators = set_of(&[51, 52, 53, 54]),
            Self::Silent => genesis.header = header([0; 32], 0, &[]),
            Self::Higher => genesis.header = header([0; 32], 5, &[named]),
            Self::Orphan => genesis.header = header([1; 32], 0, &[named]),
            Self::Long => genesis.header = header([0; 32], 0, &[named, (*b"idle", vec![0; 4096])]),
            Self::Spaced => genesis.chain_id = "mulu sample".into(),
            Self::Nameless => genesis.chain_id = String::new(),
            Self::Sample
            | Self::Noted
            | Self::Titled
            | Self::Alone
            | Self::True
            | Self::Below
            | Self::Beyond
            | Self::Suite
            | Self::Twofold
            | Self::Grouped
            | Self::Cut => {}
        }
        genesis
    }
}
