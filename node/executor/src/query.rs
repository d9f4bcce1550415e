//! Questions to the state of a block. Nothing that they do is kept.

use crate::{
    Executor,
    error::ExecuteError,
    run::{Run, Stop},
    state::{Purpose, State},
};
use mulu_primitives::block::Header;
use mulu_proofs::{calendar::Calendar, certificate::ValidatorSet, ids::PublicKey};
use mulu_runtime::{AccountId, Departments, Runtime, System, apis, pallet_calendar::CurrentCalendar};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{Backend as _, IterArgs, TrieBackendBuilder};
use sp_trie::{cache::LocalTrieCache, recorder::Recorder};

/// The trie's own cache, of which there is none.
const UNCACHED: Option<LocalTrieCache<BlakeTwo256>> = None;

impl Executor {
    /// Runs `read`, typed reads of the runtime's storage, on the state of the block of `at`.
    ///
    /// # Errors
    /// - [`ExecuteError::StateGone`] if that state is not kept.
    /// - [`ExecuteError::Call`] if `read` panics.
    /// - [`ExecuteError::Database`] if the state cannot be read.
    pub fn query<R>(&self, at: &Header, read: impl FnOnce() -> R) -> Result<R, ExecuteError> {
        self.ask("the query", at, read)
    }

    /// Calls a method of the runtime APIs with its SCALE arguments, as `state_call` does.
    ///
    /// # Errors
    /// As [`Executor::query`], and [`ExecuteError::UnknownMethod`].
    pub fn call(&self, at: &Header, method: &str, arguments: &[u8]) -> Result<Vec<u8>, ExecuteError> {
        self.ask(method, at, || apis::api::dispatch(method, arguments))?
            .ok_or_else(|| ExecuteError::UnknownMethod { method: method.to_owned() })
    }

    /// The validators that sign the block after that of `at`.
    ///
    /// # Errors
    /// As [`Executor::query`].
    pub fn validators(&self, at: &Header) -> Result<ValidatorSet, ExecuteError> {
        self.query(at, Departments::validators)
    }

    /// The calendar, which says what day a moment belongs to.
    ///
    /// # Errors
    /// As [`Executor::query`].
    pub fn calendar(&self, at: &Header) -> Result<Calendar, ExecuteError> {
        self.query(at, CurrentCalendar::<Runtime>::get)
    }

    /// The next nonce of an account.
    ///
    /// # Errors
    /// As [`Executor::query`].
    pub fn nonce(&self, at: &Header, account: &PublicKey) -> Result<u32, ExecuteError> {
        self.query(at, || System::account_nonce(AccountId::new(*account)))
    }

    /// The value under a storage key.
    ///
    /// # Errors
    /// [`ExecuteError::StateGone`] or [`ExecuteError::Database`].
    pub fn storage(&self, at: &Header, key: &[u8]) -> Result<Option<Vec<u8>>, ExecuteError> {
        self.trie(at, |state| state.backend.storage(key))
    }

    /// At most `count` storage keys that begin with `prefix`, ascending, behind `start` if given.
    ///
    /// # Errors
    /// [`ExecuteError::StateGone`] or [`ExecuteError::Database`].
    pub fn keys_paged(
        &self,
        at: &Header,
        prefix: &[u8],
        start: Option<&[u8]>,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, ExecuteError> {
        let mut arguments = IterArgs::default();
        (arguments.prefix, arguments.start_at, arguments.start_at_exclusive) = (Some(prefix), start, true);
        self.trie(at, |state| state.backend.keys(arguments)?.take(count).collect())
    }

    /// The trie nodes that prove what the state holds under `keys`.
    ///
    /// # Errors
    /// [`ExecuteError::StateGone`] or [`ExecuteError::Database`].
    pub fn read_proof(&self, at: &Header, keys: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, ExecuteError> {
        self.trie(at, |state| {
            // Every node is read from the database, so that the recorder meets it.
            let uncached = TrieBackendBuilder::wrap(&state.backend.trie).with_optional_cache(UNCACHED);
            let proving = uncached.with_recorder(Recorder::default()).build();
            keys.iter().try_for_each(|key| proving.storage(key).map(drop))?;
            Ok(proving.extract_proof().expect("it was given a recorder").into_iter_nodes().collect())
        })
    }

    fn ask<R>(&self, method: &str, at: &Header, read: impl FnOnce() -> R) -> Result<R, ExecuteError> {
        Run::new(State::open(self, at, Purpose::Question)).call(read).map_err(|stop| match stop {
            Stop::Panicked(why) => ExecuteError::Call { method: method.to_owned(), why },
            Stop::State(error) => error,
        })
    }

    fn trie<R>(&self, at: &Header, read: impl FnOnce(&State) -> Result<R, String>) -> Result<R, ExecuteError> {
        let state = State::open(self, at, Purpose::Question);
        let result = read(&state);
        state.check()?;
        result.map_err(|why| ExecuteError::Call { method: "the state".to_owned(), why })
    }
}
