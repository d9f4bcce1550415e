//! A node that answers what a check asks.

use jsonrpsee::{RpcModule, server::Server, types::ErrorObjectOwned};
use mulu_proofs::ids::Height;
use mulu_rpc_api::{Page, records::Record};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr};

/// What the node says, by method.
pub type Answers = BTreeMap<&'static str, Value>;

/// The platform's key.
pub fn key() -> String {
    hex::encode(mulu_client::keys::Key::development("platform").public())
}

/// A chain on which all is well: account, stream 1 of platform 7, grant 3, which names it.
pub fn well() -> Answers {
    let role = json!({
        "department": 2, "role": "platform", "given": 5, "confirmed": null, "is_pending": false, "expires": 4_102_444_800_000_u64,
        "principal": null, "scope": "everything", "basis": "", "giver": null, "is_in_force": true, "obstacle": null,
    });
    let account = json!({
        "account": key(), "department": 2, "nonce": 0, "roles": [role], "replaced_by": null, "replaces": null, "reported_lost": null,
    });
    let stream = json!({
        "id": 1, "platform": 7, "department": 2, "reconciles": false, "key": key(), "next": 1, "last_digest": "00".repeat(32),
        "time_base": 0, "is_open": true, "is_halted": false, "opened": 9, "closed": null,
    });
    [
        ("node_info", info()),
        ("departments_account", account),
        ("access_stream", stream),
        ("sharing_grant", grant()),
        ("catalog_content", Value::Null),
        ("records_list", json!(Page::<Record>::new(Vec::new(), None, Height::new(6)))),
    ]
    .into()
}

/// Grant 3, with one version.
pub fn grant() -> Value {
    let terms = json!({
        "grant": 3, "version": 1, "request": 1, "provider": 2, "consumer": 4, "entry": 6, "entry_version": 1, "items": 5,
        "method": "service_interface", "from": 0, "until": 4_102_444_800_000_u64, "purposes": [1], "systems": [9], "platforms": [7],
        "calls_per_day": 1000, "rows_per_day": 1000,
    });
    json!({
        "id": 3, "state": "provisioned", "in_force": "active", "request": 1, "versions": [{ "terms": terms, "record": 20 }],
        "transitions": [], "timeline": [],
    })
}

/// Listens; it goes with the test's runtime.
pub async fn start(answers: Answers) -> SocketAddr {
    let mut module = RpcModule::new(answers);
    for method in
        ["node_info", "departments_account", "access_stream", "sharing_grant", "catalog_content", "records_list"]
    {
        let answer = move |_: jsonrpsee::types::Params<'_>, answers: &Answers, _: &_| {
            let none = || ErrorObjectOwned::owned(4_003, "this node says nothing", None::<()>);
            answers.get(method).cloned().ok_or_else(none)
        };
        module.register_method(method, answer).unwrap();
    }
    let server = Server::builder().build("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let handle = server.start(module);
    tokio::spawn(handle.stopped());
    address
}

fn info() -> Value {
    json!({
        "chain_id": "fake", "chain_type": "Development", "genesis_hash": "09".repeat(32),
        "head": { "height": 6, "hash": "07".repeat(32) }, "head_moment": null, "index_height": 6, "oldest_state": 0,
        "validators": [], "quorum": 1, "version": "0", "name": "fake", "peers": 0, "pool": { "count": 0, "bytes": 0 },
        "disk": { "total": 0, "bodies": 0, "write_ahead_log": 0, "columns": [] },
    })
}
