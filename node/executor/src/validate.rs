//! Whether an extrinsic may wait in the pool: everything that its inclusion needs, against the state of the head.

use crate::{
    Executor,
    block_run::{height_after, of_block},
    error::{ExecuteError, ValidateError},
    run::{Run, Stop},
    signed::Signed,
    state::{Purpose, State},
    verified::Claim,
};
use frame_support::dispatch::GetDispatchInfo;
use mulu_primitives::{
    block::{Extrinsic, Header, header_hash},
    stages::Validity,
};
use mulu_proofs::ids::{Height, PublicKey};
use mulu_runtime::{Departments, Runtime, System, VERSION, chain, pallet_departments::budget::Refusal};
use sp_core::H256;
use sp_runtime::{
    Digest,
    generic::Era,
    traits::Applyable,
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

impl Executor {
    /// Checks `extrinsic` against the state of `head`. A nonce ahead of the signer's next one is no fault here: the pool decides how
    /// far ahead it keeps.
    ///
    /// # Errors
    /// [`ValidateError`], the first rule that it breaks; fatal only where the database failed.
    pub fn validate(&self, head: &Header, extrinsic: &Extrinsic) -> Result<Validity, ValidateError> {
        self.workers.install(|| self.validate_here(head, extrinsic))
    }

    fn validate_here(&self, head: &Header, extrinsic: &Extrinsic) -> Result<Validity, ValidateError> {
        let mut run = Run::new(State::open(self, head, Purpose::Block));
        let is_development = run.call(chain::IsDevelopment::<Runtime>::get).map_err(state)?;
        let signed = Signed::read(extrinsic, is_development)?;
        let next = height_after(head);
        let facts = run
            .call(|| {
                // As at the beginning of the next block: eras and block hashes are those that it will see.
                System::initialize(&next.get(), &H256(header_hash(head)), &Digest::default());
                Facts::of(&signed, extrinsic.bytes().len() as u64)
            })
            .map_err(state)?;
        facts.budget.map_err(over_budget)?;
        if signed.nonce() < facts.next_nonce {
            return Err(ValidateError::Stale { nonce: signed.nonce(), next: facts.next_nonce });
        }
        let claim = facts.claim.map_err(|error| refused(error, next))?;
        // The costly check comes last of those that need it not.
        if !self.verified.check(&claim) {
            return Err(bad_signature(&facts.genesis));
        }
        let validity = Validity {
            signer: *<_ as AsRef<PublicKey>>::as_ref(&signed.account),
            nonce: signed.nonce(),
            next_nonce: facts.next_nonce,
            lane: signed.lane(),
            longevity: last_height(signed.era(), next),
        };
        let bytes = extrinsic.bytes().len();
        let checked = signed.into_checked();
        run.call(|| checked.validate::<Runtime>(TransactionSource::External, &checked.get_dispatch_info(), bytes))
            .map_err(state)?
            .map_err(|error| refused(error, next))?;
        Ok(validity)
    }
}

/// What the state says about a signed extrinsic.
struct Facts {
    budget: Result<(), Refusal>,
    next_nonce: u32,
    genesis: H256,
    claim: Result<Claim, TransactionValidityError>,
}

impl Facts {
    fn of(signed: &Signed, bytes: u64) -> Self {
        Self {
            budget: Departments::check_budget(&signed.account, signed.class(), bytes).map(|_department| ()),
            next_nonce: System::account_nonce(&signed.account),
            genesis: System::block_hash(0),
            claim: signed.claim(),
        }
    }
}

/// The last height at which an extrinsic of `era` may be included, if it may be at `next`.
fn last_height(era: Era, next: Height) -> Height {
    let first_too_late = era.death(u64::from(next.get()));
    Height::new(u32::try_from(first_too_late.saturating_sub(1)).unwrap_or(u32::MAX))
}

fn refused(error: TransactionValidityError, next: Height) -> ValidateError {
    match error {
        TransactionValidityError::Invalid(InvalidTransaction::AncientBirthBlock) => {
            ValidateError::Expired { height: next }
        }
        other => ValidateError::Refused { why: <&'static str>::from(other).to_owned() },
    }
}

fn over_budget(refusal: Refusal) -> ValidateError {
    match refusal {
        Refusal::NoRole => ValidateError::NoRole,
        Refusal::DaySpent { class, until } => ValidateError::DaySpent { class, until },
        // The latter cannot be: the next block is empty.
        Refusal::TooLarge | Refusal::BlockSpent => {
            ValidateError::Refused { why: "over what a department may send in a block; make it smaller".to_owned() }
        }
    }
}

fn bad_signature(genesis: &H256) -> ValidateError {
    ValidateError::BadSignature {
        spec_version: VERSION.spec_version,
        transaction_version: VERSION.transaction_version,
        genesis: genesis.0.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The head's state must be readable, and checks do not panic: both are told apart as for blocks.
fn state(stop: Stop) -> ValidateError {
    match of_block(stop) {
        ExecuteError::Invalid { why } => ValidateError::Refused { why },
        error => ValidateError::State(error),
    }
}
