//! The verifier on files: honest, forged, foreign, unreadable; and what its program prints and returns.

#[path = "../../../runtime/proofs/tests/sample/mod.rs"]
mod sample;

use mulu_verifier::{VerifierError, checkpoint, json, render, show, verify, verify_files};
use sample::content;
use std::process::Command;

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
    let text = render(&report);
    assert!(report.is_verified(), "{text}");
    for expected in [
        "Evidence package VERIFIED: chain mulu-sample",
        "Reported by platform 1 (省民政厅交换网关), department 2 (省民政厅):",
        "findings   item_not_granted",
        "revealed   User: user-1",
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
    assert!(render(&report).contains("NO  agreement"));
    assert_eq!(json(&report)["facts"], serde_json::Value::Null);
}

#[test]
fn a_package_can_be_shown_without_being_checked() {
    let (_folder, package, _) = files();
    let text = show(&std::fs::read(package).expect("written")).expect("a package");
    assert!(text.contains("not verified") && text.contains("RequestApproved") && text.contains("User"), "{text}");
    assert!(matches!(show(b"MULU"), Err(VerifierError::Package(_))));
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
        let output = Command::new(env!("CARGO_BIN_EXE_mulu-verify")).args(arguments).output().expect("runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let option = |text: &'static str| std::path::Path::new(text);
    let (code, text) = run(&[&package, option("--genesis"), &genesis, option("--json")]);
    assert_eq!(code, Some(0));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["verified"], true);
    let mut bytes = std::fs::read(&package).expect("written");
    *bytes.last_mut().expect("long") ^= 1;
    let forged = folder.path().join("forged.mulu");
    std::fs::write(&forged, bytes).expect("written");
    assert_eq!(run(&[&forged, option("--genesis"), &genesis]).0, Some(1));
    assert_eq!(run(&[&forged]), (Some(2), String::new()));
    assert_eq!(run(&[&folder.path().join("none"), option("--genesis"), &genesis]), (Some(2), String::new()));
}
