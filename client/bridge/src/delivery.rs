//! From the outbox to the chain: each stream is met first, then its batches are sent in order until the chain's own cursor has passed them.

use crate::{
    chain::{Line, is_vaults_fault},
    level::Level,
    sealer::{Pace, Sealer, blocking},
    shut::Shut,
    spool::{Spool, told},
    stop::{Backoff, Stop},
};
use futures::future::join_all;
use mulu_client::{
    ClientError,
    import::{
        access::Reporting,
        delivery::{Destination, deliver, meet},
    },
    keys::Key,
    submit::Submitter,
};
use mulu_proofs::ids::StreamId;
use mulu_rpc_api::state::StateClient;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};

/// First and longest pause after the chain did not take a batch.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_LONGEST: Duration = Duration::from_secs(30);
/// How often a stream of which nothing is to be sent is looked at: it may have been closed.
const LOOK_PAUSE: Duration = Duration::from_secs(10);
/// What a stream is known as in the vault's positions: whether its calls are compared.
const COMPARED: &[u8] = b"compared";
const ALONE: &[u8] = b"alone";

/// A stream that a source's events go into.
#[derive(Clone, Debug)]
pub(crate) struct Tied {
    /// The source.
    pub(crate) source: Arc<str>,
    /// The stream.
    pub(crate) stream: StreamId,
    /// How long its events wait for others.
    pub(crate) pace: Pace,
    /// Whether its calls are compared with those of the other side, once that is known.
    pub(crate) is_compared: watch::Sender<Option<bool>>,
}

impl Tied {
    /// A source's stream, with what an earlier process learned of it.
    pub(crate) fn of(spool: &Spool, source: &str, stream: StreamId, pace: Pace) -> Result<Self, ClientError> {
        let known = spool.vault().position(&row(stream))?;
        let is_compared = known.map(|known| known == COMPARED);
        Ok(Self { source: source.into(), stream, pace, is_compared: watch::Sender::new(is_compared) })
    }

    /// Waits until it is known whether the stream's calls are compared; none if the bridge stops before.
    pub(crate) async fn is_compared(&self, stop: &Stop) -> Option<bool> {
        let mut known = self.is_compared.subscribe();
        tokio::select! {
            known = known.wait_for(Option::is_some) => known.ok().and_then(|known| *known),
            () = stop.requested() => None,
        }
    }
}

/// What all streams have in common.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) spool: Spool,
    pub(crate) key: Key,
    pub(crate) line: Line,
}

impl Streams {
    /// Seals and delivers until the bridge stops.
    pub(crate) async fn run(self, tied: Vec<Tied>, stop: Stop) {
        let mut couriers = Vec::with_capacity(tied.len());
        let mut sealers = Vec::with_capacity(tied.len());
        for tied in tied {
            let (met, is_met) = watch::channel(None);
            sealers.push(tokio::spawn(self.clone().seal(tied.clone(), is_met, stop.clone())));
            couriers.push(Courier { streams: self.clone(), tied, met });
        }
        let mut backoff = Backoff::new(PAUSE_FIRST, PAUSE_LONGEST);
        while !stop.is_requested() {
            let pause = match Submitter::new(&self.line.connection, &self.line.chain.genesis).await {
                Ok(submitter) => {
                    backoff.worked();
                    let renew = Notify::new();
                    tokio::select! {
                        _ = join_all(couriers.iter().map(|courier| courier.run(&submitter, &renew, &stop))) => Duration::ZERO,
                        () = renew.notified() => Duration::ZERO,
                        () = stop.requested() => Duration::ZERO,
                    }
                }
                Err(error) => {
                    self.not_reached(&error);
                    backoff.pause()
                }
            };
            if !pause.is_zero() {
                stop.comes_within(pause).await;
            }
        }
        // A sealing that is under way ends by itself; its batch is in the outbox then.
        join_all(sealers).await;
    }

    async fn seal(self, tied: Tied, mut is_met: watch::Receiver<Option<Reporting>>, stop: Stop) {
        let by = tokio::select! {
            by = is_met.wait_for(Option::is_some) => by.ok().and_then(|by| *by),
            () = stop.requested() => None,
        };
        let Some(by) = by else { return };
        let Self { spool, key, line } = self;
        let Tied { source, stream, pace, .. } = tied;
        Sealer { spool, source, stream, by, key, line, pace }.run(stop).await;
    }

    fn not_reached(&self, error: &ClientError) {
        let metrics = self.spool.metrics();
        metrics.chain_reached(false);
        let why = told(error);
        if metrics.trouble("chain", Some(&why)) {
            tracing::warn!(why, "the node does not answer; events wait in the spool");
        }
    }
}

/// Sends one stream's batches.
struct Courier {
    streams: Streams,
    tied: Tied,
    met: watch::Sender<Option<Reporting>>,
}

impl Courier {
    /// Delivers until the future is dropped. Whatever moment that is, the next one goes on from the chain's cursor.
    async fn run(&self, submitter: &Submitter<'_>, renew: &Notify, stop: &Stop) {
        let part = format!("delivery/{}", self.tied.stream);
        let metrics = self.streams.spool.metrics();
        let mut backoff = Backoff::new(PAUSE_FIRST, PAUSE_LONGEST);
        loop {
            let Err(error) = self.deliver(submitter, &part, &mut backoff).await else { return };
            if is_vaults_fault(&error) {
                return stop.fail(told(&error));
            }
            if matches!(error, ClientError::Lost(_) | ClientError::Unreachable { .. }) {
                self.streams.not_reached(&error);
            } else {
                metrics.batch(self.tied.stream.get(), "failed", 0);
            }
            let mut why = told(&error);
            if let Some(shut) = Shut::of(&error) {
                why = shut.told(self.tied.stream);
                // A bridge that is stopping learns it again at the next start.
                let _ = self.streams.spool.put_shut(self.tied.stream, Some(shut)).await;
            }
            if metrics.trouble(&part, Some(&why)) {
                let hint = error.hint();
                tracing::warn!(
                    stream = self.tied.stream.get(),
                    why,
                    hint,
                    "the chain does not take the stream's batches"
                );
            }
            tokio::time::sleep(backoff.pause()).await;
            // After an upgrade of the runtime every signature is bound to a version that is no more.
            if let Ok(version) = self.streams.line.connection.runtime_version(None).await
                && (version.spec_version, version.transaction_version) != submitter.versions()
            {
                renew.notify_one();
            }
        }
    }

    /// Meets the stream, then sends whatever comes into its outbox. Returns when something failed, or nobody seals any more.
    async fn deliver(&self, submitter: &Submitter<'_>, part: &str, backoff: &mut Backoff) -> Result<(), ClientError> {
        let Streams { spool, key, line, .. } = &self.streams;
        let stream = self.tied.stream;
        let by = meet(&line.connection, key, &line.chain, spool.vault(), stream).await?;
        let works = || {
            spool.metrics().chain_reached(true);
            spool.metrics().trouble("chain", None);
            spool.metrics().trouble(part, None);
        };
        works();
        // A bridge that is stopping learns it again at the next start.
        let _ = spool.put_shut(stream, None).await;
        self.learned(by).await?;
        let to = Destination { connection: &line.connection, submitter, chain: &line.chain, key };
        let mut level = spool.levels().watch(stream);
        loop {
            self.count().await?;
            let sealed = level.wait_for(|level: &Level| level.unconfirmed > 0);
            match tokio::time::timeout(LOOK_PAUSE, sealed).await.map(|sealed| sealed.is_err()) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(_) => {
                    meet(&line.connection, key, &line.chain, spool.vault(), stream).await?;
                    continue;
                }
            }
            let mut count = Ok(());
            deliver(to, spool.vault(), stream, || {
                works();
                count = self.counted(spool.vault().unconfirmed_events(stream));
            })
            .await?;
            count?;
            backoff.worked();
        }
    }

    /// Keeps what the chain says of the stream, for a start without it.
    async fn learned(&self, by: Reporting) -> Result<(), ClientError> {
        let is_compared = by.reconciles;
        let stream = self.tied.stream;
        let is_news = self.tied.is_compared.send_if_modified(|known| known.replace(is_compared) != Some(is_compared));
        if is_news {
            let position = if is_compared { COMPARED } else { ALONE };
            // A bridge that is stopping learns it again at the next start.
            let _ = self.streams.spool.put_position(&row(stream), position.to_vec()).await;
        }
        self.met.send_replace(Some(by));
        Ok(())
    }

    async fn count(&self) -> Result<(), ClientError> {
        let stream = self.tied.stream;
        self.counted(blocking(&self.streams.spool, move |vault| vault.unconfirmed_events(stream)).await)
    }

    /// Takes over how many events are unconfirmed now.
    fn counted(&self, unconfirmed: Result<u64, ClientError>) -> Result<(), ClientError> {
        let unconfirmed = unconfirmed?;
        let stream = self.tied.stream;
        let mut confirmed = 0;
        self.streams.spool.levels().change(stream, |level| confirmed = level.take_unconfirmed(unconfirmed));
        if confirmed > 0 {
            self.streams.spool.metrics().batch(stream.get(), "confirmed", confirmed);
        }
        Ok(())
    }
}

fn row(stream: StreamId) -> String {
    format!("stream/{stream}")
}
