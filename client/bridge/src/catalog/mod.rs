//! Catalogs of the platform, followed as long as the bridge runs: in from CKAN, DCAT-AP and tables, out to CKAN and DCAT-AP, and what is
//! seen of mounted resources.
//!
//! ```text
//! every so often: a round ── after each step its state into the vault ── figures, rejections in the log
//! ```
//!
//! A round that fails is begun again; what it did before is found on the ledger. Nothing here signs for people: cataloguers submit with the
//! keys of `publishers`, the platform reports fingerprints with its own.

mod config;
mod follow;
mod mount;
mod show;

pub use config::{CatalogConfig, CkanConfig, DcatConfig, Every, MountConfig, TableConfig, ToCkanConfig, ToDcatConfig};

use crate::{
    error::BridgeError,
    metrics::Metrics,
    positions::Positions,
    rounds::Rounds,
    stop::{Backoff, Stop},
};
use follow::{Follow, Source};
use mulu_catalogs::CatalogError;
use mulu_client::{
    connection::{ChainIdentity, Connection},
    keys::Key,
};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Pause before a round that failed is begun again; it doubles up to the pause between rounds.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// What a catalog works with.
#[derive(Clone)]
pub struct CatalogParts {
    /// Line to the chain.
    pub connection: Arc<Connection>,
    /// Which chain it is.
    pub chain: ChainIdentity,
    /// The platform's key.
    pub key: Key,
    /// Where harvests stand.
    pub positions: Positions,
    /// Counts.
    pub metrics: Metrics,
    /// Where its rounds are told.
    pub rounds: Rounds,
    /// Name of the catalog or mount in the configuration.
    pub name: String,
    /// Folder that its files are relative to.
    pub folder: PathBuf,
}

/// Follows or shows a catalog until the bridge stops.
///
/// # Errors
/// [`BridgeError::Config`] if a file that the configuration names is wrong, or an address is none.
pub async fn run(config: CatalogConfig, parts: CatalogParts, stop: Stop) -> Result<(), BridgeError> {
    let part = format!("catalog/{}", parts.name);
    let told = (&parts.metrics, &parts.rounds);
    match config.kind(&parts.name)? {
        config::Kind::Ckan(config) => {
            let every = config.every.get();
            let mut follow = Follow::new(&parts, Source::ckan(config, &parts)?, &config.publishers)?;
            repeat(told, &part, every, stop, async || follow.round().await).await
        }
        config::Kind::Dcat(config) => {
            let mut follow = Follow::new(&parts, Source::dcat(config, &parts)?, &config.publishers)?;
            repeat(told, &part, config.every.get(), stop, async || follow.round().await).await
        }
        config::Kind::Table(config) => {
            let mut follow = Follow::new(&parts, Source::table(config, &parts), &config.publishers)?;
            repeat(told, &part, config.every.get(), stop, async || follow.round().await).await
        }
        config::Kind::ToCkan(config) => {
            let portal = show::portal(config, &parts)?;
            repeat(told, &part, config.every.get(), stop, async || show::to_ckan(&portal, config, &parts).await).await
        }
        config::Kind::ToDcat(config) => {
            repeat(told, &part, config.every.get(), stop, async || show::to_dcat(config, &parts).await).await
        }
    }
    Ok(())
}

/// Watches the schema of a mounted resource until the bridge stops.
///
/// # Errors
/// [`BridgeError::Config`] if the configuration describes no resource.
pub async fn watch(config: MountConfig, parts: CatalogParts, stop: Stop) -> Result<(), BridgeError> {
    let resource = mount::Resource::new(&config, &parts)?;
    let part = format!("mount/{}", parts.name);
    let told = (&parts.metrics, &parts.rounds);
    repeat(told, &part, config.every.get(), stop, async || resource.round(&parts).await).await;
    Ok(())
}

/// Rounds, until the bridge stops. One that fails is told and begun again.
async fn repeat(
    (metrics, rounds): (&Metrics, &Rounds),
    part: &str,
    every: Duration,
    stop: Stop,
    mut round: impl AsyncFnMut() -> Result<(), CatalogError>,
) {
    let mut backoff = Backoff::new(RETRY_PAUSE.min(every), every);
    loop {
        rounds.began(part);
        let ended = tokio::select! {
            ended = round() => ended,
            () = stop.requested() => return,
        };
        let did_its_work = ended.is_ok();
        let pause = match ended {
            Ok(()) => {
                metrics.trouble(part, None);
                backoff.worked();
                every
            }
            Err(error) => {
                let why = crate::spool::told(&error);
                if metrics.trouble(part, Some(&why)) {
                    tracing::warn!(part, why, "the round failed and is begun again");
                }
                // What nobody mends by waiting is looked at again at the usual time.
                if error.is_passing() { backoff.pause() } else { every }
            }
        };
        rounds.ended(part, did_its_work, pause);
        if stop.comes_within(pause).await {
            return;
        }
    }
}

/// A mistake in the configuration of a catalog or mount.
fn mistake(section: &str, parts: &CatalogParts, error: &CatalogError) -> BridgeError {
    BridgeError::config(format!("{section}.{}", parts.name), crate::spool::told(error))
}

#[cfg(test)]
mod tests;
