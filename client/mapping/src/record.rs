//! What a source hands over.

use serde_json::Value;

/// One record of a call, as its sender wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What the sender calls it, so that the same record is known when it comes again: `source` and `id` of a CloudEvent, a request id. None
    /// if the place in the source tells (a file's offset, a row's number): then the source's position keeps it from coming twice.
    pub id: Option<String>,
    /// Its fields. Whatever is no JSON is brought into this form by its source.
    pub value: Value,
    /// The bytes as they came; what is quarantined is kept as this.
    pub raw: Vec<u8>,
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
