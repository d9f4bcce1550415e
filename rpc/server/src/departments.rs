//! `departments_`: registrations from the records, what is in force from the head's state.

use crate::{
    accounts,
    context::{Context, Found},
    failure::Failure,
    page::{List, page},
};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_index::keys;
use mulu_proofs::{
    budget::BudgetClass,
    departments::{Observer, SystemInfo},
    ids::DepartmentId,
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    departments::{
        Account, BudgetUse, Department, DepartmentBudget, DepartmentRef, DepartmentsServer, Hosted, StatusHeld, System,
        Validator,
    },
};
use mulu_runtime::{Departments as Pallet, Runtime, pallet_calendar::CurrentCalendar, pallet_departments as pallet};
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

    async fn hosted(
        &self,
        host: Option<DepartmentId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Hosted>> {
        self.0
            .run(move |context| {
                let (list, head) = (List::ascending(keys::departments(), 4), context.head());
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let id = id_of(&context.indexed(keys::read_record(&row.value)?)?)?;
                    let read = || pallet::Departments::<Runtime>::get(id);
                    let Some(found) = context.parts.executor.query(&head, read)? else { return Ok(None) };
                    let of = found.info.host.filter(|of| host.is_none_or(|host| host == *of));
                    Ok(of.map(|host| Hosted { department: id, name: found.info.name.to_string(), host }))
                })
            })
            .await
    }

    async fn budget(&self, extensions: &Extensions, department: DepartmentId) -> RpcResult<Option<DepartmentBudget>> {
        self.0
            .run_for(extensions, move |context, viewer| match viewer.sees_own_of(department)? {
                true => budget(context, department),
                false => Ok(None),
            })
            .await
    }

    async fn validators(&self) -> RpcResult<Vec<Validator>> {
        self.0
            .run(|context| {
                let node = pallet::ValidatorNodes::<Runtime>::get;
                let read = || {
                    let validators = pallet::Validators::<Runtime>::get().into_iter();
                    validators.map(|v| Validator { department: v.department, key: v.key, node: node(v.key) }).collect()
                };
                Ok(context.parts.executor.query(&context.head(), read)?)
            })
            .await
    }

    async fn observers(&self) -> RpcResult<Vec<Observer>> {
        self.0
            .run(|context| {
                let read = || pallet::Observers::<Runtime>::iter_values().collect::<Vec<_>>();
                let mut observers = context.parts.executor.query(&context.head(), read)?;
                observers.sort_by_key(|observer| observer.node.key);
                Ok(observers)
            })
            .await
    }

    async fn account(&self, extensions: &Extensions, account: Hex32) -> RpcResult<Option<Account>> {
        self.0
            .run_for(extensions, move |context, viewer| match accounts::read(context, account)? {
                Some(found) if viewer.sees_account(&found.account.0, found.department)? => Ok(Some(found)),
                _ => Ok(None),
            })
            .await
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

/// The department that a record registered.
fn id_of(found: &Found) -> Result<DepartmentId, Failure> {
    Ok(found.body::<mulu_proofs::departments::DepartmentInfo>()?.id)
}

fn read_department(context: &Context, found: &Found) -> Result<Department, Failure> {
    let id = id_of(found)?;
    let state = context.parts.executor.query(&context.head(), || pallet::Departments::<Runtime>::get(id))?;
    let state = state.ok_or(Failure::Damaged { what: "a department that the index names" })?;
    let statuses = state.statuses.iter().map(|(from, status)| StatusHeld { from: *from, status: *status }).collect();
    let (is_active, is_admitted, info) = (state.is_active(), state.is_admitted, state.info);
    Ok(Department { info, is_active, is_admitted, statuses, record: found.record.number })
}

fn budget(context: &Context, department: DepartmentId) -> Result<Option<DepartmentBudget>, Failure> {
    let read = || {
        pallet::Departments::<Runtime>::contains_key(department).then(|| {
            let (budget, used) = (pallet::CurrentBudget::<Runtime>::get(), Pallet::used_now(department));
            let use_of = |class| {
                let (allowance, used) = (budget.of(class), used.of(class).on_day);
                BudgetUse { allowance, used, left: allowance.per_day.less(used) }
            };
            DepartmentBudget {
                department,
                day: used.day,
                until: CurrentCalendar::<Runtime>::get().end_of_day(used.day),
                acts: use_of(BudgetClass::Acts),
                batches: use_of(BudgetClass::Batches),
            }
        })
    };
    Ok(context.parts.executor.query(&context.head(), read)?)
}
