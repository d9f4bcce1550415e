//! JSON-RPC of a node: traits and JSON types, shared by server and client. One file per namespace.
//!
//! ```text
//! system_ chain_ state_ author_ payment_ rpc_           what every Substrate client calls, in its own words
//! signin_                                               who calls
//! node_ departments_ governance_ calendar_ deadlines_ …             the ledger's own
//! catalog_ elements_ mounts_ sharing_ access_ stats_ decision_ records_ evidence_
//! ```
//!
//! In the first family bytes and hashes are hexadecimal with `0x`; in the second without, as in files and reports, and both forms are
//! taken. Every list is a [`Page`]: bounded in rows, bytes and time, with a cursor that is handed back to go on. [`codes`] lists the error codes.

pub mod access;
pub mod author;
pub mod calendar;
pub mod catalog;
pub mod chain;
pub mod codes;
pub mod deadlines;
pub mod decision;
pub mod departments;
pub mod discover;
pub mod elements;
pub mod evidence;
pub mod governance;
mod hexadecimal;
pub mod mounts;
pub mod node;
pub mod oversight;
mod page;
pub mod payment;
pub mod records;
pub mod search;
pub mod sharing;
pub mod signin;
pub mod state;
pub mod stats;
pub mod system;

pub use hexadecimal::{Hex, Hex32};
pub use page::{
    ANSWER_TIME_MAX, ArchivedBatch, CURSOR_BYTES_MAX, Cursor, Cut, PAGE_BYTES_MAX, PAGE_TIME_MAX, Page, ROWS_DEFAULT,
    ROWS_MAX,
};
