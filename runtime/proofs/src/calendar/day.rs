//! Days of the civil calendar as numbers, so that counting them needs no date library.

use codec::{Decode, DecodeWithMemTracking, Encode, Error, Input, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Days from 0000-03-01, where the years of the arithmetic begin, to 1970-01-01.
const DAYS_TO_1970: u32 = 719_468;
/// Days of 400 years.
const ERA_DAYS: u32 = 146_097;

/// A civil day: days since 1970-01-01, at most 9999-12-31. In JSON it is a text like `2025-10-01`.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Day(u32);

/// The text is no day from 1970-01-01 to 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day is written like 2025-10-01, from 1970-01-01 to 9999-12-31")]
pub struct DayError;

impl Day {
    /// 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// The day that many days after 1970-01-01.
    pub const fn new(days: u32) -> Option<Self> {
        if days <= Self::MAX.0 { Some(Self(days)) } else { None }
    }

    /// Days since 1970-01-01.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The day of a year, month and day of the month, if there is one.
    pub fn from_civil(year: u16, month: u8, day: u8) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Years that begin in March, so that the leap day is their last.
        let (months, years) = if month > 2 { (month - 3, u32::from(year)) } else { (month + 9, u32::from(year) - 1) };
        let (era, year_of_era) = (years / 400, years % 400);
        let day_of_year = (153 * u32::from(months) + 2) / 5 + u32::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let found = Self::new(era * ERA_DAYS + day_of_era - DAYS_TO_1970)?;
        // A 31st of April is the 1st of May.
        (found.civil() == (year, month, day)).then_some(found)
    }

    /// Year, month and day of the month.
    pub fn civil(self) -> (u16, u8, u8) {
        let days = self.0 + DAYS_TO_1970;
        let (era, day_of_era) = (days / ERA_DAYS, days % ERA_DAYS);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * months + 2) / 5 + 1;
        let month = if months < 10 { months + 3 } else { months - 9 };
        let year = era * 400 + year_of_era + u32::from(month <= 2);
        let narrow = "a day is at most 9999-12-31";
        (u16::try_from(year).expect(narrow), u8::try_from(month).expect(narrow), u8::try_from(day).expect(narrow))
    }

    /// Its year.
    pub fn year(self) -> u16 {
        self.civil().0
    }

    /// Whether it is a Saturday or Sunday.
    pub const fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday; Monday is 0.
        (self.0 + 3) % 7 >= 5
    }

    /// The day after; the last one has none and stays.
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The day before; the first one has none and stays.
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// So many days later, at most [`Self::MAX`].
    pub(super) const fn plus(self, days: u32) -> Self {
        match Self::new(self.0.saturating_add(days)) {
            Some(day) => day,
            None => Self::MAX,
        }
    }

    /// Mondays to Fridays from 1970-01-01 to this day, both counted.
    pub(super) fn weekdays(self) -> u32 {
        // Counted from Monday 1969-12-29, whose week has three weekdays before 1970.
        let days = self.0 + 4;
        days / 7 * 5 + (days % 7).min(5) - 3
    }
}

impl Decode for Day {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        Self::new(u32::decode(input)?).ok_or_else(|| "a day after 9999-12-31".into())
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl std::fmt::Debug for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let bytes = text.as_bytes();
        let is_form = bytes.len() == 10
            && bytes.iter().enumerate().all(|(place, byte)| match place {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !is_form {
            return Err(DayError);
        }
        let number = |from: usize, to: usize| text[from..to].parse::<u16>().map_err(|_| DayError);
        let small = |from: usize, to: usize| u8::try_from(number(from, to)?).map_err(|_| DayError);
        Self::from_civil(number(0, 4)?, small(5, 7)?, small(8, 10)?).ok_or(DayError)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
