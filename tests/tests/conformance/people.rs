//! Departments, keys and nodes: a record of each kind that the sample's story does not need.

use super::sample::{World, account, content};
use mulu_proofs::{
    budget::Budget,
    catalog::List,
    departments::{
        AccountRegistered, AccountReplaced, AuthorityNamed, DepartmentAdmitted, DepartmentInfo, DepartmentStatus,
        DepartmentStatusSet, KeyReportWithdrawn, KeyReportedLost, Level, NodeInfo, Observer, Role, RoleRevoked,
        ValidatorKeyRotated, ValidatorRegistered, ValidatorRemoved,
    },
    ids::DepartmentId,
    records::RecordKind,
    text::Text,
};

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

fn node(seed: u8) -> NodeInfo {
    NodeInfo {
        key: account(seed),
        consensus_address: text("10.0.0.1:26656"),
        extrinsics_address: text("[2001:db8::1]:26657"),
    }
}

/// Appends them.
pub fn records(world: &mut World) {
    let department = DepartmentId::new(2);
    let registered = AccountRegistered { account: account(40), department };
    world.record(RecordKind::AccountRegistered, 2, Some(content::ADMIN), &registered);
    let revoked = RoleRevoked { account: account(40), department, role: Role::Cataloguer };
    world.record(RecordKind::RoleRevoked, 2, Some(content::ADMIN), &revoked);
    keys(world, department);
    let revised = DepartmentInfo {
        name: text("省民政厅（更名）"),
        parent: Some(DepartmentId::new(1)),
        is_data_manager: true,
        ..content::department(2)
    };
    world.record(RecordKind::DepartmentRevised, 1, Some(content::SUPERVISOR), &revised);
    let (before, status) = (DepartmentStatus::Active, DepartmentStatus::Suspended);
    world.record(RecordKind::DepartmentStatusSet, 0, None, &DepartmentStatusSet { department, before, status });
    let (level, region, before) = (Level::Province, 330_000, Some(DepartmentId::new(1)));
    world.record(RecordKind::AuthorityNamed, 0, None, &AuthorityNamed { department, level, region, before });
    nodes(world, department);
    world.record(RecordKind::DepartmentAdmitted, 0, None, &DepartmentAdmitted { department });
}

fn keys(world: &mut World, department: DepartmentId) {
    let roles = List::try_from(vec![Role::Cataloguer, Role::Officer]).unwrap();
    let rotated = AccountReplaced { old: account(40), new: account(41), department, roles, confirmed: None };
    world.record(RecordKind::KeyRotated, 2, Some(40), &rotated);
    let lost = KeyReportedLost { old: account(41), new: account(42), department, reason: text("卡片遗失") };
    let reported = world.record(RecordKind::KeyReportedLost, 2, Some(content::ADMIN), &lost);
    let signed_as = world.signed_as(content::HEAD, Role::Head, 2);
    let confirmed = Some((reported, signed_as));
    let withdrawn = KeyReportWithdrawn { old: account(41), new: account(42), department, reported };
    world.record(RecordKind::KeyReportWithdrawn, 2, Some(41), &withdrawn);
    let replaced = AccountReplaced { old: account(41), new: account(42), roles: List::default(), confirmed, ..rotated };
    world.record(RecordKind::KeyReplaced, 2, Some(content::HEAD), &replaced);
}

fn nodes(world: &mut World, department: DepartmentId) {
    let (old, new) = (account(1), account(2));
    let validator = ValidatorRegistered { department, key: old, node: Some(node(3)) };
    world.record(RecordKind::ValidatorRegistered, 0, None, &validator);
    world.record(RecordKind::ValidatorKeyRotated, 0, None, &ValidatorKeyRotated { department, old, new });
    world.record(RecordKind::ValidatorRemoved, 0, None, &ValidatorRemoved { department, key: new });
    let observer = Observer { department, name: text("审计观察节点"), node: node(4) };
    world.record(RecordKind::ObserverRegistered, 0, None, &observer);
    world.record(RecordKind::ObserverRemoved, 0, None, &observer);
    world.record(RecordKind::BudgetSet, 0, None, &Budget::default());
}
