//! What SPEC §2 asks of a content.

use super::*;
use SharingClass::{Conditional, NotShared, Unconditional};
use mulu_proofs::{
    catalog::{List, Methods, Quality, ResourceClass, Restriction, Secrecy},
    papers::Papers,
};

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
    });
}

#[test]
fn secrecy_was_assessed_always_and_personal_information_where_there_is_any() {
    run(|| {
        refuse(Error::AssessmentMissing, |content| content.assessments.secrecy = [0; 32]);
        refuse(Error::AssessmentMissing, |content| content.assessments.assessed_on = 0);
        refuse(Error::AssessmentMissing, |content| content.holds_personal_data = true);
        refuse(Error::AssessmentMissing, |content| content.items[1].level = 3);
        refuse(Error::AssessmentMissing, |content| content.assessments.personal_information = Some([0; 32]));
        accept(|content| {
            (content.holds_personal_data, content.items[1].level) = (true, 4);
            content.assessments.personal_information = Some([2; 32]);
        });
    });
}

#[test]
fn papers_have_a_digest_and_a_day_or_reason() {
    run(|| {
        let quality = |digest, evaluated_on| Some(Quality { digest, evaluated_on });
        refuse(Error::QualityIncomplete, |content| content.quality = quality([0; 32], 20_000));
        refuse(Error::QualityIncomplete, |content| content.quality = quality([1; 32], 0));
        accept(|content| content.quality = quality([1; 32], 20_000));
        let restriction = |reason, papers| Some(Restriction { reason: text(reason), consultation: Papers(papers) });
        refuse(Error::WithoutReason, |content| content.restriction = restriction("", [1; 32]));
        refuse(Error::ConsultationMissing, |content| content.restriction = restriction("系统下线", [0; 32]));
        accept(|content| content.restriction = restriction("系统下线", [1; 32]));
    });
}

#[test]
fn a_source_is_cited_for_a_data_element_alone() {
    run(|| {
        refuse(Error::SourceUnexpected, |content| content.items[0].source = Some(EntryId::new(7)));
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
