//! Which calls are events on which entry or grant: prefixes of what `route_by` names, the longest wins.

use crate::{
    error::MappingError,
    fields::{NAMES_OF_ROUTES, plain_kind},
    form::Form,
    scalar::Scalar,
};
use mulu_client::{import::draft::Reference, terms::LastIds};
use mulu_proofs::{
    access::Side,
    catalog::Method,
    ids::{DepartmentId, EntryId, GrantId, PurposeId, SystemId, Version},
};
use std::collections::BTreeSet;

/// Most routes.
const ROUTES_MAX: usize = 10_000;

/// What a route says of the calls under it; what it does not say is the mapping's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) prefix: String,
    pub(crate) to: Option<RouteTo>,
    pub(crate) items: Option<u64>,
    pub(crate) authorising_system: Option<SystemId>,
    pub(crate) using_system: Option<SystemId>,
    pub(crate) purpose: Option<PurposeId>,
    pub(crate) method: Option<Method>,
    pub(crate) side: Option<Side>,
    /// Place of the longest other prefix that this one begins with.
    within: Option<usize>,
}

/// What the calls are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteTo {
    Grant(GrantId, Version),
    /// The consumer is the mapping's where the route names none.
    Entry(EntryId, Version, Option<DepartmentId>),
}

/// Routes in the order of their prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routes(Vec<Route>);

impl Routes {
    /// Reads `route`.
    pub(crate) fn parse(form: Form<'_>, has_consumer: bool) -> Result<Self, MappingError> {
        let rows = form.tables("route")?;
        if rows.len() > ROUTES_MAX {
            return Err(form.wrong("route", format!("{} routes, the bound is {ROUTES_MAX}", rows.len())));
        }
        let known: Vec<&str> = ["prefix"].iter().chain(NAMES_OF_ROUTES).copied().collect();
        let mut routes = Vec::with_capacity(rows.len());
        let mut prefixes = BTreeSet::new();
        for (at, table) in rows {
            let form = Form::new(&at, table, &known)?;
            let route = Route::parse(form, has_consumer)?;
            if !prefixes.insert(route.prefix.clone()) {
                return Err(form.wrong("prefix", "two routes begin alike; which counts?"));
            }
            routes.push(route);
        }
        routes.sort_by(|one, other| one.prefix.cmp(&other.prefix));
        for place in 1..routes.len() {
            // Prefixes of this one stand before it; the nearest of them, or one that the nearest begins with.
            let mut before = Some(place - 1);
            while let Some(other) = before
                && !routes[place].prefix.starts_with(&routes[other].prefix)
            {
                before = routes[other].within;
            }
            routes[place].within = before;
        }
        Ok(Self(routes))
    }

    /// The route of a path: that with the longest prefix.
    pub(crate) fn of(&self, path: &str) -> Option<&Route> {
        let behind = self.0.partition_point(|route| route.prefix.as_str() <= path);
        let mut place = behind.checked_sub(1);
        while let Some(found) = place
            && !path.starts_with(&self.0[found].prefix)
        {
            place = self.0[found].within;
        }
        place.map(|place| &self.0[place])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Route {
    fn parse(form: Form<'_>, has_consumer: bool) -> Result<Self, MappingError> {
        let prefix = form.text("prefix")?.ok_or_else(|| form.wrong("prefix", "is missing: how the path begins"))?;
        let number = |key: &str| match form.get(key) {
            None => Ok(None),
            Some(value) => {
                let kind = plain_kind(key);
                let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
                let number = number.filter(|number| kind.takes(&number.to_string()));
                number.map(Some).ok_or_else(|| form.wrong(key, format!("takes {}", kind.words())))
            }
        };
        let id = |key: &str| number(key).map(|it| it.map(|it| it as u32));
        let small = |key: &str| number(key).map(|it| it.map(|it| it as u16));
        let to = Self::to(
            form,
            (id("grant")?, small("grant_version")?),
            (id("entry")?, small("entry_version")?),
            id("consumer")?,
        )?;
        if matches!(to, Some(RouteTo::Entry(.., None))) && !has_consumer {
            return Err(form
                .wrong("consumer", "an entry without a grant needs the consumer, here or as the mapping's own field"));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            to,
            items: form
                .get("items")
                .map(|value| {
                    items(value).ok_or_else(|| form.wrong("items", format!("takes {}", plain_kind("items").words())))
                })
                .transpose()?,
            authorising_system: id("authorising_system")?.map(SystemId::new),
            using_system: id("using_system")?.map(SystemId::new),
            purpose: small("purpose")?.map(PurposeId::new),
            method: word(form, "method")?,
            side: word(form, "side")?,
            within: None,
        })
    }

    fn to(
        form: Form<'_>,
        (grant, grant_version): (Option<u32>, Option<u16>),
        (entry, entry_version): (Option<u32>, Option<u16>),
        consumer: Option<u32>,
    ) -> Result<Option<RouteTo>, MappingError> {
        let version = |version: Option<u16>| Version::new(version.unwrap_or(1));
        let consumer = consumer.map(DepartmentId::new);
        match (grant, entry) {
            (Some(_), Some(_)) => Err(form.wrong("entry", "name a grant or an entry, not both")),
            (Some(_), None) if consumer.is_some() => Err(form.wrong("consumer", "the grant names the consumer")),
            (Some(_), None) if entry_version.is_some() => Err(form.wrong("entry_version", "the grant names the entry")),
            (None, _) if grant_version.is_some() => {
                Err(form.wrong("grant_version", "a version needs the grant that it is of"))
            }
            (None, None) if entry_version.is_some() => {
                Err(form.wrong("entry_version", "a version needs the entry that it is of"))
            }
            (None, None) if consumer.is_some() => {
                Err(form.wrong("consumer", "a consumer needs the entry that it used"))
            }
            (Some(grant), None) => Ok(Some(RouteTo::Grant(GrantId::new(grant), version(grant_version)))),
            (None, Some(entry)) => Ok(Some(RouteTo::Entry(EntryId::new(entry), version(entry_version), consumer))),
            (None, None) => Ok(None),
        }
    }

    /// What the route refers to. A consumer that is not known here is department 0.
    pub(crate) fn reference(&self) -> Option<Reference> {
        self.to.map(|to| match to {
            RouteTo::Grant(grant, version) => Reference::Grant(grant, version),
            RouteTo::Entry(entry, version, consumer) => Reference::Entry(entry, version, consumer.unwrap_or_default()),
        })
    }

    /// The highest ids that it names beside its reference.
    pub(crate) fn ids(&self) -> LastIds {
        let consumer = match self.to {
            Some(RouteTo::Entry(_, _, consumer)) => consumer,
            _ => None,
        };
        LastIds {
            department: consumer.unwrap_or_default(),
            system: self.authorising_system.max(self.using_system).unwrap_or_default(),
            purpose: self.purpose.unwrap_or_default(),
        }
    }
}

fn items(value: &toml::Value) -> Option<u64> {
    let places = value.as_array()?;
    places.iter().try_fold(0, |mask, place| {
        let place = place.as_integer().filter(|place| (0..64).contains(place))?;
        Some(mask | 1_u64 << place)
    })
}

fn word<T: for<'de> serde::Deserialize<'de>>(form: Form<'_>, key: &str) -> Result<Option<T>, MappingError> {
    let Some(text) = form.text(key)? else { return Ok(None) };
    let word = Scalar::text_of(text).word();
    word.map(Some).ok_or_else(|| form.wrong(key, format!("takes {}", plain_kind(key).words())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use proptest::prelude::*;

    fn routes(text: &str) -> Result<Routes, MappingError> {
        let table = text.parse().unwrap();
        Routes::parse(Form::new("", &table, &["route"]).unwrap(), false)
    }

    fn of_prefixes(prefixes: &BTreeSet<String>) -> Routes {
        let rows: Vec<_> = prefixes.iter().map(|prefix| format!("[[route]]\nprefix = {prefix:?}\ngrant = 1")).collect();
        routes(&rows.join("\n")).unwrap()
    }

    #[test]
    fn the_longest_prefix_wins() {
        let prefixes = ["/a/", "/a/b/", "/a/b/c", "/a/x", "/b"].map(str::to_owned).into();
        let routes = of_prefixes(&prefixes);
        for (path, prefix) in [
            ("/a/q", Some("/a/")),
            ("/a/b/z", Some("/a/b/")),
            ("/a/b/cc", Some("/a/b/c")),
            ("/a/w", Some("/a/")),
            ("/a/xyz", Some("/a/x")),
            ("/a", None),
            ("", None),
            ("/c", None),
            ("x/a/", None),
        ] {
            assert_eq!(routes.of(path).map(|route| route.prefix.as_str()), prefix, "{path}");
        }
    }

    proptest! {
        #[test]
        fn the_search_finds_what_looking_at_every_prefix_finds(
            prefixes in proptest::collection::btree_set("[/ab]{0,5}", 1..12),
            path in "[/abc]{0,8}",
        ) {
            let longest = prefixes.iter().filter(|prefix| path.starts_with(*prefix)).max_by_key(|prefix| prefix.len());
            let routes = of_prefixes(&prefixes);
            prop_assert_eq!(routes.of(&path).map(|route| &route.prefix), longest);
        }
    }

    #[test]
    fn a_route_says_what_its_calls_are() {
        let text = r#"
            [[route]]
            prefix = "/p/"
            grant = 3
            grant_version = 2
            items = [0, 2]
            authorising_system = 4
            using_system = 5
            purpose = 6
            method = "service_interface"
            side = "data_manager"
            [[route]]
            prefix = "/open/"
            entry = 7
            consumer = 8
        "#;
        let routes = routes(text).unwrap();
        let route = routes.of("/p/x").unwrap();
        assert_eq!(route.reference(), Some(Reference::Grant(GrantId::new(3), Version::new(2))));
        assert_eq!(
            (route.items, route.method, route.side),
            (Some(5), Some(Method::ServiceInterface), Some(Side::DataManager))
        );
        assert_eq!((route.ids().system, route.ids().purpose), (SystemId::new(5), PurposeId::new(6)));
        let open = routes.of("/open/").unwrap();
        assert_eq!(open.reference(), Some(Reference::Entry(EntryId::new(7), Version::new(1), DepartmentId::new(8))));
        assert_eq!(open.ids().department, DepartmentId::new(8));
    }

    #[test]
    fn each_mistake_of_a_route_names_its_key() {
        for (rest, told) in [
            ("prefix = 1", "route[0].prefix: takes text"),
            ("grant = 1", "route[0].prefix: is missing: how the path begins"),
            ("prefix = \"/\"\ngrant = -1", "route[0].grant: takes a whole number up to 4294967295"),
            ("prefix = \"/\"\ngrant = \"3\"", "route[0].grant: takes a whole number up to 4294967295"),
            ("prefix = \"/\"\ngrant = 1\nentry = 2", "route[0].entry: name a grant or an entry, not both"),
            ("prefix = \"/\"\ngrant = 1\nconsumer = 2", "route[0].consumer: the grant names the consumer"),
            ("prefix = \"/\"\ngrant = 1\nentry_version = 2", "route[0].entry_version: the grant names the entry"),
            ("prefix = \"/\"\ngrant_version = 2", "route[0].grant_version: a version needs the grant that it is of"),
            ("prefix = \"/\"\nentry_version = 2", "route[0].entry_version: a version needs the entry that it is of"),
            ("prefix = \"/\"\nconsumer = 2", "route[0].consumer: a consumer needs the entry that it used"),
            ("prefix = \"/\"\npurpose = 65536", "route[0].purpose: takes a whole number up to 65535"),
            ("prefix = \"/\"\nside = \"left\"", "route[0].side: takes one of provider, consumer, data_manager"),
            (
                "prefix = \"/\"\nitems = [64]",
                "route[0].items: takes places from 0 to 63, as a list or with commas between them",
            ),
        ] {
            assert_eq!(routes(&format!("[[route]]\n{rest}")).unwrap_err().to_string(), told);
        }
        let twice = "[[route]]\nprefix = \"/\"\n[[route]]\nprefix = \"/\"";
        assert!(routes(twice).unwrap_err().to_string().starts_with("route[1].prefix: two routes"));
        let nobody = routes("[[route]]\nprefix = \"/\"\nentry = 1").unwrap_err().to_string();
        assert!(nobody.starts_with("route[0].consumer: an entry without a grant"), "{nobody}");
        let many: String = (0..=ROUTES_MAX).map(|n| format!("[[route]]\nprefix = \"/{n}\"\n")).collect();
        assert!(routes(&many).unwrap_err().to_string().contains("10001 routes"));
    }
}
