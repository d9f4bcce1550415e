//! At rest: what is in the file, who may open it, and a vault from before.

use super::*;
use zeroize::Zeroizing;

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(Zeroizing::new(text.to_owned()))
}

/// How often a text stands in the vault's file.
fn count(folder: &tempfile::TempDir, text: &[u8]) -> usize {
    let file = fs::read(folder.path().join("vault")).unwrap();
    file.windows(text.len()).filter(|window| *window == text).count()
}

fn filled(vault: &Vault) -> Import {
    report(vault, &[1, 2]);
    let import =
        Import { number: 1, stream: STREAM, mapping: [1; 32], bytes: 100, prefix: [0xab; 32], refused: vec![7] };
    vault.spool(STREAM, &[event(3)], Some(&import)).unwrap();
    import
}

/// The vault as version 1 of this program wrote it.
fn as_form_1(vault: &Vault, path: &Path) {
    let database = Database::create(path).unwrap();
    let transaction = database.begin_write().unwrap();
    let write = || -> Result<(), Fault> {
        let from = vault.database.begin_read()?;
        let mut identity = transaction.open_table(IDENTITY)?;
        identity.insert(VERSION, &[1_u8][..])?;
        identity.insert(super::super::GENESIS, &GENESIS[..])?;
        identity.insert(CALL_SECRET, &[5_u8; 32][..])?;
        let mut streams = transaction.open_table(STREAMS)?;
        for row in from.open_table(STREAMS)?.iter()? {
            let (key, value) = row?;
            streams.insert(key.value(), value.value())?;
        }
        for table in [SPOOL, BATCHES, OUTBOX, LEAVES, OPENINGS] {
            let mut to = transaction.open_table(table)?;
            for row in from.open_table(table)?.iter()? {
                let (key, value) = row?;
                let (key, value) = (key.value(), value.value());
                let plain = match redb::TableHandle::name(&table) {
                    "spool" => vault.rows.open(table, &key, value, "")?.to_vec(),
                    "openings" => openings::Kept::open(&vault.rows, key, value)?.sealed.encode(),
                    _ => value.to_vec(),
                };
                to.insert(key, &plain[..])?;
            }
        }
        let mut imports = transaction.open_table(IMPORTS)?;
        for row in from.open_table(IMPORTS)?.iter()? {
            let (key, value) = row?;
            imports.insert(key.value(), &vault.rows.open(IMPORTS, &key.value(), value.value(), "")?[..])?;
        }
        Ok(())
    };
    assert!(write().is_ok());
    transaction.commit().unwrap();
    drop(database);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn nothing_that_is_not_on_the_chain_stands_in_the_file_as_it_is() {
    let (folder, vault) = vault();
    let import = filled(&vault);
    let secrets: Vec<Digest32> =
        (1..=2).map(|event| vault.opening(STREAM, EventNumber::new(event)).unwrap().unwrap().secret).collect();
    let data_key = vault.rows.data_key().clone();
    drop(vault);
    for text in [&b"192.0.2"[..], &secrets[0], &secrets[1], &import.prefix, &data_key[..]] {
        assert_eq!(count(&folder, text), 0);
    }
    let digits = fs::read_to_string(folder.path().join("vault.key")).unwrap();
    assert_eq!(count(&folder, &hex::decode(digits.trim()).unwrap()), 0);
    assert_eq!(fs::metadata(folder.path().join("vault.key")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn rows_cannot_be_swapped() {
    let (_folder, vault) = vault();
    report(&vault, &[1, 2]);
    let swap = |transaction: &WriteTransaction| -> Result<(), Fault> {
        let mut openings = transaction.open_table(OPENINGS)?;
        let second = openings.get((STREAM.get(), 2))?.unwrap().value().to_vec();
        openings.insert((STREAM.get(), 1), &second[..])?;
        Ok(())
    };
    vault.write(swap).unwrap();
    let swapped = vault.opening(STREAM, EventNumber::new(1));
    assert!(matches!(swapped, Err(ClientError::VaultDamaged { what: "an opening", .. })));
}

#[test]
fn a_vault_of_form_1_is_sealed_when_it_is_opened() {
    let (other, source) = vault();
    let import = filled(&source);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    as_form_1(&source, &path);
    assert!(count(&folder, b"192.0.2.1") == 1 && count(&folder, b"192.0.2.3") == 1, "as it was");
    // A process that died while it sealed leaves half a file, and the vault as it was.
    fs::write(folder.path().join("vault.part"), b"half").unwrap();

    let vault = Vault::open(&path, &GENESIS).unwrap();
    assert_eq!(
        vault.opening(STREAM, EventNumber::new(2)).unwrap(),
        source.opening(STREAM, EventNumber::new(2)).unwrap()
    );
    assert_eq!(vault.spooled(STREAM).unwrap(), source.spooled(STREAM).unwrap());
    assert_eq!(vault.imports(STREAM).unwrap(), (vec![import], 2));
    assert_eq!(vault.stream(STREAM).unwrap(), source.stream(STREAM).unwrap());
    assert_eq!(vault.call_ids().own(b"r"), CallIds::new([5; 32]).own(b"r"));
    let check = vault.check(Moment::new(u64::MAX)).unwrap();
    assert_eq!((check.counts.openings, check.counts.undated, check.past_retention.len()), (2, 2, 0));
    report(&vault, &[]);
    drop(vault);
    for text in [&b"192.0.2"[..], &[5; 32]] {
        assert_eq!(count(&folder, text), 0);
    }
    assert_eq!(Vault::open(&path, &GENESIS).unwrap().check(Moment::new(0)).unwrap().counts.batches, 2);
    drop(other);
}

#[test]
fn a_vault_of_a_later_form_is_refused_and_left_as_it_is() {
    let (folder, vault) = vault();
    let later = |transaction: &WriteTransaction| -> Result<(), Fault> {
        let mut identity = transaction.open_table(IDENTITY)?;
        identity.insert(VERSION, &[FORM_VERSION + 1][..])?;
        identity.insert(LOCK, &b"of another kind"[..])?;
        Ok(())
    };
    vault.write(later).unwrap();
    drop(vault);
    assert!(matches!(Vault::open(&folder.path().join("vault"), &GENESIS), Err(ClientError::NoVault { .. })));
}

#[test]
fn a_new_lock_opens_and_the_old_one_does_not() {
    let (folder, mut vault) = vault();
    report(&vault, &[1]);
    let path = folder.path().join("vault");
    let there = vault.rekey(&Unlock::Beside).unwrap_err();
    assert!(matches!(there, ClientError::Write { .. }), "a key file is never written over");
    vault.rekey(&passphrase("correct horse battery")).unwrap();
    drop(vault);
    assert!(matches!(Vault::open(&path, &GENESIS), Err(ClientError::VaultNeedsPassphrase { .. })));
    let wrong = Vault::open_with(&path, &GENESIS, &passphrase("correct horse batterz"));
    assert!(matches!(wrong, Err(ClientError::VaultPassphraseWrong { .. })));
    let mut vault = Vault::open_with(&path, &GENESIS, &passphrase("correct horse battery")).unwrap();
    assert!(vault.opening(STREAM, EventNumber::new(1)).unwrap().is_some());
    let elsewhere = Unlock::KeyFile(folder.path().join("new.key"));
    vault.rekey(&elsewhere).unwrap();
    drop(vault);
    let old = Vault::open(&path, &GENESIS).unwrap_err();
    assert!(matches!(old, ClientError::VaultKeyFileWrong { .. }));
    assert!(old.hint().unwrap().contains("--vault-key-file"));
    let with_words = Vault::open_with(&path, &GENESIS, &passphrase("correct horse battery")).unwrap_err();
    assert!(with_words.hint().unwrap().contains("leave the passphrase out"));
    Vault::open_with(&path, &GENESIS, &elsewhere).unwrap();
    fs::remove_file(folder.path().join("vault.key")).unwrap();
    assert!(matches!(Vault::open(&path, &GENESIS), Err(ClientError::VaultKeyFileMissing { .. })));
}

#[test]
fn call_keys_are_handed_over_in_a_file_and_named_by_their_fingerprint() {
    let (folder, mut provider) = vault();
    let (_other, mut consumer) = vault();
    let (grant, file) = (mulu_proofs::ids::GrantId::new(3), folder.path().join("call.key"));
    let made = provider.new_call_key(grant, &file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let read = CallKeyFile::read(&file).unwrap();
    assert_eq!(consumer.add_call_key(&read).unwrap(), made);
    assert_eq!(consumer.add_call_key(&read).unwrap(), made, "once more changes nothing");
    assert_eq!(provider.call_ids().of(Some(grant), b"r"), consumer.call_ids().of(Some(grant), b"r"));
    let provider = reopen(&folder, provider);
    assert_eq!(provider.call_keys(), consumer.call_keys());
    assert_eq!(provider.call_ids().of(Some(grant), b"r"), consumer.call_ids().of(Some(grant), b"r"));
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&made.fingerprint), "{text}");
}

#[test]
fn a_call_key_that_does_not_fit_is_refused() {
    let (folder, mut vault) = vault();
    let (grant, file) = (mulu_proofs::ids::GrantId::new(3), folder.path().join("call.key"));
    vault.new_call_key(grant, &file).unwrap();
    let again = vault.new_call_key(grant, &folder.path().join("other.key")).unwrap_err();
    assert!(matches!(again, ClientError::CallKeyThere { .. }));
    assert!(again.hint().unwrap().contains("call-key list"));
    let (_other, mut other) = super::vault();
    other.new_call_key(grant, &folder.path().join("other.key")).unwrap();
    let others = CallKeyFile::read(&folder.path().join("other.key")).unwrap();
    assert!(matches!(vault.add_call_key(&others), Err(ClientError::CallKeyThere { .. })));
    let mut stranger = Vault::open(&folder.path().join("stranger"), &[8; 32]).unwrap();
    assert!(matches!(stranger.add_call_key(&others), Err(ClientError::CallKeyOfOtherChain { genesis: GENESIS })));
    fs::write(&file, "{\"secret\": \"topsecret\"}").unwrap();
    let none = CallKeyFile::read(&file).err().unwrap();
    assert!(matches!(none, ClientError::NoCallKeyFile { .. }) && !none.to_string().contains("topsecret"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(CallKeyFile::read(&file), Err(ClientError::KeyOpenToOthers { .. })));
}
