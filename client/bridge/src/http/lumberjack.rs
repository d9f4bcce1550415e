//! Lumberjack v2, which Filebeat, Winlogbeat and the other Beats speak to Logstash: windows of events, acknowledged when all of them are
//! durable.
//!
//! ```text
//! Beat ── '2' 'W' count ── '2' 'C' length zlib( '2' 'J' number length json … ) ──> bridge
//! Beat <── '2' 'A' number of the last event ── Intake::accept (fsync) ──┘
//! ```
//!
//! What is not acknowledged, a Beat sends again over a new connection: so a window that is refused ends the connection, and nothing waits here.

use super::{
    records::{self, poison},
    split::Piece,
    tls::TlsConfig,
};
use crate::{
    error::BridgeError,
    intake::{Delivery, Intake, Refused},
    stop::Stop,
};
use flate2::read::ZlibDecoder;
use mulu_mapping::{Poison, Record};
use mulu_proofs::hash::{DigestKind, digest};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{io, io::Read, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// Beats at once; further ones wait.
const CONNECTIONS_MAX: usize = 64;
/// Most events in a window: Beats make them of 2,048 unless told otherwise.
const WINDOW_MAX: u32 = 16_384;
/// Longest frame, compressed and not.
const FRAME_BYTES_MAX: usize = 16 << 20;
/// Most bytes of all events of a window.
const WINDOW_BYTES_MAX: usize = 64 << 20;
/// How long a Beat may say nothing: between windows it keeps the connection.
const IDLE: Duration = Duration::from_secs(600);
/// How long a handshake may take, and the rest of a frame that has begun.
const PROMPT: Duration = Duration::from_secs(30);
/// How long a refused Beat is kept from coming again at once.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);

/// The table of a source that Beats send to: `lumberjack = { listen = "127.0.0.1:5044" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LumberjackConfig {
    /// Where Beats connect.
    pub listen: SocketAddr,
    /// Certificates. The protocol knows no other credentials, so beyond this machine `client_ca` says who may send.
    #[serde(default)]
    pub tls: Option<TlsConfig>,
}

impl LumberjackConfig {
    /// Makes its files relative to a folder.
    pub fn below(&mut self, folder: &Path) {
        self.tls.iter_mut().for_each(|tls| tls.below(folder));
    }

    /// What can be said without opening a file.
    ///
    /// # Errors
    /// In words, with the way out.
    pub fn check(&self) -> Result<(), String> {
        let knows_senders = self.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        if self.listen.ip().is_loopback() || knows_senders {
            return Ok(());
        }
        let listen = self.listen;
        Err(format!(
            "{listen} can be reached from elsewhere: listen on 127.0.0.1, or give `tls` with client_ca, since Beats show nothing else"
        ))
    }
}

/// Takes events of Beats until the bridge stops.
///
/// # Errors
/// [`BridgeError`] if certificates cannot be used or the address cannot be had.
pub async fn run(config: LumberjackConfig, intake: Intake, stop: Stop) -> Result<(), BridgeError> {
    config.check().map_err(|why| BridgeError::config(format!("source.{}.lumberjack", intake.source()), why))?;
    let listen = config.listen;
    let listener = TcpListener::bind(listen).await;
    let listener = listener.map_err(|source| BridgeError::Io { what: format!("listen on {listen}"), source })?;
    serve(config, listener, intake, stop).await
}

/// The same on an address that is had already.
///
/// # Errors
/// [`BridgeError`] if certificates cannot be used.
pub async fn serve(
    config: LumberjackConfig,
    listener: TcpListener,
    intake: Intake,
    stop: Stop,
) -> Result<(), BridgeError> {
    let acceptor = match &config.tls {
        Some(tls) => Some(TlsAcceptor::from(Arc::new(tls.server()?))),
        None => None,
    };
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while !stop.is_requested() {
        let accepted = tokio::select! {
            accepted = async {
                let permit = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
                listener.accept().await.map(|(stream, _)| (stream, permit))
            } => accepted,
            () = stop.requested() => break,
        };
        let Ok((stream, permit)) = accepted else {
            stop.comes_within(REFUSED_PAUSE).await;
            continue;
        };
        let (acceptor, intake, stop) = (acceptor.clone(), intake.clone(), stop.clone());
        tokio::spawn(async move {
            let served = match acceptor {
                None => beat(stream, &intake, &stop).await,
                Some(acceptor) => match timeout(PROMPT, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => beat(stream, &intake, &stop).await,
                    _ => Ok(()),
                },
            };
            if let Err(error) = served {
                tracing::debug!(source = intake.source(), %error, "a Beat's connection has ended");
            }
            drop(permit);
        });
    }
    Ok(())
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
enum BeatError {
    #[error("the connection failed")]
    Io(#[from] io::Error),
    #[error("the sender paused within a frame")]
    Slow(#[from] tokio::time::error::Elapsed),
    #[error("a frame is no frame of version 2, or longer than it may be")]
    Frame,
    #[error(transparent)]
    Refused(#[from] Refused),
}

async fn beat<S>(mut stream: S, intake: &Intake, stop: &Stop) -> Result<(), BeatError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let mut first = [0; 2];
        tokio::select! {
            read = timeout(IDLE, stream.read_exact(&mut first)) => match read {
                // Between windows a Beat may go as it likes.
                Err(_) => return Ok(()),
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Ok(read) => read?,
            },
            () = stop.requested() => return Ok(()),
        };
        if first != *b"2W" {
            return Err(BeatError::Frame);
        }
        let count = timeout(PROMPT, stream.read_u32()).await??;
        if count > WINDOW_MAX {
            return Err(BeatError::Frame);
        }
        let window = read_window(&mut stream, count as usize, intake).await?;
        let Some(last) = window.last else { continue };
        match intake.accept(Delivery { records: window.records, position: None }).await {
            Ok(_) => {
                let mut answer = *b"2A\0\0\0\0";
                answer[2..].copy_from_slice(&last.to_be_bytes());
                timeout(PROMPT, stream.write_all(&answer)).await??;
                timeout(PROMPT, stream.flush()).await??;
            }
            Err(refused) => {
                stop.comes_within(REFUSED_PAUSE).await;
                return Err(refused.into());
            }
        }
    }
}

/// Events of a window, as far as they have come.
#[derive(Default)]
struct Window {
    records: Vec<Result<Record, Poison>>,
    bytes: usize,
    last: Option<u32>,
}

async fn read_window<S: AsyncRead + Unpin>(stream: &mut S, count: usize, intake: &Intake) -> Result<Window, BeatError> {
    let mut window = Window::default();
    while window.records.len() < count {
        let mut head = [0; 2];
        timeout(PROMPT, stream.read_exact(&mut head)).await??;
        match &head {
            b"2C" => {
                let packed = read_bytes(stream).await?;
                let mut frames = Vec::new();
                ZlibDecoder::new(&*packed).take(FRAME_BYTES_MAX as u64 + 1).read_to_end(&mut frames)?;
                if frames.len() > FRAME_BYTES_MAX {
                    return Err(BeatError::Frame);
                }
                window.add_frames(&frames, count, intake)?;
            }
            b"2J" => {
                let number = timeout(PROMPT, stream.read_u32()).await??;
                let text = read_bytes(stream).await?;
                window.add(number, &text, intake)?;
            }
            _ => return Err(BeatError::Frame),
        }
    }
    Ok(window)
}

/// A length and as many bytes, for which memory is taken as they come.
async fn read_bytes<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Vec<u8>, BeatError> {
    let length = timeout(PROMPT, stream.read_u32()).await?? as usize;
    if length > FRAME_BYTES_MAX {
        return Err(BeatError::Frame);
    }
    let mut bytes = Vec::new();
    timeout(PROMPT, stream.take(length as u64).read_to_end(&mut bytes)).await??;
    if bytes.len() == length { Ok(bytes) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) }
}

impl Window {
    fn add_frames(&mut self, mut frames: &[u8], count: usize, intake: &Intake) -> Result<(), BeatError> {
        while !frames.is_empty() {
            let (head, rest) = frames.split_at_checked(10).ok_or(BeatError::Frame)?;
            if !head.starts_with(b"2J") || self.records.len() == count {
                return Err(BeatError::Frame);
            }
            let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let (text, rest) = rest.split_at_checked(word(6) as usize).ok_or(BeatError::Frame)?;
            self.add(word(2), text, intake)?;
            frames = rest;
        }
        Ok(())
    }

    fn add(&mut self, number: u32, text: &[u8], intake: &Intake) -> Result<(), BeatError> {
        self.bytes += text.len();
        if self.bytes > WINDOW_BYTES_MAX {
            return Err(BeatError::Frame);
        }
        self.records.push(record(text, intake));
        self.last = Some(number);
        Ok(())
    }
}

/// An event of a Beat. If the mapping gives it no id, its place in its file does.
fn record(text: &[u8], intake: &Intake) -> Result<Record, Poison> {
    let Ok(event) = serde_json::from_slice::<Value>(records::bounded(text)?) else {
        return Err(poison(records::NOT_JSON, "an event of a Beat is JSON, and this is none", text));
    };
    let mut record = records::record(intake.mapping(), Piece::Value(text))?;
    if intake.mapping().id(&record).is_none() {
        record.id = place_of(&event);
    }
    Ok(record)
}

/// Which line of which file it is: the machine's agent, the file's number on its device, the offset, and what stands there, since numbers of
/// files are used again.
fn place_of(event: &Value) -> Option<String> {
    let log = event.get("log")?;
    let (offset, file) = (log.get("offset")?, log.get("file")?);
    let name = file.get("fingerprint").or_else(|| file.get("inode")).or_else(|| file.get("idxlo"))?;
    let device = file.get("device_id").or_else(|| file.get("vol"));
    let line = digest(DigestKind::Document, event.get("message")?.as_str()?.as_bytes());
    Some(json!([event.pointer("/agent/id")?, device, name, offset, hex::encode(line)]).to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn beyond_this_machine_beats_show_a_certificate() {
        let of = |text: &str| toml::from_str::<LumberjackConfig>(text).unwrap().check();
        assert_eq!(of("listen = \"127.0.0.1:5044\""), Ok(()));
        let tls = "listen = \"0.0.0.0:5044\"\ntls = { certificate = \"a\", key = \"b\"";
        assert_eq!(of(&format!("{tls}, client_ca = \"c\" }}")), Ok(()));
        assert!(of(&format!("{tls} }}")).unwrap_err().contains("client_ca"));
        assert!(of("listen = \"0.0.0.0:5044\"").is_err());
    }

    #[test]
    fn a_line_is_known_by_its_place_and_what_stands_there() {
        let of = |offset: u64, message: &str| {
            place_of(&json!({
                "@timestamp": "2026-08-01T12:30:00Z", "agent": { "id": "a-1" }, "message": message,
                "log": { "offset": offset, "file": { "path": "/var/log/x", "inode": "12", "device_id": "64" } },
            }))
        };
        let first = of(7, "GET /").unwrap();
        assert!(first.starts_with(r#"["a-1","64","12",7,"#) && !first.contains("GET"), "{first}");
        assert_eq!(of(7, "GET /"), Some(first.clone()));
        assert_ne!(of(8, "GET /"), Some(first.clone()));
        assert_ne!(of(7, "PUT /"), Some(first), "a new file with an old number");
        assert_eq!(place_of(&json!({ "message": "x", "log": { "offset": 1 } })), None);
    }
}
