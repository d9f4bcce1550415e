//! Keys, profiles, acts that are signed without a node, completion and manual pages: what the command does on a machine of its own.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_client::{calls::Call, keys::Key};
use mulu_proofs::{
    ids::{DepartmentId, DisputeId},
    oversight::{StepText, settlement_digest},
};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

const PASSPHRASE: &str = "correct horse battery";
const GENESIS: &str = "0303030303030303030303030303030303030303030303030303030303030303";

/// A machine: a folder with a configuration of its own, and files with passphrases.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for (name, words) in [("words", PASSPHRASE), ("other-words", "another horse battery")] {
            fs::write(machine.path(name), words).unwrap();
            fs::set_permissions(machine.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mulu"));
        for name in
            ["MULU_URL", "MULU_KEY", "MULU_LANG", "MULU_PROFILE", "MULU_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY"]
        {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).env("MULU_CONFIG", self.path("config/config.toml")).env("LC_ALL", "C");
        command.args(words);
        command
    }

    /// Exit code and everything that was said.
    fn run(&self, words: &[&str]) -> (i32, String) {
        let output = self.command(words).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), said)
    }

    /// What was said by a command that must not fail.
    fn done(&self, words: &[&str]) -> String {
        let (code, said) = self.run(words);
        assert_eq!(code, 0, "{words:?}: {said}");
        said
    }

    /// What was said by a command that must fail.
    fn refused(&self, words: &[&str]) -> String {
        let (code, said) = self.run(words);
        assert_eq!(code, 1, "{words:?}: {said}");
        said
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.done(&[words, &["--json"]].concat())).unwrap()
    }
}

#[test]
fn a_key_lives_in_the_keystore_encrypted() {
    let machine = Machine::new();
    let made = machine.json(&["key", "generate", "head", "--passphrase-file", "words"]);
    let path = machine.path("config/keys/head.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&path).unwrap().contains("argon2id"));
    let public = made["public_key"].as_str().unwrap().to_owned();
    assert_eq!(machine.json(&["key", "show", "head"])["public_key"], public.as_str(), "no passphrase is needed");
    assert!(machine.done(&["key", "list"]).contains(&public));
    assert!(machine.refused(&["key", "generate", "head", "--passphrase-file", "words"]).contains("is there already"));

    machine.done(&["key", "passphrase", "head", "--passphrase-file", "words", "--new-passphrase-file", "other-words"]);
    machine.done(&["key", "export", "head", "copy.key"]);
    let wrong = machine.refused(&["key", "export", "head", "plain.key", "--plain", "--passphrase-file", "words"]);
    assert!(wrong.contains("the passphrase does not open the key"), "{wrong}");
    machine.done(&["key", "export", "head", "plain.key", "--plain", "--passphrase-file", "other-words"]);
    let plain = fs::read_to_string(machine.path("plain.key")).unwrap();
    assert_eq!(plain.trim().len(), 64);

    machine.done(&["key", "import", "again", "plain.key", "--passphrase-file", "words"]);
    assert_eq!(machine.json(&["key", "show", "again"])["public_key"], public.as_str());
    assert!(machine.refused(&["key", "remove", "again"]).contains("--yes"));
    machine.done(&["key", "remove", "again", "--yes"]);
    assert!(machine.refused(&["key", "show", "again"]).contains("cannot read"));

    machine.done(&["key", "encrypt", "plain.key", "--passphrase-file", "words"]);
    assert!(fs::read_to_string(machine.path("plain.key")).unwrap().contains(&public));
    assert!(machine.refused(&["key", "encrypt", "plain.key"]).contains("encrypted already"));
    let everything = machine.done(&["key", "list", "--json"]) + &machine.done(&["key", "show", "plain.key"]);
    assert!(!everything.contains(plain.trim()), "no key is ever printed");
}

#[test]
fn a_key_without_a_passphrase_is_made_only_if_that_is_said() {
    let machine = Machine::new();
    let refused = machine.refused(&["key", "generate", "a.key"]);
    assert!(refused.contains("--passphrase-file"), "{refused}");
    machine.done(&["key", "generate", "a.key", "--plain"]);
    assert!(machine.done(&["key", "show", "a.key"]).contains("plain"));
    fs::write(machine.path("short"), "short").unwrap();
    fs::set_permissions(machine.path("short"), fs::Permissions::from_mode(0o600)).unwrap();
    let short = machine.refused(&["key", "generate", "b", "--passphrase-file", "short"]);
    assert!(short.contains("at least 12 characters"), "{short}");
}

#[test]
fn systemd_may_hand_the_passphrase_over() {
    let machine = Machine::new();
    machine.done(&["key", "generate", "platform", "--passphrase-file", "words"]);
    fs::create_dir(machine.path("credentials")).unwrap();
    fs::write(machine.path("credentials/mulu-passphrase"), PASSPHRASE).unwrap();
    let mut command = machine.command(&["key", "export", "platform", "plain.key", "--plain"]);
    let output = command.env("CREDENTIALS_DIRECTORY", machine.path("credentials")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_profile_says_what_counts_and_show_says_who_says_so() {
    let machine = Machine::new();
    let none = machine.done(&["profile", "show"]);
    assert!(none.contains("ws://127.0.0.1:9944 (by nobody: it is usual)"), "{none}");
    machine.done(&["profile", "add", "city", "--url", "ws://127.0.0.1:1", "--key", "a.key", "--genesis", GENESIS]);
    machine.done(&["profile", "add", "province", "--url", "ws://127.0.0.1:2", "--lang", "zh"]);
    let listed = machine.json(&["profile", "list"]);
    assert_eq!((&listed[0]["name"], &listed[0]["in_use"]), (&json!("city"), &json!(true)));
    assert_eq!(listed[0]["key"], machine.path("a.key").to_str().unwrap(), "a file is found from everywhere");
    let city = machine.json(&["profile", "show"]);
    assert_eq!(city["url"], json!({"value": "ws://127.0.0.1:1", "from": {"profile": "city"}}));
    assert_eq!(city["genesis"]["value"], GENESIS);
    assert!(machine.refused(&["node", "info"]).contains("no node answers at ws://127.0.0.1:1"));
    let named = machine.refused(&["node", "info", "--profile", "province"]);
    assert!(named.starts_with("错误：ws://127.0.0.1:2 没有节点应答"), "{named}");
    let mut command = machine.command(&["profile", "show", "--json", "--url", "ws://option"]);
    let output = command.env("MULU_PROFILE", "province").env("MULU_KEY", "b").output().unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["profile"], json!({"value": "province", "from": {"environment": "MULU_PROFILE"}}));
    assert_eq!(shown["url"]["from"], "option");
    assert_eq!(shown["key"], json!({"value": "b", "from": {"environment": "MULU_KEY"}}));
    machine.done(&["profile", "use", "province"]);
    machine.done(&["profile", "remove", "province"]);
    assert!(machine.refused(&["node", "info", "--profile", "province"]).contains("there is no profile province"));
    assert!(machine.refused(&["profile", "add", "city"]).contains("there is a profile city already"));
}

#[test]
fn a_broken_file_with_profiles_is_told_and_stops_no_help() {
    let machine = Machine::new();
    fs::create_dir(machine.path("config")).unwrap();
    fs::write(machine.path("config/config.toml"), "[profiles.city]\nlink = 1\n").unwrap();
    let told = machine.refused(&["node", "info"]);
    assert!(told.contains("config.toml is not of the right form") && told.contains("link"), "{told}");
    machine.done(&["vote", "--help"]);
}

/// A file that asks for the confirmation of a settlement, signed by nobody.
fn act(signer: &Key) -> Value {
    let (dispute, by, terms) = (DisputeId::new(7), DepartmentId::new(2), StepText::new("每周更新").unwrap());
    let call = Call::confirm_settlement(dispute, &settlement_digest(dispute, by, &terms));
    json!({
        "mulu_act": 1, "chain": "test", "genesis": GENESIS, "signer": hex::encode(signer.public()), "nonce": 4,
        "spec_version": 1, "transaction_version": 1, "block": {"height": 5_000, "hash": "04".repeat(32)},
        "valid_blocks": 4_096, "call": hex::encode(call.bytes()),
        "terms": {"dispute": {"id": 7, "by": 2, "terms": "每周更新"}},
    })
}

fn write(path: &Path, act: &Value) {
    fs::write(path, act.to_string()).unwrap();
}

#[test]
fn an_act_is_shown_in_words_and_signed_without_a_node() {
    let machine = Machine::new();
    let key = Key::development("d1-officer");
    key.write(&machine.path("officer.key")).unwrap();
    write(&machine.path("act"), &act(&key));
    let shown = machine.done(&["tx", "show", "act"]);
    let digest = machine.json(&["tx", "show", "act"])["digest"].as_str().unwrap().to_owned();
    insta::assert_snapshot!("act", shown);
    let chinese = machine.done(&["tx", "show", "act", "--lang", "zh"]);
    assert!(chinese.contains("摘要所指，协商的方案：") && chinese.contains("每周更新"), "{chinese}");

    let alone = machine.refused(&["tx", "sign", "act", "--key", "officer.key"]);
    assert!(alone.contains("say with --digest which act it is"), "{alone}");
    let other = machine.refused(&["tx", "sign", "act", "--key", "officer.key", "--digest", GENESIS]);
    assert!(other.contains("the digest is"), "{other}");
    let unsigned = machine.refused(&["tx", "submit", "act", "--url", "ws://127.0.0.1:1"]);
    assert!(unsigned.contains("not signed yet") || unsigned.contains("no node answers"), "{unsigned}");
    let signed =
        machine.done(&["tx", "sign", "act", "--key", "officer.key", "--digest", &digest, "--output", "signed"]);
    assert!(signed.contains("signature") && signed.contains("holds"), "{signed}");
    assert!(signed.contains("warning: the key in officer.key is not encrypted"), "{signed}");

    let payload = machine.json(&["tx", "payload", "act"])["payload"].as_str().unwrap().to_owned();
    let elsewhere = hex::encode(key.sign(&hex::decode(payload).unwrap()));
    machine.done(&["tx", "sign", "act", "--signature", &elsewhere]);
    let read = |name: &str| serde_json::from_slice::<Value>(&fs::read(machine.path(name)).unwrap()).unwrap();
    assert_eq!(read("act"), read("signed"), "the same act, wherever it was signed");
}

#[test]
fn a_file_that_lies_is_neither_shown_nor_signed() {
    let machine = Machine::new();
    let key = Key::development("d1-officer");
    key.write(&machine.path("officer.key")).unwrap();
    let honest = act(&key);
    let with = |field: &str, value: Value| {
        let mut lie = honest.clone();
        lie[field] = value;
        lie
    };
    let mut silent = honest.clone();
    silent.as_object_mut().unwrap().remove("terms");
    let other = Call::withdraw_dispute(DisputeId::new(7), &StepText::new("x").unwrap());
    for (lie, said) in [
        (with("terms", json!({"dispute": {"id": 7, "by": 2, "terms": "每年更新"}})), "another digest"),
        (silent, "does not hold what it stands for"),
        (with("call", json!("0000")), "no act that this program knows"),
        (with("call", json!(hex::encode(other.bytes()))), "another digest"),
        (with("valid_blocks", json!(100)), "does not fit its block"),
        (with("signature", json!("00".repeat(64))), "the signature is not the signer's"),
        (with("note", json!("please sign")), "holds no act to be signed"),
    ] {
        write(&machine.path("lie"), &lie);
        for words in
            [&["tx", "show", "lie"][..], &["tx", "payload", "lie"], &["tx", "sign", "lie", "--key", "officer.key"]]
        {
            let refused = machine.refused(words);
            assert!(refused.contains(said), "{words:?}: {refused}");
            assert!(refused.contains("hint: "), "{refused}");
        }
    }
    fs::write(machine.path("long"), vec![b' '; 5 * 1024 * 1024]).unwrap();
    assert!(machine.refused(&["tx", "show", "long"]).contains("has more than"));
    Key::random().write(&machine.path("stranger.key")).unwrap();
    write(&machine.path("act"), &honest);
    let digest = machine.json(&["tx", "show", "act"])["digest"].as_str().unwrap().to_owned();
    let stranger = machine.refused(&["tx", "sign", "act", "--key", "stranger.key", "--digest", &digest]);
    assert!(stranger.contains("the act is to be signed by"), "{stranger}");
    // What was shown is what is signed, or nothing is.
    write(&machine.path("act"), &with("nonce", json!(5)));
    let changed = machine.refused(&["tx", "sign", "act", "--key", "officer.key", "--digest", &digest]);
    assert!(changed.contains("the digest is"), "{changed}");
    machine.done(&["profile", "add", "city", "--genesis", &"05".repeat(32)]);
    let foreign = machine.refused(&["tx", "show", "act"]);
    assert!(foreign.contains("the chain has the genesis hash"), "{foreign}");
}

/// Builds the act of a command into the file `act`.
fn build<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["tx", "build", "--output", "act"], words].concat()
}

#[test]
fn what_is_built_is_a_command_that_signs() {
    let machine = Machine::new();
    let nobody = ["--url", "ws://127.0.0.1:1"];
    let asked = machine.refused(&build(&[&["vote", "7", "--approve"], &nobody[..]].concat()));
    assert!(asked.contains("no node answers at ws://127.0.0.1:1"), "{asked}");
    let (code, mistyped) = machine.run(&build(&["vote", "7"]));
    assert!(code == 2 && mistyped.contains("--approve"), "{mistyped}");
    assert!(machine.run(&build(&["vote", "--help"])).1.contains("Usage: mulu vote"));
    let nothing = machine.refused(&build(&["entry", "submit", "--template"]));
    assert!(nothing.contains("signs nothing"), "{nothing}");
    let twice = machine.refused(&build(&["tx", "build", "--output", "b", "vote", "7", "--approve"]));
    assert!(twice.contains("an act is built once"), "{twice}");
    fs::write(machine.path("act"), "there").unwrap();
    assert!(machine.refused(&build(&["vote", "7", "--approve"])).contains("act is there already"));
}

#[test]
fn completion_knows_every_command_and_a_shell_takes_it() {
    let machine = Machine::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = machine.done(&["completion", shell]);
        for word in ["department", "not-mended", "retire-epochs", "passphrase", "completion", "--new-passphrase-file"] {
            assert!(script.contains(word.trim_start_matches('-')), "{word} for {shell}");
        }
        fs::write(machine.path(shell), script).unwrap();
    }
    let script = "source ./bash; COMP_WORDS=(mulu grant not); COMP_CWORD=2; _mulu mulu not grant; echo ${COMPREPLY[@]}";
    let output = Command::new("bash").args(["-c", script]).current_dir(machine.0.path()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "not-mended", "{:?}", output.stderr);
}

#[test]
fn every_command_has_a_manual_page_in_either_language() {
    let machine = Machine::new();
    machine.done(&["man", "--output", "man"]);
    let page = fs::read_to_string(machine.path("man/mulu-tx-sign.1")).unwrap();
    assert!(page.contains("Sign what a file holds"), "{page}");
    assert!(fs::read_dir(machine.path("man")).unwrap().count() > 100);
    machine.done(&["man", "--output", "man-zh", "--lang", "zh"]);
    assert!(fs::read_to_string(machine.path("man-zh/mulu-vote.1")).unwrap().contains("对提案表决"));
}

#[test]
fn help_is_in_the_language_of_the_locale() {
    let machine = Machine::new();
    let chinese = machine.command(&["grant", "--help"]).env("LC_ALL", "zh_CN.UTF-8").output().unwrap();
    let page = String::from_utf8(chinese.stdout).unwrap();
    assert!(chinese.status.success() && page.contains("用法：mulu grant") && page.contains("登记数据已开通"), "{page}");
    assert!(machine.done(&["grant", "--help"]).contains("Usage: mulu grant"));
}

#[test]
fn an_address_that_is_none_is_told_with_what_is_most_likely_meant() {
    let machine = Machine::new();
    let (code, typed) = machine.run(&["record", "list", "--url", "127.0.0.1:9944"]);
    assert_eq!(code, 2, "{typed}");
    assert!(typed.contains("as in ws://127.0.0.1:9944"), "{typed}");
    let (code, added) = machine.run(&["profile", "add", "city", "--url", "tcp://node.example:9944"]);
    assert_eq!(code, 2, "{added}");
    assert!(added.contains("as in ws://node.example:9944") && !machine.path("config/config.toml").exists(), "{added}");
    let mut of_environment = machine.command(&["record", "list"]);
    let output = of_environment.env("MULU_URL", "node.example").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("node.example of MULU_URL is no address") && said.contains("as in ws://node.example"),
        "{said}"
    );
    // One that was written by hand.
    fs::create_dir_all(machine.path("config")).unwrap();
    fs::write(machine.path("config/config.toml"), "use = \"old\"\n[profiles.old]\nurl = \"节点:9944\"\n").unwrap();
    let said = machine.refused(&["record", "list", "--lang", "zh"]);
    assert!(said.contains("配置档 old 的 节点:9944 不是节点地址") && said.contains("ws://节点:9944"), "{said}");
    machine.done(&["profile", "list"]);
    machine.done(&["profile", "remove", "old"]);
}

#[test]
fn a_mapping_of_publishers_names_keys_of_the_keystore_or_files_beside_it() {
    let machine = Machine::new();
    machine.done(&["key", "generate", "cataloguer", "--passphrase-file", "words"]);
    fs::create_dir(machine.path("portal")).unwrap();
    machine.done(&["key", "generate", "portal/head.key", "--plain"]);
    fs::write(machine.path("datasets.jsonl"), "").unwrap();
    let assessments = json!({ "secrecy": "11".repeat(32), "personal_information": null, "assessed_on": 20_000 });
    let mapping = |key: &str, head: &str| {
        let row =
            json!([{ "organization": "x", "department": 2, "assessments": assessments, "key": key, "head": head }]);
        fs::write(machine.path("portal/mapping.json"), row.to_string()).unwrap();
    };
    let import = |passphrase: &str| {
        let words = ["catalog", "import", "datasets.jsonl", "--from", "ckan-jsonl", "--mapping", "portal/mapping.json"];
        machine.refused(&[&words[..], &["--url", "ws://127.0.0.1:1", "--passphrase-file", passphrase]].concat())
    };
    // Both are opened, and then there is no node.
    mapping("cataloguer", "head.key");
    assert!(import("words").contains("no node answers"), "{}", import("words"));
    let wrong = import("other-words");
    assert!(wrong.contains("the passphrase does not open the key"), "{wrong}");
    // What is neither a name nor a file beside the mapping.
    mapping("nobody", "head.key");
    assert!(import("words").contains("nobody.key"));
    mapping("cataloguer", "cataloguer.key");
    assert!(import("words").contains("portal/cataloguer.key"));
    // A name that is both is asked for.
    fs::copy(machine.path("portal/head.key"), machine.path("portal/cataloguer")).unwrap();
    mapping("cataloguer", "head.key");
    let both = import("words");
    assert!(both.contains("is a file here and a key of the keystore"), "{both}");
}
