//! Catalog entries: the 13 core elements of the catalog guide and what art. 13 adds (SPEC §2).
//!
//! The content stands here, its closed lists in `values`, the records of acts on an entry in `acts`; `effects` says what a
//! change means for those who hold grants, `readiness` which conditions of §5.4.1 an entry meets.

mod acts;
mod effects;
mod readiness;
mod values;

pub use acts::{
    ChangeOccurred, EntryAct, EntryReturned, EntryStatus, EntrySubmitted, EntrySuspension, EntryWithdrawn,
    UpdateExtensionAsked, UpdateExtensionDecided,
};
pub use effects::{
    ChangeKind, Comparison, Effect, EntryChange, GrantEffect, ItemFacts, ItemsEffect, Offer, ServiceChange,
    ServiceFacts, Stop, compare,
};
pub use readiness::{Readiness, readiness};
pub use values::{
    DataGrade, DataKind, DataType, FormatClass, MatterKind, Method, Methods, ResourceClass, Secrecy, SharingClass,
    UpdateCycle,
};

use crate::{
    hash::{self, DigestKind},
    ids::{DepartmentId, Digest32, ElementId, EntryId},
    papers::Papers,
    text::Text,
};
use bounded_collections::{BoundedVec, ConstU32};
use codec::Encode;

/// Most items of an entry: an event names them in a mask of this many bits.
pub const ITEMS_MAX: u32 = 64;
/// Most keywords.
pub const KEYWORDS_MAX: u32 = 16;
/// Most related resource codes.
pub const RELATED_MAX: u32 = 16;

/// A bounded list.
pub type List<T, const N: u32> = BoundedVec<T, ConstU32<N>>;
/// Resource code `前段码/顺序码`.
pub type ResourceCode = Text<64>;

ledger_types! {
    /// An entry's content: what is submitted, endorsed, reviewed and published as one.
    pub struct EntryContent {
        /// Element 3, resource code: class 1 digit, item 2, sub-item 3, detail variable, `/`, serial.
        pub code: ResourceCode,
        /// Element 2, name.
        pub name: Text<256>,
        /// Element 4 and 5, provider department (its credit code stands in its own record).
        pub provider: DepartmentId,
        /// Element 6, summary. No personal data: it stays for ever.
        pub summary: Text<2048>,
        /// Keywords.
        #[serde(deserialize_with = "crate::list::read")]
        pub keywords: List<Text<64>, KEYWORDS_MAX>,
        /// Element 13, related resource codes.
        #[serde(deserialize_with = "crate::list::read")]
        pub related: List<ResourceCode, RELATED_MAX>,
        /// Element 1, classification.
        pub classification: Classification,
        /// Element 7, format.
        pub format: Format,
        /// Element 8, items.
        #[serde(deserialize_with = "crate::list::read")]
        pub items: List<Item, ITEMS_MAX>,
        /// Element 9, sharing attribute.
        pub sharing: Sharing,
        /// Element 10, opening attribute.
        pub opening: Opening,
        /// Element 11, update cycle.
        pub update_cycle: UpdateCycle,
        /// Element 12, publication date as days since 1970-01-01; not after the day on which the version is published.
        pub published_on: u32,
        /// Flow threshold (§6.4): the most calls a day that a request may ask for; 0 sets none.
        #[serde(default)]
        pub flow_threshold: u64,
        /// Responsibility (§5.3), layers L1 to L4.
        pub responsibility: Responsibility,
        /// The evaluation of its quality (§5.4.1), once there is one.
        pub quality: Option<Quality>,
        /// Whether it holds personal data; then its impact was assessed (art. 13).
        #[serde(default)]
        pub holds_personal_data: bool,
        /// Digests of the secrecy and personal-information impact assessments (art. 13).
        pub assessments: Assessments,
        /// Why this version takes away what others use, and how they were consulted (art. 27); needed where it does.
        pub restriction: Option<Restriction>,
    }

    /// Classification (§2.2.1, §5.2). The one by level follows from the provider's level.
    pub struct Classification {
        /// By attribute; equals the class digit of the code.
        pub attribute: ResourceClass,
        /// By data kind.
        pub data_kind: DataKind,
        /// By data grade.
        pub grade: DataGrade,
        /// Sensitivity, 0 (public) to 4.
        pub sensitivity: u8,
        /// Secret marking. Anything but [`Secrecy::None`] is refused before it reaches pool, peer or log (art. 3).
        pub secrecy: Secrecy,
    }

    /// Format: class and concrete format.
    pub struct Format {
        /// Class.
        pub class: FormatClass,
        /// Concrete format, `csv` for instance.
        pub name: Text<32>,
    }

    /// One item (信息项).
    pub struct Item {
        /// Name.
        pub name: Text<128>,
        /// Code, unique in the entry.
        pub code: Text<64>,
        /// Governed data element, if it is one.
        pub element: Option<ElementId>,
        /// The entry that it is taken from, where another department is the element's authoritative source (art. 19).
        pub source: Option<EntryId>,
        /// Data type.
        pub data_type: DataType,
        /// Length, 0 where the type has none.
        pub length: u32,
        /// Meaning.
        pub meaning: Text<256>,
        /// Standard followed.
        #[serde(default)]
        pub standard: Text<128>,
        /// Value domain.
        #[serde(default)]
        pub value_domain: Text<128>,
        /// Quality rule.
        #[serde(default)]
        pub quality_rule: Text<128>,
        /// Security level, 0 to 4.
        pub level: u8,
        /// May be stricter than the entry's, never laxer.
        pub sharing: SharingClass,
        /// Conditional: scope and permitted use (art. 15). Not shared: the reason. Needed where the item is stricter than its entry,
        /// else the entry's holds where it is empty.
        #[serde(default)]
        pub condition: Text<512>,
        /// Not shared: the law that says so (art. 15). Needed where the item is stricter than its entry, else the entry's holds where it
        /// is empty.
        #[serde(default)]
        pub law: Text<256>,
    }

    /// Sharing attribute.
    pub struct Sharing {
        /// Class.
        pub class: SharingClass,
        /// Conditional: scope and permitted use (art. 15). Not shared: the reason. Else empty.
        pub condition: Text<512>,
        /// Not shared: the law that says so (art. 15). Else empty.
        pub law: Text<256>,
        /// Ways to share (§4.2.3).
        pub methods: Methods,
    }

    /// Opening attribute (§4.3).
    pub struct Opening {
        /// Class, with the meaning of the sharing class but for the public.
        pub class: SharingClass,
        /// Condition, where there is one.
        pub condition: Text<256>,
    }

    /// Responsibility (§5.3).
    pub struct Responsibility {
        /// L1, business matter.
        pub matter: Text<128>,
        /// Kind of the matter.
        pub matter_kind: MatterKind,
        /// L2, business information.
        pub information: Text<128>,
        /// L3, data standard.
        pub standard: Text<128>,
        /// L4, data source system, by its code.
        pub source: Text<64>,
        /// Data owner: who answers for the data from end to end (§5.4.1). An office, never a person.
        #[serde(default)]
        pub owner: Text<128>,
        /// Data steward: who looks after it from day to day. An office, never a person.
        pub steward: Text<128>,
    }

    /// An evaluation of quality (§5.4.1); the paper stays with the department.
    #[derive(Copy)]
    pub struct Quality {
        /// Digest of the evaluation.
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// Its day, days since 1970-01-01.
        pub evaluated_on: u32,
    }

    /// Digests of the assessments of art. 13; the papers stay with the department.
    #[derive(Copy)]
    pub struct Assessments {
        /// Secrecy review.
        #[serde(with = "hex::serde")]
        pub secrecy: Digest32,
        /// Personal-information impact, where the entry holds personal data.
        #[serde(default, with = "crate::ids::optional_digest")]
        pub personal_information: Option<Digest32>,
        /// Day of the later one, days since 1970-01-01.
        pub assessed_on: u32,
    }

    /// What art. 27 asks of whoever stops or changes a service that is in use.
    pub struct Restriction {
        /// Why.
        pub reason: Text<512>,
        /// Salted commitment to the papers on the consultation of those who hold grants.
        pub consultation: Papers,
    }
}

impl EntryContent {
    /// Digest over the SCALE bytes: what the head endorses and the authority reviews.
    pub fn digest(&self) -> Digest32 {
        hash::digest(DigestKind::EntryContent, &self.encode())
    }
}
