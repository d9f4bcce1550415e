//! No clear personal identifier of the inputs is in anything but the vault's sealed rows: not on a node's disk, in a log, in what a command
//! says, in an error, or in the vault's file; in clear, in hexadecimal or in base64. And the search that says so finds what is public.

use super::{
    block_on, folder,
    processes_imports::{Ground, ground},
    processes_secrecy::metrics,
    start, turn,
};
use mulu_tests::{
    ledger::{Ledger, head},
    network::{Network, program},
};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Provider of the entries, whose platform reports.
const PROVIDER: u32 = 3;
/// Values that stand nowhere else, one for each field that names or leads to a person.
const OPERATOR: &str = "opZ7qk0xW3vNf9Rb";
const USER: &str = "usH4jm8yC2uPe6Ld";
const SUBJECT: &str = "999999190001017731";
const ADDRESS: &str = "203.0.113.177";
const REQUEST: &str = "rqT5bn1sX8aGc4Mv";
const RESULT: &str = "rsD2fk6pJ9wQh3Zy";
const LOG_USER: &str = "luB8tc3rV6eKn1Sg";
const LOG_ADDRESS: &str = "198.51.100.233";
/// All of them.
const PERSONAL: [&str; 8] = [OPERATOR, USER, SUBJECT, ADDRESS, REQUEST, RESULT, LOG_USER, LOG_ADDRESS];
/// A call id, which is public and stands in rows of the index as it is.
const PUBLIC: &str = "c0ffee5a17e0b1d5";
/// All that the nodes and the command could say.
const LOG: &str = "debug,jsonrpsee-server=trace,jsonrpsee-core=trace,mulu=trace,mulu_client=trace,mulu_node=trace,mulu_rpc=trace,\
                   mulu_executor=trace,mulu_pool=trace,mulu_peers=trace,mulu_consensus=trace,mulu_storage=trace";

#[test]
fn processes_no_personal_identifier_is_anywhere_but_sealed_in_the_vault() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (mut network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let ground = ground(&ledger, &people).await;
        // Once more with every word that a node has.
        network.stop();
        network.log(LOG);
        network.start_all().unwrap();
        mulu_tests::ledger::wait_for_all(&mut network).await.unwrap();

        let mut mulu = Mulu::new(&network, people.file(PROVIDER, "platform"));
        report(&mut mulu, &ground);
        ask(&mut mulu, &ground);
        erase(&mut mulu);
        for marker in PERSONAL {
            assert!(!holds_any(&mulu.said, marker), "mulu says {marker}");
        }
        assert!(holds_any(&mulu.said, PUBLIC), "the search finds what it says");

        let height = head(lines.of(1)).await.unwrap();
        let _ = lines.same_state(height).await;
        for node in 1..=4 {
            let measured = metrics(&network, node);
            assert!(measured.contains("mulu_block_height"), "{measured}");
            for marker in PERSONAL {
                assert!(!holds_any(measured.as_bytes(), marker), "{marker} is a metric of node {node}");
            }
        }
        network.stop();
        for node in 1..=4 {
            let home = network.home(node);
            for marker in PERSONAL {
                assert_eq!(files_with(&home, marker), Vec::<PathBuf>::new(), "{marker}");
            }
            let found = files_with(&home, PUBLIC);
            assert!(
                found.iter().any(|file| file.starts_with(home.join("data"))),
                "the search finds what is there: {found:?}"
            );
        }
        for file in ["test.vault", "test.backup"] {
            for marker in PERSONAL {
                assert!(!holds_any(&fs::read(folder.path().join(file)).unwrap(), marker), "{marker} in {file}");
            }
        }
    });
}

/// The command with everything that it said so far.
struct Mulu {
    url: String,
    key: PathBuf,
    folder: PathBuf,
    said: Vec<u8>,
}

impl Mulu {
    fn new(network: &Network, key: PathBuf) -> Self {
        let url = network.url(PROVIDER as usize);
        Self { url, key, folder: network.folder().to_owned(), said: Vec::new() }
    }

    /// Runs it in the network's folder; words of a line are split at blanks.
    fn run(&mut self, typed: &str) -> (bool, Vec<u8>) {
        let mut command = Command::new(program("mulu"));
        command.current_dir(&self.folder).env("MULU_LOG", LOG).env("MULU_URL", &self.url).env("MULU_KEY", &self.key);
        let output = command.args(typed.split_whitespace()).stdin(Stdio::null()).output().unwrap();
        self.said.extend([&output.stdout[..], b"\n", &output.stderr, b"\n"].concat());
        (output.status.success(), output.stdout)
    }

    fn json(&mut self, typed: &str) -> Value {
        let (done, said) = self.run(&format!("{typed} --json"));
        assert!(done, "mulu {typed}: {}", String::from_utf8_lossy(&self.said));
        serde_json::from_slice(&said).unwrap()
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Two imports with every field, and lines that are refused for each of their faults with the same values in them.
fn report(mulu: &mut Mulu, ground: &Ground) {
    let sealed = json!({
        "operator": OPERATOR, "user": USER, "data_subject": SUBJECT,
        "request_digest": REQUEST, "result_digest": RESULT, "network_address": ADDRESS,
    });
    let good = |time: u64, call: Value| {
        let mut line = json!({
            "grant": ground.grant, "items": [0], "purpose": 1, "time": time, "pseudonym": true, "sealed": sealed,
        });
        line.as_object_mut().unwrap().extend(call.as_object().unwrap().clone());
        line.to_string()
    };
    let newest = 1_795_000_000_000;
    let lines = [
        good(newest, json!({ "call_id": PUBLIC })),
        good(newest + 1, json!({ "request_id": REQUEST })),
        good(u64::MAX, json!({})),
        good(newest + 2, json!({ "grant": 99 })),
        good(newest + 3, json!({ "citizen": SUBJECT })),
        good(newest + 4, json!({ "call_id": SUBJECT })),
        good(newest + 5, json!({ "items": [SUBJECT] })),
        format!("{{\"time\":{newest},\"sealed\":{{\"user\":{SUBJECT}}}}}"),
        format!("{USER} {ADDRESS} is no event"),
    ];
    mulu.file("events.jsonl", &lines.join("\n"));
    let report = mulu.json("access report events.jsonl --stream 1 --vault test.vault");
    assert_eq!((&report["events"], report["rejected"].as_array().unwrap().len()), (&json!(2), 7), "{report}");

    let log = |user: &str, rest: &str| format!("{LOG_ADDRESS} - {user} [18/Nov/2026:23:05:03 +0000] {rest}\n");
    let access = [
        log(LOG_USER, r#""GET /a/1 HTTP/1.1" 200 10 "-" "-""#),
        log(LOG_USER, r#""GET /outside HTTP/1.1" 403 10 "-" "-""#),
        log(LOG_USER, r#""GET /a/2 HTTP/1.1" torn"#),
        format!("{LOG_ADDRESS} {LOG_USER} torn\n"),
    ];
    mulu.file("access.log", &access.concat());
    let rule = json!({ "prefix": "/a/", "grant": ground.grant, "items": [0] });
    mulu.file("mapping.json", &json!({ "stream": ground.stream, "pseudonym": true, "rules": [rule] }).to_string());
    mulu.file("broken.json", &json!({ "stream": ground.stream, "rules": [{ "prefix": USER }] }).to_string());
    let import = "access import --from combined-log access.log --vault test.vault --mapping";
    assert!(mulu.json(&format!("{import} mapping.json"))["rejected"].as_array().unwrap().len() >= 2);
    assert!(!mulu.run("access import --from combined-log mapping.json --vault test.vault --mapping access.log").0);
    assert!(!mulu.run("access report events.jsonl --stream 9 --vault test.vault").0);
}

/// Everything that people ask, and a package with nothing revealed.
fn ask(mulu: &mut Mulu, ground: &Ground) {
    let page = mulu.json(&format!("access history --grant {} --limit 50", ground.grant));
    assert!(page["rows"].as_array().unwrap().len() >= 3, "{page}");
    assert!(page["rows"].as_array().unwrap().iter().all(|event| !event["leaf"]["pseudonym"].is_null()), "{page}");
    mulu.run("access show 1:1");
    mulu.run("record list --limit 50");
    mulu.run("node info --json");
    mulu.json("evidence export --stream 1 --event 1 --vault test.vault --output sealed.evidence");
    mulu.run("evidence show sealed.evidence");
    let package = fs::read(mulu.folder.join("sealed.evidence")).unwrap();
    for marker in PERSONAL {
        assert!(!holds_any(&package, marker), "{marker} in a package that reveals nothing");
    }
    // What is revealed is there: the search would find it in the others too.
    mulu.json("evidence export --stream 1 --event 1 --vault test.vault --reveal user --output open.evidence");
    let package = fs::read(mulu.folder.join("open.evidence")).unwrap();
    assert!(holds_any(&package, USER) && !holds_any(&package, SUBJECT));
}

/// Erasing all of one person, and what is wrong on the way.
fn erase(mulu: &mut Mulu) {
    mulu.run("vault backup test.backup --vault test.vault");
    mulu.run("vault check --vault test.vault");
    mulu.file("person", SUBJECT);
    let erase = "vault erase --vault test.vault --field data_subject --value-file person --reason art.47";
    assert!(!mulu.run(erase).0, "nobody erases without a name");
    assert_eq!(mulu.json(&format!("{erase} --by office-3"))["erased"], 2);
    assert_eq!(mulu.json("vault erasures --vault test.vault").as_array().unwrap().len(), 1);
    assert!(!mulu.run("evidence export --stream 1 --event 1 --vault test.vault --reveal user --output e").0, "erased");
    mulu.json("evidence export --stream 1 --event 1 --output public.evidence");
}

/// A marker as it could stand in a file: as text, as the bytes or digits of a number, in base64 at any of the three places.
fn forms(marker: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![marker.as_bytes().to_vec(), hex::encode(marker).into_bytes()];
    forms.push(hex::encode_upper(marker).into_bytes());
    forms.extend((0..3).map(|shift| base64(marker.as_bytes(), shift)));
    if marker == PUBLIC {
        forms.push(hex::decode(marker).unwrap());
    }
    forms
}

/// The characters of base64 that depend on these bytes alone, `shift` bytes behind a boundary.
fn base64(bytes: &[u8], shift: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let shifted = [&vec![0; shift][..], bytes].concat();
    let bit = |place: usize| shifted.get(place / 8).map_or(0, |byte| byte >> (7 - place % 8) & 1);
    let first = (shift * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    (first..last)
        .map(|place| (0..6).fold(0, |six, offset| six << 1 | bit(place * 6 + offset)))
        .map(|six| ALPHABET[six as usize])
        .collect()
}

fn holds_any(bytes: &[u8], marker: &str) -> bool {
    forms(marker).iter().any(|form| bytes.windows(form.len()).any(|window| window == &form[..]))
}

fn files_with(folder: &Path, marker: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, marker));
        } else if holds_any(&fs::read(&path).unwrap(), marker) {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_marker_is_found_in_base64_wherever_it_begins() {
    // "abcdefgh", alone and behind one and two bytes.
    for text in ["YWJjZGVmZ2g=", "LWFiY2RlZmdo", "LS1hYmNkZWZnaA=="] {
        assert!(holds_any(text.as_bytes(), "abcdefgh"), "{text}");
    }
    assert!(!holds_any(b"YWJjZGVmeHg=", "abcdefgh"));
}
