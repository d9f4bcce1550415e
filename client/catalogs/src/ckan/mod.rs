//! CKAN: its Action API as a source that is walked from a place on, and as a destination of published entries.

pub mod package;
pub mod portal;
pub mod walk;
