//! Share requests and approvals: the bodies of their records (SPEC §3).

use crate::{
    catalog::{List, Method},
    departments::{AccountKey, Role, SignedAs},
    grants::GrantTerms,
    hash::{self, DigestKind},
    ids::{DepartmentId, Digest32, EntryId, Moment, PurposeId, RequestId, SystemId, Version},
    text::Text,
};
use codec::Encode;

/// Most purposes of a request or grant.
pub const PURPOSES_MAX: u32 = 8;
/// Most using systems of a request or grant.
pub const SYSTEMS_MAX: u32 = 8;
/// Most platforms of a request or grant.
pub const PLATFORMS_MAX: u32 = 8;
/// Most stages of an approval policy, before the provider's officer.
pub const STAGES_MAX: u32 = 4;
/// Most named approvers of a stage.
pub const APPROVERS_MAX: u32 = 16;

ledger_types! {
    /// What is asked for (art. 20). An approver signs its digest.
    pub struct RequestTerms {
        /// Entry.
        pub entry: EntryId,
        /// Published version of the entry.
        pub entry_version: Version,
        /// Items, as a mask over the version's item positions.
        pub items: u64,
        /// Consumer department (需求部门).
        pub consumer: DepartmentId,
        /// 使用依据
        pub basis: Text<256>,
        /// 使用场景
        pub scenario: Text<256>,
        /// 使用范围
        pub scope: Text<256>,
        /// 共享方式
        pub method: Method,
        /// First moment of use.
        pub from: Moment,
        /// First moment after the use.
        pub until: Moment,
        /// Purpose codes, strictly ascending.
        pub purposes: List<PurposeId, PURPOSES_MAX>,
        /// Business matter.
        pub matter: Text<128>,
        /// Using business systems, strictly ascending.
        pub systems: List<SystemId, SYSTEMS_MAX>,
        /// Platforms that will serve or use it, strictly ascending.
        pub platforms: List<SystemId, PLATFORMS_MAX>,
        /// Quota: calls a day.
        pub calls_per_day: u64,
        /// Quota: rows a day.
        pub rows_per_day: u64,
    }

    /// How many signatures complete a stage.
    #[derive(Copy)]
    pub enum Threshold {
        /// Every one of the named approvers.
        #[codec(index = 0)]
        All,
        /// One.
        #[codec(index = 1)]
        Any,
        /// More than half of the named approvers.
        #[codec(index = 2)]
        Majority,
        /// That many.
        #[codec(index = 3)]
        Count(u8),
        /// At least that fraction of the named approvers.
        #[codec(index = 4)]
        Fraction {
            /// Numerator.
            numerator: u8,
            /// Denominator, not 0.
            denominator: u8,
        },
    }

    /// One stage of an approval policy.
    pub struct Stage {
        /// Department of the approvers.
        pub department: DepartmentId,
        /// Role in which they sign.
        pub role: Role,
        /// Named approvers; empty means whoever holds the role (then only [`Threshold::Any`] and [`Threshold::Count`]).
        pub approvers: List<AccountKey, APPROVERS_MAX>,
        /// How many of them.
        pub threshold: Threshold,
    }

    /// Approval policy of an entry. The provider's officer always follows as the last stage (art. 20 ¶3).
    #[derive(Default)]
    pub struct Policy {
        /// Stages in order.
        pub stages: List<Stage, STAGES_MAX>,
    }

    /// Body of [`crate::records::RecordKind::PurposeRegistered`].
    pub struct PurposeRegistered {
        /// Permanent id.
        pub id: PurposeId,
        /// Code of the governed list.
        pub code: Text<32>,
        /// What it means.
        pub name: Text<128>,
    }

    /// Body of [`crate::records::RecordKind::PolicySet`].
    pub struct PolicySet {
        /// Entry.
        pub entry: EntryId,
        /// Policy for requests made from now on.
        pub policy: Policy,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RequestCreated`].
    pub struct RequestCreated {
        /// Request.
        pub request: RequestId,
        /// Provider of the entry.
        pub provider: DepartmentId,
        /// Terms.
        pub terms: RequestTerms,
        /// Policy that decides on it, as it stood.
        pub policy: Policy,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of endorsement, approval and withdrawal of a request.
    pub struct RequestAct {
        /// Request.
        pub request: RequestId,
        /// Digest that was signed ([`request_digest`]).
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// Stage of the policy, for approvals.
        pub stage: Option<u8>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RequestAgreed`]: the grant begins.
    pub struct RequestAgreed {
        /// Request.
        pub request: RequestId,
        /// Digest that was signed.
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// In which role.
        pub signed_as: SignedAs,
        /// The grant's first version.
        pub grant: GrantTerms,
    }

    /// Body of [`crate::records::RecordKind::RequestRefused`].
    pub struct RequestRefused {
        /// Request.
        pub request: RequestId,
        /// Digest that was signed.
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// Why (art. 21).
        pub reason: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

/// What an approver signs: request id and terms, SCALE, hashed for this use alone.
pub fn request_digest(request: RequestId, terms: &RequestTerms) -> Digest32 {
    hash::digest(DigestKind::RequestTerms, &(request, terms).encode())
}

impl Threshold {
    /// Signatures that a stage with `named` named approvers (0: by role) needs; `None` if it can't be met or makes no sense.
    pub fn needed(self, named: usize) -> Option<usize> {
        let needed = match (self, named) {
            (Self::Any, _) => 1,
            (Self::Count(count), _) => usize::from(count),
            (_, 0) => return None,
            (Self::All, named) => named,
            (Self::Majority, named) => named / 2 + 1,
            (Self::Fraction { denominator: 0, .. }, _) => return None,
            (Self::Fraction { numerator, denominator }, named) => {
                (named * usize::from(numerator)).div_ceil(usize::from(denominator))
            }
        };
        (needed > 0 && (named == 0 || needed <= named)).then_some(needed)
    }
}
