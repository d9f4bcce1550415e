//! First part of the story: departments, accounts, roles, systems and purposes that are not in genesis.

use super::{
    progress::Progress,
    scenario::{self, ACCOUNTS, AUTHORITY, FURTHER, PURPOSES, ROLE_EXPIRY, SYSTEMS, System, text},
};
use crate::{
    error::{Error, expect},
    ledger::{Act, Ledger, rows},
    people::People,
};
use mulu_client::calls::Call;
use mulu_proofs::{
    departments::{Role, RoleScope},
    ids::{DepartmentId, PublicKey, PurposeId, SystemId},
};
use mulu_rpc_api::{departments::DepartmentsClient, sharing::SharingClient};

/// Registers everybody. The authority's supervisor begins, the new admins go on, and the supervisor signs a second time where a role signs
/// legal acts.
pub async fn register(ledger: &Ledger<'_>, people: &mut People, progress: &Progress) -> Result<(), Error> {
    let keys = make_keys(people)?;
    let supervisor = people.key(AUTHORITY, "supervisor");
    let by_supervisor = |call| Act { department: AUTHORITY, key: supervisor, call };

    let mut acts: Vec<Act<'_>> = FURTHER
        .iter()
        .map(|(id, name)| by_supervisor(Call::register_department(&scenario::department(*id, name))))
        .collect();
    acts.extend(PURPOSES.map(|(code, name)| by_supervisor(Call::register_purpose(&text(code), &text(name)))));
    for (id, account, role) in &keys {
        acts.push(by_supervisor(Call::register_account(account, DepartmentId::new(*id))));
        if *role == Role::Admin {
            acts.push(by_supervisor(give(*id, account, *role)));
        }
    }
    let given = keys.iter().filter(|(_, _, role)| *role != Role::Admin).collect::<Vec<_>>();
    let confirmed = given.iter().filter(|(_, _, role)| role.needs_second_signature()).count();
    let bar = progress.bar(acts.len() + given.len() + SYSTEMS.len() + confirmed);
    ledger.acts(acts, || bar.inc(1)).await?;

    let mut acts = Vec::new();
    for (id, account, role) in &given {
        acts.push(Act { department: *id, key: people.key(*id, "admin"), call: give(*id, account, *role) });
    }
    for System { department, kind, code, name } in SYSTEMS {
        let call = Call::register_system(DepartmentId::new(department), kind, &text(code), &text(name));
        acts.push(Act { department, key: people.key(department, "admin"), call });
    }
    ledger.acts(acts, || bar.inc(1)).await?;

    let second = given.iter().filter(|(_, _, role)| role.needs_second_signature());
    let acts =
        second.map(|(id, account, role)| by_supervisor(Call::confirm_role(account, DepartmentId::new(*id), *role)));
    ledger.acts(acts.collect(), || bar.inc(1)).await?;
    bar.finish_and_clear();
    Ok(())
}

fn give(department: u32, account: &PublicKey, role: Role) -> Call {
    let department = DepartmentId::new(department);
    Call::give_role(account, department, role, ROLE_EXPIRY, &RoleScope::Everything, None, &text(""))
}

/// A key for every account of the further departments.
fn make_keys(people: &mut People) -> Result<Vec<(u32, PublicKey, Role)>, Error> {
    let mut keys = Vec::new();
    for (id, _) in FURTHER {
        keys.push((id, people.add(id, "admin")?, Role::Admin));
        for (who, role) in ACCOUNTS {
            keys.push((id, people.add(id, who)?, role));
        }
    }
    Ok(keys)
}

/// How many departments the ledger has; the further ones must be among them under their names.
pub async fn count(ledger: &Ledger<'_>) -> Result<usize, Error> {
    let connection = ledger.lines().of(AUTHORITY);
    let departments =
        rows("listing the departments", async |cursor| connection.departments(cursor, None).await).await?;
    for (id, name) in FURTHER {
        let found = departments.iter().find(|department| department.info.id.get() == id);
        let named = found.is_some_and(|department| department.info.name.as_str() == name);
        expect(named, || format!("department {id} is not {name} on the ledger"))?;
    }
    Ok(departments.len())
}

/// Id of a system.
pub async fn system_id(ledger: &Ledger<'_>, system: &System) -> Result<SystemId, Error> {
    let department = DepartmentId::new(system.department);
    let connection = ledger.lines().of(system.department);
    let systems =
        rows("listing systems", async |cursor| connection.systems(Some(department), cursor, None).await).await?;
    let found = systems.iter().find(|found| found.info.code.as_str() == system.code);
    found.map(|found| found.info.id).ok_or_else(|| Error::Unexpected(format!("system {} is not there", system.code)))
}

/// Id of a purpose.
pub async fn purpose_id(ledger: &Ledger<'_>, code: &str) -> Result<PurposeId, Error> {
    let connection = ledger.lines().of(AUTHORITY);
    let purposes = rows("listing purposes", async |cursor| connection.purposes(cursor, None).await).await?;
    let found = purposes.iter().find(|purpose| purpose.code == code);
    found.map(|purpose| purpose.id).ok_or_else(|| Error::Unexpected(format!("purpose {code} is not there")))
}
