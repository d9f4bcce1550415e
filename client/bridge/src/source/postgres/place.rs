//! Where the source stands in the table, and how far it may read while transactions are under way.

use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Behind the last row that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Of the configuration: another one reads the table from its beginning.
    pub generation: u32,
    /// Transaction that wrote the row; None where the table does not say.
    pub xid: Option<u64>,
    /// Number of the row.
    pub seq: i64,
}

impl Place {
    /// Before all rows.
    pub fn start(generation: u32, has_xid: bool) -> Self {
        Self { generation, xid: has_xid.then_some(0), seq: i64::MIN }
    }

    /// As it is kept.
    pub fn encode(self) -> Vec<u8> {
        serde_json::to_vec(&self).expect("numbers are JSON")
    }

    /// Where to go on.
    ///
    /// # Errors
    /// If the position is of another kind of source or way of reading.
    pub fn resume(kept: Option<&[u8]>, generation: u32, has_xid: bool) -> Result<Self, String> {
        let Some(kept) = kept else { return Ok(Self::start(generation, has_xid)) };
        let place: Self = serde_json::from_slice(kept)
            .map_err(|error| format!("the position kept for this source is none of PostgreSQL: {error}"))?;
        if place.generation != generation {
            return Ok(Self::start(generation, has_xid));
        }
        if place.xid.is_some() != has_xid {
            return Err("the table was read with another of `xid` and `settle` until now, and its rows are in another order by that; \
                to read the whole table again, raise postgres.generation"
                .to_owned());
        }
        Ok(place)
    }
}

/// Numbers that are old enough: what took a lower one has ended by now, or is given up.
///
/// For tables that do not say which transaction wrote a row. A transaction that stays open for longer than `settle` after it took its number
/// is passed over, and its row never read.
#[derive(Debug)]
pub struct Settling {
    settle: Duration,
    /// Highest number at a time, in order.
    seen: VecDeque<(Instant, i64)>,
}

impl Settling {
    /// With that delay.
    pub fn new(settle: Duration) -> Self {
        Self { settle, seen: VecDeque::new() }
    }

    /// The highest number that may be read now, after `highest` was seen in the table.
    pub fn settled(&mut self, now: Instant, highest: Option<i64>) -> Option<i64> {
        if let Some(highest) = highest
            && self.seen.back().is_none_or(|(_, last)| *last < highest)
        {
            self.seen.push_back((now, highest));
        }
        while self.seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= self.settle) {
            self.seen.pop_front();
        }
        self.seen.front().filter(|(at, _)| now.duration_since(*at) >= self.settle).map(|(_, highest)| *highest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let place = Place { generation: 1, xid: Some(1 << 40), seq: 7 };
        assert_eq!(place.encode(), br#"{"generation":1,"xid":1099511627776,"seq":7}"#);
        assert_eq!(Place::resume(Some(&place.encode()), 1, true).unwrap(), place);
        let other = Place { generation: 1, xid: None, seq: 7 };
        assert_eq!(Place::resume(Some(&other.encode()), 1, false).unwrap(), other);
    }

    #[test]
    fn without_a_position_or_with_another_generation_it_begins_before_all_rows() {
        assert_eq!(Place::resume(None, 0, true).unwrap(), Place { generation: 0, xid: Some(0), seq: i64::MIN });
        let kept = Place { generation: 1, xid: Some(5), seq: 7 }.encode();
        assert_eq!(Place::resume(Some(&kept), 2, false).unwrap(), Place { generation: 2, xid: None, seq: i64::MIN });
    }

    #[test]
    fn another_way_of_reading_is_not_taken_up_in_the_middle() {
        let kept = Place { generation: 0, xid: Some(5), seq: 7 }.encode();
        assert!(Place::resume(Some(&kept), 0, false).unwrap_err().contains("postgres.generation"));
        assert!(Place::resume(Some(b"{\"from\":1}"), 0, false).unwrap_err().contains("none of PostgreSQL"));
    }

    #[test]
    fn a_number_settles_after_its_delay_and_not_before() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut settling = Settling::new(Duration::from_secs(10));
        assert_eq!(settling.settled(at(0), None), None);
        assert_eq!(settling.settled(at(0), Some(5)), None);
        assert_eq!(settling.settled(at(4), Some(9)), None);
        assert_eq!(settling.settled(at(9), Some(9)), None);
        assert_eq!(settling.settled(at(10), Some(12)), Some(5));
        assert_eq!(settling.settled(at(13), Some(12)), Some(5));
        assert_eq!(settling.settled(at(14), Some(12)), Some(9));
        assert_eq!(settling.settled(at(60), None), Some(12));
        assert_eq!(settling.settled(at(61), Some(13)), Some(12));
    }

    #[test]
    fn a_table_that_was_emptied_settles_nothing_lower() {
        let start = Instant::now();
        let mut settling = Settling::new(Duration::from_secs(1));
        settling.settled(start, Some(9));
        assert_eq!(settling.settled(start + Duration::from_secs(2), Some(3)), Some(9));
    }

    #[test]
    fn what_is_remembered_stays_small() {
        let (start, mut settling) = (Instant::now(), Settling::new(Duration::from_secs(1)));
        for tick in 0..10_000 {
            settling.settled(start + Duration::from_millis(100 * tick), Some(i64::try_from(tick).unwrap()));
        }
        assert!(settling.seen.len() <= 12, "{}", settling.seen.len());
    }
}
