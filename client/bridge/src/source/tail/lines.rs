//! Lines out of a file from a place on: bounded in number and bytes, a last one without its end left for later.

use mulu_mapping::{Lines, Poison, RECORD_BYTES_MAX, Record};
use std::{
    fs::File,
    io,
    os::unix::fs::{FileExt, MetadataExt},
};

/// Most lines of a delivery, and most bytes that are looked at for one.
pub const LINES_MAX: usize = 1_000;
const CHUNK_BYTES: usize = 1024 * 1024;

/// What was read, and where the next line begins.
#[derive(Debug, Default)]
pub struct Read {
    /// A record a line, or what is wrong with the line.
    pub records: Vec<Result<Record, Poison>>,
    /// Bytes behind which the next line begins.
    pub offset: u64,
    /// Whether that is within a line that is too long.
    pub is_within: bool,
}

/// Reads on from an offset.
///
/// # Errors
/// If the file cannot be read.
pub fn read(file: &File, offset: u64, is_within: bool, lines: Lines) -> io::Result<Read> {
    let form = Form::of(file, lines)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    let length = fill(file, &mut buffer, offset)?;
    Ok(split(&buffer[..length], offset, is_within, &form))
}

/// What is left behind the last line end of a file that nobody writes any more: a line too.
///
/// # Errors
/// If the file cannot be read.
pub fn read_rest(file: &File, offset: u64, is_within: bool, lines: Lines) -> io::Result<Read> {
    let form = Form::of(file, lines)?;
    let mut buffer = vec![0; RECORD_BYTES_MAX + 1];
    let length = fill(file, &mut buffer, offset)?;
    let records = if is_within || length == 0 { Vec::new() } else { vec![form.record(&buffer[..length], offset)] };
    Ok(Read { records, offset: offset + length as u64, is_within: false })
}

fn fill(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read_at(&mut buffer[length..], offset + length as u64) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn split(bytes: &[u8], offset: u64, mut is_within: bool, form: &Form) -> Read {
    let (mut records, mut place) = (Vec::new(), 0);
    while records.len() < LINES_MAX {
        let rest = &bytes[place..];
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
                if !is_within && !line.is_empty() {
                    records.push(form.record(line, offset + place as u64));
                }
                is_within = false;
                place += end + 1;
            }
            None if is_within => {
                place = bytes.len();
                break;
            }
            None if rest.len() > RECORD_BYTES_MAX => {
                records.push(form.record(rest, offset + place as u64));
                is_within = true;
                place = bytes.len();
                break;
            }
            None => break,
        }
    }
    Read { records, offset: offset + place as u64, is_within }
}

/// How the lines of a file are read, and which file it is.
struct Form {
    lines: Lines,
    /// Device and inode: they stay when the file gets another name.
    inode: (u64, u64),
}

impl Form {
    fn of(file: &File, lines: Lines) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { lines, inode: (metadata.dev(), metadata.ino()) })
    }

    /// A line as a record that stands where it begins; of one that is too long the beginning is kept.
    fn record(&self, line: &[u8], offset: u64) -> Result<Record, Poison> {
        if line.len() <= RECORD_BYTES_MAX {
            let mut record = [self.lines.record(line.to_vec())];
            mulu_mapping::place(&mut record, &("file", self.inode, offset));
            let [record] = record;
            return record;
        }
        let detail = format!("the line has more than {RECORD_BYTES_MAX} bytes; its beginning is kept");
        Err(Poison { reason: "too_long", detail, raw: line[..RECORD_BYTES_MAX].to_vec() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    const FORM: Form = Form { lines: Lines::Json, inode: (1, 2) };

    fn places(read: &Read) -> Vec<Vec<u8>> {
        read.records.iter().map(|record| record.as_ref().unwrap().place.clone().unwrap()).collect()
    }

    fn raw(read: &Read) -> Vec<Vec<u8>> {
        let raw = |record: &Result<Record, Poison>| match record {
            Ok(record) => record.raw.clone(),
            Err(poison) => poison.raw.clone(),
        };
        read.records.iter().map(raw).collect()
    }

    #[test]
    fn whole_lines_are_read_and_a_part_waits() {
        let read = split(b"{}\r\n\n{\"a\":1}\n{\"b", 7, false, &FORM);
        assert_eq!(raw(&read), [&b"{}"[..], b"{\"a\":1}"]);
        assert_eq!((read.offset, read.is_within), (7 + 13, false));
        let nothing = split(b"{\"b", 7, false, &FORM);
        assert_eq!((nothing.records.len(), nothing.offset), (0, 7));
    }

    #[test]
    fn of_a_line_that_is_too_long_the_beginning_is_kept_and_the_rest_passed_over() {
        let long = vec![b'x'; RECORD_BYTES_MAX + 10];
        let read = split(&long, 0, false, &FORM);
        assert_eq!(read.records.len(), 1);
        assert_eq!(read.records[0].as_ref().unwrap_err().reason, "too_long");
        assert_eq!(raw(&read)[0].len(), RECORD_BYTES_MAX);
        assert_eq!((read.offset, read.is_within), (long.len() as u64, true));
        let more = split(&long, read.offset, true, &FORM);
        assert!(more.records.is_empty() && more.is_within);
        let behind = split(b"xx\n{}\n", 0, true, &FORM);
        assert_eq!((raw(&behind), behind.is_within), (vec![b"{}".to_vec()], false));
        let at_once = split(&[&long[..], b"\n{}\n"].concat(), 0, false, &FORM);
        assert_eq!((at_once.records.len(), at_once.is_within), (2, false));
    }

    #[test]
    fn equal_lines_stand_at_two_places_which_another_name_of_the_file_does_not_change() {
        let folder = tempfile::tempdir().unwrap();
        let (path, renamed) = (folder.path().join("log"), folder.path().join("log.1"));
        std::fs::write(&path, "{}\n{}\n").unwrap();
        let places_at = |path| places(&read(&File::open(path).unwrap(), 0, false, Lines::Json).unwrap());
        let first = places_at(&path);
        assert_ne!(first[0], first[1]);
        let behind = read(&File::open(&path).unwrap(), 3, false, Lines::Json).unwrap();
        assert_eq!(places(&behind), first[1..], "however much is read at once");
        let rest = read_rest(&File::open(&path).unwrap(), 3, false, Lines::Json).unwrap();
        assert_eq!(places(&rest), first[1..]);
        std::fs::rename(&path, &renamed).unwrap();
        assert_eq!(places_at(&renamed), first);
        std::fs::write(&path, "{}\n{}\n").unwrap();
        assert!(places_at(&path).iter().all(|place| !first.contains(place)), "the next file is another one");
    }

    #[test]
    fn a_delivery_has_a_bound() {
        let read = split(&b"{}\n".repeat(LINES_MAX + 5), 0, false, &FORM);
        assert_eq!((read.records.len(), read.offset), (LINES_MAX, 3 * LINES_MAX as u64));
    }

    #[test]
    fn a_file_is_read_from_any_byte_and_its_rest_is_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "{}\n[1]\n{\"end\":1}").unwrap();
        let file = File::open(path).unwrap();
        let first = read(&file, 3, false, Lines::Json).unwrap();
        assert_eq!((raw(&first), first.offset), (vec![b"[1]".to_vec()], 7));
        let rest = read_rest(&file, first.offset, false, Lines::Json).unwrap();
        assert_eq!((raw(&rest), rest.offset), (vec![b"{\"end\":1}".to_vec()], 16));
        assert!(read_rest(&file, first.offset, true, Lines::Json).unwrap().records.is_empty());
        assert!(read_rest(&file, 16, false, Lines::Json).unwrap().records.is_empty());
    }
}
