//! How many connections one address may have: whoever opens many and says nothing keeps nobody else out.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

/// The connections of each address. Clones are the same.
#[derive(Clone, Debug)]
pub struct Seats {
    each_max: NonZeroUsize,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// A connection's seat, which dropping gives back.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    address: IpAddr,
}

impl Seats {
    /// So many for each address.
    pub fn new(each_max: NonZeroUsize) -> Self {
        Self { each_max, taken: Arc::default() }
    }

    /// A seat for one more connection from there; none if it has all of its own.
    pub fn take(&self, address: IpAddr) -> Option<Seat> {
        let address = whose(address);
        // One count is changed at a time: what a panic left behind is whole.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.each_max.get() {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// Who has one address of IPv6 has all of its network.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn two() -> Seats {
        Seats::new(NonZeroUsize::new(2).unwrap())
    }

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn who_has_all_of_its_own_gets_no_more_and_others_do() {
        let seats = two();
        let held: Vec<_> = (0..2).map(|_| seats.take(at("10.0.0.1")).unwrap()).collect();
        assert!(seats.take(at("10.0.0.1")).is_none());
        assert!(seats.take(at("10.0.0.2")).is_some());
        drop(held);
        assert!(seats.take(at("10.0.0.1")).is_some());
        assert!(seats.taken.lock().unwrap().is_empty(), "who is gone is forgotten");
    }

    #[test]
    fn another_way_to_write_an_address_is_no_other_one() {
        for (one, another) in [("::ffff:10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8::2:0:0:1")] {
            let seats = two();
            let _held = (seats.take(at(one)).unwrap(), seats.take(at(another)).unwrap());
            assert!(seats.take(at(one)).is_none(), "{one}");
        }
        let seats = two();
        let _held = (seats.take(at("2001:db8::1")).unwrap(), seats.take(at("2001:db8::1")).unwrap());
        assert!(seats.take(at("2001:db8:0:1::1")).is_some(), "another network");
    }
}
