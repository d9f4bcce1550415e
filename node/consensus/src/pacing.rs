//! When the next height starts: at once if something waits, else with the heartbeat, and in the long run no oftener than the bucket
//! refills.
//!
//! ```text
//! decided ─ wait ─┬─ the own pool has something, or a peer has begun ─ as soon as the bucket has a token ─┬─> start
//!                 └─ the heartbeat is due ────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Heights are 32 bits wide and must last 30 years, which four blocks a second do. Every node waits, not only the proposer: no timeout
//! runs while nothing is to be done. What one node starts wakes the others. Pure: the caller brings the time, in milliseconds of any
//! clock that never goes back.

/// How often blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacingConfig {
    /// An empty block is made when the last one is this old, so that clocks and deadlines advance, in milliseconds.
    pub heartbeat_ms: u64,
    /// Time that one block takes from the bucket, in milliseconds: the long-run distance of blocks.
    pub interval_ms: u64,
    /// Blocks that may be made without any distance after a quiet time.
    pub burst: u64,
}

impl Default for PacingConfig {
    fn default() -> Self {
        Self { heartbeat_ms: 10_000, interval_ms: 250, burst: 240 }
    }
}

/// Blocks of 30 years at the default distance fit into the heights.
const _: () = assert!(30 * 366 * 24 * 3600 * 4 < u32::MAX as u64);

/// What is known about the next height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// The own pool has something that may go into a block.
    pub pool_ready: bool,
    /// A message of a peer for the next height, or one behind it, has come in.
    pub peer_began: bool,
    /// The last height came by value sync: the others are ahead.
    pub catching_up: bool,
}

/// The bucket and the time of the last block.
#[derive(Clone, Copy, Debug)]
pub struct Pacing {
    config: PacingConfig,
    /// Milliseconds that the bucket holds.
    credit_ms: u64,
    /// When the credit was counted last.
    counted_ms: u64,
    last_block_ms: u64,
}

impl Pacing {
    /// Begins with a full bucket.
    pub const fn new(config: PacingConfig, now_ms: u64) -> Self {
        let credit_ms = config.interval_ms * config.burst;
        Self { config, credit_ms, counted_ms: now_ms, last_block_ms: now_ms }
    }

    /// A block was made: takes its time from the bucket. Blocks that come by value sync were paid for when they were made.
    pub fn made(&mut self, now_ms: u64) {
        self.count(now_ms);
        self.credit_ms = self.credit_ms.saturating_sub(self.config.interval_ms);
        self.last_block_ms = now_ms;
    }

    /// A block came by value sync.
    pub fn synced(&mut self, now_ms: u64) {
        self.count(now_ms);
        self.last_block_ms = now_ms;
    }

    /// When the next height starts, if nothing else happens before. Not later than now: at once.
    pub fn due_ms(&self, signals: Signals) -> u64 {
        if signals.catching_up {
            return 0;
        }
        let missing = self.config.interval_ms.saturating_sub(self.credit_ms);
        let token = if missing == 0 { 0 } else { self.counted_ms + missing };
        if signals.pool_ready || signals.peer_began {
            token
        } else {
            token.max(self.last_block_ms.saturating_add(self.config.heartbeat_ms))
        }
    }

    fn count(&mut self, now_ms: u64) {
        let full = self.config.interval_ms * self.config.burst;
        self.credit_ms = full.min(self.credit_ms + now_ms.saturating_sub(self.counted_ms));
        self.counted_ms = self.counted_ms.max(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: PacingConfig = PacingConfig { heartbeat_ms: 10_000, interval_ms: 250, burst: 4 };
    const IDLE: Signals = Signals { pool_ready: false, peer_began: false, catching_up: false };
    const READY: Signals = Signals { pool_ready: true, ..IDLE };
    const BEGAN: Signals = Signals { peer_began: true, ..IDLE };
    const BEHIND: Signals = Signals { catching_up: true, ..IDLE };

    #[test]
    fn an_idle_chain_makes_an_empty_block_with_every_heartbeat() {
        let mut pacing = Pacing::new(CONFIG, 1_000);
        assert_eq!(pacing.due_ms(IDLE), 11_000);
        pacing.made(11_003);
        assert_eq!(pacing.due_ms(IDLE), 21_003);
    }

    #[test]
    fn what_waits_goes_at_once_while_the_bucket_has_tokens() {
        let mut pacing = Pacing::new(CONFIG, 0);
        for block in 0..4 {
            assert!(pacing.due_ms(READY) <= block, "{block}");
            assert!(pacing.due_ms(BEGAN) <= block, "{block}");
            pacing.made(block);
        }
        assert_eq!(pacing.due_ms(READY), 250);
        assert_eq!(pacing.due_ms(BEGAN), 250);
        assert_eq!(pacing.due_ms(IDLE), 10_003);
    }

    #[test]
    fn the_long_run_average_keeps_the_distance_whatever_waits() {
        let mut pacing = Pacing::new(CONFIG, 0);
        let (mut now, mut blocks) = (0, 0_u64);
        while now < 100_000 {
            now = now.max(pacing.due_ms(READY));
            pacing.made(now);
            blocks += 1;
            now += 7;
        }
        assert!(blocks <= 100_000 / CONFIG.interval_ms + CONFIG.burst + 1, "{blocks}");
        assert!(blocks >= 100_000 / CONFIG.interval_ms - 1, "{blocks}");
    }

    #[test]
    fn a_quiet_time_fills_the_bucket_and_not_more() {
        let mut pacing = Pacing::new(CONFIG, 0);
        pacing.made(1_000_000);
        pacing.made(1_000_000);
        pacing.made(1_000_000);
        assert!(pacing.due_ms(READY) <= 1_000_000);
        pacing.made(1_000_000);
        assert_eq!(pacing.due_ms(READY), 1_000_250);
    }

    #[test]
    fn catching_up_neither_waits_nor_pays() {
        let mut pacing = Pacing::new(CONFIG, 0);
        for now in 0..100 {
            assert_eq!(pacing.due_ms(BEHIND), 0);
            pacing.synced(now);
        }
        assert!(pacing.due_ms(READY) <= 99);
        assert_eq!(pacing.due_ms(IDLE), 10_099);
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_does_no_harm() {
        let mut pacing = Pacing::new(CONFIG, 5_000);
        for _ in 0..4 {
            pacing.made(5_000);
        }
        pacing.made(4_000);
        assert_eq!(pacing.due_ms(READY), 5_250);
    }
}
