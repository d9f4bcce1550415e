//! `index rebuild`: the index of a node that stands still.

use crate::{commands::run::open_home, error::NodeError, index};
use mulu_executor::Executor;
use std::{path::Path, sync::Arc};

/// Deletes the index of a home and derives it again.
pub fn rebuild(home: &Path) -> Result<(), NodeError> {
    let store = Arc::new(open_home(home)?.1);
    index::rebuild(&store, &Executor::new(Arc::clone(&store) as _))?;
    println!("the index is complete to height {}", store.index_height()?);
    Ok(())
}
