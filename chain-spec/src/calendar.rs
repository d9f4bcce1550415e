//! The calendar with which a chain begins.

use crate::{error::ChainSpecError, spec::ChainType};
use mulu_proofs::calendar::{Calendar, Day, DayLength, Parameters, YearCalendar};
use serde::{Deserialize, Serialize};

/// Calendar, limits and length of a day; governance sets further years and other limits later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarData {
    /// Local offset, how days are counted, and limits that differ from the Regulation's.
    #[serde(default)]
    pub parameters: Parameters,
    /// Arrangements of years; the others have weekends alone.
    #[serde(default)]
    pub years: Vec<YearCalendar>,
    /// Another length than the civil day's on development chains only.
    #[serde(default)]
    pub day_length: DayLength,
}

impl CalendarData {
    /// The limits of the Regulation, and the years of the State Council's arrangement that are known (docs/calendar.md).
    pub fn of_state_council() -> Self {
        let years = [include_str!("../calendars/2025.json"), include_str!("../calendars/2026.json")];
        let read = |json| serde_json::from_str(json).expect("the files are read by a test");
        Self { years: years.map(read).into(), ..Self::default() }
    }

    /// What the calendar pallet would panic at.
    pub(crate) fn check(&self, chain_type: ChainType) -> Result<(), ChainSpecError> {
        if self.day_length != DayLength::Civil && chain_type != ChainType::Development {
            return Err(ChainSpecError::ShortDays);
        }
        self.parameters.check().map_err(ChainSpecError::Calendar)?;
        let mut calendar =
            Calendar::new(self.day_length, self.parameters.utc_offset_minutes).map_err(ChainSpecError::Calendar)?;
        for year in &self.years {
            if calendar.year(year.year).is_some() {
                return Err(ChainSpecError::YearRepeated { year: year.year });
            }
            calendar.set_year(year.clone(), Day::default()).map_err(ChainSpecError::Calendar)?;
        }
        Ok(())
    }
}
