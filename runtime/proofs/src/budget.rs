//! What each department may send, so that nobody crowds the others out: body of the record `BudgetSet` (SPEC §1).
//!
//! Event batches and all other acts are counted apart: a platform that reports much keeps no head from signing. Every department
//! has the same budget, and governance sets it within bounds that leave room for its own acts.

ledger_types! {
    /// Extrinsics and their bytes.
    #[derive(Copy, Default)]
    #[serde(deny_unknown_fields)]
    pub struct Amount {
        /// Extrinsics.
        pub extrinsics: u64,
        /// Their bytes.
        pub bytes: u64,
    }

    /// What a department may send of one class.
    #[derive(Copy)]
    #[serde(deny_unknown_fields)]
    pub struct Allowance {
        /// In one block.
        pub per_block: Amount,
        /// On one local day.
        pub per_day: Amount,
    }

    /// What a department may send: body of [`crate::records::RecordKind::BudgetSet`].
    #[derive(Copy)]
    #[serde(deny_unknown_fields)]
    pub struct Budget {
        /// Of acts: everything that is no batch.
        pub acts: Allowance,
        /// Of event batches.
        pub batches: Allowance,
    }

    /// A class of what departments send.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum BudgetClass {
        /// Everything that is no batch.
        #[codec(index = 0)]
        Acts,
        /// Event batches.
        #[codec(index = 1)]
        Batches,
    }
}

/// Why a budget is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// Too little of a block.
    #[error(
        "a block's budget of {class} is at least {} extrinsics and {} bytes, so that the largest of them fits",
        Budget::FLOOR.of(*class).per_block.extrinsics,
        Budget::FLOOR.of(*class).per_block.bytes
    )]
    Block {
        /// Of which class.
        class: BudgetClass,
    },
    /// Too little of a day.
    #[error(
        "a day's budget of {class} is at least {} extrinsics and {} bytes, so that nobody is shut out of governance",
        Budget::FLOOR.of(*class).per_day.extrinsics,
        Budget::FLOOR.of(*class).per_day.bytes
    )]
    Day {
        /// Of which class.
        class: BudgetClass,
    },
    /// A department could fill a block.
    #[error(
        "acts and batches of a department take at most {} extrinsics and {} bytes of a block, so that others have room in it",
        Budget::PER_BLOCK_MAX.extrinsics,
        Budget::PER_BLOCK_MAX.bytes
    )]
    WholeBlock,
}

impl Amount {
    /// With one more extrinsic.
    #[must_use]
    pub const fn plus(self, bytes: u64) -> Self {
        Self { extrinsics: self.extrinsics.saturating_add(1), bytes: self.bytes.saturating_add(bytes) }
    }

    /// What is left of it behind `used`.
    #[must_use]
    pub const fn less(self, used: Self) -> Self {
        Self {
            extrinsics: self.extrinsics.saturating_sub(used.extrinsics),
            bytes: self.bytes.saturating_sub(used.bytes),
        }
    }

    /// Whether neither number is over that of `bound`.
    pub const fn is_within(&self, bound: &Self) -> bool {
        self.extrinsics <= bound.extrinsics && self.bytes <= bound.bytes
    }
}

impl Budget {
    /// Least that governance may leave. In a block the largest act and the largest batch fit; on a day every head can propose and vote a
    /// hundred times over, whatever else the department does.
    pub const FLOOR: Self = Self {
        acts: Allowance {
            per_block: Amount { extrinsics: 16, bytes: 512 << 10 },
            per_day: Amount { extrinsics: 1_000, bytes: 64 << 20 },
        },
        batches: Allowance {
            per_block: Amount { extrinsics: 1, bytes: 512 << 10 },
            per_day: Amount { extrinsics: 1, bytes: 512 << 10 },
        },
    };

    /// Most that a department's acts and batches together may take of a block: 15 of 16 parts of its bytes.
    pub const PER_BLOCK_MAX: Amount = Amount { extrinsics: 8_000, bytes: 3_840 << 10 };

    /// What it says of a class.
    pub const fn of(&self, class: BudgetClass) -> Allowance {
        match class {
            BudgetClass::Acts => self.acts,
            BudgetClass::Batches => self.batches,
        }
    }

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`BudgetError`], the first rule that it breaks.
    pub fn check(&self) -> Result<(), BudgetError> {
        for class in [BudgetClass::Acts, BudgetClass::Batches] {
            let (least, given) = (Self::FLOOR.of(class), self.of(class));
            if !least.per_block.is_within(&given.per_block) {
                return Err(BudgetError::Block { class });
            }
            if !least.per_day.is_within(&given.per_day) {
                return Err(BudgetError::Day { class });
            }
        }
        let (acts, batches) = (self.acts.per_block, self.batches.per_block);
        let together = Amount {
            extrinsics: acts.extrinsics.saturating_add(batches.extrinsics),
            bytes: acts.bytes.saturating_add(batches.bytes),
        };
        if together.is_within(&Self::PER_BLOCK_MAX) { Ok(()) } else { Err(BudgetError::WholeBlock) }
    }
}

impl Default for Budget {
    /// Of batches, no more on a day than a country's exchange platform reports; of acts, room for entering a whole catalog at once.
    fn default() -> Self {
        Self {
            acts: Allowance {
                per_block: Amount { extrinsics: 4_000, bytes: 768 << 10 },
                per_day: Amount { extrinsics: 500_000, bytes: 8 << 30 },
            },
            batches: Allowance {
                per_block: Amount { extrinsics: 4_000, bytes: 3 << 20 },
                per_day: Amount { extrinsics: 2_000_000, bytes: 128 << 30 },
            },
        }
    }
}

impl std::fmt::Display for BudgetClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Acts => "acts",
            Self::Batches => "event batches",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The budget with which chains begin, with a change.
    fn changed(change: impl FnOnce(&mut Budget)) -> Result<(), BudgetError> {
        let mut budget = Budget::default();
        change(&mut budget);
        budget.check()
    }

    #[test]
    fn a_budget_leaves_room_for_governance_and_for_others() {
        assert_eq!((changed(|_| {}), Budget::FLOOR.check()), (Ok(()), Ok(())));
        let (acts, batches) = (BudgetClass::Acts, BudgetClass::Batches);
        let floor = Budget::FLOOR;
        let less = |amount: Amount| Amount { bytes: amount.bytes - 1, ..amount };
        let fewer = |amount: Amount| Amount { extrinsics: amount.extrinsics - 1, ..amount };
        for take in [less, fewer] {
            let block = |class| Err(BudgetError::Block { class });
            assert_eq!(changed(|budget| budget.acts.per_block = take(floor.acts.per_block)), block(acts));
            assert_eq!(changed(|budget| budget.batches.per_block = take(floor.batches.per_block)), block(batches));
            let day = |class| Err(BudgetError::Day { class });
            assert_eq!(changed(|budget| budget.acts.per_day = take(floor.acts.per_day)), day(acts));
            assert_eq!(changed(|budget| budget.batches.per_day = take(floor.batches.per_day)), day(batches));
        }
        assert_eq!(changed(|budget| budget.acts.per_block.extrinsics += 1), Err(BudgetError::WholeBlock));
        assert_eq!(changed(|budget| budget.batches.per_block.bytes += 1), Err(BudgetError::WholeBlock));
        assert_eq!(changed(|budget| budget.acts.per_block.bytes = u64::MAX), Err(BudgetError::WholeBlock));
    }

    #[test]
    fn a_refusal_names_the_class_and_the_bound() {
        let error = BudgetError::Block { class: BudgetClass::Acts }.to_string();
        assert!(error.contains("acts is at least 16 extrinsics and 524288 bytes"), "{error}");
        let error = BudgetError::Day { class: BudgetClass::Batches }.to_string();
        assert!(error.contains("event batches is at least 1 extrinsics"), "{error}");
        assert!(BudgetError::WholeBlock.to_string().contains("8000 extrinsics and 3932160 bytes"));
    }

    #[test]
    fn amounts_add_up_within_their_numbers() {
        let two = Amount::default().plus(3).plus(4);
        assert_eq!(two, Amount { extrinsics: 2, bytes: 7 });
        assert!(two.is_within(&two) && !two.plus(0).is_within(&two));
        assert_eq!(two.less(Amount { extrinsics: 1, bytes: 9 }), Amount { extrinsics: 1, bytes: 0 });
        let full = Amount { extrinsics: u64::MAX, bytes: u64::MAX };
        assert_eq!(full.plus(1), full);
    }
}
