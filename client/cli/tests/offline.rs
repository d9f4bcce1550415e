//! The command as people meet it before any node answers: its help, and what it says when something is wrong.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

/// An address at which nothing listens: port 1 needs rights that no test has.
const NOBODY: &str = "ws://127.0.0.1:1";

fn mulu(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mulu"))
        .current_dir(folder)
        .env_remove("MULU_URL")
        .env_remove("MULU_KEY")
        .env_remove("MULU_PROFILE")
        .env_remove("MULU_LANG")
        .env_remove("MULU_PASSPHRASE_FILE")
        .env("MULU_CONFIG", folder.join("config.toml"))
        .env("LC_ALL", "C")
        .args(arguments)
        .output()
        .unwrap()
}

fn mulu_in_chinese(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mulu"));
    command.current_dir(folder).env("MULU_CONFIG", folder.join("config.toml")).env("LC_ALL", "zh_CN.UTF-8");
    let output = command.args(arguments).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// Exit code, stdout and stderr, with what differs from run to run named.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = mulu(folder, arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("exit {}\n{}{}", output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn offline(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "no key, no vault, no package").unwrap();
    fs::set_permissions(folder.path().join("notes.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    told(folder.path(), arguments)
}

/// Every command line that has a help page, from the pages themselves.
fn help_pages() -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let mut pages: Vec<Vec<String>> = vec![Vec::new()];
    let mut place = 0;
    while let Some(path) = pages.get(place).cloned() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let text = String::from_utf8(mulu(folder.path(), &arguments).stdout).unwrap();
        let commands = text.split("\nCommands:\n").nth(1).unwrap_or("").lines().take_while(|line| !line.is_empty());
        // A description that goes on in the next line is indented further.
        for command in commands.filter(|line| !line.starts_with("    ")) {
            let name = command.split_whitespace().next().unwrap();
            if name != "help" {
                pages.push(path.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
        place += 1;
    }
    pages
}

#[test]
fn help_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for path in help_pages() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let text = String::from_utf8(mulu(folder.path(), &arguments).stdout).unwrap();
        let own = text.split("\nEvery command:\n").next().unwrap().trim_end();
        all.push_str(&format!("$ mulu {}\n{own}\n\n", arguments.join(" ")));
    }
    insta::assert_snapshot!("help", all.trim_end());
}

/// What each of these command lines says, one after the other.
fn transcript(command_lines: &[&[&str]]) -> String {
    command_lines.iter().map(|words| format!("$ mulu {}\n{}\n", words.join(" "), offline(words))).collect()
}

#[test]
fn nobody_answers() {
    let said = transcript(&[
        &["node", "info", "--url", NOBODY],
        &["whoami", "--url", "http://127.0.0.1:1"],
        &["access", "show", "1:7", "--url", "nonsense"],
    ]);
    insta::assert_snapshot!("nobody-answers", said.trim_end());
}

#[test]
fn keys_that_are_none() {
    let said = transcript(&[
        &["key", "show", "missing.key"],
        &["key", "show", "notes.txt"],
        &["key", "generate", "notes.txt"],
    ]);
    insta::assert_snapshot!("keys", said.trim_end());
}

#[test]
fn a_key_is_generated_for_its_owner_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let made = told(folder.path(), &["key", "generate", "a.key", "--development", "d1-admin"]);
    let path = folder.path().join("a.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = told(folder.path(), &["key", "show", "a.key", "--json"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let open = told(folder.path(), &["key", "show", "a.key"]);
    insta::assert_snapshot!("key", format!("{made}{shown}{}", open.trim_end()));
}

#[test]
fn words_that_mean_nothing() {
    let said = transcript(&[
        &["entry", "list", "--state", "lost"],
        &["department", "show", "91350100M000100Y44"],
        &["access", "history", "--grant", "1", "--day", "2026-08-01"],
        &["access", "history", "--pseudonym", "12"],
        &["stats", "--finding", "lost"],
        &["access", "history", "--grant", "1", "--from", "yesterday"],
        &["evidence", "export", "--stream", "1", "--event", "1", "--output", "e", "--reveal", "user"],
    ]);
    insta::assert_snapshot!("words", said.trim_end());
    // Kinds of records grow with the ledger.
    assert!(offline(&["record", "list", "--kind", "party"]).contains("entry_published"));
}

#[test]
fn files_that_are_of_another_kind() {
    let said = transcript(&[
        &["entry", "submit", "notes.txt"],
        &["request", "submit", "missing.json"],
        &["evidence", "show", "notes.txt"],
        &["verify", "notes.txt", "--genesis", "notes.txt"],
        &["verify", "missing", "--genesis", "missing"],
        &["vault", "check", "--vault", "notes.txt"],
        &["vault", "restore", "missing", "--to", "vault"],
        &["access", "import", "--from", "combined-log", "notes.txt", "--mapping", "notes.txt", "--vault", "v"],
        &["catalog", "import", "--from", "ckan-jsonl", "notes.txt", "--mapping", "notes.txt"],
    ]);
    insta::assert_snapshot!("files", said.trim_end());
}

#[test]
fn a_secret_is_refused_before_anything_is_connected() {
    let folder = tempfile::tempdir().unwrap();
    let entry = serde_json::json!({
        "code": "306001/1", "name": "n", "provider": 1, "summary": "", "keywords": [], "related": [],
        "classification": {"attribute": "department", "data_kind": "other", "grade": "core", "sensitivity": 4, "secrecy": "state_secret"},
        "format": {"class": "database", "name": "x"},
        "items": [],
        "sharing": {"class": "not_shared", "condition": "", "law": "", "methods": 0},
        "opening": {"class": "not_shared", "condition": ""},
        "update_cycle": "daily", "published_on": 0,
        "responsibility": {"matter": "", "matter_kind": "other", "information": "", "standard": "", "source": "", "steward": ""},
        "assessments": {"secrecy": "00".repeat(32), "personal_information": null, "assessed_on": 0}
    });
    fs::write(folder.path().join("entry.json"), entry.to_string()).unwrap();
    let said = told(folder.path(), &["entry", "submit", "entry.json", "--url", NOBODY]);
    insta::assert_snapshot!("secret", said.trim_end());
}

#[test]
fn templates_are_printed_without_a_node_a_key_or_a_file() {
    for (arguments, begin) in [
        (&["entry", "submit", "--template"][..], "{\n  \"code\": "),
        (&["request", "submit", "--template"], "{\n  \"entry\": 1,"),
        (&["policy", "set", "--template"], "{\n  \"stages\": ["),
        (&["access", "report", "--template"], "{\"grant\":1,"),
    ] {
        let said = offline(arguments);
        assert!(said.starts_with(&format!("exit 0\n{begin}")), "{said}");
    }
    assert!(offline(&["policy", "set", "3"]).starts_with("exit 2\n"), "a policy is missing");
    assert!(offline(&["entry", "submit"]).starts_with("exit 2\n"), "an entry is missing");
    assert!(offline(&["access", "report", "events.jsonl"]).starts_with("exit 2\n"), "a stream and a vault are missing");
}

#[test]
fn errors_and_their_way_out_are_told_in_the_language_of_the_locale_unless_an_option_says_another() {
    let folder = tempfile::tempdir().unwrap();
    let chinese = mulu_in_chinese(folder.path(), &["node", "info", "--url", NOBODY]);
    assert!(chinese.starts_with("错误：ws://127.0.0.1:1 没有节点应答\n原因："), "{chinese}");
    assert!(chinese.contains("\n提示：请启动节点，或用 --url 或 MULU_URL 指定其他节点"), "{chinese}");
    let english = mulu_in_chinese(folder.path(), &["node", "info", "--url", NOBODY, "--lang", "en"]);
    assert!(english.starts_with("error: no node answers at ws://127.0.0.1:1\n"), "{english}");
    let asked = told(folder.path(), &["verify", "missing", "--genesis", "missing", "--lang", "zh"]);
    assert!(asked.contains("错误：无法读取 missing"), "{asked}");
    assert!(told(folder.path(), &["node", "info", "--lang", "fr"]).contains("zh or en"));
}

#[test]
fn an_evidence_file_that_is_there_is_written_over_by_force_alone() {
    let export = ["evidence", "export", "--stream", "1", "--event", "1", "--output", "notes.txt", "--url", NOBODY];
    let refused = offline(&export);
    assert!(refused.contains("error: notes.txt is there already; --force writes over it"), "{refused}");
    let forced = offline(&[&export[..], &["--force"]].concat());
    assert!(forced.contains("no node answers"), "{forced}");
}

#[test]
fn every_command_is_in_the_reference() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/client.md")).unwrap();
    let untold: Vec<String> = help_pages()
        .into_iter()
        .filter(|page| !page.is_empty())
        .map(|page| page.join(" "))
        .filter(|page| !help_pages_below(page) && !text.contains(&format!("`mulu {page}")))
        .collect();
    assert_eq!(untold, [""; 0], "say what these do in docs/client.md");
}

/// Whether a command only groups others.
fn help_pages_below(page: &str) -> bool {
    let words: Vec<&str> = page.split(' ').chain(["--help"]).collect();
    offline(&words).contains("\nCommands:\n")
}

/// A key, where any will do.
const KEY: &str = "1111111111111111111111111111111111111111111111111111111111111111";
/// How a node is reached.
const NODE: [&str; 6] =
    ["--node-key", KEY, "--consensus-address", "10.1.2.3:26656", "--extrinsics-address", "10.1.2.3:26657"];

#[test]
fn what_departments_decide_together_is_refused_by_its_rule_before_anything_is_connected() {
    let mut unreachable = NODE;
    unreachable[3] = "node.example:26656";
    let add = |node: &[&'static str]| [&["validator", "add", KEY, "--department", "2"], node].concat();
    let (bad_address, observer) = (add(&unreachable), ["observer", "add", "--department", "2", "--name", ""]);
    let said = transcript(&[
        &bad_address,
        &["validator", "rotate", KEY, KEY],
        &[&observer[..], &NODE].concat(),
        &["calendar", "import", "notes.txt"],
        &["calendar", "add", "2026-02-30", "3"],
        &["proposal", "make"],
        &["proposal", "make", "notes.txt"],
        &["proposal", "make", "--template", "party"],
        &["vote", "1"],
        &["vote", "1", "--approve", "--reject"],
        &["deadline", "list", "--about", "proposal:1"],
        &[
            "role",
            "give",
            KEY,
            "--department",
            "2",
            "--role",
            "head",
            "--expires",
            "2027-01-01",
            "--scope",
            "entries:x",
        ],
        &["account", "replace", KEY, "--lost", KEY],
        &["account", "replace", KEY, "--lost", KEY, "--confirm", "--withdraw"],
    ]);
    insta::assert_snapshot!("decisions", said.trim_end());
    // Kinds grow with the ledger.
    assert!(offline(&["deadline", "list", "--kind", "party"]).contains("request_reply_conditional"));
}

#[test]
fn a_template_of_every_action_is_proposed_as_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [
        "set-department-status",
        "name-authority",
        "add-validator",
        "remove-validator",
        "rotate-validator-key",
        "register-observer",
        "remove-observer",
        "name-auditor",
        "set-calendar-year",
        "set-parameters",
        "plan-upgrade",
        "cancel-upgrade",
        "admit-department",
    ] {
        let printed = mulu(folder.path(), &["proposal", "make", "--template", kind]);
        assert!(printed.status.success(), "{kind}");
        fs::write(folder.path().join("action.json"), printed.stdout).unwrap();
        let said = told(folder.path(), &["proposal", "make", "action.json", "--url", NOBODY]);
        assert!(said.contains("no node answers"), "{kind}: {said}");
    }
    fs::write(folder.path().join("action.json"), r#"{"name_authority":{"department":2,"level":"city"}}"#).unwrap();
    let said = told(folder.path(), &["proposal", "make", "action.json", "--url", NOBODY]);
    assert!(said.contains("cause: no action has the field `level` there"), "{said}");
}

#[test]
fn the_arrangements_that_come_with_the_chain_are_imported_as_they_are() {
    for year in ["2025", "2026"] {
        let file = format!("{}/../../chain-spec/calendars/{year}.json", env!("CARGO_MANIFEST_DIR"));
        let said = offline(&["calendar", "import", &file, "--url", NOBODY]);
        assert!(said.contains("no node answers"), "{said}");
    }
}

#[test]
fn commands_about_decisions_and_deadlines_are_understood() {
    let add = |words: &[&'static str]| [words, &NODE].concat();
    for words in [
        &["vote", "1", "--approve", "--digest", KEY][..],
        &["vote", "1", "--reject"],
        &["proposal", "list", "--open", "--department", "2"],
        &["proposal", "list", "--ended"],
        &["proposal", "show", "1"],
        &["proposal", "withdraw", "1"],
        &["validator", "list"],
        &add(&["validator", "add", KEY, "--department", "2", "--height", "900", "--expires", "2027-01-01"]),
        &["validator", "remove", KEY],
        &["validator", "rotate", KEY, &"2".repeat(64)],
        &["observer", "list"],
        &add(&["observer", "add", "--department", "2", "--name", "审计"]),
        &["observer", "remove", KEY],
        &["department", "admit", "3"],
        &["department", "suspend", "3"],
        &["department", "reinstate", "3"],
        &["department", "retire", "3", "--height", "900"],
        &["department", "authority", "3"],
        &["department", "hosted", "--host", "1"],
        &["department", "budget", "1"],
        &[
            "department",
            "revise",
            "3",
            "--name",
            "市民政局",
            "--parent",
            "none",
            "--host",
            "1",
            "--data-manager",
            "yes",
        ],
        &["calendar", "show", "2026"],
        &["calendar", "add", "2026-09-30", "3"],
        &["calendar", "parameters"],
        &["deadline", "list", "--department", "2", "--about", "request:7", "--kind", "provisioning", "--overdue"],
        &["deadline", "show", "1"],
        &["account", "replace", KEY],
        &["account", "replace", KEY, "--lost", KEY, "--reason", "遗失"],
        &["account", "replace", KEY, "--lost", KEY, "--confirm"],
    ] {
        // The option of every command stands behind each: nothing of a command's own may take its place.
        let said = offline(&[words, &["--url", NOBODY, "--key", "missing.key"]].concat());
        assert!(said.starts_with("exit 1\nerror: no node answers at"), "{words:?}: {said}");
    }
}
