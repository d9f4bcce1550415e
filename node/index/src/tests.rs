//! Rows of blocks, read back as questions are asked.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::{
    BatchEvents, DeriveError, Dimension, EventCursor, EventQuery, EventRow, RecordList, RecordRow, Sums, derive,
    keys::{self, Members, StreamRow},
};
use codec::Encode;
use mulu_primitives::{
    block::{Block, Extrinsic, Header},
    stages::IndexRow,
};
use mulu_proofs::{
    access::{
        BatchHeader, BatchRecord, CODEC_VERSION, EventFindings, Findings, LEAF_VERSION, Outcome, PublicLeaf, RunKey,
        Side,
    },
    calendar::{Calendar, Day, DayLength},
    catalog::{List, Method},
    departments::{Role, SignedAs, SystemInfo, SystemKind},
    grants::{GrantAct, GrantTerms},
    hash::Suite,
    ids::{
        DepartmentId, EntryId, EventNumber, GrantId, Height, Moment, PurposeId, RecordNumber, RequestId, StreamId,
        SystemId, Version,
    },
    records::{Record, RecordKind, Subject},
    sharing::{PurposeRegistered, RequestAct, RequestAgreed},
    text::Text,
};

const NOON: u64 = 1_785_000_000_000;

fn block(height: u32, extrinsics: &[&[u8]]) -> Block {
    let header = Header {
        parent_hash: Default::default(),
        number: height,
        state_root: Default::default(),
        extrinsics_root: Default::default(),
        digest: Default::default(),
    };
    Block { header, extrinsics: extrinsics.iter().map(|bytes| Extrinsic::new(bytes)).collect() }
}

fn record(number: u64, kind: RecordKind, subjects: &[Subject], body: &impl Encode) -> Record {
    Record {
        suite: Suite::default(),
        version: Record::VERSION,
        number: RecordNumber::new(number),
        kind,
        moment: Moment::new(NOON + number),
        department: DepartmentId::new(7),
        signer: None,
        extrinsic: None,
        subjects: subjects.to_vec(),
        body: body.encode(),
    }
}

/// Days begin at 16:00 UTC.
fn calendar() -> Calendar {
    Calendar::new(DayLength::Civil, 480).unwrap()
}

fn signed_as() -> SignedAs {
    SignedAs {
        role: Role::Officer,
        department: DepartmentId::new(7),
        given: RecordNumber::new(1),
        confirmed: None,
        expires: Moment::new(NOON * 2),
        principal: None,
    }
}

fn leaf(key: RunKey, entry: Option<u32>, time: u64) -> PublicLeaf {
    PublicLeaf {
        key,
        entry: entry.map(|entry| (EntryId::new(entry), Version::new(1))),
        provider: entry.map(|_| DepartmentId::new(2)),
        consumer: entry.map(|_| DepartmentId::new(3)),
        items: 1,
        authorising_system: None,
        using_system: None,
        purpose: None,
        method: Method::ServiceInterface,
        side: Side::Provider,
        time: Moment::new(time),
        duration_ms: 1,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 1,
        bytes: 1,
        call_id: time,
        pseudonym: None,
    }
}

fn accepted(number: u64, first: u64, count: u32) -> Record {
    let header = BatchHeader {
        suite: Suite::default(),
        genesis: [0; 32],
        codec_version: CODEC_VERSION,
        leaf_version: LEAF_VERSION,
        stream: StreamId::new(4),
        first: EventNumber::new(first),
        count,
        previous: [0; 32],
        time_base: Moment::new(NOON),
        public_root: [0; 32],
        sealed_root: [0; 32],
        body_bytes: 0,
        body_digest: [0; 32],
    };
    let body = BatchRecord {
        platform: SystemId::new(9),
        key: [1; 32],
        header,
        signature: [0; 64],
        time_last: Moment::new(NOON),
        runs: Default::default(),
        findings: List::truncate_from(vec![
            EventFindings { place: 1, findings: Findings::LATE.with(Findings::ENDED) },
            EventFindings { place: 4, findings: Findings::LATE },
        ]),
    };
    record(number, RecordKind::BatchAccepted, &[Subject::Stream(StreamId::new(4))], &body)
}

fn grant_key() -> RunKey {
    RunKey::Grant(GrantId::new(5), Version::new(1))
}

/// A user's pseudonym.
const USER: u64 = 0xfeed_0000_0000_0001;

/// Grant events at places 0 to 2, an entry's without a grant at 3, one that names nothing at 4.
fn leaves() -> Vec<PublicLeaf> {
    let mut leaves = vec![
        leaf(grant_key(), Some(11), NOON),
        leaf(grant_key(), Some(11), NOON + 10),
        leaf(grant_key(), Some(12), NOON + 20),
        leaf(RunKey::Entry(EntryId::new(11), Version::new(1), DepartmentId::new(3)), Some(11), NOON + 30),
        leaf(RunKey::Reporter(SystemId::new(9)), None, NOON + 40),
    ];
    leaves[1].pseudonym = Some(USER);
    leaves[4].pseudonym = Some(USER);
    leaves[2].outcome = Outcome::Denied;
    leaves
}

fn rows_of_batches(numbers: &[u64]) -> Vec<IndexRow> {
    let leaves = leaves();
    let records: Vec<_> = numbers.iter().map(|number| accepted(*number, number * 5, 5)).collect();
    let batches: Vec<_> =
        numbers.iter().map(|number| BatchEvents { record: RecordNumber::new(*number), leaves: &leaves }).collect();
    derive(&block(1, &[]), &records, &batches, &calendar()).unwrap()
}

/// What a scan backwards over a prefix gives.
fn scan(rows: &[IndexRow], prefix: &[u8], start: Option<&[u8]>) -> Vec<IndexRow> {
    let inside = |row: &&IndexRow| row.key.starts_with(prefix) && start.is_none_or(|start| row.key.as_slice() <= start);
    rows.iter().rev().filter(inside).cloned().collect()
}

/// Positions by record that a question answers, newest first.
fn answers(rows: &[IndexRow], query: EventQuery) -> Vec<(u64, Vec<u32>)> {
    scan(rows, &query.prefix(), query.start().as_deref())
        .iter()
        .filter_map(|row| query.select(row).unwrap())
        .map(|row| (row.record.get(), row.positions))
        .collect()
}

fn ask(dimension: Dimension) -> EventQuery {
    EventQuery { dimension, from: None, until: None, cursor: None }
}

#[test]
fn rows_are_ascending_and_the_same_each_time() {
    let rows = rows_of_batches(&[20, 21]);
    assert!(rows.windows(2).all(|pair| pair[0].key < pair[1].key));
    assert_eq!(rows, rows_of_batches(&[20, 21]));
}

#[test]
fn every_dimension_finds_its_events() {
    let rows = rows_of_batches(&[20]);
    for (dimension, positions) in [
        (Dimension::Entry(EntryId::new(11)), vec![0, 1, 3]),
        (Dimension::Entry(EntryId::new(12)), vec![2]),
        (Dimension::Grant(GrantId::new(5)), vec![0, 1, 2]),
        (Dimension::Provider(DepartmentId::new(2)), vec![0, 1, 2, 3]),
        (Dimension::Consumer(DepartmentId::new(3)), vec![0, 1, 2, 3]),
        (Dimension::Platform(SystemId::new(9)), vec![0, 1, 2, 3, 4]),
        (Dimension::Pseudonym(USER), vec![1, 4]),
        (Dimension::Finding(12), vec![1, 4]),
        (Dimension::Finding(2), vec![1]),
        (Dimension::Day(calendar().local_day(Moment::new(NOON))), vec![0, 1, 2, 3, 4]),
        (Dimension::All, vec![0, 1, 2, 3, 4]),
    ] {
        assert_eq!(answers(&rows, ask(dimension)), [(20, positions)], "{dimension:?}");
    }
    assert!(answers(&rows, ask(Dimension::Entry(EntryId::new(13)))).is_empty());
}

#[test]
fn a_block_says_what_it_adds_to_the_sums_of_a_day() {
    let rows = rows_of_batches(&[20, 21]);
    let of = |dimension: Dimension| -> Vec<(Day, Sums)> {
        let rows = scan(&rows, &dimension.sums_prefix().unwrap(), None);
        rows.iter().map(|row| Sums::read(row).unwrap()).collect()
    };
    let today = calendar().local_day(Moment::new(NOON));
    let expected = Sums { events: 6, calls: 6, rows: 6, bytes: 6, denied: 2, with_findings: 2 };
    assert_eq!(of(Dimension::Grant(GrantId::new(5))), [(today, expected)]);
    let expected = Sums { events: 10, calls: 10, rows: 10, bytes: 10, denied: 2, with_findings: 4 };
    assert_eq!(of(Dimension::All), [(today, expected)]);
    assert_eq!(of(Dimension::Platform(SystemId::new(9))), [(today, expected)]);
    let expected = Sums { events: 4, calls: 4, rows: 4, bytes: 4, denied: 0, with_findings: 4 };
    assert_eq!(of(Dimension::Finding(12)), [(today, expected)]);
    assert!(of(Dimension::Finding(0)).is_empty());
    assert_eq!((Dimension::Pseudonym(USER).sums_prefix(), Dimension::Day(today).sums_prefix()), (None, None));
    assert!(Sums::read(&IndexRow { key: vec![152, 0, 0, 0, 1], value: vec![0; 47] }).is_err());
}

#[test]
fn an_event_counts_on_its_local_day_and_never_on_one_after_its_block() {
    // Local midnight, eight hours east: the batch's block is 20 ms after it.
    let midnight = calendar().end_of_day(calendar().local_day(Moment::new(NOON))).get();
    let leaves: Vec<_> =
        [midnight - 1, midnight, midnight + 86_400_000].map(|time| leaf(grant_key(), Some(11), time)).into();
    let mut accepted = accepted(20, 1, 3);
    accepted.moment = Moment::new(midnight + 20);
    let batches = [BatchEvents { record: RecordNumber::new(20), leaves: &leaves }];
    let rows = derive(&block(1, &[]), &[accepted], &batches, &calendar()).unwrap();
    let (before, after) =
        (calendar().local_day(Moment::new(midnight - 1)), calendar().local_day(Moment::new(midnight)));
    assert_eq!(answers(&rows, ask(Dimension::Day(before))), [(20, vec![0])]);
    assert_eq!(answers(&rows, ask(Dimension::Day(after))), [(20, vec![1, 2])]);
    assert!(answers(&rows, ask(Dimension::Day(after.next()))).is_empty());
    let sums = scan(&rows, &Dimension::All.sums_prefix().unwrap(), None);
    let counts: Vec<_> =
        sums.iter().map(|row| Sums::read(row).unwrap()).map(|(day, sums)| (day, sums.events)).collect();
    assert_eq!(counts, [(after, 2), (before, 1)]);
}

#[test]
fn rows_and_sums_are_those_of_a_look_at_each_event() {
    let mut seed = 7_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    let mut leaves: Vec<_> = (0..200)
        .map(|_| {
            let key = match next(3) {
                0 => RunKey::Reporter(SystemId::new(9)),
                1 => RunKey::Entry(EntryId::new(11), Version::new(1), DepartmentId::new(3)),
                _ => RunKey::Grant(GrantId::new(next(4) as u32), Version::new(1)),
            };
            let entry = (!matches!(key, RunKey::Reporter(_))).then(|| 11 + next(2) as u32);
            let pseudonym = (next(2) == 0).then(|| next(5));
            // Three days, and some beyond the block.
            PublicLeaf { pseudonym, calls: next(9) as u32, ..leaf(key, entry, NOON - 200_000_000 + next(250_000_000)) }
        })
        .collect();
    leaves.sort_by_key(|leaf| format!("{:?}", leaf.key));
    let record = accepted(20, 1, 200);
    let body: BatchRecord = record.body_as().unwrap();
    let (number, recorded) = (record.number, record.moment);
    let batches = [BatchEvents { record: number, leaves: &leaves }];
    let rows = derive(&block(1, &[]), &[record], &batches, &calendar()).unwrap();

    let day = |leaf: &PublicLeaf| calendar().local_day(leaf.time.min(recorded));
    let found =
        |place: u32| body.findings.iter().find(|found| found.place == place).map_or(0, |found| found.findings.0);
    let has = |place: u32, leaf: &PublicLeaf, dimension: Dimension| match dimension {
        Dimension::Entry(id) => leaf.entry.is_some_and(|(entry, _)| entry == id),
        Dimension::Grant(id) => matches!(leaf.key, RunKey::Grant(grant, _) if grant == id),
        Dimension::Provider(id) => leaf.provider == Some(id),
        Dimension::Consumer(id) => leaf.consumer == Some(id),
        Dimension::Platform(id) => body.platform == id,
        Dimension::Pseudonym(pseudonym) => leaf.pseudonym == Some(pseudonym),
        Dimension::Finding(bit) => found(place) >> bit & 1 == 1,
        Dimension::Day(asked) => day(leaf) == asked,
        Dimension::All => true,
    };
    let days: std::collections::BTreeSet<Day> = leaves.iter().map(day).collect();
    assert!(days.len() > 2);
    let mut asked: Vec<_> = (0..5).map(Dimension::Pseudonym).chain((0..16).map(Dimension::Finding)).collect();
    asked.extend((0..5).map(|id| Dimension::Grant(GrantId::new(id))));
    asked.extend((10..14).map(|id| Dimension::Entry(EntryId::new(id))));
    asked.extend(days.iter().copied().map(Dimension::Day));
    asked.extend([Dimension::Provider(DepartmentId::new(2)), Dimension::Consumer(DepartmentId::new(3))]);
    asked.extend([Dimension::Platform(SystemId::new(9)), Dimension::All]);
    for dimension in asked {
        let all: Vec<_> = (0_u32..).zip(&leaves).filter(|(place, leaf)| has(*place, leaf, dimension)).collect();
        let row = scan(&rows, &dimension.prefix(), None).first().map(|row| EventRow::read(row).unwrap());
        let expected = (!all.is_empty()).then(|| EventRow {
            record: number,
            time_first: all.iter().map(|(_, leaf)| leaf.time).min().unwrap(),
            time_last: all.iter().map(|(_, leaf)| leaf.time).max().unwrap(),
            positions: all.iter().map(|(place, _)| *place).collect(),
        });
        assert_eq!(row, expected, "{dimension:?}");
        let Some(prefix) = dimension.sums_prefix() else { continue };
        let sums: Vec<_> = scan(&rows, &prefix, None).iter().rev().map(|row| Sums::read(row).unwrap()).collect();
        let of_day = |today: Day| {
            let events: Vec<_> = all.iter().filter(|(_, leaf)| day(leaf) == today).collect();
            let sum = |of: &dyn Fn(&PublicLeaf) -> u64| events.iter().map(|(_, leaf)| of(leaf)).sum();
            let sums = Sums {
                events: events.len() as u64,
                calls: sum(&|leaf| leaf.calls.into()),
                rows: sum(&|leaf| leaf.rows.into()),
                bytes: sum(&|leaf| leaf.bytes),
                denied: 0,
                with_findings: events.iter().filter(|(place, _)| found(*place) != 0).count() as u64,
            };
            (sums.events > 0).then_some((today, sums))
        };
        assert_eq!(sums, days.iter().copied().filter_map(of_day).collect::<Vec<_>>(), "{dimension:?}");
    }
}

#[test]
fn a_cursor_leads_on_the_same_way_while_batches_come_in() {
    let mut rows = rows_of_batches(&[20, 21]);
    let read = |rows: &[IndexRow], cursor: Option<EventCursor>| -> Vec<EventCursor> {
        let query = EventQuery { cursor, ..ask(Dimension::All) };
        let found = answers(rows, query);
        let events = found.into_iter().flat_map(|(record, positions)| {
            positions.into_iter().rev().map(move |position| EventCursor { record: RecordNumber::new(record), position })
        });
        events.collect()
    };
    let whole = read(&rows, None);
    let mut seen = Vec::new();
    for number in 22..40 {
        let page: Vec<_> = read(&rows, seen.last().copied()).into_iter().take(3).collect();
        seen.extend(page);
        rows.extend(rows_of_batches(&[number]));
        rows.sort_by(|a, b| a.key.cmp(&b.key));
    }
    assert_eq!(seen, whole, "nothing twice, nothing left out, nothing of what came meanwhile");
}

#[test]
fn history_is_newest_first_and_a_cursor_goes_on_behind_its_event() {
    let rows = rows_of_batches(&[20, 21, 22]);
    let entry = Dimension::Entry(EntryId::new(11));
    assert_eq!(answers(&rows, ask(entry)).iter().map(|(record, _)| *record).collect::<Vec<_>>(), [22, 21, 20]);
    let cursor = EventCursor { record: RecordNumber::new(21), position: 1 };
    assert_eq!(EventCursor::read(&cursor.bytes()), Some(cursor));
    let after = answers(&rows, EventQuery { cursor: Some(cursor), ..ask(entry) });
    assert_eq!(after, [(21, vec![0]), (20, vec![0, 1, 3])]);
    let last = EventCursor { record: RecordNumber::new(20), position: 0 };
    assert!(answers(&rows, EventQuery { cursor: Some(last), ..ask(entry) }).is_empty());
}

#[test]
fn batches_outside_a_period_are_never_opened() {
    let rows = rows_of_batches(&[20]);
    let entry = Dimension::Entry(EntryId::new(12));
    let period = |from: u64, until: u64| EventQuery {
        from: Some(Moment::new(from)),
        until: Some(Moment::new(until)),
        ..ask(entry)
    };
    assert!(answers(&rows, period(NOON + 21, NOON + 99)).is_empty());
    assert!(answers(&rows, period(NOON, NOON + 20)).is_empty());
    assert_eq!(answers(&rows, period(NOON + 20, NOON + 21)), [(20, vec![2])]);
    assert!(period(NOON, NOON + 5).contains(Moment::new(NOON + 4)));
    assert!(!period(NOON, NOON + 5).contains(Moment::new(NOON + 5)));
}

#[test]
fn a_made_up_cursor_is_none() {
    assert_eq!(EventCursor::read(&[0; 11]), None);
    assert_eq!(EventCursor::read(&[0xff; 12]), None);
}

#[test]
fn a_batch_stands_in_its_stream() {
    let rows = rows_of_batches(&[20, 21]);
    let found: Vec<_> = scan(&rows, &keys::stream_prefix(StreamId::new(4)), None)
        .iter()
        .map(|row| StreamRow::read(row).unwrap())
        .map(|row| (row.first.get(), row.count, row.record.get()))
        .collect();
    assert_eq!(found, [(105, 5, 21), (100, 5, 20)]);
}

#[test]
fn leaves_that_do_not_fit_their_record_are_an_error() {
    let leaves = leaves();
    let records = [accepted(20, 1, 4)];
    let batches = [BatchEvents { record: RecordNumber::new(20), leaves: &leaves }];
    let expected = DeriveError::Leaves { record: RecordNumber::new(20), expected: 4, found: 5 };
    assert_eq!(derive(&block(1, &[]), &records, &batches, &calendar()), Err(expected));
    let expected = DeriveError::Leaves { record: RecordNumber::new(20), expected: 4, found: 0 };
    assert_eq!(derive(&block(1, &[]), &records, &[], &calendar()), Err(expected));
}

#[test]
fn a_body_of_another_type_is_an_error() {
    let records = [record(1, RecordKind::PurposeRegistered, &[], &7_u8)];
    let error = derive(&block(1, &[]), &records, &[], &calendar()).unwrap_err();
    assert!(matches!(error, DeriveError::Body { kind: RecordKind::PurposeRegistered, .. }));
}

#[test]
fn an_extrinsic_is_found_by_its_hash() {
    let block = block(3, &[b"one", b"two"]);
    let rows = derive(&block, &[], &[], &calendar()).unwrap();
    let key = keys::extrinsic(&block.extrinsics[1].hash());
    let row = rows.iter().find(|row| row.key == key).unwrap();
    assert_eq!(keys::read_extrinsic(&row.value).unwrap(), (Height::new(3), 1));
    assert!(keys::read_extrinsic(&[0; 7]).is_err());
}

#[test]
fn registrations_are_found_by_their_id() {
    let system = SystemInfo {
        id: SystemId::new(9),
        department: DepartmentId::new(7),
        kind: SystemKind::Platform,
        code: Text::new("p").unwrap(),
        name: Text::new("平台").unwrap(),
    };
    let purpose =
        PurposeRegistered { id: PurposeId::new(2), code: Text::new("01").unwrap(), name: Text::new("办事").unwrap() };
    let records = [
        record(1, RecordKind::SystemRegistered, &[Subject::System(system.id)], &system),
        record(2, RecordKind::PurposeRegistered, &[], &purpose),
    ];
    let rows = derive(&block(1, &[]), &records, &[], &calendar()).unwrap();
    let value = |key: Vec<u8>| rows.iter().find(|row| row.key == key).unwrap().value.clone();
    assert_eq!(keys::read_record(&value(keys::system(system.id))).unwrap(), RecordNumber::new(1));
    assert_eq!(keys::read_record(&value(keys::purpose(purpose.id))).unwrap(), RecordNumber::new(2));
    assert!(keys::read_record(&[1]).is_err());
}

fn terms(version: u16) -> GrantTerms {
    GrantTerms {
        grant: GrantId::new(5),
        version: Version::new(version),
        request: RequestId::new(6),
        provider: DepartmentId::new(2),
        consumer: DepartmentId::new(3),
        entry: EntryId::new(11),
        entry_version: Version::new(1),
        items: 1,
        method: Method::File,
        from: Moment::new(NOON),
        until: Moment::new(NOON + 1),
        purposes: Default::default(),
        systems: Default::default(),
        platforms: Default::default(),
        calls_per_day: 1,
        rows_per_day: 1,
    }
}

#[test]
fn acts_on_requests_and_grants_stand_in_their_lists() {
    let request = RequestId::new(6);
    let act = RequestAct { request, digest: [0; 32], stage: Some(0), signed_as: signed_as() };
    let agreed = RequestAgreed {
        request,
        asked: RecordNumber::new(1),
        digest: [0; 32],
        signed_as: signed_as(),
        consent: None,
        grant: terms(1),
    };
    let suspended = GrantAct { grant: GrantId::new(5), reason: Text::new("x").unwrap(), signed_as: signed_as() };
    let grant = Subject::Grant(GrantId::new(5), Version::new(1));
    let records = [
        record(1, RecordKind::RequestApproved, &[Subject::Request(request)], &act),
        record(2, RecordKind::RequestAgreed, &[Subject::Request(request), grant], &agreed),
        record(3, RecordKind::GrantSuspended, &[grant], &suspended),
    ];
    let rows = derive(&block(1, &[]), &records, &[], &calendar()).unwrap();
    let list = |list: RecordList| -> Vec<_> {
        scan(&rows, &list.prefix(), None).iter().map(|row| RecordRow::read(row).unwrap()).collect()
    };
    let of_grant = list(RecordList::Grant(GrantId::new(5)));
    assert_eq!(of_grant.iter().map(|row| row.number.get()).collect::<Vec<_>>(), [3, 2]);
    assert_eq!((of_grant[1].kind, of_grant[1].version), (RecordKind::RequestAgreed, Some(Version::new(1))));
    assert_eq!(of_grant[1].moment, Moment::new(NOON + 2));
    assert_eq!(list(RecordList::Request(request)).len(), 2);
    assert_eq!(list(RecordList::Subject(grant)).len(), 2);
    assert_eq!(list(RecordList::Kind(RecordKind::RequestApproved)).len(), 1);
    assert_eq!(list(RecordList::Department(DepartmentId::new(7))).len(), 3);
    assert!(list(RecordList::Department(DepartmentId::new(8))).is_empty());
    for members in [
        Members::GrantsOfEntry(EntryId::new(11)),
        Members::GrantsOfProvider(DepartmentId::new(2)),
        Members::GrantsOfConsumer(DepartmentId::new(3)),
    ] {
        let found: Vec<_> =
            scan(&rows, &members.prefix(), None).iter().map(|row| Members::read(row).unwrap()).collect();
        assert_eq!(found, [5], "{members:?}");
    }
}

#[test]
fn damaged_rows_are_errors_and_never_answers() {
    let row = IndexRow { key: vec![16, 0, 0, 0, 1], value: vec![1] };
    assert!(EventRow::read(&row).is_err());
    assert!(RecordRow::read(&row).is_err());
    assert!(StreamRow::read(&row).is_err());
    assert!(Members::read(&row).is_err());
    let key = Dimension::Entry(EntryId::new(1)).key(RecordNumber::new(1));
    // Positions beyond any batch, and none at all.
    assert!(EventRow::read(&IndexRow { key: key.clone(), value: vec![1, 0, 0, 0xff, 0xff, 0x7f] }).is_err());
    assert!(EventRow::read(&IndexRow { key, value: vec![1, 0] }).is_err());
}
