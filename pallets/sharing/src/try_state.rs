//! Invariants over purposes, policies and requests.

use crate::{
    pallet::{
        Config, LastPurpose, LastRequest, OnClock, OpenCount, Pallet, Policies, PurposeByCode, Purposes, Requests,
        StandingConsents,
    },
    types::{OpenRequest, Standing, Step, Supplement},
};
use frame_support::ensure;
use mulu_proofs::{departments::Role, ids::DepartmentId, sharing::Policy};
use sp_runtime::TryRuntimeError;
use std::collections::{BTreeMap, BTreeSet};

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - S1: purposes are numbered without gaps and found by their codes.
    /// - S2: a policy has stages, each of which can be completed.
    /// - S3: an open request was signed in order, once by each, and not beyond its policy.
    /// - S4: a consumer has as many open requests as are counted.
    /// - S5: a request runs on a clock once its consumer has consented, and is found by its entry then; no two share one.
    /// - S6: a clock waits for a consent only while papers are missing or the consumer has not consented anew; missing papers were asked
    ///   for behind a consent.
    /// - S7: a standing consent was signed earlier, by an officer, and agrees to something.
    /// - S8: what an open request asks for stands in a record of its own.
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
            ensure!(!policy.stages.is_empty(), "S2: a policy says nothing");
            ensure_can_be_met(&policy)?;
        }
        for Standing { consent, signed_as, record, .. } in StandingConsents::<T>::iter_values() {
            let is_signed = signed_as.role == Role::Officer && signed_as.given < record;
            ensure!(is_signed && consent.items != 0 && consent.days > 0, "S7: a standing consent agrees to nothing");
        }
        let mut open = BTreeMap::<DepartmentId, u32>::new();
        let (mut deadlines, mut asked) = (Vec::new(), BTreeSet::new());
        for (id, request) in Requests::<T>::iter() {
            ensure!((1..=LastRequest::<T>::get().get()).contains(&id.get()), "S3: a request was never numbered");
            ensure_signed_in_order(&request)?;
            ensure_clock(&request)?;
            ensure!(
                request.asked.get() > 0 && asked.insert(request.asked),
                "S8: a request stands in no record of its own"
            );
            deadlines.extend(request.reply.map(|reply| reply.deadline));
            let is_found = OnClock::<T>::contains_key(request.terms.entry, id);
            ensure!(is_found == request.reply.is_some(), "S5: a request is not found by its entry, or without a clock");
            *open.entry(request.terms.consumer).or_default() += 1;
        }
        ensure!(open == OpenCount::<T>::iter().collect(), "S4: open requests are counted wrong");
        ensure!(
            OnClock::<T>::iter_keys().count() == deadlines.len(),
            "S5: an entry leads to a request that is not there"
        );
        let shared = deadlines.iter().collect::<BTreeSet<_>>().len() < deadlines.len();
        ensure!(!shared, "S5: a deadline runs for two");
        Ok(())
    }
}

fn ensure_can_be_met(policy: &Policy) -> Result<(), TryRuntimeError> {
    for stage in &policy.stages {
        let can_be_met = stage.needed().is_some() && !stage.departments.is_empty();
        ensure!(can_be_met, "S2: a stage can never be completed");
    }
    Ok(())
}

fn ensure_clock(request: &OpenRequest) -> Result<(), TryRuntimeError> {
    let (endorsed, missing) = (request.is_endorsed(), request.supplement == Supplement::Asked);
    ensure!(request.reply.is_some() || !endorsed, "S5: a request runs on no clock");
    ensure!(endorsed || !missing, "S6: papers are missing from a request that the provider does not have");
    let waits = request.reply.is_some_and(|reply| reply.waits_for_consent);
    ensure!(!waits || missing || !endorsed, "S6: a clock stands still for nothing");
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
        let needed = stage.needed().unwrap_or(0);
        let signed = request.signatures_under(Step::Approved(number));
        ensure!(signed <= needed, "S3: a stage has more approvals than it needs");
        ensure!(current.is_none_or(|current| number <= current) || signed == 0, "S3: a stage was signed too early");
        complete += signed;
    }
    ensure!(steps.len() == 1 || steps.len() == complete, "S3: a stage was signed that the policy does not have");
    Ok(())
}
