//! The rules that a specification keeps: what the pallets would refuse as an act, or panic at in genesis.

use crate::{
    error::ChainSpecError,
    spec::{ChainSpec, ChainType, GenesisData, VALIDATORS_MIN},
};
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::{AccountKey, DepartmentInfo, NodeInfo, Role, RoleGiven, RoleScope, ValidatorRegistered},
    genesis::CHAIN_ID_BYTES_MAX,
    ids::DepartmentId,
};
use mulu_runtime::pallet_departments::{OBSERVERS_MAX, PARENTS_MAX};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

impl ChainSpec {
    /// Checks every rule; returns the validators as the set that they form.
    pub(crate) fn check(&self) -> Result<ValidatorSet, ChainSpecError> {
        let id = self.chain_id.as_bytes();
        if id.is_empty() || id.len() > CHAIN_ID_BYTES_MAX || !id.iter().all(u8::is_ascii_graphic) {
            return Err(ChainSpecError::ChainId);
        }
        self.genesis.check_departments()?;
        let accounts = self.genesis.check_accounts()?;
        self.genesis.check_roles(&accounts)?;
        self.genesis.check_systems()?;
        self.genesis.check_purposes()?;
        self.genesis.check_nodes()?;
        self.genesis.budget.check().map_err(ChainSpecError::Budget)?;
        self.genesis.calendar.check(self.chain_type)?;
        self.check_validators()
    }

    fn check_validators(&self) -> Result<ValidatorSet, ChainSpecError> {
        let validators = &self.genesis.validators;
        for validator in validators {
            self.genesis.check_known(validator.department, || "a validator".into())?;
        }
        let members = validators.iter().map(ValidatorRegistered::validator).collect();
        let set = ValidatorSet::new(members).map_err(ChainSpecError::Validators)?;
        let found = set.validators().len();
        if self.chain_type != ChainType::Development && found < VALIDATORS_MIN {
            return Err(ChainSpecError::TooFewValidators { found });
        }
        Ok(set)
    }
}

impl GenesisData {
    fn check_departments(&self) -> Result<(), ChainSpecError> {
        check_ids("department", self.departments.iter().map(|department| department.id.get()))?;
        check_codes("department", self.departments.iter().map(|department| department.credit_code))?;
        let mut seats = BTreeSet::new();
        for info in &self.departments {
            let (department, region) = (info.id, info.region);
            if !info.credit_code.is_valid() {
                return Err(ChainSpecError::CreditCode { department });
            }
            if !(100_000..=999_999).contains(&region) {
                return Err(ChainSpecError::Region { department, region });
            }
            for other in [info.parent, info.host].into_iter().flatten() {
                self.check_known(other, || format!("department {department}"))?;
            }
            self.check_place(info)?;
            if info.is_authority && !seats.insert((info.level, region)) {
                return Err(ChainSpecError::AuthorityRepeated { department });
            }
        }
        Ok(())
    }

    /// Superiors and host lead nowhere back.
    fn check_place(&self, info: &DepartmentInfo) -> Result<(), ChainSpecError> {
        let department = info.id;
        let mut above = info.parent;
        for _ in 0..=PARENTS_MAX {
            match above {
                None if info.host != Some(department) => return Ok(()),
                Some(superior) if superior != department => {
                    // An unknown one is found when its own turn comes.
                    above = self.departments.iter().find(|other| other.id == superior).and_then(|other| other.parent);
                }
                _ => break,
            }
        }
        Err(ChainSpecError::Place { department })
    }

    /// The department of every account.
    fn check_accounts(&self) -> Result<BTreeMap<AccountKey, DepartmentId>, ChainSpecError> {
        let mut accounts = BTreeMap::new();
        for registered in &self.accounts {
            let account = AccountKey(registered.account);
            self.check_known(registered.department, || format!("account {}", hex::encode(account.0)))?;
            if accounts.insert(account, registered.department).is_some() {
                return Err(ChainSpecError::AccountRepeated { account });
            }
        }
        Ok(accounts)
    }

    fn check_roles(&self, accounts: &BTreeMap<AccountKey, DepartmentId>) -> Result<(), ChainSpecError> {
        let mut held = BTreeMap::<AccountKey, BTreeSet<Role>>::new();
        for given in &self.roles {
            let RoleGiven { department, role, .. } = *given;
            let account = AccountKey(given.account);
            if accounts.get(&account) != Some(&department) {
                return Err(ChainSpecError::UnknownAccount { account, department });
            }
            if given.pending {
                return Err(ChainSpecError::RolePending { account, role });
            }
            if given.expires <= self.moment {
                return Err(ChainSpecError::RoleExpired { account, role });
            }
            if role.is_of_authority() && !self.is_authority(department) {
                return Err(ChainSpecError::RoleOfAuthority { account, role, department });
            }
            let roles = held.entry(account).or_default();
            if !roles.insert(role) {
                return Err(ChainSpecError::RoleRepeated { account, role });
            }
            if roles.iter().any(|held| role.excludes(*held)) {
                return Err(ChainSpecError::AdminSigns { account });
            }
            if !self.is_sound(&given.scope) {
                return Err(ChainSpecError::RoleScope { account, role });
            }
            if given.principal.is_some_and(|principal| !self.may_stand_in(given, principal)) {
                return Err(ChainSpecError::Principal { account, role });
            }
        }
        Ok(())
    }

    /// Whether a scope names something, and departments of the list alone.
    fn is_sound(&self, scope: &RoleScope) -> bool {
        match scope {
            RoleScope::Everything => true,
            RoleScope::Entries(entries) => !entries.is_empty(),
            RoleScope::Departments(departments) => {
                !departments.is_empty() && departments.iter().all(|department| self.is_known(*department))
            }
        }
    }

    /// Whether `principal` is somebody else who holds the role itself.
    fn may_stand_in(&self, given: &RoleGiven, principal: AccountKey) -> bool {
        let holds = |other: &RoleGiven| {
            (other.account, other.department, other.role) == (principal.0, given.department, given.role)
                && other.principal.is_none()
        };
        principal.0 != given.account && self.roles.iter().any(holds)
    }

    /// Nodes that can be dialled, each with a key of its own.
    fn check_nodes(&self) -> Result<(), ChainSpecError> {
        let found = self.observers.len();
        if found > OBSERVERS_MAX as usize {
            return Err(ChainSpecError::TooManyObservers { found });
        }
        for observer in &self.observers {
            self.check_known(observer.department, || "an observer".into())?;
        }
        let of_validators = self.validators.iter().filter_map(|v| Some((v.department, v.node.as_ref()?)));
        let of_observers = self.observers.iter().map(|observer| (observer.department, &observer.node));
        let mut keys = BTreeSet::new();
        for (department, NodeInfo { key, .. }) in of_validators.clone().chain(of_observers.clone()) {
            if !keys.insert(key) {
                return Err(ChainSpecError::NodeRepeated { department });
            }
        }
        let unreachable = of_validators.chain(of_observers).find(|(_, node)| !node.is_reachable());
        unreachable.map_or(Ok(()), |(department, _)| Err(ChainSpecError::Address { department }))
    }

    fn check_systems(&self) -> Result<(), ChainSpecError> {
        check_ids("system", self.systems.iter().map(|system| system.id.get()))?;
        for system in &self.systems {
            self.check_known(system.department, || format!("system {}", system.id))?;
        }
        check_codes("system", self.systems.iter().map(|system| (system.department, system.code.as_str())))
    }

    fn check_purposes(&self) -> Result<(), ChainSpecError> {
        check_ids("purpose", self.purposes.iter().map(|purpose| purpose.id.get().into()))?;
        check_codes("purpose", self.purposes.iter().map(|purpose| purpose.code.as_str()))
    }

    /// Checks that a department is in the list. Ids are known to go 1, 2, … by then.
    fn check_known(&self, department: DepartmentId, what: impl Fn() -> String) -> Result<(), ChainSpecError> {
        let known = self.is_known(department);
        if known { Ok(()) } else { Err(ChainSpecError::UnknownDepartment { what: what(), department }) }
    }

    fn is_known(&self, department: DepartmentId) -> bool {
        (1..=self.departments.len()).contains(&(department.get() as usize))
    }

    fn is_authority(&self, department: DepartmentId) -> bool {
        self.departments.iter().any(|info| info.id == department && info.is_authority)
    }
}

fn check_ids(what: &'static str, ids: impl Iterator<Item = u32>) -> Result<(), ChainSpecError> {
    for (place, found) in (1..).zip(ids) {
        if found as usize != place {
            return Err(ChainSpecError::Id { what, place, found });
        }
    }
    Ok(())
}

fn check_codes<C: Ord + Debug>(what: &'static str, codes: impl Iterator<Item = C>) -> Result<(), ChainSpecError> {
    let mut seen = BTreeSet::new();
    for (place, code) in (1..).zip(codes) {
        let shown = format!("{code:?}");
        if !seen.insert(code) {
            return Err(ChainSpecError::CodeRepeated { what, place, code: shown });
        }
    }
    Ok(())
}
