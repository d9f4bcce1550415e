//! Events are posted to an address of the platform, in order, each until it is taken.
//!
//! ```text
//! event ─ POST ─┬─ 2xx ───────────────────> the position moves on
//!               ├─ 5xx, 429, no answer ───> the same again, for ever, with growing pauses
//!               ├─ other 4xx, a redirect ─> again a few times, then: stop and wait to be told to go on, or park and go on
//!               └─ 410 ───────────────────> stop
//! ```
//!
//! At least once: a bridge that dies between the answer and the position posts the event again, with the same `id`.

use super::{
    Route,
    courier::{self, Answer, Courier},
    event::CloudEvent,
    feed::Feed,
    parked::{Parked, ParkedList},
    pause, position,
};
use crate::{clock::now, error::BridgeError, secret, stop::Stop};
use mulu_proofs::ids::RecordNumber;
use mulu_rpc_api::records::RecordsClient;
use serde::Deserialize;
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

/// Most events of one post.
const BATCH_MAX: usize = 1_000;

/// `webhook = { … }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where events are posted: https, unless it is this machine.
    pub url: String,
    /// File with the secret that signs what is posted.
    pub secret_file: Option<PathBuf>,
    /// The variable that holds it instead.
    pub secret_env: Option<String>,
    /// File with the secret before, while the other side changes.
    pub previous_secret_file: Option<PathBuf>,
    /// The variable that holds it instead.
    pub previous_secret_env: Option<String>,
    /// File with a bearer token that the other side asks for.
    pub token_file: Option<PathBuf>,
    /// The variable that holds it instead.
    pub token_env: Option<String>,
    /// Certificates of authorities that are trusted besides the system's, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Most events of one post: 1 for each alone; more are posted as a batch.
    #[serde(default = "one")]
    pub batch_max: usize,
    /// How long an answer may take, in milliseconds.
    #[serde(default = "ten_seconds")]
    pub timeout_ms: u64,
    /// What becomes of an event that the other side refuses.
    #[serde(default)]
    pub on_refusal: OnRefusal,
    /// How often it is refused before it counts as refused.
    #[serde(default = "five")]
    pub tries: u32,
    /// Whether events may leave this machine unencrypted.
    #[serde(default)]
    pub allow_plain: bool,
}

/// What becomes of an event that the other side refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRefusal {
    /// Nothing is sent until somebody has looked: the order is kept, and nothing is passed over.
    #[default]
    Stop,
    /// It is kept aside, and the ones behind it are sent.
    Park,
}

const fn one() -> usize {
    1
}

const fn five() -> u32 {
    5
}

const fn ten_seconds() -> u64 {
    10_000
}

impl WebhookConfig {
    /// Its files are in `folder`, unless they say otherwise.
    pub fn below(&mut self, folder: &Path) {
        for file in [&mut self.secret_file, &mut self.previous_secret_file, &mut self.token_file, &mut self.ca_file] {
            secret::below(folder, file);
        }
    }

    /// Checks everything but the secrets themselves.
    ///
    /// # Errors
    /// What is wrong, and the way out.
    pub fn check(&self) -> Result<(), String> {
        courier::address(&self.url, self.allow_plain)?;
        if !secret::check("secret", self.secret_file.as_ref(), self.secret_env.as_ref())? {
            return Err("secret_file or secret_env is missing: what is posted is signed".into());
        }
        secret::check("previous_secret", self.previous_secret_file.as_ref(), self.previous_secret_env.as_ref())?;
        secret::check("token", self.token_file.as_ref(), self.token_env.as_ref())?;
        let within = |name: &str, value: u64, min: u64, max: u64| {
            let fits = (min..=max).contains(&value);
            if fits { Ok(()) } else { Err(format!("{name} is {value}; it is {min} to {max}")) }
        };
        within("batch_max", self.batch_max as u64, 1, BATCH_MAX as u64)?;
        within("timeout_ms", self.timeout_ms, 100, 60_000)?;
        within("tries", self.tries.into(), 1, 100)
    }

    /// Reads secrets and certificates as they would be read at the start.
    pub(super) fn try_secrets(&self) -> Result<(), String> {
        Courier::new(self).map(drop)
    }
}

/// Posts until the bridge stops.
pub(super) async fn run(config: WebhookConfig, route: Route<'_>, stop: &Stop) -> Result<(), BridgeError> {
    let courier = Courier::new(&config).map_err(|why| route.wrong(why))?;
    let Some(next) = position::load(&route, stop).await? else { return Ok(()) };
    let parked = ParkedList::load(&route).await?;
    let mut delivery = Delivery { config: &config, courier: &courier, route: &route, parked, stop };
    delivery.follow(next).await
}

struct Delivery<'a> {
    config: &'a WebhookConfig,
    courier: &'a Courier,
    route: &'a Route<'a>,
    parked: ParkedList,
    stop: &'a Stop,
}

/// What became of events that were posted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// The position may pass them.
    Done,
    /// One of them is refused: which one is seen when they are posted in two halves.
    Split,
    /// The bridge stops.
    Stopping,
}

impl Delivery<'_> {
    async fn follow(&mut self, next: RecordNumber) -> Result<(), BridgeError> {
        let Route { parts, selection, ledger, post, .. } = self.route;
        let mut feed = Feed::new(&parts.connection, selection, ledger, next);
        let mut put = next;
        post.following(next, None);
        loop {
            if post.is_asked() {
                self.send_parked().await?;
            }
            let portion = tokio::select! {
                () = self.stop.requested() => return Ok(()),
                portion = feed.portion(self.config.batch_max, |why| post.retrying(why)) => portion?,
            };
            if self.hand_over(&portion.events).await? == Settled::Stopping {
                return Ok(());
            }
            let untold = portion.next.get().saturating_sub(put.get());
            if !portion.events.is_empty() || untold >= position::UNTOLD_MAX {
                position::put(self.route, portion.next).await?;
                put = portion.next;
            }
            post.following(portion.next, portion.height);
        }
    }

    /// Posts events until all of them are taken or parked, and puts how far it came.
    async fn hand_over(&mut self, events: &[CloudEvent]) -> Result<Settled, BridgeError> {
        let mut pieces = VecDeque::from([events]);
        while let Some(piece) = pieces.pop_front() {
            let Some(last) = piece.last() else { continue };
            match self.settle(piece).await? {
                Settled::Done if pieces.is_empty() => {}
                Settled::Done => position::put(self.route, last.data.record.next()).await?,
                Settled::Split => {
                    let (before, behind) = piece.split_at(piece.len() / 2);
                    pieces.push_front(behind);
                    pieces.push_front(before);
                }
                Settled::Stopping => return Ok(Settled::Stopping),
            }
        }
        Ok(Settled::Done)
    }

    async fn settle(&mut self, events: &[CloudEvent]) -> Result<Settled, BridgeError> {
        let (mut pause, mut refused) = (pause::platform(), 0);
        loop {
            // Not cut off by a stop: an answer that nobody hears is an event that is posted twice.
            let wait = match self.post(events).await {
                Answer::Taken => return Ok(Settled::Done),
                Answer::Later { after, why } => {
                    self.route.post.retrying(&why);
                    after.unwrap_or_else(|| pause::spread(pause.pause()))
                }
                Answer::Refused { status } => {
                    refused += 1;
                    if refused < self.config.tries {
                        self.route.post.retrying(&format!("the other side refuses with {status}"));
                        pause::spread(pause.pause())
                    } else if events.len() > 1 {
                        return Ok(Settled::Split);
                    } else if self.park(&events[0], status).await? {
                        return Ok(Settled::Done);
                    } else if self.halt(&format!("the other side refuses with {status}")).await? {
                        (refused, pause) = (0, pause::platform());
                        continue;
                    } else {
                        return Ok(Settled::Stopping);
                    }
                }
                Answer::Gone if self.halt("the other side answers 410: it wants no events any more").await? => continue,
                Answer::Gone => return Ok(Settled::Stopping),
            };
            if self.stop.comes_within(wait).await {
                return Ok(Settled::Stopping);
            }
        }
    }

    async fn post(&self, events: &[CloudEvent]) -> Answer {
        let answer = self.courier.post(events).await;
        let outcome = match answer {
            Answer::Taken => "taken",
            Answer::Later { .. } => "later",
            Answer::Refused { .. } | Answer::Gone => "refused",
        };
        self.route.parts.metrics.sent(&self.route.parts.name, outcome);
        answer
    }

    /// Keeps an event aside, if that is wanted and there is room.
    async fn park(&mut self, event: &CloudEvent, status: u16) -> Result<bool, BridgeError> {
        if self.config.on_refusal == OnRefusal::Stop {
            return Ok(false);
        }
        let record = event.data.record;
        let is_kept = self.parked.add(Parked { record, status, moment: now() }, self.route).await?;
        if is_kept {
            tracing::warn!(
                sink = self.route.parts.name,
                record = record.get(),
                status,
                "an event is refused and parked"
            );
            self.route.parts.metrics.sent(&self.route.parts.name, "parked");
        }
        Ok(is_kept)
    }

    /// Waits until somebody says that it goes on; false if the bridge stops before.
    async fn halt(&mut self, why: &str) -> Result<bool, BridgeError> {
        self.route.post.stopped(why);
        tokio::select! {
            () = self.stop.requested() => return Ok(false),
            () = self.route.post.asked() => {}
        }
        self.send_parked().await?;
        Ok(true)
    }

    /// Posts once more what was parked; what is taken now is parked no longer.
    async fn send_parked(&mut self) -> Result<(), BridgeError> {
        for number in self.parked.records() {
            // A record that cannot be had now stays parked.
            let Ok(Some(record)) = self.route.parts.connection.record(number).await else { continue };
            match self.post(&[self.route.ledger.event(&record)]).await {
                Answer::Taken => self.parked.remove(number, self.route).await?,
                Answer::Refused { .. } => {}
                Answer::Later { .. } | Answer::Gone => return Ok(()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    const BASE: &str = "url = \"https://platform.example/hook\"\nsecret_file = \"secret\"\n";

    fn check(more: &str) -> Result<(), String> {
        toml::from_str::<WebhookConfig>(&format!("{BASE}{more}")).unwrap().check()
    }

    #[test]
    fn what_is_left_out_is_the_careful_choice() {
        let config: WebhookConfig = toml::from_str(BASE).unwrap();
        assert_eq!((config.batch_max, config.timeout_ms, config.tries), (1, 10_000, 5));
        assert_eq!((config.on_refusal, config.allow_plain), (OnRefusal::Stop, false));
    }

    #[test]
    fn each_bound_is_told_with_its_values() {
        assert_eq!(check("batch_max = 1000\ntimeout_ms = 100\ntries = 1\non_refusal = \"park\""), Ok(()));
        for (line, word) in [
            ("batch_max = 0", "batch_max is 0; it is 1 to 1000"),
            ("batch_max = 1001", "batch_max is 1001"),
            ("timeout_ms = 99", "timeout_ms is 99; it is 100 to 60000"),
            ("timeout_ms = 60001", "timeout_ms is 60001"),
            ("tries = 0", "tries is 0; it is 1 to 100"),
            ("secret_env = \"S\"", "secret_file and secret_env"),
            ("token_env = \"S\"\ntoken_file = \"t\"", "token_file and token_env"),
            ("previous_secret_env = \"S\"\nprevious_secret_file = \"t\"", "previous_secret_file"),
        ] {
            assert!(check(line).unwrap_err().contains(word), "{line}");
        }
        let unsigned: WebhookConfig = toml::from_str("url = \"https://platform.example/hook\"").unwrap();
        assert!(unsigned.check().unwrap_err().contains("is missing"));
    }
}
