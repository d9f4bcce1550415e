//! The listener for others: who may come in, as the configuration says. Nobody is trusted for the address that they come from, since a
//! reverse proxy on this machine passes on everybody.

use crate::{
    buckets::{Buckets, Payer},
    limits::{CONNECTIONS_MAX, connections_max},
    signin::{SessionId, Sessions, TOKEN_LIFE},
    slots::{Slot, Slots},
};
use http::HeaderMap;
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

/// Header in which a proxy names whom it passes on; its last entry is the proxy's own word.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// What the configuration says of the listener for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Web pages that may call, as browsers name their origin.
    pub cors: Vec<String>,
    /// Proxies whose word counts on whom they pass on.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long a token works.
    pub token_life: Duration,
    /// Most connections at once.
    pub connections: u32,
    /// Most connections of one address.
    pub connections_of_address: u32,
    /// Calls a second of an address that has not signed in.
    pub calls_of_address: u32,
    /// Calls a second of an account.
    pub calls_of_account: u32,
}

impl Public {
    /// The usual rules.
    pub const fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            cors: Vec::new(),
            trusted_proxies: Vec::new(),
            token_life: TOKEN_LIFE,
            connections: CONNECTIONS_MAX,
            connections_of_address: 32,
            calls_of_address: 20,
            calls_of_account: 100,
        }
    }
}

/// A listener, as what comes in sees it.
#[derive(Debug)]
pub struct Door {
    /// Sockets.
    pub sockets: Slots,
    /// The rules for others; none on the node's own listener.
    pub guard: Option<Guard>,
}

/// Rules, and what was used of them.
#[derive(Debug)]
pub struct Guard {
    /// The rules.
    pub rules: Public,
    requests: Slots,
    of_addresses: Buckets,
    of_accounts: Buckets,
}

/// A request from outside, or the connection that it became.
#[derive(Debug)]
pub struct Visit {
    /// Whom it comes from.
    pub from: Charged,
    _slot: Slot,
}

/// Whom a request comes from, as far as calls are counted. Unlike a [`Visit`] it takes no place.
#[derive(Clone, Debug)]
pub struct Charged {
    door: Arc<Door>,
    /// Where it came from.
    pub address: IpAddr,
    /// The session that its token names, ended or not.
    pub session: Option<SessionId>,
}

impl Door {
    /// For programs of this machine.
    pub fn local() -> Self {
        let max = connections_max();
        Self { sockets: Slots::new(max, max), guard: None }
    }

    /// For others.
    pub fn public(rules: Public) -> Self {
        let rules = Public { connections: rules.connections.min(connections_max()), ..rules };
        let slots = || Slots::new(rules.connections, rules.connections_of_address);
        let (sockets, requests) = (slots(), slots());
        let of_addresses = Buckets::new(rules.calls_of_address);
        let of_accounts = Buckets::new(rules.calls_of_account);
        Self { sockets, guard: Some(Guard { rules, requests, of_addresses, of_accounts }) }
    }

    /// A slot for a socket. Many come through a proxy: it is counted in all alone.
    pub fn socket(&self, peer: IpAddr) -> Option<Slot> {
        let is_proxy = self.guard.as_ref().is_some_and(|guard| guard.trusts(peer));
        self.sockets.take((!is_proxy).then_some(peer))
    }

    /// Most connections at once.
    pub fn connections_max(&self) -> u32 {
        self.guard.as_ref().map_or_else(connections_max, |guard| guard.rules.connections)
    }
}

impl Guard {
    fn trusts(&self, peer: IpAddr) -> bool {
        self.rules.trusted_proxies.contains(&peer.to_canonical())
    }

    /// Whether pages of an origin may call.
    pub fn allows_pages_of(&self, origin: &str) -> bool {
        self.rules.cors.iter().any(|allowed| allowed == origin)
    }

    /// Who is behind a request: the peer, or whom a trusted proxy names.
    pub fn address_of(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let named = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
        let last = named.and_then(|list| list.rsplit(',').next()).map(str::trim);
        last.and_then(address_in).map_or(peer, |address| address.to_canonical())
    }

    /// Takes what a call costs from whoever makes it.
    pub fn charge(&self, payer: Payer, cost: u64, now: Instant) -> bool {
        match payer {
            Payer::Address(address) => {
                self.of_addresses.take(Payer::Address(crate::buckets::counted(address)), cost, now)
            }
            Payer::Account(_) => self.of_accounts.take(payer, cost, now),
        }
    }
}

/// The address that a proxy wrote: bare, in brackets, or with a port behind it, as proxies differ.
fn address_in(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let bare = text.parse::<IpAddr>().ok();
    bare.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())).or_else(|| bracketed().map(IpAddr::V6))
}

impl Visit {
    /// Comes in through `door`, if the address has not too many requests and connections there already.
    pub fn new(door: &Arc<Door>, guard: &Guard, address: IpAddr, session: Option<SessionId>) -> Option<Self> {
        let slot = guard.requests.take(Some(address))?;
        Some(Self { from: Charged { door: Arc::clone(door), address, session }, _slot: slot })
    }

    /// The rules that it came in under.
    pub fn guard(&self) -> Option<&Guard> {
        self.from.door.guard.as_ref()
    }
}

impl Charged {
    /// Takes what something costs from the account whose session is open, else from the address; false if it has not so much left.
    pub fn pay(&self, sessions: &Sessions, cost: u64, now: Instant) -> bool {
        let open = self.session.and_then(|id| sessions.find(id, now));
        let payer = open.map_or(Payer::Address(self.address), |open| Payer::Account(open.account));
        self.door.guard.as_ref().is_some_and(|guard| guard.charge(payer, cost, now))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use http::HeaderValue;

    fn guarded(trusted_proxies: &[&str]) -> Door {
        let trusted_proxies = trusted_proxies.iter().map(|text| text.parse().unwrap()).collect();
        let listen = "127.0.0.1:0".parse().unwrap();
        Door::public(Public { trusted_proxies, connections_of_address: 2, ..Public::new(listen) })
    }

    #[test]
    fn the_last_word_of_a_trusted_proxy_counts_and_nobody_elses() {
        let door = guarded(&["127.0.0.1"]);
        let guard = door.guard.as_ref().unwrap();
        let of = |peer: &str, forwarded: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
            }
            guard.address_of(peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(of("127.0.0.1", &["10.9.9.9, 10.0.0.7"]), "10.0.0.7", "the first entry is the client's own claim");
        assert_eq!(of("127.0.0.1", &["10.0.0.7", "10.0.0.8"]), "10.0.0.8");
        assert_eq!(of("::ffff:127.0.0.1", &["10.0.0.7"]), "10.0.0.7");
        assert_eq!(of("10.0.0.1", &["10.0.0.7"]), "10.0.0.1");
        assert_eq!(of("127.0.0.1", &[]), "127.0.0.1");
        for (written, expected) in [
            ("10.0.0.7:51234", "10.0.0.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("10.9.9.9, [::ffff:10.0.0.7]:443", "10.0.0.7"),
        ] {
            assert_eq!(of("127.0.0.1", &[written]), expected);
        }
        for none in ["unknown", "[10.0.0.7]", "10.0.0.7:", "[2001:db8::1", "10.0.0.7:99999", "_hidden"] {
            assert_eq!(of("127.0.0.1", &[none]), "127.0.0.1", "{none}");
        }
    }

    #[test]
    fn sockets_of_a_proxy_are_counted_in_all_alone() {
        let (door, other) = (guarded(&["127.0.0.1"]), "10.0.0.1".parse().unwrap());
        let proxy = "127.0.0.1".parse().unwrap();
        let held: Vec<_> = (0..10).map(|_| door.socket(proxy)).collect();
        assert!(held.iter().all(Option::is_some));
        let (_first, _second) = (door.socket(other).unwrap(), door.socket(other).unwrap());
        assert!(door.socket(other).is_none());
    }

    #[test]
    fn requests_are_counted_by_whom_they_come_from() {
        let door = Arc::new(guarded(&[]));
        let guard = door.guard.as_ref().unwrap();
        let visit = |last| Visit::new(&door, guard, IpAddr::from([10, 0, 0, last]), None);
        let held = [visit(1), visit(1)];
        assert!(held.iter().all(Option::is_some) && visit(1).is_none() && visit(2).is_some());
    }

    #[test]
    fn what_is_no_call_is_paid_by_the_account_that_is_signed_in_else_by_the_address() {
        let door = Arc::new(Door::public(Public {
            calls_of_address: 1,
            calls_of_account: 2,
            ..Public::new("127.0.0.1:0".parse().unwrap())
        }));
        let (sessions, now) = (Sessions::default(), Instant::now());
        let token = sessions.begin([1; 32], TOKEN_LIFE, now).unwrap();
        let from = |session| Charged { door: Arc::clone(&door), address: IpAddr::from([10, 0, 0, 1]), session };
        let paid = |from: Charged| (0..100).take_while(|_| from.pay(&sessions, 1, now)).count();
        assert_eq!(paid(from(Some(SessionId::of(&token.0)))), 10);
        assert_eq!(paid(from(None)), 5);
        assert_eq!(paid(from(Some(SessionId::of("none")))), 0, "a token that is none is the address's");
    }

    #[test]
    fn pages_are_allowed_by_their_whole_origin() {
        let door = Door::public(Public {
            cors: vec!["https://console.example.cn".into()],
            ..Public::new("127.0.0.1:0".parse().unwrap())
        });
        let guard = door.guard.as_ref().unwrap();
        assert!(guard.allows_pages_of("https://console.example.cn"));
        for other in ["http://console.example.cn", "https://console.example.cn.evil.example", "null", ""] {
            assert!(!guard.allows_pages_of(other), "{other}");
        }
    }
}
