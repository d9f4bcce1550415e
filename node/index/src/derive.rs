//! Which rows a block adds.

use crate::{
    batch::{DaySums, batch_rows},
    keys::{self, Members},
    lists::{RecordList, RecordRow, version_of},
};
use mulu_primitives::{block::Block, stages::IndexRow};
use mulu_proofs::{
    access::{BatchRecord, DayDiffers, DifferencesNamed, PublicLeaf},
    calendar::Calendar,
    catalog::{
        ChangeOccurred, EntryAct, EntryReturned, EntrySubmitted, EntrySuspension, EntryWithdrawn, UpdateExtensionAsked,
        UpdateExtensionDecided,
    },
    departments::{DepartmentInfo, SystemInfo},
    grants::{
        DisposalCountersigned, DisposalRecorded, GrantAct, GrantCompleted, HolderNotified, RectificationOrdered,
        RectificationReported, ServiceEnded, UseRecorded,
    },
    ids::{EntryId, GrantId, RecordNumber, RequestId, Version},
    mounts::{EntryMounted, EntryUnmounted, FingerprintReported},
    records::{Record, RecordKind, Subject},
    sharing::{
        PolicySet, PurposeRegistered, RequestAct, RequestAgreed, RequestCreated, RequestExtensionAsked,
        RequestExtensionDecided, RequestRefused, RequestResubmitted, RequestSupplementAsked, StandingConsentRevoked,
        StandingConsentSet,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The public leaves of one accepted batch, in the batch's order. Decoded by the caller, who knows the grants' terms.
#[derive(Clone, Copy, Debug)]
pub struct BatchEvents<'a> {
    /// The batch's record.
    pub record: RecordNumber,
    /// Its leaves.
    pub leaves: &'a [PublicLeaf],
}

/// Records, bodies and leaves do not belong together: a fault of the program, never of what a caller submitted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeriveError {
    /// A record's body is not of the type that its kind names.
    #[error("the body of record {record} ({kind:?}) does not decode")]
    Body {
        /// The record.
        record: RecordNumber,
        /// Its kind.
        kind: RecordKind,
        /// What the decoder says.
        #[source]
        source: codec::Error,
    },
    /// The leaves of an accepted batch are missing, or are not as many as its header says.
    #[error("record {record} accepts a batch of {expected} events, {found} leaves were given")]
    Leaves {
        /// The record.
        record: RecordNumber,
        /// Events of the batch.
        expected: u32,
        /// Leaves given.
        found: usize,
    },
}

/// Rows by key: each key once, in order, whatever the order of the records' parts.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// The rows that a block adds, ascending by key. `batches` holds the leaves of every batch that the block accepts; `calendar` says which
/// day their times belong to, as of the block's parent or of any later block: no moment up to a block's ever goes to another day.
///
/// # Errors
/// [`DeriveError`] if records and leaves do not belong together.
pub fn derive(
    block: &Block,
    records: &[Record],
    batches: &[BatchEvents<'_>],
    calendar: &Calendar,
) -> Result<Vec<IndexRow>, DeriveError> {
    let mut rows = Rows::new();
    let mut sums = DaySums::new();
    for (place, extrinsic) in (0_u32..).zip(&block.extrinsics) {
        let value = [block.header.number.to_be_bytes(), place.to_be_bytes()].concat();
        rows.insert(keys::extrinsic(&extrinsic.hash()), value);
    }
    for record in records {
        lists(&mut rows, record);
        match record.kind {
            RecordKind::BatchAccepted => batch(&mut rows, &mut sums, record, batches, calendar)?,
            _ => acts(&mut rows, record)?,
        }
    }
    for ((dimension, day), sums) in sums {
        if let Some(mut key) = dimension.sums_prefix() {
            key.extend_from_slice(&day.get().to_be_bytes());
            rows.insert(key, sums.value());
        }
    }
    Ok(rows.into_iter().map(|(key, value)| IndexRow { key, value }).collect())
}

/// Adds `record` to `list`.
fn add(rows: &mut Rows, list: RecordList, record: &Record, version: Option<Version>) {
    let row = RecordRow { number: record.number, moment: record.moment, kind: record.kind, version };
    rows.insert(list.key(record.number), row.value());
}

/// The lists that every record stands in.
fn lists(rows: &mut Rows, record: &Record) {
    add(rows, RecordList::Kind(record.kind), record, None);
    add(rows, RecordList::Department(record.department), record, None);
    // Ascending, so that where a record names two versions of one thing the newest stays.
    let subjects: BTreeSet<Subject> = record.subjects.iter().copied().collect();
    for subject in subjects {
        add(rows, RecordList::Subject(subject), record, version_of(&subject));
    }
}

fn body<T: codec::Decode>(record: &Record) -> Result<T, DeriveError> {
    record.body_as().map_err(|source| DeriveError::Body { record: record.number, kind: record.kind, source })
}

/// What the record's body adds: acts on entries, requests and grants, and what was registered.
fn acts(rows: &mut Rows, record: &Record) -> Result<(), DeriveError> {
    match record.kind {
        RecordKind::DepartmentRegistered => {
            registered(rows, keys::department(body::<DepartmentInfo>(record)?.id), record);
        }
        RecordKind::SystemRegistered => registered(rows, keys::system(body::<SystemInfo>(record)?.id), record),
        RecordKind::PurposeRegistered => registered(rows, keys::purpose(body::<PurposeRegistered>(record)?.id), record),
        RecordKind::EntrySubmitted => submitted(rows, record, &body(record)?),
        RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished => {
            let act: EntryAct = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::EntryReturned => {
            let act: EntryReturned = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::EntrySuspended | RecordKind::EntryResumed => {
            let act: EntrySuspension = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::EntryWithdrawn => {
            let act: EntryWithdrawn = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::ChangeOccurred => {
            let act: ChangeOccurred = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::UpdateExtensionAsked => {
            let act: UpdateExtensionAsked = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::UpdateExtensionDecided => {
            let act: UpdateExtensionDecided = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::PolicySet => on_entry(rows, record, body::<PolicySet>(record)?.entry, None),
        RecordKind::RequestCreated => {
            let created: RequestCreated = body(record)?;
            on_request(rows, record, created.request);
            let terms = &created.terms;
            members(rows, Members::of_request(created.request, terms.entry, created.provider, terms.consumer));
        }
        RecordKind::RequestEndorsed | RecordKind::RequestApproved | RecordKind::RequestWithdrawn => {
            on_request(rows, record, body::<RequestAct>(record)?.request);
        }
        RecordKind::RequestRefused => on_request(rows, record, body::<RequestRefused>(record)?.request),
        RecordKind::RequestSupplementAsked => on_request(rows, record, body::<RequestSupplementAsked>(record)?.request),
        RecordKind::RequestResubmitted => on_request(rows, record, body::<RequestResubmitted>(record)?.request),
        RecordKind::RequestExtensionAsked => on_request(rows, record, body::<RequestExtensionAsked>(record)?.request),
        RecordKind::RequestExtensionDecided => {
            on_request(rows, record, body::<RequestExtensionDecided>(record)?.request);
        }
        RecordKind::StandingConsentSet => on_entry(rows, record, body::<StandingConsentSet>(record)?.entry, None),
        RecordKind::StandingConsentRevoked => {
            on_entry(rows, record, body::<StandingConsentRevoked>(record)?.entry, None);
        }
        RecordKind::RequestAgreed => {
            let agreed: RequestAgreed = body(record)?;
            on_request(rows, record, agreed.request);
            let grant = &agreed.grant;
            on_grant(rows, record, grant.grant, Some(grant.version));
            members(rows, Members::of_grant(grant.grant, grant.entry, grant.provider, grant.consumer));
        }
        RecordKind::GrantProvisioned
        | RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::RectificationRejected
        | RecordKind::GrantTerminated => on_grant(rows, record, body::<GrantAct>(record)?.grant, None),
        RecordKind::RectificationOrdered => {
            on_grant(rows, record, body::<RectificationOrdered>(record)?.grant, None);
        }
        RecordKind::RectificationReported => {
            on_grant(rows, record, body::<RectificationReported>(record)?.grant, None);
        }
        RecordKind::GrantCompleted => on_grant(rows, record, body::<GrantCompleted>(record)?.grant, None),
        RecordKind::ServiceEnded => on_grant(rows, record, body::<ServiceEnded>(record)?.grant, None),
        RecordKind::DisposalRecorded => on_grant(rows, record, body::<DisposalRecorded>(record)?.grant, None),
        RecordKind::DisposalCountersigned => {
            on_grant(rows, record, body::<DisposalCountersigned>(record)?.grant, None);
        }
        RecordKind::UseRecorded => on_grant(rows, record, body::<UseRecorded>(record)?.grant, None),
        RecordKind::HolderNotified => on_grant(rows, record, body::<HolderNotified>(record)?.grant, None),
        RecordKind::DayDiffers => on_grant(rows, record, body::<DayDiffers>(record)?.grant, None),
        RecordKind::DifferencesNamed => on_grant(rows, record, body::<DifferencesNamed>(record)?.grant, None),
        RecordKind::EntryMounted => {
            let act: EntryMounted = body(record)?;
            on_entry(rows, record, act.entry, Some(act.version));
        }
        RecordKind::EntryUnmounted => on_entry(rows, record, body::<EntryUnmounted>(record)?.entry, None),
        RecordKind::CatalogMismatch | RecordKind::MismatchResolved => {
            on_entry(rows, record, body::<FingerprintReported>(record)?.entry, None);
        }
        RecordKind::AccountRegistered
        | RecordKind::RoleGiven
        | RecordKind::RoleConfirmed
        | RecordKind::RoleRevoked
        | RecordKind::KeyRotated
        | RecordKind::KeyReportedLost
        | RecordKind::KeyReplaced
        | RecordKind::DepartmentRevised
        | RecordKind::KeyReportWithdrawn
        | RecordKind::DepartmentStatusSet
        | RecordKind::DepartmentAdmitted
        | RecordKind::AuthorityNamed
        | RecordKind::ValidatorRegistered
        | RecordKind::ValidatorRemoved
        | RecordKind::ValidatorKeyRotated
        | RecordKind::ObserverRegistered
        | RecordKind::ObserverRemoved
        | RecordKind::BudgetSet
        | RecordKind::StreamOpened
        | RecordKind::StreamClosed
        | RecordKind::StreamReopened
        | RecordKind::KeyCompromised
        | RecordKind::EventsRepudiated
        | RecordKind::RepudiationDecided
        | RecordKind::DecisionsOpened
        | RecordKind::DecisionsClosed
        | RecordKind::DecisionsCounted
        | RecordKind::BatchAccepted
        | RecordKind::CalendarSet
        | RecordKind::ParametersSet
        | RecordKind::DeadlineStarted
        | RecordKind::DeadlinePaused
        | RecordKind::DeadlineResumed
        | RecordKind::DeadlineExtended
        | RecordKind::DeadlineStopped
        | RecordKind::DeadlineOverdue
        | RecordKind::DeadlineRecomputed
        | RecordKind::ProposalMade
        | RecordKind::ProposalVoted
        | RecordKind::ProposalWithdrawn
        | RecordKind::ProposalEnacted
        | RecordKind::ProposalClosed
        | RecordKind::ElementRegistered
        | RecordKind::ElementRevised
        | RecordKind::SourceNamed
        | RecordKind::SourceCertified
        | RecordKind::CertificationWithdrawn
        | RecordKind::DisputeOpened
        | RecordKind::DisputeAnswered
        | RecordKind::SettlementProposed
        | RecordKind::DisputeSettled
        | RecordKind::DisputeEscalated
        | RecordKind::DisputeDecided
        | RecordKind::DisputeAppealed
        | RecordKind::GovernmentDecided
        | RecordKind::DisputeWithdrawn
        | RecordKind::DisputeFinal
        | RecordKind::QueriesRecorded => {}
    }
    Ok(())
}

fn registered(rows: &mut Rows, key: Vec<u8>, record: &Record) {
    rows.insert(key, record.number.get().to_be_bytes().to_vec());
}

fn submitted(rows: &mut Rows, record: &Record, act: &EntrySubmitted) {
    on_entry(rows, record, act.entry, Some(act.version));
    rows.insert(keys::code(act.content.code.as_str()), act.entry.get().to_be_bytes().to_vec());
    rows.insert(Members::entry_of_provider(act.content.provider, act.entry), Vec::new());
}

fn on_entry(rows: &mut Rows, record: &Record, entry: EntryId, version: Option<Version>) {
    add(rows, RecordList::Entry(entry), record, version);
}

fn on_request(rows: &mut Rows, record: &Record, request: RequestId) {
    add(rows, RecordList::Request(request), record, None);
}

fn on_grant(rows: &mut Rows, record: &Record, grant: GrantId, version: Option<Version>) {
    add(rows, RecordList::Grant(grant), record, version);
}

fn members(rows: &mut Rows, keys: [Vec<u8>; 3]) {
    rows.extend(keys.map(|key| (key, Vec::new())));
}

/// Rows of an accepted batch: its place in the stream and its events by dimension. What they add up to goes to `sums`.
fn batch(
    rows: &mut Rows,
    sums: &mut DaySums,
    record: &Record,
    batches: &[BatchEvents<'_>],
    calendar: &Calendar,
) -> Result<(), DeriveError> {
    let accepted: BatchRecord = body(record)?;
    let header = &accepted.header;
    let leaves = batches.iter().find(|batch| batch.record == record.number).map_or(&[][..], |batch| batch.leaves);
    if leaves.is_empty() || u32::try_from(leaves.len()) != Ok(header.count) {
        return Err(DeriveError::Leaves { record: record.number, expected: header.count, found: leaves.len() });
    }
    let mut place = record.number.get().to_be_bytes().to_vec();
    place.extend_from_slice(&header.count.to_be_bytes());
    rows.insert(keys::stream(header.stream, header.first), place);
    let found = batch_rows(record, &accepted, leaves, calendar, sums);
    rows.extend(found.into_iter().map(|(dimension, row)| (dimension.key(record.number), row.value())));
    Ok(())
}
