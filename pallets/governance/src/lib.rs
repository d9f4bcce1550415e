//! Proposals, votes and enactments (SPEC §1): what departments decide together, one vote each.
//!
//! ```text
//! propose ─> vote, vote, … ─┬─ enough approve ─> enact, at once or at the end of the height that was stated
//!    └── withdraw           └─ the rest is too few, the time is up, or the height is there ─> closed
//! ```
//!
//! An action is a type, never a call: nothing can be proposed that [`mulu_proofs::governance::Action`] does not name. Heads sign
//! [`mulu_proofs::governance::proposal_digest`] with their own keys, every step is a record, and each vote's record holds the count
//! behind it. A proposal that has ended leaves the state and stays as records. Why no pallet of FRAME's own does this stands in
//! `docs/adr/0007-own-governance-pallet.md`.

mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{OpenProposal, Stage};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{types::OpenProposal, weights};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Clock, Electorate, Enact, People, Records};
    use mulu_proofs::{
        governance::{
            Action, ProposalClosed, ProposalEnacted, ProposalMade, ProposalVoted, ProposalWithdrawn, UpgradePlan,
        },
        ids::{DepartmentId, Digest32, Height, Moment, ProposalId},
    };
    use sp_core::crypto::AccountId32;

    /// Most open proposals of one department.
    pub const OPEN_MAX: u32 = 8;
    /// Most proposals that heads vote on at one time.
    pub const VOTING_MAX: u32 = 256;
    /// Most proposals that name one height.
    pub const HEIGHT_PROPOSALS_MAX: u32 = 8;
    /// Proposals that name one height.
    pub type HeightProposals = BoundedVec<ProposalId, ConstU32<HEIGHT_PROPOSALS_MAX>>;
    /// Most expired proposals that one block closes; the next closes the rest.
    pub const BLOCK_EXPIRED_MAX: usize = 16;
    /// Longest time that heads may vote: 366 days, in milliseconds.
    pub const VOTING_MS_MAX: u64 = 366 * 86_400_000;
    /// How far ahead a height may be named: about a year of blocks of three seconds.
    pub const HEIGHTS_AHEAD_MAX: u32 = 10_000_000;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Block time.
        type Clock: Clock;
        /// Departments and roles.
        type People: People;
        /// Which departments have a vote.
        type Electorate: Electorate;
        /// What a decision does to the other pallets.
        type Enact: Enact;
    }

    /// Proposals that have not ended.
    ///
    /// - Key → value: ProposalId → OpenProposal, at most 16 KiB; 200 bytes as a rule.
    /// - Written by: `Call::propose`, and the vote that adopts one for a later height; removed when it ends.
    /// - Bound: [`OPEN_MAX`] a department.
    /// - Invariants: G1, G2, G3 in `try_state`.
    #[pallet::storage]
    pub type Proposals<T: Config> = StorageMap<_, Twox64Concat, ProposalId, OpenProposal>;

    /// Votes on open proposals: whether the department approves. A vote is final.
    ///
    /// - Key → value: ProposalId, DepartmentId → bool, 1 byte.
    /// - Written by: `Call::vote`; removed with the proposal.
    /// - Bound: one a department and open proposal.
    /// - Invariants: G4 in `try_state`.
    #[pallet::storage]
    pub type Votes<T: Config> = StorageDoubleMap<_, Twox64Concat, ProposalId, Twox64Concat, DepartmentId, bool>;

    /// How many open proposals a department has; none where it has none.
    ///
    /// - Key → value: DepartmentId → u32, 4 bytes.
    /// - Written by: with [`Proposals`].
    /// - Bound: one a department.
    /// - Invariants: G1 in `try_state`.
    #[pallet::storage]
    pub type OpenCount<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, u32, ValueQuery>;

    /// Last id given to a proposal.
    ///
    /// - Key → value: nothing → ProposalId, 4 bytes.
    /// - Written by: `Call::propose`.
    /// - Bound: one value.
    #[pallet::storage]
    pub type LastProposal<T: Config> = StorageValue<_, ProposalId, ValueQuery>;

    /// Proposals that heads vote on, the first to expire first.
    ///
    /// - Key → value: nothing → at most [`VOTING_MAX`] of 12 bytes.
    /// - Written by: `Call::propose`; an entry leaves when its proposal is decided or ends.
    /// - Bound: [`VOTING_MAX`].
    /// - Invariants: G2 in `try_state`.
    #[pallet::storage]
    pub type Expiring<T: Config> = StorageValue<_, BoundedVec<(Moment, ProposalId), ConstU32<VOTING_MAX>>, ValueQuery>;

    /// Proposals that name a height, decided or not.
    ///
    /// - Key → value: Height → at most [`HEIGHT_PROPOSALS_MAX`] of 4 bytes.
    /// - Written by: `Call::propose`; an entry leaves when its proposal ends, all of them at the end of the height.
    /// - Bound: [`HEIGHT_PROPOSALS_MAX`] a height, one an open proposal.
    /// - Invariants: G3 in `try_state`.
    #[pallet::storage]
    pub type Agenda<T: Config> = StorageMap<_, Twox64Concat, Height, HeightProposals, ValueQuery>;

    /// The upgrade that is planned. A node that does not carry its version stops before its height.
    ///
    /// - Key → value: nothing → UpgradePlan, at most 850 bytes.
    /// - Written by: enactment of `PlanUpgrade` and `CancelUpgrade`; removed once its version runs at its height.
    /// - Bound: one value.
    /// - Invariants: G5 in `try_state`.
    #[pallet::storage]
    pub type Plan<T: Config> = StorageValue<_, UpgradePlan>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A proposal was made.
        ProposalMade {
            /// Who signed.
            signer: AccountId32,
            /// The proposal.
            made: Box<ProposalMade>,
        },
        /// A department voted.
        ProposalVoted {
            /// Who signed.
            signer: AccountId32,
            /// The vote and the count with it.
            voted: ProposalVoted,
        },
        /// A department withdrew its proposal.
        ProposalWithdrawn {
            /// Who signed.
            signer: AccountId32,
            /// The withdrawal.
            withdrawn: ProposalWithdrawn,
        },
        /// A proposal was enacted, or could not be.
        ProposalEnacted {
            /// The proposal and how it went.
            enacted: ProposalEnacted,
        },
        /// A proposal ended without a decision for it.
        ProposalClosed {
            /// The proposal and why.
            closed: ProposalClosed,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer belongs to no department; only heads of departments propose and vote.
        NotPermitted,
        /// The signer's department is registered but not admitted; heads of admitted departments decide, and can admit it.
        NotAdmitted,
        /// The action cannot do anything as it stands; `mulu_proofs::governance::Action::check` says why.
        ActionInvalid,
        /// The proposal would expire before it is made; name a later time.
        ExpiryPassed,
        /// Heads vote for at most 366 days; name an earlier time.
        ExpiryTooFar,
        /// The height has come already; name a later one, or none.
        HeightPassed,
        /// The height is more than 10,000,000 blocks away; name an earlier one.
        HeightTooFar,
        /// Eight proposals name this height; name another.
        HeightFull,
        /// The department has as many open proposals as it may have; withdraw one, or wait until one has ended.
        TooManyOpen,
        /// Heads have as many proposals to vote on as they may have; wait until one is decided.
        TooManyVoting,
        /// There is no such open proposal: it was never made, or it has ended.
        UnknownProposal,
        /// The digest is not of what is stored; read the proposal again and sign what it says.
        DigestMismatch,
        /// The time to vote is up; make a new proposal.
        VotingOver,
        /// The department voted already; a vote is final.
        AlreadyVoted,
        /// The proposal is decided and waits for its height; only another proposal can undo it.
        AlreadyAdopted,
        /// Another department made this proposal; vote against it.
        NotProposer,
        /// The planned height has come already; plan a later one.
        UpgradeHeightPassed,
        /// The chain runs this version, or a newer one; plan a newer one.
        UpgradeNotNewer,
        /// Another upgrade is planned; cancel it first.
        UpgradePlanned,
        /// No upgrade is planned.
        NoUpgradePlanned,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T>
    where
        BlockNumberFor<T>: Into<u32>,
    {
        /// Makes room for what `on_finalize` will do.
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            Self::due_weight(Height::new(now.into()))
        }

        // Behind the timestamp, which the records carry, and behind the votes of this very block.
        fn on_finalize(now: BlockNumberFor<T>) {
            Self::enact_due(Height::new(now.into()));
            Self::close_expired();
            Self::forget_plan(Height::new(now.into()));
        }
    }

    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most open proposals of one department.
        #[pallet::constant_name(OpenMax)]
        fn open_max() -> u32 {
            OPEN_MAX
        }

        /// Most proposals that heads vote on at one time.
        #[pallet::constant_name(VotingMax)]
        fn voting_max() -> u32 {
            VOTING_MAX
        }

        /// Most proposals that name one height.
        #[pallet::constant_name(HeightProposalsMax)]
        fn height_proposals_max() -> u32 {
            HEIGHT_PROPOSALS_MAX
        }

        /// Most expired proposals that one block closes; the next closes the rest.
        #[pallet::constant_name(BlockExpiredMax)]
        fn block_expired_max() -> u32 {
            BLOCK_EXPIRED_MAX as u32
        }

        /// Longest time that heads may vote, in milliseconds.
        #[pallet::constant_name(VotingMsMax)]
        fn voting_ms_max() -> u64 {
            VOTING_MS_MAX
        }

        /// How many heights ahead an enactment may be named.
        #[pallet::constant_name(HeightsAheadMax)]
        fn heights_ahead_max() -> u32 {
            HEIGHTS_AHEAD_MAX
        }

        /// Most build targets of an upgrade plan.
        #[pallet::constant_name(TargetsMax)]
        fn targets_max() -> u32 {
            mulu_proofs::governance::TARGETS_MAX
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T>
    where
        BlockNumberFor<T>: Into<u32>,
    {
        /// Proposes an action. The department's own vote is given with `Call::vote` like every other.
        ///
        /// ## Dispatch origin
        /// The `head` of a department that has a vote: admitted and active.
        /// ## Errors
        /// - `Error::NotPermitted`, `Error::NotAdmitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::ActionInvalid`.
        /// - `Error::ExpiryPassed`, `Error::ExpiryTooFar`.
        /// - `Error::HeightPassed`, `Error::HeightTooFar`, `Error::HeightFull`.
        /// - `Error::TooManyOpen`, `Error::TooManyVoting`.
        /// ## Events and records
        /// `Event::ProposalMade`; record `ProposalMade`.
        /// ## Complexity
        /// O(log proposals under vote).
        #[pallet::call_index(0)]
        #[pallet::weight(weights::PROPOSE)]
        pub fn propose(
            origin: OriginFor<T>,
            action: Box<Action>,
            expires: Moment,
            enact_at: Option<Height>,
        ) -> DispatchResult {
            Self::do_propose(&ensure_signed(origin)?, *action, expires, enact_at)
        }

        /// Votes for the signer's department. The vote that decides also enacts, unless the proposal names a height.
        ///
        /// ## Dispatch origin
        /// The `head` of a department that has a vote: admitted and active.
        /// ## Errors
        /// - `Error::NotPermitted`, `Error::NotAdmitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownProposal`, `Error::AlreadyAdopted`, `Error::VotingOver`, `Error::AlreadyVoted`.
        /// - `Error::DigestMismatch`: the signer read something else than what is stored.
        /// ## Events and records
        /// `Event::ProposalVoted`; record `ProposalVoted`. If the vote decides also `ProposalEnacted` behind what the action
        /// records, or `ProposalClosed`.
        /// ## Complexity
        /// O(votes): who voted counts only while it is active.
        #[pallet::call_index(1)]
        #[pallet::weight(weights::VOTE)]
        pub fn vote(origin: OriginFor<T>, proposal: ProposalId, digest: Digest32, approve: bool) -> DispatchResult {
            Self::do_vote(&ensure_signed(origin)?, proposal, digest, approve)
        }

        /// Withdraws a proposal that is not decided yet.
        ///
        /// ## Dispatch origin
        /// The `head` of the department that made it.
        /// ## Errors
        /// - `Error::NotPermitted`, `Error::NotAdmitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownProposal`, `Error::NotProposer`, `Error::AlreadyAdopted`.
        /// ## Events and records
        /// `Event::ProposalWithdrawn`; record `ProposalWithdrawn`.
        /// ## Complexity
        /// O(votes).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::CLOSE)]
        pub fn withdraw(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResult {
            Self::do_withdraw(&ensure_signed(origin)?, proposal)
        }
    }
}
