//! Every refusal has its Chinese, and every one that stands for a legal rule its article.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::chinese::TABLES;
use clap::CommandFactory;
use frame_metadata::{RuntimeMetadata, v14::RuntimeMetadataV14};
use mulu_proofs::ids::Height;
use scale_info::{TypeDef, Variant, form::PortableForm};
use std::collections::BTreeSet;

/// Errors that stand for a rule of the ledger's own (forms, bounds, keys, names) and for no article of the Regulation; `*` for all of a
/// pallet.
const OF_NO_ARTICLE: &[(&str, &str)] = &[
    ("System", "*"),
    (
        "Departments",
        "UnknownDepartment DepartmentNotActive CreditCodeInvalid CreditCodeTaken RegionInvalid AccountTaken \
         UnknownAccount NotPermitted RoleMissing RoleNotConfirmed RoleExpired RoleTaken RoleUnknown NotPending \
         SamePerson AdminSigns RoleOfAuthority OutOfScope ScopeInvalid PrincipalWithoutRole BasisMissing \
         ExpiryPassed SystemCodeTaken HostsItself ParentCycle ParentsTooMany KeyReplacedAlready NoReplacement \
         ReportWaits ReasonMissing RetiredForGood NotAdmitted AdmittedAlready StatusUnchanged ValidatorInOffice \
         AuthorityInOffice AuthorityAlready KeyInvalid AddressInvalid NodeTaken ValidatorTaken ValidatorsFull \
         UnknownValidator TooFewValidators ObserversFull UnknownObserver BudgetInvalid",
    ),
    (
        "Catalog",
        "UnknownEntry UnderWayAlready DigestMismatch CodeTaken TooManyVersions CodeInvalid ClassMismatch \
         ItemCodeRepeated LevelInvalid MethodsInvalid OpeningLaxer QualityIncomplete TooManyLiveVersions \
         EntryWithdrawn SuspendedAlready NotSuspended SuspendedByAuthority TooManySuspensions \
         ResponsibilityMissing OpeningSensitive",
    ),
    (
        "Sharing",
        "PurposeUnnamed PurposeCodeTaken PurposesFull RoleOfStage UnknownDepartment \
         DepartmentNotActive StageNeverComplete ApproverTwice UnknownApprover UnknownItem UnknownPurpose \
         UnknownSystem NotPlatform QuotaZero TooManyOpen UnknownRequest DigestMismatch NotNamed StageDepartments \
         OverFlowThreshold AnotherRequest NothingChanged NoStandingConsent EntrySuspended",
    ),
    (
        "Access",
        "UnknownPlatform NotAPlatform TooManyStreams UnknownStream OtherKey OtherChain UnknownForm Repeats Skips \
         OtherPrevious CountInvalid OtherBody BadSignature UnknownGrant UnknownEntry BodyMalformed OtherCount \
         OtherRoot OtherTimeBase TimeBackwards TimeAhead OtherReporter UnknownId UnknownItem NotPermitted \
         StreamHalted NotHalted KeyIsCompromised KeyOfOther PeriodInvalid StatementMissing AlreadyReported \
         UnknownCompromise NotOfKey TooManyRepudiations NotWaiting NoAuthority SamePerson NothingDiffers \
         NotAParty NotExplained DecisionsOpen KeyDecides NoDecisions DayAhead DayCompared CountsMissing \
         CountsOutOfOrder NotServing CountsShrink KeyHadStream AlreadyRepudiated",
    ),
    (
        "Calendar",
        "CalendarInvalid DayPassed TooManyYears OffsetStep TooManyOffsets TermInvalid UnknownDeadline Paused \
         NotPaused",
    ),
    (
        "Governance",
        "NotPermitted NotAdmitted ActionInvalid ExpiryPassed ExpiryTooFar HeightPassed HeightTooFar HeightFull \
         TooManyOpen TooManyVoting UnknownProposal DigestMismatch VotingOver AlreadyVoted AlreadyAdopted \
         NotProposer UpgradeHeightPassed UpgradeNotNewer UpgradePlanned NoUpgradePlanned",
    ),
    ("Grants", "DepartmentNotActive OtherNumber UnknownGrant TransitionsFull"),
    (
        "Elements",
        "UnknownElement CodeInvalid CodeTaken StandardMissing NotAuthority UnknownDepartment SourceUnchanged \
         UnknownSystem NotSource NoAuthority CertifiedAlready NotCertified ReasonMissing",
    ),
    (
        "Mounts",
        "MethodNotOffered MountedAlready NotMounted AddressMissing AddressHoldsCredential FingerprintMissing \
         PlatformsInvalid NotPlatform ReasonMissing PlatformNotNamed NothingToReport",
    ),
    (
        "Oversight",
        "UnknownDepartment UnknownEntry UnknownMatter TextMissing TooManyOpen UnknownDispute DigestMismatch \
         FavourUnknown AppealOver NotClaimant NotAppellant QueriesMissing QueriesNotNext QueriesOutOfOrder \
         TooManyAuditors UnknownAuditor",
    ),
];

/// Pallet, variant and documentation of every error of the runtime.
fn errors() -> Vec<(String, String, String)> {
    let RuntimeMetadata::V14(RuntimeMetadataV14 { pallets, types, .. }) = mulu_runtime::Runtime::metadata().1 else {
        panic!("the metadata is of another version");
    };
    let mut errors = Vec::new();
    for pallet in pallets {
        let Some(error) = pallet.error else { continue };
        let TypeDef::Variant(error) = &types.resolve(error.ty.id).unwrap().type_def else {
            panic!("the errors of {} are no enumeration", pallet.name);
        };
        let described = |variant: &Variant<PortableForm>| variant.docs.join(" ").trim().to_owned();
        errors.extend(
            error.variants.iter().map(|variant| (pallet.name.clone(), variant.name.clone(), described(variant))),
        );
    }
    errors
}

/// Articles that a text cites, in English.
fn articles(text: &str) -> BTreeSet<u32> {
    let cited = text.split("art. ").skip(1).chain(text.split("arts. ").skip(1));
    let cited: Vec<&str> =
        cited.filter_map(|rest| rest.split(|c: char| !(c.is_ascii_digit() || ", and¶".contains(c))).next()).collect();
    let numbers = cited.iter().flat_map(|list| list.split([',', ' ']).filter(|word| !word.starts_with('¶')));
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// Articles that a text cites, in Chinese.
fn articles_in_chinese(text: &str) -> BTreeSet<u32> {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |text: &str| DIGITS.iter().position(|digit| *digit == text).and_then(|digit| u32::try_from(digit).ok());
    let numbers = text.split('第').skip(1).filter_map(|rest| rest.split_once('条')).map(|(number, _)| number);
    let number = |text: &str| match text.split_once('十') {
        Some(("", ones)) => Some(10 + digit(ones)?),
        Some((tens, ones)) => Some(10 * digit(tens)? + digit(ones)?),
        None => digit(text),
    };
    numbers.filter_map(number).collect()
}

fn is_of_no_article(pallet: &str, name: &str) -> bool {
    let listed = |(of, names): &(&str, &str)| *of == pallet && names.split(' ').any(|one| one == "*" || one == name);
    OF_NO_ARTICLE.iter().any(listed)
}

#[test]
fn every_error_has_its_chinese() {
    let missing = errors().into_iter().filter(|(pallet, name, _)| chinese(pallet, name).is_none());
    let missing: Vec<String> = missing
        .map(|(pallet, name, docs)| {
            let file = pallet.to_lowercase();
            format!("client/cli/src/refusals/{file}.rs: (\"{name}\", \"the rule, its article as 第…条, and the way out, of: {docs}\")")
        })
        .collect();
    assert!(missing.is_empty(), "add a Chinese sentence for each of these:\n{}", missing.join("\n"));
}

#[test]
fn every_error_of_a_legal_rule_names_the_article_in_both_languages() {
    let wrong = errors().into_iter().filter_map(|(pallet, name, docs)| {
        let sentence = chinese(&pallet, &name).unwrap_or_default();
        let (english, chinese) = (articles(&docs), articles_in_chinese(sentence));
        let what = match (is_of_no_article(&pallet, &name), english.is_empty()) {
            (false, true) => "its doc comment in the pallet names no article, as in (art. 20); if no article stands behind it, add its name to \
                 OF_NO_ARTICLE in client/cli/src/refusals/tests.rs",
            (true, false) => "it names an article: take it out of OF_NO_ARTICLE in client/cli/src/refusals/tests.rs",
            _ if english != chinese => "its doc comment and its Chinese sentence name other articles",
            _ => return None,
        };
        Some(format!("{pallet}.{name}: {what} (English {english:?}, Chinese {chinese:?})"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_sentence_is_left_of_an_error_that_is_gone() {
    let known: BTreeSet<(String, String)> = errors().into_iter().map(|(pallet, name, _)| (pallet, name)).collect();
    let is_known = |pallet: &str, name: &str| known.contains(&(pallet.to_owned(), name.to_owned()));
    let mut gone = Vec::new();
    for (pallet, sentences) in PALLETS {
        let names: BTreeSet<&str> = sentences.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), sentences.len(), "an error of {pallet} has two sentences");
        gone.extend(names.into_iter().filter(|name| !is_known(pallet, name)).map(|name| format!("{pallet}.{name}")));
    }
    for (pallet, names) in OF_NO_ARTICLE.iter().filter(|(_, names)| *names != "*") {
        gone.extend(names.split(' ').filter(|name| !is_known(pallet, name)).map(|name| format!("{pallet}.{name}")));
    }
    assert_eq!(gone, [""; 0], "take these out of client/cli/src/refusals");
}

#[test]
fn articles_are_read_in_both_languages() {
    assert_eq!(articles("x (art. 20 ¶3); y (arts. 14, 15)"), BTreeSet::from([14, 15, 20]));
    assert_eq!(articles("part. of 7 things"), BTreeSet::new());
    let chinese = "（第二十条第三款）、第三条、第十条、第十六条、第三十九条第（一）项";
    assert_eq!(articles_in_chinese(chinese), BTreeSet::from([3, 10, 16, 20, 39]));
}

#[test]
fn commands_that_a_sentence_names_are_there() {
    let program = crate::arguments::Arguments::command();
    let sentences = PALLETS.iter().flat_map(|(_, sentences)| *sentences);
    let named = sentences.flat_map(|(_, sentence)| sentence.split('`').skip(1).step_by(2));
    let unknown: Vec<&str> = named
        .filter(|named| {
            let mut words = named.split(' ').skip(1).take_while(|word| !word.starts_with('-'));
            let found = words.try_fold(&program, |command, word| command.find_subcommand(word));
            !named.starts_with("mulu ") || found.is_none()
        })
        .collect();
    assert_eq!(unknown, [""; 0], "a sentence sends people to a command that there is not");
}

fn refusal(pallet: &str, name: &str) -> ClientError {
    let docs = "This version of the entry is not under way: it was returned, published or never submitted.".to_owned();
    ClientError::CallFailed { pallet: pallet.to_owned(), name: name.to_owned(), docs, height: Height::new(1) }
}

#[test]
fn a_refusal_is_told_whole_in_either_language() {
    let chinese = Speech::new(Language::Chinese, TABLES);
    let english = Speech::new(Language::English, TABLES);
    let (known, newer) = (refusal("Catalog", "NotUnderWay"), refusal("Catalog", "OfTomorrow"));
    let said = told(&known, chinese).unwrap();
    assert!(said.starts_with("账本拒绝：Catalog.NotUnderWay：该目录条目"), "{said}");
    assert!(said.contains("第十三条"), "{said}");
    let newer = told(&newer, chinese).unwrap();
    assert!(
        newer.ends_with("：This version of the entry is not under way: it was returned, published or never submitted.")
    );
    assert_eq!(told(&known, english).unwrap(), known.to_string());
    assert_eq!(told(&ClientError::NotFound { what: "x".into() }, chinese), None);
}
