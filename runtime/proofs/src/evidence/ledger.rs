//! The chain part of a package: genesis, validator sets, tip, headers, records, and the signed acts behind records.

use super::{
    calls::expected_call,
    package::{FinalHeader, Package},
    report::{Checkpoint, Failure, Link, Step},
};
use crate::{
    certificate::{Certificate, ValidatorSet},
    extrinsic::SignedExtrinsic,
    genesis::GenesisFile,
    hash::TreeKind,
    header::{HeaderView, history_leaf},
    ids::{Digest32, Height, RecordNumber},
    records::{Record, RecordKind, leaf_of},
    sharing::RequestAgreed,
};
use codec::Decode;
use std::cell::Cell;

/// The records of a package, proven, and which of them some link has used.
pub(super) struct Ledger<'a> {
    pub package: &'a Package,
    pub genesis: Digest32,
    pub domain: Digest32,
    pub tip: Checkpoint,
    /// State root of the tip.
    pub state_root: Digest32,
    records: Vec<Proven>,
}

struct Proven {
    record: Record,
    height: Height,
    /// Place of its act in the package.
    act: Option<usize>,
    used: Cell<bool>,
}

impl<'a> Ledger<'a> {
    /// Proves every header and record of the package against the genesis file.
    pub fn prove(
        package: &'a Package,
        genesis: &GenesisFile,
        checkpoint: Option<&Checkpoint>,
        steps: &mut Vec<Step>,
    ) -> Result<Self, Failure> {
        check_genesis(package, genesis, steps)?;
        let tip = final_tip(package, genesis, steps)?;
        let headers = headers(package, &tip, steps)?;
        if let Some(checkpoint) = checkpoint {
            check_checkpoint(checkpoint, &tip, &headers, steps)?;
        }
        let mut ledger = Self {
            package,
            genesis: genesis.hash(),
            domain: genesis.domain(),
            tip: Checkpoint { height: tip.height, hash: tip.hash },
            state_root: tip.state_root,
            records: records(package, &headers)?,
        };
        for (place, act) in package.acts.iter().enumerate() {
            ledger.records[act.record as usize].act = Some(place);
        }
        steps.push(Step {
            link: Link::Record,
            checked: format!(
                "{} records lie in the record logs of their headers, each under its number",
                ledger.records.len()
            ),
            anchored_on: "record root in each header".into(),
        });
        Ok(ledger)
    }

    /// The record at `place`, which must be of `kind`.
    pub fn placed(&self, place: usize, kind: RecordKind, link: Link) -> Result<&Record, Failure> {
        let record = &self.records[place].record;
        let (number, found) = (record.number, record.kind);
        link.require(found == kind, format!("record {number} ({found}) stands where a record of kind {kind} belongs"))?;
        self.cite(place)
    }

    /// The record at `place`, with the signed call behind it checked the first time.
    fn cite(&self, place: usize) -> Result<&Record, Failure> {
        let proven = &self.records[place];
        if !proven.used.replace(true) {
            self.check_act(proven, link_of(proven.record.kind))?;
        }
        Ok(&proven.record)
    }

    /// The record with that number, which must be of `kind`.
    pub fn numbered(&self, number: RecordNumber, kind: RecordKind, link: Link) -> Result<&Record, Failure> {
        let place = self.records.binary_search_by_key(&number, |proven| proven.record.number);
        let place = place.map_err(|_| link.failed(format!("record {number} is not in the package")))?;
        self.placed(place, kind, link)
    }

    /// Every record of `kind` whose body satisfies `matches`, with the body.
    pub fn find<B: Decode>(
        &self,
        kind: RecordKind,
        link: Link,
        matches: impl Fn(&B) -> bool,
    ) -> Result<Vec<(&Record, B)>, Failure> {
        let mut fitting = Vec::new();
        for (place, proven) in self.records.iter().enumerate().filter(|(_, proven)| proven.record.kind == kind) {
            let body: B = body(&proven.record, link)?;
            if matches(&body) {
                fitting.push((place, body));
            }
        }
        // Acts come behind the bodies of all, so that the link that fails does not hang on which record stands first.
        fitting.into_iter().map(|(place, body)| self.cite(place).map(|record| (record, body))).collect()
    }

    /// The one record of `kind` whose body satisfies `matches`.
    pub fn find_one<B: Decode>(
        &self,
        kind: RecordKind,
        link: Link,
        what: &str,
        matches: impl Fn(&B) -> bool,
    ) -> Result<(&Record, B), Failure> {
        let mut found = self.find(kind, link, matches)?;
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (None, _) => Err(link.failed(format!("the record of {what} is not in the package"))),
            _ => Err(link.failed(format!("the package holds {what} more than once"))),
        }
    }

    /// Height of the block of a record that some link has cited.
    pub fn height_of(&self, number: RecordNumber) -> Height {
        self.records.iter().find(|proven| proven.record.number == number).map_or(Height::new(0), |proven| proven.height)
    }

    /// Fails if some record, act or header was used by no link.
    pub fn check_all_used(&self, steps: &mut Vec<Step>) -> Result<(), Failure> {
        let link = Link::Unreferenced;
        for proven in &self.records {
            let Record { number, kind, .. } = proven.record;
            link.require(proven.used.get(), format!("record {number} ({kind}) belongs to no link of this package"))?;
            link.require(
                proven.act.is_none() || takes_act(&proven.record),
                format!("record {number} ({kind}) takes no signed act"),
            )?;
        }
        for place in 0..self.package.headers.len() {
            let used = self.package.records.iter().any(|record| record.header as usize == place);
            link.require(used, format!("header {place} holds no record of the package"))?;
        }
        steps.push(Step {
            link,
            checked: "every header, record and act of the package belongs to a link above".into(),
            anchored_on: "the package itself".into(),
        });
        Ok(())
    }

    /// Checks that the signer of a record signed the very call that the record says.
    fn check_act(&self, proven: &Proven, link: Link) -> Result<(), Failure> {
        let record = &proven.record;
        let number = record.number;
        if rests_on_other_signatures(record) {
            return Ok(());
        }
        let (signer, hash) = match (record.signer, record.extrinsic, proven.act) {
            (Some(signer), Some(hash), Some(_)) => (signer, hash),
            // Genesis speaks without a signature; its records are the first ones of block 1.
            (None, None, None) if set_by_genesis(record.kind) && proven.height == Height::new(1) => return Ok(()),
            (_, Some(_), None) => return Err(link.failed(format!("the signed act behind record {number} is missing"))),
            _ => return Err(link.failed(format!("record {number} has no signature where its kind needs one"))),
        };
        let act = &self.package.acts[proven.act.expect("matched above")];
        let extrinsic = SignedExtrinsic::read(&act.extrinsic)
            .ok_or_else(|| link.failed(format!("the act behind record {number} is no directly signed extrinsic")))?;
        let implicit = &act.implicit;
        let immortal = extrinsic.extra.first() == Some(&0);
        let rules = [
            (extrinsic.hash == hash, "is another extrinsic than the record names"),
            (extrinsic.signer == signer, "was signed by another key than the record names"),
            (expected_call(record).as_deref() == Some(extrinsic.call), "holds another call than the record says"),
            (implicit.genesis == self.genesis, "was signed for another chain"),
            (!immortal || implicit.mortality == self.genesis, "names a mortality hash without an era"),
            (implicit.spec_version > 0 && implicit.transaction_version > 0, "names no version of the runtime"),
            (extrinsic.verify(implicit), "bears a signature that does not verify"),
        ];
        for (holds, reason) in rules {
            link.require(holds, format!("the act behind record {number} {reason}"))?;
        }
        Ok(())
    }
}

/// A record's body as the type of its kind.
pub(super) fn body<B: Decode>(record: &Record, link: Link) -> Result<B, Failure> {
    record.body_as().map_err(|_| link.failed(format!("the body of record {} does not read", record.number)))
}

/// The link that a record's own signature belongs to, whichever link asks for the record first.
const fn link_of(kind: RecordKind) -> Link {
    match kind {
        RecordKind::BatchAccepted => Link::Batch,
        RecordKind::StreamOpened | RecordKind::StreamClosed | RecordKind::StreamReopened => Link::Stream,
        RecordKind::KeyCompromised | RecordKind::EventsRepudiated | RecordKind::RepudiationDecided => Link::Signer,
        RecordKind::EntrySubmitted
        | RecordKind::EntryEndorsed
        | RecordKind::EntryReturned
        | RecordKind::EntryReviewed
        | RecordKind::EntryPublished
        | RecordKind::EntrySuspended
        | RecordKind::EntryResumed
        | RecordKind::EntryWithdrawn
        | RecordKind::ChangeOccurred
        | RecordKind::UpdateExtensionAsked
        | RecordKind::UpdateExtensionDecided => Link::Catalog,
        RecordKind::PolicySet
        | RecordKind::RequestCreated
        | RecordKind::RequestRefused
        | RecordKind::RequestWithdrawn
        | RecordKind::RequestSupplementAsked
        | RecordKind::RequestResubmitted
        | RecordKind::RequestExtensionAsked
        | RecordKind::RequestExtensionDecided => Link::Request,
        RecordKind::RequestEndorsed => Link::Endorsement,
        RecordKind::RequestApproved => Link::Approval,
        RecordKind::RequestAgreed | RecordKind::StandingConsentSet | RecordKind::StandingConsentRevoked => {
            Link::Agreement
        }
        RecordKind::GrantProvisioned
        | RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::RectificationOrdered
        | RecordKind::RectificationReported
        | RecordKind::RectificationRejected
        | RecordKind::GrantTerminated
        | RecordKind::GrantCompleted
        | RecordKind::ServiceEnded
        | RecordKind::DisposalRecorded
        | RecordKind::DisposalCountersigned
        | RecordKind::UseRecorded
        | RecordKind::HolderNotified => Link::Grant,
        RecordKind::RoleGiven
        | RecordKind::RoleConfirmed
        | RecordKind::RoleRevoked
        | RecordKind::KeyRotated
        | RecordKind::KeyReportedLost
        | RecordKind::KeyReplaced
        | RecordKind::KeyReportWithdrawn
        | RecordKind::DepartmentStatusSet
        | RecordKind::AuthorityNamed => Link::Roles,
        RecordKind::DepartmentRegistered
        | RecordKind::DepartmentRevised
        | RecordKind::DepartmentAdmitted
        | RecordKind::AccountRegistered
        | RecordKind::SystemRegistered
        | RecordKind::ValidatorRegistered
        | RecordKind::ValidatorRemoved
        | RecordKind::ValidatorKeyRotated
        | RecordKind::ObserverRegistered
        | RecordKind::ObserverRemoved
        | RecordKind::PurposeRegistered => Link::Names,
        RecordKind::DayDiffers
        | RecordKind::DifferencesNamed
        | RecordKind::DecisionsOpened
        | RecordKind::DecisionsClosed
        | RecordKind::DecisionsCounted
        | RecordKind::BudgetSet
        | RecordKind::CalendarSet
        | RecordKind::ParametersSet
        | RecordKind::DeadlineStarted
        | RecordKind::DeadlinePaused
        | RecordKind::DeadlineResumed
        | RecordKind::DeadlineExtended
        | RecordKind::DeadlineStopped
        | RecordKind::DeadlineOverdue
        | RecordKind::DeadlineRecomputed
        | RecordKind::ProposalMade
        | RecordKind::ProposalVoted
        | RecordKind::ProposalWithdrawn
        | RecordKind::ProposalEnacted
        | RecordKind::ProposalClosed
        | RecordKind::ElementRegistered
        | RecordKind::ElementRevised
        | RecordKind::SourceNamed
        | RecordKind::SourceCertified
        | RecordKind::CertificationWithdrawn
        | RecordKind::EntryMounted
        | RecordKind::EntryUnmounted
        | RecordKind::CatalogMismatch
        | RecordKind::MismatchResolved
        | RecordKind::DisputeOpened
        | RecordKind::DisputeAnswered
        | RecordKind::SettlementProposed
        | RecordKind::DisputeSettled
        | RecordKind::DisputeEscalated
        | RecordKind::DisputeDecided
        | RecordKind::DisputeAppealed
        | RecordKind::GovernmentDecided
        | RecordKind::DisputeWithdrawn
        | RecordKind::DisputeFinal
        | RecordKind::QueriesRecorded => Link::Record,
    }
}

fn takes_act(record: &Record) -> bool {
    record.extrinsic.is_some() && !rests_on_other_signatures(record)
}

/// A batch shows its platform's signature itself; what governance enacted rests on votes, each a record of its own; what a standing
/// consent agreed to rests on that.
fn rests_on_other_signatures(record: &Record) -> bool {
    match record.kind {
        RecordKind::BatchAccepted | RecordKind::AuthorityNamed => true,
        RecordKind::RequestAgreed => {
            let agreed = record.body_as::<RequestAgreed>();
            (record.signer, record.extrinsic) == (None, None) && agreed.is_ok_and(|body| body.consent.is_some())
        }
        _ => false,
    }
}

const fn set_by_genesis(kind: RecordKind) -> bool {
    use RecordKind::{AccountRegistered, DepartmentRegistered, PurposeRegistered, RoleGiven, SystemRegistered};
    matches!(kind, DepartmentRegistered | AccountRegistered | RoleGiven | SystemRegistered | PurposeRegistered)
}

fn check_genesis(package: &Package, genesis: &GenesisFile, steps: &mut Vec<Step>) -> Result<(), Failure> {
    let link = Link::Genesis;
    genesis.check().map_err(|error| link.failed(format!("the genesis file is not consistent: {error}")))?;
    let same = package.chain_id == genesis.chain_id.as_bytes() && package.suite == genesis.suite;
    let named = String::from_utf8_lossy(&package.chain_id);
    link.require(same, format!("the package is of chain {named:?}, the genesis file of {:?}", genesis.chain_id))?;
    steps.push(Step {
        link,
        checked: format!(
            "chain {:?}; the genesis header commits to its first {} validators",
            genesis.chain_id,
            genesis.validators.validators().len()
        ),
        anchored_on: format!("genesis hash {}: compare it with one you trust", hex::encode(genesis.hash())),
    });
    Ok(())
}

/// Follows the changes of the validator set and returns the tip, final under the set in force.
fn final_tip(package: &Package, genesis: &GenesisFile, steps: &mut Vec<Step>) -> Result<HeaderView, Failure> {
    let domain = genesis.domain();
    let mut set: &ValidatorSet = &genesis.validators;
    let mut height = Height::new(0);
    for change in &package.sets {
        let link = Link::ValidatorSet;
        let header = read_header(&change.header, link)?;
        link.require(header.height > height, "changes of the validator set are not in ascending order")?;
        check_certificate(&change.certificate, &header, &domain, set)?;
        let announced =
            header.next_validators.ok_or_else(|| link.failed(format!("header {} changes no set", header.height)))?;
        let same = change.set.is_canonical() && announced.digest == change.set.digest();
        link.require(same, format!("header {} announces another validator set", header.height))?;
        (set, height) = (&change.set, header.height);
    }
    steps.push(Step {
        link: Link::ValidatorSet,
        checked: format!(
            "{} changes of the validator set; {} validators in force",
            package.sets.len(),
            set.validators().len()
        ),
        anchored_on: "first validator set in the genesis header".into(),
    });
    let FinalHeader { header, certificate } = &package.tip;
    let tip = read_header(header, Link::Certificate)?;
    Link::Certificate.require(tip.height > height, "the tip is not after the last change of the validator set")?;
    check_certificate(certificate, &tip, &domain, set)?;
    steps.push(Step {
        link: Link::Certificate,
        checked: format!(
            "header {} is final: {} of {} validators signed it, {} are needed",
            tip.height,
            certificate.signatures.len(),
            set.validators().len(),
            set.quorum()
        ),
        anchored_on: "validator set in force at that height".into(),
    });
    Ok(tip)
}

fn check_certificate(
    certificate: &Certificate,
    header: &HeaderView,
    domain: &Digest32,
    set: &ValidatorSet,
) -> Result<(), Failure> {
    let link = Link::Certificate;
    let height = header.height;
    link.require(
        certificate.height == height,
        format!("the certificate is of height {}, the header of {height}", certificate.height),
    )?;
    link.require(
        certificate.header_hash == header.hash,
        format!("the certificate is of another header at height {height}"),
    )?;
    certificate.verify(domain, set).map_err(|error| link.failed(format!("header {height} is not final: {error}")))
}

fn headers(package: &Package, tip: &HeaderView, steps: &mut Vec<Step>) -> Result<Vec<HeaderView>, Failure> {
    let link = Link::History;
    let mut headers: Vec<HeaderView> = Vec::with_capacity(package.headers.len());
    for proven in &package.headers {
        let header = read_header(&proven.header, link)?;
        let height = header.height;
        let ascending = headers.last().is_none_or(|before| before.height < height);
        link.require(ascending, "headers are not in strictly ascending order")?;
        let holds = match &proven.path {
            None => header.hash == tip.hash,
            Some(path) => {
                let root = path.root(TreeKind::History, &history_leaf(height, &header.hash));
                path.index == u64::from(height.get())
                    && path.count == u64::from(tip.height.get())
                    && tip.history.is_some_and(|history| root == Some(history.root))
            }
        };
        link.require(holds, format!("header {height} is not in the history of header {}", tip.height))?;
        headers.push(header);
    }
    steps.push(Step {
        link,
        checked: format!("{} headers lie in the history of header {}", headers.len(), tip.height),
        anchored_on: "history root in the final header".into(),
    });
    Ok(headers)
}

fn check_checkpoint(
    checkpoint: &Checkpoint,
    tip: &HeaderView,
    headers: &[HeaderView],
    steps: &mut Vec<Step>,
) -> Result<(), Failure> {
    let found = headers.iter().chain([tip]).find(|header| header.height == checkpoint.height);
    let height = checkpoint.height;
    let reason = match found {
        None => format!("the package shows no header of height {height}: export it with that height as its tip"),
        Some(header) if header.hash != checkpoint.hash => format!("header {height} is another than the checkpoint's"),
        Some(_) => {
            steps.push(Step {
                link: Link::Checkpoint,
                checked: format!("header {height} is the one of the checkpoint"),
                anchored_on: format!("checkpoint {}", hex::encode(checkpoint.hash)),
            });
            return Ok(());
        }
    };
    Err(Link::Checkpoint.failed(reason))
}

fn records(package: &Package, headers: &[HeaderView]) -> Result<Vec<Proven>, Failure> {
    let link = Link::Record;
    let mut records: Vec<Proven> = Vec::with_capacity(package.records.len());
    for (place, proven) in package.records.iter().enumerate() {
        let header = &headers[proven.header as usize];
        let record = Record::read(&proven.record)
            .map_err(|_| link.failed(format!("the record at place {place} does not read")))?;
        let number = record.number;
        let log = header.records.ok_or_else(|| link.failed(format!("header {} has no record log", header.height)))?;
        let path = &proven.path;
        let in_log = path.count == u64::from(log.count)
            && path.root(TreeKind::Records, &leaf_of(&proven.record)) == Some(log.root)
            && log.first.checked_add(path.index) == Some(number.get());
        link.require(in_log, format!("record {number} is not in the record log of header {}", header.height))?;
        let before = records.last().map_or(RecordNumber::new(0), |before| before.record.number);
        link.require(before < number, "records are not in strictly ascending order")?;
        let onward = records.last().is_none_or(|before| before.record.moment <= record.moment);
        link.require(onward, format!("record {number} is older than the record before it"))?;
        records.push(Proven { record, height: header.height, act: None, used: Cell::new(false) });
    }
    Ok(records)
}

fn read_header(bytes: &[u8], link: Link) -> Result<HeaderView, Failure> {
    HeaderView::read(bytes).map_err(|error| link.failed(error.to_string()))
}
