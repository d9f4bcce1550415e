//! Lists of records: by subject, kind, acting department, and the acts that changed an entry, a request or a grant.

use crate::{
    RowError,
    bytes::{put_varint, take, take_varint},
    keys::{join, tag},
};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    ids::{DepartmentId, EntryId, GrantId, Moment, RecordNumber, RequestId, Version},
    records::{RecordKind, Subject},
};

/// A list of records, newest last; scan it backwards for the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordList {
    /// Records about a subject. Versions of an entry or a grant share one list, and the row says the version.
    Subject(Subject),
    /// Records of a kind.
    Kind(RecordKind),
    /// Records that a department caused; 0 for the chain itself.
    Department(DepartmentId),
    /// Acts on an entry: submitted, endorsed, returned, reviewed, published, policy set, mounted.
    Entry(EntryId),
    /// Acts on a request.
    Request(RequestId),
    /// Acts on a grant, its agreement first.
    Grant(GrantId),
}

impl RecordList {
    /// Prefix of the list's rows.
    pub fn prefix(&self) -> Vec<u8> {
        match self {
            Self::Subject(subject) => subject_prefix(subject),
            Self::Kind(kind) => join(tag::KIND, &[&kind.code().to_be_bytes()]),
            Self::Department(id) => join(tag::ACTING_DEPARTMENT, &[&id.get().to_be_bytes()]),
            Self::Entry(id) => join(tag::ENTRY_ACTS, &[&id.get().to_be_bytes()]),
            Self::Request(id) => join(tag::REQUEST_ACTS, &[&id.get().to_be_bytes()]),
            Self::Grant(id) => join(tag::GRANT_ACTS, &[&id.get().to_be_bytes()]),
        }
    }

    /// Key of one record in the list; where a scan goes on.
    pub fn key(&self, number: RecordNumber) -> Vec<u8> {
        let mut key = self.prefix();
        key.extend_from_slice(&number.get().to_be_bytes());
        key
    }
}

fn subject_prefix(subject: &Subject) -> Vec<u8> {
    let (code, id): (u8, &[u8]) = match subject {
        Subject::Department(id) => (0, &id.get().to_be_bytes()),
        Subject::Account(key) => (1, key),
        Subject::System(id) => (2, &id.get().to_be_bytes()),
        Subject::Entry(id, _) => (3, &id.get().to_be_bytes()),
        Subject::Request(id) => (4, &id.get().to_be_bytes()),
        Subject::Grant(id, _) => (5, &id.get().to_be_bytes()),
        Subject::Stream(id) => (6, &id.get().to_be_bytes()),
        Subject::Deadline(id) => (7, &id.get().to_be_bytes()),
        Subject::Proposal(id) => (8, &id.get().to_be_bytes()),
        Subject::Element(id) => (9, &id.get().to_be_bytes()),
        Subject::Dispute(id) => (10, &id.get().to_be_bytes()),
    };
    join(tag::SUBJECT, &[&[code], id])
}

/// The version that a subject names, if its kind has versions.
pub(crate) const fn version_of(subject: &Subject) -> Option<Version> {
    match subject {
        Subject::Entry(_, version) | Subject::Grant(_, version) => Some(*version),
        _ => None,
    }
}

/// One record of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Its number.
    pub number: RecordNumber,
    /// Its block's time. Ascends with the numbers, so a scan by time may stop at the first row outside.
    pub moment: Moment,
    /// What happened.
    pub kind: RecordKind,
    /// Version of the entry or grant that it is about, if the list is of one and the record names it.
    pub version: Option<Version>,
}

impl RecordRow {
    /// Value of the row: kind (2), version (2, 0 for none), time as a varint.
    pub(crate) fn value(&self) -> Vec<u8> {
        let mut value = Vec::with_capacity(10);
        value.extend_from_slice(&self.kind.code().to_be_bytes());
        value.extend_from_slice(&self.version.unwrap_or_default().get().to_be_bytes());
        put_varint(&mut value, self.moment.get());
        value
    }

    /// Reads a row of a [`RecordList`].
    ///
    /// # Errors
    /// [`RowError`] if it is none.
    pub fn read(row: &IndexRow) -> Result<Self, RowError> {
        let read = || {
            if !(tag::SUBJECT..=tag::GRANT_ACTS).contains(row.key.first()?) {
                return None;
            }
            let number = RecordNumber::new(u64::from_be_bytes(*row.key.last_chunk()?));
            let input = &mut &row.value[..];
            let kind = RecordKind::from_code(u16::from_be_bytes(take(input)?))?;
            let version = Some(Version::new(u16::from_be_bytes(take(input)?))).filter(|version| version.get() != 0);
            let moment = Moment::new(take_varint(input)?);
            input.is_empty().then_some(Self { number, moment, kind, version })
        };
        read().ok_or(RowError { what: "record list" })
    }
}
