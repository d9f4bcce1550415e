//! docs/roles.md against the code: the matrix as it is printed, and every cell of this pallet's acts as it behaves.

use super::*;

const PAGE: &str = include_str!("../../../../docs/roles.md");

/// The roles of each row of the page, by the words of the act.
fn printed() -> Vec<(String, Vec<Role>)> {
    let mut rows = PAGE.lines().filter(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        cells.into_iter().map(str::to_owned).collect::<Vec<_>>()
    });
    let header = rows.next().unwrap();
    let names: Vec<String> = Role::ALL.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    assert_eq!(header[1..], names, "the columns are the roles in the order of their codes");
    rows.skip(1)
        .take_while(|cells| cells.len() == names.len() + 1)
        .map(|cells| {
            let marked = cells[1..].iter().zip(Role::ALL).filter(|(cell, _)| *cell == "x").map(|(_, role)| role);
            (cells[0].clone(), marked.collect())
        })
        .collect()
}

/// `RoleGiven` as "role given".
fn words(kind: RecordKind) -> String {
    let mut words = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[test]
fn the_page_shows_the_table_of_the_code() {
    let mut expected: Vec<(String, Vec<Role>)> = RecordKind::ALL
        .iter()
        .filter(|kind| !kind.signers().is_empty())
        .map(|kind| (words(*kind), kind.signers().to_vec()))
        .collect();
    for (_, roles) in &mut expected {
        roles.sort();
    }
    let mut printed = printed();
    expected.sort();
    printed.sort();
    assert_eq!(printed, expected);
}

/// What somebody with the role would do, as an otherwise legal act.
fn attempt(kind: RecordKind, who: AccountId32, own: DepartmentId) -> DispatchResult {
    let who = signed(who);
    match kind {
        RecordKind::DepartmentRegistered => Departments::register_department(who, draft(6)),
        RecordKind::DepartmentRevised => Departments::revise_department(who, own, text("新名"), None, None, false),
        RecordKind::AccountRegistered => Departments::register_account(who, account(40), own),
        RecordKind::RoleGiven => {
            let (scope, basis) = (RoleScope::Everything, text(""));
            Departments::give_role(who, account(31), own, Role::Operator, LATER, scope, None, basis)
        }
        RecordKind::RoleConfirmed => Departments::confirm_role(who, account(32), own, Role::Officer),
        RecordKind::RoleRevoked => Departments::revoke_role(who, account(32), own, Role::Officer),
        RecordKind::SystemRegistered => {
            Departments::register_system(who, own, SystemKind::Source, text("S"), text("来源"))
        }
        RecordKind::KeyRotated => Departments::rotate_key(who, account(41)),
        RecordKind::KeyReportedLost => Departments::report_loss(who, account(31), account(42), text("遗失")),
        // Of its own key, or of that of somebody else.
        RecordKind::KeyReportWithdrawn => Departments::withdraw_report(who, account(30), account(44)),
        RecordKind::KeyReplaced => Departments::confirm_replacement(who, account(33), account(43)),
        _ => unreachable!("of another pallet"),
    }
}

#[test]
fn every_cell_of_this_pallets_acts_behaves_as_it_says() {
    let kinds = RecordKind::ALL.iter().filter(|kind| kind.code() >> 8 == 1 && !kind.signers().is_empty());
    for (kind, what) in kinds.flat_map(|kind| Role::ALL.map(|role| (*kind, role))) {
        run(|| {
            let (own, own_admin) =
                if what.is_of_authority() { (AUTHORITY, authority_admin()) } else { (POLICE, admin()) };
            for number in 30..=33 {
                assert_ok!(Departments::register_account(signed(own_admin.clone()), account(number), own));
            }
            let given = RoleGiven { basis: text("条例"), ..role(account(30), own, what) };
            assert_ok!(give_as(supervisor(), given));
            if what.needs_second_signature() {
                assert_ok!(Departments::confirm_role(signed(second_supervisor()), account(30), own, what));
            }
            assert_ok!(give_as(own_admin.clone(), role(account(32), own, Role::Officer)));
            let (lost, new) = (account(33), account(43));
            assert_ok!(Departments::report_loss(signed(own_admin.clone()), lost, new, text("遗失")));
            assert_ok!(Departments::report_loss(signed(own_admin), account(30), account(44), text("遗失")));
            let outcome = attempt(kind, account(30), own);
            if kind.signers().contains(&what) {
                assert_eq!(outcome, Ok(()), "{kind:?} by {what:?}");
                assert_eq!(last_kind(), kind);
            } else {
                assert_eq!(outcome, Err(Error::<Test>::NotPermitted.into()), "{kind:?} by {what:?}");
            }
        });
    }
}
