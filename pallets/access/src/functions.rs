//! What the calls do: check, then write, then emit and record.

mod judge;
mod terms;

pub use terms::StateTerms;

use crate::{
    pallet::{Config, Error, Event, LastInSeries, LastStream, OpenStreams, Pallet, Streams, Used, UsedFrom},
    types::{Stream, USAGE_DAYS},
    weights,
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    pallet_prelude::{DispatchError, Weight},
    traits::Get,
};
use frame_system::pallet_prelude::BlockNumberFor;
use judge::{Judge, Judged};
use mulu_pallet_support::{Clock, Clocks, People, Records};
use mulu_primitives::batch::{self, DecodeError, UnknownTerms};
use mulu_proofs::{
    access::{
        BatchHeader, BatchRecord, CODEC_VERSION, EVENTS_MAX, LEAF_VERSION, PublicLeaf, RunNumbers, Series,
        StreamClosed, StreamOpened, body_digest,
    },
    catalog::List,
    certificate::verify_ed25519,
    departments::{About, Role, SystemKind},
    ids::{Digest32, EventNumber, Moment, RecordNumber, SeriesNumber, StreamId, SystemId},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;
use sp_runtime::traits::Zero;
use std::collections::BTreeMap;

/// Most counts that one block forgets.
const FORGET_MAX: u32 = 256;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_open_stream(who: &AccountId32, platform: SystemId, reconciles: bool) -> DispatchResult {
        let facts = T::People::system(platform).ok_or(Error::<T>::UnknownPlatform)?;
        ensure!(facts.kind == SystemKind::Platform, Error::<T>::NotAPlatform);
        let signed_as = T::People::signed_as(who, facts.department, Role::Platform, &About::NOTHING)?;
        let open = OpenStreams::<T>::get(platform);
        ensure!(open < T::MaxStreams::get(), Error::<T>::TooManyStreams);

        let id = LastStream::<T>::get().next();
        let stream = Stream {
            platform,
            reconciles,
            department: facts.department,
            key: *who.as_ref(),
            next: EventNumber::new(1),
            previous: Digest32::default(),
            time_base: Moment::new(0),
        };
        LastStream::<T>::put(id);
        OpenStreams::<T>::insert(platform, open + 1);
        let body = StreamOpened { stream: id, platform, reconciles, key: stream.key, signed_as };
        Streams::<T>::insert(id, stream);
        let subjects = [Subject::Stream(id), Subject::System(platform)];
        T::Records::append(RecordKind::StreamOpened, facts.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::StreamOpened { stream: id, platform, key: who.clone() });
        Ok(())
    }

    pub(crate) fn do_submit_batch(
        who: &AccountId32,
        header: &BatchHeader,
        signature: [u8; 64],
        body: &[u8],
    ) -> DispatchResult {
        let stream = Streams::<T>::get(header.stream).ok_or(Error::<T>::UnknownStream)?;
        ensure!(stream.key == *AsRef::<[u8; 32]>::as_ref(who), Error::<T>::OtherKey);
        T::People::signed_as(who, stream.department, Role::Platform, &About::NOTHING)?;
        Self::check_header(header, &stream, &signature, body)?;
        let terms = StateTerms::<T>::default();
        let leaves = Self::read_body(header, body, &terms)?;
        let time_last = Self::check_times(header, &stream, &leaves)?;
        terms.check_ids(&leaves, stream.platform)?;
        let judged = Judge::new(&stream, &terms).judge(&leaves)?;

        let record = BatchRecord {
            platform: stream.platform,
            key: stream.key,
            header: *header,
            signature,
            time_last,
            runs: Self::number(&leaves),
            findings: judged.findings.clone(),
        };
        let subjects = [Subject::Stream(header.stream), Subject::System(stream.platform)];
        let number = T::Records::append(RecordKind::BatchAccepted, stream.department, Some(who), &subjects, &record);
        Self::write_usage(&judged);
        Self::advance(header, stream, &judged, number);
        Ok(())
    }

    pub(crate) fn do_close_stream(who: &AccountId32, id: StreamId) -> DispatchResult {
        let stream = Streams::<T>::get(id).ok_or(Error::<T>::UnknownStream)?;
        let role = if stream.key == *AsRef::<[u8; 32]>::as_ref(who) { Role::Platform } else { Role::Admin };
        let signed_as = T::People::signed_as(who, stream.department, role, &About::NOTHING)
            .map_err(|_| Error::<T>::NotPermitted)?;

        Streams::<T>::remove(id);
        OpenStreams::<T>::mutate_exists(stream.platform, |open| {
            *open = open.and_then(|open| open.checked_sub(1)).filter(|open| *open > 0);
        });
        let last = EventNumber::new(stream.next.get() - 1);
        let body = StreamClosed { stream: id, last, signed_as };
        let subjects = [Subject::Stream(id), Subject::System(stream.platform)];
        T::Records::append(RecordKind::StreamClosed, stream.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::StreamClosed { stream: id, last });
        Ok(())
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

    /// Numbers the events of each run in its series. Two runs may be of one series: two versions of a grant, or of an entry.
    fn number(leaves: &[PublicLeaf]) -> List<RunNumbers, EVENTS_MAX> {
        let mut last = BTreeMap::<Series, SeriesNumber>::new();
        let mut runs = Vec::new();
        for run in leaves.chunk_by(|a, b| a.key == b.key) {
            let series = run[0].key.series();
            let number = last.entry(series).or_insert_with(|| LastInSeries::<T>::get(series));
            let count = u32::try_from(run.len()).expect("a run is part of a batch of at most EVENTS_MAX events");
            runs.push(RunNumbers { series, first: number.next(), count });
            *number = SeriesNumber::new(number.get() + u64::from(count));
        }
        for (series, number) in last {
            LastInSeries::<T>::insert(series, number);
        }
        List::try_from(runs).expect("no more runs than events, which the codec bounds by EVENTS_MAX")
    }

    fn write_usage(judged: &Judged) {
        if judged.used.is_empty() {
            return;
        }
        if !UsedFrom::<T>::exists() {
            UsedFrom::<T>::put(Self::counted_from());
        }
        for ((day, grant), usage) in &judged.used {
            Used::<T>::insert(day, grant, usage);
        }
    }

    /// Moves the stream's cursor behind the batch.
    fn advance(header: &BatchHeader, stream: Stream, judged: &Judged, record: RecordNumber) {
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
            with_findings: u32::try_from(judged.findings.len()).expect("at most EVENTS_MAX"),
        });
    }

    /// First local day whose counts are kept.
    pub(crate) fn counted_from() -> u32 {
        T::Clocks::day_of(T::Clock::now()).get().saturating_sub(USAGE_DAYS - 1)
    }

    /// Removes counts of days that are over, at most [`FORGET_MAX`] of one day a block.
    pub(crate) fn forget_usage() -> Weight {
        let Some(day) = UsedFrom::<T>::get() else { return T::DbWeight::get().reads(1) };
        if day >= Self::counted_from() {
            return T::DbWeight::get().reads(2);
        }
        let removed = Used::<T>::clear_prefix(day, FORGET_MAX, None);
        if removed.maybe_cursor.is_none() {
            UsedFrom::<T>::put(day + 1);
        }
        weights::ACT.saturating_add(T::DbWeight::get().reads_writes(2, u64::from(removed.loops) + 1))
    }

    fn genesis_hash() -> Digest32 {
        let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
        Digest32::try_from(hash.as_ref()).expect("block hashes have 32 bytes")
    }
}
