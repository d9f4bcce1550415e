//! Named bounds of the server.

use std::time::Duration;

/// Largest request, in bytes: an extrinsic in hexadecimal, with room to spare.
pub const REQUEST_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Largest answer, in bytes: an evidence package in hexadecimal.
pub const RESPONSE_BYTES_MAX: u32 = 20 * 1024 * 1024;
/// Most calls of one batch.
pub const BATCH_CALLS_MAX: u32 = 64;
/// Most connections at once.
pub const CONNECTIONS_MAX: u32 = 256;
/// Most subscriptions of one connection.
pub const SUBSCRIPTIONS_MAX: u32 = 128;
/// Messages that wait for a slow WebSocket client before its subscriptions wait.
pub const MESSAGES_WAITING_MAX: u32 = 64;
/// Calls that read the database or run the runtime at once.
pub const WORKERS_MAX: usize = 8;
/// How long a call waits for one of them.
pub const WORKER_WAIT: Duration = Duration::from_secs(10);
/// How long a submission may take until the pool has answered.
pub const SUBMISSION_WAIT: Duration = Duration::from_secs(30);
/// Between `inBlock` and `finalized` of a watched extrinsic: polkadot-js drops the first if the second follows at once.
pub const FINALIZED_DELAY: Duration = Duration::from_millis(250);
/// Rows of the index that one page looks at.
pub const ROWS_LOOKED_MAX: usize = 2_000;
/// Batches that one page of access history opens.
pub const BATCHES_OPENED_MAX: usize = 200;
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

const _: () = assert!(REQUEST_BYTES_MAX as usize > 2 * mulu_primitives::block::EXTRINSIC_BYTES_MAX + 1024);
const _: () = assert!(RESPONSE_BYTES_MAX as usize > 2 * mulu_proofs::evidence::package::PACKAGE_BYTES_MAX + 1024);
const _: () = assert!(RESPONSE_BYTES_MAX as usize > 2 * PENDING_BYTES_MAX + 1024);
