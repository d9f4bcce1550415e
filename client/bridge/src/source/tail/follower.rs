//! One log, followed through rotation: the file that was begun is finished before the next is.
//!
//! ```text
//! open: the file with our inode and beginning ─ at the path, else beside it under a rotated name, else a copy of it; else the path from 0
//!   └─> lines … end of file ─┬─ still at the path: wait for more
//!                            ├─ shorter, or begun anew: a copy beside it has the rest; else from 0
//!                            └─ another file at the path: quiet for a while, then its last line, then the next file
//! ```

use super::{
    lines::{self, Read},
    position::Place,
};
use mulu_mapping::{Lines, Poison, Record};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Files beside a log that are looked at.
const SIBLINGS_MAX: usize = 1_000;

/// A log and how far it was read.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    lines: Lines,
    /// How long a rotated file must be quiet before it is left.
    quiet: Duration,
    /// Where a log begins that was never read.
    from_end: bool,
    place: Option<Place>,
    file: Option<File>,
    /// Since when another file stands at the path and nothing came.
    quiet_since: Option<Instant>,
}

/// Lines of a log, and where the next one begins.
#[derive(Debug)]
pub struct Chunk {
    /// A record a line, or what is wrong with the line.
    pub records: Vec<Result<Record, Poison>>,
    /// Behind them.
    pub place: Place,
}

/// What a look at a log gave.
#[derive(Debug)]
pub enum Look {
    /// Lines, which count once they are durable: [`Follower::taken`].
    Lines(Chunk),
    /// Nothing now.
    Nothing,
    /// What was read before is in no file any more; the log is read from its beginning. So many bytes were read of it.
    Lost {
        /// Bytes of the lost file that were read.
        read: u64,
    },
}

impl Follower {
    /// A log, read to a place before or never.
    pub const fn new(path: PathBuf, lines: Lines, place: Option<Place>, (quiet, from_end): (Duration, bool)) -> Self {
        Self { path, lines, quiet, from_end, place, file: None, quiet_since: None }
    }

    /// The log's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines up to a place are durable.
    pub fn taken(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// How far it was read; none before it was found.
    pub const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Looks for lines.
    ///
    /// # Errors
    /// If a file cannot be read; the next look tries again.
    pub fn look(&mut self) -> io::Result<Look> {
        loop {
            let Some(file) = self.file.take() else {
                match self.open()? {
                    Some(Look::Lost { read }) => return Ok(Look::Lost { read }),
                    Some(_) => continue,
                    None => return Ok(Look::Nothing),
                }
            };
            let place = match self.place.clone() {
                Some(place) if place.is_in(&file)? => place,
                // Truncated under us: whoever did that made a copy before, if it rotates so.
                Some(place) => {
                    let has_more = |file: &File| Ok(file.metadata()?.len() > place.offset && place.continues_in(file)?);
                    if let Some(copy) = self.beside(has_more, &place)? {
                        self.place = Some(Place::at(&copy, place.offset, place.is_within)?);
                        self.file = Some(copy);
                        continue;
                    }
                    Place::beginning(&file)?
                }
                None => Place::beginning(&file)?,
            };
            let read = lines::read(&file, place.offset, place.is_within, self.lines)?;
            if read.offset > place.offset {
                self.quiet_since = None;
                return self.chunk(file, read).map(Look::Lines);
            }
            if !self.is_left(&file)? {
                self.place = Some(place);
                self.file = Some(file);
                return Ok(Look::Nothing);
            }
            let rest = lines::read_rest(&file, place.offset, place.is_within, self.lines)?;
            if rest.offset > place.offset {
                return self.chunk(file, rest).map(Look::Lines);
            }
            match self.successor(&file)? {
                Some(next) => {
                    self.quiet_since = None;
                    self.place = Some(Place::beginning(&next)?);
                    self.file = Some(next);
                }
                None => {
                    self.place = Some(place);
                    self.file = Some(file);
                    return Ok(Look::Nothing);
                }
            }
        }
    }

    fn chunk(&mut self, file: File, read: Read) -> io::Result<Chunk> {
        let place = Place::at(&file, read.offset, read.is_within)?;
        self.file = Some(file);
        Ok(Chunk { records: read.records, place })
    }

    /// Finds the file that is to be read; none if there is none yet.
    fn open(&mut self) -> io::Result<Option<Look>> {
        let current = open(&self.path)?;
        let Some(place) = self.place.clone() else {
            let Some(file) = current else { return Ok(None) };
            let offset = if self.from_end { end_of_lines(&file)? } else { 0 };
            self.place = Some(Place::at(&file, offset, false)?);
            self.file = Some(file);
            return Ok(Some(Look::Nothing));
        };
        if let Some(file) = &current
            && place.is_in(file)?
        {
            self.file = current;
            return Ok(Some(Look::Nothing));
        }
        let mut found = self.beside(|file| place.is_in(file), &place)?;
        if found.is_none() && place.offset > 0 {
            // The same bytes under another inode: a copy, or a disk that was moved.
            found = match current {
                Some(file) if place.continues_in(&file)? => Some(file),
                _ => self.beside(|file| place.continues_in(file), &place)?,
            };
        }
        if let Some(file) = found {
            self.place = Some(Place::at(&file, place.offset, place.is_within)?);
            self.file = Some(file);
            return Ok(Some(Look::Nothing));
        }
        let Some(file) = open(&self.path)? else { return Ok(None) };
        self.place = Some(Place::beginning(&file)?);
        self.file = Some(file);
        Ok(Some(if place.offset > 0 { Look::Lost { read: place.offset } } else { Look::Nothing }))
    }

    /// Whether another file stands at the path, and this one has been quiet.
    fn is_left(&mut self, file: &File) -> io::Result<bool> {
        let (own, at_path) = (file.metadata()?, fs::metadata(&self.path));
        let is_replaced = match at_path {
            Ok(other) => (own.dev(), own.ino()) != (other.dev(), other.ino()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if !is_replaced {
            self.quiet_since = None;
            return Ok(false);
        }
        // Whoever writes it may not have opened the new one yet, however long it wrote nothing.
        Ok(self.quiet_since.get_or_insert_with(Instant::now).elapsed() >= self.quiet)
    }

    /// The file behind one that is finished: the oldest rotated one that is newer, else the one at the path.
    fn successor(&self, finished: &File) -> io::Result<Option<File>> {
        let finished = finished.metadata()?;
        let current = open(&self.path)?;
        let Some(of_path) = current.as_ref().map(File::metadata).transpose()? else { return Ok(None) };
        let mut newer = Vec::new();
        for path in self.siblings()? {
            let Some(file) = open(&path)? else { continue };
            let metadata = file.metadata()?;
            let is_other = metadata.ino() != finished.ino() && metadata.ino() != of_path.ino();
            if is_other && metadata.modified()? > finished.modified()? {
                newer.push((metadata.modified()?, file));
            }
        }
        let oldest = newer.into_iter().min_by_key(|(modified, _)| *modified);
        Ok(oldest.map(|(_, file)| file).or(current))
    }

    /// A rotated file of which something holds.
    fn beside(&self, holds: impl Fn(&File) -> io::Result<bool>, place: &Place) -> io::Result<Option<File>> {
        // Nothing was read: every file begins like that.
        let by_inode_alone = place.offset == 0;
        for path in self.siblings()? {
            let Some(file) = open(&path)? else { continue };
            let metadata = file.metadata()?;
            if (!by_inode_alone || (metadata.dev(), metadata.ino()) == place.inode) && holds(&file)? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// Paths beside the log that look like what rotation makes of its name.
    fn siblings(&self) -> io::Result<Vec<PathBuf>> {
        let Some(base) = self.path.file_name().and_then(OsStr::to_str) else { return Ok(Vec::new()) };
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)?.take(100 * SIBLINGS_MAX) {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| is_rotated(base, name)) && paths.len() < SIBLINGS_MAX {
                paths.push(entry.path());
            }
        }
        paths.sort();
        Ok(paths)
    }
}

/// Opens a regular file; none if there is none.
fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Behind the last line of a file that was there before.
fn end_of_lines(file: &File) -> io::Result<u64> {
    use std::os::unix::fs::FileExt;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(mulu_mapping::RECORD_BYTES_MAX as u64);
    let mut tail = vec![0; usize::try_from(length - from).unwrap_or(0)];
    file.read_exact_at(&mut tail, from)?;
    Ok(tail.iter().rposition(|byte| *byte == b'\n').map_or(from, |end| from + end as u64 + 1))
}

/// Whether a name is one of those that rotation gives: `log.1`, `log-20261127`, `stem-20261127.log`. Compressed ones are not.
fn is_rotated(base: &str, name: &str) -> bool {
    let is_mark = |mark: &str| {
        mark.bytes().any(|byte| byte.is_ascii_digit())
            && mark.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_' | b'T'))
    };
    let before_ending = || {
        let (stem, ending) = base.rsplit_once('.')?;
        name.strip_prefix(stem)?.strip_suffix(ending)?.strip_suffix('.')
    };
    name != base && (name.strip_prefix(base).is_some_and(is_mark) || before_ending().is_some_and(is_mark))
}

#[cfg(test)]
mod tests;
