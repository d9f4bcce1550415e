//! A body that is marked as a secret reaches no node's disk and no log, whichever way it is sent; and the search that says so finds the body
//! of an entry that was accepted.

use super::{block_on, folder, mulu::Mulu, shared_turn};
use codec::{Compact, Encode};
use jsonrpsee::{
    core::{
        client::{ClientT, Error as RpcError},
        params::BatchRequestBuilder,
    },
    http_client::HttpClient,
    rpc_params,
};
use mulu_client::{calls::Call, extrinsic::Unsigned, keys::Key};
use mulu_proofs::{
    catalog::{EntryContent, Secrecy},
    evidence::calls::call_index,
    hash::blake2_256,
    ids::{EntryId, Height, Version},
    records::RecordKind,
};
use mulu_rpc_api::{author::AuthorClient, codes, state::StateClient};
use mulu_storage::{Options, Store};
use mulu_tests::{
    bridge::metric,
    http::Request,
    ledger::{Act, Ledger, Lines, head, wait_for_all},
    network::Network,
    people::People,
};
use serde_json::json;
use sp_core::Bytes;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Stands in the body of every secret entry. Without any repetition, so that a compressed table holds it as it is.
const SECRET: &str = "q7Zk0xW3vNf9RbT1";
/// Stands in the body of the entry that is accepted.
const OPEN: &str = "h4Jm8yC2uPe6LdS5";
/// All that the parts that see an extrinsic could say.
const LOG: &str = "debug,jsonrpsee-server=trace,jsonrpsee-core=trace,mulu_node=trace,mulu_rpc=trace,mulu_executor=trace,\
                   mulu_pool=trace,mulu_peers=trace,mulu_consensus=trace,mulu_storage=trace";

#[test]
fn processes_a_secret_body_reaches_no_disk_and_no_log_whichever_way_it_is_sent() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let mut network = Network::create(folder.path(), 4, true).unwrap();
        network.log(LOG);
        network.start_all().unwrap();
        wait_for_all(&mut network).await.unwrap();
        let lines = Lines::open(&network).await.unwrap();
        let people = People::read(folder.path()).unwrap();
        let ledger = Ledger::new(&lines).await.unwrap();

        mulu_refuses(&network);
        let bodies = [Secrecy::WorkSecret, Secrecy::StateSecret].map(secret);
        let key = people.key(2, "cataloguer");
        for department in 1..=4 {
            for body in &bodies {
                let draft = draft(&ledger, department, key).await;
                let signed = signed(&draft, key, &submit_call(body));
                try_every_way(&network, &lines, department, &signed).await;
                // Neither signature nor form are looked at first.
                let mut turned = signed.clone();
                turned[60] ^= 1;
                refused(lines.of(department).submit_extrinsic(Bytes(turned)).await);
                let unsigned = [&[4][..], &submit_call(body)].concat().encode();
                refused(lines.of(department).submit_extrinsic(Bytes(unsigned)).await);
            }
        }

        // The same bytes but for the marking are an entry like any other.
        let open = open();
        let draft = draft(&ledger, 2, key).await;
        let bytes = signed(&draft, key, &submit_call(&open));
        lines.of(2).submit_extrinsic(Bytes(bytes)).await.unwrap();
        let endorse = Call::endorse_entry(EntryId::new(1), Version::new(1), &open.digest());
        wait_for_the_entry(&network);
        let receipt = ledger.act(Act { department: 2, key: people.key(2, "head"), call: endorse }).await.unwrap();
        lines.same_state(receipt.height).await.unwrap();
        for connection in lines.all() {
            assert!(connection.pending_extrinsics().await.unwrap().is_empty());
        }
        let height = head(lines.of(1)).await.unwrap();
        lines.settle(height).await.unwrap();
        drop(ledger);
        for node in 1..=4 {
            let measured = metrics(&network, node);
            let at = metric(&measured, "mulu_block_height", &[]);
            assert!(at >= f64::from(height.get()), "node {node} is at {at}:\n{measured}");
            assert!(
                metric(&measured, "mulu_votes", &[]) > 0.5 && measured.contains("node_safety_failure"),
                "{measured}"
            );
            assert!(![SECRET, OPEN].iter().any(|marker| measured.contains(marker)), "{measured}");
        }
        network.stop();
        for node in 1..=4 {
            nothing_of_it_is_kept(&network.home(node));
        }
    });
}

fn content(marker: &str, secrecy: Secrecy) -> EntryContent {
    let mut content: EntryContent = serde_json::from_value(template()).unwrap();
    content.classification.secrecy = secrecy;
    content.name = super::text(&format!("{marker}名称"));
    // Over 1 KiB, so that the extrinsic goes into the body log.
    content.summary = super::text(&format!("摘要{marker}{}", "说明".repeat(300)));
    content
}

fn template() -> serde_json::Value {
    let output = super::run("mulu", &["entry", "submit", "--template"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn secret(secrecy: Secrecy) -> EntryContent {
    content(SECRET, secrecy)
}

fn open() -> EntryContent {
    content(OPEN, Secrecy::None)
}

/// The command refuses before anything leaves the machine.
fn mulu_refuses(network: &Network) {
    let mulu = Mulu::at(network, 1);
    for secrecy in ["work_secret", "state_secret"] {
        let mut body = template();
        body["summary"] = json!(SECRET);
        body["classification"]["secrecy"] = json!(secrecy);
        let file = mulu.file(&body);
        let refused = mulu.refused("d2-cataloguer", &format!("entry submit {file}"));
        assert!(refused.contains("art. 3") && !refused.contains(SECRET), "{refused}");
    }
}

/// The call that the client library does not build.
fn submit_call(body: &EntryContent) -> Vec<u8> {
    [&call_index(RecordKind::EntrySubmitted).unwrap()[..], &body.encode()].concat()
}

/// Era, nonce and implicit values for the cataloguer's next act.
async fn draft(ledger: &Ledger<'_>, department: u32, key: &Key) -> Unsigned {
    let submitter = ledger.submitter(department);
    let nonce = submitter.next_nonce(&key.public()).await.unwrap();
    submitter.unsigned(super::purpose(1), nonce).await.unwrap()
}

/// An extrinsic that is right in every respect, by somebody else's program.
fn signed(draft: &Unsigned, key: &Key, call: &[u8]) -> Vec<u8> {
    let extra = (draft.era, Compact(draft.nonce)).encode();
    let payload = [call, &extra[..], &draft.implicit.encode()[..]].concat();
    let payload = if payload.len() > 256 { blake2_256(&payload).to_vec() } else { payload };
    let signature = key.sign(&payload);
    [&[0x84, 0][..], &key.public(), &[0], &signature, &extra, call].concat().encode()
}

fn refused<T: std::fmt::Debug>(answer: Result<T, RpcError>) {
    let RpcError::Call(error) = answer.unwrap_err() else { panic!("no answer") };
    assert_eq!(error.code(), codes::SECRET, "{error}");
    let words = format!("{error:?}");
    assert!(words.contains("art. 3") && words.contains("not kept") && !words.contains(SECRET), "{words}");
}

/// Over WebSocket and HTTP, alone, watched, among other calls of one batch, and as an argument of a question.
async fn try_every_way(network: &Network, lines: &Lines, department: u32, extrinsic: &[u8]) {
    let connection = lines.of(department);
    refused(connection.submit_extrinsic(Bytes(extrinsic.to_vec())).await);
    refused(connection.watch_extrinsic(Bytes(extrinsic.to_vec())).await.map(|_| ()));

    let url = format!("http://{}", network.rpc_address(department as usize));
    let client = HttpClient::builder().build(url).unwrap();
    refused(client.submit_extrinsic(Bytes(extrinsic.to_vec())).await);
    let mut batch = BatchRequestBuilder::new();
    batch.insert("node_info", rpc_params![]).unwrap();
    batch.insert("author_submitExtrinsic", rpc_params![Bytes(extrinsic.to_vec())]).unwrap();
    batch.insert("author_pendingExtrinsics", rpc_params![]).unwrap();
    let answers = client.batch_request::<serde_json::Value>(batch).await.unwrap();
    let answers: Vec<_> = answers.into_iter().collect();
    let refusal = answers[1].as_ref().unwrap_err();
    assert_eq!(refusal.code(), codes::SECRET, "{refusal}");
    assert!(!format!("{answers:?}").contains(&hex::encode(SECRET)), "nobody is shown it");

    // A question changes nothing, whatever the answer is; but it could be logged.
    let arguments = [&[0][..], extrinsic, &lines.identity().genesis[..]].concat();
    for method in ["TaggedTransactionQueue_validate_transaction", "Core_execute_block", "BlockBuilder_apply_extrinsic"]
    {
        let _ = StateClient::call(connection, method.to_owned(), Bytes(arguments.clone()), None).await;
    }
}

fn wait_for_the_entry(network: &Network) {
    let mulu = Mulu::at(network, 2);
    mulu.wait("entry list", |page| page["rows"].as_array().is_some_and(|rows| rows.len() == 1));
}

/// Every byte below a node's home, then everything that its storage reads, then the tables into which opening has flushed the rest.
fn nothing_of_it_is_kept(home: &Path) {
    let found = |marker| files_with(home, marker);
    assert_eq!(found(SECRET), Vec::<PathBuf>::new());
    let bodies = home.join("data/bodies.log");
    assert!(found(OPEN).contains(&bodies), "the search does not find what is there: {:?}", found(OPEN));

    let (mut secret, mut open) = (0, 0);
    let store = Store::open(home.join("data"), Options::default()).unwrap();
    let mut see = |bytes: &[u8]| {
        secret += usize::from(holds(bytes, SECRET.as_bytes()));
        open += usize::from(holds(bytes, OPEN.as_bytes()));
    };
    for height in 1..=store.head().0.number {
        let height = Height::new(height);
        for extrinsic in &store.block(height).unwrap().unwrap().extrinsics {
            see(extrinsic.bytes());
        }
        store.records_of_block(height).unwrap().unwrap().iter().for_each(|record| see(record));
        for undecided in store.undecided(height).unwrap() {
            undecided.block.extrinsics.iter().for_each(|extrinsic| see(extrinsic.bytes()));
        }
    }
    let mut from = None;
    loop {
        let rows = store.index_scan(&[], from.as_deref(), 1_000, false).unwrap();
        rows.iter().for_each(|row| see(&[&row.key[..], &row.value].concat()));
        let Some(last) = rows.last().filter(|_| rows.len() == 1_000) else { break };
        from = Some([&last.key[..], &[0]].concat());
    }
    drop(store);
    assert_eq!(secret, 0);
    assert!(open >= 2, "extrinsic and record of the entry that was accepted");

    assert_eq!(found(SECRET), Vec::<PathBuf>::new());
    let is_table = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "sst");
    assert!(found(OPEN).iter().any(is_table), "the search reads tables: {:?}", found(OPEN));
}

/// What a node measures of itself.
pub fn metrics(network: &Network, node: usize) -> String {
    let answer = Request::get("/metrics").send(network.rpc_address(node)).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Files below a folder that hold a marker, as text or in hexadecimal, which is how JSON has bytes.
fn files_with(folder: &Path, marker: &str) -> Vec<PathBuf> {
    let forms = [marker.to_owned(), hex::encode(marker), hex::encode_upper(marker)];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, marker));
        } else {
            let bytes = fs::read(&path).unwrap();
            if forms.iter().any(|form| holds(&bytes, form.as_bytes())) {
                found.push(path);
            }
        }
    }
    found
}

fn holds(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}
