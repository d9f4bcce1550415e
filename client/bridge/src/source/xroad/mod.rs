//! X-Road: what a security server's operational monitoring records of calls (docs/integration/x-road.md).
//!
//! ```text
//! security server <── records from a second on, once a minute ──> accept: drafts and the next second in one transaction
//! ```
//!
//! A server tells of a second only when it is a minute old, and says with which to go on; so no record comes twice, and none is missed. Should
//! one come twice all the same, its ids are known.

mod answer;
mod multipart;
mod request;
mod xml;

use crate::{
    error::BridgeError,
    intake::{Delivery, Intake},
    secret,
    source::span,
    stop::{Backoff, Stop},
};
use answer::{ANSWER_BYTES_MAX, Answer, NoAnswer};
use jiff::Timestamp;
use request::{Client, Server};
use reqwest::{Certificate, Identity, Response, Url, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A server that is asked for much works on it for a while.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// A server that stands further back than this has more to tell.
const BEHIND: u64 = 180;

/// `xroad = { … }` of a source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XroadConfig {
    /// Where the security server takes requests of information systems; with `form = "json"`, what answers with records.
    pub url: String,
    /// How it is asked.
    #[serde(default)]
    pub form: Form,
    /// Who asks: `INSTANCE/CLASS/MEMBER/SUBSYSTEM`.
    pub client: Option<String>,
    /// Whose records: `INSTANCE/CLASS/MEMBER/SERVER`.
    pub server: Option<String>,
    /// How often it is asked.
    #[serde(default = "a_minute", deserialize_with = "span::deserialize")]
    pub poll: Duration,
    /// First time that is asked for, as `2026-01-01T00:00:00Z`. Left out: all that the server keeps.
    #[serde(default, deserialize_with = "span::time")]
    pub from: Option<Timestamp>,
    /// Certificate of the server. Left out: the authorities of the machine.
    pub ca_file: Option<PathBuf>,
    /// Certificate of the bridge as an information system, if the server wants one.
    pub certificate_file: Option<PathBuf>,
    /// Its key.
    pub key_file: Option<PathBuf>,
}

/// How a security server is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// As PR-OPMON has it: a SOAP request, a multipart answer.
    #[default]
    Soap,
    /// `GET url?recordsFrom=…&recordsTo=…`, answered with the payload of PR-OPMON and `nextRecordsFrom` beside `records`.
    Json,
}

const fn a_minute() -> Duration {
    Duration::from_secs(60)
}

/// Second that the next question begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    from: u64,
}

impl XroadConfig {
    /// Looks for files beside the configuration.
    pub fn below(&mut self, folder: &Path) {
        for file in [&mut self.ca_file, &mut self.certificate_file, &mut self.key_file] {
            secret::below(folder, file);
        }
    }

    /// Checks what can be checked without a server.
    ///
    /// # Errors
    /// With what is wrong, and the way out.
    pub fn check(&self) -> Result<(), String> {
        Asker::new(self).map(drop)
    }

    fn first(&self) -> Place {
        let seconds = self.from.map_or(0, Timestamp::as_second);
        Place { from: u64::try_from(seconds).unwrap_or(0) }
    }
}

/// Who asks the server.
#[derive(Clone)]
struct Asker {
    http: reqwest::Client,
    url: Url,
    /// With [`Form::Soap`].
    names: Option<(Client, Server)>,
}

impl Asker {
    fn new(config: &XroadConfig) -> Result<Self, String> {
        let url: Url = config.url.parse().map_err(|error| format!("xroad.url: {error}"))?;
        if !["http", "https"].contains(&url.scheme()) || !url.username().is_empty() || url.password().is_some() {
            return Err("xroad.url takes http:// or https://, and no password".to_owned());
        }
        let names = match (config.form, &config.client, &config.server) {
            (Form::Soap, Some(client), Some(server)) => Some((Client::parse(client)?, Server::parse(server)?)),
            (Form::Soap, ..) => return Err("xroad takes client and server: who asks whose security server".to_owned()),
            (Form::Json, None, None) => None,
            (Form::Json, ..) => return Err("xroad.client and xroad.server belong to form = \"soap\"".to_owned()),
        };
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("mulu-bridge");
        if let Some(file) = &config.ca_file {
            let pem = read(file)?;
            let found = Certificate::from_pem_bundle(&pem)
                .map_err(|_| format!("xroad.ca_file: {} holds no certificate", file.display()))?;
            http = http.tls_built_in_root_certs(false);
            for certificate in found {
                http = http.add_root_certificate(certificate);
            }
        }
        http = match (&config.certificate_file, &config.key_file) {
            (Some(certificate), Some(key)) => {
                let pem = zeroize::Zeroizing::new([read(certificate)?, read(key)?].concat());
                http.identity(
                    Identity::from_pem(&pem).map_err(|_| "xroad: certificate_file and key_file are no pair in PEM")?,
                )
            }
            (None, None) => http,
            _ => return Err("xroad.certificate_file and xroad.key_file belong together".to_owned()),
        };
        Ok(Self { http: http.build().map_err(|error| format!("xroad: {error}"))?, url, names })
    }

    /// Asks for the records of some seconds, both included.
    async fn ask(&self, from: u64, to: u64) -> Result<Answer, NoAnswer> {
        let request = match &self.names {
            Some((client, server)) => {
                let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
                let body = request::envelope(client, server, &format!("mulu-bridge-{nanos:x}"), from, to);
                self.http.post(self.url.clone()).header(CONTENT_TYPE, "text/xml; charset=utf-8").body(body)
            }
            None => self.http.get(self.url.clone()).query(&[("recordsFrom", from), ("recordsTo", to)]),
        };
        let response = request.send().await.map_err(|error| failed(&error))?;
        let status = response.status();
        let kind =
            response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        // A fault of SOAP comes with 500, and says more than that.
        let is_fault = self.names.is_some() && kind.starts_with("text/xml");
        if !status.is_success() && !is_fault {
            return Err(NoAnswer::Wrong(format!("the server answered with {status}")));
        }
        let (body, is_soap) = (whole(response).await?, self.names.is_some());
        let read = move || if is_soap { answer::of_soap(&kind, &body) } else { answer::of_json(&body) };
        tokio::task::spawn_blocking(read).await.map_err(|_| NoAnswer::Wrong("reading the answer failed".to_owned()))?
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("xroad: {} cannot be read: {error}", file.display()))
}

/// What went wrong on the way, without the address.
fn failed(error: &reqwest::Error) -> NoAnswer {
    let cause = std::iter::successors(std::error::Error::source(error), |cause| cause.source()).last();
    NoAnswer::Wrong(format!("the server did not answer{}", cause.map(|cause| format!(": {cause}")).unwrap_or_default()))
}

/// A body up to its bound.
async fn whole(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(NoAnswer::Wrong(format!("the answer has more than {ANSWER_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Asks until the bridge stops.
///
/// # Errors
/// [`BridgeError`] for a mistake in the configuration; a server that is away is waited for.
pub async fn run(config: XroadConfig, intake: Intake, stop: Stop) -> Result<(), BridgeError> {
    let source = intake.source().to_owned();
    let wrong = |why| BridgeError::Source { name: source.clone(), why };
    let asker = Asker::new(&config).map_err(wrong)?;
    let mut place = match intake.position().await? {
        Some(kept) => serde_json::from_slice(&kept)
            .map_err(|error| wrong(format!("the position kept for this source is none of X-Road: {error}")))?,
        None => config.first(),
    };
    let part = format!("source/{source}");
    let mut backoff = Backoff::new(PAUSE_MIN, PAUSE_MAX);
    loop {
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or(0);
        let to = now.max(place.from);
        let answer = tokio::select! {
            answer = asker.ask(place.from, to) => answer,
            () = stop.requested() => return Ok(()),
        };
        let wait = match answer {
            Ok(Answer { mut records, next }) => {
                mulu_mapping::place(&mut records, &("xroad", place.from));
                backoff.worked();
                // Never back: a server whose clock was set back tells nothing new until it has caught up.
                let behind = Place { from: next.unwrap_or(to + 1).max(place.from) };
                let position = serde_json::to_vec(&behind).expect("a number is JSON");
                if intake.accept_waiting(Delivery { records, position: Some(position) }, &stop).await.is_none() {
                    return Ok(());
                }
                let is_behind = behind.from > place.from && behind.from + BEHIND < now;
                place = behind;
                if is_behind { Duration::ZERO } else { config.poll }
            }
            Err(NoAnswer::TooEarly) => {
                intake.metrics().trouble(&part, None);
                config.poll
            }
            Err(NoAnswer::Wrong(why)) => {
                if intake.metrics().trouble(&part, Some(&why)) {
                    tracing::warn!(source, why, "X-Road; the bridge goes on trying");
                }
                backoff.pause()
            }
        };
        if stop.comes_within(wait).await {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn config(text: &str) -> XroadConfig {
        toml::from_str(text).unwrap()
    }

    const SOAP: &str = "url = 'http://127.0.0.1:8080/'\nclient = 'EE/GOV/1/Sys'\nserver = 'EE/GOV/1/ss1'\n";

    #[test]
    fn what_is_wrong_is_found_without_a_server() {
        config(SOAP).check().unwrap();
        config("url = 'https://ss/x'\nform = 'json'").check().unwrap();
        for (text, place) in [
            ("url = 'ss1'", "xroad.url"),
            ("url = 'ftp://ss1'", "http://"),
            ("url = 'https://a:b@ss1'", "no password"),
            ("url = 'https://ss1'", "client and server"),
            ("url = 'https://ss1'\nform = 'json'\nclient = 'a/b/c'", "form = \"soap\""),
            ("url = 'https://ss1'\nclient = 'a/b'\nserver = 'a/b/c/d'", "xroad.client"),
            ("url = 'https://ss1'\nform = 'json'\nkey_file = 'k'", "belong together"),
            ("url = 'https://ss1'\nform = 'json'\nca_file = '/no/such/file'", "cannot be read"),
        ] {
            let why = config(text).check().unwrap_err();
            assert!(why.contains(place), "{text}: {why}");
        }
    }

    #[test]
    fn it_begins_where_the_configuration_says() {
        assert_eq!(config(SOAP).first(), Place { from: 0 });
        let later = config(&format!("{SOAP}from = '2026-01-01T00:00:00Z'"));
        assert_eq!(later.first(), Place { from: 1_767_225_600 });
    }
}
