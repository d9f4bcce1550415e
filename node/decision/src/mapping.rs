//! From a call as a gateway sees it to a question: the routes and consumers of a mapping file.
//!
//! The file is read whole and validated whole: a file with one mistake is not taken, and the one before stays in force.

mod consumers;
mod path;

pub use consumers::{Credentials, Shown};
pub use path::{Path, PathPattern};

use crate::question::{Question, Reason, Under};
use consumers::ConsumerRow;
use http::Method as Verb;
use mulu_proofs::{
    catalog::Method,
    ids::{DepartmentId, EntryId, GrantId, PurposeId, SystemId},
};
use serde::Deserialize;
use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{self, Read},
    path::{Path as FilePath, PathBuf},
};

/// Longest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most routes.
pub const ROUTES_MAX: usize = 10_000;
/// Most consumers.
pub const CONSUMERS_MAX: usize = 100_000;

/// Why a mapping file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It cannot be read.
    #[error(
        "{path} cannot be read; check that it exists, that the node's user may read it, and that it has at most {FILE_BYTES_MAX} bytes"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It says what cannot be meant.
    #[error("{path}: {what}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// The file, as typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    #[serde(default, rename = "route")]
    routes: Vec<RouteRow>,
    #[serde(default, rename = "consumer")]
    consumers: Vec<ConsumerRow>,
}

/// A route, as typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteRow {
    path: String,
    #[serde(default)]
    methods: Vec<String>,
    entry: Option<EntryId>,
    grant: Option<GrantId>,
    items: Vec<u8>,
    method: Method,
    purpose: Option<PurposeId>,
}

/// What calls of one form ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Paths of the form.
    pub pattern: PathPattern,
    /// HTTP methods of the form; none named are all.
    pub verbs: BTreeSet<String>,
    /// Grant or entry.
    pub under: Under,
    /// Items, as a mask.
    pub items: u64,
    /// Method of sharing.
    pub method: Method,
    /// Purpose.
    pub purpose: Option<PurposeId>,
}

/// A mapping in force.
#[derive(Debug, Default)]
pub struct Mapping {
    routes: Vec<Route>,
    /// Places of routes by their first segment, ascending.
    by_first: HashMap<String, Vec<usize>>,
    /// Places of routes that begin with any segment, ascending.
    by_any: Vec<usize>,
    consumers: Credentials,
}

/// Who calls: a department, and the system that it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Department.
    pub department: DepartmentId,
    /// System that uses the answer.
    pub system: Option<SystemId>,
}

impl Mapping {
    /// Reads and validates a file.
    ///
    /// # Errors
    /// [`MappingError`]: nothing of it is in force.
    pub fn read(path: &FilePath) -> Result<Self, MappingError> {
        let read = || {
            let mut text = String::new();
            File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
            if text.len() as u64 > FILE_BYTES_MAX { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
        };
        let text = read().map_err(|source| MappingError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|what| MappingError::Invalid { path: path.to_owned(), what })
    }

    /// Validates the text of a file.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: MappingFile = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.routes.len() > ROUTES_MAX || file.consumers.len() > CONSUMERS_MAX {
            return Err(format!("at most {ROUTES_MAX} routes and {CONSUMERS_MAX} consumers in one file"));
        }
        let mut mapping = Self { consumers: Credentials::new(file.consumers)?, ..Self::default() };
        for row in file.routes {
            let route = Route::validate(row)?;
            let place = mapping.routes.len();
            match route.pattern.first() {
                Some(first) => mapping.by_first.entry(first.to_owned()).or_default().push(place),
                None => mapping.by_any.push(place),
            }
            mapping.routes.push(route);
        }
        Ok(mapping)
    }

    /// The routes, in the file's order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Who is known, and by what.
    pub const fn consumers(&self) -> &Credentials {
        &self.consumers
    }

    /// The question that a call asks: of the first route in the file that fits.
    ///
    /// # Errors
    /// [`Reason::UnknownRoute`], [`Reason::UnknownConsumer`] or [`Reason::Malformed`].
    pub fn question(&self, verb: &Verb, target: &str, shown: &Shown<'_>) -> Result<Question, Reason> {
        let path = Path::read(target).ok_or(Reason::Malformed)?;
        let route = self.route(verb, &path).ok_or(Reason::UnknownRoute)?;
        let consumer = self.consumers.find(shown).ok_or(Reason::UnknownConsumer)?;
        Ok(route.question(consumer))
    }

    fn route(&self, verb: &Verb, path: &Path) -> Option<&Route> {
        let named = self.by_first.get(path.first()).map(Vec::as_slice).unwrap_or_default();
        let fits = |place: &&usize| self.routes[**place].fits(verb, path);
        let first = [named, &self.by_any].into_iter().filter_map(|places| places.iter().find(fits)).min()?;
        self.routes.get(*first)
    }
}

impl Route {
    fn validate(row: RouteRow) -> Result<Self, String> {
        let wrong = |what: &str| format!("route {:?}: {what}", row.path);
        let under = match (row.entry, row.grant) {
            (Some(entry), None) => Under::Entry(entry),
            (None, Some(grant)) => Under::Grant(grant),
            _ => return Err(wrong("name either an entry or a grant")),
        };
        if row.items.is_empty() {
            return Err(wrong("items names no item; list the places of the entry's items that are answered, from 0"));
        }
        let mut items = 0;
        for item in &row.items {
            let bit = 1u64.checked_shl((*item).into()).ok_or_else(|| wrong("items are places from 0 to 63"))?;
            items |= bit;
        }
        let pattern = PathPattern::parse(&row.path).map_err(|what| wrong(&what))?;
        let mut verbs = BTreeSet::new();
        for verb in &row.methods {
            let is_verb = !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_uppercase());
            if !is_verb {
                return Err(wrong("methods are those of HTTP in capitals, like \"GET\""));
            }
            verbs.insert(verb.clone());
        }
        Ok(Self { pattern, verbs, under, items, method: row.method, purpose: row.purpose })
    }

    fn fits(&self, verb: &Verb, path: &Path) -> bool {
        (self.verbs.is_empty() || self.verbs.contains(verb.as_str())) && self.pattern.fits(path)
    }

    /// What a consumer asks by this route.
    pub const fn question(&self, consumer: Consumer) -> Question {
        Question {
            under: self.under,
            consumer: consumer.department,
            items: self.items,
            method: self.method,
            purpose: self.purpose,
            using_system: consumer.system,
        }
    }
}

#[cfg(test)]
mod tests;
