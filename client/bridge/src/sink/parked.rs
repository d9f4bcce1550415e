//! Events that the other side refused and that were passed over: kept in the vault, told at the desk, sent again when somebody asks.
//!
//! The record itself is on the chain; what is kept is its number and why it was refused.

use super::Route;
use crate::error::BridgeError;
use mulu_proofs::ids::{Moment, RecordNumber};
use serde::{Deserialize, Serialize};

/// Most events that are parked; then the sink stops instead.
pub const PARKED_MAX: usize = 1_000;

/// A refused event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Its record.
    pub record: RecordNumber,
    /// The status with which it was refused.
    pub status: u16,
    /// When, by this machine's clock.
    pub moment: Moment,
}

/// What a sink has parked, ascending by record.
#[derive(Debug, Default)]
pub struct ParkedList(Vec<Parked>);

impl ParkedList {
    /// Reads what was parked.
    ///
    /// # Errors
    /// [`BridgeError`] if the vault fails or holds something else.
    pub async fn load(route: &Route<'_>) -> Result<Self, BridgeError> {
        let bytes = route.parts.positions.get(&key(&route.parts.name)).await?;
        let list = bytes.map_or(Ok(Vec::new()), |bytes| serde_json::from_slice(&bytes));
        let damaged = "the list of parked events in the vault does not read";
        let list = Self(list.map_err(|_| BridgeError::Sink { name: route.parts.name.clone(), why: damaged.into() })?);
        route.post.parked(&list.0);
        Ok(list)
    }

    /// The records, ascending.
    pub fn records(&self) -> Vec<RecordNumber> {
        self.0.iter().map(|parked| parked.record).collect()
    }

    /// Parks an event, before the sink's position passes it; false if there is no room.
    ///
    /// # Errors
    /// [`BridgeError`] if the vault fails.
    pub async fn add(&mut self, parked: Parked, route: &Route<'_>) -> Result<bool, BridgeError> {
        if !insert(&mut self.0, parked) {
            return Ok(false);
        }
        self.save(route).await?;
        Ok(true)
    }

    /// The other side has taken it.
    ///
    /// # Errors
    /// [`BridgeError`] if the vault fails.
    pub async fn remove(&mut self, record: RecordNumber, route: &Route<'_>) -> Result<(), BridgeError> {
        self.0.retain(|parked| parked.record != record);
        self.save(route).await
    }

    async fn save(&self, route: &Route<'_>) -> Result<(), BridgeError> {
        let bytes = serde_json::to_vec(&self.0).expect("numbers are JSON");
        route.parts.positions.put(&key(&route.parts.name), bytes).await?;
        route.post.parked(&self.0);
        Ok(())
    }
}

fn key(sink: &str) -> String {
    format!("sink/{sink}/parked")
}

/// An event that was parked before the position passed it comes again after a crash: it is parked once.
fn insert(list: &mut Vec<Parked>, parked: Parked) -> bool {
    match list.binary_search_by_key(&parked.record, |parked| parked.record) {
        Ok(place) => list[place] = parked,
        Err(_) if list.len() >= PARKED_MAX => return false,
        Err(place) => list.insert(place, parked),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parked(record: u64) -> Parked {
        Parked { record: RecordNumber::new(record), status: 422, moment: Moment::new(1) }
    }

    #[test]
    fn an_event_is_parked_once_and_in_order() {
        let mut list = Vec::new();
        for record in [7, 3, 7, 5] {
            assert!(insert(&mut list, parked(record)));
        }
        assert_eq!(list, [parked(3), parked(5), parked(7)]);
    }

    #[test]
    fn a_full_list_takes_only_what_it_has() {
        let mut list: Vec<Parked> = (1..=PARKED_MAX as u64).map(parked).collect();
        assert!(insert(&mut list, parked(4)) && !insert(&mut list, parked(PARKED_MAX as u64 + 1)));
        assert_eq!(list.len(), PARKED_MAX);
    }
}
