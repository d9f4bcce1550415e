//! Published entries, shown elsewhere.

use super::{CatalogParts, ToCkanConfig, ToDcatConfig, config, mistake};
use crate::error::BridgeError;
use mulu_catalogs::{
    CatalogError,
    ckan::{package::Showcase, portal::Portal},
    dcat,
    published::Entries,
};
use mulu_proofs::ids::DepartmentId;
use std::{collections::BTreeMap, fs, io::Write, path::Path};

/// A portal, and the organizations of departments there.
pub(super) struct Target {
    portal: Portal,
    owners: BTreeMap<DepartmentId, String>,
}

pub(super) fn portal(config: &ToCkanConfig, parts: &CatalogParts) -> Result<Target, BridgeError> {
    let at = format!("catalog.{}.to_ckan", parts.name);
    let web = config::web(&at, &parts.folder, config.token_file.as_deref(), config.token_env.as_deref())?;
    let portal = Portal::new(web, &config.url).map_err(|error| mistake("catalog", parts, &error))?;
    let owner = |(id, organization): (&String, &String)| {
        let id = id
            .parse()
            .map_err(|_| BridgeError::config(format!("{at}.owners"), format!("{id:?} is no department's id")))?;
        Ok((DepartmentId::new(id), organization.clone()))
    };
    let owners = config.owners.iter().map(owner).collect::<Result<_, BridgeError>>()?;
    Ok(Target { portal, owners })
}

pub(super) async fn to_ckan(target: &Target, config: &ToCkanConfig, parts: &CatalogParts) -> Result<(), CatalogError> {
    let showcase = Showcase::new(&target.portal, &target.owners);
    let pushed = showcase.show_all(Entries::of(&parts.connection, config.shown())).await?;
    for (outcome, count) in [
        ("created", pushed.created),
        ("changed", pushed.changed),
        ("unchanged", pushed.unchanged),
        ("deleted", pushed.deleted),
        ("without_organization", pushed.without_organization),
    ] {
        if count > 0 {
            parts.metrics.harvested(&parts.name, outcome, count);
        }
    }
    if pushed.created + pushed.changed + pushed.deleted > 0 {
        tracing::info!(catalog = parts.name, ?pushed, "the portal shows the catalog");
    }
    Ok(())
}

pub(super) async fn to_dcat(config: &ToDcatConfig, parts: &CatalogParts) -> Result<(), CatalogError> {
    let mut entries = Entries::of(&parts.connection, config.shown());
    let mut published = Vec::new();
    while let Some(page) = entries.next_page().await? {
        published.extend(page.published);
    }
    let catalog = dcat::write::catalog(&parts.chain.chain_id, &config.title, &published, config.pages.as_deref());
    let path = parts.folder.join(&config.file);
    let text = format!("{catalog:#}\n");
    replace(&path, text.as_bytes()).map_err(|source| CatalogError::Write { path, source })?;
    parts.metrics.harvested(&parts.name, "written", published.len() as u64);
    Ok(())
}

/// Readers see the old catalog or the new one, never half of it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut half = path.as_os_str().to_owned();
    half.push(".part");
    let mut file = fs::File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)
}
