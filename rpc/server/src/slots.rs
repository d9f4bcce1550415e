//! Slots: how many sockets or requests there are at once, of all addresses and of one. A slot is free again when it is dropped.

use crate::buckets::counted;
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The slots of one kind.
#[derive(Clone, Debug)]
pub struct Slots {
    all_max: u32,
    of_address_max: u32,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: u32,
    of_address: BTreeMap<IpAddr, u32>,
}

/// A taken slot.
#[derive(Debug)]
pub struct Slot {
    address: Option<IpAddr>,
    taken: Arc<Mutex<Taken>>,
}

impl Slots {
    /// So many in all, and of one address.
    pub fn new(all_max: u32, of_address_max: u32) -> Self {
        Self { all_max, of_address_max, taken: Arc::default() }
    }

    /// A slot for an address; for one that many share, without an address.
    pub fn take(&self, address: Option<IpAddr>) -> Option<Slot> {
        let address = address.map(counted);
        let mut taken = lock(&self.taken);
        let of_address = address.map_or(0, |address| taken.of_address.get(&address).copied().unwrap_or_default());
        if taken.all >= self.all_max || of_address >= self.of_address_max {
            return None;
        }
        taken.all += 1;
        if let Some(address) = address {
            taken.of_address.insert(address, of_address + 1);
        }
        drop(taken);
        Some(Slot { address, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all = taken.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        match taken.of_address.get_mut(&address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.of_address.remove(&address);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn slots_are_bounded_in_all_and_for_an_address_and_come_back() {
        let address = |last| Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        let slots = Slots::new(4, 2);
        let mut held = vec![slots.take(address(1)), slots.take(address(1))];
        assert!(held.iter().all(Option::is_some) && slots.take(address(1)).is_none());
        held.extend([slots.take(address(2)), slots.take(None)]);
        assert!(held.iter().all(Option::is_some));
        assert!(slots.take(address(3)).is_none() && slots.take(None).is_none(), "no more than four in all");
        held.clear();
        assert!(lock(&slots.taken).of_address.is_empty(), "nothing is kept of addresses that are gone");
        assert!(slots.take(address(1)).is_some());
    }
}
