//! Files from a machine that lies.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use mulu_proofs::{
    catalog::{List, Method, Secrecy},
    ids::{DepartmentId, DisputeId, GrantId, Moment, RequestId, Version},
    sharing::{RequestTerms, request_digest},
    text::Text,
};
use serde_json::Value;

const GENESIS: Digest32 = [3; 32];

fn terms() -> RequestTerms {
    RequestTerms {
        entry: EntryId::new(1),
        entry_version: Version::new(1),
        items: 3,
        consumer: DepartmentId::new(2),
        basis: Text::new("法").unwrap(),
        scenario: Text::default(),
        scope: Text::default(),
        method: Method::File,
        from: Moment::new(1),
        until: Moment::new(2),
        purposes: List::default(),
        matter: Text::default(),
        systems: List::default(),
        platforms: List::default(),
        calls_per_day: 1,
        rows_per_day: 1,
        papers: None,
    }
}

/// An agreement to request 7, which the key of `signer` is to sign.
fn agreement(signer: &Key) -> Act {
    let id = RequestId::new(7);
    let call = Call::agree_request(id, &request_digest(id, &terms()));
    Act { terms: Some(Terms::Request { id, terms: Box::new(terms()) }), ..act(signer, call) }
}

fn act(signer: &Key, call: Call) -> Act {
    let implicit = Implicit { spec_version: 1, transaction_version: 2, genesis: GENESIS, mortality: [4; 32] };
    let unsigned = Unsigned { call, era: Era::mortal(VALID_BLOCKS.into(), 5_000), nonce: 9, implicit };
    Act {
        chain: ChainIdentity { chain_id: "test".into(), genesis: GENESIS },
        signer: signer.public(),
        unsigned,
        block: BlockRef { height: Height::new(5_000), hash: Hex32([4; 32]) },
        valid_blocks: Some(VALID_BLOCKS),
        terms: None,
        signature: None,
    }
}

fn key() -> Key {
    Key::development("d1-officer")
}

/// The file of an act with one field changed.
fn with(act: &Act, field: &str, value: Value) -> Vec<u8> {
    let mut file: Value = serde_json::from_slice(&act.bytes()).unwrap();
    file[field] = value;
    serde_json::to_vec(&file).unwrap()
}

fn refused(bytes: &[u8]) -> ActRefused {
    match Act::parse(bytes).unwrap_err() {
        ClientError::Act(refused) => refused,
        other => panic!("{other}"),
    }
}

#[test]
fn an_act_is_written_read_signed_and_is_the_same_extrinsic_as_if_it_were_signed_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("act");
    let built = agreement(&key());
    built.write(&path).unwrap();
    assert!(built.write(&path).is_err(), "no file is written over");
    let read = Act::read(&path).unwrap();
    assert_eq!(read, built);
    assert!(matches!(read.signed(&GENESIS, (1, 2)), Err(ClientError::Act(ActRefused::Unsigned))));
    let digest = read.digest();
    let signed = read.sign(&key()).unwrap();
    signed.replace(&path).unwrap();
    let again = Act::read(&path).unwrap();
    assert!(again.is_signed() && again.digest() == digest);
    assert_eq!(again.signed(&GENESIS, (1, 2)).unwrap(), built.unsigned.sign(&key()));
    assert_eq!(again.heights(), Some((Height::new(5_000), Height::new(9_095))));
}

#[test]
fn payload_and_signature_may_be_parted() {
    let built = agreement(&key());
    let elsewhere = key().sign(&built.payload());
    assert_eq!(built.clone().with_signature(elsewhere).unwrap(), built.clone().sign(&key()).unwrap());
    let forged = Key::development("d1-head").sign(&built.payload());
    assert!(matches!(built.clone().with_signature(forged), Err(ClientError::Act(ActRefused::Signature))));
    let other = built.sign(&Key::development("d1-head"));
    assert!(matches!(other, Err(ClientError::Act(ActRefused::OtherSigner { .. }))));
}

#[test]
fn terms_that_are_shown_are_those_of_the_digest_that_is_signed() {
    let honest = agreement(&key());
    let mut wider = terms();
    wider.items = 1;
    for (what, changed) in [
        ("fewer items are shown", Some(Terms::Request { id: RequestId::new(7), terms: Box::new(wider) })),
        ("another request", Some(Terms::Request { id: RequestId::new(8), terms: Box::new(terms()) })),
        (
            "other kinds of terms",
            Some(Terms::Dispute { id: DisputeId::new(7), by: DepartmentId::new(1), terms: Text::new("x").unwrap() }),
        ),
    ] {
        let lie = Act { terms: changed, ..honest.clone() };
        assert!(matches!(refused(&lie.bytes()), ActRefused::TermsOther), "{what}");
    }
    let silent = Act { terms: None, ..honest.clone() };
    assert!(matches!(refused(&silent.bytes()), ActRefused::TermsMissing));
    let reason = Text::new("x").unwrap();
    let needless = Act { terms: honest.terms.clone(), ..act(&key(), Call::suspend_grant(GrantId::new(7), &reason)) };
    assert!(matches!(refused(&needless.bytes()), ActRefused::TermsOther), "terms of a call that has none");
    assert!(Act::parse(&honest.bytes()).is_ok());
}

#[test]
fn what_was_changed_after_it_was_signed_or_shown_is_another_act() {
    let shown = act(&key(), Call::suspend_grant(GrantId::new(7), &Text::new("x").unwrap()));
    let other = Call::suspend_grant(GrantId::new(8), &Text::new("x").unwrap());
    let signed = shown.clone().sign(&key()).unwrap();
    for (field, value) in [
        ("call", hex::encode(other.bytes()).into()),
        ("nonce", 10.into()),
        ("spec_version", 2.into()),
        ("transaction_version", 3.into()),
        ("genesis", "05".repeat(32).into()),
        ("block", serde_json::json!({"height": 5_001, "hash": "04".repeat(32)})),
        ("block", serde_json::json!({"height": 5_000, "hash": "05".repeat(32)})),
        ("valid_blocks", 2_048.into()),
        ("signer", hex::encode(Key::development("d1-head").public()).into()),
    ] {
        let parsed = Act::parse(&with(&shown, field, value.clone())).unwrap();
        assert!(field == "signer" || parsed.digest() != shown.digest(), "{field}");
        assert!(matches!(refused(&with(&signed, field, value)), ActRefused::Signature), "{field}");
    }
    assert!(Act::parse(&signed.bytes()).is_ok());
}

#[test]
fn an_act_of_another_chain_or_version_is_not_submitted() {
    let signed = agreement(&key()).sign(&key()).unwrap();
    assert!(matches!(signed.signed(&[5; 32], (1, 2)), Err(ClientError::OtherChain { .. })));
    assert!(matches!(signed.signed(&GENESIS, (2, 2)), Err(ClientError::Act(ActRefused::OtherVersion))));
    assert!(matches!(signed.signed(&GENESIS, (1, 1)), Err(ClientError::Act(ActRefused::OtherVersion))));
}

#[test]
fn a_period_fits_its_block_and_one_without_end_begins_at_genesis() {
    let honest = agreement(&key());
    for blocks in [0, 3, 5, 4_095, 8_192, u32::MAX] {
        assert!(matches!(refused(&with(&honest, "valid_blocks", blocks.into())), ActRefused::Period), "{blocks}");
    }
    assert!(matches!(refused(&with(&honest, "valid_blocks", Value::Null)), ActRefused::Period));
    let for_ever = Act {
        valid_blocks: None,
        block: BlockRef { height: Height::new(0), hash: Hex32(GENESIS) },
        unsigned: Unsigned {
            era: Era::Immortal,
            implicit: Implicit { mortality: GENESIS, ..honest.unsigned.implicit },
            ..honest.unsigned.clone()
        },
        ..honest
    };
    assert_eq!(Act::parse(&for_ever.bytes()).unwrap().heights(), None);
}

#[test]
fn what_is_no_act_is_refused_with_what_is_wrong() {
    let honest = agreement(&key());
    for (what, bytes) in [
        ("no JSON", b"act".to_vec()),
        ("another form", with(&honest, "mulu_act", 2.into())),
        ("a field too many", with(&honest, "note", "sign this".into())),
        ("a short signature", with(&honest, "signature", "00".into())),
        ("a short key", with(&honest, "signer", "00".into())),
    ] {
        assert!(matches!(refused(&bytes), ActRefused::Form { .. }), "{what}");
    }
    let call = honest.unsigned.call.bytes();
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("an unknown pallet", [&[200][..], &call[1..]].concat()),
        ("a call of Substrate's own", vec![0, 0, 0]),
        ("bytes behind the call", [call, &[0]].concat()),
        ("a call that is cut", call[..call.len() - 1].to_vec()),
    ] {
        assert!(matches!(refused(&with(&honest, "call", hex::encode(&bytes).into())), ActRefused::Call), "{what}");
    }
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long");
    std::fs::write(&long, vec![b' '; ACT_FILE_BYTES_MAX + 1]).unwrap();
    assert!(matches!(Act::read(&long), Err(ClientError::TooLarge { .. })));
}

#[test]
fn a_secret_is_signed_on_no_machine() {
    use crate::import::ckan::{Publication, map};
    let assessments =
        mulu_proofs::catalog::Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 };
    let publication = Publication { department: DepartmentId::new(1), assessments };
    let mut content = map(r#"{"name":"x","title":"T","organization":"A"}"#, |_| Some(publication)).unwrap().content;
    let open = act(&key(), Call::submit_entry(&content).unwrap());
    assert!(Act::parse(&open.bytes()).is_ok());
    content.classification.secrecy = Secrecy::StateSecret;
    let bytes = [open.unsigned.call.bytes()[..2].to_vec(), codec::Encode::encode(&content)].concat();
    let secret = Act::parse(&with(&open, "call", hex::encode(bytes).into()));
    assert!(matches!(secret, Err(ClientError::Secret(_))));
}
