//! Who may submit, and how much: accounts that hold a role in force, each department within its budgets per block and per local day,
//! one of event batches and one of all other acts.
//!
//! [`CheckBudget`] stands in the place of `frame_system::CheckWeight`, which it wraps: same identifier, same type in the metadata, no bytes
//! of its own. So wallets and evidence read the extrinsics of this chain as they read those of every other.

use crate::{
    pallet::{Accounts, Config, CurrentBudget, Departments, Pallet, Used},
    types::{Sent, Usage},
};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
    dispatch::{DispatchInfo, DispatchResult, PostDispatchInfo},
    pallet_prelude::{TransactionSource, TransactionValidity, TransactionValidityError, Weight},
    traits::{Contains, OriginTrait},
};
use frame_system::{CheckWeight, pallet_prelude::BlockNumberFor};
use mulu_pallet_support::{Clock, Clocks};
use mulu_proofs::{
    budget::{Allowance, BudgetClass},
    departments::Role,
    ids::{DepartmentId, Moment},
};
use scale_info::{Type, TypeInfo};
use sp_core::crypto::AccountId32;
use sp_runtime::{
    traits::{DispatchInfoOf, Dispatchable, PostDispatchInfoOf, TransactionExtension, ValidateResult},
    transaction_validity::InvalidTransaction,
};

/// Why an account may not submit an extrinsic now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account holds no role that is in force; an admin gives it one. For ever, until that changes.
    NoRole,
    /// The extrinsic alone is over the department's budget of a block; make it smaller.
    TooLarge,
    /// The department has spent its budget of the day.
    DaySpent {
        /// Of this class; the other has a budget of its own.
        class: BudgetClass,
        /// When the day ends, and the department may go on.
        until: Moment,
    },
    /// The department has spent its budget of this block; it fits into a later one.
    BlockSpent,
}

impl Refusal {
    /// Code of [`InvalidTransaction::Custom`] for [`Refusal::NoRole`].
    pub const NO_ROLE: u8 = 1;
    /// Code for [`Refusal::TooLarge`].
    pub const TOO_LARGE: u8 = 2;
    /// Code for [`Refusal::DaySpent`] of acts.
    pub const DAY_SPENT: u8 = 3;
    /// Code for [`Refusal::DaySpent`] of event batches.
    pub const BATCH_DAY_SPENT: u8 = 4;
}

impl From<Refusal> for TransactionValidityError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoRole => InvalidTransaction::Custom(Refusal::NO_ROLE),
            Refusal::TooLarge => InvalidTransaction::Custom(Refusal::TOO_LARGE),
            Refusal::DaySpent { class: BudgetClass::Acts, .. } => InvalidTransaction::Custom(Refusal::DAY_SPENT),
            Refusal::DaySpent { class: BudgetClass::Batches, .. } => {
                InvalidTransaction::Custom(Refusal::BATCH_DAY_SPENT)
            }
            // Whoever builds blocks keeps it for a later one.
            Refusal::BlockSpent => InvalidTransaction::ExhaustsResources,
        }
        .into()
    }
}

impl<T: Config> Pallet<T>
where
    BlockNumberFor<T>: Into<u32>,
{
    /// The class of a call.
    pub fn class_of(call: &T::RuntimeCall) -> BudgetClass {
        if T::Batches::contains(call) { BudgetClass::Batches } else { BudgetClass::Acts }
    }

    /// The department that an extrinsic of a class and so many bytes by `who` would be charged to.
    ///
    /// # Errors
    /// [`Refusal`], if it may not be submitted now.
    pub fn check_budget(who: &AccountId32, class: BudgetClass, bytes: u64) -> Result<DepartmentId, Refusal> {
        let department = Accounts::<T>::get(who).ok_or(Refusal::NoRole)?;
        let acts = Departments::<T>::get(department).is_some_and(|department| department.is_active());
        // Roles are of the account's own department (D3); asking for each is cheaper than a walk through the trie.
        let holds = acts && Role::ALL.iter().any(|role| Self::in_force(who, department, *role).is_ok());
        if !holds {
            return Err(Refusal::NoRole);
        }
        let Allowance { per_block, per_day } = CurrentBudget::<T>::get().of(class);
        let used = Self::used_now(department);
        let Sent { in_block, on_day } = used.of(class);
        if bytes > per_block.bytes {
            Err(Refusal::TooLarge)
        } else if !on_day.plus(bytes).is_within(&per_day) {
            Err(Refusal::DaySpent { class, until: T::Clocks::end_of(used.day) })
        } else if !in_block.plus(bytes).is_within(&per_block) {
            Err(Refusal::BlockSpent)
        } else {
            Ok(department)
        }
    }

    /// Counts an extrinsic of `bytes` that is about to run.
    pub fn charge(department: DepartmentId, class: BudgetClass, bytes: u64) {
        let mut used = Self::used_now(department);
        used.count(class, bytes);
        Used::<T>::insert(department, used);
    }

    /// What the department has sent in this block and on this day.
    pub fn used_now(department: DepartmentId) -> Usage {
        let block = frame_system::Pallet::<T>::block_number().into();
        let day = T::Clocks::day_of(T::Clock::now());
        let mut used = Used::<T>::get(department);
        if used.block != block {
            used.block = block;
            (used.acts.in_block, used.batches.in_block) = Default::default();
        }
        if used.day != day {
            used.day = day;
            (used.acts.on_day, used.batches.on_day) = Default::default();
        }
        used
    }
}

/// [`CheckWeight`] behind the check of role and budget. What nobody signed, the block's own extrinsics, is charged to nobody.
#[derive(Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
#[codec(encode_bound())]
#[codec(decode_bound())]
pub struct CheckBudget<T: Config + Send + Sync>(CheckWeight<T>);

impl<T: Config + Send + Sync> Default for CheckBudget<T> {
    fn default() -> Self {
        Self(CheckWeight::default())
    }
}

impl<T: Config + Send + Sync> core::fmt::Debug for CheckBudget<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CheckBudget")
    }
}

impl<T: Config + Send + Sync> TypeInfo for CheckBudget<T>
where
    CheckWeight<T>: TypeInfo + 'static,
{
    type Identity = CheckWeight<T>;

    fn type_info() -> Type {
        CheckWeight::<T>::type_info()
    }
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for CheckBudget<T>
where
    T::RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo>,
    BlockNumberFor<T>: Into<u32>,
    CheckWeight<T>: TransactionExtension<T::RuntimeCall, Implicit = (), Pre = (), Val = u32>,
{
    const IDENTIFIER: &'static str = <CheckWeight<T> as TransactionExtension<T::RuntimeCall>>::IDENTIFIER;
    type Implicit = ();
    type Pre = ();
    type Val = (u32, Option<(DepartmentId, BudgetClass)>);

    fn weight(&self, call: &T::RuntimeCall) -> Weight {
        self.0.weight(call)
    }

    fn validate(
        &self,
        origin: T::RuntimeOrigin,
        call: &T::RuntimeCall,
        info: &DispatchInfoOf<T::RuntimeCall>,
        len: usize,
        _self_implicit: Self::Implicit,
        _inherited_implication: &impl Encode,
        _source: TransactionSource,
    ) -> ValidateResult<Self::Val, T::RuntimeCall> {
        let charged = match origin.as_signer() {
            Some(who) => {
                let class = Pallet::<T>::class_of(call);
                Some((Pallet::<T>::check_budget(who, class, len as u64)?, class))
            }
            None => None,
        };
        let (validity, next_len) = CheckWeight::<T>::do_validate(info, len)?;
        Ok((validity, (next_len, charged), origin))
    }

    fn prepare(
        self,
        (next_len, charged): Self::Val,
        _origin: &T::RuntimeOrigin,
        _call: &T::RuntimeCall,
        info: &DispatchInfoOf<T::RuntimeCall>,
        len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        CheckWeight::<T>::do_prepare(info, len, next_len)?;
        if let Some((department, class)) = charged {
            Pallet::<T>::charge(department, class, len as u64);
        }
        Ok(())
    }

    fn post_dispatch_details(
        pre: Self::Pre,
        info: &DispatchInfoOf<T::RuntimeCall>,
        post_info: &PostDispatchInfoOf<T::RuntimeCall>,
        len: usize,
        result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        <CheckWeight<T> as TransactionExtension<T::RuntimeCall>>::post_dispatch_details(
            pre, info, post_info, len, result,
        )
    }

    fn bare_validate(call: &T::RuntimeCall, info: &DispatchInfoOf<T::RuntimeCall>, len: usize) -> TransactionValidity {
        CheckWeight::<T>::bare_validate(call, info, len)
    }

    fn bare_validate_and_prepare(
        call: &T::RuntimeCall,
        info: &DispatchInfoOf<T::RuntimeCall>,
        len: usize,
    ) -> Result<(), TransactionValidityError> {
        CheckWeight::<T>::bare_validate_and_prepare(call, info, len)
    }

    fn bare_post_dispatch(
        info: &DispatchInfoOf<T::RuntimeCall>,
        post_info: &mut PostDispatchInfoOf<T::RuntimeCall>,
        len: usize,
        result: &DispatchResult,
    ) -> Result<(), TransactionValidityError> {
        CheckWeight::<T>::bare_post_dispatch(info, post_info, len, result)
    }
}
