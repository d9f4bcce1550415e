//! Pauses between tries, each a little different, so that many who wait for the same do not come at once.

use crate::stop::Backoff;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// For a node that does not answer.
pub const fn node() -> Backoff {
    Backoff::new(Duration::from_millis(500), Duration::from_secs(30))
}

/// For the platform's side.
pub const fn platform() -> Backoff {
    Backoff::new(Duration::from_secs(1), Duration::from_secs(300))
}

/// Between half of a pause and all of it.
pub fn spread(pause: Duration) -> Duration {
    let share = RandomState::new().build_hasher().finish() % 1_000;
    pause / 2 + pause / 2 * u32::try_from(share).expect("below 1000") / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_within_their_bounds() {
        let whole = Duration::from_secs(8);
        let pauses: std::collections::BTreeSet<Duration> = (0..50).map(|_| spread(whole)).collect();
        assert!(pauses.len() > 5 && pauses.iter().all(|pause| (whole / 2..=whole).contains(pause)));
    }
}
