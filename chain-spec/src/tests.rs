//! A specification gives a block 0 that can be read back, always the same one; every rule is broken once.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::{CalendarData, ChainSpec, ChainSpecError as Error, ChainType, FILE_BYTES_MAX, GenesisData};
use mulu_proofs::{
    budget::{Budget, BudgetClass, BudgetError},
    calendar::{CalendarError, DayLength},
    catalog::List,
    certificate::SetError,
    departments::{
        AccountKey, AccountRegistered, CreditCode, DepartmentInfo, Level, NodeInfo, Observer, Role, RoleGiven,
        RoleScope, SystemInfo, SystemKind, ValidatorRegistered,
    },
    ids::{DepartmentId, Moment, PurposeId, SystemId},
    sharing::PurposeRegistered,
    text::Text,
};
use mulu_runtime::{AccountId, Runtime, System, Timestamp, pallet_calendar, pallet_departments, pallet_sharing};
use sp_core::H256;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{Backend, Ext, OverlayedChanges, TrieBackendBuilder, TrieBackendStorage};
use std::collections::BTreeMap;

/// 2026-07-25T16:00:00Z.
const MOMENT: u64 = 1_785_000_000_000;
const AUTHORITY: DepartmentId = DepartmentId::new(1);
const CIVIL: DepartmentId = DepartmentId::new(2);
const NOWHERE: DepartmentId = DepartmentId::new(77);

fn department(id: u32) -> DepartmentInfo {
    DepartmentInfo {
        id: DepartmentId::new(id),
        credit_code: CreditCode::with_check_character(&format!("11330100{id:09}")).unwrap(),
        name: Text::new("部门").unwrap(),
        level: Level::City,
        region: 330_100,
        parent: (id > 1).then_some(AUTHORITY),
        is_authority: id == 1,
        host: None,
        is_data_manager: false,
    }
}

fn role(account: u8, department: DepartmentId, role: Role) -> RoleGiven {
    let expires = Moment::new(MOMENT + 1);
    RoleGiven::in_genesis([account; 32], department, role, expires)
}

fn validator(number: u8) -> ValidatorRegistered {
    ValidatorRegistered { department: DepartmentId::new(number.into()), key: [number; 32], node: None }
}

fn node(number: u8) -> NodeInfo {
    NodeInfo {
        key: [number; 32],
        consensus_address: Text::new(&format!("10.0.0.{number}:26656")).unwrap(),
        extrinsics_address: Text::new(&format!("10.0.0.{number}:26657")).unwrap(),
    }
}

fn observer(number: u8) -> Observer {
    Observer { department: CIVIL, name: Text::new("审计").unwrap(), node: node(number) }
}

/// Four departments with a validator each; account 10 supervises, 20 is the civil department's admin, 21 its head.
fn spec() -> ChainSpec {
    let account = |number: u8, department| AccountRegistered { account: [number; 32], department };
    let code = Text::new("gateway").unwrap();
    let system = SystemInfo {
        id: SystemId::new(1),
        department: CIVIL,
        kind: SystemKind::Platform,
        code,
        name: Text::new("交换网关").unwrap(),
    };
    let purpose = |id, code| PurposeRegistered {
        id: PurposeId::new(id),
        code: Text::new(code).unwrap(),
        name: Text::new("行政许可").unwrap(),
    };
    ChainSpec {
        chain_id: "mulu-test".into(),
        chain_type: ChainType::Live,
        genesis: GenesisData {
            moment: Moment::new(MOMENT),
            departments: (1..=4).map(department).collect(),
            accounts: vec![account(10, AUTHORITY), account(20, CIVIL), account(21, CIVIL)],
            roles: vec![
                role(10, AUTHORITY, Role::Supervisor),
                role(20, CIVIL, Role::Admin),
                role(21, CIVIL, Role::Head),
            ],
            systems: vec![system],
            purposes: vec![purpose(1, "XK"), purpose(2, "CF")],
            validators: (1..=4).map(validator).collect(),
            observers: vec![observer(30)],
            budget: Budget::default(),
            calendar: CalendarData::of_state_council(),
        },
    }
}

fn refused(change: impl FnOnce(&mut ChainSpec)) -> Error {
    let mut changed = spec();
    change(&mut changed);
    changed.build().unwrap_err()
}

macro_rules! assert_refused {
    ($change:expr, $error:pat) => {
        let error = refused($change);
        assert!(matches!(error, $error), "{error}");
    };
}

mod genesis {
    use super::*;

    /// Trie nodes by database key, as storage keeps them.
    struct Nodes(BTreeMap<Vec<u8>, Vec<u8>>);

    impl TrieBackendStorage<BlakeTwo256> for Nodes {
        fn get(&self, key: &H256, prefix: (&[u8], Option<u8>)) -> Result<Option<Vec<u8>>, String> {
            Ok(self.0.get(&sp_trie::prefixed_key::<BlakeTwo256>(key, prefix)).cloned())
        }
    }

    #[test]
    fn the_same_specification_gives_the_same_hash_and_another_one_another() {
        let first = spec().build().unwrap();
        let read = ChainSpec::from_json(&spec().to_json()).unwrap();
        let again = read.build().unwrap();
        assert_eq!((first.header.hash().0, &first.state), (again.header.hash().0, &again.state));
        assert_eq!(first.file, again.file);

        let mut ids = vec![first.file.hash()];
        for change in [
            |spec: &mut ChainSpec| spec.chain_id = "mulu-other".into(),
            |spec: &mut ChainSpec| spec.chain_type = ChainType::Development,
            |spec: &mut ChainSpec| spec.genesis.moment = Moment::new(MOMENT - 1),
            |spec: &mut ChainSpec| spec.genesis.validators[0].key = [99; 32],
            |spec: &mut ChainSpec| spec.genesis.purposes.truncate(1),
            |spec: &mut ChainSpec| spec.genesis.observers.clear(),
            |spec: &mut ChainSpec| spec.genesis.budget = Budget::FLOOR,
            |spec: &mut ChainSpec| spec.genesis.calendar.years.truncate(1),
            |spec: &mut ChainSpec| spec.genesis.calendar.parameters.day_zero_counts = true,
        ] {
            let mut other = spec();
            change(&mut other);
            ids.push(other.build().unwrap().file.hash());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 10);
    }

    #[test]
    fn the_order_of_validators_does_not_matter() {
        let mut turned = spec();
        turned.genesis.validators.reverse();
        assert_eq!(turned.build().unwrap().file, spec().build().unwrap().file);
    }

    #[test]
    fn the_genesis_file_anchors_a_verifier() {
        let genesis = spec().build().unwrap();
        assert_eq!(genesis.file.check(), Ok(()));
        assert_eq!(genesis.file.hash(), genesis.header.hash().0);
        assert_eq!(genesis.file.validators, genesis.validators);
        assert_eq!((genesis.header.number, genesis.header.parent_hash), (0, H256::zero()));
    }

    #[test]
    fn every_value_is_found_from_the_root() {
        let genesis = spec().build().unwrap();
        let nodes = Nodes(genesis.state.nodes_added.iter().cloned().collect());
        assert_eq!(nodes.0.len(), genesis.state.nodes_added.len());
        let backend = TrieBackendBuilder::<_, BlakeTwo256>::new(nodes, genesis.header.state_root).build();
        let pairs: Vec<_> = backend.pairs(Default::default()).unwrap().map(Result::unwrap).collect();
        let values: Vec<_> =
            genesis.state.values.iter().map(|(key, value)| (key.clone(), value.clone().unwrap())).collect();
        assert_eq!(pairs, values);
        assert!(genesis.state.nodes_removed.is_empty());
    }

    #[test]
    fn the_runtime_reads_what_the_specification_says() {
        let genesis = spec().build().unwrap();
        let nodes = Nodes(genesis.state.nodes_added.into_iter().collect());
        let backend = TrieBackendBuilder::<_, BlakeTwo256>::new(nodes, genesis.header.state_root).build();
        let mut overlay = OverlayedChanges::default();
        let mut state = Ext::new(&mut overlay, &backend, None);
        sp_externalities::set_and_run_with_externalities(&mut state, || {
            assert_eq!(Timestamp::get(), MOMENT);
            assert_eq!(mulu_runtime::chain::Id::<Runtime>::get().as_str(), "mulu-test");
            assert!(!mulu_runtime::chain::IsDevelopment::<Runtime>::get());
            let head = AccountId::new([21; 32]);
            assert_eq!(pallet_departments::Accounts::<Runtime>::get(&head), Some(CIVIL));
            assert_eq!(System::providers(&head), 1);
            assert!(pallet_departments::Roles::<Runtime>::contains_key(&head, (CIVIL, Role::Head)));
            assert_eq!(pallet_departments::Validators::<Runtime>::get().len(), 4);
            assert_eq!(pallet_sharing::LastPurpose::<Runtime>::get(), PurposeId::new(2));
            assert_eq!(pallet_departments::ValidatorsMin::<Runtime>::get(), 4);
            // Genesis may leave out the nodes of validators; the peers are those that it names.
            assert_eq!(mulu_runtime::Departments::peers().len(), 1);
            let calendar = pallet_calendar::CurrentCalendar::<Runtime>::get();
            assert!(calendar.year(2025).is_some() && calendar.year(2026).is_some() && calendar.year(2027).is_none());
            mulu_runtime::Departments::do_try_state().unwrap();
            mulu_runtime::Calendar::do_try_state().unwrap();
        });
    }
}

mod json {
    use super::*;

    #[test]
    fn json_round_trips_and_unknown_fields_are_refused() {
        let json = spec().to_json();
        assert_eq!(ChainSpec::from_json(&json).unwrap(), spec());
        for (found, instead) in [
            ("\"chain_id\"", "\"chain\""),
            ("\"moment\"", "\"note\": 1, \"moment\""),
            ("\"live\"", "\"mainnet\""),
            ("113301000000000", "113301000000001"),
        ] {
            let changed = json.replacen(found, instead, 1);
            assert_ne!(changed, json);
            assert!(matches!(ChainSpec::from_json(&changed), Err(Error::Json { line: 1.., .. })), "{instead}");
        }
    }

    #[test]
    fn calendar_observers_and_nodes_may_be_left_out() {
        let mut json: serde_json::Value = serde_json::from_str(&spec().to_json()).unwrap();
        let genesis = json["genesis"].as_object_mut().unwrap();
        genesis.remove("calendar").unwrap();
        genesis.remove("observers").unwrap();
        genesis.remove("budget").unwrap();
        for validator in genesis["validators"].as_array_mut().unwrap() {
            validator.as_object_mut().unwrap().remove("node").unwrap();
        }
        let read = ChainSpec::from_json(&json.to_string()).unwrap();
        assert_eq!((&read.genesis.calendar, read.genesis.budget), (&CalendarData::default(), Budget::default()));
        assert!(read.genesis.observers.is_empty() && read.build().is_ok());
    }

    #[test]
    fn a_calendar_is_written_by_hand() {
        let calendar = r#"{
            "parameters": {
                "utc_offset_minutes": 480, "day_zero_counts": false, "pauses_for_supplement": true,
                "finished_kept_days": 1461, "lateness_days": 3, "limits": [{ "kind": "provisioning", "working_days": 15, "extension": 0 }]
            },
            "years": [{ "year": 2027, "source": "示例", "holidays": ["2027-01-01"], "make_up": ["2027-01-03"] }],
            "day_length": { "short": { "ms": 2000, "since": 1785000000000 } }
        }"#;
        let calendar: CalendarData = serde_json::from_str(calendar).unwrap();
        assert_eq!(calendar.day_length, DayLength::Short { ms: 2_000, since: Moment::new(MOMENT) });
        assert_eq!((calendar.years.len(), calendar.parameters.limits.len()), (1, 1));
        let mut quick = spec();
        quick.chain_type = ChainType::Development;
        quick.genesis.calendar = calendar;
        assert!(quick.build().is_ok());
    }

    #[test]
    fn a_file_over_its_bound_is_not_parsed() {
        let long = " ".repeat(FILE_BYTES_MAX + 1);
        assert!(matches!(ChainSpec::from_json(&long), Err(Error::TooLong { bytes }) if bytes == long.len()));
    }
}

mod rules {
    use super::*;

    #[test]
    fn the_chain_id_is_short_printable_ascii() {
        for id in ["", "目录", "two words", &"x".repeat(65)] {
            assert_refused!(|spec| spec.chain_id = id.into(), Error::ChainId);
        }
    }

    #[test]
    fn ids_go_from_one_without_gaps() {
        assert_refused!(
            |spec| spec.genesis.departments[3].id = DepartmentId::new(3),
            Error::Id { what: "department", place: 4, found: 3 }
        );
        assert_refused!(|spec| spec.genesis.systems[0].id = SystemId::new(2), Error::Id { what: "system", .. });
        assert_refused!(|spec| spec.genesis.purposes.reverse(), Error::Id { what: "purpose", place: 1, found: 2 });
    }

    #[test]
    fn departments_keep_the_rules_of_their_registration() {
        let twisted: CreditCode = codec::Decode::decode(&mut &b"113301000000000099"[..]).unwrap();
        assert!(!twisted.is_valid());
        assert_refused!(|spec| spec.genesis.departments[1].credit_code = twisted, Error::CreditCode { .. });
        assert_refused!(|spec| spec.genesis.departments[1].region = 3301, Error::Region { region: 3301, .. });
        assert_refused!(
            |spec| spec.genesis.departments[1].credit_code = spec.genesis.departments[0].credit_code,
            Error::CodeRepeated { what: "department", place: 2, .. }
        );
        assert_refused!(
            |spec| spec.genesis.departments[1].is_authority = true,
            Error::AuthorityRepeated { department: CIVIL }
        );
    }

    #[test]
    fn only_departments_of_the_list_are_named() {
        let check = |change: fn(&mut GenesisData), who: &str| match refused(|spec| change(&mut spec.genesis)) {
            Error::UnknownDepartment { what, department: NOWHERE } => assert!(what.starts_with(who), "{what}"),
            other => panic!("{who}: {other}"),
        };
        check(|genesis| genesis.departments[1].parent = Some(NOWHERE), "department 2");
        check(|genesis| genesis.departments[1].host = Some(NOWHERE), "department 2");
        check(|genesis| genesis.accounts[0].department = NOWHERE, "account 0a0a");
        check(|genesis| genesis.systems[0].department = NOWHERE, "system 1");
        check(|genesis| genesis.validators[0].department = NOWHERE, "a validator");
        check(|genesis| genesis.observers[0].department = NOWHERE, "an observer");
        // Zero stands for the chain itself.
        let zero = refused(|spec| spec.genesis.validators[0].department = DepartmentId::new(0));
        assert!(matches!(zero, Error::UnknownDepartment { .. }));
    }

    #[test]
    fn accounts_and_roles_belong_together() {
        assert_refused!(
            |spec| spec.genesis.accounts.push(spec.genesis.accounts[0].clone()),
            Error::AccountRepeated { .. }
        );
        assert_refused!(
            |spec| spec.genesis.roles.push(role(99, CIVIL, Role::Platform)),
            Error::UnknownAccount { department: CIVIL, .. }
        );
        assert_refused!(
            |spec| spec.genesis.roles.push(role(21, AUTHORITY, Role::Platform)),
            Error::UnknownAccount { department: AUTHORITY, .. }
        );
        assert_refused!(
            |spec| spec.genesis.roles.push(role(21, CIVIL, Role::Head)),
            Error::RoleRepeated { role: Role::Head, .. }
        );
    }

    #[test]
    fn roles_of_genesis_are_in_force_and_keep_duties_apart() {
        assert_refused!(|spec| spec.genesis.roles[2].pending = true, Error::RolePending { role: Role::Head, .. });
        assert_refused!(
            |spec| spec.genesis.roles[2].expires = Moment::new(MOMENT),
            Error::RoleExpired { role: Role::Head, .. }
        );
        for of_authority in [Role::Reviewer, Role::Supervisor, Role::Auditor] {
            assert_refused!(
                |spec| spec.genesis.roles.push(role(21, CIVIL, of_authority)),
                Error::RoleOfAuthority { department: CIVIL, .. }
            );
        }
        assert_refused!(|spec| spec.genesis.roles.push(role(20, CIVIL, Role::Officer)), Error::AdminSigns { .. });
        assert_refused!(|spec| spec.genesis.roles.push(role(21, CIVIL, Role::Admin)), Error::AdminSigns { .. });
    }

    #[test]
    fn superiors_and_hosts_lead_nowhere_back() {
        assert_refused!(|spec| spec.genesis.departments[1].host = Some(CIVIL), Error::Place { department: CIVIL });
        assert_refused!(|spec| spec.genesis.departments[1].parent = Some(CIVIL), Error::Place { department: CIVIL });
        assert_refused!(
            |spec| spec.genesis.departments[0].parent = Some(CIVIL),
            Error::Place { department: AUTHORITY }
        );
        let chain = |length: u32| {
            move |spec: &mut ChainSpec| {
                spec.genesis.departments = (1..=length)
                    .map(|id| DepartmentInfo { parent: (id > 1).then(|| DepartmentId::new(id - 1)), ..department(id) })
                    .collect();
            }
        };
        // Sixteen above the last one are as many as may be.
        let mut deep = spec();
        chain(17)(&mut deep);
        assert!(deep.build().is_ok());
        assert_refused!(chain(18), Error::Place { .. });
    }

    #[test]
    fn roles_are_limited_to_what_there_is_and_people_stand_in_for_others() {
        let departments = |ids: &[DepartmentId]| RoleScope::Departments(List::try_from(ids.to_vec()).unwrap());
        for scope in [RoleScope::Entries(List::default()), departments(&[]), departments(&[AUTHORITY, NOWHERE])] {
            assert_refused!(|spec| spec.genesis.roles[2].scope = scope, Error::RoleScope { role: Role::Head, .. });
        }
        // Of nobody, of oneself, of somebody without the role.
        for principal in [99, 21, 20] {
            let principal = Some(AccountKey([principal; 32]));
            assert_refused!(
                |spec| spec.genesis.roles[2].principal = principal,
                Error::Principal { role: Role::Head, .. }
            );
        }
        let mut acting = spec();
        acting.genesis.roles[2].scope = departments(&[AUTHORITY]);
        acting.genesis.accounts.push(AccountRegistered { account: [22; 32], department: CIVIL });
        let stand_in = RoleGiven { principal: Some(AccountKey([21; 32])), ..role(22, CIVIL, Role::Head) };
        acting.genesis.roles.push(stand_in);
        assert!(acting.build().is_ok());
    }

    #[test]
    fn nodes_can_be_dialled_and_have_keys_of_their_own() {
        assert_refused!(
            |spec| spec.genesis.observers[0].node.consensus_address = Text::new("node.cn:26656").unwrap(),
            Error::Address { department: CIVIL }
        );
        assert_refused!(
            |spec| {
                let unreachable = NodeInfo { extrinsics_address: Text::new("0.0.0.0:1").unwrap(), ..node(1) };
                spec.genesis.validators[0].node = Some(unreachable);
            },
            Error::Address { department: AUTHORITY }
        );
        assert_refused!(
            |spec| spec.genesis.validators[0].node = Some(node(30)),
            Error::NodeRepeated { department: CIVIL }
        );
        assert_refused!(
            |spec| {
                spec.genesis.validators[0].node = Some(node(1));
                spec.genesis.validators[1].node = Some(NodeInfo { key: [1; 32], ..node(2) });
            },
            Error::NodeRepeated { department: CIVIL }
        );
        assert_refused!(
            |spec| spec.genesis.observers = (1..=101).map(observer).collect(),
            Error::TooManyObservers { found: 101 }
        );
        let mut all = spec();
        for validator in &mut all.genesis.validators {
            validator.node = Some(node(validator.key[0]));
        }
        assert!(all.build().is_ok());
    }

    #[test]
    fn the_budget_keeps_its_bounds() {
        assert_refused!(
            |spec| spec.genesis.budget.acts.per_day.extrinsics = 999,
            Error::Budget(BudgetError::Day { class: BudgetClass::Acts })
        );
        let mut least = spec();
        least.genesis.budget = Budget::FLOOR;
        assert!(least.build().is_ok());
    }

    #[test]
    fn the_calendar_keeps_its_rules() {
        let short = |ms| DayLength::Short { ms, since: Moment::new(MOMENT) };
        for chain_type in [ChainType::Local, ChainType::Live] {
            assert_refused!(
                |spec| {
                    spec.chain_type = chain_type;
                    spec.genesis.calendar.day_length = short(2_000);
                },
                Error::ShortDays
            );
        }
        assert_refused!(
            |spec| {
                spec.chain_type = ChainType::Development;
                spec.genesis.calendar.day_length = short(0);
            },
            Error::Calendar(CalendarError::DayLength { ms: 0 })
        );
        assert_refused!(
            |spec| spec.genesis.calendar.parameters.utc_offset_minutes = 900,
            Error::Calendar(CalendarError::Offset { minutes: 900 })
        );
        assert_refused!(
            |spec| spec.genesis.calendar.years[0].source = Text::default(),
            Error::Calendar(CalendarError::SourceMissing)
        );
        assert_refused!(
            |spec| spec.genesis.calendar.years.push(spec.genesis.calendar.years[0].clone()),
            Error::YearRepeated { year: 2025 }
        );
    }

    #[test]
    fn codes_are_unique_in_their_list() {
        assert_refused!(
            |spec| {
                let again = SystemInfo { id: SystemId::new(2), ..spec.genesis.systems[0].clone() };
                spec.genesis.systems.push(again);
            },
            Error::CodeRepeated { what: "system", place: 2, .. }
        );
        assert_refused!(
            |spec| spec.genesis.purposes[1].code = spec.genesis.purposes[0].code.clone(),
            Error::CodeRepeated { what: "purpose", place: 2, .. }
        );
    }

    #[test]
    fn validators_form_a_set_and_outside_development_at_least_four() {
        assert_refused!(|spec| spec.genesis.validators[1].key = [1; 32], Error::Validators(SetError::Duplicate));
        assert_refused!(|spec| spec.genesis.validators.clear(), Error::Validators(SetError::Empty));
        for chain_type in [ChainType::Local, ChainType::Live] {
            assert_refused!(
                |spec| {
                    spec.chain_type = chain_type;
                    spec.genesis.validators.truncate(3);
                },
                Error::TooFewValidators { found: 3 }
            );
        }
        let mut alone = spec();
        alone.chain_type = ChainType::Development;
        alone.genesis.validators.truncate(1);
        assert_eq!(alone.build().unwrap().validators.quorum(), 1);
    }
}
