//! Bodies that are too large, too slow, or compressed in every way.

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
    assert!(matches!(expand(Encoding::Zstd, encoder.finish().unwrap().into(), 1 << 20), Err(ExpandError::Corrupt(_))));
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
        assert_eq!(Encoding::of(&headers(sent)).unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{sent:?}");
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
    let pace =
        Pace { pause: Duration::from_millis(50), whole: Duration::from_millis(300), room: Duration::from_millis(20) };
    Room { pace, unproven_pace: pace, ..Room::default() }
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

#[tokio::test]
async fn who_proves_nothing_takes_no_room_of_others_and_moves_on_when_it_does() {
    let room = hasty();
    let all = |semaphore: &Semaphore| semaphore.available_permits();
    let none = HeaderMap::new();
    let mut seen = Vec::new();
    let sent = read_unproven(&none, Body::from("abcd"), 4, &room, |part| seen.extend_from_slice(part)).await.unwrap();
    assert_eq!((&sent.bytes[..], &seen[..]), (&b"abcd"[..], &b"abcd"[..]));
    assert_eq!(all(&room.read), READ_BYTES_MAX / UNIT_BYTES);
    assert!(all(&room.unproven) < UNPROVEN_BYTES_MAX / UNIT_BYTES);
    let admitted = room.admit(sent).unwrap();
    assert_eq!(admitted.bytes, "abcd");
    assert!(all(&room.read) < READ_BYTES_MAX / UNIT_BYTES);
    assert_eq!(all(&room.unproven), UNPROVEN_BYTES_MAX / UNIT_BYTES);
    let _unproven = Arc::clone(&room.unproven).acquire_many_owned(units(UNPROVEN_BYTES_MAX) - 1).await.unwrap();
    assert_eq!(read_unproven(&none, Body::from("a"), 4, &room, |_| {}).await.unwrap_err().code(), "busy");
    assert!(read(&none, Body::from("a"), 4, &room).await.is_ok(), "others are served");
    let _read = Arc::clone(&room.read).try_acquire_many_owned(u32::try_from(all(&room.read)).unwrap()).unwrap();
    assert_eq!(room.admit(Sent { bytes: Bytes::new(), _place: None }).unwrap_err().code(), "busy");
}

#[test]
fn who_proves_nothing_has_less_time() {
    let (usual, unproven) = (Pace::default(), Pace::UNPROVEN);
    assert!(unproven.pause < usual.pause && unproven.whole < usual.whole);
}
