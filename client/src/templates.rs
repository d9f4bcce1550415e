//! A proposal's action as JSON: an example of each kind to begin with, and the reader of what was made of it.

use mulu_proofs::{
    budget::Budget,
    calendar::{Day, Parameters, YearCalendar},
    catalog::List,
    departments::{DepartmentStatus, NodeInfo, Observer, RoleScope},
    governance::{Action, Target, UpgradePlan},
    ids::{DepartmentId, Height, Moment},
    text::Text,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of actions, by their names in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// [`Action::SetDepartmentStatus`].
    SetDepartmentStatus,
    /// [`Action::NameAuthority`].
    NameAuthority,
    /// [`Action::AddValidator`].
    AddValidator,
    /// [`Action::RemoveValidator`].
    RemoveValidator,
    /// [`Action::RotateValidatorKey`].
    RotateValidatorKey,
    /// [`Action::RegisterObserver`].
    RegisterObserver,
    /// [`Action::RemoveObserver`].
    RemoveObserver,
    /// [`Action::NameAuditor`].
    NameAuditor,
    /// [`Action::SetCalendarYear`].
    SetCalendarYear,
    /// [`Action::SetParameters`].
    SetParameters,
    /// [`Action::PlanUpgrade`].
    PlanUpgrade,
    /// [`Action::CancelUpgrade`].
    CancelUpgrade,
    /// [`Action::AdmitDepartment`].
    AdmitDepartment,
    /// [`Action::SetBudget`].
    SetBudget,
}

/// Why a text is no action.
#[derive(Debug, thiserror::Error)]
pub enum ActionFileError {
    /// It is no JSON, or says something else.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It says something that would be left out.
    #[error("no action has the field `{field}` there")]
    UnknownField {
        /// Its name.
        field: String,
    },
}

impl ActionKind {
    /// Every kind, in the order of the codes.
    pub const ALL: &[Self] = &[
        Self::SetDepartmentStatus,
        Self::NameAuthority,
        Self::AddValidator,
        Self::RemoveValidator,
        Self::RotateValidatorKey,
        Self::RegisterObserver,
        Self::RemoveObserver,
        Self::NameAuditor,
        Self::SetCalendarYear,
        Self::SetParameters,
        Self::PlanUpgrade,
        Self::CancelUpgrade,
        Self::AdmitDepartment,
        Self::SetBudget,
    ];

    /// The kind of an action.
    pub const fn of(action: &Action) -> Self {
        match action {
            Action::SetDepartmentStatus { .. } => Self::SetDepartmentStatus,
            Action::NameAuthority { .. } => Self::NameAuthority,
            Action::AddValidator { .. } => Self::AddValidator,
            Action::RemoveValidator { .. } => Self::RemoveValidator,
            Action::RotateValidatorKey { .. } => Self::RotateValidatorKey,
            Action::RegisterObserver(_) => Self::RegisterObserver,
            Action::RemoveObserver { .. } => Self::RemoveObserver,
            Action::NameAuditor { .. } => Self::NameAuditor,
            Action::SetCalendarYear(_) => Self::SetCalendarYear,
            Action::SetParameters(_) => Self::SetParameters,
            Action::PlanUpgrade(_) => Self::PlanUpgrade,
            Action::CancelUpgrade => Self::CancelUpgrade,
            Action::AdmitDepartment { .. } => Self::AdmitDepartment,
            Action::SetBudget(_) => Self::SetBudget,
        }
    }
}

/// An example of a kind: of the right form throughout, and of nobody's chain.
pub fn template(kind: ActionKind) -> Action {
    let department = DepartmentId::new(2);
    let (key, node_key) = ([0x11; 32], [0x22; 32]);
    match kind {
        ActionKind::SetDepartmentStatus => {
            Action::SetDepartmentStatus { department, status: DepartmentStatus::Suspended }
        }
        ActionKind::NameAuthority => Action::NameAuthority { department },
        ActionKind::AddValidator => Action::AddValidator { department, key, node: node(node_key) },
        ActionKind::RemoveValidator => Action::RemoveValidator { key },
        ActionKind::RotateValidatorKey => Action::RotateValidatorKey { old: key, new: [0x33; 32] },
        ActionKind::RegisterObserver => {
            Action::RegisterObserver(Observer { department, name: text("审计观察节点"), node: node(node_key) })
        }
        ActionKind::RemoveObserver => Action::RemoveObserver { node_key },
        ActionKind::NameAuditor => Action::NameAuditor {
            account: [0x44; 32],
            department: DepartmentId::new(1),
            scope: RoleScope::Departments(List::truncate_from(vec![department])),
            basis: text("审计通知书〔2026〕1号"),
            // 2027-01-01T00:00:00 in Beijing.
            expires: Moment::new(1_798_732_800_000),
        },
        ActionKind::SetCalendarYear => Action::SetCalendarYear(YearCalendar {
            year: 2027,
            source: text("国务院办公厅关于2027年部分节假日安排的通知"),
            holidays: List::truncate_from(Day::from_civil(2027, 1, 1).into_iter().collect()),
            make_up: List::default(),
        }),
        ActionKind::SetParameters => Action::SetParameters(Parameters::default()),
        ActionKind::PlanUpgrade => Action::PlanUpgrade(UpgradePlan {
            height: Height::new(1_000_000),
            spec_version: 2,
            source_digest: [0x55; 32],
            targets: List::truncate_from(vec![Target { triple: text("x86_64-unknown-linux-gnu"), digest: [0x66; 32] }]),
        }),
        ActionKind::CancelUpgrade => Action::CancelUpgrade,
        ActionKind::AdmitDepartment => Action::AdmitDepartment { department },
        ActionKind::SetBudget => Action::SetBudget(Budget::default()),
    }
}

fn node(key: [u8; 32]) -> NodeInfo {
    NodeInfo { key, consensus_address: text("10.1.2.3:26656"), extrinsics_address: text("10.1.2.3:26657") }
}

fn text<const BYTES: u32>(text: &str) -> Text<BYTES> {
    Text::new(text).expect("shorter than the bound; a test makes every template")
}

/// Reads an action. What the ledger would not keep is refused, lest a head proposes less than the file seems to say.
///
/// # Errors
/// [`ActionFileError`].
pub fn read_action(json: &[u8]) -> Result<Action, ActionFileError> {
    let given: Value = serde_json::from_slice(json)?;
    let action: Action = serde_json::from_value(given.clone())?;
    match unknown(&given, &serde_json::to_value(&action)?) {
        Some(field) => Err(ActionFileError::UnknownField { field }),
        None => Ok(action),
    }
}

/// The first field of `given` that `read` does not have.
fn unknown(given: &Value, read: &Value) -> Option<String> {
    match (given, read) {
        (Value::Object(given), Value::Object(read)) => given.iter().find_map(|(name, value)| match read.get(name) {
            Some(read) => unknown(value, read),
            None => Some(name.clone()),
        }),
        (Value::Array(given), Value::Array(read)) => given.iter().zip(read).find_map(|(a, b)| unknown(a, b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use codec::Encode;

    #[test]
    fn every_kind_has_a_template_that_reads_back_and_keeps_the_rules_of_its_action() {
        for (code, kind) in ActionKind::ALL.iter().enumerate() {
            let action = template(*kind);
            assert_eq!(ActionKind::of(&action), *kind);
            assert_eq!(usize::from(action.encode()[0]), code, "{kind:?} stands at its code");
            assert_eq!(action.check(), Ok(()), "{kind:?}");
            let json = serde_json::to_vec_pretty(&action).unwrap();
            assert_eq!(read_action(&json).unwrap(), action);
            let name = serde_json::to_value(kind).unwrap();
            assert!(String::from_utf8(json).unwrap().contains(name.as_str().unwrap()), "{kind:?} under its own name");
        }
    }

    #[test]
    fn a_field_that_no_action_has_is_refused_wherever_it_stands() {
        let mut json = serde_json::to_value(template(ActionKind::PlanUpgrade)).unwrap();
        json["plan_upgrade"]["targets"][0]["sha256"] = "00".into();
        let error = read_action(json.to_string().as_bytes()).unwrap_err();
        assert!(matches!(&error, ActionFileError::UnknownField { field } if field == "sha256"), "{error}");
        let error = read_action(br#"{"remove_validator":{}}"#).unwrap_err();
        assert!(error.to_string().contains("missing field `key`"), "{error}");
        assert!(matches!(read_action(b"{"), Err(ActionFileError::Json(_))));
    }

    #[test]
    fn the_arrangements_that_come_with_the_chain_are_calendars() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../chain-spec/calendars");
        let mut years = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let year: YearCalendar = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
            assert_eq!(Action::SetCalendarYear(year.clone()).check(), Ok(()));
            years.push(year.year);
        }
        years.sort_unstable();
        assert_eq!(years, [2025, 2026]);
    }
}
