//! One module per call; every error has a test that produces it, and so has every finding.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::{
    Error, Event, LastInSeries, OpenStreams, StateTerms, Stream, Streams, USAGE_DAYS, Used, UsedFrom, mock::*, weights,
};
use codec::DecodeAll;
use frame_support::{assert_noop, assert_ok, traits::Hooks};
use mulu_primitives::batch::{BODY_BYTES_MAX, BatchPlace, canonical_order, seal};
use mulu_proofs::{
    access::{
        BatchHeader, Findings, Outcome, PublicLeaf, RunKey, Series, Side, StreamClosed, StreamOpened, body_digest,
        rules::Usage,
    },
    calendar::Day,
    catalog::{EntryStatus, Method, Methods, Stop},
    departments::{DepartmentStatus, Role},
    grants::{GrantState, GrantTerms},
    ids::{
        DepartmentId, EntryId, EventNumber, GrantId, Moment, PurposeId, RecordNumber, SeriesNumber, StreamId, SystemId,
        Version,
    },
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;
use sp_runtime::{DispatchError, DispatchResult};

mod keys;
mod reconcile;
mod walk;

const MISSING: DispatchError = DispatchError::Other("role missing");
const ENTRY: EntryId = EntryId::new(1);
const V2: Version = Version::new(2);
const DAY: u64 = 24 * HOUR;

fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// The platform of a key.
fn platform_of(number: u8) -> SystemId {
    SystemId::new(number.into())
}

/// Opens a stream with the key of that number, for its platform.
fn open(number: u8) -> StreamId {
    assert_ok!(Access::open_stream(signed(number), platform_of(number), false));
    crate::LastStream::<Test>::get()
}

/// An event under grant 1, an hour ago, in which nothing is to be found.
fn event() -> PublicLeaf {
    PublicLeaf {
        key: RunKey::Grant(GRANT, V1),
        entry: Some((ENTRY, V1)),
        provider: Some(PROVIDER),
        consumer: Some(CONSUMER),
        items: 0b001,
        authorising_system: Some(PLATFORM),
        using_system: Some(BUSINESS),
        purpose: Some(PurposeId::new(1)),
        method: Method::ServiceInterface,
        side: Side::Provider,
        time: Moment::new(NOON - HOUR),
        duration_ms: 12,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 10,
        bytes: 900,
        call_id: 1,
        pseudonym: None,
    }
}

/// An event on an entry without a grant.
fn ungranted(entry: u32, version: Version, provider: DepartmentId, consumer: DepartmentId) -> PublicLeaf {
    let entry = EntryId::new(entry);
    PublicLeaf {
        key: RunKey::Entry(entry, version, consumer),
        entry: Some((entry, version)),
        provider: Some(provider),
        consumer: Some(consumer),
        ..event()
    }
}

/// An event that names neither grant nor entry.
fn reported(reporter: SystemId) -> PublicLeaf {
    PublicLeaf { key: RunKey::Reporter(reporter), entry: None, provider: None, consumer: None, items: 0, ..event() }
}

fn at(time: u64) -> PublicLeaf {
    PublicLeaf { time: Moment::new(time), ..event() }
}

/// A sealed batch, ready to be sent.
#[derive(Clone)]
struct Batch {
    key: u8,
    header: BatchHeader,
    signature: [u8; 64],
    body: Vec<u8>,
}

impl Batch {
    /// The next batch of the stream, sealed and signed by the key.
    fn next(key: u8, stream: StreamId, leaves: &[PublicLeaf]) -> Self {
        let cursor = Streams::<Test>::get(stream).unwrap();
        let place = BatchPlace { genesis: GENESIS, stream, first: cursor.next, previous: cursor.previous };
        let mut events: Vec<_> = leaves.iter().map(|leaf| (*leaf, [[9; 32]; 6])).collect();
        events.sort_by(|a, b| canonical_order(&a.0, &b.0));
        let (header, body) = seal(place, &events, &StateTerms::<Test>::default()).unwrap();
        Self { key, header, signature: sign(&header, key), body }
    }

    /// The same with another header, signed again.
    fn with(&self, change: impl FnOnce(&mut BatchHeader)) -> Self {
        let mut batch = self.clone();
        change(&mut batch.header);
        batch.signature = sign(&batch.header, batch.key);
        batch
    }

    /// The same with another body, signed again.
    fn with_body(&self, body: Vec<u8>) -> Self {
        let mut batch = self.with(|header| {
            header.body_bytes = body.len() as u32;
            header.body_digest = body_digest(&body);
        });
        batch.body = body;
        batch
    }

    fn send(&self) -> DispatchResult {
        self.send_as(self.key)
    }

    fn send_as(&self, number: u8) -> DispatchResult {
        Access::submit_batch(
            signed(number),
            Box::new(self.header),
            self.signature,
            self.body.clone().try_into().unwrap(),
        )
    }

    #[track_caller]
    fn refuse(&self, error: Error<Test>) {
        assert_noop!(self.send(), error);
    }
}

/// Submits the events in a stream and returns the findings of each, in canonical order.
fn findings(key: u8, stream: StreamId, leaves: &[PublicLeaf]) -> Vec<Findings> {
    assert_ok!(Batch::next(key, stream, leaves).send());
    let batch = last_batch();
    let mut all = vec![Findings::default(); leaves.len()];
    for found in &batch.findings {
        assert!(!found.findings.is_empty());
        all[found.place as usize] = found.findings;
    }
    all
}

/// Findings of one event, reported in a stream of its own.
fn finding(key: u8, leaf: PublicLeaf) -> Findings {
    let stream = open(key);
    let found = findings(key, stream, &[leaf])[0];
    assert_ok!(Access::close_stream(signed(key), stream));
    found
}

fn union(findings: &[Findings]) -> Findings {
    findings.iter().fold(Findings::default(), |set, finding| set.with(*finding))
}

fn last_event() -> Event<Test> {
    match System::events().pop().unwrap().event {
        RuntimeEvent::Access(event) => event,
        other => panic!("{other:?}"),
    }
}

mod open_stream {
    use super::*;

    #[test]
    fn the_signers_key_becomes_the_streams() {
        run(|| {
            assert_ok!(Access::open_stream(signed(1), PLATFORM, false));
            let stream = StreamId::new(1);
            let expected = Stream {
                platform: PLATFORM,
                reconciles: false,
                department: PROVIDER,
                key: public(1),
                next: EventNumber::new(1),
                previous: [0; 32],
                time_base: Moment::new(0),
            };
            assert_eq!(Streams::<Test>::get(stream), Some(expected));
            assert_eq!(OpenStreams::<Test>::get(PLATFORM), 1);
            assert_eq!(last_event(), Event::StreamOpened { stream, platform: PLATFORM, key: account(1) });
            let record = Recorded::get().pop().unwrap();
            assert_eq!((record.kind, record.department), (RecordKind::StreamOpened, PROVIDER));
            assert_eq!(record.signer, Some(account(1)));
            assert_eq!(record.subjects, [Subject::Stream(stream), Subject::System(PLATFORM)]);
            let body = StreamOpened::decode_all(&mut &record.body[..]).unwrap();
            assert_eq!((body.stream, body.platform, body.key), (stream, PLATFORM, public(1)));
            assert_eq!((body.signed_as.role, body.signed_as.department), (Role::Platform, PROVIDER));
        });
    }

    #[test]
    fn only_platforms_have_streams() {
        run(|| {
            let unknown = Access::open_stream(signed(1), SystemId::new(99), false);
            assert_noop!(unknown, Error::<Test>::UnknownPlatform);
            assert_noop!(Access::open_stream(signed(2), BUSINESS, false), Error::<Test>::NotAPlatform);
        });
    }

    #[test]
    fn only_the_platforms_department_opens_them() {
        run(|| {
            assert_noop!(Access::open_stream(signed(2), PLATFORM, false), MISSING);
            assert_noop!(Access::open_stream(signed(4), PLATFORM, false), MISSING);
            assert_noop!(Access::open_stream(RuntimeOrigin::none(), PLATFORM, false), DispatchError::BadOrigin);
        });
    }

    #[test]
    fn they_are_capped_per_platform_and_ids_are_never_reused() {
        run(|| {
            for _ in 0..MAX_STREAMS {
                open(1);
            }
            assert_noop!(Access::open_stream(signed(1), PLATFORM, false), Error::<Test>::TooManyStreams);
            assert_eq!(open(2), StreamId::new(4));
            assert_ok!(Access::close_stream(signed(1), StreamId::new(2)));
            assert_eq!(open(1), StreamId::new(5));
        });
    }
}

mod close_stream {
    use super::*;

    #[test]
    fn the_streams_key_closes_it_for_good() {
        run(|| {
            let stream = open(1);
            assert_ok!(Batch::next(1, stream, &[event(), at(NOON)]).send());
            let next = Batch::next(1, stream, &[at(NOON)]);
            assert_ok!(Access::close_stream(signed(1), stream));
            assert_eq!(last_event(), Event::StreamClosed { stream, last: EventNumber::new(2) });
            assert_eq!((Streams::<Test>::get(stream), OpenStreams::<Test>::get(PLATFORM)), (None, 0));
            assert!(!OpenStreams::<Test>::contains_key(PLATFORM));
            let record = Recorded::get().pop().unwrap();
            assert_eq!((record.kind, record.signer), (RecordKind::StreamClosed, Some(account(1))));
            let body = StreamClosed::decode_all(&mut &record.body[..]).unwrap();
            assert_eq!((body.stream, body.last), (stream, EventNumber::new(2)));
            assert_eq!(body.signed_as.role, Role::Platform);
            next.refuse(Error::UnknownStream);
            assert_noop!(Access::close_stream(signed(1), stream), Error::<Test>::UnknownStream);
        });
    }

    #[test]
    fn an_admin_closes_the_stream_of_a_lost_key() {
        run(|| {
            let stream = open(1);
            assert_ok!(Access::close_stream(RuntimeOrigin::signed(admin()), stream));
            let record = Recorded::get().pop().unwrap();
            let body = StreamClosed::decode_all(&mut &record.body[..]).unwrap();
            assert_eq!((body.signed_as.role, body.last), (Role::Admin, EventNumber::new(0)));
        });
    }

    #[test]
    fn nobody_else_closes_it() {
        run(|| {
            let (ours, theirs) = (open(1), open(2));
            assert_noop!(Access::close_stream(signed(3), ours), Error::<Test>::NotPermitted);
            assert_noop!(Access::close_stream(RuntimeOrigin::signed(admin()), theirs), Error::<Test>::NotPermitted);
            Revoked::set(vec![account(1)]);
            assert_noop!(Access::close_stream(signed(1), ours), Error::<Test>::NotPermitted);
        });
    }
}

mod submit_batch {
    use super::*;

    #[test]
    fn a_batch_moves_the_cursor_and_is_recorded() {
        run(|| {
            let stream = open(1);
            let batch = Batch::next(1, stream, &[at(NOON), event(), reported(PLATFORM)]);
            assert_ok!(batch.send());
            let cursor = Streams::<Test>::get(stream).unwrap();
            assert_eq!(cursor.next, EventNumber::new(4));
            assert_eq!((cursor.previous, cursor.time_base), (batch.header.digest(), Moment::new(NOON - HOUR)));
            let expected = Event::BatchAccepted {
                record: RecordNumber::new(2),
                stream,
                platform: PLATFORM,
                first: EventNumber::new(1),
                count: 3,
                with_findings: 1,
            };
            assert_eq!(last_event(), expected);
            let appended = Recorded::get().pop().unwrap();
            assert_eq!((appended.department, appended.signer), (PROVIDER, Some(account(1))));
            assert_eq!(appended.subjects, [Subject::Stream(stream), Subject::System(PLATFORM)]);
            let record = last_batch();
            assert_eq!((record.platform, record.key), (PLATFORM, public(1)));
            assert_eq!((record.header, record.signature), (batch.header, batch.signature));
            assert_eq!(record.time_last, Moment::new(NOON));
            assert_eq!(record.findings.len(), 1);
            assert_eq!((record.findings[0].place, record.findings[0].findings), (2, Findings::NO_GRANT));
        });
    }

    #[test]
    fn only_the_streams_key_submits_and_only_while_it_holds_the_role() {
        run(|| {
            let stream = open(1);
            let batch = Batch::next(1, stream, &[event()]);
            assert_noop!(batch.send_as(3), Error::<Test>::OtherKey);
            let origin = RuntimeOrigin::none();
            let bare = Access::submit_batch(
                origin,
                Box::new(batch.header),
                batch.signature,
                batch.body.clone().try_into().unwrap(),
            );
            assert_noop!(bare, DispatchError::BadOrigin);
            batch.with(|header| header.stream = StreamId::new(9)).refuse(Error::UnknownStream);
            Revoked::set(vec![account(1)]);
            assert_noop!(batch.send(), MISSING);
        });
    }

    #[test]
    fn a_batch_is_for_one_chain() {
        run(|| {
            let stream = open(1);
            let batch = Batch::next(1, stream, &[event()]);
            batch.with(|header| header.genesis = [8; 32]).refuse(Error::OtherChain);
            let domain = mulu_proofs::hash::chain_domain("mulu-other", &GENESIS);
            let signature = key(1).sign(&batch.header.signing_bytes(&domain)).to_bytes();
            Batch { signature, ..batch.clone() }.refuse(Error::BadSignature);
            Batch { signature: sign(&batch.header, 3), ..batch.clone() }.refuse(Error::BadSignature);
            Batch { signature: [0; 64], ..batch }.refuse(Error::BadSignature);
        });
    }

    #[test]
    fn an_unknown_form_is_refused() {
        run(|| {
            let stream = open(1);
            let batch = Batch::next(1, stream, &[event()]);
            batch.with(|header| header.codec_version = 2).refuse(Error::UnknownForm);
            batch.with(|header| header.leaf_version = 0).refuse(Error::UnknownForm);
        });
    }

    #[test]
    fn a_batch_that_repeats_or_skips_is_refused() {
        run(|| {
            let stream = open(1);
            let first = Batch::next(1, stream, &[event(), event()]);
            first.with(|header| header.first = EventNumber::new(0)).refuse(Error::Repeats);
            first.with(|header| header.first = EventNumber::new(2)).refuse(Error::Skips);
            assert_ok!(first.send());
            first.refuse(Error::Repeats);
            let second = Batch::next(1, stream, &[event()]);
            second.with(|header| header.first = EventNumber::new(2)).refuse(Error::Repeats);
            second.with(|header| header.first = EventNumber::new(4)).refuse(Error::Skips);
            second.with(|header| header.first = EventNumber::new(u64::MAX)).refuse(Error::Skips);
            second.with(|header| header.previous = [0; 32]).refuse(Error::OtherPrevious);
            assert_ok!(second.send());
            assert_eq!(last_batch().header.previous, first.header.digest());
        });
    }

    #[test]
    fn the_body_is_the_one_that_the_header_says() {
        run(|| {
            let stream = open(1);
            let batch = Batch::next(1, stream, &[event(), event()]);
            batch.with(|header| header.body_bytes += 1).refuse(Error::OtherBody);
            batch.with(|header| header.body_digest = [0; 32]).refuse(Error::OtherBody);
            batch.with(|header| header.count = 0).refuse(Error::CountInvalid);
            batch.with(|header| header.count = 1_001).refuse(Error::CountInvalid);
            batch.with(|header| header.count = 1).refuse(Error::OtherCount);
            batch.with(|header| header.public_root = [0; 32]).refuse(Error::OtherRoot);
            let mut body = batch.body.clone();
            *body.last_mut().unwrap() ^= 1;
            batch.with_body(body.clone()).refuse(Error::OtherRoot);
            body.push(0);
            batch.with_body(body).refuse(Error::BodyMalformed);
            batch.with_body(vec![1; BODY_BYTES_MAX as usize]).refuse(Error::BodyMalformed);
        });
    }

    #[test]
    fn grants_and_entries_are_those_of_the_ledger() {
        run(|| {
            let stream = open(1);
            let granted = Batch::next(1, stream, &[event()]);
            let mut body = granted.body.clone();
            assert_eq!(body[5..7], [1, 1]);
            body[5] = 2;
            granted.with_body(body).refuse(Error::UnknownGrant);
            let ungranted = Batch::next(1, stream, &[ungranted(1, V1, PROVIDER, CONSUMER)]);
            let mut body = ungranted.body.clone();
            assert_eq!(body[5..8], [1, 1, 3]);
            body[6] = 3;
            ungranted.with_body(body).refuse(Error::UnknownEntry);
        });
    }

    #[test]
    fn times_never_run_backwards_or_ahead() {
        run(|| {
            let stream = open(1);
            let batch = Batch::next(1, stream, &[at(NOON), event()]);
            batch.with(|header| header.time_base = Moment::new(NOON)).refuse(Error::OtherTimeBase);
            batch.with(|header| header.time_base = Moment::new(0)).refuse(Error::OtherTimeBase);
            assert_ok!(batch.send());
            // The smallest times are compared, whatever came later in the batch before.
            Batch::next(1, stream, &[at(NOON - HOUR - 1), at(NOON)]).refuse(Error::TimeBackwards);
            assert_ok!(Batch::next(1, stream, &[event()]).send());
            Batch::next(1, stream, &[at(NOON + 60_001)]).refuse(Error::TimeAhead);
            Batch::next(1, stream, &[at(u64::MAX)]).refuse(Error::TimeAhead);
            assert_ok!(Batch::next(1, stream, &[at(NOON + 60_000)]).send());
        });
    }

    #[test]
    fn every_id_is_one_that_the_ledger_gave() {
        run(|| {
            let stream = open(1);
            let refuse = |leaf| Batch::next(1, stream, &[leaf]).refuse(Error::UnknownId);
            refuse(PublicLeaf { consumer: Some(DepartmentId::new(99)), ..event() });
            refuse(PublicLeaf { authorising_system: Some(SystemId::new(99)), ..event() });
            refuse(PublicLeaf { using_system: Some(SystemId::new(99)), ..event() });
            refuse(PublicLeaf { purpose: Some(PurposeId::new(99)), ..reported(PLATFORM) });
            refuse(ungranted(1, V1, PROVIDER, DepartmentId::new(99)));
            let beyond = |leaf| Batch::next(1, stream, &[leaf]).refuse(Error::UnknownItem);
            beyond(PublicLeaf { items: 0b1001, ..event() });
            beyond(PublicLeaf { items: 0b1000, ..ungranted(1, V1, PROVIDER, CONSUMER) });
            Batch::next(1, stream, &[reported(UNNAMED)]).refuse(Error::OtherReporter);
        });
    }

    #[test]
    fn a_body_weighs_by_its_length() {
        assert!(weights::batch(60_000).ref_time() > weights::batch(30_000).ref_time());
        assert_eq!(weights::batch(0), weights::BATCH);
    }
}

mod series {
    use super::*;

    fn runs() -> Vec<(Series, u64, u32)> {
        last_batch().runs.iter().map(|run| (run.series, run.first.get(), run.count)).collect()
    }

    #[test]
    fn numbers_go_on_without_gaps_over_batches_versions_and_streams() {
        run(|| {
            grant(GrantTerms { version: V2, ..terms() });
            let (ours, theirs) = (open(1), open(2));
            let second = PublicLeaf { key: RunKey::Grant(GRANT, V2), ..event() };
            let old = ungranted(1, V1, PROVIDER, CONSUMER);
            let new = ungranted(1, V2, PROVIDER, CONSUMER);
            let other = ungranted(1, V1, PROVIDER, OTHER);
            let mine = reported(PLATFORM);
            assert_ok!(Batch::next(1, ours, &[event(), event(), second, old, other, new, mine]).send());
            let (of_grant, of_entry) = (Series::Grant(GRANT), Series::Entry(ENTRY, CONSUMER));
            let (of_other, of_reporter) = (Series::Entry(ENTRY, OTHER), Series::Reporter(PLATFORM));
            let expected = [
                (of_grant, 1, 2),
                (of_grant, 3, 1),
                (of_entry, 1, 1),
                (of_other, 1, 1),
                (of_entry, 2, 1),
                (of_reporter, 1, 1),
            ];
            assert_eq!(runs(), expected);
            let theirs_too = [PublicLeaf { side: Side::Consumer, ..event() }, old, reported(CONSUMER_PLATFORM)];
            assert_ok!(Batch::next(2, theirs, &theirs_too).send());
            assert_eq!(runs(), [(of_grant, 4, 1), (of_entry, 3, 1), (Series::Reporter(CONSUMER_PLATFORM), 1, 1)]);
            assert_ok!(Batch::next(1, ours, &[second, second, mine]).send());
            assert_eq!(runs(), [(of_grant, 5, 2), (of_reporter, 2, 1)]);
            assert_eq!(LastInSeries::<Test>::get(of_grant).number, SeriesNumber::new(6));
            assert_eq!(LastInSeries::<Test>::get(of_entry).number, SeriesNumber::new(3));
        });
    }

    #[test]
    fn a_refused_batch_uses_up_no_number() {
        run(|| {
            let stream = open(1);
            let batch = Batch::next(1, stream, &[event(), reported(UNNAMED)]);
            batch.refuse(Error::OtherReporter);
            assert_ok!(Batch::next(1, stream, &[event()]).send());
            assert_eq!(runs(), [(Series::Grant(GRANT), 1, 1)]);
        });
    }

    #[test]
    fn a_platform_that_the_grant_does_not_name_is_numbered_in_its_series_with_a_finding() {
        run(|| {
            let found = finding(3, PublicLeaf { authorising_system: Some(UNNAMED), ..event() });
            assert_eq!(found, Findings::WRONG_PLATFORM);
            assert_eq!(runs(), [(Series::Grant(GRANT), 1, 1)]);
        });
    }
}

mod findings {
    use super::*;

    #[test]
    fn an_event_within_its_grant_has_none() {
        run(|| {
            assert_eq!(finding(1, event()), Findings::default());
            assert_eq!(finding(2, PublicLeaf { side: Side::Consumer, ..event() }), Findings::default());
            let silent =
                PublicLeaf { using_system: None, authorising_system: None, purpose: None, items: 0, ..event() };
            assert_eq!(finding(1, silent), Findings::default());
            assert!(last_batch().findings.is_empty());
        });
    }

    #[test]
    fn each_deviation_from_the_terms_is_named() {
        run(|| {
            assert_eq!(finding(1, PublicLeaf { items: 0b101, ..event() }), Findings::ITEM_NOT_GRANTED);
            assert_eq!(finding(1, PublicLeaf { method: Method::File, ..event() }), Findings::WRONG_METHOD);
            assert_eq!(finding(1, PublicLeaf { purpose: Some(PurposeId::new(2)), ..event() }), Findings::WRONG_PURPOSE);
            let other_system = PublicLeaf { using_system: Some(SystemId::new(8)), ..event() };
            assert_eq!(finding(1, other_system), Findings::WRONG_SYSTEM);
            assert_eq!(finding(1, PublicLeaf { consumer: Some(OTHER), ..event() }), Findings::WRONG_CONSUMER);
        });
    }

    #[test]
    fn several_deviations_are_one_set() {
        run(|| {
            let leaf = PublicLeaf { items: 0b100, method: Method::MessageQueue, consumer: Some(OTHER), ..event() };
            let expected = [
                Findings::ITEM_NOT_GRANTED,
                Findings::WRONG_METHOD,
                Findings::WRONG_CONSUMER,
                Findings::WRONG_PLATFORM,
            ];
            assert_eq!(finding(3, leaf), union(&expected));
        });
    }

    #[test]
    fn the_period_includes_its_beginning_and_not_its_end() {
        run(|| {
            let (from, until) = (NOON - 2 * HOUR, NOON - HOUR);
            grant(GrantTerms { from: Moment::new(from), until: Moment::new(until), ..terms() });
            assert_eq!(finding(1, at(from - 1)), Findings::NOT_YET_ACTIVE);
            assert_eq!(finding(1, at(from)), Findings::default());
            assert_eq!(finding(1, at(until - 1)), Findings::default());
            assert_eq!(finding(1, at(until)), Findings::ENDED);
        });
    }

    #[test]
    fn the_state_is_the_one_at_the_events_time() {
        run(|| {
            let t = |hours: u64| NOON - 10 * HOUR + hours * HOUR;
            course(&[
                (t(1), GrantState::Agreed),
                (t(2), GrantState::Provisioned),
                (t(3), GrantState::Suspended),
                (t(4), GrantState::Provisioned),
                (t(5), GrantState::Ended),
            ]);
            let expected = [
                (t(1) - 1, Findings::NOT_YET_ACTIVE),
                (t(1), Findings::NOT_YET_ACTIVE),
                (t(2) - 1, Findings::NOT_YET_ACTIVE),
                (t(2), Findings::default()),
                (t(3), Findings::SUSPENDED),
                (t(4), Findings::default()),
                (t(5), Findings::ENDED),
            ];
            for (time, found) in expected {
                assert_eq!(finding(1, at(time)), found, "at {time}");
            }
        });
    }

    #[test]
    fn every_end_is_an_end_and_what_is_to_be_mended_is_suspended() {
        use GrantState::{Completed, Disposed, EndedByProvider, Rectifying, Terminated};
        for (state, found) in [
            (Rectifying, Findings::SUSPENDED),
            (Terminated, Findings::ENDED),
            (Completed, Findings::ENDED),
            (EndedByProvider, Findings::ENDED),
            (Disposed, Findings::ENDED),
        ] {
            run(|| {
                course(&[(NOON - 3 * HOUR, GrantState::Provisioned), (NOON - 2 * HOUR, state)]);
                assert_eq!(finding(1, at(NOON - 2 * HOUR)), found, "{state:?}");
                assert_eq!(finding(1, at(NOON - 2 * HOUR - 1)), Findings::default());
            });
        }
    }

    #[test]
    fn the_entrys_status_is_the_one_at_the_events_time() {
        use EntryStatus::{Published, Suspended, Withdrawn};
        run(|| {
            let t = |hours: u64| NOON - 10 * HOUR + hours * HOUR;
            let changes = [(t(2), Suspended), (t(4), Published), (t(6), Withdrawn)];
            EntryStatuses::set(changes.map(|(time, status)| (ENTRY, Moment::new(time), status)).to_vec());
            for (time, found) in [
                (t(2) - 1, Findings::default()),
                (t(2), Findings::SUSPENDED),
                (t(4), Findings::default()),
                (t(6) - 1, Findings::default()),
                (t(6), Findings::ENDED),
            ] {
                assert_eq!(finding(1, at(time)), found, "at {time}");
            }
        });
    }

    #[test]
    fn what_had_stopped_of_the_entrys_version_is_not_granted_any_more() {
        run(|| {
            let stop = |at: u64, items, methods: &[Method]| {
                let version = terms().entry_version;
                ((ENTRY, version), Stop { at: Moment::new(at), items, methods: Methods::of(methods) })
            };
            let (first, second) = (NOON - 5 * HOUR, NOON - 3 * HOUR);
            Stops::set(vec![stop(first, event().items, &[]), stop(second, 0, &[event().method])]);
            assert_eq!(finding(1, at(first - 1)), Findings::default());
            assert_eq!(finding(1, at(first)), Findings::ITEM_NOT_GRANTED);
            assert_eq!(finding(1, at(second)), union(&[Findings::ITEM_NOT_GRANTED, Findings::WRONG_METHOD]));
            let none = PublicLeaf { items: 0, ..at(second) };
            assert_eq!(finding(1, none), Findings::WRONG_METHOD);
        });
    }

    #[test]
    fn provider_and_consumer_count_as_they_were_at_the_events_time() {
        use mulu_proofs::departments::DepartmentStatus::{Active, Retired, Suspended};
        run(|| {
            let t = |hours: u64| NOON - 10 * HOUR + hours * HOUR;
            let statuses = |list: &[(u64, DepartmentStatus)]| {
                list.iter().map(|(time, status)| (Moment::new(*time), *status)).collect()
            };
            let provider = statuses(&[(0, Active), (t(2), Suspended), (t(4), Active)]);
            // The list was full once: its oldest entry counts since ever.
            let consumer = statuses(&[(t(1), Suspended), (t(1) + 1, Active), (t(6), Retired)]);
            Statuses::set([(PROVIDER, provider), (CONSUMER, consumer)].into());
            let both = Findings::SUSPENDED.with(Findings::ENDED);
            let expected = [
                (t(1) - 1, Findings::SUSPENDED),
                (t(2) - 1, Findings::default()),
                (t(2), Findings::SUSPENDED),
                (t(4), Findings::default()),
                (t(6) - 1, Findings::default()),
                (t(6), Findings::ENDED),
            ];
            for (time, found) in expected {
                assert_eq!(finding(1, at(time)), found, "at {time}");
            }
            Statuses::mutate(|all| all.get_mut(&PROVIDER).unwrap().push((Moment::new(t(6)), Suspended)));
            assert_eq!(finding(1, at(t(7))), both);
        });
    }

    #[test]
    fn of_two_changes_in_one_block_the_later_counts() {
        run(|| {
            course(&[(NOON - HOUR, GrantState::Provisioned), (NOON - HOUR, GrantState::Suspended)]);
            assert_eq!(finding(1, event()), Findings::SUSPENDED);
        });
    }

    #[test]
    fn an_event_without_a_grant_says_so() {
        run(|| {
            assert_eq!(finding(1, ungranted(1, V1, PROVIDER, CONSUMER)), Findings::NO_GRANT);
            assert_eq!(finding(1, reported(PLATFORM)), Findings::NO_GRANT);
        });
    }

    #[test]
    fn a_platform_that_the_entry_does_not_name_is_found() {
        run(|| {
            let expected = union(&[Findings::NO_GRANT, Findings::REPORTER_NOT_NAMED]);
            assert_eq!(finding(2, ungranted(1, V1, PROVIDER, CONSUMER)), expected);
            assert_eq!(finding(1, ungranted(2, V1, OTHER, CONSUMER)), expected);
            Mounted::set(vec![PLATFORM]);
            assert_eq!(finding(1, ungranted(2, V1, OTHER, CONSUMER)), Findings::NO_GRANT, "a mount names it");
            assert_eq!(finding(2, ungranted(2, V1, OTHER, CONSUMER)), expected);
        });
    }

    #[test]
    fn late_events_are_kept_and_say_so() {
        run(|| {
            // 20:00 local time: the third day before today began 92 hours ago.
            assert_eq!(finding(1, at(NOON - 92 * HOUR)), Findings::default());
            assert_eq!(finding(1, at(NOON - 92 * HOUR - 1)), Findings::LATE);
            Lateness::set(4);
            assert_eq!(finding(1, at(NOON - 92 * HOUR - 1)), Findings::default(), "governance waits longer");
            let years_ago = PublicLeaf { time: Moment::new(1_431_000_000_000), ..reported(PLATFORM) };
            assert_eq!(finding(1, years_ago), union(&[Findings::NO_GRANT, Findings::LATE]));
            let before_the_grant = union(&[Findings::NOT_YET_ACTIVE, Findings::LATE]);
            assert_eq!(finding(1, at(0)), before_the_grant);
        });
    }
}

mod quotas {
    use super::*;

    const OVER: Findings = Findings::OVER_QUOTA;
    const NONE: Findings = Findings(0);

    fn quota(calls_per_day: u64, rows_per_day: u64) {
        grant(GrantTerms { calls_per_day, rows_per_day, ..terms() });
    }

    fn used(time: u64) -> Usage {
        let day = (time + 8 * HOUR) / DAY;
        Access::used(Day::new(day as u32).unwrap(), GRANT)
    }

    /// Events a second apart, before noon.
    fn several(count: u64) -> Vec<PublicLeaf> {
        (0..count).map(|n| at(NOON - HOUR + n * 1_000)).collect()
    }

    #[test]
    fn the_event_that_crosses_the_limit_and_those_after_it_are_found() {
        run(|| {
            quota(5, 1_000);
            let stream = open(1);
            assert_eq!(findings(1, stream, &several(3)), [NONE, NONE, NONE]);
            assert_eq!(used(NOON), Usage { calls: 3, rows: 30 });
            assert_eq!(findings(1, stream, &several(4)), [NONE, NONE, OVER, OVER]);
            assert_eq!(findings(1, stream, &several(1)), [OVER]);
            assert_eq!(used(NOON), Usage { calls: 8, rows: 80 });
        });
    }

    #[test]
    fn rows_have_a_limit_of_their_own() {
        run(|| {
            quota(100, 30);
            let stream = open(1);
            assert_eq!(findings(1, stream, &several(5)), [NONE, NONE, NONE, OVER, OVER]);
        });
    }

    #[test]
    fn events_are_counted_in_canonical_order_whatever_the_order_of_their_report() {
        run(|| {
            quota(10, 1_000);
            let stream = open(1);
            let big = PublicLeaf { calls: 10, ..at(NOON - 10) };
            let small = at(NOON - 20);
            assert_eq!(findings(1, stream, &[big, small]), [NONE, OVER]);
        });
    }

    #[test]
    fn the_consumers_side_denied_attempts_and_unnamed_platforms_count_for_nothing() {
        run(|| {
            quota(1, 1_000);
            let side = |side| PublicLeaf { side, ..event() };
            assert_eq!(finding(2, side(Side::Consumer)), NONE);
            assert_eq!(finding(1, PublicLeaf { outcome: Outcome::Denied, ..event() }), NONE);
            assert_eq!(finding(3, event()), Findings::WRONG_PLATFORM);
            assert_eq!(used(NOON), Usage::default());
            assert!(!UsedFrom::<Test>::exists());
            assert_eq!(finding(1, side(Side::DataManager)), NONE);
            assert_eq!(finding(1, PublicLeaf { outcome: Outcome::Error, ..event() }), OVER);
            assert_eq!(finding(2, side(Side::Consumer)), NONE);
        });
    }

    #[test]
    fn who_reports_decides_whose_quota_is_used_and_the_side_that_it_names_does_not() {
        run(|| {
            quota(1, 1_000);
            let side = |side| PublicLeaf { side, ..event() };
            assert_eq!(finding(2, PublicLeaf { rows: 9_000, ..side(Side::Provider) }), NONE);
            assert_eq!(finding(2, side(Side::DataManager)), NONE);
            assert_eq!(used(NOON), Usage::default(), "the consumer serves nothing");
            assert_eq!(finding(1, event()), NONE);
            assert_eq!(finding(1, side(Side::Consumer)), OVER, "what the provider served counts, whatever it calls it");
            assert_eq!(used(NOON), Usage { calls: 2, rows: 20 });
        });
    }

    #[test]
    fn days_are_local_and_counted_apart() {
        run(|| {
            quota(1, 1_000);
            let stream = open(1);
            // Local midnight is at 16:00 UTC.
            let midnight = NOON - 20 * HOUR;
            let times = [midnight - 2, midnight - 1, midnight, midnight + 1];
            assert_eq!(findings(1, stream, &times.map(at)), [NONE, OVER, NONE, OVER]);
            assert_eq!((used(midnight - 1).calls, used(midnight).calls), (2, 2));
        });
    }

    #[test]
    fn another_offset_counts_from_the_next_day_on_and_moves_no_event_that_has_happened() {
        run(|| {
            quota(1, 1_000);
            let stream = open(1);
            // 20:00 of the 25th; midnight has been at 16:00 UTC until now.
            let midnight = NOON - 20 * HOUR;
            assert_eq!(findings(1, stream, &[at(midnight - 1), at(midnight)]), [NONE, NONE]);
            let mut days = Days::get();
            days.set_offset(540, Moment::new(NOON)).unwrap();
            Days::set(days);
            // Reported later, the day is the same, and so is its count.
            assert_eq!(findings(1, stream, &[at(midnight), at(midnight + 1)]), [OVER, OVER]);
            assert_eq!((used(midnight - 1).calls, used(midnight).calls), (1, 3));
            // The 26th begins an hour earlier.
            Now::set(NOON + DAY);
            let earlier = midnight + 23 * HOUR;
            assert_eq!(findings(1, stream, &[at(earlier - 1), at(earlier)]), [OVER, NONE]);
            let next = (midnight + DAY + 8 * HOUR) / DAY;
            assert_eq!(Access::used(Day::new(next as u32).unwrap(), GRANT).calls, 1);
        });
    }

    #[test]
    fn versions_of_a_grant_share_its_count() {
        run(|| {
            quota(2, 1_000);
            grant(GrantTerms { version: V2, calls_per_day: 3, ..terms() });
            let stream = open(1);
            let second = PublicLeaf { key: RunKey::Grant(GRANT, V2), ..event() };
            assert_eq!(findings(1, stream, &[event(), event(), second, second]), [NONE, NONE, NONE, OVER]);
        });
    }

    #[test]
    fn grants_are_counted_apart() {
        run(|| {
            quota(1, 1_000);
            let other = GrantId::new(2);
            grant(GrantTerms { grant: other, calls_per_day: 1, ..terms() });
            let mut changes = Changes::get();
            changes.insert(other, changes[&GRANT].clone());
            Changes::set(changes);
            let theirs = PublicLeaf { key: RunKey::Grant(other, V1), ..event() };
            assert_eq!(findings(1, open(1), &[event(), event(), theirs, theirs]), [NONE, OVER, NONE, OVER]);
        });
    }

    #[test]
    fn counts_are_forgotten_day_by_day_and_older_events_count_within_their_batch() {
        run(|| {
            quota(1, 1_000);
            let stream = open(1);
            let old = NOON - 10 * DAY;
            assert_eq!(findings(1, stream, &[at(old), at(NOON)]), [Findings::LATE, NONE]);
            assert_eq!(used(old).calls, 1);
            Now::set(NOON + (u64::from(USAGE_DAYS) - 11) * DAY);
            Access::on_initialize(2);
            assert_eq!(used(old).calls, 1, "its last day");
            Now::set(Now::get() + DAY);
            assert_eq!(findings(1, stream, &[at(old), at(old)]), [Findings::LATE, Findings::LATE.with(OVER)]);
            assert_eq!(used(old).calls, 1, "waits to be removed and counts no more");
            for block in 0..2 * USAGE_DAYS {
                Access::on_initialize(block);
            }
            assert_eq!(Used::<Test>::iter().count(), 0);
            assert_eq!(UsedFrom::<Test>::get(), Some(Access::counted_from()));
            assert_eq!(findings(1, stream, &[at(old)]), [Findings::LATE]);
            assert_eq!(Used::<Test>::iter().count(), 0);
        });
    }

    #[test]
    fn the_last_day_stands_with_the_series_and_an_earlier_one_in_a_row_of_its_own() {
        run(|| {
            quota(3, 1_000);
            let stream = open(1);
            let yesterday = NOON - DAY;
            let end = || LastInSeries::<Test>::get(Series::Grant(GRANT));
            assert_eq!(findings(1, stream, &[at(yesterday)]), [NONE]);
            assert_eq!((end().used.calls, Used::<Test>::iter().count()), (1, 0));
            assert_eq!(findings(1, stream, &[at(yesterday), at(NOON)]), [NONE, NONE]);
            assert_eq!((end().used.calls, Used::<Test>::iter().count()), (1, 1));
            assert_eq!(u64::from(end().day), (NOON + 8 * HOUR) / DAY);
            // A late report of the day before counts on, and leaves the later day alone.
            assert_eq!(findings(1, stream, &[at(yesterday), at(yesterday + 1)]), [NONE, OVER]);
            assert_eq!((used(yesterday).calls, used(NOON).calls), (4, 1));
            assert_eq!(end().number, SeriesNumber::new(5));
        });
    }

    #[test]
    fn lateness_ends_before_counts_are_forgotten() {
        Access::integrity_test();
    }
}

mod state {
    use super::*;

    #[test]
    fn a_thousand_events_leave_a_cursor_and_counts_and_no_body() {
        run(|| {
            let stream = open(1);
            let events: Vec<_> = (0..1_000)
                .map(|n| PublicLeaf { call_id: 0x5a5a_5a5a_0000_0000 | n, pseudonym: Some(n), ..event() })
                .collect();
            let batch = Batch::next(1, stream, &events);
            assert!(batch.body.len() > 16_000);
            assert_ok!(batch.send());
            let prefix = sp_io::hashing::twox_128(b"Access");
            let (mut bytes, mut key) = (0, prefix.to_vec());
            while let Some(next) = sp_io::storage::next_key(&key).filter(|next| next.starts_with(&prefix)) {
                bytes += sp_io::storage::get(&next).unwrap().len();
                key = next;
            }
            assert!(bytes < 256, "{bytes} bytes");
        });
    }
}
