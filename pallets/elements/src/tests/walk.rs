//! Random legal and illegal acts by everybody, against a model: what the model refuses changes nothing, what it allows leaves the
//! state that it says.

use super::*;
use crate::{ByCode, Elements as Register, LastElement};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sp_runtime::StateVersion;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

#[derive(Clone, Debug)]
enum Act {
    Register { who: u8, code: u8, complete: bool },
    Revise { who: u8, element: u32, complete: bool },
    Name { who: u8, element: u32, department: Option<u8>, founded: bool },
    Certify { who: u8, system: u32 },
    Withdraw { who: u8, system: u32, reasoned: bool },
    Publish { entry: u32, elements: Vec<u32> },
    WithdrawEntry { entry: u32 },
    Check { provider: u8, element: u32, source: Option<u32> },
    Succeed { civil: bool },
}

fn who() -> impl Strategy<Value = u8> {
    prop_oneof![
        6 => Just(SUPERVISOR), 2 => Just(PROVINCE_SUPERVISOR), 2 => Just(REVIEWER), 2 => Just(CIVIL_SUPERVISOR),
        1 => Just(OFFICER), 1 => Just(STRANGER)
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let mostly = || prop::bool::weighted(0.9);
    prop_oneof![
        3 => (who(), 0..5_u8, mostly()).prop_map(|(who, code, complete)| Act::Register { who, code, complete }),
        1 => (who(), 1..5_u32, mostly()).prop_map(|(who, element, complete)| Act::Revise { who, element, complete }),
        4 => (who(), 1..5_u32, prop::option::weighted(0.8, 1..8_u8), mostly())
            .prop_map(|(who, element, department, founded)| Act::Name { who, element, department, founded }),
        2 => (who(), 1..6_u32).prop_map(|(who, system)| Act::Certify { who, system }),
        2 => (who(), 1..6_u32, mostly()).prop_map(|(who, system, reasoned)| Act::Withdraw { who, system, reasoned }),
        4 => (1..7_u32, prop::collection::vec(1..4_u32, 0..4))
            .prop_map(|(entry, elements)| Act::Publish { entry, elements }),
        1 => (1..7_u32).prop_map(|entry| Act::WithdrawEntry { entry }),
        8 => (1..5_u8, 1..5_u32, prop::option::weighted(0.7, 1..7_u32))
            .prop_map(|(provider, element, source)| Act::Check { provider, element, source }),
        1 => any::<bool>().prop_map(|civil| Act::Succeed { civil }),
    ]
}

/// Entries 1 to 3 are the police's, 4 to 6 the civil department's.
fn provider_of(entry: u32) -> DepartmentId {
    if entry <= 3 { POLICE } else { CIVIL }
}

#[derive(Default)]
struct Model {
    codes: BTreeSet<u8>,
    /// Whether the province registered it, and its source.
    elements: BTreeMap<u32, (bool, Option<DepartmentId>)>,
    certified: BTreeSet<u32>,
    carried: BTreeMap<u32, BTreeSet<u32>>,
    civil: bool,
    seen: BTreeSet<&'static str>,
}

impl Model {
    fn authority_of(&self, who: u8) -> Option<bool> {
        match who {
            PROVINCE_SUPERVISOR => Some(true),
            SUPERVISOR | REVIEWER if !self.civil => Some(false),
            CIVIL_SUPERVISOR if self.civil => Some(false),
            _ => None,
        }
    }

    fn register(&mut self, who: u8, code: u8, complete: bool) -> DispatchResult {
        let province = self.authority_of(who).ok_or(Errors::NotAuthority)?;
        if who == REVIEWER {
            return Err(ROLE_MISSING);
        }
        if code == 0 {
            return Err(Errors::CodeInvalid.into());
        }
        if self.codes.contains(&code) {
            return Err(Errors::CodeTaken.into());
        }
        if !complete {
            return Err(Errors::StandardMissing.into());
        }
        self.codes.insert(code);
        self.elements.insert(self.elements.len() as u32 + 1, (province, None));
        Ok(())
    }

    fn looked_after(&self, who: u8, element: u32) -> Result<Option<DepartmentId>, DispatchError> {
        let (province, source) = *self.elements.get(&element).ok_or(Errors::UnknownElement)?;
        if self.authority_of(who) != Some(province) {
            return Err(Errors::OtherAuthority.into());
        }
        if who == REVIEWER { Err(ROLE_MISSING) } else { Ok(source) }
    }

    fn name(&mut self, who: u8, element: u32, department: Option<u8>, founded: bool) -> DispatchResult {
        let before = self.looked_after(who, element)?;
        let department = department.map(|number| DepartmentId::new(number.into()));
        match department.map(DepartmentId::get) {
            Some(7..) => return Err(Errors::UnknownDepartment.into()),
            Some(4) => return Err(Errors::DepartmentNotActive.into()),
            _ => {}
        }
        if department == before {
            return Err(Errors::SourceUnchanged.into());
        }
        if !founded {
            return Err(Errors::BasisMissing.into());
        }
        self.elements.get_mut(&element).unwrap().1 = department;
        self.seen.insert(if before.is_some() { "another source named" } else { "a source named" });
        Ok(())
    }

    fn on_system(&self, who: u8, system: u32) -> DispatchResult {
        match system {
            1 | 2 | 4 => {}
            3 => return Err(Errors::NoAuthority.into()),
            _ => return Err(Errors::UnknownSystem.into()),
        }
        if self.authority_of(who) == Some(false) { Ok(()) } else { Err(ROLE_MISSING) }
    }

    fn certify(&mut self, who: u8, system: u32) -> DispatchResult {
        if system == 2 {
            return Err(Errors::NotSource.into());
        }
        self.on_system(who, system)?;
        if self.certified.insert(system) { Ok(()) } else { Err(Errors::CertifiedAlready.into()) }
    }

    fn withdraw(&mut self, who: u8, system: u32, reasoned: bool) -> DispatchResult {
        self.on_system(who, system)?;
        if !self.certified.contains(&system) {
            return Err(Errors::NotCertified.into());
        }
        if !reasoned {
            return Err(Errors::ReasonMissing.into());
        }
        self.certified.remove(&system);
        self.seen.insert("a certificate withdrawn");
        Ok(())
    }

    fn check(&mut self, provider: DepartmentId, element: u32, source: Option<u32>) -> DispatchResult {
        let (_, named) = *self.elements.get(&element).ok_or(Errors::UnknownElement)?;
        let carries = |entry: &u32| self.carried.get(entry).is_some_and(|elements| elements.contains(&element));
        let bound = named.is_some_and(|named| named != provider);
        let right = source.filter(carries).is_some_and(|entry| Some(provider_of(entry)) == named);
        if bound && !right {
            self.seen.insert("refused for want of the source");
            return Err(Errors::NotAuthoritativeSource.into());
        }
        if source.is_some_and(|entry| !carries(&entry)) {
            return Err(Errors::SourceUnknown.into());
        }
        if bound {
            self.seen.insert("registered with the source cited");
        }
        Ok(())
    }

    /// What the pallet does and what it should have done.
    fn step(&mut self, act: &Act) -> (Option<Call<Test>>, DispatchResult, DispatchResult) {
        let completed = |complete: bool| {
            if complete { standard() } else { Box::new(ElementStandard { name: text(""), ..*standard() }) }
        };
        let said = |says: bool| text(if says { "数源部门清单" } else { "" });
        let (who, call, expected) = match *act {
            Act::Register { who, code, complete } => {
                let written = if code == 0 { text("no code") } else { text(&format!("DE{code}")) };
                let call = Call::register_element { code: written, standard: completed(complete) };
                (who, call, self.register(who, code, complete))
            }
            Act::Revise { who, element, complete } => {
                let looked_after = self.looked_after(who, element).map(|_| ());
                let refused = Err(Errors::StandardMissing.into());
                let expected = looked_after.and(if complete { Ok(()) } else { refused });
                let element = ElementId::new(element);
                (who, Call::revise_element { element, standard: completed(complete) }, expected)
            }
            Act::Name { who, element, department, founded } => {
                let expected = self.name(who, element, department, founded);
                let department = department.map(|number| DepartmentId::new(number.into()));
                (
                    who,
                    Call::name_source { element: ElementId::new(element), department, basis: said(founded) },
                    expected,
                )
            }
            Act::Certify { who, system } => {
                (who, Call::certify_source { system: SystemId::new(system) }, self.certify(who, system))
            }
            Act::Withdraw { who, system, reasoned } => {
                let expected = self.withdraw(who, system, reasoned);
                let (system, cause) = (SystemId::new(system), WithdrawalCause::Split);
                (who, Call::withdraw_certification { system, cause, reason: said(reasoned) }, expected)
            }
            Act::Publish { entry, ref elements } => {
                let known: Vec<u32> = elements.iter().copied().filter(|id| self.elements.contains_key(id)).collect();
                publish(entry, provider_of(entry), &known);
                self.carried.insert(entry, known.into_iter().collect());
                return (None, Ok(()), Ok(()));
            }
            Act::WithdrawEntry { entry } => {
                withdraw(EntryId::new(entry));
                self.carried.remove(&entry);
                return (None, Ok(()), Ok(()));
            }
            Act::Check { provider, element, source } => {
                let provider = DepartmentId::new(provider.into());
                let done = Elements::check(provider, ElementId::new(element), source.map(EntryId::new));
                return (None, done, self.check(provider, element, source));
            }
            Act::Succeed { civil } => {
                self.civil = civil;
                CityAuthority::set(if civil { CIVIL } else { AUTHORITY });
                return (None, Ok(()), Ok(()));
            }
        };
        let done = frame_support::traits::UnfilteredDispatchable::dispatch_bypass_filter(call.clone(), signed(who));
        (Some(call), done.map(|_| ()).map_err(|refused| refused.error), expected)
    }

    fn assert_holds(&self) {
        assert_eq!(LastElement::<Test>::get().get() as usize, self.elements.len());
        assert_eq!(ByCode::<Test>::iter().count(), self.codes.len());
        for (id, (_, source)) in &self.elements {
            assert_eq!(Register::<Test>::get(ElementId::new(*id)).unwrap().source, *source);
        }
        let certified: BTreeSet<u32> = Certified::<Test>::iter_keys().map(SystemId::get).collect();
        assert_eq!(certified, self.certified);
    }
}

fn state_root() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

#[test]
fn everybody_may_try_everything() {
    let seen = RefCell::new(BTreeSet::new());
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    runner
        .run(&prop::collection::vec(act(), 1..200), |acts| {
            run(|| {
                let mut model = Model::default();
                for act in &acts {
                    let (root, before) = (state_root(), Recorded::get().len());
                    let (call, done, expected) = model.step(act);
                    assert_eq!(done, expected, "{act:?}");
                    match (call, done) {
                        (_, Err(_)) => assert_eq!(state_root(), root, "{act:?} was refused and changed the state"),
                        (Some(call), Ok(())) => {
                            assert_eq!(Recorded::get().len(), before + 1);
                            assert_eq!(expected_call(&last_record()), Some(RuntimeCall::Elements(call).encode()));
                        }
                        (None, Ok(())) => assert_eq!(Recorded::get().len(), before),
                    }
                    model.assert_holds();
                    Elements::do_try_state().unwrap_or_else(|broken| panic!("{broken:?} after {act:?}"));
                }
                seen.borrow_mut().extend(model.seen);
            });
            Ok(())
        })
        .unwrap();
    let all = [
        "a certificate withdrawn",
        "a source named",
        "another source named",
        "refused for want of the source",
        "registered with the source cited",
    ];
    assert_eq!(seen.into_inner(), BTreeSet::from(all), "the walk shows little");
}
