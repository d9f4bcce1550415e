//! The verifier on files: honest, forged, foreign, unreadable; and what its program prints and returns.

#[path = "../../../runtime/proofs/tests/sample/mod.rs"]
mod sample;

use mulu_proofs::records::RecordKind;
use mulu_verifier::{
    VerifierError, checkpoint, json, render, show, speech, verify, verify_files,
    words::{Language, Speech},
};
use sample::{
    batches::{After, Batches},
    content,
};
use std::process::Command;

const ENGLISH: Speech = speech(Language::English);
const CHINESE: Speech = speech(Language::Chinese);

fn files() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let world = content::world();
    let folder = tempfile::tempdir().expect("a folder");
    let (package, genesis) = (folder.path().join("event.mulu"), folder.path().join("genesis.json"));
    std::fs::write(&package, content::package(&world, 1).to_bytes()).expect("written");
    std::fs::write(&genesis, serde_json::to_vec(&world.genesis).expect("JSON")).expect("written");
    (folder, package, genesis)
}

#[test]
fn a_report_says_reported_by_and_never_that_it_happened() {
    let (_folder, package, genesis) = files();
    let report = verify_files(&package, &genesis, None).expect("readable");
    let text = render(&report, ENGLISH);
    assert!(report.is_verified(), "{text}");
    for expected in [
        "Evidence package VERIFIED: chain mulu-sample",
        "Reported by platform 1 (省民政厅交换网关), department 2 (省民政厅):",
        "findings   item not granted",
        "outcome    ok by service interface: 1 calls, 3 rows, 456 bytes, 12 ms",
        "revealed   user: user-1",
        "request approved   ",
        " approver of department 2 (省民政厅), key ",
        "It does not prove that it happened.",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    let value = json(&report);
    assert_eq!(value["verified"], true);
    assert_eq!(value["facts"]["series_number"], 42);
    assert_eq!(value["failure"], serde_json::Value::Null);
}

#[test]
fn a_refused_package_names_its_link() {
    let world = content::world();
    let mut package = content::package(&world, 1);
    package.acts.remove(package.acts.len() - 3);
    let report =
        verify(&package.to_bytes(), &serde_json::to_vec(&world.genesis).expect("JSON"), None).expect("readable");
    assert!(!report.is_verified());
    assert_eq!(json(&report)["failure"]["link"], "agreement");
    assert!(render(&report, ENGLISH).contains("NO  agreement"));
    assert_eq!(json(&report)["facts"], serde_json::Value::Null);
}

#[test]
fn a_package_is_shown_with_what_it_says_and_that_nothing_was_checked() {
    let (_folder, package, _) = files();
    let text = show(&std::fs::read(package).expect("written"), ENGLISH).expect("a package");
    for expected in [
        "Evidence package, NOT VERIFIED: it says the following, and nothing of it was checked.",
        "stream     event 12 of stream 1",
        "reporter   platform 1 (省民政厅交换网关), department 2 (省民政厅)",
        "findings   item not granted",
        "series     grant 1",
        "entry      307001/000001 社会组织法人登记信息 (version 1)",
        "items      统一社会信用代码, 名称, 状态",
        "consumer   department 3 (市人社局)",
        "outcome    ok by service interface: 1 calls, 3 rows, 456 bytes, 12 ms",
        "revealed   network address: 10.0.0.7",
        " request approved ",
        " approver of department 2 (省民政厅), key ",
        ", with the signed call",
        "department registered  ",
        "nobody signed",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    for rust in ["Id(", "Grant", "Approver", "None", "Some("] {
        assert!(!text.contains(rust), "{rust:?} is in\n{text}");
    }
    assert!(matches!(show(b"MULU", ENGLISH), Err(VerifierError::Package(_))));
}

#[test]
fn a_package_of_other_kinds_of_events_is_shown_too() {
    let world = content::world();
    for place in 0..5 {
        let mut package = content::package(&world, place);
        assert!(show(&package.to_bytes(), ENGLISH).is_ok());
        package.event_mut().expect("about an event").sealed = None;
        assert!(show(&package.to_bytes(), ENGLISH).expect("a package").contains("revealed   nothing"));
        let batch = world.needed(|record| record.kind == RecordKind::BatchAccepted);
        let bare = show(&world.package(place, &batch, &[]).to_bytes(), ENGLISH);
        assert!(place == 4 || bare.expect("a package").contains("entry      1 version 1\n  items      0"));
        package.event_mut().expect("about an event").leaf = [0xff; 128];
        assert!(show(&package.to_bytes(), ENGLISH).expect("a package").contains("a leaf that does not read"));
    }
}

/// Words of the alphabet that are nobody's names, keys, or digests.
fn english_of(text: &str) -> Vec<&str> {
    let letters = |c: char| !c.is_ascii_alphabetic() && c != '_';
    let words = text.split(|c: char| c.is_whitespace() || "，。：；（）“”、`".contains(c));
    words
        .filter(|word| word.is_ascii() && word.len() > 1 && !word.contains(letters))
        .filter(|word| !["mulu", "verify", "TZ"].contains(word) && !word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .collect()
}

#[test]
fn a_report_and_a_package_are_told_in_chinese() {
    let (_folder, package, genesis) = files();
    let report = verify_files(&package, &genesis, None).expect("readable");
    let text = render(&report, CHINESE);
    for expected in [
        "证据包验证通过：链 mulu-sample",
        "报告方：平台1（省民政厅交换网关），部门2（省民政厅）：",
        "发现       信息项未获授权",
        "结果       成功，服务接口：1 次调用，3 行，456 字节，12 毫秒",
        "审批阶段0：部门2的审批人审批2次",
        "事件为序列（授权1）的第42号；发现：信息项未获授权",
        "授权1：授权开通，时间 ",
        "不证明所报告之事确已发生",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    assert_eq!(english_of(&text), ["code"; 0], "{text}");
    let text = show(&std::fs::read(package).expect("written"), CHINESE).expect("a package");
    assert!(text.starts_with("证据包，未经验证"), "{text}");
    assert_eq!(english_of(&text), ["--genesis"; 0], "{text}");
}

#[test]
fn a_refusal_is_told_in_chinese_with_the_stable_name_of_its_link() {
    let world = content::world();
    let genesis = serde_json::to_vec(&world.genesis).expect("JSON");
    let mut package = content::package(&world, 1);
    package.acts.remove(package.acts.len() - 3);
    let text = render(&verify(&package.to_bytes(), &genesis, None).expect("readable"), CHINESE);
    assert!(text.contains("  不通过  提供方同意     缺少记录") && text.contains("“agreement”一环不成立"), "{text}");
    let text = render(&verify(b"notes", &genesis, None).expect("readable"), CHINESE);
    assert!(text.contains("文件开头不是 MULUEVID：不是证据包"), "{text}");
}

#[test]
fn a_list_says_which_of_its_events_are_repudiated_as_far_as_it_shows() {
    let ledger = Batches::repudiated(17, 23, true);
    let genesis = serde_json::to_vec(&ledger.world.genesis).expect("JSON");
    let told = |shown: fn(RecordKind) -> bool, speech| {
        let package = ledger.package_with(&[1], Some(0), After::Batch(2), |record| shown(record.kind));
        render(&verify(&package.to_bytes(), &genesis, None).expect("readable"), speech)
    };
    let said = |kind| {
        use RecordKind::{EventsRepudiated, KeyCompromised, RepudiationDecided};
        matches!(kind, KeyCompromised | EventsRepudiated | RepudiationDecided)
    };
    let text = told(said, ENGLISH);
    for expected in [
        "repudiated 2 of the events, as far as this file shows",
        ": reported compromised from 2026-",
        "a batch of the list was accepted while others may have signed with the key",
        "repudiated events 17 to 23 of stream 1, by record ",
        ": 非本平台报告",
        "authority  upheld by record ",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    let text = told(said, CHINESE);
    for expected in ["被否认     其中2个事件，以本文件所示为限", "流1的第17号至第23号，记录", "认定否认成立：属实"]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert_eq!(english_of(&text), Vec::<&str>::new());
    let text = told(|_| false, ENGLISH);
    assert!(
        text.contains("repudiated 0 of the events")
            && text.contains("no report that one of their keys was compromised is shown")
    );
}

#[test]
fn files_that_are_missing_too_large_or_of_another_kind_are_errors_that_say_so() {
    let (folder, package, genesis) = files();
    let missing = verify_files(&folder.path().join("none"), &genesis, None).expect_err("missing");
    assert!(missing.to_string().contains("cannot read"));
    let foreign = verify_files(&package, &package, None).expect_err("no JSON");
    assert!(matches!(foreign, VerifierError::Genesis(_)));
    std::fs::write(&genesis, vec![b' '; 300_000]).expect("written");
    assert!(matches!(verify_files(&package, &genesis, None), Err(VerifierError::TooLarge { .. })));
}

#[test]
fn checkpoints_are_height_and_hash() {
    let hash = "ab".repeat(32);
    assert_eq!(checkpoint(&format!("7:0x{hash}")).expect("well formed").height.get(), 7);
    for bad in ["", "7", "7:ab", "x:00", &format!("-1:{hash}")] {
        assert!(checkpoint(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_program_returns_0_for_verified_1_for_refused_and_2_for_unreadable() {
    let (folder, package, genesis) = files();
    let run = |arguments: &[&std::path::Path]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_mulu-verify"));
        let output = program.env("LC_ALL", "zh_CN.UTF-8").args(arguments).output().expect("runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let option = |text: &'static str| std::path::Path::new(text);
    let (code, text) = run(&[&package, option("--genesis"), &genesis, option("--json")]);
    assert_eq!(code, Some(0));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["verified"], true);
    let (code, text) = run(&[&package, option("--genesis"), &genesis]);
    assert!(code == Some(0) && text.starts_with("证据包验证通过"), "the locale decides: {text}");
    let (code, text) = run(&[&package, option("--genesis"), &genesis, option("--lang"), option("en")]);
    assert!(code == Some(0) && text.starts_with("Evidence package VERIFIED"), "unless --lang does: {text}");
    assert_eq!(run(&[&package, option("--genesis"), &genesis, option("--lang"), option("fr")]).0, Some(2));
    let mut bytes = std::fs::read(&package).expect("written");
    *bytes.last_mut().expect("long") ^= 1;
    let forged = folder.path().join("forged.mulu");
    std::fs::write(&forged, bytes).expect("written");
    assert_eq!(run(&[&forged, option("--genesis"), &genesis]).0, Some(1));
    assert_eq!(run(&[&forged]), (Some(2), String::new()));
    assert_eq!(run(&[&folder.path().join("none"), option("--genesis"), &genesis]), (Some(2), String::new()));
}
