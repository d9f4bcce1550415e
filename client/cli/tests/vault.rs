//! `mulu vault` on a vault that holds two batches: what each command prints, and what it says when something is wrong.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_client::{
    event::{Event, SealedValues, plain_leaf},
    keys::Key,
    seal::{Place, seal},
    terms::KnownTerms,
    vault::{ChainCursor, Vault},
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{PublicLeaf, SealedField},
    ids::{EventNumber, Moment, StreamId, SystemId},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

const GENESIS: [u8; 32] = [9; 32];
const STREAM: StreamId = StreamId::new(4);
/// A person whose number begins like nobody's.
const PERSON: &str = "999999199001011234";

fn run(folder: &Path, passphrase: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mulu"));
    command.current_dir(folder).env("LC_ALL", "C").env_remove("MULU_VAULT_PASSPHRASE").args(arguments);
    if let Some(passphrase) = passphrase {
        command.env("MULU_VAULT_PASSPHRASE", passphrase);
    }
    command.output().unwrap()
}

/// What a command says, with or without success.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, None, arguments);
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = run(folder, None, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn event(time: u64, subject: &str) -> Event {
    let mut values = SealedValues::default();
    values.set(SealedField::DataSubject, subject.as_bytes()).unwrap();
    let leaf = PublicLeaf { bytes: 10, call_id: time, ..plain_leaf(SystemId::new(1), Moment::new(time)) };
    Event::new(leaf, values)
}

/// A folder with a vault of two batches: three events of 1970, one of 2026.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(&folder.path().join("vault"), &GENESIS).unwrap();
    vault.meet(STREAM, &ChainCursor { next: EventNumber::new(1), previous: [0; 32] }).unwrap();
    let newest = 1_795_000_000_000;
    for events in [vec![event(1, PERSON), event(2, "other"), event(3, PERSON)], vec![event(newest, "other")]] {
        vault.spool(STREAM, &events, None).unwrap();
        let state = vault.stream(STREAM).unwrap().unwrap();
        let batch = BatchPlace { genesis: GENESIS, stream: STREAM, first: state.next, previous: state.previous };
        let place = Place { batch, domain: [2; 32], floor: state.floor };
        let key = Key::development("platform");
        let sealing = seal(&place, vault.spooled(STREAM).unwrap(), &KnownTerms::default(), &key).unwrap();
        vault.keep(&sealing).unwrap();
    }
    folder
}

fn secret_file(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_vault_is_checked_copied_and_restored() {
    let folder = folder();
    let checked = json(folder.path(), &["vault", "check", "--vault", "vault"]);
    assert_eq!((&checked["batches"], &checked["events"]), (&2.into(), &4.into()));
    assert_eq!(checked["past_retention"], serde_json::json!([{"stream": 4, "first": 1, "last": 3}]));
    let text = said(folder.path(), &["vault", "check", "--vault", "vault"]);
    assert!(
        text.contains("openings older than the retention, to be erased:\nSTREAM  FIRST  LAST EVENT\n4       1      3"),
        "{text}"
    );

    assert_eq!(said(folder.path(), &["vault", "backup", "copy", "--vault", "vault"]), "backup  copy\n");
    let again = said(folder.path(), &["vault", "backup", "copy", "--vault", "vault"]);
    assert!(again.starts_with("error: cannot write copy\n"), "{again}");
    let restored = json(folder.path(), &["vault", "restore", "copy", "--to", "new", "--vault-key-file", "vault.key"]);
    assert_eq!(restored["events"], 4);
    let checked = json(folder.path(), &["vault", "check", "--vault", "new", "--vault-key-file", "vault.key"]);
    assert_eq!(checked["openings"], 4);
}

#[test]
fn an_erasure_names_who_and_why_and_no_person() {
    let folder = folder();
    secret_file(folder.path(), "person", &format!("{PERSON}\n"));
    let erase = ["vault", "erase", "--vault", "vault", "--by", "office 3", "--reason", "case 7"];
    let person = [&erase[..], &["--field", "data_subject", "--value-file", "person"]].concat();
    let text = said(folder.path(), &person);
    assert_eq!(text, "erased   2\nevents   4:1 4:3\nerasure  1\n");
    assert_eq!(json(folder.path(), &person)["erased"], 0);
    let day = [&erase[..], &["--before", "1971-01-01"]].concat();
    assert_eq!(json(folder.path(), &day)["erased"], 1);
    let numbers = [&erase[..], &["--stream", "4", "--first", "4", "--last", "9"]].concat();
    assert_eq!(json(folder.path(), &numbers)["erased"], 1);
    let told = said(folder.path(), &["vault", "erasures", "--vault", "vault"]);
    assert!(told.contains("office 3") && told.contains("case 7") && told.contains("before 1971-01-01"), "{told}");
    let all = json(folder.path(), &["vault", "erasures", "--vault", "vault"]);
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert!(!told.contains(PERSON) && !all.to_string().contains(PERSON));
    assert_eq!(json(folder.path(), &["vault", "check", "--vault", "vault"])["erased"], 4);
}

#[test]
fn events_to_erase_are_named_in_one_way() {
    let folder = folder();
    let erase = ["vault", "erase", "--vault", "vault", "--by", "b", "--reason", "r"];
    for words in [
        &[][..],
        &["--stream", "4"],
        &["--first", "1", "--last", "2"],
        &["--field", "user"],
        &["--stream", "4", "--first", "1", "--last", "2", "--before", "1971-01-01"],
    ] {
        let output = run(folder.path(), None, &[&erase[..], words].concat());
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
    let nobody = said(
        folder.path(),
        &["vault", "erase", "--vault", "vault", "--before", "1971-01-01", "--by", " ", "--reason", "r"],
    );
    assert!(nobody.starts_with("error: an erasure needs who does it and why"), "{nobody}");
}

#[test]
fn numbers_to_erase_that_cannot_be_are_a_mistake_and_not_nothing() {
    let folder = folder();
    let erase = ["vault", "erase", "--vault", "vault", "--by", "b", "--reason", "r"];
    let of = |stream, first, last| ["--stream", stream, "--first", first, "--last", last];
    let turned = run(folder.path(), None, &[&erase[..], &of("4", "3", "1")].concat());
    assert_eq!(turned.status.code(), Some(1));
    assert_eq!(String::from_utf8(turned.stderr).unwrap(), "error: the last event, 1, comes before the first, 3\n");
    let unknown = run(folder.path(), None, &[&erase[..], &of("77", "1", "3")].concat());
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(String::from_utf8(unknown.stderr).unwrap(), "error: the vault has no stream 77\n");
    assert_eq!(json(folder.path(), &["vault", "check", "--vault", "vault"])["erased"], 0);
}

#[test]
fn a_call_key_may_come_before_the_vault_which_a_node_has_to_name_the_chain_for() {
    let folder = folder();
    let nobody = ["--vault", "first", "--url", "ws://127.0.0.1:1"];
    let new = said(folder.path(), &[&["vault", "call-key", "new", "7", "--out", "call.key"][..], &nobody].concat());
    assert!(new.contains("hint: start a node, or name another with --url"), "{new}");
    assert!(!folder.path().join("first").exists() && !folder.path().join("call.key").exists());
    said(folder.path(), &["vault", "call-key", "new", "7", "--out", "call.key", "--vault", "vault"]);
    let add = said(folder.path(), &[&["vault", "call-key", "add", "call.key"][..], &nobody].concat());
    assert!(add.contains("hint: start a node, or name another with --url"), "{add}");
    let list = said(folder.path(), &["vault", "call-key", "list", "--vault", "first"]);
    assert!(list.starts_with("error: cannot read first\n"), "{list}");
}

#[test]
fn a_new_lock_is_asked_for_and_the_old_one_opens_nothing() {
    let folder = folder();
    secret_file(folder.path(), "words", "correct horse battery\n");
    secret_file(folder.path(), "short", "correct\n");
    let rekey = ["vault", "rekey", "--vault", "vault"];
    assert_eq!(run(folder.path(), None, &rekey).status.code(), Some(2), "a new lock is missing");
    let short = said(folder.path(), &[&rekey[..], &["--new-passphrase-file", "short"]].concat());
    assert!(short.starts_with("error: a passphrase has at least 12 characters"), "{short}");
    let locked = said(folder.path(), &[&rekey[..], &["--new-passphrase-file", "words"]].concat());
    assert_eq!(locked, "locked anew  vault\n");

    let check = ["vault", "check", "--vault", "vault"];
    let without = said(folder.path(), &check);
    assert!(without.starts_with("error: the vault vault is locked with a passphrase\nhint: "), "{without}");
    assert!(run(folder.path(), Some("correct horse battery"), &check).status.success());
    let wrong = String::from_utf8(run(folder.path(), Some("correct horse batterz"), &check).stderr).unwrap();
    assert!(wrong.starts_with("error: the passphrase does not open the vault vault\nhint: "), "{wrong}");
    assert!(!wrong.contains("batterz"));
    let file = ["--vault-passphrase-file", "words"];
    assert!(run(folder.path(), None, &[&check[..], &file].concat()).status.success());
    let back = [&rekey[..], &file, &["--new-key-file", "new.key"]].concat();
    assert_eq!(said(folder.path(), &back), "locked anew  vault\n");
    assert!(run(folder.path(), None, &[&check[..], &["--vault-key-file", "new.key"]].concat()).status.success());
    let old = said(folder.path(), &check);
    assert!(old.starts_with("error: the key file vault.key does not open the vault vault\nhint: "), "{old}");
    fs::set_permissions(folder.path().join("words"), fs::Permissions::from_mode(0o644)).unwrap();
    let open = said(folder.path(), &[&check[..], &file].concat());
    assert!(open.starts_with("error: the secret in words can be read by others"), "{open}");
    assert!(open.contains("hint: chmod 600 words"), "{open}");
}

#[test]
fn settings_are_chosen_and_epochs_end() {
    let folder = folder();
    let settings = ["vault", "settings", "--vault", "vault"];
    assert_eq!(said(folder.path(), &settings), "pseudonym epoch  90 days\nretention        1096 days\n");
    let chosen = json(folder.path(), &[&settings[..], &["--pseudonym-epoch-days", "30"]].concat());
    assert_eq!(chosen, serde_json::json!({"pseudonym_epoch_days": 30, "retention_days": 1096}));
    let none = said(folder.path(), &[&settings[..], &["--retention-days", "0"]].concat());
    assert!(none.starts_with("error: 0 days; a setting takes 1 to 36600"), "{none}");

    let vault = Vault::open(&folder.path().join("vault"), &GENESIS).unwrap();
    let now = Moment::new(20_000 * 86_400_000);
    vault.pseudonyms(mulu_proofs::ids::DepartmentId::new(2), now, now).unwrap();
    drop(vault);
    let epochs = ["vault", "epochs", "--vault", "vault"];
    let told = said(folder.path(), &epochs);
    assert!(told.ends_with("2           2024-09-14  2024-10-14  kept\n"), "{told}");
    let retire = ["vault", "retire-epochs", "--vault", "vault", "--before"];
    let mistyped = said(folder.path(), &[&retire[..], &["2930-01-01"]].concat());
    assert!(mistyped.starts_with("error: 2930-01-01T00:00:00Z has not come: it is "), "{mistyped}");
    assert!(said(folder.path(), &epochs).ends_with("kept\n"));
    let retire = [&retire[..], &["2024-10-14"]].concat();
    assert_eq!(said(folder.path(), &retire), "keys destroyed  1\n");
    assert!(said(folder.path(), &epochs).ends_with("destroyed\n"));
}

#[test]
fn both_sides_have_one_call_key() {
    let folder = folder();
    drop(Vault::open(&folder.path().join("other"), &GENESIS).unwrap());
    let new = ["vault", "call-key", "new", "7", "--out", "call.key", "--vault", "vault"];
    let made = said(folder.path(), &new);
    let added = said(folder.path(), &["vault", "call-key", "add", "call.key", "--vault", "other"]);
    assert_eq!(made, added);
    assert_eq!(said(folder.path(), &["vault", "call-key", "list", "--vault", "other"]), made);
    let again = said(folder.path(), &new);
    assert!(again.starts_with("error: the vault has a call key for grant 7 already\nhint: "), "{again}");
    let key = fs::read_to_string(folder.path().join("call.key")).unwrap();
    let secret = serde_json::from_str::<serde_json::Value>(&key).unwrap()["secret"].as_str().unwrap().to_owned();
    assert!(!made.contains(&secret));
    secret_file(folder.path(), "junk", "{}");
    let junk = said(folder.path(), &["vault", "call-key", "add", "junk", "--vault", "other"]);
    assert!(junk.starts_with("error: junk holds no call key\nhint: "), "{junk}");
}
