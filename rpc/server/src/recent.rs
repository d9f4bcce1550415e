//! What was asked for last, kept within a bound: reading, decoding and hashing are what answers cost.

use std::{collections::BTreeMap, sync::Arc};

/// Values by key; those that nobody asked for the longest go first.
#[derive(Debug)]
pub struct Recent<K, V> {
    weight_max: usize,
    weight: usize,
    /// Counts uses, so that every use has a number of its own.
    clock: u64,
    values: BTreeMap<K, Kept<V>>,
    /// Keys by their last use.
    uses: BTreeMap<u64, K>,
}

#[derive(Debug)]
struct Kept<V> {
    value: Arc<V>,
    weight: usize,
    used: u64,
}

impl<K: Ord + Copy, V> Recent<K, V> {
    /// Nothing yet; later, values that weigh at most `weight_max` together.
    pub const fn new(weight_max: usize) -> Self {
        Self { weight_max, weight: 0, clock: 0, values: BTreeMap::new(), uses: BTreeMap::new() }
    }

    /// The value of a key, if it is kept.
    pub fn get(&mut self, key: K) -> Option<Arc<V>> {
        let kept = self.values.get_mut(&key)?;
        self.clock += 1;
        self.uses.remove(&kept.used);
        self.uses.insert(self.clock, key);
        kept.used = self.clock;
        Some(Arc::clone(&kept.value))
    }

    /// Keeps a value; one that is heavier than everything may be together is not kept.
    pub fn keep(&mut self, key: K, value: Arc<V>, weight: usize) {
        if weight > self.weight_max {
            return;
        }
        self.clock += 1;
        self.uses.insert(self.clock, key);
        self.weight += weight;
        if let Some(before) = self.values.insert(key, Kept { value, weight, used: self.clock }) {
            self.uses.remove(&before.used);
            self.weight -= before.weight;
        }
        while self.weight > self.weight_max
            && let Some((_, oldest)) = self.uses.pop_first()
            && let Some(gone) = self.values.remove(&oldest)
        {
            self.weight -= gone.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn what_nobody_asked_for_the_longest_goes_first() {
        let mut recent = Recent::new(10);
        for key in 1..=3 {
            recent.keep(key, Arc::new(key * 10), 3);
        }
        assert_eq!(recent.get(1), Some(Arc::new(10)));
        recent.keep(4, Arc::new(40), 3);
        assert_eq!([1, 2, 3, 4].map(|key| recent.get(key).is_some()), [true, false, true, true]);
        assert_eq!((recent.weight, recent.values.len(), recent.uses.len()), (9, 3, 3));
    }

    #[test]
    fn a_key_has_its_last_value_and_weighs_once() {
        let mut recent = Recent::new(10);
        recent.keep(1, Arc::new("light"), 2);
        recent.keep(1, Arc::new("heavy"), 9);
        assert_eq!((*recent.get(1).unwrap(), recent.weight, recent.uses.len()), ("heavy", 9, 1));
        recent.keep(2, Arc::new("too heavy"), 11);
        assert_eq!((recent.get(2), recent.weight), (None, 9));
    }
}
