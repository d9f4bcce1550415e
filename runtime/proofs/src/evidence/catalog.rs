//! The catalog part: the version that is filed, or that the event names, as it was submitted, endorsed, reviewed and published.

use super::{
    ledger::Ledger,
    people::People,
    report::{Failure, Link, Step},
};
use crate::{
    catalog::{EntryAct, EntryContent, EntrySubmitted},
    departments::{About, Role},
    ids::{DepartmentId, EntryId, RecordNumber, Version},
    records::RecordKind,
};

/// A published version of an entry.
pub(super) struct Published {
    pub content: EntryContent,
    /// The authority that reviewed and published it.
    pub authority: DepartmentId,
    /// Record of the publication.
    pub number: RecordNumber,
}

/// Proves that version `version` of `entry` was published: of an event, before its batch.
pub(super) fn prove(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    (entry, version): (EntryId, Version),
    batch: Option<RecordNumber>,
    steps: &mut Vec<Step>,
) -> Result<Published, Failure> {
    let link = Link::Catalog;
    let in_time = |number: RecordNumber| batch.is_none_or(|batch| number < batch);
    let what = "the entry's submission";
    let (submitted, EntrySubmitted { content, signed_as, .. }) =
        ledger.find_one(RecordKind::EntrySubmitted, link, what, |b: &EntrySubmitted| {
            (b.entry, b.version) == (entry, version)
        })?;
    link.require(in_time(submitted.number), format!("{what} is out of order"))?;
    let provider = content.provider;
    let digest = content.digest();
    // The first version has no entry yet that a scope could name.
    let about = if version == Version::new(1) { About::NOTHING } else { About::entry(entry) };
    let submitter = people.signed(submitted, &signed_as, (Role::Cataloguer, provider), &about, link)?;
    let mut signers = vec![submitter];
    let mut before = submitted.number;
    let mut authority = None;
    for (kind, what) in [
        (RecordKind::EntryEndorsed, "the entry's endorsement"),
        (RecordKind::EntryReviewed, "the entry's review"),
        (RecordKind::EntryPublished, "the entry's publication"),
    ] {
        let (record, act) =
            ledger.find_one(kind, link, what, |b: &EntryAct| (b.entry, b.version) == (entry, version))?;
        link.require(act.digest == digest, format!("{what} is of another content than was submitted"))?;
        let in_order = before < record.number && in_time(record.number);
        link.require(in_order, format!("{what} is out of order"))?;
        before = record.number;
        let signer = if kind == RecordKind::EntryEndorsed {
            people.signed(record, &act.signed_as, (Role::Head, provider), &About::entry(entry), link)?
        } else {
            let department = *authority.get_or_insert(act.signed_as.department);
            let about = About::entry_with(entry, provider);
            people.signed(record, &act.signed_as, (Role::Reviewer, department), &about, link)?
        };
        // Review and publication are two acts of one office.
        if kind != RecordKind::EntryPublished {
            Link::Separation
                .require(!signers.contains(&signer), format!("{what} was signed by who signed an earlier step"))?;
            signers.push(signer);
        }
    }
    let authority = authority.unwrap_or_default();
    steps.push(Step {
        link,
        checked: format!(
            "entry {entry} version {version} ({}) was submitted, endorsed by the head of department {provider}, reviewed and published by department {authority}",
            content.code,
        ),
        anchored_on: "the signatures of those who did it, over the digest of the content".into(),
    });
    Ok(Published { content, authority, number: before })
}
