//! Through a portal's packages in the order in which they were modified, while people go on modifying them.
//!
//! ```text
//! sort=metadata_modified, id   fq=metadata_modified:[T TO *]   start=0   ──> page; T = where it ends ──> the next page ──> …
//! ```
//!
//! Pages are never counted from the beginning: a package that is touched on the way moves behind the end and is met there, and pushes no
//! other one over the edge of a page. `start` moves only where one millisecond has more packages than a page.

use super::portal::{Found, Portal};
use crate::error::CatalogError;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a package stands in the order: when it was modified, in milliseconds since 1970, then its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// When.
    pub modified: i64,
    /// Id.
    pub id: String,
}

impl Place {
    /// The place of a package; none if it says not when it was modified, or not its id.
    ///
    /// Cut to milliseconds, which the portal's search index sorts by, though it shows more digits.
    pub fn of(package: &Value) -> Option<Self> {
        let id = package["id"].as_str()?.to_owned();
        Some(Self { modified: milliseconds(package["metadata_modified"].as_str()?)?, id })
    }

    /// The first place of a moment that is so much earlier.
    #[must_use]
    pub fn rewound(&self, milliseconds: i64) -> Self {
        Self { modified: self.modified.saturating_sub(milliseconds), id: String::new() }
    }

    fn since(&self) -> Option<String> {
        Some(format!("{:.3}", Timestamp::from_millisecond(self.modified).ok()?))
    }
}

fn milliseconds(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    // CKAN writes UTC without saying so.
    TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok().map(Timestamp::as_millisecond)
}

/// A walk.
#[derive(Debug)]
pub struct Walk {
    at: Option<Place>,
    start: usize,
    rows: usize,
}

impl Walk {
    /// Begins behind a place, or at the first package.
    pub const fn from(at: Option<Place>, rows: usize) -> Self {
        Self { at, start: 0, rows }
    }

    /// Where it stands.
    pub const fn place(&self) -> Option<&Place> {
        self.at.as_ref()
    }

    /// The next packages, ascending; none at the end.
    ///
    /// # Errors
    /// [`CatalogError`] if the portal does not answer, or not in the order that was asked for: then something would be left out.
    pub async fn next_page(&mut self, portal: &Portal) -> Result<Option<Vec<Value>>, CatalogError> {
        loop {
            let since = self.at.as_ref().and_then(Place::since);
            let found = portal.search(since.as_deref(), self.start, self.rows).await?;
            let (start, count, length) = (self.start, found.count, found.packages.len());
            let fresh =
                self.take(found).map_err(|why| CatalogError::form(format!("the search of {}", portal.host()), why))?;
            if !fresh.is_empty() {
                return Ok(Some(fresh));
            }
            if length == 0 || start + length >= count {
                return Ok(None);
            }
            self.start = start + length;
        }
    }

    /// Those of a page that stand behind the place, which moves with them.
    fn take(&mut self, found: Found) -> Result<Vec<Value>, String> {
        let mut last: Option<Place> = None;
        let mut fresh = Vec::with_capacity(found.packages.len());
        for package in found.packages {
            let place = Place::of(&package).ok_or("a package without id or metadata_modified")?;
            if last.as_ref().is_some_and(|last| *last >= place) {
                return Err("it is not sorted by metadata_modified and id, as was asked for".into());
            }
            if self.at.as_ref().is_none_or(|at| *at < place) {
                fresh.push(package);
            }
            last = Some(place);
        }
        if let Some(last) = last.filter(|_| !fresh.is_empty()) {
            // Within the same millisecond the next page lies behind this one; else it begins anew.
            let same = self.at.as_ref().is_some_and(|at| at.modified == last.modified);
            self.start = if same { self.start } else { 0 };
            self.at = Some(last);
        }
        Ok(fresh)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use serde_json::json;

    fn package(id: &str, modified: &str) -> Value {
        json!({ "id": id, "metadata_modified": modified })
    }

    #[test]
    fn a_place_is_cut_to_what_the_index_sorts_by() {
        let one = Place::of(&package("b", "2024-01-02T03:04:05.123999")).unwrap();
        let other = Place::of(&package("c", "2024-01-02T03:04:05.123000Z")).unwrap();
        assert_eq!(one.modified, other.modified);
        assert!(one < other);
        assert_eq!(one.since().unwrap(), "2024-01-02T03:04:05.123Z");
        assert_eq!(one.rewound(123).since().unwrap(), "2024-01-02T03:04:05.000Z");
        assert!(one.rewound(0) < one, "the whole millisecond lies behind it");
        assert_eq!(Place::of(&json!({ "id": "x" })), None);
        assert_eq!(Place::of(&package("x", "yesterday")), None);
    }

    #[test]
    fn an_order_that_would_leave_something_out_is_refused() {
        let mut walk = Walk::from(None, 10);
        let packages = vec![package("b", "2024-01-02T00:00:00"), package("a", "2024-01-01T00:00:00")];
        assert!(walk.take(Found { count: 2, packages }).unwrap_err().contains("not sorted"));
        let packages = vec![json!({ "id": "b" })];
        assert!(walk.take(Found { count: 1, packages }).unwrap_err().contains("without id"));
    }
}
