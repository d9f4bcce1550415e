//! Being asked to stop: Ctrl-C, SIGTERM, or a terminal that closes.

use crate::error::Error;
use tokio::signal::unix::{SignalKind, signal};

/// Waits until somebody asks. Never ends otherwise.
pub async fn asked() -> Error {
    let signals = [
        (SignalKind::interrupt(), "Ctrl-C"),
        (SignalKind::terminate(), "SIGTERM"),
        (SignalKind::hangup(), "the end of its terminal"),
    ];
    let mut waiting = tokio::task::JoinSet::new();
    for (kind, name) in signals {
        let Ok(mut stream) = signal(kind) else { continue };
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

/// Runs `work` until it ends or somebody asks to stop; then it is dropped, with every process that it started.
///
/// # Errors
/// Those of `work`, and [`Error::Stopped`].
pub async fn or_stopped<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::select! {
        outcome = work => outcome,
        error = asked() => Err(error),
    }
}
