//! A store with a chain of catalog records, and a search over it.

use crate::{Now, Search};
use codec::Encode;
use mulu_index::derive;
use mulu_primitives::{
    block::{Block, Header},
    stages::{Decided, Executed, StateChanges},
};
use mulu_proofs::{
    calendar::{Calendar, Day},
    catalog::{EntryAct, EntryContent, EntryReturned, EntrySubmitted, EntrySuspension},
    certificate::{Certificate, Validator, ValidatorSet},
    departments::{Role, SignedAs},
    hash::Suite,
    ids::{DepartmentId, EntryId, Height, Moment, RecordNumber, Version},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use mulu_rpc_api::search::{SearchAnswer, SearchQuery};
use mulu_storage::{GenesisBlock, Options, Store};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

/// Provider of what [`content`] makes.
pub const PROVIDER: DepartmentId = DepartmentId::new(2);
/// The day on which the tests ask.
pub const TODAY: u32 = 20_700;

pub fn now() -> Now {
    Now { moment: Moment::new(7), today: Day::new(TODAY).unwrap() }
}

/// An entry that nothing else in a test is like.
pub fn content(code: &str, name: &str) -> EntryContent {
    let template = include_str!("../../../../client/cli/templates/entry.json");
    let mut content: EntryContent = serde_json::from_str(template).unwrap();
    content.code = Text::new(code).unwrap();
    content.name = Text::new(name).unwrap();
    content.provider = PROVIDER;
    content
}

pub fn text(text: &str) -> SearchQuery {
    SearchQuery { text: Some(text.to_owned()), ..SearchQuery::default() }
}

pub struct Chain {
    pub store: Arc<Store>,
    pub folder: TempDir,
    waiting: Vec<Record>,
    records: u64,
}

fn validators() -> ValidatorSet {
    ValidatorSet::new(vec![Validator { key: [7; 32], department: DepartmentId::new(1) }]).unwrap()
}

fn header(number: u32, parent: [u8; 32], salt: u8) -> Header {
    let (state_root, extrinsics_root) = ([salt; 32].into(), [0; 32].into());
    Header { parent_hash: parent.into(), number, state_root, extrinsics_root, digest: Default::default() }
}

impl Chain {
    /// Another salt is another chain.
    pub fn new(salt: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("data"), Options::default()).unwrap();
        let state = StateChanges { nodes_added: vec![(b"root".to_vec(), b"node".to_vec())], ..StateChanges::default() };
        let (header, chain_id) = (header(0, [0; 32], salt), "mulu-test".into());
        store.init_genesis(&GenesisBlock { header, state, validators: validators(), chain_id }).unwrap();
        Self { store: Arc::new(store), folder, waiting: Vec::new(), records: 0 }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("search")
    }

    pub fn search(&self) -> Search {
        self.search_in(&self.path())
    }

    pub fn search_in(&self, path: &Path) -> Search {
        let search = Search::new(Arc::clone(&self.store), path.to_owned());
        search.catch_up().unwrap();
        search
    }

    pub fn record(&mut self, kind: RecordKind, subjects: Vec<Subject>, body: &impl Encode) {
        self.records += 1;
        self.waiting.push(Record {
            suite: Suite::default(),
            version: Record::VERSION,
            number: RecordNumber::new(self.records),
            kind,
            moment: Moment::new(self.records),
            department: PROVIDER,
            signer: None,
            extrinsic: None,
            subjects,
            body: body.encode(),
        });
    }

    pub fn submit(&mut self, entry: u32, version: u16, content: EntryContent) {
        let (entry, version) = (EntryId::new(entry), Version::new(version));
        let body = EntrySubmitted { entry, version, signed_as: signed_as(), content };
        self.record(RecordKind::EntrySubmitted, vec![Subject::Entry(entry, version)], &body);
    }

    pub fn act(&mut self, kind: RecordKind, entry: u32, version: u16) {
        let (entry, version) = (EntryId::new(entry), Version::new(version));
        let signed_as = signed_as();
        let subjects = vec![Subject::Entry(entry, version)];
        match kind {
            RecordKind::EntryReturned => {
                let reason = Text::new("信息项不全").unwrap();
                self.record(kind, subjects, &EntryReturned { entry, version, reason, signed_as });
            }
            RecordKind::EntrySuspended => {
                let reason = Text::new("数据有误").unwrap();
                self.record(kind, subjects, &EntrySuspension { entry, version, reason, signed_as });
            }
            _ => self.record(kind, subjects, &EntryAct { entry, version, digest: [0; 32], signed_as }),
        }
    }

    pub fn publish(&mut self, entry: u32, version: u16, content: EntryContent) {
        self.submit(entry, version, content);
        self.act(RecordKind::EntryEndorsed, entry, version);
        self.act(RecordKind::EntryReviewed, entry, version);
        self.act(RecordKind::EntryPublished, entry, version);
    }

    /// Puts what waits into the next block; returns its height.
    pub fn commit(&mut self) -> Height {
        let (head, parent) = self.store.head();
        let block = Arc::new(Block { header: header(head.number + 1, parent, self.records as u8), extrinsics: vec![] });
        let (hash, height) = (block.hash(), block.height());
        let records = std::mem::take(&mut self.waiting);
        let rows = derive(&block, &records, &[], &Calendar::default()).unwrap();
        let executed = Executed {
            block,
            hash,
            moment: Moment::new(1),
            changes: StateChanges::default(),
            records: records.into(),
            next_validators: validators(),
        };
        let certificate =
            Certificate { suite: Suite::default(), height, round: 0, header_hash: hash, signatures: vec![] };
        self.store.commit(Decided::new(Arc::new(executed), certificate).unwrap(), rows).unwrap();
        height
    }
}

fn signed_as() -> SignedAs {
    SignedAs {
        role: Role::Cataloguer,
        department: PROVIDER,
        given: RecordNumber::new(1),
        confirmed: None,
        expires: Moment::new(u64::MAX),
        principal: None,
    }
}

pub fn find(search: &Search, query: &SearchQuery) -> SearchAnswer {
    search.find(query, None, Some(100), now()).unwrap()
}

/// Ids of what is found, in order.
pub fn ids(search: &Search, query: &SearchQuery) -> Vec<u32> {
    find(search, query).rows.iter().map(|hit| hit.id.get()).collect()
}
