//! A random walk of everybody doing legal and illegal acts: illegal ones change nothing, and what legal ones leave on record is
//! what the offline verifier asks for.

use super::*;
use crate::{Call, LastGrant};
use codec::Encode as _;
use mulu_proofs::{evidence::calls::expected_call, text::Text};
use sp_runtime::{DispatchResult, StateVersion};
use std::collections::BTreeMap;

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

    fn reason(&mut self) -> Text<512> {
        text(self.pick(&["", "核查", "超范围使用", "已整改"]))
    }

    fn grant(&mut self) -> GrantId {
        GrantId::new(1 + self.below(u64::from(LastGrant::<Test>::get().get()) + 1) as u32)
    }

    fn act(&mut self) -> (u8, Call<Test>) {
        let officers = [OFFICER, SECOND_OFFICER];
        let stoppers = [OFFICER, SUPERVISOR];
        let grant = self.grant();
        match self.below(4) {
            0 => (self.actor(&officers), Call::provision { grant }),
            1 => (self.actor(&stoppers), Call::suspend { grant, reason: self.reason() }),
            _ => (self.actor(&stoppers), Call::resume { grant, reason: self.reason() }),
        }
    }
}

/// Does an act without the transaction that FRAME puts around calls, so that nothing hides a write before a check.
fn apply(who: u8, call: Call<Test>) -> DispatchResult {
    let who = &account(who);
    match call {
        Call::provision { grant } => Grants::do_provision(who, grant),
        Call::suspend { grant, reason } => Grants::do_suspend(who, grant, reason),
        Call::resume { grant, reason } => Grants::do_resume(who, grant, reason),
        Call::__Ignore(..) => unreachable!("never made"),
    }
}

fn state_root() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

fn record_count() -> usize {
    Recorded::mutate(|records| records.len())
}

fn walk(seed: u64, steps: u32) {
    run(|| {
        let mut random = Random(seed);
        let mut outcomes = BTreeMap::<(u8, bool), u32>::new();
        let mut moments = BTreeMap::<GrantId, Vec<Moment>>::new();
        for step in 0..steps {
            if random.one_in(20) {
                Now::set(Now::get() + random.below(2 * DAY));
            }
            if random.one_in(10) {
                let until = Moment::new(Now::get() + (1 + random.below(40)) * DAY);
                let terms = GrantTerms { until, ..terms() };
                assert_ok!(Grants::begin(&terms));
                moments.insert(terms.grant, vec![Moment::new(Now::get())]);
            }
            let (who, call) = random.act();
            let bytes = RuntimeCall::Grants(call.clone()).encode();
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
            let act: GrantAct = record.body_as().unwrap();
            moments.get_mut(&act.grant).unwrap().push(record.moment);
            Grants::do_try_state().unwrap_or_else(|broken| panic!("step {step}: {broken:?} after {call:?}"));
        }
        for call in 0..=2 {
            for ok in [true, false] {
                assert!(outcomes.contains_key(&(call, ok)), "call {call} never ended with ok = {ok}: {outcomes:?}");
            }
        }
        for (grant, moments) in moments {
            let kept: Vec<_> = Grants::transitions(grant).into_iter().map(|(moment, _)| moment).collect();
            assert_eq!(kept, moments, "one transition per record");
        }
    });
}

#[test]
fn illegal_acts_change_nothing_and_legal_ones_leave_what_the_verifier_asks_for() {
    for seed in [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03, 0x2545_f491_4f6c_dd1d] {
        walk(seed, 2_000);
    }
}
