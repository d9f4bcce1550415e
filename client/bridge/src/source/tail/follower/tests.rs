#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use std::io::Write;

const LIVE: Duration = Duration::from_secs(3_600);
const AT_ONCE: Duration = Duration::ZERO;

/// A folder with a log, and what was read of it so far.
struct Log {
    folder: tempfile::TempDir,
    place: Option<Place>,
    read: Vec<String>,
    lost: u32,
}

impl Log {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), place: None, read: Vec::new(), lost: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn follower(&self, quiet: Duration) -> Follower {
        Follower::new(self.path("log"), Lines::Json, self.place.clone(), (quiet, false))
    }

    /// Reads what is there; everything that is read is durable.
    fn catch_up(&mut self, follower: &mut Follower) {
        loop {
            match follower.look().unwrap() {
                Look::Lines(chunk) => {
                    self.keep(&chunk);
                    follower.taken(chunk.place);
                }
                Look::Lost { .. } => self.lost += 1,
                Look::Nothing => return,
            }
        }
    }

    fn keep(&mut self, chunk: &Chunk) {
        self.read.extend(chunk.records.iter().map(|record| {
            let raw = match record {
                Ok(record) => &record.raw,
                Err(poison) => &poison.raw,
            };
            String::from_utf8(raw.clone()).unwrap()
        }));
        self.place = Some(chunk.place.clone());
    }

    /// A bridge that starts, reads what is there, and dies.
    fn run_and_die(&mut self, quiet: Duration) {
        let mut follower = self.follower(quiet);
        self.catch_up(&mut follower);
    }

    fn expect(&self, numbers: impl IntoIterator<Item = u32>) {
        let expected: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
        assert_eq!(self.read, expected);
    }
}

/// Numbers as lines.
fn lines_of(numbers: impl IntoIterator<Item = u32>) -> String {
    numbers.into_iter().map(|number| format!("{number}\n")).collect()
}

#[test]
fn lines_come_as_they_are_written_and_a_part_waits_for_its_end() {
    let mut log = Log::new();
    let mut follower = log.follower(LIVE);
    log.catch_up(&mut follower);
    log.append("log", "1\n2");
    log.catch_up(&mut follower);
    log.expect([1]);
    log.append("log", "2\n3\n");
    log.catch_up(&mut follower);
    log.expect([1, 22, 3]);
}

#[test]
fn what_is_not_durable_is_read_again() {
    let mut log = Log::new();
    log.append("log", &lines_of(1..=3));
    let mut follower = log.follower(LIVE);
    assert!(matches!(follower.look().unwrap(), Look::Lines(chunk) if chunk.records.len() == 3));
    log.append("log", "4\n");
    log.catch_up(&mut follower);
    log.expect(1..=4);
}

#[test]
fn a_log_that_is_renamed_while_it_is_written_is_read_to_its_end_before_the_next() {
    let mut log = Log::new();
    log.append("log", "1\n");
    let mut follower = log.follower(LIVE);
    log.catch_up(&mut follower);
    log.rename("log", "log.1");
    log.append("log.1", "2\n");
    log.catch_up(&mut follower);
    log.append("log", "4\n");
    log.catch_up(&mut follower);
    log.append("log.1", "3\n");
    log.catch_up(&mut follower);
    log.expect([1, 2, 3]);
    let mut follower = log.follower(AT_ONCE);
    log.catch_up(&mut follower);
    log.expect(1..=4);
}

#[test]
fn a_last_line_without_its_end_counts_once_its_file_is_left() {
    let mut log = Log::new();
    log.append("log", "1\n2");
    log.run_and_die(AT_ONCE);
    log.rename("log", "log.1");
    log.append("log", "3\n");
    log.run_and_die(AT_ONCE);
    log.expect(1..=3);
}

#[test]
fn a_handle_outlives_the_file_that_is_compressed_and_removed() {
    let mut log = Log::new();
    log.append("log", "1\n");
    let mut follower = log.follower(AT_ONCE);
    log.catch_up(&mut follower);
    log.append("log", "2\n");
    log.rename("log", "log.1");
    log.append("log.1.gz", "not looked at\n");
    fs::remove_file(log.path("log.1")).unwrap();
    log.append("log", "3\n");
    log.catch_up(&mut follower);
    log.expect(1..=3);
    assert_eq!(log.lost, 0);
}

#[test]
fn a_log_that_is_copied_and_truncated_is_read_from_the_copy_and_then_from_its_beginning() {
    for is_running in [true, false] {
        let mut log = Log::new();
        log.append("log", &lines_of(1..=50));
        let mut follower = log.follower(AT_ONCE);
        log.catch_up(&mut follower);
        log.append("log", &lines_of(51..=52));
        fs::copy(log.path("log"), log.path("log.1")).unwrap();
        fs::write(log.path("log"), "53\n").unwrap();
        if !is_running {
            follower = log.follower(AT_ONCE);
        }
        log.catch_up(&mut follower);
        log.append("log", "54\n");
        log.catch_up(&mut follower);
        log.expect(1..=54);
        assert_eq!(log.lost, 0);
    }
}

#[test]
fn a_log_that_is_truncated_and_grew_beyond_where_we_were_is_known_by_its_beginning() {
    let mut log = Log::new();
    log.append("log", &lines_of(1..=5));
    let mut follower = log.follower(LIVE);
    log.catch_up(&mut follower);
    fs::write(log.path("log"), lines_of(6..=20)).unwrap();
    log.catch_up(&mut follower);
    log.expect(1..=20);
}

#[test]
fn an_inode_that_another_file_was_given_is_no_continuation() {
    let mut log = Log::new();
    log.append("log", &lines_of(1..=5));
    log.run_and_die(LIVE);
    // The same inode, other content: as if the file was removed and a new one was given its inode.
    fs::write(log.path("log"), lines_of(100..=120)).unwrap();
    log.run_and_die(LIVE);
    log.expect((1..=5).chain(100..=120));
    assert_eq!(log.lost, 1, "the rest of the first file, if there was one, is told as lost");
}

#[test]
fn rotations_while_the_bridge_is_down_lose_nothing_and_repeat_nothing() {
    let mut log = Log::new();
    log.append("log", &lines_of(1..=3));
    log.run_and_die(AT_ONCE);
    log.append("log", "4\n");
    for number in 5..=7 {
        std::thread::sleep(Duration::from_millis(20));
        for older in (1..5).rev() {
            let _ = fs::rename(log.path(&format!("log.{older}")), log.path(&format!("log.{}", older + 1)));
        }
        log.rename("log", "log.1");
        log.append("log", &lines_of([number]));
    }
    log.run_and_die(AT_ONCE);
    log.expect(1..=7);
    log.run_and_die(AT_ONCE);
    log.expect(1..=7);
    assert_eq!(log.lost, 0);
}

#[test]
fn what_is_gone_is_told_and_the_log_is_read_from_its_beginning() {
    let mut log = Log::new();
    log.append("log", &lines_of(1..=3));
    log.run_and_die(AT_ONCE);
    fs::remove_file(log.path("log")).unwrap();
    log.append("log", &lines_of(4..=9));
    log.run_and_die(AT_ONCE);
    log.expect(1..=9);
    assert_eq!(log.lost, 1);
}

#[test]
fn a_disk_that_was_moved_gives_the_same_bytes_other_inodes() {
    let mut log = Log::new();
    log.append("log", &lines_of(1..=30));
    log.run_and_die(LIVE);
    fs::copy(log.path("log"), log.path("moved")).unwrap();
    log.rename("moved", "log");
    log.append("log", "31\n");
    log.run_and_die(LIVE);
    log.expect(1..=31);
}

#[test]
fn a_log_that_begins_at_its_end_reports_nothing_from_before() {
    let mut log = Log::new();
    log.append("log", "1\n2\n3");
    let mut follower = Follower::new(log.path("log"), Lines::Json, None, (LIVE, true));
    log.catch_up(&mut follower);
    log.expect([]);
    log.append("log", "3\n4\n");
    log.catch_up(&mut follower);
    log.expect([33, 4]);
}

#[test]
fn a_folder_in_the_place_of_a_log_is_an_error() {
    let log = Log::new();
    fs::create_dir(log.path("log")).unwrap();
    assert!(log.follower(LIVE).look().is_err());
}

#[test]
fn a_bridge_that_dies_behind_any_line_goes_on_at_the_next() {
    let text: String = (0..40).map(|number| format!("{}\n", number * 7_919)).collect();
    for dies_behind in 0..40_usize {
        let mut log = Log::new();
        log.append("log", &text);
        let file = File::open(log.path("log")).unwrap();
        let offset = text.split_inclusive('\n').take(dies_behind).map(str::len).sum::<usize>() as u64;
        log.place = Some(Place::at(&file, offset, false).unwrap());
        log.run_and_die(LIVE);
        log.expect((dies_behind as u32..40).map(|number| number * 7_919));
    }
}

#[test]
fn a_log_that_is_cut_anywhere_while_it_is_written_gives_each_line_once() {
    let text = lines_of(100..=140);
    for cut in 0..text.len() {
        let mut log = Log::new();
        log.append("log", &text[..cut]);
        log.run_and_die(LIVE);
        log.append("log", &text[cut..]);
        log.run_and_die(LIVE);
        log.expect(100..=140);
    }
}

#[test]
fn names_that_rotation_gives_are_known_and_others_are_not() {
    for name in [
        "log.txt.1",
        "log.txt-20261127",
        "log.txt.2026-11-27",
        "log-20261127.txt",
        "log.1.txt",
        "log.txt-20261127-1795737600",
    ] {
        assert!(is_rotated("log.txt", name), "{name}");
    }
    for name in [
        "log.txt",
        "log.txt.1.gz",
        "log.txt.bak",
        "log.txt.",
        "other.txt.1",
        "log.txt.lock",
        "log2.txt.1",
        "log.txt.1~",
    ] {
        assert!(!is_rotated("log.txt", name), "{name}");
    }
    assert!(is_rotated("log", "log.1") && !is_rotated("log", "log.gz"));
}
