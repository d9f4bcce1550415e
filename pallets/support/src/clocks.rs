//! Deadlines in working days, for every pallet (SPEC §4).

use frame_support::{dispatch::DispatchResult, pallet_prelude::DispatchError};
use mulu_proofs::{
    calendar::{Day, DeadlineKind, Limit},
    ids::{DeadlineId, DepartmentId, Moment},
    records::Subject,
};

/// The clocks: a pallet starts one when somebody has to act, and stops it when that was done. Each act on a clock is a record.
///
/// The answers are facts at block time; they never wait for a record.
pub trait Clocks {
    /// Starts a deadline that `responsible` has to meet within so many working days from today.
    ///
    /// # Errors
    /// If the term is not of 1 to 1,000 working days.
    fn start(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
    ) -> Result<DeadlineId, DispatchError>;
    /// Starts a deadline whose working days count from `day` on: [`Self::start`] on an earlier day.
    ///
    /// # Errors
    /// If the term is not of 1 to 1,000 working days, or the day has not come.
    fn start_from(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
        day: Day,
    ) -> Result<DeadlineId, DispatchError>;
    /// Stands still from today on.
    ///
    /// # Errors
    /// If it is unknown, paused already, or overdue.
    fn pause(id: DeadlineId) -> DispatchResult;
    /// Runs again; today counts.
    ///
    /// # Errors
    /// If it is unknown or not paused.
    fn resume(id: DeadlineId) -> DispatchResult;
    /// Runs longer by so many working days.
    ///
    /// # Errors
    /// If it is unknown or overdue, or if its extensions would go beyond the limit of its kind.
    fn extend(id: DeadlineId, working_days: u16) -> DispatchResult;
    /// Ends it because what it was for was done, and says whether that was in time; from then on it is unknown.
    ///
    /// # Errors
    /// If it is unknown.
    fn stop(id: DeadlineId) -> Result<bool, DispatchError>;
    /// Ends it because nobody has to act any more; what was overdue before stays so on record. From then on it is unknown.
    ///
    /// # Errors
    /// If it is unknown.
    fn cancel(id: DeadlineId) -> DispatchResult;
    /// The first moment at which it is overdue; none if it is unknown or paused.
    fn due(id: DeadlineId) -> Option<Moment>;
    /// Whether it is overdue now; never if it is unknown or paused.
    fn is_overdue(id: DeadlineId) -> bool;
    /// The limit that governance has set for a kind.
    fn limit(kind: DeadlineKind) -> Limit;
    /// Whether the clock of a request stands still while its papers are supplemented.
    fn pauses_for_supplement() -> bool;
    /// How many days of 24 hours a grant that is over stays in the state.
    fn finished_kept_days() -> u16;
    /// For how many days after its local day an event may be reported before it is late.
    fn lateness_days() -> u16;
    /// The day to which a moment belongs. For moments up to now the answer never changes.
    fn day_of(moment: Moment) -> Day;
    /// The first moment that no longer belongs to a day.
    fn end_of(day: Day) -> Moment;
}
