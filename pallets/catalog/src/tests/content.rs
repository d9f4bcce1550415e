//! What SPEC §2 asks of a content.

use super::*;
use SharingClass::{Conditional, NotShared, Unconditional};
use mulu_proofs::{
    catalog::{DataGrade, Methods, Quality, ResourceClass, Restriction, Secrecy, UpdateCycle},
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
        if item.sharing == Conditional && class == Unconditional {
            item.condition = text("仅限统计");
        }
    }
}

/// An entry that everybody gets, departments and public.
fn open_to_all(content: &mut EntryContent) {
    share(content, Unconditional, "", "");
    content.items = List::truncate_from(vec![item("code", Unconditional), item("name", Unconditional)]);
    content.opening.class = Unconditional;
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
        refuse(Error::NameMissing, |content| content.items[0].name = text(" "));
        refuse(Error::LevelInvalid, |content| content.classification.sensitivity = 5);
        refuse(Error::LevelInvalid, |content| content.items[1].level = 5);
    });
}

#[test]
fn a_catalog_says_what_its_data_are_in_which_format_and_how_often_they_are_updated() {
    run(|| {
        for nothing in ["", " ", "\u{3000}"] {
            refuse(Error::NameMissing, |content| content.name = text(nothing));
            refuse(Error::SummaryMissing, |content| content.summary = text(nothing));
            refuse(Error::FormatMissing, |content| content.format.name = text(nothing));
            refuse(Error::CycleMissing, |content| content.update_cycle = UpdateCycle::Other(text(nothing)));
        }
        accept(|content| content.update_cycle = UpdateCycle::Other(text("每两年")));
    });
}

#[test]
fn an_entry_says_whose_duty_its_data_come_from() {
    run(|| {
        for nothing in ["", " "] {
            refuse(Error::ResponsibilityMissing, |content| content.responsibility.matter = text(nothing));
            refuse(Error::ResponsibilityMissing, |content| content.responsibility.information = text(nothing));
        }
        // Standard, source and owner are conditions of readiness: shown as missing, not refused.
        accept(|content| {
            let nothing = (text(""), text(""), text(""));
            let said = &mut content.responsibility;
            (said.standard, said.source, said.owner) = nothing;
        });
    });
}

#[test]
fn what_was_assessed_and_evaluated_was_so_before_it_is_submitted() {
    run(|| {
        let (today, tomorrow) = (today().get(), today().next().get());
        refuse(Error::DateAhead, |content| content.assessments.assessed_on = tomorrow);
        let quality = |evaluated_on| Some(Quality { digest: [1; 32], evaluated_on });
        refuse(Error::DateAhead, |content| content.quality = quality(60_000));
        let mut of_today = content();
        (of_today.assessments.assessed_on, of_today.quality) = (today, quality(today));
        assert_ok!(submit(CATALOGUER, of_today));
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
        refuse(Error::WithoutReason, |content| content.restriction = restriction(" ", [1; 32]));
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
            assert_eq!((facts.items, facts.items_not_shared, facts.items_conditional), (u64::MAX, u64::MAX, 0));
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
fn an_item_that_is_stricter_than_its_entry_has_texts_of_its_own() {
    run(|| {
        let stricter = |content: &mut EntryContent, class, condition, law| {
            share(content, Unconditional, "", "");
            content.items[0].sharing = class;
            (content.items[0].condition, content.items[0].law) = (text(condition), text(law));
        };
        refuse(Error::ConditionMissing, |content| stricter(content, Conditional, "", ""));
        refuse(Error::ConditionMissing, |content| stricter(content, Conditional, " ", ""));
        refuse(Error::ConditionUnexpected, |content| stricter(content, Conditional, "仅限统计", "某法"));
        accept(|content| stricter(content, Conditional, "仅限统计", ""));
        refuse(Error::ReasonMissing, |content| stricter(content, NotShared, "", ""));
        refuse(Error::ReasonMissing, |content| stricter(content, NotShared, "涉及个人隐私", ""));
        refuse(Error::ReasonMissing, |content| stricter(content, NotShared, "", "某法"));
        accept(|content| stricter(content, NotShared, "涉及个人隐私", "某法"));
        refuse(Error::ConditionUnexpected, |content| stricter(content, Unconditional, "仅限统计", ""));
        // In a conditional entry too, where the condition is the entry's.
        refuse(Error::ReasonMissing, |content| content.items[1].sharing = NotShared);
        accept(|content| content.items[1].condition = text("仅限统计"));
        refuse(Error::ConditionUnexpected, |content| content.items[1].law = text("某法"));
    });
}

#[test]
fn the_facts_tell_the_class_of_each_item() {
    run(|| {
        let mut mixed = content();
        share(&mut mixed, Unconditional, "", "");
        mixed.items[0] = item("code", Unconditional);
        let facts = VersionFacts::of(&mixed);
        assert_eq!((facts.items, facts.items_conditional, facts.items_not_shared), (0b111, 0b010, 0b100));
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
        accept(open_to_all);
        for (class, opening) in [(NotShared, Conditional), (NotShared, Unconditional), (Conditional, Unconditional)] {
            refuse(Error::OpeningLaxer, |content| {
                open_to_all(content);
                content.items[1] = item("name", class);
                content.items[1].condition = text("仅限统计");
                (content.opening.class, content.opening.condition) = (opening, text("实名登记"));
            });
        }
        let conditional = |content: &mut EntryContent, condition| {
            share(content, Conditional, "补贴审核", "");
            content.items.remove(2);
            (content.opening.class, content.opening.condition) = (Conditional, text(condition));
        };
        for nothing in ["", " "] {
            refuse(Error::ConditionMissing, |content| conditional(content, nothing));
        }
        accept(|content| conditional(content, "实名登记"));
        accept(|content| {
            open_to_all(content);
            content.opening.condition = text("CC-BY 4.0");
        });
    });
}

#[test]
fn what_is_sensitive_is_opened_under_a_condition_and_core_data_never() {
    run(|| {
        let assess = |content: &mut EntryContent| content.assessments.personal_information = Some([2; 32]);
        let sensitive: [&dyn Fn(&mut EntryContent); 3] =
            [&|content| content.classification.sensitivity = 3, &|content| content.items[1].level = 3, &|content| {
                content.holds_personal_data = true
            }];
        for make in sensitive {
            let opened = |content: &mut EntryContent, class| {
                open_to_all(content);
                assess(content);
                make(content);
                (content.opening.class, content.opening.condition) = (class, text("脱敏后开放"));
            };
            refuse(Error::OpeningSensitive, |content| opened(content, Unconditional));
            accept(|content| opened(content, Conditional));
        }
        let core = |content: &mut EntryContent, class| {
            open_to_all(content);
            content.classification.grade = DataGrade::Core;
            (content.opening.class, content.opening.condition) = (class, text("脱敏后开放"));
        };
        for class in [Unconditional, Conditional] {
            refuse(Error::OpeningSensitive, |content| core(content, class));
        }
        accept(|content| core(content, NotShared));
    });
}
