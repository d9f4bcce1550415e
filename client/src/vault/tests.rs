#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    event::{Event, tests::event},
    keys::Key,
    seal::{Place, Sealing, seal},
    terms::KnownTerms,
};
use codec::Encode;
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{EVENTS_MAX, SealedField, sealed_leaf},
    certificate::verify_ed25519,
    hash::TreeKind,
    ids::{EventNumber, Moment, StreamId},
};
use redb::ReadableTable;
use std::collections::BTreeSet;

mod erasing;
mod intake;
mod locking;
mod moving;
mod pseudonyms;
mod restoring;

const GENESIS: Digest32 = [9; 32];
const STREAM: StreamId = StreamId::new(4);

fn fresh() -> ChainCursor {
    ChainCursor { next: EventNumber::new(1), previous: [0; 32] }
}

fn vault() -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(&folder.path().join("vault"), &GENESIS).unwrap();
    vault.meet(STREAM, &fresh()).unwrap();
    (folder, vault)
}

fn sealing(vault: &Vault) -> Sealing {
    let state = vault.stream(STREAM).unwrap().unwrap();
    let batch = BatchPlace { genesis: GENESIS, stream: STREAM, first: state.next, previous: state.previous };
    let place = Place { batch, domain: [2; 32], floor: state.floor };
    seal(&place, vault.spooled(STREAM).unwrap(), &KnownTerms::default(), &Key::development("platform")).unwrap()
}

/// Spools and seals one batch of events at these times.
fn report(vault: &Vault, times: &[u64]) -> Sealing {
    let events: Vec<Event> = times.iter().copied().map(event).collect();
    vault.spool(STREAM, &events, None).unwrap();
    let sealing = sealing(vault);
    vault.keep(&sealing).unwrap();
    sealing
}

/// The same file, as another process finds it after this one died.
fn reopen(folder: &tempfile::TempDir, vault: Vault) -> Vault {
    drop(vault);
    Vault::open_existing(&folder.path().join("vault"), &GENESIS, &Unlock::Beside).unwrap()
}

#[test]
fn a_vault_has_one_user_one_chain_and_one_owner() {
    let (folder, vault) = vault();
    let path = folder.path().join("vault");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(Vault::open(&path, &GENESIS), Err(ClientError::VaultInUse { .. })));
    drop(vault);
    assert!(matches!(Vault::open(&path, &[8; 32]), Err(ClientError::VaultOfOtherChain { genesis: GENESIS, .. })));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let open = Vault::open(&path, &GENESIS).unwrap_err();
    assert!(matches!(open, ClientError::VaultOpenToOthers { mode: 0o644, .. }));
    assert!(open.hint().unwrap().contains("chmod 600"));
}

#[test]
fn what_is_no_vault_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    crate::files::write_secret(&path, &[b'x'; 5_000]).unwrap();
    assert!(matches!(Vault::open(&path, &GENESIS), Err(ClientError::NoVault { .. })));
    assert_eq!(fs::read(&path).unwrap(), [b'x'; 5_000]);
    let missing = folder.path().join("missing");
    assert!(matches!(Vault::open_existing(&missing, &GENESIS, &Unlock::Beside), Err(ClientError::Read { .. })));
    assert!(!missing.exists());
    crate::files::make_private(&missing).unwrap();
    assert!(matches!(Vault::open_existing(&missing, &GENESIS, &Unlock::Beside), Err(ClientError::NoVault { .. })));
}

#[test]
fn the_secret_of_call_ids_outlives_the_process() {
    let (folder, vault) = vault();
    let id = vault.call_ids().own(b"request 1");
    assert_eq!(reopen(&folder, vault).call_ids().own(b"request 1"), id);
}

#[test]
fn an_event_is_durable_with_its_position_before_it_is_sealed() {
    let (folder, vault) = vault();
    let events: Vec<Event> = [5, 3].map(event).into();
    let import = Import { number: 1, stream: STREAM, mapping: [1; 32], bytes: 100, prefix: [2; 32], refused: vec![7] };
    vault.spool(STREAM, &events, Some(&import)).unwrap();
    let vault = reopen(&folder, vault);
    assert_eq!(vault.spooled(STREAM).unwrap(), events);
    assert_eq!(vault.stream(STREAM).unwrap().unwrap().waiting(), 2);
    assert_eq!(vault.imports(STREAM).unwrap(), (vec![import], 2));
    assert_eq!(vault.imports(StreamId::new(5)).unwrap(), (vec![], 2));
}

#[test]
fn what_waits_is_signed_anew_when_the_stream_has_another_key() {
    let (folder, vault) = vault();
    let sealings = [report(&vault, &[1]), report(&vault, &[2, 3]), report(&vault, &[4])];
    let [arrived, first, second] = sealings.map(|sealing| sealing.batch);
    vault.meet(STREAM, &ChainCursor { next: arrived.next(), previous: arrived.header.digest() }).unwrap();
    let (before, now) = (Key::development("platform"), Key::development("another"));
    assert_eq!(vault.sign_anew(STREAM, &before, &[2; 32]).unwrap(), 0, "the key is the same");
    assert_eq!(vault.sign_anew(STREAM, &now, &[2; 32]).unwrap(), 2);
    let vault = reopen(&folder, vault);
    assert_eq!(vault.sign_anew(STREAM, &now, &[2; 32]).unwrap(), 0);
    let mut from = EventNumber::new(0);
    for sealed in [first, second] {
        let batch = vault.unconfirmed(STREAM, from).unwrap().unwrap();
        assert_eq!((&batch.header, &batch.body), (&sealed.header, &sealed.body), "numbers and roots stay");
        assert!(verify_ed25519(&now.public(), &batch.header.signing_bytes(&[2; 32]), &batch.signature));
        from = batch.next();
    }
    assert_eq!(vault.unconfirmed(STREAM, from).unwrap(), None);
    let kept = vault.read(|transaction| {
        let batches = transaction.open_table(BATCHES)?;
        let row = batches.get((STREAM.get(), 1))?.expect("the batch that arrived");
        batches::read_batch(row.value())
    });
    assert_eq!(kept.unwrap(), (arrived.header, arrived.signature), "what the chain has stays signed as it was");
    vault.confirm(STREAM, from).unwrap();
    assert_eq!(vault.sign_anew(STREAM, &before, &[2; 32]).unwrap(), 0, "nothing waits");
}

#[test]
fn a_sealed_batch_takes_the_place_of_its_spool_in_one_step() {
    let (folder, vault) = vault();
    let first = report(&vault, &[5, 3, 4]);
    let vault = reopen(&folder, vault);
    assert!(vault.spooled(STREAM).unwrap().is_empty());
    let second = report(&vault, &[6]);
    assert_eq!(second.batch.header.first, EventNumber::new(4));
    assert_eq!(second.batch.header.previous, first.batch.header.digest());
    let state = vault.stream(STREAM).unwrap().unwrap();
    assert_eq!((state.next, state.floor, state.position), (EventNumber::new(5), Moment::new(6), 5));
}

#[test]
fn a_batch_that_was_sealed_but_not_kept_is_sealed_again_to_the_same_bytes() {
    let (folder, vault) = vault();
    vault.spool(STREAM, &[5, 3, 3].map(event), None).unwrap();
    let before = sealing(&vault);
    let vault = reopen(&folder, vault);
    assert_eq!(sealing(&vault), before);
}

#[test]
fn batches_are_resent_byte_for_byte_until_the_chain_has_them() {
    let (folder, vault) = vault();
    let (first, second) = (report(&vault, &[1, 2]), report(&vault, &[3]));
    let vault = reopen(&folder, vault);
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(1)).unwrap().as_ref(), Some(&first.batch));
    assert_eq!(vault.unconfirmed(STREAM, first.batch.next()).unwrap().as_ref(), Some(&second.batch));
    vault.confirm(STREAM, first.batch.next()).unwrap();
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(1)).unwrap(), Some(second.batch.clone()));
    vault.confirm(STREAM, second.batch.next()).unwrap();
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(1)).unwrap(), None);
}

#[test]
fn meeting_the_chain_confirms_what_it_has() {
    let (_folder, vault) = vault();
    let (first, second) = (report(&vault, &[1, 2]), report(&vault, &[3]));
    let chain = ChainCursor { next: first.batch.next(), previous: first.batch.header.digest() };
    assert_eq!(vault.meet(STREAM, &chain).unwrap().next, second.batch.next());
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(1)).unwrap(), Some(second.batch.clone()));
    let chain = ChainCursor { next: second.batch.next(), previous: second.batch.header.digest() };
    vault.meet(STREAM, &chain).unwrap();
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(1)).unwrap(), None);
}

#[test]
fn a_stream_that_another_vault_wrote_to_is_refused() {
    let (_folder, vault) = vault();
    let batch = report(&vault, &[1, 2]).batch;
    let ahead = ChainCursor { next: EventNumber::new(9), previous: [1; 32] };
    assert!(matches!(vault.meet(STREAM, &ahead), Err(ClientError::VaultBehind { .. })));
    let other = ChainCursor { next: batch.next(), previous: [1; 32] };
    assert!(matches!(vault.meet(STREAM, &other), Err(ClientError::VaultDiverged { .. })));
    let within = ChainCursor { next: EventNumber::new(2), previous: [1; 32] };
    assert!(matches!(vault.meet(STREAM, &within), Err(ClientError::VaultDiverged { .. })));
    assert_eq!(vault.unconfirmed(STREAM, EventNumber::new(1)).unwrap(), Some(batch), "nothing is forgotten");
}

#[test]
fn a_new_vault_takes_no_stream_that_has_events() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(&folder.path().join("vault"), &GENESIS).unwrap();
    let chain = ChainCursor { next: EventNumber::new(7), previous: [3; 32] };
    assert!(matches!(vault.meet(STREAM, &chain), Err(ClientError::VaultBehind { .. })));
    assert_eq!(vault.stream(STREAM).unwrap(), None, "what is refused leaves nothing behind");
}

#[test]
fn the_spool_never_holds_more_than_one_batch() {
    let (_folder, vault) = vault();
    let full: Vec<Event> = (0..u64::from(EVENTS_MAX)).map(event).collect();
    vault.spool(STREAM, &full, None).unwrap();
    assert!(matches!(
        vault.spool(STREAM, &[event(1)], None),
        Err(ClientError::SpoolFull { waiting: 1_000, more: 1, .. })
    ));
    let unknown = vault.spool(StreamId::new(99), &[event(1)], None);
    assert!(matches!(unknown, Err(ClientError::StreamNotOurs { .. })));
}

#[test]
fn a_sealed_proof_opens_the_batch_with_the_chosen_fields_alone() {
    let (_folder, vault) = vault();
    report(&vault, &[1]);
    let header = report(&vault, &[7, 5, 6]).batch.header;
    let fields = BTreeSet::from([SealedField::NetworkAddress, SealedField::User]);
    // Number 3 is the event at time 6: the batch begins with number 2, in the order of the times.
    let proof = vault.sealed_proof(STREAM, EventNumber::new(3), &fields).unwrap();
    let leaf = sealed_leaf(&crate::event::tests::leaf(6).leaf(), &proof.commitments);
    assert_eq!(proof.path.root(TreeKind::SealedEvents, &leaf), Some(header.sealed_root));
    let shown: Vec<_> = proof.revealed.iter().map(|revealed| (revealed.field, revealed.value.as_deref())).collect();
    assert_eq!(shown, [(SealedField::User, None), (SealedField::NetworkAddress, Some(&b"192.0.2.6"[..]))]);
    for revealed in &proof.revealed {
        let commitment = revealed.field.commitment(&revealed.salt, revealed.value.as_deref());
        assert_eq!(commitment, proof.commitments[revealed.field as usize]);
    }
}

#[test]
fn an_event_that_is_not_there_has_no_proof() {
    let (_folder, vault) = vault();
    report(&vault, &[1]);
    for event in [0, 2] {
        let proof = vault.sealed_proof(STREAM, EventNumber::new(event), &BTreeSet::new());
        assert!(matches!(proof, Err(ClientError::NotInVault { .. })), "event {event}");
    }
    let other = vault.sealed_proof(StreamId::new(5), EventNumber::new(1), &BTreeSet::new());
    assert!(matches!(other, Err(ClientError::NotInVault { .. })));
}

#[test]
fn a_damaged_row_is_named() {
    let (_folder, vault) = vault();
    let damage = |transaction: &WriteTransaction| -> Result<(), Fault> {
        transaction.open_table(STREAMS)?.insert(STREAM.get(), &[1_u8][..])?;
        Ok(())
    };
    vault.write(damage).unwrap();
    let damaged = vault.stream(STREAM).unwrap_err();
    assert!(matches!(damaged, ClientError::VaultDamaged { what: "the state of a stream", .. }));
    assert!(damaged.hint().unwrap().contains("mulu vault restore"));
}
