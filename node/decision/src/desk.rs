//! Where questions come in: the point behind the mapping in force, with bounded work for what is not in memory.

use crate::{
    dialects::Call,
    mapping::{Mapping, MappingError, Shown},
    point::{Now, Point},
    question::{Decision, Question, Reason},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::{sync::Semaphore, task, time};

/// Questions that read the database at once.
const READERS_MAX: usize = 4;
/// How long a question waits for its turn to read.
const READER_WAIT: Duration = Duration::from_millis(500);

/// Where questions come in. Shared by the HTTP server and the JSON-RPC.
#[derive(Debug)]
pub struct Desk {
    point: Arc<Point>,
    file: PathBuf,
    mapping: RwLock<(Stamp, Arc<Mapping>)>,
    readers: Arc<Semaphore>,
    answers: Answers,
}

/// By what a change of the mapping file shows.
type Stamp = Option<(SystemTime, u64)>;

/// How often each answer was given since the node started; for its log and for metrics.
#[derive(Debug, Default)]
struct Answers {
    allowed: AtomicU64,
    denied: [AtomicU64; Reason::ALL.len()],
}

impl Desk {
    /// In front of `point`, with the mapping of a file.
    ///
    /// # Errors
    /// [`MappingError`] if the file is not one.
    pub fn new(point: Arc<Point>, file: PathBuf) -> Result<Self, MappingError> {
        let stamp = stamp(&file);
        let mapping = RwLock::new((stamp, Arc::new(Mapping::read(&file)?)));
        Ok(Self { point, file, mapping, readers: Arc::new(Semaphore::new(READERS_MAX)), answers: Answers::default() })
    }

    /// The point.
    pub const fn point(&self) -> &Arc<Point> {
        &self.point
    }

    /// The mapping in force.
    pub fn mapping(&self) -> Arc<Mapping> {
        Arc::clone(&self.mapping.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Reads the mapping file again, if it has changed or is `asked` for; says whether there is another mapping in force.
    ///
    /// # Errors
    /// [`MappingError`]: the mapping before stays in force. It is said once for each change of the file.
    pub fn reload(&self, asked: bool) -> Result<bool, MappingError> {
        let found = stamp(&self.file);
        {
            let mut mapping = self.mapping.write().unwrap_or_else(PoisonError::into_inner);
            if mapping.0 == found && !asked {
                return Ok(false);
            }
            mapping.0 = found;
        }
        let read = Arc::new(Mapping::read(&self.file)?);
        self.mapping.write().unwrap_or_else(PoisonError::into_inner).1 = read;
        Ok(true)
    }

    /// Answers a call as a gateway sees it.
    pub async fn call(&self, call: &Result<Call, Reason>, shown: &Shown<'_>, now: Now) -> Decision {
        let mapping = self.mapping();
        let question = call.as_ref().map_err(|reason| *reason);
        match question.and_then(|call| mapping.question(&call.verb, &call.target, shown)) {
            Ok(question) => self.ask(question, now).await,
            Err(reason) => self.counted(self.point.deny(reason)),
        }
    }

    /// Answers a question.
    pub async fn ask(&self, question: Question, now: Now) -> Decision {
        let decision = if self.point.is_warm(&question) {
            self.point.decide(&question, now)
        } else {
            self.read_and_decide(question, now).await
        };
        self.counted(decision)
    }

    async fn read_and_decide(&self, question: Question, now: Now) -> Decision {
        let turn = time::timeout(READER_WAIT, Arc::clone(&self.readers).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return self.point.deny(Reason::Busy) };
        let point = Arc::clone(&self.point);
        let work = task::spawn_blocking(move || {
            let _turn = turn;
            point.decide(&question, now)
        });
        // A panic in there has been reported by its own thread.
        work.await.unwrap_or_else(|_| self.point.deny(Reason::Failed))
    }

    /// How often calls were allowed since the node started.
    pub fn allowed(&self) -> u64 {
        self.answers.allowed.load(Ordering::Relaxed)
    }

    /// How often calls were denied since the node started, by reason; those that never happened are left out.
    pub fn denied(&self) -> impl Iterator<Item = (Reason, u64)> {
        let counts = self.answers.denied.iter().map(|count| count.load(Ordering::Relaxed));
        Reason::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0)
    }

    fn counted(&self, decision: Decision) -> Decision {
        let counter = match &decision.verdict {
            Ok(_) => &self.answers.allowed,
            Err(denied) => &self.answers.denied[denied.reason as usize],
        };
        counter.fetch_add(1, Ordering::Relaxed);
        decision
    }
}

fn stamp(file: &Path) -> Stamp {
    let data = file.metadata().ok()?;
    Some((data.modified().ok()?, data.len()))
}
