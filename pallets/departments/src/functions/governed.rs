//! What governance enacts: status of departments, authorities, validators, observers, auditors, the budget. No account reaches these; their
//! records name no signer and stand beside the votes.

use crate::{
    pallet::{
        Authorities, Config, CurrentBudget, Departments, Error, Event, OBSERVERS_MAX, Observers, Pallet,
        ValidatorNodes, Validators, ValidatorsMin, VotingDepartments,
    },
    types::Peer,
};
use codec::Encode;
use frame_support::{dispatch::DispatchResult, ensure};
use mulu_pallet_support::{Clock, Electorate, Records};
use mulu_proofs::{
    budget::Budget,
    certificate::{Validator, is_strong_key},
    departments::{
        AuthorityNamed, BASIS_BYTES_MAX, DepartmentAdmitted, DepartmentStatus, DepartmentStatusSet, NodeInfo, Observer,
        Role, RoleGiven, RoleScope, ValidatorKeyRotated, ValidatorRegistered, ValidatorRemoved,
    },
    ids::{DepartmentId, Moment, PublicKey},
    records::{RecordKind, Subject},
    text::Text,
};

impl<T: Config> Pallet<T> {
    /// Suspends a department, makes it active again, or retires it for good.
    ///
    /// # Errors
    /// `UnknownDepartment`, `RetiredForGood`, `StatusUnchanged`; a department with a validator or the seat of an authority does not retire
    /// (`ValidatorInOffice`, `AuthorityInOffice`).
    pub fn set_status(id: DepartmentId, status: DepartmentStatus) -> DispatchResult {
        let mut department = Departments::<T>::get(id).ok_or(Error::<T>::UnknownDepartment)?;
        let before = department.status();
        ensure!(before != DepartmentStatus::Retired, Error::<T>::RetiredForGood);
        ensure!(before != status, Error::<T>::StatusUnchanged);
        if status == DepartmentStatus::Retired {
            let votes = Validators::<T>::get().iter().any(|validator| validator.department == id);
            ensure!(!votes, Error::<T>::ValidatorInOffice);
            ensure!(!department.info.is_authority, Error::<T>::AuthorityInOffice);
        }

        let had_vote = department.has_vote();
        department.change(T::Clock::now(), status);
        VotingDepartments::<T>::mutate(|count| {
            *count = match (had_vote, department.has_vote()) {
                (true, false) => count.saturating_sub(1),
                (false, true) => count.saturating_add(1),
                _ => *count,
            };
        });
        Departments::<T>::insert(id, department);
        let set = DepartmentStatusSet { department: id, before, status };
        enacted::<T>(RecordKind::DepartmentStatusSet, id, &set);
        Self::deposit_event(Event::DepartmentStatusSet(set));
        Ok(())
    }

    /// Gives a registered department a vote in governance, for good.
    ///
    /// # Errors
    /// `UnknownDepartment`, `DepartmentNotActive`, `AdmittedAlready`.
    pub fn admit_department(id: DepartmentId) -> DispatchResult {
        let mut department = Departments::<T>::get(id).ok_or(Error::<T>::UnknownDepartment)?;
        ensure!(department.is_active(), Error::<T>::DepartmentNotActive);
        ensure!(!department.is_admitted, Error::<T>::AdmittedAlready);

        department.is_admitted = true;
        Departments::<T>::insert(id, department);
        VotingDepartments::<T>::mutate(|count| *count = count.saturating_add(1));
        let admitted = DepartmentAdmitted { department: id };
        enacted::<T>(RecordKind::DepartmentAdmitted, id, &admitted);
        Self::deposit_event(Event::DepartmentAdmitted(admitted));
        Ok(())
    }

    /// Makes a department the competent authority of its level and region, in the place of the one before.
    ///
    /// # Errors
    /// `UnknownDepartment`, `DepartmentNotActive`, `AuthorityAlready`.
    pub fn name_authority(id: DepartmentId) -> DispatchResult {
        let info = Self::active(id)?;
        ensure!(!info.is_authority, Error::<T>::AuthorityAlready);

        let seat = (info.level, info.region);
        let before = Authorities::<T>::get(seat);
        for (department, is_authority) in before.map(|before| (before, false)).into_iter().chain([(id, true)]) {
            Departments::<T>::mutate(department, |found| {
                if let Some(found) = found {
                    found.info.is_authority = is_authority;
                }
            });
        }
        Authorities::<T>::insert(seat, id);
        let named = AuthorityNamed { department: id, level: info.level, region: info.region, before };
        enacted::<T>(RecordKind::AuthorityNamed, id, &named);
        Self::deposit_event(Event::AuthorityNamed(named));
        Ok(())
    }

    /// Gives a department a validator, which signs from the next height on. A node that is registered as an observer of the department
    /// is promoted: it ends being one.
    ///
    /// # Errors
    /// `UnknownDepartment`, `DepartmentNotActive`, `NotAdmitted`, `ValidatorTaken`, `ValidatorsFull`, and `KeyInvalid`, `AddressInvalid`,
    /// `NodeTaken`.
    pub fn add_validator(added: ValidatorRegistered) -> DispatchResult {
        Self::active(added.department)?;
        ensure!(Self::has_vote(added.department), Error::<T>::NotAdmitted);
        let node = added.node.as_ref().ok_or(Error::<T>::AddressInvalid)?;
        ensure!(is_strong_key(&added.key), Error::<T>::KeyInvalid);
        let promoted = Observers::<T>::get(node.key).filter(|observer| observer.department == added.department);
        Self::ensure_node(node, promoted.is_some())?;
        let mut validators = Validators::<T>::get();
        let taken = validators.iter().any(|v| v.department == added.department || v.key == added.key);
        ensure!(!taken, Error::<T>::ValidatorTaken);
        let place = validators.partition_point(|validator| validator.key < added.key);
        validators.try_insert(place, added.validator()).map_err(|_| Error::<T>::ValidatorsFull)?;

        if let Some(observer) = promoted {
            Self::end_observer(observer);
        }
        Validators::<T>::put(validators);
        ValidatorNodes::<T>::insert(added.key, node);
        enacted::<T>(RecordKind::ValidatorRegistered, added.department, &added);
        Self::deposit_event(Event::ValidatorRegistered(added));
        Ok(())
    }

    /// Takes a validator's vote from the next height on.
    ///
    /// # Errors
    /// `UnknownValidator`, `TooFewValidators`.
    pub fn remove_validator(key: PublicKey) -> DispatchResult {
        let mut validators = Validators::<T>::get();
        let place = place_of(&validators, &key).ok_or(Error::<T>::UnknownValidator)?;
        let left = u32::try_from(validators.len() - 1).expect("at most VALIDATORS_MAX");
        ensure!(left >= ValidatorsMin::<T>::get().max(1), Error::<T>::TooFewValidators);

        let Validator { department, .. } = validators.remove(place);
        Validators::<T>::put(validators);
        ValidatorNodes::<T>::remove(key);
        let removed = ValidatorRemoved { department, key };
        enacted::<T>(RecordKind::ValidatorRemoved, department, &removed);
        Self::deposit_event(Event::ValidatorRemoved(removed));
        Ok(())
    }

    /// Gives a validator another consensus key from the next height on; its node stays.
    ///
    /// # Errors
    /// `UnknownValidator`, `ValidatorTaken`, `KeyInvalid`.
    pub fn rotate_validator_key(old: PublicKey, new: PublicKey) -> DispatchResult {
        let mut validators = Validators::<T>::get();
        let place = place_of(&validators, &old).ok_or(Error::<T>::UnknownValidator)?;
        ensure!(is_strong_key(&new), Error::<T>::KeyInvalid);
        ensure!(place_of(&validators, &new).is_none(), Error::<T>::ValidatorTaken);

        let Validator { department, .. } = validators.remove(place);
        let place = validators.partition_point(|validator| validator.key < new);
        validators.try_insert(place, Validator { key: new, department }).expect("one place is free");
        Validators::<T>::put(validators);
        if let Some(node) = ValidatorNodes::<T>::take(old) {
            ValidatorNodes::<T>::insert(new, node);
        }
        let rotated = ValidatorKeyRotated { department, old, new };
        enacted::<T>(RecordKind::ValidatorKeyRotated, department, &rotated);
        Self::deposit_event(Event::ValidatorKeyRotated(rotated));
        Ok(())
    }

    /// Registers a full node without a vote.
    ///
    /// # Errors
    /// `UnknownDepartment`, `DepartmentNotActive`, `ObserversFull`, `KeyInvalid`, `AddressInvalid`, `NodeTaken`.
    pub fn register_observer(observer: Observer) -> DispatchResult {
        Self::active(observer.department)?;
        ensure!(Observers::<T>::count() < OBSERVERS_MAX, Error::<T>::ObserversFull);
        Self::ensure_node(&observer.node, false)?;

        Observers::<T>::insert(observer.node.key, &observer);
        enacted::<T>(RecordKind::ObserverRegistered, observer.department, &observer);
        Self::deposit_event(Event::ObserverRegistered(observer));
        Ok(())
    }

    /// Removes an observer.
    ///
    /// # Errors
    /// `UnknownObserver`.
    pub fn remove_observer(node_key: PublicKey) -> DispatchResult {
        let observer = Observers::<T>::get(node_key).ok_or(Error::<T>::UnknownObserver)?;
        Self::end_observer(observer);
        Ok(())
    }

    /// Gives an account of an authority the role of auditor.
    ///
    /// # Errors
    /// Those of `Call::give_role`.
    pub fn name_auditor(
        account: PublicKey,
        department: DepartmentId,
        scope: RoleScope,
        basis: Text<BASIS_BYTES_MAX>,
        expires: Moment,
    ) -> DispatchResult {
        let info = Self::active(department)?;
        let (role, principal, pending) = (Role::Auditor, None, false);
        let given = RoleGiven { account, department, role, expires, scope, principal, basis, pending };
        Self::ensure_giveable(&info, &given)?;

        let subjects = [Subject::Department(given.department), Subject::Account(given.account)];
        let number = T::Records::append(RecordKind::RoleGiven, DepartmentId::default(), None, &subjects, &given);
        Self::keep_role(&given, number, None)?;
        Self::deposit_event(Event::RoleGiven { role: given });
        Ok(())
    }

    /// Sets what each department may send, from the next extrinsic on. What was sent before counts.
    ///
    /// # Errors
    /// `BudgetInvalid`.
    pub fn set_budget(budget: Budget) -> DispatchResult {
        ensure!(budget.check().is_ok(), Error::<T>::BudgetInvalid);

        CurrentBudget::<T>::put(budget);
        T::Records::append(RecordKind::BudgetSet, DepartmentId::default(), None, &[], &budget);
        Self::deposit_event(Event::BudgetSet(budget));
        Ok(())
    }

    /// Every node of the chain whose addresses are known: validators ascending by key, then observers ascending by node key.
    pub fn peers() -> Vec<Peer> {
        let validators = Validators::<T>::get().into_iter().filter_map(|Validator { key, department }| {
            let node = ValidatorNodes::<T>::get(key)?;
            Some(Peer { department, validator: Some(key), node })
        });
        let mut observers: Vec<Peer> = Observers::<T>::iter_values()
            .map(|Observer { department, node, .. }| Peer { department, validator: None, node })
            .collect();
        observers.sort_by_key(|peer| peer.node.key);
        validators.chain(observers).collect()
    }

    fn end_observer(observer: Observer) {
        Observers::<T>::remove(observer.node.key);
        enacted::<T>(RecordKind::ObserverRemoved, observer.department, &observer);
        Self::deposit_event(Event::ObserverRemoved(observer));
    }

    /// Checks a new node's key and addresses; a promoted one is an observer by now.
    fn ensure_node(node: &NodeInfo, is_promoted: bool) -> DispatchResult {
        ensure!(is_strong_key(&node.key), Error::<T>::KeyInvalid);
        ensure!(node.is_reachable(), Error::<T>::AddressInvalid);
        let taken = Observers::<T>::contains_key(node.key) && !is_promoted
            || ValidatorNodes::<T>::iter_values().any(|other| other.key == node.key);
        ensure!(!taken, Error::<T>::NodeTaken);
        Ok(())
    }
}

fn place_of(validators: &[Validator], key: &PublicKey) -> Option<usize> {
    validators.binary_search_by_key(key, |validator| validator.key).ok()
}

/// Appends the record of something that the chain itself did to a department.
fn enacted<T: Config>(kind: RecordKind, department: DepartmentId, body: &impl Encode) {
    T::Records::append(kind, DepartmentId::default(), None, &[Subject::Department(department)], body);
}
