//! The catalog at its size: how fast entries come in through the executor, what state and disk they take, how long a search lasts. One
//! node's parts in one process, without consensus.

mod chain;
mod contents;

use super::report::percentile;
use crate::{error::Error, say};
use chain::{Chain, failed};
use contents::Contents;
use mulu_proofs::{calendar::Day, ids::Moment};
use mulu_search::{Now, Search};
use serde::Serialize;
use std::{
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Entries, each submitted, endorsed, reviewed and published.
    pub entries: u32,
    /// Searches that are timed one by one.
    pub searches: usize,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CatalogReport {
    /// Entries published.
    pub entries: u32,
    /// Time for validating, building and committing their blocks; signing is not in it.
    pub import_seconds: f64,
    /// Entries a second, four acts each.
    pub entries_per_second: f64,
    /// Keys and values that the state grew by, an entry, in bytes.
    pub state_bytes: f64,
    /// Keys that the state grew by, an entry.
    pub state_keys: f64,
    /// What the data folder grew by, an entry, in bytes: bodies, records, index, state.
    pub disk_bytes: f64,
    /// Time in which a search index that was lost is built again.
    pub index_seconds: f64,
    /// Its bytes on the disk, an entry.
    pub index_bytes: f64,
    /// Searches timed.
    pub searches: usize,
    /// Half of them took no longer.
    pub search_p50_ms: f64,
    /// 99 of 100 took no longer.
    pub search_p99_ms: f64,
    /// The longest.
    pub search_max_ms: f64,
    /// Entries found, by search on average.
    pub found: f64,
}

/// Measures.
///
/// # Errors
/// [`Error`], with what failed.
pub fn run(options: Options) -> Result<CatalogReport, Error> {
    let made = tempfile::Builder::new().prefix("mulu-bench-").tempdir();
    let folder = made.map_err(|source| Error::File { path: std::env::temp_dir(), source })?;
    say::note(&format!("{} entries through the executor, in {}", options.entries, folder.path().display()));
    let mut chain = Chain::new(folder.path())?;
    let mut contents = Contents::default();
    let (state, disk) = (chain.state()?, chain.disk()?);
    let import = import(&mut chain, &mut contents, options.entries)?;
    let (state_after, disk_after) = (chain.state()?, chain.disk()?);

    say::note("building the search index");
    let path = folder.path().join("search");
    let search = Search::new(Arc::clone(&chain.store), path.clone());
    let started = Instant::now();
    search.catch_up().map_err(failed("building the search index"))?;
    let index = started.elapsed();

    say::note(&format!("{} searches, one after the other", options.searches));
    let now = Now { moment: Moment::new(0), today: Day::new(20_300).expect("a day of this century") };
    let (mut times, found) = searches(&search, &mut contents, options.searches, now)?;
    let each = |bytes: u64| bytes as f64 / f64::from(options.entries);
    Ok(CatalogReport {
        entries: options.entries,
        import_seconds: import.as_secs_f64(),
        entries_per_second: f64::from(options.entries) / import.as_secs_f64(),
        state_bytes: each(state_after.bytes - state.bytes),
        state_keys: each(state_after.keys - state.keys),
        disk_bytes: each(disk_after.saturating_sub(disk)),
        index_seconds: index.as_secs_f64(),
        index_bytes: each(folder_bytes(&path).map_err(|source| Error::File { path, source })?),
        searches: options.searches,
        search_p50_ms: percentile(&mut times, 0.5),
        search_p99_ms: percentile(&mut times, 0.99),
        search_max_ms: percentile(&mut times, 1.0),
        found,
    })
}

/// Every entry through its four acts; each block has one act of many entries. Returns the time without signing.
fn import(chain: &mut Chain, contents: &mut Contents, entries: u32) -> Result<Duration, Error> {
    let mut spent = Duration::ZERO;
    let mut said = Instant::now();
    let mut first = 1;
    while first <= entries {
        let last = entries.min(first + chain::ENTRIES_A_BLOCK - 1);
        let batch: Vec<_> = (first..=last).map(|entry| contents.entry(entry)).collect();
        spent += chain.publish(first, &batch)?;
        first = last + 1;
        if said.elapsed() > Duration::from_secs(10) {
            say::note(&format!("  {last} entries"));
            said = Instant::now();
        }
    }
    Ok(spent)
}

/// Milliseconds of each search, and what each found on average.
fn searches(search: &Search, contents: &mut Contents, count: usize, now: Now) -> Result<(Vec<f64>, f64), Error> {
    let (mut times, mut found) = (Vec::with_capacity(count), 0.0);
    for _ in 0..count {
        let query = contents.question();
        let started = Instant::now();
        let answer = search.find(&query, None, None, now).map_err(failed("searching"))?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        found += f64::from(answer.total) / count as f64;
    }
    Ok((times, found))
}

fn folder_bytes(path: &Path) -> io::Result<u64> {
    fs::read_dir(path)?.map(|file| Ok(file?.metadata()?.len())).sum()
}

impl CatalogReport {
    /// The table.
    pub fn table(&self) -> String {
        let rows = [
            (
                "catalog",
                format!("{:.0}/s", self.entries_per_second),
                format!("entries, four acts each; {}", self.entries),
            ),
            ("  state", format!("{:.0} B", self.state_bytes), format!("an entry, in {:.1} keys", self.state_keys)),
            ("  disk", format!("{:.0} B", self.disk_bytes), "an entry: bodies, records, index, state".into()),
            (
                "  search index",
                format!("{:.0} B", self.index_bytes),
                format!("an entry; built in {:.1} s", self.index_seconds),
            ),
            (
                "search p50",
                format!("{:.2} ms", self.search_p50_ms),
                format!("{} searches, {:.0} entries found by each", self.searches, self.found),
            ),
            ("search p99", format!("{:.2} ms", self.search_p99_ms), format!("longest {:.2}", self.search_max_ms)),
        ];
        rows.iter().map(|(name, value, words)| format!("  {name:<14} {value:>14}  {words}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn a_small_catalog_is_measured_from_import_to_search() {
        let report = run(Options { entries: 40, searches: 40 }).unwrap();
        assert_eq!((report.entries, report.searches), (40, 40));
        assert!(report.found > 0.0, "{report:?}");
        assert!(report.state_bytes > 0.0 && report.search_p99_ms >= report.search_p50_ms, "{report:?}");
        assert!(report.table().contains("search p99"));
    }
}
