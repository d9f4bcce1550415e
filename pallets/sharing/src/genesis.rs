//! Purposes of genesis, and their records in block 1.

use crate::{
    pallet::{Config, GenesisConfig, LastPurpose, PurposeByCode, Purposes},
    types::Purpose,
};
use mulu_pallet_support::Records;
use mulu_proofs::{
    ids::{DepartmentId, PurposeId},
    records::RecordKind,
    sharing::PurposeRegistered,
};

/// Writes genesis state. Panics say what is wrong with the chain specification: nobody runs on a bad genesis.
pub(crate) fn build<T: Config>(config: &GenesisConfig<T>) {
    for (place, purpose) in config.purposes.iter().enumerate() {
        let PurposeRegistered { id, code, name } = purpose.clone();
        assert_eq!(usize::from(id.get()), place + 1, "genesis purposes have the ids 1, 2, …");
        assert!(!PurposeByCode::<T>::contains_key(&code), "two genesis purposes have one code");
        PurposeByCode::<T>::insert(&code, id);
        Purposes::<T>::insert(id, Purpose { code, name });
        LastPurpose::<T>::put(id);
    }
}

/// Appends a record for every purpose of genesis: nobody can register one before block 1 has recorded the roles.
pub(crate) fn record<T: Config>() {
    for id in (1..=LastPurpose::<T>::get().get()).map(PurposeId::new) {
        let Some(Purpose { code, name }) = Purposes::<T>::get(id) else { continue };
        let body = PurposeRegistered { id, code, name };
        T::Records::append(RecordKind::PurposeRegistered, DepartmentId::default(), None, &[], &body);
    }
}
