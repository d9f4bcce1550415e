//! Bytes of what consensus sends and logs: fixed-width little-endian fields, one byte before every choice, a count before every list.
//!
//! Hand-written, so that every bound is in sight: a count is checked before anything is allocated for it, a choice that nobody makes
//! is refused, and nothing may follow a message.

mod messages;
mod sync;
#[cfg(test)]
mod tests;

use arc_malachitebft_app_channel::app::{
    consensus::{LivenessMsg, SignedConsensusMsg},
    streaming::StreamMessage,
    types::{
        ProposedValue,
        codec::{Codec, HasEncodedLen},
        core::{PolkaCertificate, ValidatorProof},
        sync::{Request, Response, Status},
    },
};
use bytes::{Buf, BufMut, Bytes, BytesMut};

#[cfg(test)]
use messages::STREAM_ID_BYTES;
pub use sync::{SYNC_VALUES_MAX, extended};

use crate::context::{MuluContext, Part};

/// The codec of everything that the engine writes or reads.
#[derive(Clone, Copy, Debug)]
pub struct MuluCodec;

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes end before the message does.
    #[error("the message ends early, in {what}")]
    Short {
        /// Where.
        what: &'static str,
    },
    /// A count over its bound.
    #[error("{what}: {found}, at most {bound}")]
    OverBound {
        /// What is counted.
        what: &'static str,
        /// The count.
        found: u64,
        /// How many there may be.
        bound: u64,
    },
    /// A value that stands for nothing.
    #[error("{what}: {found} stands for nothing")]
    Unknown {
        /// Which field.
        what: &'static str,
        /// What was found.
        found: u8,
    },
    /// Bytes behind the message.
    #[error("{bytes} bytes follow the message")]
    Trailing {
        /// How many.
        bytes: usize,
    },
}

/// A type with a form in bytes.
trait Wire: Sized {
    /// Appends the form.
    fn write(&self, out: &mut BytesMut);

    /// Reads the form from the front of `input`.
    fn read(input: &mut Bytes) -> Result<Self, CodecError>;
}

/// Takes `count` bytes from the front.
fn take(input: &mut Bytes, count: usize, what: &'static str) -> Result<Bytes, CodecError> {
    if input.remaining() < count { Err(CodecError::Short { what }) } else { Ok(input.split_to(count)) }
}

fn array<const N: usize>(input: &mut Bytes, what: &'static str) -> Result<[u8; N], CodecError> {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&take(input, N, what)?);
    Ok(bytes)
}

fn byte(input: &mut Bytes, what: &'static str) -> Result<u8, CodecError> {
    array::<1>(input, what).map(|[byte]| byte)
}

fn number32(input: &mut Bytes, what: &'static str) -> Result<u32, CodecError> {
    array(input, what).map(u32::from_le_bytes)
}

fn number64(input: &mut Bytes, what: &'static str) -> Result<u64, CodecError> {
    array(input, what).map(u64::from_le_bytes)
}

/// A count, checked before anything is made of it.
fn count(input: &mut Bytes, what: &'static str, bound: usize) -> Result<usize, CodecError> {
    let found = number32(input, what)?;
    if found as usize > bound {
        return Err(CodecError::OverBound { what, found: found.into(), bound: bound as u64 });
    }
    Ok(found as usize)
}

fn put_count(out: &mut BytesMut, count: usize) {
    out.put_u32_le(u32::try_from(count).expect("whatever is sent is within its bound, all bounds are below 2^32"));
}

/// A run of bytes with its length, at most `bound`.
fn run(input: &mut Bytes, what: &'static str, bound: usize) -> Result<Bytes, CodecError> {
    let length = count(input, what, bound)?;
    take(input, length, what)
}

fn put_run(out: &mut BytesMut, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.put_slice(bytes);
}

/// A list with its count, at most `bound`.
fn list<T: Wire>(input: &mut Bytes, what: &'static str, bound: usize) -> Result<Vec<T>, CodecError> {
    let count = count(input, what, bound)?;
    (0..count).map(|_| T::read(input)).collect()
}

fn put_list<T: Wire>(out: &mut BytesMut, list: &[T]) {
    put_count(out, list.len());
    for item in list {
        item.write(out);
    }
}

macro_rules! codec {
    ($($message:ty),* $(,)?) => {
        $(impl Codec<$message> for MuluCodec {
            type Error = CodecError;

            fn decode(&self, mut bytes: Bytes) -> Result<$message, CodecError> {
                let message = <$message as Wire>::read(&mut bytes)?;
                if bytes.has_remaining() { Err(CodecError::Trailing { bytes: bytes.remaining() }) } else { Ok(message) }
            }

            fn encode(&self, message: &$message) -> Result<Bytes, CodecError> {
                let mut out = BytesMut::new();
                message.write(&mut out);
                Ok(out.freeze())
            }
        })*
    };
}

codec!(
    Part,
    StreamMessage<Part>,
    SignedConsensusMsg<MuluContext>,
    LivenessMsg<MuluContext>,
    PolkaCertificate<MuluContext>,
    ProposedValue<MuluContext>,
    ValidatorProof<MuluContext>,
    Status<MuluContext>,
    Request<MuluContext>,
    Response<MuluContext>,
);

impl HasEncodedLen<Response<MuluContext>> for MuluCodec {
    fn encoded_len(&self, response: &Response<MuluContext>) -> Result<usize, CodecError> {
        Ok(sync::response_len(response))
    }
}
