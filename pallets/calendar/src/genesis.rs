//! The calendar of genesis, and its records in block 1.

use crate::pallet::{Config, CurrentCalendar, CurrentParameters, GenesisConfig};
use mulu_pallet_support::Records;
use mulu_proofs::{
    calendar::{Calendar, Day},
    ids::DepartmentId,
    records::RecordKind,
};

/// Writes genesis state. Panics say what is wrong with the chain specification: nobody runs on a bad genesis.
pub(crate) fn build<T: Config>(config: &GenesisConfig<T>) {
    let parameters = &config.parameters;
    parameters.check().expect("genesis parameters are within their bounds");
    let mut calendar =
        Calendar::new(config.day_length, parameters.utc_offset_minutes).expect("a genesis day has a length");
    for year in &config.years {
        assert!(calendar.year(year.year).is_none(), "genesis gives year {} two calendars", year.year);
        // No day has begun before the chain.
        calendar.set_year(year.clone(), Day::default()).expect("a genesis calendar contradicts nothing");
    }
    CurrentCalendar::<T>::put(calendar);
    CurrentParameters::<T>::put(parameters);
}

/// Appends a record of the parameters and of every year that genesis set.
pub(crate) fn record<T: Config>() {
    let nobody = DepartmentId::default();
    T::Records::append(RecordKind::ParametersSet, nobody, None, &[], &CurrentParameters::<T>::get());
    for year in CurrentCalendar::<T>::get().years {
        T::Records::append(RecordKind::CalendarSet, nobody, None, &[], &year);
    }
}
