//! The roles of signers: the record that gave each role, and its second signature.

use super::{
    ledger::{Ledger, body},
    report::{Failure, Link, SignatureFact},
};
use crate::{
    departments::{
        About, AccountKey, AuthorityNamed, DepartmentInfo, Role, RoleConfirmed, RoleGiven, SignedAs, SystemInfo,
    },
    ids::{DepartmentId, RecordNumber, SystemId},
    records::{Record, RecordKind},
};
use std::cell::RefCell;

/// Checks roles and gathers whose signatures the package shows.
pub(super) struct People<'a> {
    ledger: &'a Ledger<'a>,
    signatures: RefCell<Vec<SignatureFact>>,
}

/// Names of departments and of systems.
pub(super) type Names = (Vec<(DepartmentId, String)>, Vec<(SystemId, String)>);

impl<'a> People<'a> {
    pub const fn new(ledger: &'a Ledger<'a>) -> Self {
        Self { ledger, signatures: RefCell::new(Vec::new()) }
    }

    /// Every signature that was checked, by record.
    pub fn signatures(&self) -> Vec<SignatureFact> {
        let mut signatures = self.signatures.borrow().clone();
        signatures.sort_by_key(|signature| signature.record);
        signatures
    }

    /// Checks that `record` was signed in `role` of `department`, and returns the signer's account.
    pub fn signed(
        &self,
        record: &Record,
        signed_as: &SignedAs,
        (role, department): (Role, DepartmentId),
        about: &About,
        link: Link,
    ) -> Result<AccountKey, Failure> {
        let right = signed_as.role == role && signed_as.department == department;
        link.require(
            right,
            format!(
                "record {} was signed as {} of department {}, it takes {role} of department {department}",
                record.number, signed_as.role, signed_as.department
            ),
        )?;
        self.held(record, signed_as, about)
    }

    /// Checks that the signer of `record` held the role that the record names, for acts about `about`, and returns the account.
    pub fn held(&self, record: &Record, signed_as: &SignedAs, about: &About) -> Result<AccountKey, Failure> {
        let number = record.number;
        let account = record.signer.ok_or_else(|| Link::Roles.failed(format!("record {number} has no signer")))?;
        self.check_role(record, &AccountKey(account), signed_as, about)?;
        let (role, department) = (signed_as.role, signed_as.department);
        let fact = SignatureFact {
            act: record.kind,
            record: number,
            moment: record.moment,
            account: AccountKey(account),
            role,
            department,
            confirmed: signed_as.confirmed,
            principal: signed_as.principal,
        };
        let mut signatures = self.signatures.borrow_mut();
        if !signatures.contains(&fact) {
            signatures.push(fact);
        }
        Ok(AccountKey(account))
    }

    /// Checks that `account` held the role when `record` was made, for acts about `about`.
    pub fn check_role(
        &self,
        record: &Record,
        account: &AccountKey,
        signed_as: &SignedAs,
        about: &About,
    ) -> Result<(), Failure> {
        let link = Link::Roles;
        let number = record.number;
        link.require(
            record.department == signed_as.department,
            format!("record {number} is of another department than its signer's role"),
        )?;
        link.require(record.moment < signed_as.expires, format!("the role behind record {number} had expired"))?;
        link.require(signed_as.given < record.number, format!("the role behind record {number} was given after it"))?;
        let given = self.ledger.numbered(signed_as.given, RecordKind::RoleGiven, link)?;
        let role: RoleGiven = body(given, link)?;
        let same = role.account == account.0
            && role.role == signed_as.role
            && role.department == signed_as.department
            && role.expires == signed_as.expires
            && role.principal == signed_as.principal;
        link.require(same, format!("record {} gives another role than record {number} was signed in", given.number))?;
        link.require(
            role.scope.covers(about),
            format!("the role that record {} gives does not cover what record {number} is about", given.number),
        )?;
        self.check_second_signature(record, signed_as, given, &role)
    }

    fn check_second_signature(
        &self,
        record: &Record,
        signed_as: &SignedAs,
        given: &Record,
        role: &RoleGiven,
    ) -> Result<(), Failure> {
        let link = Link::Roles;
        // A supervisor waits for it too, unless another supervisor gave the role.
        let needed = role.role.needs_second_signature() && given.signer.is_some();
        let right = role.pending == needed || role.pending && role.role == Role::Supervisor && given.signer.is_some();
        link.require(right, format!("record {} gives a role in the wrong state", given.number))?;
        let number = match (role.pending, signed_as.confirmed) {
            (false, None) => return Ok(()),
            (true, Some(number)) if given.number < number && number < record.number => number,
            _ => {
                return Err(
                    link.failed(format!("the second signature of the role behind record {} is missing", record.number))
                );
            }
        };
        let confirmed = self.ledger.numbered(number, RecordKind::RoleConfirmed, link)?;
        let second: RoleConfirmed = body(confirmed, link)?;
        let same = second.given == given.number
            && second.account == role.account
            && second.role == role.role
            && second.department == role.department;
        link.require(same, format!("record {number} confirms another role than record {}", given.number))?;
        link.require(
            confirmed.signer != given.signer,
            format!("one person gave and confirmed the role of record {}", given.number),
        )?;
        link.require(
            confirmed.signer != Some(role.account),
            format!("the holder of the role of record {} confirmed it", given.number),
        )?;
        let by = &second.signed_as;
        let may = by.role == Role::Supervisor || by.role == Role::Head && by.department == role.department;
        link.require(
            may,
            format!("record {number} was signed as {} of department {}, who confirms no role", by.role, by.department),
        )?;
        // Ends: every role was given by an earlier record.
        self.held(confirmed, by, &About::department(role.department)).map(drop)
    }

    /// Reads the names that the package gives to departments and systems of this event; nothing rests on them but the authority of reviewers.
    pub fn names(&self, departments: &[DepartmentId], systems: &[SystemId]) -> Result<Names, Failure> {
        let link = Link::Names;
        let mut signers: Vec<DepartmentId> =
            self.signatures.borrow().iter().map(|signature| signature.department).collect();
        signers.extend_from_slice(departments);
        let departments =
            self.ledger.find(RecordKind::DepartmentRegistered, link, |b: &DepartmentInfo| signers.contains(&b.id))?;
        let departments: Vec<DepartmentInfo> = departments.into_iter().map(|(_, info)| info).collect();
        let systems = self.ledger.find(RecordKind::SystemRegistered, link, |b: &SystemInfo| systems.contains(&b.id))?;
        self.check_authorities(&departments)?;
        Ok((
            departments.into_iter().map(|info| (info.id, info.name.as_str().to_owned())).collect(),
            systems.into_iter().map(|(_, info)| (info.id, info.name.as_str().to_owned())).collect(),
        ))
    }

    /// Checks that each registered department that reviews or supervises is a competent authority, by its registration or by a record
    /// that named it before each such act.
    fn check_authorities(&self, registered: &[DepartmentInfo]) -> Result<(), Failure> {
        let link = Link::Roles;
        let signatures = self.signatures.borrow();
        let reviews = |signature: &&SignatureFact| matches!(signature.role, Role::Reviewer | Role::Supervisor);
        let by_reviewers: Vec<(DepartmentId, RecordNumber)> =
            signatures.iter().filter(reviews).map(|s| (s.department, s.record)).collect();
        let of_them = |b: &AuthorityNamed| {
            let reviews = by_reviewers.iter().any(|(department, _)| *department == b.department);
            reviews && registered.iter().any(|info| info.id == b.department)
        };
        let named = self.ledger.find(RecordKind::AuthorityNamed, link, of_them)?;
        for info in registered {
            let mut acts = by_reviewers.iter().filter(|(department, _)| *department == info.id);
            let authority = info.is_authority
                || acts.all(|(department, act)| {
                    named.iter().any(|(record, body)| body.department == *department && record.number < *act)
                });
            link.require(
                authority,
                format!("department {} is no competent authority, yet reviews or supervises", info.id),
            )?;
        }
        Ok(())
    }
}
