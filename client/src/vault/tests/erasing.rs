//! What is erased is gone, and said; what is not is proven as before.

use super::*;
use mulu_proofs::access::Sealed;

const AT: Moment = Moment::new(9_000_000);

fn numbers(first: u64, last: u64) -> Numbers {
    Numbers { stream: STREAM, first: EventNumber::new(first), last: EventNumber::new(last) }
}

/// Every row of the openings, opened.
fn openings(vault: &Vault) -> Vec<((u32, u64), Sealed)> {
    let read = vault.read(|transaction| {
        let mut all = Vec::new();
        for row in transaction.open_table(OPENINGS)?.iter()? {
            let (key, value) = row?;
            all.push((key.value(), openings::Kept::open(&vault.rows, key.value(), value.value())?.sealed));
        }
        Ok(all)
    });
    read.unwrap()
}

#[test]
fn erasing_leaves_the_proofs_of_all_others_and_no_row_in_the_file() {
    let (folder, mut vault) = vault();
    let times: Vec<u64> = (1_000..2_000).collect();
    let header = report(&vault, &times).batch.header;
    vault.confirm(STREAM, EventNumber::new(1_001)).unwrap();
    // The bytes of the rows as they stand in the file.
    let rows = |from: u64, until: u64| -> Vec<Vec<u8>> {
        let read = vault.read(|transaction| {
            let table = transaction.open_table(OPENINGS)?;
            let rows = table.range((STREAM.get(), from)..(STREAM.get(), until))?;
            Ok(rows.map(|row| row.unwrap().1.value().to_vec()).collect())
        });
        read.unwrap()
    };
    let (gone, stay) = (rows(1, 501), rows(501, 1_001));
    let (last, kept) = (EventNumber::new(500), EventNumber::new(501));
    let before = vault.sealed_proof(STREAM, kept, &BTreeSet::from([SealedField::NetworkAddress])).unwrap();
    let erasure = vault.erase(Wanted::Events(numbers(1, 500)), "officer Li", "case 7", AT).unwrap().unwrap();
    assert_eq!((erasure.number, erasure.events, &erasure.numbers[..]), (1, 500, &[numbers(1, 500)][..]));
    assert_eq!(vault.erase(Wanted::Events(numbers(1, 500)), "officer Li", "again", AT).unwrap(), None);
    assert_eq!(vault.opening(STREAM, last).unwrap(), None);
    let erased = vault.sealed_proof(STREAM, last, &BTreeSet::new());
    assert!(matches!(erased, Err(ClientError::Erased { .. })));
    let proof = vault.sealed_proof(STREAM, kept, &BTreeSet::from([SealedField::NetworkAddress])).unwrap();
    assert_eq!(proof, before);
    let leaf = sealed_leaf(&crate::event::tests::leaf(1_500).leaf(), &proof.commitments);
    assert_eq!(proof.path.root(TreeKind::SealedEvents, &leaf), Some(header.sealed_root));
    assert_eq!(openings(&vault).len(), 500);
    assert_eq!(vault.check(Moment::new(0)).unwrap().counts.erased, 500);
    drop(vault);
    let file = fs::read(folder.path().join("vault")).unwrap();
    let stands = |row: &Vec<u8>| file.windows(row.len()).any(|window| window == row);
    // A few of each: a search of the whole file takes its time.
    assert!(gone.iter().step_by(50).all(|row| !stands(row)) && stay.iter().step_by(50).all(stands));
}

#[test]
fn every_erasure_is_told_without_a_value() {
    let (folder, mut vault) = vault();
    report(&vault, &[1, 2, 3, 2]);
    report(&vault, &[2, 5]);
    // All of one person: its address is that of time 2.
    let all = Wanted::Having(SealedField::NetworkAddress, b"192.0.2.2");
    let first = vault.erase(all, "officer Li", "request of the person", AT).unwrap().unwrap();
    assert_eq!(first.numbers, [numbers(2, 3), numbers(5, 5)]);
    assert_eq!(vault.erase(all, "officer Li", "again", AT).unwrap(), None);
    let before = Wanted::Before(Moment::new(3));
    let second = vault.erase(before, "officer Li", "retention", AT).unwrap().unwrap();
    assert_eq!(second.numbers, [numbers(1, 1)]);
    let left: Vec<u64> = openings(&vault).iter().map(|((_, event), _)| *event).collect();
    assert_eq!(left, [4, 6]);
    let vault = reopen(&folder, vault);
    assert_eq!(vault.erasures().unwrap(), [first.clone(), second]);
    assert_eq!(first.selection, Selection::Field(SealedField::NetworkAddress));
    let told = serde_json::to_string(&vault.erasures().unwrap()).unwrap();
    assert!(told.contains("officer Li") && !told.contains("192.0.2"), "{told}");
}

#[test]
fn an_erasure_says_who_and_why() {
    let (_folder, mut vault) = vault();
    report(&vault, &[1]);
    for (by, reason) in [("", "why"), ("who", " "), ("who", &"y".repeat(513))] {
        let refused = vault.erase(Wanted::Events(numbers(1, 1)), by, reason, AT);
        assert!(matches!(refused, Err(ClientError::ErasureText { bytes_max: 512 })));
    }
    assert_eq!(openings(&vault).len(), 1);
}

#[test]
fn a_process_that_dies_between_deleting_and_cleaning_is_cleaned_up_after() {
    let (folder, vault) = vault();
    report(&vault, &[1, 2]);
    let key = (STREAM.get(), 1);
    let row =
        vault.read(|transaction| Ok(transaction.open_table(OPENINGS)?.get(key)?.unwrap().value().to_vec())).unwrap();
    let die = |transaction: &WriteTransaction| -> Result<(), Fault> {
        transaction.open_table(OPENINGS)?.remove(key)?;
        transaction.open_table(IDENTITY)?.insert(UNCLEAN, &[][..])?;
        Ok(())
    };
    vault.write(die).unwrap();
    // Half of the copy that was under way.
    fs::write(folder.path().join("vault.part"), b"half").unwrap();
    let vault = reopen(&folder, vault);
    assert_eq!(openings(&vault).len(), 1);
    drop(vault);
    let file = fs::read(folder.path().join("vault")).unwrap();
    assert!(!file.windows(row.len()).any(|window| window == row));
    assert!(!folder.path().join("vault.part").exists());
    assert!(!Identity::read(&open_database(&folder.path().join("vault")).unwrap()).ok().unwrap().unwrap().is_unclean);
}

#[test]
fn openings_beyond_the_retention_are_listed() {
    let (_folder, vault) = vault();
    report(&vault, &[1, 2, 3, 9]);
    let check = vault.check(Moment::new(3)).unwrap();
    assert_eq!(check.past_retention, [numbers(1, 2)]);
    assert_eq!(vault.check(Moment::new(0)).unwrap().past_retention, []);
}
