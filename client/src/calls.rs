//! Every call of the ledger, as the bytes that its signer signs: pinned pallet and call index, then the arguments.
//!
//! The indices are those of [`mulu_proofs::evidence::calls`], by the record that a call causes: what is signed here is what the
//! offline verifier expects. A test compares each with the runtime's own reading of the bytes.

mod access;
mod catalog;
pub use catalog::CredentialRefused;

mod read;
pub use read::Arguments;

mod sharing;

use codec::Encode;
use mulu_proofs::{
    catalog::{EntryContent, Secrecy},
    departments::{
        AccountKey, BASIS_BYTES_MAX, CreditCode, Level, NAME_BYTES_MAX, REASON_BYTES_MAX, Role, RoleScope, SystemKind,
    },
    evidence::calls::call_index,
    governance::ProposalTerms,
    ids::{DepartmentId, Digest32, DisputeId, EntryId, Moment, ProposalId, PublicKey, Version},
    oversight::{DOCUMENT_BYTES_MAX, Matter, StepText},
    papers::Papers,
    records::RecordKind,
    text::Text,
};

/// A call, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    causes: RecordKind,
    bytes: Vec<u8>,
}

/// What is given to register a department; the ledger adds the id.
#[derive(Clone, Debug, PartialEq, Eq, Encode, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentDraft {
    /// Unified social credit code.
    pub credit_code: CreditCode,
    /// Name.
    pub name: Text<NAME_BYTES_MAX>,
    /// Administrative level.
    pub level: Level,
    /// Region code, 6 digits as a number.
    pub region: u32,
    /// Superior department.
    #[serde(default)]
    pub parent: Option<DepartmentId>,
    /// The department on whose node it is hosted.
    #[serde(default)]
    pub host: Option<DepartmentId>,
    /// Whether it is a data manager: it serves other departments' data.
    #[serde(default)]
    pub is_data_manager: bool,
}

/// The entry carries a secret marking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry is marked as a secret; secrets never enter the ledger (art. 3)")]
pub struct SecretRefused;

impl Call {
    /// The bytes: pallet index, call index, arguments.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The kind of record that it causes.
    pub const fn causes(&self) -> RecordKind {
        self.causes
    }

    fn new(causes: RecordKind, arguments: impl Encode) -> Self {
        let mut bytes = call_index(causes).expect("every kind but the one that only genesis sets has a call").to_vec();
        arguments.encode_to(&mut bytes);
        Self { causes, bytes }
    }

    /// Registers a department.
    pub fn register_department(draft: &DepartmentDraft) -> Self {
        Self::new(RecordKind::DepartmentRegistered, draft)
    }

    /// Gives a department another name, superior, host or task.
    pub fn revise_department(
        department: DepartmentId,
        name: &Text<NAME_BYTES_MAX>,
        parent: Option<DepartmentId>,
        host: Option<DepartmentId>,
        is_data_manager: bool,
    ) -> Self {
        Self::new(RecordKind::DepartmentRevised, (department, name, parent, host, is_data_manager))
    }

    /// Registers an account.
    pub fn register_account(account: &PublicKey, department: DepartmentId) -> Self {
        Self::new(RecordKind::AccountRegistered, (account, department))
    }

    /// Gives a role.
    pub fn give_role(
        account: &PublicKey,
        department: DepartmentId,
        role: Role,
        expires: Moment,
        scope: &RoleScope,
        principal: Option<AccountKey>,
        basis: &Text<BASIS_BYTES_MAX>,
    ) -> Self {
        Self::new(RecordKind::RoleGiven, (account, department, role, expires, scope, principal, basis))
    }

    /// Puts the second signature under a role.
    pub fn confirm_role(account: &PublicKey, department: DepartmentId, role: Role) -> Self {
        Self::new(RecordKind::RoleConfirmed, (account, department, role))
    }

    /// Takes a role away.
    pub fn revoke_role(account: &PublicKey, department: DepartmentId, role: Role) -> Self {
        Self::new(RecordKind::RoleRevoked, (account, department, role))
    }

    /// Puts a new key in the place of the one that signs this.
    pub fn rotate_key(new: &PublicKey) -> Self {
        Self::new(RecordKind::KeyRotated, new)
    }

    /// Reports a key lost and names the one that shall take its place.
    pub fn report_loss(old: &PublicKey, new: &PublicKey, reason: &Text<REASON_BYTES_MAX>) -> Self {
        Self::new(RecordKind::KeyReportedLost, (old, new, reason))
    }

    /// Withdraws a report of loss; signed by the reported key itself, the department's admin or a supervisor.
    pub fn withdraw_report(old: &PublicKey, new: &PublicKey) -> Self {
        Self::new(RecordKind::KeyReportWithdrawn, (old, new))
    }

    /// Confirms a report of loss: the new key takes the lost one's place.
    pub fn confirm_replacement(old: &PublicKey, new: &PublicKey) -> Self {
        Self::new(RecordKind::KeyReplaced, (old, new))
    }

    /// Proposes an action.
    pub fn propose(terms: &ProposalTerms) -> Self {
        Self::new(RecordKind::ProposalMade, terms)
    }

    /// Votes on the proposal of that digest.
    pub fn vote(proposal: ProposalId, digest: &Digest32, approve: bool) -> Self {
        Self::new(RecordKind::ProposalVoted, (proposal, digest, approve))
    }

    /// Withdraws a proposal.
    pub fn withdraw_proposal(proposal: ProposalId) -> Self {
        Self::new(RecordKind::ProposalWithdrawn, proposal)
    }

    /// Opens a dispute.
    pub fn open_dispute(matter: &Matter, against: DepartmentId, claim: &StepText, papers: Option<Papers>) -> Self {
        Self::new(RecordKind::DisputeOpened, (matter, against, claim, papers))
    }

    /// Answers a claim.
    pub fn answer_dispute(dispute: DisputeId, answer: &StepText, papers: Option<Papers>) -> Self {
        Self::new(RecordKind::DisputeAnswered, (dispute, answer, papers))
    }

    /// Proposes terms on which the party would settle.
    pub fn settle_dispute(dispute: DisputeId, terms: &StepText) -> Self {
        Self::new(RecordKind::SettlementProposed, (dispute, terms))
    }

    /// Confirms the terms of that digest.
    pub fn confirm_settlement(dispute: DisputeId, digest: &Digest32) -> Self {
        Self::new(RecordKind::DisputeSettled, (dispute, digest))
    }

    /// Brings a dispute before the authority.
    pub fn escalate_dispute(dispute: DisputeId, reason: &StepText) -> Self {
        Self::new(RecordKind::DisputeEscalated, (dispute, reason))
    }

    /// Decides a dispute for a party, or for neither.
    pub fn decide_dispute(
        dispute: DisputeId,
        favour: Option<DepartmentId>,
        decision: &StepText,
        papers: Option<Papers>,
    ) -> Self {
        Self::new(RecordKind::DisputeDecided, (dispute, favour, decision, papers))
    }

    /// Has a dispute brought before the government.
    pub fn appeal_dispute(dispute: DisputeId, reason: &StepText) -> Self {
        Self::new(RecordKind::DisputeAppealed, (dispute, reason))
    }

    /// Records the government's decision.
    pub fn record_government_decision(
        dispute: DisputeId,
        favour: Option<DepartmentId>,
        decision: &StepText,
        document: &Text<DOCUMENT_BYTES_MAX>,
        papers: Option<Papers>,
    ) -> Self {
        Self::new(RecordKind::GovernmentDecided, (dispute, favour, decision, document, papers))
    }

    /// Withdraws a claim or an appeal.
    pub fn withdraw_dispute(dispute: DisputeId, reason: &StepText) -> Self {
        Self::new(RecordKind::DisputeWithdrawn, (dispute, reason))
    }

    /// Registers a system.
    pub fn register_system(
        department: DepartmentId,
        kind: SystemKind,
        code: &Text<64>,
        name: &Text<NAME_BYTES_MAX>,
    ) -> Self {
        Self::new(RecordKind::SystemRegistered, (department, kind, code, name))
    }

    /// Submits an entry.
    ///
    /// # Errors
    /// [`SecretRefused`] if it is marked as a secret: such a call is not even built.
    pub fn submit_entry(content: &EntryContent) -> Result<Self, SecretRefused> {
        match content.classification.secrecy {
            Secrecy::None => Ok(Self::new(RecordKind::EntrySubmitted, content)),
            Secrecy::WorkSecret | Secrecy::StateSecret => Err(SecretRefused),
        }
    }

    /// Endorses the content of that digest.
    pub fn endorse_entry(entry: EntryId, version: Version, digest: &Digest32) -> Self {
        Self::new(RecordKind::EntryEndorsed, (entry, version, digest))
    }

    /// Returns a version to its department.
    pub fn return_entry(entry: EntryId, version: Version, reason: &Text<512>) -> Self {
        Self::new(RecordKind::EntryReturned, (entry, version, reason))
    }

    /// Reviews the content of that digest.
    pub fn review_entry(entry: EntryId, version: Version, digest: &Digest32) -> Self {
        Self::new(RecordKind::EntryReviewed, (entry, version, digest))
    }

    /// Publishes the content of that digest.
    pub fn publish_entry(entry: EntryId, version: Version, digest: &Digest32) -> Self {
        Self::new(RecordKind::EntryPublished, (entry, version, digest))
    }
}
