//! A bounded memory of hashes: the oldest is forgotten first.

use mulu_proofs::ids::{Digest32, Height};
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug)]
pub(crate) struct Memory {
    heights: BTreeMap<Digest32, Height>,
    order: VecDeque<Digest32>,
    count_max: usize,
}

impl Memory {
    pub(crate) const fn new(count_max: usize) -> Self {
        Self { heights: BTreeMap::new(), order: VecDeque::new(), count_max }
    }

    /// Remembers `hash` with a height; the first height stays.
    pub(crate) fn insert(&mut self, hash: Digest32, height: Height) {
        if self.heights.contains_key(&hash) {
            return;
        }
        self.heights.insert(hash, height);
        self.order.push_back(hash);
        if self.order.len() > self.count_max {
            self.forget_oldest();
        }
        assert!(self.order.len() == self.heights.len() && self.order.len() <= self.count_max);
    }

    pub(crate) fn get(&self, hash: &Digest32) -> Option<Height> {
        self.heights.get(hash).copied()
    }

    /// Forgets everything that was remembered with a height below `height`; heights are remembered in ascending order.
    pub(crate) fn forget_below(&mut self, height: Height) {
        while self.order.front().is_some_and(|oldest| self.heights[oldest] < height) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.order.pop_front() {
            self.heights.remove(&oldest);
        }
    }
}
