//! What a running node stands on: its threads, and its ear for the signals that ask it to stop.
//!
//! Made before anything else, so that a signal in the first moments is heard too and whatever was begun is put in order again.

use crate::error::NodeError;
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

/// Stack of every thread that executes blocks or decodes extrinsics: there is no sandbox, so it must hold the deepest call.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// Threads and signals of the node.
#[derive(Debug)]
pub struct Host {
    /// Where everything runs.
    pub runtime: Runtime,
    /// Asks the node to stop.
    pub stop: StopSignals,
}

/// The signals that ask the node to stop. One that came before anybody waited counts.
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Host {
    /// Starts the threads, takes as many open files as the system gives, and listens to SIGTERM and SIGINT; to SIGHUP only for a node that ends with its terminal (`nohup` says
    /// the opposite for the others).
    ///
    /// # Errors
    /// [`NodeError::Threads`], [`NodeError::Signals`].
    pub fn new(ends_with_terminal: bool) -> Result<Self, NodeError> {
        // Every connection is an open file, and so is every table of the database. Where the system says no, fewer are let in.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_stack_size(STACK_BYTES)
            .build()
            .map_err(NodeError::Threads)?;
        let guard = runtime.enter();
        let listen = |kind| signal(kind).map_err(NodeError::Signals);
        let stop = StopSignals {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: ends_with_terminal.then(|| listen(SignalKind::hangup())).transpose()?,
        };
        drop(guard);
        Ok(Self { runtime, stop })
    }
}

impl StopSignals {
    /// Waits until the node is asked to stop.
    pub async fn asked(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hangup => {}
        }
    }
}
