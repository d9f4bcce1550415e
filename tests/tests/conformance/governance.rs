//! Every action that departments decide on, and what a head signs.

use super::{Frozen, sample::account};
use codec::Encode;
use mulu_proofs::{
    budget::Budget,
    calendar::{Day, Parameters, YearCalendar},
    departments::{DepartmentStatus, NodeInfo, Observer, RoleScope},
    governance::{Action, Enactment, ProposalTerms, Target, UpgradePlan, proposal_digest},
    ids::{DepartmentId, Height, Moment, ProposalId},
    text::Text,
};

pub fn add(frozen: &mut Frozen) {
    frozen.section("governance");
    for action in actions() {
        let name = format!("{action:?}");
        let name = name.split([' ', '(']).next().unwrap().to_owned();
        frozen.add(name, action.encode());
    }
    frozen.add("terms", terms().encode());
    frozen.add("digest of a proposal", proposal_digest(ProposalId::new(1), &terms()));
    frozen.add("done", Enactment::Done.encode());
    frozen.add("refused", Enactment::Refused { pallet: 10, error: [7, 0, 0, 0] }.encode());
    frozen.add("failed", Enactment::Failed.encode());
}

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

/// What the sample's proposal says.
pub fn terms() -> ProposalTerms {
    let action = Action::NameAuthority { department: DepartmentId::new(1) };
    ProposalTerms { action, expires: Moment::new(1_790_000_000_000), enact_at: Some(Height::new(258)) }
}

/// One action of each code, ascending.
fn actions() -> [Action; 14] {
    let department = DepartmentId::new(2);
    let node = NodeInfo {
        key: account(2),
        consensus_address: text("10.1.2.3:26656"),
        extrinsics_address: text("[fd00::1]:26657"),
    };
    let observer = Observer { department, name: text("审计"), node: node.clone() };
    let target = Target { triple: text("x86_64-unknown-linux-gnu"), digest: [4; 32] };
    let plan = UpgradePlan {
        height: Height::new(70_000),
        spec_version: 2,
        source_digest: [3; 32],
        targets: vec![target].try_into().unwrap(),
    };
    let year = YearCalendar {
        year: 2026,
        source: text("国办发明电〔2025〕7号"),
        holidays: vec![Day::from_civil(2026, 1, 1).unwrap()].try_into().unwrap(),
        make_up: vec![Day::from_civil(2026, 1, 4).unwrap()].try_into().unwrap(),
    };
    [
        Action::SetDepartmentStatus { department, status: DepartmentStatus::Suspended },
        terms().action,
        Action::AddValidator { department, key: account(1), node: node.clone() },
        Action::RemoveValidator { key: account(1) },
        Action::RotateValidatorKey { old: account(1), new: account(3) },
        Action::RegisterObserver(observer),
        Action::RemoveObserver { node_key: account(2) },
        Action::NameAuditor {
            account: account(40),
            department: DepartmentId::new(1),
            scope: RoleScope::Everything,
            basis: text("审计通知书〔2026〕3号"),
            expires: Moment::new(1_800_000_000_000),
        },
        Action::SetCalendarYear(year),
        Action::SetParameters(Parameters::default()),
        Action::PlanUpgrade(plan),
        Action::CancelUpgrade,
        Action::AdmitDepartment { department },
        Action::SetBudget(Budget::FLOOR),
    ]
}
