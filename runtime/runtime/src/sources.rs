//! What readers ask about source systems.

use crate::{Elements, Runtime};
use mulu_proofs::{ids::DepartmentId, text::Text};
use pallet_departments::SystemByCode;

/// Whether the system of a department's code is a certified source (§5.4.1); not if there is no such system.
pub fn is_certified(department: DepartmentId, code: &Text<64>) -> bool {
    SystemByCode::<Runtime>::get((department, code.clone())).is_some_and(Elements::is_certified)
}
