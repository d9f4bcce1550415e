//! Approval policies: who else approves before the provider's officer (SPEC §3).

use crate::{
    catalog::List,
    departments::{AccountKey, Role, SignedAs},
    ids::{DepartmentId, EntryId},
};

/// Most stages of an approval policy, before the provider's officer.
pub const STAGES_MAX: u32 = 4;
/// Most named approvers of a stage.
pub const APPROVERS_MAX: u32 = 16;
/// Most departments of a stage.
pub const STAGE_DEPARTMENTS_MAX: u32 = 8;

ledger_types! {
    /// How many signatures complete a stage.
    #[derive(Copy)]
    pub enum Threshold {
        /// Every one of the named approvers.
        #[codec(index = 0)]
        All,
        /// One.
        #[codec(index = 1)]
        Any,
        /// More than half of the named approvers.
        #[codec(index = 2)]
        Majority,
        /// That many.
        #[codec(index = 3)]
        Count(u8),
        /// At least that fraction of the named approvers.
        #[codec(index = 4)]
        Fraction {
            /// Numerator.
            numerator: u8,
            /// Denominator, not 0.
            denominator: u8,
        },
    }

    /// One stage of an approval policy.
    pub struct Stage {
        /// Departments of the approvers, strictly ascending: together they make up the threshold.
        #[serde(deserialize_with = "crate::list::read")]
        pub departments: List<DepartmentId, STAGE_DEPARTMENTS_MAX>,
        /// Role in which they sign.
        pub role: Role,
        /// Named approvers; empty means whoever holds the role (then only [`Threshold::Any`] and [`Threshold::Count`]).
        #[serde(deserialize_with = "crate::list::read")]
        pub approvers: List<AccountKey, APPROVERS_MAX>,
        /// How many of them.
        pub threshold: Threshold,
    }

    /// Approval policy of an entry. The provider's officer always follows as the last stage (art. 20 ¶3).
    #[derive(Default)]
    pub struct Policy {
        /// Stages in order.
        #[serde(deserialize_with = "crate::list::read")]
        pub stages: List<Stage, STAGES_MAX>,
    }

    /// Body of [`crate::records::RecordKind::PolicySet`].
    pub struct PolicySet {
        /// Entry.
        pub entry: EntryId,
        /// Policy for requests made from now on.
        pub policy: Policy,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

impl Stage {
    /// Signatures that complete it; `None` if nobody could ever complete it.
    pub fn needed(&self) -> Option<usize> {
        self.threshold.needed(self.approvers.len())
    }
}

impl Threshold {
    /// Signatures that a stage with `named` named approvers (0: by role) needs; `None` if it can't be met or makes no sense.
    pub fn needed(self, named: usize) -> Option<usize> {
        let needed = match (self, named) {
            (Self::Any, _) => 1,
            (Self::Count(count), _) => usize::from(count),
            (_, 0) => return None,
            (Self::All, named) => named,
            (Self::Majority, named) => named / 2 + 1,
            (Self::Fraction { denominator: 0, .. }, _) => return None,
            (Self::Fraction { numerator, denominator }, named) => {
                (named * usize::from(numerator)).div_ceil(usize::from(denominator))
            }
        };
        (needed > 0 && (named == 0 || needed <= named)).then_some(needed)
    }
}
