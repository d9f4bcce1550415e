//! Elements of the catalog guide for which CKAN and DCAT-AP have no field of their own: pairs of a name and a text.
//!
//! The same names stand in a CKAN package's `extras` and, below [`NAMESPACE`], in a DCAT-AP dataset. What is given out with them and read
//! again is the same entry. Assessments and the reason of a restriction are never given out: they belong to the act that they were signed with.

use crate::{
    error::Rejection,
    values::{self, Word},
};
use mulu_proofs::{
    calendar::Day,
    catalog::{EntryContent, Item, List, Quality, ResourceCode, Responsibility, SharingClass},
    text::Text,
};
use serde::{Serialize, de::DeserializeOwned};

/// Namespace of the names in DCAT-AP.
pub const NAMESPACE: &str = "urn:mulu:catalog#";

/// Names that other portals use too, with values of their own: what is not ours in them is passed over.
const SHARED_NAMES: [&str; 3] = ["identifier", "frequency", "issued"];

/// The pairs of an entry, in a fixed order.
pub fn of(content: &EntryContent) -> Vec<(&'static str, String)> {
    let EntryContent { sharing, opening, classification, .. } = content;
    let mut pairs = vec![
        ("identifier", content.code.to_string()),
        ("frequency", values::cycle_text(&content.update_cycle)),
        ("issued", Day::new(content.published_on).map_or_else(String::new, |day| day.to_string())),
        ("share_type", values::word_of(&values::SHARING, sharing.class).english.to_owned()),
        ("share_condition", sharing.condition.to_string()),
        ("share_law", sharing.law.to_string()),
        ("share_method", values::methods_text(sharing.methods)),
        ("open_type", values::word_of(&values::SHARING, opening.class).english.to_owned()),
        ("open_condition", opening.condition.to_string()),
        ("data_kind", values::word_of(&values::DATA_KINDS, classification.data_kind).english.to_owned()),
        ("data_grade", values::word_of(&values::GRADES, classification.grade).english.to_owned()),
        ("sensitivity", classification.sensitivity.to_string()),
        ("format_class", values::word_of(&values::FORMATS, content.format.class).english.to_owned()),
        ("format_name", content.format.name.to_string()),
        ("flow_threshold", content.flow_threshold.to_string()),
        ("personal_data", content.holds_personal_data.to_string()),
        ("mulu_name", content.name.to_string()),
        ("mulu_summary", content.summary.to_string()),
        ("mulu_keywords", json(&content.keywords)),
        ("mulu_related", json(&content.related)),
        ("mulu_items", json(&content.items)),
        ("mulu_responsibility", json(&content.responsibility)),
    ];
    if let Some(quality) = &content.quality {
        pairs.push(("mulu_quality", json(quality)));
    }
    // An empty text says nothing, and CKAN refuses it. A reader takes what is missing as empty.
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

/// Puts what pairs say into an entry that was mapped without them. Names of others are passed over.
///
/// # Errors
/// [`Rejection`] `bad_element` of a value of ours that does not read: what decides who may have the data is never guessed.
pub fn apply<'a>(
    content: &mut EntryContent,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Rejection> {
    let pairs: Vec<(&str, &str)> = pairs.into_iter().collect();
    if pairs.iter().any(|(name, _)| *name == "share_type") {
        // The class and its terms are one: terms that the mapping made up do not stay beside another class.
        content.sharing.condition = Text::default();
        content.sharing.law = Text::default();
    }
    if pairs.iter().any(|(name, _)| *name == "open_type") {
        content.opening.condition = Text::default();
    }
    let says_items = pairs.iter().any(|(name, _)| *name == "mulu_items");
    for (name, value) in pairs {
        set(content, name, value).map_err(|why| Rejection::new("bad_element", format!("{name}: {why}")))?;
    }
    if !says_items {
        // Items that stand for a portal's files are shared as the entry is.
        let strictest = content.sharing.class;
        content.items.iter_mut().for_each(|item| item.sharing = item.sharing.max(strictest));
    }
    // §2.2.1 item 3: never opened more freely than shared; a portal's own words may say so nevertheless.
    let strictest = content.items.iter().map(|item| item.sharing).max().unwrap_or(content.sharing.class);
    if content.opening.class < strictest {
        content.opening.class = SharingClass::NotShared;
        content.opening.condition = Text::default();
    }
    Ok(())
}

fn set(content: &mut EntryContent, name: &str, value: &str) -> Result<(), String> {
    let EntryContent { sharing, opening, classification, responsibility, .. } = content;
    match name {
        name if SHARED_NAMES.contains(&name) => set_shared(content, name, value),
        "share_type" => sharing.class = choice(&values::SHARING, value)?,
        "share_condition" => sharing.condition = values::text(value)?,
        "share_law" => sharing.law = values::text(value)?,
        "share_method" => {
            sharing.methods = values::methods(value).map_err(|_| "a word of it is no method".to_owned())?
        }
        "open_type" => opening.class = choice(&values::SHARING, value)?,
        "open_condition" => opening.condition = values::text(value)?,
        "data_kind" => classification.data_kind = choice(&values::DATA_KINDS, value)?,
        "data_grade" => classification.grade = choice(&values::GRADES, value)?,
        "sensitivity" => classification.sensitivity = number(value)?,
        "format_class" => content.format.class = choice(&values::FORMATS, value)?,
        "format_name" => content.format.name = values::text(value)?,
        "flow_threshold" => content.flow_threshold = number(value)?,
        "personal_data" => content.holds_personal_data = values::is_yes(value).ok_or("it is neither yes nor no")?,
        "mulu_name" => content.name = exact(value)?,
        "mulu_summary" => content.summary = exact(value)?,
        "mulu_keywords" => content.keywords = list(value)?,
        "mulu_related" => content.related = list(value)?,
        "mulu_items" => content.items = list::<Item, _>(value)?,
        "mulu_responsibility" => *responsibility = read::<Responsibility>(value)?,
        "mulu_quality" => content.quality = Some(read::<Quality>(value)?),
        _ => {}
    }
    Ok(())
}

fn set_shared(content: &mut EntryContent, name: &str, value: &str) {
    let value = value.trim();
    match name {
        "identifier" if values::is_resource_code(value) => {
            set_code(content, values::text(value).expect("a resource code has at most 64 bytes"));
        }
        "frequency" if !value.is_empty() => content.update_cycle = values::cycle(value),
        "issued" => {
            let day = value.get(..10).and_then(|day| day.parse::<Day>().ok());
            content.published_on = day.map_or(content.published_on, Day::get);
        }
        _ => {}
    }
}

/// Gives an entry another code, and with it the class that the code's first digit says.
pub(crate) fn set_code(content: &mut EntryContent, code: ResourceCode) {
    let class = code.as_str().get(..1).and_then(|digit| values::read(&values::ATTRIBUTES, digit));
    content.classification.attribute = class.unwrap_or(content.classification.attribute);
    content.code = code;
}

fn choice<T: Copy>(list: &'static [Word<T>], value: &str) -> Result<T, String> {
    values::read(list, value).ok_or_else(|| format!("choose one of {}", values::choices(list)))
}

fn number<T: std::str::FromStr>(value: &str) -> Result<T, String> {
    value.trim().parse().map_err(|_| "it is no number of its range".to_owned())
}

/// A text of which not even a blank is lost.
fn exact<const N: u32>(value: &str) -> Result<Text<N>, String> {
    Text::new(value).map_err(|error| error.to_string())
}

fn list<T: DeserializeOwned, const N: u32>(value: &str) -> Result<List<T, N>, String> {
    let read = read::<Vec<T>>(value)?;
    let count = read.len();
    List::try_from(read).map_err(|_| format!("the list has {count}, the bound is {N}"))
}

fn read<T: DeserializeOwned>(value: &str) -> Result<T, String> {
    // The parser's own words may repeat what stands there; its place does not.
    serde_json::from_str(value)
        .map_err(|error| format!("column {} is not of the form of docs/client.md", error.column()))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("content has text keys and no map that fails")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sample::{anybody, content};
    use mulu_client::import::ckan;
    use mulu_proofs::catalog::{Methods, UpdateCycle};

    fn bare() -> EntryContent {
        ckan::map_dataset(&serde_json::json!({ "name": "x", "title": "T", "organization": "O" }), anybody)
            .unwrap()
            .content
    }

    fn applied(pairs: &[(&str, &str)]) -> Result<EntryContent, Rejection> {
        let mut content = bare();
        apply(&mut content, pairs.iter().copied()).map(|()| content)
    }

    #[test]
    fn what_is_written_makes_the_same_entry_of_a_bare_one() {
        let expected = content();
        let pairs = of(&expected);
        let mut read = bare();
        apply(&mut read, pairs.iter().map(|(name, value)| (*name, value.as_str()))).unwrap();
        assert_eq!(read, expected);
    }

    #[test]
    fn assessments_and_restrictions_are_never_given_out() {
        let pairs = of(&content());
        let secrecy = hex::encode(content().assessments.secrecy);
        assert!(pairs.iter().all(|(name, value)| !value.contains(&secrecy) && !name.contains("restriction")));
    }

    #[test]
    fn names_that_others_use_with_other_values_are_passed_over() {
        let read =
            applied(&[("identifier", "doi:10.5/x"), ("issued", "last year"), ("frequency", ""), ("theme", "env")])
                .unwrap();
        assert_eq!(read, bare());
        let read =
            applied(&[("frequency", "http://publications.europa.eu/resource/authority/frequency/WEEKLY")]).unwrap();
        assert_eq!(read.update_cycle, UpdateCycle::Weekly);
        let read = applied(&[("issued", "2024-02-03T00:00:00")]).unwrap();
        assert_eq!(Day::new(read.published_on).unwrap().to_string(), "2024-02-03");
    }

    #[test]
    fn who_may_have_the_data_is_never_guessed() {
        for (name, value) in [
            ("share_type", "probably"),
            ("share_method", "post"),
            ("open_type", ""),
            ("sensitivity", "300"),
            ("personal_data", "maybe"),
            ("mulu_items", "[{}]"),
            ("mulu_items", "nothing"),
            ("mulu_keywords", &serde_json::to_string(&vec!["k"; 17]).unwrap()),
            ("share_condition", &"x".repeat(513)),
        ] {
            let refused = applied(&[(name, value)]).unwrap_err();
            assert_eq!(refused.reason, "bad_element");
            assert!(refused.detail.starts_with(name), "{}", refused.detail);
        }
    }

    #[test]
    fn what_is_shared_less_freely_is_never_opened_more_freely() {
        let read =
            applied(&[("share_type", "有条件"), ("share_condition", "for audits"), ("share_method", "库表")]).unwrap();
        assert_eq!(read.items[0].sharing, SharingClass::Conditional);
        assert_eq!(read.opening.class, SharingClass::NotShared);
        assert_eq!(read.sharing.methods, Methods(1));
    }

    #[test]
    fn a_refusal_repeats_nothing_of_the_value() {
        let refused = applied(&[("mulu_responsibility", r#"{"matter": 13800138000}"#)]).unwrap_err();
        assert!(!refused.detail.contains("13800138000"), "{}", refused.detail);
    }
}
