//! Signed requests, for senders that keep their secret to themselves.
//!
//! ```text
//! Mulu-Signature: t=1764295200,v1=hex(HMAC-SHA256(key, "1764295200.POST./ingest/gateway." ‖ body))
//! ```
//!
//! The body is as it is sent, so compressed if it is. What was signed five minutes ago is too old; within them a request may come again, and
//! its ids say that it is the same.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far a sender's clock may be from this machine's.
pub const CLOCKS_APART_MAX: Duration = Duration::from_secs(300);
/// Signatures that one header may bear: an old key's and a new one's.
const SIGNATURES_MAX: usize = 4;

/// What the header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The digits of the time, as they were signed.
    time: String,
    seconds: u64,
    list: Vec<[u8; 32]>,
}

impl Signature {
    /// Reads the header; parts of other names are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut time, mut list) = (None, Vec::new());
        for part in text.split(',') {
            match part.trim().split_once('=')? {
                ("t", digits) => time = Some(digits),
                ("v1", digits) if list.len() < SIGNATURES_MAX => {
                    let mut bytes = [0; 32];
                    hex::decode_to_slice(digits, &mut bytes).ok()?;
                    list.push(bytes);
                }
                ("v1", _) => return None,
                _ => {}
            }
        }
        let time = time?.to_owned();
        let seconds = time.parse().ok()?;
        (!list.is_empty()).then_some(Self { time, seconds, list })
    }

    /// Whether it was made just now.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        now.abs_diff(self.seconds) <= CLOCKS_APART_MAX.as_secs()
    }

    /// Begins to check whether it is of a request, by a key; the body follows as it comes.
    pub fn of_request(self, key: &[u8], method: &str, target: &str) -> Checking {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        for part in [self.time.as_bytes(), b".", method.as_bytes(), b".", target.as_bytes(), b"."] {
            mac.update(part);
        }
        Checking { mac, list: self.list }
    }
}

/// A signature that is being checked while the body comes.
pub struct Checking {
    mac: Hmac<Sha256>,
    list: Vec<[u8; 32]>,
}

impl Checking {
    /// Adds a part of the body.
    pub fn update(&mut self, part: &[u8]) {
        self.mac.update(part);
    }

    /// Whether one of the signatures is of all this.
    pub fn holds(self) -> bool {
        self.list.iter().any(|signature| self.mac.clone().verify_slice(signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    /// printf '1764295200.POST./ingest/gateway.{"a":1}' | openssl dgst -sha256 -hmac 'key-of-the-gateway-0123'
    const SIGNED: &str = "35416211375ac6fd335f9772680a1be0fb0c96a8bfeaecd349e04975da5e524e";
    const KEY: &[u8] = b"key-of-the-gateway-0123";

    /// With the body in two parts.
    fn is_of(signature: &Signature, key: &[u8], method: &str, target: &str, body: &[u8]) -> bool {
        let mut checking = signature.clone().of_request(key, method, target);
        let (first, second) = body.split_at(body.len() / 2);
        checking.update(first);
        checking.update(second);
        checking.holds()
    }

    fn header() -> String {
        format!("t=1764295200,v1={SIGNED}")
    }

    #[test]
    fn what_openssl_signs_is_known() {
        let signature = Signature::parse(&header()).unwrap();
        assert!(is_of(&signature, KEY, "POST", "/ingest/gateway", br#"{"a":1}"#));
        assert!(!is_of(&signature, b"another-key", "POST", "/ingest/gateway", br#"{"a":1}"#));
        assert!(!is_of(&signature, KEY, "PUT", "/ingest/gateway", br#"{"a":1}"#));
        assert!(!is_of(&signature, KEY, "POST", "/ingest/other", br#"{"a":1}"#));
        assert!(!is_of(&signature, KEY, "POST", "/ingest/gateway", br#"{"a":2}"#));
        let later = Signature::parse(&header().replace("t=1764295200", "t=1764295201")).unwrap();
        assert!(!is_of(&later, KEY, "POST", "/ingest/gateway", br#"{"a":1}"#));
    }

    #[test]
    fn one_of_several_is_enough_while_a_key_is_changed() {
        let two = format!("v1={}, {}, kid=7", "0".repeat(64), header());
        assert!(is_of(&Signature::parse(&two).unwrap(), KEY, "POST", "/ingest/gateway", br#"{"a":1}"#));
    }

    #[test]
    fn an_old_one_and_one_of_the_future_are_stale() {
        let signature = Signature::parse(&header()).unwrap();
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for (now, fresh) in [
            (1_764_295_200, true),
            (1_764_295_500, true),
            (1_764_295_501, false),
            (1_764_294_900, true),
            (1_764_294_899, false),
            (0, false),
        ] {
            assert_eq!(signature.is_fresh(at(now)), fresh, "{now}");
        }
    }

    #[test]
    fn what_is_no_signature_is_none() {
        let many = format!("t=1,{}", vec![format!("v1={SIGNED}"); 5].join(","));
        for text in
            ["", "t=1", &format!("v1={SIGNED}"), "t=1,v1=00", &format!("t=x,v1={SIGNED}"), "sha256=00", "t", &many]
        {
            assert_eq!(Signature::parse(text), None, "{text}");
        }
    }
}
