//! What every part of the node shares: the stages that data passes through, block types and the event-batch codec.
//!
//! Reading [`stages`] is reading the architecture.

pub mod batch;
pub mod block;
pub mod stages;
pub mod trie;
