//! Answers that are taken only with their proof: the node is believed nothing but that it has no more to say.
//!
//! ```text
//! genesis file ─ first validators ─ changes of the set ─ certificate ─ final header ─┬─ history ─ header ─ record
//!                                                                                    └─ state root ─ value
//! ```
//!
//! The genesis file is the one thing to trust: take it from a file that you have, or compare its hash with one from elsewhere. Records,
//! values of the state, published entries, grants and events are proven; that a list is complete only where its own proof says so
//! ([`Verified::history`]). Keys of former validators could sign a second history from genesis: compare [`Verified::head`] with another
//! source now and then.

use crate::{
    at_block::{AtBlock, map_key},
    checked,
    connection::Connection,
    error::ClientError,
    evidence,
};
use codec::Decode;
use mulu_proofs::{
    catalog::EntryContent,
    certificate::{Certificate, ValidatorSet},
    evidence::report::{Checkpoint, EventFacts, FilingFacts, Link, ListFacts},
    genesis::GenesisFile,
    grants::{GrantState, GrantTerms},
    hash::TreeKind,
    header::{HeaderView, history_leaf},
    ids::{Digest32, GrantId, Height, Moment, RecordNumber, Version},
    records::{Record, RecordKind, leaf_of},
    sharing::RequestAgreed,
};
use mulu_rpc_api::{
    access::EventRef,
    catalog::EntryRef,
    chain::{CERTIFICATE_ENGINE_ID, ChainClient},
    evidence::{EvidenceClient, ListRequest},
    records::{RecordProof, RecordsClient},
    sharing::SharingClient,
};
use sp_core::H256;
use tokio::sync::Mutex;

/// Asks one node, and checks what it answers.
pub struct Verified<'a> {
    connection: &'a Connection,
    genesis: GenesisFile,
    sets: Mutex<Sets>,
}

/// The validator sets of the chain so far.
struct Sets {
    /// Each with the height of the header that named it, ascending; the first is genesis'.
    known: Vec<(Height, ValidatorSet)>,
    /// Height up to which the node was asked for changes.
    asked_to: Height,
}

/// A record that is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenRecord {
    /// The record.
    pub record: Record,
    /// Height of its block.
    pub height: Height,
    /// The final header that it is proven against.
    pub tip: Checkpoint,
}

/// A version of an entry that was published.
#[derive(Clone, Debug)]
pub struct ProvenEntry {
    /// Who signed for it, and when it was registered.
    pub filing: FilingFacts,
    /// Its content, of which the digest was signed.
    pub content: EntryContent,
}

/// A grant, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenGrant {
    /// Its terms, as the record of the agreement has them.
    pub terms: GrantTerms,
    /// Record of the agreement.
    pub agreed: RecordNumber,
    /// The state that it is in at `at`; none if it has left the state of the chain, which only grants that are long over do.
    pub state: Option<GrantState>,
    /// The block of which that state is.
    pub at: Checkpoint,
}

impl Connection {
    /// Checks every answer from here on against the validators since that genesis.
    ///
    /// # Errors
    /// [`ClientError::Unverified`] if the genesis file is not consistent.
    pub fn verified(&self, genesis: GenesisFile) -> Result<Verified<'_>, ClientError> {
        genesis.check().map_err(|error| failed(Link::Genesis, error))?;
        let first = (Height::new(0), genesis.validators.clone());
        let sets = Mutex::new(Sets { known: vec![first], asked_to: Height::new(0) });
        Ok(Verified { connection: self, genesis, sets })
    }
}

impl<'a> Verified<'a> {
    /// The genesis file that everything rests on.
    pub const fn genesis(&self) -> &GenesisFile {
        &self.genesis
    }

    /// The last final block.
    ///
    /// # Errors
    /// [`ClientError::Unverified`] if it is not final under the validators in force.
    pub async fn head(&self) -> Result<Checkpoint, ClientError> {
        let at = self.at_block(None).await?;
        Ok(Checkpoint { height: at.height(), hash: at.hash() })
    }

    /// The state of a final block, each value with its proof; of the head without a hash.
    ///
    /// # Errors
    /// [`ClientError::Unverified`] if the block is not final under the validators in force.
    pub async fn at_block(&self, hash: Option<Digest32>) -> Result<AtBlock<'a>, ClientError> {
        let at = self.connection.at_block(hash).await?.with_proofs();
        if at.hash() == self.genesis.hash() {
            return Ok(at);
        }
        let block = self.connection.block(Some(H256(at.hash()))).await?;
        let certificate = block.and_then(|block| block.justifications?.into_justification(CERTIFICATE_ENGINE_ID));
        let certificate = certificate.ok_or_else(|| failed(Link::Certificate, "the block has no certificate"))?;
        self.finality(at.height(), &at.hash(), &certificate).await?;
        Ok(at)
    }

    /// A record; none if the node has none of that number, which nothing proves.
    ///
    /// # Errors
    /// [`ClientError::Unverified`] with the link that does not hold.
    pub async fn record(&self, number: RecordNumber) -> Result<Option<ProvenRecord>, ClientError> {
        let Some(proof) = self.connection.proof(number).await? else { return Ok(None) };
        let tip = self.final_header(&proof.tip.0, &proof.certificate.0).await?;
        let record = check_record(number, &proof, &tip)?;
        let height = HeaderView::read(&proof.header.0).map_err(|error| failed(Link::History, error))?.height;
        Ok(Some(ProvenRecord { record, height, tip: Checkpoint { height: tip.height, hash: tip.hash } }))
    }

    /// A published version of an entry with its filing certificate; of the version in force without one.
    ///
    /// # Errors
    /// [`ClientError::Unverified`] with the link that does not hold, or the node's refusal if there is no such version.
    pub async fn entry(&self, entry: EntryRef, version: Option<Version>) -> Result<ProvenEntry, ClientError> {
        let package = evidence::fetch_filing(self.connection, entry.clone(), version, None).await?;
        let report = evidence::check_filing(&package, &self.genesis, &entry, version)?;
        let filing = report.filing().cloned().ok_or_else(|| failed(Link::Catalog, "it is no filing"))?;
        let shown = checked::entry(self.connection, EntryRef::Id(filing.entry), Some(filing.version)).await?;
        if shown.content.digest() != filing.digest {
            return Err(failed(Link::Catalog, "the content is another than the one that was published"));
        }
        Ok(ProvenEntry { filing, content: shown.content })
    }

    /// A grant: its terms from the record of the agreement, its state from the head's.
    ///
    /// # Errors
    /// [`ClientError::NotFound`], or [`ClientError::Unverified`] with the link that does not hold.
    pub async fn grant(&self, id: GrantId) -> Result<ProvenGrant, ClientError> {
        let missing = || ClientError::NotFound { what: format!("grant {id}") };
        let shown = self.connection.grant(id).await?.ok_or_else(missing)?;
        let latest = shown.versions.last().ok_or_else(missing)?;
        let proven = self.record(latest.record).await?.ok_or_else(missing)?;
        let agreed: Option<RequestAgreed> = proven.record.body_as().ok();
        let terms = agreed.filter(|_| proven.record.kind == RecordKind::RequestAgreed).map(|agreed| agreed.grant);
        let terms = terms.filter(|terms| terms.grant == id);
        let terms = terms.ok_or_else(|| failed(Link::Grant, "the record is of no agreement on this grant"))?;
        let at = self.at_block(None).await?;
        let state = match at.raw(&map_key("Grants", "Courses", &id)).await? {
            None => None,
            Some(bytes) => Some(last_state(&bytes).ok_or_else(|| failed(Link::Grant, "its course does not decode"))?),
        };
        let at = Checkpoint { height: at.height(), hash: at.hash() };
        Ok(ProvenGrant { terms, agreed: proven.record.number, state, at })
    }

    /// An event, with everything that it rests on: batch, grant, request, approvals, catalog version, roles.
    ///
    /// # Errors
    /// [`ClientError::Unverified`] with the link that does not hold, or the node's refusal if there is no such event.
    pub async fn event(&self, event: EventRef) -> Result<EventFacts, ClientError> {
        let package = evidence::fetch(self.connection, event, None).await?;
        let report = evidence::check(&package, &self.genesis, event)?;
        report.event().cloned().ok_or_else(|| failed(Link::PublicLeaf, "it is no event"))
    }

    /// All events of a series between two heights, with the proof that none is missing.
    ///
    /// # Errors
    /// [`ClientError::Unverified`] with the link that does not hold, or the node's refusal, which says how far a part would reach.
    pub async fn history(&self, asked: ListRequest) -> Result<ListFacts, ClientError> {
        let package = evidence::fetch_list(self.connection, asked).await?;
        let report = evidence::check_list(&package, &self.genesis, asked)?;
        report.list().cloned().ok_or_else(|| failed(Link::List, "it is no list"))
    }

    /// A header that more than two thirds of the validators in force signed.
    async fn final_header(&self, header: &[u8], certificate: &[u8]) -> Result<HeaderView, ClientError> {
        let header = HeaderView::read(header).map_err(|error| failed(Link::Certificate, error))?;
        self.finality(header.height, &header.hash, certificate).await?;
        Ok(header)
    }

    async fn finality(&self, height: Height, hash: &Digest32, certificate: &[u8]) -> Result<(), ClientError> {
        let mut sets = self.sets.lock().await;
        self.catch_up(&mut sets, height).await?;
        check_certificate(certificate, height, hash, &self.genesis.domain(), sets.of(height))
    }

    /// Follows the changes of the validator set, each signed by the set before, until the node knows of no more.
    async fn catch_up(&self, sets: &mut Sets, height: Height) -> Result<(), ClientError> {
        while sets.asked_to < height {
            let last = sets.last();
            let changes = self.connection.validator_changes(Some(last)).await?;
            if changes.is_empty() {
                sets.asked_to = height;
            }
            for change in changes {
                let header = HeaderView::read(&change.header.0).map_err(|error| failed(Link::ValidatorSet, error))?;
                let set = change.validators;
                let announced = header.next_validators.is_some_and(|next| next.digest == set.digest());
                if header.height <= sets.last() || !announced || !set.is_canonical() {
                    return Err(failed(Link::ValidatorSet, format!("header {} does not name that set", header.height)));
                }
                let domain = self.genesis.domain();
                let before = sets.of(header.height);
                check_certificate(&change.certificate.0, header.height, &header.hash, &domain, before)?;
                sets.known.push((header.height, set));
            }
        }
        Ok(())
    }
}

impl Sets {
    /// Height of the header that named the last set.
    fn last(&self) -> Height {
        self.known.last().map_or(Height::new(0), |(height, _)| *height)
    }

    /// The set that signs a height.
    fn of(&self, height: Height) -> &ValidatorSet {
        let in_force = self.known.iter().rev().find(|(named_at, _)| *named_at < height);
        &in_force.unwrap_or(&self.known[0]).1
    }
}

fn check_certificate(
    bytes: &[u8],
    height: Height,
    hash: &Digest32,
    domain: &Digest32,
    set: &ValidatorSet,
) -> Result<(), ClientError> {
    let certificate = Certificate::decode(&mut &bytes[..]).map_err(|error| failed(Link::Certificate, error))?;
    if certificate.height != height || certificate.header_hash != *hash {
        return Err(failed(Link::Certificate, format!("the certificate is of another header than {height}")));
    }
    certificate.verify(domain, set).map_err(|error| failed(Link::Certificate, error))
}

/// The record of a proof, which must be the one of that number, under a final header.
fn check_record(number: RecordNumber, proof: &RecordProof, tip: &HeaderView) -> Result<Record, ClientError> {
    let header = HeaderView::read(&proof.header.0).map_err(|error| failed(Link::History, error))?;
    let in_history = match &proof.history {
        None => header.hash == tip.hash,
        Some(path) => {
            let root = path.root(TreeKind::History, &history_leaf(header.height, &header.hash));
            path.index == u64::from(header.height.get())
                && path.count == u64::from(tip.height.get())
                && tip.history.is_some_and(|history| root == Some(history.root))
        }
    };
    if !in_history {
        return Err(failed(Link::History, format!("header {} is not before header {}", header.height, tip.height)));
    }
    let record = Record::read(&proof.record.0).map_err(|error| failed(Link::Record, error))?;
    let in_log = header.records.is_some_and(|log| {
        proof.path.count == u64::from(log.count)
            && proof.path.root(TreeKind::Records, &leaf_of(&proof.record.0)) == Some(log.root)
            && log.first.checked_add(proof.path.index) == Some(record.number.get())
    });
    if in_log && record.number == number {
        Ok(record)
    } else {
        Err(failed(Link::Record, format!("record {number} is not in the record log of header {}", header.height)))
    }
}

/// The last state in the course of a grant, which begins with its version and all changes of its state.
fn last_state(course: &[u8]) -> Option<GrantState> {
    let (_, transitions) = <(Version, Vec<(Moment, GrantState)>)>::decode(&mut &course[..]).ok()?;
    transitions.last().map(|(_, state)| *state)
}

fn failed(link: Link, reason: impl ToString) -> ClientError {
    ClientError::Unverified { link: link.name(), reason: reason.to_string() }
}
