//! A catalog of another system, followed: what is new and changed lands, what is gone is told.
//!
//! The state is kept by the caller, after each step: a step that was not kept is done again and finds what it did on the ledger.

use crate::{
    ckan::{
        portal::{PACKAGES_MAX, Portal, ROWS_MAX},
        walk::{Place, Walk},
    },
    dataset::{self, Read},
    error::{CatalogError, Rejection},
    extras,
    landing::{Landed, Landing, Removed},
};
use mulu_client::import::{
    catalog::Publishers,
    ckan::{Mapped, shortened},
};
use mulu_proofs::{catalog::ResourceCode, text::Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How far a round begins before the place where the last one ended: a portal's search shows a change some moments after it was made.
const OVERLAP_MS: i64 = 5 * 60 * 1_000;
/// Most datasets that wait for people and are asked for again in each round.
const WAITING_MAX: usize = 10_000;
/// Up to so many datasets may vanish at once without anybody asking whether the source is broken.
const VANISHED_MIN: usize = 10;

/// A dataset that was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What the source calls it.
    pub name: String,
    /// The entry's code, which stays whatever the dataset is called later.
    pub code: ResourceCode,
    /// It is gone, and that was told.
    #[serde(default)]
    pub is_gone: bool,
}

/// How far a source was followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Where the walk stands.
    place: Option<Place>,
    /// Datasets by the source's id.
    known: BTreeMap<String, Known>,
    /// Ids of datasets that have to be asked for again.
    waiting: BTreeSet<String>,
    /// When everything was last compared, in seconds since 1970.
    #[serde(default)]
    reconciled: u64,
}

impl State {
    /// Reads what was kept.
    ///
    /// # Errors
    /// [`CatalogError::Form`] of other bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, CatalogError> {
        serde_json::from_slice(bytes)
            .map_err(|error| CatalogError::form("what was kept of the harvest", error.to_string()))
    }

    /// What is to be kept.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers with text keys")
    }

    /// Whether everything is to be compared again.
    pub const fn is_due(&self, now_seconds: u64, every_seconds: u64) -> bool {
        now_seconds.saturating_sub(self.reconciled) >= every_seconds
    }

    /// Datasets that are known and not gone.
    pub fn known(&self) -> usize {
        self.known.values().filter(|known| !known.is_gone).count()
    }

    /// Datasets that wait for people.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When the newest dataset that was met was modified, in milliseconds since 1970.
    pub fn reached(&self) -> Option<i64> {
        self.place.as_ref().map(|place| place.modified)
    }

    /// Which dataset has which code.
    fn holders(&self) -> BTreeMap<ResourceCode, String> {
        let held = self.known.iter().filter(|(_, known)| !known.is_gone);
        held.map(|(id, known)| (known.code.clone(), id.clone())).collect()
    }
}

/// What became of one dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Harvested {
    /// The source's id.
    pub id: String,
    /// The entry's code, if the dataset became one.
    pub code: Option<ResourceCode>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What a step did with a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is there.
    Landed(Landed),
    /// It is gone.
    Removed(Removed),
}

impl Outcome {
    /// One word for figures.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Landed(Landed::Submitted { is_update: false }) => "submitted",
            Self::Landed(Landed::Submitted { is_update: true }) => "updated",
            Self::Landed(Landed::Present) => "present",
            Self::Landed(Landed::Waits) | Self::Removed(Removed::Waits) => "waits",
            Self::Landed(Landed::Returned) => "returned",
            Self::Landed(Landed::Withdrawn) => "withdrawn",
            Self::Landed(Landed::Rejected(_)) | Self::Removed(Removed::Rejected(_)) => "rejected",
            Self::Removed(Removed::Told) => "removal_told",
            Self::Removed(Removed::Gone | Removed::ToldBefore) => "gone",
        }
    }

    /// Why it was rejected, if it was.
    pub const fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Landed(Landed::Rejected(rejection)) | Self::Removed(Removed::Rejected(rejection)) => Some(rejection),
            _ => None,
        }
    }
}

/// Follows one source.
pub struct Harvest<'a> {
    /// What the source is called in notices on the ledger.
    name: &'a str,
    landing: Landing<'a>,
    publishers: &'a Publishers,
}

/// A round through a portal.
pub struct Round {
    walk: Walk,
    has_begun: bool,
}

impl Round {
    /// From where the last one ended, and some moments before.
    pub fn begin(state: &State) -> Self {
        Self {
            walk: Walk::from(state.place.as_ref().map(|place| place.rewound(OVERLAP_MS)), ROWS_MAX),
            has_begun: false,
        }
    }
}

impl<'a> Harvest<'a> {
    /// Follows a source of this name for these publishers.
    pub const fn new(name: &'a str, landing: Landing<'a>, publishers: &'a Publishers) -> Self {
        Self { name, landing, publishers }
    }

    /// The next step of a round: first what waited, then page by page. None at the end. Keep the state after each.
    ///
    /// # Errors
    /// [`CatalogError`] if portal or node do not answer.
    pub async fn step(
        &self,
        portal: &Portal,
        state: &mut State,
        round: &mut Round,
    ) -> Result<Option<Vec<Harvested>>, CatalogError> {
        if !std::mem::replace(&mut round.has_begun, true) && !state.waiting.is_empty() {
            let ready = self.ready(state).await?;
            return Ok(Some(self.by_id(portal, state, &ready).await?));
        }
        let Some(packages) = round.walk.next_page(portal).await? else { return Ok(None) };
        let harvested = self.land(state, &packages).await?;
        // A round that began some moments earlier does not take the place back.
        let place = round.walk.place().cloned();
        state.place = state.place.take().max(place);
        Ok(Some(harvested))
    }

    /// Compares all names: what the walk has not met is asked for, what is gone is told. Each that seems gone is asked for once more, by its
    /// id: a list that is read while it changes proves nothing.
    ///
    /// # Errors
    /// [`CatalogError`] as [`Self::step`], and if more than half of what is known has vanished: then the portal is asked by people first.
    pub async fn reconcile(
        &self,
        portal: &Portal,
        state: &mut State,
        now_seconds: u64,
    ) -> Result<Vec<Harvested>, CatalogError> {
        let listed = portal.list().await?;
        let met: BTreeSet<&str> = state.known.values().map(|known| known.name.as_str()).collect();
        let unmet: Vec<String> =
            listed.iter().filter(|name| !met.contains(name.as_str())).take(ROWS_MAX).cloned().collect();
        let is_missing = |known: &Known| !known.is_gone && !listed.contains(&known.name);
        let missing: Vec<String> =
            state.known.iter().filter(|(_, known)| is_missing(known)).map(|(id, _)| id.clone()).collect();
        guard(&portal.host(), missing.len(), state.known())?;
        let mut harvested = self.by_id(portal, state, &unmet).await?;
        harvested.extend(self.by_id(portal, state, &missing).await?);
        state.reconciled = now_seconds;
        Ok(harvested)
    }

    /// Lands a whole catalog that was read from one document, and tells what is not in it any more.
    ///
    /// # Errors
    /// [`CatalogError`] if the node does not answer, or more than half of what is known has vanished.
    pub async fn document(&self, state: &mut State, datasets: Vec<Read>) -> Result<Vec<Harvested>, CatalogError> {
        // What does not map is there nevertheless.
        let there: BTreeSet<String> = datasets
            .iter()
            .map(|dataset| match dataset {
                Ok(mapped) => mapped.name.clone(),
                Err((name, _)) => name.clone(),
            })
            .collect();
        let missing: Vec<String> = state
            .known
            .iter()
            .filter(|(id, known)| !known.is_gone && !there.contains(*id))
            .map(|(id, _)| id.clone())
            .collect();
        guard(self.name, missing.len(), state.known())?;
        let rows = datasets.into_iter().map(|dataset| match dataset {
            Ok(mapped) => (mapped.name.clone(), Ok(mapped)),
            Err((name, rejection)) => (name, Err(rejection)),
        });
        let mut harvested = self.land_mapped(state, rows.collect()).await?;
        for id in missing {
            harvested.extend(self.removed(state, &id).await?);
        }
        Ok(harvested)
    }

    /// Of the datasets that wait, those whose entry is free for another version: the portal is not asked in vain.
    async fn ready(&self, state: &State) -> Result<Vec<String>, CatalogError> {
        let mut ready = Vec::new();
        for id in &state.waiting {
            let is_free = match state.known.get(id) {
                Some(known) => self.landing.is_free(&known.code).await?,
                None => true,
            };
            if is_free {
                ready.push(id.clone());
            }
            if ready.len() == ROWS_MAX {
                break;
            }
        }
        Ok(ready)
    }

    /// Asks for packages by id or name, and lands or tells what is found.
    async fn by_id(&self, portal: &Portal, state: &mut State, ids: &[String]) -> Result<Vec<Harvested>, CatalogError> {
        let mut packages = Vec::new();
        let mut harvested = Vec::new();
        for id in ids {
            match portal.show(id).await? {
                Some(package) => packages.push(package),
                None => {
                    state.waiting.remove(id);
                    harvested.extend(self.removed(state, id).await?);
                }
            }
        }
        harvested.extend(self.land(state, &packages).await?);
        Ok(harvested)
    }

    async fn land(&self, state: &mut State, packages: &[Value]) -> Result<Vec<Harvested>, CatalogError> {
        let publication = |organization: &str| self.publishers.publication_of(organization);
        let rows = packages.iter().map(|package| {
            let id = package["id"].as_str().unwrap_or_default().to_owned();
            let mapped = dataset::map(package, publication).map(|mut mapped| {
                // A dataset that got another name or category over there is the same entry here.
                if let Some(known) = state.known.get(&id).filter(|_| !dataset::names_code(package)) {
                    extras::set_code(&mut mapped.content, known.code.clone());
                }
                mapped
            });
            (id, mapped)
        });
        let rows = rows.collect();
        self.land_mapped(state, rows).await
    }

    async fn land_mapped(
        &self,
        state: &mut State,
        rows: Vec<(String, Result<Mapped, Rejection>)>,
    ) -> Result<Vec<Harvested>, CatalogError> {
        let mut landing = Vec::with_capacity(rows.len());
        let mut harvested = Vec::with_capacity(rows.len());
        let mut holders = state.holders();
        for (id, mapped) in rows {
            let mapped = mapped.and_then(|mapped| {
                let code = &mapped.content.code;
                // Two datasets with one code would take turns at being the newest version.
                if holders.entry(code.clone()).or_insert_with(|| id.clone()) != &id {
                    return Err(Rejection::new("duplicate_code", format!("another dataset has the code {code}")));
                }
                if state.known.len() >= PACKAGES_MAX && !state.known.contains_key(&id) {
                    return Err(Rejection::new("too_many", format!("a source has at most {PACKAGES_MAX} datasets")));
                }
                Ok(mapped)
            });
            match mapped {
                Ok(mapped) => landing.push((id, mapped)),
                Err(rejection) => {
                    state.waiting.remove(&id);
                    let outcome = Outcome::Landed(Landed::Rejected(rejection));
                    harvested.push(Harvested { id, code: None, outcome });
                }
            }
        }
        let (ids, mapped): (Vec<String>, Vec<Mapped>) = landing.into_iter().unzip();
        let outcomes = self.landing.land(&mapped).await?;
        for ((id, mapped), landed) in ids.into_iter().zip(mapped).zip(outcomes) {
            let code = mapped.content.code;
            if landed == Landed::Waits && state.waiting.len() < WAITING_MAX {
                state.waiting.insert(id.clone());
            } else {
                state.waiting.remove(&id);
            }
            if !matches!(landed, Landed::Rejected(_)) {
                let known = Known { name: mapped.name, code: code.clone(), is_gone: false };
                state.known.insert(id.clone(), known);
            }
            harvested.push(Harvested { id, code: Some(code), outcome: Outcome::Landed(landed) });
        }
        Ok(harvested)
    }

    async fn removed(&self, state: &mut State, id: &str) -> Result<Option<Harvested>, CatalogError> {
        let Some(known) = state.known.get_mut(id).filter(|known| !known.is_gone) else { return Ok(None) };
        let (basis, _): (Text<256>, bool) = shortened(&format!("the dataset is gone from the source {}", self.name));
        let removed = self.landing.remove(&known.code, &basis).await?;
        // What waits or was refused is told another time.
        known.is_gone = matches!(removed, Removed::Told | Removed::Gone | Removed::ToldBefore);
        let code = Some(known.code.clone());
        Ok(Some(Harvested { id: id.to_owned(), code, outcome: Outcome::Removed(removed) }))
    }
}

/// A source that lost more than half of its datasets at once is more likely broken than emptied.
fn guard(source: &str, missing: usize, known: usize) -> Result<(), CatalogError> {
    if missing > VANISHED_MIN && missing * 2 > known {
        let why = format!(
            "{missing} of {known} datasets that it had are not in it; if they were really removed, withdraw their entries and begin a new harvest"
        );
        return Err(CatalogError::form(format!("the catalog of {source}"), why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sample::text;

    #[test]
    fn the_state_is_what_was_kept() {
        let mut state = State::default();
        let known = Known { name: "trees".into(), code: text("399008/a1"), is_gone: false };
        state.known.insert("6a".into(), known.clone());
        state.waiting.insert("6a".into());
        state.place = Some(Place { modified: 7, id: "6a".into() });
        assert_eq!(State::read(&state.bytes()).unwrap(), state);
        assert!(matches!(State::read(b"{}x"), Err(CatalogError::Form { .. })));
        assert_eq!(state.holders(), BTreeMap::from([(text("399008/a1"), "6a".to_owned())]));
        state.known.insert("6a".into(), Known { is_gone: true, ..known });
        assert!(state.holders().is_empty(), "a code is free for whoever takes a dataset's place");
        assert_eq!((state.known(), state.waiting(), state.reached()), (0, 1, Some(7)));
    }

    #[test]
    fn everything_is_compared_now_and_then() {
        let state = State { reconciled: 1_000, ..State::default() };
        assert!(!state.is_due(1_059, 60) && state.is_due(1_060, 60));
        assert!(State::default().is_due(1_000_000, 86_400), "at first");
    }

    #[test]
    fn a_source_that_is_suddenly_empty_is_broken() {
        guard("x", 10, 10).unwrap();
        guard("x", 50, 100).unwrap();
        assert!(guard("x", 51, 100).unwrap_err().to_string().contains("51 of 100"));
        assert!(guard("x", 11, 11).is_err());
    }

    #[test]
    fn every_outcome_has_a_word_and_only_rejections_have_a_reason() {
        let rejection = Rejection::new("no_title", "why");
        let outcomes = [
            (Outcome::Landed(Landed::Submitted { is_update: false }), "submitted"),
            (Outcome::Landed(Landed::Submitted { is_update: true }), "updated"),
            (Outcome::Landed(Landed::Present), "present"),
            (Outcome::Landed(Landed::Waits), "waits"),
            (Outcome::Landed(Landed::Returned), "returned"),
            (Outcome::Landed(Landed::Withdrawn), "withdrawn"),
            (Outcome::Landed(Landed::Rejected(rejection.clone())), "rejected"),
            (Outcome::Removed(Removed::Told), "removal_told"),
            (Outcome::Removed(Removed::Gone), "gone"),
            (Outcome::Removed(Removed::ToldBefore), "gone"),
            (Outcome::Removed(Removed::Waits), "waits"),
            (Outcome::Removed(Removed::Rejected(rejection)), "rejected"),
        ];
        for (outcome, word) in outcomes {
            assert_eq!(outcome.word(), word);
            assert_eq!(outcome.rejection().is_some(), word == "rejected");
        }
    }
}
