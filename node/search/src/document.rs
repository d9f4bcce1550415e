//! What the index holds of an entry: pure, from its course and the content of the version that is shown.

use crate::{
    course::Course,
    facets::{Bits, Facet},
    words::{self, Word},
};
use mulu_proofs::{
    calendar::Day,
    catalog::{EntryContent, Method, ResourceCode},
    ids::{DepartmentId, EntryId, Version},
};
use mulu_rpc_api::search::Cycle;
use std::collections::BTreeSet;

/// What the index holds of an entry.
#[derive(Clone, Debug)]
pub struct Document {
    /// Permanent id.
    pub id: EntryId,
    /// The version that is shown.
    pub version: Version,
    /// Resource code.
    pub code: ResourceCode,
    /// Name.
    pub name: String,
    /// Provider department.
    pub provider: DepartmentId,
    /// Values of its facets.
    pub bits: Bits,
    /// Publication date; none where no version is in force.
    pub published_on: Day,
    /// Words of code and keywords that the name has not.
    pub close: Vec<String>,
    /// Words of the items' names and codes that stand in none of the above.
    pub items: Vec<String>,
    /// Words of summary, meanings and responsibility that stand in none of the above.
    pub about: Vec<String>,
}

impl Document {
    /// Of an entry whose shown version has this content.
    pub fn of(id: EntryId, version: Version, course: &Course, content: &EntryContent) -> Self {
        let mut seen: BTreeSet<String> =
            words::every(content.name.as_str()).into_iter().map(|word| word.text).collect();
        let mut fresh = |texts: Vec<&str>| {
            let words = texts.into_iter().flat_map(words::every).map(|Word { text, .. }| text);
            words.filter(|word| seen.insert(word.clone())).collect()
        };
        let close = content.keywords.iter().map(|keyword| keyword.as_str()).chain([content.code.as_str()]);
        let close = fresh(close.collect());
        let items = fresh(content.items.iter().flat_map(|item| [item.name.as_str(), item.code.as_str()]).collect());
        let responsibility = &content.responsibility;
        let about = content.items.iter().map(|item| item.meaning.as_str()).chain([
            content.summary.as_str(),
            responsibility.matter.as_str(),
            responsibility.information.as_str(),
            responsibility.standard.as_str(),
            responsibility.source.as_str(),
            responsibility.steward.as_str(),
        ]);
        let about = fresh(about.collect());
        Self {
            id,
            version,
            code: content.code.clone(),
            name: content.name.to_string(),
            provider: content.provider,
            bits: bits(course, content),
            published_on: Day::new(content.published_on).unwrap_or(Day::MAX),
            close,
            items,
            about,
        }
    }
}

fn bits(course: &Course, content: &EntryContent) -> Bits {
    let methods: Vec<Method> =
        crate::facets::all::<Method>().filter(|m| content.sharing.methods.contains(*m)).collect();
    // An entry of which nothing is in force has no date to count from.
    let cycle = Cycle::from(&content.update_cycle);
    Bits::default()
        .with(Facet::Class, &[content.classification.attribute])
        .with(Facet::Sharing, &[content.sharing.class])
        .with(Facet::Opening, &[content.opening.class])
        .with(Facet::Method, &methods)
        .with(Facet::Cycle, &[cycle])
        .with(Facet::State, &course.states())
        .with_counted(course.is_in_force())
}
