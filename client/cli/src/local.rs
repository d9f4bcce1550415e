//! Moments as the people of a chain read them: in its own time with the offset, and in UTC beside it.

use mulu_proofs::{calendar::UtcOffset, ids::Moment};
use mulu_rpc_api::calendar::CalendarNow;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1_440 * MINUTE_MS;

/// The offsets of a chain.
#[derive(Clone, Debug, Default)]
pub struct LocalTime {
    /// Ascending by the day from which they count; UTC before the first.
    offsets: Vec<UtcOffset>,
}

impl LocalTime {
    /// That of the chain whose calendar this is.
    pub fn of(now: CalendarNow) -> Self {
        Self { offsets: now.offsets }
    }

    /// A moment: `2026-12-19T00:00:00+08:00 (2026-12-18T16:00:00Z)`.
    pub fn told(&self, moment: Moment) -> String {
        let utc = moment.utc();
        let minutes = self.minutes(moment);
        let shifted = i64::try_from(moment.get()).ok().and_then(|ms| ms.checked_add(minutes * MINUTE_MS));
        let local = shifted.and_then(|ms| u64::try_from(ms).ok()).map(|ms| Moment::new(ms).utc());
        // What no calendar has is told in milliseconds.
        match local.as_deref().and_then(|local| local.strip_suffix('Z')) {
            Some(local) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
                format!("{local}{sign}{hours:02}:{minutes:02} ({utc})")
            }
            None => utc,
        }
    }

    /// Minutes east of UTC at a moment.
    fn minutes(&self, moment: Moment) -> i64 {
        let has_begun = |offset: &&UtcOffset| {
            let begin = i64::from(offset.from.get()) * DAY_MS - i64::from(offset.minutes) * MINUTE_MS;
            u64::try_from(begin).unwrap_or(0) <= moment.get()
        };
        self.offsets.iter().rev().find(has_begun).map_or(0, |offset| i64::from(offset.minutes))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn local(offsets: &[(&str, i16)]) -> LocalTime {
        let offset = |(from, minutes): &(&str, i16)| UtcOffset { from: from.parse().unwrap(), minutes: *minutes };
        LocalTime { offsets: offsets.iter().map(offset).collect() }
    }

    #[test]
    fn a_moment_is_told_in_the_chains_time_and_in_utc() {
        // 2026-12-18T16:00:00Z
        let due = Moment::new(1_797_609_600_000);
        assert_eq!(local(&[("1970-01-01", 480)]).told(due), "2026-12-19T00:00:00+08:00 (2026-12-18T16:00:00Z)");
        assert_eq!(local(&[("1970-01-01", -210)]).told(due), "2026-12-18T12:30:00-03:30 (2026-12-18T16:00:00Z)");
        assert_eq!(local(&[]).told(due), "2026-12-18T16:00:00+00:00 (2026-12-18T16:00:00Z)");
    }

    #[test]
    fn an_offset_counts_from_the_local_midnight_of_its_day() {
        let local = local(&[("1970-01-01", 480), ("2026-12-20", 540)]);
        // The day of the new offset begins at 2026-12-19T15:00:00Z.
        assert!(local.told(Moment::new(1_797_692_399_000)).starts_with("2026-12-19T22:59:59+08:00"));
        assert!(local.told(Moment::new(1_797_692_400_000)).starts_with("2026-12-20T00:00:00+09:00"));
    }

    #[test]
    fn what_no_calendar_has_is_told_in_milliseconds() {
        assert_eq!(local(&[("1970-01-01", 480)]).told(Moment::new(u64::MAX)), format!("{} ms", u64::MAX));
    }
}
