//! Stolen keys: the report, what the department says is not its own, and what the authority finds.

use crate::{
    pallet::{
        Compromised, Compromises, Config, Error, Event, OpenRepudiations, Pallet, Repudiated, Repudiations, Spans,
    },
    types::{Compromise, Repudiation, Span},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError, traits::Get};
use mulu_pallet_support::{Clock, People, Records};
use mulu_proofs::{
    access::{EventsRepudiated, KeyCompromised, RepudiationDecided},
    catalog::List,
    departments::{About, Role},
    ids::{EventNumber, Moment, PublicKey, RecordNumber, StreamId, SystemId},
    records::{RecordKind, SUBJECTS_MAX, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_report_compromise(
        who: &AccountId32,
        platform: SystemId,
        key: PublicKey,
        (from, to): (Moment, Moment),
        statement: Text<512>,
    ) -> DispatchResult {
        let department = Self::platform(platform)?.department;
        let signed_as = Self::signed_as_one_of(who, department, [Role::Admin, Role::Head], &About::NOTHING)?;
        // A key that was replaced can have been stolen before that: whose it was is who reports it.
        let is_theirs = T::People::belonged_to(&AccountId32::new(key)) == Some(department);
        ensure!(is_theirs, Error::<T>::KeyOfOther);
        // The time may reach past this block, so that what the block itself has taken from a thief is within it.
        let latest = T::Clock::now().get().saturating_add(T::TimeAheadMs::get());
        ensure!(from < to && to.get() <= latest, Error::<T>::PeriodInvalid);
        ensure!(statement.says_something(), Error::<T>::StatementMissing);
        if let Some(known) = Compromised::<T>::get(key) {
            let is_wider = from <= known.from && known.to <= to && (from, to) != (known.from, known.to);
            ensure!(is_wider, Error::<T>::AlreadyReported);
        }

        Self::close_decisions_of(&key);
        let halted = Self::halt_streams(&key);
        let streams = halted.iter().map(|id| Subject::Stream(*id));
        let subjects = [Subject::Account(key), Subject::System(platform)].into_iter().chain(streams);
        let subjects: Vec<Subject> = subjects.take(SUBJECTS_MAX).collect();
        let halted_count = u32::try_from(halted.len()).expect("at most MaxStreams");
        let halted = List::try_from(halted).expect("at most MaxStreams, which is at most STREAMS_OF_KEY_MAX");
        let body = KeyCompromised { platform, key, from, to, statement, halted, signed_as };
        let record = T::Records::append(RecordKind::KeyCompromised, department, Some(who), &subjects, &body);
        Compromised::<T>::insert(key, Compromise { record, platform, department, from, to });
        Compromises::<T>::insert(record, key);
        Self::deposit_event(Event::KeyCompromised { record, key, halted: halted_count });
        Ok(())
    }

    pub(crate) fn do_repudiate(
        who: &AccountId32,
        compromise: RecordNumber,
        stream: StreamId,
        (first, last): (EventNumber, EventNumber),
        statement: Text<512>,
    ) -> DispatchResult {
        let key = Compromises::<T>::get(compromise).ok_or(Error::<T>::UnknownCompromise)?;
        let Compromise { platform, department, .. } =
            Compromised::<T>::get(key).ok_or(Error::<T>::UnknownCompromise)?;
        let signed_as = T::People::signed_as(who, department, Role::Head, &About::NOTHING)?;
        let span = Spans::<T>::get(stream, key).ok_or(Error::<T>::NotOfKey)?;
        let within = span.first <= first && first <= last && last <= span.last;
        ensure!(within, Error::<T>::NotOfKey);
        ensure!(statement.says_something(), Error::<T>::StatementMissing);
        let open = OpenRepudiations::<T>::get(department);
        ensure!(open < T::MaxRepudiations::get(), Error::<T>::TooManyRepudiations);
        let mut repudiated = Repudiated::<T>::get(stream, key);
        let is_new = repudiated.iter().all(|other| last < other.first || other.last < first);
        ensure!(is_new, Error::<T>::AlreadyRepudiated);
        let events = Span { first, last };
        repudiated.try_push(events).map_err(|_| Error::<T>::TooManyRepudiations)?;

        let body = EventsRepudiated { compromise, stream, first, last, statement, key, signed_as };
        let subjects = [Subject::Account(key), Subject::System(platform)];
        let record = T::Records::append(RecordKind::EventsRepudiated, department, Some(who), &subjects, &body);
        Repudiated::<T>::insert(stream, key, repudiated);
        Repudiations::<T>::insert(record, Repudiation { key, platform, department, by: who.clone(), stream, events });
        OpenRepudiations::<T>::insert(department, open + 1);
        Self::deposit_event(Event::EventsRepudiated { record, stream, first, last });
        Ok(())
    }

    pub(crate) fn do_decide_repudiation(
        who: &AccountId32,
        repudiation: RecordNumber,
        upheld: bool,
        finding: Text<512>,
    ) -> DispatchResult {
        let waits = Repudiations::<T>::get(repudiation).ok_or(Error::<T>::NotWaiting)?;
        let Repudiation { key, platform, department, by, stream, events } = waits;
        let authority = T::People::authority_of(department).ok_or(Error::<T>::NoAuthority)?;
        let signed_as: Result<_, DispatchError> =
            T::People::signed_as(who, authority, Role::Supervisor, &About::department(department));
        let signed_as = signed_as?;
        ensure!(!T::People::is_same_person(&by, who), Error::<T>::SamePerson);
        ensure!(finding.says_something(), Error::<T>::StatementMissing);

        Repudiations::<T>::remove(repudiation);
        if !upheld {
            Repudiated::<T>::mutate_exists(stream, key, |repudiated| {
                let mut rest = repudiated.take().unwrap_or_default();
                rest.retain(|other| *other != events);
                *repudiated = Some(rest).filter(|rest| !rest.is_empty());
            });
        }
        OpenRepudiations::<T>::mutate_exists(department, |open| {
            *open = open.and_then(|open| open.checked_sub(1)).filter(|open| *open > 0);
        });
        let body = RepudiationDecided { repudiation, upheld, finding, signed_as };
        let subjects = [Subject::Account(key), Subject::System(platform)];
        let record = T::Records::append(RecordKind::RepudiationDecided, authority, Some(who), &subjects, &body);
        Self::deposit_event(Event::RepudiationDecided { record, repudiation, upheld });
        Ok(())
    }
}
