//! Bad input over RPC: a clear answer, nothing lost, and the node runs on.

use super::{act, block_on, folder, purpose, start, text, turn};
use codec::{Compact, Encode};
use jsonrpsee::core::client::{ClientT, Error as RpcError};
use mulu_client::{
    ClientError,
    calls::Call,
    connection::Connection,
    event::{Event, SealedValues},
    keys::Key,
    seal::{Place, SealedBatch, seal},
    submit::Submitter,
    terms::KnownTerms,
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, Side},
    catalog::Method,
    departments::SystemKind,
    ids::{DepartmentId, Digest32, EventNumber, Moment, StreamId, SystemId},
};
use mulu_rpc_api::{access::AccessClient, author::AuthorClient, codes, node::NodeClient};
use mulu_tests::{
    ledger::{Act, Ledger, head},
    people::People,
};
use sp_core::Bytes;

/// Code and data of an answer that must be a refusal.
fn refused<T: std::fmt::Debug>(answer: Result<T, RpcError>) -> (i32, String) {
    match answer.unwrap_err() {
        RpcError::Call(error) => {
            let data = error.data().map(|data| data.get().to_owned()).unwrap_or_default();
            (error.code(), format!("{} {data}", error.message()))
        }
        other => panic!("no answer: {other}"),
    }
}

async fn submit(connection: &Connection, bytes: Vec<u8>) -> (i32, String) {
    refused(connection.submit_extrinsic(Bytes(bytes)).await)
}

#[test]
fn processes_bad_extrinsics_and_methods_get_clear_answers() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (_network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let connection = lines.of(1);
        let idle = Key::random();
        let register = Call::register_account(&idle.public(), DepartmentId::new(1));
        act(&ledger, people.key(1, "admin"), register).await;
        let before = act(&ledger, people.key(1, "supervisor"), purpose(1)).await;

        // Undecodable: noise, a cut extrinsic, a length that lies.
        for bytes in [vec![], vec![0xff; 64], vec![4, 0x84], Compact(u32::MAX).encode()] {
            let (code, words) = submit(connection, bytes.clone()).await;
            assert!((1_000..1_100).contains(&code) || code == -32_602, "{bytes:?}: {code} {words}");
        }
        // Oversize.
        let (code, words) = submit(connection, vec![0_u8; 1024 * 1024 + 1].encode()).await;
        assert!(code != codes::INTERNAL, "{code} {words}");
        // Nested: as deep as it fits, in every way that bytes can be read as calls in calls.
        for byte in [0x00_u8, 0x04, 0x84, 0x0a, 0xfe] {
            let (code, words) = submit(connection, vec![byte; 200_000].encode()).await;
            assert!(code != codes::INTERNAL, "{byte:#x}: {code} {words}");
        }
        // A role is needed to submit at all.
        let stranger = ledger.submitter(1).unsigned(purpose(2), 0).await.unwrap().sign(&Key::random());
        let (code, words) = submit(connection, stranger.bytes).await;
        assert_eq!(code, codes::INVALID_TRANSACTION, "{words}");
        assert!(words.contains("role") || words.contains("not registered"), "{words}");
        // An account without a role is known, and may not even submit.
        let powerless = ledger.submitter(1).unsigned(purpose(2), 0).await.unwrap().sign(&idle);
        let (code, words) = submit(connection, powerless.bytes).await;
        assert_eq!(code, codes::INVALID_TRANSACTION, "{words}");
        assert!(words.contains("no role in force"), "{words}");
        // A signature over something else.
        let key = people.key(1, "supervisor");
        let nonce = ledger.submitter(1).next_nonce(&key.public()).await.unwrap();
        let mut turned = ledger.submitter(1).unsigned(purpose(3), nonce).await.unwrap().sign(key).bytes;
        turned[50] ^= 1;
        let (code, words) = submit(connection, turned).await;
        assert_eq!(code, codes::INVALID_TRANSACTION, "{words}");
        // An unknown method.
        let answer: Result<serde_json::Value, RpcError> =
            connection.request("ledger_doEverything", jsonrpsee::core::params::ArrayParams::new()).await;
        assert_eq!(refused(answer).0, -32_601);

        // The signer's own act, refused by the ledger with its reason.
        let again = ledger.submitter(1).submit(key, purpose(1)).await.unwrap_err();
        assert!(matches!(&again, ClientError::CallFailed { name, .. } if name == "PurposeCodeTaken"), "{again}");
        let after = act(&ledger, key, purpose(4)).await;
        assert_eq!(after.records[0].get(), before.records[0].get() + 1, "nothing else was recorded");
        let info = connection.info().await.unwrap();
        assert_eq!(info.pool.count, 0, "nothing of it waits");
    });
}

/// A stream of department 2's platform, ready for batches.
async fn open_stream(ledger: &Ledger<'_>, people: &People) -> (SystemId, StreamId) {
    let department = DepartmentId::new(2);
    let call = Call::register_system(department, SystemKind::Platform, &text("platform"), &text("platform"));
    ledger.act(Act { department: 2, key: people.key(2, "admin"), call }).await.unwrap();
    let platform = SystemId::new(1);
    let key = people.key(2, "platform");
    ledger.act(Act { department: 2, key, call: Call::open_stream(platform, false) }).await.unwrap();
    (platform, StreamId::new(1))
}

fn batch(identity: (Digest32, Digest32), first: u64, previous: Digest32, time: Moment, key: &Key) -> SealedBatch {
    let leaf = PublicLeaf {
        key: RunKey::Reporter(SystemId::new(1)),
        entry: None,
        provider: None,
        consumer: None,
        items: 0,
        authorising_system: None,
        using_system: None,
        purpose: None,
        method: Method::File,
        side: Side::Provider,
        time,
        duration_ms: 1,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 1,
        bytes: 1,
        call_id: first,
        pseudonym: None,
    };
    let events = vec![Event::new(leaf, SealedValues::default()), Event::new(leaf, SealedValues::default())];
    let place = BatchPlace { genesis: identity.0, stream: StreamId::new(1), first: EventNumber::new(first), previous };
    let place = Place { batch: place, domain: identity.1, floor: Moment::new(0) };
    seal(&place, events, &KnownTerms::default(), key).unwrap().batch
}

async fn send(submitter: &Submitter<'_>, key: &Key, batch: &SealedBatch) -> Result<(), ClientError> {
    submitter.submit(key, Call::submit_batch(&batch.header, &batch.signature, &batch.body)).await.map(drop)
}

#[test]
fn processes_a_batch_that_repeats_skips_or_lies_is_refused_and_the_cursor_stands() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (_network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let (_, stream) = open_stream(&ledger, &people).await;
        let key = people.key(2, "platform");
        let submitter = ledger.submitter(2);
        let identity = (lines.identity().genesis, lines.identity().domain());
        let time = lines.of(2).info().await.unwrap().head_moment.unwrap();
        let first = batch(identity, 1, [0; 32], time, key);
        send(submitter, key, &first).await.unwrap();
        let previous = first.header.digest();

        let mut turned = batch(identity, 3, previous, time, key);
        turned.signature[0] ^= 1;
        let mut cut = batch(identity, 3, previous, time, key);
        cut.body.pop();
        let cases = [
            ("repeated", first.clone()),
            ("skipping", batch(identity, 4, previous, time, key)),
            ("behind another batch", batch(identity, 3, [7; 32], time, key)),
            ("of another chain", batch(([9; 32], identity.1), 3, previous, time, key)),
            ("signed by another key", batch(identity, 3, previous, time, people.key(3, "platform"))),
            ("with a turned signature", turned),
            ("with a cut body", cut),
            ("from the future", batch(identity, 3, previous, Moment::new(time.get() + 86_400_000), key)),
        ];
        for (what, case) in cases {
            let refused = send(submitter, key, &case).await;
            let refused = refused.err().unwrap_or_else(|| panic!("a batch {what} was accepted"));
            let known = matches!(&refused, ClientError::CallFailed { pallet, .. } if pallet == "Access");
            assert!(known || matches!(refused, ClientError::Answered { .. }), "{what}: {refused}");
            let cursor = AccessClient::stream(lines.of(2), stream).await.unwrap().unwrap();
            assert_eq!((cursor.next.get(), cursor.last_digest.0), (3, previous), "{what}");
        }
        send(submitter, key, &batch(identity, 3, previous, time, key)).await.unwrap();
        let head = head(lines.of(2)).await.unwrap();
        lines.same_state(head).await.unwrap();
    });
}
