//! The two clocks of a node, read here and nowhere else.

use mulu_proofs::ids::Moment;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the system says the time is. Before 1970 it is 1970: then no block passes the check, and the operator hears of it.
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Moment::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Milliseconds since the stopwatch was started; never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at 0.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds so far.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The instant at which [`Self::elapsed_ms`] says `ms`.
    pub fn instant(&self, ms: u64) -> Instant {
        self.0 + Duration::from_millis(ms)
    }
}
