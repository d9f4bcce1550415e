//! Test vectors: `tests/vectors` holds packages that every verifier must accept, or refuse by the link that `index.json` names.
//!
//! They are made here, from the sample ledger of `runtime/proofs/tests`, and checked for being current; `MULU_VECTORS=rewrite` writes
//! them anew. The verifier in Python (`tests/verifier.py`), which shares no code with ours, must say the same of every
//! vector and of thousands of packages that were changed at random.

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../../runtime/proofs/tests/sample/mod.rs"]
mod sample;

mod acts;
mod broken;
mod chain;
mod clauses;
mod forged;
mod genesis;
mod good;
mod large;
mod lists;
mod mutation;
mod order;
mod python;
mod requests;
mod roles;
mod signed;
mod trie;

use genesis::Genesis;
use mulu_proofs::{
    evidence::{
        report::{Checkpoint, Link},
        verify,
    },
    hash::blake2_256,
    ids::Height,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Set to `rewrite` to write the vectors as they are made now.
const VARIABLE: &str = "MULU_VECTORS";
/// What a verifier says of a package that holds.
const OK: &str = "ok";
/// Most bytes of all vectors together.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// One package, what a reader brings, and what every verifier must say of it.
struct Vector {
    name: String,
    package: Vec<u8>,
    genesis: Genesis,
    checkpoint: Option<Checkpoint>,
    expected: &'static str,
}

impl Vector {
    fn new(name: impl Into<String>, package: Vec<u8>, expected: &'static str) -> Self {
        Self { name: name.into(), package, genesis: Genesis::Sample, checkpoint: None, expected }
    }

    fn under(self, genesis: Genesis) -> Self {
        Self { genesis, ..self }
    }

    /// With the checkpoint that the header of that height is.
    fn at(self, height: u32, header: &[u8]) -> Self {
        let checkpoint = Checkpoint { height: Height::new(height), hash: blake2_256(header) };
        Self { checkpoint: Some(checkpoint), ..self }
    }

    fn row(&self, file: &str) -> Value {
        json!({
            "name": self.name,
            "file": file,
            "genesis": self.genesis.file_name(),
            "checkpoint": self.checkpoint.as_ref().map(checkpoint_text),
            "expected": self.expected,
        })
    }
}

fn checkpoint_text(checkpoint: &Checkpoint) -> String {
    format!("{}:{}", checkpoint.height, hex::encode(checkpoint.hash))
}

/// What our verifier says: nothing, or the link that fails and why.
fn failure(package: &[u8], genesis: Genesis, checkpoint: Option<&Checkpoint>) -> Option<(Link, String)> {
    match serde_json::from_str(&genesis.text()) {
        Ok(genesis) => verify(package, &genesis, checkpoint).failure.map(|failure| (failure.link, failure.reason)),
        // A file that does not read anchors nothing.
        Err(error) => Some((Link::Genesis, error.to_string())),
    }
}

/// What our verifier says: `ok`, or the link that fails.
fn verdict(package: &[u8], genesis: Genesis, checkpoint: Option<&Checkpoint>) -> &'static str {
    failure(package, genesis, checkpoint).map_or(OK, |(link, _)| link.name())
}

fn vectors() -> Vec<Vector> {
    let mut vectors = good::vectors();
    vectors.extend(broken::vectors());
    vectors.extend(lists::broken());
    vectors.extend(forged::vectors());
    vectors.extend(signed::vectors());
    vectors.extend(chain::vectors());
    vectors.extend(acts::vectors());
    vectors.extend(roles::vectors());
    vectors.extend(requests::vectors());
    vectors.extend(clauses::vectors());
    vectors.extend(order::vectors());
    vectors.extend(trie::vectors());
    vectors.extend(lists::signed());
    vectors
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().find(|folder| folder.join("docs/evidence.md").exists()).unwrap().to_path_buf()
}

fn folder() -> PathBuf {
    root().join("tests/vectors")
}

/// Every file of the folder as it should be.
fn files(vectors: &[Vector]) -> BTreeMap<String, Vec<u8>> {
    let pretty = |value: &Value| format!("{}\n", serde_json::to_string_pretty(value).unwrap()).into_bytes();
    let mut files = BTreeMap::new();
    for genesis in Genesis::ALL {
        files.insert(genesis.file_name().to_owned(), genesis.text().into_bytes());
    }
    // The same package with another genesis file or checkpoint is stored once.
    let mut named: BTreeMap<&[u8], String> = BTreeMap::new();
    let mut rows = Vec::new();
    for vector in vectors {
        let file = named.entry(&vector.package).or_insert_with(|| format!("{}.bin", vector.name));
        files.insert(file.clone(), vector.package.clone());
        rows.push(vector.row(file));
    }
    let names: BTreeSet<&String> = vectors.iter().map(|vector| &vector.name).collect();
    assert_eq!(names.len(), vectors.len(), "a name stands for one vector");
    files.insert("index.json".into(), pretty(&Value::Array(rows)));
    files
}

/// Names of the files in the folder.
fn names() -> BTreeSet<String> {
    fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Writes what is new or different, and nothing else: other tests read the folder meanwhile.
fn rewrite(files: &BTreeMap<String, Vec<u8>>) {
    fs::create_dir_all(folder()).unwrap();
    names()
        .iter()
        .filter(|name| !files.contains_key(*name))
        .for_each(|name| fs::remove_file(folder().join(name)).unwrap());
    for (name, bytes) in files {
        if fs::read(folder().join(name)).ok().as_ref() != Some(bytes) {
            fs::write(folder().join(name), bytes).unwrap();
        }
    }
}

#[test]
fn the_vectors_in_the_folder_are_those_that_are_made_here() {
    let files = files(&vectors());
    let bytes: usize = files.values().map(Vec::len).sum();
    assert!(bytes <= BYTES_MAX, "{bytes} bytes of vectors: the bound is {BYTES_MAX}");
    if std::env::var(VARIABLE).is_ok_and(|value| value == "rewrite") {
        rewrite(&files);
    }
    let there = names();
    let hint = format!("if it is meant: {VARIABLE}=rewrite cargo test -p mulu-tests --test vectors");
    assert_eq!(there, files.keys().cloned().collect(), "files of tests/vectors; {hint}");
    for (name, bytes) in files {
        assert!(fs::read(folder().join(&name)).unwrap() == bytes, "tests/vectors/{name} is out of date; {hint}");
    }
}

#[test]
fn our_verifier_says_of_every_vector_what_the_index_says() {
    let mut differences = Vec::new();
    for vector in vectors() {
        let said = failure(&vector.package, vector.genesis, vector.checkpoint.as_ref());
        if said.as_ref().map_or(OK, |(link, _)| link.name()) != vector.expected {
            differences.push(format!("{}: {} expected, {said:?}", vector.name, vector.expected));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_link_has_a_package_that_fails_there() {
    let expected: BTreeSet<&str> = vectors().iter().map(|vector| vector.expected).collect();
    let links: BTreeSet<&str> = Link::ALL.iter().map(|link| link.name()).chain([OK]).collect();
    assert_eq!(links.difference(&expected).collect::<Vec<_>>(), Vec::<&&str>::new(), "links without a vector");
}

#[test]
fn the_verifier_in_python_says_of_every_vector_what_the_index_says() {
    let vectors = vectors();
    let said = python::verdicts(vectors.iter().map(|vector| (&vector.package[..], vector.genesis, &vector.checkpoint)));
    let differences: Vec<String> = (vectors.iter().zip(said).filter(|(vector, said)| said != vector.expected))
        .map(|(vector, said)| format!("{}: {} expected, {said} said", vector.name, vector.expected))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_verifier_in_python_says_ok_and_the_claim_or_the_link() {
    let run = |name: &str, options: &[&str]| {
        let mut command = python::command();
        command.arg(folder().join(format!("{name}.bin"))).arg("--genesis").arg(folder().join("genesis.json"));
        let output = command.args(options).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    };
    for (name, code, begins) in [("event", 0, "ok: event 12 of stream 1"), ("batch-signature", 1, "batch: ")] {
        let (text, ended) = run(name, &[]);
        assert!(text.starts_with(begins) && ended == Some(code), "{name}: {text}");
    }
    let json: Value = serde_json::from_str(&run("filing", &["--json"]).0).unwrap();
    assert_eq!(json["result"], OK);
    assert!(json["what"].as_str().unwrap().starts_with("filing of version 1 of entry 1"), "{json}");
}
