//! The rules of SPEC §2 that the content of a version keeps.

use crate::pallet::{Config, Error, Pallet};
use frame_support::ensure;
use mulu_proofs::{
    catalog::{DataGrade, EntryContent, Item, Methods, ResourceClass, Secrecy, Sharing, SharingClass, UpdateCycle},
    ids::Digest32,
    text::Text,
};
use std::collections::BTreeSet;

/// Highest sensitivity of an entry and highest security level of an item.
const LEVEL_MAX: u8 = 4;
/// From this sensitivity or security level on, data count as personal or otherwise sensitive: their impact is assessed (art. 13), and
/// they are opened under a condition alone.
const LEVEL_SENSITIVE: u8 = 3;
/// Digits of class, item and sub-item in a resource code; the detail behind them is of any length.
const FRONT_DIGITS_MIN: usize = 6;

impl<T: Config> Pallet<T> {
    /// Checks a content against every rule that needs no state: clients and the RPC ask it before they send anything.
    ///
    /// # Errors
    /// The first rule that the content breaks; the secret marking comes first.
    pub fn check_content(content: &EntryContent) -> Result<(), Error<T>> {
        let classification = &content.classification;
        ensure!(classification.secrecy == Secrecy::None, Error::<T>::SecrecyMarked);
        for code in std::iter::once(&content.code).chain(&content.related) {
            ensure!(is_resource_code(code.as_str()), Error::<T>::CodeInvalid);
        }
        let class = class_digit(classification.attribute);
        ensure!(content.code.as_str().starts_with(class), Error::<T>::ClassMismatch);
        check_words(content)?;
        ensure!(classification.sensitivity <= LEVEL_MAX, Error::<T>::LevelInvalid);
        check_sharing(&content.sharing)?;
        check_items(&content.items, content.sharing.class)?;
        check_opening(content)?;
        check_papers(content)
    }
}

/// `前段码/顺序码`: class 1 digit, item 2, sub-item 3, detail of any length, `/`, serial of letters and digits.
fn is_resource_code(code: &str) -> bool {
    let Some((front, serial)) = code.split_once('/') else { return false };
    front.len() >= FRONT_DIGITS_MIN
        && front.bytes().all(|byte| byte.is_ascii_digit())
        && front.starts_with(|class| matches!(class, '1'..='3'))
        && !serial.is_empty()
        && serial.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

const fn class_digit(class: ResourceClass) -> char {
    match class {
        ResourceClass::Base => '1',
        ResourceClass::Theme => '2',
        ResourceClass::Department => '3',
    }
}

/// What art. 13 wants said in words is said.
fn check_words<T: Config>(content: &EntryContent) -> Result<(), Error<T>> {
    let EntryContent { responsibility, update_cycle, .. } = content;
    ensure!(content.name.says_something(), Error::<T>::NameMissing);
    ensure!(content.summary.says_something(), Error::<T>::SummaryMissing);
    ensure!(content.format.name.says_something(), Error::<T>::FormatMissing);
    let is_cycle = !matches!(update_cycle, UpdateCycle::Other(cycle) if !cycle.says_something());
    ensure!(is_cycle, Error::<T>::CycleMissing);
    let from_duty = responsibility.matter.says_something() && responsibility.information.says_something();
    ensure!(from_duty, Error::<T>::ResponsibilityMissing);
    Ok(())
}

fn check_sharing<T: Config>(sharing: &Sharing) -> Result<(), Error<T>> {
    let Sharing { class, condition, law, .. } = sharing;
    check_terms(*class, condition, law, true)?;
    ensure!(sharing.methods.without(Methods::ALL).is_empty(), Error::<T>::MethodsInvalid);
    let shared = sharing.class != SharingClass::NotShared;
    ensure!(!shared || !sharing.methods.is_empty(), Error::<T>::MethodsMissing);
    Ok(())
}

/// Art. 15: what is shared under conditions says scope and use, what is not shared the reason and the law. Nothing says more; where
/// others' terms hold, nothing has to be said.
fn check_terms<T: Config, const C: u32, const L: u32>(
    class: SharingClass,
    condition: &Text<C>,
    law: &Text<L>,
    needed: bool,
) -> Result<(), Error<T>> {
    let unsaid = condition.is_empty() && law.is_empty() && !needed;
    match class {
        SharingClass::Unconditional => {
            ensure!(condition.is_empty() && law.is_empty(), Error::<T>::ConditionUnexpected);
        }
        SharingClass::Conditional => {
            ensure!(law.is_empty(), Error::<T>::ConditionUnexpected);
            ensure!(unsaid || condition.says_something(), Error::<T>::ConditionMissing);
        }
        SharingClass::NotShared => {
            let said = condition.says_something() && law.says_something();
            ensure!(unsaid || said, Error::<T>::ReasonMissing);
        }
    }
    Ok(())
}

/// §2.2.1 item 3: sharing and opening catalog agree. Whatever the public gets, departments get on no harder terms; and §4.3: what is
/// sensitive is made harmless before it is opened, which its condition says, and core data are not opened at all.
fn check_opening<T: Config>(content: &EntryContent) -> Result<(), Error<T>> {
    let EntryContent { opening, classification, items, .. } = content;
    let strictest = items.iter().map(|item| item.sharing).max().unwrap_or(content.sharing.class);
    ensure!(opening.class >= strictest, Error::<T>::OpeningLaxer);
    let conditional = opening.class == SharingClass::Conditional;
    ensure!(!conditional || opening.condition.says_something(), Error::<T>::ConditionMissing);
    let sensitive = content.holds_personal_data
        || classification.sensitivity >= LEVEL_SENSITIVE
        || items.iter().any(|item| item.level >= LEVEL_SENSITIVE);
    let at_most = match classification.grade {
        DataGrade::Core => SharingClass::NotShared,
        _ if sensitive => SharingClass::Conditional,
        _ => SharingClass::Unconditional,
    };
    ensure!(opening.class >= at_most, Error::<T>::OpeningSensitive);
    Ok(())
}

fn check_items<T: Config>(items: &[Item], sharing: SharingClass) -> Result<(), Error<T>> {
    ensure!(!items.is_empty(), Error::<T>::ItemsMissing);
    let mut codes = BTreeSet::new();
    for item in items {
        ensure!(item.name.says_something() && item.code.says_something(), Error::<T>::NameMissing);
        ensure!(item.level <= LEVEL_MAX, Error::<T>::LevelInvalid);
        ensure!(item.sharing >= sharing, Error::<T>::ItemLaxer);
        check_terms(item.sharing, &item.condition, &item.law, item.sharing > sharing)?;
        ensure!(codes.insert(&item.code), Error::<T>::ItemCodeRepeated);
        ensure!(item.source.is_none() || item.element.is_some(), Error::<T>::SourceUnexpected);
    }
    Ok(())
}

/// Digests of papers are there where the Regulation asks for the papers; that they are the papers' nobody can check here.
fn check_papers<T: Config>(content: &EntryContent) -> Result<(), Error<T>> {
    let assessments = &content.assessments;
    let assessed = is_paper(&assessments.secrecy) && assessments.assessed_on != 0;
    let personal = content.holds_personal_data || content.items.iter().any(|item| item.level >= LEVEL_SENSITIVE);
    let impact_assessed = assessments.personal_information.as_ref().map_or(!personal, is_paper);
    ensure!(assessed && impact_assessed, Error::<T>::AssessmentMissing);
    if let Some(quality) = content.quality {
        ensure!(is_paper(&quality.digest) && quality.evaluated_on != 0, Error::<T>::QualityIncomplete);
    }
    if let Some(restriction) = &content.restriction {
        ensure!(restriction.reason.says_something(), Error::<T>::WithoutReason);
        ensure!(restriction.consultation.is_given(), Error::<T>::ConsultationMissing);
    }
    Ok(())
}

/// Whether it is the digest of something; zeros stand for nothing.
fn is_paper(digest: &Digest32) -> bool {
    *digest != [0; 32]
}
