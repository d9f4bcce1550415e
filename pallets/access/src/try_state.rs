//! Invariants over streams, keys, series, counts, tallies and decision points.

use crate::{
    pallet::{
        Answered, ComparedTo, Compromised, Compromises, Config, DecisionKeys, DecisionPoints, Differing, DifferingFrom,
        Halted, KeyStreams, LastInSeries, LastStream, OpenPoints, OpenRepudiations, OpenStreams, Pallet, Reporting,
        Repudiated, Repudiations, Spans, Streams, Tallies, Used, UsedFrom,
    },
    types::Stream,
};
use frame_support::{ensure, traits::Get};
use mulu_pallet_support::People;
use mulu_proofs::{
    access::{Parties, Series, Tally, rules::Usage},
    calendar::Day,
    ids::{DepartmentId, GrantId, Moment, StreamId, SystemId},
};
use sp_runtime::TryRuntimeError;
use std::collections::BTreeMap;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - A1: every stream has an id that was given, and a known platform of its department.
    /// - A2: a platform has as many open and halted streams as counted, and no more than it may.
    /// - A3: a stream without events has no batch before it.
    /// - A4: a series that is numbered has events.
    /// - A5: counts are of days that are not forgotten yet, and never zero.
    /// - A6: each open stream is its key's, from an event on that is not behind its next; a key has no more than it may.
    /// - A7: a compromised key signs no open stream and no decisions; the key of a halted stream is one; every report has its key.
    /// - A8: a span is of events that its stream has.
    /// - A9: a department has as many open repudiations as counted, and no more than it may; each is of a compromised key.
    /// - A10: a tally is of a day that is not compared, of a grant under which somebody reported, and never empty.
    /// - A11: what decision points answered adds up to what the tally says was allowed.
    /// - A12: a difference is of a day that was compared and is not forgotten, and its sides differ.
    /// - A13: every decision point has its key, every such key its decision point, and a department as many as counted.
    /// - A14: what is repudiated, waiting or upheld, is what the key signed, and no event twice; a repudiation that waits is among it.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_streams()?;
        Self::check_keys()?;
        Self::check_counts()?;
        Self::check_tallies()?;
        Self::check_decisions()
    }

    fn check_streams() -> Result<(), TryRuntimeError> {
        let mut open = BTreeMap::<SystemId, u32>::new();
        for (id, stream) in Streams::<T>::iter().chain(Halted::<T>::iter()) {
            Self::check_stream(id, &stream)?;
            *open.entry(stream.platform).or_default() += 1;
        }
        ensure!(OpenStreams::<T>::iter().collect::<BTreeMap<_, _>>() == open, "A2: open streams miscounted");
        ensure!(open.values().all(|count| *count <= T::MaxStreams::get()), "A2: too many open streams");
        let mut of_key = BTreeMap::<[u8; 32], u32>::new();
        for (key, id, first) in KeyStreams::<T>::iter() {
            let stream = Streams::<T>::get(id).ok_or("A6: a key of no open stream")?;
            ensure!(stream.key == key && first <= stream.next, "A6: a key of another stream");
            *of_key.entry(key).or_default() += 1;
        }
        ensure!(KeyStreams::<T>::iter().count() == Streams::<T>::iter().count(), "A6: an open stream of no key");
        ensure!(of_key.values().all(|count| *count <= T::MaxStreams::get()), "A6: too many streams of a key");
        Ok(())
    }

    fn check_stream(id: StreamId, stream: &Stream) -> Result<(), TryRuntimeError> {
        let platform = T::People::system(stream.platform);
        ensure!(id.get() > 0 && id <= LastStream::<T>::get(), "A1: a stream whose id was never given");
        let of_department = platform.is_some_and(|platform| platform.department == stream.department);
        ensure!(of_department, "A1: a stream of no platform");
        let is_new = stream.next.get() == 1;
        let has_none = stream.previous == [0; 32] && stream.time_base == Moment::new(0);
        ensure!(stream.next.get() > 0 && (!is_new || has_none), "A3: a new stream with a batch behind it");
        Ok(())
    }

    fn check_keys() -> Result<(), TryRuntimeError> {
        let is_compromised = |key: &[u8; 32]| Compromised::<T>::contains_key(key);
        for (id, stream) in Halted::<T>::iter() {
            ensure!(!Streams::<T>::contains_key(id), "A7: a stream that is open and halted");
            ensure!(is_compromised(&stream.key), "A7: a stream halted without a report");
        }
        ensure!(Streams::<T>::iter().all(|(_, stream)| !is_compromised(&stream.key)), "A7: a compromised key signs");
        for (key, compromise) in Compromised::<T>::iter() {
            ensure!(Compromises::<T>::get(compromise.record) == Some(key), "A7: a report without its key");
            ensure!(compromise.from < compromise.to, "A7: a report of no time");
            ensure!(!DecisionKeys::<T>::contains_key(key), "A7: a compromised key decides");
        }
        ensure!(Compromises::<T>::iter().all(|(_, key)| is_compromised(&key)), "A7: a report that is forgotten");
        for (id, _, span) in Spans::<T>::iter() {
            // Empty where a key signed nothing before the stream was taken from it.
            let in_order = 0 < span.first.get() && span.first.get() <= span.last.get().saturating_add(1);
            ensure!(in_order && id <= LastStream::<T>::get(), "A8: a span of no events");
            let stream = Streams::<T>::get(id).or_else(|| Halted::<T>::get(id));
            ensure!(stream.is_none_or(|stream| span.last < stream.next), "A8: a span of events that are to come");
        }
        Self::check_repudiations()
    }

    fn check_repudiations() -> Result<(), TryRuntimeError> {
        let is_compromised = |key: &[u8; 32]| Compromised::<T>::contains_key(key);
        let mut waiting = BTreeMap::<DepartmentId, u32>::new();
        for (_, repudiation) in Repudiations::<T>::iter() {
            *waiting.entry(repudiation.department).or_default() += 1;
            ensure!(is_compromised(&repudiation.key), "A9: a repudiation of a key that was not reported");
            let repudiated = Repudiated::<T>::get(repudiation.stream, repudiation.key);
            ensure!(repudiated.contains(&repudiation.events), "A14: events that may be repudiated twice");
        }
        let counted = OpenRepudiations::<T>::iter().collect::<BTreeMap<_, _>>();
        ensure!(counted == waiting, "A9: repudiations miscounted");
        ensure!(waiting.values().all(|count| *count <= T::MaxRepudiations::get()), "A9: too many repudiations");
        for (stream, key, repudiated) in Repudiated::<T>::iter() {
            let mut repudiated = repudiated.into_inner();
            repudiated.sort_unstable_by_key(|events| events.first);
            ensure!(repudiated.windows(2).all(|pair| pair[0].last < pair[1].first), "A14: events repudiated twice");
            let span = Spans::<T>::get(stream, key).ok_or("A14: a repudiation of what no key signed")?;
            let within = repudiated.iter().all(|events| span.first <= events.first && events.last <= span.last);
            ensure!(within && !repudiated.is_empty(), "A14: a repudiation of what the key did not sign");
        }
        Ok(())
    }

    fn check_counts() -> Result<(), TryRuntimeError> {
        ensure!(LastInSeries::<T>::iter().all(|(_, end)| end.number.get() > 0), "A4: a series without events");
        for (day, grant, usage) in Used::<T>::iter() {
            let end = LastInSeries::<T>::get(Series::Grant(grant));
            ensure!(day < end.day, "A5: a row of a grant's last day");
            ensure!(UsedFrom::<T>::get().is_some_and(|from| from <= day), "A5: counts of a forgotten day");
            ensure!(usage != Usage::default(), "A5: a count of nothing");
        }
        Ok(())
    }

    fn check_tallies() -> Result<(), TryRuntimeError> {
        let mut allowed = BTreeMap::<(Day, GrantId), u64>::new();
        for ((day, grant, _), answers) in Answered::<T>::iter() {
            *allowed.entry((day, grant)).or_default() += u64::from(answers.allowed);
        }
        for (day, grant, tally) in Tallies::<T>::iter() {
            ensure!(ComparedTo::<T>::get().is_some_and(|to| to <= day), "A10: a tally of a day that was compared");
            ensure!(Reporting::<T>::get(grant) != Parties::default(), "A10: a tally that nobody reported");
            let answered = allowed.remove(&(day, grant));
            ensure!(tally != Tally::default() || answered.is_some(), "A10: an empty tally");
            ensure!(tally.allowed == answered.unwrap_or_default(), "A11: answers do not add up");
        }
        ensure!(allowed.is_empty(), "A11: answers without a tally");
        for (day, _, tally) in Differing::<T>::iter() {
            ensure!(ComparedTo::<T>::get().is_some_and(|to| day <= to), "A12: a difference of a day not compared");
            ensure!(DifferingFrom::<T>::get().is_some_and(|from| from <= day), "A12: a difference that is forgotten");
            let (p, c) = (&tally.provider, &tally.consumer);
            ensure!(p.events != c.events || p.ids != c.ids, "A12: no difference");
        }
        Ok(())
    }

    fn check_decisions() -> Result<(), TryRuntimeError> {
        let mut open = BTreeMap::<DepartmentId, u32>::new();
        for (system, point) in DecisionPoints::<T>::iter() {
            *open.entry(point.department).or_default() += 1;
            ensure!(DecisionKeys::<T>::get(point.key) == Some(system), "A13: a decision point without its key");
        }
        ensure!(OpenPoints::<T>::iter().collect::<BTreeMap<_, _>>() == open, "A13: decision points miscounted");
        let is_open = |system| DecisionPoints::<T>::contains_key(system);
        ensure!(DecisionKeys::<T>::iter().all(|(_, system)| is_open(system)), "A13: a key without decision point");
        Ok(())
    }
}
