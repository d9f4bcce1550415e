//! Who calls, by what the gateway shows: a header that it sets, an API key, or the certificate of the connection.

use super::Consumer;
use http::{HeaderMap, HeaderName};
use mulu_proofs::ids::{DepartmentId, Digest32, SystemId};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Most headers by which consumers are told apart: each is looked at with every call.
const HEADERS_MAX: usize = 8;

/// A consumer, as typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsumerRow {
    name: String,
    department: DepartmentId,
    system: Option<SystemId>,
    header: Option<String>,
    value: Option<String>,
    sha256: Option<String>,
    certificate: Option<String>,
}

/// What a call shows of its consumer.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The headers of the gateway's question.
    pub headers: &'a HeaderMap,
    /// SHA-256 of the certificate with which the connection was made.
    pub certificate: Option<&'a Digest32>,
}

/// Who is known, and by what.
#[derive(Debug, Default)]
pub struct Credentials {
    by_value: BTreeMap<String, HashMap<String, usize>>,
    by_digest: BTreeMap<String, HashMap<Digest32, usize>>,
    by_certificate: HashMap<Digest32, usize>,
    consumers: Vec<(String, Consumer)>,
}

impl Credentials {
    pub(super) fn new(rows: Vec<ConsumerRow>) -> Result<Self, String> {
        let mut known = Self::default();
        for row in rows {
            known.add(row)?;
        }
        if known.by_value.len() + known.by_digest.len() > HEADERS_MAX {
            return Err(format!("consumers are told apart by at most {HEADERS_MAX} different headers"));
        }
        Ok(known)
    }

    /// Names and consumers, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Consumer)> {
        self.consumers.iter().map(|(name, consumer)| (name.as_str(), *consumer))
    }

    /// The consumer that a call shows; none if it shows none, or two different ones.
    pub fn find(&self, shown: &Shown<'_>) -> Option<Consumer> {
        let by_value = self.by_value.iter().filter_map(|(header, values)| {
            let value = single(shown.headers, header)?;
            values.get(value)
        });
        let by_digest = self.by_digest.iter().filter_map(|(header, digests)| {
            let value = single(shown.headers, header)?;
            digests.get(&Digest32::from(Sha256::digest(value)))
        });
        let by_certificate = shown.certificate.and_then(|digest| self.by_certificate.get(digest));
        let mut found = by_value.chain(by_digest).chain(by_certificate).map(|place| self.consumers[*place].1);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    fn add(&mut self, row: ConsumerRow) -> Result<(), String> {
        let place = self.consumers.len();
        let wrong = |what: &str| format!("consumer {:?}: {what}", row.name);
        let twice = match (&row.header, &row.value, &row.sha256, &row.certificate) {
            (Some(header), Some(value), None, None) if !value.is_empty() => {
                let values = self.by_value.entry(header_name(header).map_err(|what| wrong(&what))?).or_default();
                values.insert(value.clone(), place)
            }
            (Some(header), None, Some(digest), None) => {
                let digests = self.by_digest.entry(header_name(header).map_err(|what| wrong(&what))?).or_default();
                digests.insert(digest_of(digest).map_err(|what| wrong(&what))?, place)
            }
            (None, None, None, Some(digest)) => {
                self.by_certificate.insert(digest_of(digest).map_err(|what| wrong(&what))?, place)
            }
            _ => {
                return Err(wrong(
                    "say by what it is known: header and value, header and sha256 (of an API key), or certificate (its SHA-256)",
                ));
            }
        };
        if let Some(other) = twice {
            return Err(wrong(&format!("{:?} is known by the same", self.consumers[other].0)));
        }
        self.consumers.push((row.name, Consumer { department: row.department, system: row.system }));
        Ok(())
    }
}

/// The value of a header that is there once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    // Subjects of certificates may be UTF-8.
    std::str::from_utf8(value.as_bytes()).ok()
}

fn header_name(name: &str) -> Result<String, String> {
    let read = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no name of a header"))?;
    Ok(read.as_str().to_owned())
}

fn digest_of(text: &str) -> Result<Digest32, String> {
    let mut digest = Digest32::default();
    // As `openssl x509 -fingerprint -sha256` prints it, too.
    hex::decode_to_slice(text.replace(':', ""), &mut digest)
        .map_err(|_| "a SHA-256 has 64 hexadecimal digits; never put a key itself here".to_owned())?;
    Ok(digest)
}
