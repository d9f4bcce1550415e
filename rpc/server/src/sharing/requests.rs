//! Requests, told from their records: who signed what, and whose turn it is.

use super::{Parties, timeline};
use crate::{
    context::{Context, Found},
    failure::Failure,
    page::{List, page},
    visibility::Viewer,
};
use mulu_index::{RecordList, RecordRow, keys::Members};
use mulu_proofs::{
    departments::{AccountKey, Role, SignedAs},
    ids::{Moment, RequestId},
    records::{RecordKind, Subject},
    sharing::{
        RequestAct, RequestAgreed, RequestCreated, RequestRefused, RequestResubmitted, RequestSupplementAsked,
        request_digest,
    },
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    sharing::{Request, RequestFilter, RequestState, RequestSummary, Signature, Waiting},
};

/// A request; none if there is none under that id.
pub fn read(context: &Context, id: RequestId) -> Result<Option<Request>, Failure> {
    Ok(course(context, id)?.map(|course| course.request))
}

/// Requests, newest first.
pub fn list(
    context: &Context,
    viewer: &Viewer<'_>,
    filter: &RequestFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<RequestSummary>, Failure> {
    let by_party =
        asked_for(filter).list(Members::RequestsOfEntry, Members::RequestsOfConsumer, Members::RequestsOfProvider);
    let is_by_party = by_party.is_some();
    let all = || List::newest(RecordList::Kind(RecordKind::RequestCreated).prefix(), 8);
    page(context, &by_party.unwrap_or_else(all), cursor, limit, |row| {
        let id = match is_by_party {
            true => RequestId::new(Members::read(row)?),
            false => context.indexed(RecordRow::read(row)?.number)?.body::<RequestCreated>()?.request,
        };
        if !viewer.sees_request(id)? {
            return Ok(None);
        }
        let course = course(context, id)?.ok_or(Failure::Damaged { what: "the records of a request" })?;
        Ok(summary(course, filter))
    })
}

const fn asked_for(filter: &RequestFilter) -> Parties {
    Parties { entry: filter.entry, consumer: filter.consumer, provider: filter.provider }
}

fn summary(course: Course, filter: &RequestFilter) -> Option<RequestSummary> {
    let Course { request, created } = course;
    let terms = &request.terms;
    let parties =
        Parties { entry: Some(terms.entry), consumer: Some(terms.consumer), provider: Some(request.provider) };
    let is_asked_for = asked_for(filter).fit(parties) && filter.state.is_none_or(|state| state == request.state);
    is_asked_for.then_some(RequestSummary {
        id: request.id,
        state: request.state,
        entry: terms.entry,
        entry_version: terms.entry_version,
        consumer: terms.consumer,
        provider: request.provider,
        created,
        waiting: request.waiting,
    })
}

/// A request and when it was made.
struct Course {
    request: Request,
    created: Moment,
}

fn course(context: &Context, id: RequestId) -> Result<Option<Course>, Failure> {
    let mut acts = context.acts(RecordList::Request(id))?.into_iter();
    let Some(first) = acts.next() else { return Ok(None) };
    let found = context.indexed(first.number)?;
    let body: RequestCreated = found.body()?;
    let digest = request_digest(id, &body.terms);
    let mut request = Request {
        id,
        state: RequestState::Created,
        provider: body.provider,
        terms: body.terms,
        digest: Hex32(digest),
        policy: body.policy,
        signatures: vec![signature(&found, body.signed_as)],
        waiting: None,
        reason: None,
        grant: None,
        missing: None,
        timeline: Vec::new(),
    };
    for act in acts {
        step(&mut request, &context.indexed(act.number)?)?;
    }
    request.timeline = timeline::read(context, Subject::Request(id))?;
    if request.state == RequestState::Endorsed && stage_under_way(&request).is_none() {
        request.state = RequestState::Approved;
    }
    request.waiting = waiting(&request);
    Ok(Some(Course { request, created: first.moment }))
}

fn signature(found: &Found, signed_as: SignedAs) -> Signature {
    let record = &found.record;
    Signature {
        act: record.kind,
        record: record.number,
        moment: record.moment,
        account: record.signer.map(AccountKey),
        signed_as,
        stage: None,
        consent: None,
    }
}

/// Adds what a record says to the request.
fn step(request: &mut Request, found: &Found) -> Result<(), Failure> {
    let (mut stage, mut consent) = (None, None);
    let (state, signed_as) = match found.record.kind {
        RecordKind::RequestEndorsed => {
            let act: RequestAct = found.body()?;
            (RequestState::Endorsed, act.signed_as)
        }
        RecordKind::RequestApproved => {
            let act: RequestAct = found.body()?;
            stage = act.stage;
            (request.state, act.signed_as)
        }
        RecordKind::RequestWithdrawn => {
            let act: RequestAct = found.body()?;
            (RequestState::Withdrawn, act.signed_as)
        }
        RecordKind::RequestResubmitted => {
            // What was signed before was another request.
            let act: RequestResubmitted = found.body()?;
            request.digest = Hex32(request_digest(request.id, &act.terms));
            (request.terms, request.policy) = (act.terms, act.policy);
            request.signatures.clear();
            request.missing = None;
            (RequestState::Created, act.signed_as)
        }
        RecordKind::RequestSupplementAsked => {
            // Said about the request, not signed under it.
            let act: RequestSupplementAsked = found.body()?;
            request.missing = Some(act.missing.to_string());
            request.state = RequestState::Supplement;
            return Ok(());
        }
        RecordKind::RequestAgreed => {
            let act: RequestAgreed = found.body()?;
            request.grant = Some(act.grant.grant);
            consent = act.consent;
            (RequestState::Agreed, act.signed_as)
        }
        RecordKind::RequestRefused => {
            let act: RequestRefused = found.body()?;
            request.reason = Some(act.reason.to_string());
            (RequestState::Refused, act.signed_as)
        }
        _ => return Ok(()),
    };
    request.state = state;
    request.signatures.push(Signature { stage, consent, ..signature(found, signed_as) });
    Ok(())
}

/// The first stage of the policy that lacks approvals, and how many it lacks.
fn stage_under_way(request: &Request) -> Option<(u8, usize)> {
    (0_u8..).zip(&request.policy.stages).find_map(|(number, stage)| {
        let needed = stage.needed().unwrap_or(usize::MAX);
        let missing = needed.saturating_sub(signed(request, number).count());
        (missing > 0).then_some((number, missing))
    })
}

/// Who approved in a stage.
fn signed(request: &Request, stage: u8) -> impl Iterator<Item = AccountKey> + '_ {
    let of_stage =
        move |signature: &&Signature| signature.act == RecordKind::RequestApproved && signature.stage == Some(stage);
    request.signatures.iter().filter(of_stage).filter_map(|signature| signature.account)
}

/// Whose signature the request waits for.
fn waiting(request: &Request) -> Option<Waiting> {
    let officer = |department| Waiting {
        departments: vec![department],
        role: Role::Officer,
        stage: None,
        approvers: Vec::new(),
        missing: 1,
    };
    match request.state {
        RequestState::Supplement => Some(Waiting { role: Role::Applicant, ..officer(request.terms.consumer) }),
        RequestState::Created => Some(officer(request.terms.consumer)),
        RequestState::Approved => Some(officer(request.provider)),
        RequestState::Endorsed => {
            let (number, missing) = stage_under_way(request)?;
            let stage = request.policy.stages.get(usize::from(number))?;
            let signed: Vec<AccountKey> = signed(request, number).collect();
            Some(Waiting {
                departments: stage.departments.to_vec(),
                role: stage.role,
                stage: Some(number),
                approvers: stage.approvers.iter().filter(|key| !signed.contains(key)).copied().collect(),
                missing: u32::try_from(missing).unwrap_or(u32::MAX),
            })
        }
        RequestState::Agreed | RequestState::Refused | RequestState::Withdrawn => None,
    }
}
