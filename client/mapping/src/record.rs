//! What a source hands over.

use codec::Encode;
use serde_json::Value;

/// One record of a call, as its sender wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What the sender calls it, so that the same record is known when it comes again: `source` and `id` of a CloudEvent, a request id. None
    /// if the place in the source tells (a file's offset, a row's number): then the source's position keeps it from coming twice.
    pub id: Option<String>,
    /// Where it stands in its source, if that tells it from its like ([`place`]). Two equal lines of a log are two calls; one that is read again
    /// stands where it stood.
    pub place: Option<Vec<u8>>,
    /// Its fields. Whatever is no JSON is brought into this form by its source.
    pub value: Value,
    /// The bytes as they came; what is quarantined is kept as this.
    pub raw: Vec<u8>,
}

impl Record {
    /// A record of which only its bytes are known.
    pub const fn new(value: Value, raw: Vec<u8>) -> Self {
        Self { id: None, place: None, value, raw }
    }
}

/// Gives records the places that they have within something that has a name of its own, as a message of a topic or a body that was posted.
pub fn place(records: &mut [Result<Record, Poison>], within: &impl Encode) {
    for (index, record) in records.iter_mut().enumerate() {
        if let Ok(record) = record {
            record.place = Some((within, index as u64).encode());
        }
    }
}

/// A record that can be no event, ever, as it stands. It is kept and told, and stands in nobody's way.
#[derive(Clone, PartialEq, Eq)]
pub struct Poison {
    /// One word of a closed list, as `not_json` or `no_time`.
    pub reason: &'static str,
    /// What is wrong, and the way out. Names fields and never repeats their values: it is shown and logged.
    pub detail: String,
    /// The bytes as they came.
    pub raw: Vec<u8>,
}

impl std::fmt::Debug for Poison {
    /// Without the bytes: they may name a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Poison({}: {}, {} bytes)", self.reason, self.detail, self.raw.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn records_of_one_place_are_told_apart_and_stand_there_again() {
        let placed = |within: &str| {
            let poison = Poison { reason: "not_json", detail: String::new(), raw: Vec::new() };
            let record = || Ok(Record::new(Value::Null, b"{}".to_vec()));
            let mut records = vec![record(), Err(poison), record()];
            place(&mut records, &within);
            records.into_iter().flatten().map(|record| record.place.unwrap()).collect::<Vec<_>>()
        };
        let first = placed("a");
        assert_eq!((first.len(), &placed("a")), (2, &first));
        assert_ne!(first[0], first[1]);
        assert!(placed("b").iter().all(|place| !first.contains(place)));
    }
}
