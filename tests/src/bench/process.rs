//! What the system says of a process: memory and processor time.

use std::fs;

/// Clock ticks a second in `/proc`: fixed at 100 on every Linux that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resident memory, in MiB.
pub fn memory_mib(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// Processor time so far, in seconds, user and system together.
pub fn processor_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold blanks; utime and stime are the fields 14 and 15.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn the_system_knows_this_process() {
        assert!(memory_mib(std::process::id()).unwrap() > 0.5);
        assert!(processor_seconds(std::process::id()).unwrap() >= 0.0);
        assert_eq!(memory_mib(u32::MAX), None);
    }
}
