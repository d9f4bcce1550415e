//! The one way in which the bridge ends: asked to, or because it could not keep what it is told.

use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Tells every part of the bridge to stop. Parts hold clones of it; whoever holds one may stop all of them.
#[derive(Clone, Debug)]
pub struct Stop {
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Running,
    Asked,
    Failed(String),
}

impl Default for Stop {
    fn default() -> Self {
        Self { state: Arc::new(watch::Sender::new(State::Running)) }
    }
}

impl Stop {
    /// One that nobody has asked to stop yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every part to stop.
    pub fn request(&self) {
        self.state.send_if_modified(|state| {
            let runs = *state == State::Running;
            if runs {
                *state = State::Asked;
            }
            runs
        });
    }

    /// Stops every part because of a failure after which nothing may be acknowledged any more. The first one is kept.
    pub fn fail(&self, why: impl Into<String>) {
        self.state.send_if_modified(|state| {
            let is_first = !matches!(state, State::Failed(_));
            if is_first {
                *state = State::Failed(why.into());
            }
            is_first
        });
    }

    /// Why the bridge failed, if it did.
    pub fn failure(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Failed(why) => Some(why.clone()),
            _ => None,
        }
    }

    /// Whether the parts are to stop.
    pub fn is_requested(&self) -> bool {
        *self.state.borrow() != State::Running
    }

    /// Returns when the parts are to stop.
    pub async fn requested(&self) {
        // It fails when the sender is gone, which this holds itself.
        let _ = self.state.subscribe().wait_for(|state| *state != State::Running).await;
    }

    /// Waits for a while; true, and at once, if the parts are to stop.
    pub async fn comes_within(&self, pause: Duration) -> bool {
        tokio::time::timeout(pause, self.requested()).await.is_ok()
    }
}

/// Pauses between tries of something that will work again one day: each twice as long as the one before, up to a bound.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    next: Duration,
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// From a first pause up to a longest.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, first, longest }
    }

    /// The pause before the next try.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }

    /// It worked: the next pause is the first again.
    pub const fn worked(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_told_once_it_is_asked_for() {
        let stop = Stop::new();
        assert!(!stop.is_requested() && !stop.comes_within(Duration::from_millis(1)).await);
        let other = stop.clone();
        let waiting = tokio::spawn(async move { other.requested().await });
        stop.request();
        waiting.await.expect("it returns");
        assert!(stop.is_requested() && stop.comes_within(Duration::from_secs(3_600)).await);
        assert_eq!(stop.failure(), None);
    }

    #[test]
    fn the_first_failure_is_kept() {
        let stop = Stop::new();
        stop.request();
        stop.fail("the disk is full");
        stop.fail("the channel is closed");
        assert_eq!(stop.failure().as_deref(), Some("the disk is full"));
    }

    #[test]
    fn pauses_grow_to_their_bound_and_begin_anew_when_it_worked() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        let pauses: Vec<u64> = (0..4).map(|_| backoff.pause().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5]);
        backoff.worked();
        assert_eq!(backoff.pause().as_secs(), 1);
    }
}
