//! The authority suspends an entry: the provider cannot agree to any request for it, and cannot lift that. The clocks of its replies stand
//! still meanwhile (art. 21). What the provider suspends itself excuses nothing.

use crate::{
    pallet::{Config, Held, OnClock, Pallet, Requests},
    types::ReplyClock,
};
use frame_support::{defensive, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clocks, Replies};
use mulu_proofs::ids::{EntryId, RequestId};

impl<T: Config> Replies for Pallet<T> {
    fn held(entry: EntryId, is_held: bool) {
        // From the first request on, also where a change before was not followed to the end.
        Held::<T>::insert(entry, (is_held, None::<RequestId>));
    }
}

impl<T: Config> Pallet<T> {
    /// Looks at no more than so many requests for entries that were held or let go.
    pub(crate) fn follow(requests_max: u32) {
        let mut left = requests_max as usize;
        while left > 0 {
            let Some((entry, (is_held, after))) = Held::<T>::iter().next() else { return };
            let from = after.map(|request| OnClock::<T>::hashed_key_for(entry, request));
            let requests: Vec<RequestId> = match from {
                Some(from) => OnClock::<T>::iter_key_prefix_from(entry, from).take(left).collect(),
                None => OnClock::<T>::iter_key_prefix(entry).take(left).collect(),
            };
            for request in &requests {
                Self::follow_one(*request, is_held);
            }
            match requests.last() {
                Some(last) if requests.len() == left => Held::<T>::insert(entry, (is_held, Some(*last))),
                _ => Held::<T>::remove(entry),
            }
            // An entry without requests is work too.
            left -= requests.len().max(1);
        }
    }

    fn follow_one(request: RequestId, is_held: bool) {
        let Some(mut open) = Requests::<T>::get(request) else { return };
        let Some(reply) = open.reply.as_mut().filter(|reply| reply.is_held != is_held) else { return };
        match Self::hold(reply, is_held) {
            Ok(true) => Requests::<T>::insert(request, open),
            Ok(false) => {}
            Err(_) => {
                defensive!("a clock of a reply was unknown");
            }
        }
    }

    /// Lets a clock stand still, or run again if it waits for nothing else. Says whether that changed it: what is overdue stays overdue.
    fn hold(reply: &mut ReplyClock, is_held: bool) -> Result<bool, DispatchError> {
        if is_held {
            reply.is_held = Self::stands_still(reply)?;
            return Ok(reply.is_held);
        }
        reply.is_held = false;
        if !reply.is_paused() {
            T::Clocks::resume(reply.deadline)?;
        }
        Ok(true)
    }
}
