//! A small ledger made by hand, with real keys: four validators, one change of their set, two departments that share, one batch.
//!
//! Tests change any part of it and have everything recomputed that needs no key ([`World::package`]).

#![allow(dead_code, reason = "each test program uses its part")]

pub mod batches;
pub mod content;

use codec::{Compact, Decode, Encode};
use ed25519_zebra::SigningKey;
use mulu_proofs::{
    access::{PublicLeaf, Sealed, SealedField},
    certificate::{Certificate, CommitSignature, Validator, ValidatorSet, precommit_bytes, vote_for},
    departments::{AccountKey, Role, RoleConfirmed, RoleGiven, SignedAs},
    evidence::{
        Claim, EventProof, FilingProof, FinalHeader, Package, ProvenHeader, ProvenRecord, Revealed, SealedProof,
        SetChange, SignedAct,
        calls::{expected_call, signed_as},
        package::{MAGIC, VERSION},
    },
    extrinsic::{Implicit, SignedExtrinsic},
    genesis::GenesisFile,
    hash::{Suite, TreeKind, blake2_256},
    header::{
        HISTORY_ENGINE_ID, History, NextValidators, RECORDS_ENGINE_ID, RecordLog, VALIDATORS_ENGINE_ID, history_leaf,
    },
    ids::{DepartmentId, Digest32, EntryId, Height, Moment, PublicKey, RecordNumber, Version},
    records::{Record, RecordKind},
    tree,
};
use std::collections::{BTreeMap, BTreeSet};

/// Block time of genesis.
pub const EPOCH: u64 = 1_790_000_000_000;
/// End of every role.
pub const EXPIRES: Moment = Moment::new(EPOCH + 1_000_000_000);

/// A key from one byte.
pub fn key(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}

/// The public half of [`key`].
pub fn account(seed: u8) -> PublicKey {
    key(seed).verification_key().into()
}

#[derive(Clone, Default)]
pub struct Block {
    pub records: Vec<Record>,
    pub next: Option<Vec<u8>>,
}

#[derive(Clone)]
pub struct World {
    pub genesis: GenesisFile,
    /// `blocks[h]` is the block of height h; the first is genesis.
    pub blocks: Vec<Block>,
    pub acts: BTreeMap<RecordNumber, (Vec<u8>, Implicit)>,
    pub roles: BTreeMap<(PublicKey, Role, DepartmentId), (RecordNumber, Option<RecordNumber>)>,
    pub events: Vec<(PublicLeaf, Sealed)>,
    pub next_number: u64,
    /// State root of every header but that of genesis.
    pub state_root: Digest32,
}

/// A validator set of the keys that the bytes stand for, one department each.
pub fn set_of(seeds: &[u8]) -> ValidatorSet {
    let validators = seeds
        .iter()
        .zip(1..)
        .map(|(seed, department)| Validator { key: account(*seed), department: DepartmentId::new(department) });
    ValidatorSet::new(validators.collect()).expect("different keys")
}

/// State root of genesis, and of what follows where nothing rests on it.
const STATE_ROOT: Digest32 = [7; 32];

/// SCALE of a header.
pub fn header(parent: Digest32, height: u32, items: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    header_over(parent, height, STATE_ROOT, items)
}

/// SCALE of a header over a state.
fn header_over(parent: Digest32, height: u32, state_root: Digest32, items: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut bytes = (parent, Compact(height), state_root, [8u8; 32]).encode();
    Compact(u32::try_from(items.len()).expect("few")).encode_to(&mut bytes);
    for (engine, data) in items {
        (4u8, engine, data).encode_to(&mut bytes);
    }
    bytes
}

fn announces(set: &ValidatorSet) -> ([u8; 4], Vec<u8>) {
    (VALIDATORS_ENGINE_ID, NextValidators { suite: Suite::default(), digest: set.digest() }.encode())
}

/// A certificate by the keys that `seeds` stand for.
pub fn certify(genesis: &GenesisFile, height: u32, header: &[u8], seeds: &[u8]) -> Certificate {
    let (height, header_hash) = (Height::new(height), blake2_256(header));
    let vote = precommit_bytes(&genesis.domain(), height, 0, &header_hash);
    let mut signatures: Vec<CommitSignature> = seeds
        .iter()
        .map(|seed| {
            let validator = account(*seed);
            CommitSignature { validator, signature: key(*seed).sign(&vote_for(&vote, &validator)).to_bytes() }
        })
        .collect();
    signatures.sort_by_key(|signed| signed.validator);
    Certificate { suite: Suite::default(), height, round: 0, header_hash, signatures }
}

/// The extrinsic of a call, signed by the key of `seed`.
pub fn extrinsic(seed: u8, call: &[u8], implicit: &Implicit) -> Vec<u8> {
    let extra = [0u8, 4];
    let mut payload = [call, &extra[..], &implicit.encode()].concat();
    if payload.len() > 256 {
        payload = blake2_256(&payload).to_vec();
    }
    unsigned_form(account(seed), key(seed).sign(&payload).to_bytes(), &extra, call)
}

/// An extrinsic of these parts, whatever the signature is worth.
pub fn unsigned_form(signer: PublicKey, signature: [u8; 64], extra: &[u8], call: &[u8]) -> Vec<u8> {
    let body = [&[0x84, 0], &signer[..], &[0], &signature[..], extra, call].concat();
    body.encode()
}

impl World {
    /// Chain with genesis block and nothing else.
    pub fn empty(chain_id: &str) -> Self {
        let validators = set_of(&[1, 2, 3, 4]);
        let genesis = GenesisFile {
            chain_id: chain_id.into(),
            header: header([0; 32], 0, &[announces(&validators)]),
            validators,
            suite: Suite::default(),
        };
        let (acts, roles) = (BTreeMap::new(), BTreeMap::new());
        let blocks = vec![Block::default()];
        Self { genesis, blocks, acts, roles, events: Vec::new(), next_number: 1, state_root: STATE_ROOT }
    }

    pub fn implicit(&self) -> Implicit {
        let genesis = self.genesis.hash();
        Implicit { spec_version: 1, transaction_version: 1, genesis, mortality: genesis }
    }

    pub fn now(&self) -> Moment {
        Moment::new(EPOCH + self.blocks.len() as u64 * 1_000)
    }

    /// Appends a record to the newest block; its call is signed by `seed`, if that is given.
    pub fn record(&mut self, kind: RecordKind, department: u32, seed: Option<u8>, body: &impl Encode) -> RecordNumber {
        let number = RecordNumber::new(self.next_number);
        self.next_number += 1;
        let mut record = Record {
            suite: Suite::default(),
            version: Record::VERSION,
            number,
            kind,
            moment: self.now(),
            department: DepartmentId::new(department),
            signer: seed.map(account),
            extrinsic: None,
            subjects: Vec::new(),
            body: body.encode(),
        };
        if let Some(seed) = seed {
            let call = expected_call(&record).unwrap_or_else(|| vec![13, 1, 0]);
            let extrinsic = extrinsic(seed, &call, &self.implicit());
            record.extrinsic = Some(blake2_256(&extrinsic));
            if kind != RecordKind::BatchAccepted {
                self.acts.insert(number, (extrinsic, self.implicit()));
            }
        }
        self.blocks.last_mut().expect("genesis").records.push(record);
        number
    }

    /// Gives a role; `by` is none for genesis.
    pub fn give(&mut self, by: Option<u8>, seed: u8, role: Role, department: u32) -> RecordNumber {
        let holder = account(seed);
        let id = DepartmentId::new(department);
        let pending = by.is_some() && role.needs_second_signature();
        let body = RoleGiven { pending, ..RoleGiven::in_genesis(holder, id, role, EXPIRES) };
        let number = self.record(RecordKind::RoleGiven, if by.is_some() { department } else { 0 }, by, &body);
        self.roles.insert((holder, role, id), (number, None));
        number
    }

    /// Confirms a role that `given` gave.
    pub fn confirm(&mut self, by: (u8, Role, u32), seed: u8, role: Role, department: u32) -> RecordNumber {
        let id = DepartmentId::new(department);
        let place = (account(seed), role, id);
        let given = self.roles[&place].0;
        let signed_as = self.signed_as(by.0, by.1, by.2);
        let body = RoleConfirmed { account: account(seed), department: id, role, given, signed_as };
        let number = self.record(RecordKind::RoleConfirmed, by.2, Some(by.0), &body);
        self.roles.insert(place, (given, Some(number)));
        number
    }

    pub fn signed_as(&self, seed: u8, role: Role, department: u32) -> SignedAs {
        let department = DepartmentId::new(department);
        let (given, confirmed) = self.roles[&(account(seed), role, department)];
        SignedAs { role, department, given, confirmed, expires: EXPIRES, principal: None }
    }

    pub fn next_block(&mut self) {
        self.blocks.push(Block::default());
    }

    pub fn get(&self, number: RecordNumber) -> &Record {
        self.blocks.iter().flat_map(|block| &block.records).find(|r| r.number == number).expect("recorded")
    }

    pub fn get_mut(&mut self, number: RecordNumber) -> &mut Record {
        let mut records = self.blocks.iter_mut().flat_map(|block| &mut block.records);
        records.find(|r| r.number == number).expect("recorded")
    }

    /// Numbers of all records of a kind.
    pub fn all(&self, kind: RecordKind) -> Vec<RecordNumber> {
        self.blocks.iter().flat_map(|block| &block.records).filter(|r| r.kind == kind).map(|r| r.number).collect()
    }

    /// The `nth` record of a kind.
    pub fn nth(&self, kind: RecordKind, nth: usize) -> RecordNumber {
        self.all(kind)[nth]
    }

    /// The record that asked for data last, which an agreement names; 0 if none did.
    pub fn asked(&self) -> RecordNumber {
        let kinds = [RecordKind::RequestCreated, RecordKind::RequestResubmitted];
        kinds.into_iter().flat_map(|kind| self.all(kind)).max().unwrap_or_default()
    }

    /// Changes a record's body; the act behind it stays as it was signed.
    pub fn edit<B: Encode + Decode>(&mut self, number: RecordNumber, change: impl FnOnce(&mut B)) {
        let record = self.get_mut(number);
        let mut body: B = record.body_as().expect("its own type");
        change(&mut body);
        record.body = body.encode();
    }

    /// Puts the call that the record now says into the act, under the old signature, and the new hash into the record.
    pub fn forge_call(&mut self, number: RecordNumber) {
        let record = self.get(number).clone();
        let (bytes, implicit) = self.acts[&number].clone();
        let old = SignedExtrinsic::read(&bytes).expect("well formed");
        let call = expected_call(&record).expect("a call");
        let forged = unsigned_form(old.signer, old.signature, old.extra, &call);
        self.get_mut(number).extrinsic = Some(blake2_256(&forged));
        self.acts.insert(number, (forged, implicit));
    }

    /// Signs the call that the record now says anew with the key of `seed`.
    pub fn sign_again(&mut self, number: RecordNumber, seed: u8) {
        self.get_mut(number).signer = Some(account(seed));
        let call = expected_call(self.get(number)).expect("a call");
        let bytes = extrinsic(seed, &call, &self.implicit());
        self.get_mut(number).extrinsic = Some(blake2_256(&bytes));
        self.acts.insert(number, (bytes, self.implicit()));
    }

    /// Headers of all blocks, with the roots of what the blocks hold now.
    pub fn headers(&self) -> Vec<Vec<u8>> {
        let mut headers = vec![self.genesis.header.clone()];
        let mut history = tree::Peaks::default();
        for (height, block) in self.blocks.iter().enumerate().skip(1) {
            let parent = blake2_256(&headers[height - 1]);
            history.push(TreeKind::History, history_leaf(Height::new(height as u32 - 1), &parent));
            let leaves: Vec<Digest32> = block.records.iter().map(Record::leaf).collect();
            let before: usize = self.blocks[..height].iter().map(|block| block.records.len()).sum();
            let log = RecordLog {
                suite: Suite::default(),
                first: block.records.first().map_or(before as u64 + 1, |record| record.number.get()),
                count: leaves.len() as u32,
                root: tree::root(TreeKind::Records, &leaves),
            };
            let history = History { suite: Suite::default(), root: history.root(TreeKind::History) };
            let mut items = vec![(RECORDS_ENGINE_ID, log.encode()), (HISTORY_ENGINE_ID, history.encode())];
            items.extend(block.next.as_ref().map(|seeds| announces(&set_of(seeds))));
            headers.push(header_over(parent, height as u32, self.state_root, &items));
        }
        headers
    }

    /// Records that the event at `place` of the batch needs, roles and names included.
    pub fn needed(&self, wanted: impl Fn(&Record) -> bool) -> BTreeSet<RecordNumber> {
        let all = || self.blocks.iter().flat_map(|block| &block.records);
        let mut open: Vec<RecordNumber> = all().filter(|record| wanted(record)).map(|record| record.number).collect();
        let mut numbers = BTreeSet::new();
        while let Some(number) = open.pop() {
            if numbers.insert(number)
                && let Some(signed_as) = signed_as(self.get(number))
            {
                open.push(signed_as.given);
                open.extend(signed_as.confirmed);
            }
        }
        numbers
    }

    /// The package of the event at `place`, with these records, everything recomputed and signed by the validators in force.
    pub fn package(&self, place: usize, numbers: &BTreeSet<RecordNumber>, revealed: &[SealedField]) -> Package {
        let headers = self.headers();
        let tip_height = headers.len() - 1;
        let history: Vec<Digest32> =
            (0..tip_height).map(|h| history_leaf(Height::new(h as u32), &blake2_256(&headers[h]))).collect();
        let mut in_force = vec![1, 2, 3, 4];
        let mut sets = Vec::new();
        let (mut shown, mut records, mut acts) = (Vec::new(), Vec::new(), Vec::new());
        let mut batch = 0;
        for (height, block) in self.blocks.iter().enumerate() {
            if let Some(seeds) = block.next.as_ref().filter(|_| height > 0 && height < tip_height) {
                let certificate = certify(&self.genesis, height as u32, &headers[height], &in_force);
                sets.push(SetChange { header: headers[height].clone(), certificate, set: set_of(seeds) });
                in_force.clone_from(seeds);
            }
            let leaves: Vec<Digest32> = block.records.iter().map(Record::leaf).collect();
            for (index, record) in block.records.iter().enumerate().filter(|(_, r)| numbers.contains(&r.number)) {
                if shown.last() != Some(&height) {
                    shown.push(height);
                }
                if record.kind == RecordKind::BatchAccepted {
                    batch = records.len() as u32;
                }
                if let Some((extrinsic, implicit)) = self.acts.get(&record.number) {
                    acts.push(SignedAct {
                        record: records.len() as u32,
                        extrinsic: extrinsic.clone(),
                        implicit: *implicit,
                    });
                }
                let path = tree::path(TreeKind::Records, &leaves, index).expect("in the block");
                records.push(ProvenRecord { header: shown.len() as u32 - 1, path, record: record.encode() });
            }
        }
        let headers_shown = shown.iter().map(|height| ProvenHeader {
            header: headers[*height].clone(),
            path: tree::path(TreeKind::History, &history, *height),
        });
        let tip = headers[tip_height].clone();
        let certificate = certify(&self.genesis, tip_height as u32, &tip, &in_force);
        Package {
            magic: MAGIC,
            version: VERSION,
            suite: Suite::default(),
            chain_id: self.genesis.chain_id.as_bytes().to_vec(),
            sets,
            headers: headers_shown.collect(),
            tip: FinalHeader { header: tip, certificate },
            records,
            acts,
            claim: Claim::Event(self.event(batch, place, revealed)),
        }
    }

    /// The filing certificate of version 1 of entry 1, with these records.
    pub fn filing(&self, numbers: &BTreeSet<RecordNumber>) -> Package {
        let filing = FilingProof { entry: EntryId::new(1), version: Version::new(1) };
        Package { claim: Claim::Filing(filing), ..self.package(0, numbers, &[]) }
    }

    fn event(&self, batch: u32, place: usize, revealed: &[SealedField]) -> EventProof {
        let public: Vec<Digest32> = self.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
        let sealed: Vec<Digest32> = self.events.iter().map(|(leaf, sealed)| sealed.leaf(&leaf.leaf())).collect();
        let (leaf, mine) = &self.events[place];
        let shown = revealed.iter().map(|field| Revealed {
            field: *field,
            salt: field.salt(&mine.secret),
            value: mine.values[*field as usize].clone(),
        });
        EventProof {
            batch,
            leaf: leaf.bytes(),
            path: tree::path(TreeKind::PublicEvents, &public, place).expect("in the batch"),
            sealed: Some(SealedProof {
                commitments: mine.commitments(),
                path: tree::path(TreeKind::SealedEvents, &sealed, place).expect("in the batch"),
                revealed: shown.collect(),
            }),
        }
    }
}

/// Takes the validators' signatures of `honest` over to `forged`: what a forger without their keys can do.
pub fn keep_signatures(forged: &mut Package, honest: &Package) {
    forged.tip.certificate.signatures.clone_from(&honest.tip.certificate.signatures);
    for (forged, honest) in forged.sets.iter_mut().zip(&honest.sets) {
        forged.certificate.signatures.clone_from(&honest.certificate.signatures);
    }
}

/// An account as a policy names it.
pub fn named(seed: u8) -> AccountKey {
    AccountKey(account(seed))
}
