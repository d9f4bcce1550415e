//! Taste as a test: dependency arrows, the pallets' form, file lengths, dead links. Each message teaches its rule.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Files of the checkout below `folder` whose name ends in one of `endings`, build output left out.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

fn manifests() -> BTreeMap<String, Vec<String>> {
    files(&root(), &["Cargo.toml"])
        .into_iter()
        .filter_map(|path| {
            let manifest: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
            let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
            let dependencies = manifest.get("dependencies").and_then(|d| d.as_table()).cloned().unwrap_or_default();
            Some((name, dependencies.into_iter().map(|(name, _)| name).collect()))
        })
        .collect()
}

/// What each crate of ours may use of ours (ARCHITECTURE.md, "Arrows").
fn allowed(name: &str) -> Option<&'static [&'static str]> {
    const PALLET: &[&str] = &["mulu-proofs", "mulu-primitives", "mulu-pallet-support"];
    Some(match name {
        "mulu-proofs" => &[],
        "mulu-primitives" => &["mulu-proofs"],
        "mulu-verifier" | "mulu-token" => &["mulu-proofs"],
        // A stranger to the ledger, in a workspace of its own: it knows what the node tells.
        "mulu-test-subxt" => &[],
        "mulu-pallet-support" => &["mulu-proofs", "mulu-primitives"],
        "pallet-departments" | "pallet-catalog" | "pallet-sharing" | "pallet-access" | "pallet-records"
        | "pallet-calendar" | "pallet-governance" | "pallet-grants" | "pallet-elements" | "pallet-mounts"
        | "pallet-oversight" => PALLET,
        "mulu-runtime" => &[
            "mulu-proofs",
            "mulu-primitives",
            "mulu-pallet-support",
            "pallet-departments",
            "pallet-catalog",
            "pallet-sharing",
            "pallet-access",
            "pallet-records",
            "pallet-calendar",
            "pallet-governance",
            "pallet-grants",
            "pallet-elements",
            "pallet-mounts",
            "pallet-oversight",
        ],
        "mulu-executor" => &["mulu-proofs", "mulu-primitives", "mulu-runtime"],
        "mulu-storage" | "mulu-index" | "mulu-pool" | "mulu-peers" => &["mulu-proofs", "mulu-primitives"],
        "mulu-consensus" => &[
            "mulu-proofs",
            "mulu-primitives",
            "mulu-executor",
            "mulu-storage",
            "mulu-index",
            "mulu-pool",
            "mulu-peers",
            "mulu-runtime",
        ],
        "mulu-decision" => {
            &["mulu-proofs", "mulu-primitives", "mulu-pallet-support", "mulu-runtime", "mulu-executor", "mulu-token"]
        }
        "mulu-rpc-api" => &["mulu-proofs", "mulu-primitives"],
        "mulu-search" => &["mulu-proofs", "mulu-primitives", "mulu-storage", "mulu-index", "mulu-rpc-api"],
        "mulu-rpc" => &[
            "mulu-proofs",
            "mulu-primitives",
            "mulu-runtime",
            "mulu-executor",
            "mulu-storage",
            "mulu-index",
            "mulu-search",
            "mulu-pool",
            "mulu-decision",
            "mulu-rpc-api",
        ],
        "mulu-chain-spec" => &["mulu-proofs", "mulu-primitives", "mulu-runtime"],
        "mulu-client" => &["mulu-proofs", "mulu-primitives", "mulu-runtime", "mulu-rpc-api", "mulu-chain-spec"],
        "mulu" => &[
            "mulu-proofs",
            "mulu-primitives",
            "mulu-runtime",
            "mulu-rpc-api",
            "mulu-chain-spec",
            "mulu-client",
            "mulu-verifier",
            "mulu-catalogs",
            "mulu-bridge",
        ],
        "mulu-mapping" => &["mulu-proofs", "mulu-client"],
        "mulu-catalogs" => &["mulu-proofs", "mulu-rpc-api", "mulu-client"],
        "mulu-bridge" => &["mulu-proofs", "mulu-rpc-api", "mulu-client", "mulu-mapping", "mulu-catalogs"],
        // The composition root and the tests know everybody.
        "mulu-node" | "mulu-tests" | "mulu-unify" => return None,
        other => panic!("{other} is a new crate: give it its arrows here and in ARCHITECTURE.md"),
    })
}

#[test]
fn every_crate_uses_only_what_its_arrows_allow() {
    let manifests = manifests();
    for (name, dependencies) in &manifests {
        let Some(allowed) = allowed(name) else { continue };
        for dependency in dependencies.iter().filter(|d| manifests.contains_key(*d)) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not use {dependency}: data flows forward (ARCHITECTURE.md, Arrows)"
            );
        }
    }
}

#[test]
fn each_outside_library_has_one_home() {
    let homes: [(&str, &[&str]); 11] = [
        ("hyper", &["mulu-decision", "mulu-bridge"]),
        ("rustls", &["mulu-decision", "mulu-bridge"]),
        ("tantivy", &["mulu-search"]),
        ("jieba-rs", &["mulu-search"]),
        ("rocksdb", &["mulu-storage"]),
        ("arc-malachitebft-app-channel", &["mulu-consensus"]),
        ("libp2p", &["mulu-peers", "mulu-consensus"]),
        (
            "serde_json",
            &[
                "mulu-rpc",
                "mulu-rpc-api",
                "mulu-client",
                "mulu-mapping",
                "mulu-catalogs",
                "mulu-bridge",
                "mulu",
                "mulu-chain-spec",
                "mulu-verifier",
                "mulu-node",
            ],
        ),
        ("redb", &["mulu-client"]),
        ("axum", &["mulu-bridge"]),
        ("rdkafka", &["mulu-bridge"]),
    ];
    for (name, dependencies) in manifests() {
        for (library, allowed) in homes {
            let free = ["mulu-tests", "mulu-unify", "mulu-test-subxt"].contains(&name.as_str());
            assert!(
                free || !dependencies.iter().any(|d| d == library) || allowed.contains(&name.as_str()),
                "{name} must not know {library}: only {allowed:?} do"
            );
        }
    }
    for name in ["mulu-proofs", "mulu-verifier", "mulu-token"] {
        let manifests = manifests();
        let dependencies = &manifests[name];
        assert!(
            !dependencies.iter().any(|d| d.starts_with("sp-") || d.starts_with("frame-")),
            "{name} is for readers who trust nobody: no sp-*, no frame-*"
        );
    }
}

#[test]
fn every_pallet_has_the_same_form() {
    for pallet in [
        "departments",
        "catalog",
        "sharing",
        "access",
        "records",
        "calendar",
        "governance",
        "elements",
        "mounts",
        "oversight",
    ] {
        for file in ["lib.rs", "functions.rs", "try_state.rs", "weights.rs", "mock.rs", "tests.rs"] {
            let path = root().join("pallets").join(pallet).join("src").join(file);
            assert!(path.exists(), "{} is missing: a pallet is a form with fixed fields", relative(&path));
        }
        let source = fs::read_to_string(root().join("pallets").join(pallet).join("src/lib.rs")).unwrap();
        for section in source.split("#[pallet::call_index").skip(1) {
            let name = section.split("pub fn ").nth(1).unwrap().split('(').next().unwrap().to_owned();
            let before = source.split(&format!("pub fn {name}(")).next().unwrap();
            let docs: Vec<_> = before.lines().rev().take(40).collect();
            assert!(
                docs.iter().any(|line| line.contains("## Dispatch origin")),
                "{pallet}::{name} says nothing of its origin: wallets show these words (## Dispatch origin)"
            );
        }
    }
}

#[test]
fn files_keep_a_readable_size() {
    for path in files(&root(), &[".rs"]) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let is_test = relative(&path).contains("tests");
        let lines_max = if is_test { 1_500 } else { 800 };
        assert!(lines <= lines_max, "{} has {lines} lines: cut it by responsibility", relative(&path));
    }
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(architecture.lines().count() <= 300, "ARCHITECTURE.md has at most 300 lines");
}

#[test]
fn nothing_is_left_unfinished_or_tied_to_a_machine() {
    for path in files(&root(), &[".rs", ".md", ".toml", ".json"]) {
        let text = fs::read_to_string(&path).unwrap();
        if relative(&path).ends_with("tidy.rs") {
            continue;
        }
        for word in ["todo!(", "unimplemented!(", "FIXME", "XXX", "/root/", "/work/"] {
            assert!(!text.contains(word), "{} contains {word:?}", relative(&path));
        }
    }
}

#[test]
fn links_in_documents_lead_somewhere() {
    for path in files(&root(), &[".md"]) {
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            assert!(path.parent().unwrap().join(target).exists(), "{}: dead link {link}", relative(&path));
        }
    }
}

#[test]
fn the_page_names_the_clients_that_are_tested() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let page = read("docs/substrate-clients.md");
    for (client, file, before) in [
        ("@polkadot/api", "javascript/package.json", "\"@polkadot/api\": \""),
        ("polkadot-api", "javascript/package.json", "\"polkadot-api\": \""),
        ("subxt", "subxt/Cargo.toml", "\nsubxt = { version = \"="),
        ("substrate-interface", "python/substrate-interface.txt", "\nsubstrate-interface=="),
        ("async-substrate-interface", "python/async-substrate-interface.txt", "\nasync-substrate-interface=="),
    ] {
        let pinned = read(&format!("tests/clients/{file}")).split(before).nth(1).unwrap().to_owned();
        let version: String = pinned.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let mut rows = page.lines().filter(|line| line.starts_with('|') && line.contains(&format!("`{client}`")));
        assert!(
            rows.any(|row| row.contains(&format!("| {version} |"))),
            "docs/substrate-clients.md has another version of {client} than {version}, which tests/clients tests"
        );
    }
}
