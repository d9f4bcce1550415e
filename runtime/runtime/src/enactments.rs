//! What decisions of governance do: each action is one function of one pallet.

use crate::{Calendar, Departments};
use frame_support::{dispatch::DispatchResult, pallet_prelude::DispatchError};
use mulu_pallet_support::Enact;
use mulu_proofs::{departments::ValidatorRegistered, governance::Action};

/// Carries out what departments decided. The functions that it calls are reached by nobody else.
pub struct Enactments;

impl Enact for Enactments {
    fn enact(action: &Action) -> DispatchResult {
        match action.clone() {
            Action::SetDepartmentStatus { department, status } => Departments::set_status(department, status),
            Action::AdmitDepartment { department } => Departments::admit_department(department),
            Action::NameAuthority { department } => Departments::name_authority(department),
            Action::AddValidator { department, key, node } => {
                Departments::add_validator(ValidatorRegistered { department, key, node: Some(node) })
            }
            Action::RemoveValidator { key } => Departments::remove_validator(key),
            Action::RotateValidatorKey { old, new } => Departments::rotate_validator_key(old, new),
            Action::RegisterObserver(observer) => Departments::register_observer(observer),
            Action::RemoveObserver { node_key } => Departments::remove_observer(node_key),
            Action::NameAuditor { account, department, scope, basis, expires } => {
                Departments::name_auditor(account, department, scope, basis, expires)
            }
            Action::SetCalendarYear(year) => Calendar::do_set_year(year),
            Action::SetParameters(parameters) => Calendar::do_set_parameters(parameters),
            Action::SetBudget(budget) => Departments::set_budget(budget),
            // The governance pallet keeps the plan itself and never asks for it here.
            Action::PlanUpgrade(_) | Action::CancelUpgrade => Err(DispatchError::Corruption),
        }
    }
}
