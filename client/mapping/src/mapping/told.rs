//! A mapping told: in words, and what of the ledger it names by itself.

use super::Mapping;
use crate::{
    expression::Expression,
    fields::name_of,
    lines::Lines,
    route::{Route, RouteTo},
};
use mulu_client::{import::draft::Reference, terms::LastIds};
use mulu_proofs::ids::{DepartmentId, EntryId, GrantId, PurposeId, SystemId, Version};
use serde::Serialize;
use std::collections::BTreeSet;

/// A mapping in words, for whoever checks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// The preset that it is or extends.
    pub preset: Option<String>,
    /// How lines of text are read.
    pub lines: Lines,
    /// Whether a field that no path reads is refused.
    pub is_strict: bool,
    /// Each field and where it comes from.
    pub fields: Vec<(String, String)>,
    /// Each prefix and what calls under it are on.
    pub routes: Vec<(String, String)>,
    /// How many rules say what is no call.
    pub skips: usize,
}

impl Mapping {
    /// The grants and entries that the mapping itself names; a consumer that it takes from records is department 0.
    pub fn references(&self) -> BTreeSet<Reference> {
        let fields = &self.fields;
        let mut references: BTreeSet<Reference> = self.routes.iter().filter_map(Route::reference).collect();
        let numbers = |field: &Option<Expression>| numbers(field.as_ref());
        let version = |field: &Option<Expression>| {
            let own = numbers(field).first().and_then(|number| u16::try_from(*number).ok());
            // A version that records name is any: the first is as good as another to look for.
            Version::new(own.unwrap_or(1))
        };
        let grants = numbers(&fields.grant).into_iter().map(GrantId::new);
        references.extend(grants.map(|grant| Reference::Grant(grant, version(&fields.grant_version))));
        let consumer = fields.consumer.as_ref().and_then(Expression::as_constant).and_then(|text| text.parse().ok());
        let consumer = DepartmentId::new(consumer.unwrap_or(0));
        let entries = numbers(&fields.entry).into_iter().map(EntryId::new);
        references.extend(entries.map(|entry| Reference::Entry(entry, version(&fields.entry_version), consumer)));
        references
    }

    /// The highest ids that the mapping itself names beside those.
    pub fn ids(&self) -> LastIds {
        let fields = &self.fields;
        let highest = |field: &Option<Expression>| numbers(field.as_ref()).into_iter().max().unwrap_or(0);
        let own = LastIds {
            department: DepartmentId::new(highest(&fields.consumer)),
            system: SystemId::new(highest(&fields.authorising_system).max(highest(&fields.using_system))),
            purpose: PurposeId::new(u16::try_from(highest(&fields.purpose)).unwrap_or(u16::MAX)),
        };
        self.routes.iter().fold(own, |ids, route| ids.max(route.ids()))
    }

    /// The mapping in words.
    pub fn describe(&self) -> Described {
        let plus = |name| self.fields.time_plus.as_ref().filter(|_| name == "time");
        let plus = |name| plus(name).map_or_else(String::new, |plus| format!(" + {}", plus.described()));
        let public = self.fields.named().map(|(name, field)| (name.to_owned(), field.described() + &plus(name)));
        let sealed = self.fields.sealed.iter().map(|sealed| {
            let digest = if sealed.is_digested { ", as digest" } else { "" };
            (format!("sealed.{}", name_of(sealed.field)), sealed.from.described() + digest)
        });
        let to = |route: &Route| match route.to {
            Some(RouteTo::Grant(grant, version)) => format!("grant {grant} version {version}"),
            Some(RouteTo::Entry(entry, version, None)) => format!("entry {entry} version {version}"),
            Some(RouteTo::Entry(entry, version, Some(consumer))) => {
                format!("entry {entry} version {version}, consumer {consumer}")
            }
            None => String::new(),
        };
        Described {
            preset: self.preset.clone(),
            lines: self.lines,
            is_strict: self.strict.is_some(),
            fields: public.chain(sealed).collect(),
            routes: self.routes.iter().map(|route| (route.prefix.clone(), to(route))).collect(),
            skips: self.skips.count(),
        }
    }
}

fn numbers(field: Option<&Expression>) -> Vec<u32> {
    field.into_iter().flat_map(Expression::own_values).filter_map(|text| text.parse().ok()).collect()
}
