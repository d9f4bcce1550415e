//! The client side of the ledger: keys, signed calls, submission, the vault, evidence and imports. What `mulu` and the bridge are made of.

pub mod at_block;
pub mod calls;
pub mod checked;
pub mod connection;
mod error;
pub mod event;
pub mod evidence;
pub mod extrinsic;
mod files;
pub mod follow;
pub mod import;
pub mod keys;
pub mod keystore;
pub mod offline;
pub mod papers;
pub mod passphrase;
pub mod profiles;
pub mod reconcile;
pub mod seal;
mod secrets;
pub mod signin;
pub mod submit;
pub mod templates;
pub mod terms;
pub mod vault;
pub mod verified;

pub use error::ClientError;
