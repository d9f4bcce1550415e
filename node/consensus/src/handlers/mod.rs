//! One file per message of the engine, named as the engine names it. A handler takes the application and the message's fields and
//! returns the reply; [`crate::engine`] alone touches channels.

pub mod consensus_ready;
pub mod decided;
pub mod finalized;
pub mod get_decided_values;
pub mod get_history_min_height;
pub mod get_value;
pub mod process_synced_value;
pub mod received_proposal_part;
pub mod restream_proposal;
pub mod started_round;
pub mod vote_extensions;
