//! `catalog_`: entries and versions, told from the records of their acts.

use crate::{
    context::Context,
    failure::Failure,
    page::{List, page},
};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_index::{
    RecordList, RecordRow,
    keys::{self, Members},
};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    catalog::{EntryReturned, EntrySubmitted},
    ids::{EntryId, RecordNumber, Version},
    records::RecordKind,
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    catalog::{
        CatalogServer, Entry, EntryFilter, EntryRef, EntrySummary, EntryVersion, VERSIONS_MAX, VersionContent,
        VersionState,
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// The namespace.
pub struct Catalog(pub Arc<Context>);

#[async_trait]
impl CatalogServer for Catalog {
    async fn entry(&self, entry: EntryRef) -> RpcResult<Option<Entry>> {
        self.0
            .run(move |context| {
                let Some(id) = entry_id(context, &entry)? else { return Ok(None) };
                let Some(course) = Course::of(context, id)? else { return Ok(None) };
                course.entry(context).map(Some)
            })
            .await
    }

    async fn content(&self, entry: EntryRef, version: Option<Version>) -> RpcResult<Option<VersionContent>> {
        self.0
            .run(move |context| {
                let Some(id) = entry_id(context, &entry)? else { return Ok(None) };
                let Some(course) = Course::of(context, id)? else { return Ok(None) };
                let Some(steps) = course.steps(version.unwrap_or_else(|| course.shown())) else { return Ok(None) };
                let submitted = submission(context, steps.submitted)?;
                let version = course.version(context, steps, &submitted)?;
                Ok(Some(VersionContent { id, version, content: submitted.content }))
            })
            .await
    }

    async fn entries(
        &self,
        filter: Option<EntryFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<EntrySummary>> {
        self.0.run(move |context| entries(context, &filter.unwrap_or_default(), cursor.as_ref(), limit)).await
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
    filter: &EntryFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<EntrySummary>, Failure> {
    let code_prefix = filter.code_prefix.as_ref().map_or("", |code| code.as_str());
    let list = match filter.provider {
        Some(provider) => List::ascending(Members::EntriesOfProvider(provider).prefix(), 4),
        None => List { prefix: keys::code(code_prefix), is_newest_first: false, suffix_bytes: None },
    };
    let id_of = |row: &IndexRow| match filter.provider {
        Some(_) => Members::read(row).map(EntryId::new),
        None => keys::read_code(row).map(|(_, id)| id),
    };
    page(context, &list, cursor, limit, |row| {
        let course = Course::of(context, id_of(row)?)?.ok_or(Failure::Damaged { what: "the acts on an entry" })?;
        if filter.state.is_some_and(|state| state != course.state()) {
            return Ok(None);
        }
        let summary = course.summary(context)?;
        Ok(summary.code.as_str().starts_with(code_prefix).then_some(summary))
    })
}

/// What happened to one version.
#[derive(Clone, Debug)]
struct Steps {
    version: Version,
    submitted: RecordNumber,
    endorsed: Option<RecordNumber>,
    reviewed: Option<RecordNumber>,
    published: Option<RecordNumber>,
    returned: Option<RecordNumber>,
    changed: mulu_proofs::ids::Moment,
}

/// How an entry went so far.
struct Course {
    id: EntryId,
    versions: BTreeMap<Version, Steps>,
    in_force: Option<Version>,
}

impl Course {
    /// Of an entry; none if nobody ever submitted it.
    fn of(context: &Context, id: EntryId) -> Result<Option<Self>, Failure> {
        let mut course = Self { id, versions: BTreeMap::new(), in_force: None };
        for act in context.acts(RecordList::Entry(id))? {
            course.add(&act);
        }
        Ok((!course.versions.is_empty()).then_some(course))
    }

    fn add(&mut self, act: &RecordRow) {
        let Some(version) = act.version else { return };
        if act.kind == RecordKind::EntrySubmitted {
            let steps = Steps {
                version,
                submitted: act.number,
                endorsed: None,
                reviewed: None,
                published: None,
                returned: None,
                changed: act.moment,
            };
            self.versions.insert(version, steps);
        }
        let Some(steps) = self.versions.get_mut(&version) else { return };
        steps.changed = act.moment;
        match act.kind {
            RecordKind::EntryEndorsed => steps.endorsed = Some(act.number),
            RecordKind::EntryReviewed => steps.reviewed = Some(act.number),
            RecordKind::EntryReturned => steps.returned = Some(act.number),
            RecordKind::EntryPublished => {
                steps.published = Some(act.number);
                self.in_force = Some(version);
            }
            _ => {}
        }
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
        })
    }

    /// Submission of the shown version.
    fn shown_submission(&self, context: &Context) -> Result<EntrySubmitted, Failure> {
        let steps = self.steps(self.shown()).ok_or(Failure::Damaged { what: "the acts on an entry" })?;
        submission(context, steps.submitted)
    }

    fn entry(&self, context: &Context) -> Result<Entry, Failure> {
        let shown = self.shown_submission(context)?;
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
            versions,
        })
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
        })
    }
}

fn submission(context: &Context, number: RecordNumber) -> Result<EntrySubmitted, Failure> {
    context.indexed(number)?.body()
}
