//! Deadlines: what runs in working days, for how long, and when it is due.
//!
//! A deadline keeps the day after which it counts, its working days and the working days that it stood still. When it is due
//! follows from these and the calendar, so that a change of the calendar rewrites no deadline, and *overdue* is a function of the
//! time alone.

use super::{Calendar, CalendarError, Day, check_offset};
use crate::{
    catalog::List,
    ids::{DeadlineId, DepartmentId, Moment},
    records::Subject,
};

/// Most working days of a term, and of its extension.
pub const WORKING_DAYS_MAX: u16 = 1_000;
/// Fewest days for which a grant that is over is kept: three years (art. 29), with their leap day.
pub const FINISHED_KEPT_DAYS_MIN: u16 = 3 * 365 + 1;
/// Most days for which it is kept, about ten years.
pub const FINISHED_KEPT_DAYS_MAX: u16 = 3_660;
/// Most days for which reports of a day are waited for before they are late.
pub const LATENESS_DAYS_MAX: u16 = 30;
/// Room for the limits of every kind.
const LIMITS_MAX: u32 = 64;

ledger_types! {
    /// What a deadline is for. Codes are never reused.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub enum DeadlineKind {
        /// Reply to a request for what is shared unconditionally (art. 21).
        #[codec(index = 0)]
        RequestReplyUnconditional,
        /// Reply to a request for what is shared under conditions (art. 21).
        #[codec(index = 1)]
        RequestReplyConditional,
        /// Provisioning of what was agreed (art. 22).
        #[codec(index = 2)]
        Provisioning,
        /// First review of an entry by the authority: no limit in the Regulation (art. 16), a governed one.
        #[codec(index = 3)]
        CatalogReview,
        /// Update of an entry after its law or duty has changed (art. 17).
        #[codec(index = 4)]
        CatalogUpdate,
        /// Review of such an update by the authority (art. 17).
        #[codec(index = 5)]
        CatalogUpdateReview,
        /// Answer to a report of wrong data (art. 26).
        #[codec(index = 6)]
        CorrectionReply,
        /// Rectification after a suspension (art. 27); the order may set a shorter term.
        #[codec(index = 7)]
        Rectification,
        /// Second signature of a signing role: governed.
        #[codec(index = 8)]
        RoleConfirmation,
        /// Answer to a claim, before anybody brings the dispute before an authority (art. 28): no limit there, a governed one.
        #[codec(index = 9)]
        DisputeNegotiation,
        /// Decision of a dispute by the authority (art. 28): no limit there, a governed one.
        #[codec(index = 10)]
        DisputeDecision,
        /// Within which a party may have the government decide instead (art. 28): no limit there, a governed one.
        #[codec(index = 11)]
        DisputeAppeal,
    }

    /// How long deadlines of a kind run.
    #[derive(Copy)]
    pub struct Limit {
        /// Which kind.
        pub kind: DeadlineKind,
        /// Working days.
        pub working_days: u16,
        /// Working days by which they may be extended in all.
        pub extension: u16,
    }

    /// What governance sets beside the calendar: body of [`crate::records::RecordKind::ParametersSet`].
    #[serde(deny_unknown_fields)]
    pub struct Parameters {
        /// Minutes east of UTC, from the day after enactment on.
        pub utc_offset_minutes: i16,
        /// Whether the day on which a deadline starts is its first day.
        pub day_zero_counts: bool,
        /// Whether the clock of a request stands still while its papers are supplemented.
        pub pauses_for_supplement: bool,
        /// How many days of 24 hours a grant that is over stays in the state, where events that are reported late are still judged by it.
        pub finished_kept_days: u16,
        /// For how many days after its local day an event may still be reported before it is late.
        pub lateness_days: u16,
        /// Limits that differ from [`DeadlineKind::statutory`], strictly ascending by kind.
        #[serde(deserialize_with = "crate::list::read")]
        pub limits: List<Limit, LIMITS_MAX>,
    }

    /// A deadline that runs or stands still.
    #[derive(Copy)]
    pub struct Deadline {
        /// What it is for.
        pub kind: DeadlineKind,
        /// On what.
        pub subject: Subject,
        /// Who has to act.
        pub responsible: DepartmentId,
        /// The day after which days count.
        pub counted_from: Day,
        /// Working days, extensions included.
        pub working_days: u16,
        /// How many of them are extensions.
        pub extended: u16,
        /// Working days on which it stood still.
        pub paused_days: u16,
        /// First day of the pause, while it stands still.
        pub paused_since: Option<Day>,
    }

    /// When a deadline is due.
    #[derive(Copy)]
    pub struct Due {
        /// Last day in time.
        pub day: Day,
        /// First moment at which it is overdue: the end of that day.
        pub moment: Moment,
        /// Whether a year without calendar was counted by its weekends alone.
        pub weekends_only: bool,
    }

    /// Body of [`crate::records::RecordKind::DeadlineStarted`].
    pub struct DeadlineStarted {
        /// Its permanent id.
        pub id: DeadlineId,
        /// The deadline.
        pub deadline: Deadline,
        /// When it is due.
        pub due: Due,
    }

    /// Body of [`crate::records::RecordKind::DeadlinePaused`].
    pub struct DeadlinePaused {
        /// Which.
        pub id: DeadlineId,
        /// First day on which it stands still.
        pub since: Day,
    }

    /// Body of [`crate::records::RecordKind::DeadlineResumed`].
    pub struct DeadlineResumed {
        /// Which.
        pub id: DeadlineId,
        /// First day on which it runs again.
        pub on: Day,
        /// Working days on which it stood still, in all.
        pub paused_days: u16,
        /// When it is due now.
        pub due: Due,
    }

    /// Body of [`crate::records::RecordKind::DeadlineExtended`].
    pub struct DeadlineExtended {
        /// Which.
        pub id: DeadlineId,
        /// By how many working days.
        pub working_days: u16,
        /// When it is due now; not known while it stands still.
        pub due: Option<Due>,
    }

    /// How a deadline ended. Codes are never reused.
    #[derive(Copy)]
    pub enum DeadlineEnd {
        /// Its time had ended before anybody acted, or before it became needless.
        #[codec(index = 0)]
        Missed,
        /// What it was for was done in time.
        #[codec(index = 1)]
        Met,
        /// Nobody has to act any more, and nobody did: what it was about was withdrawn, has ended, or is owed otherwise.
        #[codec(index = 2)]
        Needless,
    }

    /// Body of [`crate::records::RecordKind::DeadlineStopped`].
    pub struct DeadlineStopped {
        /// Which.
        pub id: DeadlineId,
        /// What it was for.
        pub kind: DeadlineKind,
        /// How it ended.
        pub end: DeadlineEnd,
        /// When it was due; not known if it stood still.
        pub due: Option<Due>,
    }

    /// Body of [`crate::records::RecordKind::DeadlineOverdue`]. The record may lag behind the moment at which it was due.
    pub struct DeadlineOverdue {
        /// Which.
        pub id: DeadlineId,
        /// What it is for.
        pub kind: DeadlineKind,
        /// When it was due.
        pub due: Due,
    }

    /// Body of [`crate::records::RecordKind::DeadlineRecomputed`]: the calendar has changed.
    pub struct DeadlineRecomputed {
        /// Which.
        pub id: DeadlineId,
        /// Day on which it was due before.
        pub before: Day,
        /// When it is due now.
        pub after: Due,
    }
}

impl DeadlineKind {
    /// Every kind, ascending.
    pub const ALL: &[Self] = &[
        Self::RequestReplyUnconditional,
        Self::RequestReplyConditional,
        Self::Provisioning,
        Self::CatalogReview,
        Self::CatalogUpdate,
        Self::CatalogUpdateReview,
        Self::CorrectionReply,
        Self::Rectification,
        Self::RoleConfirmation,
        Self::DisputeNegotiation,
        Self::DisputeDecision,
        Self::DisputeAppeal,
    ];

    /// The limit of the Regulation; where it has none, the one with which chains begin.
    pub const fn statutory(self) -> Limit {
        let (working_days, extension) = match self {
            Self::RequestReplyUnconditional => (1, 0),
            Self::RequestReplyConditional => (10, 10),
            Self::Provisioning => (20, 0),
            Self::CatalogReview => (10, 0),
            Self::CatalogUpdate => (10, 5),
            Self::CatalogUpdateReview => (2, 0),
            Self::CorrectionReply => (10, 0),
            Self::Rectification => (20, 0),
            Self::RoleConfirmation => (5, 0),
            Self::DisputeNegotiation => (10, 0),
            Self::DisputeDecision => (20, 0),
            Self::DisputeAppeal => (10, 0),
        };
        Limit { kind: self, working_days, extension }
    }
}

impl Default for Parameters {
    /// China's standard time; the day of the start does not count; requests wait while papers are supplemented; grants that are over are
    /// kept for the three years of art. 29 and a month more, for what is reported late; a bridge that was down over a holiday is not late.
    fn default() -> Self {
        Self {
            utc_offset_minutes: 480,
            day_zero_counts: false,
            pauses_for_supplement: true,
            finished_kept_days: 3 * 366 + 30,
            lateness_days: 7,
            limits: List::default(),
        }
    }
}

impl Parameters {
    /// The limit of a kind.
    pub fn limit(&self, kind: DeadlineKind) -> Limit {
        self.limits.iter().copied().find(|limit| limit.kind == kind).unwrap_or_else(|| kind.statutory())
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`CalendarError`], the first rule that they break.
    pub fn check(&self) -> Result<(), CalendarError> {
        check_offset(self.utc_offset_minutes)?;
        let days = self.finished_kept_days;
        if !(FINISHED_KEPT_DAYS_MIN..=FINISHED_KEPT_DAYS_MAX).contains(&days) {
            return Err(CalendarError::FinishedKept { days });
        }
        let days = self.lateness_days;
        if !(1..=LATENESS_DAYS_MAX).contains(&days) {
            return Err(CalendarError::Lateness { days });
        }
        if let Some(pair) = self.limits.windows(2).find(|pair| pair[0].kind >= pair[1].kind) {
            return Err(CalendarError::LimitsNotAscending { kind: pair[1].kind });
        }
        let broken = self
            .limits
            .iter()
            .find(|limit| !(1..=WORKING_DAYS_MAX).contains(&limit.working_days) || limit.extension > WORKING_DAYS_MAX);
        broken.map_or(Ok(()), |limit| Err(CalendarError::Limit { kind: limit.kind }))
    }
}

impl Deadline {
    /// A deadline that starts `today`.
    pub fn start(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
        today: Day,
        day_zero_counts: bool,
    ) -> Self {
        Self {
            kind,
            subject,
            responsible,
            counted_from: if day_zero_counts { today.previous() } else { today },
            working_days,
            extended: 0,
            paused_days: 0,
            paused_since: None,
        }
    }

    /// When it is due; unknown while it stands still.
    pub fn due(&self, calendar: &Calendar) -> Option<Due> {
        if self.paused_since.is_some() {
            return None;
        }
        let days = u32::from(self.working_days) + u32::from(self.paused_days);
        let counted = calendar.add_working_days(self.counted_from, days);
        Some(Due {
            day: counted.value,
            moment: calendar.end_of_day(counted.value),
            weekends_only: !counted.years_without_calendar.is_empty(),
        })
    }

    /// Whether it was due before `now`; never while it stands still.
    pub fn is_overdue(&self, calendar: &Calendar, now: Moment) -> bool {
        self.due(calendar).is_some_and(|due| due.moment <= now)
    }

    /// Stands still from `today` on: today no longer counts.
    pub fn pause(&mut self, today: Day) {
        self.paused_since = Some(today);
    }

    /// Runs again: `today` counts.
    pub fn resume(&mut self, calendar: &Calendar, today: Day) {
        let Some(since) = self.paused_since.take() else { return };
        // Days before the first that counts were not lost by the pause.
        let from = since.previous().max(self.counted_from);
        let lost = calendar.working_days_between(from, today.previous()).value;
        self.paused_days = self.paused_days.saturating_add(u16::try_from(lost).unwrap_or(u16::MAX));
    }

    /// Runs longer.
    pub fn extend(&mut self, working_days: u16) {
        self.working_days = self.working_days.saturating_add(working_days);
        self.extended = self.extended.saturating_add(working_days);
    }
}
