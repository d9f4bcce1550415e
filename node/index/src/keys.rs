//! Tags and keys of the rows. A tag is never reused.
//!
//! | tag | key behind it | value |
//! | --- | --- | --- |
//! | 1 subject | subject code (1) · id · record number | record row |
//! | 2 kind | kind (2) · record number | record row |
//! | 3 acting department | department (4) · record number | record row |
//! | 4 entry, 5 request, 6 grant | id (4) · record number: what changed its state | record row |
//! | 16 entry, 17 grant, 18 provider, 19 consumer, 20 platform | id (4) · number of a batch's record | event row |
//! | 21 | pseudonym (8) · number of a batch's record | event row |
//! | 22 | bit of a finding (1) · number of a batch's record | event row |
//! | 23 | local day (4) · number of a batch's record | event row |
//! | 24 all events | number of a batch's record | event row |
//! | 32 resource code | code in UTF-8 | entry (4) |
//! | 33 | provider (4) · entry (4) | empty |
//! | 34 entry, 35 provider, 36 consumer | id (4) · request (4) | empty |
//! | 37 entry, 38 provider, 39 consumer | id (4) · grant (4) | empty |
//! | 48 extrinsic | blake2-256 | height (4) · place in the block (4) |
//! | 49 stream | stream (4) · number of a batch's first event (8) | record number (8) · events (4) |
//! | 50 purpose | purpose (2) | record number (8) |
//! | 51 system | system (4) | record number (8) |
//! | 52 department | department (4) | record number (8) |
//! | 144 entry, 145 grant, 146 provider, 147 consumer, 148 platform | id (4) · local day (4) | sums |
//! | 150 | bit of a finding (1) · local day (4) | sums |
//! | 152 all events | local day (4) | sums |
//!
//! Record numbers take 8 bytes. Values under tags from 128 on are added to what is there, number by number; all others replace it.

use crate::RowError;
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    catalog::ResourceCode,
    ids::{
        DepartmentId, Digest32, EntryId, EventNumber, GrantId, Height, PurposeId, RecordNumber, RequestId, StreamId,
        SystemId,
    },
};

pub(crate) mod tag {
    pub const SUBJECT: u8 = 1;
    pub const KIND: u8 = 2;
    pub const ACTING_DEPARTMENT: u8 = 3;
    pub const ENTRY_ACTS: u8 = 4;
    pub const REQUEST_ACTS: u8 = 5;
    pub const GRANT_ACTS: u8 = 6;
    pub const EVENTS_OF_ENTRY: u8 = 16;
    pub const EVENTS_OF_GRANT: u8 = 17;
    pub const EVENTS_OF_PROVIDER: u8 = 18;
    pub const EVENTS_OF_CONSUMER: u8 = 19;
    pub const EVENTS_OF_PLATFORM: u8 = 20;
    pub const EVENTS_OF_PSEUDONYM: u8 = 21;
    pub const EVENTS_WITH_FINDING: u8 = 22;
    pub const EVENTS_OF_DAY: u8 = 23;
    pub const EVENTS: u8 = 24;
    pub const CODE: u8 = 32;
    pub const ENTRIES_OF_PROVIDER: u8 = 33;
    pub const REQUESTS_OF_ENTRY: u8 = 34;
    pub const REQUESTS_OF_PROVIDER: u8 = 35;
    pub const REQUESTS_OF_CONSUMER: u8 = 36;
    pub const GRANTS_OF_ENTRY: u8 = 37;
    pub const GRANTS_OF_PROVIDER: u8 = 38;
    pub const GRANTS_OF_CONSUMER: u8 = 39;
    pub const EXTRINSIC: u8 = 48;
    pub const STREAM: u8 = 49;
    pub const PURPOSE: u8 = 50;
    pub const SYSTEM: u8 = 51;
    pub const DEPARTMENT: u8 = 52;
    /// Added to the tag of a dimension's events, it is the tag of their sums. Storage adds up what it finds under tags from here on.
    pub const SUMS: u8 = 128;
}

/// A tag, then the bytes of each part.
pub(crate) fn join(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![tag];
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

/// Key of the row that says which entry a resource code stands for; with a part of a code, the prefix of all codes that begin so.
pub fn code(code: &str) -> Vec<u8> {
    join(tag::CODE, &[code.as_bytes()])
}

/// Reads a row of [`code`].
///
/// # Errors
/// [`RowError`] if it is none.
pub fn read_code(row: &IndexRow) -> Result<(ResourceCode, EntryId), RowError> {
    let read = || {
        let (_, text) = row.key.split_first().filter(|(first, _)| **first == tag::CODE)?;
        let code = ResourceCode::new(std::str::from_utf8(text).ok()?).ok()?;
        Some((code, read_entry(&row.value)?))
    };
    read().ok_or(RowError { what: "resource code" })
}

/// Reads the value under [`code`].
pub fn read_entry(value: &[u8]) -> Option<EntryId> {
    Some(EntryId::new(u32::from_be_bytes(value.try_into().ok()?)))
}

/// Key of the row that says where an extrinsic stands.
pub fn extrinsic(hash: &Digest32) -> Vec<u8> {
    join(tag::EXTRINSIC, &[hash])
}

/// Reads the value under [`extrinsic`]: height and place in the block.
///
/// # Errors
/// [`RowError`] if it is none.
pub fn read_extrinsic(value: &[u8]) -> Result<(Height, u32), RowError> {
    match value.split_first_chunk::<4>().map(|(height, place)| (height, <[u8; 4]>::try_from(place))) {
        Some((height, Ok(place))) => Ok((Height::new(u32::from_be_bytes(*height)), u32::from_be_bytes(place))),
        _ => Err(RowError { what: "extrinsic" }),
    }
}

/// Key of the batch of `stream` whose first event is `first`. The batch that holds an event is the nearest row at or before the
/// event's own key: scan [`stream_prefix`] backwards from it.
pub fn stream(stream: StreamId, first: EventNumber) -> Vec<u8> {
    join(tag::STREAM, &[&stream.get().to_be_bytes(), &first.get().to_be_bytes()])
}

/// Prefix of all batches of a stream.
pub fn stream_prefix(stream: StreamId) -> Vec<u8> {
    join(tag::STREAM, &[&stream.get().to_be_bytes()])
}

/// A batch as the stream's rows hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamRow {
    /// Number of its first event.
    pub first: EventNumber,
    /// Number of its events.
    pub count: u32,
    /// Its record.
    pub record: RecordNumber,
}

impl StreamRow {
    /// Reads a row of [`stream`].
    ///
    /// # Errors
    /// [`RowError`] if it is none.
    pub fn read(row: &IndexRow) -> Result<Self, RowError> {
        let read = || {
            let key: &[u8; 13] = row.key.as_slice().try_into().ok()?;
            let (record, count) = row.value.split_first_chunk::<8>()?;
            let first = key.last_chunk::<8>()?;
            (key[0] == tag::STREAM).then_some(Self {
                first: EventNumber::new(u64::from_be_bytes(*first)),
                count: u32::from_be_bytes(count.try_into().ok()?),
                record: RecordNumber::new(u64::from_be_bytes(*record)),
            })
        };
        read().ok_or(RowError { what: "stream" })
    }
}

/// Key of the record that registered a purpose.
pub fn purpose(id: PurposeId) -> Vec<u8> {
    join(tag::PURPOSE, &[&id.get().to_be_bytes()])
}

/// Key of the record that registered a system.
pub fn system(id: SystemId) -> Vec<u8> {
    join(tag::SYSTEM, &[&id.get().to_be_bytes()])
}

/// Key of the record that registered a department.
pub fn department(id: DepartmentId) -> Vec<u8> {
    join(tag::DEPARTMENT, &[&id.get().to_be_bytes()])
}

/// Prefix of all registered departments; [`read_record`] reads the rows' values.
pub fn departments() -> Vec<u8> {
    vec![tag::DEPARTMENT]
}

/// Prefix of all registered systems; [`read_record`] reads the rows' values.
pub fn systems() -> Vec<u8> {
    vec![tag::SYSTEM]
}

/// Prefix of all registered purposes; [`read_record`] reads the rows' values.
pub fn purposes() -> Vec<u8> {
    vec![tag::PURPOSE]
}

/// Reads the value under [`purpose`], [`system`] or [`department`].
///
/// # Errors
/// [`RowError`] if it is none.
pub fn read_record(value: &[u8]) -> Result<RecordNumber, RowError> {
    let bytes = value.try_into().map_err(|_| RowError { what: "registration" })?;
    Ok(RecordNumber::new(u64::from_be_bytes(bytes)))
}

/// Ids that belong to something: the entries of a provider, the requests or grants of an entry, a provider or a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// Entries of a provider.
    EntriesOfProvider(DepartmentId),
    /// Requests for an entry.
    RequestsOfEntry(EntryId),
    /// Requests to a provider.
    RequestsOfProvider(DepartmentId),
    /// Requests of a consumer.
    RequestsOfConsumer(DepartmentId),
    /// Grants of an entry.
    GrantsOfEntry(EntryId),
    /// Grants by a provider.
    GrantsOfProvider(DepartmentId),
    /// Grants to a consumer.
    GrantsOfConsumer(DepartmentId),
}

impl Members {
    /// Prefix of the rows; the member's id, big-endian, ends each key.
    pub fn prefix(self) -> Vec<u8> {
        let (tag, owner) = match self {
            Self::EntriesOfProvider(id) => (tag::ENTRIES_OF_PROVIDER, id.get()),
            Self::RequestsOfEntry(id) => (tag::REQUESTS_OF_ENTRY, id.get()),
            Self::RequestsOfProvider(id) => (tag::REQUESTS_OF_PROVIDER, id.get()),
            Self::RequestsOfConsumer(id) => (tag::REQUESTS_OF_CONSUMER, id.get()),
            Self::GrantsOfEntry(id) => (tag::GRANTS_OF_ENTRY, id.get()),
            Self::GrantsOfProvider(id) => (tag::GRANTS_OF_PROVIDER, id.get()),
            Self::GrantsOfConsumer(id) => (tag::GRANTS_OF_CONSUMER, id.get()),
        };
        join(tag, &[&owner.to_be_bytes()])
    }

    /// Key of one member; where a scan goes on.
    pub fn key(self, member: u32) -> Vec<u8> {
        let mut key = self.prefix();
        key.extend_from_slice(&member.to_be_bytes());
        key
    }

    /// Id of the member that a row stands for.
    ///
    /// # Errors
    /// [`RowError`] if the row is of no such list.
    pub fn read(row: &IndexRow) -> Result<u32, RowError> {
        match (row.key.len(), row.key.first(), row.key.last_chunk::<4>()) {
            (9, Some(&tag), Some(id)) if (tag::ENTRIES_OF_PROVIDER..=tag::GRANTS_OF_CONSUMER).contains(&tag) => {
                Ok(u32::from_be_bytes(*id))
            }
            _ => Err(RowError { what: "member" }),
        }
    }

    pub(crate) fn entry_of_provider(provider: DepartmentId, entry: EntryId) -> Vec<u8> {
        Self::EntriesOfProvider(provider).key(entry.get())
    }

    pub(crate) fn of_request(
        request: RequestId,
        entry: EntryId,
        provider: DepartmentId,
        consumer: DepartmentId,
    ) -> [Vec<u8>; 3] {
        [Self::RequestsOfEntry(entry), Self::RequestsOfProvider(provider), Self::RequestsOfConsumer(consumer)]
            .map(|list| list.key(request.get()))
    }

    pub(crate) fn of_grant(
        grant: GrantId,
        entry: EntryId,
        provider: DepartmentId,
        consumer: DepartmentId,
    ) -> [Vec<u8>; 3] {
        [Self::GrantsOfEntry(entry), Self::GrantsOfProvider(provider), Self::GrantsOfConsumer(consumer)]
            .map(|list| list.key(grant.get()))
    }
}
