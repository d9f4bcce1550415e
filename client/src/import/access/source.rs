//! Where events come from: which kind of file, who reports, and what a line of it says.

use crate::{
    import::{combined_log, draft::Draft, event_line, lines::Line, mapping::Mapping},
    vault::Vault,
};
use mulu_proofs::ids::{DepartmentId, StreamId, SystemId};

/// What kind of file it is.
#[derive(Clone, Debug)]
pub enum Source {
    /// Apache's and nginx's combined log, with the mapping of its paths.
    CombinedLog(Mapping),
    /// One JSON object a line.
    EventLines(StreamId),
}

impl Source {
    /// The stream that the events go into.
    pub const fn stream(&self) -> StreamId {
        match self {
            Self::CombinedLog(mapping) => mapping.stream,
            Self::EventLines(stream) => *stream,
        }
    }

    pub(super) const fn line_bytes_max(&self) -> usize {
        match self {
            Self::CombinedLog(_) => combined_log::LINE_BYTES_MAX,
            Self::EventLines(_) => event_line::LINE_BYTES_MAX,
        }
    }
}

/// Who reports, and into what kind of stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reporting {
    /// Platform.
    pub platform: SystemId,
    /// Its department: pseudonyms are of a department.
    pub department: DepartmentId,
    /// Whether the stream's calls are compared with those that the other side of a grant reports.
    pub reconciles: bool,
}

/// Which rule a line falls under, if it is of a log, and what it says; or why it is no event.
pub(super) type ReadLine = Result<(Option<usize>, Draft), (&'static str, String)>;

/// Reads one line.
pub(super) fn read_line(source: &Source, line: Line<'_>, number: u64, vault: &Vault) -> ReadLine {
    let Line::Whole(line) = line else {
        return Err(("too_long", combined_log::Rejected::TooLong.to_string()));
    };
    match source {
        Source::CombinedLog(mapping) => {
            let request = combined_log::read(line).map_err(|rejected| (rejected.code(), rejected.to_string()))?;
            let draft = mapping.draft(&request, line, number, vault.call_ids());
            Ok((mapping.rule_of(request.path), draft))
        }
        Source::EventLines(_) => event_line::read(line, number, vault.call_ids())
            .map(|draft| (None, draft))
            .map_err(|rejected| ("not_an_event", rejected.to_string())),
    }
}
