//! Random legal and illegal acts by everybody, against a model: what the model refuses changes nothing, what it allows leaves the
//! state that it says.

use super::*;
use mulu_proofs::ids::DepartmentId;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sp_runtime::StateVersion;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

const METHODS: [Method; 3] = [Method::DatabaseTable, Method::File, API];

#[derive(Clone, Debug)]
enum Act {
    Mount { who: u8, entry: u32, method: usize, telling: bool, by_manager: bool },
    Unmount { who: u8, entry: u32, method: usize, reasoned: bool },
    Report { who: u8, entry: u32, method: usize, seen: u8 },
    Publish { entry: u32, methods: u8 },
    Withdraw { entry: u32 },
}

fn act() -> impl Strategy<Value = Act> {
    let who =
        || prop_oneof![8 => Just(CATALOGUER), 2 => Just(CIVIL_CATALOGUER), 1 => Just(OFFICER), 1 => Just(STRANGER)];
    let bridge =
        prop_oneof![4 => Just(POLICE_BRIDGE), 4 => Just(MANAGER_BRIDGE), 1 => Just(CIVIL_BRIDGE), 1 => Just(OFFICER)];
    let (entry, method) = (|| 1..4_u32, || 0..METHODS.len());
    prop_oneof![
        6 => (who(), entry(), method(), prop::bool::weighted(0.1), any::<bool>())
            .prop_map(|(who, entry, method, telling, by_manager)| Act::Mount { who, entry, method, telling, by_manager }),
        2 => (who(), entry(), method(), prop::bool::weighted(0.9))
            .prop_map(|(who, entry, method, reasoned)| Act::Unmount { who, entry, method, reasoned }),
        8 => (bridge, entry(), method(), 0x50..0x53_u8)
            .prop_map(|(who, entry, method, seen)| Act::Report { who, entry, method, seen }),
        4 => (entry(), 1..8_u8).prop_map(|(entry, methods)| Act::Publish { entry, methods }),
        1 => entry().prop_map(|entry| Act::Withdraw { entry }),
    ]
}

/// Entries 1 and 2 are the police's, entry 3 the civil department's.
fn provider_of(entry: u32) -> DepartmentId {
    if entry <= 2 { POLICE } else { CIVIL }
}

#[derive(Default)]
struct Model {
    /// Methods of published entries.
    published: BTreeMap<u32, Vec<Method>>,
    /// Whether the data manager alone serves it, and what was seen last.
    mounts: BTreeMap<(u32, Method), (bool, u8)>,
    seen: BTreeSet<&'static str>,
}

impl Model {
    fn cataloguer(&self, who: u8, entry: u32) -> DispatchResult {
        if !self.published.contains_key(&entry) {
            return Err(Errors::NotPublished.into());
        }
        let cataloguer = if provider_of(entry) == POLICE { CATALOGUER } else { CIVIL_CATALOGUER };
        if who == cataloguer { Ok(()) } else { Err(ROLE_MISSING) }
    }

    fn mount(&mut self, who: u8, entry: u32, method: Method, telling: bool, by_manager: bool) -> DispatchResult {
        self.cataloguer(who, entry)?;
        if !self.published[&entry].contains(&method) {
            return Err(Errors::MethodNotOffered.into());
        }
        if self.mounts.contains_key(&(entry, method)) {
            return Err(Errors::MountedAlready.into());
        }
        if telling {
            return Err(Errors::AddressHoldsCredential.into());
        }
        self.mounts.insert((entry, method), (by_manager, 0x51));
        Ok(())
    }

    fn unmount(&mut self, who: u8, entry: u32, method: Method, reasoned: bool) -> DispatchResult {
        self.cataloguer(who, entry)?;
        if !self.mounts.contains_key(&(entry, method)) {
            return Err(Errors::NotMounted.into());
        }
        if !reasoned {
            return Err(Errors::ReasonMissing.into());
        }
        self.mounts.remove(&(entry, method));
        Ok(())
    }

    fn report(&mut self, who: u8, entry: u32, method: Method, seen: u8) -> DispatchResult {
        let (by_manager, last) = self.mounts.get_mut(&(entry, method)).ok_or(Errors::NotMounted)?;
        match who {
            MANAGER_BRIDGE => {}
            POLICE_BRIDGE if !*by_manager => {}
            OFFICER if !*by_manager => return Err(ROLE_MISSING),
            _ => return Err(Errors::PlatformNotNamed.into()),
        }
        if *last == seen {
            return Err(Errors::NothingToReport.into());
        }
        self.seen.insert(if seen == 0x51 { "resolved" } else { "mismatch" });
        *last = seen;
        Ok(())
    }

    /// What the pallet does and what it should have done.
    fn step(&mut self, act: &Act) -> (Option<Call<Test>>, DispatchResult, DispatchResult) {
        let (who, call, expected) = match *act {
            Act::Mount { who, entry, method, telling, by_manager } => {
                let method = METHODS[method];
                let expected = self.mount(who, entry, method, telling, by_manager);
                let mut mount = resource(method);
                if telling {
                    mount.address = text("reader:pa55@pop");
                }
                if by_manager {
                    mount.platforms = List::try_from(vec![MANAGER_PLATFORM]).unwrap();
                }
                (who, Call::mount { entry: EntryId::new(entry), mount }, expected)
            }
            Act::Unmount { who, entry, method, reasoned } => {
                let method = METHODS[method];
                let expected = self.unmount(who, entry, method, reasoned);
                let reason = text(if reasoned { "接口迁移" } else { "" });
                (who, Call::unmount { entry: EntryId::new(entry), method, reason }, expected)
            }
            Act::Report { who, entry, method, seen } => {
                let method = METHODS[method];
                let expected = self.report(who, entry, method, seen);
                let (entry, fingerprint) = (EntryId::new(entry), [seen; 32]);
                (who, Call::report_fingerprint { entry, method, fingerprint }, expected)
            }
            Act::Publish { entry, methods } => {
                let offered = METHODS.into_iter().enumerate().filter(|(place, _)| methods >> place & 1 == 1);
                let offered: Vec<Method> = offered.map(|(_, method)| method).collect();
                publish(EntryId::new(entry), provider_of(entry), &offered);
                let before = self.mounts.len();
                self.mounts.retain(|(id, method), _| *id != entry || offered.contains(method));
                if self.mounts.len() < before {
                    self.seen.insert("a method no longer offered");
                }
                self.published.insert(entry, offered);
                return (None, Ok(()), Ok(()));
            }
            Act::Withdraw { entry } => {
                if self.published.remove(&entry).is_some() {
                    withdraw(EntryId::new(entry));
                    self.mounts.retain(|(id, _), _| *id != entry);
                }
                return (None, Ok(()), Ok(()));
            }
        };
        let done = frame_support::traits::UnfilteredDispatchable::dispatch_bypass_filter(call.clone(), signed(who));
        (Some(call), done.map(|_| ()).map_err(|refused| refused.error), expected)
    }

    fn assert_holds(&self) {
        let state: BTreeMap<_, _> = MountedAt::<Test>::iter()
            .map(|(entry, method, mount)| {
                let seen = mount.mismatch.unwrap_or(mount.fingerprint)[0];
                ((entry.get(), method), (mount.platforms.len() == 1, seen))
            })
            .collect();
        assert_eq!(state, self.mounts);
        for provider in [POLICE, CIVIL] {
            let published = self.published.keys().filter(|entry| provider_of(**entry) == provider).count();
            let mounted: BTreeSet<_> =
                self.mounts.keys().map(|(entry, _)| *entry).filter(|entry| provider_of(*entry) == provider).collect();
            let rate = Rates::<Test>::get(provider);
            assert_eq!((rate.published as usize, rate.mounted as usize), (published, mounted.len()));
        }
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
                            assert_eq!(expected_call(&last_record()), Some(RuntimeCall::Mounts(call).encode()));
                        }
                        (None, Ok(())) => assert_eq!(Recorded::get().len(), before),
                    }
                    model.assert_holds();
                    Mounts::do_try_state().unwrap_or_else(|broken| panic!("{broken:?} after {act:?}"));
                }
                seen.borrow_mut().extend(model.seen);
            });
            Ok(())
        })
        .unwrap();
    let all = ["a method no longer offered", "mismatch", "resolved"];
    assert_eq!(seen.into_inner(), BTreeSet::from(all), "the walk shows little");
}
