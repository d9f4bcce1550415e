//! Between Malachite's channels and the handlers: the only place that receives, replies, publishes and waits.
//!
//! ```text
//! engine ─ message ─> handler ─ reply ─> engine
//! finalized ─ the reply is held until there is something to do ([`crate::pacing`]) ─> next height
//! ```
//!
//! The wait stands between two heights on every node. The engine goes on meanwhile: votes and proposals of the next height are buffered
//! by it, parts come to the handler, and both end the wait.

use crate::{
    announcements::Announcements,
    app::App,
    clock::{self, Stopwatch},
    context::{Height, MuluContext, Part},
    error::{End, EndSlot, Halt},
    handlers::{
        consensus_ready, decided, finalized, get_decided_values, get_history_min_height, get_value,
        process_synced_value, received_proposal_part, restream_proposal, started_round, vote_extensions,
    },
    pacing::{Pacing, Signals},
    quarantine::{Heard, Quarantine, Stage},
    status::Status,
};
use arc_malachitebft_app_channel::{
    AppMsg, Channels, NetworkMsg, Reply,
    app::{
        engine::{
            host::{HeightParams, Next},
            util::events::{Event, RxEvent},
        },
        streaming::StreamMessage,
    },
};
use tokio::sync::{broadcast::error::RecvError, oneshot, watch};

/// While waiting, the pool is looked at this often even if nobody says that something changed.
const RECHECK_MS: u64 = 200;
/// Heights further ahead than this are not remembered as begun: one wrong message must not drive the chain for ever.
const BEGAN_AHEAD_MAX: u32 = 8;

/// The loop between engine and handlers.
pub struct Engine {
    app: App,
    channels: Channels<MuluContext>,
    events: RxEvent<MuluContext>,
    pacing: Pacing,
    watch: Stopwatch,
    waiting: Option<Waiting>,
    /// The last height came by value sync.
    is_catching_up: bool,
    /// Highest height that a peer has sent something for.
    began: mulu_proofs::ids::Height,
    status: watch::Sender<Status>,
    end: EndSlot,
    /// While the validator key may have signed before its data was lost.
    quarantine: Option<(Quarantine, Announcements)>,
    /// The held reply that starts the first height.
    ready: Option<Reply<(Height, HeightParams<MuluContext>)>>,
}

/// How the loop ended.
pub enum Exit {
    /// So does consensus.
    End(End),
    /// A quarantine has begun or is over: the engine has to start anew, without the key or with it.
    Again,
}

/// The held reply that starts the next height.
struct Waiting {
    reply: Reply<Next<MuluContext>>,
    height: Height,
    params: HeightParams<MuluContext>,
}

/// Whether the loop goes on.
enum Step {
    On,
    Again,
}

/// The peers cannot be reached any more: the engine has ended.
struct Closed;

impl Engine {
    /// Puts the loop together; [`Self::run`] runs it.
    pub fn new(
        app: App,
        channels: Channels<MuluContext>,
        pacing: crate::pacing::PacingConfig,
        status: watch::Sender<Status>,
        end: EndSlot,
        quarantine: Option<(Quarantine, Announcements)>,
    ) -> Self {
        let watch = Stopwatch::start();
        let events = channels.events.subscribe();
        Self {
            pacing: Pacing::new(pacing, watch.elapsed_ms()),
            began: mulu_proofs::ids::Height::new(app.parent.header.number),
            app,
            channels,
            events,
            watch,
            waiting: None,
            is_catching_up: false,
            status,
            end,
            quarantine,
            ready: None,
        }
    }

    /// Serves the engine until it ends, a handler cannot go on, a quarantine asks for another start, or `stop` is said.
    pub async fn run(&mut self, stop: &mut oneshot::Receiver<()>) -> Exit {
        let pool_ready = self.app.parts.pool_ready.clone();
        loop {
            // Listening before looking: what becomes ready in between is not missed.
            let ready = pool_ready.notified();
            tokio::pin!(ready);
            ready.as_mut().enable();
            match self.step_quarantine() {
                Ok(Step::On) => {}
                Ok(Step::Again) => return Exit::Again,
                Err(halt) => return Exit::End(halt.into()),
            }
            let wake = self.start_if_due();
            let is_timed = self.waiting.is_some() || self.ready.is_some();
            tokio::select! {
                biased;
                _ = &mut *stop => return Exit::End(End::Stopped),
                Some(heard) = announcement(&mut self.quarantine) => {
                    if let Err(halt) = self.heard_announcement(heard) {
                        return Exit::End(halt.into());
                    }
                }
                message = self.channels.consensus.recv() => {
                    let Some(message) = message else { return Exit::End(self.closed()) };
                    match self.dispatch(message).await {
                        Ok(Ok(())) => {}
                        Ok(Err(Closed)) => return Exit::End(self.closed()),
                        Err(halt) => return Exit::End(halt.into()),
                    }
                }
                event = self.events.recv() => self.heard(event),
                () = &mut ready, if self.waiting.is_some() => {}
                () = tokio::time::sleep_until(wake.into()), if is_timed => {}
            }
        }
    }

    /// Begins once it is known whether the key may sign; says if the engine has to start anew for that.
    fn step_quarantine(&mut self) -> Result<Step, Halt> {
        let is_following = self.app.signer.is_none();
        let head = mulu_proofs::ids::Height::new(self.app.parent.header.number);
        let stage = match &mut self.quarantine {
            Some((quarantine, _)) => quarantine.step(head, self.watch.elapsed_ms())?,
            None => Stage::Over,
        };
        match stage {
            Stage::Listening => return Ok(Step::On),
            Stage::Following(height) if is_following => {
                self.status.send_if_modified(|status| status.follows_until.replace(height) != Some(height));
            }
            Stage::Following(_) => return Ok(Step::Again),
            Stage::Over if is_following && self.quarantine.is_some() => return Ok(Step::Again),
            Stage::Over if head > mulu_proofs::ids::Height::new(0) => self.quarantine = None,
            Stage::Over => {}
        }
        if let Some(reply) = self.ready.take() {
            // An engine that does not hear the reply has closed its channel, which the next turn notices.
            let _ = reply.send(consensus_ready::handle(&self.app)?);
        }
        Ok(Step::On)
    }

    /// A peer came, went or told its height.
    fn heard_announcement(&mut self, heard: Heard) -> Result<(), Halt> {
        match &mut self.quarantine {
            Some((quarantine, _)) => Ok(quarantine.hear(heard, self.watch.elapsed_ms())?),
            None => Ok(()),
        }
    }

    /// Starts the next height if it is time; else says when to look again.
    fn start_if_due(&mut self) -> std::time::Instant {
        let now = self.watch.elapsed_ms();
        let Some(waiting) = &self.waiting else { return self.watch.instant(now + RECHECK_MS) };
        let signals = Signals {
            pool_ready: self.app.is_pool_ready(),
            peer_began: self.began >= waiting.height.id(),
            catching_up: self.is_catching_up,
        };
        let due = self.pacing.due_ms(signals);
        if due > now {
            return self.watch.instant(due.min(now + RECHECK_MS));
        }
        let Waiting { reply, height, params } = self.waiting.take().expect("it was there in the lines above");
        tracing::debug!(%height, ?signals, "the height starts");
        // An engine that does not hear the reply has closed its channel, which the next turn notices.
        let _ = reply.send(Next::Start(height, params));
        self.watch.instant(now + RECHECK_MS)
    }

    async fn dispatch(&mut self, message: AppMsg<MuluContext>) -> Result<Result<(), Closed>, Halt> {
        let now = clock::now();
        let app = &mut self.app;
        // A reply that nobody waits for any more is lost with the engine, which the next turn notices.
        match message {
            // The next turn answers it, unless it has to be held.
            AppMsg::ConsensusReady { reply } => self.ready = Some(reply),
            AppMsg::StartedRound { height, round, reply_value, .. } => {
                let _ = reply_value.send(started_round::handle(app, height, round, now)?);
            }
            AppMsg::GetValue { height, round, reply, .. } => {
                if let Some((value, parts)) = get_value::handle(app, height, round, now)? {
                    let _ = reply.send(value);
                    return Ok(self.publish(parts).await);
                }
            }
            AppMsg::ReceivedProposalPart { from, published_by, part, reply } => {
                let received = received_proposal_part::handle(app, published_by.unwrap_or(from), part, now)?;
                let _ = reply.send(received.value);
                if let Some(height) = received.began {
                    self.note_began(height);
                }
            }
            AppMsg::RestreamProposal { height, round, valid_round, address, value_id } => {
                let parts = restream_proposal::handle(app, height, round, valid_round, address, value_id)?;
                return Ok(self.publish(parts).await);
            }
            AppMsg::Decided { certificate, reply, .. } => {
                let decision = decided::handle(app, &certificate)?;
                let _ = reply.send(());
                self.note_decision(decision);
            }
            AppMsg::Finalized { certificate, evidence, reply, .. } => {
                let (height, params) = finalized::handle(app, &certificate, &evidence)?;
                self.waiting = Some(Waiting { reply, height, params });
            }
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                let _ = reply.send(process_synced_value::handle(app, height, round, proposer, &value_bytes)?);
            }
            AppMsg::GetDecidedValues { range, reply } => {
                let _ = reply.send(get_decided_values::handle(app, &range)?);
            }
            AppMsg::GetHistoryMinHeight { reply } => drop(reply.send(get_history_min_height::handle(app))),
            AppMsg::ExtendVote { reply, .. } => drop(reply.send(None)),
            AppMsg::VerifyVoteExtensions { extensions, reply, .. } => {
                let _ = reply.send(vote_extensions::verify(extensions));
            }
        }
        Ok(Ok(()))
    }

    async fn publish(&self, parts: Vec<StreamMessage<Part>>) -> Result<(), Closed> {
        for part in parts {
            self.channels.network.send(NetworkMsg::PublishProposalPart(part)).await.map_err(|_| Closed)?;
        }
        Ok(())
    }

    fn note_decision(&mut self, decision: decided::Decision) {
        let now = self.watch.elapsed_ms();
        match decision {
            decided::Decision::Voted => self.pacing.made(now),
            decided::Decision::Synced => self.pacing.synced(now),
            decided::Decision::Known => return,
        }
        self.is_catching_up = decision == decided::Decision::Synced;
        let height = mulu_proofs::ids::Height::new(self.app.parent.header.number);
        self.status.send_modify(|status| status.height = height);
    }

    /// A peer has sent something for `height`.
    fn note_began(&mut self, height: Height) {
        let far = self.app.parent.header.number.saturating_add(BEGAN_AHEAD_MAX);
        self.began = self.began.max(height.id().min(mulu_proofs::ids::Height::new(far)));
    }

    fn heard(&mut self, event: Result<Event<MuluContext>, RecvError>) {
        match event {
            Ok(Event::Received(message)) => self.note_began(message.height()),
            Ok(Event::WalReplayBegin(height, entries)) => tracing::info!(%height, entries, "the log is replayed"),
            Ok(Event::WalReplayError(error)) => tracing::error!("ALERT: the log cannot be replayed: {error}"),
            Ok(Event::WalCorrupted(error)) => tracing::error!("ALERT: the log is damaged: {error}"),
            // Lagging loses nothing that does not come again; a closed bus closes the other channel too.
            Ok(_) | Err(_) => {}
        }
    }

    /// The engine has ended by itself. Never by ending the process: a supervisor would start it again, and the engine cuts a damaged log.
    fn closed(&self) -> End {
        self.end.get().cloned().unwrap_or_else(|| End::Parked {
            why: "the consensus engine has ended by itself; its reason stands in the log above. Keep the data folder as it is, and \
                  start the node again only when the reason is known"
                .into(),
        })
    }
}

/// What a peer announces; never, when nobody asks.
async fn announcement(quarantine: &mut Option<(Quarantine, Announcements)>) -> Option<Heard> {
    match quarantine {
        Some((_, announcements)) => announcements.next().await,
        None => std::future::pending().await,
    }
}
