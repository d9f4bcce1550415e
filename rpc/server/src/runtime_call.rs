//! Calls of the runtime that a client names: a few at once, each for a bounded time, and silent where the runtime does not understand
//! them.
//!
//! Nothing can end a call that runs: after its time it is answered for, and keeps its place among the few until it ends by itself.

use crate::{
    context::Context,
    failure::Failure,
    limits::{CALL_TIME_MAX, CALL_WAIT, CALLS_MAX},
};
use sp_core::H256;
use std::{
    cell::Cell,
    panic,
    sync::{Arc, Once},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Places for calls that run.
#[derive(Clone, Debug)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(CALLS_MAX)))
    }
}

/// Why a call was not waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unanswered {
    NoPlace,
    TooLong,
    Panicked,
}

impl Context {
    /// Calls a method of the runtime on the state of a block.
    pub async fn call_runtime(
        self: &Arc<Self>,
        method: String,
        arguments: Vec<u8>,
        at: Option<H256>,
    ) -> Result<Vec<u8>, Failure> {
        let context = Arc::clone(self);
        let call = move || {
            let header = context.state_at(at)?;
            Ok(quietly(|| context.parts.executor.call(&header, &method, &arguments))?)
        };
        match self.calls.run(CALL_WAIT, CALL_TIME_MAX, call).await {
            Ok(answer) => answer,
            Err(Unanswered::NoPlace) => Err(Failure::Busy),
            Err(Unanswered::TooLong) => Err(Failure::CallTooLong { limit: CALL_TIME_MAX }),
            Err(Unanswered::Panicked) => Err(Failure::Panicked),
        }
    }
}

impl Places {
    /// Runs `work` once there is a place for it, and waits for it as long as `limit`.
    async fn run<T: Send + 'static>(
        &self,
        wait: Duration,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let place = tokio::time::timeout(wait, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(Unanswered::NoPlace) };
        let work = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result.map_err(|_| Unanswered::Panicked),
            Err(_) => Err(Unanswered::TooLong),
        }
    }
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, whose panics say nothing on stderr: the runtime panics on arguments that it cannot decode, and whoever sent them is
/// told in the answer. Panics elsewhere speak as before.
fn quietly<R>(work: impl FnOnce() -> R) -> R {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                before(info);
            }
        }));
    });
    IS_QUIET.set(true);
    // What panics in there is caught by the executor; this is for what is not.
    let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
    IS_QUIET.set(false);
    result.unwrap_or_else(|cause| panic::resume_unwind(cause))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use std::sync::mpsc;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_call_that_takes_too_long_is_answered_for_and_keeps_its_place() {
        let places = Places::default();
        let (end, ends) = mpsc::channel::<()>();
        let ends = Arc::new(std::sync::Mutex::new(ends));
        let (short, long) = (Duration::from_millis(20), Duration::from_secs(20));
        for _ in 0..CALLS_MAX {
            let ends = Arc::clone(&ends);
            let stuck = places.run(long, short, move || ends.lock().unwrap().recv().is_ok()).await;
            assert_eq!(stuck, Err(Unanswered::TooLong));
        }
        assert_eq!(places.run(short, long, || 1).await, Err(Unanswered::NoPlace));
        end.send(()).unwrap();
        assert_eq!(places.run(long, long, || 1).await, Ok(1), "one has ended and left its place");
        drop(end);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_gives_its_place_back() {
        let places = Places::default();
        let long = Duration::from_secs(20);
        for _ in 0..=CALLS_MAX {
            let panicked = places.run(long, long, || quietly::<()>(|| panic!("not heard"))).await;
            assert_eq!(panicked, Err(Unanswered::Panicked));
        }
        assert!(!IS_QUIET.get());
    }
}
