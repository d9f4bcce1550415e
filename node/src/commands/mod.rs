//! One file per command.

pub mod archive;
pub mod decision;
pub mod dev;
pub mod genesis_hash;
pub mod index;
pub mod join;
pub mod key;
pub mod run;
pub mod testnet;
