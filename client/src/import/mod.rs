//! Catalogs and access logs of existing platforms, read line by line into the ledger's own forms.
//!
//! The readers are pure: a line in, an entry or event out, or a reason from a closed list. Nothing is lost silently.
//!
//! ```text
//! catalog:  lines ── ckan ──> entries ── catalog ──> looked up by code, submitted, endorsed, reviewed, published
//! access:   lines ── combined_log + mapping, or event_line ──> drafts ── access ──> vault ── delivery ──> chain
//! ```

pub mod access;
pub mod catalog;
pub mod ckan;
pub mod combined_log;
pub mod delivery;
pub mod draft;
pub mod event_line;
pub mod learning;
mod lines;
pub mod mapping;

/// Days since 1970-01-01 of a civil date; `None` if there is no such day.
///
/// Howard Hinnant's `days_from_civil`, for years 0 to 9999.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(0..=9999).contains(&year) || !(1..=days).contains(&day) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::days_from_civil;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(days_from_civil(1970, 1, 1), Some(0));
        assert_eq!(days_from_civil(2000, 2, 29), Some(11_016));
        assert_eq!(days_from_civil(2026, 11, 24), Some(20_781));
        assert_eq!(days_from_civil(2025, 2, 29), None);
        assert_eq!(days_from_civil(2025, 13, 1), None);
    }
}
