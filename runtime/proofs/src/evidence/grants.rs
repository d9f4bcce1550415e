//! How a grant went: what the package shows of it behind the agreement.

use super::{
    ledger::Ledger,
    people::People,
    report::{Failure, Link, Step},
};
use crate::{
    departments::{About, Role},
    grants::{GrantAct, GrantTerms},
    records::RecordKind,
};

/// Provisioning, suspension and resumption, where the package shows them: each signed by whom the law allows (art. 22, 27).
pub(super) fn course(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    terms: &GrantTerms,
    steps: &mut Vec<Step>,
) -> Result<(), Failure> {
    let link = Link::Grant;
    for kind in [RecordKind::GrantProvisioned, RecordKind::GrantSuspended, RecordKind::GrantResumed] {
        for (record, act) in ledger.find(kind, link, |b: &GrantAct| b.grant == terms.grant)? {
            let by = &act.signed_as;
            let officer = by.role == Role::Officer && by.department == terms.provider;
            let may = officer || by.role == Role::Supervisor && kind != RecordKind::GrantProvisioned;
            link.require(may, format!("record {} was signed by nobody who may change the grant", record.number))?;
            let other = if officer { terms.consumer } else { terms.provider };
            people.held(record, by, &About::entry_with(terms.entry, other))?;
            steps.push(Step {
                link,
                checked: format!("grant {}: {kind} at {}", terms.grant, record.moment.utc()),
                anchored_on: format!("record {}, and its signer's signature", record.number),
            });
        }
    }
    Ok(())
}
