//! Buckets: how many calls an address or an account may still make now. Each fills again at its rate; what it holds at most is a burst.

use mulu_proofs::ids::PublicKey;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Most buckets at once: one for everybody who called within the last seconds.
const BUCKETS_MAX: usize = 65_536;
/// How many seconds' worth of calls may be made at once.
const BURST_SECONDS: u64 = 5;
/// Thousandths of a call: what a bucket counts in.
const WHOLE: u64 = 1_000;
/// How often buckets that are full again are looked for, where there is no room.
const CLEAR_PAUSE: Duration = Duration::from_secs(1);

/// Who calls, as far as calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Payer {
    /// Nobody known, from a network address.
    Address(IpAddr),
    /// A signed-in account, from wherever.
    Account(PublicKey),
}

/// The buckets of one kind of callers.
#[derive(Debug)]
pub struct Buckets {
    calls_per_second: u64,
    all: Mutex<All>,
}

#[derive(Debug)]
struct All {
    buckets: BTreeMap<Payer, Bucket>,
    cleared: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: u64,
    at: Instant,
}

impl Buckets {
    /// Buckets that fill with so many calls a second.
    pub const fn new(calls_per_second: u32) -> Self {
        Self {
            calls_per_second: calls_per_second as u64,
            all: Mutex::new(All { buckets: BTreeMap::new(), cleared: None }),
        }
    }

    const fn full(&self) -> u64 {
        self.calls_per_second * BURST_SECONDS * WHOLE
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> u64 {
        let passed = u64::try_from(now.saturating_duration_since(bucket.at).as_millis()).unwrap_or(u64::MAX);
        bucket.left.saturating_add(passed.saturating_mul(self.calls_per_second * WHOLE / 1_000)).min(self.full())
    }

    /// Takes what a call costs out of the bucket of `payer`, if it holds so much. A call that costs more than a full bucket takes it all.
    pub fn take(&self, payer: Payer, cost: u64, now: Instant) -> bool {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.buckets.get(&payer).copied();
        if known.is_none() && !self.has_room(&mut all, now) {
            return false;
        }
        let left = known.map_or(self.full(), |bucket| self.filled(bucket, now));
        let cost = cost.saturating_mul(WHOLE).min(self.full());
        let is_enough = left >= cost;
        all.buckets.insert(payer, Bucket { left: if is_enough { left - cost } else { left }, at: now });
        is_enough
    }

    /// Whether there is room for one more. A bucket that is full again is as good as none.
    fn has_room(&self, all: &mut All, now: Instant) -> bool {
        if all.buckets.len() < BUCKETS_MAX {
            return true;
        }
        if all.cleared.is_some_and(|at| now.saturating_duration_since(at) < CLEAR_PAUSE) {
            return false;
        }
        all.cleared = Some(now);
        let full = self.full();
        all.buckets.retain(|_, bucket| self.filled(*bucket, now) < full);
        all.buckets.len() < BUCKETS_MAX
    }
}

/// The address that counts: of IPv6 the network of 64 bits, which one customer has alone; of a mapped IPv4 address that one.
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn address(number: u32) -> Payer {
        Payer::Address(IpAddr::V4(number.into()))
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (buckets, now) = (Buckets::new(10), Instant::now());
        for _ in 0..50 {
            assert!(buckets.take(address(1), 1, now));
        }
        assert!(!buckets.take(address(1), 1, now));
        assert!(buckets.take(address(2), 1, now), "another has one of its own");
        assert!(!buckets.take(address(1), 1, now + Duration::from_millis(99)));
        assert!(buckets.take(address(1), 1, now + Duration::from_millis(100)));
        let later = now + Duration::from_secs(3_600);
        assert!(buckets.take(address(1), 50, later) && !buckets.take(address(1), 1, later), "never more than a burst");
    }

    #[test]
    fn a_call_that_costs_more_than_all_takes_a_full_bucket() {
        let (buckets, now) = (Buckets::new(2), Instant::now());
        assert!(buckets.take(address(1), u64::MAX, now));
        assert!(!buckets.take(address(1), 1, now));
        assert!(!buckets.take(address(1), u64::MAX, now + Duration::from_secs(4)));
        assert!(buckets.take(address(1), u64::MAX, now + Duration::from_secs(9)));
    }

    #[test]
    fn buckets_are_bounded_and_full_ones_make_room() {
        let (buckets, now) = (Buckets::new(1), Instant::now());
        for number in 0..BUCKETS_MAX as u32 {
            assert!(buckets.take(address(number), 1, now));
        }
        assert!(!buckets.take(address(u32::MAX), 1, now));
        assert!(buckets.take(address(u32::MAX), 1, now + Duration::from_secs(1)));
    }

    #[test]
    fn an_address_is_counted_as_what_one_customer_has() {
        let of = |text: &str| counted(text.parse().unwrap()).to_string();
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
