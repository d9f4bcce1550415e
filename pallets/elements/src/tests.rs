//! One module per call and one for the check of items; every error has a test that produces it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod walk;

use crate::{Call, Certified, Error, Event, mock::*};
use codec::{Encode as _, MaxEncodedLen as _};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::Elements as _;
use mulu_proofs::{
    catalog::List,
    departments::{Role, RoleScope},
    elements::{
        CertificationWithdrawn, ElementRegistered, ElementRevised, ElementStandard, SourceCertified, SourceNamed,
        WithdrawalCause,
    },
    evidence::calls::{expected_call, signed_as},
    ids::{DepartmentId, ElementId, EntryId, SystemId},
    records::{Record, RecordKind, Subject},
};
use sp_runtime::{DispatchError, DispatchResult};

type Errors = Error<Test>;

const FIRST: ElementId = ElementId::new(1);
const UNKNOWN: ElementId = ElementId::new(9);

fn last_record() -> Record {
    Recorded::get().last().cloned().unwrap()
}

/// The last record is of `kind`, and a verifier finds in it the call that `who` signed in `role`.
fn assert_signed(kind: RecordKind, who: u8, role: Role, call: Call<Test>) {
    let record = last_record();
    assert_eq!((record.kind, record.signer), (kind, Some([who; 32])));
    assert_eq!(expected_call(&record), Some(RuntimeCall::Elements(call).encode()));
    let signed_as = signed_as(&record).unwrap();
    assert_eq!((signed_as.role, signed_as.department), (role, record.department));
    assert!(kind.signers().contains(&role));
}

fn register(who: u8, code: &str) -> DispatchResult {
    Elements::register_element(signed(who), text(code), standard())
}

fn name(who: u8, department: Option<DepartmentId>) -> DispatchResult {
    Elements::name_source(signed(who), FIRST, department, text("数源部门清单"))
}

/// Registers the first element and names its department.
fn named(department: DepartmentId) {
    register(SUPERVISOR, "DE00011").unwrap();
    name(SUPERVISOR, Some(department)).unwrap();
}

mod register_element {
    use super::*;

    #[test]
    fn an_authority_registers_an_element_with_its_standard() {
        run(|| {
            assert_ok!(register(SUPERVISOR, "DE00011"));
            let call = Call::register_element { code: text("DE00011"), standard: standard() };
            assert_signed(RecordKind::ElementRegistered, SUPERVISOR, Role::Supervisor, call);
            assert_eq!(last_record().subjects, [Subject::Element(FIRST)]);
            let registered: ElementRegistered = last_record().body_as().unwrap();
            assert_eq!((registered.element, &registered.standard), (FIRST, &*standard()));
            let event = Event::ElementRegistered { registered: Box::new(registered), by: account(SUPERVISOR) };
            System::assert_last_event(event.into());
        });
    }

    #[test]
    fn only_a_supervisor_of_an_authority_registers() {
        run(|| {
            for who in [OFFICER, CIVIL_SUPERVISOR, STRANGER] {
                assert_noop!(register(who, "DE00011"), Errors::NotAuthority);
            }
            assert_noop!(register(REVIEWER, "DE00011"), ROLE_MISSING);
        });
    }

    #[test]
    fn a_code_is_one_word_and_taken_once_whoever_registered_it() {
        run(|| {
            assert_noop!(register(SUPERVISOR, ""), Errors::CodeInvalid);
            assert_noop!(register(SUPERVISOR, "DE 11"), Errors::CodeInvalid);
            assert_ok!(register(SUPERVISOR, "DE00011"));
            assert_noop!(register(PROVINCE_SUPERVISOR, "DE00011"), Errors::CodeTaken);
        });
    }

    #[test]
    fn an_element_without_a_published_standard_is_refused() {
        run(|| {
            let without = [
                ElementStandard { name: text(""), ..*standard() },
                ElementStandard { standard: text(""), ..*standard() },
                ElementStandard { published: text(""), ..*standard() },
            ];
            for standard in without {
                let call = Elements::register_element(signed(SUPERVISOR), text("DE1"), Box::new(standard));
                assert_noop!(call, Errors::StandardMissing);
            }
        });
    }
}

mod revise_element {
    use super::*;

    fn revise(who: u8, element: ElementId, standard: Box<ElementStandard>) -> DispatchResult {
        Elements::revise_element(signed(who), element, standard)
    }

    #[test]
    fn its_authority_revises_an_element() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            let newer = Box::new(ElementStandard { standard: text("GB/T 19488.2-2030"), ..*standard() });
            assert_ok!(revise(SUPERVISOR, FIRST, newer.clone()));
            let call = Call::revise_element { element: FIRST, standard: newer };
            assert_signed(RecordKind::ElementRevised, SUPERVISOR, Role::Supervisor, call);
            assert_eq!(last_record().subjects, [Subject::Element(FIRST)]);
            let revised: ElementRevised = last_record().body_as().unwrap();
            let event = Event::ElementRevised { revised: Box::new(revised), by: account(SUPERVISOR) };
            System::assert_last_event(event.into());
        });
    }

    #[test]
    fn nobody_else_does() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            for who in [PROVINCE_SUPERVISOR, CIVIL_SUPERVISOR, OFFICER, STRANGER] {
                assert_noop!(revise(who, FIRST, standard()), Errors::OtherAuthority);
            }
            assert_noop!(revise(REVIEWER, FIRST, standard()), ROLE_MISSING);
            assert_noop!(revise(SUPERVISOR, UNKNOWN, standard()), Errors::UnknownElement);
        });
    }

    #[test]
    fn the_successor_in_the_seat_looks_after_its_elements() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            CityAuthority::set(CIVIL);
            assert_noop!(revise(SUPERVISOR, FIRST, standard()), Errors::OtherAuthority);
            assert_ok!(revise(CIVIL_SUPERVISOR, FIRST, standard()));
        });
    }

    #[test]
    fn a_revision_names_a_published_standard() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            let without = Box::new(ElementStandard { published: text(""), ..*standard() });
            assert_noop!(revise(SUPERVISOR, FIRST, without), Errors::StandardMissing);
        });
    }
}

mod name_source {
    use super::*;

    #[test]
    fn the_authority_names_the_source_and_the_record_tells_the_one_before() {
        run(|| {
            named(POLICE);
            assert_ok!(name(SUPERVISOR, Some(CIVIL)));
            let call = Call::name_source { element: FIRST, department: Some(CIVIL), basis: text("数源部门清单") };
            assert_signed(RecordKind::SourceNamed, SUPERVISOR, Role::Supervisor, call);
            let named: SourceNamed = last_record().body_as().unwrap();
            assert_eq!(named.before, Some(POLICE));
            let subjects = [Subject::Element(FIRST), Subject::Department(CIVIL), Subject::Department(POLICE)];
            assert_eq!(last_record().subjects, subjects);
            System::assert_last_event(Event::SourceNamed { named, by: account(SUPERVISOR) }.into());
        });
    }

    #[test]
    fn an_element_may_lose_its_source() {
        run(|| {
            named(POLICE);
            assert_ok!(name(SUPERVISOR, None));
            assert_eq!(last_record().subjects, [Subject::Element(FIRST), Subject::Department(POLICE)]);
            assert_ok!(Elements::check(CIVIL, FIRST, None));
        });
    }

    #[test]
    fn nobody_else_names() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            assert_noop!(name(PROVINCE_SUPERVISOR, Some(POLICE)), Errors::OtherAuthority);
            assert_noop!(name(STRANGER, Some(POLICE)), Errors::OtherAuthority);
            assert_noop!(name(REVIEWER, Some(POLICE)), ROLE_MISSING);
        });
    }

    #[test]
    fn a_supervisor_of_some_departments_names_no_other() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            let police = RoleScope::Departments(List::try_from(vec![POLICE]).unwrap());
            Scopes::set(vec![(SUPERVISOR, police)]);
            assert_noop!(name(SUPERVISOR, Some(CIVIL)), OUT_OF_SCOPE);
            assert_ok!(name(SUPERVISOR, Some(POLICE)));
            assert_ok!(name(SUPERVISOR, None));
        });
    }

    #[test]
    fn a_source_is_a_department_that_acts() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            assert_noop!(name(SUPERVISOR, Some(DepartmentId::new(77))), Errors::UnknownDepartment);
            assert_noop!(name(SUPERVISOR, Some(SUSPENDED)), Errors::DepartmentNotActive);
        });
    }

    #[test]
    fn a_naming_changes_something_and_rests_on_something() {
        run(|| {
            assert_noop!(name(SUPERVISOR, Some(POLICE)), Errors::UnknownElement);
            register(SUPERVISOR, "DE00011").unwrap();
            assert_noop!(name(SUPERVISOR, None), Errors::SourceUnchanged);
            let unfounded = Elements::name_source(signed(SUPERVISOR), FIRST, Some(POLICE), text(""));
            assert_noop!(unfounded, Errors::BasisMissing);
            assert_ok!(name(SUPERVISOR, Some(POLICE)));
            assert_noop!(name(SUPERVISOR, Some(POLICE)), Errors::SourceUnchanged);
        });
    }
}

mod certify_source {
    use super::*;

    fn certify(who: u8, system: SystemId) -> DispatchResult {
        Elements::certify_source(signed(who), system)
    }

    #[test]
    fn supervisor_or_reviewer_of_the_authority_certifies_a_source_system() {
        run(|| {
            for (who, role, system) in
                [(SUPERVISOR, Role::Supervisor, SOURCE), (REVIEWER, Role::Reviewer, CIVIL_SOURCE)]
            {
                assert_ok!(certify(who, system));
                assert_signed(RecordKind::SourceCertified, who, role, Call::certify_source { system });
                assert!(Elements::is_certified(system));
                let certified: SourceCertified = last_record().body_as().unwrap();
                System::assert_last_event(Event::SourceCertified { certified, by: account(who) }.into());
            }
            assert_eq!(last_record().subjects, [Subject::System(CIVIL_SOURCE), Subject::Department(CIVIL)]);
            assert!(!Elements::is_certified(LONELY_SOURCE));
        });
    }

    #[test]
    fn nobody_else_does() {
        run(|| {
            for who in [PROVINCE_SUPERVISOR, OFFICER, CIVIL_SUPERVISOR, STRANGER] {
                assert_noop!(certify(who, SOURCE), ROLE_MISSING);
            }
            assert_noop!(certify(SUPERVISOR, LONELY_SOURCE), Errors::NoAuthority);
        });
    }

    #[test]
    fn only_a_source_system_is_certified_and_once() {
        run(|| {
            assert_noop!(certify(SUPERVISOR, SystemId::new(9)), Errors::UnknownSystem);
            assert_noop!(certify(SUPERVISOR, BUSINESS), Errors::NotSource);
            assert_ok!(certify(SUPERVISOR, SOURCE));
            assert_noop!(certify(REVIEWER, SOURCE), Errors::CertifiedAlready);
        });
    }
}

mod withdraw_certification {
    use super::*;

    fn withdraw(who: u8, system: SystemId, reason: &str) -> DispatchResult {
        Elements::withdraw_certification(signed(who), system, WithdrawalCause::Merged, text(reason))
    }

    #[test]
    fn a_merged_system_is_no_longer_certified_and_may_be_again() {
        run(|| {
            Elements::certify_source(signed(SUPERVISOR), SOURCE).unwrap();
            assert_ok!(withdraw(REVIEWER, SOURCE, "并入一体化平台"));
            let (cause, reason) = (WithdrawalCause::Merged, text("并入一体化平台"));
            let call = Call::withdraw_certification { system: SOURCE, cause, reason };
            assert_signed(RecordKind::CertificationWithdrawn, REVIEWER, Role::Reviewer, call);
            assert_eq!(last_record().subjects, [Subject::System(SOURCE), Subject::Department(POLICE)]);
            let withdrawn: CertificationWithdrawn = last_record().body_as().unwrap();
            System::assert_last_event(Event::CertificationWithdrawn { withdrawn, by: account(REVIEWER) }.into());
            assert!(!Elements::is_certified(SOURCE));
            assert_ok!(Elements::certify_source(signed(SUPERVISOR), SOURCE));
        });
    }

    #[test]
    fn a_withdrawal_takes_the_authority_a_certificate_and_a_reason() {
        run(|| {
            assert_noop!(withdraw(SUPERVISOR, SystemId::new(9), "退役"), Errors::UnknownSystem);
            assert_noop!(withdraw(SUPERVISOR, SOURCE, "退役"), Errors::NotCertified);
            assert_noop!(withdraw(SUPERVISOR, LONELY_SOURCE, "退役"), Errors::NoAuthority);
            Elements::certify_source(signed(SUPERVISOR), SOURCE).unwrap();
            assert_noop!(withdraw(OFFICER, SOURCE, "退役"), ROLE_MISSING);
            assert_noop!(withdraw(SUPERVISOR, SOURCE, ""), Errors::ReasonMissing);
        });
    }
}

mod check {
    use super::*;

    #[test]
    fn without_a_named_source_every_department_registers_the_element() {
        run(|| {
            register(SUPERVISOR, "DE00011").unwrap();
            assert_ok!(Elements::check(CIVIL, FIRST, None));
            assert_noop!(Elements::check(CIVIL, UNKNOWN, None), Errors::UnknownElement);
        });
    }

    #[test]
    fn the_named_department_registers_it_and_every_other_cites_its_entry() {
        run(|| {
            named(POLICE);
            assert_ok!(Elements::check(POLICE, FIRST, None));
            assert_noop!(Elements::check(CIVIL, FIRST, None), Errors::NotAuthoritativeSource);
            let entry = publish(1, POLICE, &[1]);
            assert_ok!(Elements::check(CIVIL, FIRST, Some(entry)));
        });
    }

    #[test]
    fn the_cited_entry_is_of_the_named_department_and_carries_the_element() {
        run(|| {
            named(POLICE);
            register(SUPERVISOR, "DE00012").unwrap();
            let (other_element, other_department) = (publish(1, POLICE, &[2]), publish(2, CIVIL, &[1]));
            for source in [other_element, other_department, EntryId::new(9)] {
                assert_noop!(Elements::check(CIVIL, FIRST, Some(source)), Errors::NotAuthoritativeSource);
            }
        });
    }

    #[test]
    fn what_need_not_be_cited_is_true_all_the_same() {
        run(|| {
            named(POLICE);
            assert_noop!(Elements::check(POLICE, FIRST, Some(EntryId::new(9))), Errors::SourceUnknown);
            let entry = publish(1, POLICE, &[1]);
            assert_ok!(Elements::check(POLICE, FIRST, Some(entry)));
        });
    }

    #[test]
    fn an_entry_that_lost_the_element_or_was_withdrawn_is_no_source() {
        run(|| {
            named(POLICE);
            let entry = publish(1, POLICE, &[1]);
            assert_ok!(Elements::check(CIVIL, FIRST, Some(entry)));
            publish(1, POLICE, &[]);
            assert_noop!(Elements::check(CIVIL, FIRST, Some(entry)), Errors::NotAuthoritativeSource);
            publish(1, POLICE, &[1]);
            withdraw(entry);
            assert_noop!(Elements::check(CIVIL, FIRST, Some(entry)), Errors::NotAuthoritativeSource);
        });
    }
}

#[test]
fn the_bounds_stand_in_the_metadata() {
    let names: Vec<_> = Elements::pallet_constants_metadata().into_iter().map(|constant| constant.name).collect();
    assert_eq!(names, ["code_bytes_max", "name_bytes_max", "published_bytes_max", "reason_bytes_max"]);
}

#[test]
fn the_state_keeps_ten_bytes_of_an_element() {
    assert_eq!(crate::Element::max_encoded_len(), 10);
}
