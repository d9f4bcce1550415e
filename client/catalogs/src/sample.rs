//! What tests of this crate begin with.

use crate::values;
use mulu_client::import::ckan::Publication;
use mulu_proofs::{
    catalog::{
        Assessments, Classification, DataGrade, DataKind, DataType, EntryContent, EntryStatus, Format, FormatClass,
        Item, List, MatterKind, Method, Methods, Opening, Quality, Readiness, ResourceClass, Responsibility, Secrecy,
        Sharing, SharingClass, UpdateCycle,
    },
    ids::{DepartmentId, Digest32, EntryId, Moment, RecordNumber, Version},
    text::Text,
};
use mulu_rpc_api::{
    Hex32,
    catalog::{Entry, EntryStanding, EntryVersion, VersionState},
};

/// The department that publishes for everybody.
pub const PROVIDER: DepartmentId = DepartmentId::new(7);

/// Assessments of the department.
pub const ASSESSMENTS: Assessments = Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 };

/// The publication of whatever organization.
pub fn anybody(_: &str) -> Option<Publication> {
    Some(Publication { department: PROVIDER, assessments: ASSESSMENTS })
}

/// A text that fits.
pub fn text<const N: u32>(words: &str) -> Text<N> {
    values::text(words).expect("a test's text fits")
}

/// An item that every rule lets pass.
pub fn item(name: &str, code: &str) -> Item {
    Item {
        name: text(name),
        code: text(code),
        element: None,
        source: None,
        data_type: DataType::Character,
        length: 18,
        meaning: text("含义 & <sense>"),
        standard: text("GB 32100-2015"),
        value_domain: Text::default(),
        quality_rule: Text::default(),
        level: 1,
        sharing: SharingClass::Conditional,
        condition: Text::default(),
        law: Text::default(),
    }
}

/// An entry's content with something in every element, and nothing that a portal's own fields could say as exactly.
pub fn content() -> EntryContent {
    EntryContent {
        code: text("306001/1001"),
        name: text("社会组织基本信息"),
        provider: PROVIDER,
        summary: text("Summary with  <b>tags</b> & blanks，以及中文"),
        keywords: List::truncate_from(vec![text("民政"), text("a, b"), text("x")]),
        related: List::truncate_from(vec![text("306001/1002")]),
        classification: Classification {
            attribute: ResourceClass::Department,
            data_kind: DataKind::Object,
            grade: DataGrade::Important,
            sensitivity: 2,
            secrecy: Secrecy::None,
        },
        format: Format { class: FormatClass::Database, name: text("dm8") },
        items: List::truncate_from(vec![item("名称", "NAME"), item("统一社会信用代码", "USCC")]),
        sharing: Sharing {
            class: SharingClass::Conditional,
            condition: text("only for registration, 仅用于登记"),
            law: Text::default(),
            methods: Methods::of(&[Method::DatabaseTable, Method::ServiceInterface]),
        },
        opening: Opening { class: SharingClass::Conditional, condition: text("names alone") },
        update_cycle: UpdateCycle::EveryTenDays,
        published_on: 20_100,
        flow_threshold: 5_000,
        responsibility: Responsibility {
            matter: text("社会组织登记"),
            matter_kind: MatterKind::Licence,
            information: text("基本信息"),
            standard: text("MZ/T 001"),
            source: text("ORG-SYS"),
            owner: text("Registration Office"),
            steward: text("Data Office"),
        },
        quality: Some(Quality { digest: [9; 32], evaluated_on: 20_050 }),
        holds_personal_data: false,
        assessments: ASSESSMENTS,
        restriction: None,
    }
}

/// An entry on the ledger with these versions, and the digests of their contents.
pub fn entry(versions: &[(VersionState, Digest32)], status: Option<EntryStatus>) -> Entry {
    let version = |(number, (state, digest)): (u16, &(VersionState, Digest32))| EntryVersion {
        version: Version::new(number),
        state: *state,
        digest: Hex32(*digest),
        changed: Moment::new(0),
        submitted: RecordNumber::new(1),
        endorsed: None,
        reviewed: None,
        published: None,
        returned: None,
        stops: Vec::new(),
    };
    let standing = status.map(|status| EntryStanding {
        status,
        since: Moment::new(0),
        record: RecordNumber::new(1),
        department: PROVIDER,
        reason: None,
    });
    let in_force = (1..).zip(versions).filter(|(_, (state, _))| *state == VersionState::Published).last();
    Entry {
        id: EntryId::new(1),
        code: text("306001/1001"),
        name: String::new(),
        provider: PROVIDER,
        published: in_force.map(|(number, _)| Version::new(number)),
        standing,
        readiness: Readiness {
            owner: true,
            standard: true,
            certified_source: false,
            sharing_attribute: true,
            quality_evaluation: true,
            metadata_registration: true,
        },
        change: None,
        versions: (1..).zip(versions).map(version).collect(),
    }
}
