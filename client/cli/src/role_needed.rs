//! Whose signature an act takes, told when the signer does not hold the role.

use mulu_client::{ClientError, connection::Connection};
use mulu_proofs::{
    departments::Role,
    ids::{DepartmentId, PublicKey},
    records::RecordKind,
};
use mulu_rpc_api::{
    Hex32,
    departments::{Department, DepartmentsClient, RoleHeld},
};
use mulu_verifier::words::Speech;

/// Whose signature an act takes.
#[derive(Clone, Copy, Debug)]
pub struct Needed<'a> {
    /// The act.
    pub act: RecordKind,
    /// Roles of which one will do.
    pub roles: &'a [Role],
    /// Whose, where it is known; the authority's roles are of whatever authority is competent for it.
    pub department: Option<DepartmentId>,
}

impl Needed<'_> {
    /// What whoever builds an act is told where `signer` holds no role that would do, as far as the node says. `shows_all` says whether an
    /// account that it does not show is none.
    pub async fn missed_by(
        self,
        signer: &PublicKey,
        node: &Connection,
        shows_all: bool,
        speech: Speech,
    ) -> Option<String> {
        if self.roles.is_empty() {
            return None;
        }
        let account = node.account(Hex32(*signer)).await.ok().filter(|account| account.is_some() || shows_all)?;
        let authorities = self.authorities(node).await;
        if account.is_some_and(|account| self.is_met(&account.roles, &authorities)) {
            return None;
        }
        let Self { act, roles, department } = self;
        let who = Whose { act, roles: roles.to_vec(), department, authorities }.told(speech);
        let phrase = "warning: {} holds no role in force that may sign this; {}";
        Some(speech.tell(phrase, &[&hex::encode(signer), &who]))
    }

    /// Whether one of the roles that are held will do.
    fn is_met(self, held: &[RoleHeld], authorities: &[DepartmentId]) -> bool {
        held.iter().filter(|held| held.is_in_force && self.roles.contains(&held.role)).any(|held| {
            if is_of_authority(held.role) {
                authorities.is_empty() || authorities.contains(&held.department)
            } else {
                self.department.is_none_or(|department| department == held.department)
            }
        })
    }

    async fn authorities(self, node: &Connection) -> Vec<DepartmentId> {
        let of_authority = self.roles.iter().any(|role| is_of_authority(*role));
        let page = if of_authority { node.departments(None, None).await.ok() } else { None };
        authorities(&page.map_or_else(Vec::new, |page| page.rows), self.department)
    }
}

/// Whose signature an act takes, as far as a node says.
#[derive(Clone, Debug)]
struct Whose {
    /// What the act would have been.
    act: RecordKind,
    roles: Vec<Role>,
    department: Option<DepartmentId>,
    /// Those whose reviewers and supervisors would do.
    authorities: Vec<DepartmentId>,
}

/// The ledger refused an act because its signer does not hold the role.
#[derive(Debug, thiserror::Error)]
#[error("{refusal}")]
pub struct RoleNeeded {
    whose: Whose,
    refusal: ClientError,
}

impl RoleNeeded {
    /// `error`, with the roles of which one is needed if it is about that: of `department`, or of its competent authority.
    pub async fn explain(
        error: ClientError,
        act: RecordKind,
        roles: &[Role],
        department: Option<DepartmentId>,
        node: &Connection,
    ) -> anyhow::Error {
        if !is_about_roles(&error) {
            return error.into();
        }
        let authorities = Needed { act, roles, department }.authorities(node).await;
        let whose = Whose { act, roles: roles.to_vec(), department, authorities };
        Self { whose, refusal: error }.into()
    }

    /// What the ledger said.
    pub const fn refusal(&self) -> &ClientError {
        &self.refusal
    }

    /// Who must sign instead.
    pub fn hint(&self, speech: Speech) -> String {
        self.whose.told(speech)
    }
}

impl Whose {
    fn told(&self, speech: Speech) -> String {
        let mut who = self.roles.iter().map(|role| self.holder(*role, speech));
        let first = who.next().unwrap_or_default();
        let who = who.fold(first, |said, next| speech.tell("{} or {}", &[&said, &next]));
        let article = article(self.act).map_or_else(String::new, |number| speech.tell(" (art. {})", &[&number]));
        speech.tell("it takes the signature of the {}{}; `mulu whoami` shows the roles of --key", &[&who, &article])
    }

    fn holder(&self, role: Role, speech: Speech) -> String {
        let said = speech.say(&role.to_string());
        match (role, self.department) {
            _ if is_of_authority(role) && self.authorities.is_empty() => {
                speech.tell("{} of the competent authority", &[&said])
            }
            _ if is_of_authority(role) => {
                speech.tell("{} of the competent authority, department {}", &[&said, &speech.joined(&self.authorities)])
            }
            (_, Some(department)) => speech.tell("{} of department {}", &[&said, &department]),
            (_, None) => said,
        }
    }
}

/// One role of one department is missing, or any of those that would do.
fn is_about_roles(error: &ClientError) -> bool {
    let ClientError::CallFailed { pallet, name, .. } = error else { return false };
    matches!(
        (&pallet[..], &name[..]),
        ("Departments", "RoleMissing") | ("Departments" | "Sharing" | "Grants", "NotPermitted")
    )
}

const fn is_of_authority(role: Role) -> bool {
    matches!(role, Role::Reviewer | Role::Supervisor)
}

/// The article of the Regulation that says whose act it is, or that there is such an act.
const fn article(act: RecordKind) -> Option<u8> {
    Some(match act {
        RecordKind::EntrySubmitted | RecordKind::EntryEndorsed => 13,
        RecordKind::EntryReviewed | RecordKind::EntryPublished | RecordKind::EntryReturned => 16,
        RecordKind::ChangeOccurred | RecordKind::UpdateExtensionAsked | RecordKind::UpdateExtensionDecided => 17,
        RecordKind::SourceNamed => 19,
        RecordKind::RequestCreated
        | RecordKind::RequestEndorsed
        | RecordKind::RequestApproved
        | RecordKind::RequestAgreed
        | RecordKind::StandingConsentSet
        | RecordKind::StandingConsentRevoked => 20,
        RecordKind::RequestRefused
        | RecordKind::RequestSupplementAsked
        | RecordKind::RequestResubmitted
        | RecordKind::RequestExtensionAsked
        | RecordKind::RequestExtensionDecided => 21,
        RecordKind::GrantProvisioned => 22,
        RecordKind::EntryWithdrawn
        | RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::GrantTerminated
        | RecordKind::RectificationOrdered
        | RecordKind::RectificationReported
        | RecordKind::RectificationRejected
        | RecordKind::ServiceEnded
        | RecordKind::DisposalRecorded
        | RecordKind::DisposalCountersigned => 27,
        RecordKind::DisputeOpened
        | RecordKind::DisputeAnswered
        | RecordKind::SettlementProposed
        | RecordKind::DisputeSettled
        | RecordKind::DisputeEscalated
        | RecordKind::DisputeDecided
        | RecordKind::DisputeAppealed
        | RecordKind::GovernmentDecided => 28,
        RecordKind::UseRecorded => 29,
        _ => return None,
    })
}

/// The competent authorities among `all`: those of the level and region of `department`, if it is one of them.
fn authorities(all: &[Department], department: Option<DepartmentId>) -> Vec<DepartmentId> {
    let place = |of: &Department| (of.info.level, of.info.region);
    let wanted = all.iter().find(|one| Some(one.info.id) == department).map(place);
    let found = all.iter().filter(|one| one.info.is_authority && wanted.is_none_or(|wanted| wanted == place(one)));
    found.map(|one| one.info.id).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::chinese::TABLES;
    use mulu_proofs::ids::Height;
    use mulu_verifier::words::Language;

    fn refusal(name: &str) -> ClientError {
        let (pallet, name, docs) = ("Departments".to_owned(), name.to_owned(), "Why.".to_owned());
        ClientError::CallFailed { pallet, name, docs, height: Height::new(1) }
    }

    fn hint(language: Language, kind: RecordKind, department: Option<u32>, authorities: &[u32]) -> String {
        let (department, refusal) = (department.map(DepartmentId::new), refusal("RoleMissing"));
        let authorities = authorities.iter().copied().map(DepartmentId::new).collect();
        let whose = Whose { act: kind, roles: kind.signers().to_vec(), department, authorities };
        RoleNeeded { whose, refusal }.hint(Speech::new(language, TABLES))
    }

    fn registered(id: u32, level: &str, is_authority: bool) -> Department {
        let value = serde_json::json!({
            "id": id, "credit_code": "91350100M000100Y43", "name": "n", "level": level, "region": 330_000, "parent": null,
            "is_authority": is_authority, "host": null, "is_data_manager": false, "is_active": true, "is_admitted": true,
            "statuses": [],
            "record": 1,
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_missing_role_is_told_with_the_roles_and_departments_that_would_do() {
        let said = |kind, department| hint(Language::English, kind, department, &[]);
        assert!(said(RecordKind::EntrySubmitted, Some(3)).contains("of the cataloguer of department 3 (art. 13);"));
        assert!(said(RecordKind::PurposeRegistered, None).contains("of the supervisor of the competent authority;"));
        let either = said(RecordKind::GrantSuspended, Some(2));
        assert!(
            either.contains("officer of department 2 or supervisor of the competent authority (art. 27);"),
            "{either}"
        );
        assert!(said(RecordKind::StreamOpened, None).contains("of the platform;"));
        let named = hint(Language::English, RecordKind::EntryReviewed, Some(2), &[1, 4]);
        assert!(named.contains("of the reviewer of the competent authority, department 1, 4 (art. 16);"), "{named}");
        let chinese = hint(Language::Chinese, RecordKind::GrantSuspended, Some(2), &[1]);
        assert!(
            chinese.contains("部门2的共享工作机构负责人或政务数据共享主管部门（部门1）的监督人签名（第27条）；"),
            "{chinese}"
        );
    }

    fn held(role: Role, department: u32, is_in_force: bool) -> RoleHeld {
        let value = serde_json::json!({
            "department": department, "role": role, "given": 1, "confirmed": null, "is_pending": false, "expires": 9_000,
            "principal": null, "scope": "everything", "basis": "", "giver": null, "is_in_force": is_in_force,
            "obstacle": null,
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_signer_is_warned_who_holds_no_role_that_would_do() {
        let (kind, own) = (RecordKind::GrantSuspended, DepartmentId::new(2));
        let needed = Needed { act: kind, roles: kind.signers(), department: Some(own) };
        let authority = [DepartmentId::new(1)];
        assert!(needed.is_met(&[held(Role::Officer, 2, true)], &authority));
        assert!(needed.is_met(&[held(Role::Supervisor, 1, true)], &authority));
        assert!(needed.is_met(&[held(Role::Supervisor, 7, true)], &[]), "the node names no authority");
        assert!(!needed.is_met(&[held(Role::Supervisor, 7, true)], &authority));
        assert!(!needed.is_met(&[held(Role::Officer, 3, true)], &authority), "of another department");
        assert!(!needed.is_met(&[held(Role::Officer, 2, false)], &authority), "no longer in force");
        assert!(!needed.is_met(&[held(Role::Applicant, 2, true)], &authority));
        assert!(!needed.is_met(&[], &authority));
        let anywhere = Needed { department: None, ..needed };
        assert!(anywhere.is_met(&[held(Role::Officer, 3, true)], &authority), "whose it is the program does not know");
    }

    #[test]
    fn only_a_missing_role_is_explained() {
        assert!(is_about_roles(&refusal("RoleMissing")) && is_about_roles(&refusal("NotPermitted")));
        assert!(!is_about_roles(&refusal("RoleExpired")));
        assert!(!is_about_roles(&ClientError::NotFound { what: "x".into() }));
    }

    #[test]
    fn the_authority_of_a_department_is_that_of_its_level_and_region() {
        let all = [registered(1, "province", true), registered(2, "city", true), registered(3, "city", false)];
        let of = |department: Option<u32>| -> Vec<u32> {
            authorities(&all, department.map(DepartmentId::new)).iter().map(|id| id.get()).collect()
        };
        assert_eq!((of(Some(3)), of(None)), (vec![2], vec![1, 2]));
    }
}
