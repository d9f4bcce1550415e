//! What happened to a request or grant, record by record: acts with their signers, and the steps of its clocks.

use crate::{
    context::{Context, Found},
    failure::Failure,
};
use mulu_index::RecordList;
use mulu_proofs::{
    calendar::{
        DeadlineExtended, DeadlineOverdue, DeadlinePaused, DeadlineRecomputed, DeadlineResumed, DeadlineStarted,
        DeadlineStopped, Due,
    },
    catalog::{ChangeKind, EntrySuspension, EntryWithdrawn},
    departments::AccountKey,
    evidence::calls::signed_as,
    grants::{
        DisposalRecorded, GrantAct, GrantCompleted, HolderNotified, RectificationOrdered, RectificationReported,
        ServiceEnded, UseRecorded,
    },
    ids::{DeadlineId, RecordNumber},
    records::{RecordKind, Subject},
    sharing::{RequestAgreed, RequestExtensionAsked, RequestExtensionDecided, RequestRefused, RequestSupplementAsked},
};
use mulu_rpc_api::sharing::{Note, TimelineStep};

/// Most steps that are told; a request or grant of more has the latest.
const STEPS_MAX: usize = 512;

/// The latest steps on a subject, ascending; of a grant, on any version.
pub fn read(context: &Context, subject: Subject) -> Result<Vec<TimelineStep>, Failure> {
    let mut acts = context.acts(RecordList::Subject(subject))?;
    // Batches cite their grants; they are told by `access_`.
    acts.retain(|act| act.kind != RecordKind::BatchAccepted);
    let older = acts.len().saturating_sub(STEPS_MAX);
    let mut steps: Vec<TimelineStep> =
        acts.iter().skip(older).map(|act| step(context, &context.indexed(act.number)?)).collect::<Result<_, _>>()?;
    void(&mut steps);
    Ok(steps)
}

/// Marks what was signed under terms that another submission took the place of.
fn void(steps: &mut [TimelineStep]) {
    let mut since: Option<RecordNumber> = None;
    for step in steps.iter_mut().rev() {
        let is_signature = matches!(
            step.act,
            RecordKind::RequestCreated
                | RecordKind::RequestResubmitted
                | RecordKind::RequestEndorsed
                | RecordKind::RequestApproved
        );
        if is_signature {
            step.void_since = since;
        }
        if step.act == RecordKind::RequestResubmitted {
            since = Some(step.record);
        }
    }
}

fn step(context: &Context, found: &Found) -> Result<TimelineStep, Failure> {
    let record = &found.record;
    let (deadline, due) = clock(found)?.unzip();
    Ok(TimelineStep {
        act: record.kind,
        record: record.number,
        moment: record.moment,
        account: record.signer.map(AccountKey),
        signed_as: signed_as(record),
        said: said(context, found)?,
        note: note(found)?,
        void_since: None,
        deadline,
        due: due.flatten(),
    })
}

/// The deadline of a clock's record, and when it is due from then on; none for what stands still.
fn clock(found: &Found) -> Result<Option<(DeadlineId, Option<Due>)>, Failure> {
    Ok(Some(match found.record.kind {
        RecordKind::DeadlineStarted => found.body().map(|body: DeadlineStarted| (body.id, Some(body.due)))?,
        RecordKind::DeadlinePaused => found.body().map(|body: DeadlinePaused| (body.id, None))?,
        RecordKind::DeadlineResumed => found.body().map(|body: DeadlineResumed| (body.id, Some(body.due)))?,
        RecordKind::DeadlineExtended => found.body().map(|body: DeadlineExtended| (body.id, body.due))?,
        RecordKind::DeadlineStopped => found.body().map(|body: DeadlineStopped| (body.id, body.due))?,
        RecordKind::DeadlineOverdue => found.body().map(|body: DeadlineOverdue| (body.id, Some(body.due)))?,
        RecordKind::DeadlineRecomputed => found.body().map(|body: DeadlineRecomputed| (body.id, Some(body.after)))?,
        _ => return Ok(None),
    }))
}

/// What the signer said; of a holder's notice, what the signer of the change said.
fn said(context: &Context, found: &Found) -> Result<String, Failure> {
    Ok(match found.record.kind {
        RecordKind::RequestRefused => found.body::<RequestRefused>()?.reason.to_string(),
        RecordKind::RequestSupplementAsked => found.body::<RequestSupplementAsked>()?.missing.to_string(),
        RecordKind::RequestExtensionAsked => found.body::<RequestExtensionAsked>()?.reason.to_string(),
        RecordKind::RequestExtensionDecided => found.body::<RequestExtensionDecided>()?.reason.to_string(),
        RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::GrantTerminated
        | RecordKind::RectificationRejected => found.body::<GrantAct>()?.reason.to_string(),
        RecordKind::RectificationOrdered => found.body::<RectificationOrdered>()?.what.to_string(),
        RecordKind::RectificationReported => found.body::<RectificationReported>()?.statement.to_string(),
        RecordKind::GrantCompleted => found.body::<GrantCompleted>()?.outcome.to_string(),
        RecordKind::ServiceEnded => found.body::<ServiceEnded>()?.reason.to_string(),
        RecordKind::DisposalRecorded => found.body::<DisposalRecorded>()?.how.to_string(),
        RecordKind::HolderNotified => reason_of_change(context, &found.body()?)?,
        _ => String::new(),
    })
}

/// Why an entry was suspended, resumed or withdrawn; of a new version the content says it.
pub fn reason_of_change(context: &Context, notified: &HolderNotified) -> Result<String, Failure> {
    let change = &notified.change;
    Ok(match change.kind {
        ChangeKind::Suspended | ChangeKind::Resumed => {
            context.indexed(change.record)?.body::<EntrySuspension>()?.reason.to_string()
        }
        ChangeKind::Withdrawn => context.indexed(change.record)?.body::<EntryWithdrawn>()?.reason.to_string(),
        _ => String::new(),
    })
}

/// What a record says in numbers and closed lists.
fn note(found: &Found) -> Result<Option<Note>, Failure> {
    Ok(Some(match found.record.kind {
        RecordKind::RequestAgreed => match found.body::<RequestAgreed>()?.consent {
            Some(consent) => Note::StandingConsent(consent),
            None => return Ok(None),
        },
        RecordKind::RequestExtensionAsked => Note::WorkingDays(found.body::<RequestExtensionAsked>()?.working_days),
        RecordKind::RequestExtensionDecided => {
            let decided: RequestExtensionDecided = found.body()?;
            if decided.granted { Note::Granted(decided.working_days) } else { Note::Denied(decided.working_days) }
        }
        RecordKind::RectificationOrdered => Note::WorkingDays(found.body::<RectificationOrdered>()?.working_days),
        RecordKind::UseRecorded => {
            let used = found.body::<UseRecorded>()?.used;
            Note::Used { kind: used.kind, on: used.on }
        }
        RecordKind::HolderNotified => {
            let change = found.body::<HolderNotified>()?.change;
            Note::Changed { kind: change.kind, items: change.items, methods: change.methods, record: change.record }
        }
        RecordKind::DeadlineStarted => Note::Clock(found.body::<DeadlineStarted>()?.deadline.kind),
        RecordKind::DeadlineStopped => Note::Stopped(found.body::<DeadlineStopped>()?.end),
        _ => return Ok(None),
    }))
}
