//! Published entries of the ledger, as catalogs of other systems show them.

use crate::error::CatalogError;
use mulu_client::{ClientError, checked, connection::Connection};
use mulu_proofs::{
    catalog::{EntryContent, EntryStatus, SharingClass},
    ids::{DepartmentId, Digest32, EntryId, Version},
};
use mulu_rpc_api::{
    Cursor,
    catalog::{CatalogClient, EntryFilter, EntryRef, EntrySummary},
    departments::{DepartmentRef, DepartmentsClient},
};
use std::collections::BTreeMap;

/// Rows of one page.
const ROWS: u32 = 500;

/// Who provides an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Department.
    pub id: DepartmentId,
    /// Its name.
    pub name: String,
    /// Its credit code.
    pub credit_code: String,
}

/// The version of an entry that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Entry.
    pub id: EntryId,
    /// Version.
    pub version: Version,
    /// Digest of the content, recomputed here.
    pub digest: Digest32,
    /// Content.
    pub content: EntryContent,
    /// Who provides it.
    pub provider: Provider,
}

/// Which entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Of this department alone.
    pub provider: Option<DepartmentId>,
    /// The whole sharing catalog, for departments. Else only what is open to the public without condition.
    pub to_departments: bool,
}

impl Shown {
    /// Whether an entry is shown.
    pub fn shows(&self, content: &EntryContent) -> bool {
        self.to_departments || content.opening.class == SharingClass::Unconditional
    }
}

/// Goes through the published entries, page by page.
pub struct Entries<'a> {
    connection: &'a Connection,
    shown: Shown,
    cursor: Option<Cursor>,
    is_done: bool,
    providers: BTreeMap<DepartmentId, Provider>,
}

/// A page of entries.
#[derive(Debug, Default)]
pub struct EntriesPage {
    /// What is shown.
    pub published: Vec<Published>,
    /// Codes of entries that were shown once and are not any more: suspended, withdrawn, or no longer open.
    pub ended: Vec<mulu_proofs::catalog::ResourceCode>,
}

impl<'a> Entries<'a> {
    /// Begins.
    pub const fn of(connection: &'a Connection, shown: Shown) -> Self {
        Self { connection, shown, cursor: None, is_done: false, providers: BTreeMap::new() }
    }

    /// The next page; none at the end.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer, or shows a content that is not what its digest says.
    pub async fn next_page(&mut self) -> Result<Option<EntriesPage>, CatalogError> {
        if self.is_done {
            return Ok(None);
        }
        let filter = EntryFilter { provider: self.shown.provider, state: None, code_prefix: None };
        let cursor = self.cursor.take();
        let page = self.connection.entries(Some(filter), cursor, Some(ROWS)).await.map_err(ClientError::from)?;
        self.is_done = page.next.is_none();
        self.cursor = page.next;
        let mut shown = EntriesPage::default();
        for row in page.rows {
            match self.published(&row).await? {
                Some(published) => shown.published.push(published),
                None if row.published.is_some() => shown.ended.push(row.code),
                None => {}
            }
        }
        Ok(Some(shown))
    }

    async fn published(&mut self, row: &EntrySummary) -> Result<Option<Published>, CatalogError> {
        let (Some(version), Some(EntryStatus::Published)) = (row.published, row.status) else { return Ok(None) };
        let found = checked::entry(self.connection, EntryRef::Id(row.id), Some(version)).await?;
        if !self.shown.shows(&found.content) {
            return Ok(None);
        }
        let provider = self.provider(found.content.provider).await?;
        let digest = found.content.digest();
        Ok(Some(Published { id: row.id, version, digest, content: found.content, provider }))
    }

    async fn provider(&mut self, id: DepartmentId) -> Result<Provider, CatalogError> {
        if let Some(known) = self.providers.get(&id) {
            return Ok(known.clone());
        }
        let found = self.connection.department(DepartmentRef::Id(id)).await.map_err(ClientError::from)?;
        let found = found.ok_or_else(|| ClientError::NotFound { what: format!("department {id}") })?;
        let provider =
            Provider { id, name: found.info.name.to_string(), credit_code: found.info.credit_code.as_str().to_owned() };
        self.providers.insert(id, provider.clone());
        Ok(provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::content;

    #[test]
    fn the_public_sees_what_is_open_without_condition() {
        let public = Shown::default();
        let departments = Shown { to_departments: true, ..Shown::default() };
        let mut entry = content();
        assert_eq!((public.shows(&entry), departments.shows(&entry)), (false, true));
        entry.opening.class = SharingClass::Unconditional;
        assert!(public.shows(&entry));
        entry.opening.class = SharingClass::NotShared;
        assert!(!public.shows(&entry));
    }
}
