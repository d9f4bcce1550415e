//! What would run beside the sources: where senders connect, sinks, catalogs; and whether the secrets of callers can be read.

use super::{Report, Said};
use crate::{
    catalog::CatalogConfig,
    config::Config,
    http::{HttpConfig, auth::Gate, body::Room},
    sink::SinkConfig,
    spool::told,
};
use serde::Serialize;

/// A part of the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartSeen {
    /// Its table in the configuration, as `sink.platform`.
    pub at: String,
    /// Its kind, or where it listens.
    pub kind: String,
}

pub(super) fn check(config: &Config, report: &mut Report) {
    let mut part = |at: String, kind: &str| report.parts.push(PartSeen { at, kind: kind.to_owned() });
    if let Some(http) = &config.http {
        part("http".to_owned(), &http.listen.to_string());
    }
    for (name, sink) in &config.sink {
        part(format!("sink.{name}"), of_sink(sink));
    }
    for (name, catalog) in &config.catalog {
        part(format!("catalog.{name}"), of_catalog(catalog));
    }
    for name in config.mount.keys() {
        part(format!("mount.{name}"), "schema");
    }
    if let Some(http) = &config.http {
        secrets(http, report);
    }
    for (name, sink) in &config.sink {
        if let Err(why) = sink.try_secrets() {
            report.mistake(&format!("sink.{name}"), Said::new(Said::OF_ANOTHER, &[&why]));
        }
    }
}

/// Secrets of callers and certificates, read as they would be at the start.
fn secrets(http: &HttpConfig, report: &mut Report) {
    if let Err(error) = Gate::new(&http.caller, Room::default()) {
        report.mistake("http.caller", Said::new(Said::OF_ANOTHER, &[&told(&error)]));
    }
    if let Some(Err(error)) = http.tls.as_ref().map(|tls| tls.server()) {
        report.mistake("http.tls", Said::new(Said::OF_ANOTHER, &[&told(&error)]));
    }
}

const fn of_sink(sink: &SinkConfig) -> &'static str {
    if sink.webhook.is_some() { "webhook" } else { "outbox" }
}

const fn of_catalog(catalog: &CatalogConfig) -> &'static str {
    match catalog {
        CatalogConfig { ckan: Some(_), .. } => "ckan",
        CatalogConfig { dcat: Some(_), .. } => "dcat",
        CatalogConfig { table: Some(_), .. } => "table",
        CatalogConfig { to_ckan: Some(_), .. } => "to_ckan",
        _ => "to_dcat",
    }
}
