//! Invariants over proposals, votes, queues and the plan.

use crate::{
    pallet::{Agenda, Config, Expiring, LastProposal, OPEN_MAX, OpenCount, Pallet, Plan, Proposals, Votes},
    types::Stage,
};
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use mulu_proofs::ids::{DepartmentId, Height, ProposalId};
use sp_runtime::TryRuntimeError;
use std::collections::{BTreeMap, BTreeSet};

impl<T: Config> Pallet<T>
where
    BlockNumberFor<T>: Into<u32>,
{
    /// Checks every invariant; reads only.
    ///
    /// - G1: an open proposal was numbered, says something, and is counted for its department, which has no more than it may have.
    /// - G2: exactly the proposals under vote wait for their expiry, the first first.
    /// - G3: exactly the proposals that name a height stand on its agenda, which has not come yet; only these wait adopted.
    /// - G4: votes are on open proposals.
    /// - G5: the plan is of a newer version, or its height is still to come.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let now: u32 = frame_system::Pallet::<T>::block_number().into();
        let mut counts = BTreeMap::<DepartmentId, u32>::new();
        let mut voting = BTreeSet::new();
        let mut dated = BTreeSet::<(Height, ProposalId)>::new();
        for (id, open) in Proposals::<T>::iter() {
            ensure!((1..=LastProposal::<T>::get().get()).contains(&id.get()), "G1: a proposal was never numbered");
            ensure!(open.terms.action.check().is_ok(), "G1: a proposal's action says nothing");
            *counts.entry(open.proposer).or_default() += 1;
            match (open.stage, open.terms.enact_at) {
                (Stage::Voting, _) => {
                    voting.insert((open.terms.expires, id));
                }
                (Stage::Adopted, height) => ensure!(height.is_some(), "G3: an adopted proposal waits for no height"),
            }
            dated.extend(open.terms.enact_at.map(|height| (height, id)));
        }
        ensure!(counts.values().all(|count| *count <= OPEN_MAX), "G1: a department has too many open proposals");
        ensure!(counts == OpenCount::<T>::iter().collect(), "G1: open proposals are counted wrong");
        let expiring = Expiring::<T>::get().into_inner();
        ensure!(expiring == voting.into_iter().collect::<Vec<_>>(), "G2: the queue of expiry is another");
        let mut agenda = BTreeSet::new();
        for (height, proposals) in Agenda::<T>::iter() {
            ensure!(height.get() >= now, "G3: a height passed with proposals on its agenda");
            ensure!(!proposals.is_empty(), "G3: an agenda is empty");
            for proposal in proposals {
                ensure!(agenda.insert((height, proposal)), "G3: a proposal stands on an agenda twice");
            }
        }
        ensure!(agenda == dated, "G3: an agenda names other proposals");
        for proposal in Votes::<T>::iter_keys().map(|(proposal, _)| proposal) {
            ensure!(Proposals::<T>::contains_key(proposal), "G4: a vote on no open proposal");
        }
        if let Some(plan) = Plan::<T>::get() {
            let newer = plan.spec_version > T::Version::get().spec_version;
            ensure!(newer || plan.height.get() >= now, "G5: the planned version runs already");
        }
        Ok(())
    }
}
