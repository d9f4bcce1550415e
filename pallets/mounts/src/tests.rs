//! One module per call and one for what publications do; every error has a test that produces it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod walk;

use crate::{Call, Error, Event, MountedAt, Rate, Rates, mock::*};
use codec::{Encode as _, MaxEncodedLen as _};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::Mounts as _;
use mulu_proofs::{
    catalog::{List, Method},
    departments::{Role, RoleScope},
    evidence::calls::{expected_call, signed_as},
    ids::{Digest32, EntryId, RecordNumber, SystemId, Version},
    mounts::{EntryMounted, EntryUnmounted, FingerprintReported, Mount},
    oversight::CountKind,
    records::{Record, RecordKind, Subject},
};
use sp_runtime::DispatchResult;

type Errors = Error<Test>;

const ENTRY: EntryId = EntryId::new(1);
const OTHER_SCHEMA: Digest32 = [0x52; 32];
const API: Method = Method::ServiceInterface;

fn last_record() -> Record {
    Recorded::get().last().cloned().unwrap()
}

/// The last record is of `kind`, and a verifier finds in it the call that `who` signed in `role`.
fn assert_signed(kind: RecordKind, who: u8, role: Role, call: Call<Test>) {
    let record = last_record();
    assert_eq!((record.kind, record.signer), (kind, Some([who; 32])));
    assert_eq!(expected_call(&record), Some(RuntimeCall::Mounts(call).encode()));
    let signed_as = signed_as(&record).unwrap();
    assert_eq!((signed_as.role, signed_as.department), (role, record.department));
    assert_eq!(kind.signers(), [role]);
}

fn mount(who: u8, mount: Box<Mount>) -> DispatchResult {
    Mounts::mount(signed(who), ENTRY, mount)
}

fn report(who: u8, seen: Digest32) -> DispatchResult {
    Mounts::report_fingerprint(signed(who), ENTRY, API, seen)
}

/// Publishes the entry with interface and file, and mounts the interface.
fn mounted() {
    publish(ENTRY, POLICE, &[API, Method::File]);
    mount(CATALOGUER, resource(API)).unwrap();
}

fn rate_of_the_police() -> (u32, u32) {
    let Rate { published, mounted } = Rates::<Test>::get(POLICE);
    (published, mounted)
}

fn only_for(entry: u32) -> RoleScope {
    RoleScope::Entries(List::try_from(vec![EntryId::new(entry)]).unwrap())
}

mod mount {
    use super::{mount, *};

    fn changed(change: impl FnOnce(&mut Mount)) -> Box<Mount> {
        let mut mount = resource(API);
        change(&mut mount);
        mount
    }

    #[test]
    fn a_published_entry_is_tied_to_its_resource() {
        run(|| {
            mounted();
            let call = Call::mount { entry: ENTRY, mount: resource(API) };
            assert_signed(RecordKind::EntryMounted, CATALOGUER, Role::Cataloguer, call);
            let subjects = [
                Subject::Entry(ENTRY, Version::new(1)),
                Subject::Department(POLICE),
                Subject::System(POLICE_PLATFORM),
                Subject::System(MANAGER_PLATFORM),
            ];
            assert_eq!(last_record().subjects, subjects);
            let body: EntryMounted = last_record().body_as().unwrap();
            assert_eq!((body.version, &body.mount), (Version::new(1), &*resource(API)));
            let event = Event::EntryMounted { mounted: Box::new(body), by: account(CATALOGUER) };
            System::assert_last_event(event.into());
            let state = MountedAt::<Test>::get(ENTRY, API).unwrap();
            assert_eq!((state.record, state.fingerprint, state.mismatch), (RecordNumber::new(1), SCHEMA, None));
            assert_eq!(rate_of_the_police(), (1, 1));
        });
    }

    #[test]
    fn one_mount_a_method_and_one_count_an_entry() {
        run(|| {
            mounted();
            assert_noop!(mount(CATALOGUER, resource(API)), Errors::MountedAlready);
            let file = List::try_from(vec![CIVIL_PLATFORM]).unwrap();
            assert_ok!(mount(CATALOGUER, Box::new(Mount { platforms: file, ..*resource(Method::File) })));
            assert_eq!(rate_of_the_police(), (1, 1));
            assert_eq!(Mounts::platforms(ENTRY), [POLICE_PLATFORM, MANAGER_PLATFORM, CIVIL_PLATFORM]);
            assert_eq!(Mounts::platforms(EntryId::new(2)), []);
        });
    }

    #[test]
    fn only_a_cataloguer_of_the_provider_mounts_within_scope() {
        run(|| {
            publish(ENTRY, POLICE, &[API]);
            for who in [OFFICER, CIVIL_CATALOGUER, POLICE_BRIDGE, STRANGER] {
                assert_noop!(mount(who, resource(API)), ROLE_MISSING);
            }
            Scopes::set(vec![(CATALOGUER, only_for(2))]);
            assert_noop!(mount(CATALOGUER, resource(API)), OUT_OF_SCOPE);
            Scopes::set(vec![(CATALOGUER, only_for(1))]);
            assert_ok!(mount(CATALOGUER, resource(API)));
        });
    }

    #[test]
    fn only_a_method_that_the_published_version_offers() {
        run(|| {
            assert_noop!(mount(CATALOGUER, resource(API)), Errors::NotPublished);
            publish(ENTRY, POLICE, &[Method::File]);
            assert_noop!(mount(CATALOGUER, resource(API)), Errors::MethodNotOffered);
        });
    }

    #[test]
    fn the_address_is_a_handle_and_no_credential() {
        run(|| {
            publish(ENTRY, POLICE, &[API]);
            for address in ["", "  "] {
                let nowhere = changed(|mount| mount.address = text(address));
                assert_noop!(mount(CATALOGUER, nowhere), Errors::AddressMissing);
            }
            for address in ["jdbc:dm://reader:pa55@pop", "pop?token=abc", "pop;Password=abc"] {
                let telling = changed(|mount| mount.address = text(address));
                assert_noop!(mount(CATALOGUER, telling), Errors::AddressHoldsCredential);
            }
        });
    }

    #[test]
    fn the_schema_has_a_fingerprint() {
        run(|| {
            publish(ENTRY, POLICE, &[API]);
            let without = changed(|mount| mount.fingerprint = [0; 32]);
            assert_noop!(mount(CATALOGUER, without), Errors::FingerprintMissing);
        });
    }

    #[test]
    fn platforms_are_named_once_in_order_and_are_platforms() {
        run(|| {
            publish(ENTRY, POLICE, &[API]);
            let served_by = |ids: &[u32]| {
                let platforms: Vec<_> = ids.iter().copied().map(SystemId::new).collect();
                changed(|mount| mount.platforms = platforms.try_into().unwrap())
            };
            for ids in [&[][..], &[2, 1], &[1, 1]] {
                assert_noop!(mount(CATALOGUER, served_by(ids)), Errors::PlatformsInvalid);
            }
            for ids in [&[1, 3][..], &[9]] {
                assert_noop!(mount(CATALOGUER, served_by(ids)), Errors::NotPlatform);
            }
        });
    }
}

mod unmount {
    use super::*;

    fn unmount(who: u8, method: Method, reason: &str) -> DispatchResult {
        Mounts::unmount(signed(who), ENTRY, method, text(reason))
    }

    #[test]
    fn a_mount_ends_with_what_was_seen_of_it_and_may_begin_anew() {
        run(|| {
            mounted();
            report(POLICE_BRIDGE, OTHER_SCHEMA).unwrap();
            assert_ok!(unmount(CATALOGUER, API, "接口迁移"));
            let call = Call::unmount { entry: ENTRY, method: API, reason: text("接口迁移") };
            assert_signed(RecordKind::EntryUnmounted, CATALOGUER, Role::Cataloguer, call);
            assert!(last_record().subjects.contains(&Subject::System(MANAGER_PLATFORM)));
            let body: EntryUnmounted = last_record().body_as().unwrap();
            System::assert_last_event(Event::EntryUnmounted { unmounted: body, by: account(CATALOGUER) }.into());
            assert_eq!(rate_of_the_police(), (1, 0));
            assert_ok!(mount(CATALOGUER, Box::new(Mount { fingerprint: OTHER_SCHEMA, ..*resource(API) })));
            assert_noop!(report(POLICE_BRIDGE, OTHER_SCHEMA), Errors::NothingToReport);
        });
    }

    #[test]
    fn an_end_takes_a_mount_its_cataloguer_and_a_reason() {
        run(|| {
            assert_noop!(unmount(CATALOGUER, API, "迁移"), Errors::NotPublished);
            mounted();
            assert_noop!(unmount(CATALOGUER, Method::File, "迁移"), Errors::NotMounted);
            assert_noop!(unmount(CATALOGUER, API, ""), Errors::ReasonMissing);
            for who in [OFFICER, CIVIL_CATALOGUER, STRANGER] {
                assert_noop!(unmount(who, API, "迁移"), ROLE_MISSING);
            }
        });
    }
}

mod report_fingerprint {
    use super::*;

    #[test]
    fn another_schema_is_a_mismatch_until_the_mounts_own_is_seen_again() {
        run(|| {
            mounted();
            for (seen, kind) in [
                (OTHER_SCHEMA, RecordKind::CatalogMismatch),
                ([0x53; 32], RecordKind::CatalogMismatch),
                (SCHEMA, RecordKind::MismatchResolved),
                (OTHER_SCHEMA, RecordKind::CatalogMismatch),
            ] {
                assert_ok!(report(MANAGER_BRIDGE, seen));
                let call = Call::report_fingerprint { entry: ENTRY, method: API, fingerprint: seen };
                assert_signed(kind, MANAGER_BRIDGE, Role::Platform, call);
                let reported: FingerprintReported = last_record().body_as().unwrap();
                assert_eq!((reported.mounted, reported.platform), (SCHEMA, MANAGER_PLATFORM));
                let by = account(MANAGER_BRIDGE);
                let event = if kind == RecordKind::CatalogMismatch {
                    Event::CatalogMismatch { reported, by }
                } else {
                    Event::MismatchResolved { reported, by }
                };
                System::assert_last_event(event.into());
                let subjects = [
                    Subject::Entry(ENTRY, Version::new(1)),
                    Subject::Department(POLICE),
                    Subject::System(MANAGER_PLATFORM),
                ];
                assert_eq!(last_record().subjects, subjects);
                assert_noop!(report(POLICE_BRIDGE, seen), Errors::NothingToReport);
            }
        });
    }

    #[test]
    fn a_mismatch_counts_for_the_provider_once_until_it_is_resolved() {
        run(|| {
            mounted();
            for seen in [OTHER_SCHEMA, [0x53; 32], SCHEMA, OTHER_SCHEMA] {
                report(MANAGER_BRIDGE, seen).unwrap();
            }
            assert_eq!(Counted::get(), [(POLICE, CountKind::CatalogMismatch); 2]);
        });
    }

    #[test]
    fn what_the_mount_says_is_nothing_to_report() {
        run(|| {
            mounted();
            assert_noop!(report(POLICE_BRIDGE, SCHEMA), Errors::NothingToReport);
            assert_noop!(report(POLICE_BRIDGE, [0; 32]), Errors::FingerprintMissing);
        });
    }

    #[test]
    fn only_platforms_that_the_mount_names_report() {
        run(|| {
            assert_noop!(report(POLICE_BRIDGE, OTHER_SCHEMA), Errors::NotMounted);
            mounted();
            for who in [CIVIL_BRIDGE, STRANGER] {
                assert_noop!(report(who, OTHER_SCHEMA), Errors::PlatformNotNamed);
            }
            for who in [CATALOGUER, MANAGER_CLERK] {
                assert_noop!(report(who, OTHER_SCHEMA), ROLE_MISSING);
            }
        });
    }

    #[test]
    fn a_platforms_role_may_be_for_the_provider_alone() {
        run(|| {
            mounted();
            let departments = |ids| RoleScope::Departments(List::try_from(ids).unwrap());
            Scopes::set(vec![(MANAGER_BRIDGE, departments(vec![CIVIL]))]);
            assert_noop!(report(MANAGER_BRIDGE, OTHER_SCHEMA), OUT_OF_SCOPE);
            Scopes::set(vec![(MANAGER_BRIDGE, departments(vec![POLICE]))]);
            assert_ok!(report(MANAGER_BRIDGE, OTHER_SCHEMA));
        });
    }
}

mod publications {
    use super::*;

    #[test]
    fn a_version_with_the_method_keeps_the_mount() {
        run(|| {
            mounted();
            report(POLICE_BRIDGE, OTHER_SCHEMA).unwrap();
            publish(ENTRY, POLICE, &[API]);
            assert_eq!(MountedAt::<Test>::get(ENTRY, API).unwrap().mismatch, Some(OTHER_SCHEMA));
            assert_eq!(rate_of_the_police(), (1, 1));
        });
    }

    #[test]
    fn a_version_without_the_method_ends_its_mount_alone() {
        run(|| {
            mounted();
            mount(CATALOGUER, resource(Method::File)).unwrap();
            publish(ENTRY, POLICE, &[Method::File, Method::MessageQueue]);
            assert!(!MountedAt::<Test>::contains_key(ENTRY, API));
            assert!(MountedAt::<Test>::contains_key(ENTRY, Method::File));
            assert_eq!(rate_of_the_police(), (1, 1));
            publish(ENTRY, POLICE, &[Method::MessageQueue]);
            assert_eq!(rate_of_the_police(), (1, 0));
        });
    }

    #[test]
    fn withdrawal_ends_every_mount_and_the_entry_no_longer_counts() {
        run(|| {
            mounted();
            publish(EntryId::new(2), POLICE, &[API]);
            mount(CATALOGUER, resource(Method::File)).unwrap();
            assert_eq!(rate_of_the_police(), (2, 1));
            withdraw(ENTRY);
            assert_eq!(rate_of_the_police(), (1, 0));
            assert_eq!(MountedAt::<Test>::iter().count(), 0);
        });
    }
}

#[test]
fn the_bounds_stand_in_the_metadata() {
    let names: Vec<_> = Mounts::pallet_constants_metadata().into_iter().map(|constant| constant.name).collect();
    assert_eq!(names, ["platforms_max", "address_bytes_max", "reason_bytes_max"]);
}

#[test]
fn the_state_keeps_a_hundred_bytes_of_a_mount() {
    assert_eq!((crate::Mounted::max_encoded_len(), Rate::max_encoded_len()), (106, 8));
}
