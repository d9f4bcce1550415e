//! What the ledger is told of the decisions: cumulative counts, in calls signed by the decision key.
//!
//! A report takes the place of the one before, so that nothing is lost with a lost one and nothing counts twice: what the ledger has not got is found
//! by comparing its counts with those on disk, after a restart as at any other time.

use codec::{Compact, Encode};
use ed25519_dalek::{Signer, SigningKey};
use mulu_primitives::block::Extrinsic;
use mulu_proofs::{
    access::{DECISION_COUNTS_MAX, DecisionCount},
    calendar::Day,
    evidence::calls::call_index,
    extrinsic::Implicit,
    hash::blake2_256,
    ids::{GrantId, SystemId},
    records::RecordKind,
};
use sp_runtime::generic::Era;

/// Signed, version 4.
const SIGNED_V4: u8 = 0x84;
/// `MultiAddress::Id` and `MultiSignature::Ed25519`.
const FIRST_VARIANT: u8 = 0;
/// Longest payload that is signed as it is; a longer one is signed as its hash.
const PAYLOAD_BYTES_MAX: usize = 256;

/// Counts of one day that the ledger has not got, at most as many as one call takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The day.
    pub day: Day,
    /// Counts, ascending by grant.
    pub counts: Vec<DecisionCount>,
}

/// How an extrinsic is bound to chain and time.
#[derive(Clone, Debug)]
pub struct Binding {
    /// For which blocks.
    pub era: Era,
    /// The account's nonce.
    pub nonce: u32,
    /// Versions, genesis, and the hash of the block at which the era began.
    pub implicit: Implicit,
}

/// The reports of a day: what differs from `on_ledger`, cut to what one call takes.
pub fn reports(day: Day, own: &[DecisionCount], on_ledger: impl Fn(GrantId) -> DecisionCount) -> Vec<Report> {
    let differs = |count: &&DecisionCount| {
        let known = on_ledger(count.grant);
        // Where the disk has lost what the ledger knows, the ledger stands: counts never shrink.
        count.allowed >= known.allowed && count.denied >= known.denied && **count != known
    };
    let missing: Vec<_> = own.iter().filter(differs).copied().collect();
    missing.chunks(DECISION_COUNTS_MAX as usize).map(|counts| Report { day, counts: counts.to_vec() }).collect()
}

impl Report {
    /// The call that tells it.
    pub fn call(&self, platform: SystemId) -> Vec<u8> {
        let index = call_index(RecordKind::DecisionsCounted).expect("counts are reported by a call of their own");
        (index, platform, self.day, &self.counts).encode()
    }
}

/// A call of the node's own as a signed extrinsic.
pub fn sign_call(call: &[u8], key: &SigningKey, binding: &Binding) -> Extrinsic {
    let extra = (binding.era, Compact(binding.nonce)).encode();
    let mut payload = [call, &extra, &binding.implicit.encode()].concat();
    if payload.len() > PAYLOAD_BYTES_MAX {
        payload = blake2_256(&payload).to_vec();
    }
    let signature = key.sign(&payload).to_bytes();
    let (head, signer) = ([SIGNED_V4, FIRST_VARIANT], key.verifying_key().to_bytes());
    Extrinsic::new(&[&head[..], &signer, &[FIRST_VARIANT], &signature, &extra, call].concat().encode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_proofs::extrinsic::SignedExtrinsic;

    fn count(grant: u32, allowed: u32, denied: u32) -> DecisionCount {
        DecisionCount { grant: GrantId::new(grant), allowed, denied }
    }

    fn day() -> Day {
        Day::new(20_000).unwrap()
    }

    #[test]
    fn only_what_the_ledger_has_not_got_is_reported() {
        let own = [count(1, 2, 0), count(2, 5, 1), count(3, 1, 0), count(4, 0, 1)];
        let on_ledger = |grant: GrantId| match grant.get() {
            1 => count(1, 2, 0),
            2 => count(2, 4, 1),
            // The disk has lost some.
            3 => count(3, 9, 0),
            other => count(other, 0, 0),
        };
        let expected = Report { day: day(), counts: vec![count(2, 5, 1), count(4, 0, 1)] };
        assert_eq!(reports(day(), &own, on_ledger), [expected]);
        assert_eq!(reports(day(), &own[..1], on_ledger), []);
    }

    #[test]
    fn a_report_holds_no_more_than_one_call_takes() {
        let own: Vec<_> = (1..=2_500).map(|grant| count(grant, 1, 0)).collect();
        let found = reports(day(), &own, |grant| count(grant.get(), 0, 0));
        assert_eq!(found.iter().map(|report| report.counts.len()).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    }

    #[test]
    fn what_is_signed_here_verifies_as_an_extrinsic() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis: [3; 32], mortality: [4; 32] };
        let binding = Binding { era: Era::mortal(64, 1_000), nonce: 70, implicit };
        for many in [1, 100] {
            let report = Report { day: day(), counts: (1..=many).map(|grant| count(grant, 1, 2)).collect() };
            let extrinsic = sign_call(&report.call(SystemId::new(5)), &key, &binding);
            let signed = SignedExtrinsic::read(extrinsic.bytes()).unwrap();
            assert!(signed.verify(&binding.implicit));
            assert_eq!(signed.signer, key.verifying_key().to_bytes());
            let arguments = (SystemId::new(5), day(), report.counts).encode();
            assert_eq!(&signed.call[2..], arguments);
        }
    }
}
