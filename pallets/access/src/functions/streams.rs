//! Streams: opening, closing, halting, reopening.

use crate::{
    pallet::{Compromised, Config, Error, Event, Halted, KeyStreams, LastStream, OpenStreams, Pallet, Spans, Streams},
    types::{Span, Stream},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use mulu_pallet_support::{People, Records};
use mulu_proofs::{
    access::{StreamClosed, StreamOpened, StreamReopened},
    departments::{About, Role},
    ids::{Digest32, EventNumber, Moment, PublicKey, StreamId, SystemId},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_open_stream(who: &AccountId32, platform: SystemId, reconciles: bool) -> DispatchResult {
        let facts = Self::platform(platform)?;
        let signed_as = T::People::signed_as(who, facts.department, Role::Platform, &About::NOTHING)?;
        let key: PublicKey = *who.as_ref();
        Self::ensure_takes_stream(&key)?;
        let open = OpenStreams::<T>::get(platform);
        ensure!(open < T::MaxStreams::get(), Error::<T>::TooManyStreams);

        let id = LastStream::<T>::get().next();
        let first = EventNumber::new(1);
        let stream = Stream {
            platform,
            reconciles,
            department: facts.department,
            key,
            next: first,
            previous: Digest32::default(),
            time_base: Moment::new(0),
        };
        LastStream::<T>::put(id);
        OpenStreams::<T>::insert(platform, open + 1);
        KeyStreams::<T>::insert(key, id, first);
        let body = StreamOpened { stream: id, platform, reconciles, key, signed_as };
        Streams::<T>::insert(id, stream);
        let subjects = [Subject::Stream(id), Subject::System(platform)];
        T::Records::append(RecordKind::StreamOpened, facts.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::StreamOpened { stream: id, platform, key: who.clone() });
        Ok(())
    }

    pub(crate) fn do_close_stream(who: &AccountId32, id: StreamId) -> DispatchResult {
        let halted = Halted::<T>::get(id);
        let is_halted = halted.is_some();
        let stream = halted.or_else(|| Streams::<T>::get(id)).ok_or(Error::<T>::UnknownStream)?;
        let is_key = stream.key == *AsRef::<[u8; 32]>::as_ref(who);
        let role = if is_key && !is_halted { Role::Platform } else { Role::Admin };
        let signed_as = T::People::signed_as(who, stream.department, role, &About::NOTHING)
            .map_err(|_| Error::<T>::NotPermitted)?;

        if is_halted {
            Halted::<T>::remove(id);
        } else {
            Self::take_from_key(id, &stream);
        }
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

    pub(crate) fn do_reopen_stream(who: &AccountId32, id: StreamId) -> DispatchResult {
        let open = Streams::<T>::get(id);
        let before = open.clone().or_else(|| Halted::<T>::get(id)).ok_or(Error::<T>::UnknownStream)?;
        let signs = T::People::holds(&AccountId32::new(before.key), before.department, Role::Platform);
        ensure!(open.is_none() || !signs, Error::<T>::NotHalted);
        let signed_as = T::People::signed_as(who, before.department, Role::Platform, &About::NOTHING)?;
        let key: PublicKey = *who.as_ref();
        Self::ensure_takes_stream(&key)?;
        // Of one key there is one beginning and one span in a stream, by which evidence finds what it signed.
        ensure!(!Spans::<T>::contains_key(id, key), Error::<T>::KeyHadStream);

        if let Some(open) = &open {
            Self::take_from_key(id, open);
            if !Spans::<T>::contains_key(id, open.key) {
                let last = EventNumber::new(open.next.get() - 1);
                Spans::<T>::insert(id, open.key, Span { first: open.next, last });
            }
        }
        let stream = Stream { key, ..before };
        Halted::<T>::remove(id);
        KeyStreams::<T>::insert(key, id, stream.next);
        let Stream { platform, next, previous, department, .. } = stream;
        Streams::<T>::insert(id, stream);
        let body = StreamReopened { stream: id, platform, key, next, previous, signed_as };
        let subjects = [Subject::Stream(id), Subject::System(platform)];
        T::Records::append(RecordKind::StreamReopened, department, Some(who), &subjects, &body);
        Self::deposit_event(Event::StreamReopened { stream: id, key: who.clone(), next });
        Ok(())
    }

    /// Halts the open streams of a key, and returns them, ascending.
    pub(super) fn halt_streams(key: &PublicKey) -> Vec<StreamId> {
        let mut ids: Vec<StreamId> = KeyStreams::<T>::iter_key_prefix(key).collect();
        ids.sort_unstable();
        for id in &ids {
            if let Some(stream) = Streams::<T>::get(id) {
                Self::take_from_key(*id, &stream);
                Halted::<T>::insert(id, stream);
            }
        }
        ids
    }

    /// Takes an open stream away from its key, and keeps which events the key has signed in it.
    fn take_from_key(id: StreamId, stream: &Stream) {
        Streams::<T>::remove(id);
        if let Some(first) = KeyStreams::<T>::take(stream.key, id).filter(|first| *first < stream.next) {
            Spans::<T>::insert(id, stream.key, Span { first, last: EventNumber::new(stream.next.get() - 1) });
        }
    }

    /// Whether a key may sign one more stream: it was not compromised, and has room.
    fn ensure_takes_stream(key: &PublicKey) -> DispatchResult {
        ensure!(!Compromised::<T>::contains_key(key), Error::<T>::KeyIsCompromised);
        let open = KeyStreams::<T>::iter_key_prefix(key).count();
        ensure!(open < T::MaxStreams::get() as usize, Error::<T>::TooManyStreams);
        Ok(())
    }
}
