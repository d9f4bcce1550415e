//! Why there is no answer, or the index does not grow.

use mulu_index::RowError;
use mulu_storage::StorageError;
use std::{io, path::PathBuf, time::Duration};

/// Why there is no answer, or the index does not grow.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The node's store failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
    /// A row of the node's index is damaged.
    #[error("the index is damaged")]
    Row(#[from] RowError),
    /// What the store holds does not read.
    #[error("{what} in the database does not read")]
    Damaged {
        /// Which part.
        what: &'static str,
    },
    /// The search engine failed; the next attempt opens it anew.
    #[error("the search engine failed")]
    Engine(#[from] tantivy::TantivyError),
    /// The folder of the index cannot be used.
    #[error("the folder of the search index, {}, cannot be used", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The node stops.
    #[error("the search index stops with the node")]
    Stopped,
    /// The first build is not finished.
    #[error("the search index is being built; try again in a while")]
    NotReady,
    /// A question with more than is taken.
    #[error("{what}: {asked} asked for, at most {bound} are taken at once")]
    OverBound {
        /// What.
        what: &'static str,
        /// How many the question has.
        asked: usize,
        /// How many are taken.
        bound: usize,
    },
    /// A page without rows.
    #[error("a page has at least one row")]
    NoRows,
    /// A text without a letter, a digit or a character of writing.
    #[error("the text has no word to search for; name one, or leave the text out")]
    NoWord,
    /// A cursor of another question.
    #[error("the cursor is not of this question; begin without one")]
    Cursor,
    /// It took too long.
    #[error("the search took longer than {} s; ask for something narrower", limit.as_secs())]
    TooLong {
        /// How long it may take.
        limit: Duration,
    },
}
