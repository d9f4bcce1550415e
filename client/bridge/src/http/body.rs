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
    expanded: Arc<Semaphore>,
    values: Arc<Semaphore>,
    pace: Pace,
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

/// A part of the room, which dropping gives back.
#[derive(Debug)]
pub struct Place(OwnedSemaphorePermit);

impl Default for Room {
    fn default() -> Self {
        let of = |bytes_max: usize| Arc::new(Semaphore::new(bytes_max / UNIT_BYTES));
        Self {
            read: of(READ_BYTES_MAX),
            expanded: of(EXPANDED_TOGETHER_BYTES_MAX),
            values: of(VALUES_TOGETHER_BYTES_MAX),
            pace: Pace::default(),
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
pub async fn read(headers: &HeaderMap, mut body: Body, bytes_max: usize, room: &Room) -> Result<Sent, Problem> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| length > bytes_max as u64) {
        return Err(Problem::too_large(bytes_max));
    }
    let deadline = Instant::now() + room.pace.whole;
    let (mut parts, mut length, mut place) = (Vec::new(), 0_usize, None::<Place>);
    loop {
        let pause = deadline.min(Instant::now() + room.pace.pause);
        let Some(frame) = timeout_at(pause, body.frame()).await.map_err(|_| Problem::too_slow())? else { break };
        let Ok(data) = frame.map_err(|_| Problem::broken_off())?.into_data() else { continue };
        length += data.len();
        if length > bytes_max {
            return Err(Problem::too_large(bytes_max));
        }
        // Nobody waits for room here while holding some: then all might.
        let more = Arc::clone(&room.read).try_acquire_many_owned(units(data.len())).map_err(|_| Problem::busy())?;
        match &mut place {
            Some(Place(held)) => held.merge(more),
            None => place = Some(Place(more)),
        }
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use axum::http::{HeaderValue, StatusCode};
    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use futures::stream;
    use std::{convert::Infallible, io::Write};

    const TEXT: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn headers(encodings: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for encoding in encodings {
            headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers
    }

    fn opened(encoding: Encoding, sent: Vec<u8>) -> Result<Bytes, ExpandError> {
        expand(encoding, sent.into(), 1_000)
    }

    #[test]
    fn every_compression_is_expanded() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(TEXT).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(TEXT).unwrap();
        assert_eq!(opened(Encoding::Gzip, gzip(TEXT)).unwrap(), TEXT);
        assert_eq!(opened(Encoding::Gzip, [gzip(TEXT), gzip(TEXT)].concat()).unwrap(), [TEXT, TEXT].concat());
        assert_eq!(opened(Encoding::Deflate, zlib.finish().unwrap()).unwrap(), TEXT);
        assert_eq!(opened(Encoding::Deflate, raw.finish().unwrap()).unwrap(), TEXT);
        assert_eq!(opened(Encoding::Zstd, zstd::encode_all(TEXT, 1).unwrap()).unwrap(), TEXT);
        assert_eq!(opened(Encoding::Identity, TEXT.to_vec()).unwrap(), TEXT);
    }

    #[test]
    fn a_bomb_is_expanded_to_its_bound_and_no_further() {
        let zeros = vec![0; 1_001];
        for (encoding, sent) in [
            (Encoding::Gzip, gzip(&zeros)),
            (Encoding::Zstd, zstd::encode_all(&zeros[..], 1).unwrap()),
            (Encoding::Identity, zeros.clone()),
        ] {
            assert!(matches!(opened(encoding, sent), Err(ExpandError::TooLarge { bytes_max: 1_000 })), "{encoding:?}");
        }
        assert_eq!(opened(Encoding::Gzip, gzip(&zeros[1..])).unwrap().len(), 1_000);
    }

    #[test]
    fn a_frame_that_asks_for_much_memory_is_not_expanded() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(24).unwrap();
        encoder.write_all(&vec![7; 1 << 17]).unwrap();
        assert!(matches!(
            expand(Encoding::Zstd, encoder.finish().unwrap().into(), 1 << 20),
            Err(ExpandError::Corrupt(_))
        ));
    }

    #[test]
    fn what_is_not_compressed_as_it_says_is_corrupt() {
        for encoding in [Encoding::Gzip, Encoding::Deflate, Encoding::Zstd] {
            assert!(matches!(opened(encoding, TEXT.to_vec()), Err(ExpandError::Corrupt(_))), "{encoding:?}");
        }
        let cut = gzip(TEXT);
        assert!(matches!(opened(Encoding::Gzip, cut[..cut.len() - 4].to_vec()), Err(ExpandError::Corrupt(_))));
    }

    #[test]
    fn the_header_is_read_as_senders_write_it() {
        for (sent, encoding) in [
            (&["gzip"][..], Encoding::Gzip),
            (&["X-GZip"], Encoding::Gzip),
            (&["deflate"], Encoding::Deflate),
            (&["zstd"], Encoding::Zstd),
            (&["identity"], Encoding::Identity),
            (&[], Encoding::Identity),
        ] {
            assert_eq!(Encoding::of(&headers(sent)).unwrap(), encoding);
        }
        for sent in [&["snappy"][..], &["br"], &["gzip, zstd"], &["gzip", "gzip"]] {
            assert_eq!(
                Encoding::of(&headers(sent)).unwrap_err().status(),
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "{sent:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound() {
        let room = Room::default();
        let of_parts = |parts: Vec<&'static [u8]>| {
            Body::from_stream(stream::iter(parts.into_iter().map(|part| Ok::<_, Infallible>(Bytes::from_static(part)))))
        };
        let sent = read(&HeaderMap::new(), of_parts(vec![b"ab", b"", b"cd"]), 4, &room).await.unwrap();
        assert_eq!(sent.bytes, "abcd");
        assert!(room.read.available_permits() < READ_BYTES_MAX / UNIT_BYTES);
        drop(sent);
        assert_eq!(room.read.available_permits(), READ_BYTES_MAX / UNIT_BYTES);
        let refused = read(&HeaderMap::new(), of_parts(vec![b"ab", b"cde"]), 4, &room).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let said = HeaderMap::from_iter([(header::CONTENT_LENGTH, HeaderValue::from_static("5"))]);
        let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(read(&said, never, 4, &room).await.unwrap_err().status(), StatusCode::PAYLOAD_TOO_LARGE);
        let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::other("gone"))]));
        assert_eq!(read(&HeaderMap::new(), broken, 4, &room).await.unwrap_err().status(), StatusCode::BAD_REQUEST);
    }

    fn hasty() -> Room {
        let pace = Pace {
            pause: Duration::from_millis(50),
            whole: Duration::from_millis(300),
            room: Duration::from_millis(20),
        };
        Room { pace, ..Room::default() }
    }

    #[tokio::test]
    async fn who_sends_nothing_for_a_while_is_told_to_come_again() {
        let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let refused = read(&HeaderMap::new(), never, 4, &hasty()).await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "too_slow"));
    }

    #[tokio::test]
    async fn who_sends_drop_by_drop_is_told_so_too() {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"a")), ()))
        });
        let start = Instant::now();
        let refused = read(&HeaderMap::new(), Body::from_stream(drops), 1_000, &hasty()).await.unwrap_err();
        assert_eq!(refused.code(), "too_slow");
        assert!(start.elapsed() >= Duration::from_millis(300));
    }

    #[tokio::test]
    async fn without_room_senders_are_told_to_come_again() {
        let room = hasty();
        let mut held = room.for_expanded(EXPANDED_TOGETHER_BYTES_MAX - UNIT_BYTES).await.unwrap();
        let refused = room.for_expanded(UNIT_BYTES).await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
        held.shrink(UNIT_BYTES);
        drop(room.for_expanded(EXPANDED_BYTES_MAX).await.unwrap());
        drop(held);
        assert_eq!(room.expanded.available_permits(), EXPANDED_TOGETHER_BYTES_MAX / UNIT_BYTES);
        let _values = room.for_values(VALUES_TOGETHER_BYTES_MAX - UNIT_BYTES).unwrap();
        assert_eq!(room.for_values(0).unwrap_err().code(), "busy");
        let _read = Arc::clone(&room.read).acquire_many_owned(units(READ_BYTES_MAX) - 1).await.unwrap();
        assert_eq!(read(&HeaderMap::new(), Body::from("a"), 4, &room).await.unwrap_err().code(), "busy");
    }
}
