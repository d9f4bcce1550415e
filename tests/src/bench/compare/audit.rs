//! The count after the power cut: what the ledger acknowledged is read again from the blocks of a node, batch by batch, as an auditor would.

use super::lane::Shared;
use crate::error::{Doing, Error, expect};
use codec::Decode;
use mulu_client::{connection::Connection, evidence};
use mulu_primitives::batch;
use mulu_proofs::{
    access::{BatchHeader, body_digest},
    certificate::verify_ed25519,
    evidence::calls::call_index,
    extrinsic::SignedExtrinsic,
    ids::{Digest32, EventNumber, StreamId},
    records::RecordKind,
};
use mulu_rpc_api::{
    access::{AccessClient, EventRef},
    chain::{ChainClient, NUMBERS_MAX},
    node::NodeClient,
};
use sp_core::H256;
use sp_rpc::{list::ListOrValue, number::NumberOrHex};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long the validators may take to agree on a block again.
const RECOVERY_MAX: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// How far a stream's chain of batches was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Followed {
    next: EventNumber,
    previous: Digest32,
}

impl Followed {
    const NEW: Self = Self { next: EventNumber::new(1), previous: [0; 32] };
}

/// Events acknowledged, once every validator has them, every batch was read again whole from a block, and the last event of every stream is
/// proven offline.
///
/// # Errors
/// [`Error`] with what is missing or false.
pub async fn count(shared: &Shared, acknowledged: &[(StreamId, u64)]) -> Result<u64, Error> {
    let started = Instant::now();
    for connection in shared.lines.all() {
        for (stream, next) in acknowledged {
            caught_up(connection, *stream, *next, started).await?;
        }
    }
    let followed = follow(shared).await?;
    let mut sum = 0;
    for (stream, next) in acknowledged {
        let found = followed.get(stream).unwrap_or(&Followed::NEW).next.get();
        expect(found >= *next, || format!("stream {stream} has events up to {found}, and {next} were acknowledged"))?;
        sum += next - 1;
    }
    let connection = shared.lines.of(1);
    let genesis = evidence::genesis(connection).await.doing("asking for the genesis file")?;
    expect(genesis.hash() == shared.lines.identity().genesis, || "the genesis file is another chain's".into())?;
    for (stream, next) in acknowledged.iter().filter(|(_, next)| *next > 1) {
        let event = EventRef { stream: *stream, event: EventNumber::new(next - 1) };
        let package = evidence::fetch(connection, event, None).await.doing("asking for evidence")?;
        evidence::check(&package, &genesis, event).doing(format!("verifying the evidence of event {event}"))?;
    }
    Ok(sum)
}

/// A validator that missed the last block before the cut gets it from the others.
async fn caught_up(connection: &Connection, stream: StreamId, next: u64, started: Instant) -> Result<(), Error> {
    loop {
        let found = AccessClient::stream(connection, stream).await.doing("asking for a stream")?;
        let found = found.map_or(0, |stream| stream.next.get());
        if found >= next {
            return Ok(());
        }
        expect(started.elapsed() < RECOVERY_MAX, || {
            format!("a validator has stream {stream} up to {found}, and {next} were acknowledged")
        })?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Follows every stream through all blocks of the first validator.
async fn follow(shared: &Shared) -> Result<BTreeMap<StreamId, Followed>, Error> {
    let connection = shared.lines.of(1);
    let head = connection.info().await.doing("asking for the head")?.head.height.get();
    let mut followed = BTreeMap::new();
    let heights: Vec<u32> = (1..=head).collect();
    for heights in heights.chunks(NUMBERS_MAX) {
        let numbers = heights.iter().map(|height| NumberOrHex::Number((*height).into())).collect();
        let hashes = connection.block_hash(Some(ListOrValue::List(numbers))).await.doing("asking for hashes")?;
        let ListOrValue::List(hashes) = hashes else { return Err(Error::Unexpected("one hash for many".into())) };
        for hash in hashes {
            follow_block(shared, connection, hash, &mut followed).await?;
        }
    }
    Ok(followed)
}

async fn follow_block(
    shared: &Shared,
    connection: &Connection,
    hash: Option<H256>,
    followed: &mut BTreeMap<StreamId, Followed>,
) -> Result<(), Error> {
    let block = connection.block(hash).await.doing("reading a block")?;
    let block = block.ok_or_else(|| Error::Unexpected("a block is missing".into()))?;
    for extrinsic in &block.block.extrinsics {
        if let Some(batch) = read(&extrinsic.0) {
            let stream = followed.entry(batch.header.stream).or_insert(Followed::NEW);
            // One that does not follow was refused, and changed nothing.
            if (batch.header.first, batch.header.previous) == (stream.next, stream.previous) {
                batch.check(shared)?;
                stream.next = EventNumber::new(stream.next.get() + u64::from(batch.header.count));
                stream.previous = batch.header.digest();
            }
        }
    }
    Ok(())
}

/// A batch as it stands in a block.
struct Batch {
    signer: [u8; 32],
    header: BatchHeader,
    signature: [u8; 64],
    body: Vec<u8>,
}

/// The batch of an extrinsic, if it has one.
fn read(extrinsic: &[u8]) -> Option<Batch> {
    let extrinsic = SignedExtrinsic::read(extrinsic)?;
    let index = call_index(RecordKind::BatchAccepted)?;
    let mut arguments = extrinsic.call.strip_prefix(&index[..])?;
    let (header, signature, body) = Decode::decode(&mut arguments).ok()?;
    Some(Batch { signer: extrinsic.signer, header, signature, body })
}

impl Batch {
    /// Signature, body and public root, from the body's own events.
    fn check(&self, shared: &Shared) -> Result<(), Error> {
        let header = &self.header;
        let name = format!("batch {} of stream {}", header.first, header.stream);
        let signed = header.signing_bytes(&shared.lines.identity().domain());
        expect(verify_ed25519(&self.signer, &signed, &self.signature), || format!("{name} is not signed"))?;
        expect(body_digest(&self.body) == header.body_digest, || format!("{name} has another body"))?;
        let leaves = batch::decode(&self.body, &shared.terms)
            .map_err(|error| Error::Unexpected(format!("{name} does not read: {error}")))?;
        let whole = leaves.len() == header.count as usize && batch::public_root(&leaves) == header.public_root;
        expect(whole, || format!("{name} has other events than its header says"))
    }
}
