//! A catalog that is followed: round by round onto the ledger.

use super::{CatalogParts, CkanConfig, DcatConfig, TableConfig, config, mistake};
use crate::error::BridgeError;
use mulu_catalogs::{
    CatalogError, Rejection,
    ckan::portal::Portal,
    dataset::Read,
    dcat,
    document::{self, Document},
    harvest::{Harvest, Harvested, Round, State},
    landing::Landing,
    table,
};
use mulu_client::{import::catalog::Publishers, submit::Submitter};
use mulu_proofs::{
    hash::{self, DigestKind},
    ids::Digest32,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// What is followed.
pub(super) enum Source {
    Ckan { portal: Box<Portal>, reconcile: Duration },
    Dcat(Document),
    Table { entries: PathBuf, items: Option<PathBuf> },
}

impl Source {
    pub(super) fn ckan(config: &CkanConfig, parts: &CatalogParts) -> Result<Self, BridgeError> {
        let at = format!("catalog.{}.ckan", parts.name);
        let web = config::web(&at, &parts.folder, config.token_file.as_deref(), config.token_env.as_deref())?;
        let portal = Portal::new(web, &config.url).map_err(|error| mistake("catalog", parts, &error))?;
        Ok(Self::Ckan { portal: Box::new(portal), reconcile: config.reconcile.get() })
    }

    pub(super) fn dcat(config: &DcatConfig, parts: &CatalogParts) -> Result<Self, BridgeError> {
        let at = format!("catalog.{}.dcat", parts.name);
        let document = match config::place(&at, config.url.as_deref(), config.file.as_deref())? {
            config::Place::File(file) => Document::File(parts.folder.join(file)),
            config::Place::Url(url) => {
                let web = config::web(&at, &parts.folder, config.token_file.as_deref(), config.token_env.as_deref())?;
                let url =
                    web.address("the catalog's address", url).map_err(|error| mistake("catalog", parts, &error))?;
                Document::Web(Box::new(web), url)
            }
        };
        Ok(Self::Dcat(document))
    }

    pub(super) fn table(config: &TableConfig, parts: &CatalogParts) -> Self {
        let items = config.items.as_ref().map(|items| parts.folder.join(items));
        Self::Table { entries: parts.folder.join(&config.entries), items }
    }
}

/// Follows one source.
pub(super) struct Follow<'p> {
    parts: &'p CatalogParts,
    source: Source,
    publishers: Publishers,
    /// The state and its bytes as they are in the vault, once they were read.
    kept: Option<(State, Vec<u8>)>,
    /// Digest of the document that was read last.
    document: Option<Digest32>,
}

impl<'p> Follow<'p> {
    pub(super) fn new(parts: &'p CatalogParts, source: Source, publishers: &Path) -> Result<Self, BridgeError> {
        let publishers = Publishers::read(&parts.folder.join(publishers))?;
        Ok(Self { parts, source, publishers, kept: None, document: None })
    }

    /// One round.
    pub(super) async fn round(&mut self) -> Result<(), CatalogError> {
        let (mut state, mut bytes) = match self.kept.take() {
            Some(kept) => kept,
            None => self.read_state().await?,
        };
        let done = self.follow(&mut state, &mut bytes).await;
        // Of a round that failed, what was kept counts.
        if done.is_ok() {
            self.kept = Some((state, bytes));
        }
        done
    }

    async fn follow(&mut self, state: &mut State, kept: &mut Vec<u8>) -> Result<(), CatalogError> {
        let parts = self.parts;
        let submitter = Submitter::new(&parts.connection, &parts.chain.genesis).await?;
        let landing = Landing::new(&parts.connection, &submitter, &self.publishers);
        let harvest = Harvest::new(&parts.name, landing, &self.publishers);
        let publication = |organization: &str| self.publishers.publication_of(organization);
        let (datasets, digest): (Vec<Read>, Digest32) = match &self.source {
            Source::Ckan { portal, reconcile } => return self.portal(portal, *reconcile, &harvest, state, kept).await,
            Source::Dcat(document) => {
                let bytes = document.read().await?;
                (dcat::read::read(&bytes, publication)?, digest(&[&bytes]))
            }
            Source::Table { entries, items } => {
                let read = |path: &Path| document::file(path, table::file::TABLE_BYTES_MAX);
                let entries_bytes = read(entries)?;
                let items_bytes = items.as_deref().map(read).transpose()?.unwrap_or_default();
                let is_json = entries.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
                let rows = match is_json {
                    true => table::read::json(&entries_bytes, publication)?,
                    false => table::read::csv(&entries_bytes, &items_bytes, publication)?,
                };
                let datasets = rows.into_iter().map(|row| row.mapped.map_err(|rejection| (row.code, rejection)));
                (datasets.collect(), digest(&[&entries_bytes, &items_bytes]))
            }
        };
        // The same document again, of which everything has landed.
        if self.document == Some(digest) && state.waiting() == 0 {
            return Ok(());
        }
        self.told(&harvest.document(state, datasets).await?);
        self.keep(state, kept).await?;
        self.document = Some(digest);
        Ok(())
    }

    async fn portal(
        &self,
        portal: &Portal,
        reconcile: Duration,
        harvest: &Harvest<'_>,
        state: &mut State,
        kept: &mut Vec<u8>,
    ) -> Result<(), CatalogError> {
        let mut round = Round::begin(state);
        while let Some(harvested) = harvest.step(portal, state, &mut round).await? {
            self.told(&harvested);
            self.keep(state, kept).await?;
        }
        let now = crate::clock::now().get() / 1_000;
        if state.is_due(now, reconcile.as_secs()) {
            self.told(&harvest.reconcile(portal, state, now).await?);
            self.keep(state, kept).await?;
        }
        Ok(())
    }

    fn position(&self) -> String {
        format!("catalog/{}", self.parts.name)
    }

    async fn read_state(&self) -> Result<(State, Vec<u8>), CatalogError> {
        let kept = self.parts.positions.get(&self.position()).await.map_err(|error| vaults(&error))?;
        match kept {
            Some(bytes) => Ok((State::read(&bytes)?, bytes)),
            None => Ok((State::default(), Vec::new())),
        }
    }

    /// Puts the state down, if it is another one.
    async fn keep(&self, state: &State, kept: &mut Vec<u8>) -> Result<(), CatalogError> {
        let bytes = state.bytes();
        if bytes != *kept {
            self.parts.positions.put(&self.position(), bytes.clone()).await.map_err(|error| vaults(&error))?;
            *kept = bytes;
        }
        Ok(())
    }

    fn told(&self, harvested: &[Harvested]) {
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        for row in harvested {
            *counts.entry(row.outcome.word()).or_default() += 1;
            if let Some(Rejection { reason, detail }) = row.outcome.rejection() {
                tracing::warn!(catalog = self.parts.name, dataset = row.id, reason, detail, "a dataset is rejected");
            }
        }
        for (outcome, count) in &counts {
            self.parts.metrics.harvested(&self.parts.name, outcome, *count);
        }
        if counts.keys().any(|outcome| *outcome != "present") {
            tracing::info!(catalog = self.parts.name, ?counts, "datasets were compared with the ledger");
        }
    }
}

fn digest(parts: &[&[u8]]) -> Digest32 {
    let digests: Vec<u8> = parts.iter().flat_map(|bytes| hash::digest(DigestKind::Document, bytes)).collect();
    hash::digest(DigestKind::Document, &digests)
}

fn vaults(error: &BridgeError) -> CatalogError {
    CatalogError::form("the vault", error.to_string())
}
