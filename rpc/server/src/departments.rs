//! `departments_`: registrations from the records, what is in force from the head's state.

use crate::{
    context::{Context, Found},
    failure::Failure,
    page::{List, page},
};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_index::keys;
use mulu_proofs::{
    departments::{AccountKey, DepartmentInfo, SystemInfo},
    ids::DepartmentId,
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    departments::{Account, Department, DepartmentRef, DepartmentsServer, RoleHeld, System},
};
use mulu_runtime::{Runtime, pallet_departments as pallet};
use sp_core::crypto::AccountId32;
use std::sync::Arc;

/// The namespace.
pub struct Departments(pub Arc<Context>);

#[async_trait]
impl DepartmentsServer for Departments {
    async fn departments(&self, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<Department>> {
        self.0
            .run(move |context| {
                let list = List::ascending(keys::departments(), 4);
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let found = context.indexed(keys::read_record(&row.value)?)?;
                    read_department(context, &found).map(Some)
                })
            })
            .await
    }

    async fn department(&self, department: DepartmentRef) -> RpcResult<Option<Department>> {
        self.0
            .run(move |context| {
                let id = match department {
                    DepartmentRef::Id(id) => Some(id),
                    DepartmentRef::Code(code) => {
                        context.parts.executor.query(&context.head(), || pallet::ByCode::<Runtime>::get(code))?
                    }
                };
                let Some(id) = id else { return Ok(None) };
                registration(context, id)?.map(|found| read_department(context, &found)).transpose()
            })
            .await
    }

    async fn account(&self, account: Hex32) -> RpcResult<Option<Account>> {
        self.0.run(move |context| read_account(context, account)).await
    }

    async fn systems(
        &self,
        department: Option<DepartmentId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<System>> {
        self.0
            .run(move |context| {
                let list = List::ascending(keys::systems(), 4);
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let found = context.indexed(keys::read_record(&row.value)?)?;
                    let info: SystemInfo = found.body()?;
                    let is_asked_for = department.is_none_or(|department| department == info.department);
                    Ok(is_asked_for.then_some(System { info, record: found.record.number }))
                })
            })
            .await
    }
}

/// The record that registered a department.
pub fn registration(context: &Context, id: DepartmentId) -> Result<Option<Found>, Failure> {
    let Some(row) = context.parts.store.index_get(&keys::department(id))? else { return Ok(None) };
    context.indexed(keys::read_record(&row)?).map(Some)
}

fn read_department(context: &Context, found: &Found) -> Result<Department, Failure> {
    let info: DepartmentInfo = found.body()?;
    let id = info.id;
    let state = context.parts.executor.query(&context.head(), || pallet::Departments::<Runtime>::get(id))?;
    Ok(Department { info, is_active: state.is_some_and(|state| state.is_active()), record: found.record.number })
}

fn read_account(context: &Context, account: Hex32) -> Result<Option<Account>, Failure> {
    let head = context.head();
    let key = AccountId32::new(account.0);
    let read = || {
        let department = pallet::Accounts::<Runtime>::get(&key)?;
        let roles = pallet::Roles::<Runtime>::iter_prefix(&key).collect::<Vec<_>>();
        Some((department, roles))
    };
    let Some((department, roles)) = context.parts.executor.query(&head, read)? else { return Ok(None) };
    let mut roles: Vec<RoleHeld> = roles
        .into_iter()
        .map(|((department, role), held)| RoleHeld {
            department,
            role,
            given: held.given,
            confirmed: held.confirmed,
            is_pending: held.is_pending,
            expires: held.expires,
            principal: held.principal,
        })
        .collect();
    roles.sort_by_key(|held| (held.department, held.role));
    let nonce = context.parts.executor.nonce(&head, &account.0)?;
    Ok(Some(Account { account: AccountKey(account.0), department, nonce, roles }))
}
