//! One module per call; every error has a test that produces it.

use crate::{
    ByCode, Call, Entries, Error, Event, Published, Stage, VERSIONS_MAX, VersionFacts, VersionUnderWay, mock::*,
};
use codec::Encode;
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use mulu_pallet_support::Catalog as _;
use mulu_proofs::{
    catalog::{EntryAct, EntryContent, EntryReturned, EntrySubmitted, SharingClass},
    departments::Role,
    evidence::calls,
    ids::{DepartmentId, Digest32, EntryId, Version},
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
            assert_eq!((under_way.facts.items, under_way.facts.items_not_shared), (0b111, 0b100));
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

/// What SPEC §2 asks of a content.
mod content_rules {
    use super::*;
    use SharingClass::{Conditional, NotShared, Unconditional};
    use mulu_proofs::catalog::{List, Methods, ResourceClass, Secrecy};

    fn refuse(error: Error<Test>, change: impl FnOnce(&mut EntryContent)) {
        let mut changed = content();
        change(&mut changed);
        assert_noop!(submit(CATALOGUER, changed), error);
    }

    fn accept(change: impl FnOnce(&mut EntryContent)) {
        let mut changed = content();
        change(&mut changed);
        assert_ok!(Catalog::check_content(&changed));
    }

    fn no_items(content: &mut EntryContent) {
        content.items = List::default();
    }

    fn share(content: &mut EntryContent, class: SharingClass, condition: &str, law: &str) {
        content.sharing.class = class;
        content.sharing.condition = text(condition);
        content.sharing.law = text(law);
        for item in content.items.iter_mut() {
            item.sharing = item.sharing.max(class);
        }
    }

    #[test]
    fn what_is_marked_secret_is_refused_before_anything_else() {
        run(|| {
            for marking in [Secrecy::WorkSecret, Secrecy::StateSecret] {
                refuse(Error::SecrecyMarked, |content| {
                    content.classification.secrecy = marking;
                    no_items(content);
                });
            }
        });
    }

    #[test]
    fn a_code_is_front_segment_and_serial() {
        run(|| {
            let bad =
                ["", "306001", "306001/", "/1001", "30600/1001", "3o6001/1001", "406001/1", "306001/1/2", "306001/一"];
            for code in bad {
                refuse(Error::CodeInvalid, |content| content.code = text(code));
                refuse(Error::CodeInvalid, |content| content.related = List::truncate_from(vec![text(code)]));
            }
            for code in ["306001/1", "3060010203/000017", "399014/0011aabbccddeeff"] {
                accept(|content| content.code = text(code));
            }
        });
    }

    #[test]
    fn the_class_digit_is_the_classification() {
        run(|| {
            use ResourceClass::{Base, Department, Theme};
            for (class, code) in [(Base, "101001/1"), (Theme, "201001/1"), (Department, "301001/1")] {
                let other = if class == Base { Theme } else { Base };
                accept(|content| (content.classification.attribute, content.code) = (class, text(code)));
                refuse(Error::ClassMismatch, |content| {
                    (content.classification.attribute, content.code) = (other, text(code));
                });
            }
        });
    }

    #[test]
    fn names_codes_levels_and_kinds_are_checked() {
        run(|| {
            refuse(Error::NameMissing, |content| content.name = text(""));
            refuse(Error::NameMissing, |content| content.items[0].name = text(""));
            refuse(Error::NameMissing, |content| content.items[0].code = text(""));
            refuse(Error::LevelInvalid, |content| content.classification.sensitivity = 5);
            refuse(Error::LevelInvalid, |content| content.items[1].level = 5);
            refuse(Error::MatterKindInvalid, |content| content.responsibility.matter_kind = 10);
            accept(|content| content.responsibility.matter_kind = 9);
        });
    }

    #[test]
    fn an_entry_has_items_with_codes_of_their_own() {
        run(|| {
            refuse(Error::ItemsMissing, no_items);
            refuse(Error::ItemCodeRepeated, |content| content.items[1].code = content.items[0].code.clone());
            accept(|content| {
                let many: Vec<_> = (0..64).map(|n| item(&format!("c{n}"), NotShared)).collect();
                content.items = List::truncate_from(many);
                let facts = VersionFacts::of(content);
                assert_eq!((facts.items, facts.items_not_shared), (u64::MAX, u64::MAX));
            });
        });
    }

    #[test]
    fn an_item_is_never_laxer_than_its_entry() {
        run(|| {
            refuse(Error::ItemLaxer, |content| content.items[1].sharing = Unconditional);
            accept(|content| share(content, Unconditional, "", ""));
            refuse(Error::ItemLaxer, |content| {
                share(content, NotShared, "涉及个人隐私", "个人信息保护法第二十八条");
                content.items[0].sharing = Conditional;
            });
        });
    }

    #[test]
    fn each_sharing_class_has_its_texts() {
        run(|| {
            refuse(Error::ConditionMissing, |content| share(content, Conditional, "", ""));
            refuse(Error::ConditionUnexpected, |content| share(content, Conditional, "补贴审核", "某法"));
            refuse(Error::ConditionUnexpected, |content| share(content, Unconditional, "补贴审核", ""));
            refuse(Error::ConditionUnexpected, |content| share(content, Unconditional, "", "某法"));
            refuse(Error::ReasonMissing, |content| share(content, NotShared, "涉及个人隐私", ""));
            refuse(Error::ReasonMissing, |content| share(content, NotShared, "", "某法"));
            accept(|content| share(content, NotShared, "涉及个人隐私", "某法"));
        });
    }

    #[test]
    fn methods_are_known_and_there_is_one_where_anything_is_shared() {
        run(|| {
            refuse(Error::MethodsInvalid, |content| content.sharing.methods = Methods(0b10_0001));
            refuse(Error::MethodsMissing, |content| content.sharing.methods = Methods(0));
            accept(|content| {
                share(content, NotShared, "涉及个人隐私", "某法");
                content.sharing.methods = Methods(0);
            });
        });
    }

    #[test]
    fn the_public_gets_nothing_on_easier_terms_than_departments() {
        run(|| {
            refuse(Error::OpeningLaxer, |content| content.opening.class = Unconditional);
            refuse(Error::ConditionMissing, |content| content.opening.class = Conditional);
            accept(|content| {
                content.opening.class = Conditional;
                content.opening.condition = text("实名登记");
            });
            accept(|content| {
                share(content, Unconditional, "", "");
                content.opening.class = Unconditional;
                content.opening.condition = text("CC-BY 4.0");
            });
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
            assert_eq!(stage, Some(Stage::Endorsed { head: account(HEAD) }));
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
            let silent = Catalog::return_version(signed(HEAD), ENTRY, V1, text(""));
            assert_noop!(silent, Error::<Test>::ReturnWithoutReason);
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
    fn without_an_authority_nothing_is_reviewed() {
        run(|| {
            let lonely = EntryContent { provider: LONELY, ..content() };
            let digest = lonely.digest();
            assert_ok!(submit(LONELY_CATALOGUER, lonely));
            assert_ok!(Catalog::endorse(signed(LONELY_HEAD), ENTRY, V1, digest));
            assert_noop!(Catalog::review(signed(REVIEWER), ENTRY, V1, digest), Error::<Test>::NoAuthority);
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
            let stricter = EntryContent {
                items: mulu_proofs::catalog::List::truncate_from(vec![item("code", SharingClass::NotShared)]),
                ..content()
            };
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

/// Calls in any order, by anybody: what is refused changes nothing, and the invariants hold after every step.
mod walk {
    use super::*;

    const PEOPLE: [u8; 8] =
        [CATALOGUER, HEAD, BOTH, POLICE_CATALOGUER, POLICE_HEAD, REVIEWER, EVERYTHING, AUTHORITY_HEAD];
    const PROVIDERS: [DepartmentId; 3] = [AUTHORITY, CIVIL, POLICE];

    /// A linear congruential generator (Knuth's MMIX): the walk is the same everywhere.
    struct Dice(u64);

    impl Dice {
        fn pick<T: Copy>(&mut self, from: &[T]) -> T {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            from[(self.0 >> 33) as usize % from.len()]
        }
    }

    fn step(dice: &mut Dice) -> bool {
        let who = signed(dice.pick(&PEOPLE));
        let entry = EntryId::new(dice.pick(&[1, 2, 3]));
        let waiting = VersionUnderWay::<Test>::get(entry);
        let (version, digest) = waiting.map_or((V1, [0; 32]), |waiting| (waiting.version, waiting.facts.digest));
        let result = match dice.pick(&[0, 1, 1, 2, 3, 3, 4, 4]) {
            0 => {
                let code = text(dice.pick(&["306001/1", "306001/2", "306001/3"]));
                Catalog::submit(who, Box::new(EntryContent { code, provider: dice.pick(&PROVIDERS), ..content() }))
            }
            1 => Catalog::endorse(who, entry, version, digest),
            2 if dice.pick(&[true, false, false]) => Catalog::return_version(who, entry, version, text("重复")),
            3 => Catalog::review(who, entry, version, digest),
            _ => Catalog::publish(who, entry, version, digest),
        };
        result.is_ok()
    }

    #[test]
    fn the_invariants_hold_after_every_step_of_a_random_walk() {
        for seed in 1..=8 {
            run(|| {
                let mut dice = Dice(seed);
                let mut done = 0;
                for _ in 0..4_000 {
                    let before = Recorded::get().len();
                    let ok = step(&mut dice);
                    assert_eq!(Recorded::get().len(), before + usize::from(ok), "one record an act, seed {seed}");
                    done += u32::from(ok);
                    Catalog::do_try_state().unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
                }
                let published = Published::<Test>::iter().count();
                assert!(done > 20 && published > 1, "the walk gets somewhere: {done} acts, {published} published");
            });
        }
    }
}
