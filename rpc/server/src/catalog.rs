//! `catalog_`: entries and versions, told from the records of their acts.

use crate::{
    context::{Context, block_time},
    deadlines::shown,
    failure::Failure,
    page::{List, page},
    visibility::Viewer,
};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_index::{
    RecordList, RecordRow,
    keys::{self, Members},
};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    catalog::{
        ChangeOccurred, EntryContent, EntryReturned, EntryStatus, EntrySubmitted, EntrySuspension, EntryWithdrawn,
        SharingClass, Stop, readiness,
    },
    ids::{EntryId, RecordNumber, Version},
    records::RecordKind,
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    catalog::{
        CatalogServer, Entry, EntryFilter, EntryRef, EntryStanding, EntrySummary, EntryVersion, OpenChange,
        VERSIONS_MAX, VersionContent, VersionState,
    },
    deadlines::Deadline,
    search::{SearchAnswer, SearchQuery},
};
use mulu_runtime::{
    Elements, Runtime, deadlines, pallet_calendar,
    pallet_catalog::{OpenChanges, Stopped},
    pallet_departments::SystemByCode,
};
use mulu_search::{Extent, Now};
use std::{collections::BTreeMap, sync::Arc};

/// The namespace.
pub struct Catalog(pub Arc<Context>);

#[async_trait]
impl CatalogServer for Catalog {
    async fn entry(&self, extensions: &Extensions, entry: EntryRef) -> RpcResult<Option<Entry>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let Some(id) = entry_id(context, &entry)? else { return Ok(None) };
                let Some(course) = Course::seen(context, viewer, id)? else { return Ok(None) };
                course.entry(context).map(Some)
            })
            .await
    }

    async fn content(
        &self,
        extensions: &Extensions,
        entry: EntryRef,
        version: Option<Version>,
    ) -> RpcResult<Option<VersionContent>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let Some(id) = entry_id(context, &entry)? else { return Ok(None) };
                let Some(course) = Course::seen(context, viewer, id)? else { return Ok(None) };
                let Some(steps) = course.steps(version.unwrap_or_else(|| course.shown())) else { return Ok(None) };
                let submitted = submission(context, steps.submitted)?;
                let version = course.version(context, steps, &submitted)?;
                Ok(Some(VersionContent { id, version, content: submitted.content }))
            })
            .await
    }

    async fn entries(
        &self,
        extensions: &Extensions,
        filter: Option<EntryFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<EntrySummary>> {
        let filter = filter.unwrap_or_default();
        self.0
            .run_for(extensions, move |context, viewer| entries(context, viewer, &filter, cursor.as_ref(), limit))
            .await
    }

    async fn search(
        &self,
        extensions: &Extensions,
        query: SearchQuery,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<SearchAnswer> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let read = || (block_time(), pallet_calendar::CurrentCalendar::<Runtime>::get());
                let (moment, calendar) = context.parts.executor.query(&context.head(), read)?;
                let now = Now { moment, today: calendar.local_day(moment) };
                // What cannot be read of a department is not seen: its drafts are left out.
                let drafts = |entry, provider| viewer.sees_drafts_of(entry, provider).unwrap_or(false);
                let extent = match (viewer.sees_everything(), viewer.sees_open_alone()) {
                    (true, _) => Extent::Everything,
                    (_, true) => Extent::Open,
                    _ => Extent::Published(&drafts),
                };
                Ok(context.parts.search.find_within(&query, cursor.as_ref(), limit, now, extent)?)
            })
            .await
    }
}

/// The id that an entry is asked for by.
pub fn entry_id(context: &Context, entry: &EntryRef) -> Result<Option<EntryId>, Failure> {
    match entry {
        EntryRef::Id(id) => Ok(Some(*id)),
        EntryRef::Code(code) => {
            let row = context.parts.store.index_get(&keys::code(code.as_str()))?;
            const DAMAGED: Failure = Failure::Damaged { what: "a resource code of the index" };
            row.map(|row| keys::read_entry(&row).ok_or(DAMAGED)).transpose()
        }
    }
}

fn entries(
    context: &Context,
    viewer: &Viewer<'_>,
    filter: &EntryFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<EntrySummary>, Failure> {
    let code_prefix = filter.code_prefix.as_ref().map_or("", |code| code.as_str());
    let list = match filter.provider {
        Some(provider) => List::ascending(Members::EntriesOfProvider(provider).prefix(), 4),
        None => List::entries_by_code(code_prefix),
    };
    let id_of = |row: &IndexRow| match filter.provider {
        Some(_) => Members::read(row).map(EntryId::new),
        None => keys::read_code(row).map(|(_, id)| id),
    };
    page(context, &list, cursor, limit, |row| {
        let Some(course) = Course::seen(context, viewer, id_of(row)?)? else { return Ok(None) };
        if filter.state.is_some_and(|state| state != course.state()) {
            return Ok(None);
        }
        let summary = course.summary(context)?;
        Ok(summary.code.as_str().starts_with(code_prefix).then_some(summary))
    })
}

/// What happened to one version.
#[derive(Clone, Copy, Debug)]
struct Steps {
    version: Version,
    submitted: RecordNumber,
    endorsed: Option<RecordNumber>,
    reviewed: Option<RecordNumber>,
    published: Option<RecordNumber>,
    returned: Option<RecordNumber>,
    changed: mulu_proofs::ids::Moment,
}

impl Steps {
    const fn submitted(version: Version, act: &RecordRow) -> Self {
        Self {
            version,
            submitted: act.number,
            endorsed: None,
            reviewed: None,
            published: None,
            returned: None,
            changed: act.moment,
        }
    }
}

/// How an entry went so far.
struct Course {
    id: EntryId,
    versions: BTreeMap<Version, Steps>,
    in_force: Option<Version>,
    /// The last act that gave it a status.
    standing: Option<RecordRow>,
    /// The last report of a change.
    change: Option<RecordNumber>,
    /// Whether what was said of its status is told with it.
    tells_reasons: bool,
}

impl Course {
    /// Of an entry; none if nobody ever submitted it.
    fn of(context: &Context, id: EntryId) -> Result<Option<Self>, Failure> {
        let mut course =
            Self { id, versions: BTreeMap::new(), in_force: None, standing: None, change: None, tells_reasons: true };
        for act in context.acts(RecordList::Entry(id))? {
            course.add(&act);
        }
        Ok((!course.versions.is_empty()).then_some(course))
    }

    /// Of an entry, what a caller may know of it; none if that is nothing. Versions that never were in force, and what is asked of the
    /// provider, are the provider's affair. Who is not signed in sees the version in force, if it is open to all without conditions.
    fn seen(context: &Context, viewer: &Viewer<'_>, id: EntryId) -> Result<Option<Self>, Failure> {
        let Some(mut course) = Self::of(context, id)? else { return Ok(None) };
        if viewer.sees_drafts(id)? {
            return Ok(Some(course));
        }
        course.change = None;
        course.versions.retain(|_, steps| steps.published.is_some());
        if course.versions.is_empty() || !viewer.sees_open_alone() {
            return Ok((!course.versions.is_empty()).then_some(course));
        }
        let in_force = course.in_force;
        course.versions.retain(|version, _| Some(*version) == in_force);
        course.tells_reasons = false;
        let is_in_use = course.standing.is_some_and(|act| status_of(act.kind) == Some(EntryStatus::Published));
        let is_open = course.shown_submission(context)?.content.opening.class == SharingClass::Unconditional;
        Ok((is_in_use && is_open).then_some(course))
    }

    fn add(&mut self, act: &RecordRow) {
        let Some(version) = act.version else { return };
        match act.kind {
            RecordKind::EntrySuspended | RecordKind::EntryResumed | RecordKind::EntryWithdrawn => {
                self.standing = Some(*act);
            }
            RecordKind::ChangeOccurred => self.change = Some(act.number),
            RecordKind::EntrySubmitted => {
                self.versions.insert(version, Steps::submitted(version, act));
            }
            _ => self.add_step(version, act),
        }
    }

    /// What happened to a version behind its submission.
    fn add_step(&mut self, version: Version, act: &RecordRow) {
        let Some(steps) = self.versions.get_mut(&version) else { return };
        let step = match act.kind {
            RecordKind::EntryEndorsed => &mut steps.endorsed,
            RecordKind::EntryReviewed => &mut steps.reviewed,
            RecordKind::EntryReturned => &mut steps.returned,
            RecordKind::EntryPublished => {
                self.in_force = Some(version);
                // Of later ones the status is what it was: also a suspended entry is revised.
                self.standing.get_or_insert(*act);
                &mut steps.published
            }
            _ => return,
        };
        *step = Some(act.number);
        steps.changed = act.moment;
    }

    fn latest(&self) -> Version {
        self.versions.last_key_value().map_or_else(Version::default, |(version, _)| *version)
    }

    /// The version that is shown where none is named.
    fn shown(&self) -> Version {
        self.in_force.unwrap_or_else(|| self.latest())
    }

    fn steps(&self, version: Version) -> Option<&Steps> {
        self.versions.get(&version)
    }

    /// How far the latest version has come.
    fn state(&self) -> VersionState {
        self.steps(self.latest()).map_or(VersionState::Submitted, |steps| self.state_of(steps))
    }

    fn state_of(&self, steps: &Steps) -> VersionState {
        match steps {
            Steps { published: Some(_), version, .. } if Some(*version) == self.in_force => VersionState::Published,
            Steps { published: Some(_), .. } => VersionState::Superseded,
            Steps { returned: Some(_), .. } => VersionState::Returned,
            Steps { reviewed: Some(_), .. } => VersionState::Reviewed,
            Steps { endorsed: Some(_), .. } => VersionState::Endorsed,
            _ => VersionState::Submitted,
        }
    }

    fn version(&self, context: &Context, steps: &Steps, submitted: &EntrySubmitted) -> Result<EntryVersion, Failure> {
        let returned = match steps.returned {
            None => None,
            Some(number) => {
                let body: EntryReturned = context.indexed(number)?.body()?;
                Some((number, body.reason.to_string()))
            }
        };
        Ok(EntryVersion {
            version: steps.version,
            state: self.state_of(steps),
            digest: Hex32(submitted.content.digest()),
            changed: steps.changed,
            submitted: steps.submitted,
            endorsed: steps.endorsed,
            reviewed: steps.reviewed,
            published: steps.published,
            returned,
            stops: self.stops_of(context, steps)?,
        })
    }

    /// Of a version that never was published nothing can stop.
    fn stops_of(&self, context: &Context, steps: &Steps) -> Result<Vec<Stop>, Failure> {
        if steps.published.is_none() {
            return Ok(Vec::new());
        }
        let read = || Stopped::<Runtime>::get(self.id, steps.version).into_inner();
        Ok(context.parts.executor.query(&context.head(), read)?)
    }

    /// Submission of the shown version.
    fn shown_submission(&self, context: &Context) -> Result<EntrySubmitted, Failure> {
        let steps = self.steps(self.shown()).ok_or(Failure::Damaged { what: "the acts on an entry" })?;
        submission(context, steps.submitted)
    }

    /// The change that waits for its update, as the state and the record of its report tell it.
    fn open_change(&self, context: &Context, open: Option<Waiting>) -> Result<Option<OpenChange>, Failure> {
        let (Some(Waiting { deadline, extension_asked }), Some(record)) = (open, self.change) else { return Ok(None) };
        let ChangeOccurred { on, basis, .. } = context.indexed(record)?.body()?;
        Ok(Some(OpenChange { on, basis: basis.to_string(), record, deadline, extension_asked }))
    }

    fn entry(&self, context: &Context) -> Result<Entry, Failure> {
        let shown = self.shown_submission(context)?;
        let read = || (readiness(&shown.content, is_certified(&shown.content)), waiting(self.id));
        let (readiness, open) = context.parts.executor.query(&context.head(), read)?;
        let mut versions = Vec::new();
        let older = self.versions.len().saturating_sub(VERSIONS_MAX);
        for steps in self.versions.values().skip(older) {
            versions.push(self.version(context, steps, &submission(context, steps.submitted)?)?);
        }
        let content = shown.content;
        Ok(Entry {
            id: self.id,
            code: content.code,
            name: content.name.to_string(),
            provider: content.provider,
            published: self.in_force,
            standing: self.told_standing(context)?,
            readiness,
            change: self.open_change(context, open)?,
            versions,
        })
    }

    fn told_standing(&self, context: &Context) -> Result<Option<EntryStanding>, Failure> {
        let Some(act) = &self.standing else { return Ok(None) };
        let told = standing(context, act)?;
        Ok(Some(EntryStanding { reason: told.reason.filter(|_| self.tells_reasons), ..told }))
    }

    fn summary(&self, context: &Context) -> Result<EntrySummary, Failure> {
        let shown = self.shown_submission(context)?;
        Ok(EntrySummary {
            id: self.id,
            code: shown.content.code,
            name: shown.content.name.to_string(),
            provider: shown.content.provider,
            version: shown.version,
            state: self.state(),
            published: self.in_force,
            status: self.standing.as_ref().and_then(|act| status_of(act.kind)),
        })
    }
}

fn submission(context: &Context, number: RecordNumber) -> Result<EntrySubmitted, Failure> {
    context.indexed(number)?.body()
}

/// The status that an act gave its entry, if it is one that does.
const fn status_of(kind: RecordKind) -> Option<EntryStatus> {
    Some(match kind {
        RecordKind::EntryPublished | RecordKind::EntryResumed => EntryStatus::Published,
        RecordKind::EntrySuspended => EntryStatus::Suspended,
        RecordKind::EntryWithdrawn => EntryStatus::Withdrawn,
        _ => return None,
    })
}

/// The status since an act, and what its record says about that.
fn standing(context: &Context, act: &RecordRow) -> Result<EntryStanding, Failure> {
    let status = status_of(act.kind).ok_or(Failure::Damaged { what: "the acts on an entry" })?;
    let found = context.indexed(act.number)?;
    let reason = match act.kind {
        RecordKind::EntrySuspended | RecordKind::EntryResumed => Some(found.body::<EntrySuspension>()?.reason),
        RecordKind::EntryWithdrawn => Some(found.body::<EntryWithdrawn>()?.reason),
        _ => None,
    };
    Ok(EntryStanding {
        status,
        since: act.moment,
        record: act.number,
        department: found.record.department,
        reason: reason.map(|reason| reason.to_string()),
    })
}

/// The clock of an open change.
struct Waiting {
    deadline: Deadline,
    extension_asked: Option<u16>,
}

/// Whether the update of an entry is waited for; only inside a query of the executor.
fn waiting(entry: EntryId) -> Option<Waiting> {
    let open = OpenChanges::<Runtime>::get(entry)?;
    let deadline = shown(deadlines::deadline(open.deadline)?);
    Some(Waiting { deadline, extension_asked: open.asked.map(|asked| asked.working_days) })
}

/// Whether the authority has certified the source system that a content names; only inside a query of the executor.
fn is_certified(content: &EntryContent) -> bool {
    let system = SystemByCode::<Runtime>::get((content.provider, content.responsibility.source.clone()));
    system.is_some_and(Elements::is_certified)
}
