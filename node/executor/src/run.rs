//! Calls of the runtime, one after the other, over one state and one overlay of changes.

use crate::{error::ExecuteError, state::State};
use sp_core::storage::StateVersion;
use sp_externalities::{Extensions, set_and_run_with_externalities};
use sp_panic_handler::AbortGuard;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{Ext, OverlayedChanges, StorageChanges};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A run of the runtime: nothing of it reaches the database.
pub struct Run {
    state: State,
    overlay: OverlayedChanges<BlakeTwo256>,
    extensions: Extensions,
}

/// Why a call did not end.
#[derive(Debug)]
pub enum Stop {
    /// The runtime panicked: the fault of what it was given.
    Panicked(String),
    /// The state could not be read: nobody's fault but this machine's.
    State(ExecuteError),
}

impl Run {
    /// A run over `state`.
    pub fn new(state: State) -> Self {
        Self { state, overlay: OverlayedChanges::default(), extensions: Extensions::new() }
    }

    /// Calls the runtime. After a panic the overlay is as before the call.
    pub fn call<R>(&mut self, call: impl FnOnce() -> R) -> Result<R, Stop> {
        self.overlay.enter_runtime().expect("calls do not nest: `call` holds the run exclusively");
        let result = {
            let mut externalities = Ext::new(&mut self.overlay, &self.state.backend, Some(&mut self.extensions));
            let _guard = AbortGuard::force_unwind();
            catch_unwind(AssertUnwindSafe(|| set_and_run_with_externalities(&mut externalities, call)))
        };
        // Rolls back what a panic left open.
        self.overlay.exit_runtime().expect("entered above");
        // First this: the trie hides what the database says behind a panic or an unchanged root.
        self.state.check().map_err(Stop::State)?;
        result.map_err(|panic| Stop::Panicked(words(panic.as_ref())))
    }

    /// Calls the runtime and undoes everything unless `keep` approves of the result.
    pub fn attempt<R>(&mut self, call: impl FnOnce() -> R, keep: impl FnOnce(&R) -> bool) -> Result<R, Stop> {
        self.overlay.start_transaction();
        let result = self.call(call);
        let closed = if result.as_ref().is_ok_and(keep) {
            self.overlay.commit_transaction()
        } else {
            self.overlay.rollback_transaction()
        };
        closed.expect("opened above, and calls close what they open");
        result
    }

    /// Ends the run and says what it changed.
    pub fn finish(mut self) -> Result<StorageChanges<BlakeTwo256>, Stop> {
        let changes = self.overlay.drain_storage_changes(&self.state.backend, StateVersion::V1);
        self.state.check().map_err(Stop::State)?;
        changes.map_err(Stop::Panicked)
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the runtime panicked without a word").to_owned()
}
