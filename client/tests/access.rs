//! A log becomes batches: exact counts per prefix, every line accounted for, and no address in anything that leaves the vault.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_client::{
    connection::ChainIdentity,
    import::{
        access::{AccessImport, AccessReport, Reporting, Source},
        combined_log,
        draft::Reference,
        mapping::Mapping,
    },
    keys::Key,
    seal::SealedBatch,
    terms::{EntryFacts, KnownTerms, LastIds},
    vault::{ChainCursor, Vault},
};
use mulu_primitives::batch;
use mulu_proofs::{
    access::{PublicLeaf, SealedField},
    catalog::{List, Method},
    certificate::verify_ed25519,
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, EventNumber, GrantId, Moment, PurposeId, RequestId, StreamId, SystemId, Version},
};
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

const STREAM: StreamId = StreamId::new(1);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn terms_of(mapping: &Mapping) -> KnownTerms {
    let mut terms = KnownTerms::default();
    let facts = EntryFacts { provider: DepartmentId::new(3), items: 3 };
    terms.add_entry(EntryId::new(40), Version::new(1), facts);
    terms.set_last_ids(LastIds {
        department: DepartmentId::new(4),
        system: SystemId::new(5),
        purpose: PurposeId::new(1),
    });
    for reference in mapping.references() {
        match reference {
            Reference::Grant(grant, version) => terms.add_grant(grant_terms(grant, version)),
            Reference::Entry(entry, version, _) => terms.add_entry(entry, version, facts),
            Reference::Reporter => {}
        }
    }
    terms
}

fn grant_terms(grant: GrantId, version: Version) -> GrantTerms {
    GrantTerms {
        grant,
        version,
        request: RequestId::new(grant.get()),
        provider: DepartmentId::new(3),
        consumer: DepartmentId::new(2),
        entry: EntryId::new(40),
        entry_version: Version::new(1),
        items: 1,
        method: Method::File,
        from: Moment::new(0),
        until: Moment::new(u64::MAX),
        purposes: List::default(),
        systems: List::default(),
        platforms: List::default(),
        calls_per_day: 1,
        rows_per_day: 1,
    }
}

/// Takes a whole log into a vault, and reads back what would be sent.
fn import(log: &Path, mapping: &Mapping, folder: &Path) -> (AccessReport, Vec<SealedBatch>, Vec<PublicLeaf>) {
    let chain = ChainIdentity { chain_id: "test".into(), genesis: [9; 32] };
    let key = Key::development("platform");
    let vault = Vault::open(&folder.join("vault"), &chain.genesis).unwrap();
    let cursor = ChainCursor { next: EventNumber::new(1), previous: [0; 32] };
    vault.meet(STREAM, &cursor).unwrap();
    let terms = terms_of(mapping);
    let by = Reporting { platform: SystemId::new(5), department: DepartmentId::new(3), reconciles: false };
    let source = (Source::CombinedLog(mapping.clone()), by);
    let mut import = AccessImport::begin(&vault, &key, &chain, source, log).unwrap();
    while let Some(chunk) = import.read_chunk().unwrap() {
        import.store(chunk, &terms).unwrap();
    }
    let (mut batches, mut leaves) = (Vec::new(), Vec::new());
    let mut from = EventNumber::new(1);
    while let Some(batch) = vault.unconfirmed(STREAM, from).unwrap() {
        assert!(verify_ed25519(&key.public(), &batch.header.signing_bytes(&chain.domain()), &batch.signature));
        leaves.extend(batch::decode(&batch.body, &terms).unwrap());
        from = batch.next();
        batches.push(batch);
    }
    (import.report().clone(), batches, leaves)
}

/// Whether none of the sealed words stands in what is sent.
fn assert_sealed(log: &Path, batches: &[SealedBatch]) {
    let text = fs::read(log).unwrap();
    let requests = text.split(|byte| *byte == b'\n').filter_map(|line| combined_log::read(line).ok());
    // Short words occur by chance in keyed hashes.
    let words: BTreeSet<&str> =
        requests.flat_map(|request| [request.address, request.user]).filter(|w| w.len() > 6).collect();
    assert!(!words.is_empty());
    for batch in batches {
        for word in &words {
            let found = batch.body.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} leaves the vault");
        }
    }
}

#[test]
fn a_small_dirty_log_is_mapped_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let mapping = Mapping::read(&fixtures().join("access-mapping.json")).unwrap();
    let log = fixtures().join("access.log");
    let (report, batches, leaves) = import(&log, &mapping, folder.path());
    assert_eq!((report.lines, report.events, report.outside, leaves.len()), (11, 7, 2, 7));
    let counts: Vec<(&str, u64)> = report.by_prefix.iter().map(|(prefix, count)| (prefix.as_str(), *count)).collect();
    assert_eq!(counts, [("/lists/", 1), ("/lists/social/", 3), ("/lists/births", 1)]);
    let rejected: Vec<(u64, &str)> = report.rejected.iter().map(|row| (row.line, row.reason)).collect();
    assert_eq!(rejected, [(7, "not_combined"), (8, "bad_time"), (9, "not_combined"), (10, "not_combined")]);
    assert_sealed(&log, &batches);

    let vault = Vault::open(&folder.path().join("vault"), &[9; 32]).unwrap();
    let addresses: BTreeSet<Vec<u8>> = (1..=7)
        .filter_map(|event| vault.opening(STREAM, EventNumber::new(event)).unwrap())
        .filter_map(|sealed| sealed.values[SealedField::NetworkAddress as usize].clone())
        .collect();
    let expected = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.9", "2001:db8::7"];
    assert_eq!(addresses, expected.iter().map(|address| address.as_bytes().to_vec()).collect());
}

#[test]
fn the_real_log_is_mapped_with_exact_counts() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/apache-access.log");
    if !log.exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is absent, the test on real data did not run", log.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mapping = Mapping::read(&fixtures().join("apache-mapping.json")).unwrap();
    assert!(mapping.rules.len() >= 12);
    let (report, batches, leaves) = import(&log, &mapping, folder.path());
    assert_eq!((report.lines, report.events, leaves.len(), batches.len()), (10_000, 10_000, 10_000, 10));
    assert_eq!(report.rejected, []);
    let counts: String = report.by_prefix.iter().map(|(prefix, count)| format!("{prefix} {count}\n")).collect();
    insta::assert_snapshot!("real-log", format!("{counts}outside {}", report.outside));
    assert_sealed(&log, &batches);
    let (again, ..) = import(&log, &mapping, folder.path());
    assert_eq!((again.events, again.events_before, again.batches), (10_000, 10_000, 0));
}
