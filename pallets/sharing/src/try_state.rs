//! Invariants over purposes, policies and requests.

use crate::{
    pallet::{Config, LastPurpose, LastRequest, OpenCount, Pallet, Policies, PurposeByCode, Purposes, Requests},
    types::{OpenRequest, Step},
};
use frame_support::ensure;
use mulu_proofs::{ids::DepartmentId, sharing::Policy};
use sp_runtime::TryRuntimeError;
use std::collections::{BTreeMap, BTreeSet};

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - S1: purposes are numbered without gaps and found by their codes.
    /// - S2: every stage of a policy can be completed.
    /// - S3: an open request was signed in order, once by each, and not beyond its policy.
    /// - S4: a consumer has as many open requests as are counted.
    /// - S5: a request has a deadline once its consumer has consented; no two share one.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut purposes = 0;
        for (id, purpose) in Purposes::<T>::iter() {
            ensure!(PurposeByCode::<T>::get(&purpose.code) == Some(id), "S1: a purpose's code leads elsewhere");
            ensure!((1..=LastPurpose::<T>::get().get()).contains(&id.get()), "S1: a purpose was never numbered");
            purposes += 1;
        }
        ensure!(purposes == u32::from(LastPurpose::<T>::get().get()), "S1: a purpose is missing");
        for policy in Policies::<T>::iter_values() {
            ensure_can_be_met(&policy)?;
        }
        let mut open = BTreeMap::<DepartmentId, u32>::new();
        let mut deadlines = Vec::new();
        for (id, request) in Requests::<T>::iter() {
            ensure!((1..=LastRequest::<T>::get().get()).contains(&id.get()), "S3: a request was never numbered");
            ensure_signed_in_order(&request)?;
            ensure!(
                request.deadline.is_some() == request.is_endorsed(),
                "S5: a request runs on no clock, or too early"
            );
            deadlines.extend(request.deadline);
            *open.entry(request.terms.consumer).or_default() += 1;
        }
        ensure!(open == OpenCount::<T>::iter().collect(), "S4: open requests are counted wrong");
        let shared = deadlines.iter().collect::<BTreeSet<_>>().len() < deadlines.len();
        ensure!(!shared, "S5: a deadline runs for two");
        Ok(())
    }
}

fn ensure_can_be_met(policy: &Policy) -> Result<(), TryRuntimeError> {
    for stage in &policy.stages {
        ensure!(stage.threshold.needed(stage.approvers.len()).is_some(), "S2: a stage can never be completed");
    }
    Ok(())
}

fn ensure_signed_in_order(request: &OpenRequest) -> Result<(), TryRuntimeError> {
    ensure_can_be_met(&request.policy)?;
    let signatures = &request.signatures;
    let steps: Vec<Step> = signatures.iter().map(|signature| signature.step).collect();
    ensure!(steps.first() == Some(&Step::Submitted), "S3: a request was made by nobody");
    ensure!(steps.is_sorted(), "S3: a step was signed before its turn");
    ensure!(request.signatures_under(Step::Submitted) == 1, "S3: a request was made twice");
    let endorsed = request.signatures_under(Step::Endorsed);
    ensure!(endorsed == usize::from(steps.len() > 1), "S3: the consumer's consent is missing or doubled");
    for (place, signature) in signatures.iter().enumerate() {
        let before = &signatures[..place];
        ensure!(before.iter().all(|other| other.account != signature.account), "S3: somebody signed twice");
    }
    let current = request.current_stage().map(|(number, _)| number);
    let mut complete = 2;
    for (number, stage) in (0_u8..).zip(&request.policy.stages) {
        let needed = stage.threshold.needed(stage.approvers.len()).unwrap_or(0);
        let signed = request.signatures_under(Step::Approved(number));
        ensure!(signed <= needed, "S3: a stage has more approvals than it needs");
        ensure!(current.is_none_or(|current| number <= current) || signed == 0, "S3: a stage was signed too early");
        complete += signed;
    }
    ensure!(steps.len() == 1 || steps.len() == complete, "S3: a stage was signed that the policy does not have");
    Ok(())
}
