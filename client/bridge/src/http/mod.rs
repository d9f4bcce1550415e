//! The bridge's HTTP server: one address for what senders post, for events, requests and operations, with one gate before all of them.
//!
//! ```text
//! connection ── TLS? ──> gate: who calls, may they? ──> /ingest/{source} /v1/logs │ /events │ /api/v1/… │ /status /metrics
//! ```

pub mod answer;
pub mod auth;
pub mod body;
pub mod caller;
pub mod cloudevents;
mod drain;
pub mod form;
pub mod format;
pub mod ingest;
pub mod lumberjack;
pub mod otlp;
mod patient;
pub mod records;
mod seats;
pub mod secret;
pub mod server;
pub mod signature;
pub mod split;
pub mod tls;

use crate::{error::BridgeError, stop::Stop};
use answer::Problem;
use auth::{Gate, Right};
use axum::Router;
use body::Room;
use caller::CallerConfig;
use ingest::Inlets;
use seats::Seats;
use serde::Deserialize;
use std::{net::SocketAddr, num::NonZeroUsize, path::Path, sync::Arc};
use tls::TlsConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The table `[http]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Where senders connect.
    pub listen: SocketAddr,
    /// Certificates; without them the address is one of this machine.
    #[serde(default)]
    pub tls: Option<TlsConfig>,
    /// No certificates, and yet an address that can be reached from elsewhere: something before the bridge speaks TLS.
    #[serde(default)]
    pub allow_plain: bool,
    /// Most connections that one address has at once; further ones are closed.
    #[serde(default = "connections_per_address")]
    pub connections_per_address: NonZeroUsize,
    /// Who may call; if there is none, whoever is on this machine.
    #[serde(default)]
    pub caller: Vec<CallerConfig>,
}

/// A quarter of all.
fn connections_per_address() -> NonZeroUsize {
    NonZeroUsize::new(server::CONNECTIONS_MAX / 4).expect("a quarter of many")
}

impl HttpConfig {
    /// Makes its files relative to the configuration's folder.
    pub fn below(&mut self, folder: &Path) {
        self.caller.iter_mut().for_each(|caller| caller.below(folder));
        self.tls.iter_mut().for_each(|tls| tls.below(folder));
    }

    /// What can be said without opening a file.
    ///
    /// # Errors
    /// In words, with the way out.
    pub fn check(&self) -> Result<(), String> {
        let listen = self.listen;
        if !listen.ip().is_loopback() {
            if self.caller.is_empty() {
                return Err(format!(
                    "{listen} can be reached from elsewhere: add a [[http.caller]], or listen on 127.0.0.1"
                ));
            }
            if self.tls.is_none() && !self.allow_plain {
                return Err(format!(
                    "{listen} can be reached from elsewhere: give certificates in `tls`, listen on 127.0.0.1, or say `allow_plain = true` if a proxy before it speaks TLS"
                ));
            }
        }
        let has_authority = self.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        match self.caller.iter().find(|caller| caller.certificate_sha256.is_some()) {
            Some(caller) if !has_authority => {
                Err(format!("the caller {} is known by a certificate, so `tls` needs client_ca", caller.name))
            }
            _ => Ok(()),
        }
    }

    /// Sources that callers name; each must be one that takes requests.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.caller.iter().filter_map(|caller| caller.sources.as_ref()).flatten().map(String::as_str)
    }
}

/// An address that is had, with all that is needed to serve on it.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    seats: Seats,
    gate: Gate,
    room: Room,
}

/// Reads secrets and certificates, and takes the address: what can fail, fails before anything runs.
///
/// # Errors
/// [`BridgeError`] for the first of them that fails.
pub async fn bind(config: &HttpConfig) -> Result<Bound, BridgeError> {
    config.check().map_err(|why| BridgeError::config("http", why))?;
    let acceptor = match &config.tls {
        Some(tls) => Some(TlsAcceptor::from(Arc::new(tls.server()?))),
        None => None,
    };
    let room = Room::default();
    let gate = Gate::new(&config.caller, room.clone())?;
    let failed =
        |source| BridgeError::Io { what: format!("listen on {}; another program may have it", config.listen), source };
    let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let seats = Seats::new(config.connections_per_address);
    Ok(Bound { listener, address, acceptor, seats, gate, room })
}

impl Bound {
    /// Where it listens: with the port that the system chose, if it was asked to.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves the sources that take requests, and other routers behind the right that each asks for, until the bridge stops.
    pub async fn serve(self, inlets: Inlets, others: Vec<(Right, Router)>, stop: Stop) {
        let ingest = (ingest::RIGHT, ingest::router(inlets, self.room.clone()));
        let router = others
            .into_iter()
            .chain([ingest])
            .fold(Router::new(), |all, (right, router)| all.merge(self.gate.guard(right, router)))
            .fallback(async || Problem::no_such_path())
            .method_not_allowed_fallback(async || Problem::other_method());
        server::serve(self.listener, self.acceptor, router, self.seats, stop).await;
    }
}
