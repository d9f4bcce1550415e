//! What waits to be sent to one peer: bounded, in order, cut into requests.

use crate::codec::{REQUEST_BYTES_MAX, REQUEST_EXTRINSICS_MAX};
use mulu_primitives::block::Extrinsic;
use std::collections::VecDeque;

/// Most bytes that wait for one peer. The bytes themselves are shared with the pool.
pub(crate) const OUTBOX_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most extrinsics that wait for one peer.
pub(crate) const OUTBOX_EXTRINSICS_MAX: usize = 32_768;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Extrinsic>,
    bytes: usize,
}

impl Outbox {
    /// Whether there was room.
    pub(crate) fn push(&mut self, extrinsic: Extrinsic) -> bool {
        let bytes = extrinsic.bytes().len();
        let has_room = self.queue.len() < OUTBOX_EXTRINSICS_MAX && self.bytes + bytes <= OUTBOX_BYTES_MAX;
        if has_room {
            self.bytes += bytes;
            self.queue.push_back(extrinsic);
        }
        has_room
    }

    /// Puts back what the peer had no room for, in front, as far as there is room here.
    pub(crate) fn put_back(&mut self, extrinsics: Vec<Extrinsic>) {
        for extrinsic in extrinsics.into_iter().rev() {
            let bytes = extrinsic.bytes().len();
            if self.queue.len() < OUTBOX_EXTRINSICS_MAX && self.bytes + bytes <= OUTBOX_BYTES_MAX {
                self.bytes += bytes;
                self.queue.push_front(extrinsic);
            }
        }
    }

    /// The extrinsics of the next request; none if nothing waits.
    pub(crate) fn next_request(&mut self) -> Vec<Extrinsic> {
        let (mut request, mut bytes) = (Vec::new(), 0);
        while let Some(first) = self.queue.front() {
            bytes += first.bytes().len();
            if bytes > REQUEST_BYTES_MAX || request.len() == REQUEST_EXTRINSICS_MAX {
                break;
            }
            self.bytes -= first.bytes().len();
            request.extend(self.queue.pop_front());
        }
        request
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
