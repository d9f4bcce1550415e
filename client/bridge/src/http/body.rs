//! Bodies of requests: read within bounds of size and time, and expanded within a bound.

use super::answer::Problem;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use std::{io, io::Read, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

/// Longest body as it is sent.
pub const BODY_BYTES_MAX: usize = 16 << 20;
/// Longest body without its compression.
pub const EXPANDED_BYTES_MAX: usize = 64 << 20;
/// Most memory that what a body says may take.
pub const VALUES_BYTES_MAX: usize = 512 << 20;

/// Memory for the bodies of all requests together.
const READ_BYTES_MAX: usize = 256 << 20;
/// Memory for those whose senders have not proven yet who they are; it is none of the others'.
const UNPROVEN_BYTES_MAX: usize = 64 << 20;
const EXPANDED_TOGETHER_BYTES_MAX: usize = 256 << 20;
const VALUES_TOGETHER_BYTES_MAX: usize = 1 << 30;
/// Memory is counted in these.
const UNIT_BYTES: usize = 1024;
/// A frame of zstd may ask for that much memory: RFC 9659 lets no sender ask for more over HTTP.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// The memory that bodies of all requests have together. Who is told that there is none comes again.
#[derive(Clone, Debug)]
pub struct Room {
    read: Arc<Semaphore>,
    unproven: Arc<Semaphore>,
    expanded: Arc<Semaphore>,
    values: Arc<Semaphore>,
    pace: Pace,
    unproven_pace: Pace,
}

/// How fast a body must come.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// How long a sender may pause within it.
    pause: Duration,
    /// How long it may take in all.
    whole: Duration,
    /// How long it waits for memory.
    room: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { pause: Duration::from_secs(15), whole: Duration::from_secs(120), room: Duration::from_secs(10) }
    }
}

impl Pace {
    /// Of a body whose sender has not proven yet who it is.
    const UNPROVEN: Self =
        Self { pause: Duration::from_secs(5), whole: Duration::from_secs(30), room: Duration::from_secs(10) };
}

/// A part of the room, which dropping gives back.
#[derive(Debug)]
pub struct Place(OwnedSemaphorePermit);

impl Default for Room {
    fn default() -> Self {
        let of = |bytes_max: usize| Arc::new(Semaphore::new(bytes_max / UNIT_BYTES));
        Self {
            read: of(READ_BYTES_MAX),
            unproven: of(UNPROVEN_BYTES_MAX),
            expanded: of(EXPANDED_TOGETHER_BYTES_MAX),
            values: of(VALUES_TOGETHER_BYTES_MAX),
            pace: Pace::default(),
            unproven_pace: Pace::UNPROVEN,
        }
    }
}

impl Room {
    /// Room for a body that is expanded.
    ///
    /// # Errors
    /// [`Problem::busy`] if there is none for a while.
    pub async fn for_expanded(&self, bytes: usize) -> Result<Place, Problem> {
        let permit = timeout(self.pace.room, Arc::clone(&self.expanded).acquire_many_owned(units(bytes))).await;
        permit.ok().and_then(Result::ok).map(Place).ok_or_else(Problem::busy)
    }

    /// Room for what a body says; nobody waits for it, who holds other room.
    ///
    /// # Errors
    /// [`Problem::busy`] if there is none.
    pub fn for_values(&self, bytes: usize) -> Result<Place, Problem> {
        Arc::clone(&self.values).try_acquire_many_owned(units(bytes)).map(Place).map_err(|_| Problem::busy())
    }
}

impl Room {
    /// Takes a body over whose sender has proven who it is.
    ///
    /// # Errors
    /// [`Problem::busy`] if there is no room.
    pub fn admit(&self, sent: Sent) -> Result<Sent, Problem> {
        let permit = Arc::clone(&self.read).try_acquire_many_owned(units(sent.bytes.len()));
        Ok(Sent { bytes: sent.bytes, _place: Some(Place(permit.map_err(|_| Problem::busy())?)) })
    }
}

impl Place {
    /// Gives back what is not needed.
    pub fn shrink(&mut self, bytes: usize) {
        let surplus = self.0.num_permits().saturating_sub(units(bytes) as usize);
        drop(self.0.split(surplus));
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes / UNIT_BYTES + 1).unwrap_or(u32::MAX)
}

/// A body as it was sent, and its place in the room.
#[derive(Debug)]
pub struct Sent {
    /// The bytes.
    pub bytes: Bytes,
    _place: Option<Place>,
}

/// Reads a body to its end.
///
/// # Errors
/// [`Problem`]: too large, too slow, broken off, or no room.
pub async fn read(headers: &HeaderMap, body: Body, bytes_max: usize, room: &Room) -> Result<Sent, Problem> {
    read_within(headers, body, bytes_max, (&room.read, room.pace), |_| {}).await
}

/// Reads a body whose sender has not proven yet who it is, in a room of its own and less time; `seen` is told each part as it comes.
///
/// # Errors
/// As [`read`].
pub async fn read_unproven(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    room: &Room,
    seen: impl FnMut(&[u8]) + Send,
) -> Result<Sent, Problem> {
    read_within(headers, body, bytes_max, (&room.unproven, room.unproven_pace), seen).await
}

async fn read_within(
    headers: &HeaderMap,
    mut body: Body,
    bytes_max: usize,
    (room, pace): (&Arc<Semaphore>, Pace),
    mut seen: impl FnMut(&[u8]) + Send,
) -> Result<Sent, Problem> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > bytes_max as u64) {
        return Err(Problem::too_large(bytes_max));
    }
    let deadline = Instant::now() + pace.whole;
    let (mut parts, mut length, mut place) = (Vec::new(), 0_usize, None::<Place>);
    loop {
        let pause = deadline.min(Instant::now() + pace.pause);
        let Some(frame) = timeout_at(pause, body.frame()).await.map_err(|_| Problem::too_slow())? else { break };
        let Ok(data) = frame.map_err(|_| Problem::broken_off())?.into_data() else { continue };
        length += data.len();
        if length > bytes_max {
            return Err(Problem::too_large(bytes_max));
        }
        // Nobody waits for room here while holding some: then all might.
        let more = Arc::clone(room).try_acquire_many_owned(units(data.len())).map_err(|_| Problem::busy())?;
        match &mut place {
            Some(Place(held)) => held.merge(more),
            None => place = Some(Place(more)),
        }
        seen(&data);
        parts.push(data);
    }
    let bytes = if parts.len() == 1 { parts.remove(0) } else { Bytes::from(parts.concat()) };
    Ok(Sent { bytes, _place: place })
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 1950, or RFC 1951 as some send it.
    Deflate,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// Reads `Content-Encoding`.
    ///
    /// # Errors
    /// [`Problem`] 415 if it is none of these, or several.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
        let Some(value) = values.next() else { return Ok(Self::Identity) };
        match (value.to_str().map(|value| value.trim().to_ascii_lowercase()).as_deref(), values.next()) {
            (Ok("" | "identity"), None) => Ok(Self::Identity),
            (Ok("gzip" | "x-gzip"), None) => Ok(Self::Gzip),
            (Ok("deflate"), None) => Ok(Self::Deflate),
            (Ok("zstd"), None) => Ok(Self::Zstd),
            _ => Err(Problem::unknown_encoding()),
        }
    }
}

/// Why a body cannot be expanded.
#[derive(Debug, thiserror::Error)]
pub enum ExpandError {
    /// It is too large.
    #[error("it is larger than {bytes_max} bytes without its compression")]
    TooLarge {
        /// Most bytes.
        bytes_max: usize,
    },
    /// It is not compressed as its header says.
    #[error("it is not compressed as Content-Encoding says")]
    Corrupt(#[source] io::Error),
}

/// Expands a body.
///
/// # Errors
/// [`ExpandError`], at the latest when one byte more than the bound has been expanded.
pub fn expand(encoding: Encoding, sent: Bytes, bytes_max: usize) -> Result<Bytes, ExpandError> {
    let bytes = &*sent;
    match encoding {
        Encoding::Identity if bytes.len() > bytes_max => Err(ExpandError::TooLarge { bytes_max }),
        Encoding::Identity => Ok(sent),
        Encoding::Gzip => drain(MultiGzDecoder::new(bytes), bytes_max),
        Encoding::Deflate if is_zlib(bytes) => drain(ZlibDecoder::new(bytes), bytes_max),
        Encoding::Deflate => drain(DeflateDecoder::new(bytes), bytes_max),
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(bytes).map_err(ExpandError::Corrupt)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(ExpandError::Corrupt)?;
            drain(decoder, bytes_max)
        }
    }
}

fn drain(decoder: impl Read, bytes_max: usize) -> Result<Bytes, ExpandError> {
    let mut bytes = Vec::new();
    decoder.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(ExpandError::Corrupt)?;
    if bytes.len() > bytes_max { Err(ExpandError::TooLarge { bytes_max }) } else { Ok(bytes.into()) }
}

/// Whether RFC 1950's two bytes stand in front.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

#[cfg(test)]
mod tests;
