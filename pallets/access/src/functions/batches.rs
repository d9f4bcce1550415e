//! Batches: what is wrong with one refuses it; what is wrong with its events is found and kept.

use super::{
    StateTerms,
    judge::{Judge, Judged},
};
use crate::{
    pallet::{ComparedTo, Config, Error, Event, Halted, Pallet, Reporting, Streams, Tallies},
    types::Stream,
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError, traits::Get};
use mulu_pallet_support::{Clock, People, Records};
use mulu_primitives::batch::{self, DecodeError, UnknownTerms};
use mulu_proofs::{
    access::{BatchHeader, BatchRecord, CODEC_VERSION, EVENTS_MAX, LEAF_VERSION, PublicLeaf, body_digest},
    certificate::verify_ed25519,
    departments::{About, Role},
    ids::{EventNumber, Moment, RecordNumber, StreamId},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_submit_batch(
        who: &AccountId32,
        header: &BatchHeader,
        signature: [u8; 64],
        body: &[u8],
    ) -> DispatchResult {
        let stream = Streams::<T>::get(header.stream).ok_or_else(|| Self::no_stream(header.stream))?;
        ensure!(stream.key == *AsRef::<[u8; 32]>::as_ref(who), Error::<T>::OtherKey);
        T::People::signed_as(who, stream.department, Role::Platform, &About::NOTHING)?;
        Self::check_header(header, &stream, &signature, body)?;
        let terms = StateTerms::<T>::default();
        let leaves = Self::read_body(header, body, &terms)?;
        let time_last = Self::check_times(header, &stream, &leaves)?;
        terms.check_ids(&leaves, stream.platform)?;
        let mut judged = Judge::new(&stream, &terms).judge(&leaves)?;

        let record = BatchRecord {
            platform: stream.platform,
            key: stream.key,
            header: *header,
            signature,
            time_last,
            runs: judged.ends.number(&leaves),
            findings: judged.findings.clone(),
        };
        let subjects = [Subject::Stream(header.stream), Subject::System(stream.platform)];
        let number = T::Records::append(RecordKind::BatchAccepted, stream.department, Some(who), &subjects, &record);
        Self::write_tallies(&judged);
        judged.ends.write(&judged.used);
        Self::advance(header, stream, judged.findings.len(), number);
        Ok(())
    }

    /// Why there is no open stream of that id.
    fn no_stream(id: StreamId) -> Error<T> {
        if Halted::<T>::contains_key(id) { Error::StreamHalted } else { Error::UnknownStream }
    }

    /// What the header says of itself, cheapest first, and the signature under it.
    fn check_header(header: &BatchHeader, stream: &Stream, signature: &[u8; 64], body: &[u8]) -> DispatchResult {
        ensure!(header.genesis == Self::genesis_hash(), Error::<T>::OtherChain);
        let known = header.codec_version == CODEC_VERSION && header.leaf_version == LEAF_VERSION;
        ensure!(known, Error::<T>::UnknownForm);
        ensure!(header.first >= stream.next, Error::<T>::Repeats);
        ensure!(header.first == stream.next, Error::<T>::Skips);
        ensure!(header.previous == stream.previous, Error::<T>::OtherPrevious);
        ensure!((1..=EVENTS_MAX).contains(&header.count), Error::<T>::CountInvalid);
        let same_body = header.body_bytes as usize == body.len() && header.body_digest == body_digest(body);
        ensure!(same_body, Error::<T>::OtherBody);
        let signed = verify_ed25519(&stream.key, &header.signing_bytes(&T::ChainDomain::get()), signature);
        ensure!(signed, Error::<T>::BadSignature);
        Ok(())
    }

    /// The leaves of the body, as many and under the root that the header says.
    fn read_body(header: &BatchHeader, body: &[u8], terms: &StateTerms<T>) -> Result<Vec<PublicLeaf>, DispatchError> {
        let leaves = batch::decode(body, terms).map_err(|error| match error {
            DecodeError::Unknown(UnknownTerms::Grant { .. }) => Error::<T>::UnknownGrant,
            DecodeError::Unknown(UnknownTerms::Entry { .. }) => Error::<T>::UnknownEntry,
            _ => Error::<T>::BodyMalformed,
        })?;
        ensure!(leaves.len() == header.count as usize, Error::<T>::OtherCount);
        ensure!(batch::public_root(&leaves) == header.public_root, Error::<T>::OtherRoot);
        Ok(leaves)
    }

    /// Checks the times of the batch and returns the latest.
    fn check_times(header: &BatchHeader, stream: &Stream, leaves: &[PublicLeaf]) -> Result<Moment, DispatchError> {
        let times = || leaves.iter().map(|leaf| leaf.time);
        let last = times().max().unwrap_or_default();
        ensure!(times().min() == Some(header.time_base), Error::<T>::OtherTimeBase);
        ensure!(header.time_base >= stream.time_base, Error::<T>::TimeBackwards);
        let latest = T::Clock::now().get().saturating_add(T::TimeAheadMs::get());
        ensure!(last.get() <= latest, Error::<T>::TimeAhead);
        Ok(last)
    }

    fn write_tallies(judged: &Judged<T>) {
        if judged.tallies.is_empty() {
            return;
        }
        if ComparedTo::<T>::get().is_none() {
            ComparedTo::<T>::put(Self::waited_from());
        }
        for ((day, grant), tally) in &judged.tallies {
            Tallies::<T>::insert(day, grant, tally);
        }
        for (grant, parties) in &judged.parties {
            Reporting::<T>::insert(grant, parties);
        }
    }

    /// Moves the stream's cursor behind the batch.
    fn advance(header: &BatchHeader, stream: Stream, with_findings: usize, record: RecordNumber) {
        let platform = stream.platform;
        let next = EventNumber::new(header.first.get() + u64::from(header.count));
        let moved = Stream { next, previous: header.digest(), time_base: header.time_base, ..stream };
        Streams::<T>::insert(header.stream, moved);
        Self::deposit_event(Event::BatchAccepted {
            record,
            stream: header.stream,
            platform,
            first: header.first,
            count: header.count,
            with_findings: u32::try_from(with_findings).expect("at most EVENTS_MAX"),
        });
    }
}
