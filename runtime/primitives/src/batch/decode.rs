//! From the body to leaves.

use super::{BODY_BYTES_MAX, DecodeError, Terms, bits::Reader, columns, encode, run};
use mulu_proofs::access::{CODEC_VERSION, EVENTS_MAX, PublicLeaf};

/// The leaves of `body`, in canonical order. Only the canonical form is read: the leaves are encoded again and compared.
///
/// # Errors
/// [`DecodeError`], the first rule that the body breaks.
pub fn decode(body: &[u8], terms: &impl Terms) -> Result<Vec<PublicLeaf>, DecodeError> {
    let (runs, leaves) = read(body, terms)?;
    let is_canonical = encode::check(&runs, &leaves).is_ok() && encode::write(&runs, &leaves) == body;
    if is_canonical { Ok(leaves) } else { Err(DecodeError::NotCanonical) }
}

/// The leaves of a body that the ledger accepted, and that is therefore in the canonical form: half the work of [`decode`], for reading history.
///
/// # Errors
/// [`DecodeError`], as [`decode`], but never [`DecodeError::NotCanonical`].
pub fn decode_accepted(body: &[u8], terms: &impl Terms) -> Result<Vec<PublicLeaf>, DecodeError> {
    read(body, terms).map(|(_, leaves)| leaves)
}

fn read(body: &[u8], terms: &impl Terms) -> Result<(Vec<run::Run>, Vec<PublicLeaf>), DecodeError> {
    if body.len() > BODY_BYTES_MAX as usize {
        return Err(DecodeError::TooLong { bytes: body.len() });
    }
    let reader = &mut Reader::new(body);
    let version = reader.byte()?;
    if version != CODEC_VERSION {
        return Err(DecodeError::Version { version });
    }
    let count = reader.count("the number of events", 1, EVENTS_MAX as usize)?;
    let runs = run::read(reader, count, terms)?;
    let mut leaves = Vec::with_capacity(count);
    for run in &runs {
        leaves.resize(leaves.len() + run.count, run.leaf());
    }
    columns::read(reader, &runs, &mut leaves)?;
    reader.end()?;
    Ok((runs, leaves))
}
