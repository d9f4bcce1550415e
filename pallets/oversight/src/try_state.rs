//! Invariants over disputes and counts.

use crate::{
    pallet::{Config, Counts, Disputes, LastDispute, OpenCount, Pallet, QueryCursors},
    types::Stage,
};
use frame_support::{ensure, traits::Get};
use mulu_pallet_support::Clocks;
use mulu_proofs::ids::DepartmentId;
use sp_runtime::TryRuntimeError;
use std::collections::BTreeMap;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - O1: an open dispute was numbered, is between two departments, and is counted for its claimant, who has no more than it may have.
    /// - O2: a clock runs exactly while an answer, the authority's decision or an appeal is waited for.
    /// - O3: what waits for a confirmation was proposed by a party, and not in a dispute that is decided; a decision is for a party or
    ///   for neither, by an authority that is no party.
    /// - O4: no count is of the chain itself, or of nothing.
    /// - O5: whoever told queries has told at least one, and when it was asked.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::<DepartmentId, u32>::new();
        for (id, dispute) in Disputes::<T>::iter() {
            ensure!((1..=LastDispute::<T>::get().get()).contains(&id.get()), "O1: a dispute was never numbered");
            ensure!(dispute.claimant != dispute.respondent, "O1: a dispute has one party");
            *counts.entry(dispute.claimant).or_default() += 1;
            let waits = match dispute.stage {
                Stage::Negotiating { is_answered } => !is_answered,
                Stage::AtAuthority { .. } | Stage::Decided { .. } => true,
                Stage::AtGovernment { .. } => false,
            };
            let runs = dispute.clock.is_some_and(|clock| T::Clocks::due(clock).is_some());
            ensure!(waits == runs && waits == dispute.clock.is_some(), "O2: a clock runs that should not, or stands");
            let proposer = dispute.settlement.map(|(proposer, _)| proposer);
            ensure!(proposer.is_none_or(|party| dispute.has_party(party)), "O3: a stranger proposed a settlement");
            let (favour, appellant) = match dispute.stage {
                Stage::Decided { favour, .. } => {
                    ensure!(proposer.is_none(), "O3: a decided dispute waits for a confirmation");
                    (favour, None)
                }
                Stage::AtGovernment { favour, appellant, .. } => (favour, Some(appellant)),
                _ => (None, None),
            };
            let are_parties = [favour, appellant].into_iter().flatten().all(|party| dispute.has_party(party));
            ensure!(are_parties, "O3: a stranger won, or appealed");
            let authority = dispute.stage.authority();
            ensure!(!authority.is_some_and(|it| dispute.has_party(it)), "O3: a party decides its own dispute");
        }
        ensure!(counts.values().all(|count| *count <= T::OpenMax::get()), "O1: a claimant has too many open disputes");
        ensure!(counts == OpenCount::<T>::iter().collect(), "O1: open disputes are counted wrong");
        let are_real = Counts::<T>::iter().all(|(department, _, count)| department.get() > 0 && count > 0);
        ensure!(are_real, "O4: a count of nobody or of nothing");
        let are_told = QueryCursors::<T>::iter_values().all(|cursor| cursor.last.get() > 0 && cursor.moment.get() > 0);
        ensure!(are_told, "O5: a cursor behind no query");
        Ok(())
    }
}
