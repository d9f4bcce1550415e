//! The client side of the ledger: keys, signed calls, submission, the vault, evidence and imports. What `mulu` and the bridge are made of.

pub mod calls;
pub mod checked;
pub mod connection;
mod error;
pub mod event;
pub mod evidence;
pub mod extrinsic;
mod files;
pub mod import;
pub mod keys;
pub mod papers;
pub mod reconcile;
pub mod seal;
pub mod submit;
pub mod templates;
pub mod terms;
pub mod vault;

pub use error::ClientError;
