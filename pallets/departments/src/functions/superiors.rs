//! Who stands above two departments: the authority that deals with their disputes (art. 28).

use crate::{
    pallet::{Authorities, Config, Departments, Pallet},
    types::oversees,
};
use mulu_pallet_support::Superiors;
use mulu_proofs::{departments::Level, ids::DepartmentId};

/// Region of the whole country (GB/T 2260).
const COUNTRY: u32 = 100_000;

impl<T: Config> Superiors for Pallet<T> {
    fn common_authority(one: DepartmentId, other: DepartmentId) -> Option<DepartmentId> {
        let [one, other] = [Departments::<T>::get(one)?.info, Departments::<T>::get(other)?.info];
        let seats = [(one.level, one.region), (other.level, other.region)];
        // From the nearest level up; a party is no judge of its own affair.
        [Level::County, Level::City, Level::Province, Level::National]
            .into_iter()
            .flat_map(|level| regions_above(level, seats).map(move |region| (level, region)))
            .filter(|seat| seats.iter().all(|below| oversees(*seat, *below)))
            .filter_map(Authorities::<T>::get)
            .find(|authority| ![one.id, other.id].contains(authority))
    }
}

/// Regions that an authority of `level` above both seats can have: that of a party of this level, or what the codes have in common.
fn regions_above(level: Level, seats: [(Level, u32); 2]) -> impl Iterator<Item = u32> {
    let [(_, region), _] = seats;
    let above = match level {
        Level::National => COUNTRY,
        Level::Province => region / 10_000 * 10_000,
        Level::City => region / 100 * 100,
        Level::County => region,
    };
    seats.into_iter().filter(move |(of, _)| *of == level).map(|(_, region)| region).chain([above])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use crate::{
        mock::{Departments, Test, run},
        pallet::{Authorities, Departments as Stored},
    };
    use Level::{City, County, National, Province};
    use mulu_pallet_support::Superiors as _;
    use mulu_proofs::{departments::Level, ids::DepartmentId};

    /// Adds a department and, where it is one, the authority of its seat.
    fn add(id: u32, level: Level, region: u32, is_authority: bool) -> DepartmentId {
        let id = DepartmentId::new(id);
        let mut department = Stored::<Test>::iter_values().next().unwrap();
        (department.info.id, department.info.level, department.info.region) = (id, level, region);
        if is_authority {
            Authorities::<Test>::insert((level, region), id);
        }
        Stored::<Test>::insert(id, department);
        id
    }

    /// Ids from 100 on: authorities of the country, of two provinces, of two cities and a county of the first.
    fn seats() -> [DepartmentId; 6] {
        [
            add(100, National, 100_000, true),
            add(101, Province, 330_000, true),
            add(102, Province, 340_000, true),
            add(103, City, 330_200, true),
            add(104, City, 330_300, true),
            add(105, County, 330_203, true),
        ]
    }

    #[test]
    fn the_nearest_authority_that_covers_both_deals_with_their_dispute() {
        run_and_forget(|| {
            let [country, province, _, city, other_city, county] = seats();
            let in_county = [add(110, County, 330_203, false), add(111, County, 330_203, false)];
            let beside = add(112, County, 330_204, false);
            let in_city = add(113, City, 330_200, false);
            let in_other_city = add(114, City, 330_300, false);
            let in_province = add(115, Province, 330_000, false);
            let elsewhere = add(116, County, 340_102, false);
            let national = add(117, National, 100_000, false);
            for (one, other, expected) in [
                (in_county[0], in_county[1], county),
                (in_county[0], beside, city),
                (in_county[0], in_city, city),
                (in_city, in_other_city, province),
                (in_county[0], in_other_city, province),
                (in_city, in_province, province),
                (in_county[0], elsewhere, country),
                (in_province, elsewhere, country),
                (in_county[0], national, country),
                // An authority that is a party is passed over.
                (in_county[0], county, city),
                (in_city, city, province),
                (city, other_city, province),
                (province, in_city, country),
            ] {
                assert_eq!(Departments::common_authority(one, other), Some(expected), "{one} and {other}");
                assert_eq!(Departments::common_authority(other, one), Some(expected), "{other} and {one}");
            }
            assert_eq!(Departments::common_authority(country, national), None);
            assert_eq!(Departments::common_authority(in_city, DepartmentId::new(999)), None);
        });
    }

    #[test]
    fn without_an_authority_above_there_is_nobody() {
        run_and_forget(|| {
            let (one, other) = (add(110, County, 330_203, false), add(111, County, 340_102, false));
            assert_eq!(Departments::common_authority(one, other), None);
            let country = add(100, National, 100_000, true);
            assert_eq!(Departments::common_authority(one, other), Some(country));
        });
    }

    /// The departments of these tests were registered by nobody, which no invariant would let pass: they go again.
    fn run_and_forget(test: impl FnOnce()) {
        run(|| {
            frame_support::storage::with_transaction(|| -> sp_runtime::TransactionOutcome<_> {
                test();
                sp_runtime::TransactionOutcome::Rollback(Ok::<_, sp_runtime::DispatchError>(()))
            })
            .unwrap();
        });
    }
}
