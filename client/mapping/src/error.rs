//! What is wrong with a mapping, found when it is read.

/// A mistake in a mapping: where it stands and what helps. Found at the start, never at a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {why}")]
pub struct MappingError {
    /// The key with those above it, as `route[2].prefix`.
    pub at: String,
    /// What is wrong there, and the way out.
    pub why: String,
}

impl MappingError {
    pub(crate) fn new(at: &str, why: impl Into<String>) -> Self {
        Self { at: if at.is_empty() { "mapping".to_owned() } else { at.to_owned() }, why: why.into() }
    }
}
