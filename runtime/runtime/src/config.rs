//! How the pallets are set up and tied to each other.

use crate::{
    AccountId, Block, Calendar, Catalog, Departments, Enactments, Grants, Nonce, Oversight, PalletInfo, Records,
    Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, RuntimeTask, Sharing, StateExtensions, StateMatters, System,
    Timestamp, VERSION, chain,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU16, ConstU32, ConstU64, Contains, Get},
    weights::Weight,
};
use frame_system::limits::{BlockLength, BlockWeights};
use mulu_pallet_support::Clock;
use mulu_primitives::block::BLOCK_BYTES_MAX;
use mulu_proofs::{
    hash::chain_domain,
    ids::{Digest32, Moment},
};
use sp_runtime::Perbill;
use sp_version::RuntimeVersion;

/// Most time that executing a block may be weighed at, in picoseconds: 2.5 s of the reference machine, which is room for
/// as many acts as a block may hold. Weights are coarse; acts take a fraction of theirs.
const BLOCK_TIME_MAX: u64 = 2_500_000_000_000;
/// What of it extrinsics may take; the rest is for the hooks.
const NORMAL_RATIO: Perbill = Perbill::from_percent(95);

parameter_types! {
    /// Version of the runtime, as the metadata shows it.
    pub const Version: RuntimeVersion = VERSION;
    /// Bounds of a block's time. There is no proof of validity that its state reads would have to fit in.
    pub RuntimeBlockWeights: BlockWeights =
        BlockWeights::with_sensible_defaults(Weight::from_parts(BLOCK_TIME_MAX, u64::MAX), NORMAL_RATIO);
    /// Bounds of a block's bytes; the executor counts the header too.
    pub RuntimeBlockLength: BlockLength =
        BlockLength::builder().max_length(u32::try_from(BLOCK_BYTES_MAX).expect("4 MiB")).build();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type BaseCallFilter = CallFilter;
    type Block = Block;
    type AccountId = AccountId;
    type Nonce = Nonce;
    type Version = Version;
    type BlockWeights = RuntimeBlockWeights;
    type BlockLength = RuntimeBlockLength;
    // How long a mortal extrinsic may live: clients want 512 or more.
    type BlockHashCount = ConstU32<4_096>;
    type SS58Prefix = ConstU16<42>;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = ();
    // Every block is later than its parent; how much later, the validators check with their clocks before they vote.
    type MinimumPeriod = ConstU64<1>;
    type WeightInfo = ();
}

impl chain::Config for Runtime {}

impl pallet_departments::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type Clocks = Calendar;
    type Batches = Batches;
}

impl pallet_catalog::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type People = Departments;
    type Clocks = Calendar;
    type Elements = crate::Elements;
    type Holders = Grants;
    type Mounts = crate::Mounts;
    type Replies = Sharing;
}

impl pallet_sharing::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type People = Departments;
    type Catalog = Catalog;
    type Clocks = Calendar;
    type Grants = Grants;
    type BlockWork = ConstU32<64>;
}

impl pallet_grants::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type People = Departments;
    type Clocks = Calendar;
    type Catalog = Catalog;
    type Counters = Oversight;
    // More grants than a city's exchange agrees on in a day end within a quarter of an hour.
    type BlockWork = ConstU32<64>;
}

impl pallet_access::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type People = Departments;
    type Catalog = Catalog;
    type Grants = Grants;
    type Purposes = Sharing;
    type ChainDomain = ChainDomain;
    type Clocks = Calendar;
    type Mounts = crate::Mounts;
    // Clocks of platforms and validators differ; more than five minutes is a fault.
    type TimeAheadMs = ConstU64<300_000>;
    type MaxStreams = ConstU32<16>;
    type MaxRepudiations = ConstU32<64>;
}

impl pallet_calendar::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type Overdue = Oversight;
    // With a block a second, ten thousand deadlines that fall due together are on record within forty seconds.
    type BlockWork = ConstU32<256>;
}

impl pallet_governance::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type People = Departments;
    type Electorate = Departments;
    type Enact = Enactments;
}

impl pallet_elements::Config for Runtime {
    type Records = Records;
    type People = Departments;
    type Catalog = Catalog;
}

impl pallet_mounts::Config for Runtime {
    type Records = Records;
    type People = Departments;
    type Catalog = Catalog;
    type Counters = Oversight;
}

impl pallet_oversight::Config for Runtime {
    type Records = Records;
    type Clock = BlockClock;
    type People = Departments;
    type Matters = StateMatters;
    type Clocks = Calendar;
    type Extensions = StateExtensions;
    type OpenMax = ConstU32<16>;
}

/// What the columns of an event batch refer to, read from the state: only inside a run of the executor.
pub type StateTerms = pallet_access::StateTerms<Runtime>;

impl pallet_records::Config for Runtime {
    type Clock = BlockClock;
    type NextValidators = pallet_departments::NextValidators<Runtime>;
}

/// The time of the block under execution.
pub struct BlockClock;

impl Clock for BlockClock {
    fn now() -> Moment {
        Moment::new(Timestamp::get())
    }
}

/// What signatures are bound to beside the genesis hash that extrinsics carry: chain id and genesis hash in one digest.
/// Known from block 1 on; FRAME keeps the hash of block 0 for ever.
pub struct ChainDomain;

impl Get<Digest32> for ChainDomain {
    fn get() -> Digest32 {
        chain_domain(chain::Id::<Runtime>::get().as_str(), &System::block_hash(0).0)
    }
}

/// Which calls are event batches, that have a budget and a lane of their own.
pub struct Batches;

impl Contains<RuntimeCall> for Batches {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(call, RuntimeCall::Access(pallet_access::Call::submit_batch { .. }))
    }
}

/// Which calls an account may make: those of the ledger. Of FRAME's own only a remark, which writes nothing.
pub struct CallFilter;

impl Contains<RuntimeCall> for CallFilter {
    fn contains(call: &RuntimeCall) -> bool {
        match call {
            // Code is in the binary, and state changes by the ledger's acts alone.
            RuntimeCall::System(call) => matches!(call, frame_system::Call::remark { .. }),
            // pallet-timestamp itself takes nothing but the inherent; named one by one so that a new pallet is decided on here.
            RuntimeCall::Timestamp(_)
            | RuntimeCall::Departments(_)
            | RuntimeCall::Catalog(_)
            | RuntimeCall::Sharing(_)
            | RuntimeCall::Grants(_)
            | RuntimeCall::Access(_)
            | RuntimeCall::Governance(_)
            | RuntimeCall::Elements(_)
            | RuntimeCall::Mounts(_)
            | RuntimeCall::Oversight(_)
            // Its calls are root's, whom no account is; so clients see them in the metadata, and evidence can name them.
            | RuntimeCall::Calendar(_) => true,
        }
    }
}
