//! How `mulu bridge status` and `mulu bridge quarantine` reach a bridge: over its own HTTP while it runs, in its vault while it does not.

use crate::{
    config::Config,
    error::BridgeError,
    http::{HttpConfig, auth::Right, secret::SecretAt},
    level::Levels,
    moving::{self, Moved},
    quarantine::{self, Chosen, Counted, DroppedRows, Listed, Mappings, Retried},
    sink::position::{self, SinkPosition},
    status::{SinkShown, Status, StreamStatus},
};
use mulu_client::{
    ClientError,
    vault::{Held, Vault},
};
use mulu_proofs::ids::StreamId;
use reqwest::{Certificate, Client, RequestBuilder};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use zeroize::Zeroizing;

/// How long an answer may take: trying a full quarantine again takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// A bridge, running or not.
pub struct Operator {
    config: Config,
    reached: Reached,
}

enum Reached {
    /// Nobody else uses the vault.
    Vault(Box<Vault>),
    /// A bridge uses it, and answers here.
    Running(Running),
}

struct Running {
    address: String,
    token: Option<Zeroizing<String>>,
    client: Client,
}

impl Operator {
    /// Finds the bridge of a configuration; a running one that has certificates is reached at `url`, whose name they hold.
    ///
    /// # Errors
    /// [`BridgeError`] if there is no vault yet, it does not open, or it is in use and nothing says where the bridge that uses it listens.
    pub fn of(config: &Config, url: Option<&str>) -> Result<Self, BridgeError> {
        let reached = match config.chain.open_vault() {
            Ok(Some(vault)) => Reached::Vault(Box::new(vault)),
            Ok(None) => {
                let why = format!("there is no vault {} yet: the bridge has not run", config.chain.vault.display());
                return Err(BridgeError::config("chain.vault", why));
            }
            Err(BridgeError::Client(ClientError::VaultInUse { .. })) => Reached::Running(Running::of(config, url)?),
            Err(error) => return Err(error),
        };
        Ok(Self { config: config.clone(), reached })
    }

    /// How it is.
    ///
    /// # Errors
    /// [`BridgeError`] if the vault fails, or the bridge does not answer.
    pub async fn status(&self) -> Result<Status, BridgeError> {
        match &self.reached {
            Reached::Vault(vault) => at_rest(vault, &self.config),
            Reached::Running(running) => running.ask(running.client.get(running.at("status"))).await,
        }
    }

    /// How many rows of the quarantine there are, by source and reason.
    ///
    /// # Errors
    /// [`BridgeError`] if the vault fails, or the bridge does not answer.
    pub async fn count(&self, chosen: &Chosen) -> Result<Counted, BridgeError> {
        let mut chosen = chosen.clone();
        let mut counted = Counted::default();
        loop {
            counted.add(match &self.reached {
                Reached::Vault(vault) => quarantine::count(vault, &chosen)?,
                Reached::Running(running) => {
                    running.ask(running.client.get(running.at("quarantine/count")).query(&query(&chosen))).await?
                }
            });
            match counted.next {
                Some(from) => chosen.from = from,
                None => return Ok(counted),
            }
        }
    }

    /// Rows of the quarantine, without what they hold.
    ///
    /// # Errors
    /// [`BridgeError`] if the vault fails, or the bridge does not answer.
    pub async fn list(&self, chosen: &Chosen, rows: usize) -> Result<Listed, BridgeError> {
        let mut chosen = chosen.clone();
        let mut listed = Listed::default();
        loop {
            let wanted = rows - listed.rows.len();
            let part = match &self.reached {
                Reached::Vault(vault) => quarantine::list(vault, &chosen, wanted)?,
                Reached::Running(running) => {
                    let mut query = query(&chosen);
                    query.push(("rows", wanted.to_string()));
                    running.ask(running.client.get(running.at("quarantine")).query(&query)).await?
                }
            };
            listed.rows.extend(part.rows);
            listed.next = part.next;
            match part.next {
                Some(from) if listed.rows.len() < rows => chosen.from = from,
                _ => return Ok(listed),
            }
        }
    }

    /// A row with what it holds, which only whoever holds the vault sees: the bridge gives it to nobody.
    ///
    /// # Errors
    /// [`BridgeError`] if the bridge runs, or there is no such row.
    pub fn held(&self, number: u64) -> Result<Held, BridgeError> {
        let Reached::Vault(vault) = &self.reached else {
            let why = "a running bridge shows no record of the quarantine: it may name a person. Stop it, and whoever opens the vault sees it";
            return Err(BridgeError::config("chain.vault", why));
        };
        let found = vault.held(number, 1)?.into_iter().find(|(found, _)| *found == number);
        Ok(found.map(|(_, held)| held).ok_or(ClientError::NotHeld { number })?)
    }

    /// Tries rows again, each into its own stream or all into one; `told` hears after each part what became of the rows so far.
    ///
    /// # Errors
    /// [`BridgeError`] if the vault fails, or the bridge does not answer.
    pub async fn retry(
        &self,
        chosen: &Chosen,
        stream: Option<StreamId>,
        told: impl Fn(&Retried),
    ) -> Result<Retried, BridgeError> {
        let mappings = match &self.reached {
            Reached::Vault(_) => self.mappings()?,
            Reached::Running(_) => Mappings::new(),
        };
        let mut chosen = chosen.clone();
        let mut retried = Retried::default();
        loop {
            retried.add(match &self.reached {
                Reached::Vault(vault) => quarantine::retry(vault, &mappings, &chosen, stream)?,
                Reached::Running(running) => {
                    running.post("quarantine/retry", &json!({ "chosen": chosen, "stream": stream })).await?
                }
            });
            let Some(from) = retried.next else { return Ok(retried) };
            told(&retried);
            chosen.from = from;
        }
    }

    fn mappings(&self) -> Result<Mappings, BridgeError> {
        let sources = self.config.source.iter();
        sources.map(|(name, source)| Ok((name.clone(), self.config.mapping(name, source)?))).collect()
    }

    /// Moves what waits for a stream that takes nothing any more into another one.
    ///
    /// # Errors
    /// [`BridgeError`] if the bridge runs, or as [`moving::move_events`].
    pub async fn move_events(&self, from: StreamId, to: StreamId) -> Result<Moved, BridgeError> {
        let Reached::Vault(vault) = &self.reached else {
            let why = "a running bridge moves nothing from stream to stream: stop it, move, name the other stream in the source, and start it again";
            return Err(BridgeError::config("chain.vault", why));
        };
        let node = self.config.chain.node()?;
        moving::move_events(vault, &node.connect().await?, &node.key, from, to).await
    }

    /// Drops rows for good; how many they were.
    ///
    /// # Errors
    /// [`BridgeError`] if there is no reason, the vault fails, or the bridge does not answer.
    pub async fn drop_rows(&self, chosen: &Chosen, why: &str) -> Result<DroppedRows, BridgeError> {
        let mut chosen = chosen.clone();
        let mut all = DroppedRows::default();
        loop {
            all.add(match &self.reached {
                Reached::Vault(vault) => quarantine::drop_rows(vault, &chosen, why)?,
                Reached::Running(running) => {
                    running.post("quarantine/drop", &json!({ "chosen": chosen, "why": why })).await?
                }
            });
            match all.next {
                Some(from) => chosen.from = from,
                None => return Ok(all),
            }
        }
    }
}

/// The part of a query that says which rows are meant, and from where on.
fn query(chosen: &Chosen) -> Vec<(&'static str, String)> {
    let mut query = vec![("from", chosen.from.to_string())];
    query.extend(chosen.source.iter().map(|source| ("source", source.clone())));
    query.extend(chosen.reason.iter().map(|reason| ("reason", reason.clone())));
    query
}

/// How a bridge is that does not run.
fn at_rest(vault: &Vault, config: &Config) -> Result<Status, BridgeError> {
    let levels = Levels::of(vault, &config.spool)?;
    let ((waiting, waiting_max), (quarantine_bytes, quarantine_bytes_max)) = (levels.total(), levels.quarantine());
    let source_of = |stream: StreamId| {
        config.source.iter().find(|(_, source)| source.stream == stream).map(|(name, _)| name.clone())
    };
    let streams = levels.streams().into_iter().map(|(stream, level)| {
        let delay_ms = u64::try_from(level.delay().as_millis()).unwrap_or(u64::MAX);
        let (waiting, unconfirmed) = (level.waiting, level.unconfirmed);
        (stream.get(), StreamStatus { source: source_of(stream), waiting, unconfirmed, delay_ms, shut: level.shut })
    });
    let mut sinks = BTreeMap::new();
    for (name, sink) in &config.sink {
        let kept = vault.position(&position::key(name))?;
        let kept = kept.and_then(|bytes| serde_json::from_slice::<SinkPosition>(&bytes).ok());
        let (kind, next) = (sink.kind().to_owned(), kept.map(|position| position.next));
        sinks.insert(name.clone(), SinkShown { kind, next, ..SinkShown::default() });
    }
    Ok(Status {
        is_taking: false,
        standing: config.source.keys().cloned().collect(),
        sinks,
        rounds: BTreeMap::new(),
        node: String::new(),
        waiting,
        waiting_max,
        streams: streams.collect(),
        quarantine_rows: levels.quarantine_rows(),
        quarantine_bytes,
        quarantine_bytes_max,
        troubles: [("bridge".to_owned(), "it does not run".to_owned())].into(),
    })
}

impl Running {
    fn of(config: &Config, url: Option<&str>) -> Result<Self, BridgeError> {
        let Some(http) = &config.http else {
            let why = "the vault is in use, and there is no table [http] that says where the bridge listens; add one, or stop the bridge";
            return Err(BridgeError::config("http", why));
        };
        let scheme = if http.tls.is_some() { "https" } else { "http" };
        let address = url.map_or_else(|| format!("{scheme}://{}", nearby(http.listen)), str::to_owned);
        // The bridge is asked itself, whatever the environment says of proxies.
        let mut client = Client::builder().timeout(PATIENCE).no_proxy().redirect(reqwest::redirect::Policy::none());
        if let Some(tls) = &http.tls {
            client = client.add_root_certificate(certificate(&tls.certificate)?);
        }
        let client = client.build().map_err(|error| wrong(&address, &error))?;
        Ok(Self { address, token: token(http)?, client })
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.address.trim_end_matches('/'))
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, BridgeError> {
        self.ask(self.client.post(self.at(path)).json(body)).await
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, BridgeError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token.as_str()),
            None => request,
        };
        let failed = |error: reqwest::Error| wrong(&self.address, &error.without_url());
        let answer = request.send().await.map_err(failed)?;
        let (status, body) = (answer.status(), answer.bytes().await.map_err(failed)?);
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| wrong(&self.address, &error));
        }
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        let message = said.get("message").and_then(Value::as_str).unwrap_or_default();
        Err(BridgeError::config("http", format!("the bridge at {} answers {status}: {message}", self.address)))
    }
}

fn wrong(address: &str, error: &dyn std::error::Error) -> BridgeError {
    BridgeError::config("http", format!("the bridge at {address} does not answer: {}", crate::spool::told(error)))
}

/// An address of this machine for one that stands for all of them.
const fn nearby(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listen.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), listen.port()),
        _ => listen,
    }
}

/// The token of the first caller that may operate; none where there are no callers.
fn token(http: &HttpConfig) -> Result<Option<Zeroizing<String>>, BridgeError> {
    if http.caller.is_empty() {
        return Ok(None);
    }
    let may = http.caller.iter().filter(|caller| caller.may.contains(&Right::Operate));
    for caller in may {
        let at = format!("http.caller {}", caller.name);
        let place = SecretAt::of(caller.token_file.as_deref(), caller.token_env.as_deref());
        if let Some(place) = place.map_err(|why| BridgeError::config(&at, why))? {
            let token = Zeroizing::new(String::from_utf8_lossy(&place.read(&at)?).into_owned());
            return Ok(Some(token));
        }
    }
    let why = "no caller with a token may `operate`; add one for whoever looks after the bridge";
    Err(BridgeError::config("http.caller", why))
}

fn certificate(path: &std::path::Path) -> Result<Certificate, BridgeError> {
    let unreadable = |source| BridgeError::Io { what: format!("read {}", path.display()), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    Certificate::from_pem(&pem).map_err(|_| BridgeError::config("http.tls.certificate", "is no certificate in PEM"))
}

#[cfg(test)]
mod tests;
