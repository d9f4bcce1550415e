//! `GetHistoryMinHeight`: from which height on this node can serve peers that are behind.

use crate::{app::App, context::Height};

/// Behind the last block whose bodies are archived; all of them where none are.
pub fn handle(app: &App) -> Height {
    Height::new(app.parts.store.oldest_whole())
}
