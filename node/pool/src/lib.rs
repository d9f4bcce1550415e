//! What waits to be put into a block: checked extrinsics in the order of their signers' nonces.
//!
//! ```text
//! submitted ─┐                      ┌─> Answer: where it is, or why it was refused
//! received  ─┼─> Pool::step(input) ─┼─> Forward to the other validators
//! committed ─┘                      └─> Revalidate, Left
//!                  candidates(bytes_max) ─> build
//! ```
//!
//! A pure state machine: no clock, no threads, no sockets, no runtime. Whoever calls it has the executor check each extrinsic first and
//! carries out the effects. Acts of people and event batches wait in lanes with bounds of their own, so that neither fills the other's
//! place, and acts are taken first.

mod account;
mod error;
mod limits;
mod memory;
mod pool;
#[cfg(test)]
mod tests;

pub use error::Refusal;
pub use limits::{Bound, Limits};
pub use pool::{Effect, Input, Left, Place, Pool};
