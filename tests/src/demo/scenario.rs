//! The story of the demo: who is there, what data exists, who asks for it and why. Fixed, so that every run tells the same.
//!
//! Four departments run validators and are in genesis; four more are registered on the chain. The labour department pays pensions and asks
//! the police for the register of deaths, so that nobody who died is paid.

use mulu_client::calls::DepartmentDraft;
use mulu_proofs::{
    catalog::{EntryContent, List, Method},
    departments::{AccountKey, CreditCode, Level, Role, SystemKind},
    ids::{DepartmentId, EntryId, Moment, PurposeId, SystemId, Version},
    sharing::{Policy, RequestTerms, Stage, Threshold},
    text::Text,
};

/// The competent authority.
pub const AUTHORITY: u32 = 1;
/// The police, who keep the register.
pub const PROVIDER: u32 = 2;
/// The labour department, which asks.
pub const CONSUMER: u32 = 6;
/// A department that tries without a grant.
pub const STRANGER: u32 = 8;
/// Departments in genesis: as many as validators.
pub const VALIDATORS: u32 = 4;
/// Length of the chain's days: short, so that a term in working days runs out while somebody watches.
pub const DAY_SECONDS: u32 = 1;
/// Departments that are registered on the chain, and their names.
pub const FURTHER: [(u32, &str); 4] =
    [(5, "市生态环境局"), (6, "市人力资源和社会保障局"), (7, "市市场监督管理局"), (8, "市农业农村局")];
/// Accounts that each of them gets, beside its admin.
pub const ACCOUNTS: [(&str, Role); 5] = [
    ("cataloguer", Role::Cataloguer),
    ("head", Role::Head),
    ("officer", Role::Officer),
    ("applicant", Role::Applicant),
    ("platform", Role::Platform),
];
/// The entry that is asked for: deaths reported to the household register.
pub const ENTRY_CODE: &str = "101002/2001";
/// Items that are asked for: identity number and date, but not the cause.
pub const ITEMS: u64 = 0b011;
/// All of its items.
pub const ALL_ITEMS: u64 = 0b111;
/// An entry that the authority returns once.
pub const RETURNED_CODE: &str = "306001/1001";
/// Who signs of the three approvers.
pub const SIGNING_APPROVERS: [&str; 2] = ["approver1", "approver3"];
/// All three.
pub const APPROVERS: [&str; 3] = ["approver1", "approver2", "approver3"];

/// 2100-01-01T00:00:00Z: roles of the demo outlast it.
pub const ROLE_EXPIRY: Moment = Moment::new(4_102_444_800_000);
const REGION: u32 = 330_100;
const DAY_MS: u64 = 86_400_000;

/// A system by its place in [`SYSTEMS`].
#[derive(Clone, Copy, Debug)]
pub struct System {
    /// Department that registers it.
    pub department: u32,
    /// What it is.
    pub kind: SystemKind,
    /// Code, unique in the department.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
}

/// The provider's gateway, which serves the data and reports.
pub const GATEWAY: System =
    System { department: PROVIDER, kind: SystemKind::Platform, code: "GA-GATEWAY", name: "公安数据共享网关" };
/// The consumer's platform, which reports what it fetched.
pub const PLATFORM: System =
    System { department: CONSUMER, kind: SystemKind::Platform, code: "RS-PLATFORM", name: "人社数据共享平台" };
/// The business system that uses the data.
pub const PENSIONS: System =
    System {
        department: CONSUMER, kind: SystemKind::Business, code: "RS-PENSION", name: "养老保险待遇核发系统"
    };
/// All of them.
pub const SYSTEMS: [System; 3] = [GATEWAY, PLATFORM, PENSIONS];

/// Purposes of the governed list: code and meaning.
pub const PURPOSES: [(&str, &str); 2] = [("DY-HC", "待遇资格核查"), ("TJ-FX", "统计分析")];

/// Text of the scenario, which is short.
pub fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).expect("texts of the scenario keep their bounds")
}

/// List of the scenario, which is short.
fn list<T: Clone, const N: u32>(items: &[T]) -> List<T, N> {
    List::try_from(items.to_vec()).ok().expect("lists of the scenario keep their bounds")
}

/// A further department, as it is registered.
pub fn department(id: u32, name: &str) -> DepartmentDraft {
    DepartmentDraft {
        credit_code: CreditCode::with_check_character(&format!("11{REGION}{id:09}")).expect("digits only"),
        name: text(name),
        level: Level::City,
        region: REGION,
        parent: Some(DepartmentId::new(AUTHORITY)),
        host: Some(DepartmentId::new((id - 1) % VALIDATORS + 1)),
        is_data_manager: false,
    }
}

/// The sample catalog: 45 entries of seven departments.
///
/// # Panics
/// If the file of the sample does not read, which a test checks.
pub fn catalog() -> Vec<EntryContent> {
    serde_json::from_str(include_str!("../../sample/catalog.json")).expect("the sample catalog reads; tested")
}

/// Two of three named approvers, then (as always) the provider's officer.
pub fn policy(approvers: [AccountKey; 3]) -> Policy {
    let stage = Stage {
        departments: list(&[DepartmentId::new(PROVIDER)]),
        role: Role::Approver,
        approvers: list(&approvers),
        threshold: Threshold::Count(2),
    };
    Policy { stages: list(&[stage]) }
}

/// What the labour department asks for.
pub fn terms(
    entry: (EntryId, Version),
    purpose: PurposeId,
    using: SystemId,
    platforms: [SystemId; 2],
    now: Moment,
) -> RequestTerms {
    let mut platforms = platforms;
    platforms.sort();
    RequestTerms {
        entry: entry.0,
        entry_version: entry.1,
        items: ITEMS,
        consumer: DepartmentId::new(CONSUMER),
        basis: text("《社会保险法》第八十一条；养老保险待遇领取资格核查办法"),
        scenario: text("按月核查养老待遇领取人员的死亡注销状态"),
        scope: text("养老保险待遇核发岗位，仅核验，不留存原始数据"),
        method: Method::ServiceInterface,
        from: Moment::new(now.get() - DAY_MS),
        until: Moment::new(now.get() + 365 * DAY_MS),
        purposes: list(&[purpose]),
        matter: text("养老保险待遇支付"),
        systems: list(&[using]),
        platforms: list(&platforms),
        calls_per_day: 100_000,
        rows_per_day: 100_000,
        papers: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::catalog::SharingClass;
    use std::collections::BTreeSet;

    #[test]
    fn the_sample_has_forty_entries_of_six_departments_at_least() {
        let catalog = catalog();
        let providers: BTreeSet<_> = catalog.iter().map(|entry| entry.provider).collect();
        let codes: BTreeSet<_> = catalog.iter().map(|entry| entry.code.clone()).collect();
        assert!(catalog.len() >= 40 && providers.len() >= 6);
        assert_eq!(codes.len(), catalog.len(), "no code twice");
        for entry in &catalog {
            let checked = mulu_runtime::Catalog::check_content(entry);
            assert!(checked.is_ok(), "{}: {checked:?}", entry.name);
        }
        let known = 1..=VALIDATORS + FURTHER.len() as u32;
        assert!(providers.iter().all(|provider| known.contains(&provider.get())));
    }

    #[test]
    fn the_entry_that_is_asked_for_is_conditional_and_has_an_item_more_than_is_asked_for() {
        let catalog = catalog();
        let entry = catalog.iter().find(|entry| entry.code.as_str() == ENTRY_CODE).unwrap();
        assert_eq!(entry.provider.get(), PROVIDER);
        assert_eq!(entry.sharing.class, SharingClass::Conditional);
        assert!(entry.sharing.methods.contains(Method::ServiceInterface));
        assert_eq!((1u64 << entry.items.len()) - 1, ALL_ITEMS);
        const { assert!(ITEMS & !ALL_ITEMS == 0 && ITEMS != ALL_ITEMS) };
        assert!(catalog.iter().any(|entry| entry.code.as_str() == RETURNED_CODE));
    }

    #[test]
    fn departments_and_systems_differ() {
        let codes: BTreeSet<_> = FURTHER.iter().map(|(id, name)| department(*id, name).credit_code).collect();
        assert_eq!(codes.len(), FURTHER.len());
        let systems: BTreeSet<_> = SYSTEMS.iter().map(|system| (system.department, system.code)).collect();
        assert_eq!(systems.len(), SYSTEMS.len());
    }
}
