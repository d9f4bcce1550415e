//! Where access events come from: sources that the bridge asks by itself, each from the place that its spool keeps.

pub mod kafka;
pub mod postgres;
mod span;
pub mod tail;
mod value;
pub mod xroad;
