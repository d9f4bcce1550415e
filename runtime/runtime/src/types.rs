//! The block, header and extrinsic types, as Substrate clients expect them.

use crate::{
    Access, Calendar, Catalog, Chain, Departments, Elements, Governance, Grants, Mounts, Oversight, Records, Runtime,
    RuntimeCall, Sharing, System, Timestamp,
};
use mulu_primitives::block::Header;
use sp_runtime::{
    MultiAddress, MultiSignature, generic,
    traits::{IdentifyAccount, Verify},
};

/// A signature. Outside development chains only ed25519 counts; the executor sees to that.
pub type Signature = MultiSignature;
/// An account: the public key.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How many extrinsics an account has sent.
pub type Nonce = u32;
/// How an extrinsic names its signer; only `Id` is understood.
pub type Address = MultiAddress<AccountId, ()>;

/// What an extrinsic carries beside its call, in the order that clients expect. Evidence reads exactly these.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckMortality<Runtime>,
    frame_system::CheckNonce<Runtime>,
    // Wraps CheckWeight, and is seen under its name: role in force, budget of the department, weight.
    pallet_departments::budget::CheckBudget<Runtime>,
);
/// An extrinsic as it arrives. Decoding it takes at most 16 MiB of memory; what takes more does not decode.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a signer signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// A block of typed extrinsics. The node carries [`mulu_primitives::block::Block`], which encodes to the same bytes.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// The pallets in the order in which their hooks run. FRAME's own order is that of the indices, and Records has to be last, so that
/// the header commits to what every other pallet recorded.
pub type Hooked = (
    System,
    Timestamp,
    Chain,
    Departments,
    Catalog,
    Sharing,
    Grants,
    Access,
    Calendar,
    Governance,
    Elements,
    Mounts,
    Oversight,
    Records,
);
/// What runs blocks.
pub type Executive = frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, Hooked>;
