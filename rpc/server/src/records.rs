//! `records_`: the log, and what became of an extrinsic.

use crate::{
    context::{Context, Found},
    evidence::chain,
    failure::Failure,
    follow, outcome,
    page::{Gathered, List, page, rows_of},
    visibility::{Viewer, Visitor},
};
use codec::{Decode, Encode};
use jsonrpsee::{
    Extensions, PendingSubscriptionSink,
    core::{RpcResult, async_trait},
};
use mulu_index::{RecordList, RecordRow};
use mulu_primitives::block::{Header, header_hash};
use mulu_proofs::{
    access, audit, budget, calendar, catalog, departments,
    departments::AccountKey,
    elements,
    extrinsic::SignedExtrinsic,
    governance, grants,
    header::HeaderView,
    ids::{Height, RecordNumber},
    mounts, oversight,
    records::RecordKind,
    sharing,
};
use mulu_rpc_api::{
    Cursor, Hex, Hex32, Page,
    records::{Inclusion, Record, RecordFilter, RecordProof, RecordsOf, RecordsServer},
};
use mulu_runtime::{Runtime, pallet_departments::Accounts};
use serde::Serialize;
use sp_core::crypto::AccountId32;
use std::sync::Arc;

/// First byte of the cursors of the whole log, which is no list of the index.
const ALL: u8 = 0;

/// The namespace.
pub struct Records(pub Arc<Context>);

#[async_trait]
impl RecordsServer for Records {
    async fn record(&self, extensions: &Extensions, number: RecordNumber) -> RpcResult<Option<Record>> {
        self.0
            .run_for(extensions, move |context, viewer| seen(context, viewer, number)?.as_ref().map(show).transpose())
            .await
    }

    async fn records(
        &self,
        extensions: &Extensions,
        of: RecordsOf,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Record>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let Some(list) = list_of(of) else { return all(context, viewer, cursor.as_ref(), limit) };
                page(context, &List::newest(list.prefix(), 8), cursor.as_ref(), limit, |row| {
                    let found = context.indexed(RecordRow::read(row)?.number)?;
                    viewer.sees_record(&found)?.then(|| show(&found)).transpose()
                })
            })
            .await
    }

    async fn extrinsic(&self, extensions: &Extensions, hash: Hex32) -> RpcResult<Option<Inclusion>> {
        self.0
            .run_for(extensions, move |context, viewer| match sees_extrinsic(context, viewer, &hash)? {
                true => inclusion(context, &hash),
                false => Ok(None),
            })
            .await
    }

    async fn proof(&self, extensions: &Extensions, number: RecordNumber) -> RpcResult<Option<RecordProof>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                seen(context, viewer, number)?.map(|found| proof(context, found)).transpose()
            })
            .await
    }

    async fn subscribe_records(
        &self,
        pending: PendingSubscriptionSink,
        extensions: &Extensions,
        from: Option<RecordNumber>,
        filter: Option<RecordFilter>,
    ) {
        let visitor = Visitor::of(extensions);
        follow::records(Arc::clone(&self.0), visitor, pending, from, filter.unwrap_or_default()).await;
    }
}

/// A record, if there is one under that number and the caller sees it.
fn seen(context: &Context, viewer: &Viewer<'_>, number: RecordNumber) -> Result<Option<Found>, Failure> {
    match context.record(number)? {
        Some(found) if viewer.sees_record(&found)? => Ok(Some(found)),
        _ => Ok(None),
    }
}

/// Whether a caller sees what became of an extrinsic: what its own department sent, and what it sees all records of.
fn sees_extrinsic(context: &Context, viewer: &Viewer<'_>, hash: &Hex32) -> Result<bool, Failure> {
    if viewer.sees_everything() {
        return Ok(true);
    }
    let Some((height, place)) = context.place_of(&hash.0)? else { return Ok(false) };
    let extrinsic = context.parts.store.extrinsic(height, place)?;
    let signer = extrinsic.and_then(|extrinsic| SignedExtrinsic::read(extrinsic.bytes()).map(|signed| signed.signer));
    if let Some(signer) = signer {
        let read = || Accounts::<Runtime>::get(AccountId32::new(signer));
        let department = context.parts.executor.query(&context.head(), read)?;
        if department.map_or(Ok(false), |department| viewer.sees_own_of(department))? {
            return Ok(true);
        }
    }
    let records = records_of(context, height, hash)?;
    for number in &records {
        if !viewer.sees_record(&context.indexed(*number)?)? {
            return Ok(false);
        }
    }
    Ok(!records.is_empty())
}

/// A record as an answer shows it.
pub fn show(found: &Found) -> Result<Record, Failure> {
    let record = &found.record;
    Ok(Record {
        number: record.number,
        height: found.height,
        place: found.place,
        kind: record.kind,
        moment: record.moment,
        department: record.department,
        signer: record.signer.map(AccountKey),
        extrinsic: record.extrinsic.map(Hex32),
        subjects: record.subjects.clone(),
        body: Hex(record.body.clone()),
        decoded: decoded(found)?,
    })
}

/// The body as JSON, read as the type that the kind names.
fn decoded(found: &Found) -> Result<serde_json::Value, Failure> {
    fn of<T: Decode + Serialize>(found: &Found) -> Result<serde_json::Value, Failure> {
        let body: T = found.body()?;
        serde_json::to_value(body).map_err(|_| Failure::Damaged { what: "the body of a record" })
    }
    match found.record.kind {
        RecordKind::DepartmentRegistered | RecordKind::DepartmentRevised => of::<departments::DepartmentInfo>(found),
        RecordKind::AccountRegistered => of::<departments::AccountRegistered>(found),
        RecordKind::RoleGiven => of::<departments::RoleGiven>(found),
        RecordKind::RoleConfirmed => of::<departments::RoleConfirmed>(found),
        RecordKind::RoleRevoked => of::<departments::RoleRevoked>(found),
        RecordKind::SystemRegistered => of::<departments::SystemInfo>(found),
        RecordKind::KeyRotated | RecordKind::KeyReplaced => of::<departments::AccountReplaced>(found),
        RecordKind::KeyReportedLost => of::<departments::KeyReportedLost>(found),
        RecordKind::KeyReportWithdrawn => of::<departments::KeyReportWithdrawn>(found),
        RecordKind::DepartmentAdmitted => of::<departments::DepartmentAdmitted>(found),
        RecordKind::DepartmentStatusSet => of::<departments::DepartmentStatusSet>(found),
        RecordKind::AuthorityNamed => of::<departments::AuthorityNamed>(found),
        RecordKind::ValidatorRegistered => of::<departments::ValidatorRegistered>(found),
        RecordKind::ValidatorRemoved => of::<departments::ValidatorRemoved>(found),
        RecordKind::ValidatorKeyRotated => of::<departments::ValidatorKeyRotated>(found),
        RecordKind::ObserverRegistered | RecordKind::ObserverRemoved => of::<departments::Observer>(found),
        RecordKind::BudgetSet => of::<budget::Budget>(found),
        RecordKind::EntrySubmitted => of::<catalog::EntrySubmitted>(found),
        RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished => {
            of::<catalog::EntryAct>(found)
        }
        RecordKind::EntryReturned => of::<catalog::EntryReturned>(found),
        RecordKind::EntrySuspended | RecordKind::EntryResumed => of::<catalog::EntrySuspension>(found),
        RecordKind::EntryWithdrawn => of::<catalog::EntryWithdrawn>(found),
        RecordKind::ChangeOccurred => of::<catalog::ChangeOccurred>(found),
        RecordKind::UpdateExtensionAsked => of::<catalog::UpdateExtensionAsked>(found),
        RecordKind::UpdateExtensionDecided => of::<catalog::UpdateExtensionDecided>(found),
        RecordKind::PurposeRegistered => of::<sharing::PurposeRegistered>(found),
        RecordKind::PolicySet => of::<sharing::PolicySet>(found),
        RecordKind::RequestCreated => of::<sharing::RequestCreated>(found),
        RecordKind::RequestEndorsed | RecordKind::RequestApproved | RecordKind::RequestWithdrawn => {
            of::<sharing::RequestAct>(found)
        }
        RecordKind::RequestAgreed => of::<sharing::RequestAgreed>(found),
        RecordKind::RequestRefused => of::<sharing::RequestRefused>(found),
        RecordKind::RequestSupplementAsked => of::<sharing::RequestSupplementAsked>(found),
        RecordKind::RequestResubmitted => of::<sharing::RequestResubmitted>(found),
        RecordKind::RequestExtensionAsked => of::<sharing::RequestExtensionAsked>(found),
        RecordKind::RequestExtensionDecided => of::<sharing::RequestExtensionDecided>(found),
        RecordKind::StandingConsentSet => of::<sharing::StandingConsentSet>(found),
        RecordKind::StandingConsentRevoked => of::<sharing::StandingConsentRevoked>(found),
        RecordKind::GrantProvisioned
        | RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::RectificationRejected
        | RecordKind::GrantTerminated => of::<grants::GrantAct>(found),
        RecordKind::RectificationOrdered => of::<grants::RectificationOrdered>(found),
        RecordKind::RectificationReported => of::<grants::RectificationReported>(found),
        RecordKind::GrantCompleted => of::<grants::GrantCompleted>(found),
        RecordKind::ServiceEnded => of::<grants::ServiceEnded>(found),
        RecordKind::DisposalRecorded => of::<grants::DisposalRecorded>(found),
        RecordKind::DisposalCountersigned => of::<grants::DisposalCountersigned>(found),
        RecordKind::UseRecorded => of::<grants::UseRecorded>(found),
        RecordKind::HolderNotified => of::<grants::HolderNotified>(found),
        RecordKind::StreamOpened => of::<access::StreamOpened>(found),
        RecordKind::BatchAccepted => of::<access::BatchRecord>(found),
        RecordKind::StreamClosed => of::<access::StreamClosed>(found),
        RecordKind::StreamReopened => of::<access::StreamReopened>(found),
        RecordKind::KeyCompromised => of::<access::KeyCompromised>(found),
        RecordKind::EventsRepudiated => of::<access::EventsRepudiated>(found),
        RecordKind::RepudiationDecided => of::<access::RepudiationDecided>(found),
        RecordKind::DayDiffers => of::<access::DayDiffers>(found),
        RecordKind::DifferencesNamed => of::<access::DifferencesNamed>(found),
        RecordKind::DecisionsOpened => of::<access::DecisionsOpened>(found),
        RecordKind::DecisionsClosed => of::<access::DecisionsClosed>(found),
        RecordKind::DecisionsCounted => of::<access::DecisionsCounted>(found),
        RecordKind::CalendarSet => of::<calendar::YearCalendar>(found),
        RecordKind::ParametersSet => of::<calendar::Parameters>(found),
        RecordKind::DeadlineStarted => of::<calendar::DeadlineStarted>(found),
        RecordKind::DeadlinePaused => of::<calendar::DeadlinePaused>(found),
        RecordKind::DeadlineResumed => of::<calendar::DeadlineResumed>(found),
        RecordKind::DeadlineExtended => of::<calendar::DeadlineExtended>(found),
        RecordKind::DeadlineStopped => of::<calendar::DeadlineStopped>(found),
        RecordKind::DeadlineOverdue => of::<calendar::DeadlineOverdue>(found),
        RecordKind::DeadlineRecomputed => of::<calendar::DeadlineRecomputed>(found),
        RecordKind::ProposalMade => of::<governance::ProposalMade>(found),
        RecordKind::ElementRegistered => of::<elements::ElementRegistered>(found),
        RecordKind::ElementRevised => of::<elements::ElementRevised>(found),
        RecordKind::SourceNamed => of::<elements::SourceNamed>(found),
        RecordKind::SourceCertified => of::<elements::SourceCertified>(found),
        RecordKind::CertificationWithdrawn => of::<elements::CertificationWithdrawn>(found),
        RecordKind::EntryMounted => of::<mounts::EntryMounted>(found),
        RecordKind::EntryUnmounted => of::<mounts::EntryUnmounted>(found),
        RecordKind::CatalogMismatch | RecordKind::MismatchResolved => of::<mounts::FingerprintReported>(found),
        RecordKind::ProposalVoted => of::<governance::ProposalVoted>(found),
        RecordKind::ProposalWithdrawn => of::<governance::ProposalWithdrawn>(found),
        RecordKind::ProposalEnacted => of::<governance::ProposalEnacted>(found),
        RecordKind::ProposalClosed => of::<governance::ProposalClosed>(found),
        RecordKind::DisputeOpened => of::<oversight::DisputeOpened>(found),
        RecordKind::DisputeAnswered => of::<oversight::DisputeAnswered>(found),
        RecordKind::SettlementProposed => of::<oversight::SettlementProposed>(found),
        RecordKind::DisputeSettled => of::<oversight::DisputeSettled>(found),
        RecordKind::DisputeEscalated => of::<oversight::DisputeEscalated>(found),
        RecordKind::DisputeDecided => of::<oversight::DisputeDecided>(found),
        RecordKind::DisputeAppealed => of::<oversight::DisputeAppealed>(found),
        RecordKind::GovernmentDecided => of::<oversight::GovernmentDecided>(found),
        RecordKind::DisputeWithdrawn => of::<oversight::DisputeWithdrawn>(found),
        RecordKind::DisputeFinal => of::<oversight::DisputeFinal>(found),
        RecordKind::QueriesRecorded => of::<audit::QueriesRecorded>(found),
    }
}

/// The whole log, newest first: its numbers have no gaps, so that no index is needed.
fn all(
    context: &Context,
    viewer: &Viewer<'_>,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<Record>, Failure> {
    let mut gathered = Gathered::new(rows_of(limit)?);
    let head = context.head();
    let complete_to = Height::new(head.number);
    let newest = newest(&head);
    let mut number = match cursor.map(|cursor| cursor.0.split_first()) {
        None => newest,
        Some(Some((&ALL, rest))) => {
            let seen = u64::from_be_bytes(rest.try_into().map_err(|_| Failure::Cursor)?);
            seen.saturating_sub(1).min(newest)
        }
        Some(_) => return Err(Failure::Cursor),
    };
    let mut looked = 0;
    while number > 0 {
        if let Some(end) = gathered.end(looked) {
            let seen = number + 1;
            let next = Cursor([&[ALL][..], &seen.to_be_bytes()].concat());
            return Ok(gathered.ended(end, Some(next), complete_to));
        }
        let found = context.indexed(RecordNumber::new(number))?;
        if viewer.sees_record(&found)? {
            gathered.push(show(&found)?)?;
        }
        (number, looked) = (number - 1, looked + 1);
    }
    Ok(Page::new(gathered.rows, None, complete_to))
}

/// Number of the last record up to a block, 0 before the first.
pub fn newest(header: &Header) -> u64 {
    let log = HeaderView::read(&header.encode()).ok().and_then(|view| view.records);
    log.map_or(0, |log| (log.first + u64::from(log.count)).saturating_sub(1))
}

/// The rows of the index that a list of records stands in; none for all records, which need none.
pub const fn list_of(of: RecordsOf) -> Option<RecordList> {
    Some(match of {
        RecordsOf::All => return None,
        RecordsOf::Subject(subject) => RecordList::Subject(subject),
        RecordsOf::Kind(kind) => RecordList::Kind(kind),
        RecordsOf::Department(id) => RecordList::Department(id),
        RecordsOf::Entry(id) => RecordList::Entry(id),
        RecordsOf::Request(id) => RecordList::Request(id),
        RecordsOf::Grant(id) => RecordList::Grant(id),
    })
}

fn inclusion(context: &Context, hash: &Hex32) -> Result<Option<Inclusion>, Failure> {
    let Some((height, place)) = context.place_of(&hash.0)? else { return Ok(None) };
    let header = context.parts.store.header(height)?.ok_or(Failure::Damaged { what: "a header" })?;
    let records = records_of(context, height, hash)?;
    let dispatched = match height < context.parts.store.oldest_state() {
        true => None,
        false => outcome::of(context, &header, place)?,
    };
    // Where the state of the block is pruned its records still tell: every act leaves one.
    let success = dispatched.as_ref().map_or(!records.is_empty(), |outcome| outcome.is_ok());
    Ok(Some(Inclusion {
        height,
        block_hash: Hex32(header_hash(&header)),
        place,
        success,
        error: dispatched.and_then(Result::err),
        records,
    }))
}

/// Numbers of the records that an extrinsic caused.
fn records_of(context: &Context, height: Height, hash: &Hex32) -> Result<Vec<RecordNumber>, Failure> {
    let Some((first, count)) = context.parts.store.record_numbers(height)? else { return Ok(Vec::new()) };
    let mut numbers = Vec::new();
    for number in first.get()..first.get() + u64::from(count) {
        let found = context.indexed(RecordNumber::new(number))?;
        if found.record.extrinsic == Some(hash.0) {
            numbers.push(found.record.number);
        }
    }
    Ok(numbers)
}

fn proof(context: &Context, found: Found) -> Result<RecordProof, Failure> {
    let tip = chain::tip(context, None)?;
    let header = chain::header_bytes(context, found.height)?;
    let history = chain::history_paths(context, &[found.height], tip.height)?.pop().flatten();
    Ok(RecordProof {
        path: chain::record_path(context, &found)?,
        record: Hex(found.bytes),
        header: Hex(header),
        history,
        tip: Hex(tip.header),
        certificate: Hex(tip.certificate.encode()),
    })
}
