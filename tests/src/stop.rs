//! Being asked to stop: Ctrl-C, SIGTERM, or a terminal that closes.

use crate::error::Error;
use tokio::signal::unix::{SignalKind, signal};

/// Listens from this call on, not only when it is waited for: whoever asks in between is heard. What is returned ends when somebody asks.
pub fn asked() -> impl Future<Output = Error> {
    let signals = [
        (SignalKind::interrupt(), "Ctrl-C"),
        (SignalKind::terminate(), "SIGTERM"),
        (SignalKind::hangup(), "the end of its terminal"),
    ];
    let streams = signals.map(|(kind, name)| signal(kind).ok().map(|stream| (stream, name)));
    async {
        let mut waiting = tokio::task::JoinSet::new();
        for (mut stream, name) in streams.into_iter().flatten() {
            waiting.spawn(async move {
                stream.recv().await;
                name
            });
        }
        match waiting.join_next().await {
            Some(Ok(name)) => Error::Stopped(name),
            // No signal can be heard: then none can ask.
            _ => std::future::pending().await,
        }
    }
}

/// Runs `work` until it ends or somebody asks to stop; then it is dropped, with every process that it started.
///
/// # Errors
/// Those of `work`, and [`Error::Stopped`].
pub async fn or_stopped<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let asked = asked();
    tokio::select! {
        outcome = work => outcome,
        error = asked => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::process::Command;

    #[tokio::test]
    async fn whoever_asks_before_the_work_waits_for_anything_is_heard() {
        let work = async {
            // Blocks on its first turn, as the start of a network does.
            let status = Command::new("sh").args(["-c", &format!("kill -INT {}", std::process::id())]).status();
            assert!(status.unwrap().success());
            std::future::pending::<Result<(), Error>>().await
        };
        assert!(matches!(or_stopped(work).await, Err(Error::Stopped("Ctrl-C"))));
    }
}
