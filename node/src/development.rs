//! Who is in a chain for development: four departments, of which the first runs the node, and the accounts that Substrate's clients
//! know by name, each as an sr25519 and as an ed25519 key. docs/substrate-clients.md has the table.

use crate::{
    keys::Seed,
    plan::{Account, AccountKey, Plan},
};
use mulu_proofs::{
    departments::{Role, SystemInfo, SystemKind},
    ids::{DepartmentId, PurposeId, SystemId},
    sharing::PurposeRegistered,
    text::Text,
};
use sp_core::{Pair, sr25519};

/// The first, a competent authority, runs the node and hosts the others.
const DEPARTMENTS: usize = 4;
/// Name, department and roles. Together they can do every act of an entry and of a request, each step by somebody else, and their
/// heads are three of the four votes that decide a proposal.
const PEOPLE: [(&str, u32, &[Role]); 6] = [
    ("Alice", 1, &[Role::Reviewer, Role::Supervisor, Role::Head]),
    ("Bob", 2, &[Role::Cataloguer, Role::Platform]),
    ("Charlie", 2, &[Role::Head, Role::Approver]),
    ("Dave", 3, &[Role::Officer, Role::Head]),
    ("Eve", 3, &[Role::Applicant, Role::Cataloguer]),
    ("Ferdie", 2, &[Role::Officer]),
];
/// Department, kind, code and name of the systems, so that a request can name some at once.
const SYSTEMS: [(u32, SystemKind, &str, &str); 2] =
    [(2, SystemKind::Platform, "gateway", "数据共享网关"), (3, SystemKind::Business, "subsidies", "补贴管理系统")];

/// Everybody in a chain for development.
pub fn plan() -> Plan {
    let mut plan = Plan::with_departments(1, DEPARTMENTS, Seed::development);
    for hosted in plan.departments.iter_mut().skip(1) {
        hosted.host = Some(DepartmentId::new(1));
    }
    for (name, department, roles) in PEOPLE {
        let ed25519 = AccountKey::Seed(Seed::of_substrate(name));
        for (name, key) in [(name.to_lowercase(), ed25519), (format!("{}-sr25519", name.to_lowercase()), sr25519(name))]
        {
            plan.accounts.push(Account { name, department: DepartmentId::new(department), roles: roles.to_vec(), key });
        }
    }
    let system = |(id, (department, kind, code, name)): (u32, (u32, SystemKind, &str, &str))| SystemInfo {
        id: SystemId::new(id),
        department: DepartmentId::new(department),
        kind,
        code: text(code),
        name: text(name),
    };
    plan.systems = (1..).zip(SYSTEMS).map(system).collect();
    plan.purposes =
        vec![PurposeRegistered { id: PurposeId::new(1), code: text("DEV-1"), name: text("补贴资格审核") }];
    plan
}

fn text<const N: u32>(words: &str) -> Text<N> {
    Text::new(words).expect("the texts of this file are short")
}

fn sr25519(name: &str) -> AccountKey {
    let pair = sr25519::Pair::from_string(&format!("//{name}"), None).expect("a name makes a path");
    AccountKey::WellKnown(pair.public().0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis::ChainFiles;
    use mulu_chain_spec::ChainType;
    use mulu_proofs::{calendar::DayLength, ids::Moment};
    use sp_core::crypto::{AccountId32, Ss58Codec};

    fn account(name: &str) -> String {
        let plan = plan();
        let account = plan.accounts.iter().find(|account| account.name == name).unwrap();
        AccountId32::new(account.key.public()).to_ss58check()
    }

    #[test]
    fn the_accounts_are_those_that_every_client_of_substrate_knows() {
        assert_eq!(account("alice-sr25519"), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        assert_eq!(account("bob-sr25519"), "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty");
        assert_eq!(account("ferdie-sr25519"), "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL");
        assert_eq!(account("alice"), "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu");
        assert_eq!(account("bob"), "5GoNkf6WdbxCFnPdAnYYQyCjAKPJgLNxXwPjwTh6DGg6gN3E");
    }

    #[test]
    fn the_plan_makes_a_chain_that_is_always_the_same() {
        let hash = || {
            let moment = Moment::new(1_767_225_600_000);
            ChainFiles::new(&plan(), "dev".into(), ChainType::Development, moment, DayLength::Civil).unwrap().hash
        };
        assert_eq!(hash(), hash());
    }

    #[test]
    fn three_of_four_departments_have_a_head_among_them_and_no_admin_signs() {
        let heads = PEOPLE.iter().filter(|(_, _, roles)| roles.contains(&Role::Head));
        assert_eq!(heads.map(|(_, department, _)| *department).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(PEOPLE.iter().all(|(_, _, roles)| !roles.contains(&Role::Admin)));
    }
}
