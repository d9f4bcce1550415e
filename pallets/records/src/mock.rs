//! A runtime of System and Records alone.

use frame_support::{derive_impl, parameter_types};
use mulu_pallet_support::Clock;
use mulu_proofs::ids::{Digest32, Moment};
use sp_core::crypto::AccountId32;
use sp_runtime::{BuildStorage, traits::IdentityLookup};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(14)]
    pub type Records = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

/// A clock that stands still.
pub struct Noon;

impl Clock for Noon {
    fn now() -> Moment {
        Moment::new(1_785_000_000_000)
    }
}

parameter_types! {
    /// What the tests say that the validator set is.
    pub static Validators: Digest32 = [1; 32];
}

impl crate::Config for Test {
    type Clock = Noon;
    type NextValidators = Validators;
}

/// Runs `test` in a fresh state and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("builds");
    let mut state = sp_io::TestExternalities::new(storage);
    state.execute_with(|| {
        test();
        Records::do_try_state().expect("invariants hold");
    });
    state.persist_offchain_overlay();
}
