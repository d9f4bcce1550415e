//! Accounts: their roles as the head's state has them, and the keys that took each other's place.

use crate::{context::Context, failure::Failure, outcome};
use mulu_index::RecordList;
use mulu_proofs::{
    departments::{AccountKey, AccountReplaced, Role},
    ids::{DepartmentId, PublicKey},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Hex32,
    departments::{Account, LossReported, RoleHeld, TheftReported},
};
use mulu_runtime::{Departments, Runtime, pallet_access::Compromised, pallet_departments as pallet};
use sp_core::crypto::AccountId32;
use sp_runtime::DispatchError;

/// A role's state and what keeps it from being used now.
struct Held {
    department: DepartmentId,
    role: Role,
    state: pallet::RoleState,
    obstacle: Option<DispatchError>,
}

/// An account; none if it was never registered.
pub fn read(context: &Context, account: Hex32) -> Result<Option<Account>, Failure> {
    let head = context.head();
    let key = AccountId32::new(account.0);
    let read = || {
        let department = pallet::Accounts::<Runtime>::get(&key)?;
        let roles: Vec<Held> = pallet::Roles::<Runtime>::iter_prefix(&key)
            .map(|((department, role), state)| {
                let obstacle = Departments::in_force(&key, department, role).err();
                Held { department, role, state, obstacle }
            })
            .collect();
        let replaced_by = pallet::Replaced::<Runtime>::get(&key);
        let lost = pallet::Replacements::<Runtime>::get(&key);
        Some((department, roles, replaced_by, lost, Compromised::<Runtime>::get(account.0)))
    };
    let Some((department, roles, replaced_by, report, stolen)) = context.parts.executor.query(&head, read)? else {
        return Ok(None);
    };
    let mut roles: Vec<RoleHeld> = roles.into_iter().map(shown).collect();
    roles.sort_by_key(|held| (held.department, held.role));
    Ok(Some(Account {
        account: AccountKey(account.0),
        department,
        nonce: context.parts.executor.nonce(&head, &account.0)?,
        roles,
        replaced_by: replaced_by.map(account_key),
        replaces: replaced_key(context, &account.0)?,
        reported_lost: report.map(|report| LossReported {
            new: account_key(report.new),
            reporter: account_key(report.reporter),
            record: report.reported,
        }),
        reported_stolen: stolen.map(|report| TheftReported { record: report.record, from: report.from, to: report.to }),
    }))
}

fn account_key(account: AccountId32) -> AccountKey {
    AccountKey(account.into())
}

fn shown(held: Held) -> RoleHeld {
    let Held { department, role, state, obstacle } = held;
    RoleHeld {
        department,
        role,
        given: state.given,
        confirmed: state.confirmed,
        is_pending: state.is_pending(),
        expires: state.expires,
        principal: state.principal,
        scope: state.scope,
        basis: state.basis,
        giver: state.giver.map(account_key),
        is_in_force: obstacle.is_none(),
        obstacle: obstacle.as_ref().map(outcome::described),
    }
}

/// The key whose place `key` took: a record about both says so.
fn replaced_key(context: &Context, key: &PublicKey) -> Result<Option<AccountKey>, Failure> {
    for act in context.acts(RecordList::Subject(Subject::Account(*key)))? {
        if matches!(act.kind, RecordKind::KeyRotated | RecordKind::KeyReplaced) {
            let replaced: AccountReplaced = context.indexed(act.number)?.body()?;
            if replaced.new == *key {
                return Ok(Some(AccountKey(replaced.old)));
            }
        }
    }
    Ok(None)
}
