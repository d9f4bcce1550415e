//! Callers: their names, rights and secrets.

use super::{answer::Problem, auth::Right, secret::SecretAt};
use crate::error::BridgeError;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// Most callers.
pub const CALLERS_MAX: usize = 256;

/// A table `[[http.caller]]`: exactly one way to be known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerConfig {
    /// What it is called in messages and in `Mulu-Caller`.
    pub name: String,
    /// File of the token that it sends as `Authorization: Bearer`.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// The same in a variable of the environment.
    #[serde(default)]
    pub token_env: Option<String>,
    /// File of the key that it signs requests with.
    #[serde(default)]
    pub hmac_file: Option<PathBuf>,
    /// The same in a variable of the environment.
    #[serde(default)]
    pub hmac_env: Option<String>,
    /// SHA-256 of the certificate that it shows, in hexadecimal digits with or without colons.
    #[serde(default)]
    pub certificate_sha256: Option<String>,
    /// What it may do.
    pub may: Vec<Right>,
    /// Sources that it may hand records to; all if left out.
    #[serde(default)]
    pub sources: Option<BTreeSet<String>>,
    /// Most requests in a second; as many as there are if left out.
    #[serde(default)]
    pub requests_per_second: Option<NonZeroU32>,
}

impl CallerConfig {
    /// Makes its files relative to a folder.
    pub fn below(&mut self, folder: &Path) {
        for path in [&mut self.token_file, &mut self.hmac_file].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
}

/// The key of a caller's signatures.
pub type SigningKey = Arc<Zeroizing<Vec<u8>>>;

/// How a caller is known.
enum Proof {
    /// SHA-256 of its token: what is compared has one length, and memory holds no token.
    Token([u8; 32]),
    /// The key of its signatures.
    Signs(SigningKey),
    /// SHA-256 of its certificate.
    Certificate([u8; 32]),
    /// It is on this machine.
    Local,
}

/// One who calls.
#[derive(Debug)]
pub struct Caller {
    name: String,
    may: Vec<Right>,
    sources: Option<BTreeSet<String>>,
    rate: Option<Mutex<Bucket>>,
}

impl Caller {
    /// Its name, for logs and answers.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has a right.
    pub fn may(&self, right: Right) -> bool {
        self.may.contains(&right)
    }

    /// Whether it may hand records to a source.
    pub fn may_use(&self, source: &str) -> bool {
        self.sources.as_ref().is_none_or(|sources| sources.contains(source))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`Problem`] 429 if it makes more than it may.
    pub(super) fn count(&self) -> Result<(), Problem> {
        let Some(rate) = &self.rate else { return Ok(()) };
        // One number is changed at a time: what a panic left behind is whole.
        let mut bucket = rate.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(Instant::now()).map_err(Problem::too_often)
    }
}

/// Requests that a caller may make at once; it fills up again within a second.
#[derive(Debug)]
struct Bucket {
    each: Duration,
    burst: u32,
    /// When it is full again.
    full_at: Instant,
}

impl Bucket {
    fn new(per_second: NonZeroU32, now: Instant) -> Self {
        Self { each: Duration::from_secs(1) / per_second.get(), burst: per_second.get(), full_at: now }
    }

    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.max(now) + self.each;
        match full_at.checked_duration_since(now + self.each * self.burst) {
            Some(late) if !late.is_zero() => Err(late),
            _ => {
                self.full_at = full_at;
                Ok(())
            }
        }
    }
}

/// All callers.
pub struct Callers(Vec<(Proof, Arc<Caller>)>);

impl std::fmt::Debug for Callers {
    /// Without what they are known by.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(_, caller)| &caller.name)).finish()
    }
}

impl Callers {
    /// Reads their secrets. If there are none, whoever is on this machine may do all.
    ///
    /// # Errors
    /// [`BridgeError::Config`] for the first mistake.
    pub fn new(configs: &[CallerConfig]) -> Result<Self, BridgeError> {
        if configs.is_empty() {
            let may = vec![Right::Ingest, Right::Events, Right::Requests, Right::Operate];
            let local = Caller { name: "this machine".into(), may, sources: None, rate: None };
            return Ok(Self(vec![(Proof::Local, Arc::new(local))]));
        }
        if configs.len() > CALLERS_MAX {
            return Err(BridgeError::config("http.caller", format!("there are at most {CALLERS_MAX} callers")));
        }
        let mut names = BTreeSet::new();
        let mut list: Vec<(Proof, Arc<Caller>)> = Vec::with_capacity(configs.len());
        for (place, config) in configs.iter().enumerate() {
            let at = format!("http.caller[{place}]");
            if config.name.is_empty() || !names.insert(&config.name) {
                return Err(BridgeError::config(at, "each caller has a name of its own"));
            }
            if config.may.is_empty() {
                return Err(BridgeError::config(at, "`may` is empty; it takes ingest, events, requests, operate"));
            }
            let proof = proof(config, &at)?;
            if list.iter().any(|(other, _)| other.is_same(&proof)) {
                return Err(BridgeError::config(at, "another caller is known by the same token, key or certificate"));
            }
            let caller = Caller {
                name: config.name.clone(),
                may: config.may.clone(),
                sources: config.sources.clone(),
                rate: config.requests_per_second.map(|rate| Mutex::new(Bucket::new(rate, Instant::now()))),
            };
            list.push((proof, Arc::new(caller)));
        }
        Ok(Self(list))
    }

    /// Who is on this machine, if nobody else may call.
    pub fn local(&self) -> Option<&Arc<Caller>> {
        self.0.iter().find(|(proof, _)| matches!(proof, Proof::Local)).map(|(_, caller)| caller)
    }

    /// Whose token this is. All are compared, in a time that depends on none.
    pub fn of_token(&self, token: &[u8]) -> Option<Arc<Caller>> {
        let sent: [u8; 32] = Sha256::digest(token).into();
        let mut found = u32::MAX;
        for (place, (proof, _)) in (0_u32..).zip(&self.0) {
            if let Proof::Token(own) = proof {
                found.conditional_assign(&place, own.ct_eq(&sent));
            }
        }
        self.0.get(usize::try_from(found).ok()?).map(|(_, caller)| Arc::clone(caller))
    }

    /// Who signs: by its name, or without one the only one.
    pub fn of_signer(&self, name: Option<&str>) -> Option<(Arc<Caller>, SigningKey)> {
        let mut signers = self.0.iter().filter_map(|(proof, caller)| match proof {
            Proof::Signs(key) if name.is_none_or(|name| name == caller.name) => {
                Some((Arc::clone(caller), Arc::clone(key)))
            }
            _ => None,
        });
        signers.next().filter(|_| signers.next().is_none())
    }

    /// Whose certificate this is.
    pub fn of_certificate(&self, sha256: &[u8; 32]) -> Option<Arc<Caller>> {
        let is_own = |proof: &Proof| matches!(proof, Proof::Certificate(own) if own == sha256);
        self.0.iter().find(|(proof, _)| is_own(proof)).map(|(_, caller)| Arc::clone(caller))
    }

    /// Whether one of them is known by a certificate.
    pub fn some_by_certificate(&self) -> bool {
        self.0.iter().any(|(proof, _)| matches!(proof, Proof::Certificate(_)))
    }
}

impl Proof {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Token(one), Self::Token(two)) | (Self::Certificate(one), Self::Certificate(two)) => one == two,
            (Self::Signs(one), Self::Signs(two)) => one == two,
            _ => false,
        }
    }
}

fn proof(config: &CallerConfig, at: &str) -> Result<Proof, BridgeError> {
    let wrong = |why: &str| BridgeError::config(at, why);
    let token = SecretAt::of(config.token_file.as_deref(), config.token_env.as_deref()).map_err(wrong)?;
    let hmac = SecretAt::of(config.hmac_file.as_deref(), config.hmac_env.as_deref()).map_err(wrong)?;
    match (token, hmac, &config.certificate_sha256) {
        (Some(token), None, None) => Ok(Proof::Token(Sha256::digest(&*token.read(at)?).into())),
        (None, Some(hmac), None) => Ok(Proof::Signs(Arc::new(hmac.read(at)?))),
        (None, None, Some(digits)) => {
            let mut sha256 = [0; 32];
            hex::decode_to_slice(digits.replace(':', ""), &mut sha256)
                .map_err(|_| wrong("certificate_sha256 takes 64 hexadecimal digits"))?;
            Ok(Proof::Certificate(sha256))
        }
        _ => Err(wrong("a caller is known by one of token_file, token_env, hmac_file, hmac_env, certificate_sha256")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    const TOKEN: &str = "a-token-of-twenty-and-more";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, secret) in [("a", TOKEN), ("b", "another-token-of-the-kind"), ("same", TOKEN)] {
            let path = folder.path().join(name);
            fs::write(&path, secret).unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
        folder
    }

    fn callers(folder: &Path, text: &str) -> Result<Callers, BridgeError> {
        #[derive(Deserialize)]
        struct File {
            caller: Vec<CallerConfig>,
        }
        let mut file: File = toml::from_str(text).unwrap();
        file.caller.iter_mut().for_each(|caller| caller.below(folder));
        Callers::new(&file.caller)
    }

    fn why(text: &str) -> String {
        callers(folder().path(), text).unwrap_err().to_string()
    }

    #[test]
    fn each_is_known_by_its_own() {
        let folder = folder();
        let digits = "0A:".repeat(31) + "0b";
        let text = format!(
            r#"
            caller = [
                {{ name = "one", token_file = "a", may = ["ingest"], sources = ["x"] }},
                {{ name = "two", hmac_file = "b", may = ["events", "requests"] }},
                {{ name = "three", certificate_sha256 = "{digits}", may = ["operate"] }},
            ]"#
        );
        let callers = callers(folder.path(), &text).unwrap();
        let one = callers.of_token(TOKEN.as_bytes()).unwrap();
        assert_eq!((one.name(), one.may(Right::Ingest), one.may(Right::Operate)), ("one", true, false));
        assert!(one.may_use("x") && !one.may_use("y"));
        assert!(callers.of_token(b"another-token-of-the-kind").is_none(), "a key of signatures is no token");
        assert!(callers.of_token(b"").is_none());
        let (two, key) = callers.of_signer(None).unwrap();
        assert_eq!((two.name(), key.as_slice(), two.may_use("y")), ("two", &b"another-token-of-the-kind"[..], true));
        assert!(callers.of_signer(Some("two")).is_some() && callers.of_signer(Some("one")).is_none());
        let mut sha256 = [0x0a; 32];
        assert!(callers.of_certificate(&sha256).is_none());
        sha256[31] = 0x0b;
        assert_eq!(callers.of_certificate(&sha256).unwrap().name(), "three");
        assert!(callers.some_by_certificate() && callers.local().is_none());
        assert!(!format!("{callers:?}").contains(TOKEN));
    }

    #[test]
    fn where_several_sign_each_says_who_it_is() {
        let text = r#"caller = [{ name = "one", hmac_file = "a", may = ["ingest"] }, { name = "two", hmac_file = "b", may = ["ingest"] }]"#;
        let callers = callers(folder().path(), text).unwrap();
        assert!(callers.of_signer(None).is_none());
        assert_eq!(callers.of_signer(Some("two")).unwrap().0.name(), "two");
    }

    #[test]
    fn without_callers_this_machine_may_all() {
        let callers = Callers::new(&[]).unwrap();
        let local = callers.local().unwrap();
        assert!([Right::Ingest, Right::Events, Right::Requests, Right::Operate].iter().all(|right| local.may(*right)));
        assert!(callers.of_token(b"").is_none());
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let known = "a caller is known by one of token_file, token_env, hmac_file, hmac_env, certificate_sha256";
        for (text, expected) in [
            (
                r#"caller = [{ name = "", token_file = "a", may = ["ingest"] }]"#,
                "http.caller[0]: each caller has a name of its own",
            ),
            (
                r#"caller = [{ name = "x", token_file = "a", may = [] }]"#,
                "http.caller[0]: `may` is empty; it takes ingest, events, requests, operate",
            ),
            (r#"caller = [{ name = "x", may = ["ingest"] }]"#, &format!("http.caller[0]: {known}")),
            (
                r#"caller = [{ name = "x", token_file = "a", hmac_file = "b", may = ["ingest"] }]"#,
                &format!("http.caller[0]: {known}"),
            ),
            (
                r#"caller = [{ name = "x", token_file = "a", token_env = "A", may = ["ingest"] }]"#,
                "http.caller[0]: a secret is in a file or in the environment, not in both",
            ),
            (
                r#"caller = [{ name = "x", certificate_sha256 = "0a", may = ["ingest"] }]"#,
                "http.caller[0]: certificate_sha256 takes 64 hexadecimal digits",
            ),
            (
                r#"caller = [{ name = "x", token_file = "a", may = ["ingest"] }, { name = "x", token_file = "b", may = ["ingest"] }]"#,
                "http.caller[1]: each caller has a name of its own",
            ),
            (
                r#"caller = [{ name = "x", token_file = "a", may = ["ingest"] }, { name = "y", token_file = "same", may = ["ingest"] }]"#,
                "http.caller[1]: another caller is known by the same token, key or certificate",
            ),
        ] {
            assert_eq!(why(text), expected);
        }
        let many: String = (0..=CALLERS_MAX)
            .map(|n| format!("{{ name = \"{n}\", token_file = \"a\", may = [\"ingest\"] }},"))
            .collect();
        assert_eq!(why(&format!("caller = [{many}]")), "http.caller: there are at most 256 callers");
    }

    #[test]
    fn a_rate_lets_a_burst_through_and_then_one_at_a_time() {
        let start = Instant::now();
        let mut bucket = Bucket::new(NonZeroU32::new(10).unwrap(), start);
        assert_eq!((0..12).filter(|_| bucket.take(start).is_ok()).count(), 10);
        assert_eq!(bucket.take(start), Err(Duration::from_millis(100)));
        let later = start + Duration::from_millis(250);
        assert_eq!((0..5).filter(|_| bucket.take(later).is_ok()).count(), 2);
        assert_eq!((0..12).filter(|_| bucket.take(start + Duration::from_secs(60)).is_ok()).count(), 10);
    }
}
