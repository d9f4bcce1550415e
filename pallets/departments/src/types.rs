//! What the state keeps of departments, roles, keys, nodes and budgets.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{BoundedVec, traits::ConstU32};
use mulu_proofs::{
    budget::{Amount, BudgetClass},
    calendar::Day,
    departments::{
        AccountKey, BASIS_BYTES_MAX, CreditCode, DepartmentInfo, DepartmentStatus, Level, NAME_BYTES_MAX, NodeInfo,
        RoleScope,
    },
    ids::{DeadlineId, DepartmentId, Moment, PublicKey, RecordNumber},
    text::Text,
};
use scale_info::TypeInfo;
use sp_core::crypto::AccountId32;

/// Most changes of status that are kept; the oldest go first.
pub const STATUSES_MAX: u32 = 32;

/// A department and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Department {
    /// As registered or last revised.
    pub info: DepartmentInfo,
    /// Every status with the moment from which it held, ascending; the first since ever.
    pub statuses: BoundedVec<(Moment, DepartmentStatus), ConstU32<STATUSES_MAX>>,
    /// Whether it is one of those that decide together: by genesis, or admitted by governance later; for good.
    pub is_admitted: bool,
}

impl Department {
    /// A new department, active since ever.
    pub(crate) fn new(info: DepartmentInfo, is_admitted: bool) -> Self {
        let statuses = vec![(Moment::new(0), DepartmentStatus::Active)];
        Self { info, statuses: BoundedVec::truncate_from(statuses), is_admitted }
    }

    /// What it is now.
    pub fn status(&self) -> DepartmentStatus {
        self.statuses.last().map_or(DepartmentStatus::Active, |(_, status)| *status)
    }

    /// Whether its people sign.
    pub fn is_active(&self) -> bool {
        self.status() == DepartmentStatus::Active
    }

    /// Whether it has a vote in governance.
    pub fn has_vote(&self) -> bool {
        self.is_admitted && self.is_active()
    }

    /// Notes what it is from `moment` on. Where the list is full the oldest status goes, and the next counts since ever.
    pub(crate) fn change(&mut self, moment: Moment, status: DepartmentStatus) {
        if self.statuses.is_full() {
            self.statuses.remove(0);
        }
        self.statuses.try_push((moment, status)).expect("one place is free");
    }
}

/// What is given to register a department; the ledger adds the id.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DepartmentDraft {
    /// Unified social credit code.
    pub credit_code: CreditCode,
    /// Name.
    pub name: Text<NAME_BYTES_MAX>,
    /// Administrative level.
    pub level: Level,
    /// Region code, 6 digits as a number.
    pub region: u32,
    /// Superior department.
    pub parent: Option<DepartmentId>,
    /// The department on whose node it is hosted.
    pub host: Option<DepartmentId>,
    /// Whether it is a data manager: it serves other departments' data.
    pub is_data_manager: bool,
}

/// A role of an account in a department.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct RoleState {
    /// Record that gave it; 0 until block 1 has recorded genesis.
    pub given: RecordNumber,
    /// Who gave it; nobody in genesis and by governance.
    pub giver: Option<AccountId32>,
    /// Record of the second signature, where the role needs one.
    pub confirmed: Option<RecordNumber>,
    /// The clock of that, while the role waits for it.
    pub confirmation: Option<DeadlineId>,
    /// First moment at which it no longer holds.
    pub expires: Moment,
    /// What it is limited to.
    pub scope: RoleScope,
    /// For whom the holder acts.
    pub principal: Option<AccountKey>,
    /// What it rests on.
    pub basis: Text<BASIS_BYTES_MAX>,
}

impl RoleState {
    /// Whether it waits for its second signature.
    pub const fn is_pending(&self) -> bool {
        self.confirmation.is_some()
    }
}

/// A lost key's replacement that waits for its confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Replacement {
    /// The key that shall take the lost one's place.
    pub new: AccountId32,
    /// Who reported the loss.
    pub reporter: AccountId32,
    /// Record of the report.
    pub reported: RecordNumber,
}

/// What a department sent in a block and on a day, by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Usage {
    /// Block that it last sent in.
    pub block: u32,
    /// Local day of that block.
    pub day: Day,
    /// Acts.
    pub acts: Sent,
    /// Event batches.
    pub batches: Sent,
}

/// What was sent of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Sent {
    /// In the block.
    pub in_block: Amount,
    /// On the day.
    pub on_day: Amount,
}

impl Usage {
    /// What was sent of a class.
    pub const fn of(&self, class: BudgetClass) -> Sent {
        match class {
            BudgetClass::Acts => self.acts,
            BudgetClass::Batches => self.batches,
        }
    }

    /// Counts an extrinsic of a class.
    pub(crate) fn count(&mut self, class: BudgetClass, bytes: u64) {
        let Sent { in_block, on_day } = self.of(class);
        let sent = Sent { in_block: in_block.plus(bytes), on_day: on_day.plus(bytes) };
        match class {
            BudgetClass::Acts => self.acts = sent,
            BudgetClass::Batches => self.batches = sent,
        }
    }
}

/// A node of the chain, as its peers may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The department that runs it.
    pub department: DepartmentId,
    /// Its consensus key, if it votes.
    pub validator: Option<PublicKey>,
    /// Key and addresses.
    pub node: NodeInfo,
}

/// Whether an authority of `level` and `region` oversees departments of another level and region: its own, and the levels below it
/// in its region. Region codes nest: two digits name the province, four the city, six the county (GB/T 2260).
pub fn oversees((level, region): (Level, u32), (below, of): (Level, u32)) -> bool {
    let prefix = match level {
        Level::National => return level <= below,
        Level::Province => 10_000,
        Level::City => 100,
        Level::County => 1,
    };
    level <= below && region / prefix == of / prefix
}
