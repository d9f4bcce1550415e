//! Whose signature an act takes, told when the signer does not hold the role.

use mulu_client::ClientError;
use mulu_proofs::{departments::Role, ids::DepartmentId};
use mulu_verifier::words::Speech;

/// The ledger refused an act because its signer does not hold the role.
#[derive(Debug, thiserror::Error)]
#[error("{refusal}")]
pub struct RoleNeeded {
    roles: Vec<Role>,
    department: Option<DepartmentId>,
    refusal: ClientError,
}

impl RoleNeeded {
    /// `error`, with the roles of which one is needed if it is about that.
    pub fn explain(error: ClientError, roles: &[Role], department: Option<DepartmentId>) -> anyhow::Error {
        let is_about_roles = matches!(&error, ClientError::CallFailed { pallet, name, .. }
            if pallet == "Departments" && name == "RoleMissing");
        if is_about_roles { Self { roles: roles.to_vec(), department, refusal: error }.into() } else { error.into() }
    }

    /// Who must sign instead.
    pub fn hint(&self, speech: Speech) -> String {
        let mut who = self.roles.iter().map(|role| self.holder(*role, speech));
        let first = who.next().unwrap_or_default();
        let who = who.fold(first, |said, next| speech.tell("{} or {}", &[&said, &next]));
        speech.tell("it takes the signature of the {}; `mulu whoami` shows the roles of --key", &[&who])
    }

    fn holder(&self, role: Role, speech: Speech) -> String {
        let said = speech.say(&role.to_string());
        match (role, self.department) {
            (Role::Reviewer | Role::Supervisor, _) => speech.tell("{} of the competent authority", &[&said]),
            (_, Some(department)) => speech.tell("{} of department {}", &[&said, &department]),
            (_, None) => said,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chinese::PHRASES;
    use mulu_proofs::{ids::Height, records::RecordKind};
    use mulu_verifier::words::Language;

    fn refusal(name: &str) -> ClientError {
        let (pallet, name, docs) = ("Departments".to_owned(), name.to_owned(), "Why.".to_owned());
        ClientError::CallFailed { pallet, name, docs, height: Height::new(1) }
    }

    fn hint(language: Language, kind: RecordKind, department: Option<u32>) -> Option<String> {
        let explained = RoleNeeded::explain(refusal("RoleMissing"), kind.signers(), department.map(DepartmentId::new));
        let speech = Speech::new(language, &[PHRASES, mulu_verifier::PHRASES]);
        explained.downcast_ref::<RoleNeeded>().map(|needed| needed.hint(speech))
    }

    #[test]
    fn a_missing_role_is_told_with_the_roles_and_departments_that_would_do() {
        let said = |kind, department| hint(Language::English, kind, department).unwrap_or_default();
        assert!(said(RecordKind::EntrySubmitted, Some(3)).contains("of the cataloguer of department 3;"));
        assert!(said(RecordKind::PurposeRegistered, None).contains("of the supervisor of the competent authority;"));
        let either = said(RecordKind::GrantSuspended, Some(2));
        assert!(either.contains("officer of department 2 or supervisor of the competent authority"), "{either}");
        assert!(said(RecordKind::StreamOpened, None).contains("of the platform;"));
        let chinese = hint(Language::Chinese, RecordKind::GrantSuspended, Some(2)).unwrap_or_default();
        assert!(chinese.contains("部门2的共享工作机构负责人或政务数据共享主管部门的主管部门监督人"), "{chinese}");
    }

    #[test]
    fn other_refusals_stay_what_they_are() {
        let other = RoleNeeded::explain(refusal("RoleExpired"), &[Role::Head], None);
        assert!(other.downcast_ref::<ClientError>().is_some());
    }
}
