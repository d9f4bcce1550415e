//! The search index follows the chain in the background: never on the path of a block, and never more than a fifth of the time.

use crate::pool_service::DatabaseFailed;
use mulu_primitives::stages::Committed;
use mulu_search::{Search, SearchError};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{broadcast, mpsc},
    task,
};

/// For each second of work so many of rest: blocks that come meanwhile share one commit.
const REST: u32 = 4;
/// The shortest rest.
const REST_MIN: Duration = Duration::from_millis(100);
/// The longest.
const REST_MAX: Duration = Duration::from_secs(10);
/// How long to wait after a failure: a full disk is not emptied at once.
const RETRY: Duration = Duration::from_secs(30);

/// Runs until no block is announced any more, or the search stops.
pub async fn run(
    search: Arc<Search>,
    mut committed: broadcast::Receiver<Arc<Committed>>,
    failed: mpsc::Sender<DatabaseFailed>,
) {
    loop {
        // What was announced so far is in the store, and is read now.
        committed = committed.resubscribe();
        let started = Instant::now();
        let work = Arc::clone(&search);
        let rest = match task::spawn_blocking(move || work.catch_up()).await {
            Ok(Ok(_)) => (started.elapsed() * REST).clamp(REST_MIN, REST_MAX),
            Ok(Err(SearchError::Stopped)) => return,
            Ok(Err(error @ SearchError::Storage(_))) => {
                // Nobody hears it where the node ends already.
                let _ = failed.send(DatabaseFailed(causes(&error))).await;
                return;
            }
            Ok(Err(error)) => {
                tracing::warn!(why = causes(&error), "the search index does not follow; it is tried again");
                RETRY
            }
            // Its own thread has reported the panic.
            Err(_) => RETRY,
        };
        tokio::time::sleep(rest).await;
        if let Err(broadcast::error::RecvError::Closed) = committed.recv().await {
            return;
        }
    }
}

fn causes(error: &SearchError) -> String {
    let mut causes = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    causes
}
