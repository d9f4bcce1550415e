//! Acts on published entries, on data elements and source systems, and on mounts.

use super::Call;
use mulu_proofs::{
    calendar::Day,
    catalog::Method,
    elements::{ELEMENT_REASON_BYTES_MAX, ElementCode, ElementStandard, WithdrawalCause},
    ids::{DepartmentId, Digest32, ElementId, EntryId, SystemId},
    mounts::{MOUNT_REASON_BYTES_MAX, Mount, holds_credential},
    papers::Papers,
    records::RecordKind,
    text::Text,
};

/// The address of a mount looks as if it held a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address looks as if it held a password, token or key; the ledger is read by many and forgets nothing")]
pub struct CredentialRefused;

impl Call {
    /// Suspends a published entry.
    pub fn suspend_entry(entry: EntryId, reason: &Text<512>) -> Self {
        Self::new(RecordKind::EntrySuspended, (entry, reason))
    }

    /// Resumes a suspended entry.
    pub fn resume_entry(entry: EntryId, reason: &Text<512>) -> Self {
        Self::new(RecordKind::EntryResumed, (entry, reason))
    }

    /// Withdraws an entry for ever, with the salted commitment to the papers on the consultation of those who hold grants on it.
    pub fn withdraw_entry(entry: EntryId, reason: &Text<512>, consultation: Option<Papers>) -> Self {
        Self::new(RecordKind::EntryWithdrawn, (entry, reason, consultation))
    }

    /// Says that law or duties changed on a day, so that the entry has to be updated.
    pub fn report_change(entry: EntryId, on: Day, basis: &Text<256>) -> Self {
        Self::new(RecordKind::ChangeOccurred, (entry, on, basis))
    }

    /// Asks the authority for more time for the update of an entry.
    pub fn ask_update_extension(entry: EntryId, working_days: u16, reason: &Text<512>) -> Self {
        Self::new(RecordKind::UpdateExtensionAsked, (entry, working_days, reason))
    }

    /// Grants or denies more time for the update of an entry.
    pub fn decide_update_extension(entry: EntryId, granted: bool, reason: &Text<512>) -> Self {
        Self::new(RecordKind::UpdateExtensionDecided, (entry, granted, reason))
    }

    /// Registers a data element.
    pub fn register_element(code: &ElementCode, standard: &ElementStandard) -> Self {
        Self::new(RecordKind::ElementRegistered, (code, standard))
    }

    /// Gives a data element another name or standard.
    pub fn revise_element(element: ElementId, standard: &ElementStandard) -> Self {
        Self::new(RecordKind::ElementRevised, (element, standard))
    }

    /// Names the authoritative department of a data element, or says that there is none any more.
    pub fn name_source(
        element: ElementId,
        department: Option<DepartmentId>,
        basis: &Text<ELEMENT_REASON_BYTES_MAX>,
    ) -> Self {
        Self::new(RecordKind::SourceNamed, (element, department, basis))
    }

    /// Certifies a source system.
    pub fn certify_source(system: SystemId) -> Self {
        Self::new(RecordKind::SourceCertified, system)
    }

    /// Withdraws the certification of a source system.
    pub fn withdraw_certification(
        system: SystemId,
        cause: WithdrawalCause,
        reason: &Text<ELEMENT_REASON_BYTES_MAX>,
    ) -> Self {
        Self::new(RecordKind::CertificationWithdrawn, (system, cause, reason))
    }

    /// Ties a published entry to the resource that serves it by a method.
    ///
    /// # Errors
    /// [`CredentialRefused`] if the address looks as if it held one: such a call is not even built.
    pub fn mount_entry(entry: EntryId, mount: &Mount) -> Result<Self, CredentialRefused> {
        if holds_credential(mount.address.as_str()) {
            return Err(CredentialRefused);
        }
        Ok(Self::new(RecordKind::EntryMounted, (entry, mount)))
    }

    /// Ends a mount.
    pub fn unmount_entry(entry: EntryId, method: Method, reason: &Text<MOUNT_REASON_BYTES_MAX>) -> Self {
        Self::new(RecordKind::EntryUnmounted, (entry, method, reason))
    }

    /// Says which schema a platform sees: a mismatch, or the end of one.
    pub fn report_fingerprint(entry: EntryId, method: Method, seen: &Digest32) -> Self {
        Self::new(RecordKind::CatalogMismatch, (entry, method, seen))
    }
}
