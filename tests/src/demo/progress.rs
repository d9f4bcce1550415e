//! What a person sees while it runs, on stderr: a line for each part, and a bar where there is a terminal.

use crate::say;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Instant;

/// Parts of the story, numbered.
#[derive(Debug)]
pub struct Progress {
    parts: usize,
    part: usize,
    started: Instant,
}

impl Progress {
    /// A story of `parts` parts.
    pub fn new(parts: usize) -> Self {
        Self { parts, part: 0, started: Instant::now() }
    }

    /// Begins the next part.
    pub fn part(&mut self, title: &str) {
        self.part += 1;
        let Self { parts, part, started } = self;
        say::note(&format!("[{part}/{parts}] {:>5.1} s  {title}", started.elapsed().as_secs_f64()));
    }

    /// Says what came of a part.
    pub fn outcome(&self, text: &str) {
        say::note(&format!("                {text}"));
    }

    /// A bar for `count` acts; invisible without a terminal.
    pub fn bar(&self, count: usize) -> ProgressBar {
        let style = ProgressStyle::with_template("                {bar:40} {pos}/{len} {per_sec}");
        ProgressBar::new(count as u64).with_style(style.expect("a fixed template"))
    }

    /// Seconds since the beginning.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}
