//! Who sees which rows: what a caller may see, and what a row is about, brought together by functions without any state of their own.
//!
//! ```text
//! caller ─ Sight::of ────────────┐
//! row ──── Stakes (from records) ┴─ Stake ─> Sight::sees
//! ```
//!
//! A method never asks who calls: it asks a [`Viewer`] whether a row is seen, and answers about a row that is not as about one that is not
//! there. Which methods a caller may call at all is decided before, in [`crate::classes`]. `docs/visibility.md` has the rules as a table.

mod stakes;
mod viewer;

pub use stakes::Stakes;
pub use viewer::{Known, Viewer, Visitor};

use crate::caller::{AccountView, Caller};
use jsonrpsee::Extensions;
use mulu_proofs::{
    departments::{About, Level, Role, RoleScope},
    ids::{DepartmentId, EntryId, PublicKey},
};
use mulu_runtime::pallet_departments::oversees;
use std::{collections::BTreeSet, sync::Arc};

/// Level and region of a department. They never change.
pub type Seat = (Level, u32);

/// What a row is about, as far as that decides who sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stake {
    /// The affair of all: whoever is signed in sees it.
    Common,
    /// The affair of some.
    Of {
        /// The entry that it is about, if it is about one.
        entry: Option<EntryId>,
        /// Whose affair it is. Nobody's is the chain's own.
        parties: BTreeSet<DepartmentId>,
    },
}

impl Stake {
    /// The affair of these departments.
    pub fn of(parties: impl IntoIterator<Item = DepartmentId>) -> Self {
        Self::Of { entry: None, parties: BTreeSet::new() }.and(parties)
    }

    /// The same, about an entry.
    #[must_use]
    pub fn on(self, about: Option<EntryId>) -> Self {
        match self {
            Self::Common => Self::Common,
            Self::Of { entry, parties } => Self::Of { entry: about.or(entry), parties },
        }
    }

    /// The affair of these, too.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = DepartmentId>) -> Self {
        if let Self::Of { parties, .. } = &mut self {
            // Department 0 is the chain itself, which asks for nothing.
            parties.extend(more.into_iter().filter(|department| department.get() != 0));
        }
        self
    }

    /// The affair of whoever has a part in one of the two.
    #[must_use]
    pub fn or(self, other: Option<Self>) -> Self {
        match other {
            None => self,
            Some(Self::Common) => Self::Common,
            Some(Self::Of { entry, parties }) => self.on(entry).and(parties),
        }
    }
}

/// What a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything on the chain.
    Everything,
    /// What is openly published, and no other row.
    Openly,
    /// What a signed-in account sees.
    Share(Arc<Share>),
}

/// What a signed-in account sees: what is the affair of all, of its own department, and what its roles reach beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    account: PublicKey,
    /// The own department; none for who is an auditor and nothing else, and sees what the scope says.
    department: Option<DepartmentId>,
    beyond: Vec<Beyond>,
}

/// What one role reaches beyond the own department.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Beyond {
    /// Affairs of departments that the authority of this seat oversees; of any department without one.
    seat: Option<Seat>,
    /// Of those what the role is limited to.
    scope: RoleScope,
}

/// Whether an account sees everything: its department runs a node, and has everything there. An auditor sees what its scope says all the
/// same, or the scope would say nothing.
pub fn has_everything(view: &AccountView) -> bool {
    view.has_node && !view.holds(Role::Auditor)
}

impl Sight {
    /// Of a caller.
    pub fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Local => Self::Everything,
            Caller::Anonymous => Self::Openly,
            Caller::Account(view) if has_everything(view) => Self::Everything,
            Caller::Account(view) => Self::Share(Arc::new(Share::of(view))),
        }
    }

    /// Of whoever made the request of these extensions.
    pub fn asking(extensions: &Extensions) -> Self {
        Self::of(&Caller::of(extensions))
    }

    /// Whether it sees everything.
    pub const fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }

    /// Whether `account` is the caller's own.
    pub fn is_of(&self, account: &PublicKey) -> bool {
        matches!(self, Self::Share(share) if share.account == *account)
    }

    /// Whether it sees a row. `seat_of` says where a department is; none if it is nowhere.
    pub fn sees<E>(
        &self,
        stake: &Stake,
        seat_of: impl FnMut(DepartmentId) -> Result<Option<Seat>, E>,
    ) -> Result<bool, E> {
        match (self, stake) {
            (Self::Everything, _) | (Self::Share(_), Stake::Common) => Ok(true),
            (Self::Openly, _) => Ok(false),
            (Self::Share(share), Stake::Of { entry, parties }) => share.sees(*entry, parties, seat_of),
        }
    }
}

impl Share {
    fn of(view: &AccountView) -> Self {
        let seat = (view.department.level, view.department.region);
        let beyond = view.roles.iter().filter_map(|held| match held.role {
            Role::Reviewer | Role::Supervisor => Some(Beyond { seat: Some(seat), scope: held.scope.clone() }),
            // Whom one supervisor made an auditor sees no more than that supervisor could.
            Role::Auditor => Some(Beyond { seat: Some(seat).filter(|_| !held.by_all), scope: held.scope.clone() }),
            _ => None,
        });
        let is_more = view.roles.iter().any(|held| held.role != Role::Auditor);
        Self {
            account: view.account,
            department: Some(view.department.id).filter(|_| is_more),
            beyond: beyond.collect(),
        }
    }

    fn sees<E>(
        &self,
        entry: Option<EntryId>,
        parties: &BTreeSet<DepartmentId>,
        mut seat_of: impl FnMut(DepartmentId) -> Result<Option<Seat>, E>,
    ) -> Result<bool, E> {
        if self.department.is_some_and(|own| parties.contains(&own)) {
            return Ok(true);
        }
        for beyond in &self.beyond {
            if beyond.reaches(entry, parties, &mut seat_of)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Beyond {
    fn reaches<E>(
        &self,
        entry: Option<EntryId>,
        parties: &BTreeSet<DepartmentId>,
        seat_of: &mut impl FnMut(DepartmentId) -> Result<Option<Seat>, E>,
    ) -> Result<bool, E> {
        if self.seat.is_none() && self.scope == RoleScope::Everything {
            return Ok(true);
        }
        for party in parties {
            if !self.scope.covers(&About { entry, department: Some(*party) }) {
                continue;
            }
            let is_overseen = match self.seat {
                None => true,
                Some(seat) => seat_of(*party)?.is_some_and(|of| oversees(seat, of)),
            };
            if is_overseen {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::HeldRole;
    use mulu_proofs::{
        catalog::List,
        departments::{CreditCode, DepartmentInfo},
        text::Text,
    };
    use std::convert::Infallible;

    const CITY: (Level, u32) = (Level::City, 330_100);
    const OTHER_CITY: (Level, u32) = (Level::City, 330_200);
    const ENTRY: EntryId = EntryId::new(5);

    const fn id(number: u32) -> DepartmentId {
        DepartmentId::new(number)
    }

    /// Department 1 is of the province, 2 and 3 of one city, 4 of another.
    fn seat_of(department: DepartmentId) -> Result<Option<Seat>, Infallible> {
        Ok(match department.get() {
            1 => Some((Level::Province, 330_000)),
            2 | 3 => Some(CITY),
            4 => Some(OTHER_CITY),
            _ => None,
        })
    }

    fn account(department: u32, has_node: bool, roles: &[(Role, RoleScope, bool)]) -> Sight {
        let Ok(seat) = seat_of(id(department));
        let (level, region) = seat.expect("a department of the test");
        let info = DepartmentInfo {
            id: id(department),
            credit_code: CreditCode::with_check_character("11330100000000001").expect("17 characters"),
            name: Text::default(),
            level,
            region,
            parent: None,
            is_authority: true,
            host: None,
            is_data_manager: false,
        };
        let held = |(role, scope, by_all): &(Role, RoleScope, bool)| HeldRole {
            department: id(department),
            role: *role,
            scope: scope.clone(),
            by_all: *by_all,
        };
        let roles = roles.iter().map(held).collect();
        Sight::of(&Caller::Account(Arc::new(AccountView { account: [7; 32], department: info, roles, has_node })))
    }

    fn sees(sight: &Sight, stake: &Stake) -> bool {
        let Ok(sees) = sight.sees(stake, seat_of);
        sees
    }

    fn departments(ids: &[u32]) -> RoleScope {
        RoleScope::Departments(List::try_from(ids.iter().copied().map(id).collect::<Vec<_>>()).expect("short"))
    }

    fn entries(ids: &[EntryId]) -> RoleScope {
        RoleScope::Entries(List::try_from(ids.to_vec()).expect("short"))
    }

    /// Between 2 and 3, between 3 and 4, of 4 alone, of the chain.
    fn rows() -> [Stake; 4] {
        [Stake::of([id(2), id(3)]).on(Some(ENTRY)), Stake::of([id(3), id(4)]), Stake::of([id(4)]), Stake::of([id(0)])]
    }

    fn seen(sight: &Sight) -> [bool; 4] {
        rows().map(|row| sees(sight, &row))
    }

    #[test]
    fn a_program_of_the_machine_sees_everything_and_nobody_known_nothing_but_what_is_open() {
        assert_eq!(seen(&Sight::of(&Caller::Local)), [true; 4]);
        let nobody = Sight::asking(&Extensions::new());
        assert_eq!((seen(&nobody), sees(&nobody, &Stake::Common)), ([false; 4], false));
    }

    #[test]
    fn a_department_sees_what_it_has_a_part_in_and_what_is_the_affair_of_all() {
        let officer = account(2, false, &[(Role::Officer, RoleScope::Everything, true)]);
        assert_eq!((seen(&officer), sees(&officer, &Stake::Common)), ([true, false, false, false], true));
        // What limits a role is what it signs, not what its department may know.
        let limited = account(3, false, &[(Role::Officer, entries(&[EntryId::new(9)]), false)]);
        assert_eq!(seen(&limited), [true, true, false, false]);
    }

    #[test]
    fn a_department_with_a_node_has_everything_there_but_its_auditors_have_their_scope() {
        assert_eq!(seen(&account(2, true, &[(Role::Officer, RoleScope::Everything, true)])), [true; 4]);
        let auditor =
            account(2, true, &[(Role::Auditor, departments(&[3]), true), (Role::Head, RoleScope::Everything, true)]);
        assert_eq!(seen(&auditor), [true, true, false, false]);
    }

    #[test]
    fn an_authority_sees_the_affairs_of_those_that_it_oversees() {
        for role in [Role::Reviewer, Role::Supervisor] {
            let province = account(1, false, &[(role, RoleScope::Everything, false)]);
            assert_eq!(seen(&province), [true, true, true, false]);
            let city = account(2, false, &[(role, RoleScope::Everything, false)]);
            assert_eq!(seen(&city), [true, true, false, false], "a part of it is in the city");
            assert_eq!(seen(&account(1, false, &[(role, departments(&[4]), false)])), [false, true, true, false]);
            assert_eq!(seen(&account(1, false, &[(role, entries(&[ENTRY]), false)])), [true, false, false, false]);
        }
    }

    #[test]
    fn whom_a_supervisor_made_an_auditor_sees_what_the_authority_oversees_and_whom_all_made_what_the_scope_says() {
        let of_one = |scope| account(2, false, &[(Role::Auditor, scope, false)]);
        let of_all = |scope| account(2, false, &[(Role::Auditor, scope, true)]);
        assert_eq!(seen(&of_one(RoleScope::Everything)), [true, true, false, false]);
        assert_eq!(seen(&of_all(RoleScope::Everything)), [true; 4]);
        assert_eq!(seen(&of_one(departments(&[4]))), [false; 4], "not even its own department's");
        assert_eq!(seen(&of_all(departments(&[4]))), [false, true, true, false]);
        let officer_too = [(Role::Auditor, departments(&[4]), true), (Role::Officer, RoleScope::Everything, false)];
        assert_eq!(seen(&account(2, false, &officer_too)), [true, true, true, false]);
    }

    #[test]
    fn stakes_add_up() {
        let one = Stake::of([id(0), id(2)]);
        assert_eq!(one, Stake::Of { entry: None, parties: [id(2)].into() });
        assert_eq!(one.clone().or(None), one);
        let both = one.clone().or(Some(Stake::of([id(3)]).on(Some(ENTRY))));
        assert_eq!(both, Stake::of([id(2), id(3)]).on(Some(ENTRY)));
        assert_eq!(one.or(Some(Stake::Common)).and([id(4)]).on(Some(ENTRY)), Stake::Common);
    }
}
