//! A random walk of everybody doing legal and illegal acts: illegal ones change nothing, and what legal ones leave on record is
//! what the offline verifier asks for.

use super::*;
use crate::{Call, LastRequest};
use codec::Encode as _;
use mulu_pallet_support::Replies as _;
use mulu_proofs::{
    catalog::Methods,
    departments::AccountKey,
    evidence::calls::{expected_call, signed_as},
    sharing::{RequestResubmitted, StandingConsent, StandingConsentSet, request_digest},
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
        let head = Stage { departments: list(&[OTHER]), role: Role::Head, ..stage(&[], Threshold::Any) };
        let stages = [
            stage(&APPROVERS, Threshold::Count(2)),
            stage(&APPROVERS[..1], Threshold::All),
            stage(&APPROVERS[1..], Threshold::Majority),
            stage(&[], Threshold::Any),
            stage(&[], Threshold::All),
            stage(&APPROVERS, Threshold::Count(9)),
            Stage { departments: list(&[PROVIDER, OTHER]), ..stage(&APPROVERS[1..], Threshold::Any) },
            head,
        ];
        let count = self.below(3);
        let stages: Vec<_> = (0..count).map(|_| self.pick(&stages)).collect();
        Policy { stages: list(&stages) }
    }

    fn terms(&mut self) -> RequestTerms {
        let mut terms = if self.one_in(2) { terms() } else { open_terms() };
        terms.from = Moment::new(Now::get() - DAY);
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

    /// What a request could ask for instead.
    fn changed(&mut self, request: RequestId) -> RequestTerms {
        let Some(open) = Requests::<Test>::get(request).filter(|_| !self.one_in(6)) else { return self.terms() };
        let rows_per_day = self.below(4);
        RequestTerms { rows_per_day, ..open.terms }
    }

    fn consent(&mut self, entry: EntryId) -> StandingConsent {
        StandingConsent {
            entry_version: Version::new(if self.one_in(5) { 3 } else { 3 - entry.get() as u16 }),
            items: self.pick(&[0b011, 0b011, 0b011, 0b001, 0b100]),
            methods: Methods::of(&[Method::ServiceInterface]),
            consumers: self.pick(&[list(&[]), list(&[CONSUMER]), list(&[OTHER])]),
            purposes: list(&[]),
            calls_per_day: 1_000,
            rows_per_day: 10_000,
            days: 25,
            expires: Moment::new(Now::get() + self.below(20) * DAY),
        }
    }

    /// A request, mostly one of the newest that are open, and mostly its digest.
    fn request(&mut self) -> (RequestId, [u8; 32]) {
        let mut open: Vec<_> = Requests::<Test>::iter_keys().collect();
        open.sort();
        let any = RequestId::new(1 + self.below(u64::from(LastRequest::<Test>::get().get()) + 2) as u32);
        let request =
            if open.is_empty() || self.one_in(8) { any } else { self.pick(&open[open.len().saturating_sub(4)..]) };
        let digest = Requests::<Test>::get(request).map(|open| open.digest(request));
        (request, digest.filter(|_| !self.one_in(10)).unwrap_or(WRONG))
    }

    fn act(&mut self) -> (u8, Call<Test>) {
        let consumers = [APPLICANT, APPLICANT_AND_OFFICER];
        let consents = [CONSUMER_OFFICER, APPLICANT_AND_OFFICER];
        let approvers = [APPROVERS[0], APPROVERS[1], APPROVERS[2], OFFICER_AND_APPROVER, OTHER_HEAD];
        let officers = [OFFICER, OFFICER_AND_APPROVER];
        match self.below(30) {
            0 => {
                let code = text(&format!("P{}", self.below(40)));
                (self.actor(&[SUPERVISOR]), Call::register_purpose { code, name: text("用途") })
            }
            1 => {
                let entry = self.pick(&[ENTRY, ENTRY, OPEN_ENTRY, DRAFT_ENTRY]);
                (self.actor(&officers), Call::set_policy { entry, policy: self.policy() })
            }
            2..=4 => (self.actor(&consumers), Call::submit { terms: self.terms() }),
            5..=7 | 22 | 23 => {
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
            18 => {
                let (request, digest) = self.request();
                (self.actor(&consents), Call::withdraw { request, digest })
            }
            19 | 20 => {
                let (request, digest) = self.request();
                (self.actor(&officers), Call::ask_supplement { request, digest, missing: self.reason() })
            }
            21 => {
                let (request, digest) = self.request();
                (self.actor(&consumers), Call::resubmit { request, digest, terms: self.changed(request) })
            }
            24 | 25 => {
                let (request, digest) = self.request();
                let working_days = self.below(14) as u16;
                (self.actor(&officers), Call::ask_extension { request, digest, working_days, reason: self.reason() })
            }
            26 | 27 => {
                let (request, digest) = self.request();
                let granted = self.one_in(2);
                (self.actor(&[SUPERVISOR]), Call::decide_extension { request, digest, granted, reason: self.reason() })
            }
            28 => {
                let entry = self.pick(&[ENTRY, OPEN_ENTRY]);
                (self.actor(&officers), Call::set_standing_consent { entry, consent: self.consent(entry) })
            }
            _ => {
                let entry = self.pick(&[ENTRY, OPEN_ENTRY]);
                (self.actor(&officers), Call::revoke_standing_consent { entry, reason: self.reason() })
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
        Call::ask_supplement { request, digest, missing } => Sharing::do_ask_supplement(who, request, digest, missing),
        Call::resubmit { request, digest, terms } => Sharing::do_resubmit(who, request, digest, terms),
        Call::ask_extension { request, digest, working_days, reason } => {
            Sharing::do_ask_extension(who, request, digest, working_days, reason)
        }
        Call::decide_extension { request, digest, granted, reason } => {
            Sharing::do_decide_extension(who, request, digest, granted, reason)
        }
        Call::set_standing_consent { entry, consent } => Sharing::do_set_standing_consent(who, entry, consent),
        Call::revoke_standing_consent { entry, reason } => Sharing::do_revoke_standing_consent(who, entry, reason),
        Call::__Ignore(..) => unreachable!("never made"),
    }
}

fn state_root() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

fn record_count() -> usize {
    Recorded::mutate(|records| records.len())
}

/// What was asked for by a record: the request, its provider, terms and policy.
fn asked_for(record: &Record) -> Option<(RequestId, DepartmentId, RequestTerms, Policy)> {
    match record.kind {
        RecordKind::RequestCreated => {
            let RequestCreated { request, provider, terms, policy, .. } = record.body_as().unwrap();
            Some((request, provider, terms, policy))
        }
        RecordKind::RequestResubmitted => {
            let RequestResubmitted { request, provider, terms, policy, .. } = record.body_as().unwrap();
            Some((request, provider, terms, policy))
        }
        _ => None,
    }
}

/// Who signed a step. An agreement by standing consent was signed with that, which covers what was asked for.
fn signer(record: &Record, terms: &RequestTerms, before: &Record, records: &[Record]) -> Option<[u8; 32]> {
    if record.kind != RecordKind::RequestAgreed {
        return record.signer;
    }
    let agreed: RequestAgreed = record.body_as().unwrap();
    let Some(consent) = agreed.consent else { return record.signer };
    assert_eq!((record.signer, expected_call(record)), (None, None), "nobody signed the agreement itself");
    assert_eq!(before.number.next(), record.number, "it follows the last signature at once");
    let consent = &records[consent.get() as usize - 1];
    let set: StandingConsentSet = consent.body_as().unwrap();
    assert!(consent.number < record.number && set.consent.covers(terms, record.moment), "it covers the request");
    assert_eq!((set.entry, set.signed_as), (terms.entry, agreed.signed_as));
    consent.signer
}

/// What the offline verifier asks of the records of a request that was agreed to.
fn follow(path: &[&Record], records: &[Record]) {
    let from = path.iter().rposition(|record| asked_for(record).is_some()).unwrap();
    let (request, provider, terms, policy) = asked_for(path[from]).unwrap();
    let digest = request_digest(request, &terms);
    let mut expected = vec![(None, Role::Officer, vec![terms.consumer])];
    for (number, stage) in (0..).zip(&policy.stages) {
        let step = (Some(number), stage.role, stage.departments.to_vec());
        expected.extend(std::iter::repeat_n(step, stage.needed().unwrap()));
    }
    expected.push((None, Role::Officer, vec![provider]));
    let mut expected = expected.into_iter();
    let mut signers = vec![path[from].signer];
    let mut before = path[from];
    for record in &path[from + 1..] {
        let by = signed_as(record).unwrap();
        let (signed, stage) = match record.kind {
            RecordKind::RequestAgreed => (record.body_as::<RequestAgreed>().unwrap().digest, None),
            RecordKind::RequestEndorsed | RecordKind::RequestApproved => {
                record.body_as::<RequestAct>().map(|act| (act.digest, act.stage)).unwrap()
            }
            // What is said on the way decides nothing.
            _ => continue,
        };
        assert_eq!(signed, digest, "everybody signs one digest");
        assert_eq!(record.department, by.department);
        let (expected_stage, role, departments) = expected.next().expect("no step beyond the policy");
        assert_eq!((stage, by.role), (expected_stage, role), "steps, stages and roles in the policy's order");
        assert!(departments.contains(&by.department), "only departments of the stage");
        if let Some(stage) = stage {
            let named = &policy.stages[usize::from(stage)].approvers;
            assert!(named.is_empty() || named.contains(&AccountKey(record.signer.unwrap())), "only who is named");
        }
        signers.push(signer(record, &terms, before, records));
        before = record;
    }
    assert_eq!(expected.next(), None, "every step of the policy");
    let count = signers.len();
    assert_eq!(signers.into_iter().collect::<BTreeSet<_>>().len(), count, "nobody signs two steps");
    let RequestAgreed { asked, grant, .. } = path.last().unwrap().body_as().unwrap();
    assert_eq!(asked, path[from].number, "the agreement names what was asked for last");
    assert_eq!((grant.request, grant.provider, grant.consumer), (request, provider, terms.consumer));
    assert_eq!((grant.entry, grant.entry_version, grant.items), (terms.entry, terms.entry_version, terms.items));
    assert_eq!((grant.method, grant.from, grant.until), (terms.method, terms.from, terms.until));
    assert_eq!((grant.calls_per_day, grant.rows_per_day), (terms.calls_per_day, terms.rows_per_day));
    assert_eq!((&grant.purposes, &grant.systems), (&terms.purposes, &terms.systems));
    assert_eq!(grant.platforms, terms.platforms);
}

/// Reads the whole record log again: policies as they stood, and every agreement.
fn replay(records: &[Record]) -> (usize, usize) {
    let mut policies = BTreeMap::new();
    let mut paths = BTreeMap::<RequestId, Vec<&Record>>::new();
    let (mut agreed, mut in_advance) = (0, 0);
    for record in records {
        if let Some(Subject::Request(request)) = record.subjects.first() {
            paths.entry(*request).or_default().push(record);
        }
        match record.kind {
            RecordKind::PolicySet => {
                let set: PolicySet = record.body_as().unwrap();
                policies.insert(set.entry.get(), set.policy);
            }
            RecordKind::RequestCreated | RecordKind::RequestResubmitted => {
                let (_, _, terms, policy) = asked_for(record).unwrap();
                let stood = policies.get(&terms.entry.get()).cloned().unwrap_or_default();
                assert_eq!(policy, stood, "the policy as it stood");
            }
            RecordKind::RequestAgreed => {
                let RequestAgreed { grant, consent, .. } = record.body_as().unwrap();
                follow(&paths[&grant.request], records);
                in_advance += usize::from(consent.is_some());
                assert_eq!(Begun::get().get(agreed), Some(&grant));
                agreed += 1;
            }
            _ => {}
        }
    }
    (agreed, in_advance)
}

fn walk(seed: u64, steps: u32) {
    run(|| {
        let mut random = Random(seed);
        let mut outcomes = BTreeMap::<(u8, bool), u32>::new();
        for step in 0..steps {
            if random.one_in(20) {
                Now::set(Now::get() + random.below(2 * DAY));
                Overdue::set(random.one_in(4));
                PausesForSupplement::set(!random.one_in(4));
                OpenIsConditional::set(random.one_in(4));
                IsSuspended::set(random.one_in(8));
                [ENTRY, OPEN_ENTRY].into_iter().for_each(|entry| Sharing::held(entry, IsSuspended::get()));
            }
            if random.one_in(4) {
                Sharing::follow(BLOCK_WORK);
            }
            let (who, call) = random.act();
            let bytes = RuntimeCall::Sharing(call.clone()).encode();
            let (root, records, clocks) = (state_root(), record_count(), (Running::get(), Paused::get()));
            let outcome = apply(who, call.clone());
            *outcomes.entry((bytes[1], outcome.is_ok())).or_default() += 1;
            if let Err(error) = outcome {
                assert_eq!(state_root(), root, "step {step}: {call:?} was refused ({error:?}) and changed the state");
                assert_eq!(record_count(), records, "step {step}: a refused act is on record");
                assert_eq!((Running::get(), Paused::get()), clocks, "step {step}: a refused act touched a clock");
                continue;
            }
            let agreed_in_advance = last_record().signer.is_none();
            assert_eq!(
                record_count() - records,
                1 + usize::from(agreed_in_advance),
                "step {step}: one act, one record"
            );
            let record = Recorded::get()[records].clone();
            assert_eq!(record.signer, Some([who; 32]));
            assert_eq!(expected_call(&record), Some(bytes), "step {step}: the verifier rebuilds the call");
            Sharing::do_try_state().unwrap_or_else(|broken| panic!("step {step}: {broken:?} after {call:?}"));
        }
        for call in 0..=13 {
            for ok in [true, false] {
                assert!(outcomes.contains_key(&(call, ok)), "call {call} never ended with ok = {ok}: {outcomes:?}");
            }
        }
        let (agreed, in_advance) = replay(&Recorded::get());
        assert!(agreed >= 10 && in_advance >= 3, "only {agreed} agreements, {in_advance} of them in advance");
    });
}

#[test]
fn illegal_acts_change_nothing_and_legal_ones_leave_what_the_verifier_asks_for() {
    for seed in [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03, 0x2545_f491_4f6c_dd1d] {
        walk(seed, 8_000);
    }
}
