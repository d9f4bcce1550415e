//! One file per command. Data goes to standard output, everything else to standard error.

pub mod key;
