//! Named bounds of the server.

use std::time::Duration;

/// Largest request, in bytes: an extrinsic in hexadecimal, with room to spare.
pub const REQUEST_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Largest answer, in bytes: an evidence package in hexadecimal.
pub const RESPONSE_BYTES_MAX: u32 = 20 * 1024 * 1024;
/// Most calls of one batch.
pub const BATCH_CALLS_MAX: u32 = 64;
/// Most connections at once; see [`connections_max`].
pub const CONNECTIONS_MAX: u32 = 4_096;
/// Most connections of a listener where the system does not say how many files a process may open: a quarter of a usual thousand.
const CONNECTIONS_MIN: u32 = 256;
/// Most subscriptions of one connection.
pub const SUBSCRIPTIONS_MAX: u32 = 128;
/// Messages that wait for a slow WebSocket client before its subscriptions wait.
pub const MESSAGES_WAITING_MAX: u32 = 16;
/// Calls of one connection that are under way at once; more are not read.
pub const TURNS_MAX: usize = 64;
/// How long a subscription to records waits for a reader that takes nothing, before its last word.
pub const READER_WAIT: Duration = Duration::from_secs(10);
/// Records that a subscription reads at once.
pub const NEWS_MAX: usize = 64;
/// Calls that read the database or run the runtime at once.
pub const WORKERS_MAX: usize = 8;
/// How long a call waits for one of them.
pub const WORKER_WAIT: Duration = Duration::from_secs(10);
/// Calls of the runtime that clients name, at once: a place stays taken for as long as a call runs.
pub const CALLS_MAX: usize = 4;
/// How long such a call waits for a place.
pub const CALL_WAIT: Duration = Duration::from_secs(5);
/// How long such a call may run until its caller is told that it takes too long.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(5);
/// Bytes of keys that all subscriptions to storage watch together.
pub const WATCHED_KEYS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a submission may take until the pool has answered.
pub const SUBMISSION_WAIT: Duration = Duration::from_secs(30);
/// Between `inBlock` and `finalized` of a watched extrinsic: polkadot-js drops the first if the second follows at once.
pub const FINALIZED_DELAY: Duration = Duration::from_millis(250);
/// Rows of the index that one page looks at.
pub const ROWS_LOOKED_MAX: usize = 2_000;
/// Batches that one page of access history opens.
pub const BATCHES_OPENED_MAX: usize = 200;
/// Threads that open the batches of one page side by side, on a machine that has as many processors.
pub const OPENERS_MAX: usize = 4;
/// Batches that are not worth a thread of their own.
pub const OPENED_ALONE: usize = 8;
/// Bytes of opened batches that are kept in memory: those of a hundred or two full ones.
pub const BATCH_BYTES_KEPT: usize = 48 * 1024 * 1024;
/// Leaves of record trees that are kept in memory; with the nodes above, 64 bytes each.
pub const RECORD_LEAVES_KEPT: usize = 1 << 18;
/// Groups of 256 headers whose leaves are kept in memory; 8 KiB each.
pub const HEADER_GROUPS_KEPT: usize = 1_024;
/// Acts on one entry, request or grant that an answer is told from.
pub const ACTS_MAX: usize = 4_096;
/// Bytes of waiting extrinsics that `author_pendingExtrinsics` shows.
pub const PENDING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most connections of a listener: a quarter of the files that the process may open for each of the two. The other half stays for the
/// database, which would fail without.
pub fn connections_max() -> u32 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    open_files(&limits).map_or(CONNECTIONS_MIN, |files| (files / 4).min(CONNECTIONS_MAX))
}

/// How many files a process may open, as Linux writes it.
fn open_files(limits: &str) -> Option<u32> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    Some(if soft == "unlimited" { u32::MAX } else { soft.parse().unwrap_or(u32::MAX) })
}

const _: () = assert!(REQUEST_BYTES_MAX as usize > 2 * mulu_primitives::block::EXTRINSIC_BYTES_MAX + 1024);
const _: () = assert!(RESPONSE_BYTES_MAX as usize > 2 * mulu_proofs::evidence::package::PACKAGE_BYTES_MAX + 1024);
const _: () = assert!(RESPONSE_BYTES_MAX as usize > 2 * PENDING_BYTES_MAX + 1024);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_files_is_for_connections() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max processes             128345               128345               processes \n\
            Max open files            1024                 1048576              files     \n";
        assert_eq!(open_files(limits), Some(1_024));
        assert_eq!(
            open_files("Max open files            unlimited            unlimited            files"),
            Some(u32::MAX)
        );
        assert_eq!(open_files(""), None);
        assert!((1..=CONNECTIONS_MAX).contains(&connections_max()));
    }
}
