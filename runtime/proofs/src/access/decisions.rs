//! Decision points: nodes that tell gateways whether a call may proceed, under a key that the department has registered (SPEC §5).

use crate::{
    calendar::Day,
    catalog::List,
    departments::SignedAs,
    ids::{GrantId, PublicKey, SystemId},
};

/// Most grants of one report of counts.
pub const DECISION_COUNTS_MAX: u32 = 1_000;

ledger_types! {
    /// Body of [`crate::records::RecordKind::DecisionsOpened`].
    pub struct DecisionsOpened {
        /// The platform for whose gateways decisions are made.
        pub system: SystemId,
        /// Key that signs tokens and submits counts.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// In which role it was opened.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DecisionsClosed`].
    pub struct DecisionsClosed {
        /// The platform.
        pub system: SystemId,
        /// The key that no longer decides.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// What a decision point answered on a day to calls under a grant, from the beginning of the day on.
    #[derive(Copy, Default)]
    pub struct DecisionCount {
        /// Grant.
        pub grant: GrantId,
        /// Calls that might proceed.
        pub allowed: u32,
        /// Calls that might not.
        pub denied: u32,
    }

    /// Body of [`crate::records::RecordKind::DecisionsCounted`].
    pub struct DecisionsCounted {
        /// The platform.
        pub system: SystemId,
        /// Local day.
        pub day: Day,
        /// Counts, strictly ascending by grant; each takes the place of the one reported before.
        pub counts: List<DecisionCount, DECISION_COUNTS_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}
