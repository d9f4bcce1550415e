//! What the system says of processes and folders: memory, processor time, bytes on the disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
};

/// Clock ticks a second in `/proc`: fixed at 100 on every Linux that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;
/// Unit in which a file's blocks are counted.
const BLOCK_BYTES: u64 = 512;

/// Resident memory, in MiB.
pub fn memory_mib(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// What `/proc` says of a process.
struct Stat {
    parent: u32,
    /// Of the process itself, in seconds, user and system together.
    own: f64,
    /// Of its children that have ended.
    ended: f64,
}

fn stat(process: u32) -> Option<Stat> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold blanks; the parent is field 4, the four times are 14 to 17.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |place: usize| -> Option<f64> { Some(fields.get(place)?.parse::<f64>().ok()? / TICKS_PER_SECOND) };
    let parent = fields.get(1)?.parse().ok()?;
    Some(Stat { parent, own: ticks(11)? + ticks(12)?, ended: ticks(13)? + ticks(14)? })
}

/// Processor time so far, in seconds, user and system together.
pub fn processor_seconds(process: u32) -> Option<f64> {
    stat(process).map(|stat| stat.own)
}

/// Processor time of this process so far, in seconds.
pub fn own_seconds() -> f64 {
    processor_seconds(std::process::id()).unwrap_or_default()
}

/// A process and everything that it started.
pub fn tree(process: u32) -> Vec<u32> {
    let listed = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = listed.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: BTreeMap<u32, u32> = all.filter_map(|process| Some((process, stat(process)?.parent))).collect();
    let mut found = BTreeSet::from([process]);
    loop {
        let before = found.len();
        found.extend(
            parents.iter().filter(|(_, parent)| found.contains(parent)).map(|(child, _)| *child).collect::<Vec<_>>(),
        );
        if found.len() == before {
            return found.into_iter().collect();
        }
    }
}

/// Processor time so far of a process and everything that it started, what has ended counted in.
pub fn tree_seconds(process: u32) -> f64 {
    tree(process).into_iter().filter_map(stat).map(|stat| stat.own + stat.ended).sum()
}

/// Ends processes with SIGKILL, all with one command, as a power cut would.
pub fn kill(processes: &[u32]) {
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    // The shell's own kill: a small system has no other. What has ended already is no failure.
    let command = format!("kill -9 {}", numbers.join(" "));
    let _ = Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status();
}

/// Bytes that the files of a folder take on the disk.
pub fn disk_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => disk_bytes(&entry.path()),
        Ok(metadata) => metadata.blocks() * BLOCK_BYTES,
        // It went away while the folder was read.
        Err(_) => 0,
    };
    entries.map(bytes).sum()
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

    #[test]
    fn a_tree_has_its_children_and_what_they_used() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let tree = tree(std::process::id());
        assert!(tree.contains(&child.id()) && tree.contains(&std::process::id()));
        assert!(tree_seconds(std::process::id()) >= 0.0);
        kill(&[child.id()]);
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn a_folder_is_as_large_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(folder.path().join("inner/file"), vec![1; 100_000]).unwrap();
        fs::File::open(folder.path().join("inner/file")).unwrap().sync_all().unwrap();
        assert!((100_000..300_000).contains(&disk_bytes(folder.path())));
        assert_eq!(disk_bytes(&folder.path().join("missing")), 0);
    }
}
