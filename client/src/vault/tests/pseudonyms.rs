//! Epochs, their keys, and the end of both.

use super::*;
use mulu_proofs::ids::DepartmentId;

const DEPARTMENT: DepartmentId = DepartmentId::new(2);

fn day(day: u64) -> Moment {
    Moment::new(day * 86_400_000)
}

#[test]
fn a_pseudonym_holds_for_one_department_and_epoch() {
    let (folder, vault) = vault();
    let now = day(20_000);
    let of = |vault: &Vault, department, time| vault.pseudonyms(department, time, now).unwrap().of(b"u-1");
    let (first, same, next) = (day(19_980), day(20_069), day(20_070));
    let pseudonym = of(&vault, DEPARTMENT, first);
    assert!(pseudonym.is_some());
    assert_eq!(of(&vault, DEPARTMENT, same), pseudonym);
    assert_ne!(of(&vault, DEPARTMENT, next), pseudonym);
    assert_ne!(of(&vault, DepartmentId::new(3), first), pseudonym);
    let epochs = vault.epochs().unwrap();
    let days: Vec<_> = epochs.iter().map(|epoch| (epoch.department.get(), epoch.first_day, epoch.until_day)).collect();
    assert_eq!(days, [(2, 19_980, 20_070), (2, 20_070, 20_160), (3, 19_980, 20_070)]);
    let vault = reopen(&folder, vault);
    assert_eq!(of(&vault, DEPARTMENT, first), pseudonym);
}

#[test]
fn another_length_begins_where_the_epochs_end_that_are_there() {
    let (_folder, vault) = vault();
    let now = day(20_000);
    vault.pseudonyms(DEPARTMENT, day(19_980), now).unwrap();
    vault.set(&Settings { pseudonym_epoch_days: 400, ..vault.settings().unwrap() }).unwrap();
    let later = vault.pseudonyms(DEPARTMENT, day(20_100), now).unwrap();
    let earlier = vault.pseudonyms(DEPARTMENT, day(19_970), now).unwrap();
    assert!(later.covers(day(20_070)) && !later.covers(day(20_069)));
    assert!(earlier.covers(day(19_979)) && !earlier.covers(day(19_980)));
    for settings in [(0, 1), (1, 0), (36_601, 1)] {
        let settings = Settings { pseudonym_epoch_days: settings.0, retention_days: settings.1 };
        assert!(matches!(vault.set(&settings), Err(ClientError::DaysOutOfBounds { days_max: 36_600, .. })));
    }
}

#[test]
fn a_destroyed_key_is_gone_and_its_epoch_gives_no_pseudonym_any_more() {
    let (folder, mut vault) = vault();
    let now = day(20_000);
    vault.pseudonyms(DEPARTMENT, day(19_980), now).unwrap();
    let row = |vault: &Vault| -> Vec<u8> {
        let read = vault.read(|transaction| {
            Ok(transaction.open_table(PSEUDONYM_KEYS)?.get((2, 19_980))?.unwrap().value().to_vec())
        });
        read.unwrap()
    };
    let before = row(&vault);
    let today = day(20_070);
    assert_eq!(vault.retire_epochs(20_069, today).unwrap(), 0, "it is not over");
    assert_eq!(vault.retire_epochs(20_070, today).unwrap(), 1);
    assert_eq!(vault.retire_epochs(20_070, today).unwrap(), 0);
    assert!(vault.epochs().unwrap()[0].is_retired);
    assert_eq!(vault.pseudonyms(DEPARTMENT, day(19_981), now).unwrap().of(b"u-1"), None);
    drop(vault);
    let file = fs::read(folder.path().join("vault")).unwrap();
    assert!(!file.windows(before.len()).any(|window| window == before));
}

#[test]
fn an_epoch_whose_retention_is_over_gets_no_key() {
    let (_folder, vault) = vault();
    let now = day(20_000);
    assert_eq!(vault.pseudonyms(DEPARTMENT, day(100), now).unwrap().of(b"u-1"), None);
    assert_eq!(vault.epochs().unwrap(), []);
}

#[test]
fn the_epoch_that_runs_keeps_its_key_whatever_day_is_named() {
    let (_folder, mut vault) = vault();
    let now = day(20_000);
    let pseudonym = vault.pseudonyms(DEPARTMENT, now, now).unwrap().of(b"u-1");
    for later in [20_001, 20_070, u64::MAX] {
        let refused = vault.retire_epochs(later, now).unwrap_err();
        assert!(matches!(refused, ClientError::DayToCome { .. }), "{refused}");
        assert!(refused.hint().unwrap().contains("--before"));
    }
    assert_eq!(vault.retire_epochs(20_000, now).unwrap(), 0);
    assert_eq!(vault.pseudonyms(DEPARTMENT, now, now).unwrap().of(b"u-1"), pseudonym);
}
