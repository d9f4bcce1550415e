//! When each catalog and mount was looked at last, and when it is looked at next: for whoever asks how the bridge is.

use crate::clock::now;
use mulu_proofs::ids::Moment;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How the rounds of one catalog or mount go. Times are in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// When the last one ended; none before the first.
    pub ended: Option<Moment>,
    /// When the last one that did its work ended.
    pub worked: Option<Moment>,
    /// When the next one begins; none while one runs.
    pub next: Option<Moment>,
    /// Rounds that failed since one did its work.
    pub failures: u64,
}

/// The rounds of this bridge by part, as `catalog/portal` or `mount/persons`; as many as the configuration has. Clones show the same.
#[derive(Clone, Default)]
pub struct Rounds(Arc<Mutex<BTreeMap<String, Round>>>);

impl Rounds {
    /// A round of a part begins.
    pub fn began(&self, part: &str) {
        self.parts().entry(part.to_owned()).or_default().next = None;
    }

    /// A round of a part has ended, and the next one begins after a pause.
    pub fn ended(&self, part: &str, did_its_work: bool, pause: Duration) {
        let now = now();
        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let mut parts = self.parts();
        let round = parts.entry(part.to_owned()).or_default();
        round.ended = Some(now);
        round.next = Some(Moment::new(now.get().saturating_add(pause)));
        if did_its_work {
            (round.worked, round.failures) = (Some(now), 0);
        } else {
            round.failures = round.failures.saturating_add(1);
        }
    }

    /// All of them, by part.
    pub fn all(&self) -> BTreeMap<String, Round> {
        self.parts().clone()
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<String, Round>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_until_a_round_does_its_work() {
        let rounds = Rounds::default();
        let round = || rounds.all()["catalog/portal"];
        rounds.began("catalog/portal");
        assert_eq!(round(), Round::default(), "it runs for the first time");
        rounds.ended("catalog/portal", false, Duration::from_secs(5));
        rounds.began("catalog/portal");
        assert!(round().next.is_none() && round().ended.is_some());
        rounds.ended("catalog/portal", false, Duration::from_secs(10));
        assert_eq!((round().failures, round().worked), (2, None));
        let pause = round().next.map(Moment::get).zip(round().ended.map(Moment::get)).map(|(next, ended)| next - ended);
        assert_eq!(pause, Some(10_000));
        rounds.clone().ended("catalog/portal", true, Duration::from_secs(60));
        assert_eq!((round().failures, round().worked), (0, round().ended));
        assert_eq!(rounds.all().len(), 1);
    }
}
