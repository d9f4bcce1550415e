//! The command `mulu` as people use it: an act is signed with somebody's key file, a question is answered as JSON.
//!
//! What is typed stands in one line, split at blanks; so no word of these tests has a blank in it.

use super::run;
use mulu_tests::network::Network;
use serde_json::{Value, json};
use std::{
    cell::Cell,
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long something that has to come may be waited for.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(200);
const DAY_MS: u64 = 86_400_000;

/// The command, at one node of a network.
pub struct Mulu {
    url: String,
    folder: PathBuf,
    files: Cell<u32>,
}

impl Mulu {
    /// At a node, once block 1 is there: it records genesis, and nobody has a role before.
    pub fn at(network: &Network, node: usize) -> Self {
        let mulu = Self { url: network.url(node), folder: network.folder().to_owned(), files: Cell::new(0) };
        mulu.wait("node info", |info| info["head"]["height"].as_u64() > Some(0));
        mulu
    }

    /// A file below the network's folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// Writes what a command reads.
    pub fn file(&self, value: &Value) -> String {
        self.files.set(self.files.get() + 1);
        let path = self.path(&format!("typed-{}.json", self.files.get()));
        fs::write(&path, value.to_string()).unwrap();
        path
    }

    /// An example that a command prints.
    pub fn template(&self, typed: &str) -> Value {
        let output = run("mulu", &words(typed, &["--template"]));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The answer to a question.
    pub fn ask(&self, typed: &str) -> Value {
        self.run(typed, &[])
    }

    /// Rows of a list.
    pub fn rows(&self, typed: &str) -> Vec<Value> {
        self.ask(typed)["rows"].as_array().unwrap().clone()
    }

    /// Signs an act, which is recorded as `kind`; the body of that record and its number are returned, the number as `record`.
    pub fn act(&self, who: &str, typed: &str, kind: &str) -> Value {
        let said = self.run(typed, &["--key", &self.key(who)]);
        let caused = said["caused"].as_array().unwrap();
        let found = caused.iter().find(|record| record["kind"] == kind);
        let found = found.unwrap_or_else(|| panic!("mulu {typed} caused no {kind}: {caused:#?}"));
        let mut body = found["decoded"].clone();
        body["record"] = found["number"].clone();
        body
    }

    /// What is said of an act that is refused, in English.
    pub fn refused(&self, who: &str, typed: &str) -> String {
        let key = self.key(who);
        let output = run("mulu", &words(typed, &["--url", &self.url, "--lang", "en", "--key", &key]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "mulu {typed} should have been refused; it said:\n{said}");
        said
    }

    /// Asks again and again until the answer is what `is_it` waits for.
    pub fn wait(&self, typed: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let answer = self.ask(typed);
            if is_it(&answer) {
                return answer;
            }
            assert!(started.elapsed() < PATIENCE, "mulu {typed} still says {answer:#}");
            thread::sleep(PAUSE);
        }
    }

    /// Public key of somebody.
    pub fn public_key(&self, who: &str) -> String {
        let shown = self.run(&format!("key show {}", self.key(who)), &[]);
        shown["public_key"].as_str().unwrap().to_owned()
    }

    /// Commits to a paper of these words, as `mulu papers commit` does; the commitment.
    pub fn papers(&self, paper: &str) -> String {
        let file = self.file(&json!(paper));
        self.ask(&format!("papers commit {file}"))["papers"].as_str().unwrap().to_owned()
    }

    /// How often something is counted of a department from `year` on: a chain of short days may see two years.
    pub fn count(&self, department: u32, kind: &str, year: u64) -> u64 {
        let of_year = |year| {
            let counters = self.ask(&format!("department counters {department} --year {year}"));
            let counts = counters["counts"].as_array().unwrap();
            counts.iter().find(|count| count["kind"] == kind).unwrap()["count"].as_u64().unwrap()
        };
        of_year(year) + of_year(year + 1)
    }

    /// The ledger's year.
    pub fn year(&self) -> u64 {
        self.ask("department counters 1")["year"].as_u64().unwrap()
    }

    /// An entry on its way from submission to publication by department 2; its id.
    pub fn publish(&self, content: &Value) -> u64 {
        let file = self.file(content);
        let submitted = self.act("d2-cataloguer", &format!("entry submit {file}"), "entry_submitted");
        let entry = submitted["entry"].as_u64().unwrap();
        self.act("d2-head", &format!("entry endorse {entry}"), "entry_endorsed");
        self.act("d1-reviewer", &format!("entry review {entry}"), "entry_reviewed");
        self.act("d1-reviewer", &format!("entry publish {entry}"), "entry_published");
        entry
    }

    /// What requests of these tests refer to: a published entry (1) of department 2, a purpose (1), the provider's platform (1), a
    /// business system (2) of department 3, which asks.
    pub fn ground(&self, content: &Value) {
        self.act("d1-supervisor", "purpose register --code BT-SH --name 补贴资格审核", "purpose_registered");
        let system = "system register --code SYS --name 系统";
        self.act("d2-admin", &format!("{system} --department 2 --kind platform"), "system_registered");
        self.act("d3-admin", &format!("{system} --department 3 --kind business"), "system_registered");
        assert_eq!(self.publish(content), 1);
    }

    /// A file with the terms of a request on that ground.
    pub fn terms(&self, scenario: &str, papers: Option<&str>) -> String {
        let mut terms = self.template("request submit");
        terms["scenario"] = json!(scenario);
        terms["papers"] = json!(papers);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        (terms["from"], terms["until"]) = (json!(now - DAY_MS), json!(now + 300 * DAY_MS));
        self.file(&terms)
    }

    /// Makes a request on that ground, which the consumer's officer endorses; its id.
    pub fn request(&self, scenario: &str) -> u64 {
        let file = self.terms(scenario, None);
        let created = self.act("d3-applicant", &format!("request submit {file}"), "request_created");
        let request = created["request"].as_u64().unwrap();
        self.act("d3-officer", &format!("request endorse {request}"), "request_endorsed");
        request
    }

    fn key(&self, who: &str) -> String {
        self.path(&format!("accounts/{who}.key"))
    }

    fn run(&self, typed: &str, further: &[&str]) -> Value {
        let output = run("mulu", &words(typed, &[further, &["--url", &self.url, "--json"]].concat()));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "mulu {typed}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// The example of an entry, shared with everybody who asks.
pub fn unconditional(mulu: &Mulu) -> Value {
    let mut content = mulu.template("entry submit");
    content["sharing"]["class"] = json!("unconditional");
    content["sharing"]["condition"] = json!("");
    for item in content["items"].as_array_mut().unwrap() {
        item["sharing"] = json!("unconditional");
    }
    content
}

/// Kinds of the records of a timeline.
pub fn acts_of(shown: &Value) -> Vec<&str> {
    shown["timeline"].as_array().unwrap().iter().map(|step| step["act"].as_str().unwrap()).collect()
}

fn words<'a>(typed: &'a str, further: &[&'a str]) -> Vec<&'a str> {
    typed.split_whitespace().chain(further.iter().copied()).collect()
}
