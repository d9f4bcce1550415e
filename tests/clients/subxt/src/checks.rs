//! Runs the checks of the story one by one, tells each on one line, and ends the program with how it went.

use serde_json::Value;
use std::{collections::BTreeSet, fmt::Debug, process::ExitCode, time::Duration};

/// Longest time of one check.
const CHECK_TIME_MAX: Duration = Duration::from_secs(60);

/// Whatever a check fails with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The checks of this client.
pub struct Checks {
    story: Value,
    told: BTreeSet<String>,
    failed: usize,
}

impl Checks {
    /// None has run yet.
    pub fn new(story: Value) -> Self {
        Self { story, told: BTreeSet::new(), failed: 0 }
    }

    /// Runs one check; its error is why it failed.
    pub async fn run<T>(&mut self, name: &str, check: impl Future<Output = Result<T, Failure>>) -> Option<T> {
        let done = tokio::time::timeout(CHECK_TIME_MAX, check).await;
        let (value, why) = match done {
            Ok(Ok(value)) => (Some(value), None),
            Ok(Err(error)) => (None, Some(error.to_string())),
            Err(_) => (None, Some(format!("expected an answer within {} s", CHECK_TIME_MAX.as_secs()))),
        };
        self.tell(name, why);
        value
    }

    /// How it went. A check of the story that did not run is one that failed.
    pub fn end(mut self) -> ExitCode {
        let names: Vec<String> =
            self.story["checks"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for name in names {
            if !self.told.contains(&name) {
                self.tell(&name, Some("it did not run".into()));
            }
        }
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn tell(&mut self, name: &str, why: Option<String>) {
        let text = self.story["checks"][name]["text"].as_str().unwrap_or("a check that the story does not know");
        match &why {
            None => println!("ok   subxt: {text}"),
            Some(why) => println!("FAIL subxt: {text}: {why}"),
        }
        self.failed += usize::from(why.is_some());
        self.told.insert(name.to_owned());
    }
}

/// Fails unless both are the same.
pub fn equal<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<(), Failure> {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}").into()) }
}

/// Fails unless it is so.
pub fn holds(what: &str, is_so: bool) -> Result<(), Failure> {
    if is_so { Ok(()) } else { Err(format!("expected: {what}").into()) }
}
