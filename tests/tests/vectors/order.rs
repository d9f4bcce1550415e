//! Packages with two mistakes, of which the page names one first, so that every verifier does.

use super::{
    Vector,
    clauses::submitted_late,
    good::{self, Good},
    requests::{ended_since, set_consent},
    sample::{World, content},
    signed::edit,
};
use mulu_proofs::{
    access::EventsRepudiated,
    departments::{DepartmentInfo, Role, RoleGiven, RoleScope},
    ids::{DepartmentId, RecordNumber},
    records::RecordKind,
    sharing::StandingConsent,
};

pub(crate) fn vectors() -> Vec<Vector> {
    let of = |good: Good, expected| Vector::new(good.name, good.package().to_bytes(), expected);
    let narrow = StandingConsent { days: 1, ..good::standing_consent() };
    vec![
        of(ended_since("order-agreement-before-its-role", narrow), "agreement"),
        of(consent_out_of_scope(), "roles"),
        of(
            submitted_late("order-catalog-before-its-role", |world| {
                limit(world, content::CATALOGUER, Role::Cataloguer)
            }),
            "catalog",
        ),
        of(bodies_first(), "grant"),
        of(names_first(), "names"),
        of(repudiations_first(), "signer"),
    ]
}

/// The role of somebody of department 2, or of the supervisor, is limited to acts about department 3.
pub(crate) fn limit(world: &mut World, seed: u8, role: Role) {
    let department = if role == Role::Supervisor { 1 } else { 2 };
    let given = world.signed_as(seed, role, department).given;
    let scope = RoleScope::Departments(good::list(&[DepartmentId::new(3)]));
    let of_genesis = world.get(given).signer.is_none();
    let change = |body: &mut RoleGiven| body.scope = scope;
    if of_genesis { world.edit(given, change) } else { edit(world, given, change) }
}

/// A standing consent in a role that does not cover it, and later than the agreement.
fn consent_out_of_scope() -> Good {
    let world = content::world_with(|world| {
        good::create(world, content::terms(), content::policy());
        good::endorse(world, &content::terms());
        good::approve(world, &content::terms());
        good::agree(world, Some(RecordNumber::new(world.next_number + 1)));
        set_consent(world, good::standing_consent());
        limit(world, content::OFFICER, Role::Officer);
    });
    Good::shown("order-role-before-the-consent", world, 0, |record| record.kind == RecordKind::StandingConsentSet)
}

/// An agreement whose act does not hold, and behind it one that does not read.
fn bodies_first() -> Good {
    let mut world = content::world();
    let agreed = world.nth(RecordKind::RequestAgreed, 0);
    world.acts.get_mut(&agreed).unwrap().1.spec_version += 1;
    let other = world.nth(RecordKind::GrantProvisioned, 0);
    let record = world.get_mut(other);
    (record.kind, record.body) = (RecordKind::RequestAgreed, Vec::new());
    let needed = [RecordKind::StreamOpened, RecordKind::BatchAccepted, RecordKind::RequestAgreed];
    Good::showing("order-bodies-before-acts", world, 0, |record| needed.contains(&record.kind))
}

/// A department that is no authority, and a system that does not read.
fn names_first() -> Good {
    let mut world = content::world();
    let department = world.nth(RecordKind::DepartmentRegistered, 0);
    world.edit(department, |info: &mut DepartmentInfo| info.is_authority = false);
    let system = world.nth(RecordKind::SystemRegistered, 0);
    world.get_mut(system).body.push(0);
    Good::shown("order-names-before-authorities", world, 3, |_| false)
}

/// A decision in a role that does not cover it, and another repudiation by somebody who may not.
fn repudiations_first() -> Good {
    good::compromised("order-repudiations-before-decisions", |world, repudiation| {
        let mut body: EventsRepudiated = world.get(repudiation).body_as().unwrap();
        body.signed_as = world.signed_as(content::ADMIN, Role::Admin, 2);
        world.record(RecordKind::EventsRepudiated, 2, Some(content::ADMIN), &body);
        limit(world, content::SUPERVISOR, Role::Supervisor);
    })
}
