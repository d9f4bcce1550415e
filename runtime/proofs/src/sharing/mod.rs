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
/// Longest basis, scenario or scope of a request, in bytes of UTF-8 (about 85 Chinese characters).
pub const TERM_BYTES_MAX: u32 = 256;
/// Longest name of a business matter, in bytes of UTF-8.
pub const MATTER_BYTES_MAX: u32 = 128;
/// Longest code of a purpose, in bytes.
pub const PURPOSE_CODE_BYTES_MAX: u32 = 32;
/// Longest name of a purpose, in bytes of UTF-8.
pub const PURPOSE_NAME_BYTES_MAX: u32 = 128;
/// Longest reason, or list of the papers that are missing, in bytes of UTF-8 (about 170 Chinese characters).
pub const REASON_BYTES_MAX: u32 = 512;

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
        pub basis: Text<TERM_BYTES_MAX>,
        /// 使用场景
        pub scenario: Text<TERM_BYTES_MAX>,
        /// 使用范围
        pub scope: Text<TERM_BYTES_MAX>,
        /// 共享方式
        pub method: Method,
        /// First moment of use.
        pub from: Moment,
        /// First moment after the use.
        pub until: Moment,
        /// Purpose codes, strictly ascending.
        #[serde(deserialize_with = "crate::list::read")]
        pub purposes: List<PurposeId, PURPOSES_MAX>,
        /// Business matter.
        pub matter: Text<MATTER_BYTES_MAX>,
        /// Using business systems, strictly ascending.
        #[serde(deserialize_with = "crate::list::read")]
        pub systems: List<SystemId, SYSTEMS_MAX>,
        /// Platforms that will serve or use it, strictly ascending.
        #[serde(deserialize_with = "crate::list::read")]
        pub platforms: List<SystemId, PLATFORMS_MAX>,
        /// Quota: calls a day.
        pub calls_per_day: u64,
        /// Quota: rows a day.
        pub rows_per_day: u64,
        /// Commitment to papers that go with the request.
        #[serde(default)]
        pub papers: Option<Papers>,
    }

    /// Body of [`crate::records::RecordKind::PurposeRegistered`].
    pub struct PurposeRegistered {
        /// Permanent id.
        pub id: PurposeId,
        /// Code of the governed list.
        pub code: Text<PURPOSE_CODE_BYTES_MAX>,
        /// What it means.
        pub name: Text<PURPOSE_NAME_BYTES_MAX>,
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
        pub missing: Text<REASON_BYTES_MAX>,
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
        pub reason: Text<REASON_BYTES_MAX>,
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
        pub reason: Text<REASON_BYTES_MAX>,
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
        /// The record that is agreed to: the request, or the resubmission that took its place last. Signatures before it are void.
        pub asked: RecordNumber,
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
        pub reason: Text<REASON_BYTES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

/// What an approver signs: request id and terms, SCALE, hashed for this use alone.
pub fn request_digest(request: RequestId, terms: &RequestTerms) -> Digest32 {
    hash::digest(DigestKind::RequestTerms, &(request, terms).encode())
}
