//! Messages of value sync as bytes: how far a peer is, which blocks are asked for, and the blocks.

use super::{CodecError, Wire, list, messages::PEER_ID_BYTES_MAX, put_list, put_run, run};
use crate::context::{Height, MuluContext};
use arc_malachitebft_app_channel::app::types::{
    PeerId,
    core::{CommitCertificate, ExtendedCommitCertificate, VoteExtensions},
    sync::{RawDecidedValue, Request, Response, Status},
};
use arc_malachitebft_sync::{ValueRequest, ValueResponse};
use bytes::{Bytes, BytesMut};
use mulu_primitives::block::BLOCK_BYTES_MAX;

/// Most blocks in one answer.
pub const SYNC_VALUES_MAX: usize = 64;

impl Wire for PeerId {
    fn write(&self, out: &mut BytesMut) {
        put_run(out, &self.to_bytes());
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        const WHAT: &str = "bytes of a peer's name";
        let bytes = run(input, WHAT, PEER_ID_BYTES_MAX)?;
        Self::from_bytes(&bytes)
            .map_err(|_| CodecError::Unknown { what: "peer's name", found: bytes.first().copied().unwrap_or(0) })
    }
}

impl Wire for Status<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        self.peer_id.write(out);
        self.tip_height.write(out);
        self.history_min_height.write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        Ok(Self {
            peer_id: PeerId::read(input)?,
            tip_height: Height::read(input)?,
            history_min_height: Height::read(input)?,
        })
    }
}

impl Wire for Request<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        let Self::ValueRequest(request) = self;
        request.range.start().write(out);
        request.range.end().write(out);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        let start = Height::read(input)?;
        Ok(Self::ValueRequest(ValueRequest::new(start..=Height::read(input)?)))
    }
}

impl Wire for RawDecidedValue<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        self.certificate.trim_vote_extensions().write(out);
        put_run(out, &self.value_bytes);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        let certificate = CommitCertificate::read(input)?;
        let bytes = run(input, "bytes of a block", BLOCK_BYTES_MAX)?;
        Ok(Self::new(bytes, extended(certificate)))
    }
}

/// The engine's wider form of a certificate; votes here carry no extensions.
pub fn extended(certificate: CommitCertificate<MuluContext>) -> ExtendedCommitCertificate<MuluContext> {
    ExtendedCommitCertificate::from_commit_certificate_and_extensions(certificate, VoteExtensions::new(Vec::new()))
}

impl Wire for Response<MuluContext> {
    fn write(&self, out: &mut BytesMut) {
        let Self::ValueResponse(response) = self;
        response.start_height.write(out);
        put_list(out, &response.values);
    }

    fn read(input: &mut Bytes) -> Result<Self, CodecError> {
        let start = Height::read(input)?;
        Ok(Self::ValueResponse(ValueResponse::new(start, list(input, "blocks of an answer", SYNC_VALUES_MAX)?)))
    }
}

/// Bytes of an answer's form.
pub fn response_len(response: &Response<MuluContext>) -> usize {
    let Response::ValueResponse(response) = response;
    let value = |value: &RawDecidedValue<MuluContext>| {
        // Height, round, hash, count and signatures of the certificate; length and bytes of the block.
        4 + 4 + 32 + 4 + value.certificate.commit_signatures.len() * 96 + 4 + value.value_bytes.len()
    };
    4 + 4 + response.values.iter().map(value).sum::<usize>()
}
