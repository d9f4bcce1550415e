//! Who is in a new chain: departments, their accounts with roles, their validators.

use crate::keys::Seed;
use mulu_proofs::{
    departments::{
        AccountRegistered, CreditCode, DepartmentInfo, Level, Role, RoleGiven, SystemInfo, ValidatorRegistered,
    },
    ids::{DepartmentId, Moment, PublicKey},
    sharing::PurposeRegistered,
    text::Text,
};

/// Most departments of a new chain; further ones are registered on it.
pub const DEPARTMENTS_MAX: usize = 1_000;
/// 2100-01-01T00:00:00Z: roles of a test chain outlast it.
const ROLE_EXPIRY: Moment = Moment::new(4_102_444_800_000);
/// Region of all departments of a test chain (GB/T 2260: Hangzhou).
const REGION: u32 = 330_100;
/// Name, and role, of each account of a department.
const ROLES: [(&str, Role); 9] = [
    ("admin", Role::Admin),
    ("cataloguer", Role::Cataloguer),
    ("head", Role::Head),
    ("officer", Role::Officer),
    ("approver1", Role::Approver),
    ("approver2", Role::Approver),
    ("approver3", Role::Approver),
    ("applicant", Role::Applicant),
    ("platform", Role::Platform),
];
/// Further accounts of the competent authority.
const ROLES_OF_AUTHORITY: [(&str, Role); 3] =
    [("reviewer", Role::Reviewer), ("supervisor", Role::Supervisor), ("auditor", Role::Auditor)];
/// Departments with names of their own; the first is the competent authority. Further ones are numbered.
const NAMES: [&str; 8] = [
    "市数据局",
    "市公安局",
    "市民政局",
    "市卫生健康委员会",
    "市生态环境局",
    "市人力资源和社会保障局",
    "市市场监督管理局",
    "市农业农村局",
];

/// Everybody in a new chain.
#[derive(Debug)]
pub struct Plan {
    /// Departments with the ids 1, 2, …
    pub departments: Vec<DepartmentInfo>,
    /// Their accounts.
    pub accounts: Vec<Account>,
    /// Nodes of the first of them, one each, in the order of the departments.
    pub nodes: Vec<Node>,
    /// Their systems, with the ids 1, 2, …
    pub systems: Vec<SystemInfo>,
    /// Purposes of sharing, with the ids 1, 2, …
    pub purposes: Vec<PurposeRegistered>,
}

/// An account with its roles.
#[derive(Debug)]
pub struct Account {
    /// Name, unique in the chain: `d2-head`.
    pub name: String,
    /// Its department.
    pub department: DepartmentId,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its key.
    pub key: AccountKey,
}

/// The key of an account.
#[derive(Debug)]
pub enum AccountKey {
    /// An ed25519 key, which gets a file.
    Seed(Seed),
    /// A well-known sr25519 key: Substrate's clients derive it from its words, and `mulu` has no use for it.
    WellKnown(PublicKey),
}

impl AccountKey {
    /// The account.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Seed(seed) => seed.public(),
            Self::WellKnown(key) => *key,
        }
    }
}

/// A node with a vote.
#[derive(Debug)]
pub struct Node {
    /// The department that runs it.
    pub department: DepartmentId,
    /// Signs blocks.
    pub validator: Seed,
    /// Names it to its peers.
    pub node: Seed,
}

impl Plan {
    /// A chain of `departments`, of which the first `validators` have a node. Keys come from `key_for`, called with their names.
    pub fn with_departments(validators: usize, departments: usize, key_for: impl Fn(&str) -> Seed) -> Self {
        let mut plan = Self {
            departments: Vec::new(),
            accounts: Vec::new(),
            nodes: Vec::new(),
            systems: Vec::new(),
            purposes: Vec::new(),
        };
        for place in 0..departments.max(validators) {
            let number = u32::try_from(place + 1).expect("at most DEPARTMENTS_MAX");
            let department = DepartmentId::new(number);
            let is_authority = place == 0;
            plan.departments.push(department_info(department, is_authority));
            let further = if is_authority { &ROLES_OF_AUTHORITY[..] } else { &[] };
            for (name, role) in ROLES.iter().chain(further) {
                let name = format!("d{number}-{name}");
                let key = AccountKey::Seed(key_for(&name));
                plan.accounts.push(Account { name, department, roles: vec![*role], key });
            }
            if place < validators {
                let validator = key_for(&format!("d{number}-validator"));
                let node = key_for(&format!("d{number}-node"));
                plan.nodes.push(Node { department, validator, node });
            }
        }
        plan
    }

    /// The accounts of genesis.
    pub fn registrations(&self) -> Vec<AccountRegistered> {
        self.accounts
            .iter()
            .map(|account| AccountRegistered { account: account.key.public(), department: account.department })
            .collect()
    }

    /// The roles of genesis.
    pub fn roles(&self) -> Vec<RoleGiven> {
        let given = |account: &Account| {
            let (key, department) = (account.key.public(), account.department);
            let role = |role: &Role| RoleGiven::in_genesis(key, department, *role, ROLE_EXPIRY);
            account.roles.iter().map(role).collect::<Vec<_>>()
        };
        self.accounts.iter().flat_map(given).collect()
    }

    /// The validators of genesis.
    pub fn validators(&self) -> Vec<ValidatorRegistered> {
        let registered =
            |node: &Node| ValidatorRegistered { department: node.department, key: node.validator.public(), node: None };
        self.nodes.iter().map(registered).collect()
    }
}

fn department_info(id: DepartmentId, is_authority: bool) -> DepartmentInfo {
    let place = id.get() as usize - 1;
    let name = NAMES.get(place).map_or_else(|| format!("市属部门{id}"), |name| (*name).to_owned());
    DepartmentInfo {
        id,
        // 11: an organ of state; then region and nine characters of the organisation.
        credit_code: CreditCode::with_check_character(&format!("11{REGION}{id:09}")).expect("digits only"),
        name: Text::new(&name).expect("shorter than NAME_BYTES_MAX"),
        level: Level::City,
        region: REGION,
        parent: (!is_authority).then_some(DepartmentId::new(1)),
        is_authority,
        host: None,
        is_data_manager: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_department_has_its_accounts_and_one_is_the_authority() {
        let plan = Plan::with_departments(10, 10, Seed::development);
        assert_eq!(plan.accounts.len(), 10 * ROLES.len() + ROLES_OF_AUTHORITY.len());
        let keys: BTreeSet<_> = plan.accounts.iter().map(|account| account.key.public()).collect();
        assert_eq!(keys.len(), plan.accounts.len());
        assert_eq!(plan.departments.iter().filter(|department| department.is_authority).count(), 1);
        assert!(plan.departments.iter().all(|department| department.credit_code.is_valid()));
        let codes: BTreeSet<_> = plan.departments.iter().map(|department| department.credit_code).collect();
        assert_eq!(codes.len(), 10);
        assert_eq!(plan.departments[9].name.as_str(), "市属部门10");
    }

    #[test]
    fn departments_without_a_node_have_their_accounts_all_the_same() {
        let plan = Plan::with_departments(4, 7, Seed::development);
        assert_eq!((plan.departments.len(), plan.nodes.len(), plan.validators().len()), (7, 4, 4));
        assert!(plan.accounts.iter().any(|account| account.name == "d7-head"));
    }
}
