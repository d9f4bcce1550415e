//! Backups, what a check finds, and a stream that goes on from an old copy without a number twice.

use super::*;

fn cursor(sealing: &Sealing) -> ChainCursor {
    ChainCursor { next: sealing.batch.next(), previous: sealing.batch.header.digest() }
}

#[test]
fn a_backup_is_a_whole_vault_under_the_same_lock() {
    let (folder, vault) = vault();
    report(&vault, &[1, 2]);
    report(&vault, &[3]);
    vault.spool(STREAM, &[event(4)], None).unwrap();
    let backup = folder.path().join("backup");
    vault.backup(&backup).unwrap();
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(vault.backup(&backup), Err(ClientError::Write { .. })), "a backup is never written over");
    assert!(!folder.path().join("backup.part").exists());
    let original = (vault.spooled(STREAM).unwrap(), vault.check(Moment::new(0)).unwrap());
    drop(vault);

    // Another machine has the backup and the key file.
    let machine = tempfile::tempdir().unwrap();
    let path = machine.path().join("restored");
    let missing = Vault::restore(&backup, &path, &Unlock::Beside);
    assert!(matches!(missing, Err(ClientError::VaultKeyFileMissing { .. })));
    fs::copy(folder.path().join("vault.key"), folder.path().join("backup.key")).unwrap();
    let counts = Vault::restore(&backup, &path, &Unlock::Beside).unwrap();
    assert_eq!((counts.batches, counts.events, counts.waiting, counts.unconfirmed), (2, 3, 1, 2));
    assert!(matches!(Vault::restore(&backup, &path, &Unlock::Beside), Err(ClientError::Write { .. })));
    let restored = Vault::open_existing(&path, &GENESIS, &Unlock::Beside).unwrap();
    assert_eq!((restored.spooled(STREAM).unwrap(), restored.check(Moment::new(0)).unwrap()), original);
}

#[test]
fn a_key_file_that_stands_beside_the_new_vault_opens_the_backup() {
    let (folder, vault) = vault();
    let (backup, path) = (folder.path().join("backup"), folder.path().join("new"));
    vault.backup(&backup).unwrap();
    fs::copy(folder.path().join("vault.key"), folder.path().join("new.key")).unwrap();
    Vault::restore(&backup, &path, &Unlock::Beside).unwrap();
    Vault::open_existing(&path, &GENESIS, &Unlock::Beside).unwrap();
}

#[test]
fn a_restored_vault_goes_on_where_the_chain_is_and_never_gives_a_number_twice() {
    let (folder, vault) = vault();
    fs::copy(folder.path().join("vault.key"), folder.path().join("backup.key")).unwrap();
    let first = report(&vault, &[1, 2]);
    let second = report(&vault, &[3]);
    vault.backup(&folder.path().join("backup")).unwrap();
    // The chain had the first, and gets the second while the process dies.
    vault.meet(STREAM, &cursor(&first)).unwrap();
    drop(vault);
    let restore = |name: &str| {
        let path = folder.path().join(name);
        Vault::restore(&folder.path().join("backup"), &path, &Unlock::Beside).unwrap();
        Vault::open_existing(&path, &GENESIS, &Unlock::Beside).unwrap()
    };
    // The second did not arrive: the same bytes are sent once more.
    let restored = restore("one");
    restored.meet(STREAM, &cursor(&first)).unwrap();
    assert_eq!(restored.unconfirmed(STREAM, EventNumber::new(1)).unwrap(), Some(second.batch.clone()));
    // It arrived: nothing is sent, and the next batch has the next number.
    let restored = restore("two");
    restored.meet(STREAM, &cursor(&second)).unwrap();
    assert_eq!(restored.unconfirmed(STREAM, EventNumber::new(1)).unwrap(), None);
    let third = report(&restored, &[4]);
    assert_eq!(third.batch.header.first, second.batch.next());
    assert_eq!(third.batch.header.previous, second.batch.header.digest());
}

#[test]
fn a_backup_that_the_chain_is_ahead_of_takes_no_event_of_that_stream() {
    let (folder, vault) = vault();
    fs::copy(folder.path().join("vault.key"), folder.path().join("backup.key")).unwrap();
    let first = report(&vault, &[1, 2]);
    vault.spool(STREAM, &[event(3)], None).unwrap();
    vault.backup(&folder.path().join("backup")).unwrap();
    // What waited was sealed with one more, sent, and accepted after the backup; then the process died.
    let second = report(&vault, &[4]);
    drop(vault);
    let path = folder.path().join("restored");
    Vault::restore(&folder.path().join("backup"), &path, &Unlock::Beside).unwrap();
    let restored = Vault::open_existing(&path, &GENESIS, &Unlock::Beside).unwrap();
    let behind = restored.meet(STREAM, &cursor(&second)).unwrap_err();
    assert!(matches!(behind, ClientError::VaultBehind { .. }));
    assert!(behind.hint().unwrap().contains("open a new stream"));
    assert_eq!(
        restored.unconfirmed(STREAM, first.batch.next()).unwrap(),
        None,
        "nothing is sealed under a number again"
    );
    let proof = restored.sealed_proof(STREAM, EventNumber::new(1), &BTreeSet::new());
    assert!(proof.is_ok(), "what it has is proven as before");
}

/// What a check says of a vault that somebody changed.
fn found(change: impl FnOnce(&WriteTransaction, &Vault) -> Result<(), Fault>) -> String {
    let (_folder, vault) = vault();
    report(&vault, &[1, 2]);
    report(&vault, &[3]);
    vault.spool(STREAM, &[event(4)], None).unwrap();
    vault.write(|transaction| change(transaction, &vault)).unwrap();
    let error = vault.check(Moment::new(0)).unwrap_err();
    let (ClientError::VaultBroken { what, .. } | ClientError::VaultDamaged { what, .. }) = error else {
        panic!("{error}")
    };
    what.to_owned()
}

#[test]
fn a_check_names_whatever_does_not_hold() {
    let at = |event: u64| (STREAM.get(), event);
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(LEAVES)?.insert(at(2), &[0; 32][..])?;
            Ok(())
        }),
        "a sealed root that does not follow from its leaves"
    );
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(LEAVES)?.remove(at(2))?;
            Ok(())
        }),
        "a sealed root that does not follow from its leaves"
    );
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(BATCHES)?.remove(at(1))?;
            Ok(())
        }),
        "a batch that does not follow the one before it"
    );
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(BATCHES)?.remove(at(3))?;
            Ok(())
        }),
        "a stream that does not end with its last batch"
    );
    assert_eq!(
        found(|transaction, _| {
            let mut batches = transaction.open_table(BATCHES)?;
            let first = batches.get(at(1))?.unwrap().value().to_vec();
            batches.insert(at(3), &first[..])?;
            Ok(())
        }),
        "a batch under another batch's number"
    );
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(OUTBOX)?.insert(at(3), &b"another body"[..])?;
            Ok(())
        }),
        "a body that is not its header's"
    );
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(SPOOL)?.remove(at(4))?;
            Ok(())
        }),
        "a spool that lacks events"
    );
    assert_eq!(
        found(|transaction, vault| {
            let mut spool = transaction.open_table(SPOOL)?;
            let row = spool.get(at(4))?.unwrap().value().to_vec();
            let plain = vault.rows.open(SPOOL, &at(4), &row, "")?;
            spool.insert(at(9), &vault.rows.seal(SPOOL, &at(9), &plain)[..])?;
            Ok(())
        }),
        "a spooled event out of its place"
    );
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(OPENINGS)?.insert(at(2), &b"torn"[..])?;
            Ok(())
        }),
        "an opening"
    );
    assert_eq!(
        found(|transaction, vault| {
            let mut openings = transaction.open_table(OPENINGS)?;
            let row = openings.get(at(2))?.unwrap().value().to_vec();
            let plain = vault.rows.open(OPENINGS, &at(2), &row, "")?;
            openings.insert(at(7), &vault.rows.seal(OPENINGS, &at(7), &plain)[..])?;
            Ok(())
        }),
        "an opening without its leaf"
    );
    assert_eq!(
        found(|transaction, _| {
            transaction.open_table(LEAVES)?.insert((99, 1), &[0; 32][..])?;
            Ok(())
        }),
        "batches or leaves of no stream"
    );
}

#[test]
fn a_backup_that_does_not_hold_makes_no_vault() {
    let (folder, vault) = vault();
    report(&vault, &[1, 2]);
    let damage = |transaction: &WriteTransaction| -> Result<(), Fault> {
        transaction.open_table(LEAVES)?.insert((STREAM.get(), 2), &[0; 32][..])?;
        Ok(())
    };
    vault.write(damage).unwrap();
    let (backup, path) = (folder.path().join("backup"), folder.path().join("restored"));
    fs::copy(folder.path().join("vault.key"), folder.path().join("backup.key")).unwrap();
    vault.backup(&backup).unwrap();
    let broken = Vault::restore(&backup, &path, &Unlock::Beside).unwrap_err();
    assert!(matches!(broken, ClientError::VaultBroken { .. }));
    assert!(!path.exists() && !folder.path().join("restored.key").exists());
}
