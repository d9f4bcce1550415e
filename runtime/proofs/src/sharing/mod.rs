//! Share requests, from the applicant to the decision: the bodies of their records (SPEC §3). Policies and standing consents have files of
//! their own.

mod consent;
mod policy;

use crate::{
    catalog::{List, Method},
    departments::SignedAs,
    grants::GrantTerms,
    hash::{self, DigestKind},
    ids::{DepartmentId, Digest32, EntryId, Moment, PurposeId, RecordNumber, RequestId, SystemId, Version},
    papers::Papers,
    text::Text,
};
use codec::Encode;
pub use consent::{CONSENT_CONSUMERS_MAX, StandingConsent, StandingConsentRevoked, StandingConsentSet};
pub use policy::{APPROVERS_MAX, Policy, PolicySet, STAGE_DEPARTMENTS_MAX, STAGES_MAX, Stage, Threshold};

/// Most purposes of a request or grant.
pub const PURPOSES_MAX: u32 = 8;
/// Most using systems of a request or grant.
pub const SYSTEMS_MAX: u32 = 8;
/// Most platforms of a request or grant.
pub const PLATFORMS_MAX: u32 = 8;
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
        #[serde(deserialize_with = "crate::list::read")]
        /// Commitment to papers that go with the request.
        #[serde(default)]
        pub papers: Option<Papers>,
    }
        #[serde(deserialize_with = "crate::list::read")]

    /// Body of [`crate::records::RecordKind::PurposeRegistered`].
        #[serde(deserialize_with = "crate::list::read")]
    pub struct PurposeRegistered {
        /// Permanent id.
        pub id: PurposeId,
        /// Code of the governed list.
        pub code: Text<32>,
        /// What it means.
        pub name: Text<128>,
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

    /// Body of [`crate::records::RecordKind::RequestSupplementAsked`]: everything that is missing, at once (art. 21).
    pub struct RequestSupplementAsked {
        /// Request.
        pub request: RequestId,
        /// Digest that was signed ([`request_digest`]).
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// Which papers are missing.
        pub missing: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RequestResubmitted`]: other terms take the place of those before, and every signature
    /// under those is void.
    pub struct RequestResubmitted {
        /// Request.
        pub request: RequestId,
        /// Digest of the terms before.
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// Provider of the entry.
        pub provider: DepartmentId,
        /// Terms from now on.
        pub terms: RequestTerms,
        /// Policy that decides on them, as it stood.
        pub policy: Policy,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RequestExtensionAsked`] (art. 21).
    pub struct RequestExtensionAsked {
        /// Request.
        pub request: RequestId,
        /// Digest that was signed.
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// By how many working days.
        pub working_days: u16,
        /// Why.
        pub reason: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::RequestExtensionDecided`], which is the notice to the consumer too (art. 21).
    pub struct RequestExtensionDecided {
        /// Request.
        pub request: RequestId,
        /// Digest that was signed.
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// Working days that were asked for.
        pub working_days: u16,
        /// Whether the reply has so many days more.
        pub granted: bool,
        /// Why; always there where it is denied.
        pub reason: Text<512>,
        /// In which role of the provider's authority.
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
        /// In which role; where a standing consent agrees, the role in which that was signed.
        pub signed_as: SignedAs,
        /// The standing consent that agrees in the officer's place: its record, which has their signature. This record has none then.
        pub consent: Option<RecordNumber>,
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
