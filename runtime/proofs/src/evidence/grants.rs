//! How a grant went: what the package shows of it behind the agreement.

use super::{
    calls::signed_as,
    ledger::Ledger,
    people::People,
    report::{Failure, Link, Step},
};
use crate::{
    departments::{About, Role},
    grants::GrantTerms,
    ids::GrantId,
    records::RecordKind,
};
use codec::{Decode, Input};

/// Acts on a grant behind its agreement. The body of each begins with the grant.
const ACTS: [RecordKind; 12] = [
    RecordKind::GrantProvisioned,
    RecordKind::GrantSuspended,
    RecordKind::GrantResumed,
    RecordKind::RectificationOrdered,
    RecordKind::RectificationReported,
    RecordKind::RectificationRejected,
    RecordKind::GrantTerminated,
    RecordKind::GrantCompleted,
    RecordKind::ServiceEnded,
    RecordKind::DisposalRecorded,
    RecordKind::DisposalCountersigned,
    RecordKind::UseRecorded,
];

/// The acts on the grant, where the package shows them: each signed by whom the law allows (art. 22, 27, 29).
pub(super) fn course(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    terms: &GrantTerms,
    steps: &mut Vec<Step>,
) -> Result<(), Failure> {
    let link = Link::Grant;
    for kind in ACTS {
        for (record, Begins(grant)) in ledger.find(kind, link, |b: &Begins| b.0 == terms.grant)? {
            let number = record.number;
            let by =
                signed_as(record).ok_or_else(|| link.failed(format!("the body of record {number} does not read")))?;
            let of_consumer = matches!(
                kind,
                RecordKind::RectificationReported
                    | RecordKind::GrantCompleted
                    | RecordKind::DisposalRecorded
                    | RecordKind::UseRecorded
            );
            let side = if of_consumer { terms.consumer } else { terms.provider };
            // The provider's authority is another department; whether it is the authority, its role says.
            let may = kind.signers().contains(&by.role) && (by.department == side || by.role == Role::Supervisor);
            link.require(may, format!("record {number} was signed by nobody who may change the grant"))?;
            let to_provider = by.department == terms.provider && by.role != Role::Supervisor;
            let other = if to_provider { terms.consumer } else { terms.provider };
            people.held(record, &by, &About::entry_with(terms.entry, other))?;
            steps.push(Step {
                link,
                checked: format!("grant {grant}: {kind} at {}", record.moment.utc()),
                anchored_on: format!("record {number}, and its signer's signature"),
            });
        }
    }
    Ok(())
}

/// What the bodies of [`ACTS`] begin with; the rest is left to [`signed_as`].
struct Begins(GrantId);

impl Decode for Begins {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let grant = GrantId::decode(input)?;
        let rest = input.remaining_len()?.unwrap_or(0);
        input.read(&mut vec![0; rest])?;
        Ok(Self(grant))
    }
}
