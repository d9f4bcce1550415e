//! What departments decide together, one vote each: actions, thresholds, and the bodies of the records of every step (SPEC §1).
//!
//! A head proposes an [`Action`]; heads of departments that have a vote sign its [`proposal_digest`]; the vote that reaches the action's
//! [`Majority`] decides. Whoever has the records can count again: each vote's record holds the [`Tally`] behind it.

use crate::{
    budget::{Budget, BudgetError},
    calendar::{CalendarError, Parameters, YearCalendar},
    catalog::List,
    departments::{BASIS_BYTES_MAX, DepartmentStatus, NodeInfo, Observer, RoleScope, SignedAs},
    hash::{self, DigestKind},
    ids::{DepartmentId, Digest32, Height, Moment, ProposalId, PublicKey},
    records::Subject,
    text::Text,
};
use codec::Encode;

/// Most build targets of an upgrade plan.
pub const TARGETS_MAX: u32 = 8;

ledger_types! {
    /// What a proposal does once enough departments approve. Codes are never reused.
    pub enum Action {
        /// Suspends, retires or reinstates a department.
        #[codec(index = 0)]
        SetDepartmentStatus {
            /// Which one.
            department: DepartmentId,
            /// What it will be.
            status: DepartmentStatus,
        },
        /// Makes a department the competent authority of its level and region.
        #[codec(index = 1)]
        NameAuthority {
            /// Which one.
            department: DepartmentId,
        },
        /// Gives a department's node a vote in consensus.
        #[codec(index = 2)]
        AddValidator {
            /// Who runs it.
            department: DepartmentId,
            /// Consensus key.
            #[serde(with = "hex::serde")]
            key: PublicKey,
            /// Its node.
            node: NodeInfo,
        },
        /// Takes a validator's vote.
        #[codec(index = 3)]
        RemoveValidator {
            /// Consensus key.
            #[serde(with = "hex::serde")]
            key: PublicKey,
        },
        /// Replaces a validator's consensus key.
        #[codec(index = 4)]
        RotateValidatorKey {
            /// The key in force.
            #[serde(with = "hex::serde")]
            old: PublicKey,
            /// The key from the next height on.
            #[serde(with = "hex::serde")]
            new: PublicKey,
        },
        /// Admits a full node without a vote.
        #[codec(index = 5)]
        RegisterObserver(Observer),
        /// Shuts an observer out.
        #[codec(index = 6)]
        RemoveObserver {
            /// Key of the node among peers.
            #[serde(with = "hex::serde")]
            node_key: PublicKey,
        },
        /// Names an auditor.
        #[codec(index = 7)]
        NameAuditor {
            /// Account of the auditor.
            #[serde(with = "hex::serde")]
            account: PublicKey,
            /// The authority that the account belongs to.
            department: DepartmentId,
            /// What may be looked at.
            scope: RoleScope,
            /// On what basis.
            basis: Text<BASIS_BYTES_MAX>,
            /// First moment at which it no longer holds.
            expires: Moment,
        },
        /// Sets holidays and make-up days of a year.
        #[codec(index = 8)]
        SetCalendarYear(YearCalendar),
        /// Sets the parameters of calendar and clocks.
        #[codec(index = 9)]
        SetParameters(Parameters),
        /// Plans an upgrade: from that height on only nodes that carry the version go on.
        #[codec(index = 10)]
        PlanUpgrade(UpgradePlan),
        /// Cancels the upgrade that is planned.
        #[codec(index = 11)]
        CancelUpgrade,
        /// Gives a registered department a vote in governance.
        #[codec(index = 12)]
        AdmitDepartment {
            /// Which one.
            department: DepartmentId,
        },
        /// Sets what each department may send.
        #[codec(index = 13)]
        SetBudget(Budget),
    }

    /// An upgrade that everybody installs before its height.
    pub struct UpgradePlan {
        /// First height of the new version.
        pub height: Height,
        /// Spec version that runs from then on.
        pub spec_version: u32,
        /// Digest of the source archive.
        #[serde(with = "hex::serde")]
        pub source_digest: Digest32,
        /// Programs built from it, strictly ascending by target; empty if everybody builds it.
        #[serde(deserialize_with = "crate::list::read")]
        pub targets: List<Target, TARGETS_MAX>,
    }

    /// A program built for one target.
    #[derive(PartialOrd, Ord)]
    pub struct Target {
        /// Target triple.
        pub triple: Text<64>,
        /// Digest of the program.
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
    }

    /// Which share of the departments that have a vote has to approve.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum Majority {
        /// More than half.
        #[codec(index = 0)]
        Simple,
        /// At least two thirds.
        #[codec(index = 1)]
        TwoThirds,
    }

    /// Votes of departments that have one now, admitted and active, and how many those are.
    #[derive(Copy, Default)]
    pub struct Tally {
        /// Departments that approve.
        pub approving: u32,
        /// Departments that refuse.
        pub refusing: u32,
        /// Departments that have a vote: admitted ones that are active.
        pub active: u32,
    }

    /// What is proposed. A head votes on its digest.
    pub struct ProposalTerms {
        /// What it does.
        pub action: Action,
        /// First moment at which nobody votes any more.
        pub expires: Moment,
        /// Height at whose end it is enacted; without one, in the block of the vote that decides.
        pub enact_at: Option<Height>,
    }

    /// Body of [`crate::records::RecordKind::ProposalMade`].
    pub struct ProposalMade {
        /// Proposal.
        pub proposal: ProposalId,
        /// Terms.
        pub terms: ProposalTerms,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::ProposalVoted`].
    pub struct ProposalVoted {
        /// Proposal.
        pub proposal: ProposalId,
        /// Digest that was signed ([`proposal_digest`]).
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// Whether the department approves.
        pub approve: bool,
        /// The count with this vote; [`Tally::decision`] says what follows from it.
        pub tally: Tally,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::ProposalWithdrawn`].
    pub struct ProposalWithdrawn {
        /// Proposal.
        pub proposal: ProposalId,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::ProposalEnacted`]. The records of what the action did stand right before it.
    pub struct ProposalEnacted {
        /// Proposal.
        pub proposal: ProposalId,
        /// How it went.
        pub result: Enactment,
    }

    /// Body of [`crate::records::RecordKind::ProposalClosed`].
    pub struct ProposalClosed {
        /// Proposal.
        pub proposal: ProposalId,
        /// Why.
        pub why: Closed,
    }

    /// How an enactment went. One that failed changed nothing.
    #[derive(Copy)]
    pub enum Enactment {
        /// Done.
        #[codec(index = 0)]
        Done,
        /// A pallet refused it.
        #[codec(index = 1)]
        Refused {
            /// Index of the pallet.
            pallet: u8,
            /// Its error, as the metadata of that time numbers them.
            error: [u8; 4],
        },
        /// It failed outside of any pallet's rules.
        #[codec(index = 2)]
        Failed,
    }

    /// Why a proposal ended without a decision for it.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum Closed {
        /// So many departments refuse that the rest is too few.
        #[codec(index = 0)]
        Rejected,
        /// Its time ran out.
        #[codec(index = 1)]
        Expired,
        /// Its height came before a decision.
        #[codec(index = 2)]
        HeightReached,
    }
}

/// What follows from a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Neither side is sure yet.
    Open,
    /// Enough departments approve.
    Adopted,
    /// Those that have not refused are too few.
    Rejected,
}

/// Why an action can do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// An address that nobody can connect to.
    #[error("a node's address is ip:port in its shortest form, as in 10.1.2.3:26656 or [fd00::1]:26656")]
    Address,
    /// The new key is the old one.
    #[error("the new key is the one in force; make another with `mulu key`")]
    SameKey,
    /// An observer without a name.
    #[error("say with a name what the observer is for")]
    NameMissing,
    /// An auditor without a basis.
    #[error("say on what basis the auditor is named")]
    BasisMissing,
    /// A plan's targets are not in order, or one stands there twice.
    #[error("name each target of an upgrade once, ascending")]
    TargetsNotAscending,
    /// A calendar or parameters that break a rule of theirs.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A budget out of its bounds.
    #[error(transparent)]
    Budget(#[from] BudgetError),
}

/// What a head votes on: proposal id and terms, SCALE, hashed for this use alone.
pub fn proposal_digest(proposal: ProposalId, terms: &ProposalTerms) -> Digest32 {
    hash::digest(DigestKind::Proposal, &(proposal, terms).encode())
}

impl Action {
    /// Which majority decides on it.
    pub const fn threshold(&self) -> Majority {
        match self {
            Self::SetDepartmentStatus { .. }
            | Self::NameAuthority { .. }
            | Self::AddValidator { .. }
            | Self::RemoveValidator { .. }
            | Self::RotateValidatorKey { .. }
            | Self::SetCalendarYear(_)
            | Self::SetParameters(_)
            | Self::PlanUpgrade(_)
            | Self::CancelUpgrade
            | Self::AdmitDepartment { .. }
            | Self::SetBudget(_) => Majority::TwoThirds,
            Self::RegisterObserver(_) | Self::RemoveObserver { .. } | Self::NameAuditor { .. } => Majority::Simple,
        }
    }

    /// The department that it names, if it names one.
    pub const fn department(&self) -> Option<DepartmentId> {
        match self {
            Self::SetDepartmentStatus { department, .. }
            | Self::NameAuthority { department }
            | Self::AddValidator { department, .. }
            | Self::AdmitDepartment { department }
            | Self::RegisterObserver(Observer { department, .. })
            | Self::NameAuditor { department, .. } => Some(*department),
            _ => None,
        }
    }

    /// What a record of it is about, the proposal itself left out.
    pub fn subjects(&self) -> Vec<Subject> {
        let account = match self {
            Self::NameAuditor { account, .. } => Some(Subject::Account(*account)),
            _ => None,
        };
        self.department().map(Subject::Department).into_iter().chain(account).collect()
    }

    /// Whether it says what it has to say; whether the ledger lets it happen shows when it is enacted.
    ///
    /// # Errors
    /// [`ActionError`], the first rule that it breaks.
    pub fn check(&self) -> Result<(), ActionError> {
        match self {
            Self::AddValidator { node, .. } if !node.is_reachable() => Err(ActionError::Address),
            Self::RotateValidatorKey { old, new } if old == new => Err(ActionError::SameKey),
            Self::RegisterObserver(observer) if !observer.name.says_something() => Err(ActionError::NameMissing),
            Self::RegisterObserver(observer) if !observer.node.is_reachable() => Err(ActionError::Address),
            Self::NameAuditor { basis, .. } if !basis.says_something() => Err(ActionError::BasisMissing),
            Self::PlanUpgrade(plan) if !plan.targets.windows(2).all(|pair| pair[0].triple < pair[1].triple) => {
                Err(ActionError::TargetsNotAscending)
            }
            Self::SetCalendarYear(year) => Ok(year.check()?),
            Self::SetParameters(parameters) => Ok(parameters.check()?),
            Self::SetBudget(budget) => Ok(budget.check()?),
            _ => Ok(()),
        }
    }
}

impl Majority {
    /// Fewest of `active` departments that have to approve; never none.
    pub const fn needed(self, active: u32) -> u32 {
        match (self, active) {
            (_, 0) => 1,
            (Self::Simple, active) => active / 2 + 1,
            // Two thirds, rounded up, without a product that could overflow.
            (Self::TwoThirds, active) => active - active / 3,
        }
    }
}

impl Tally {
    /// What follows from the count under `majority`.
    pub const fn decision(&self, majority: Majority) -> Decision {
        let needed = majority.needed(self.active);
        if self.approving >= needed {
            Decision::Adopted
        } else if self.active.saturating_sub(self.refusing) < needed {
            Decision::Rejected
        } else {
            Decision::Open
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::budget::BudgetClass;
    use codec::MaxEncodedLen as _;

    #[test]
    fn thresholds_are_the_fractions_that_they_say_for_every_number_of_departments() {
        for active in 1..=100_u32 {
            let simple = Majority::Simple.needed(active);
            assert!(2 * simple > active && 2 * (simple - 1) <= active, "{active}: the fewest that are over half");
            let thirds = Majority::TwoThirds.needed(active);
            assert!(3 * thirds >= 2 * active && 3 * (thirds - 1) < 2 * active, "{active}: the fewest of two thirds");
            assert!(thirds <= active && simple <= active, "{active}: everybody together can decide");
            assert!(2 * thirds > active, "{active}: two opposite decisions never both pass");
        }
        assert_eq!((Majority::Simple.needed(0), Majority::TwoThirds.needed(0)), (1, 1));
        assert_eq!(Majority::TwoThirds.needed(u32::MAX), u32::MAX / 3 * 2);
    }

    #[test]
    fn every_count_of_up_to_a_hundred_departments_is_decided_as_the_votes_left_say() {
        for majority in [Majority::Simple, Majority::TwoThirds] {
            for active in 1..=100 {
                let needed = majority.needed(active);
                for approving in 0..=active {
                    for refusing in 0..=active - approving {
                        let tally = Tally { approving, refusing, active };
                        let left = active - approving - refusing;
                        let expected = match (approving >= needed, approving + left >= needed) {
                            (true, _) => Decision::Adopted,
                            (false, true) => Decision::Open,
                            (false, false) => Decision::Rejected,
                        };
                        assert_eq!(tally.decision(majority), expected, "{tally:?} {majority:?}");
                        assert!(left > 0 || expected != Decision::Open, "{tally:?}: all voted, so it is decided");
                    }
                }
            }
        }
    }

    fn node(consensus: &str, extrinsics: &str) -> NodeInfo {
        let address = |text| Text::new(text).unwrap();
        NodeInfo { key: [2; 32], consensus_address: address(consensus), extrinsics_address: address(extrinsics) }
    }

    fn validator(consensus: &str, extrinsics: &str) -> Action {
        Action::AddValidator { department: DepartmentId::new(2), key: [1; 32], node: node(consensus, extrinsics) }
    }

    fn observer(name: &str, consensus: &str) -> Action {
        Action::RegisterObserver(Observer {
            department: DepartmentId::new(2),
            name: Text::new(name).unwrap(),
            node: node(consensus, "10.1.2.3:26657"),
        })
    }

    fn auditor(basis: &str) -> Action {
        Action::NameAuditor {
            account: [3; 32],
            department: DepartmentId::new(1),
            scope: RoleScope::Everything,
            basis: Text::new(basis).unwrap(),
            expires: Moment::new(1),
        }
    }

    fn upgrade(triples: &[&str]) -> Action {
        let target = |triple: &&str| Target { triple: Text::new(triple).unwrap(), digest: [4; 32] };
        let targets = triples.iter().map(target).collect::<Vec<_>>().try_into().unwrap();
        Action::PlanUpgrade(UpgradePlan { height: Height::new(9), spec_version: 2, source_digest: [5; 32], targets })
    }

    #[test]
    fn an_action_that_can_do_nothing_says_why() {
        assert_eq!(validator("10.1.2.3:26656", "[fd00::1]:26657").check(), Ok(()));
        for wrong in ["", "node.example:26656", "10.1.2.3", "10.1.2.3:0", "0.0.0.0:26656", "10.1.2.3:70000"] {
            assert_eq!(validator(wrong, "10.1.2.3:26657").check(), Err(ActionError::Address), "{wrong}");
            assert_eq!(validator("10.1.2.3:26656", wrong).check(), Err(ActionError::Address), "{wrong}");
        }
        let rotate = |old, new| Action::RotateValidatorKey { old: [old; 32], new: [new; 32] };
        assert_eq!(rotate(1, 2).check(), Ok(()));
        assert_eq!(rotate(1, 1).check(), Err(ActionError::SameKey));
        assert_eq!(observer("审计署", "10.1.2.3:26656").check(), Ok(()));
        assert_eq!(observer("", "10.1.2.3:26656").check(), Err(ActionError::NameMissing));
        assert_eq!(observer("审计署", "here").check(), Err(ActionError::Address));
        assert_eq!(auditor("审计通知书〔2026〕3号").check(), Ok(()));
        assert_eq!(auditor("").check(), Err(ActionError::BasisMissing));
        assert_eq!(upgrade(&["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]).check(), Ok(()));
        assert_eq!(upgrade(&[]).check(), Ok(()));
        for wrong in [["b", "a"], ["a", "a"]] {
            assert_eq!(upgrade(&wrong).check(), Err(ActionError::TargetsNotAscending));
        }
        assert_eq!(Action::CancelUpgrade.check(), Ok(()));
        let year =
            YearCalendar { year: 2026, source: Text::default(), holidays: List::default(), make_up: List::default() };
        let missing = ActionError::Calendar(CalendarError::SourceMissing);
        assert_eq!(Action::SetCalendarYear(year.clone()).check(), Err(missing));
        let year = YearCalendar { source: Text::new("国办发明电〔2025〕7号").unwrap(), ..year };
        assert_eq!(Action::SetCalendarYear(year).check(), Ok(()));
        let parameters = Parameters { utc_offset_minutes: 480, ..Parameters::default() };
        assert_eq!(Action::SetParameters(parameters.clone()).check(), Ok(()));
        let parameters = Parameters { utc_offset_minutes: 900, ..parameters };
        let offset = ActionError::Calendar(CalendarError::Offset { minutes: 900 });
        assert_eq!(Action::SetParameters(parameters).check(), Err(offset));
        assert_eq!(Action::SetBudget(Budget::default()).check(), Ok(()));
        let none = Budget { acts: Budget::FLOOR.batches, ..Budget::default() };
        let block = ActionError::Budget(BudgetError::Block { class: BudgetClass::Acts });
        assert_eq!(Action::SetBudget(none).check(), Err(block));
    }

    #[test]
    fn records_of_an_action_are_about_the_department_and_the_account_that_it_names() {
        let department = Subject::Department(DepartmentId::new(1));
        assert_eq!(auditor("审").subjects(), [department, Subject::Account([3; 32])]);
        assert_eq!(observer("审", "1.1.1.1:1").subjects(), [Subject::Department(DepartmentId::new(2))]);
        let admission = Action::AdmitDepartment { department: DepartmentId::new(1) };
        assert_eq!((admission.subjects(), admission.check()), (vec![department], Ok(())));
        assert_eq!(Action::CancelUpgrade.subjects(), []);
    }

    #[test]
    fn a_proposal_fits_a_record_and_its_digest_is_of_all_of_it() {
        assert!(ProposalMade::max_encoded_len() < 16 * 1024, "{}", ProposalMade::max_encoded_len());
        let terms = ProposalTerms { action: Action::CancelUpgrade, expires: Moment::new(7), enact_at: None };
        let first = ProposalId::new(1);
        let digests = [
            proposal_digest(first, &terms),
            proposal_digest(first.next(), &terms),
            proposal_digest(first, &ProposalTerms { expires: Moment::new(8), ..terms.clone() }),
            proposal_digest(first, &ProposalTerms { enact_at: Some(Height::new(3)), ..terms.clone() }),
            proposal_digest(first, &ProposalTerms { action: auditor("审"), ..terms }),
        ];
        let different: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(different.len(), digests.len());
    }

    #[test]
    fn the_page_for_people_names_every_action_with_its_majority() {
        let page = include_str!("../../../docs/governance.md");
        let rows = [
            ("suspend, retire or reinstate a department", Majority::TwoThirds),
            ("name a competent authority", Majority::TwoThirds),
            ("add a validator", validator("1.1.1.1:1", "1.1.1.1:2").threshold()),
            ("remove a validator", Action::RemoveValidator { key: [1; 32] }.threshold()),
            ("rotate a validator's key", Action::RotateValidatorKey { old: [1; 32], new: [2; 32] }.threshold()),
            ("register an observer", observer("审", "1.1.1.1:1").threshold()),
            ("remove an observer", Action::RemoveObserver { node_key: [1; 32] }.threshold()),
            ("name an auditor", auditor("审").threshold()),
            ("set a year of the calendar", Majority::TwoThirds),
            ("set parameters", Majority::TwoThirds),
            ("plan an upgrade", upgrade(&[]).threshold()),
            ("cancel an upgrade", Action::CancelUpgrade.threshold()),
            ("admit a department", Action::AdmitDepartment { department: DepartmentId::new(2) }.threshold()),
            ("set the budget", Action::SetBudget(Budget::default()).threshold()),
        ];
        for (code, (what, majority)) in rows.into_iter().enumerate() {
            let share = if majority == Majority::Simple { "more than half" } else { "two thirds" };
            let row = format!("| {code} | {what} | {share} |");
            assert!(page.contains(&row), "docs/governance.md has no row {row:?}");
        }
    }
}
