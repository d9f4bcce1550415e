//! Data elements, their authoritative departments, and certified source systems (SPEC §2; art. 19: one datum, one source).

use crate::{
    departments::SignedAs,
    ids::{DepartmentId, ElementId, SystemId},
    text::Text,
};

/// Longest code of a data element, in bytes.
pub const ELEMENT_CODE_BYTES_MAX: u32 = 64;
/// Longest name of a data element or of its standard, in bytes of UTF-8.
pub const ELEMENT_NAME_BYTES_MAX: u32 = 128;
/// Longest reference to where a standard was published, in bytes of UTF-8.
pub const ELEMENT_PUBLISHED_BYTES_MAX: u32 = 256;
/// Longest basis of a naming, or reason of a withdrawal, in bytes of UTF-8.
pub const ELEMENT_REASON_BYTES_MAX: u32 = 256;

/// Code of a data element, as its standard has it.
pub type ElementCode = Text<ELEMENT_CODE_BYTES_MAX>;

ledger_types! {
    /// What the standard of a data element says of it in short (§4.5.2).
    pub struct ElementStandard {
        /// Name of the element.
        pub name: Text<ELEMENT_NAME_BYTES_MAX>,
        /// Number and title of the standard, `GB/T 19488.2-2008 电子政务数据元 第2部分：公共数据元目录` for instance.
        pub standard: Text<ELEMENT_NAME_BYTES_MAX>,
        /// Where the standard was published: document, issue, address.
        pub published: Text<ELEMENT_PUBLISHED_BYTES_MAX>,
    }

    /// Body of [`crate::records::RecordKind::ElementRegistered`].
    pub struct ElementRegistered {
        /// Permanent id.
        pub element: ElementId,
        /// Its code, unique on the ledger, for ever.
        pub code: ElementCode,
        /// What it is.
        pub standard: ElementStandard,
        /// In which role of which authority. The authority of that level and region looks after the element from now on.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::ElementRevised`].
    pub struct ElementRevised {
        /// The element.
        pub element: ElementId,
        /// What it is from now on.
        pub standard: ElementStandard,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::SourceNamed`]: 数源部门 (art. 19).
    pub struct SourceNamed {
        /// The element.
        pub element: ElementId,
        /// Its authoritative department from now on; none if there is no longer one.
        pub department: Option<DepartmentId>,
        /// What the naming rests on.
        pub basis: Text<ELEMENT_REASON_BYTES_MAX>,
        /// The authoritative department before, if there was one.
        pub before: Option<DepartmentId>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::SourceCertified`].
    #[derive(Copy)]
    pub struct SourceCertified {
        /// The source system.
        pub system: SystemId,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::CertificationWithdrawn`].
    pub struct CertificationWithdrawn {
        /// The system that is no longer a certified source.
        pub system: SystemId,
        /// What became of it.
        pub cause: WithdrawalCause,
        /// More about that.
        pub reason: Text<ELEMENT_REASON_BYTES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Why a source system is no longer certified. Codes are never reused.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum WithdrawalCause {
        /// It was merged into another system.
        #[codec(index = 0)]
        Merged,
        /// It was split into several systems.
        #[codec(index = 1)]
        Split,
        /// It was retired.
        #[codec(index = 2)]
        Retired,
        /// Something else.
        #[codec(index = 3)]
        Other,
    }
}

/// Whether a code can be one of a data element: letters, digits, `-`, `.` and `_`.
pub fn is_element_code(code: &ElementCode) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !code.is_empty() && code.as_str().bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_holds_what_a_standard_can_print_in_one_word() {
        for (code, expected) in [
            ("DE00011", true),
            ("01001.2_a-b", true),
            ("", false),
            ("DE 11", false),
            ("公民身份号码", false),
            ("DE/11", false),
            ("DE\n", false),
        ] {
            assert_eq!(is_element_code(&Text::new(code).expect("short")), expected, "{code:?}");
        }
    }
}
