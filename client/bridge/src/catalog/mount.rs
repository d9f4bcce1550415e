//! The schema of a mounted resource, as the platform sees it now.

use super::{CatalogParts, MountConfig, config, mistake};
use crate::error::BridgeError;
use mulu_catalogs::{
    CatalogError,
    document::{self, Document},
    schema::{
        fingerprint::{self, Kind, SCHEMA_BYTES_MAX},
        report::{self, Reported},
    },
};
use mulu_client::submit::Submitter;

/// What is watched.
pub(super) struct Resource {
    config: MountConfig,
    document: Document,
}

impl Resource {
    pub(super) fn new(config: &MountConfig, parts: &CatalogParts) -> Result<Self, BridgeError> {
        let at = format!("mount.{}", parts.name);
        if (config.kind == Kind::Openapi) != config.operation.is_some() {
            return Err(BridgeError::config(
                at,
                "an openapi description takes an operation, as GET /persons/{id}; nothing else does",
            ));
        }
        let document = match config::place(&at, config.url.as_deref(), config.file.as_deref())? {
            config::Place::File(file) => Document::File(parts.folder.join(file)),
            config::Place::Url(url) => {
                let web = config::web(&at, &parts.folder, config.token_file.as_deref(), config.token_env.as_deref())?;
                let url =
                    web.address("the resource's address", url).map_err(|error| mistake("mount", parts, &error))?;
                Document::Web(Box::new(web), url)
            }
        };
        Ok(Self { config: config.clone(), document })
    }

    pub(super) async fn round(&self, parts: &CatalogParts) -> Result<(), CatalogError> {
        let bytes = match &self.document {
            // Of a data file only the header is read, however long it is.
            Document::File(path) if self.config.kind == Kind::Csv => document::beginning(path, SCHEMA_BYTES_MAX)?,
            document => document.read().await?,
        };
        let seen = fingerprint::fingerprint(self.config.kind, &bytes, self.config.operation.as_deref())?;
        let submitter = Submitter::new(&parts.connection, &parts.chain.genesis).await?;
        let MountConfig { entry, method, .. } = &self.config;
        let reported = report::report(&parts.connection, &submitter, &parts.key, entry.clone(), *method, &seen).await?;
        let outcome = match &reported {
            Reported::OnRecord { is_mismatch: false } => "matches",
            Reported::OnRecord { is_mismatch: true } => "mismatch_on_record",
            Reported::Mismatch => "mismatch",
            Reported::Resolved => "resolved",
            Reported::NotMounted => "not_mounted",
            Reported::Rejected(_) => "rejected",
        };
        parts.metrics.harvested(&parts.name, outcome, 1);
        match reported {
            Reported::Mismatch | Reported::Resolved => {
                tracing::info!(
                    mount = parts.name,
                    outcome,
                    "the schema of the resource is another one; the ledger knows"
                );
            }
            Reported::Rejected(rejection) => {
                return Err(CatalogError::form(format!("the report on mount {}", parts.name), rejection.detail));
            }
            _ => {}
        }
        Ok(())
    }
}
