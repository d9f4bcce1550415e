//! Who calls: what the chain says of the account behind a call, at the head, so that a role that ended counts no more in the next block.
//!
//! [`crate::admission`] puts the [`Caller`] into the extensions of every request; methods that filter rows take it `with_extensions`.

use crate::{context::Context, failure::Failure};
use jsonrpsee::Extensions;
use mulu_proofs::{
    departments::{DepartmentInfo, Role, RoleScope},
    ids::{DepartmentId, Digest32, PublicKey},
};
use mulu_runtime::{Departments, Runtime, pallet_access, pallet_departments as pallet};
use sp_core::crypto::AccountId32;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Most accounts whose views are kept for a block; each has signed in, and has a role.
const VIEWS_MAX: usize = 8_192;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A program on the node's machine, over `rpc.listen`: trusted.
    Local,
    /// Nobody known, over `rpc.public.listen`.
    Anonymous,
    /// A signed-in account with at least one role in force.
    Account(Arc<AccountView>),
}

/// An account as the head's state has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// The account.
    pub account: PublicKey,
    /// Its department: active, with level and region.
    pub department: DepartmentInfo,
    /// Its roles in force, ascending by department and role; at least one.
    pub roles: Vec<HeldRole>,
    /// Whether the department runs a validator or an observer, and so has everything on a machine of its own.
    pub has_node: bool,
}

/// A role in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    /// In which department.
    pub department: DepartmentId,
    /// Which.
    pub role: Role,
    /// What it is limited to.
    pub scope: RoleScope,
    /// Whether no person gave it: genesis or the departments' vote.
    pub by_all: bool,
}

/// Why an account may not be signed in, or stay so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoView {
    /// Nobody registered it.
    #[error("the account is not registered; the department's admin registers it")]
    Unknown,
    /// Another key took its place.
    #[error("another key has taken this account's place; sign in with that one")]
    Replaced,
    /// It waits to be replaced.
    #[error(
        "the key is reported lost; sign in with the new one once it is confirmed, or withdraw the report over a node of your own"
    )]
    ReportedLost,
    /// It is in wrong hands.
    #[error("the key is reported stolen; sign in with another account")]
    ReportedStolen,
    /// Its department is suspended or retired.
    #[error("the account's department is not active; governance makes it active again")]
    DepartmentNotActive,
    /// Nothing that it holds is in force.
    #[error("no role of the account is in force; the department's admin gives roles")]
    NoRole,
}

impl Caller {
    /// Who made the request of these extensions. Nobody known, if nobody said who.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or(Self::Anonymous)
    }

    /// The account, if one is signed in.
    pub fn account(&self) -> Option<&AccountView> {
        match self {
            Self::Account(view) => Some(view),
            Self::Local | Self::Anonymous => None,
        }
    }
}

impl AccountView {
    /// Reads an account in the state of the head; the inner error says why it may not be signed in.
    pub fn read(context: &Context, account: &PublicKey) -> Result<Result<Self, NoView>, Failure> {
        Ok(context.parts.executor.query(&context.head(), || read(account))?)
    }

    /// The scopes of `role`, wherever it is held.
    pub fn scopes_of(&self, role: Role) -> impl Iterator<Item = &RoleScope> {
        self.roles.iter().filter(move |held| held.role == role).map(|held| &held.scope)
    }

    /// Whether it holds `role`.
    pub fn holds(&self, role: Role) -> bool {
        self.scopes_of(role).next().is_some()
    }
}

/// Only inside a query of the executor.
fn read(account: &PublicKey) -> Result<AccountView, NoView> {
    let key = AccountId32::new(*account);
    let own = pallet::Accounts::<Runtime>::get(&key).ok_or(NoView::Unknown)?;
    if pallet::Replaced::<Runtime>::contains_key(&key) {
        return Err(NoView::Replaced);
    }
    if pallet::Replacements::<Runtime>::contains_key(&key) {
        return Err(NoView::ReportedLost);
    }
    if pallet_access::Compromised::<Runtime>::contains_key(account) {
        return Err(NoView::ReportedStolen);
    }
    let department = pallet::Departments::<Runtime>::get(own).ok_or(NoView::Unknown)?;
    if !department.is_active() {
        return Err(NoView::DepartmentNotActive);
    }
    let mut roles: Vec<HeldRole> = pallet::Roles::<Runtime>::iter_prefix(&key)
        .filter(|((department, role), _)| Departments::in_force(&key, *department, *role).is_ok())
        .map(|((department, role), state)| {
            let by_all = state.giver.is_none();
            HeldRole { department, role, scope: state.scope, by_all }
        })
        .collect();
    if roles.is_empty() {
        return Err(NoView::NoRole);
    }
    roles.sort_by_key(|held| (held.department, held.role));
    let has_node = pallet::Validators::<Runtime>::get().iter().any(|validator| validator.department == own)
        || pallet::Observers::<Runtime>::iter_values().any(|observer| observer.department == own);
    Ok(AccountView { account: *account, department: department.info, roles, has_node })
}

/// The views of one block, so that a call seldom reads the state for them.
#[derive(Debug, Default)]
pub struct Views(Mutex<OfBlock>);

#[derive(Debug, Default)]
struct OfBlock {
    block: Digest32,
    views: BTreeMap<PublicKey, Result<Arc<AccountView>, NoView>>,
}

impl Views {
    /// What is known of the account in block `head`; none if it has to be read.
    pub fn known(&self, head: &Digest32, account: &PublicKey) -> Option<Result<Arc<AccountView>, NoView>> {
        let of_block = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (of_block.block == *head).then(|| of_block.views.get(account).cloned()).flatten()
    }

    /// Keeps what was read in block `head`, and forgets every other block's.
    pub fn keep(&self, head: Digest32, account: PublicKey, view: Result<Arc<AccountView>, NoView>) {
        let mut of_block = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if of_block.block != head {
            *of_block = OfBlock { block: head, views: BTreeMap::new() };
        }
        if of_block.views.len() < VIEWS_MAX {
            of_block.views.insert(account, view);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_says_nothing_is_nobodys() {
        let mut extensions = Extensions::new();
        assert_eq!(Caller::of(&extensions), Caller::Anonymous);
        extensions.insert(Caller::Local);
        assert_eq!(Caller::of(&extensions), Caller::Local);
    }

    #[test]
    fn what_was_read_counts_in_its_block_alone() {
        let views = Views::default();
        views.keep([1; 32], [7; 32], Err(NoView::NoRole));
        assert_eq!(views.known(&[1; 32], &[7; 32]), Some(Err(NoView::NoRole)));
        assert_eq!(views.known(&[2; 32], &[7; 32]), None);
        views.keep([2; 32], [8; 32], Err(NoView::Unknown));
        assert_eq!(views.known(&[2; 32], &[7; 32]), None);
    }
}
