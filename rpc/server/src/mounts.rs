//! `mounts_`: mounts of published entries and the mount rate from the head's state; addresses from the records of the mounts.

use crate::{
    catalog::entry_id,
    context::Context,
    failure::Failure,
    page::{List, page},
};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_index::keys::{self, Members};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    catalog::{EntryStatus, Method, ResourceCode},
    ids::{DepartmentId, EntryId},
    mounts::EntryMounted,
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    catalog::EntryRef,
    mounts::{EntryMounts, Mount, MountFilter, MountRate, MountsServer},
};
use mulu_runtime::{
    Runtime,
    pallet_catalog::{Courses, Entries},
    pallet_departments::Departments,
    pallet_mounts::{Mounted, MountedAt, Rates},
};
use std::sync::Arc;

/// The namespace.
pub struct Mounts(pub Arc<Context>);

#[async_trait]
impl MountsServer for Mounts {
    async fn entry_mounts(&self, entry: EntryRef) -> RpcResult<Option<EntryMounts>> {
        self.0
            .run(move |context| {
                let Some(id) = entry_id(context, &entry)? else { return Ok(None) };
                let Some(found) = published(context, id)? else { return Ok(None) };
                found.with_records(context).map(Some)
            })
            .await
    }

    async fn mounts(
        &self,
        filter: Option<MountFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<EntryMounts>> {
        self.0
            .run(move |context| {
                let filter = filter.unwrap_or_default();
                let list = match filter.provider {
                    Some(provider) => List::ascending(Members::EntriesOfProvider(provider).prefix(), 4),
                    None => List::entries_by_code(""),
                };
                let id_of = |row: &IndexRow| match filter.provider {
                    Some(_) => Members::read(row).map(EntryId::new),
                    None => keys::read_code(row).map(|(_, id)| id),
                };
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let found = published(context, id_of(row)?)?.filter(|found| found.fits(&filter));
                    found.map(|found| found.with_records(context)).transpose()
                })
            })
            .await
    }

    async fn mount_rate(&self, department: DepartmentId) -> RpcResult<Option<MountRate>> {
        self.0
            .run(move |context| {
                let read = || {
                    Departments::<Runtime>::contains_key(department).then(|| {
                        let rate = Rates::<Runtime>::get(department);
                        MountRate { department, published: rate.published, mounted: rate.mounted }
                    })
                };
                Ok(context.parts.executor.query(&context.head(), read)?)
            })
            .await
    }
}

/// A published entry as the state has it.
struct Found {
    entry: EntryId,
    code: ResourceCode,
    provider: DepartmentId,
    mounts: Vec<(Method, Mounted)>,
}

/// The mounts of an entry, if it is published and not withdrawn.
fn published(context: &Context, entry: EntryId) -> Result<Option<Found>, Failure> {
    let read = || {
        let facts = Entries::<Runtime>::get(entry).filter(|facts| facts.published.is_some())?;
        if Courses::<Runtime>::get(entry).now() == EntryStatus::Withdrawn {
            return None;
        }
        let mut mounts: Vec<(Method, Mounted)> = MountedAt::<Runtime>::iter_prefix(entry).collect();
        mounts.sort_by_key(|(method, _)| *method);
        Some(Found { entry, code: facts.code, provider: facts.provider, mounts })
    };
    Ok(context.parts.executor.query(&context.head(), read)?)
}

impl Found {
    fn fits(&self, filter: &MountFilter) -> bool {
        let has = |is_meant: &dyn Fn(&Mounted) -> bool| self.mounts.iter().any(|(_, mount)| is_meant(mount));
        filter.is_mounted.is_none_or(|is_mounted| is_mounted != self.mounts.is_empty())
            && filter.platform.is_none_or(|platform| has(&|mount| mount.platforms.contains(&platform)))
            && (!filter.mismatch || has(&|mount| mount.mismatch.is_some()))
    }

    /// With what only the records of the mounts say.
    fn with_records(self, context: &Context) -> Result<EntryMounts, Failure> {
        let Self { entry, code, provider, mounts } = self;
        let read = |(method, state): (Method, Mounted)| -> Result<Mount, Failure> {
            let found = context.indexed(state.record)?;
            let EntryMounted { mount, version, .. } = found.body()?;
            Ok(Mount {
                method,
                address: mount.address.to_string(),
                fingerprint: Hex32(state.fingerprint),
                platforms: state.platforms.into_inner(),
                version,
                record: state.record,
                since: found.record.moment,
                mismatch: state.mismatch.map(Hex32),
            })
        };
        let mounts = mounts.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(EntryMounts { entry, code, provider, mounts })
    }
}
