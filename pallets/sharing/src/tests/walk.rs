//! A random walk of everybody doing legal and illegal acts: illegal ones change nothing, and what legal ones leave on record is
//! what the offline verifier asks for.

use super::*;
use crate::{Call, LastRequest};
use codec::Encode as _;
use mulu_proofs::{
    departments::AccountKey,
    evidence::calls::{expected_call, signed_as},
    sharing::request_digest,
};
use sp_runtime::{DispatchResult, StateVersion};
use std::collections::{BTreeMap, BTreeSet};

/// Xorshift: the same seed, the same walk.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn pick<I: Clone>(&mut self, items: &[I]) -> I {
        items[self.below(items.len() as u64) as usize].clone()
    }

    /// Mostly somebody who may, often anybody.
    fn actor(&mut self, likely: &[u8]) -> u8 {
        if self.one_in(3) { 1 + self.below(u64::from(STRANGER)) as u8 } else { self.pick(likely) }
    }

    fn reason(&mut self) -> mulu_proofs::text::Text<512> {
        text(self.pick(&["", "核查", "超范围使用", "已整改"]))
    }

    fn policy(&mut self) -> Policy {
        let head = Stage { department: OTHER, role: Role::Head, ..stage(&[], Threshold::Any) };
        let stages = [
            stage(&APPROVERS, Threshold::Count(2)),
            stage(&APPROVERS[..1], Threshold::All),
            stage(&APPROVERS[1..], Threshold::Majority),
            stage(&[], Threshold::Any),
            stage(&[], Threshold::All),
            stage(&APPROVERS, Threshold::Count(9)),
            head,
        ];
        let count = self.below(3);
        let stages: Vec<_> = (0..count).map(|_| self.pick(&stages)).collect();
        Policy { stages: list(&stages) }
    }

    fn terms(&mut self) -> RequestTerms {
        let mut terms = if self.one_in(2) { terms() } else { open_terms() };
        terms.until = Moment::new(Now::get() + (1 + self.below(40)) * DAY);
        match self.below(12) {
            0 => terms.items = self.below(16),
            1 => terms.until = terms.from,
            2 => terms.rows_per_day = 0,
            3 => terms.systems = list(&[OTHER_SYSTEM]),
            4 => terms.consumer = OTHER,
            5 => terms.purposes = list(&[PurposeId::new(2), PurposeId::new(1)]),
            6 => terms.entry_version = Version::new(9),
            _ => {}
        }
        terms
    }

    /// A request, mostly an open one, and mostly its digest.
    fn request(&mut self) -> (RequestId, [u8; 32]) {
        let mut open: Vec<_> = Requests::<Test>::iter_keys().collect();
        open.sort();
        let any = RequestId::new(1 + self.below(u64::from(LastRequest::<Test>::get().get()) + 2) as u32);
        let request = if open.is_empty() || self.one_in(8) { any } else { self.pick(&open) };
        let digest = Requests::<Test>::get(request).map(|open| open.digest(request));
        (request, digest.filter(|_| !self.one_in(10)).unwrap_or(WRONG))
    }

    fn act(&mut self) -> (u8, Call<Test>) {
        let consumers = [APPLICANT, APPLICANT_AND_OFFICER];
        let consents = [CONSUMER_OFFICER, APPLICANT_AND_OFFICER];
        let approvers = [APPROVERS[0], APPROVERS[1], APPROVERS[2], OFFICER_AND_APPROVER, OTHER_HEAD];
        let officers = [OFFICER, OFFICER_AND_APPROVER];
        match self.below(19) {
            0 => {
                let code = text(&format!("P{}", self.below(40)));
                (self.actor(&[SUPERVISOR]), Call::register_purpose { code, name: text("用途") })
            }
            1 => {
                let entry = self.pick(&[ENTRY, ENTRY, OPEN_ENTRY, DRAFT_ENTRY]);
                (self.actor(&officers), Call::set_policy { entry, policy: self.policy() })
            }
            2..=4 => (self.actor(&consumers), Call::submit { terms: self.terms() }),
            5..=7 => {
                let (request, digest) = self.request();
                (self.actor(&consents), Call::endorse { request, digest })
            }
            8..=12 => {
                let (request, digest) = self.request();
                (self.actor(&approvers), Call::approve { request, digest })
            }
            13..=16 => {
                let (request, digest) = self.request();
                (self.actor(&officers), Call::agree { request, digest })
            }
            17 => {
                let (request, digest) = self.request();
                (self.actor(&officers), Call::refuse { request, digest, reason: self.reason() })
            }
            _ => {
                let (request, digest) = self.request();
                (self.actor(&consents), Call::withdraw { request, digest })
            }
        }
    }
}

/// Does an act without the transaction that FRAME puts around calls, so that nothing hides a write before a check.
fn apply(who: u8, call: Call<Test>) -> DispatchResult {
    let who = &account(who);
    match call {
        Call::register_purpose { code, name } => Sharing::do_register_purpose(who, code, name),
        Call::set_policy { entry, policy } => Sharing::do_set_policy(who, entry, policy),
        Call::submit { terms } => Sharing::do_submit(who, terms),
        Call::endorse { request, digest } => Sharing::do_endorse(who, request, digest),
        Call::approve { request, digest } => Sharing::do_approve(who, request, digest),
        Call::agree { request, digest } => Sharing::do_agree(who, request, digest),
        Call::refuse { request, digest, reason } => Sharing::do_refuse(who, request, digest, reason),
        Call::withdraw { request, digest } => Sharing::do_withdraw(who, request, digest),
        Call::__Ignore(..) => unreachable!("never made"),
    }
}

fn state_root() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

fn record_count() -> usize {
    Recorded::mutate(|records| records.len())
}

/// What the offline verifier asks of the records of a request that was agreed to.
fn follow(path: &[&Record]) {
    let created: RequestCreated = path[0].body_as().unwrap();
    let (request, terms) = (created.request, &created.terms);
    let digest = request_digest(request, terms);
    let mut expected = vec![(None, Role::Officer, terms.consumer)];
    for (number, stage) in (0..).zip(&created.policy.stages) {
        let needed = stage.threshold.needed(stage.approvers.len()).unwrap();
        expected.extend(std::iter::repeat_n((Some(number), stage.role, stage.department), needed));
    }
    expected.push((None, Role::Officer, created.provider));
    let mut found = Vec::new();
    for record in &path[1..] {
        let by = signed_as(record).unwrap();
        let (signed, stage) = match record.kind {
            RecordKind::RequestAgreed => (record.body_as::<RequestAgreed>().unwrap().digest, None),
            _ => record.body_as::<RequestAct>().map(|act| (act.digest, act.stage)).unwrap(),
        };
        assert_eq!(signed, digest, "everybody signs one digest");
        assert_eq!(record.department, by.department);
        if let Some(stage) = stage {
            let named = &created.policy.stages[usize::from(stage)].approvers;
            assert!(named.is_empty() || named.contains(&AccountKey(record.signer.unwrap())), "only who is named");
        }
        found.push((stage, by.role, by.department));
    }
    assert_eq!(found, expected, "steps, stages and roles in the policy's order");
    let signers: BTreeSet<_> = path.iter().map(|record| record.signer).collect();
    assert_eq!(signers.len(), path.len(), "nobody signs two steps");
    let grant = path.last().unwrap().body_as::<RequestAgreed>().unwrap().grant;
    assert_eq!((grant.request, grant.provider, grant.consumer), (request, created.provider, terms.consumer));
    assert_eq!((grant.entry, grant.entry_version, grant.items), (terms.entry, terms.entry_version, terms.items));
    assert_eq!((grant.method, grant.from, grant.until), (terms.method, terms.from, terms.until));
    assert_eq!((grant.calls_per_day, grant.rows_per_day), (terms.calls_per_day, terms.rows_per_day));
    assert_eq!((&grant.purposes, &grant.systems), (&terms.purposes, &terms.systems));
    assert_eq!(grant.platforms, terms.platforms);
}

/// Reads the whole record log again: policies as they stood, and every agreement.
fn replay(records: &[Record]) -> usize {
    let mut policies = BTreeMap::new();
    let mut paths = BTreeMap::<RequestId, Vec<&Record>>::new();
    let mut agreed = 0;
    for record in records {
        if let Some(Subject::Request(request)) = record.subjects.first() {
            paths.entry(*request).or_default().push(record);
        }
        match record.kind {
            RecordKind::PolicySet => {
                let set: PolicySet = record.body_as().unwrap();
                policies.insert(set.entry.get(), set.policy);
            }
            RecordKind::RequestCreated => {
                let created: RequestCreated = record.body_as().unwrap();
                let policy = policies.get(&created.terms.entry.get()).cloned().unwrap_or_default();
                assert_eq!(created.policy, policy, "the policy as it stood");
            }
            RecordKind::RequestAgreed => {
                let grant = record.body_as::<RequestAgreed>().unwrap().grant;
                follow(&paths[&grant.request]);
                assert_eq!(Begun::get().get(agreed), Some(&grant));
                agreed += 1;
            }
            _ => {}
        }
    }
    agreed
}

fn walk(seed: u64, steps: u32) {
    run(|| {
        let mut random = Random(seed);
        let mut outcomes = BTreeMap::<(u8, bool), u32>::new();
        for step in 0..steps {
            if random.one_in(20) {
                Now::set(Now::get() + random.below(2 * DAY));
            }
            let (who, call) = random.act();
            let bytes = RuntimeCall::Sharing(call.clone()).encode();
            let (root, records, clocks) = (state_root(), record_count(), Running::get());
            let outcome = apply(who, call.clone());
            *outcomes.entry((bytes[1], outcome.is_ok())).or_default() += 1;
            if let Err(error) = outcome {
                assert_eq!(state_root(), root, "step {step}: {call:?} was refused ({error:?}) and changed the state");
                assert_eq!(record_count(), records, "step {step}: a refused act is on record");
                assert_eq!(Running::get(), clocks, "step {step}: a refused act started or stopped a clock");
                continue;
            }
            assert_eq!(record_count(), records + 1, "step {step}: one act, one record");
            let record = last_record();
            assert_eq!(record.signer, Some([who; 32]));
            assert_eq!(expected_call(&record), Some(bytes), "step {step}: the verifier rebuilds the call");
            Sharing::do_try_state().unwrap_or_else(|broken| panic!("step {step}: {broken:?} after {call:?}"));
        }
        for call in 0..=7 {
            for ok in [true, false] {
                assert!(outcomes.contains_key(&(call, ok)), "call {call} never ended with ok = {ok}: {outcomes:?}");
            }
        }
        let agreed = replay(&Recorded::get());
        assert!(agreed >= 10, "only {agreed} agreements: the walk shows little");
    });
}

#[test]
fn illegal_acts_change_nothing_and_legal_ones_leave_what_the_verifier_asks_for() {
    for seed in [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03, 0x2545_f491_4f6c_dd1d] {
        walk(seed, 3_000);
    }
}
