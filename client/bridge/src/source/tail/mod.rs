//! Source of files that others write: JSON or text lines, followed through rotation and truncation.
//!
//! What was read and how far is durable in one transaction; a bridge that dies at any byte goes on at the line behind the last that counts.

mod follower;
mod lines;
mod position;

use crate::{
    error::BridgeError,
    intake::{Delivery, Intake},
    stop::Stop,
};
use follower::{Chunk, Follower, Look};
use position::Places;
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tracing::{info, warn};

/// Pause between two looks at logs in which nothing was new.
const PAUSE: Duration = Duration::from_millis(200);
/// Most logs of a source.
const PATHS_MAX: usize = 100;

/// `tail = { paths = ["/var/log/nginx/audit.log"] }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TailConfig {
    /// The logs, each by the path at which its newest lines are.
    pub paths: Vec<PathBuf>,
    /// Whether a log that was never read is read from its end on: what it held before the bridge came is not reported.
    #[serde(default)]
    pub from_end: bool,
    /// Seconds for which a rotated log must be quiet before the next is begun: as long as its writer takes to open the new one.
    #[serde(default = "quiet_s")]
    pub quiet_s: u64,
}

const fn quiet_s() -> u64 {
    5
}

impl TailConfig {
    /// Makes its paths relative to the configuration's folder.
    pub fn below(&mut self, folder: &Path) {
        self.paths.iter_mut().for_each(|path| *path = folder.join(&*path));
    }

    /// What is wrong with it, if something is.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn check(&self) -> Result<(), String> {
        if self.paths.is_empty() || self.paths.len() > PATHS_MAX {
            return Err(format!("`paths` takes 1 to {PATHS_MAX} files"));
        }
        let different: BTreeSet<&PathBuf> = self.paths.iter().collect();
        if different.len() < self.paths.len() {
            return Err("`paths` names a file twice".to_owned());
        }
        for path in &self.paths {
            let text = path.to_str().ok_or("a path is no UTF-8")?;
            if text.contains(['*', '?']) {
                return Err(format!("{text}: each file is named, without a pattern"));
            }
            if path.is_dir() {
                return Err(format!("{text} is a folder; name the files in it"));
            }
        }
        Ok(())
    }
}

/// Follows the logs until the bridge stops.
///
/// # Errors
/// [`BridgeError`] if the configuration or what the vault has as position is none.
pub async fn run(config: TailConfig, intake: Intake, stop: Stop) -> Result<(), BridgeError> {
    let name = intake.source().to_owned();
    let wrong = |why: String| BridgeError::Source { name: name.clone(), why };
    config.check().map_err(&wrong)?;
    let mut places = match intake.position().await? {
        None => Places::default(),
        Some(bytes) => Places::read(&bytes).ok_or_else(|| {
            wrong("the vault has a position of another kind under this name; give the source another name".to_owned())
        })?,
    };
    places.0.retain(|path, _| config.paths.contains(path));
    let settings = (Duration::from_secs(config.quiet_s), config.from_end);
    let lines = intake.mapping().lines();
    let followers = config.paths.into_iter().map(|path| {
        let place = places.0.get(&path).cloned();
        Some(Follower::new(path, lines, place, settings))
    });
    let followers = followers.collect();
    Tail { intake, stop, places, followers, from_end: config.from_end, troubled: BTreeSet::new() }.run().await
}

struct Tail {
    intake: Intake,
    stop: Stop,
    places: Places,
    /// Each is out of its place while it looks, on a thread that may wait for a disk.
    followers: Vec<Option<Follower>>,
    from_end: bool,
    /// Logs that cannot be read, which was told.
    troubled: BTreeSet<PathBuf>,
}

impl Tail {
    async fn run(mut self) -> Result<(), BridgeError> {
        while !self.stop.is_requested() {
            let mut is_quiet = true;
            for place in 0..self.followers.len() {
                if self.from_end && !self.begin(place).await? {
                    return Ok(());
                }
                while let Some(chunk) = self.look(place).await? {
                    is_quiet = false;
                    if !self.deliver(place, chunk).await {
                        return Ok(());
                    }
                }
            }
            if is_quiet && self.stop.comes_within(PAUSE).await {
                break;
            }
        }
        Ok(())
    }

    /// Puts down where a log begins that is read from its end on, before a line of it comes; false if the bridge stops.
    async fn begin(&mut self, place: usize) -> Result<bool, BridgeError> {
        let known = |tail: &Self| tail.places.0.contains_key(tail.follower(place).path());
        if known(self) {
            return Ok(true);
        }
        // The look finds the end, or that there is no log yet; lines that came meanwhile are found again by the next.
        self.look(place).await?;
        let Some(begin) = self.follower(place).place().cloned() else { return Ok(true) };
        Ok(self.deliver(place, Chunk { records: Vec::new(), place: begin }).await)
    }

    fn follower(&self, place: usize) -> &Follower {
        self.followers[place].as_ref().expect("it is out of its place only while it looks")
    }

    /// One look at a log; lines, if there are some.
    async fn look(&mut self, place: usize) -> Result<Option<Chunk>, BridgeError> {
        if self.stop.is_requested() {
            return Ok(None);
        }
        let mut follower = self.followers[place].take().expect("it is put back below");
        let looked = tokio::task::spawn_blocking(move || {
            let look = follower.look();
            (follower, look)
        });
        let (follower, look) = looked.await.map_err(|_| self.wrong("reading a log ended in a panic"))?;
        let path = follower.path().to_owned();
        self.followers[place] = Some(follower);
        self.told(&path, &look);
        Ok(match look {
            Ok(Look::Lines(chunk)) => Some(chunk),
            Ok(Look::Nothing | Look::Lost { .. }) | Err(_) => None,
        })
    }

    /// Hands lines over, and waits while there is no room; false if the bridge stops.
    async fn deliver(&mut self, place: usize, chunk: Chunk) -> bool {
        let mut places = self.places.clone();
        places.0.insert(self.follower(place).path().to_owned(), chunk.place.clone());
        let delivery = Delivery { records: chunk.records, position: Some(places.to_bytes()) };
        if self.intake.accept_waiting(delivery, &self.stop).await.is_none() {
            return false;
        }
        self.places = places;
        self.followers[place].as_mut().expect("nothing is looking").taken(chunk.place);
        true
    }

    /// Tells once what is wrong with a log, and once that it is right again.
    fn told(&mut self, path: &Path, look: &io::Result<Look>) {
        let source = self.intake.source();
        match look {
            Err(error) => {
                if self.troubled.insert(path.to_owned()) {
                    warn!(source, path = %path.display(), %error, "log cannot be read; it is tried again");
                }
            }
            Ok(Look::Lost { read }) => {
                warn!(source, path = %path.display(), read, "what was read before stands in no file any more; the log is read from its beginning");
            }
            Ok(_) => {
                if self.troubled.remove(path) {
                    info!(source, path = %path.display(), "log can be read again");
                }
            }
        }
    }

    fn wrong(&self, why: &str) -> BridgeError {
        BridgeError::Source { name: self.intake.source().to_owned(), why: why.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn config(text: &str) -> Result<TailConfig, String> {
        let config: TailConfig = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        config.check().map(|()| config)
    }

    #[test]
    fn files_are_named_one_by_one() {
        let mut config_of = config("paths = [\"/var/log/a.log\", \"b.log\"]").unwrap();
        assert_eq!((config_of.quiet_s, config_of.from_end), (5, false));
        config_of.below(Path::new("/etc/mulu"));
        assert_eq!(config_of.paths, [PathBuf::from("/var/log/a.log"), PathBuf::from("/etc/mulu/b.log")]);
        for (text, why) in [
            ("paths = []", "1 to 100"),
            ("paths = [\"a\", \"a\"]", "twice"),
            ("paths = [\"*.log\"]", "without a pattern"),
            ("paths = [\"/\"]", "is a folder"),
            ("paths = [\"a\"]\nglob = true", "unknown field"),
        ] {
            let error = config(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
