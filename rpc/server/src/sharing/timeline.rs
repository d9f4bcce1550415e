//! What happened to a request or grant, record by record: acts with their signers, and the steps of its clocks.

use crate::{
    context::{Context, Found},
    failure::Failure,
};
use mulu_index::RecordList;
use mulu_proofs::{
    calendar::{
        DeadlineExtended, DeadlineKind, DeadlineOverdue, DeadlinePaused, DeadlineRecomputed, DeadlineResumed,
        DeadlineStarted, DeadlineStopped, Due,
    },
    departments::AccountKey,
    evidence::calls::signed_as,
    grants::{DisposalRecorded, GrantAct, GrantCompleted, RectificationOrdered, RectificationReported, ServiceEnded},
    ids::DeadlineId,
    records::{RecordKind, Subject},
    sharing::{RequestExtensionAsked, RequestExtensionDecided, RequestRefused, RequestSupplementAsked},
};
use mulu_rpc_api::sharing::TimelineStep;

/// Most steps that are told; a request or grant of more has the latest.
const STEPS_MAX: usize = 512;

/// The latest steps on a subject, ascending; of a grant, on any version.
pub fn read(context: &Context, subject: Subject) -> Result<Vec<TimelineStep>, Failure> {
    let mut acts = context.acts(RecordList::Subject(subject))?;
    // Batches cite their grants; they are told by `access_`.
    acts.retain(|act| act.kind != RecordKind::BatchAccepted);
    let older = acts.len().saturating_sub(STEPS_MAX);
    acts.iter().skip(older).map(|act| step(&context.indexed(act.number)?)).collect()
}

fn step(found: &Found) -> Result<TimelineStep, Failure> {
    let record = &found.record;
    let (deadline, due) = clock(found)?.unzip();
    Ok(TimelineStep {
        act: record.kind,
        record: record.number,
        moment: record.moment,
        account: record.signer.map(AccountKey),
        signed_as: signed_as(record),
        said: said(found)?,
        deadline,
        due: due.flatten().map(|due: Due| due.moment),
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

/// A kind as people say it.
fn word_of(kind: &DeadlineKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().replace('_', " ")
}

/// What the signer said, or what a clock is for.
fn said(found: &Found) -> Result<String, Failure> {
    Ok(match found.record.kind {
        RecordKind::RequestRefused => found.body::<RequestRefused>()?.reason.to_string(),
        RecordKind::RequestSupplementAsked => found.body::<RequestSupplementAsked>()?.missing.to_string(),
        RecordKind::RequestExtensionAsked => {
            let asked: RequestExtensionAsked = found.body()?;
            format!("{} working days: {}", asked.working_days, asked.reason)
        }
        RecordKind::RequestExtensionDecided => {
            let decided: RequestExtensionDecided = found.body()?;
            let word = if decided.granted { "granted" } else { "denied" };
            format!("{word}, {} working days: {}", decided.working_days, decided.reason)
        }
        RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::GrantTerminated
        | RecordKind::RectificationRejected => found.body::<GrantAct>()?.reason.to_string(),
        RecordKind::RectificationOrdered => {
            let ordered: RectificationOrdered = found.body()?;
            format!("{} working days: {}", ordered.working_days, ordered.what)
        }
        RecordKind::RectificationReported => found.body::<RectificationReported>()?.statement.to_string(),
        RecordKind::GrantCompleted => found.body::<GrantCompleted>()?.outcome.to_string(),
        RecordKind::ServiceEnded => found.body::<ServiceEnded>()?.reason.to_string(),
        RecordKind::DisposalRecorded => found.body::<DisposalRecorded>()?.how.to_string(),
        RecordKind::DeadlineStarted => word_of(&found.body::<DeadlineStarted>()?.deadline.kind),
        RecordKind::DeadlineStopped => {
            let met = found.body::<DeadlineStopped>()?.met;
            if met { "met" } else { "missed" }.to_owned()
        }
        _ => String::new(),
    })
}
