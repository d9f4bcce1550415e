//! The examples of the client library, as they stand in `client/examples`, against a network of real nodes.

use super::{
    block_on, folder,
    mulu::{Mulu, unconditional},
    shared_turn, start,
};
use mulu_client::{ClientError, keys::Key};
use mulu_proofs::{
    access::Series,
    catalog::EntryContent,
    genesis::GenesisFile,
    grants::GrantState,
    hash::blake2_256,
    ids::{EntryId, EventNumber, GrantId, Height, RecordNumber, RequestId, StreamId, Version},
    records::RecordKind,
};
use mulu_rpc_api::{
    access::EventRef,
    catalog::EntryRef,
    records::{RecordFilter, RecordsOf},
};
use serde_json::json;
use std::fs;

/// Each is a program; its `main` is not called here.
macro_rules! examples {
    ($($name:ident = $path:literal,)*) => {
        $(
            #[allow(dead_code, reason = "main belongs to the program")]
            #[path = $path]
            mod $name;
        )*
    };
}

examples! {
    approve_request = "../../../client/examples/approve_request.rs",
    audit_history = "../../../client/examples/audit_history.rs",
    follow_grants = "../../../client/examples/follow_grants.rs",
    read_state = "../../../client/examples/read_state.rs",
    submit_entry = "../../../client/examples/submit_entry.rs",
    verify_event = "../../../client/examples/verify_event.rs",
}

const ENTRY: EntryId = EntryId::new(1);
const GRANT: GrantId = GrantId::new(1);

#[test]
fn processes_the_examples_of_the_library_do_what_they_say() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (mut network, lines, people) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 1);
        let url = network.url(1);
        let genesis: GenesisFile =
            serde_json::from_str(&fs::read_to_string(mulu.path("genesis.json")).unwrap()).unwrap();

        // Submit an entry; the rest of its way by `mulu`.
        mulu.act("d1-supervisor", "purpose register --code BT-SH --name 补贴资格审核", "purpose_registered");
        let system = "system register --code SYS --name 系统";
        mulu.act("d2-admin", &format!("{system} --department 2 --kind platform"), "system_registered");
        mulu.act("d3-admin", &format!("{system} --department 3 --kind business"), "system_registered");
        let content: EntryContent = serde_json::from_value(unconditional(&mulu)).unwrap();
        let submitted = submit_entry::run(&url, people.key(2, "cataloguer"), &content).await.unwrap();
        assert!(!submitted.records.is_empty());
        mulu.act("d2-head", "entry endorse 1", "entry_endorsed");
        mulu.act("d1-reviewer", "entry review 1", "entry_reviewed");
        mulu.act("d1-reviewer", "entry publish 1", "entry_published");

        // Sign a request, step by step; a stranger's signature is refused by the ledger.
        let terms = mulu.terms("补贴资格审核", None);
        mulu.act("d3-applicant", &format!("request submit {terms}"), "request_created");
        let sign = async |key: &Key| approve_request::run(&url, key, RequestId::new(1)).await;
        assert!(matches!(
            sign(people.key(3, "applicant")).await,
            Err(ClientError::CallFailed { .. } | ClientError::Answered { .. })
        ));
        assert!(sign(people.key(3, "officer")).await.unwrap().is_some());
        let agreed = sign(people.key(2, "officer")).await.unwrap().unwrap();
        assert!(sign(people.key(2, "officer")).await.unwrap().is_none(), "it waits for nobody");
        mulu.act("d2-officer", "grant provision 1", "grant_provisioned");

        // Follow grants from the first record on, and go on where it stopped, at another node.
        let mut kinds = Vec::new();
        let next = follow_grants::run(&url, RecordNumber::new(1), |record| {
            kinds.push(record.kind);
            record.kind != RecordKind::GrantProvisioned
        });
        let next = next.await.unwrap();
        assert_eq!(kinds, [RecordKind::RequestAgreed, RecordKind::GrantProvisioned]);
        mulu.act("d2-officer", "grant suspend 1 --reason 核查", "grant_suspended");
        let mut later = None;
        let seen = |record: &mulu_rpc_api::records::Record| {
            later = Some(record.kind);
            false
        };
        follow_grants::run(&network.url(2), next, seen).await.unwrap();
        assert_eq!(later, Some(RecordKind::GrantSuspended));
        mulu.act("d2-officer", "grant resume 1 --reason 核查完毕", "grant_resumed");

        // Events, verified one by one and all together.
        mulu.act("d2-platform", "stream open --platform 1", "stream_opened");
        report(&mulu, &["a-1", "a-2", "a-3"]);
        let event = EventRef { stream: StreamId::new(1), event: EventNumber::new(2) };
        let facts = verify_event::run(&url, genesis.clone(), event).await.unwrap();
        assert_eq!((facts.series, facts.grant.as_ref().map(|grant| grant.grant)), (Series::Grant(GRANT), Some(GRANT)));
        let list = audit_history::run(&url, genesis.clone(), GRANT).await.unwrap();
        assert_eq!((list.totals.events, list.events.len()), (3, 3));

        // The state in the runtime's types, and what else is verified.
        let (height, entry, entries) = read_state::run(&url, genesis.clone(), ENTRY).await.unwrap();
        let entry = entry.unwrap();
        assert_eq!((entry.code, entry.published, entries), (content.code.clone(), Some(Version::new(1)), 1));
        assert!(height > agreed.height);
        let connection = lines.of(1);
        let verified = connection.verified(genesis.clone()).unwrap();
        let record = verified.record(agreed.records[0]).await.unwrap().unwrap();
        assert_eq!((record.record.number, record.height), (agreed.records[0], agreed.height));
        assert_eq!(verified.record(RecordNumber::new(1_000_000)).await.unwrap(), None);
        let proven = verified.entry(EntryRef::Id(ENTRY), None).await.unwrap();
        assert_eq!((proven.content, proven.filing.version), (content, Version::new(1)));
        let grant = verified.grant(GRANT).await.unwrap();
        assert_eq!((grant.state, grant.terms.grant), (Some(GrantState::Provisioned), GRANT));
        let other = GenesisFile { chain_id: "another".into(), ..genesis };
        let refused = connection.verified(other).unwrap().head().await;
        assert!(matches!(refused, Err(ClientError::Unverified { link: "certificate", .. })), "{refused:?}");
        let at = connection.at_height(Height::new(1)).await.unwrap();
        assert_eq!(at.height(), Height::new(1));
        assert!(matches!(connection.at_block(Some([9; 32])).await, Err(ClientError::NotFound { .. })));
        assert!(at.metadata().await.unwrap().starts_with(b"meta"));
        let code = at.raw(b":code").await.unwrap().unwrap();
        assert_ne!(blake2_256(&code), [0; 32]);

        // Following goes on across a node that is killed and comes back.
        let filter = RecordFilter { of: RecordsOf::Grant(GRANT), ..RecordFilter::default() };
        let mut follow = connection.follow(RecordNumber::new(1), filter);
        let mut numbers = Vec::new();
        while let Some(record) = follow.next_present().await.unwrap() {
            numbers.push(record.number);
        }
        network.kill(1);
        network.start_node(1).unwrap();
        network.wait_for(1).unwrap();
        mulu.act("d2-officer", "grant suspend 1 --reason 再核查", "grant_suspended");
        let suspended = follow.next().await.unwrap();
        assert_eq!(suspended.kind, RecordKind::GrantSuspended);
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]) && suspended.number > *numbers.last().unwrap());
    });
}

/// Reports a call under the grant for each request id, in one batch.
fn report(mulu: &Mulu, request_ids: &[&str]) {
    let now = mulu.ask("node info")["head_moment"].clone();
    let events = request_ids.iter().map(|id| {
        json!({
            "grant": 1, "grant_version": 1, "items": [0, 1], "authorising_system": 1, "using_system": 2, "purpose": 1,
            "method": "service_interface", "side": "provider", "time": now, "duration_ms": 12, "outcome": "ok", "calls": 1,
            "rows": 3, "bytes": 456, "request_id": id, "sealed": { "user": "u-9" },
        })
        .to_string()
    });
    let file = mulu.path("events.jsonl");
    fs::write(&file, events.collect::<Vec<_>>().join("\n")).unwrap();
    let (vault, key) = (mulu.path("d2.vault"), mulu.path("accounts/d2-platform.key"));
    mulu.ask(&format!("access report {file} --stream 1 --vault {vault} --key {key}"));
}
