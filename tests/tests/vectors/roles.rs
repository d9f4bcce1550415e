//! Roles on ledgers on which everybody signs what stands there: each breaks one clause of a rule, and whoever reads past that accepts it.

use super::{
    OK, Vector,
    good::{self, Good, late_head},
    sample::{World, account, content},
    signed::{confirmed, edit, endorsed},
};
use codec::Encode;
use mulu_proofs::{
    catalog::EntryAct,
    departments::{AuthorityNamed, DepartmentInfo, Level, Role, RoleConfirmed, RoleGiven, RoleScope},
    ids::{DepartmentId, RecordNumber},
    records::RecordKind,
};

type Case = (&'static str, fn(&mut World), &'static str);

pub(crate) fn vectors() -> Vec<Vector> {
    let ledgers = good::ledgers();
    let mut vectors = Vec::new();
    for (ledger, cases) in [("filing", FILING), ("filing-late-head", LATE_HEAD)] {
        let good = ledgers.iter().find(|good| good.name == ledger).unwrap();
        for (name, change, expected) in cases {
            let mut world = good.world.clone();
            change(&mut world);
            vectors.push(Vector::new(*name, good.package_of(&world).to_bytes(), expected));
        }
    }
    let of = |good: Good, expected| Vector::new(good.name, good.package().to_bytes(), expected);
    vectors.extend(LATE_HEADS.iter().map(|(name, steps, expected)| of(late_head(name, *steps), *expected)));
    vectors.push(of(named_late("roles-authority-named-after-the-acts", false), "roles"));
    vectors.push(of(named_late("event-authority-named-once-more", true), OK));
    vectors
}

pub(crate) fn given(world: &World, seed: u8, role: Role, department: u32) -> RecordNumber {
    world.signed_as(seed, role, department).given
}

const FILING: &[Case] = &[
    (
        "roles-of-another-department",
        |w| {
            w.edit(given(w, content::HEAD, Role::Head, 2), |body: &mut RoleGiven| {
                body.department = DepartmentId::new(3)
            })
        },
        "roles",
    ),
    (
        "roles-another-role-given",
        |w| w.edit(given(w, content::HEAD, Role::Head, 2), |body: &mut RoleGiven| body.role = Role::Auditor),
        "roles",
    ),
    (
        "roles-act-names-a-second-signature",
        |w| edit(w, endorsed(w), |act: &mut EntryAct| act.signed_as.confirmed = Some(RecordNumber::new(6))),
        "roles",
    ),
    (
        "unreferenced-authority-without-a-registration",
        |w| replace(w, w.nth(RecordKind::DepartmentRegistered, 0), RecordKind::AuthorityNamed, authority(1)),
        "unreferenced",
    ),
    (
        "roles-authority-named-in-no-words",
        |w| replace(w, w.nth(RecordKind::DepartmentRegistered, 0), RecordKind::AuthorityNamed, Vec::new()),
        "roles",
    ),
    (
        "roles-expire-with-the-act",
        |w| {
            let moment = w.get(endorsed(w)).moment;
            w.edit(given(w, content::HEAD, Role::Head, 2), |body: &mut RoleGiven| body.expires = moment);
            edit(w, endorsed(w), |act: &mut EntryAct| act.signed_as.expires = moment);
        },
        "roles",
    ),
];

const LATE_HEAD: &[Case] = &[
    (
        "roles-another-account-confirmed",
        |w| edit(w, confirmed(w), |body: &mut RoleConfirmed| body.account = account(content::ADMIN)),
        "roles",
    ),
    (
        "roles-another-department-confirmed",
        |w| edit(w, confirmed(w), |body: &mut RoleConfirmed| body.department = DepartmentId::new(3)),
        "roles",
    ),
];

fn endorse_by_officer_and_go_on(world: &mut World) {
    good::submit_again(world, content::CATALOGUER);
    good::act_again(world, RecordKind::EntryEndorsed, (content::OFFICER, Role::Head, 2));
    good::review_and_publish_again(world);
}

/// Ways to the second version's publication.
const LATE_HEADS: &[Case] = &[
    (
        "filing-confirmed-by-a-supervisor",
        |w| {
            w.give(Some(content::ADMIN), content::OFFICER, Role::Head, 2);
            w.confirm((content::SUPERVISOR, Role::Supervisor, 1), content::OFFICER, Role::Head, 2);
            endorse_by_officer_and_go_on(w);
        },
        OK,
    ),
    (
        "roles-confirmed-by-a-head-elsewhere",
        |w| {
            w.give(Some(content::ADMIN), content::APPLICANT, Role::Head, 3);
            w.confirm((content::SUPERVISOR, Role::Supervisor, 1), content::APPLICANT, Role::Head, 3);
            w.give(Some(content::ADMIN), content::OFFICER, Role::Head, 2);
            w.confirm((content::APPLICANT, Role::Head, 3), content::OFFICER, Role::Head, 2);
            endorse_by_officer_and_go_on(w);
        },
        "roles",
    ),
    (
        "roles-confirmed-before-they-were-given",
        |w| {
            let place = (account(content::OFFICER), Role::Head, DepartmentId::new(2));
            w.roles.insert(place, (RecordNumber::new(w.next_number + 1), None));
            let confirmed = w.confirm((content::HEAD, Role::Head, 2), content::OFFICER, Role::Head, 2);
            let given = w.give(Some(content::ADMIN), content::OFFICER, Role::Head, 2);
            w.roles.insert(place, (given, Some(confirmed)));
            endorse_by_officer_and_go_on(w);
        },
        "roles",
    ),
    (
        "roles-of-genesis-that-waited",
        |w| {
            w.edit(given(w, content::HEAD, Role::Head, 2), |body: &mut RoleGiven| body.pending = true);
            w.confirm((content::SUPERVISOR, Role::Supervisor, 1), content::HEAD, Role::Head, 2);
            good::submit_again(w, content::CATALOGUER);
            good::act_again(w, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
            good::review_and_publish_again(w);
        },
        "roles",
    ),
    (
        "roles-scope-of-a-second-signature",
        |w| {
            w.give(Some(content::ADMIN), content::OFFICER, Role::Head, 2);
            w.confirm((content::HEAD, Role::Head, 2), content::OFFICER, Role::Head, 2);
            let scope = RoleScope::Entries(good::list(&[content::ENTRY]));
            w.edit(given(w, content::HEAD, Role::Head, 2), |body: &mut RoleGiven| body.scope = scope.clone());
            endorse_by_officer_and_go_on(w);
        },
        "roles",
    ),
];

/// Another record stands in the place of one.
pub(crate) fn replace(world: &mut World, number: RecordNumber, kind: RecordKind, body: Vec<u8>) {
    let record = world.get_mut(number);
    (record.kind, record.body) = (kind, body);
}

/// What names a department an authority.
pub(crate) fn authority(department: u32) -> Vec<u8> {
    let (department, level) = (DepartmentId::new(department), Level::Province);
    AuthorityNamed { department, level, region: 330_000, before: None }.encode()
}

/// A department that was no authority is named one, before the acts that take one or after them; or one that was, once more.
fn named_late(name: &'static str, was: bool) -> Good {
    let mut world = content::world();
    let registered = world.nth(RecordKind::DepartmentRegistered, 0);
    world.edit(registered, |info: &mut DepartmentInfo| info.is_authority = was);
    let (department, level) = (DepartmentId::new(1), Level::Province);
    let body = AuthorityNamed { department, level, region: 330_000, before: None };
    world.record(RecordKind::AuthorityNamed, 0, None, &body);
    world.next_block();
    Good::shown(name, world, 3, |record| record.kind == RecordKind::AuthorityNamed)
}
