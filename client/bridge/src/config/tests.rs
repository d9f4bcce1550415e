//! What a configuration may say, and how each mistake in it is told.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use mulu_client::{ClientError, keys::Key, keystore::EncryptedKey};
use std::os::unix::fs::PermissionsExt;
use zeroize::Zeroizing;

const CHAIN: &str = "[chain]\nurl = \"ws://127.0.0.1:9944\"\nkey = \"platform.key\"\nvault = \"bridge.vault\"\n";

fn mistake(more: &str) -> String {
    Config::of_text(&format!("{CHAIN}{more}"), Path::new("")).unwrap_err().to_string()
}

#[test]
fn files_are_in_the_folder_of_the_configuration_and_what_is_not_said_has_a_default() {
    let config = Config::of_text(CHAIN, Path::new("/etc/mulu")).unwrap();
    assert_eq!(config.chain.key, Path::new("/etc/mulu/platform.key"));
    assert_eq!(config.chain.vault, Path::new("/etc/mulu/bridge.vault"));
    assert_eq!(config.spool, SpoolConfig::default());
    let elsewhere = CHAIN.replace("\"platform.key\"", "\"/keys/platform.key\"");
    assert_eq!(Config::of_text(&elsewhere, Path::new("/etc/mulu")).unwrap().chain.key, Path::new("/keys/platform.key"));
}

#[test]
fn a_mistake_is_told_with_its_line_or_key() {
    let told = mistake("[spool]\nmax_evnts = 1\n");
    assert!(told.contains("line 6") && told.contains("max_evnts"), "{told}");
    let told = mistake("[spool]\nlinger_ms = 0\n");
    assert!(told.contains("spool.linger_ms") && told.contains("3600000"), "{told}");
    let told = mistake("[spool]\nmax_events = 0\n");
    assert!(told.contains("spool.max_events"), "{told}");
    let told = mistake("[source.\"a/b\"]\nstream = 1\nmapping = \"event\"\ntail = { paths = [\"a\"] }\n");
    assert!(told.contains("source.a/b") && told.contains("letters"), "{told}");
    let told = mistake("[source.a]\nstream = 1\nsettle_ms = 86400001\nmapping = \"event\"\n");
    assert!(told.contains("source.a") && told.contains("settle_ms"), "{told}");
    let told = mistake("[source.a]\nstream = 1\nmapping = \"no such preset\"\ntail = { paths = [\"a\"] }\n");
    assert!(told.contains("source.a.mapping"), "{told}");
    let told = mistake("[sink.a]\n");
    assert!(told.contains("sink.a") && told.contains("exactly one of"), "{told}");
}

#[test]
fn how_a_database_is_reached_stands_in_its_own_table() {
    for table in ["[source.a]\nstream = 1\nmapping = \"event\"\n[source.a.postgres]", "[sink.a.outbox]"] {
        let told = mistake(&format!("{table}\nconnection = \"host=/run dbname=x\"\ntable = \"t\"\n"));
        let line = CHAIN.lines().count() + table.lines().count() + 1;
        assert!(told.contains(&format!("line {line}: unknown field `connection`")), "{told}");
        assert!(told.contains("database = { connection = … }"), "{told}");
        let nested = "database = { connection = \"host=/run dbname=x user=y\" }\n";
        let read = Config::of_text(&format!("{CHAIN}{table}\n{nested}colour = 1"), Path::new("")).unwrap_err();
        assert!(
            read.to_string().contains("unknown field `colour`") && !read.to_string().contains("stands in"),
            "{read}"
        );
    }
    assert!(!mistake("[spool]\ntls = true\n").contains("database"), "elsewhere there is no such table");
}

#[test]
fn what_the_chain_leaves_out_is_its_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("config.toml");
    fs::create_dir(folder.path().join("keys")).unwrap();
    let key = folder.path().join("keys/platform.key");
    fs::write(&key, "").unwrap();
    let profile =
        format!("[profiles.work]\nurl = \"ws://node\"\nkey = \"platform\"\ngenesis = \"{}\"\n", "07".repeat(32));
    fs::write(&home, profile + "[profiles.bare]\nlanguage = \"zh\"\n").unwrap();
    let completed = |text: &str| {
        let mut chain: ChainConfig = toml::from_str(&format!("vault = \"v\"\n{text}")).unwrap();
        let variable = |name: &str| (name == "MULU_CONFIG").then(|| home.display().to_string());
        chain.complete(Path::new("/etc/mulu"), variable).map(|()| chain).map_err(|error| error.to_string())
    };
    let chain = completed("profile = \"work\"").unwrap();
    assert_eq!((chain.url.as_str(), chain.genesis.unwrap().0), ("ws://node", [7; 32]));
    assert_eq!((chain.key, chain.vault), (key, PathBuf::from("/etc/mulu/v")));
    let chain = completed("profile = \"work\"\nurl = \"ws://other\"\nkey = \"own.key\"").unwrap();
    assert_eq!((chain.url.as_str(), chain.key), ("ws://other", PathBuf::from("/etc/mulu/own.key")), "its own counts");
    for (text, told) in [
        ("profile = \"home\"", "chain.profile: "),
        ("profile = \"bare\"", "chain.url: is missing"),
        ("profile = \"bare\"\nurl = \"ws://node\"", "chain.key: is missing"),
        ("url = \"ws://node\"", "chain.key: is missing"),
    ] {
        let error = completed(text).unwrap_err();
        assert!(error.contains(told), "{text}: {error}");
    }
    let mut chain: ChainConfig = toml::from_str("vault = \"v\"\nprofile = \"work\"").unwrap();
    assert!(chain.complete(Path::new(""), |_| None).unwrap_err().to_string().contains("MULU_CONFIG"));
}

#[test]
fn a_source_is_of_one_kind_and_what_is_posted_needs_an_address() {
    let source = "[source.a]\nstream = 1\nmapping = \"event\"\n";
    assert!(mistake(source).contains("exactly one of"));
    let both = format!("{source}ingest = {{}}\ntail = {{ paths = [\"a\"] }}\n");
    assert!(mistake(&both).contains("exactly one of"));
    let posted = format!("{source}ingest = {{}}\n");
    assert!(mistake(&posted).contains("needs [http]"));
    let http = "[http]\nlisten = \"127.0.0.1:0\"\n";
    let config = Config::of_text(&format!("{CHAIN}{posted}{http}"), Path::new("")).unwrap();
    assert!(config.source["a"].ingest.is_some() && config.source["a"].settle_ms == 5_000);
    let caller = "[[http.caller]]\nname = \"v\"\ntoken_file = \"v.token\"\nmay = [\"ingest\"]\nsources = [\"b\"]\n";
    let told = mistake(&format!("{posted}{http}{caller}"));
    assert!(told.contains("b is no source with `ingest`"), "{told}");
    assert!(
        mistake("[http]\nlisten = \"0.0.0.0:80\"\n").contains("http: "),
        "what others say of their own part is told"
    );
}

#[test]
fn two_sources_never_share_a_stream() {
    let source = |name: &str, stream: u32| {
        format!("[source.{name}]\nstream = {stream}\nmapping = \"event\"\ntail = {{ paths = [\"{name}\"] }}\n")
    };
    let told = mistake(&(source("a", 1) + &source("b", 1)));
    assert!(told.contains("source.b.stream") && told.contains("`mulu stream open`"), "{told}");
}

#[test]
fn a_file_that_is_not_there_or_too_long_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bridge.toml");
    assert!(matches!(Config::read(&path), Err(BridgeError::Io { .. })));
    fs::write(&path, "#".repeat(1024 * 1024 + 1)).unwrap();
    assert!(Config::read(&path).unwrap_err().to_string().contains("bridge.toml: it is longer"));
    fs::write(&path, "[chain]\n").unwrap();
    assert!(Config::read(&path).unwrap_err().to_string().contains("bridge.toml: line"), "the file is named");
}

#[test]
fn the_key_opens_with_a_passphrase_from_a_file_and_the_vault_with_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    let key = Key::development("platform");
    let passphrase = Zeroizing::new("correct horse battery".to_owned());
    EncryptedKey::new(&key, &passphrase).unwrap().write(&folder.path().join("platform.key")).unwrap();
    let config = |more: &str| Config::of_text(&format!("{CHAIN}{more}"), folder.path()).unwrap().chain;
    let refused = config("").key().unwrap_err().to_string();
    assert!(refused.contains("passphrase_file"), "{refused}");
    write("words", "correct horse battery\n");
    assert_eq!(config("passphrase_file = \"words\"\n").key().unwrap().public(), key.public());
    let both = config("passphrase_file = \"words\"\npassphrase_env = \"W\"\n").key();
    assert!(matches!(both, Err(BridgeError::Config { .. })));
    let unset = config("passphrase_env = \"MULU_NO_SUCH_VARIABLE\"\n").key().unwrap_err().to_string();
    assert!(unset.contains("MULU_NO_SUCH_VARIABLE is not set"), "{unset}");

    let chain = config("vault_passphrase_file = \"words\"\n");
    assert!(chain.open_vault().unwrap().is_none(), "there is none yet");
    drop(chain.make_vault(&[9; 32]).unwrap());
    assert!(chain.open_vault().unwrap().is_some());
    assert!(matches!(config("").open_vault(), Err(BridgeError::Client(ClientError::VaultNeedsPassphrase { .. }))));
}
