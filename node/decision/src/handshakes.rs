//! Handshakes under way: few at once, so that whoever shows no certificate takes no room from gateways that do.
//!
//! A new connection is always taken, and pushes out the oldest handshake of its own network if that has its share under way, else the oldest
//! of all: an honest handshake is over in milliseconds, and what waits for nothing is what is old.

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Handshakes at once.
const HANDSHAKES_MAX: usize = 256;
/// Handshakes at once of one peer address: a gateway may open that many connections in one burst.
const HANDSHAKES_OF_PEER_MAX: usize = 128;

/// The handshakes under way, oldest first.
#[derive(Debug, Default)]
pub struct Handshakes(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    /// Number of the next one.
    next: u64,
    list: VecDeque<Handshake>,
}

#[derive(Debug)]
struct Handshake {
    number: u64,
    peer: IpAddr,
    /// Dropped when another takes its place.
    _place: oneshot::Sender<()>,
}

/// One handshake's place, which dropping gives back.
#[derive(Debug)]
pub struct Place {
    handshakes: Arc<Handshakes>,
    number: u64,
    lost: oneshot::Receiver<()>,
}

impl Handshakes {
    /// A place for a new connection.
    pub fn begin(self: &Arc<Self>, address: IpAddr) -> Place {
        let peer = network(address);
        let (place, lost) = oneshot::channel();
        let mut waiting = self.lock();
        let number = waiting.next;
        waiting.next += 1;
        let of_peer = waiting.list.iter().filter(|handshake| handshake.peer == peer).count();
        if of_peer >= HANDSHAKES_OF_PEER_MAX {
            let oldest = waiting.list.iter().position(|handshake| handshake.peer == peer);
            oldest.and_then(|oldest| waiting.list.remove(oldest));
        } else if waiting.list.len() >= HANDSHAKES_MAX {
            waiting.list.pop_front();
        }
        waiting.list.push_back(Handshake { number, peer, _place: place });
        drop(waiting);
        Place { handshakes: Arc::clone(self), number, lost }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is one insertion or removal: what a panic left behind is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Comes back when another connection has taken the place.
    pub async fn lost(&mut self) {
        // Nothing is ever sent: the sender goes with the place.
        let _ = (&mut self.lost).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.handshakes.lock().list.retain(|handshake| handshake.number != self.number);
    }
}

/// The peer as whom an address counts: of IPv6 the /64, all of which one machine may have.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn is_lost(place: &mut Place) -> bool {
        place.lost.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    fn v4(last: usize) -> IpAddr {
        Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(last).unwrap()).into()
    }

    #[test]
    fn a_peer_pushes_out_its_own_oldest_handshake_and_nobody_elses() {
        let handshakes = Arc::new(Handshakes::default());
        let mut other = handshakes.begin(v4(1));
        let mut places: Vec<_> = (0..HANDSHAKES_OF_PEER_MAX).map(|_| handshakes.begin(v4(2))).collect();
        assert!(places.iter_mut().all(|place| !is_lost(place)));
        let mut next = handshakes.begin(v4(2));
        let lost: Vec<_> = places.iter_mut().map(is_lost).collect();
        assert_eq!((lost[0], lost.iter().filter(|lost| **lost).count()), (true, 1));
        assert!(!is_lost(&mut next) && !is_lost(&mut other));
    }

    #[test]
    fn when_there_is_no_room_the_oldest_of_all_goes() {
        let handshakes = Arc::new(Handshakes::default());
        let mut places: Vec<_> = (0..HANDSHAKES_MAX).map(|last| handshakes.begin(v4(last))).collect();
        let mut next = handshakes.begin(v4(HANDSHAKES_MAX));
        assert!(is_lost(&mut places[0]) && !is_lost(&mut places[1]) && !is_lost(&mut next));
        assert_eq!(handshakes.lock().list.len(), HANDSHAKES_MAX);
    }

    #[test]
    fn what_is_over_gives_its_place_back() {
        let handshakes = Arc::new(Handshakes::default());
        let mut first = handshakes.begin(v4(1));
        for _ in 0..3 * HANDSHAKES_MAX {
            drop(handshakes.begin(v4(1)));
        }
        assert!(!is_lost(&mut first));
        drop(first);
        assert!(handshakes.lock().list.is_empty());
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1:2:3"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), v4(1));
        assert_ne!(v4(1), v4(2));
    }
}
