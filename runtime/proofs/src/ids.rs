//! Permanent ledger ids and quantities: fixed width, given in order from 1, never reused.

use crate::calendar::Day;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Wraps a number that is known to be one of these.
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// The number itself.
            pub const fn get(self) -> $inner {
                self.0
            }

            /// The one after this.
            ///
            /// # Panics
            /// When the width is used up, which no chain of 30 years reaches.
            pub const fn next(self) -> Self {
                Self(self.0.checked_add(1).expect("ids are given one by one; the width outlasts the chain"))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A department; 0 stands for the chain itself (a record that no department caused).
    DepartmentId(u32)
);
id!(
    /// A registered system: a using business system, an authorising system, a platform or a data source.
    SystemId(u32)
);
id!(
    /// A catalog entry, bound to its resource code by record.
    EntryId(u32)
);
id!(
    /// A governed data element.
    ElementId(u32)
);
id!(
    /// A version of an entry or of a grant, from 1.
    Version(u16)
);
id!(
    /// A share request.
    RequestId(u32)
);
id!(
    /// A grant.
    GrantId(u32)
);
id!(
    /// A purpose code of the governed list.
    PurposeId(u16)
);
id!(
    /// A numbered stream of event batches that one platform opened.
    StreamId(u32)
);
id!(
    /// A deadline that runs in working days.
    DeadlineId(u32)
);
id!(
    /// A proposal of governance.
    ProposalId(u32)
);
id!(
    /// A dispute between two departments.
    DisputeId(u32)
);
id!(
    /// Number of an auditor's question among those that one key of a node has told, from 1.
    QueryNumber(u64)
);
id!(
    /// Place of a record in the ledger: global, without gaps, from 1.
    RecordNumber(u64)
);
id!(
    /// Number of an event within its stream, from 1.
    EventNumber(u64)
);
id!(
    /// Number of an event within its series, from 1.
    SeriesNumber(u64)
);
id!(
    /// Height of a block; 0 is genesis.
    Height(u32)
);
id!(
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Moment(u64)
);

impl Moment {
    /// The moment as UTC, to the second; one that no calendar has, as its milliseconds.
    pub fn utc(self) -> String {
        let seconds = self.0 / 1_000;
        match u32::try_from(seconds / 86_400).ok().and_then(Day::new) {
            Some(day) => {
                format!("{day}T{:02}:{:02}:{:02}Z", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
            }
            None => format!("{self} ms"),
        }
    }
}

/// A 32-byte ed25519 public key: the account of a person, a platform or a validator.
pub type PublicKey = [u8; 32];

/// A 32-byte digest. Which one is said by the field that holds it.
pub type Digest32 = [u8; 32];

/// How a digest that may be missing stands in JSON: as hexadecimal text, or null.
pub mod optional_digest {
    use super::Digest32;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Hex(#[serde(with = "hex::serde")] Digest32);

    /// Writes it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(digest: &Option<Digest32>, serializer: S) -> Result<S::Ok, S::Error> {
        digest.map(Hex).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If it is neither null nor 32 bytes in hexadecimal.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Digest32>, D::Error> {
        Ok(Option::<Hex>::deserialize(deserializer)?.map(|hex| hex.0))
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn moments_are_told_as_utc() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_999, "2000-02-28T23:59:59Z"),
            (951_825_600_000, "2000-02-29T12:00:00Z"),
            (1_754_006_400_000, "2025-08-01T00:00:00Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59Z"),
            (253_402_300_800_000, "253402300800000 ms"),
            (u64::MAX, "18446744073709551615 ms"),
        ] {
            assert_eq!(Moment::new(milliseconds).utc(), text);
        }
    }
}
