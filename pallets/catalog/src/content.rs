//! The rules of SPEC §2 that the content of a version keeps.

use crate::pallet::{Config, Error, Pallet};
use frame_support::ensure;
use mulu_proofs::{
    catalog::{EntryContent, Item, Methods, Opening, ResourceClass, Secrecy, Sharing, SharingClass},
    ids::Digest32,
};
use std::collections::BTreeSet;

/// Highest sensitivity of an entry and highest security level of an item.
const LEVEL_MAX: u8 = 4;
/// From this security level on, an item counts as personal or otherwise sensitive data, whose impact is assessed (art. 13).
const LEVEL_ASSESSED: u8 = 3;
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
        ensure!(!content.name.is_empty(), Error::<T>::NameMissing);
        ensure!(classification.sensitivity <= LEVEL_MAX, Error::<T>::LevelInvalid);
        check_sharing(&content.sharing)?;
        check_opening(&content.opening, content.sharing.class)?;
        check_items(&content.items, content.sharing.class)?;
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

fn check_sharing<T: Config>(sharing: &Sharing) -> Result<(), Error<T>> {
    let (condition, law) = (!sharing.condition.is_empty(), !sharing.law.is_empty());
    match sharing.class {
        SharingClass::Unconditional => ensure!(!condition && !law, Error::<T>::ConditionUnexpected),
        SharingClass::Conditional => {
            ensure!(condition, Error::<T>::ConditionMissing);
            ensure!(!law, Error::<T>::ConditionUnexpected);
        }
        SharingClass::NotShared => ensure!(condition && law, Error::<T>::ReasonMissing),
    }
    ensure!(sharing.methods.without(Methods::ALL).is_empty(), Error::<T>::MethodsInvalid);
    let shared = sharing.class != SharingClass::NotShared;
    ensure!(!shared || !sharing.methods.is_empty(), Error::<T>::MethodsMissing);
    Ok(())
}

/// §2.2.1 item 3: sharing and opening catalog agree. Whatever the public gets, departments get on no harder terms.
fn check_opening<T: Config>(opening: &Opening, sharing: SharingClass) -> Result<(), Error<T>> {
    ensure!(opening.class >= sharing, Error::<T>::OpeningLaxer);
    let conditional = opening.class == SharingClass::Conditional;
    ensure!(!conditional || !opening.condition.is_empty(), Error::<T>::ConditionMissing);
    Ok(())
}

fn check_items<T: Config>(items: &[Item], sharing: SharingClass) -> Result<(), Error<T>> {
    ensure!(!items.is_empty(), Error::<T>::ItemsMissing);
    let mut codes = BTreeSet::new();
    for item in items {
        ensure!(!item.name.is_empty() && !item.code.is_empty(), Error::<T>::NameMissing);
        ensure!(item.level <= LEVEL_MAX, Error::<T>::LevelInvalid);
        ensure!(item.sharing >= sharing, Error::<T>::ItemLaxer);
        ensure!(codes.insert(&item.code), Error::<T>::ItemCodeRepeated);
        ensure!(item.source.is_none() || item.element.is_some(), Error::<T>::SourceUnexpected);
    }
    Ok(())
}

/// Digests of papers are there where the Regulation asks for the papers; that they are the papers' nobody can check here.
fn check_papers<T: Config>(content: &EntryContent) -> Result<(), Error<T>> {
    let assessments = &content.assessments;
    let assessed = is_paper(&assessments.secrecy) && assessments.assessed_on != 0;
    let personal = content.holds_personal_data || content.items.iter().any(|item| item.level >= LEVEL_ASSESSED);
    let impact_assessed = assessments.personal_information.as_ref().map_or(!personal, is_paper);
    ensure!(assessed && impact_assessed, Error::<T>::AssessmentMissing);
    if let Some(quality) = content.quality {
        ensure!(is_paper(&quality.digest) && quality.evaluated_on != 0, Error::<T>::QualityIncomplete);
    }
    if let Some(restriction) = &content.restriction {
        ensure!(!restriction.reason.is_empty(), Error::<T>::WithoutReason);
        ensure!(restriction.consultation.is_given(), Error::<T>::ConsultationMissing);
    }
    Ok(())
}

/// Whether it is the digest of something; zeros stand for nothing.
fn is_paper(digest: &Digest32) -> bool {
    *digest != [0; 32]
}
