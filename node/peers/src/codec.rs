//! One request carries some extrinsics, one byte answers it. Every bound is checked before anything is allocated.
//!
//! Request: length of what follows (4 bytes, little-endian), then each extrinsic behind its own length (4). Answer: 0 taken, 1 busy.

use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::request_response;
use mulu_primitives::block::{EXTRINSIC_BYTES_MAX, Extrinsic};
use std::io;

/// Most bytes of extrinsics in one request.
pub const REQUEST_BYTES_MAX: usize = EXTRINSIC_BYTES_MAX;
/// Most extrinsics in one request.
pub const REQUEST_EXTRINSICS_MAX: usize = 4_096;

const LENGTH_BYTES: usize = 4;
const FRAME_BYTES_MAX: usize = REQUEST_BYTES_MAX + LENGTH_BYTES * REQUEST_EXTRINSICS_MAX;

const _: () = assert!(FRAME_BYTES_MAX <= u32::MAX as usize);

/// What the receiver says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ack {
    /// The extrinsics are on their way to the pool.
    Taken,
    /// The receiver has too much to do; send them again later.
    Busy,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ExtrinsicsCodec;

/// Writes the frame of a request, without its own length.
pub(crate) fn encode(extrinsics: &[Extrinsic]) -> Vec<u8> {
    let bytes: usize = extrinsics.iter().map(|e| LENGTH_BYTES + e.bytes().len()).sum();
    let mut frame = Vec::with_capacity(bytes);
    for extrinsic in extrinsics {
        let length = u32::try_from(extrinsic.bytes().len()).expect("at most EXTRINSIC_BYTES_MAX");
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(extrinsic.bytes());
    }
    assert!(frame.len() <= FRAME_BYTES_MAX, "the outbox keeps requests within their bounds");
    frame
}

/// Reads the frame of a request.
pub(crate) fn decode(mut frame: &[u8]) -> Result<Vec<Extrinsic>, &'static str> {
    let (mut extrinsics, mut bytes) = (Vec::new(), 0);
    while !frame.is_empty() {
        let (length, rest) = frame.split_first_chunk::<LENGTH_BYTES>().ok_or("a cut length")?;
        let length = u32::from_le_bytes(*length) as usize;
        bytes += length;
        if length == 0 || length > EXTRINSIC_BYTES_MAX || bytes > REQUEST_BYTES_MAX {
            return Err("an extrinsic that is empty or too long, or too many bytes");
        }
        if extrinsics.len() == REQUEST_EXTRINSICS_MAX {
            return Err("too many extrinsics");
        }
        let (extrinsic, rest) = rest.split_at_checked(length).ok_or("a cut extrinsic")?;
        extrinsics.push(Extrinsic::new(extrinsic));
        frame = rest;
    }
    if extrinsics.is_empty() { Err("no extrinsics") } else { Ok(extrinsics) }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[async_trait]
impl request_response::Codec for ExtrinsicsCodec {
    type Protocol = String;
    type Request = Vec<Extrinsic>;
    type Response = Ack;

    async fn read_request<T>(&mut self, _: &String, io: &mut T) -> io::Result<Vec<Extrinsic>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut length = [0; LENGTH_BYTES];
        io.read_exact(&mut length).await?;
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(invalid("a request over its bound"));
        }
        let mut frame = vec![0; length];
        io.read_exact(&mut frame).await?;
        decode(&frame).map_err(invalid)
    }

    async fn read_response<T>(&mut self, _: &String, io: &mut T) -> io::Result<Ack>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut byte = [0];
        io.read_exact(&mut byte).await?;
        match byte {
            [0] => Ok(Ack::Taken),
            [1] => Ok(Ack::Busy),
            _ => Err(invalid("an unknown answer")),
        }
    }

    async fn write_request<T>(&mut self, _: &String, io: &mut T, extrinsics: Vec<Extrinsic>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let frame = encode(&extrinsics);
        let length = u32::try_from(frame.len()).expect("at most FRAME_BYTES_MAX");
        io.write_all(&length.to_le_bytes()).await?;
        io.write_all(&frame).await
    }

    async fn write_response<T>(&mut self, _: &String, io: &mut T, ack: Ack) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&[match ack {
            Ack::Taken => 0,
            Ack::Busy => 1,
        }])
        .await
    }
}
