//! Catalogs as tables: the 13 core elements of the guide in CSV or JSON, with columns in Chinese or English, items in a second table.
//!
//! What a table says is taken as it is; what it leaves out is refused, not filled.

pub mod columns;
pub mod file;
pub mod read;
pub mod write;
