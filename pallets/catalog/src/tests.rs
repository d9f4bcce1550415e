//! One module per call; every error has a test that produces it.

mod content;
mod effects;
mod machine;
mod status;
mod updates;

use crate::{
    ByCode, Call, Endorsement, Entries, Error, Event, OpenChange, Published, Stage, UnderWay, VERSIONS_MAX,
    VersionFacts, VersionUnderWay, mock::*,
};
use codec::{Encode, MaxEncodedLen};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use mulu_pallet_support::Catalog as _;
use mulu_proofs::{
    catalog::{EntryAct, EntryContent, EntryReturned, EntrySubmitted, List, Offer, SharingClass},
    departments::Role,
    evidence::calls,
    ids::{DeadlineId, Digest32, EntryId, Version},
    records::{RecordKind, Subject},
};
use sp_runtime::traits::Dispatchable;

const ENTRY: EntryId = EntryId::new(1);
const V1: Version = Version::new(1);
const V2: Version = Version::new(2);

fn signed(who: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(who))
}

fn digest() -> Digest32 {
    content().digest()
}

fn submit(who: u8, content: EntryContent) -> DispatchResult {
    Catalog::submit(signed(who), Box::new(content))
}

fn endorse(who: u8) -> DispatchResult {
    Catalog::endorse(signed(who), ENTRY, V1, digest())
}

fn return_v1(who: u8) -> DispatchResult {
    Catalog::return_version(signed(who), ENTRY, V1, text("补充更新周期"))
}

fn review(who: u8) -> DispatchResult {
    Catalog::review(signed(who), ENTRY, V1, digest())
}

fn publish(who: u8) -> DispatchResult {
    Catalog::publish(signed(who), ENTRY, V1, digest())
}

fn submitted() {
    assert_ok!(submit(CATALOGUER, content()));
}

fn endorsed() {
    submitted();
    assert_ok!(endorse(HEAD));
}

fn reviewed() {
    endorsed();
    assert_ok!(review(REVIEWER));
}

fn published() {
    reviewed();
    assert_ok!(publish(REVIEWER));
}

/// Takes the next version, with `content`, to publication.
fn publish_next(version: Version, content: EntryContent) {
    let digest = content.digest();
    assert_ok!(submit(CATALOGUER, content));
    assert_ok!(Catalog::endorse(signed(HEAD), ENTRY, version, digest));
    assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, version, digest));
    assert_ok!(Catalog::publish(signed(SECOND_REVIEWER), ENTRY, version, digest));
}

fn last_event() -> Event<Test> {
    let RuntimeEvent::Catalog(event) = System::events().pop().expect("an event").event else { panic!("of another") };
    event
}

mod submit {
    use super::*;

    #[test]
    fn a_cataloguer_submits_the_first_version_and_the_record_holds_the_content() {
        run(|| {
            submitted();
            let under_way = VersionUnderWay::<Test>::get(ENTRY).expect("under way");
            assert_eq!((under_way.version, under_way.stage), (V1, Stage::Submitted));
            assert_eq!(ByCode::<Test>::get(content().code), Some(ENTRY));
            assert_eq!(under_way.facts, VersionFacts::of(&content()));
            let VersionFacts { items, items_not_shared, items_conditional, .. } = under_way.facts;
            assert_eq!((items, items_not_shared, items_conditional), (0b111, 0b100, 0b011));
            assert_eq!(under_way.facts.digest, digest());
            assert_eq!((Catalog::published(ENTRY), Catalog::facts(ENTRY, V1)), (None, None));

            let record = Recorded::get().pop().expect("a record");
            let body: EntrySubmitted = record.body_as().expect("reads");
            assert_eq!((body.entry, body.version, body.content), (ENTRY, V1, content()));
            assert_eq!((body.signed_as.role, body.signed_as.department), (Role::Cataloguer, CIVIL));
            assert_eq!(record.department, CIVIL);
            assert_eq!(record.subjects, [Subject::Entry(ENTRY, V1), Subject::Department(CIVIL)]);
            assert!(matches!(last_event(), Event::EntrySubmitted { entry: ENTRY, version: V1, .. }));
        });
    }

    #[test]
    fn every_code_is_an_entry_of_its_own_and_stays_with_its_provider() {
        run(|| {
            submitted();
            let other = EntryContent { code: text("306001/1002"), ..content() };
            assert_ok!(submit(CATALOGUER, other));
            let second = Entries::<Test>::get(EntryId::new(2)).expect("there");
            assert_eq!((second.provider, second.last, second.published), (CIVIL, V1, None));
            let taken = EntryContent { provider: POLICE, ..content() };
            assert_noop!(submit(POLICE_CATALOGUER, taken), Error::<Test>::CodeTaken);
        });
    }

    #[test]
    fn one_version_is_under_way_at_a_time() {
        run(|| {
            submitted();
            assert_noop!(submit(CATALOGUER, content()), Error::<Test>::UnderWayAlready);
            assert_ok!(return_v1(HEAD));
            assert_ok!(submit(CATALOGUER, content()));
            assert_eq!(VersionUnderWay::<Test>::get(ENTRY).map(|under_way| under_way.version), Some(V2));
        });
    }

    #[test]
    fn versions_are_bounded() {
        run(|| {
            published();
            Entries::<Test>::mutate(ENTRY, |entry| entry.as_mut().expect("there").last = Version::new(VERSIONS_MAX));
            assert_noop!(submit(CATALOGUER, content()), Error::<Test>::TooManyVersions);
        });
    }

    #[test]
    fn only_a_cataloguer_of_the_provider_submits() {
        run(|| {
            for stranger in [HEAD, REVIEWER, POLICE_CATALOGUER, 99] {
                assert_noop!(submit(stranger, content()), ROLE_MISSING);
            }
        });
    }
}

mod endorse {
    use super::*;

    #[test]
    fn the_head_endorses_what_the_cataloguer_submitted() {
        run(|| {
            endorsed();
            let stage = VersionUnderWay::<Test>::get(ENTRY).map(|under_way| under_way.stage);
            let (head, review) = (account(HEAD), DeadlineId::new(1));
            assert_eq!(stage, Some(Stage::Endorsed(Endorsement { head, review, is_update: false })));
            let record = Recorded::get().pop().expect("a record");
            let body: EntryAct = record.body_as().expect("reads");
            assert_eq!((body.entry, body.version, body.digest), (ENTRY, V1, digest()));
            assert_eq!((body.signed_as.role, body.signed_as.department), (Role::Head, CIVIL));
            assert_eq!((record.kind, record.department), (RecordKind::EntryEndorsed, CIVIL));
            let by = account(HEAD);
            assert_eq!(last_event(), Event::EntryEndorsed { entry: ENTRY, version: V1, digest: digest(), by });
        });
    }

    #[test]
    fn nobody_endorses_what_he_submitted() {
        run(|| {
            assert_ok!(submit(BOTH, content()));
            assert_noop!(endorse(BOTH), Error::<Test>::SamePerson);
            Replaced::set(vec![(BOTH, HEAD)]);
            assert_noop!(endorse(HEAD), Error::<Test>::SamePerson);
            Replaced::set(Vec::new());
            assert_ok!(endorse(HEAD));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(endorse(HEAD), Error::<Test>::UnknownEntry);
            submitted();
            let wrong_version = Catalog::endorse(signed(HEAD), ENTRY, V2, digest());
            assert_noop!(wrong_version, Error::<Test>::NotUnderWay);
            let wrong_content = Catalog::endorse(signed(HEAD), ENTRY, V1, [7; 32]);
            assert_noop!(wrong_content, Error::<Test>::DigestMismatch);
            for stranger in [POLICE_HEAD, REVIEWER] {
                assert_noop!(endorse(stranger), ROLE_MISSING);
            }
            assert_ok!(endorse(HEAD));
            assert_noop!(endorse(BOTH), Error::<Test>::EndorsedAlready);
        });
    }
}

mod return_version {
    use super::*;

    #[test]
    fn the_reason_is_on_record_and_the_version_is_gone() {
        run(|| {
            endorsed();
            assert_ok!(return_v1(REVIEWER));
            assert!(!VersionUnderWay::<Test>::contains_key(ENTRY));
            let record = Recorded::get().pop().expect("a record");
            let body: EntryReturned = record.body_as().expect("reads");
            assert_eq!((body.version, body.reason.as_str()), (V1, "补充更新周期"));
            assert_eq!((body.signed_as.role, record.department), (Role::Reviewer, AUTHORITY));
            assert!(matches!(last_event(), Event::EntryReturned { department: AUTHORITY, .. }));
            assert_noop!(return_v1(REVIEWER), Error::<Test>::NotUnderWay);
            assert_noop!(review(REVIEWER), Error::<Test>::NotUnderWay);
        });
    }

    #[test]
    fn the_head_returns_until_the_endorsement_and_the_authority_until_publication() {
        run(|| {
            submitted();
            assert_ok!(return_v1(HEAD));
            for version in [2, 3].map(Version::new) {
                let back = |who| Catalog::return_version(signed(who), ENTRY, version, text("重复"));
                assert_ok!(submit(CATALOGUER, content()));
                if version == V2 {
                    assert_ok!(back(REVIEWER));
                    continue;
                }
                assert_ok!(Catalog::endorse(signed(HEAD), ENTRY, version, digest()));
                assert_noop!(back(BOTH), ROLE_MISSING);
                assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, version, digest()));
                assert_ok!(back(REVIEWER));
            }
        });
    }

    #[test]
    fn a_return_leaves_the_published_version_in_force() {
        run(|| {
            published();
            assert_ok!(submit(CATALOGUER, EntryContent { name: text("新名称"), ..content() }));
            assert_ok!(Catalog::return_version(signed(REVIEWER), ENTRY, V2, text("名称有误")));
            assert_eq!(Catalog::published(ENTRY), Some(V1));
            assert_eq!(Catalog::facts(ENTRY, V2), None);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(return_v1(HEAD), Error::<Test>::UnknownEntry);
            assert_ok!(submit(BOTH, content()));
            for blank in ["", " ", "\u{3000}"] {
                let silent = Catalog::return_version(signed(HEAD), ENTRY, V1, text(blank));
                assert_noop!(silent, Error::<Test>::WithoutReason);
            }
            assert_noop!(return_v1(BOTH), Error::<Test>::SamePerson);
            assert_noop!(return_v1(POLICE_HEAD), ROLE_MISSING);
            assert_ok!(endorse(HEAD));
            assert_noop!(return_v1(HEAD), Error::<Test>::SamePerson);
        });
    }
}

mod review {
    use super::*;

    #[test]
    fn the_authority_reviews_what_the_head_endorsed() {
        run(|| {
            reviewed();
            let record = Recorded::get().pop().expect("a record");
            let body: EntryAct = record.body_as().expect("reads");
            assert_eq!((body.signed_as.role, body.signed_as.department), (Role::Reviewer, AUTHORITY));
            assert_eq!((record.kind, record.department), (RecordKind::EntryReviewed, AUTHORITY));
            assert!(record.subjects.contains(&Subject::Department(CIVIL)));
            assert!(matches!(last_event(), Event::EntryReviewed { authority: AUTHORITY, .. }));
            assert_eq!(Catalog::published(ENTRY), None);
        });
    }

    #[test]
    fn the_authority_s_own_entries_take_three_persons_too() {
        run(|| {
            let own = EntryContent { provider: AUTHORITY, ..content() };
            let digest = own.digest();
            assert_ok!(submit(EVERYTHING, own));
            assert_ok!(Catalog::endorse(signed(AUTHORITY_HEAD), ENTRY, V1, digest));
            let same = Catalog::review(signed(EVERYTHING), ENTRY, V1, digest);
            assert_noop!(same, Error::<Test>::SamePerson);
            assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V1, digest));
            let same = Catalog::publish(signed(EVERYTHING), ENTRY, V1, digest);
            assert_noop!(same, Error::<Test>::SamePerson);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(review(REVIEWER), Error::<Test>::UnknownEntry);
            submitted();
            assert_noop!(review(REVIEWER), Error::<Test>::NotEndorsed);
            assert_ok!(endorse(HEAD));
            let wrong_content = Catalog::review(signed(REVIEWER), ENTRY, V1, [7; 32]);
            assert_noop!(wrong_content, Error::<Test>::DigestMismatch);
            assert_noop!(Catalog::review(signed(REVIEWER), ENTRY, V2, digest()), Error::<Test>::NotUnderWay);
            assert_noop!(review(BOTH), ROLE_MISSING);
            assert_ok!(review(REVIEWER));
            assert_noop!(review(SECOND_REVIEWER), Error::<Test>::ReviewedAlready);
        });
    }

    #[test]
    fn without_an_authority_nothing_goes_to_review() {
        run(|| {
            let lonely = EntryContent { provider: LONELY, ..content() };
            let digest = lonely.digest();
            assert_ok!(submit(LONELY_CATALOGUER, lonely));
            assert_noop!(Catalog::endorse(signed(LONELY_HEAD), ENTRY, V1, digest), Error::<Test>::NoAuthority);
            let back = |who| Catalog::return_version(signed(who), ENTRY, V1, text("无主管部门"));
            assert_noop!(back(REVIEWER), ROLE_MISSING);
            assert_ok!(back(LONELY_HEAD));
        });
    }
}

mod publish {
    use super::*;

    #[test]
    fn a_reviewed_version_is_published_by_the_same_office() {
        run(|| {
            published();
            assert_eq!(Catalog::published(ENTRY), Some(V1));
            let facts = Catalog::facts(ENTRY, V1).expect("published");
            assert_eq!((facts.provider, facts.sharing), (CIVIL, SharingClass::Conditional));
            assert_eq!((facts.items, facts.items_not_shared, facts.digest), (0b111, 0b100, digest()));
            assert!(!VersionUnderWay::<Test>::contains_key(ENTRY));
            assert!(matches!(last_event(), Event::EntryPublished { supersedes: None, .. }));
            assert_noop!(publish(REVIEWER), Error::<Test>::NotUnderWay);
        });
    }

    #[test]
    fn the_next_version_supersedes_and_the_earlier_one_stays_known() {
        run(|| {
            published();
            let stricter =
                EntryContent { items: List::truncate_from(vec![item("code", SharingClass::NotShared)]), ..content() };
            publish_next(V2, stricter.clone());
            assert_eq!(Catalog::published(ENTRY), Some(V2));
            assert_eq!(Catalog::facts(ENTRY, V1).map(|facts| facts.digest), Some(digest()));
            assert_eq!(Catalog::facts(ENTRY, V2).map(|facts| facts.items_not_shared), Some(1));
            assert_eq!(Published::<Test>::iter_prefix(ENTRY).count(), 2);
            let record = Recorded::get().pop().expect("a record");
            let named = [Subject::Entry(ENTRY, V2), Subject::Department(CIVIL), Subject::Entry(ENTRY, V1)];
            assert_eq!(record.subjects, named);
            assert!(matches!(last_event(), Event::EntryPublished { supersedes: Some(V1), .. }));
        });
    }

    #[test]
    fn nothing_is_published_before_its_publication_date() {
        run(|| {
            let tomorrow = EntryContent { published_on: today().next().get(), ..content() };
            let digest = tomorrow.digest();
            assert_ok!(submit(CATALOGUER, tomorrow));
            assert_ok!(Catalog::endorse(signed(HEAD), ENTRY, V1, digest));
            assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V1, digest));
            let publish = || Catalog::publish(signed(REVIEWER), ENTRY, V1, digest);
            assert_noop!(publish(), Error::<Test>::DateAhead);
            Days::set(1);
            assert_ok!(publish());
            let never = EntryContent { published_on: u32::MAX, ..content() };
            let digest = never.digest();
            assert_ok!(submit(CATALOGUER, never));
            assert_ok!(Catalog::endorse(signed(HEAD), ENTRY, V2, digest));
            assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V2, digest));
            assert_noop!(Catalog::publish(signed(REVIEWER), ENTRY, V2, digest), Error::<Test>::DateAhead);
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            assert_noop!(publish(REVIEWER), Error::<Test>::UnknownEntry);
            submitted();
            assert_noop!(publish(REVIEWER), Error::<Test>::NotReviewed);
            assert_ok!(endorse(HEAD));
            assert_noop!(publish(REVIEWER), Error::<Test>::NotReviewed);
            assert_ok!(review(REVIEWER));
            let wrong_content = Catalog::publish(signed(REVIEWER), ENTRY, V1, [7; 32]);
            assert_noop!(wrong_content, Error::<Test>::DigestMismatch);
            assert_noop!(publish(BOTH), ROLE_MISSING);
            assert_noop!(publish(HEAD), Error::<Test>::SamePerson);
        });
    }
}

/// What the verifier rests on.
mod scopes {
    use super::*;
    use mulu_proofs::departments::RoleScope;

    #[test]
    fn a_first_version_takes_a_role_that_no_entry_limits() {
        run(|| {
            let entry = RoleScope::Entries(vec![ENTRY].try_into().expect("short"));
            Scopes::set(vec![(CATALOGUER, entry.clone())]);
            assert_noop!(submit(CATALOGUER, content()), OUT_OF_SCOPE);
            Scopes::set(vec![]);
            published();
            Scopes::set(vec![(CATALOGUER, entry.clone()), (HEAD, entry.clone()), (REVIEWER, entry)]);
            publish_next(V2, content());
        });
    }

    #[test]
    fn reviewers_may_be_limited_to_departments() {
        run(|| {
            endorsed();
            Scopes::set(vec![(REVIEWER, RoleScope::Departments(vec![POLICE].try_into().expect("short")))]);
            assert_noop!(review(REVIEWER), OUT_OF_SCOPE);
            Scopes::set(vec![(REVIEWER, RoleScope::Departments(vec![CIVIL].try_into().expect("short")))]);
            assert_ok!(review(REVIEWER));
            assert_ok!(publish(REVIEWER));
        });
    }
}

mod records {
    use super::*;

    #[test]
    fn every_record_repeats_the_call_that_caused_it() {
        run(|| {
            let steps: [(u8, Call<Test>); 5] = [
                (CATALOGUER, Call::submit { content: Box::new(content()) }),
                (HEAD, Call::endorse { entry: ENTRY, version: V1, digest: digest() }),
                (REVIEWER, Call::review { entry: ENTRY, version: V1, digest: digest() }),
                (REVIEWER, Call::return_version { entry: ENTRY, version: V1, reason: text("重复") }),
                (CATALOGUER, Call::submit { content: Box::new(content()) }),
            ];
            for (who, call) in steps {
                let call = RuntimeCall::Catalog(call);
                assert_ok!(call.clone().dispatch(signed(who)));
                let record = Recorded::get().pop().expect("a record");
                assert_eq!(calls::expected_call(&record), Some(call.encode()), "{:?}", record.kind);
                let signed_as = calls::signed_as(&record).expect("names its role");
                assert_eq!(signed_as.department, record.department);
                assert_eq!(record.signer, Some([who; 32]));
            }
            let publish = Call::publish { entry: ENTRY, version: V2, digest: digest() };
            assert_ok!(Catalog::endorse(signed(HEAD), ENTRY, V2, digest()));
            assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V2, digest()));
            assert_ok!(RuntimeCall::Catalog(publish.clone()).dispatch(signed(REVIEWER)));
            let record = Recorded::get().pop().expect("a record");
            assert_eq!(calls::expected_call(&record), Some(RuntimeCall::Catalog(publish).encode()));
        });
    }
}

#[test]
fn objects_of_the_state_are_as_large_as_documented() {
    assert_eq!((VersionFacts::max_encoded_len(), Offer::max_encoded_len()), (70, 1_759));
    assert_eq!((UnderWay::max_encoded_len(), OpenChange::max_encoded_len()), (2_228, 50));
}
